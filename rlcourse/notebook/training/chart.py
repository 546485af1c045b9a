"""The growing curves of a live run: Python sends the points, the browser draws them (chart.js)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets

from rlcourse.notebook.pictures.style import COLORS, INK, PAPER, rc
from rlcourse.notebook.training.curves import label
from rlcourse.notebook.training.history import History

_NAMES = ("paper", "ink", "muted", "rule", "purple", "teleport", "good", "blue")
LOOK = {
    "colors": {name: {**COLORS, "paper": PAPER, "ink": INK}[name] for name in _NAMES},
    "lines": [
        {"color": line["color"], "dash": [] if line["linestyle"] == "-" else list(line["linestyle"][1])}
        for line in rc()["axes.prop_cycle"]
    ],
}


class Chart(anywidget.AnyWidget):
    """Curves against environment steps, an axes for each of `groups`; behind them those of the run before.

    Everything there is to draw is the widget's state, not a stream of messages: a view that opens late, or a second
    one, shows the same. It is small, since a history keeps at most a thousand points.
    """

    _esm = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    _css = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
    title = traitlets.Unicode().tag(sync=True)
    groups: Any = traitlets.List().tag(sync=True)  # of lists of names
    goal = traitlets.Float(None, allow_none=True).tag(sync=True)
    total_steps = traitlets.Int().tag(sync=True)  # the width at first; it grows
    points = traitlets.Bytes().tag(sync=True)  # float32, a row a point: the step, then a value for each name
    changes: Any = traitlets.List().tag(sync=True)  # [step, text]
    reached = traitlets.Float(None, allow_none=True).tag(sync=True)  # the step at which the goal was
    before = traitlets.Bytes().tag(sync=True)  # the points of the run before
    before_label = traitlets.Unicode().tag(sync=True)  # what was different in it
    training = traitlets.Bool(True).tag(sync=True)
    look = traitlets.Dict(LOOK).tag(sync=True)

    def __init__(self, history: History, groups: Sequence[Sequence[str]], title: str):
        names = [[label(name) for name in group] for group in groups]
        super().__init__(title=title, groups=names, goal=history.goal, total_steps=history.total_steps)

    def show(self, history: History) -> None:
        """What has been recorded so far; one message to the browser."""
        with self.hold_sync():
            self.points = as_bytes(history.table())
            self.changes = [[change.step, change.text] for change in history.changes]
            self.reached = history.reached

    def keep_as_ghost(self, history: History, text: str) -> None:
        """Leave the curves of `history` behind those to come, called `text`."""
        with self.hold_sync():
            self.before, self.before_label = as_bytes(history.table()), text


def as_bytes(table: np.ndarray[Any, np.dtype[np.float64]]) -> bytes:
    """The points as the browser reads them."""
    return table.astype("<f4").tobytes()
