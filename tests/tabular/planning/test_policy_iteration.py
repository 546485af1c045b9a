"""Policy iteration: it never loses, it ends, and where it ends is optimal."""

import itertools

import numpy as np
import pytest
from hypothesis import given

from rlcourse.mdp import FiniteMDP, corner_grid, gamblers_problem, grid_world, teleport_grid, windy_grid
from rlcourse.tabular import (
    action_values,
    deterministic_policy,
    evaluate_policy_exactly,
    greedy_policy,
    policy_iteration,
    solve,
    uniform_policy,
    value_iteration,
)
from tests.mdp.random_mdps import few, generators, mdps, random_policy
from tests.mdp.slow_reference import (
    allowed_actions,
    look_ahead,
    optimal_value_by_linear_program,
    value_by_linear_algebra,
)


def check_improvements(mdp, policy):
    """Run it and hold every item against its promises; returns the items."""
    steps = list(policy_iteration(mdp, policy))
    for step in steps:
        np.testing.assert_allclose(step.value, value_by_linear_algebra(mdp, step.policy), atol=1e-7)
        gains = [
            max(look_ahead(mdp, step.value, s, a) for a in allowed_actions(mdp, s)) - step.value[s]
            for s in np.flatnonzero(~mdp.terminal)
        ]
        assert step.gain == pytest.approx(max(0.0, *gains, 0.0), abs=1e-7)
    for before, after in itertools.pairwise(steps):
        assert (after.value >= before.value - 1e-7).all()  # the policy improvement theorem
        assert after.value.sum() > before.value.sum()
    return steps


@few
@given(mdps(), generators())
def test_it_never_loses_and_ends_at_the_optimum(mdp, rng):
    steps = check_improvements(mdp, random_policy(mdp, rng))
    np.testing.assert_allclose(steps[-1].value, optimal_value_by_linear_program(mdp), atol=1e-6)
    *_, swept = value_iteration(mdp, tolerance=1e-10)
    np.testing.assert_allclose(steps[-1].value, swept.value, atol=1e-6)


@few
@given(mdps(discounts=(1.0,), always_ends=True), generators())
def test_without_discount(mdp, rng):
    steps = check_improvements(mdp, random_policy(mdp, rng))
    np.testing.assert_allclose(steps[-1].value, optimal_value_by_linear_program(mdp), atol=1e-7)


@few
@given(mdps())
def test_solve_gives_every_best_action(mdp):
    best = solve(mdp)
    np.testing.assert_allclose(best.value, optimal_value_by_linear_program(mdp), atol=1e-6)
    assert best.gain < 1e-8 * max(1, np.abs(best.value).max())
    np.testing.assert_array_equal(best.policy, greedy_policy(mdp, best.value))
    assert (best.policy[~mdp.allowed] == 0).all()
    np.testing.assert_allclose(evaluate_policy_exactly(mdp, best.policy), best.value, atol=1e-7)


