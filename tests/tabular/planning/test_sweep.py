"""The loop that evaluation and value iteration share: when it stops, and what its error bound is worth."""

import itertools

import numpy as np
import pytest
from hypothesis import given

from rlcourse.mdp import grid_world
from rlcourse.tabular import Sweep, value_iteration
from rlcourse.tabular.planning.sweep import first_value, sweeps
from tests.mdp.random_mdps import few, mdps
from tests.mdp.slow_reference import optimal_value_by_linear_program


def halve(v):
    return v / 2


def test_it_stops_at_the_first_sweep_that_changes_less_than_the_tolerance():
    found = list(sweeps(halve, np.array([8.0, 0.0]), 1.0, 100))
    assert [s.change for s in found] == [4, 2, 1, 0.5]  # a change of exactly the tolerance goes on
    assert [s.value.tolist() for s in found] == [[4, 0], [2, 0], [1, 0], [0.5, 0]]
    assert all(isinstance(s, Sweep) and isinstance(s.change, float) for s in found)


def test_a_sweep_that_changes_nothing_is_the_last():
    assert [s.change for s in sweeps(np.copy, np.ones(3), 1e-300, 5)] == [0]


def test_the_change_is_the_largest_of_all_states_up_or_down():
    up_and_down = iter([np.array([1.0, -5.0]), np.array([1.0, -5.0])])
    assert [s.change for s in sweeps(lambda v: next(up_and_down), np.zeros(2), 1e-9, 9)] == [5, 0]


@few
@given(mdps(discounts=(0.3, 0.9, 0.99)))
def test_the_error_bound_of_the_docstring_holds_for_every_sweep(mdp):
    """|v_k - v*| <= discount / (1 - discount) * |v_k - v_{k-1}|, against a linear program."""
    best = optimal_value_by_linear_program(mdp)
    for sweep in value_iteration(mdp, tolerance=1e-5):
        assert np.abs(sweep.value - best).max() <= mdp.discount / (1 - mdp.discount) * sweep.change + 1e-8


def test_the_error_bound_is_reached():
    """Reward 1 for ever: the values climb towards 1 / (1 - discount), and the bound is their exact distance."""
    mdp = grid_world("S", living_reward=1.0, discount=0.9)
    for sweep in itertools.islice(value_iteration(mdp), 20):
        assert 10 - sweep.value[0] == pytest.approx(9 * sweep.change)


def test_first_value():
    mdp = grid_world("S.G")
    assert first_value(mdp, None).tolist() == [0, 0, 0]
    assert first_value(mdp, [1, 2, 3]).tolist() == [1, 2, 0]
    given_value = np.ones(3)
    first_value(mdp, given_value)[:] = 7
    assert given_value.tolist() == [1, 1, 1]


@pytest.mark.parametrize("tolerance", [0.0, -1.0, np.nan, np.inf])
def test_bad_tolerance(tolerance):
    with pytest.raises(ValueError, match=f"tolerance is {tolerance}; expected a positive number such as 1e-8"):
        sweeps(halve, np.ones(1), tolerance, 10)


@pytest.mark.parametrize("max_sweeps", [0, -3])
def test_bad_max_sweeps(max_sweeps):
    with pytest.raises(ValueError, match=f"max_sweeps is {max_sweeps}; expected at least 1"):
        sweeps(halve, np.ones(1), 1.0, max_sweeps)


def test_too_few_sweeps_are_an_error_after_they_were_seen():
    found = []
    with pytest.raises(RuntimeError, match=r"still change by 1 after 3 sweeps; .* for ever, otherwise allow"):
        found.extend(s.change for s in sweeps(halve, np.array([8.0]), 0.1, 3))
    seen = sweeps(halve, np.array([8.0]), 0.1, 3)
    assert [next(seen).change for _ in range(3)] == [4, 2, 1]
    assert len(list(sweeps(halve, np.array([8.0]), 1.5, 3))) == 3  # enough is enough
