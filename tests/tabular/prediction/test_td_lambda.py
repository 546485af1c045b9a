"""TD(lambda) against the naive loops, at its two ends, and true online TD(lambda) against what it is derived from."""

import numpy as np
import pytest
from hypothesis import given

from rlcourse.tabular import (
    Experience,
    lambda_return,
    monte_carlo_prediction,
    n_step_td,
    td_lambda,
    td_prediction,
    true_online_td_lambda,
)
from tests.mdp.random_mdps import few
from tests.tabular import textbook_prediction as textbook
from tests.tabular.recorded_walks import recordings, rms_from, walks

LAM, ALPHA = np.array([[0.0], [0.4], [0.9], [1.0]]), np.array([0.1, 0.6])
TRACES = ("accumulating", "replacing", "dutch")


@pytest.mark.parametrize("trace", TRACES)
@few
@given(recordings())
def test_it_equals_the_naive_loop(trace, recording):
    _, _, experience, first = recording
    values = td_lambda(experience, alpha=ALPHA, lam=LAM, trace=trace, initial=first)
    for run in range(3):
        episodes = textbook.episodes_of(experience, run)
        for i, j in np.ndindex(4, 2):
            naive = textbook.td_lambda(episodes, first.copy(), experience.discount, ALPHA[j], LAM[i, 0], trace)
            np.testing.assert_allclose(values[run, :, i, j], naive, rtol=1e-10, atol=1e-11)


@few
@given(recordings())
def test_true_online_is_the_online_lambda_return_algorithm(recording):
    _, _, experience, first = recording
    values = true_online_td_lambda(experience, alpha=ALPHA, lam=LAM, initial=first)
    for run in range(2):
        episodes = textbook.episodes_of(experience, run)
        if max(map(len, episodes)) > 12:  # the naive algorithm takes the cube of the length
            continue
        for i, j in np.ndindex(4, 2):
            naive = textbook.online_lambda_return(episodes, first.copy(), experience.discount, ALPHA[j], LAM[i, 0])
            np.testing.assert_allclose(values[run, :, i, j], naive, atol=1e-11)


@few
@given(recordings())
def test_the_two_ends(recording):
    """lambda = 0 is TD(0) whatever the trace; lambda = 1 is Monte Carlo, exactly so for true online TD(lambda)."""
    _, _, experience, first = recording
    td = td_prediction(experience, alpha=ALPHA, initial=first)
    for trace in TRACES:
        if trace != "dutch":
            zero = td_lambda(experience, alpha=ALPHA, lam=0.0, trace=trace, initial=first)
            np.testing.assert_allclose(zero, td, atol=1e-12)
    np.testing.assert_allclose(true_online_td_lambda(experience, alpha=ALPHA, lam=0.0, initial=first), td, atol=1e-12)
    one = true_online_td_lambda(experience, alpha=ALPHA, lam=1.0, initial=first)
    monte_carlo = monte_carlo_prediction(experience, alpha=ALPHA, every_visit=True, initial=first)
    np.testing.assert_allclose(one, monte_carlo, atol=1e-11)


@few
@given(recordings())
def test_off_line_it_is_the_lambda_return(recording):
    """With the values standing still, the backward view and the forward view are one: changes add up to the same."""
    _, _, experience, first = recording
    backward = td_lambda(experience, alpha=ALPHA, lam=LAM, offline=True, initial=first)
    forward = lambda_return(experience, alpha=ALPHA, lam=LAM, summed=True, initial=first)
    np.testing.assert_allclose(backward, forward, rtol=1e-10, atol=1e-11)
    episodes = textbook.episodes_of(experience, 0)
    naive = textbook.td_lambda_offline(episodes, first.copy(), experience.discount, ALPHA[1], LAM[2, 0])
    np.testing.assert_allclose(backward[0, :, 2, 1], naive, rtol=1e-10, atol=1e-11)


def test_traces_by_hand():
    """State 0 twice, then 1; rewards 1, 0, 4; alpha 1/2, lambda 1/2, first values 0."""
    experience = Experience.from_episodes([[[0, 1, 0, 0, 1, 4]]], num_states=2)
    # errors: 1 at the first step; V(0) = .5, so -.5 at the second, with z(0) = 1.5, 1 or .5 * .5 + 1; then 4
    for trace, z in (("accumulating", 1.5), ("replacing", 1.0), ("dutch", 1.25)):
        value = td_lambda(experience, alpha=0.5, lam=0.5, trace=trace)[0, 0]
        np.testing.assert_allclose(value, [0.5 - 0.25 * z + 2 * 0.5 * z, 2.0, 0.0])


def test_random_walk_with_19_states():
    """Figure 12.8, at lambda .8 and alpha .4: .255 over many walks, below the best n-step method's .264.

    A run's average error spreads by .055: +-.022 is four standard errors of these 100. On the same walks the difference
    to n = 4 is sharper than either.
    """
    experience, true = walks(19, runs=100, episodes=10)
    error = true_online_td_lambda(experience, alpha=0.4, lam=0.8, record=rms_from(true)).mean(axis=1)
    assert error.mean() == pytest.approx(0.255, abs=0.022)
    gain = n_step_td(experience, alpha=0.4, n=4, record=rms_from(true)).mean(axis=1) - error
    assert gain.mean() > 3 * gain.std() / 100**0.5


def test_an_unknown_trace():
    experience, _ = walks(5, runs=1, episodes=1)
    with pytest.raises(ValueError, match="trace is 'accumulate'; expected one of accumulating, replacing, dutch"):
        td_lambda(experience, alpha=0.1, lam=0.5, trace="accumulate")
