"""How the content of a notebook is written down: exercises, quiz questions, predictions.

The content of a notebook is a folder, `rlcourse/exercises/mdp_basics/`, whose `__init__` lists `EXERCISES`,
`QUESTIONS` and `PREDICTIONS` in order. An exercise is one block: its cases, its reference, and below that each known
wrong answer beside the sentence that says what it is, as a student would write it.

    @exercise("1.1", "The discounted return", cases=(([1.0], 0.5), ([1.0, 2.0, 3.0], 0.5)))
    def discounted_return(rewards, discount):
        return sum(discount**k * reward for k, reward in enumerate(rewards))

    @discounted_return.wrong("the rewards are added without γ: a reward k steps later counts γ^k.")
    def _(rewards, discount):
        return sum(rewards)

The name now stands for the `Exercise`, and `discounted_return.reference` for the function. Where several wrong answers
fit equally well, a check names the first. Bug hunts that share a reference: `hunt = exercise("1.7", ...)(sweep)`.

The texts of questions and predictions are sentences with $mathematics$, `code`, *emphasis* and **bold**. What a check
prints (titles, hints, symptoms) is plain text, without TeX commands: γ, v(s'); a $ or an *emphasis* in it is dropped.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import EllipsisType, NoneType
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Case = tuple[Any, ...]
Function = TypeVar("Function", bound=Callable[..., Any])

TENSOR = "tensor of "  # how the kind of a tensor begins


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer, and the sentence that says what it is ("this is the Sarsa target, ...")."""

    function: Callable[..., Any]
    hint: str

    def __post_init__(self) -> None:
        _require(callable(self.function), f"a Mistake's function must be callable, got {self.function!r}")
        _require(bool(self.hint.strip()), "a Mistake needs a hint: a sentence that says what it is")
        _require("\\" not in self.hint, f"hints are printed as plain text: write γ, not \\gamma: {self.hint!r}")


@dataclass(eq=False, kw_only=True)
class Exercise:
    """A function for the student to write, and all that is needed to tell which mistake was made.

    Made by decorating its reference with `exercise`; `wrong` adds a known wrong answer, `planted_bug` turns it into a
    bug hunt.

    The reference and the mistakes take the same arguments as the student's function and return a number, a truth
    value, a string, a NumPy array, a PyTorch tensor, or a tuple, list or dict of those. Cases run from the simplest to
    the subtlest: the first that fails is the one shown. Raises ValueError or TypeError for what cannot be checked.
    """

    number: str  # notebook.exercise, "1.3"
    title: str
    reference: Callable[..., Any]
    cases: tuple[Case, ...] | Callable[[], Iterable[Case]]  # argument tuples; a callable builds them when needed
    mistakes: tuple[Mistake, ...] = ()
    rtol: float = 1e-6
    atol: float = 1e-8
    show: Callable[..., str] | None = None  # show(*args) describes a case in a line; default: names and values
    accept: Callable[..., bool] | None = None  # accept(result, expected, *args), where several answers are right
    planted: Callable[..., Any] | None = None  # a bug hunt: the broken function that the notebook shows
    symptom: str = ""  # of the planted bug: what one sees, not why

    def __post_init__(self) -> None:
        _identify(self.number, r"\d+\.\d+", "Exercise number", "1.3")
        for what in (self.reference, *filter(None, (self.show, self.accept, self.planted))):
            _require(callable(what), f"{self.number}: {what!r} is not callable; give the function itself")
        for tolerance in (self.rtol, self.atol):
            _require(0 <= tolerance < 1, f"{self.number}: tolerances lie in [0, 1), got {tolerance}")
        _require(self.planted is not None or not self.symptom, f"{self.number}: a symptom needs a planted function")
        if not callable(self.cases):
            self._validated(self.cases)

    def wrong(self, hint: str) -> Callable[[Function], Function]:
        """Decorates a known wrong answer; `hint` is the sentence that says what it is."""

        self._require_text(hint, "wrong")

        def add(function: Function) -> Function:
            self.mistakes += (Mistake(function, hint),)
            return function

        return add

    def planted_bug(self, symptom: str) -> Callable[[Function], Function]:
        """Decorates the broken function that the notebook shows; `symptom` says what one sees of it, not why."""

        self._require_text(symptom, "planted_bug")
        _require(self.planted is None, f"{self.number} has a planted bug already")

        def plant(function: Function) -> Function:
            self.planted, self.symptom = function, symptom
            return function

        return plant

    def _require_text(self, text: Any, decorator: str) -> None:
        name = getattr(self.reference, "__name__", "exercise")
        _require(isinstance(text, str), f'{self.number}: write its sentence too, @{name}.{decorator}("...")')

    def inputs(self) -> tuple[Case, ...]:
        """The cases as a tuple of argument tuples, built now if they are given as a callable."""
        return self._validated(tuple(self.cases()) if callable(self.cases) else self.cases)

    def _validated(self, cases: tuple[Case, ...]) -> tuple[Case, ...]:
        _require(len(cases) > 0, f"{self.number} has no cases")
        for index, case in enumerate(cases):
            if not isinstance(case, tuple):
                raise TypeError(
                    f"case {index} of {self.number} is a {type(case).__name__}; every case is a tuple of arguments, "
                    "also where there is only one: (rewards,)"
                )
        return cases

    def same(self, one: Any, other: Any) -> bool:
        """Whether two results are equal within this exercise's tolerance."""
        return same(one, other, self.rtol, self.atol)

    def right(self, result: Any, expected: Any, case: Case) -> bool:
        """Whether a result is a right answer to a case.

        `accept` is asked only about results of the reference's kind and shape; where it raises, that is a no.
        """
        if self.same(result, expected):
            return True
        if self.accept is None or kind(result) != kind(expected):
            return False
        if (isinstance(expected, np.ndarray) or is_tensor(expected)) and np.shape(result) != np.shape(expected):
            return False
        try:
            return bool(self.accept(result, expected, *case))
        except Exception:
            return False


