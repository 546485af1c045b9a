"""The weights of a linear method: where they begin, how far a step moves them, and when they have diverged."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlcourse.mdp.arrays import Floats

DIVERGED = 1e100  # weights beyond this are on their way to infinity


def first_weights(initial: npt.ArrayLike, count: int) -> Floats:
    """A finite number, or one for each feature, as [count]; ValueError otherwise."""
    first = np.asarray(initial, dtype=np.float64)
    if first.shape not in ((), (count,)) or not np.isfinite(first).all():
        raise ValueError(f"initial is {initial!r}; expected a finite number, or {count} of them")
    return np.broadcast_to(first, (count,))


def step_sizes(name: str, value: npt.ArrayLike) -> Floats:
    """Positive finite numbers of any shape; ValueError otherwise. (How large they may be depends on the features.)"""
    size = np.asarray(value, dtype=np.float64)
    wrong = size[~((size > 0) & np.isfinite(size))]
    if wrong.size:
        raise ValueError(f"{name} is {wrong.flat[0]}; expected positive step sizes")
    return size


def still_bounded(weights: Floats, when: str) -> None:
    """RuntimeError where weights have grown beyond `DIVERGED`, or are not numbers any more."""
    if not np.abs(weights).max(initial=0.0) < DIVERGED:
        raise RuntimeError(f"the weights diverge, noticed {when}; use a smaller step size alpha")
