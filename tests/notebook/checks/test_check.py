"""check: every kind of verdict, what is said with it, and that nothing a student writes gets past it."""

import functools
import importlib.util
import re
import sys
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from rlcourse import exercises
from rlcourse.exercises.format import Exercise, Mistake
from rlcourse.notebook.checks.check import Check
from rlcourse.notebook.checks.judge import differ, judge, own_copy
from rlcourse.notebook.checks.report import WIDTH, diagnose, report

SCRATCH = Path(__file__).resolve().parents[2] / "exercises" / "scratch.py"


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The tests' own content module, as if it belonged to the package: notebook 99."""
    name = "rlcourse.exercises.scratch"
    spec = importlib.util.spec_from_file_location(name, SCRATCH)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setitem(exercises.NOTEBOOKS, 99, "scratch")
    return module


def exercise(reference: Callable[..., Any], *cases: tuple[Any, ...], **more: Any) -> Exercise:
    return Exercise(**{"number": "9.9", "title": "T", "reference": reference, "cases": cases, "mistakes": (), **more})


def message(given: Exercise, student: Any) -> str:
    """What is said, without the line breaks that only keep it narrow."""
    return " ".join(report(given, student, judge(given, student)).split())


def returning(result: Any) -> Callable[..., Any]:
    """A function that always returns this, and another object each time where the result is an array."""
    return lambda *args: result.copy() if isinstance(result, np.ndarray) else result


def right_total(rewards: Any, discount: float) -> float:
    return float(sum(discount**k * reward for k, reward in enumerate(rewards)))


# --- the verdicts, as they are printed ------------------------------------------------------------


def undiscounted(rewards: Any, discount: float) -> Any:
    return sum(rewards)


def off_by_one(rewards: Any, discount: float) -> Any:
    k = len(rewards)
    return rewards[k] * discount


PRINTED = {
    "open": (
        lambda rewards, discount: ...,
        """\
○ 99.1  not attempted  The discounted return. It returns nothing so far (a forgotten
    `return` looks the same).
""",
    ),
    "right": (right_total, "✓ 99.1  correct  The discounted return. Right on all 3 inputs.\n"),
    "known mistake": (
        undiscounted,
        """\
✗ 99.1  not yet  The discounted return. Wrong on 1 of 3 inputs:
    input     rewards = [1, 2, 3], discount = 0.5
    expected  2.75
    got       6
    mistake   the rewards are added without γ: a reward k steps later counts γ^k.
""",
    ),
    "unknown mistake": (
        lambda rewards, discount: right_total(rewards, discount) + 1,
        """\
✗ 99.1  not yet  The discounted return. Wrong on 3 of 3 inputs, the first:
    input     rewards = [1], discount = 0.5
    expected  1
    got       2
""",
    ),
    "error": (
        off_by_one,
        """\
✗ 99.1  not yet  The discounted return. Wrong on 3 of 3 inputs, the first:
    input     rewards = [1], discount = 0.5
    error     IndexError: list index out of range
    line 62   return rewards[k] * discount
""",
    ),
    "arguments": (
        lambda rewards: 0.0,
        """\
✗ 99.1  not yet  The discounted return. It takes (rewards), which does not fit:
    called as rewards = [1], discount = 0.5
""",
    ),
}


