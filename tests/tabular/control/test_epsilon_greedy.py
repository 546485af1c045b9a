"""Epsilon-greedy choices: what one uniform number leads to, their probabilities, and what they are worth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlcourse.tabular.control.epsilon_greedy import choose, expected_value, probability
from tests.mdp.random_mdps import few, generators

BARRED = -np.inf


def spread(row, epsilon, points=12_000):
    """How often each action is chosen when u runs evenly through (0, 1]: the exact probabilities, to 1 in `points`."""
    u = (np.arange(points) + 0.5) / points
    values = np.repeat(np.array(row)[:, None], points, axis=1)
    return np.bincount(choose(values, np.full(points, epsilon), u), minlength=len(row)) / points


@pytest.mark.parametrize(
    ("row", "epsilon", "expected"),
    [
        ([1.0, 3.0, 2.0], 0.0, [0, 1, 0]),
        ([1.0, 3.0, 2.0], 0.3, [0.1, 0.8, 0.1]),
        ([3.0, 3.0, 2.0], 0.3, [0.45, 0.45, 0.1]),  # ties are shared
        ([0.0, 0.0, 0.0, 0.0], 0.0, [0.25] * 4),  # also at the start, where all is tied
        ([1.0, 3.0, 2.0], 1.0, [1 / 3] * 3),
        ([BARRED, -3.0, BARRED, -5.0], 0.5, [0, 0.75, 0, 0.25]),  # the unavailable are not counted
        ([7.0], 0.2, [1]),
    ],
)
def test_probabilities(row, epsilon, expected):
    np.testing.assert_allclose(spread(row, epsilon), expected, atol=2e-4)
    for action, chance in enumerate(expected):
        if row[action] > BARRED:
            values = np.array(row)[:, None]
            assert probability(values, np.array([epsilon]), np.array([action]))[0] == pytest.approx(chance)


@pytest.mark.parametrize("epsilon", [0.0, 1e-20, 0.1, 1 - 2.0**-53, 1.0])
@pytest.mark.parametrize("u", [2.0**-53, 1e-20, 0.1, np.nextafter(0.1, 1), 1 - 2.0**-53, 1.0])
def test_the_edges_of_rounding(u, epsilon):
    """Whatever u in (0, 1] and epsilon are, an available action comes out."""
    values = np.array([BARRED, 1.0, 1.0, BARRED])[:, None]
    assert choose(values, np.array([epsilon]), np.array([u]))[0] in (1, 2)


@few
@given(generators(), st.integers(1, 5))
def test_the_expected_value_is_the_mean_over_the_choice(rng, actions):
    values = rng.integers(-2, 3, size=(actions, 8)).astype(float)  # with ties
    values[1:][rng.random((actions - 1, 8)) < 0.3] = BARRED
    epsilon = rng.random(8)
    each = np.array([probability(values, epsilon, np.full(8, a)) for a in range(actions)])
    open_ = values > BARRED
    np.testing.assert_allclose(np.where(open_, each, 0.0).sum(axis=0), 1.0)
    mean = (np.where(open_, each, 0.0) * np.where(open_, values, 0.0)).sum(axis=0)
    np.testing.assert_allclose(expected_value(values, epsilon), mean, atol=1e-12)
