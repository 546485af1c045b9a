import io

import numpy as np
from PIL import Image

from rlcourse.notebook.training.curves import picture_of_curves
from rlcourse.notebook.training.history import History


def pixels(picture):
    return np.asarray(Image.open(io.BytesIO(picture.png)).convert("RGB"), dtype=int)


def grown(count: int, groups=(("a",),), goal=None) -> History:
    history = History([name for group in groups for name in group], 1000, goal)
    for step in range(count):
        history.add({"a": 10.0 * step, "b": 3.0}, step)
    return history


def test_the_same_history_gives_the_same_picture():
    assert picture_of_curves(grown(50), [("a",)]) == picture_of_curves(grown(50), [("a",)])
    assert picture_of_curves(grown(50), [("a",)]) != picture_of_curves(grown(51), [("a",)])


def test_every_group_has_an_axes_and_every_metric_a_line():
    one = picture_of_curves(grown(5), [("a",)])
    two = picture_of_curves(grown(5, (("a",), ("b",))), [("a",), ("b",)])
    together = picture_of_curves(grown(5, (("a", "b"),)), [("a", "b")])
    assert two.height > one.height == together.height and together != one


def test_goal_changes_title_and_note_are_drawn():
    plain = picture_of_curves(grown(50), [("a",)])
    changed = grown(50)
    changed.change(20, "lr", "lr = 0.1")
    pictures = [
        picture_of_curves(grown(50, goal=200.0), [("a",)]),
        picture_of_curves(changed, [("a",)]),
        picture_of_curves(grown(50), [("a",)], "Title"),
        picture_of_curves(grown(50), [("a",)], "", "a note"),
    ]
    for picture in pictures:
        assert (picture.width, picture.height) == (plain.width, plain.height)
        assert (pixels(picture) != pixels(plain)).any()
    assert len({picture.png for picture in pictures}) == 4


def test_a_run_that_went_on_beyond_its_end_is_seen_whole():
    history = History(["a"], 10, None)
    history.add({"a": 1.0}, 0)
    history.add({"a": 1.0}, 10)
    short = pixels(picture_of_curves(history, [("a",)]))
    history.add({"a": 1.0}, 100)
    assert (pixels(picture_of_curves(history, [("a",)])) != short).any()


def test_nothing_and_nan_and_one_level_can_be_drawn():
    history = History(["a"], 10, None)
    assert picture_of_curves(history, [("a",)])
    for step, metrics in ((1, {}), (2, {"a": 0.0}), (3, {"a": float("inf")})):
        history.add(metrics, step)
        assert picture_of_curves(history, [("a",)])
