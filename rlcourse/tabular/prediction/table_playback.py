"""Playback: show recorded experience to the value tables of all runs and all settings at once.

A learner here is one line inside a loop over time; the arrays make it a thousand learners. Tables lie in memory as
[runs, S, settings]. At step t each run touches the row of one state, and that row holds the values of all settings side
by side (they share the walk, so they share the state): one gather moves them all, as one contiguous piece.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rlcourse.mdp.arguments import fractions
from rlcourse.mdp.arrays import Floats, Ints
from rlcourse.mdp.experience import Experience
from rlcourse.tabular.prediction.recorder import Recorder, RecordValues


class TableStep(NamedTuple):
    """Step t of the runs that still go on, the longest run first; `live` is how many they are."""

    t: int
    run: Ints  # [live] their numbers in the experience
    here: Ints  # [live] the row of each run's state in `TablePlayback.table`
    there: Ints  # [live] the row of its next state
    reward: Floats  # [live, 1]


class TablePlayback:
    """The tables, and the steps in the order in which they were made: `for t, run, here, there, reward in playback`.

    The longest run comes first everywhere, so that the runs that still go on are always the first `live` ones, and a
    slice of the tables. After the last step of an episode the loop notes the run's values: the body has updated them.
    """

    def __init__(
        self, experience: Experience, settings: tuple[int, ...], initial: npt.ArrayLike, record: RecordValues
    ) -> None:
        runs, states = experience.runs, experience.num_states
        self._experience = experience
        self._recorder = Recorder(experience, settings, record)
        self.first = states * np.arange(runs)  # the row of each run's state 0
        self.value = np.empty((runs, states, int(np.prod(settings))))  # [runs, S, settings]
        self.value[:] = initial_values(experience, initial)[:, None]
        self.table = self.value.reshape(runs * states, -1)  # [runs*S, settings], the same memory

    def __iter__(self) -> Iterator[TableStep]:
        experience = self._experience
        columns = experience.state.T, experience.next_state.T, experience.reward.T, experience.end.T
        episode = np.zeros(experience.runs, dtype=np.int64)
        for t, run in enumerate(experience.runs_at_each_step()):
            first = self.first[: run.size]
            state, next_state, reward, end = (column[t].take(run) for column in columns)
            yield TableStep(t, run, state + first, next_state + first, reward[:, None])
            ended = np.flatnonzero(end)
            if ended.size:
                self._recorder.note(run[ended], episode[ended], self.value.take(ended, axis=0))
                episode[ended] += 1

    @property
    def result(self) -> Floats:
        return self._recorder.result


def initial_values(experience: Experience, initial: npt.ArrayLike) -> Floats:
    """A number for all states, or one for each of them, as [S]; terminal states are worth 0 whatever is given."""
    value = np.asarray(initial, dtype=np.float64)
    if value.shape not in ((), (experience.num_states,)):
        states = experience.num_states
        raise ValueError(f"initial has shape {value.shape}; expected a number, or one for each of {states} states")
    if not np.isfinite(value).all():
        raise ValueError(f"initial holds {value[~np.isfinite(value)][0]}; expected finite numbers")
    return np.where(experience.terminal, 0.0, value)


def alpha_and_lam(alpha: npt.ArrayLike, lam: npt.ArrayLike) -> tuple[Floats, Floats, tuple[int, ...]]:
    """Step sizes in (0, 1] and trace decays in [0, 1] as [settings], and the shape in which to give these back."""
    size, decay = fractions("alpha", alpha, zero=False), fractions("lam", lam)
    shape = together(alpha=size, lam=decay)
    return np.broadcast_to(size, shape).ravel(), np.broadcast_to(decay, shape).ravel(), shape


def together(**settings: npt.NDArray[Any]) -> tuple[int, ...]:
    """The common shape of settings that are swept together."""
    try:
        return np.broadcast_shapes(*(value.shape for value in settings.values()))
    except ValueError:
        shapes = " and ".join(f"{name} has shape {value.shape}" for name, value in settings.items())
        raise ValueError(f"{shapes}; expected shapes that broadcast, such as (10, 1) and (20,) for all pairs") from None
