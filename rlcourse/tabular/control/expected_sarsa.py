"""Expected Sarsa: Sarsa without the luck of the next action.

    Q(S, A) <- Q(S, A) + alpha * [R + discount * sum_a pi(a | S') Q(S', a) - Q(S, A)]

The mean over the next action replaces a draw of it: the same target on average, with less variance, so that larger step
sizes pay (in a world without chance even alpha = 1). Source: Sutton & Barto, 2nd edition, section 6.6, equation (6.9);
van Seijen, van Hasselt, Whiteson and Wiering (2009).
"""

from __future__ import annotations

from typing import Unpack

from rlcourse.mdp import FiniteMDP
from rlcourse.tabular.control.epsilon_greedy import expected_value
from rlcourse.tabular.control.interaction import Interaction, Learned
from rlcourse.tabular.control.settings import Settings, with_settings


@with_settings
def expected_sarsa(mdp: FiniteMDP, **settings: Unpack[Settings]) -> Learned:
    """Learn by Expected Sarsa in `runs` independent runs of `episodes` episodes each.

    The settings are explained in `tabular.Settings`, and what is raised for bad ones in `Interaction`.
    """
    walk = Interaction(mdp, **settings)
    q = walk.table()  # [runs, S, A]
    value = q.reshape(-1)  # the same numbers in one row
    while walk.tick():
        action = walk.choose(q)
        reward, next_state = walk.take(action)
        expected = expected_value(walk.values(q, next_state), walk.epsilon)  # 0 in terminal states
        target = reward + mdp.discount * expected
        here = walk.entry(walk.state, action)
        value[here] += walk.alpha * (target - value[here])
        walk.move_on(q)
    return walk.learned(q)
