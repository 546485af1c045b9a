"""What is kept of the values after each episode: all of them, or a statistic that needs less memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt

from rlcourse.mdp.arrays import Floats, Ints
from rlcourse.mdp.experience import Experience

COLLECTED = 2**18  # numbers that wait until a statistic of them is taken at once: 2 MB

RecordValues = Literal["values"] | Callable[[Floats], npt.ArrayLike]


class Recorder:
    """Keeps the values [runs, episodes, *settings, S], or what `record` makes of them, as they are noted."""

    def __init__(self, experience: Experience, settings: tuple[int, ...], record: RecordValues) -> None:
        if record != "values" and not callable(record):
            raise ValueError(f'record is {record!r}; expected "values" or a function of values [m, *settings, S]')
        self._leading = (experience.runs, experience.episodes)
        self._settings, self._record = settings, record
        self._noted: Floats | None = None
        self._waiting: list[tuple[Ints, Ints, Floats]] = []
        self._size = 0

    def note(self, run: Ints, episode: Ints, value: Floats) -> None:
        """Note the tables [m, S, settings] of m runs after their given episodes; `value` is kept, not copied."""
        self._waiting.append((run, episode, value))
        self._size += value.size
        if self._size >= COLLECTED:
            self._process_waiting()

    def _process_waiting(self) -> None:
        """Compute the statistic of all tables that wait: a call for many costs little more than a call for one."""
        run, episode, value = (np.concatenate(column) for column in zip(*self._waiting, strict=True))
        self._waiting, self._size = [], 0
        m, states, _ = value.shape
        table = np.moveaxis(value, 1, 2).reshape(m, *self._settings, states)
        kept = np.asarray(table if self._record == "values" else self._record(table), dtype=np.float64)
        if kept.shape[: 1 + len(self._settings)] != table.shape[:-1]:
            raise ValueError(
                f"record turned values of shape {table.shape} into shape {kept.shape}; expected it to keep the axes "
                f"before the states, {table.shape[:-1]}"
            )
        if self._noted is None:
            self._noted = np.empty(self._leading + kept.shape[1:])
        self._noted[run, episode] = kept

    @property
    def result(self) -> Floats:
        """What was noted, [runs, episodes, *settings, ...]."""
        if self._waiting:
            self._process_waiting()
        assert self._noted is not None
        return self._noted
