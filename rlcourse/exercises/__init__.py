"""The content of the notebooks' exercises, quizzes and predictions, found by number: "1.3", "1.Q2", "1.P1"."""

from __future__ import annotations

import re
from importlib import import_module
from types import ModuleType
from typing import TypeVar

from rlcourse.exercises.format import Exercise, Mistake, Option, Prediction, Question

__all__ = [
    "NOTEBOOKS",
    "Exercise",
    "Mistake",
    "Option",
    "Prediction",
    "Question",
    "content",
    "exercise",
    "prediction",
    "question",
]

# The number of a notebook and the folder in this one that holds its content, imported when first asked for.
NOTEBOOKS: dict[int, str] = {1: "mdp_basics", 2: "mc_td", 3: "dqn", 4: "policy_gradient"}

Entry = TypeVar("Entry", Exercise, Question, Prediction)


def content(notebook: int) -> ModuleType:
    """The content module of a notebook; raises ValueError if that notebook has none."""
    if notebook not in NOTEBOOKS:
        have = ", ".join(map(str, sorted(NOTEBOOKS))) or "none"
        raise ValueError(f"notebook {notebook} has no exercises; the notebooks that have: {have}")
    return import_module(f"{__name__}.{NOTEBOOKS[notebook]}")


def exercise(number: str) -> Exercise:
    """The exercise of a number, "1.3"; raises ValueError naming those that exist."""
    found: dict[str, Exercise] = {item.number: item for item in _module(number, "1.3").EXERCISES}
    return _pick(found, number, "exercise")


def question(id: str) -> Question:
    """The quiz question of an id, "1.Q2"; raises ValueError naming those that exist."""
    found: dict[str, Question] = {item.id: item for item in _module(id, "1.Q2").QUESTIONS}
    return _pick(found, id, "quiz question")


def prediction(id: str) -> Prediction:
    """The prediction of an id, "1.P1"; raises ValueError naming those that exist."""
    found: dict[str, Prediction] = {item.id: item for item in _module(id, "1.P1").PREDICTIONS}
    return _pick(found, id, "prediction")


def _module(id: str, example: str) -> ModuleType:
    notebook = re.match(r"(\d+)\.", id) if isinstance(id, str) else None
    if notebook is None:
        raise ValueError(f'expected a text such as "{example}", in quotes; got {id!r}')
    return content(int(notebook[1]))


def _pick(found: dict[str, Entry], id: str, what: str) -> Entry:
    if id not in found:
        raise ValueError(f"there is no {what} {id}; notebook {id.split('.')[0]} has {', '.join(found) or 'none'}")
    return found[id]
