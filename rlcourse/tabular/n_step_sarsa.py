"""n-step Sarsa: look n rewards ahead before trusting an estimate.

    G = R_{t+1} + discount * R_{t+2} + ... + discount^{n-1} * R_{t+n} + discount^n * Q(S_{t+n}, A_{t+n})
    Q(S_t, A_t) <- Q(S_t, A_t) + alpha * [G - Q(S_t, A_t)]

One reward at the end of a path reaches n pairs at once instead of one; n = 1 is Sarsa, n without end Monte Carlo. The
returns of the last n steps end where the episode ends; if it was only cut, in Q of the pair reached, as all others do.
Source: Sutton & Barto, 2nd edition, section 7.2, equations (7.4) and (7.5).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlcourse.mdp import FiniteMDP
from rlcourse.tabular.interaction import Interaction, Learned, Record
from rlcourse.tabular.recent_steps import RecentSteps
from rlcourse.tabular.settings import Setting


def n_step_sarsa(
    mdp: FiniteMDP,
    *,
    runs: int,
    episodes: int,
    n: npt.ArrayLike = 4,
    alpha: Setting = 0.5,
    epsilon: Setting = 0.1,
    initial: npt.ArrayLike = 0.0,
    seed: int = 0,
    max_episode_steps: int | None = None,
    record: Record | None = None,
) -> Learned:
    """Learn by n-step Sarsa in `runs` independent runs of `episodes` episodes each; n is a number or one for each run.

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
    recent = RecentSteps(n, runs)
    q = walk.table(initial)
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
