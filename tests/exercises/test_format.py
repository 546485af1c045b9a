"""The format of content: what counts as the same result, what cannot be written down, how content is found."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from rlcourse import exercises
from rlcourse.exercises.format import Exercise, Mistake, Option, Prediction, Question, kind, same
from rlcourse.exercises.format import exercise as written

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The content module beside this file, as if it belonged to the package: notebook 99."""
    name = "rlcourse.exercises.scratch"
    spec = importlib.util.spec_from_file_location(name, ROOT / "tests" / "exercises" / "scratch.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setitem(exercises.NOTEBOOKS, 99, "scratch")
    return module


# --- when two results are the same ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.5, 0.5),
        (1, 1.0),
        (np.float64(0.5), 0.5),
        (np.array(0.5), 0.5),
        (np.array([1, 2]), np.array([1.0, 2.0])),
        (np.array([np.nan, -np.inf]), np.array([np.nan, -np.inf])),
        (True, np.True_),
        (np.array([True]), np.array([True])),
        ("up", "up"),
        (np.array(["up"]), np.array(["up"])),
        ((1.0, np.zeros(2)), [1.0, np.zeros(2)]),
        ({"v": np.ones(2), "n": 3}, {"n": 3, "v": np.ones(2)}),
        (None, None),
        ((), []),
    ],
)
def test_equal_results_are_the_same(one: Any, other: Any) -> None:
    assert same(one, other) and same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.5, 0.6),
        (1, True),
        (0.0, False),
        (np.zeros(2), [0.0, 0.0]),
        (np.zeros(2), (0.0, 0.0)),
        (np.zeros(3), np.zeros((3, 1))),
        (np.zeros(1), 0.0),
        (np.zeros(3), 0.0),
        (np.array([0.0, np.nan]), np.array([0.0, 0.0])),
        (np.inf, -np.inf),
        (np.array([1, 0]), np.array([True, False])),
        ("up", "down"),
        ("1", 1),
        ((1.0, 2.0), (1.0,)),
        ((1.0, 2.0), (1.0, 2.5)),
        ({"v": 1.0}, {"w": 1.0}),
        ({"v": 1.0}, {"v": 1.5}),
        (None, 0.0),
        (1.0, 1.0 + 0j),
        (np.array([1.0, None], dtype=object), np.array([1.0, None], dtype=object)),
        (object(), object()),
    ],
)
def test_different_results_are_not_the_same(one: Any, other: Any) -> None:
    assert not same(one, other) and not same(other, one)


def test_the_tolerance_is_relative_and_absolute() -> None:
    assert same(1000.0, 1000.9, rtol=1e-3) and not same(1000.0, 1001.1, rtol=1e-3)
    assert same(0.0, 0.9e-3, atol=1e-3) and not same(0.0, 1.1e-3, atol=1e-3)
    assert same([np.ones(2)], [np.ones(2) + 1e-4], rtol=1e-3)
    assert not same(1.0, 1.0 + 1e-9)  # exact unless told otherwise


def test_kinds_have_names_a_student_can_read() -> None:
    values = (1.0, np.zeros(2), True, "up", [1], {}, None, iter([]), np.array([None]))
    names = ["numbers", "numbers", "truth values", "text", "tuple or list", "dict", "NoneType", "list_iterator"]
    assert [kind(value) for value in values] == [*names, "object values"]


# --- how an exercise is written -------------------------------------------------------------------


def test_an_exercise_is_its_reference_decorated(scratch: ModuleType) -> None:
    total = scratch.discounted_return
    assert isinstance(total, Exercise) and (total.number, total.title) == ("99.1", "The discounted return")
    assert total.reference([1.0, 2.0], 0.5) == 2.0
    assert [mistake.function([1.0, 2.0], 0.5) for mistake in total.mistakes] == [3.0, 1.0, 1.5]  # as they stand
    assert "without γ" in total.mistakes[0].hint and total.planted is None
    hunt = scratch.sweep
    assert hunt.planted(np.eye(2), np.ones(2), np.ones(2)).tolist() == [1.9, 1.9] and "news" in hunt.symptom


