"""Monte Carlo control: play an episode, average the returns, be greedier in the next.

    Q(s, a) <- the mean of the returns that followed the first visit to (s, a) in each episode

No bootstrapping: what is learned about a pair depends on no other estimate, but nothing is learned before an episode
ends, so a policy that never reaches an end teaches nothing. Every pair must be tried again and again. Either the policy
explores (on-policy, epsilon-soft), or every episode starts with a state and an action drawn uniformly (exploring
starts) and the policy is greedy from then on. Source: Sutton & Barto, 2nd edition, sections 5.3 and 5.4.

Returns are averaged incrementally, with step size 1/N(s, a) or, if one is given, a constant alpha, which forgets the
returns of the bad policies at the start. An episode that is truncated ends in the value of the state reached under the
present policy.
"""

from __future__ import annotations

from typing import Unpack

import numpy as np

from rlcourse.mdp import FiniteMDP
from rlcourse.mdp.arrays import Bools, Floats, Ints
from rlcourse.tabular.control.epsilon_greedy import choose, expected_value
from rlcourse.tabular.control.interaction import ACTION, Interaction, Learned
from rlcourse.tabular.control.schedules import Setting
from rlcourse.tabular.control.settings import Play, with_settings


@with_settings
def monte_carlo_control(
    mdp: FiniteMDP, *, alpha: Setting | None = None, epsilon: Setting = 0.1, **settings: Unpack[Play]
) -> Learned:
    """First-visit Monte Carlo control with an epsilon-greedy policy; alpha None: sample averages.

    The settings are explained in `tabular.Settings`, and what is raised for bad ones in `Interaction`.
    """
    walk = Interaction(mdp, alpha=1.0 if alpha is None else alpha, epsilon=epsilon, **settings)
    return _learn(walk, walk.table(), averages=alpha is None, explore_first_action=False)


@with_settings
def monte_carlo_exploring_starts(mdp: FiniteMDP, *, alpha: Setting | None = None, **settings: Unpack[Play]) -> Learned:
    """First-visit Monte Carlo control with exploring starts: a greedy policy, every first pair equally likely.

    The settings are explained in `tabular.Settings`, and what is raised for bad ones in `Interaction`.
    """
    pairs = np.where(mdp.terminal, 0, mdp.allowed.sum(axis=1))  # a state, then its action: pairs equally likely
    walk = Interaction(mdp, alpha=1.0 if alpha is None else alpha, epsilon=0.0, start=pairs / pairs.sum(), **settings)
    return _learn(walk, walk.table(), averages=alpha is None, explore_first_action=True)


def _learn(walk: Interaction, q: Floats, averages: bool, explore_first_action: bool) -> Learned:
    run, discount = walk.run, walk.mdp.discount
    count = np.zeros(q.shape, dtype=np.int64)  # N(s, a)
    last_visit = np.zeros(q.shape, dtype=np.int64)  # the tick of the last visit to (s, a)
    first_tick = np.zeros(run.size, dtype=np.int64)  # the tick at which the present episode of each run began
    present = PresentEpisodes(run.size)
    now = 0
    while walk.tick():
        now += 1
        first_tick[walk.length == 0] = now
        epsilon = np.where(walk.length == 0, 1.0, walk.epsilon) if explore_first_action else walk.epsilon
        action = choose(walk.values(q, walk.state), epsilon, walk.uniform[ACTION])
        first = last_visit[run, walk.state, action] < first_tick  # not yet visited in this episode
        last_visit[run, walk.state, action] = now
        step = walk.length.copy()
        reward, next_state = walk.take(action)
        present.add(step, walk.state, action, reward, first)
        if walk.ended.size:
            who = walk.ended
            to_come = expected_value(walk.values(q, next_state[who], who), walk.epsilon[who])  # 0 in terminal states
            r, s, a, return_ = present.first_visits(who, walk.length[who], to_come, discount)
            count[r, s, a] += 1
            alpha = 1.0 / count[r, s, a] if averages else walk.alpha[r]
            q[r, s, a] += alpha * (return_ - q[r, s, a])  # a pair comes once at most in each run
        walk.move_on(q)
    return walk.learned(q)


class PresentEpisodes:
    """The present episode of every run, step by step: arrays [capacity, runs] that grow when one gets longer."""

    def __init__(self, runs: int):
        self._run = np.arange(runs)
        self._state, self._action = np.zeros((2, 16, runs), dtype=np.int32)
        self._reward = np.zeros((16, runs))
        self._first = np.zeros((16, runs), dtype=bool)

    def add(self, step: Ints, state: Ints, action: Ints, reward: Floats, first: Bools) -> None:
        """Note the given step of each run, counted from 0, [runs] each."""
        if step.max() == len(self._reward):
            self._state, self._action, self._reward, self._first = (
                np.concatenate([array, np.zeros_like(array)])
                for array in (self._state, self._action, self._reward, self._first)
            )
        self._state[step, self._run], self._action[step, self._run] = state, action
        self._reward[step, self._run], self._first[step, self._run] = reward, first

    def first_visits(
        self, who: Ints, length: Ints, to_come: Floats, discount: float
    ) -> tuple[Ints, Ints, Ints, Floats]:
        """Run, state, action and return of every first visit in the episodes of `who`, which are `length` steps long.

        `to_come` [m] is what is still to come after the last step.
        """
        longest = int(length.max())
        inside = np.arange(longest)[:, None] < length  # [T, m]
        reward, return_ = self._reward[:longest, who], np.empty((longest, who.size))
        after = to_come
        for t in range(longest - 1, -1, -1):
            after = return_[t] = np.where(inside[t], reward[t] + discount * after, after)
        step, column = np.nonzero(self._first[:longest, who] & inside)
        run = who[column]
        state, action = self._state[step, run].astype(np.int64), self._action[step, run].astype(np.int64)
        return run, state, action, return_[step, column]
