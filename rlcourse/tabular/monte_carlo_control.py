"""Monte Carlo control: play an episode, average the returns, be greedier in the next.

    Q(s, a) <- the mean of the returns that followed the first visit to (s, a) in each episode

No bootstrapping: what is learned about a pair depends on no other estimate, but nothing is learned before an episode
ends, so a policy that wanders for ever teaches nothing. Every pair must be tried again and again. Either the policy
explores (on-policy, epsilon-soft), or every episode starts with a state and an action drawn uniformly (exploring
starts) and the policy is greedy from then on. Source: Sutton & Barto, 2nd edition, sections 5.3 and 5.4.

Returns are averaged incrementally, with step size 1/N(s, a) or, where told so, a constant alpha, which forgets the
returns of the bad policies at the start. An episode that is cut ends in the value of the state reached under the
present policy.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlcourse.mdp import FiniteMDP
from rlcourse.mdp.reward_process import Bools, Floats, Ints
from rlcourse.tabular.epsilon_greedy import choose, expected_value
from rlcourse.tabular.interaction import ACTION, Interaction, Learned, Record
from rlcourse.tabular.settings import Setting


def monte_carlo_control(
    mdp: FiniteMDP,
    *,
    runs: int,
    episodes: int,
    alpha: Setting | None = None,
    epsilon: Setting = 0.1,
    initial: npt.ArrayLike = 0.0,
    seed: int = 0,
    max_episode_steps: int | None = None,
    record: Record | None = None,
) -> Learned:
    """First-visit Monte Carlo control with an epsilon-greedy policy; alpha None: sample averages.

    The settings, and what is raised for bad ones, are those of `Interaction`; initial is a number or [S, A].
    """
    walk = Interaction(
        mdp,
        runs=runs,
        episodes=episodes,
        alpha=1.0 if alpha is None else alpha,
        epsilon=epsilon,
        seed=seed,
        max_episode_steps=max_episode_steps,
        record=record,
    )
    return _learn(walk, walk.table(initial), averages=alpha is None, explore_at_first=False)


def monte_carlo_exploring_starts(
    mdp: FiniteMDP,
    *,
    runs: int,
    episodes: int,
    alpha: Setting | None = None,
    initial: npt.ArrayLike = 0.0,
    seed: int = 0,
    max_episode_steps: int | None = None,
    record: Record | None = None,
) -> Learned:
    """First-visit Monte Carlo control with exploring starts: a greedy policy, and any first state and action alike.

    The settings, and what is raised for bad ones, are those of `Interaction`; initial is a number or [S, A].
    """
    pairs = np.where(mdp.terminal, 0, mdp.allowed.sum(axis=1))  # a state, then one of its actions: all pairs alike
    walk = Interaction(
        mdp,
        runs=runs,
        episodes=episodes,
        alpha=1.0 if alpha is None else alpha,
        epsilon=0.0,
        seed=seed,
        max_episode_steps=max_episode_steps,
        record=record,
        start=pairs / pairs.sum(),
    )
    return _learn(walk, walk.table(initial), averages=alpha is None, explore_at_first=True)


def _learn(walk: Interaction, q: Floats, averages: bool, explore_at_first: bool) -> Learned:
    run, discount = walk.run, walk.mdp.discount
    count = np.zeros(q.shape, dtype=np.int64)  # N(s, a)
    seen = np.zeros(q.shape, dtype=np.int64)  # the tick of the last visit
    begun = np.zeros(run.size, dtype=np.int64)  # the tick at which the present episode of each run began
    played = Played(run.size)
    now = 0
    while walk.tick():
        now += 1
        begun[walk.length == 0] = now
        epsilon = np.where(walk.length == 0, 1.0, walk.epsilon) if explore_at_first else walk.epsilon
        action = choose(walk.values(q, walk.state), epsilon, walk.uniform[ACTION])
        first = seen[run, walk.state, action] < begun  # not yet visited in this episode
        seen[run, walk.state, action] = now
        at = walk.length.copy()
        reward, next_state = walk.take(action)
        played.add(at, walk.state, action, reward, first)
        if walk.ended.size:
            who = walk.ended
            beyond = expected_value(walk.values(q, next_state[who], who), walk.epsilon[who])  # 0 in terminal states
            r, s, a, return_ = played.first_visits(who, walk.length[who], beyond, discount)
            count[r, s, a] += 1
            step = 1.0 / count[r, s, a] if averages else walk.alpha[r]
            q[r, s, a] += step * (return_ - q[r, s, a])  # a pair comes once at most in each run
        walk.move_on(q)
    return walk.learned(q)


class Played:
    """The present episode of every run, step by step: arrays [capacity, runs] that grow when one gets longer."""

    def __init__(self, runs: int):
        self._run = np.arange(runs)
        self._state, self._action = np.zeros((2, 16, runs), dtype=np.int32)
        self._reward = np.zeros((16, runs))
        self._first = np.zeros((16, runs), dtype=bool)

    def add(self, at: Ints, state: Ints, action: Ints, reward: Floats, first: Bools) -> None:
        """Note step number `at` of each run, [runs] each."""
        if at.max() == len(self._reward):
            self._state, self._action, self._reward, self._first = (
                np.concatenate([array, np.zeros_like(array)])
                for array in (self._state, self._action, self._reward, self._first)
            )
        self._state[at, self._run], self._action[at, self._run] = state, action
        self._reward[at, self._run], self._first[at, self._run] = reward, first

    def first_visits(self, who: Ints, length: Ints, beyond: Floats, discount: float) -> tuple[Ints, Ints, Ints, Floats]:
        """Run, state, action and return of every first visit in the episodes of `who`, which are `length` steps long.

        `beyond` [m] is what is still to come after the last step.
        """
        longest = int(length.max())
        inside = np.arange(longest)[:, None] < length  # [T, m]
        reward, return_ = self._reward[:longest, who], np.empty((longest, who.size))
        after = beyond
        for t in range(longest - 1, -1, -1):
            after = return_[t] = np.where(inside[t], reward[t] + discount * after, after)
        step, column = np.nonzero(self._first[:longest, who] & inside)
        run = who[column]
        state, action = self._state[step, run].astype(np.int64), self._action[step, run].astype(np.int64)
        return run, state, action, return_[step, column]
