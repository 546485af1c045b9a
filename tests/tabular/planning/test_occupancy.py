"""Where a policy spends its time: identities, simulated chains, and long runs that depend on the start."""

import numpy as np
import pytest
from hypothesis import given

from rlcourse.mdp import FiniteMDP, grid_world, random_walk
from rlcourse.tabular import (
    discounted_occupancy,
    evaluate_policy_exactly,
    expected_visits,
    stationary_distribution,
    uniform_policy,
)
from tests.mdp.random_mdps import few, generators, mdps, random_policy


@few
@given(mdps(), generators())
def test_value_read_from_the_occupancy(mdp, rng):
    """sum_s start(s) v(s) = sum_s d(s) r(s) / (1 - discount)."""
    policy = random_policy(mdp, rng)
    occupancy = discounted_occupancy(mdp, policy)
    value = evaluate_policy_exactly(mdp, policy)
    assert occupancy @ mdp.under(policy).reward / (1 - mdp.discount) == pytest.approx(mdp.start @ value, abs=1e-8)


@few
@given(mdps(discounts=(0.0, 0.3, 0.9)), generators())
def test_occupancy_is_the_sum_that_defines_it(mdp, rng):
    policy = random_policy(mdp, rng)
    occupancy = discounted_occupancy(mdp, policy)
    chain = mdp.under(policy).transition.toarray()
    expected, here = np.zeros(mdp.num_states), mdp.start
    for t in range(400):
        expected = expected + (1 - mdp.discount) * mdp.discount**t * here
        here = here @ chain
    np.testing.assert_allclose(occupancy, expected, atol=1e-10)
    assert (occupancy >= -1e-12).all() and occupancy.sum() == pytest.approx(1)


def test_occupancy_by_hand():
    """S to floor to goal, one step each: 1/2, 1/4, and the rest at the end."""
    mdp = grid_world("S.G", discount=0.5)
    right = np.tile([0.0, 1.0, 0.0, 0.0], (3, 1))
    np.testing.assert_allclose(discounted_occupancy(mdp, right), [0.5, 0.25, 0.25])


def test_occupancy_needs_a_discount():
    mdp = grid_world("S.G", discount=1.0)
    with pytest.raises(ValueError, match="at discount 1 there is no discounted occupancy; use a discount below 1"):
        discounted_occupancy(mdp, uniform_policy(mdp))


@few
@given(mdps(discounts=(0.0, 0.3, 0.9, 1.0), always_ends=True), generators())
def test_visits_are_the_sum_that_defines_them(mdp, rng):
    """sum_t discount^t Pr(S_t = s), but 0 at the end; at discount 1 too, where .8^t of the episodes are not over."""
    policy = random_policy(mdp, rng)
    visits = expected_visits(mdp, policy)
    chain = mdp.under(policy).transition.toarray()
    expected, here = np.zeros(mdp.num_states), mdp.start
    for t in range(400):
        expected = expected + mdp.discount**t * here * ~mdp.terminal
        here = here @ chain
    np.testing.assert_allclose(visits, expected, atol=1e-10)
    assert (visits[mdp.terminal] == 0).all()


@few
@given(mdps(), generators())
def test_visits_are_the_occupancy_of_live_states_in_other_units(mdp, rng):
    """Whether or not episodes end; and weighted by rewards they are the value of the start."""
    policy = random_policy(mdp, rng)
    visits = expected_visits(mdp, policy)
    occupancy = discounted_occupancy(mdp, policy)
    np.testing.assert_allclose((1 - mdp.discount) * visits, np.where(mdp.terminal, 0.0, occupancy), atol=1e-10)
    value = mdp.start @ evaluate_policy_exactly(mdp, policy)
    assert visits @ mdp.under(policy).reward == pytest.approx(value, abs=1e-8)


def test_visits_of_the_random_walk():
    """The fair walk of five states from its middle: 9 steps on average, 3, 2 and 1 of them in a state by distance."""
    np.testing.assert_allclose(expected_visits(random_walk(), np.ones((7, 1))), [0, 1, 2, 3, 2, 1, 0])


def test_visits_need_an_end_or_a_discount():
    with pytest.raises(ValueError, match="this policy never ends from 3 of 3 states"):
        expected_visits(grid_world("S..", discount=1.0), np.full((3, 4), 0.25))


