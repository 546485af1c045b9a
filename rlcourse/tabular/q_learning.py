"""Q-learning: learn the value of the best policy while following another.

    Q(S, A) <- Q(S, A) + alpha * [R + discount * max_a Q(S', a) - Q(S, A)]

Off-policy: the maximum is what the greedy policy would go on to earn, whatever the exploring one does next. So the
values approach q*, and the agent that acts on them with epsilon-greedy exploration may still fall off the cliff.
Source: Watkins (1989); Sutton & Barto, 2nd edition, section 6.5, equation (6.8).
"""

from __future__ import annotations

import numpy.typing as npt

from rlcourse.mdp import FiniteMDP
from rlcourse.tabular.interaction import Interaction, Learned, Record
from rlcourse.tabular.settings import Setting


def q_learning(
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
    """Learn by Q-learning in `runs` independent runs of `episodes` episodes each.

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
    )
    q = walk.table(initial)  # [runs, S, A]
    value = q.reshape(-1)  # the same numbers in one row
    while walk.tick():
        action = walk.choose(q)
        reward, next_state = walk.take(action)
        best = walk.values(q, next_state).max(axis=0)  # 0 in terminal states
        target = reward + mdp.discount * best
        here = walk.entry(walk.state, action)
        value[here] += walk.alpha * (target - value[here])
        walk.move_on(q)
    return walk.learned(q)
