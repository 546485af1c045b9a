"""The 1000-state walk of example 9.1: its steps, its values, and how often its states are visited."""

import numpy as np
import pytest

from rlcourse.linear import long_random_walk
from rlcourse.mdp import random_walk
from rlcourse.tabular import evaluate_policy_exactly, stationary_distribution, uniform_policy


def test_steps():
    mdp = long_random_walk()
    chain = mdp.under(uniform_policy(mdp)).transition.toarray()
    assert mdp.num_states == 1002 and mdp.start[500] == 1
    inside = chain[500]
    np.testing.assert_allclose(inside[np.r_[400:500, 501:601]], 1 / 200)
    assert inside.sum() == pytest.approx(1) and inside[500] == 0
    np.testing.assert_allclose([chain[1, 0], chain[1, 2], chain[100, 0], chain[101, 0]], [0.5, 1 / 200, 1 / 200, 0],
        atol=1e-15)  # fmt: skip
    assert chain[1000, 1001] == pytest.approx(0.5)


def test_true_values():
    """Antisymmetric, rising, almost a straight line; -1 and 1 are the rewards beyond the ends."""
    mdp = long_random_walk()
    value = evaluate_policy_exactly(mdp, uniform_policy(mdp))[1:-1]
    np.testing.assert_allclose(value, -value[::-1], atol=1e-12)
    assert (np.diff(value) > 0).all()
    assert value[0] == pytest.approx(-0.92196, abs=1e-5)  # solved; the step from state 1 ends with chance 1/2
    line = np.polyval(np.polyfit(np.arange(1000), value, 1), np.arange(1000))
    assert 0.01 < np.abs(value - line).max() < 0.06


def test_visits_of_the_book():
    """Page 204: 1.37 % of the time in the start state, 0.0147 % at the ends."""
    mdp = long_random_walk()
    visits = stationary_distribution(mdp, uniform_policy(mdp))
    assert visits[500] == visits.max() == pytest.approx(0.0137, abs=5e-5)
    assert visits[1] == pytest.approx(0.000147, abs=5e-7)


def test_with_reach_1_it_is_the_ordinary_walk():
    mdp, known = long_random_walk(19, 1), random_walk(19, -1.0, 1.0)
    policy = uniform_policy(mdp)
    np.testing.assert_array_equal(mdp.under(policy).transition.toarray(), known.under(policy).transition.toarray())
    np.testing.assert_array_equal(mdp.expected_reward, known.expected_reward)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_small_walks(n):
    mdp = long_random_walk(n, 5)
    assert mdp.start[1] == 1
    value = evaluate_policy_exactly(mdp, uniform_policy(mdp))
    np.testing.assert_allclose(value, -value[::-1], atol=1e-12)


@pytest.mark.parametrize(("arguments", "message"), [((0,), "n is 0"), ((10, 0), "reach is 0"), ((2.0,), "n is 2.0")])
def test_bad_walks(arguments, message):
    with pytest.raises(ValueError, match=message):
        long_random_walk(*arguments)