def test_three_improvements_by_hand():
    """Three states offer a little now or a step on, the last one 10: the news travels back a state a time."""
    transition = np.zeros((4, 2, 4))
    transition[[0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [3, 1, 3, 2, 3, 3]] = 1.0
    reward = np.array([[1.0, 0.0], [0.5, 0.0], [0.0, 10.0], [0.0, 0.0]])
    mdp = FiniteMDP.from_dense(transition, reward, discount=1.0, terminal=[False, False, False, True])
    steps = list(policy_iteration(mdp, deterministic_policy(mdp, [0, 0, 0, 0])))
    assert [s.value[:3].tolist() for s in steps] == [[1, 0.5, 0], [1, 0.5, 10], [1, 10, 10], [10, 10, 10]]
    assert [s.gain for s in steps] == [10, 9.5, 9, 0]


def test_items_are_the_policies_tried_each_with_arrays_of_its_own():
    mdp = teleport_grid()
    given_policy = uniform_policy(mdp)
    steps = policy_iteration(mdp, given_policy)
    first = next(steps)
    np.testing.assert_array_equal(first.policy, given_policy)
    assert not np.shares_memory(first.policy, given_policy)
    kept = first.policy.copy(), first.value.copy()
    second = next(steps)
    np.testing.assert_array_equal(first.policy, kept[0])
    np.testing.assert_array_equal(first.value, kept[1])
    np.testing.assert_array_equal(second.policy, greedy_policy(mdp, first.value))
    np.testing.assert_array_equal(next(policy_iteration(mdp)).policy, given_policy)  # uniform by default


def test_an_optimal_policy_is_left_at_once():
    mdp = teleport_grid()
    (only,) = policy_iteration(mdp, solve(mdp).policy)
    assert only.gain < 1e-9


def test_a_gain_is_never_below_zero():
    """Rounding would make it -2e-15 here: no state is terminal, and both values come out a little too high."""
    mdp = FiniteMDP.from_dense([[[0.4, 0.6]], [[0.6, 0.4]]], [[1.0], [2.0]], discount=0.9)
    (only,) = policy_iteration(mdp)
    assert only.gain == 0


def test_ties_do_not_make_it_cycle():
    """An open field without obstacles, where most cells have two best moves; and one where nothing matters at all."""
    field = grid_world(["." * 12] * 11 + ["." * 11 + "G"], living_reward=-1.0, discount=1.0, start_anywhere=True)
    assert len(list(policy_iteration(field, max_improvements=30))) < 30
    best = solve(field)
    assert ((best.policy > 0).sum(axis=1) == 2).sum() == 11 * 11
    flat = grid_world("S..\n...", discount=0.9)
    (only,) = policy_iteration(flat)
    assert only.gain == 0 and (solve(flat).policy == 0.25).all()


def test_large_values_do_not_keep_it_busy():
    """The tolerance is relative: rounding in values of 1e9 is far above 1e-9."""
    mdp = grid_world(["S....", ".....", "....G"], slip=0.2, living_reward=-1e8, goal_reward=3e8, discount=0.99)
    steps = list(policy_iteration(mdp, max_improvements=20))
    assert len(steps) < 20 and np.abs(steps[-1].value).max() > 1e8


@pytest.mark.parametrize("discount", [0.9, 1.0])
def test_at_discount_one_the_best_of_the_policies_that_end(discount):
    """A pit and nothing else: it is better never to fall in, but at discount 1 only policies that end have a value."""
    best = solve(grid_world("S..X", discount=discount))
    if discount == 1.0:
        np.testing.assert_allclose(best.value, [-1, -1, -1, 0])
    else:
        np.testing.assert_allclose(best.value, 0, atol=1e-12)


def test_policies_stay_proper_where_loops_are_free():
    """At discount 1, moving about costs nothing: greedy policies that keep every tie still find the goal."""
    mdp = grid_world("S..#X\n.#...\n...#G", discount=1.0)
    for step in policy_iteration(mdp):
        assert mdp.under(step.policy).endless.size == 0
    np.testing.assert_allclose(step.value[~mdp.terminal], 1)


@pytest.mark.parametrize("mdp", [corner_grid(), windy_grid(), gamblers_problem(0.25)])
def test_the_optimality_equation(mdp):
    value = solve(mdp).value
    np.testing.assert_allclose(action_values(mdp, value).max(axis=1), value, atol=1e-10)


# Bad input


def test_bad_input_is_refused_at_the_call():
    mdp = corner_grid()
    with pytest.raises(ValueError, match=r"the policy has shape \(16,\); expected \[states, actions\]"):
        policy_iteration(mdp, np.zeros(16, int))
    with pytest.raises(ValueError, match=r"the policy in state 0 \(0, 0\) is .*nan"):
        policy_iteration(mdp, np.full((16, 4), np.nan))
    for tolerance in (0, -1, np.nan):
        with pytest.raises(ValueError, match=f"tolerance is {tolerance}; expected a positive number"):
            policy_iteration(mdp, tolerance=tolerance)
    with pytest.raises(ValueError, match="max_improvements is -1; expected at least 0"):
        policy_iteration(mdp, max_improvements=-1)


def test_a_first_policy_that_never_ends():
    mdp = corner_grid()
    with pytest.raises(ValueError, match=r"never ends from 11 of 16 states .*use a discount below 1"):
        next(policy_iteration(mdp, deterministic_policy(mdp, [3] * 16)))


def test_too_few_improvements():
    mdp = gamblers_problem(0.4)
    timid = deterministic_policy(mdp, np.ones(101, int))
    needed = len(list(policy_iteration(mdp, timid))) - 1
    assert needed > 1
    assert len(list(policy_iteration(mdp, timid, max_improvements=needed))) == needed + 1
    with pytest.raises(RuntimeError, match=f"a state still gains .* after {needed - 1} improvements; allow more"):
        list(policy_iteration(mdp, timid, max_improvements=needed - 1))
