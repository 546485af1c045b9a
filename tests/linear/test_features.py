"""Groups of states, polynomials and waves."""

import numpy as np
import pytest

from rlcourse.linear import fourier_basis, long_random_walk, polynomial_basis, state_aggregation
from rlcourse.linear.features import validated_features
from rlcourse.mdp import grid_world, random_walk


def test_example_9_1_has_ten_groups_of_a_hundred_states():
    x = state_aggregation(long_random_walk(), 10)
    assert x.shape == (1002, 10)
    np.testing.assert_array_equal(x.sum(axis=0), 100)
    assert (x[[0, 1001]] == 0).all()
    np.testing.assert_array_equal(x[1:-1].argmax(axis=1), np.arange(1000) // 100)


def test_groups_need_not_divide_the_states():
    x = state_aggregation(random_walk(5), 3)
    np.testing.assert_array_equal(x[1:-1], np.eye(3)[[0, 0, 1, 1, 2]])


def test_as_many_groups_as_states_is_the_table():
    mdp = grid_world("S.X\n..G")
    x = state_aggregation(mdp, 4)
    np.testing.assert_array_equal(x[~mdp.terminal], np.eye(4))
    assert (x[mdp.terminal] == 0).all()


@pytest.mark.parametrize("groups", [0, 6, -1])
def test_bad_groups(groups):
    with pytest.raises(ValueError, match=rf"groups is {groups}; expected 1 to 5, the number of states that are not"):
        state_aggregation(random_walk(5), groups)


def test_polynomials_of_the_book():
    """Section 9.5.1: (1, s1, s2, s1 s2) for order 1, and nine products for order 2."""
    a, b = 0.5, 0.2
    np.testing.assert_allclose(polynomial_basis([[a, b]], 1), [[1, b, a, a * b]])
    of_order_2 = [1, b, b**2, a, a * b, a * b**2, a**2, a**2 * b, a**2 * b**2]
    np.testing.assert_allclose(polynomial_basis([[a, b]], 2), [of_order_2])
    np.testing.assert_array_equal(polynomial_basis([[0.0], [1.0]], 3), [[1, 0, 0, 0], [1, 1, 1, 1]])


def test_fourier_features_are_cosines():
    """Figure 9.3: 1, then one half wave, two, ...; in two dimensions all pairs (figure 9.4)."""
    np.testing.assert_allclose(fourier_basis([[0.0], [0.5], [1.0]], 2), [[1, 1, 1], [1, 0, -1], [1, -1, 1]], atol=1e-15)
    x, y = 0.3, 0.8
    wave = np.cos(np.pi * np.array([0, y, x, x + y]))
    np.testing.assert_allclose(fourier_basis([[x, y]], 1), [wave])


def test_fourier_features_are_orthogonal_and_powers_are_not():
    """Why figure 9.5 looks as it does: the condition number of X'X is 2 for waves, millions for powers."""
    points = (np.arange(1000)[:, None] + 0.5) / 1000
    waves, powers = fourier_basis(points, 5), polynomial_basis(points, 5)
    np.testing.assert_allclose(waves.T @ waves / 500, np.diag([2, 1, 1, 1, 1, 1]), atol=1e-12)
    assert np.linalg.cond(powers.T @ powers) > 1e6


@pytest.mark.parametrize("basis", [polynomial_basis, fourier_basis])
@pytest.mark.parametrize(
    ("points", "order", "message"),
    [
        ([[0.5], [1.1]], 2, r"point 1 is \[1.1\]; expected numbers in \[0, 1\]"),
        ([[np.nan]], 2, "point 0 is"),
        ([0.5], 2, r"the points have shape \(1,\); expected \[N, dimensions\]"),
        ([[0.5]], -1, "order is -1; expected a whole number, at least 0"),
        ([[0.5]], 1.5, "order is 1.5"),
    ],
)
def test_bad_bases(basis, points, order, message):
    with pytest.raises(ValueError, match=message):
        basis(points, order)


def test_terminal_states_have_no_features():
    given = np.ones((7, 2))
    given[0] = np.nan  # whatever stands there
    x = validated_features(given, random_walk(5).terminal)
    assert (x[[0, 6]] == 0).all() and (x[1:6] == 1).all()
    assert np.isnan(given[0]).all()  # a copy


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (np.ones((6, 2)), r"features have shape \(6, 2\); expected \[7 states, features\]"),
        (np.ones(7), r"features have shape \(7,\)"),
        (np.ones((7, 0)), r"features have shape \(7, 0\)"),
        (np.diag([1, 1, np.inf, 1, 1, 1, 1]), "feature 2 of state 2 is inf; expected finite numbers"),
    ],
)
def test_bad_features(features, message):
    with pytest.raises(ValueError, match=message):
        validated_features(features, random_walk(5).terminal)