@pytest.mark.parametrize("kind", PRINTED)
def test_a_verdict_is_printed(scratch: ModuleType, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    student, expected = PRINTED[kind]
    Check()("99.1", student)
    printed = capsys.readouterr().out
    assert re.sub(r"line \d+ ", "line 62 ", printed) == expected


def test_arrays_are_shown_with_the_place_that_differs(scratch: ModuleType, capsys: Any) -> None:
    Check()("99.2", lambda p, r, v, g: r + g * p @ v + 0.5 * (r == 2) + 0.25 * (r == 1))
    assert capsys.readouterr().out == (
        """\
✗ 99.2  not yet  One Bellman backup. Wrong on 3 of 3 inputs, the first:
    input     the world of two states, v = [0. 0.], discount = 0.9
    expected  [[1. 0.]
               [0. 2.]]
    got       [[1.25 0.  ]
               [0.   2.5 ]]
              first differs at [0, 0]: expected 1, got 1.25;
              most at [1, 1]: expected 2, got 2.5;
              2 of 4 entries differ
"""
    )


# --- not attempted --------------------------------------------------------------------------------


def unwritten(*args: Any) -> None:
    raise NotImplementedError


@pytest.mark.parametrize("stub", [returning(None), returning(...), returning((None, ...)), unwritten])
def test_a_stub_is_not_attempted(stub: Callable[..., Any]) -> None:
    assert judge(exercise(abs, (1.0,), (2.0,)), stub).status == "not attempted"


def test_what_returns_something_on_one_input_has_been_attempted() -> None:
    given = exercise(abs, (1.0,), (-2.0,))
    student = lambda x: x if x > 0 else None  # noqa: E731
    assert judge(given, student).status == "not yet"
    assert "got None note the function came to its end without a `return` on this input" in message(given, student)
    assert judge(given, returning(())).status == "not yet"


def test_a_planted_bug_shows_its_symptom_and_keeps_its_diagnosis(scratch: ModuleType) -> None:
    hunt = scratch.EXERCISES[3]
    diagnosed = Exercise(**{**vars(hunt), "mistakes": (Mistake(hunt.planted, "it reads what it wrote"),)})
    same_bug = lambda p, r, v: hunt.planted(p, r, v)  # noqa: E731
    said = message(diagnosed, same_bug)
    assert said.startswith("○ 99.4 not attempted") and "symptom after one sweep" in said
    assert "expected [2.8 2.8 1.9] got [2.8 2.8 3.52]" in said
    assert "it reads what it wrote" not in said


def test_a_bug_hunt_is_attempted_when_one_answer_has_changed(scratch: ModuleType) -> None:
    hunt = scratch.EXERCISES[3]
    still_wrong = lambda p, r, v: hunt.planted(p, r, v) * (1 if v[0] else 2)  # noqa: E731
    assert judge(hunt, still_wrong).status == "not yet"
    assert judge(hunt, lambda p, r, v: r + 0.9 * (p @ v)).status == "correct"


def test_the_reference_under_the_students_name_is_not_their_work(scratch: ModuleType, capsys: Any) -> None:
    check = Check()
    total = check.or_reference("99.1", returning(None))
    check("99.1", total)
    assert "not attempted" in capsys.readouterr().out.splitlines()[1]


# --- which mistake it is --------------------------------------------------------------------------


def test_a_mistake_is_known_though_it_is_right_on_some_cases() -> None:
    given = exercise(
        lambda x: abs(x),
        (2.0,),
        (-1.0,),
        (-3.0,),
        mistakes=(Mistake(lambda x: -x, "the sign is turned always"), Mistake(lambda x: x, "the sign stays")),
    )
    assert diagnose(given, judge(given, lambda x: float(x))) == [("mistake", "the sign stays")]
    assert diagnose(given, judge(given, lambda x: -float(x))) == [("mistake", "the sign is turned always")]


def test_agreement_on_all_cases_beats_agreement_on_the_failed_ones() -> None:
    given = exercise(
        abs,
        (2.0,),
        (-1.0,),
        mistakes=(Mistake(lambda x: -1.0, "always minus one"), Mistake(lambda x: x, "the sign stays")),
    )
    assert diagnose(given, judge(given, lambda x: x * 1.0)) == [("mistake", "the sign stays")]
    only_below_zero = exercise(abs, (2.0,), (-1.0,), mistakes=given.mistakes[:1])
    assert diagnose(only_below_zero, judge(given, lambda x: x * 1.0)) == [("perhaps", "always minus one")]


def test_agreement_on_some_failed_cases_is_no_diagnosis() -> None:
    given = exercise(abs, (-1.0,), (-2.0,), mistakes=(Mistake(lambda x: -1.0, "always minus one"),))
    assert diagnose(given, judge(given, lambda x: x)) == []


def test_a_mistake_may_be_an_error() -> None:
    given = exercise(
        lambda rewards: rewards[0],
        ([1.0],),
        mistakes=(Mistake(lambda rewards: rewards[1], "Python counts from 0"),),
    )
    assert diagnose(given, judge(given, lambda rewards: rewards[len(rewards)])) == [("mistake", "Python counts from 0")]
    assert diagnose(given, judge(given, lambda rewards: rewards["one"])) == []
    assert diagnose(given, judge(given, lambda rewards: [].pop())) == []  # another IndexError
    assert diagnose(given, judge(given, lambda rewards: 2.0)) == []


def test_a_known_mistake_silences_the_guess_at_the_cause() -> None:
    given = exercise(lambda v: v, (np.ones(3),), mistakes=(Mistake(lambda v: v[:, None], "a column"),))
    assert "mistake a column" in message(given, lambda v: v.reshape(3, 1))
    assert "keepdims" not in message(given, lambda v: v.reshape(3, 1))


def test_a_hint_is_printed_without_its_markup() -> None:
    given = exercise(
        abs, (-1.0,), mistakes=(Mistake(lambda x: x, "the *value* of $R_{t+1}$, **so** it *is* 2 * 3 * 4"),)
    )
    assert message(given, lambda x: x).endswith("mistake the value of R_{t+1}, so it is 2 * 3 * 4")


# --- how two results differ -----------------------------------------------------------------------

LONG = np.arange(30.0)
TABLE = np.arange(60.0).reshape(15, 4)


def moved(array: Any, *places: Any) -> Any:
    array = array.copy()
    for step, place in enumerate(places, start=1):
        array[place] += step
    return array


@pytest.mark.parametrize(
    ("expected", "got", "says"),
    [
        (0.5, 0.25, "expected 0.5 got 0.25"),
        (0.5, 0.5 + 1e-5, "expected 0.5 got 0.50001"),
        (1.0, 1.0 + 2e-6, "expected 1 got 1.000002"),
        (3, 4, "expected 3 got 4"),
        ("up", "down", "expected 'up' got 'down'"),
        (True, False, "expected True got False"),
        (True, 1, "note expected one truth value, got one number"),
        (1.0, [1.0], "note expected one number, got a tuple or list"),
        (1.0, "1", "note expected one number, got a text"),
        (1.0, abs, "is it to be called, with parentheses?"),
        (1.0, iter([1.0]), "got <list_iterator object> note expected one number, got a list_iterator"),
        (1.0, (i for i in [1.0]), "note `yield` makes a generator; `return` the result instead"),
        (1.0, 1 + 2j, "note expected one number, got one complex128 value"),
        (1.0, np.nan, "got nan note nan is `not a number`"),
        (np.ones(2), [1.0, 1.0], "note make it an array: np.array(...)"),
        (np.ones(2), np.array([True, True]), "expected an array of numbers, got an array of truth values"),
        (np.zeros(2), np.array([None, 0.0]), "expected an array of numbers, got an array of object values"),
        (np.ones(3), np.ones(3)[:, None], "expected shape (3,) got shape (3, 1) note an axis of length 1 is left"),
        (np.ones(3), np.ones((1, 3)), "an axis of length 1 is left: look for `keepdims=True`"),
        (np.ones(3), np.ones((3, 3)), "note [3] against [3, 1] broadcasts to [3, 3]"),
        (np.ones((2, 3)), np.ones((3, 2)), "expected shape (2, 3) got shape (3, 2) note the axes are swapped"),
        (np.ones((2, 3)), np.ones(2), "note the number of axes differs"),
        (np.ones(3), np.ones(4), "is a range one too long or too short?"),
        (np.ones(3), 1.0, "note an array is expected, not one number"),
        (1.0, np.ones(3), "note one number is expected: is a sum, a mean or an index missing?"),
        (np.ones(1), np.zeros(1), "got [0.] first differs at [0]: expected 1, got 0"),
        (
            np.array([0.1, 0.73]),
            np.array([0.1, 0.36]),
            "first differs at [1]: expected 0.73, got 0.36; 1 of 2 entries differ",
        ),
        (
            LONG,
            moved(LONG, 20, 3),
            "expected [0:10] = [0. 1. 2. 3. 4. 5. 6. 7. 8. 9.] got [0:10] = [0. 1. 2. 5. 4. 5. 6. 7. 8. 9.] "
            "first differs at [3]: expected 3, got 5; 2 of 30 entries differ",
        ),
        (LONG, moved(LONG, 17), "expected [12:22] = [12. 13. 14. 15. 16. 17. 18. 19. 20. 21.]"),
        (LONG, moved(LONG, 29), "expected [20:30] = [20."),
        (
            TABLE,
            moved(TABLE, (2, 1), (7, 3)),
            "expected [2, :] = [ 8. 9. 10. 11.] got [2, :] = [ 8. 10. 10. 11.] "
            "first differs at [2, 1]: expected 9, got 10; most at [7, 3]: expected 31, got 33; 2 of 60 entries differ",
        ),
        (np.ones(3), np.array([1.0, np.nan, 1.0]), "note nan, `not a number`, in 1 of 3 entries, at [1]"),
        (TABLE, TABLE * np.nan, "in 60 of 60 entries, first at [0, 0]: 0/0, or inf - inf?"),
        (np.array([1.0, 2.0]), np.array([1.5, np.inf]), "most at [1]: expected 2, got inf; 2 of 2 entries differ"),
        (np.array([np.nan, 2.0]), np.array([np.nan, 3.0]), "first differs at [1]"),
        (np.arange(3.0), np.array([0.5, np.nan, 5.0]), "most at [2]: expected 2, got 5; 3 of 3 entries differ"),
        (np.array([True, False]), np.array([True, True]), "first differs at [1]: expected False, got True"),
        (np.array(["up"]), np.array(["down"]), "first differs at [0]: expected 'up', got 'down'"),
        ((1.0, np.zeros(2)), (1.0, np.ones(2)), "in item [1] expected [0. 0.] got [1. 1.]"),
        ((1.0, 2.0), (1.0,), "expected 2 items got 1 items"),
        ({"v": 1.0}, {"v": 2.0}, "in item ['v'] expected 1 got 2"),
        ({"v": {"w": (1, 2)}}, {"v": {"w": (1, 3)}}, "in item ['v'] in item ['w'] in item [1] expected 2 got 3"),
        ({"v": 1.0}, {"w": 1.0}, "expected the keys ['v'] got the keys ['w']"),
    ],
)
def test_a_difference_is_put_into_words(expected: Any, got: Any, says: str) -> None:
    assert says in message(exercise(returning(expected), (0,)), lambda x: got)


# --- the input that failed ------------------------------------------------------------------------


@dataclass(frozen=True)
class World:
    num_states: int
    num_actions: int
    table: Any


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.1 + 0.2, "x = 0.3"),
        (7, "x = 7"),
        ("up", "x = 'up'"),
        (np.arange(3), "x = [0 1 2]"),
        (np.zeros((25, 4)), 'x = an array of shape (25, 4) to try it: args = check.input("9.9")'),
        ([1.0, (2, None)], "x = [1, (2, None)]"),
        (World(25, 4, np.zeros(5)), "x = World(25 states, 4 actions)"),
        (np.random.default_rng(0), "x = Generator(PCG64)"),
        ({"long": "x" * 200}, "x = a dict"),
    ],
)
def test_an_input_is_shown_in_few_words(value: Any, shown: str) -> None:
    assert f"input {shown} " in message(exercise(returning(1), (value,)), lambda x: 2)


