"""Says whether a student's function is right and, if it is not, which mistake it makes.

    check("1.3", backup)                          not attempted / correct / not yet, with input, expected and got
    backup = check.or_reference("1.3", backup)    go on with the reference while the exercise is open
    args = check.input("1.3")                     the input on which it failed last, to try out
    check.progress()                              which exercises of this notebook are done

Every call gets its own copy of the arguments. A function that writes into them is told so; that alone does not
make a right answer wrong. What a function prints is shown, and nothing that it raises gets out.
"""

from __future__ import annotations

import contextlib
import io

from rlcourse import exercises
from rlcourse.exercises.format import Case, Exercise
from rlcourse.notebook.checks.judge import Function, Verdict, judge, own_copy
from rlcourse.notebook.checks.report import MARKS, report, wrapped


class Check:
    """The exercises of a notebook, checked; one object while the kernel runs, which remembers what is done."""

    def __init__(self) -> None:
        self._verdicts: dict[str, Verdict] = {}

    def __call__(self, number: str, student: Function) -> None:
        """Print whether the student's function is right; never raises, except on Ctrl-C."""
        try:
            exercise = exercises.exercise(number)
        except ValueError as error:
            print(wrapped(f"check: {error}."))
            return
        self._verdicts[number] = verdict = judge(exercise, student)
        print(report(exercise, student, verdict))

    def or_reference(self, number: str, student: Function) -> Function:
        """The student's function if it is right, silently; else the reference, saying so in one line."""
        exercise = exercises.exercise(number)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            self._verdicts[number] = verdict = judge(exercise, student)
        if verdict.status == "correct":
            return student
        print(f"{number} is open: going on with the reference.")
        return exercise.reference

    def input(self, number: str) -> Case:
        """A copy of the arguments on which the last check of an exercise failed; ValueError if none did."""
        verdict = self._verdicts.get(number)
        if verdict is None or not verdict.failed:
            raise ValueError(f"no check of {number} has failed on an input yet; run the check first")
        return own_copy(verdict.cases[verdict.failed[0]])

    def progress(self, notebook: int | None = None) -> None:
        """Print which exercises of a notebook are done; without a number, of those checked so far."""
        seen = sorted({int(number.split(".")[0]) for number in self._verdicts})
        if notebook is None and not seen:
            print("No exercise has been checked yet.")
        for current in seen if notebook is None else [notebook]:
            listed: tuple[Exercise, ...] = exercises.content(current).EXERCISES
            known = {number: verdict.status for number, verdict in self._verdicts.items()}
            status = [known.get(exercise.number, "not checked") for exercise in listed]
            print(f"Notebook {current}: {status.count('correct')} of {len(listed)} exercises done.")
            for exercise, state in zip(listed, status, strict=True):
                print(wrapped(f"  {MARKS[state]} {exercise.number}  {state}  {exercise.title}"))


check = Check()
