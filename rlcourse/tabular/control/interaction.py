"""Agents and worlds interacting: a thousand independent runs of a learner, walked side by side.

A tick is one time step of every run. Each run is in an episode of its own, at a point of its own, and goes on to its
next episode at once; no run waits for another. Learners differ in how they choose and how they learn; what is the same
in all of them is here: numbers, steps, ends of episodes, records.

Randomness: every tick draws one row of uniform numbers in (0, 1] for each purpose, [rows, runs], whether they are
needed or not. So a run's numbers depend on its own column alone, and a plain loop over one run, fed with that column,
walks the same way. The rows are OUTCOME (of the action), START (of the next episode), ACTION, then the learner's
own. They are drawn from one generator in blocks of BLOCK ticks, [BLOCK, rows, runs]; where rewards are noisy each
block is followed by standard normal numbers, [BLOCK, runs]. The first tick only starts the first episodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rlcourse.mdp import FiniteMDP
from rlcourse.mdp.arguments import whole
from rlcourse.mdp.arrays import Floats, Ints
from rlcourse.mdp.sampler import cumulative
from rlcourse.tabular.control.epsilon_greedy import choose
from rlcourse.tabular.control.schedules import Setting, in_episode, number_or_schedule

RecordActionValues = Callable[[Floats], npt.NDArray[Any]]

OUTCOME, START, ACTION, OWN = range(4)  # OWN and what follows: the learner's
BLOCK = 16  # ticks drawn at once: for few runs the call costs more than the numbers
STEP_LIMIT = 100_000  # an episode of this length will hardly end
CHECK_EVERY = 256  # ticks between two checks for endless episodes and values that diverge
DIVERGED = 1e100


@dataclass(frozen=True, eq=False)
class Learned:
    """What `runs` independent runs have learned, and how it went."""

    q: Floats  # [runs, S, A] action values at the end; -inf where unavailable
    episode_return: Floats  # [runs, episodes] sum of the rewards of each episode, not discounted
    episode_length: Ints  # [runs, episodes] in steps
    record: npt.NDArray[Any] | None  # [runs, episodes, ...] what record(q) returned after each episode


class Interaction:
    """`runs` copies of an MDP, each played for `episodes` episodes.

    The settings are those of every learner: see `rlcourse.tabular.control.settings`. `own_draws` are the rows of random
    numbers that the learner needs for itself; `start` [S] replaces the start distribution of the MDP. Without
    `max_episode_steps` an episode of STEP_LIMIT steps is an error.

    A run that has played all its episodes keeps walking with step size 0: its table stays as it is.
    Raises ValueError for settings out of range, RuntimeError for an episode that does not end or values that diverge.
    """

    def __init__(
        self,
        mdp: FiniteMDP,
        *,
        runs: int,
        episodes: int,
        alpha: Setting = 0.5,
        epsilon: Setting = 0.1,
        initial: npt.ArrayLike = 0.0,
        seed: int = 0,
        max_episode_steps: int | None = None,
        record: RecordActionValues | None = None,
        own_draws: int = 0,
        start: Floats | None = None,
    ):
        self.mdp = mdp
        self.runs, self.episodes = whole("runs", runs), whole("episodes", episodes)
        self._limit = STEP_LIMIT if max_episode_steps is None else whole("max_episode_steps", max_episode_steps)
        self._truncates = max_episode_steps is not None
        if not (self._truncates or mdp.terminal.any()):
            raise ValueError("this world has no terminal state, so its episodes never end; set max_episode_steps")
        self._alpha = number_or_schedule("alpha", alpha, runs, zero=False)
        self._epsilon = number_or_schedule("epsilon", epsilon, runs, zero=True)
        self._initial = self._first_table(initial)
        self._record = record
        self._numbers = numbers(seed, runs, OWN + own_draws, mdp.reward_std is not None)
        self._next_state, self._reward = mdp.next_state.reshape(-1), mdp.reward.reshape(-1)
        self._cumulative = cumulative(mdp.prob).reshape(-1, mdp.prob.shape[2])  # [S*A, K]
        self._start = cumulative(mdp.start if start is None else start)

        self.run = np.arange(runs)
        self._first_entry = self.run * mdp.num_states * mdp.num_actions
        self.length = np.zeros(runs, dtype=np.int64)  # steps so far in the present episode
        self.ended = self.run  # the runs whose episode has just ended: at first all, for each begins one now
        self._return = np.zeros(runs)
        self._episode = np.zeros(runs, dtype=np.int64)
        self._live = np.ones(runs, dtype=bool)  # still has episodes to play
        self._ticks = 0
        self.episode_return = np.zeros((runs, episodes))
        self.episode_length = np.zeros((runs, episodes), dtype=np.int64)
        self.record: npt.NDArray[Any] | None = None
        self.uniform, self._noise = next(self._numbers)
        self.state = np.searchsorted(self._start, self.uniform[START])
        self.alpha, self.epsilon = self._settings()

    def table(self) -> Floats:
        """Action values to begin with, [runs, S, A]: `initial`, but 0 in terminal states and -inf where unavailable."""
        return np.tile(self._initial, (self.runs, 1, 1))

    def tick(self) -> bool:
        """Begin the next time step with fresh numbers, unless every run has played its episodes."""
        if not self._live.any():
            return False
        self.uniform, self._noise = next(self._numbers)
        return True

    def values(self, q: Floats, state: Ints, run: Ints | None = None) -> Floats:
        """Row q(s, .) of each run in its own table: q [tables, S, A], state [m], run [m] (default: all) -> [A, m]."""
        _, states, actions = q.shape
        row = (self.run if run is None else run) * states + state
        return np.ascontiguousarray(q.reshape(-1, actions).take(row, axis=0).T)

    def entry(self, state: Ints, action: Ints) -> Ints:
        """Where q(s, a) of each run stands in `q.reshape(-1)`, [runs]: one index is three times as fast as three."""
        return np.asarray(self._first_entry + state * self.mdp.num_actions + action)

    def choose(self, q: Floats, state: Ints | None = None) -> Ints:
        """An epsilon-greedy action of every run, in its present state or the given ones, [runs]."""
        return choose(self.values(q, self.state if state is None else state), self.epsilon, self.uniform[ACTION])

    def first_actions(self, q: Floats, action: Ints) -> Ints:
        """The given actions [runs], but chosen anew (row OWN) where an episode has just begun."""
        new = self.ended
        if new.size:
            action[new] = choose(self.values(q, self.state[new], new), self.epsilon[new], self.uniform[OWN, new])
        return action

    def take(self, action: Ints) -> tuple[Floats, Ints]:
        """Act: the rewards [runs] and the true next states [runs]. Sets `ended`; `state` stays until `move_on`."""
        pair = self.state * self.mdp.num_actions + action
        outcomes = self._cumulative.shape[1]
        entry = pair
        if outcomes > 1:
            below = np.ascontiguousarray(self._cumulative.take(pair, axis=0).T) < self.uniform[OUTCOME]  # [K, runs]
            entry = pair * outcomes + below.sum(axis=0)
        reward, self._reached = self._reward.take(entry), self._next_state.take(entry)
        if self.mdp.reward_std is not None:
            reward += self.mdp.reward_std.reshape(-1).take(pair) * self._noise
        self._return += reward
        self.length += self._live  # a run that has played its episodes stays at 0
        done = self.mdp.terminal.take(self._reached)
        if self._truncates:
            done |= self.length >= self._limit
        self.ended = np.flatnonzero(done & self._live)
        return reward, self._reached

    def move_on(self, q: Floats) -> None:
        """Go to the next states; where an episode has ended, note how it went and start the next."""
        self.state = self._reached.copy()
        if self.ended.size:
            self._start_next_episode(q, self.ended)
        self._ticks += 1
        if self._ticks % CHECK_EVERY == 0:
            self._check(q)

    def learned(self, q: Floats) -> Learned:
        """The result, once `tick` has said that all is played."""
        self._check(q)
        return Learned(_mean_table(q, self.run), self.episode_return, self.episode_length, self.record)

    def _first_table(self, initial: npt.ArrayLike) -> Floats:
        shape = (self.mdp.num_states, self.mdp.num_actions)
        first = np.asarray(initial, dtype=np.float64)
        if first.shape not in ((), shape) or not np.isfinite(first).all():
            given = f"an array of shape {first.shape}" if first.ndim else f"{first}"
            raise ValueError(f"initial is {given}; expected a finite number or an array {shape} of them")
        one = np.where(self.mdp.terminal[:, None], 0.0, np.broadcast_to(first, shape))
        return np.where(self.mdp.allowed, one, -np.inf)

    def _start_next_episode(self, q: Floats, run: Ints) -> None:
        """Note how the episodes of these runs went, and put them at the start of their next ones."""
        episode = self._episode[run]
        self.episode_return[run, episode] = self._return[run]
        self.episode_length[run, episode] = self.length[run]
        if self._record is not None:
            self._note(run, episode, np.asarray(self._record(_mean_table(q, run))))
        self._episode[run] += 1
        self._return[run] = 0.0
        self.length[run] = 0
        self.state[run] = np.searchsorted(self._start, self.uniform[START, run])
        self._live[run] = episode + 1 < self.episodes
        if callable(self._alpha) or callable(self._epsilon) or not self._live[run].all():
            self.alpha, self.epsilon = self._settings()

    def _settings(self) -> tuple[Floats, Floats]:
        """Step size and epsilon of every run in its present episode, [runs] each."""
        episode = np.minimum(self._episode, self.episodes - 1)
        alpha = in_episode("alpha", self._alpha, episode, zero=False)
        epsilon = in_episode("epsilon", self._epsilon, episode, zero=True)
        return np.where(self._live, alpha, 0.0), epsilon

    def _note(self, run: Ints, episode: Ints, what: npt.NDArray[Any]) -> None:
        if what.shape[:1] != run.shape:
            raise ValueError(
                f"record returned shape {what.shape} for tables of {run.size} runs; expected one entry for each run, "
                "along the first axis"
            )
        if self.record is None:
            self.record = np.zeros((self.runs, self.episodes, *what.shape[1:]), dtype=what.dtype)
        self.record[run, episode] = what

    def _check(self, q: Floats) -> None:
        least, most = np.min(q, where=q > -np.inf, initial=0.0), q.max()  # NaN stays NaN in both
        if not (least > -DIVERGED and most < DIVERGED):
            raise RuntimeError("the action values diverge; use a smaller step size alpha or a smaller lam")
        too_long = self.length >= self._limit
        if too_long.any() and not self._truncates:
            raise RuntimeError(
                f"run {int(np.argmax(too_long))} is still in the same episode after {self._limit} steps: its policy "
                "may never reach a terminal state; explore more (epsilon), or truncate episodes with max_episode_steps"
            )


def numbers(seed: int, runs: int, rows: int, noisy: bool) -> Iterator[tuple[Floats, Floats | None]]:
    """Tick by tick: uniform numbers in (0, 1], [rows, runs], and standard normal ones, [runs], if `noisy`."""
    rng = np.random.default_rng(seed)
    while True:
        uniform = rng.random((BLOCK, rows, runs))
        np.subtract(1.0, uniform, out=uniform)
        noise = rng.standard_normal((BLOCK, runs)) if noisy else [None] * BLOCK
        yield from zip(uniform, noise, strict=True)


def _mean_table(q: Floats, run: Ints) -> Floats:
    """The tables of some runs, [m, S, A]; where there are two for each run, [2, runs, S, A], their mean."""
    return q[run] if q.ndim == 3 else q[:, run].mean(axis=0)