def test_an_input_is_shown_in_the_authors_words_if_there_are_any() -> None:
    given = exercise(abs, (-1.0,), show=lambda x: f"the number {x}")
    assert "input the number -1.0 expected" in message(given, lambda x: x)


def test_a_failing_input_can_be_asked_for(scratch: ModuleType, capsys: Any) -> None:
    check = Check()
    with pytest.raises(ValueError, match=r"no check of 99.1 has failed"):
        check.input("99.1")
    check("99.1", undiscounted)
    assert check.input("99.1") == ([1.0, 2.0, 3.0], 0.5)
    check.input("99.1")[0].clear()  # a copy
    assert check.input("99.1") == ([1.0, 2.0, 3.0], 0.5)


# --- arguments and results are kept apart ---------------------------------------------------------


def in_place(v: Any) -> Any:
    v += 1
    return v


def test_a_right_answer_that_writes_into_its_argument_is_right_and_warned_of() -> None:
    given = exercise(lambda v: v + 1, (np.zeros(2),), (np.ones(2),))
    assert judge(given, in_place).status == "correct"  # the second case did not feel the first
    assert message(given, in_place).endswith(
        "note it writes into its argument `v`, which changes it for the caller too: work on a copy"
    )
    assert "note" not in message(given, lambda v: v + 1)


