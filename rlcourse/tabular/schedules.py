"""Schedules: step sizes and exploration rates that depend on how many episodes a run has behind it.

A schedule is a function of the episode number k = 0, 1, 2, ... of every run, [runs] -> [runs]; whatever takes a step
size or an epsilon takes a schedule too, and any function of that shape will do.

Two conditions make learning settle on the optimal policy. The step sizes must sum to infinity while their squares do
not, so that errors can always be undone and noise dies out (Robbins and Monro 1951; Sutton & Barto, 2nd edition,
equation 2.7). Exploration must go on for ever and yet fade: greedy in the limit with infinite exploration, GLIE (Singh,
Jaakkola, Littman and Szepesvari 2000). 1/k does both; any constant breaks both, and is what one uses where the world
may change.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rlcourse.mdp.reward_process import Floats, Ints

Schedule = Callable[[Ints], Floats]


def constant(value: float) -> Schedule:
    """The same in every episode."""
    _check("value", value, at_least_zero=True)
    return lambda episode: np.full(np.shape(episode), float(value))


def harmonic(first: float = 1.0) -> Schedule:
    """first / (1 + k): first, first/2, first/3, ... With first = 1 the step sizes of a sample average."""
    return glie(first, half=1.0)


def glie(first: float = 1.0, half: float = 10.0) -> Schedule:
    """first / (1 + k / half): halved after `half` episodes, a tenth after 9 * half, never zero."""
    _check("first", first, at_least_zero=False)
    if not (half > 0 and np.isfinite(half)):
        raise ValueError(f"half is {half}; expected a positive number of episodes")
    return lambda episode: np.asarray(first / (1.0 + np.asarray(episode) / half))


def _check(name: str, value: float, at_least_zero: bool) -> None:
    if not (value <= 1 and (value >= 0 if at_least_zero else value > 0)):
        raise ValueError(f"{name} is {value}; expected a number in {'[' if at_least_zero else '('}0, 1]")
