"""Double Q-learning: one table says which action is best, the other what it is worth.

    with probability 1/2:  Q1(S, A) <- Q1(S, A) + alpha * [R + discount * Q2(S', argmax_a Q1(S', a)) - Q1(S, A)]
    otherwise:             the same with Q1 and Q2 exchanged

The maximum of noisy estimates is too high on average, even where every estimate is right on average: maximisation bias.
It comes from using the same noise twice, to pick the action and to judge it; two tables have noise of their own. The
agent acts epsilon-greedily on the sum of the two. Source: van Hasselt (2010); Sutton & Barto, 2nd edition, section 6.7,
equation (6.10). Ties in the argmax are broken at random there too.
"""

from __future__ import annotations

from typing import Unpack

import numpy as np

from rlcourse.mdp import FiniteMDP
from rlcourse.tabular.control.epsilon_greedy import choose
from rlcourse.tabular.control.interaction import ACTION, OWN, Interaction, Learned
from rlcourse.tabular.control.settings import Settings, with_settings

COIN, TIE = OWN, OWN + 1  # the rows of numbers that say which table learns, and which of its tied actions is best


@with_settings
def double_q_learning(mdp: FiniteMDP, **settings: Unpack[Settings]) -> Learned:
    """Learn by double Q-learning in `runs` independent runs of `episodes` episodes each; the result is the mean table.

    The settings are explained in `tabular.Settings`, and what is raised for bad ones in `Interaction`.
    """
    walk = Interaction(mdp, own_draws=2, **settings)  # own: which table learns, and its best action
    run, runs = walk.run, walk.runs
    q = np.stack([walk.table()] * 2)  # [2, runs, S, A]
    tables = q.reshape(2 * runs, *q.shape[2:])  # the same memory: the first tables of all runs, then the second ones
    greedy = np.zeros(runs)  # epsilon of the argmax
    while walk.tick():
        both = walk.values(tables, walk.state) + walk.values(tables, walk.state, runs + run)
        action = choose(both, walk.epsilon, walk.uniform[ACTION])
        reward, next_state = walk.take(action)
        learns = np.where(walk.uniform[COIN] <= 0.5, 0, runs) + run  # the table to be changed
        judges = np.where(walk.uniform[COIN] <= 0.5, runs, 0) + run
        best = choose(walk.values(tables, next_state, learns), greedy, walk.uniform[TIE])
        target = reward + mdp.discount * tables[judges, next_state, best]  # 0 in terminal states
        tables[learns, walk.state, action] += walk.alpha * (target - tables[learns, walk.state, action])
        walk.move_on(q)
    return walk.learned(q)
