"""Semi-gradient TD against the book's box, its two ends, the table, and its fixed point."""

import numpy as np
import pytest
from hypothesis import given

from rlcourse import tabular
from rlcourse.linear import (
    best_weights,
    expected_td,
    gradient_monte_carlo,
    long_random_walk,
    semi_gradient_td,
    state_aggregation,
)
from rlcourse.tabular import n_step_td, sample_episodes, td_prediction
from tests.linear import slow_reference
from tests.linear.recorded import episodes_of, random_features
from tests.mdp.random_mdps import few
from tests.tabular.recorded_walks import recordings, rms_from, walks


@few
@given(recordings())
def test_it_equals_the_naive_loop(recording):
    mdp, _, experience, _ = recording
    features, x = random_features(mdp, seed=1)
    first, alpha = np.array([0.5, -1.0, 2.0]), np.array([0.1, 0.4])
    for n in (1, 2, 3, 50):
        weights = semi_gradient_td(experience, features, alpha=alpha, n=n, initial=first)
        assert weights.shape == (3, 4, 2, 3)
        for run in range(3):
            for i, size in enumerate(alpha):
                naive = slow_reference.semi_gradient_td(
                    episodes_of(experience, run), x, first, experience.discount, lambda k, size=size: size, n
                )
                np.testing.assert_allclose(weights[run, :, i], naive, rtol=1e-9, atol=1e-9)


@few
@given(recordings())
def test_with_a_feature_for_each_state_it_is_the_table(recording):
    mdp, _, experience, first = recording
    table = np.eye(mdp.num_states)
    weights = semi_gradient_td(experience, table, alpha=[0.2, 0.9], initial=first)
    np.testing.assert_allclose(weights, td_prediction(experience, alpha=[0.2, 0.9], initial=first), atol=1e-12)
    weights = semi_gradient_td(experience, table, alpha=0.4, n=3, initial=first)
    np.testing.assert_allclose(weights, n_step_td(experience, n=3, alpha=0.4, initial=first), atol=1e-12)


@few
@given(recordings())
def test_beyond_every_episode_it_is_monte_carlo(recording):
    mdp, _, experience, _ = recording
    features, _ = random_features(mdp, seed=3)
    longest = int(experience.lengths.max())
    monte_carlo = gradient_monte_carlo(experience, features, alpha=0.3)
    for n in (longest, longest + 1, 10_000):
        np.testing.assert_allclose(semi_gradient_td(experience, features, alpha=0.3, n=n), monte_carlo, atol=1e-10)


def test_two_features_by_hand():
    """One episode 0, 1, end with rewards 1 and 2; x(0) = (1, 1), x(1) = (0, 2); alpha 1/2, discount 1/2."""
    experience = tabular.Experience.from_episodes([[[0, 1, 1, 2]]], num_states=2, discount=0.5)
    x = [[1.0, 1.0], [0.0, 2.0], [0.0, 0.0]]
    # From (0, 1): target 1 + .5 * 2 = 2, value 1: w = (.5, 1.5). Then target 2, value 3: w = (.5, 1.5 - .5 * 2) .
    np.testing.assert_allclose(semi_gradient_td(experience, x, alpha=0.5, initial=[0.0, 1.0])[0, 0], [0.5, 0.5])


def test_decreasing_steps_lead_to_the_fixed_point():
    """Four groups on a walk of 20 states, 200 runs: TD comes to A^-1 b, Monte Carlo to the least error.

    TD's bias, of the order of the last step size, is .014 (mean of several seeds), the standard error of the mean
    weight .004: the band .03 is four of them beyond the bias. For Monte Carlo bias and error are .001 and .005. Either
    is missed once in some 5,000 seeds. The two ends of the journey are .15 apart in the first group.
    """
    mdp = long_random_walk(20, 5)
    policy = tabular.uniform_policy(mdp)
    visits = tabular.stationary_distribution(mdp, policy)
    features = state_aggregation(mdp, 4)
    fixed = expected_td(mdp.under(policy), features, visits).fixed_point()
    best = best_weights(features, tabular.evaluate_policy_exactly(mdp, policy), visits)
    assert fixed[0] - best[0] == pytest.approx(0.15, abs=0.001)
    experience = sample_episodes(mdp, policy, runs=200, episodes=600, seed=0)
    td = semi_gradient_td(experience, features, alpha=tabular.glie(0.5, half=20))[:, -1]
    monte_carlo = gradient_monte_carlo(experience, features, alpha=tabular.glie(0.3, half=2))[:, -1]
    for weights, expected, band in ((td, fixed, 0.03), (monte_carlo, best, 0.022)):
        assert (weights.std(axis=0, ddof=1) / np.sqrt(200) < 0.0055).all()
        np.testing.assert_allclose(weights.mean(axis=0), expected, atol=band)


def test_figure_9_2_is_like_the_nineteen_states():
    """Right: with 20 groups of 50, n-step TD on 1000 states learns as on example 7.1, and n = 4 is best again.

    RMS error averaged over the first 10 episodes. The mean of 100 walks has a standard error of about .005 for each,
    and different walks: .28 +- .03 is five of them.
    """
    mdp = long_random_walk()
    policy = tabular.uniform_policy(mdp)
    rms = rms_from(tabular.evaluate_policy_exactly(mdp, policy))
    features = state_aggregation(mdp, 20)
    experience = sample_episodes(mdp, policy, runs=100, episodes=10, seed=0)
    alpha = np.array([0.2, 0.4, 0.6, 0.8, 1.0])
    error = {n: rms(semi_gradient_td(experience, features, alpha=alpha, n=n) @ features.T).mean(axis=(0, 1))
        for n in (1, 4, 64)}  # fmt: skip
    assert error[4].min() < error[1].min() and error[4].min() < error[64].min()
    assert error[4].min() == pytest.approx(0.28, abs=0.03)


@pytest.mark.parametrize("n", [0, -1, 1.5, True])
def test_bad_n(n):
    experience, _ = walks(5, runs=1, episodes=1)
    with pytest.raises(ValueError, match=rf"n is {n}; expected a whole number, at least 1"):
        semi_gradient_td(experience, np.eye(7), alpha=0.1, n=n)


def test_bad_features():
    experience, _ = walks(5, runs=1, episodes=1)
    with pytest.raises(ValueError, match=r"features have shape \(5, 5\); expected \[7 states, features\]"):
        semi_gradient_td(experience, np.eye(5), alpha=0.1)


def test_the_experience_stays_as_it_is():
    experience, _ = walks(5, runs=2, episodes=2)
    before = experience.reward.copy(), experience.returns.copy()
    first = semi_gradient_td(experience, np.eye(7), alpha=0.1, n=2)
    again = semi_gradient_td(experience, np.eye(7), alpha=0.1, n=2)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(experience.reward, before[0])
    np.testing.assert_array_equal(experience.returns, before[1])
