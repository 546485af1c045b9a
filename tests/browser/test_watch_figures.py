"""The look at figures: what is cut off or collides is found, and nothing else."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from .watch_figures import faults


def found(*texts, **axes):
    """The faults of a figure of 400 by 300 pixels with these texts, each (x, y, text, keywords)."""
    figure = Figure(figsize=(4, 3), dpi=100)
    room = figure.add_axes((0.2, 0.2, 0.6, 0.6), xticks=[], yticks=[], **axes)
    made = [room.text(x, y, text, transform=room.transAxes, **style) for x, y, text, style in texts]
    FigureCanvasAgg(figure).draw()
    return faults(figure, made)


@pytest.mark.parametrize(
    "texts",
    [
        [(0, 0, "one", {}), (0, 0.15, "two", {})],
        [(0, 0, "one", {"rotation": 45}), (0.15, 0, "beside it, as steep", {"rotation": 45})],
        [(0.5, 0.5, "one\ntwo", {"va": "bottom"}), (0.5, 0.5, "three", {"va": "top"})],
        [(0.9, 0.5, "out of the axes", {"fontsize": 6})],
        [(0.1, 0.5, "in the axes", {"clip_on": True})],
    ],
)
def test_texts_with_room_are_let_pass(texts):
    assert found(*texts) == []


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([(0, 0, "one", {}), (0.05, 0.03, "two", {})], "'one' and 'two' stand on one another"),
        ([(0, 0, "steep", {"rotation": 90}), (0, 0.1, "level", {})], "'steep' and 'level' stand on one another"),
        ([(0.8, 0.5, "a long way out of it", {})], "'a long way out of it' leaves the figure"),
        ([(0.8, 0.5, "half out", {"clip_on": True})], "'half out' is cut off by its axes"),
    ],
)
def test_a_fault_is_named(texts, said):
    assert found(*texts) == [said]
