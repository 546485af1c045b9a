"""Playback: show recorded episodes to the weights of all runs and all step sizes at once.

In prediction the policy is given, so what happens does not depend on what is learned: it is recorded once (see
`rlcourse.tabular.sample_episodes`) and played to every method. A learner is then one line inside a loop over time, and
weights [runs, settings, d] make it a thousand learners.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from rlcourse.linear.features import validated_features
from rlcourse.linear.settings import first_weights, step_sizes, still_bounded
from rlcourse.mdp.reward_process import Bools, Floats, Ints

StepSize = npt.ArrayLike | Callable[[Ints], Floats]
WATCH = 256  # steps between two looks at what should not happen


class Recording(Protocol):
    """Whole episodes of many runs, arrays [runs, T], as `rlcourse.tabular.Experience` holds them."""

    @property
    def state(self) -> Ints: ...
    @property
    def reward(self) -> Floats: ...
    @property
    def next_state(self) -> Ints: ...
    @property
    def returns(self) -> Floats: ...
    @property
    def end(self) -> Bools: ...
    @property
    def steps(self) -> Ints: ...  # [runs]
    @property
    def episodes(self) -> int: ...
    @property
    def terminal(self) -> Bools: ...  # [S]
    @property
    def discount(self) -> float: ...


class Moment(NamedTuple):
    """Step t of the runs that are still going on, the longest run first; `live` is how many they are."""

    t: int
    run: Ints  # [live] their numbers in the recording
    w: Floats  # [live, settings, d] their weights: change them in place
    x: Floats  # [live, d] the features of their states
    alpha: Floats  # [settings] or [live, 1] step sizes


class Playback:
    """The weights, and the steps in the order in which they were made: `for t, run, w, x, alpha in playback`.

    `alpha` is a number, an array of settings that learn from the same walks, or a function of the episode numbers
    [live] -> [live]. `initial` is a number or [d]. After the last step of an episode the loop notes the run's weights:
    the body has updated them. Raises ValueError for settings that do not fit, RuntimeError where weights diverge.
    """

    def __init__(self, recording: Recording, features: npt.ArrayLike, alpha: StepSize, initial: npt.ArrayLike) -> None:
        self.features = validated_features(features, recording.terminal)
        self._recording, runs, count = recording, recording.state.shape[0], self.features.shape[1]
        self._schedule = alpha if callable(alpha) else None
        self._alpha = np.zeros(()) if callable(alpha) else step_sizes("alpha", alpha)
        # The longest run comes first everywhere, so that the runs still going on are a slice.
        self._order = np.argsort(-recording.steps, kind="stable")
        self._weights = np.empty((runs, self._alpha.size, count))
        self._weights[:] = first_weights(initial, count)
        self.result = np.empty((runs, recording.episodes, *self._alpha.shape, count))

    def __iter__(self) -> Iterator[Moment]:
        state, end = self._recording.state.T, self._recording.end.T  # time first
        steps = np.sort(self._recording.steps)
        episode = np.zeros(steps.size, dtype=np.int64)
        noted = self.result.reshape(*self.result.shape[:2], *self._weights.shape[1:])
        with np.errstate(over="ignore", invalid="ignore"):  # who diverges is told so below
            for t, over in enumerate(np.searchsorted(steps, np.arange(steps[-1]), side="right").tolist()):
                run = self._order[: steps.size - over]
                w = self._weights[: run.size]
                x = self.features.take(state[t].take(run), axis=0)
                yield Moment(t, run, w, x, self._sizes(episode[: run.size]))
                ended = np.flatnonzero(end[t].take(run))
                if ended.size:
                    noted[run[ended], episode[ended]] = w[ended]
                    episode[ended] += 1
                if t % WATCH == 0:
                    still_bounded(w, f"at step {t}")
            still_bounded(self._weights, "at the end")

    def _sizes(self, episode: Ints) -> Floats:
        if self._schedule is None:
            return self._alpha.ravel()
        size = step_sizes("alpha", self._schedule(episode))
        if size.shape != episode.shape:
            raise ValueError(f"alpha turned episodes {episode.shape} into sizes {size.shape}; expected the same shape")
        return size[:, None]


def values(w: Floats, x: Floats) -> Floats:
    """v(s, w) = w @ x(s) of each run, [live, settings], for weights [live, settings, d] and features [live, d]."""
    return np.einsum("lsd,ld->ls", w, x)
