"""Monte Carlo prediction: the value of a state is the average of what followed it.

    V(S_t) <- V(S_t) + step * [ G_t - V(S_t) ],      G_t = R_{t+1} + discount * R_{t+2} + ...

With step = 1 / (number of visits so far) this is the sample average; a constant step forgets old returns instead.
A state may come several times in an episode: count its first visit only (the returns are then independent and the
average is unbiased), or every visit (more numbers, a bias that vanishes). Source: Sutton & Barto, 2nd edition, section
5.1, and equation (6.1) for the constant step.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlcourse.mdp.arguments import fractions
from rlcourse.mdp.arrays import Floats, Ints
from rlcourse.mdp.experience import Experience
from rlcourse.tabular.prediction.recorder import RecordValues
from rlcourse.tabular.prediction.table_playback import TablePlayback


def monte_carlo_prediction(
    experience: Experience,
    *,
    alpha: npt.ArrayLike | None = None,
    every_visit: bool = False,
    initial: npt.ArrayLike = 0.0,
    record: RecordValues = "values",
) -> Floats:
    """The values that Monte Carlo has after each episode, [runs, episodes, *alpha.shape, S].

    Without `alpha`, sample averages (and `initial` is what a state is worth before its first visit); with it, constant
    steps in (0, 1], of which an array may hold many. Several visits in one episode count in the order of time. `record`
    as in `td_prediction`. Raises ValueError for a step size outside (0, 1] or an `initial` that does not fit.
    """
    size = None if alpha is None else fractions("alpha", alpha, zero=False)
    playback = TablePlayback(experience, () if size is None else size.shape, initial, record)
    returns, visits, table = experience.returns.T, Visits(experience), playback.table
    step: Floats = np.ones(1) if size is None else size.ravel()  # [settings]
    # Returns need no other value, so a visit may be counted when it happens: the episode's end sees the same table.
    for t, run, here, _, _ in playback:
        if size is None or not every_visit:  # otherwise every step is alpha
            counted, number = visits.count(t, run, here, every_visit)
            step = counted / number if size is None else counted * size.ravel()  # [live, settings]
        value = table.take(here, axis=0)
        table[here] = value + step * (returns[t].take(run)[:, None] - value)
    return playback.result


class Visits:
    """Which visits count, and how many have counted so far."""

    def __init__(self, experience: Experience) -> None:
        self._episode = np.cumsum(experience.start.T, axis=0)  # 1, 1, ..., 2, 2, ...
        self._last = np.zeros(experience.runs * experience.num_states, dtype=np.int64)  # the last episode to come here
        self._number = np.zeros_like(self._last)

    def count(self, t: int, run: Ints, here: Ints, every_visit: bool) -> tuple[Ints, Ints]:
        """1 where the visit at step t counts and 0 elsewhere, and the number of visits that have counted, [live, 1]."""
        episode = self._episode[t].take(run)
        counted = np.ones_like(here) if every_visit else (self._last[here] < episode).astype(np.int64)
        self._last[here] = episode
        self._number[here] += counted
        return counted[:, None], self._number[here][:, None]
