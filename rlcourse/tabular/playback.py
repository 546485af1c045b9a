"""Playback: show recorded experience to the value tables of all runs and all settings at once.

A learner here is one line inside a loop over time; the arrays make it a thousand learners. Tables lie in memory as
[runs, S, settings]. At step t each run touches the row of one state, and that row holds the values of all settings side
by side (they share the walk, so they share the state): one gather moves them all, as one contiguous piece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from rlcourse.mdp.reward_process import Floats, Ints
from rlcourse.tabular.experience import Experience

AT_ONCE = 2**18  # numbers to collect before a statistic of them is taken: 2 MB

Record = Literal["values"] | Callable[[Floats], npt.ArrayLike]


class Moment(NamedTuple):
    """Step t of all runs that are still going on, the longest run first; `live` is how many they are."""

    t: int
    run: Ints  # [live] their numbers in the experience
    here: Ints  # [live] the row of each run's state in `Playback.table`
    there: Ints  # [live] the row of its next state
    reward: Floats  # [live, 1]


class Playback:
    """The tables, and the steps in the order in which they were made: `for t, run, here, there, reward in playback`.

    The longest run comes first everywhere, so that the runs still going on are always the first `live` ones, and a
    slice of the tables. After the last step of an episode the loop notes the run's values: the body has updated them.
    """

    def __init__(
        self, experience: Experience, settings: tuple[int, ...], initial: npt.ArrayLike, record: Record
    ) -> None:
        runs, states = experience.runs, experience.num_states
        self._experience = experience
        self._recorder = Recorder(experience, settings, record)
        self.order = np.argsort(-experience.steps, kind="stable")
        self.first = states * np.arange(runs)  # the row of each run's state 0
        self.value = np.empty((runs, states, int(np.prod(settings))))  # [runs, S, settings]
        self.value[:] = initial_values(experience, initial)[:, None]
        self.table = self.value.reshape(runs * states, -1)  # [runs*S, settings], the same memory

    def __iter__(self) -> Iterator[Moment]:
        experience = self._experience
        columns = experience.state.T, experience.next_state.T, experience.reward.T, experience.end.T
        steps = np.sort(experience.steps)
        episode = np.zeros(experience.runs, dtype=np.int64)
        for t, over in enumerate(np.searchsorted(steps, np.arange(steps[-1]), side="right").tolist()):
            run, first = self.order[: steps.size - over], self.first[: steps.size - over]
            state, next_state, reward, end = (column[t].take(run) for column in columns)
            yield Moment(t, run, state + first, next_state + first, reward[:, None])
            ended = np.flatnonzero(end)
            if ended.size:
                self._recorder.note(run[ended], episode[ended], self.value.take(ended, axis=0))
                episode[ended] += 1

    @property
    def result(self) -> Floats:
        return self._recorder.result


class Recorder:
    """What is kept of the values after each episode: all of them, or a statistic that needs less memory."""

    def __init__(self, experience: Experience, settings: tuple[int, ...], record: Record) -> None:
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
        if self._size >= AT_ONCE:
            self._settle()

    def _settle(self) -> None:
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
            self._settle()
        assert self._noted is not None
        return self._noted


def initial_values(experience: Experience, initial: npt.ArrayLike) -> Floats:
    """A number for all states, or one for each of them, as [S]; terminal states are worth 0 whatever is asked."""
    value = np.asarray(initial, dtype=np.float64)
    if value.shape not in ((), (experience.num_states,)):
        states = experience.num_states
        raise ValueError(f"initial has shape {value.shape}; expected a number, or one for each of {states} states")
    if not np.isfinite(value).all():
        raise ValueError(f"initial holds {value[~np.isfinite(value)][0]}; expected finite numbers")
    return np.where(experience.terminal, 0.0, value)


def step_sizes(alpha: npt.ArrayLike) -> Floats:
    """alpha as an array; raises ValueError where it is not in (0, 1]."""
    value = np.asarray(alpha, dtype=np.float64)
    wrong = value[~((value > 0) & (value <= 1))]
    if wrong.size:
        raise ValueError(f"alpha is {wrong.flat[0]}; expected step sizes in (0, 1]")
    return value


def trace_decays(lam: npt.ArrayLike) -> Floats:
    """lambda as an array; raises ValueError where it is not in [0, 1]."""
    value = np.asarray(lam, dtype=np.float64)
    wrong = value[~((value >= 0) & (value <= 1))]
    if wrong.size:
        raise ValueError(f"lam is {wrong.flat[0]}; expected numbers in [0, 1]")
    return value


def together(**settings: npt.NDArray[Any]) -> tuple[int, ...]:
    """The common shape of settings that are swept together."""
    try:
        return np.broadcast_shapes(*(value.shape for value in settings.values()))
    except ValueError:
        shapes = " and ".join(f"{name} has shape {value.shape}" for name, value in settings.items())
        raise ValueError(f"{shapes}; expected shapes that broadcast, such as (10, 1) and (20,) for all pairs") from None