def exercise(
    number: str, title: str, *, kind: type[Exercise] = Exercise, **more: Any
) -> Callable[[Callable[..., Any]], Exercise]:
    """Decorates the reference of an exercise, which becomes the `Exercise`; `more` are fields of `kind`, as cases."""
    return lambda reference: kind(number=number, title=title, reference=reference, **more)


@dataclass(frozen=True)
class Option:
    """An answer to choose, and what is said to those who choose it: for a wrong one, what the misconception is."""

    text: str
    why: str
    right: bool = False

    def __post_init__(self) -> None:
        _require(bool(self.text.strip()), "an Option needs a text")
        _require(bool(self.why.strip()), f"option {self.text!r} needs an explanation for those who choose it")


@dataclass(frozen=True)
class Question:
    """A quiz question. The options are shown in an order drawn once from the id, or as written if `in_order`."""

    id: str  # "1.Q1"
    text: str
    options: tuple[Option, ...]
    in_order: bool = False

    def __post_init__(self) -> None:
        _identify(self.id, r"\d+\.Q\d+", "Question id", "1.Q1")
        _validate_options(self.id, self.options)


@dataclass(frozen=True)
class Prediction:
    """What the reader commits to before seeing the answer: one of some options, or a number.

    A number is right within `tolerance`; `below` and `above` speak to those who guessed too low or too high.
    `why` is said to everybody, after what is said of the guess.
    """

    id: str  # "1.P1"
    text: str
    options: tuple[Option, ...] = ()
    answer: float | None = None
    tolerance: float = 0.0
    below: str = ""
    above: str = ""
    why: str = ""
    in_order: bool = False

    def __post_init__(self) -> None:
        _identify(self.id, r"\d+\.P\d+", "Prediction id", "1.P1")
        _require(
            bool(self.options) != (self.answer is not None), f"{self.id} needs either options or an answer, a number"
        )
        if self.options:
            _validate_options(self.id, self.options)
        else:
            _require(bool(self.why.strip()), f"{self.id} needs a why: the explanation of the answer")
            _require(self.tolerance >= 0, f"{self.id}: the tolerance must be at least 0, got {self.tolerance}")


def same(one: Any, other: Any, rtol: float = 0.0, atol: float = 0.0) -> bool:
    """Whether two results are equal: in kind, in shape, and in value within the tolerance; NaN equals NaN.

    A number and an array without axes are the same, so are integers and floats of equal value, so are a tuple and
    a list; truth values are not numbers, a list is not an array, and neither a number nor an array is a tensor.
    Tensors are compared by their entries: device, gradient and the width of a float do not count.
    """
    if kind(one) != kind(other):
        return False
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key], rtol, atol) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(same(a, b, rtol, atol) for a, b in zip(one, other, strict=True))
    if isinstance(one, str | NoneType | EllipsisType):
        return bool(one == other)
    if (entries := entries_of(one)) in ("numbers", "truth values", "texts"):
        a, b = as_array(one), as_array(other)
        if entries != "numbers":
            return bool(np.array_equal(a, b))
        return a.shape == b.shape and bool(np.allclose(a, b, rtol, atol, equal_nan=True))
    return False


def kind(value: Any) -> str:
    """What a result is made of, in a word for the student; two results of different kinds are never the same."""
    if is_tensor(value):
        return TENSOR + entries_of(value)
    if isinstance(value, Mapping):
        return "dict"
    if isinstance(value, list | tuple):
        return "tuple or list"
    if isinstance(value, bool | int | float | complex | np.generic | np.ndarray):
        dtype = np.asarray(value).dtype
        return {"b": "truth values", "U": "texts", "i": "numbers", "u": "numbers", "f": "numbers"}.get(
            dtype.kind, f"{dtype} values"
        )
    return "text" if isinstance(value, str) else type(value).__name__


def entries_of(value: Any) -> str:
    """The kind of a result, where a tensor's is that of its entries."""
    if not is_tensor(value):
        return kind(value)
    if value.is_meta or value.is_nested or value.is_quantized or str(value.layout) != "torch.strided":
        return "entries that cannot be compared"
    if value.is_complex():
        return f"{str(value.dtype).removeprefix('torch.')} values"
    return "truth values" if str(value.dtype) == "torch.bool" else "numbers"


def is_tensor(value: Any) -> bool:
    """Whether a value is a PyTorch tensor, found out without importing PyTorch: the first notebooks do without it."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def as_array(value: Any) -> Any:
    """A result as a NumPy array; of a tensor the entries alone, floats in double precision."""
    if not is_tensor(value):
        return np.asarray(value)
    entries = value.detach().cpu().resolve_neg()  # still attached to its graph, or on a GPU: both may be
    return (entries.double() if entries.is_floating_point() else entries).numpy()


def _validate_options(id_: str, options: tuple[Option, ...]) -> None:
    right = sum(option.right for option in options)
    _require(len(options) >= 2 and right == 1, f"{id_} has {right} right options of {len(options)}; expected one right")
    _require(len({option.text for option in options}) == len(options), f"{id_} shows the same option twice")


def _identify(id_: str, pattern: str, what: str, example: str) -> None:
    _require(
        isinstance(id_, str) and re.fullmatch(pattern, id_) is not None,
        f'{what} {id_!r}: expected a text as "{example}"',
    )


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ValueError(message)
