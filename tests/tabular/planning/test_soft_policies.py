"""Epsilon-soft policies: the best of them against policy search, and the cliff's two numbers."""

import itertools

import numpy as np
import pytest
from hypothesis import given

from rlcourse.mdp import cliff_walk, windy_grid
from rlcourse.tabular import (
    best_epsilon_soft,
    deterministic_policy,
    epsilon_soft,
    evaluate_policy_exactly,
    solve,
    uniform_policy,
)
from tests.mdp.random_mdps import few, generators, mdps, random_mdp, random_policy


def test_the_cliff():
    """Example 6.6: who explores one step in ten is worth -50.80 on the shortest path, and -20.71 at best."""
    mdp = cliff_walk()
    shortest = epsilon_soft(mdp, solve(mdp).policy, 0.1)
    assert evaluate_policy_exactly(mdp, shortest) @ mdp.start == pytest.approx(-50.80005, abs=1e-5)
    best = best_epsilon_soft(mdp, 0.1)
    assert best.value @ mdp.start == pytest.approx(-20.70768, abs=1e-5)
    np.testing.assert_allclose(evaluate_policy_exactly(mdp, best.policy), best.value, atol=1e-9)


@few
@given(generators())
def test_no_soft_policy_is_better(rng):
    """Among all epsilon-soft policies over a deterministic core, the best found is the best in every state."""
    mdp = random_mdp(rng, states=4, actions=2, always_ends=True)
    best = best_epsilon_soft(mdp, 0.3)
    values = [
        evaluate_policy_exactly(mdp, epsilon_soft(mdp, deterministic_policy(mdp, core), 0.3))
        for core in itertools.product(*(np.flatnonzero(row) for row in mdp.allowed))
    ]
    np.testing.assert_allclose(best.value, np.max(values, axis=0), atol=1e-9)


@few
@given(mdps(discounts=(0.9,)), generators())
def test_the_ends_of_the_range(mdp, rng):
    policy = random_policy(mdp, rng)
    np.testing.assert_allclose(epsilon_soft(mdp, policy, 0.0), policy)
    np.testing.assert_allclose(epsilon_soft(mdp, policy, 1.0), uniform_policy(mdp))
    np.testing.assert_allclose(best_epsilon_soft(mdp, 0.0).value, solve(mdp).value, atol=1e-7)
    uniform = evaluate_policy_exactly(mdp, uniform_policy(mdp))
    np.testing.assert_allclose(best_epsilon_soft(mdp, 1.0).value, uniform, atol=1e-7)


@pytest.mark.parametrize("epsilon", [-0.1, 1.1, np.nan])
def test_bad_input(epsilon):
    mdp = windy_grid()
    for call in (lambda: epsilon_soft(mdp, uniform_policy(mdp), epsilon), lambda: best_epsilon_soft(mdp, epsilon)):
        with pytest.raises(ValueError, match=rf"epsilon is {epsilon}; expected a number in \[0, 1\]"):
            call()
