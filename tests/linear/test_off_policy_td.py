"""Off-policy TD: its mean is the expected update, on-policy it is TD(0), and on Baird's world it diverges."""

import numpy as np
import pytest
from hypothesis import given

from rlcourse.linear import baird, expected_td, off_policy_td, sample_transitions, semi_gradient_td, value_error
from rlcourse.mdp import random_walk
from rlcourse.tabular import sample_episodes
from tests.linear.every_transition import every_transition
from tests.mdp.random_mdps import few, generators, mdps, random_policy


@few
@given(mdps(), generators())
def test_its_mean_is_the_expected_update(mdp, rng):
    """Over all transitions: E[rho delta x] = b - A w, for the target's A and b with the behaviour's weighting."""
    target = random_policy(mdp, rng)
    behaviour = 0.5 * target + 0.5 * mdp.allowed / mdp.allowed.sum(axis=1, keepdims=True)
    d = rng.random(mdp.num_states) * ~mdp.terminal
    x, w = rng.normal(size=(mdp.num_states, 3)), rng.normal(size=3)
    walk, chance = every_transition(mdp, behaviour, target, d)
    weights = off_policy_td(walk, x, alpha=0.5, initial=w)
    update = expected_td(mdp.under(target), x, d)
    np.testing.assert_allclose(chance @ (weights[1] - w) / 0.5, update.b - update.a @ w, atol=1e-10)


def test_on_policy_it_is_td():
    """The same episodes, told as transitions: the same weights after them."""
    mdp = random_walk(5)
    experience = sample_episodes(mdp, np.ones((7, 1)), runs=1, episodes=10)
    walk, _ = every_transition(mdp, np.ones((7, 1)), np.ones((7, 1)), np.ones(7))
    walk = type(walk)(
        experience.state.T, np.ones(experience.state.T.shape), experience.reward.T, experience.next_state.T,
        terminal=mdp.terminal, discount=1.0,
    )  # fmt: skip
    x = np.random.default_rng(0).normal(size=(7, 3))
    weights = off_policy_td(walk, x, alpha=0.1, initial=[1.0, 2.0, 3.0])
    td = semi_gradient_td(experience, x, alpha=0.1, initial=[1.0, 2.0, 3.0])
    np.testing.assert_allclose(weights[-1], td[:, -1], atol=1e-12)
    np.testing.assert_array_equal(weights[0, 0], [1, 2, 3])


def test_two_steps_by_hand():
    """States 0 and 1 worth w and 2w, discount 1/2: rho 2 and rewards 1, 3."""
    walk, _ = every_transition(random_walk(1), np.ones((3, 1)), np.ones((3, 1)), np.ones(3))
    walk = type(walk)(
        np.array([[0], [1]]), np.array([[2.0], [0.5]]), np.array([[1.0], [3.0]]), np.array([[1], [2]]),
        terminal=np.array([False, False, True]), discount=0.5,
    )  # fmt: skip
    weights = off_policy_td(walk, [[1.0], [2.0], [9.0]], alpha=0.25, initial=1.0)
    # delta = 1 + .5 * 2 - 1 = 1: w = 1 + .25 * 2 * 1 = 1.5; then delta = 3 - 3 = 0.
    np.testing.assert_allclose(weights[:, 0, 0], [1.0, 1.5, 1.5])


def test_baird_diverges_and_on_policy_does_not():
    """Figure 11.2, left: after 1,000 steps with alpha .01 the eighth weight is some 300, and all runs have grown.

    Over 100 runs |w| grows from 10.3 to between 250 and 1,000, median 414; the expected update comes to 437. The
    median's standard error is about 10: 414 +- 60 is missed by no seed of twenty tried. On-policy, all values shrink.
    """
    example = baird()
    off = sample_transitions(example.mdp, behaviour=example.behaviour, target=example.target, runs=100, steps=1000)
    weights = off_policy_td(off, example.features, alpha=0.01, initial=example.initial)
    assert weights.shape == (1001, 100, 8)
    size = np.linalg.norm(weights, axis=2)
    assert size[0].max() == pytest.approx(np.sqrt(107)) and size[-1].min() > 10 * size[0].min()
    assert np.median(size[-1]) == pytest.approx(414, abs=60)
    on = sample_transitions(example.mdp, behaviour=example.behaviour, runs=100, steps=1000)
    weights = off_policy_td(on, example.features, alpha=0.01, initial=example.initial)
    error = value_error(weights, example.features, np.zeros(7), example.weighting)
    assert error[-1].max() < error[0].min() / 5


def test_a_step_size_for_each_run():
    example = baird()
    walk = sample_transitions(example.mdp, behaviour=example.behaviour, target=example.target, runs=3, steps=50)
    alpha = np.array([0.01, 0.05, 0.02])
    together = off_policy_td(walk, example.features, alpha=alpha)
    for run in range(3):
        alone = off_policy_td(walk, example.features, alpha=alpha[run])
        np.testing.assert_array_equal(together[:, run], alone[:, run])


def test_beyond_all_measure_is_told():
    example = baird()
    walk = sample_transitions(example.mdp, behaviour=example.behaviour, target=example.target, runs=2, steps=3000)
    with pytest.raises(RuntimeError, match="the weights diverge, noticed after the last step; use a smaller step size"):
        off_policy_td(walk, example.features, alpha=1.0, initial=example.initial)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"alpha": 0.0}, "alpha is 0.0; expected positive step sizes"),
        ({"alpha": [0.1, 0.1, 0.1]}, r"alpha has shape \(3,\); expected a number or one for each of the 2 runs"),
        ({"initial": [1.0]}, r"initial is \[1.0\]; expected a finite number, or 8 of them"),
        ({"features": np.ones((8, 7))}, r"features have shape \(8, 7\); expected \[7 states, features\]"),
    ],
)
def test_bad_input(settings, message):
    example = baird()
    walk = sample_transitions(example.mdp, behaviour=example.behaviour, runs=2, steps=2)
    with pytest.raises(ValueError, match=message):
        off_policy_td(walk, **({"features": example.features, "alpha": 0.1} | settings))
