"""n-step TD against the book's box, at its two ends, and on Example 7.1."""

import itertools

import numpy as np
import pytest
from hypothesis import given

from rlcourse.tabular import Experience, monte_carlo_prediction, n_step_td, td_prediction
from tests.mdp.random_mdps import few
from tests.tabular import textbook_prediction as textbook
from tests.tabular.recorded_walks import recordings, rms_from, walks


@few
@given(recordings())
def test_it_equals_the_naive_loop(recording):
    _, _, experience, first = recording
    n, alpha = np.array([1, 2, 3, 5, 40]), np.array([0.1, 1.0])
    values = n_step_td(experience, n=n[:, None], alpha=alpha, initial=first)
    for run in range(3):
        episodes = textbook.episodes_of(experience, run)
        for i, j in np.ndindex(5, 2):
            naive = textbook.n_step_td(episodes, first.copy(), experience.discount, alpha[j], n[i])
            np.testing.assert_allclose(values[run, :, i, j], naive, atol=1e-11)


@few
@given(recordings())
def test_its_two_ends(recording):
    """n = 1 is TD(0); n beyond every episode is constant-alpha every-visit Monte Carlo."""
    _, _, experience, first = recording
    alpha = np.array([0.2, 0.9])
    longest = int(experience.lengths.max())
    ends = n_step_td(experience, n=[[1], [longest], [longest + 7]], alpha=alpha, initial=first)
    td = td_prediction(experience, alpha=alpha, initial=first)
    monte_carlo = monte_carlo_prediction(experience, alpha=alpha, every_visit=True, initial=first)
    np.testing.assert_allclose(ends[:, :, 0], td, atol=1e-12)
    np.testing.assert_allclose(ends[:, :, 1], monte_carlo, atol=1e-12)
    np.testing.assert_allclose(ends[:, :, 2], monte_carlo, atol=1e-12)


def test_it_equals_the_naive_loop_over_many_blocks():
    """Targets are prepared 256 steps at a time: runs of a thousand steps, and an n that reaches over several blocks."""
    experience, _ = walks(19, runs=3, episodes=8)
    assert experience.steps.min() > 512
    values = n_step_td(experience, n=[1, 4, 300], alpha=0.3)
    for run, (i, n) in itertools.product(range(3), enumerate((1, 4, 300))):
        naive = textbook.n_step_td(textbook.episodes_of(experience, run), np.zeros(21), 1.0, 0.3, n)
        np.testing.assert_allclose(values[run, :, i], naive, atol=1e-11)


def test_two_steps_by_hand():
    """States 0 1 2 3, rewards 1 2 4 8, discount 1/2, first values 16: 2-step targets, all from the first values."""
    experience = Experience.from_episodes([[[0, 1, 1, 2, 2, 4, 3, 8]]], num_states=4, discount=0.5)
    value = n_step_td(experience, n=2, alpha=1.0, initial=16.0)[0, 0]
    np.testing.assert_allclose(value, [1 + 1 + 4, 2 + 2 + 4, 4 + 4, 8, 0])


def test_every_layout_of_the_settings_gives_the_same_numbers():
    experience, _ = walks(5, runs=8, episodes=3)
    n, alpha = np.array([1, 4, 16]), np.array([0.1, 0.5])
    table = n_step_td(experience, n=n[:, None], alpha=alpha)
    np.testing.assert_array_equal(n_step_td(experience, n=n, alpha=alpha[:, None]), np.swapaxes(table, 2, 3))
    np.testing.assert_array_equal(n_step_td(experience, n=n, alpha=0.5), table[:, :, :, 1])
    np.testing.assert_array_equal(n_step_td(experience, n=4, alpha=alpha), table[:, :, 1])
    np.testing.assert_array_equal(n_step_td(experience, n=[4, 16], alpha=[0.1, 0.5]), table[:, :, [1, 2], [0, 1]])
    np.testing.assert_array_equal(n_step_td(experience, n=16, alpha=0.1), table[:, :, 2, 0])


def test_example_7_1():
    """All of it: RMS error, averaged over the first 10 episodes, of 10 n and 20 step sizes on the same 100 walks.

    One run's average has a standard deviation of .048 at n=4, alpha=.4, the mean of 100 walks a standard error of
    .0048: the band .265 +- .02 is four of them. The minimum lies among neighbours that hardly differ.
    """
    experience, true = walks(19, runs=100, episodes=10)
    np.testing.assert_allclose(true[1:-1], np.arange(-9, 10) / 10, atol=1e-12)
    n, alpha = 2 ** np.arange(10), np.arange(1, 21) / 20
    error = n_step_td(experience, n=n[:, None], alpha=alpha, record=rms_from(true))
    assert error.shape == (100, 10, 10, 20)
    mean = error.mean(axis=(0, 1))
    assert mean[2, 7] == pytest.approx(0.265, abs=0.02)
    best_n, best_alpha = np.unravel_index(mean.argmin(), mean.shape)
    assert n[best_n] in (2, 4, 8) and 0.25 <= alpha[best_alpha] <= 0.6
    assert mean[2].min() < mean[[0, 4, 5, 6, 7, 8, 9]].min()  # n=4 beats TD(0), and n of 16 and more
    assert (np.diff(mean[3:].min(axis=1)) > 0).all()  # from 8 on, the longer the worse


def test_example_7_1_with_more_walks():
    """2,000 walks at n=4, alpha=.4: .265 +- .0045, four standard errors (.0011)."""
    experience, true = walks(19, runs=2_000, episodes=10, seed=1)
    error = n_step_td(experience, n=4, alpha=0.4, record=rms_from(true))
    assert error.mean() == pytest.approx(0.265, abs=0.0045)


@pytest.mark.parametrize("n", [0, -1, 1.5, [1, 0], [[2.0]]])
def test_bad_n(n):
    experience, _ = walks(5, runs=1, episodes=1)
    with pytest.raises(ValueError, match=r"n is .*; expected integers, at least 1"):
        n_step_td(experience, n=n, alpha=0.1)
