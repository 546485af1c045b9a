"""Runs a student's function and the reference side by side, each on its own copy of every case, and compares."""

from __future__ import annotations

import _thread
import copy
import inspect
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, is_dataclass
from typing import Any

import numpy as np

from rlcourse.exercises.format import Case, Exercise, is_tensor, same

Function = Callable[..., Any]

PATIENCE = 10.0  # seconds for one call of a student's function


@dataclass(frozen=True)
class Attempt:
    """What a function made of one case: a result or an error, and which arguments it wrote into."""

    result: Any = None
    error: BaseException | None = None
    changed: frozenset[int] = frozenset()

    @property
    def blank(self) -> bool:
        """Nothing was filled in: the result is None or `...`, or several of them."""
        if self.error is not None:
            return isinstance(self.error, NotImplementedError)
        results = self.result if isinstance(self.result, tuple) and self.result else (self.result,)
        return all(result is None or result is ... for result in results)


@dataclass(frozen=True)
class Verdict:
    """How a student's function fared: its status, its attempts beside the reference's, and the cases it failed."""

    status: str
    cases: tuple[Case, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    expected: tuple[Attempt, ...] = ()
    failed: tuple[int, ...] = ()


def judge(exercise: Exercise, student: Function) -> Verdict:
    """Run a student's function and the reference on every case and compare."""
    cases = exercise.inputs()
    if student is exercise.reference:  # the name of the function now stands for the reference: see or_reference
        return Verdict("not attempted")
    if not callable(student) or not accepts(student, cases[0]):
        return Verdict("not yet")
    attempts = tuple(attempts_at(student, cases))
    if all(one.blank for one in attempts):
        return Verdict("not attempted")
    expected = tuple(known(exercise.reference, case) for case in cases)
    for one in expected:
        if one.error is not None:
            raise one.error  # a fault of the course's own
    failed = tuple(
        index
        for index, (case, one, right) in enumerate(zip(cases, attempts, expected, strict=True))
        if one.error is not None or not exercise.right(one.result, right.result, case)
    )
    status = "not yet" if failed else "correct"
    if failed and exercise.planted is not None:
        planted = (known(exercise.planted, case) for case in cases)
        if all(alike(exercise, one, other) for one, other in zip(attempts, planted, strict=True)):
            status = "not attempted"
    return Verdict(status, cases, attempts, expected, failed)


def attempts_at(function: Function, cases: Iterable[Case]) -> Iterator[Attempt]:
    """An attempt at every case; after one that never ended the others are not tried, but count as the same."""
    endless: Attempt | None = None
    for case in cases:
        one = endless or attempt(function, case)
        yield one
        endless = one if isinstance(one.error, TimeoutError) else None


def attempt(function: Function, case: Case) -> Attempt:
    """Call a function on its own copy of the arguments, and keep a copy of what it returns."""
    args = own_copy(case)
    try:
        result = own_copy(within(PATIENCE, function, args))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: `exit()` must not end the kernel
        return Attempt(error=error)
    changed = (i for i, (before, after) in enumerate(zip(case, args, strict=True)) if differ(before, after))
    return Attempt(result, changed=frozenset(changed))


def within(seconds: float, function: Function, args: Case) -> Any:
    """Call a function; raises TimeoutError if it still runs after that many seconds (where Ctrl-C could stop it)."""
    if threading.current_thread() is not threading.main_thread():
        return function(*args)
    turn, over, late = threading.Lock(), False, False

    def stop() -> None:
        nonlocal late
        with turn:  # never after the function has returned: the interruption would hit somebody else
            if not over:
                late = True
                _thread.interrupt_main()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        return function(*args)
    except KeyboardInterrupt:
        if late:
            raise TimeoutError(
                f"still running after {seconds:g} seconds. Does the loop end? Print what it compares, sweep by sweep"
            ) from None
        raise
    finally:
        with turn:
            over = True
        timer.cancel()


def known(function: Function, case: Case) -> Attempt:
    """An attempt of the course's own functions: their warnings are not the student's."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return attempt(function, case)


def alike(exercise: Exercise, one: Attempt, other: Attempt) -> bool:
    """Whether two functions did the same: the same result, or the same error."""
    if one.error is not None or other.error is not None:
        return type(one.error) is type(other.error) and str(one.error) == str(other.error)
    return exercise.same(one.result, other.result)


def accepts(function: Function, case: Case) -> bool:
    """Whether a function can be called with these arguments, as far as its signature tells."""
    try:
        inspect.signature(function).bind(*case)
    except TypeError:
        return False
    except ValueError:  # builtins without a signature
        return True
    return True


def own_copy(value: Any) -> Any:
    """A copy to write into, where the original may be written into: read-only arrays stay read-only."""
    if isinstance(value, np.ndarray):
        copied = value.copy()
        copied.setflags(write=value.flags.writeable)
        return copied
    if type(value) in (tuple, list):
        return type(value)(own_copy(item) for item in value)
    if type(value) is dict:
        return {key: own_copy(item) for key, item in value.items()}
    try:
        if is_tensor(value):  # deepcopy refuses a tensor that is the result of a computation
            return value.detach().clone().requires_grad_(value.requires_grad)
        if is_dataclass(value) and not isinstance(value, type) and hasattr(value, "__dict__"):
            twin = copy.copy(value)
            for name, item in vars(value).items():
                object.__setattr__(twin, name, own_copy(item))
            return twin
        return copy.deepcopy(value)
    except Exception:  # generators, locks: a student may return anything
        return value


def differ(before: Any, after: Any) -> bool:
    """Whether an argument was written into, as far as one can tell; a random generator's state does not count."""
    if is_dataclass(before) and hasattr(before, "__dict__"):
        return any(differ(item, getattr(after, name)) for name, item in vars(before).items())
    return same(before, before) and not same(before, after)