@few
@given(mdps(), generators())
def test_stationary_distribution_by_power_iteration(mdp, rng):
    policy = random_policy(mdp, rng)
    live = ~mdp.terminal
    full = mdp.under(policy).transition.toarray()
    chain = full[np.ix_(live, live)] + np.outer(full[live][:, mdp.terminal].sum(axis=1), mdp.start[live])
    lazy = (np.eye(len(chain)) + chain) / 2  # the same long run, without periods
    for _ in range(40):
        lazy = lazy @ lazy  # 2^40 steps
        lazy /= lazy.sum(axis=1, keepdims=True)
    if np.ptp(lazy, axis=0).max() > 1e-6:  # the long run depends on the start
        with pytest.raises(ValueError, match=r"groups of states that it never leaves, so the long run depends"):
            stationary_distribution(mdp, policy)
        return
    distribution = stationary_distribution(mdp, policy)
    np.testing.assert_allclose(distribution[live], lazy[0], atol=1e-8)
    assert (distribution[mdp.terminal] == 0).all() and distribution.sum() == pytest.approx(1)


def test_both_kinds_of_random_chains_are_tried():
    """The property above would be empty if all chains were of one kind: here is one of each."""
    apart = FiniteMDP.from_dense(np.eye(2)[:, None, :], np.zeros((2, 1)), discount=0.9)
    with pytest.raises(ValueError, match="this policy has 2 groups of states that it never leaves"):
        stationary_distribution(apart, np.ones((2, 1)))
    transient = FiniteMDP.from_dense([[[0.5, 0.5]], [[0.0, 1.0]]], np.zeros((2, 1)), discount=0.9)
    np.testing.assert_allclose(stationary_distribution(transient, np.ones((2, 1))), [0, 1], atol=1e-15)


def test_states_on_the_way_are_no_groups_of_their_own():
    """0 -> 1 -> 2 -> 2: two states that are left for ever; with a second end beside 2 the long run is undecided."""
    hop = np.zeros((4, 1, 4))
    hop[[0, 1, 2, 3], 0, [1, 2, 2, 2]] = 1.0
    one_end = FiniteMDP.from_dense(hop, np.zeros((4, 1)), discount=0.9)
    np.testing.assert_allclose(stationary_distribution(one_end, np.ones((4, 1))), [0, 0, 1, 0], atol=1e-15)
    hop[3, 0] = [0.0, 0.0, 0.0, 1.0]
    hop[1, 0] = [0.0, 0.0, 0.5, 0.5]
    two_ends = FiniteMDP.from_dense(hop, np.zeros((4, 1)), discount=0.9)
    with pytest.raises(ValueError, match="this policy has 2 groups of states that it never leaves"):
        stationary_distribution(two_ends, np.ones((4, 1)))


def test_stationary_distribution_of_a_chain_with_a_period():
    swap = FiniteMDP.from_dense([[[0.0, 1.0]], [[1.0, 0.0]]], np.zeros((2, 1)), discount=0.9)
    np.testing.assert_allclose(stationary_distribution(swap, np.ones((2, 1))), [0.5, 0.5])


def test_episodes_that_end_start_again():
    """The fair walk of five states from its middle: 9 steps on average, 3, 2 and 1 visits a state by distance."""
    walk = random_walk()
    np.testing.assert_allclose(stationary_distribution(walk, np.ones((7, 1))), np.array([0, 1, 2, 3, 2, 1, 0]) / 9)


def test_average_reward_by_the_long_run():
    """d @ r is the reward a step: the limit of (1 - discount) * v as the discount tends to 1."""
    mdp = grid_world("S..\n.#.\n...", living_reward=-1.0, bump_reward=-5.0, discount=0.999999)
    policy = uniform_policy(mdp)
    average = stationary_distribution(mdp, policy) @ mdp.under(policy).reward
    np.testing.assert_allclose((1 - mdp.discount) * evaluate_policy_exactly(mdp, policy), average, atol=1e-4)


@pytest.mark.parametrize("where", [discounted_occupancy, expected_visits, stationary_distribution])
def test_bad_policies(where):
    mdp = grid_world("S.G", bump="forbid")
    with pytest.raises(ValueError, match=r"the policy has shape \(3,\)"):
        where(mdp, [1, 1, 1])
    with pytest.raises(ValueError, match=r"action up .* not available"):
        where(mdp, np.full((3, 4), 0.25))
