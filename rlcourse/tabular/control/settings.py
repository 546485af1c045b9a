"""The settings that all control learners take as keywords, in one place.

A learner is written `def sarsa(mdp, **settings)`, so that its lines hold its own idea, and hands the settings on to
`Interaction`. `with_settings` spells them out where a reader looks them up: in `help`, in tooltips, in completions.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec, Required, TypedDict, get_args, get_type_hints

import numpy.typing as npt

from rlcourse.tabular.control.interaction import Interaction, Learned, RecordActionValues
from rlcourse.tabular.control.schedules import Setting

P = ParamSpec("P")


class Play(TypedDict, total=False):
    """How much is played, from where, and what is kept: what `Settings` says of it."""

    runs: Required[int]
    episodes: Required[int]
    initial: npt.ArrayLike
    seed: int
    max_episode_steps: int | None
    record: RecordActionValues | None


class Settings(Play, total=False):
    """The keywords of every control learner; `runs` and `episodes` must be given.

    runs                independent runs, walked side by side
    episodes            episodes that each of them plays
    alpha               step size in (0, 1]: a number, or one for each run [runs], or a schedule: a function of the
                        episode number of every run, [runs] -> [runs]; 0.5
    epsilon             probability to explore, in [0, 1]: likewise; 0.1
    initial             action values to begin with, a number or [S, A]; 0
    seed                of the random numbers; 0
    max_episode_steps   truncate an episode after so many steps: it stops, but what it would have gone on to earn still
                        counts, so the learner bootstraps from the state reached; None: never
    record              `record(q [m, S, A]) -> [m, ...]`, called with the tables of the m runs that have just ended an
                        episode; its answers are `Learned.record`; None
    """

    alpha: Setting
    epsilon: Setting


def with_settings(learner: Callable[P, Learned]) -> Callable[P, Learned]:
    """The learner, but its signature names the settings and their defaults, and what it does not take is a TypeError.

    The learner takes an MDP, what is its own, and `**settings`: those of `Settings` or, if it has an alpha or an
    epsilon of its own kind, of `Play`. The defaults are those of `Interaction`.
    """
    written = inspect.signature(learner)
    (rest,) = (p for p in written.parameters.values() if p.kind is p.VAR_KEYWORD)
    (taken,) = get_args(get_type_hints(learner)[rest.name])  # Settings or Play, out of Unpack[...]
    names = taken.__required_keys__ | taken.__optional_keys__
    shared = [p for name, p in inspect.signature(Interaction).parameters.items() if name in names]
    own = [p for p in written.parameters.values() if p is not rest]
    signature = written.replace(parameters=[own[0], *shared[:2], *own[1:], *shared[2:]])

    @functools.wraps(learner)
    def checked(*args: P.args, **kwargs: P.kwargs) -> Learned:
        try:
            signature.bind(*args, **kwargs)
        except TypeError as problem:
            raise TypeError(
                f"{learner.__name__}() {problem}; its arguments are {', '.join(signature.parameters)}"
            ) from None
        return learner(*args, **kwargs)

    checked.__signature__ = signature  # type: ignore[attr-defined]
    return checked