def test_a_wrong_answer_that_writes_into_its_argument_is_told_so() -> None:
    said = message(exercise(lambda v, w: v + 2, (np.zeros(2), [1.0])), lambda v, w: in_place(v))
    assert said.startswith("✗") and "it writes into its argument `v`," in said
    cleared = message(exercise(lambda v, w: 0, (np.zeros(2), {"a": [1.0]})), lambda v, w: w["a"].clear() or 1)
    assert "it writes into its argument `w`," in cleared


def test_an_exercise_in_writing_into_arguments_warns_nobody() -> None:
    assert "note" not in message(exercise(in_place, (np.zeros(2),)), lambda v: in_place(v))


def test_a_result_that_is_one_object_again_and_again_is_kept_as_it_was() -> None:
    buffer = np.zeros(1)

    def reused(x: float) -> Any:
        buffer[0] = x
        return buffer

    assert judge(exercise(lambda x: np.array([x]), (1.0,), (2.0,)), reused).status == "correct"


def test_read_only_arrays_stay_read_only() -> None:
    locked = np.zeros(2)
    locked.setflags(write=False)
    given = exercise(lambda v: v + 1, (locked,))
    assert "error ValueError: output array is read-only" in message(given, in_place)
    inside = exercise(lambda world: world.table + 1, (World(1, 1, locked),))
    assert "read-only" in message(inside, lambda world: in_place(world.table))


