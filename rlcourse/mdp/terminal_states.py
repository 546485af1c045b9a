"""What every MDP does about terminal states: nothing follows them, and no episode begins in one."""

from __future__ import annotations

import numpy as np

from rlcourse.mdp.arrays import Bools, Floats, Ints


def absorb(terminal: Bools, prob: Floats, next_state: Ints, reward: Floats) -> tuple[Floats, Ints, Floats]:
    """Make the given states loop on themselves with reward 0, whatever their rows held before; returns copies."""
    prob, next_state, reward = prob.copy(), next_state.copy(), reward.copy()
    prob[terminal] = 0.0
    prob[terminal, :, 0] = 1.0
    next_state[terminal] = np.flatnonzero(terminal)[:, None, None]
    reward[terminal] = 0.0
    return prob, next_state, reward


def uniform_start(terminal: Bools) -> Floats:
    """The start distribution that gives every non-terminal state the same probability, [S]."""
    if terminal.all():
        raise ValueError("every state is terminal; at least one must not be")
    return np.where(terminal, 0.0, 1.0 / (~terminal).sum())
