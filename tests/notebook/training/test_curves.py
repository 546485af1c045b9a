import io

import numpy as np
from PIL import Image

from rlcourse.notebook.training.curves import ROOM, Curves
from rlcourse.notebook.training.history import Points


def pixels(picture):
    return np.asarray(Image.open(io.BytesIO(picture.png)), dtype=int)


def grown(count: int, groups=(("a",),), goal=None) -> Points:
    points = Points([name for group in groups for name in group], 1000, goal)
    for step in range(count):
        points.add({"a": 10.0 * step, "b": 3.0}, step)
    return points


def test_the_same_points_give_the_same_picture_however_it_was_drawn_before():
    fresh = Curves(grown(50), [("a",)]).picture()
    points = grown(20)
    curves = Curves(points, [("a",)])
    curves.growing()
    curves.picture("a note")
    for step in range(20, 50):
        points.add({"a": 10.0 * step}, step)
        if step % 10 == 0:
            curves.growing()
    assert curves.picture() == fresh


def test_a_growing_curve_shows_what_the_full_picture_shows(monkeypatch):
    monkeypatch.setattr("rlcourse.notebook.training.curves.MARGIN", ROOM)  # the same limits
    points = grown(600, (("a",), ("b",)), goal=7000.0)
    points.mark(800, "lr", "lr = 0.1")
    full, quick = Curves(points, [("a",), ("b",)]).picture(), Curves(points, [("a",), ("b",)]).growing(2)
    assert (full.width, full.height) == (quick.width, quick.height)
    different = np.abs(pixels(full) - pixels(quick)).max(axis=2) > 0
    assert different.mean() < 1e-3  # lines stand above what else is drawn, where they meet it
    empty = Curves(Points(["a", "b"], 1000, 7000.0), [("a",), ("b",)]).growing(2)
    assert (pixels(empty) != pixels(quick)).any()


def test_the_background_is_drawn_again_only_when_a_line_leaves_it_or_a_mark_comes():
    points = grown(10)
    curves = Curves(points, [("a",)])
    curves.growing()
    first = curves._background
    points.add({"a": 50.0}, 10)
    before = curves.growing()
    assert curves._background is first
    points.add({"a": 1000.0}, 11)
    after = curves.growing()
    assert curves._background is not first and before != after
    second = curves._background
    points.mark(11, "lr", "lr = 0.1")
    assert curves.growing() != after and curves._background is not second
    rough, sharp = curves.growing(), curves.growing(sharpness=2)
    assert (rough.width, rough.height) == (sharp.width, sharp.height) and len(rough.png) < len(sharp.png)


def test_every_group_has_an_axes_and_every_metric_a_line():
    one = Curves(grown(5), [("a",)]).picture()
    two = Curves(grown(5, (("a",), ("b",))), [("a",), ("b",)]).picture()
    together = Curves(grown(5, (("a", "b"),)), [("a", "b")]).picture()
    assert two.height > one.height == together.height and together != one


def test_nothing_and_nan_and_one_level_can_be_drawn():
    points = Points(["a"], 10, None)
    curves = Curves(points, [("a",)], title="Title")
    curves.growing()
    points.add({}, 1)
    curves.growing()
    points.add({"a": 0.0}, 2)
    curves.growing()
    points.add({"a": float("inf")}, 3)
    assert curves.growing() and curves.picture()