def test_a_world_that_is_written_into_is_a_copy_and_noticed() -> None:
    world = World(2, 1, np.zeros(2))
    given = exercise(lambda world: world.table + 1, (world,))
    assert judge(given, lambda world: in_place(world.table)).status == "correct"
    assert "it writes into its argument `world`" in message(given, lambda world: in_place(world.table))
    assert world.table.tolist() == [0.0, 0.0]


def test_everybody_draws_the_same_random_numbers() -> None:
    given = exercise(lambda rng: rng.random(3), (np.random.default_rng(0),))
    assert judge(given, lambda rng: rng.random(3)).status == "correct"
    assert "note" not in message(given, lambda rng: rng.random(3))


def test_copies_are_deep_and_of_the_same_types() -> None:
    pair = namedtuple("pair", "a b")
    value = (pair([1], np.zeros(2)), {"k": [np.ones(1)]}, World(1, 1, np.zeros(2)))
    twin = own_copy(value)
    assert type(twin[0]) is pair and not differ(value, twin)
    twin[0].a.append(2), twin[1]["k"].append(0), in_place(twin[2].table)
    assert [len(value[0].a), len(value[1]["k"]), value[2].table.sum()] == [1, 1, 0.0]


# --- nothing gets out -----------------------------------------------------------------------------


class Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]


