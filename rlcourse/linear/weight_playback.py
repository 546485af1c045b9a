"""Playback: show recorded episodes to the weights of all runs and all step sizes at once.

In prediction the policy is given, so what happens does not depend on what is learned: it is recorded once (see
`rlcourse.mdp.sample_episodes`) and played to every method. A learner is then one line inside a loop over time, and
weights [runs, settings, d] make it a thousand learners.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rlcourse.linear.features import validated_features
from rlcourse.linear.weights import first_weights, step_sizes, still_bounded
from rlcourse.mdp.arrays import Floats, Ints
from rlcourse.mdp.experience import Experience

StepSize = npt.ArrayLike | Callable[[Ints], Floats]
CHECK_EVERY = 256  # steps between two checks of whether the weights diverge


class WeightStep(NamedTuple):
    """Step t of the runs that still go on, the longest run first; `live` is how many they are."""

    t: int
    run: Ints  # [live] their numbers in the experience
    w: Floats  # [live, settings, d] their weights: change them in place
    x: Floats  # [live, d] the features of their states
    alpha: Floats  # [settings] or [live, 1] step sizes


class WeightPlayback:
    """The weights, and the steps in the order in which they were made: `for t, run, w, x, alpha in playback`.

    `alpha` is a number, an array of settings that learn from the same walks, or a function of the episode numbers
    [live] -> [live]. `initial` is a number or [d]. After the last step of an episode the loop notes the run's weights:
    the body has updated them. Raises ValueError for settings that do not fit, RuntimeError where weights diverge.
    """

    def __init__(
        self, experience: Experience, features: npt.ArrayLike, alpha: StepSize, initial: npt.ArrayLike
    ) -> None:
        self.features = validated_features(features, experience.terminal)
        self._experience, runs, count = experience, experience.runs, self.features.shape[1]
        self._schedule = alpha if callable(alpha) else None
        self._alpha = np.zeros(()) if callable(alpha) else step_sizes("alpha", alpha)
        self._weights = np.empty((runs, self._alpha.size, count))  # of the runs in order, the longest first
        self._weights[:] = first_weights(initial, count)
        self.result = np.empty((runs, experience.episodes, *self._alpha.shape, count))

    def __iter__(self) -> Iterator[WeightStep]:
        state, end = self._experience.state.T, self._experience.end.T  # time first
        episode = np.zeros(self._experience.runs, dtype=np.int64)
        noted = self.result.reshape(*self.result.shape[:2], *self._weights.shape[1:])
        with np.errstate(over="ignore", invalid="ignore"):  # the checks report it
            for t, run in enumerate(self._experience.runs_at_each_step()):
                w = self._weights[: run.size]
                x = self.features.take(state[t].take(run), axis=0)
                yield WeightStep(t, run, w, x, self._sizes(episode[: run.size]))
                ended = np.flatnonzero(end[t].take(run))
                if ended.size:
                    noted[run[ended], episode[ended]] = w[ended]
                    episode[ended] += 1
                if t % CHECK_EVERY == 0:
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
