"""TD(0) against the naive loop, and against the numbers of Example 6.2."""

import numpy as np
import pytest
from hypothesis import given

from rlcourse.tabular import td_prediction
from tests.mdp.random_mdps import few
from tests.tabular import textbook_prediction as textbook
from tests.tabular.recorded_walks import recordings, rms_from, walks


@few
@given(recordings())
def test_it_equals_the_naive_loop(recording):
    _, _, experience, first = recording
    alpha = np.array([[0.05, 0.3], [0.7, 1.0]])
    values = td_prediction(experience, alpha=alpha, initial=first)
    for run in range(3):
        episodes = textbook.episodes_of(experience, run)
        for i in np.ndindex(2, 2):
            naive = textbook.td_zero(episodes, first.copy(), experience.discount, alpha[i])
            np.testing.assert_allclose(values[(run, slice(None), *i)], naive, atol=1e-12)


def test_one_episode_by_hand():
    """Example 6.2's first episode: only the last state before the end moves, by alpha times .5 down or up."""
    experience, _ = walks(5, runs=20, episodes=1)
    value = td_prediction(experience, alpha=0.1, initial=0.5)[:, 0, 1:-1]
    right = experience.reward.sum(axis=1) == 1
    expected = np.where(right[:, None], [0.5, 0.5, 0.5, 0.5, 0.55], [0.45, 0.5, 0.5, 0.5, 0.5])
    np.testing.assert_allclose(value, expected, atol=1e-15)
    assert 0 < right.sum() < 20


@pytest.mark.parametrize(("alpha", "expected"), [(0.05, 0.035), (0.15, 0.070)])
def test_random_walk_of_example_6_2(alpha, expected):
    """RMS error before (.2357) and after 100 episodes, mean of 1,000 runs.

    The runs' standard deviation is .017 and .028, so the mean's standard error is below .0009: +-.0035 is four of them,
    missed by one seed in 15,000, and the rounding of the quoted value (.0005) is within it.
    """
    experience, true = walks(5, runs=1_000, episodes=100)
    np.testing.assert_allclose(true[1:-1], np.arange(1, 6) / 6, atol=1e-12)
    rms = rms_from(true)
    assert rms(np.full(7, 0.5)) == pytest.approx(0.2357, abs=5e-5)
    error = td_prediction(experience, alpha=alpha, initial=0.5, record=rms)[:, -1]
    assert error.mean() == pytest.approx(expected, abs=0.0035)
