"""The points of growing curves: as many as can be seen, however long training goes on."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

MOST_POINTS = 1000  # beyond, every second point is forgotten, and from then on only every second one is kept
MOST_MARKS = 12
NEAR = 0.02  # of the whole width: changes of one thing that are this close are drawn as one


class Points:
    """Values of the metrics called `names` by step, and marks where something was changed; safe on several threads."""

    def __init__(self, names: Sequence[str], total_steps: int, goal: float | None):
        self.names, self.total_steps, self.goal = list(names), total_steps, goal
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._rows: list[tuple[float, ...]] = []  # step, values
            self._last: tuple[float, ...] | None = None  # is shown, kept or not
            self._stride, self._seen = 1, 0
            self.marks: list[tuple[float, str, str]] = []  # step, name, text
            self.reached: float | None = None  # the step at which the first metric was first at the goal

    def copy(self) -> Points:
        """The same points, to which no more are added."""
        other = Points(self.names, self.total_steps, self.goal)
        with self._lock:
            other._rows, other._last, other._stride = list(self._rows), self._last, self._stride
            other._seen, other.marks, other.reached = self._seen, self.marks, self.reached
        return other

    def add(self, metrics: Mapping[str, float], step: float) -> None:
        """One more point of every curve; a metric that is missing leaves a gap, as NaN does."""
        row = (step, *(float(metrics.get(name, math.nan)) for name in self.names))
        with self._lock:
            if self._seen % self._stride == 0:
                self._rows.append(row)
            self._seen, self._last = self._seen + 1, row
            if len(self._rows) > MOST_POINTS:
                self._rows, self._stride = self._rows[::2], 2 * self._stride
            if self.goal is not None and self.reached is None and row[1] >= self.goal:
                self.reached = step

    def mark(self, step: float, name: str, text: str) -> None:
        """Note that the thing called `name` was changed at that step."""
        with self._lock:
            near = NEAR * self.total_steps
            others = [mark for mark in self.marks if mark[1] != name or abs(mark[0] - step) > near]
            self.marks = [*others, (step, name, text)][-MOST_MARKS:]

    def history(self) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
        """The points that were kept and the last one: arrays by name, the steps as "step"."""
        with self._lock:
            rows = list(self._rows)
            if self._last is not None and rows[-1] is not self._last:
                rows.append(self._last)
        table = np.array(rows, dtype=np.float64).reshape(len(rows), 1 + len(self.names))
        return dict(zip(("step", *self.names), table.T.copy(), strict=True))