def test_exercises_may_share_a_reference_and_a_wrong_answer() -> None:
    def wrong(x: float) -> float:
        return x

    one, other = (written(number, "t", cases=((-1.0,),))(abs) for number in ("1.3", "1.4"))
    assert one.wrong("the sign stays")(other.wrong("as in 1.3")(wrong)) is wrong
    assert [(e.reference, e.mistakes[0].function) for e in (one, other)] == [(abs, wrong), (abs, wrong)]
    assert [e.mistakes[0].hint for e in (one, other)] == ["the sign stays", "as in 1.3"]


def test_an_exercise_may_be_of_a_kind_that_asks_for_more() -> None:
    class Strict(Exercise):
        pass

    assert type(written("1.3", "t", kind=Strict, cases=((-1.0,),), rtol=0.1)(abs)) is Strict


# --- what is right --------------------------------------------------------------------------------


def exercise(**changed: Any) -> Exercise:
    given = {"number": "1.3", "title": "t", "reference": abs, "cases": ((-1.0,),), "mistakes": ()}
    return Exercise(**{**given, **changed})


def test_accept_lets_other_answers_of_the_same_kind_and_shape_pass() -> None:
    ties = exercise(accept=lambda result, expected, q: bool((q[result] == q.max()).all()))
    q = (np.array([1.0, 3.0, 3.0]),)
    assert ties.right(2, 1, q)
    assert not ties.right(0, 1, q)
    assert not ties.right([2], 1, q)  # another kind
    assert not ties.right(np.array([2, 2]), np.array([1]), q)  # another shape
    assert not ties.right(7, 1, q)  # accept raises IndexError
    assert not exercise().right(2, 1, q)


def test_cases_may_be_built_when_they_are_needed() -> None:
    built = []

    def build() -> list[tuple[Any, ...]]:
        built.append(1)
        return [(1.0,), (2.0,)]

    lazy = exercise(cases=build)
    assert built == []
    assert lazy.inputs() == ((1.0,), (2.0,)) and built == [1]


# --- what cannot be written down ------------------------------------------------------------------

