"""Q-learning: learn the value of the best policy while following another.

    Q(S, A) <- Q(S, A) + alpha * [R + discount * max_a Q(S', a) - Q(S, A)]

Off-policy: the maximum is what the greedy policy would go on to earn, whatever the exploring one does next. So the
values approach q*, and the agent that acts on them with epsilon-greedy exploration may still fall off the cliff.
Source: Watkins (1989); Sutton & Barto, 2nd edition, section 6.5, equation (6.8).
"""

from __future__ import annotations

from typing import Unpack

from rlcourse.mdp import FiniteMDP
from rlcourse.tabular.control.interaction import Interaction, Learned
from rlcourse.tabular.control.settings import Settings, with_settings


@with_settings
def q_learning(mdp: FiniteMDP, **settings: Unpack[Settings]) -> Learned:
    """Learn by Q-learning in `runs` independent runs of `episodes` episodes each.

    The settings are explained in `tabular.Settings`, and what is raised for bad ones in `Interaction`.
    """
    walk = Interaction(mdp, **settings)
    q = walk.table()  # [runs, S, A]
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
