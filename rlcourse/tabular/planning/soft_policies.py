"""Epsilon-soft policies: what exploring costs, exactly.

A policy that explores takes any action with probability epsilon, so it can never be worth what its greedy core is
worth:

    pi_soft(a | s) = epsilon / |A(s)| + (1 - epsilon) * pi(a | s)

The best of all such policies need not have the optimal policy at its core: an agent that stumbles now and then does
better to walk further from the edge. It is found by moving the stumbling into the world and solving that. Source:
Sutton & Barto, 2nd edition, section 5.4, the argument after equation (5.2).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from rlcourse.mdp import FiniteMDP
from rlcourse.mdp.arguments import fraction
from rlcourse.mdp.arrays import Floats
from rlcourse.tabular.planning.bellman import uniform_policy
from rlcourse.tabular.planning.policy_iteration import Improvement, solve


def epsilon_soft(mdp: FiniteMDP, policy: npt.ArrayLike, epsilon: float) -> Floats:
    """The policy [S, A], but with probability epsilon any available action; ValueError for epsilon outside [0, 1]."""
    epsilon = fraction("epsilon", epsilon)
    return epsilon * uniform_policy(mdp) + (1.0 - epsilon) * mdp.validated_policy(policy)


def best_epsilon_soft(mdp: FiniteMDP, epsilon: float) -> Improvement:
    """The best epsilon-soft policy [S, A] and its exact value [S]: as far as learning on-policy can come."""
    best = solve(stumbling(mdp, epsilon))
    return Improvement(epsilon_soft(mdp, best.policy, epsilon), best.value, best.gain)


def stumbling(mdp: FiniteMDP, epsilon: float) -> FiniteMDP:
    """The world in which every action is, with probability epsilon, replaced by a uniformly drawn available one.

    Raises ValueError for epsilon outside [0, 1].
    """
    epsilon = fraction("epsilon", epsilon)
    any_action = uniform_policy(mdp)[:, None, :]  # [S, 1, A]
    done = epsilon * any_action + (1.0 - epsilon) * np.eye(mdp.num_actions)  # [S, A meant, A done]
    allowed = mdp.allowed[:, None, :, None]  # the rows of unavailable actions may hold anything

    def rows(outcomes: npt.NDArray[Any]) -> npt.NDArray[Any]:  # [S, A, K] -> [S, A meant, A done * K]
        each = np.where(allowed, outcomes[:, None], 0)
        return np.repeat(each, mdp.num_actions, axis=1).reshape(mdp.num_states, mdp.num_actions, -1)

    prob = np.repeat(done, mdp.prob.shape[2], axis=2) * rows(mdp.prob)
    return replace(mdp, prob=prob, next_state=rows(mdp.next_state), reward=rows(mdp.reward), reward_std=None)
