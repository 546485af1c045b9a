"""The words of outputs: numbers aside, every change of them is one."""

import nbformat
import pytest

from rlcourse.notebook import build as builder

v4 = nbformat.v4


def words(text: str) -> list[str]:
    shown = v4.new_output("display_data", {"text/plain": text, "image/png": "AAAA"})
    assert builder.words([shown]) == builder.words([v4.new_output("stream", text=text)])
    return builder.words([shown])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("holds for 169 steps", "holds for 9 steps"),
        ("error -0.25", "error 1.5e-07"),
        ("24,000 steps", "1,024,000 steps"),
        ("mean  9.5", "mean 12.5"),  # padded
        ("−3 and 2", "4 and −2"),
        ("two\nlines 1\n", "two\nlines 2"),
    ],
)
def test_numbers_and_their_width_do_not_count(one: str, other: str) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("after 1,000 updates: holds the pole for 169 of 500 steps", "seed 0, every 1: holds for 169 steps"),
        ("value of the upright pole: 27", "0.0 m, 0.0 m/s: upright 27.1"),
        ("solved: True", "solved: False"),
        ("n1", "n2"),  # a name, not a number
        ("1 2", "1"),
        ("one\ntwo", "one two"),
        ("", "one"),
    ],
)
def test_words_do(one: str, other: str) -> None:
    assert words(one) != words(other)
