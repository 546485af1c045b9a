"""TDC: its mean is its expected update, which converges where TD diverges."""

import numpy as np
import pytest
from hypothesis import assume, given

from rlcourse.linear import baird, expected_td, expected_tdc, sample_transitions, tdc, value_error
from rlcourse.linear.expected_update import second_moment
from tests.linear.every_transition import every_transition
from tests.mdp.random_mdps import few, generators, mdps, random_policy


@few
@given(mdps(), generators())
def test_its_mean_is_the_expected_update(mdp, rng):
    """Two steps that are the same for all, so that v is not 0; then the mean over all transitions."""
    assume((~mdp.terminal).any())
    target = random_policy(mdp, rng)
    behaviour = 0.5 * target + 0.5 * mdp.allowed / mdp.allowed.sum(axis=1, keepdims=True)
    live = ~mdp.terminal
    d = rng.random(mdp.num_states) * live
    d /= d.sum()
    x, w = rng.normal(size=(mdp.num_states, 3)), rng.normal(size=3)
    one, two, three = rng.choice(np.flatnonzero(live), size=3)
    before = [(one, 1.5, -0.7, two), (two, 0.4, 2.0, three)]
    walk, chance = every_transition(mdp, behaviour, target, d, before)
    assert chance.sum() == pytest.approx(1)
    weights, v = tdc(walk, x, alpha=0.3, beta=0.8, initial=w), np.zeros(3)
    for k, (s, rho, reward, s2) in enumerate(before):
        delta = reward + mdp.discount * x[s2] @ w - x[s] @ w
        guess = x[s] @ v
        w = w + 0.3 * rho * (delta * x[s] - mdp.discount * guess * x[s2])
        v = v + 0.8 * rho * (delta - guess) * x[s]
        np.testing.assert_allclose(weights[k + 1], np.tile(w, (chance.size, 1)), rtol=1e-9, atol=1e-9)
    update = expected_td(mdp.under(target), x, d)
    c = second_moment(update.features, d)
    change = update.b - update.a @ w - (c - update.a.T) @ v
    np.testing.assert_allclose(chance @ (weights[3] - w) / 0.3, change, rtol=1e-9, atol=1e-9)


@few
@given(mdps(), generators())
def test_the_expected_update_is_two_coupled_iterations(mdp, rng):
    x, d = rng.normal(size=(mdp.num_states, 2)), rng.random(mdp.num_states) + 0.1
    assume((~mdp.terminal).sum() >= 1)
    update = expected_td(mdp.under(random_policy(mdp, rng)), x, d)
    c = second_moment(update.features, update.weighting)
    w, v = rng.normal(size=2), np.zeros(2)
    weights = expected_tdc(update, w, alpha=0.1, beta=0.2, steps=6)
    for k in range(7):
        np.testing.assert_allclose(weights[k], w, rtol=1e-9, atol=1e-9)
        error = update.b - update.a @ w
        w, v = w + 0.1 * (error - (c - update.a.T) @ v), v + 0.2 * (error - c @ v)


def test_baird_is_cured():
    """Figure 11.5, right, exactly: the PBE falls towards 0, while the value error stays near 2 and the weights too.

    With discount .9 it can be followed to the end: the PBE is 0 to ten digits.
    """
    example = baird()
    update = expected_td(example.mdp.under(example.target), example.features, example.weighting)
    weights = expected_tdc(update, example.initial, alpha=0.005, beta=0.05, steps=1000)
    error = np.sqrt(update.projected_bellman_error(weights))
    assert error[0] == pytest.approx(8.2214, abs=1e-4) and error[-1] == pytest.approx(0.00738, abs=1e-5)
    assert np.sqrt(value_error(weights[-1], example.features, np.zeros(7), example.weighting)) == pytest.approx(
        1.9355, abs=1e-4
    )
    short = baird(0.9)
    update = expected_td(short.mdp.under(short.target), short.features, short.weighting)
    assert update.growth(0.005) > 1  # TD diverges
    weights = expected_tdc(update, short.initial, alpha=0.05, beta=0.5, steps=100_000)
    assert update.projected_bellman_error(weights[-1]) < 1e-10
    np.testing.assert_allclose(short.features @ weights[-1], 0, atol=1e-4)


def test_baird_is_cured_with_noise():
    """Figure 11.5, left: 100 runs of 1,000 steps all stay bounded; sqrt(PBE) falls from 8.2 to .085 on average.

    Its standard error is .004: the band .02 is five of them.
    """
    example = baird()
    walk = sample_transitions(example.mdp, behaviour=example.behaviour, target=example.target, runs=100, steps=1000)
    weights = tdc(walk, example.features, alpha=0.005, beta=0.05, initial=example.initial)
    update = expected_td(example.mdp.under(example.target), example.features, example.weighting)
    error = np.sqrt(update.projected_bellman_error(weights))
    assert error.shape == (1001, 100)
    assert error[-1].mean() == pytest.approx(0.085, abs=0.02)
    assert np.linalg.norm(weights[-1], axis=1).max() < 10.4


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"beta": 0.0}, "beta is 0.0; expected positive step sizes"),
        ({"alpha": -1.0}, "alpha is -1.0; expected positive step sizes"),
        ({"beta": [0.1, 0.1, 0.1]}, r"beta has shape \(3,\)"),
        ({"initial": np.nan}, "initial is nan"),
    ],
)
def test_bad_input(settings, message):
    example = baird()
    walk = sample_transitions(example.mdp, behaviour=example.behaviour, runs=2, steps=2)
    with pytest.raises(ValueError, match=message):
        tdc(walk, example.features, **({"alpha": 0.1, "beta": 0.1} | settings))


def test_beyond_all_measure_is_told():
    example = baird()
    walk = sample_transitions(example.mdp, behaviour=example.behaviour, target=example.target, runs=2, steps=3000)
    with pytest.raises(RuntimeError, match="the weights diverge"):
        tdc(walk, example.features, alpha=1.0, beta=1.0, initial=example.initial)
