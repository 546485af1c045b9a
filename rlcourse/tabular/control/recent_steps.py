"""The last n steps of every run, and whose turn it is to be learned about.

n-step methods learn about the pair of time t at time t + n, when n rewards are known. When an episode ends, the pairs
of its last steps are still waiting; they are learned about at once, the oldest first, with what rewards there are:

    at every tick, the pair of n - 1 steps ago, if the episode is that old
    at the last tick of an episode, then those of n - 2, ..., 1, 0 steps ago as well

Off by one here is the classic mistake: it loses the last reward, or lets one episode leak into the next. Source:
Sutton & Barto, 2nd edition, section 7.2, the loop over tau.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from rlcourse.mdp.arrays import Floats, Ints


class RecentSteps:
    """A ring of the last steps of `runs` runs; n is a number or one for each run. Raises ValueError for n below 1."""

    def __init__(self, n: npt.ArrayLike, runs: int):
        given = np.asarray(n)
        if given.dtype.kind not in "iu" or given.shape not in ((), (runs,)):
            raise ValueError(f"n is {n!r}; expected a whole number, or one for each of the {runs} runs")
        if (given < 1).any():
            raise ValueError(f"n is {given.min()}; expected at least 1 step")
        self.n: Ints = np.broadcast_to(given, (runs,)).astype(np.int64)
        self.most = int(self.n.max())
        self._newest = 0
        self._state = np.zeros((self.most, runs), dtype=np.int64)
        self._action = np.zeros((self.most, runs), dtype=np.int64)
        self._reward = np.zeros((self.most, runs))

    def add(self, state: Ints, action: Ints, reward: Floats) -> None:
        """Add what has just happened, [runs] each; what happened `most` steps ago is forgotten."""
        self._newest = (self._newest + 1) % self.most
        self._state[self._newest], self._action[self._newest], self._reward[self._newest] = state, action, reward

    def ago(self, back: int, who: Ints) -> tuple[Ints, Ints, Floats]:
        """State, action and reward of `back` steps ago (0: the newest) in the runs `who`, [m] each."""
        row = self._newest - back  # a negative row counts from the end of the ring, which is where it goes on
        return self._state[row].take(who), self._action[row].take(who), self._reward[row].take(who)

    def due(self, length: Ints, ended: Ints) -> Iterator[tuple[int, Ints]]:
        """How many steps ago, and the runs that learn about it now: the oldest pairs first.

        `length` [runs] counts the steps of the present episode, the newest included; `ended` are the runs in which
        that was the last one.
        """
        last = np.zeros(length.size, dtype=bool)
        last[ended] = True
        for back in range(self.most - 1, -1, -1):
            who = np.flatnonzero((length > back) & ((self.n == back + 1) | last & (self.n > back)))
            if who.size:
                yield back, who
