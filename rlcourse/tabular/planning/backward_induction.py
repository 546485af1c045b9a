"""Backward induction: optimal behaviour when the number of remaining steps is known.

With h steps to go, the best first action depends on h:

    v_0 = 0,   v_h(s) = max_a [ r(s, a) + discount * sum_s' p(s' | s, a) v_{h-1}(s') ]

It is value iteration, stopped after h sweeps and read from the end. Source: Puterman, Markov Decision Processes (1994),
section 4.5.
"""

from __future__ import annotations

import numpy as np

from rlcourse.mdp import FiniteMDP
from rlcourse.mdp.arguments import whole
from rlcourse.mdp.arrays import Floats
from rlcourse.tabular.planning.bellman import action_values, greedy_policy


def backward_induction(mdp: FiniteMDP, horizon: int) -> tuple[Floats, Floats]:
    """Optimal values [horizon + 1, S] and policies [horizon + 1, S, A], indexed by the number of steps to go.

    Row 0 is the end: value 0, and a policy that is never used. Any discount is allowed, 1 included. Raises ValueError
    for a horizon that is not a positive integer.
    """
    horizon = whole("horizon", horizon)
    value = np.zeros((horizon + 1, mdp.num_states))
    policy = np.empty((horizon + 1, mdp.num_states, mdp.num_actions))
    policy[0] = greedy_policy(mdp, value[0])
    for h in range(1, horizon + 1):
        value[h] = action_values(mdp, value[h - 1]).max(axis=1)
        policy[h] = greedy_policy(mdp, value[h - 1])
    return value, policy
