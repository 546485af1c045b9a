"""The 1000-state random walk: far too many states to visit each of them often, and neighbours have similar values.

A step leads to one of the 100 neighbours to the left or the 100 to the right, each as likely as any other. Where there
are fewer neighbours than that, the rest of the chance leads to the end on that side. Source: Sutton & Barto, 2nd
edition, example 9.1.
"""

from __future__ import annotations

import numpy as np

from rlcourse.mdp import FiniteMDP
from rlcourse.mdp.arguments import whole


def long_random_walk(n: int = 1000, reach: int = 100, discount: float = 1.0) -> FiniteMDP:
    """States 1..n between the ends 0, which pays -1, and n + 1, which pays 1; the walk starts in state n // 2.

    There is one action: nothing to decide. Raises ValueError for n or reach below 1.
    """
    n, reach = whole("n", n), whole("reach", reach)
    state = np.arange(n + 2)
    terminal = (state == 0) | (state == n + 1)
    jump = np.concatenate([np.arange(-reach, 0), np.arange(1, reach + 1)])
    next_state = np.where(terminal[:, None], state[:, None], np.clip(state[:, None] + jump, 0, n + 1))
    pays = (next_state == n + 1).astype(float) - (next_state == 0)
    return FiniteMDP(
        prob=np.full((n + 2, 1, 2 * reach), 1.0 / (2 * reach)),
        next_state=next_state[:, None],
        reward=np.where(terminal[:, None], 0.0, pays)[:, None],
        discount=discount,
        terminal=terminal,
        start=(state == max(1, n // 2)).astype(float),
        action_names=("step",),
    )
