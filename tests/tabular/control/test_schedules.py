"""Schedules, number by number."""

import numpy as np
import pytest

from rlcourse.tabular import constant, glie, harmonic

K = np.array([0, 1, 4, 9])


def test_values():
    np.testing.assert_allclose(constant(0.3)(K), [0.3, 0.3, 0.3, 0.3])
    np.testing.assert_allclose(harmonic()(K), [1, 1 / 2, 1 / 5, 1 / 10])
    np.testing.assert_allclose(harmonic(0.5)(K), [0.5, 0.25, 0.1, 0.05])
    np.testing.assert_allclose(glie(0.8, half=4)(K), [0.8, 0.64, 0.4, 0.8 / 3.25])


def test_what_convergence_asks_for():
    """sum alpha grows without end (like log k), sum alpha^2 does not, epsilon fades: no constant does all three."""
    k = np.arange(10**6)
    alpha = glie(1.0, half=10)(k)
    assert alpha.sum() - alpha[: 10**5].sum() == pytest.approx(10 * np.log(10), rel=1e-2)
    assert (alpha**2).sum() == pytest.approx((alpha[: 10**5] ** 2).sum(), rel=1e-3)
    assert alpha[-1] < 1e-4


@pytest.mark.parametrize("value", [-0.1, 1.1, np.nan])
def test_bad_values(value):
    with pytest.raises(ValueError, match=rf"value is {value}; expected a number in \[0, 1\]"):
        constant(value)
    for schedule in (harmonic, glie):
        with pytest.raises(ValueError, match=rf"first is {value}; expected a number in \(0, 1\]"):
            schedule(value)


@pytest.mark.parametrize("half", [0, -1, np.nan, np.inf])
def test_bad_half(half):
    with pytest.raises(ValueError, match=f"half is {half}; expected a positive number"):
        glie(0.5, half=half)
