import math

import numpy as np
import pytest

from rlcourse.notebook.training.history import MOST_MARKS, MOST_POINTS, Points


def test_points_are_kept_as_they_come_and_what_is_missing_is_nan():
    points = Points(["a", "b"], 100, goal=None)
    assert {name: len(kept) for name, kept in points.history().items()} == {"step": 0, "a": 0, "b": 0}
    points.add({"a": 1.0, "b": 2.0, "c": 3.0}, 10)
    points.add({"a": 4.0}, 20)
    history = points.history()
    np.testing.assert_array_equal(history["step"], [10, 20])
    np.testing.assert_array_equal(history["a"], [1, 4])
    np.testing.assert_array_equal(history["b"], [2, math.nan])


@pytest.mark.parametrize("count", [MOST_POINTS, MOST_POINTS + 1, 2 * MOST_POINTS + 1, 12_345])
def test_memory_is_bounded_and_what_is_left_is_evenly_spread(count):
    points = Points(["a"], count, goal=None)
    for step in range(count):
        points.add({"a": 2.0 * step}, step)
    history = points.history()
    assert MOST_POINTS / 2 < len(history["step"]) <= MOST_POINTS + 1
    assert history["step"][0] == 0 and history["step"][-1] == count - 1  # the last is always there
    assert len(np.unique(np.diff(history["step"])[:-1])) == 1
    np.testing.assert_array_equal(history["a"], 2 * history["step"])


def test_the_goal_is_reached_once():
    points = Points(["a", "b"], 100, goal=5)
    for step, value in ((1, math.nan), (2, 4.9), (3, 5.0), (4, 1.0), (5, 9.0)):
        points.add({"a": value, "b": 100.0}, step)
    assert points.reached == 3
    points.clear()
    assert points.reached is None and len(points.history()["step"]) == 0


def test_marks_of_one_thing_close_together_are_one_and_only_the_last_are_kept():
    points = Points(["a"], 1000, goal=None)
    for step, name, value in ((10, "lr", 1), (12, "lr", 2), (12, "double", "on"), (90, "lr", 3)):
        points.mark(step, name, f"{name} = {value}")
    assert [text for _, _, text in points.marks] == ["lr = 2", "double = on", "lr = 3"]
    for step in range(0, 1000, 30):
        points.mark(step, "lr", f"lr = {step}")
    assert len(points.marks) == MOST_MARKS and points.marks[-1][0] == 990
