"""Numbers that a caller passes in, checked where they arrive: one clear error, instead of a strange result later."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlcourse.mdp.arrays import Floats


def whole(name: str, value: object, least: int = 1) -> int:
    """The value, if it is a whole number of at least `least`; ValueError otherwise."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{name} is {value!r}; expected a whole number, at least {least}")
    return int(value)


def fraction(name: str, value: object, *, zero: bool = True) -> float:
    """The value, if it is a number in [0, 1], or in (0, 1] without `zero`; ValueError otherwise."""
    expected = f"expected a number in {'[' if zero else '('}0, 1]"
    try:
        number = float(value)  # type: ignore[arg-type]  # what no number can be made of is refused here
    except (TypeError, ValueError):
        raise ValueError(f"{name} is {value!r}; {expected}") from None
    if not (number <= 1 and (number >= 0 if zero else number > 0)):  # NaN is outside
        raise ValueError(f"{name} is {number}; {expected}")
    return number


def fractions(name: str, value: npt.ArrayLike, *, zero: bool = True) -> Floats:
    """An array of any shape with numbers in [0, 1], or in (0, 1] without `zero`; ValueError otherwise."""
    given = np.asarray(value, dtype=np.float64)
    outside = given[~((given <= 1) & ((given >= 0) if zero else (given > 0)))]  # NaN is outside
    if outside.size:
        raise ValueError(f"{name} is {outside.flat[0]}; expected numbers in {'[' if zero else '('}0, 1]")
    return given


def for_each_run(name: str, value: Floats, runs: int) -> Floats:
    """A number, or one for each run, as [runs]; ValueError for another shape."""
    if value.shape not in ((), (runs,)):
        raise ValueError(f"{name} has shape {value.shape}; expected a number or one for each of the {runs} runs")
    return np.broadcast_to(value, (runs,)).copy()
