"""The history of a run: values of its metrics by step, as many as can be seen, however long training goes on."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

MOST_POINTS = 1000  # beyond, every second point is forgotten, and from then on only every second one is kept
MOST_CHANGES = 12
NEAR = 0.02  # of the whole width: changes of one setting that are this close are drawn as one


class Change(NamedTuple):
    """A setting got another value at a step; `text` says which."""

    step: float
    name: str
    text: str


class History:
    """Values of the metrics called `names` by step, and the changes of settings; safe on several threads.

    `goal` is a level of the first metric, `reached` the step at which it was first there. Adding a point and handing
    over all of them takes microseconds: the points lie in one array.
    """

    def __init__(self, names: Sequence[str], total_steps: int, goal: float | None):
        self.names, self.total_steps, self.goal = list(names), total_steps, goal
        self._lock = threading.Lock()
        self._rows = np.empty((MOST_POINTS + 1, 1 + len(self.names)))  # step, values
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept = self._seen = 0
            self._stride = 1
            self._extra = 0  # 1 if the last point, which is always shown, lies behind those that are kept
            self.changes: list[Change] = []
            self.reached: float | None = None

    def copy(self) -> History:
        """The same history, to which nothing more is added."""
        other = History(self.names, self.total_steps, self.goal)
        with self._lock:
            other._rows = self._rows.copy()
            other._kept, other._seen, other._stride = self._kept, self._seen, self._stride
            other._extra, other.changes, other.reached = self._extra, self.changes, self.reached
        return other

    def add(self, metrics: Mapping[str, float], step: float) -> None:
        """One more point of every curve; a metric that is missing leaves a gap, as NaN does."""
        row = (step, *(float(metrics.get(name, math.nan)) for name in self.names))
        with self._lock:
            self._rows[self._kept] = row
            kept = self._seen % self._stride == 0
            self._kept, self._extra, self._seen = self._kept + kept, int(not kept), self._seen + 1
            if self._kept > MOST_POINTS:  # an odd number: the last one stays
                half = self._rows[::2].copy()
                self._rows[: len(half)], self._kept, self._stride = half, len(half), 2 * self._stride
            if self.goal is not None and self.reached is None and row[1] >= self.goal:
                self.reached = step

    def change(self, step: float, name: str, text: str) -> None:
        """Note that the setting called `name` was changed at that step."""
        with self._lock:
            near = NEAR * max(self.total_steps, step)
            others = [change for change in self.changes if change.name != name or abs(change.step - step) > near]
            self.changes = [*others, Change(step, name, text)][-MOST_CHANGES:]

    def table(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The points that were kept, and the last one, [points, 1 + metrics]: first the step, then the values."""
        with self._lock:
            return self._rows[: self._kept + self._extra].copy()

    def arrays(self) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
        """The same by name, the steps as "step"."""
        return dict(zip(("step", *self.names), self.table().T.copy(), strict=True))
