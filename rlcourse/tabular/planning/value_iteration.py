"""Value iteration: sweep the Bellman optimality equation until it holds.

    v(s) <- max_a [ r(s, a) + discount * sum_s' p(s' | s, a) v(s') ]

One loop, no policy in it: the maximum does policy improvement, the sweep one step of policy evaluation. Source:
Sutton & Barto, 2nd edition, section 4.4, equation (4.10).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy.typing as npt

from rlcourse.mdp import FiniteMDP
from rlcourse.tabular.planning.bellman import action_values
from rlcourse.tabular.planning.sweep import Sweep, first_value, sweeps


def value_iteration(
    mdp: FiniteMDP,
    *,
    tolerance: float = 1e-8,
    initial: npt.ArrayLike | None = None,
    max_sweeps: int = 100_000,
) -> Iterator[Sweep]:
    """Yield every sweep, each with an array of its own [S], until one changes no value by `tolerance` or more.

    Read the policy off with `greedy_policy(mdp, sweep.value)`. Raises ValueError for a bad tolerance or initial value,
    RuntimeError where `max_sweeps` are not enough (at discount 1: where reward can be collected for ever).
    """
    value = first_value(mdp, initial)
    return sweeps(lambda v: action_values(mdp, v).max(axis=1), value, tolerance, max_sweeps)
