"""Arguments: what is accepted, as what it comes back, and what a wrong one is told."""

import numpy as np
import pytest

from rlcourse.mdp.arguments import for_each_run, fraction, fractions, whole


@pytest.mark.parametrize("value", [1, 7, np.int64(3), np.int32(2)])
def test_whole_numbers(value):
    assert whole("n", value) == value and type(whole("n", value)) is int


@pytest.mark.parametrize("value", [0, -1, 2.0, "2", None, True, np.nan])
def test_no_whole_numbers(value):
    with pytest.raises(ValueError, match=r"^n is .*; expected a whole number, at least 1$"):
        whole("n", value)


def test_the_least_whole_number_is_named():
    assert whole("order", 0, least=0) == 0
    with pytest.raises(ValueError, match="order is -1; expected a whole number, at least 0"):
        whole("order", -1, least=0)


@pytest.mark.parametrize("value", [1e-300, 0.5, 1, np.float64(0.25)])
def test_fractions_of_one(value):
    assert fraction("p", value, zero=False) == value and type(fraction("p", value)) is float
    assert fractions("p", [value, 1.0], zero=False).tolist() == [value, 1.0]


def test_zero_counts_where_it_may():
    assert fraction("p", 0) == 0.0 and fractions("p", 0).shape == ()
    with pytest.raises(ValueError, match=r"^p is 0.0; expected a number in \(0, 1\]$"):
        fraction("p", 0, zero=False)
    with pytest.raises(ValueError, match=r"^p is 0.0; expected numbers in \(0, 1\]$"):
        fractions("p", [1.0, 0.0], zero=False)


@pytest.mark.parametrize("value", [-1e-9, 1.0 + 1e-9, np.nan, np.inf])
def test_outside_of_zero_to_one(value):
    with pytest.raises(ValueError, match=r"^p is .*; expected a number in \[0, 1\]$"):
        fraction("p", np.float64(value))  # shown as the number alone, without its type
    with pytest.raises(ValueError, match=rf"^p is {value}; expected numbers in \[0, 1\]$"):
        fractions("p", [[0.5, value]])


@pytest.mark.parametrize("value", ["high", None, [0.1, 0.2]])
def test_what_is_not_a_number_is_shown_as_it_is(value):
    with pytest.raises(ValueError, match=r"^p is ('high'|None|\[0.1, 0.2\]); expected a number in \[0, 1\]$"):
        fraction("p", value)


def test_one_for_each_run():
    assert for_each_run("lam", np.array(0.5), 3).tolist() == [0.5] * 3
    given = np.array([0.1, 0.2, 0.3])
    kept = for_each_run("lam", given, 3)
    kept[0] = 9.0
    assert given[0] == 0.1
    for shape in ((2,), (3, 1), (1,)):
        with pytest.raises(ValueError, match=r"lam has shape .*; expected a number or one for each of the 3 runs"):
            for_each_run("lam", np.zeros(shape), 3)
