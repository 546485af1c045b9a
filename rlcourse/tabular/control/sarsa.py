"""Sarsa: learn the value of the policy that is followed, exploration and all.

    Q(S, A) <- Q(S, A) + alpha * [R + discount * Q(S', A') - Q(S, A)]

named after what an update needs: S, A, R, S', A'. On-policy: A' is the action that will be taken, so what exploring
costs is part of the values, and beside a cliff they tell the agent to keep away from the edge. Source: Rummery and
Niranjan (1994); Sutton & Barto, 2nd edition, section 6.4, equation (6.7).
"""

from __future__ import annotations

from typing import Unpack

import numpy as np

from rlcourse.mdp import FiniteMDP
from rlcourse.tabular.control.interaction import Interaction, Learned
from rlcourse.tabular.control.settings import Settings, with_settings


@with_settings
def sarsa(mdp: FiniteMDP, **settings: Unpack[Settings]) -> Learned:
    """Learn by Sarsa in `runs` independent runs of `episodes` episodes each.

    The settings are explained in `tabular.Settings`, and what is raised for bad ones in `Interaction`.
    """
    walk = Interaction(mdp, own_draws=1, **settings)  # own: the first action of an episode
    q = walk.table()  # [runs, S, A]
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
