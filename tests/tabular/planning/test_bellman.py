"""Looking one step ahead: the Bellman operators and the policies that are read off them."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given

from rlcourse.mdp import FiniteMDP, gamblers_problem, grid_world, teleport_grid
from rlcourse.tabular import action_values, deterministic_policy, greedy_policy, solve, uniform_policy
from tests.mdp.random_mdps import few, generators, mdps, random_policy
from tests.mdp.slow_reference import allowed_actions, look_ahead


def optimality(mdp, v):
    return action_values(mdp, v).max(axis=1)


def expectation(mdp, policy, v):
    q = np.where(mdp.allowed, action_values(mdp, v), 0.0)
    return (policy * q).sum(axis=1)


def fork(rewards, **fields):
    """One decision between as many actions as there are rewards; every action ends the episode."""
    n = len(rewards)
    return FiniteMDP(
        prob=np.ones((2, n, 1)),
        next_state=np.ones((2, n, 1), int),
        reward=np.array([rewards, [0.0] * n])[:, :, None],
        discount=1.0,
        terminal=[False, True],
        start=[1.0, 0.0],
        **fields,
    )


@few
@given(mdps(), generators())
def test_action_values_equal_the_definition(mdp, rng):
    v = rng.normal(scale=10, size=mdp.num_states)
    q = action_values(mdp, v)
    for s in range(mdp.num_states):
        allowed = allowed_actions(mdp, s)
        for a in range(mdp.num_actions):
            expected = look_ahead(mdp, v, s, a) if a in allowed else -np.inf
            assert q[s, a] == pytest.approx(expected, abs=1e-11)


def test_action_values_by_hand():
    mdp = grid_world("S.G", discount=0.5, goal_reward=8.0, living_reward=-1.0)
    q = action_values(mdp, [2.0, 4.0, 100.0])  # up, right, down, left; whatever v says of the goal
    np.testing.assert_array_equal(q, [[0, 1, 0, 0], [1, 8, 1, 0], [0, 0, 0, 0]])


@few
@given(mdps(), generators())
def test_the_operators_contract(mdp, rng):
    """max |T v - T w| <= discount * max |v - w|, for the optimality operator and for any policy's."""
    v, w = rng.normal(scale=10, size=(2, mdp.num_states))
    policy = random_policy(mdp, rng)
    bound = mdp.discount * np.abs(v - w).max() + 1e-12
    assert np.abs(optimality(mdp, v) - optimality(mdp, w)).max() <= bound
    assert np.abs(expectation(mdp, policy, v) - expectation(mdp, policy, w)).max() <= bound


def test_the_contraction_is_tight():
    """Raising every value by c raises every backup by exactly discount * c where the episode cannot end."""
    mdp = grid_world("S...", discount=0.7)
    np.testing.assert_allclose(optimality(mdp, np.full(4, 5.0)) - optimality(mdp, np.zeros(4)), 0.7 * 5)


@few
@given(mdps(), generators())
def test_the_operators_are_monotone(mdp, rng):
    v = rng.normal(scale=10, size=mdp.num_states)
    w = v + rng.random(mdp.num_states) * (rng.random(mdp.num_states) < 0.5)
    policy = random_policy(mdp, rng)
    assert (optimality(mdp, w) >= optimality(mdp, v) - 1e-12).all()
    assert (expectation(mdp, policy, w) >= expectation(mdp, policy, v) - 1e-12).all()
    assert (optimality(mdp, v) >= expectation(mdp, policy, v) - 1e-12).all()


@few
@given(mdps(), generators())
def test_greedy_policies(mdp, rng):
    v = rng.normal(size=mdp.num_states)
    policy = greedy_policy(mdp, v)
    assert (policy[~mdp.allowed] == 0).all()
    np.testing.assert_allclose(policy.sum(axis=1), 1)
    np.testing.assert_allclose(expectation(mdp, policy, v), optimality(mdp, v), atol=1e-8)
    mdp.validated_policy(policy)


