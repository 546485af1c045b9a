"""Settings of a learner: a number for all runs, one for each of them, or a schedule; so a sweep is just more runs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from rlcourse.mdp.reward_process import Floats, Ints

Setting = npt.ArrayLike | Callable[[Ints], Floats]  # a schedule maps the episode number of every run to its value


def positive(name: str, value: int) -> int:
    """The value, if it is a whole number of at least 1; ValueError otherwise."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"{name} is {value!r}; expected a whole number, at least 1")
    return int(value)


def setting(name: str, value: npt.ArrayLike, runs: int, zero: bool) -> Floats:
    """A number or one for each run, as [runs]; ValueError outside [0, 1] (or (0, 1], without `zero`)."""
    given = np.asarray(value, dtype=np.float64)
    if given.ndim == 0:
        given = np.full(runs, float(given))
    return in_range(name, given, runs, zero)


def number_or_schedule(name: str, value: Setting, runs: int, zero: bool) -> Floats | Callable[[Ints], Floats]:
    """As `setting`, but a schedule is kept as it is; its values go through `in_range` when they are known."""
    return value if callable(value) else setting(name, value, runs, zero)


def in_range(name: str, value: Floats, runs: int, zero: bool) -> Floats:
    """The values [runs]; ValueError for another shape, or one that is outside [0, 1] (or (0, 1], without `zero`)."""
    if np.shape(value) != (runs,):
        raise ValueError(f"{name} has shape {np.shape(value)}; expected a number or one for each of the {runs} runs")
    inside = (value <= 1) & ((value >= 0) if zero else (value > 0))  # NaN is outside
    if not inside.all():
        raise ValueError(f"{name} is {value[np.argmin(inside)]}; expected numbers in {'[' if zero else '('}0, 1]")
    return value
