"""Gradient Monte Carlo against the book's box, the table, and the least value error."""

import numpy as np
import pytest
from hypothesis import given

from rlcourse import tabular
from rlcourse.linear import best_weights, gradient_monte_carlo, long_random_walk, state_aggregation, value_error
from rlcourse.mdp import random_walk
from rlcourse.tabular import monte_carlo_prediction, sample_episodes
from tests.linear import slow_reference
from tests.linear.recorded import episodes_of, random_features
from tests.mdp.random_mdps import few
from tests.tabular.recorded_walks import recordings, walks


@few
@given(recordings())
def test_it_equals_the_naive_loop(recording):
    mdp, _, experience, _ = recording
    features, x = random_features(mdp, seed=1)
    first = np.array([0.5, -1.0, 2.0])
    alpha = np.array([[0.1, 0.4], [0.02, 0.3]])
    weights = gradient_monte_carlo(experience, features, alpha=alpha, initial=first)
    assert weights.shape == (3, 4, 2, 2, 3)
    for run in range(3):
        for i in np.ndindex(2, 2):
            size = alpha[i]
            naive = slow_reference.gradient_monte_carlo(
                episodes_of(experience, run), x, first, experience.discount, lambda k, size=size: size
            )
            np.testing.assert_allclose(weights[(run, slice(None), *i)], naive, rtol=1e-9, atol=1e-9)


@few
@given(recordings())
def test_with_a_feature_for_each_state_it_is_the_table(recording):
    mdp, _, experience, first = recording
    weights = gradient_monte_carlo(experience, np.eye(mdp.num_states), alpha=0.3, initial=first)
    value = monte_carlo_prediction(experience, alpha=0.3, every_visit=True, initial=first)
    np.testing.assert_allclose(weights, value, atol=1e-12)


def test_a_schedule_counts_the_run_s_own_episodes():
    experience, _ = walks(5, runs=4, episodes=6)
    features, x = random_features(random_walk(5), seed=2)
    weights = gradient_monte_carlo(experience, features, alpha=lambda k: 0.3 / (1 + k))
    for run in range(4):
        naive = slow_reference.gradient_monte_carlo(
            episodes_of(experience, run), x, np.zeros(3), 1.0, lambda k: 0.3 / (1 + k)
        )
        np.testing.assert_allclose(weights[run], naive, atol=1e-12)


def test_figure_9_1():
    """Ten groups on the 1000-state walk: the weights come to the least value error, whose exact value is known.

    100 runs of 300 episodes with alpha = .02 instead of one of 100,000 with the book's 2e-5; all visits of an episode
    share its return, so one run alone is noisy, and the last 200 episodes are averaged. The mean of a group's weight
    then has a standard error below .011: the band .045 is four of them, missed once in 1,500 seeds by one of the ten.
    The TD fixed point is .1 to .17 away.
    """
    mdp = long_random_walk()
    policy = tabular.uniform_policy(mdp)
    value = tabular.evaluate_policy_exactly(mdp, policy)
    visits = tabular.stationary_distribution(mdp, policy)
    features = state_aggregation(mdp, 10)
    best = best_weights(features, value, visits)
    experience = sample_episodes(mdp, policy, runs=100, episodes=300, seed=0)
    weights = gradient_monte_carlo(experience, features, alpha=0.02)
    late = weights[:, 100:].mean(axis=1)
    assert (late.std(axis=0, ddof=1) / 10 < 0.0115).all()
    np.testing.assert_allclose(late.mean(axis=0), best, atol=0.045)
    least = value_error(best, features, value, visits)
    assert least == pytest.approx(0.002957, abs=1e-6)  # solved
    assert value_error(weights[:, 0].mean(axis=0), features, value, visits) > 0.1
    assert value_error(late.mean(axis=0), features, value, visits) < least + 0.001


@pytest.mark.parametrize("alpha", [0.0, -0.1, np.nan, np.inf, [0.1, 0.0]])
def test_bad_step_sizes(alpha):
    experience, _ = walks(5, runs=1, episodes=1)
    with pytest.raises(ValueError, match=r"alpha is .*; expected positive step sizes"):
        gradient_monte_carlo(experience, np.eye(7), alpha=alpha)


def test_bad_schedules():
    experience, _ = walks(5, runs=3, episodes=1)
    with pytest.raises(ValueError, match=r"alpha turned episodes \(3,\) into sizes \(\); expected the same shape"):
        gradient_monte_carlo(experience, np.eye(7), alpha=lambda k: np.asarray(0.1))
    with pytest.raises(ValueError, match=r"alpha is 0\.0; expected positive step sizes"):
        gradient_monte_carlo(experience, np.eye(7), alpha=lambda k: 0.0 * k)


@pytest.mark.parametrize("initial", [np.nan, [1.0, 2.0]])
def test_bad_first_weights(initial):
    experience, _ = walks(5, runs=1, episodes=1)
    with pytest.raises(ValueError, match=r"initial is .*; expected a finite number, or 7 of them"):
        gradient_monte_carlo(experience, np.eye(7), alpha=0.1, initial=initial)


def test_too_large_a_step_is_told():
    """alpha * |x|^2 = 5: every update overshoots by four times the error."""
    experience, _ = walks(19, runs=2, episodes=20)
    with pytest.raises(RuntimeError, match=r"the weights diverge, noticed at .*; use a smaller step size alpha"):
        gradient_monte_carlo(experience, np.eye(21), alpha=5.0)
