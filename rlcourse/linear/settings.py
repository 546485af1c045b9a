"""Settings of a learner, checked at the border: one clear error, instead of a strange result later."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlcourse.mdp.reward_process import Floats

DIVERGED = 1e100  # weights beyond this have left for infinity


def whole(name: str, value: object, least: int = 1) -> int:
    """The value, if it is a whole number of at least `least`; ValueError otherwise."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{name} is {value!r}; expected a whole number, at least {least}")
    return int(value)


def step_sizes(name: str, value: npt.ArrayLike) -> Floats:
    """Positive finite numbers of any shape; ValueError otherwise. (How large they may be depends on the features.)"""
    size = np.asarray(value, dtype=np.float64)
    wrong = size[~((size > 0) & np.isfinite(size))]
    if wrong.size:
        raise ValueError(f"{name} is {wrong.flat[0]}; expected positive step sizes")
    return size


def for_each_run(name: str, value: Floats, runs: int) -> Floats:
    """A number, or one for each run, as [runs]; ValueError for another shape."""
    if value.shape not in ((), (runs,)):
        raise ValueError(f"{name} has shape {value.shape}; expected a number or one for each of the {runs} runs")
    return np.broadcast_to(value, (runs,))


def first_weights(initial: npt.ArrayLike, count: int) -> Floats:
    """A finite number, or one for each feature, as [count]; ValueError otherwise."""
    first = np.asarray(initial, dtype=np.float64)
    if first.shape not in ((), (count,)) or not np.isfinite(first).all():
        raise ValueError(f"initial is {initial!r}; expected a finite number, or {count} of them")
    return np.broadcast_to(first, (count,))


def still_bounded(weights: Floats, when: str) -> None:
    """RuntimeError where weights have grown beyond `DIVERGED`, or are no numbers any more."""
    if not np.abs(weights).max(initial=0.0) < DIVERGED:
        raise RuntimeError(f"the weights diverge, noticed {when}; use a smaller step size alpha")
