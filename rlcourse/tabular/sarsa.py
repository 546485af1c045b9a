"""Sarsa: learn the value of the policy that is followed, exploration and all.

    Q(S, A) <- Q(S, A) + alpha * [R + discount * Q(S', A') - Q(S, A)]

named after what an update needs: S, A, R, S', A'. On-policy: A' is the action that will be taken, so what exploring
costs is part of the values, and beside a cliff they tell the agent to keep away from the edge. Source: Rummery and
Niranjan (1994); Sutton & Barto, 2nd edition, section 6.4, equation (6.7).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlcourse.mdp import FiniteMDP
from rlcourse.tabular.interaction import Interaction, Learned, Record
from rlcourse.tabular.settings import Setting


def sarsa(
    mdp: FiniteMDP,
    *,
    runs: int,
    episodes: int,
    alpha: Setting = 0.5,
    epsilon: Setting = 0.1,
    initial: npt.ArrayLike = 0.0,
    seed: int = 0,
    max_episode_steps: int | None = None,
    record: Record | None = None,
) -> Learned:
    """Learn by Sarsa in `runs` independent runs of `episodes` episodes each.

    The settings, and what is raised for bad ones, are those of `Interaction`; initial is a number or [S, A].
    """
    walk = Interaction(
        mdp,
        runs=runs,
        episodes=episodes,
        alpha=alpha,
        epsilon=epsilon,
        seed=seed,
        max_episode_steps=max_episode_steps,
        record=record,
        own_rows=1,
    )
    q = walk.table(initial)  # [runs, S, A]
    value = q.reshape(-1)  # the same numbers in one row
    action = walk.first_actions(q, np.zeros_like(walk.run))
    while walk.tick():
        reward, next_state = walk.take(action)
        next_action = walk.choose(q, next_state)
        here, there = walk.entry(walk.state, action), walk.entry(next_state, next_action)
        target = reward + mdp.discount * value[there]  # 0 in terminal states
        value[here] += walk.alpha * (target - value[here])
        walk.move_on(q)
        action = walk.first_actions(q, next_action)
    return walk.learned(q)
