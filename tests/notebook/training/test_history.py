import math

import numpy as np
import pytest

from rlcourse.notebook.training.history import MOST_CHANGES, MOST_POINTS, History


def test_points_are_kept_as_they_come_and_what_is_missing_is_nan():
    history = History(["a", "b"], 100, goal=None)
    assert {name: len(kept) for name, kept in history.arrays().items()} == {"step": 0, "a": 0, "b": 0}
    history.add({"a": 1.0, "b": 2.0, "c": 3.0}, 10)
    history.add({"a": 4.0}, 20)
    arrays = history.arrays()
    np.testing.assert_array_equal(arrays["step"], [10, 20])
    np.testing.assert_array_equal(arrays["a"], [1, 4])
    np.testing.assert_array_equal(arrays["b"], [2, math.nan])


@pytest.mark.parametrize("count", [MOST_POINTS, MOST_POINTS + 1, 2 * MOST_POINTS + 1, 12_345])
def test_memory_is_bounded_and_what_is_left_is_evenly_spread(count):
    history = History(["a"], count, goal=None)
    for step in range(count):
        history.add({"a": 2.0 * step}, step)
    arrays = history.arrays()
    assert MOST_POINTS / 2 < len(arrays["step"]) <= MOST_POINTS + 1
    assert arrays["step"][0] == 0 and arrays["step"][-1] == count - 1  # the last is always there
    assert len(np.unique(np.diff(arrays["step"])[:-1])) == 1
    np.testing.assert_array_equal(arrays["a"], 2 * arrays["step"])


def test_the_goal_is_reached_once():
    history = History(["a", "b"], 100, goal=5)
    for step, value in ((1, math.nan), (2, 4.9), (3, 5.0), (4, 1.0), (5, 9.0)):
        history.add({"a": value, "b": 100.0}, step)
    assert history.reached == 3
    history.clear()
    assert history.reached is None and len(history.arrays()["step"]) == 0


def test_changes_of_one_thing_close_together_are_one_and_only_the_last_are_kept():
    history = History(["a"], 1000, goal=None)
    for step, name, value in ((10, "lr", 1), (12, "lr", 2), (12, "double", "on"), (90, "lr", 3)):
        history.change(step, name, f"{name} = {value}")
    assert [text for _, _, text in history.changes] == ["lr = 2", "double = on", "lr = 3"]
    for step in range(0, 1000, 30):
        history.change(step, "lr", f"lr = {step}")
    assert len(history.changes) == MOST_CHANGES and history.changes[-1][0] == 990


def test_a_copy_does_not_grow():
    history = History(["a"], 10, goal=1)
    history.add({"a": 1.0}, 1)
    copy = history.copy()
    history.add({"a": 2.0}, 2)
    history.clear()
    assert copy.table().tolist() == [[1.0, 1.0]] and copy.reached == 1
