"""Policy evaluation: solved, swept, and swept in place."""

import itertools

import numpy as np
import pytest
from hypothesis import given

from rlcourse.mdp import FiniteMDP, cliff_walk, corner_grid, grid_world, teleport_grid
from rlcourse.tabular import deterministic_policy, evaluate_policy, evaluate_policy_exactly, uniform_policy
from tests.mdp.random_mdps import few, generators, mdps, random_policy
from tests.mdp.slow_reference import expectation_backup, value_by_linear_algebra

# Exactly


@few
@given(mdps(), generators())
def test_exact_values_satisfy_the_equation(mdp, rng):
    policy = random_policy(mdp, rng)
    value = evaluate_policy_exactly(mdp, policy)
    assert (value[mdp.terminal] == 0).all()
    np.testing.assert_allclose(value, value_by_linear_algebra(mdp, policy), atol=1e-9)
    backed_up = [expectation_backup(mdp, policy, value, s) for s in range(mdp.num_states)]
    np.testing.assert_allclose(value[~mdp.terminal], np.array(backed_up)[~mdp.terminal], atol=1e-9)


@few
@given(mdps(discounts=(1.0,), always_ends=True), generators())
def test_exact_values_without_discount(mdp, rng):
    policy = random_policy(mdp, rng)
    np.testing.assert_allclose(
        evaluate_policy_exactly(mdp, policy), value_by_linear_algebra(mdp, policy), rtol=1e-9, atol=1e-9
    )


def test_a_large_sparse_grid_and_a_small_full_one_agree_with_dense_algebra():
    """One is solved as a sparse system, the other as a full matrix."""
    wide = grid_world(["S" + "." * 14] + ["." * 15] * 10 + ["." * 14 + "G"], slip=0.3, living_reward=-1.0, discount=1.0)
    narrow = grid_world("S.G", slip=0.3, living_reward=-1.0, discount=1.0)
    for mdp in (wide, narrow):
        policy = uniform_policy(mdp)
        np.testing.assert_allclose(
            evaluate_policy_exactly(mdp, policy), value_by_linear_algebra(mdp, policy), rtol=1e-9
        )


def test_two_states_by_hand():
    """v0 = 1 + 0.5 v1, v1 = 2 + 0.5 v0."""
    swap = FiniteMDP.from_dense([[[0.0, 1.0]], [[1.0, 0.0]]], [[1.0], [2.0]], discount=0.5)
    np.testing.assert_allclose(evaluate_policy_exactly(swap, [[1], [1]]), [8 / 3, 10 / 3], rtol=1e-14)


# By sweeps


def naive_sweeps(mdp, policy, in_place, start):
    """The loops of the book: `in_place` writes into the array that it reads."""
    value = start.copy()
    while True:
        source = value if in_place else value.copy()
        for s in range(mdp.num_states):
            if not mdp.terminal[s]:
                value[s] = expectation_backup(mdp, policy, source, s)
        yield value.copy()


@pytest.mark.parametrize("in_place", [False, True])
@few
@given(mdps(), generators())
def test_sweeps_equal_the_naive_loop_one_by_one(in_place, mdp, rng):
    policy, start = random_policy(mdp, rng), rng.normal(size=mdp.num_states)
    start[mdp.terminal] = 0.0
    sweeps = itertools.islice(evaluate_policy(mdp, policy, in_place=in_place, initial=start, tolerance=1e-300), 6)
    before = start
    for sweep, expected in zip(sweeps, naive_sweeps(mdp, policy, in_place, start), strict=False):
        np.testing.assert_allclose(sweep.value, expected, atol=1e-11)
        assert sweep.change == pytest.approx(np.abs(expected - before).max(), abs=1e-11)
        before = expected
        if sweep.change < 1e-12:  # nothing moves any more, so the two may stop at different times
            break


@pytest.mark.parametrize("in_place", [False, True])
@few
@given(mdps(), generators())
def test_sweeps_end_within_their_bound_of_the_exact_values(in_place, mdp, rng):
    policy = random_policy(mdp, rng)
    exact = evaluate_policy_exactly(mdp, policy)
    for sweep in evaluate_policy(mdp, policy, in_place=in_place, tolerance=1e-6):
        bound = mdp.discount / (1 - mdp.discount) * sweep.change
        assert np.abs(sweep.value - exact).max() <= bound + 1e-9
    assert sweep.change < 1e-6


@pytest.mark.parametrize("in_place", [False, True])
@few
@given(mdps(discounts=(1.0,), always_ends=True), generators())
def test_sweeps_without_discount(in_place, mdp, rng):
    policy = random_policy(mdp, rng)
    *_, last = evaluate_policy(mdp, policy, in_place=in_place, tolerance=1e-12)
    np.testing.assert_allclose(last.value, evaluate_policy_exactly(mdp, policy), atol=1e-9)


def test_table_of_example_4_1():
    mdp = corner_grid()
    first, second, third = itertools.islice(evaluate_policy(mdp, uniform_policy(mdp)), 3)
    inner = np.ones(16)
    inner[[0, 15]] = 0
    np.testing.assert_array_equal(first.value, -inner)
    beside = [1, 4, 11, 14]
    np.testing.assert_array_equal(second.value[beside], -1.75)
    np.testing.assert_array_equal(np.delete(second.value, [0, 15, *beside]), -2)
    expected = [0, -2.4375, -2.9375, -3, -2.4375, -2.875, -3, -2.9375]
    np.testing.assert_array_equal(third.value, expected + expected[::-1])


