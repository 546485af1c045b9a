"""Transitions of a behaviour policy: their chances, their ratios, and what is refused."""

import numpy as np
import pytest
from hypothesis import given

from rlcourse.linear import sample_transitions
from rlcourse.mdp import FiniteMDP, grid_world, random_walk
from tests.mdp.random_mdps import few, generators, mdps, random_mdp, random_policy


@few
@given(mdps(), generators())
def test_every_transition_is_possible_and_the_next_follows(mdp, rng):
    target = random_policy(mdp, rng)
    behaviour = 0.5 * target + 0.5 * mdp.allowed / mdp.allowed.sum(axis=1, keepdims=True)
    walk = sample_transitions(mdp, behaviour=behaviour, target=target, runs=4, steps=60, seed=int(rng.integers(100)))
    assert walk.state.shape == walk.ratio.shape == walk.reward.shape == walk.next_state.shape == (60, 4)
    assert not mdp.terminal[walk.state].any()
    ratio = np.divide(target, behaviour, out=np.zeros_like(target), where=behaviour > 0)
    for s, rho, r, s2 in zip(*(a.ravel() for a in (walk.state, walk.ratio, walk.reward, walk.next_state)), strict=True):
        likely = mdp.allowed[s, :, None] & (mdp.prob[s] > 0) & (mdp.next_state[s] == s2) & (mdp.reward[s] == r)
        assert np.isclose(ratio[s][likely.any(axis=1)], rho, atol=1e-12).any()
    goes_on = ~mdp.terminal[walk.next_state[:-1]]
    np.testing.assert_array_equal(walk.state[1:][goes_on], walk.next_state[:-1][goes_on])
    assert (mdp.start[walk.state[1:][~goes_on]] > 0).all() and (mdp.start[walk.state[0]] > 0).all()


def test_how_often():
    """50,000 draws of each: starts, actions and outcomes come as often as they should, within five deviations."""
    mdp = random_mdp(np.random.default_rng(0), ends=True)
    behaviour = random_policy(mdp, np.random.default_rng(1))
    walk = sample_transitions(mdp, behaviour=behaviour, runs=50_000, steps=2)
    chain = mdp.under(behaviour).transition.toarray()
    again = chain[:, mdp.terminal].sum(axis=1, keepdims=True) * mdp.start  # from the end to a fresh start
    second = mdp.start @ (np.where(mdp.terminal, 0.0, chain) + again)
    for states, expected in (
        (walk.state[0], mdp.start),
        (walk.next_state[0], mdp.start @ chain),
        (walk.state[1], second),
    ):
        frequency = np.bincount(states, minlength=mdp.num_states) / 50_000
        assert (np.abs(frequency - expected) <= 5 * np.sqrt(expected * (1 - expected) / 50_000) + 1e-12).all()
    assert (walk.ratio == 1).all()
    mean = mdp.start @ mdp.under(behaviour).reward
    assert walk.reward[0].mean() == pytest.approx(mean, abs=5 * walk.reward[0].std() / np.sqrt(50_000))


def test_ratios_have_mean_one():
    """E[rho | s] = sum_a b(a|s) pi(a|s) / b(a|s) = 1."""
    mdp = grid_world("S..G")
    behaviour, target = np.tile([0.1, 0.4, 0.2, 0.3], (4, 1)), np.tile([0.0, 0.7, 0.2, 0.1], (4, 1))
    walk = sample_transitions(mdp, behaviour=behaviour, target=target, runs=10_000, steps=3)
    np.testing.assert_allclose(np.unique(walk.ratio), [0, 1 / 3, 1, 1.75])
    assert walk.ratio.mean() == pytest.approx(1.0, abs=5 * walk.ratio.std() / np.sqrt(30_000))


def test_noisy_rewards_are_noisy():
    mdp = FiniteMDP.from_dense([[[1.0]]], [[2.0]], discount=0.5, reward_std=[[3.0]])
    reward = sample_transitions(mdp, behaviour=[[1.0]], runs=1000, steps=10).reward
    assert reward.mean() == pytest.approx(2.0, abs=0.15) and reward.std() == pytest.approx(3.0, abs=0.11)


def test_same_seed_same_walk():
    mdp = random_walk(5)
    a, b, c = (sample_transitions(mdp, behaviour=np.ones((7, 1)), runs=3, steps=20, seed=s).state for s in (4, 4, 5))
    np.testing.assert_array_equal(a, b)
    assert (a != c).any()


def test_no_coverage():
    mdp = grid_world("S..G")
    behaviour, target = np.tile([0.0, 0.5, 0.0, 0.5], (4, 1)), np.full((4, 4), 0.25)
    with pytest.raises(ValueError, match=r"no coverage: in state 0.* the target takes action up with probability 0.25"):
        sample_transitions(mdp, behaviour=behaviour, target=target, runs=1, steps=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"runs": 0}, "runs is 0; expected a whole number, at least 1"),
        ({"steps": -1}, "steps is -1"),
        ({"behaviour": np.ones((6, 1))}, r"the policy has shape \(6, 1\)"),
        ({"target": np.full((7, 1), 0.5)}, "which sums to 0.5"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        sample_transitions(random_walk(5), **({"behaviour": np.ones((7, 1)), "runs": 1, "steps": 1} | arguments))
