"""Settings of a learner, each declared in one place: default, meaning, legal range, usual range, live or fixed.

    @dataclass(frozen=True)
    class DQNConfig(Settings):
        learning_rate: float = live(1e-3, "step size of Adam", "> 0", (1e-5, 1e-2, "log"))
        hidden: tuple[int, ...] = fixed((128, 128), "units of the hidden layers", ">= 1")

`live` fields may change while the learner trains, `fixed` ones shape what it is made of. From the declaration follow
the check of every value and its error message, the table in `help(DQNConfig)`, and a notebook's slider: `usual_range`.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
import operator
import re
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar

import numpy as np

T = TypeVar("T")
Usual = tuple[float, float] | tuple[float, float, float | Literal["log"]] | list[Any]
SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
WORDS: dict[Any, tuple[str, str]] = {
    int: ("an integer", "integers"),
    float: ("a number", "numbers"),
    str: ("a text", "texts"),
}


def live(default: T, sentence: str, legal: str = "", usual: Usual | None = None) -> T:
    """A field that may be changed while the learner trains: see `fixed`."""
    return _declared(default, sentence, legal, usual, live=True)


def fixed(default: T, sentence: str, legal: str = "", usual: Usual | None = None) -> T:
    """A field that keeps its value as long as the learner lives.

    The annotation says what it is: bool, int, float, str, Literal["a", "b"], tuple[int, ...], or several of them, such
    as float | None; a tuple has at least one item, unless the annotation is tuple[int, ...] | tuple[()].
    Numbers are finite, and `legal` is their range: "> 0", ">= 1", "[0, 1]", "(0, 1]", or "> v_min", where `v_min` is a
    field declared above; in a tuple it holds for every item. `usual` is where a slider moves: (low, high), with a step
    of 1 or a hundredth unless one is given, (low, high, step) or (low, high, "log"), or a list of choices.
    """
    return _declared(default, sentence, legal, usual, live=False)


def _declared(default: T, sentence: str, legal: str, usual: Usual | None, *, live: bool) -> T:
    metadata = {"sentence": sentence, "legal": legal, "usual": usual, "live": live}
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Settings:
    """The settings of a learner, a frozen dataclass whose fields are declared by `live` and `fixed`.

    Raises ValueError naming the field, its value and what is legal. Numbers of NumPy (say of np.logspace) become
    Python's, since no others can be read back from a file. A condition that one declaration cannot express belongs into
    a `__post_init__` that calls this one first.
    """

    kinds: ClassVar[dict[str, Any]] = {}  # the annotations of the fields, as types

    def __init_subclass__(cls, **arguments: Any) -> None:
        """Check the declarations, and write them into the docstring."""
        super().__init_subclass__(**arguments)
        above: list[str] = []
        for name in inspect.get_annotations(cls):
            declared = getattr(cls, name, None)
            if not isinstance(declared, dataclasses.Field) or "sentence" not in declared.metadata:
                raise TypeError(f"{cls.__name__}.{name} is not declared by live(...) or fixed(...)")
            bounds = [bound for _, bound in _limits(declared.metadata["legal"])]
            if any(isinstance(bound, str) and bound not in above for bound in bounds):
                raise TypeError(f"{cls.__name__}.{name} is to be {declared.metadata['legal']}: no such field above it")
            above.append(name)
        cls.kinds = typing.get_type_hints(cls)
        cls.__doc__ = f"{inspect.cleandoc(cls.__doc__ or cls.__name__)}\n\n{_table(cls)}"

    def __post_init__(self) -> None:
        for entry in dataclasses.fields(self):
            value = _plain(getattr(self, entry.name))
            object.__setattr__(self, entry.name, value)
            limits = _limits(entry.metadata["legal"])
            others: dict[Any, Any] = {bound: getattr(self, bound) for _, bound in limits if isinstance(bound, str)}
            if not _fits(value, self.kinds[entry.name], [(sign, others.get(bound, bound)) for sign, bound in limits]):
                expected = _in_words(self.kinds[entry.name], entry.metadata["legal"], entry.default)
                expected += "".join(f" = {other}" for other in others.values())
                raise ValueError(f"{entry.name} is {value!r}; expected {expected}")


def usual_range(config: Settings, name: str) -> Any:
    """What a control for the field moves over: (low, high, step), (low, high, "log"), a list of choices, or True.

    True is for a box to tick. The present value is always in it: a range reaches as far, a list holds it too. Raises
    ValueError if there is no such field, or if its declaration says no usual range.
    """
    entries = {entry.name: entry for entry in dataclasses.fields(config)}
    if name not in entries:
        raise ValueError(f"{type(config).__name__} has no field {name!r}; its fields are: {', '.join(entries)}")
    kind, usual, value = config.kinds[name], entries[name].metadata["usual"], getattr(config, name)
    if kind is bool:
        return True
    if typing.get_origin(kind) is Literal:
        return list(typing.get_args(kind))
    if usual is None:
        raise ValueError(f"{type(config).__name__}.{name} has no usual range; say one, such as (low, high, step)")
    if isinstance(usual, list):
        return usual if value in usual else sorted([*usual, value])
    low, high = usual[:2]
    step = usual[2] if len(usual) == 3 else 1 if kind is int else float(f"{(high - low) / 100:.1g}")
    return min(low, value), max(high, value), step


# --- what is legal ----------------------------------------------------------------------------------------------------


def _limits(legal: str) -> list[tuple[str, float | str]]:
    """Signs and bounds of a range: "[0, 1]" is [(">=", 0), ("<=", 1)], "> v_min" is [(">", "v_min")]."""
    interval = re.fullmatch(r"([\[(])(.+), (.+)([\])])", legal)
    if interval:
        opening, low, high, closing = interval.groups()
        pairs = [({"[": ">=", "(": ">"}[opening], low), ({"]": "<=", ")": "<"}[closing], high)]
    else:
        pairs = [(sign, bound) for sign, _, bound in [legal.partition(" ")] if legal]
    if not all(sign in SIGNS and bound for sign, bound in pairs):
        raise TypeError(f'{legal!r} is no range; expected one such as "> 0", ">= 1", "[0, 1]" or "> another_field"')
    return [(sign, bound if bound.isidentifier() else float(bound)) for sign, bound in pairs]


def _fits(value: Any, kind: Any, legal: list[tuple[str, float]]) -> bool:
    """Whether a value is of the kind, and in the range."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        return value in inner
    if origin is tuple:
        if not inner or value == ():
            return not inner and value == ()
        return isinstance(value, tuple) and all(_fits(item, inner[0], legal) for item in value)
    if origin in (typing.Union, types.UnionType):
        return any(value is None if kind is types.NoneType else _fits(value, kind, legal) for kind in inner)
    if kind in (bool, str):
        return isinstance(value, kind)
    number = isinstance(value, int if kind is int else int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and all(SIGNS[sign](value, bound) for sign, bound in legal)


def _in_words(kind: Any, legal: str, default: Any = None) -> str:
    """What is expected: "a number in [0, 1]", "None or a tuple of integers >= 1"."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    limits = f" in {legal}" if legal[:1] in ("[", "(") else f" {legal}" if legal else ""
    if kind is bool:
        return "True or False"
    if kind is types.NoneType:
        return "None"
    if origin is Literal:
        return f"one of {', '.join(map(repr, inner))}"
    if origin is tuple:
        if not inner:
            return "()"
        example = f", such as {default}" if isinstance(default, tuple) else ""
        return f"a tuple of {WORDS[inner[0]][1]}{limits}{example}"
    if origin in (typing.Union, types.UnionType):
        kinds = sorted(inner, key=lambda kind: kind is not types.NoneType)  # None comes first
        return " or ".join(_in_words(kind, legal, default) for kind in kinds)
    return f"{WORDS[kind][0]}{limits}"


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    return value.item() if isinstance(value, np.generic) else value


# --- what is said of it -----------------------------------------------------------------------------------------------


def _table(cls: type[Settings]) -> str:
    """All settings in text: a line with the numbers of each, and below it what it means."""
    rows = [("setting", "default", "may change", "legal", "usual", "")]
    for name in inspect.get_annotations(cls):
        entry = getattr(cls, name)
        usual = entry.metadata["usual"] or ""
        if isinstance(usual, tuple):
            usual = f"{usual[0]:g} to {usual[1]:g}"
        elif usual:
            usual = ", ".join(map(str, usual))
        change = "live" if entry.metadata["live"] else "fixed"
        legal = _in_words(cls.kinds[name], entry.metadata["legal"])
        rows.append((name, str(entry.default), change, legal, usual, entry.metadata["sentence"]))
    widths = [max(len(row[column]) for row in rows) + 2 for column in range(5)]
    lines = []
    for *cells, sentence in rows:
        lines.append("".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())
        lines += [f"    {sentence}"] * bool(sentence)
    return "\n".join(lines)
