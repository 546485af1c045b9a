"""The small worlds of learning from samples against what can be written down about them."""

import numpy as np
import pytest

from rlcourse import tabular
from rlcourse.mdp import driving_home, infinite_variance_loop, maximisation_bias, short_corridor


@pytest.mark.parametrize("p", [0.1, 0.5, 2 - 2**0.5, 0.95])
def test_short_corridor_when_the_states_look_alike(p):
    """Example 13.1."""
    mdp = short_corridor()
    value = tabular.evaluate_policy_exactly(mdp, np.tile([1 - p, p], (4, 1)))
    assert value @ mdp.start == pytest.approx(2 * (p - 2) / (p * (1 - p)), rel=1e-12)


def test_short_corridor_optimum():
    mdp = short_corridor()
    p = np.linspace(0.01, 0.99, 981)
    worth = [tabular.evaluate_policy_exactly(mdp, np.tile([1 - x, x], (4, 1)))[0] for x in p]
    assert p[np.argmax(worth)] == pytest.approx(0.5858, abs=1e-3)
    assert max(worth) == pytest.approx(-11.657, abs=1e-3)
    best = tabular.solve(mdp)
    np.testing.assert_array_equal(best.value, [-3, -2, -1, 0])
    np.testing.assert_array_equal(best.policy[:3].argmax(axis=1), [1, 0, 1])


@pytest.mark.parametrize("actions", [1, 2, 10])
def test_maximisation_bias(actions):
    """Example 6.7: left is worth -0.1 on average, and its reward has a standard deviation of 1."""
    mdp = maximisation_bias(actions)
    np.testing.assert_array_equal(mdp.allowed.sum(axis=1), [2, actions, max(2, actions)])
    q = tabular.action_values(mdp, tabular.solve(mdp).value)
    np.testing.assert_allclose(q[0, :2], [-0.1, 0.0], atol=1e-15)
    np.testing.assert_allclose(q[1, :actions], -0.1, atol=1e-15)
    left = tabular.deterministic_policy(mdp, [0, 0, 0])
    rewards = tabular.sample_episodes(mdp, left, runs=20_000, episodes=1).reward
    assert not rewards[:, 0].any()
    # 4.5 standard errors: missed by 1 in 150,000 seeds each
    assert rewards[:, 1].mean() == pytest.approx(-0.1, abs=4.5 / 20_000**0.5)
    assert rewards[:, 1].std() == pytest.approx(1.0, abs=4.5 / (2 * 20_000) ** 0.5)


def test_maximisation_bias_needs_an_action():
    with pytest.raises(ValueError, match="actions_in_b is 0; expected at least 1"):
        maximisation_bias(0)


def test_infinite_variance_loop():
    """Example 5.5: the target is worth 1, and the second moment of the weighted return is a series that diverges."""
    mdp = infinite_variance_loop()
    left = tabular.deterministic_policy(mdp, [0, 0])
    assert tabular.evaluate_policy_exactly(mdp, left)[0] == pytest.approx(1.0, rel=1e-12)
    # sum over the number of turns k: probability that a fair coin goes left k + 1 times and the world so * weight^2
    moment = np.cumsum([(0.5 * 0.9) ** k * 0.5 * 0.1 * (2.0 ** (k + 1)) ** 2 for k in range(60)])
    assert moment[0] == pytest.approx(0.2) and moment[-1] > 1e14


def test_driving_home():
    """Example 6.1: the book's totals, and what TD(0) and Monte Carlo with alpha 1 would change (figure 6.1)."""
    drive = driving_home()
    np.testing.assert_array_equal(drive.predicted_total, [30, 40, 35, 40, 43, 43])
    np.testing.assert_array_equal(drive.reward, [5, 15, 10, 10, 3])
    episode = [x for pair in zip(range(5), drive.reward, strict=True) for x in pair]
    experience = tabular.Experience.from_episodes([[episode]], num_states=5)
    guess = drive.predicted_to_go
    td = tabular.td_prediction(experience, alpha=1.0, initial=guess)[0, 0]
    np.testing.assert_allclose((td - guess)[:5], [10, -5, 5, 3, 0], atol=1e-12)
    np.testing.assert_allclose((td - guess)[:5], np.diff(drive.predicted_total), atol=1e-12)
    monte_carlo = tabular.monte_carlo_prediction(experience, alpha=1.0, initial=guess)[0, 0]
    np.testing.assert_allclose((monte_carlo - guess)[:5], 43 - drive.predicted_total[:5], atol=1e-12)
