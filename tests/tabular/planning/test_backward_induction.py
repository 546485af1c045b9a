"""Backward induction against the enumeration of every policy there is."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings

from rlcourse.mdp import cliff_walk, grid_world
from rlcourse.tabular import backward_induction, greedy_policy, solve, value_iteration
from tests.mdp.random_mdps import few, generators, mdps, random_mdp
from tests.mdp.slow_reference import allowed_actions, look_ahead


def follow(mdp, plan):
    """The value [S] of a plan: one tuple of actions, one a state, for every step, in the order of time."""
    value = np.zeros(mdp.num_states)
    for actions in reversed(plan):
        value = np.array([look_ahead(mdp, value, s, a) for s, a in enumerate(actions)]) * ~mdp.terminal
    return value


@settings(few, max_examples=8)
@given(generators())
def test_no_plan_is_better(rng):
    """Every sequence of three decision rules in a world of three states and two actions: 512 plans."""
    mdp = random_mdp(
        rng, states=3, actions=2, outcomes=2, discount=1.0, ends=rng.random() < 0.5, holes=rng.random() < 0.5
    )
    rules = list(itertools.product(*(allowed_actions(mdp, s) for s in range(3))))
    best = np.max([follow(mdp, plan) for plan in itertools.product(rules, repeat=3)], axis=0)
    value, policy = backward_induction(mdp, 3)
    np.testing.assert_allclose(value[3], best, atol=1e-12)
    plan = [tuple(policy[h].argmax(axis=1)) for h in (3, 2, 1)]  # with h steps to go, use row h
    np.testing.assert_allclose(follow(mdp, plan), best, atol=1e-8)


@few
@given(mdps())
def test_a_long_horizon_tends_to_the_optimum(mdp):
    """With H steps to go, what lies beyond is worth at most discount^H * max |r| / (1 - discount)."""
    best, most = solve(mdp).value, np.abs(mdp.expected_reward).max()
    value, _ = backward_induction(mdp, 300)
    for horizon in (1, 10, 300):
        bound = mdp.discount**horizon * most / (1 - mdp.discount)
        assert np.abs(value[horizon] - best).max() <= bound + 1e-9


@few
@given(mdps(discounts=(0.9, 1.0)))
def test_it_is_value_iteration_read_from_the_end(mdp):
    value, policy = backward_induction(mdp, 5)
    assert value.shape == (6, mdp.num_states) and policy.shape == (6, mdp.num_states, mdp.num_actions)
    assert not value[0].any()
    for h, sweep in enumerate(itertools.islice(value_iteration(mdp, tolerance=1e-300), 5), start=1):
        np.testing.assert_array_equal(value[h], sweep.value)
    for h in range(1, 6):
        np.testing.assert_array_equal(policy[h], greedy_policy(mdp, value[h - 1]))
    assert (policy[:, ~mdp.allowed] == 0).all()
    np.testing.assert_allclose(policy.sum(axis=2), 1)


def test_the_best_first_step_depends_on_what_is_left():
    """A small reward beside the start, a large one four steps away: with three steps to go, take the small one."""
    mdp = grid_world("GS...G", goal_reward={(0, 0): 1.0, (0, 5): 5.0}, discount=0.9)
    value, policy = backward_induction(mdp, 5)
    np.testing.assert_allclose(value[:, 1], [0, 1, 1, 1, 5 * 0.9**3, 5 * 0.9**3])
    assert [row[1].tolist() for row in policy[1:4]] == 3 * [[0, 0, 0, 1]]  # left
    assert [row[1].tolist() for row in policy[4:]] == 2 * [[0, 1, 0, 0]]  # right


def test_an_endless_world_without_discount():
    mdp = grid_world("S.", living_reward=2.0, discount=1.0)
    value, _ = backward_induction(mdp, np.int64(7))
    np.testing.assert_array_equal(value, 2.0 * np.arange(8)[:, None] * np.ones(2))


def test_the_cliff_with_too_few_steps():
    mdp = cliff_walk()
    value, _ = backward_induction(mdp, 20)
    start = mdp.start.argmax()
    assert value[12, start] == -12 and value[13, start] == -13 and value[20, start] == -13


@pytest.mark.parametrize("horizon", [0, -3, 2.0, "5", None, True, np.nan])
def test_bad_horizons(horizon):
    with pytest.raises(ValueError, match=f"horizon is {horizon!r}; expected a whole number, at least 1"):
        backward_induction(cliff_walk(), horizon)
