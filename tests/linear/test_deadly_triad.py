"""The three switches: any two are fine, all three are not."""

from itertools import product

import numpy as np
import pytest

from rlcourse.linear import baird, deadly_triad, expected_td

SWITCHES = ("approximation", "bootstrapping", "off_policy")


@pytest.mark.parametrize("on", list(product([True, False], repeat=3)), ids=str)
def test_only_all_three_diverge(on):
    switches = dict(zip(SWITCHES, on, strict=True))
    triad = deadly_triad(**switches, alpha=0.1, steps=20_000)
    assert triad.error[0] == pytest.approx(np.sqrt((6 * 3**2 + 12**2) / 7))  # the same first values everywhere
    diverges = [deadly_triad(**switches, alpha=alpha, steps=1).growth > 1 for alpha in (1e-3, 0.01, 0.1)]
    assert diverges == [all(on)] * 3
    if all(on):
        assert len(triad.error) < 15_000 and np.abs(triad.weights[-1]).max() > 1e100
    else:
        # Tables learn slowly at discount .99: the seventh state's 12 spreads to the others first, then all shrink.
        assert triad.error.max() < 12 and triad.error[-1] < triad.error[0] / 7


@pytest.mark.parametrize("on", list(product([True, False], repeat=3)), ids=str)
def test_each_switch_does_what_it_says(on):
    """Against the updates of the book, summed over the states, for 20 steps."""
    approximation, bootstrapping, off_policy = on
    triad = deadly_triad(**dict(zip(SWITCHES, on, strict=True)), alpha=0.2, discount=0.95, steps=20)
    x = baird().features if approximation else np.eye(7)
    w = baird().initial if approximation else np.array([3.0] * 6 + [12.0])
    for k in range(21):
        np.testing.assert_allclose(triad.weights[k], w, rtol=1e-9)
        v = x @ w
        np.testing.assert_allclose(triad.values[k], v, rtol=1e-9)
        later = v[6] if off_policy else (v[:6].sum() / 6 * 6 + v[6]) / 7
        target = 0.95 * later if bootstrapping else 0.0
        w = w + 0.2 / 7 * sum((target - v[s]) * x[s] for s in range(7))
    np.testing.assert_allclose(triad.error, np.sqrt((triad.values**2).mean(axis=1)))


def test_longer_returns_bootstrap_less_until_it_converges():
    growth = [deadly_triad(n=n, alpha=0.1, steps=1).growth for n in (1, 2, 5, 10, 50)]
    assert (np.diff(growth) < 0).all() and growth[3] > 1 > growth[4]
    assert deadly_triad(n=5000, steps=1).growth == pytest.approx(deadly_triad(bootstrapping=False, steps=1).growth)


def test_the_record_of_a_divergence_ends():
    triad = deadly_triad(alpha=0.5, steps=100_000)
    assert len(triad.weights) == len(triad.values) == len(triad.error) < 3_000
    assert np.isfinite(triad.weights).all() and np.abs(triad.weights[-1]).max() >= 1e100


def test_growth_is_the_expected_update_s():
    example = baird()
    update = expected_td(example.mdp.under(example.target), example.features, example.weighting)
    assert deadly_triad(steps=1).growth == update.growth(0.01)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"alpha": 0.0}, "alpha is 0.0; expected positive step sizes"),
        ({"n": 0}, "n is 0; expected a whole number, at least 1"),
        ({"discount": 1.5}, "discount"),
        ({"steps": 0}, "steps is 0"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        deadly_triad(**arguments)