RIGHT, WRONG = Option("yes", "because", right=True), Option("no", "that is something else")


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: exercise(number="1"), ValueError, "1.3"),
        (lambda: exercise(number=1.3), ValueError, "1.3"),
        (lambda: exercise(reference=3), ValueError, "not callable"),
        (lambda: exercise(planted=3), ValueError, "not callable"),
        (lambda: exercise(cases=()), ValueError, "no cases"),
        (lambda: exercise(cases=([1.0],)), TypeError, r"case 0 of 1.3 is a list.*\(rewards,\)"),
        (lambda: exercise(cases=lambda: [1.0]).inputs(), TypeError, "case 0 of 1.3 is a float"),
        (lambda: exercise(cases=list).inputs(), ValueError, "no cases"),
        (lambda: exercise(rtol=1e6), ValueError, "tolerance"),
        (lambda: exercise(atol=-1.0), ValueError, "tolerance"),
        (lambda: exercise(symptom="it hurts"), ValueError, "planted"),
        (lambda: exercise().wrong(abs), ValueError, r'1.3: write its sentence too, @abs.wrong\("..."\)'),  # type: ignore[arg-type]
        (lambda: exercise().planted_bug(abs), ValueError, "sentence"),  # type: ignore[arg-type]
        (lambda: exercise().wrong(" ")(abs), ValueError, "hint"),
        (lambda: exercise(planted=abs).planted_bug("it hurts"), ValueError, "1.3 has a planted bug already"),
        (lambda: Mistake(abs, " "), ValueError, "hint"),
        (lambda: Mistake(3, "a hint"), ValueError, "callable"),  # type: ignore[arg-type]
        (lambda: Mistake(abs, "forgot $\\gamma$"), ValueError, "plain text"),
        (lambda: Option(" ", "because"), ValueError, "text"),
        (lambda: Option("yes", ""), ValueError, "'yes' needs an explanation"),
        (lambda: Question("1.1", "?", (RIGHT, WRONG)), ValueError, "1.Q1"),
        (lambda: Question("1.Q1", "?", (RIGHT,)), ValueError, "one right"),
        (lambda: Question("1.Q1", "?", (WRONG, Option("maybe", "no"))), ValueError, "0 right options of 2"),
        (lambda: Question("1.Q1", "?", (RIGHT, Option("no", "n", right=True))), ValueError, "2 right options of 2"),
        (lambda: Question("1.Q1", "?", (RIGHT, WRONG, WRONG)), ValueError, "twice"),
        (lambda: Prediction("1.Q1", "?", answer=1.0, why="w"), ValueError, "1.P1"),
        (lambda: Prediction("1.P1", "?"), ValueError, "either options or an answer"),
        (lambda: Prediction("1.P1", "?", (RIGHT, WRONG), answer=1.0), ValueError, "either options or an answer"),
        (lambda: Prediction("1.P1", "?", (WRONG, WRONG)), ValueError, "one right"),
        (lambda: Prediction("1.P1", "?", answer=1.0), ValueError, "why"),
        (lambda: Prediction("1.P1", "?", answer=1.0, why="w", tolerance=-1), ValueError, "tolerance"),
    ],
)
def test_what_cannot_be_checked_is_refused(make: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        make()


# --- how content is found -------------------------------------------------------------------------


def test_content_is_found_by_number(scratch: ModuleType) -> None:
    assert exercises.exercise("99.2").title == "One Bellman backup"
    assert exercises.question("99.Q1") is scratch.QUESTIONS[0]
    assert exercises.prediction("99.P2") is scratch.PREDICTIONS[1]


@pytest.mark.parametrize(
    ("look_up", "says"),
    [
        (lambda: exercises.exercise("99.9"), "no exercise 99.9; notebook 99 has 99.1, 99.2, 99.3, 99.4"),
        (lambda: exercises.question("99.Q9"), "no quiz question 99.Q9; notebook 99 has 99.Q1"),
        (lambda: exercises.prediction("99.Q1"), "no prediction 99.Q1; notebook 99 has 99.P1, 99.P2"),
        (lambda: exercises.exercise("98.1"), "notebook 98 has no exercises.*99"),
        (lambda: exercises.exercise(99.1), '"1.3", in quotes; got 99.1'),  # type: ignore[arg-type]
        (lambda: exercises.question("one"), "\"1.Q2\", in quotes; got 'one'"),
    ],
)
def test_an_unknown_number_names_those_that_exist(scratch: ModuleType, look_up: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        look_up()


def test_content_is_imported_when_asked_for_and_needs_no_notebook() -> None:
    code = (
        "import sys; from rlcourse import exercises\n"
        "assert not [m for m in exercises.NOTEBOOKS.values() if 'rlcourse.exercises.' + m in sys.modules]\n"
        "for n in exercises.NOTEBOOKS: exercises.content(n)\n"
        "print([m for m in ('matplotlib', 'ipywidgets', 'rlcourse.notebook') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "[]\n", done.stderr


def test_pytorch_is_imported_by_the_notebooks_that_use_it_only() -> None:
    code = (
        "import sys, numpy as np; from rlcourse import exercises\n"
        "from rlcourse.exercises.format import kind, same\n"
        "for n in (1, 2): exercises.content(n)\n"
        "print(same(np.ones(2), np.ones(2)), kind(1.0), 'torch' in sys.modules)\n"
        "exercises.content(3); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "True numbers False\nTrue\n", done.stderr
