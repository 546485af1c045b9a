"""Schedules: step sizes and exploration rates that depend on how many episodes a run has behind it.

A schedule is a function of the episode number k = 0, 1, 2, ... of every run, [runs] -> [runs]. Every control learner
takes one where it takes a step size or an epsilon, and any function of that shape will do.

Two conditions make learning settle on the optimal policy. The step sizes must sum to infinity while their squares do
not, so that errors can always be undone and noise dies out (Robbins and Monro 1951; Sutton & Barto, 2nd edition,
equation 2.7). Exploration must go on for ever and yet fade: greedy in the limit with infinite exploration, GLIE (Singh,
Jaakkola, Littman and Szepesvari 2000). 1/k does both; any constant breaks both, and is what one uses where the world
may change.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from rlcourse.mdp.arguments import for_each_run, fraction, fractions
from rlcourse.mdp.arrays import Floats, Ints

Schedule = Callable[[Ints], Floats]  # from the episode number of every run, [runs], to its value, [runs]
Setting = npt.ArrayLike | Schedule  # a number for all runs, one for each of them (a sweep is just more runs), or that


def constant(value: float) -> Schedule:
    """The same in every episode."""
    value = fraction("value", value)
    return lambda episode: np.full(np.shape(episode), value)


def harmonic(first: float = 1.0) -> Schedule:
    """first / (1 + k): first, first/2, first/3, ... With first = 1 the step sizes of a sample average."""
    return glie(first, half=1.0)


def glie(first: float = 1.0, half: float = 10.0) -> Schedule:
    """first / (1 + k / half): halved after `half` episodes, a tenth after 9 * half, never zero."""
    first = fraction("first", first, zero=False)
    if not (half > 0 and np.isfinite(half)):
        raise ValueError(f"half is {half}; expected a positive number of episodes")
    return lambda episode: np.asarray(first / (1.0 + np.asarray(episode) / half))


def number_or_schedule(name: str, value: Setting, runs: int, *, zero: bool) -> Floats | Schedule:
    """A number, or one for each run, as [runs], checked now; or a schedule, which `in_episode` checks as it goes."""
    return value if callable(value) else for_each_run(name, fractions(name, value, zero=zero), runs)


def in_episode(name: str, value: Floats | Schedule, episode: Ints, *, zero: bool) -> Floats:
    """What a setting is worth now that every run is in the given episode, [runs] -> [runs].

    Raises ValueError where a schedule returns another shape, or numbers outside [0, 1] (or (0, 1], without `zero`).
    """
    if not callable(value):
        return value
    now = fractions(name, value(episode), zero=zero)
    if now.shape != episode.shape:
        raise ValueError(f"{name} turned episodes {episode.shape} into shape {now.shape}; expected one for each run")
    return now