class MuteError(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def fail(error: BaseException) -> Any:
    raise error


def cyclic(x: float) -> list[Any]:
    result: list[Any] = []
    result.append(result)
    return result


def endless(x: float) -> float:
    return endless(x)


async def later(x: float) -> float:
    return x


class Method:
    def total(self, x: float) -> float:
        return 1 / 0


STUDENTS = {
    "exit": lambda x: exit(),
    "mute error": lambda x: fail(MuteError()),
    "empty error": lambda x: fail(ValueError()),
    "base error": lambda x: fail(GeneratorExit()),
    "long error": lambda x: fail(ValueError("long " * 400)),
    "lines": lambda x: fail(ValueError("one\n\ntwo\n" + "three" * 99)),
    "address": lambda x: fail(ValueError(repr(object()))),
    "unprintable": lambda x: Unprintable(),
    "unprintables": lambda x: [Unprintable()],
    "unprintable array": lambda x: np.array([Unprintable()]),
    "cyclic": cyclic,
    "endless": endless,
    "object": lambda x: object(),
    "a class": lambda x: Method,
    "module": lambda x: np,
    "masked": lambda x: np.ma.masked_array([1.0, 2.0], [True, False]),
    "matrix": lambda x: np.asmatrix(np.eye(2)),
    "structured": lambda x: np.zeros(2, dtype=[("a", float)]),
    "dates": lambda x: np.array(["2024-01-01"], dtype="datetime64[D]"),
    "empty": lambda x: np.zeros((0, 3)),
    "huge integer": lambda x: 10**400,
    "huge array": lambda x: np.zeros(10**6),
    "lock": lambda x: sys.stdout,
    "set": lambda x: {1, 2},
    "partial": functools.partial(pow, 2),
    "method": Method().total,
    "class as function": Method,
    "ufunc": np.negative,
    "builtin": min,
    "printer": print,
    "no arguments": lambda: 1,
    "keyword only": lambda *, x: 1,
    "many arguments": lambda *args, **kwargs: args[7],
    "number": 3.0,
    "nothing": None,
    "text": "total",
    "array": np.zeros(3),
}


@pytest.mark.parametrize("name", STUDENTS)
@pytest.mark.parametrize("reference", [lambda x: 1.5, lambda x: np.ones(2), lambda x: (1, {"a": "b"}), lambda x: True])
def test_nothing_gets_out_and_every_message_is_narrow_and_repeats(
    scratch: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: Any, name: str, reference: Any
) -> None:
    given = exercise(reference, (-1.0,), (2.0,), mistakes=(Mistake(lambda x: 7, "seven"),))
    monkeypatch.setattr(scratch, "EXERCISES", (Exercise(**{**vars(given), "number": "99.1"}),))
    printed = []
    for _ in range(2):
        Check()("99.1", STUDENTS[name])
        printed.append(capsys.readouterr().out)
    said = printed[0].splitlines()
    said = said[2:] if name == "printer" else said  # what it printed itself, -1.0 and 2.0
    assert re.match("[✗○] 99.1  (not yet|not attempted)  T. ", said[0]), printed[0]
    assert max(map(len, said)) <= WIDTH and len(said) < 25
    assert printed[0] == printed[1] and "0x" not in printed[0]


def test_a_coroutine_is_an_answer_like_any_other() -> None:
    result = later(1.0)
    assert "expected one number, got a coroutine" in message(exercise(abs, (1.0,)), lambda x: result)
    result.close()


def test_an_interrupt_gets_through() -> None:
    with pytest.raises(KeyboardInterrupt):
        judge(exercise(abs, (1.0,)), lambda x: fail(KeyboardInterrupt()))


def test_an_error_in_the_reference_is_not_blamed_on_the_student() -> None:
    with pytest.raises(ZeroDivisionError):
        judge(exercise(lambda x: 1 / 0, (1.0,)), lambda x: 1)


def test_the_line_is_the_students_own_though_the_error_is_deeper() -> None:
    def student(x: float) -> Any:
        helper = np.linalg.solve
        return helper(np.zeros((2, 2)), np.ones(2))

    said = message(exercise(abs, (1.0,)), student)
    assert re.search(r"error LinAlgError: Singular matrix line \d+ return helper\(np.zeros", said)


def test_dots_that_are_left_are_pointed_out() -> None:
    assert "one of the `...` is still to be filled in" in message(exercise(abs, (1.0,)), lambda x: x + ...)


def test_what_a_student_prints_is_shown_and_warnings_of_the_course_are_not(
    scratch: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    given = exercise(lambda x: x, (np.zeros(1),), mistakes=(Mistake(lambda x: x + np.mean([]), "divides by zero"),))
    monkeypatch.setattr(scratch, "EXERCISES", (Exercise(**{**vars(given), "number": "99.1"}),))
    Check()("99.1", lambda x: print("here", x) or x + np.nan)  # warnings are errors in these tests
    said = capsys.readouterr()
    assert said.out.startswith("here [0.]\n✗ 99.1  not yet") and "mistake   divides by zero" in said.out
    assert said.err == ""


# --- numbers, the reference, progress -------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("99.9", "check: there is no exercise 99.9; notebook 99 has 99.1, 99.2, 99.3, 99.4.\n"),
        (99.1, 'check: expected a text such as "1.3", in quotes; got 99.1.\n'),
        (None, 'check: expected a text such as "1.3", in quotes; got None.\n'),
    ],
)
def test_a_wrong_number_is_told(scratch: ModuleType, capsys: Any, number: Any, says: str) -> None:
    Check()(number, undiscounted)
    assert capsys.readouterr().out == says


