"""Value iteration against linear programs, naive loops, and the solutions that can be written down."""

import itertools

import numpy as np
import pytest
from hypothesis import given

from rlcourse.mdp import cliff_walk, corner_grid, gamblers_problem, grid_world, teleport_grid, windy_grid
from rlcourse.tabular import greedy_policy, solve, value_iteration
from tests.mdp.random_mdps import few, generators, mdps
from tests.mdp.slow_reference import optimal_value_by_linear_program, optimality_backup


@few
@given(mdps())
def test_it_finds_what_a_linear_program_finds(mdp):
    *_, last = value_iteration(mdp, tolerance=1e-10)
    np.testing.assert_allclose(last.value, optimal_value_by_linear_program(mdp), atol=1e-6)
    assert (last.value[mdp.terminal] == 0).all()


@few
@given(mdps(discounts=(1.0,), always_ends=True))
def test_without_discount(mdp):
    *_, last = value_iteration(mdp, tolerance=1e-12)
    np.testing.assert_allclose(last.value, optimal_value_by_linear_program(mdp), atol=1e-7)


@few
@given(mdps(), generators())
def test_sweeps_equal_the_naive_loop(mdp, rng):
    value = rng.normal(size=mdp.num_states) * ~mdp.terminal
    for sweep in itertools.islice(value_iteration(mdp, initial=value, tolerance=1e-300), 5):
        expected = np.array([optimality_backup(mdp, value, s) for s in range(mdp.num_states)]) * ~mdp.terminal
        np.testing.assert_allclose(sweep.value, expected, atol=1e-11)
        value = sweep.value


def test_every_sweep_has_an_array_of_its_own():
    start = np.zeros(25)
    sweeps = value_iteration(teleport_grid(), initial=start)
    first = next(sweeps)
    kept = first.value.copy()
    second = next(sweeps)
    assert not np.shares_memory(first.value, second.value)
    np.testing.assert_array_equal(first.value, kept)
    assert not np.array_equal(first.value, second.value) and not start.any()


@pytest.mark.parametrize(
    ("mdp", "steps"),
    [(windy_grid(), -15), (windy_grid(diagonal=True), -7), (cliff_walk(), -13), (corner_grid(), -2)],
)
def test_shortest_paths(mdp, steps):
    """Every step costs 1: values are whole numbers, found exactly, in as many sweeps as the longest path has steps."""
    *sweeps, last = value_iteration(mdp)
    assert last.value @ mdp.start == pytest.approx(steps, abs=1e-12)
    np.testing.assert_array_equal(last.value, last.value.round())
    assert last.change == 0 and len(sweeps) == -last.value.min()


def test_the_gambler():
    *_, last = value_iteration(gamblers_problem(0.4), tolerance=1e-13)
    np.testing.assert_allclose(last.value[[25, 50, 75]], [0.16, 0.4, 0.64], atol=1e-10)


def test_news_travels_one_step_a_sweep():
    mdp = grid_world("S...G", discount=0.5)
    values = [s.value.tolist() for s in itertools.islice(value_iteration(mdp), 2)]
    assert values == [[0, 0, 0, 1, 0], [0, 0, 0.5, 1, 0]]


@few
@given(mdps(discounts=(0.9,)), generators())
def test_the_start_does_not_matter(mdp, rng):
    *_, one = value_iteration(mdp, tolerance=1e-10)
    *_, other = value_iteration(mdp, tolerance=1e-10, initial=rng.normal(scale=100, size=mdp.num_states))
    np.testing.assert_allclose(one.value, other.value, atol=1e-8)


def test_the_policy_is_read_off_the_values():
    mdp = teleport_grid()
    *_, last = value_iteration(mdp, tolerance=1e-12)
    np.testing.assert_array_equal(greedy_policy(mdp, last.value), solve(mdp).policy)


# Bad input


def test_bad_input_is_refused_at_the_call():
    mdp = teleport_grid()
    for tolerance in (0, -1e-3, np.nan):
        with pytest.raises(ValueError, match=f"tolerance is {tolerance}; expected a positive number"):
            value_iteration(mdp, tolerance=tolerance)
    with pytest.raises(ValueError, match=r"v has shape \(3,\); expected one value for each of the 25 states"):
        value_iteration(mdp, initial=[1, 2, 3])
    with pytest.raises(ValueError, match=r"v of state 24 \(4, 4\) is nan"):
        value_iteration(mdp, initial=[0.0] * 24 + [np.nan])
    with pytest.raises(ValueError, match="max_sweeps is 0"):
        value_iteration(mdp, max_sweeps=0)


def test_reward_for_ever():
    mdp = grid_world("S.G", living_reward=1.0, discount=1.0)
    with pytest.raises(RuntimeError, match=r"still change by 1 after 500 sweeps; .*reward can be collected for ever"):
        list(value_iteration(mdp, max_sweeps=500))
