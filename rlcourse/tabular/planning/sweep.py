"""Sweeping: apply a backup to all states, again and again, until nothing moves.

Iterative policy evaluation and value iteration differ only in the backup. Both are contractions (each sweep shrinks the
distance to the one fixed point at least by the discount), so the change of the last sweep bounds what is still missing:

    max_s |v_k(s) - v(s)|  <=  discount / (1 - discount) * max_s |v_k(s) - v_{k-1}(s)|
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rlcourse.mdp import FiniteMDP
from rlcourse.mdp.arrays import Floats
from rlcourse.tabular.planning.bellman import validated_value


class Sweep(NamedTuple):
    """One sweep over all states: the new values [S] and the largest change that it made."""

    value: Floats
    change: float


def first_value(mdp: FiniteMDP, initial: npt.ArrayLike | None) -> Floats:
    """Where to start sweeping, [S]: the given values or zeros, and 0 in terminal states."""
    value = np.zeros(mdp.num_states) if initial is None else validated_value(mdp, initial)
    return np.where(mdp.terminal, 0.0, value)


def sweeps(backup: Callable[[Floats], Floats], value: Floats, tolerance: float, max_sweeps: int) -> Iterator[Sweep]:
    """Yield value <- backup(value) until a sweep changes no value by `tolerance` or more.

    `backup` returns a new array each time. Raises ValueError for a tolerance that is not positive, RuntimeError where
    `max_sweeps` are not enough or the values grow without bound.
    """
    if not (tolerance > 0 and np.isfinite(tolerance)):
        raise ValueError(f"tolerance is {tolerance}; expected a positive number such as 1e-8")
    if max_sweeps < 1:
        raise ValueError(f"max_sweeps is {max_sweeps}; expected at least 1")
    return _sweeps(backup, value, tolerance, max_sweeps)


def _sweeps(backup: Callable[[Floats], Floats], value: Floats, tolerance: float, max_sweeps: int) -> Iterator[Sweep]:
    change = np.inf
    for _ in range(max_sweeps):
        new = backup(value)
        change = float(np.abs(new - value).max())
        value = new
        yield Sweep(new, change)
        if change < tolerance:
            return
    raise RuntimeError(
        f"values still change by {change:.2g} after {max_sweeps} sweeps; at discount 1 this happens where reward can "
        "be collected for ever, otherwise allow more sweeps or a larger tolerance"
    )
