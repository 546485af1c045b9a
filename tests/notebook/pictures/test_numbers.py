import math

import pytest
from matplotlib.figure import Figure

from rlcourse.notebook.pictures.numbers import number, true_minus
from rlcourse.notebook.pictures.png import picture_of


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.81, "0.81"), (-0.844, "−0.84"), (-0.001, "0.00"), (0.0, "0.00"), (math.nan, "–"), (-math.inf, "–")],
)
def test_numbers_have_a_true_minus_and_no_negative_zero(value, text):
    assert number(value, 2) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("value at the start -0.844.", "value at the start −0.844."),
        ("(-1, 2] and [-inf, -.5", "(−1, 2] and [−inf, −.5"),
        ("n=-3, error 1.0e-05", "n=−3, error 1.0e−05"),
        ("-0.00, -0, -0.000.", "0.00, 0, 0.000."),
        ("-0.05 and -0.5", "−0.05 and −0.5"),
        ("at place: -2", "at place: −2"),
    ],
)
def test_a_hyphen_before_a_number_becomes_a_minus_sign(text, shown):
    assert true_minus(text) == shown


@pytest.mark.parametrize("text", ["pages 3-4", "2026-11-28", "one-step TD-0", "a - b", "up-left", "epsilon-greedy"])
def test_other_hyphens_stay(text):
    assert true_minus(text) == text


def test_figures_show_numbers_as_people_write_them():
    def figure(title):
        made = Figure()
        ax = made.subplots()
        ax.set_title(title)
        ax.text(0.5, 0.5, title)
        return made

    assert picture_of(figure("value -0.84")) == picture_of(figure("value −0.84")) != picture_of(figure("value 0.84"))
