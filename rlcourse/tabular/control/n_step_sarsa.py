"""n-step Sarsa: look n rewards ahead before trusting an estimate.

    G = R_{t+1} + discount * R_{t+2} + ... + discount^{n-1} * R_{t+n} + discount^n * Q(S_{t+n}, A_{t+n})
    Q(S_t, A_t) <- Q(S_t, A_t) + alpha * [G - Q(S_t, A_t)]

One reward at the end of a path reaches n pairs at once instead of one; n = 1 is Sarsa, n without end Monte Carlo. The
returns of the last n steps end where the episode ends; if it was only truncated, in Q of the pair reached, as all
others do. Source: Sutton & Barto, 2nd edition, section 7.2, equations (7.4) and (7.5).
"""

from __future__ import annotations

from typing import Unpack

import numpy as np
import numpy.typing as npt

from rlcourse.mdp import FiniteMDP
from rlcourse.tabular.control.interaction import Interaction, Learned
from rlcourse.tabular.control.recent_steps import RecentSteps
from rlcourse.tabular.control.settings import Settings, with_settings


@with_settings
def n_step_sarsa(mdp: FiniteMDP, *, n: npt.ArrayLike = 4, **settings: Unpack[Settings]) -> Learned:
    """Learn by n-step Sarsa in `runs` independent runs of `episodes` episodes each; n is a number or one for each run.

    The settings are explained in `tabular.Settings`, and what is raised for bad ones in `Interaction`.
    """
    walk = Interaction(mdp, own_draws=1, **settings)  # own: the first action of an episode
    recent = RecentSteps(n, walk.runs)
    q = walk.table()
    action = walk.first_actions(q, np.zeros_like(walk.run))
    while walk.tick():
        reward, next_state = walk.take(action)
        next_action = walk.choose(q, next_state)
        recent.add(walk.state, action, reward)
        for back, who in recent.due(walk.length, walk.ended):
            return_ = q[who, next_state[who], next_action[who]]  # 0 in terminal states
            for k in range(back + 1):  # from the newest reward to the oldest
                s, a, r = recent.ago(k, who)
                return_ = r + mdp.discount * return_
            q[who, s, a] += walk.alpha[who] * (return_ - q[who, s, a])
        walk.move_on(q)
        action = walk.first_actions(q, next_action)
    return walk.learned(q)