def test_the_notebook_goes_on_with_the_students_function_if_it_is_right(scratch: ModuleType, capsys: Any) -> None:
    def noisy(rewards: Any, discount: float) -> float:
        print("noise")
        return right_total(rewards, discount)

    assert Check().or_reference("99.1", noisy) is noisy
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("student", [undiscounted, returning(None), off_by_one, lambda: 1, 3.0, None])
def test_the_notebook_goes_on_with_the_reference_if_it_is_not(scratch: ModuleType, capsys: Any, student: Any) -> None:
    assert Check().or_reference("99.1", student) is scratch.discounted_return.reference
    assert capsys.readouterr().out == "99.1 is open: going on with the reference.\n"


def test_the_reference_of_an_unknown_number_is_an_error(scratch: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"there is no exercise 99\.9"):
        Check().or_reference("99.9", undiscounted)


def test_progress_lists_what_is_done_and_what_is_open(scratch: ModuleType, capsys: Any) -> None:
    check = Check()
    check.progress()
    check("99.1", undiscounted)
    check("99.1", right_total)
    check("99.2", returning(None))
    check.or_reference("99.4", returning(1))
    capsys.readouterr()
    check.progress()
    expected = """\
Notebook 99: 1 of 4 exercises done.
  ✓ 99.1  correct  The discounted return
  ○ 99.2  not attempted  One Bellman backup
  · 99.3  not checked  The greedy action
  ✗ 99.4  not yet  Bug hunt: a sweep that runs ahead
"""
    assert capsys.readouterr().out == expected
    check.progress(99)
    assert capsys.readouterr().out == expected


def test_progress_before_any_check_says_so(scratch: ModuleType, capsys: Any) -> None:
    Check().progress()
    assert capsys.readouterr().out == "No exercise has been checked yet.\n"
    Check().progress(99)
    assert capsys.readouterr().out.startswith("Notebook 99: 0 of 4 exercises done.\n  · 99.1  not checked")


def test_a_loop_that_never_ends_is_stopped_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: Any) -> float:
        while True:
            pass

    monkeypatch.setattr("rlcourse.notebook.checks.judge.PATIENCE", 0.3)
    verdict = judge(exercises.exercise("1.6"), endless)
    assert verdict.status == "not yet" and len(verdict.failed) == len(verdict.cases)
    error = verdict.attempts[0].error
    assert isinstance(error, TimeoutError) and "Does the loop end?" in str(error)
    assert verdict.attempts[1] is verdict.attempts[0]  # the other cases do not cost another wait


def test_an_interruption_by_hand_is_not_swallowed() -> None:
    def interrupted(*_: Any) -> float:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(exercises.exercise("1.6"), interrupted)