def test_ties_are_shared_and_near_misses_are_not():
    np.testing.assert_array_equal(greedy_policy(fork([1.0, 3.0, 3.0, 2.0]), [0, 0])[0], [0, 0.5, 0.5, 0])
    third = 0.1 + 0.2  # 0.30000000000000004
    np.testing.assert_array_equal(greedy_policy(fork([0.3, third, 0.0]), [0, 0])[0], [0.5, 0.5, 0])
    np.testing.assert_array_equal(greedy_policy(fork([1.0, 1.0 + 1e-7]), [0, 0])[0], [0, 1])
    np.testing.assert_array_equal(greedy_policy(fork([-1e9, np.nextafter(-1e9, 0)]), [0, 0])[0], [0.5, 0.5])
    np.testing.assert_array_equal(greedy_policy(fork([1e6, 1e6 + 0.01]), [0, 0])[0], [0, 1])
    np.testing.assert_array_equal(greedy_policy(fork([0.0, 0.0]), [0, 0]), np.full((2, 2), 0.5))


def test_an_unavailable_action_is_never_chosen_however_good():
    mdp = fork([1.0, 9.0, 1.0], available=[[True, False, True], [True, True, True]])
    assert action_values(mdp, [0, 0])[0].tolist() == [1, -np.inf, 1]
    assert greedy_policy(mdp, [0, 0])[0].tolist() == [0.5, 0, 0.5]
    assert uniform_policy(mdp)[0].tolist() == [0.5, 0, 0.5]
    losses = dataclasses.replace(mdp, reward=-mdp.reward)
    assert greedy_policy(losses, [0, 0])[0].tolist() == [0.5, 0, 0.5]  # and not because 0 beats a loss


@few
@given(mdps())
def test_uniform_policy(mdp):
    policy = uniform_policy(mdp)
    for s in range(mdp.num_states):
        allowed = allowed_actions(mdp, s)
        np.testing.assert_allclose(policy[s], [a in allowed and 1 / len(allowed) for a in range(mdp.num_actions)])
    mdp.validated_policy(policy)


def test_deterministic_policy():
    mdp = grid_world("S.G")
    np.testing.assert_array_equal(deterministic_policy(mdp, [1, 3, 0]), [[0, 1, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0]])
    gambler = gamblers_problem()
    timid = deterministic_policy(gambler, np.ones(101, int))
    assert gambler.validated_policy(timid)[:, 1].all()


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ([0, 1], r"actions are int64 of shape \(2,\); expected 3 integers"),
        (np.zeros((3, 4), int), r"actions are int64 of shape \(3, 4\); expected 3 integers"),
        ([0.0, 1.0, 2.0], r"actions are float64 of shape \(3,\); expected 3 integers"),
        ([0, 4, 0], r"actions must lie in 0\.\.3; got 0\.\.4"),
        ([0, -1, 0], r"actions must lie in 0\.\.3; got -1\.\.0"),
    ],
)
def test_bad_actions(actions, message):
    with pytest.raises(ValueError, match=message):
        deterministic_policy(grid_world("S.G"), actions)


@pytest.mark.parametrize("look", [action_values, greedy_policy])
@pytest.mark.parametrize(
    ("v", "message"),
    [
        ([0.0, 0.0], r"v has shape \(2,\); expected one value for each of the 3 states"),
        (np.zeros((3, 4)), r"v has shape \(3, 4\); expected one value"),
        ([0.0, np.nan, 0.0], r"v of state 1 \(0, 1\) is nan; expected finite numbers"),
        ([0.0, 0.0, np.inf], r"v of state 2 \(0, 2\) is inf; expected finite numbers"),
    ],
)
def test_bad_values(look, v, message):
    with pytest.raises(ValueError, match=message):
        look(grid_world("S.G"), v)


def test_the_given_values_are_left_alone():
    v = np.array([1.0, 2.0, 3.0])
    greedy_policy(grid_world("S.G"), v)
    assert v.tolist() == [1, 2, 3]


def test_ties_are_judged_by_the_size_of_the_values():
    """Rewards a trillion times smaller make the same policy: an absolute tolerance would call everything a tie."""
    world = teleport_grid()
    tiny = dataclasses.replace(world, reward=world.reward * 1e-12)
    v = solve(world).value
    assert np.array_equal(greedy_policy(tiny, v * 1e-12), greedy_policy(world, v))