@pytest.mark.parametrize(("in_place", "sweeps"), [(False, 173), (True, 114)])
def test_sweeps_of_example_4_1(in_place, sweeps):
    mdp = corner_grid()
    found = list(evaluate_policy(mdp, uniform_policy(mdp), in_place=in_place, tolerance=1e-4))
    assert len(found) == sweeps
    assert found[-1].change < 1e-4 <= found[-2].change
    np.testing.assert_allclose(found[-1].value[:4], [0, -14, -20, -22], atol=2e-3)


@pytest.mark.parametrize("in_place", [False, True])
def test_every_sweep_has_an_array_of_its_own(in_place):
    mdp = teleport_grid()
    start = np.zeros(25)
    sweeps = evaluate_policy(mdp, uniform_policy(mdp), in_place=in_place, initial=start)
    first = next(sweeps)
    kept = first.value.copy()
    second = next(sweeps)
    assert not np.shares_memory(first.value, second.value) and not np.shares_memory(first.value, start)
    np.testing.assert_array_equal(first.value, kept)
    assert not np.array_equal(first.value, second.value)
    assert not start.any()


def test_what_a_terminal_state_starts_with_does_not_count():
    mdp = grid_world("S.G", discount=1.0)
    wild = [evaluate_policy(mdp, uniform_policy(mdp), in_place=b, initial=[0, 0, 50.0]) for b in (False, True)]
    tame = [evaluate_policy(mdp, uniform_policy(mdp), in_place=b) for b in (False, True)]
    for one, other in zip(wild, tame, strict=True):
        np.testing.assert_array_equal(next(one).value, next(other).value)


def test_in_place_is_the_book_s_order_of_states():
    """In a corridor that is walked to the right, news travels one state a sweep; to the left, all the way in one."""
    layout, last = "G" + "." * 5 + "S", 6
    mdp = grid_world(layout, discount=0.5)
    left = deterministic_policy(mdp, [3] * 7)
    (first, *_) = evaluate_policy(mdp, left, in_place=True)
    np.testing.assert_allclose(first.value[1:], 0.5 ** np.arange(last))
    (first, *_) = evaluate_policy(mdp, left)
    assert np.count_nonzero(first.value) == 1


# Bad input


def test_a_policy_that_never_ends():
    mdp = corner_grid()
    policy = deterministic_policy(mdp, [3] * 4 + [2] * 12)  # left in the top row, down in the others
    message = r"never ends from 9 of 16 states \(4 \(1, 0\), 5 \(1, 1\), 6 \(1, 2\), \.\.\.\), .*discount below 1"
    for evaluate in (evaluate_policy_exactly, evaluate_policy):  # both at the call, not at the first sweep
        with pytest.raises(ValueError, match=message):
            evaluate(mdp, policy)
    away = deterministic_policy(cliff_walk(), np.full(38, 3))  # everybody walks left
    with pytest.raises(ValueError, match=r"never ends from 37 of 38 states .*policy that reaches a terminal state"):
        evaluate_policy_exactly(cliff_walk(), away)


def test_below_discount_one_an_endless_policy_has_values():
    mdp = grid_world("S.", living_reward=1.0, discount=0.75)
    np.testing.assert_allclose(evaluate_policy_exactly(mdp, uniform_policy(mdp)), 4)


@pytest.mark.parametrize("evaluate", [evaluate_policy_exactly, evaluate_policy])
def test_bad_policies(evaluate):
    mdp = grid_world("S.G", bump="forbid")
    with pytest.raises(ValueError, match=r"the policy has shape \(3,\); expected \[states, actions\] = \(3, 4\)"):
        evaluate(mdp, [0, 1, 2])
    with pytest.raises(ValueError, match=r"the policy in state 0 \(0, 0\) is .*nan"):
        evaluate(mdp, np.full((3, 4), np.nan))
    with pytest.raises(ValueError, match=r"takes action up in state 0 \(0, 0\), where it is not available"):
        evaluate(mdp, np.full((3, 4), 0.25))


@pytest.mark.parametrize("in_place", [False, True])
def test_bad_sweeps(in_place):
    mdp = teleport_grid()
    policy = uniform_policy(mdp)
    for tolerance in (0, -1e-3, np.nan, np.inf):
        with pytest.raises(ValueError, match=f"tolerance is {tolerance}; expected a positive number"):
            evaluate_policy(mdp, policy, in_place=in_place, tolerance=tolerance)
    with pytest.raises(ValueError, match=r"v has shape \(3,\); expected one value for each of the 25 states"):
        evaluate_policy(mdp, policy, in_place=in_place, initial=[1, 2, 3])
    with pytest.raises(ValueError, match=r"v of state 0 \(0, 0\) is nan"):
        evaluate_policy(mdp, policy, in_place=in_place, initial=np.full(25, np.nan))
    with pytest.raises(RuntimeError, match=r"values still change by .* after 7 sweeps"):
        list(evaluate_policy(mdp, policy, in_place=in_place, max_sweeps=7))


@pytest.mark.parametrize("states", [2, 40])  # solved as a full and as a sparse matrix
def test_an_end_too_rare_for_floating_point_is_refused_in_words(states):
    transition = np.zeros((states, 1, states))
    transition[:, 0, :] = np.eye(states)
    transition[:-1, 0, -1] = 1e-17
    rare = FiniteMDP.from_dense(
        transition, np.ones((states, 1)), discount=1.0, terminal=np.arange(states) == states - 1
    )
    with pytest.raises(ValueError, match="ends too rarely for floating point"):
        evaluate_policy_exactly(rare, np.ones((states, 1)))
