"""What is said about a verdict: plain text, the same on every machine, naming the mistake where it is known."""

from __future__ import annotations

import inspect
import re
import textwrap
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from rlcourse.exercises.format import Case, Exercise, as_array, entries_of, is_tensor, kind, same
from rlcourse.notebook.checks.judge import Function, Verdict, alike, known

Lines = list[tuple[str, str]]  # what a message is made of: a label, and a text

MARKS = {"correct": "✓", "not yet": "✗", "not attempted": "○", "not checked": "·"}
WIDTH = 88  # columns of a message
ENTRIES = 10  # of an array in a message
SAME_AS_PLANTED = (  # edited or not: only what it returns is known
    "It still gives what the planted function gives, so nothing that matters has changed yet. One bug may hide another."
)
BOTH = "with an axis, torch.max and its like return the values and their indices: take `.values`"


def report(exercise: Exercise, student: Any, verdict: Verdict) -> str:
    """The message for the student: the status, and below it what there is to see."""
    total, status, lines = len(verdict.cases), verdict.status, Lines()
    if not callable(student):
        said = f'Hand over the function itself, check("{exercise.number}", f), not {described(student)}.'
    elif student is exercise.reference:
        said = "This is the reference, with which the notebook went on; run the cell with your function again."
    elif status == "not yet" and not total:
        said = f"It takes {printable(inspect.signature(student), str)}, which does not fit:"
        lines = [("called as", described_case(exercise, exercise.reference, exercise.inputs()[0]))]
    elif status == "not attempted" and not total:
        said = "It returns nothing so far (a forgotten `return` looks the same)."
    elif status == "correct":
        said = f"Right on all {total} inputs." if total > 1 else "Right."
        lines = written_into(student, verdict, range(total))
    else:
        said = SAME_AS_PLANTED if status == "not attempted" else "Wrong"
        lines = comparison(exercise, student, verdict)
        if status == "not attempted":
            lines += [("symptom", plain(exercise.symptom))] if exercise.symptom else []
        else:
            said += f" on {len(verdict.failed)} of {total} inputs" if total > 1 else ""
            said += ", the first:" if len(verdict.failed) > 1 else ":"
            known_mistake = diagnose(exercise, verdict)
            if known_mistake:  # says more than a guess
                lines = [(label, text) for label, text in lines if label != "note"]
            lines += known_mistake + written_into(student, verdict, verdict.failed)
    head = wrapped(f"{MARKS[status]} {exercise.number}  {status}  {exercise.title}. {said}")
    return "\n".join([head, *laid_out(lines)])


def comparison(exercise: Exercise, student: Function, verdict: Verdict) -> Lines:
    """The first case that failed: the input, what was expected, what came."""
    index = verdict.failed[0]
    one, case = verdict.attempts[index], verdict.cases[index]
    lines = [("input", described_case(exercise, student, case))]
    if re.search("(array|tensor) of shape", lines[0][1]):
        lines.append(("", f'to try it: args = check.input("{exercise.number}")'))
    if one.error is None:
        return lines + difference(exercise, verdict.expected[index].result, one.result)
    error = f"{type(one.error).__name__}: {printable(one.error, str)}"
    lines.append(("error", textwrap.shorten(error, 4 * WIDTH, placeholder=" ...").removesuffix(":")))
    file = getattr(getattr(student, "__code__", None), "co_filename", None)
    own = [frame for frame in traceback.extract_tb(one.error.__traceback__) if frame.filename == file]
    if own:
        text = textwrap.shorten(own[-1].line or "", WIDTH - 14, placeholder=" ...")
        lines.append((f"line {own[-1].lineno}", text))
    if "ellipsis" in error.lower():
        lines.append(("note", "one of the `...` is still to be filled in"))
    unpacked = re.search(r"\b(max|min)\([^)]*(dim\b|\d)(?!.*\.values)", own[-1].line or "") if own else None
    if isinstance(one.error, TypeError) and ("return_types" in error or (unpacked and any(map(is_tensor, case)))):
        lines.append(("note", BOTH))
    return lines


def difference(exercise: Exercise, expected: Any, got: Any) -> Lines:
    """How two results differ: in kind, in size, or in the first entry or item that does."""
    lines = [("expected", described(expected)), ("got", described(got))]
    if kind(expected) != kind(got):
        return lines + note(kind_tip(expected, got))
    if isinstance(expected, Mapping):
        if expected.keys() != got.keys():
            return [("expected", f"the keys {[*expected]}"), ("got", f"the keys {[*got]}")]
        items = [(key, expected[key], got[key]) for key in expected]
    elif isinstance(expected, list | tuple):
        if len(expected) != len(got):
            return [("expected", f"{len(expected)} items"), ("got", f"{len(got)} items")]
        items = [(index, *pair) for index, pair in enumerate(zip(expected, got, strict=True))]
    elif (shapes := (tuple(np.shape(expected)), tuple(np.shape(got))))[0] != shapes[1]:
        lines = [("expected", f"shape {shapes[0]}"), ("got", f"shape {shapes[1]}")]
        return lines + note(shape_tip(*shapes, tensors=is_tensor(got)))
    elif is_tensor(expected) and same(expected, got, exercise.rtol, exercise.atol):  # so it is the gradient
        gradient = [", with a gradient" if tensor.requires_grad else ", without" for tensor in (expected, got)]
        return [("expected", described(expected) + gradient[0]), ("got", described(got) + gradient[1])]
    elif entries_of(expected) in ("numbers", "truth values", "texts"):
        return difference_of_arrays(exercise, as_array(expected), as_array(got))
    else:
        return lines
    for key, one, other in items:
        if not exercise.same(one, other):
            return [("in item", f"[{key!r}]"), *difference(exercise, one, other)]
    return lines


def difference_of_arrays(exercise: Exercise, expected: Any, got: Any) -> Lines:
    """How two arrays of one shape differ: an excerpt, the first and the largest difference, and where NaN is."""
    numbers = kind(expected) == "numbers"
    nan = np.isnan(got) & ~np.isnan(expected) if numbers else np.zeros(got.shape, dtype=bool)
    right = np.isclose(got, expected, exercise.rtol, exercise.atol, equal_nan=True) if numbers else got == expected
    first = tuple(np.argwhere(~right)[0].tolist())
    one, other = told_apart(expected[first], got[first])
    if not got.ndim:
        return [("expected", one), ("got", other), *note("nan is `not a number`: 0/0, or inf - inf?" if nan else "")]
    texts = [f"first differs at {[*first]}: expected {one}, got {other}"]
    with np.errstate(all="ignore"):
        gap = np.where(right | nan, 0, np.abs(got - expected)) if numbers else ~right
    largest = tuple(map(int, np.unravel_index(np.argmax(gap), gap.shape)))
    if gap[largest] > gap[first]:
        one, other = told_apart(expected[largest], got[largest])
        texts.append(f"most at {[*largest]}: expected {one}, got {other}")
    if got.size > 1:
        texts.append(f"{np.sum(~right)} of {got.size} entries differ")
    lines = [("expected", excerpt(expected, first)), ("got", excerpt(got, first)), ("", ";\n".join(texts))]
    if nan.any():
        place = f"first at {np.argwhere(nan)[0].tolist()}" if nan.sum() > 1 else f"at {np.argwhere(nan)[0].tolist()}"
        lines += note(f"nan, `not a number`, in {nan.sum()} of {nan.size} entries, {place}: 0/0, or inf - inf?")
    return lines


def kind_tip(expected: Any, got: Any) -> str:
    """The usual cause of a result of another kind."""
    if got is None:
        return "the function came to its end without a `return` on this input"
    if inspect.isgenerator(got):
        return "`yield` makes a generator; `return` the result instead"
    if callable(got):
        return "that is a function: is it to be called, with parentheses?"
    if is_tensor(expected) and not is_tensor(got):
        if type(got).__module__ == "torch.return_types":
            return BOTH
        if isinstance(got, list | tuple):
            return "make it a tensor: torch.tensor(...) of numbers, torch.stack(...) of tensors"
        if kind(got) in ("numbers", "truth values"):
            cut = "`.item()`, `float()` or `.numpy()` has left it, and no gradient follows"
            return f"expected a tensor, got {noun(got)}: {cut}"
    if is_tensor(got) and kind(expected) == entries_of(got):
        return f"expected {noun(expected)}, got a tensor: `{'.numpy()' if np.ndim(expected) else '.item()'}` leaves it"
    if isinstance(expected, np.ndarray) and isinstance(got, list | tuple):
        return "make it an array: np.array(...)"
    return f"expected {noun(expected)}, got {noun(got)}"


def noun(value: Any) -> str:
    """The kind of a result with its article."""
    if is_tensor(value):
        return f"a {kind(value)}"
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of {kind(value)}"
    return f"one {kind(value)[:-1]}" if kind(value).endswith("s") else f"a {kind(value)}"


def shape_tip(expected: tuple[int, ...], got: tuple[int, ...], *, tensors: bool = False) -> str:
    """The usual cause of a result of another shape."""
    if not expected:
        return "one number is expected: is a sum, a mean or an index missing?"
    if got == expected[::-1]:
        return "the axes are swapped: transpose it, or sum over the other axis"
    if len(expected) == 1 and sorted(got) == sorted((1, *expected)):
        if tensors:
            return "an axis of length 1 is left: `gather`, `[:, None]` or `keepdim=True` made it, `squeeze` removes it"
        return "an axis of length 1 is left: look for `keepdims=True`, `[:, None]` or `reshape`"
    if got == expected * 2:
        return f"[{got[0]}] against [{got[0]}, 1] broadcasts to [{got[0]}, {got[0]}]: give both the same shape first"
    if not got:
        return "an array is expected, not one number: was everything summed up?"
    if len(got) != len(expected):
        return "the number of axes differs: over which of them is the sum or the maximum?"
    return "the same number of axes, but of other lengths: is a range one too long or too short?"


def described_case(exercise: Exercise, function: Function, case: Case) -> str:
    """A case in a line: in the author's words, or the names of the function's arguments and their values."""
    if exercise.show is not None:
        return exercise.show(*case)
    texts = []
    for name, value in zip(names(function, case), case, strict=True):
        texts.append(f"{name} = " + described(value).replace("\n", "\n" + " " * (len(name) + 3)))
    line = ", ".join(texts)
    crowded = any("\n" in text for text in texts) or (any(map(is_tensor, case)) and len(line) > WIDTH - 14)
    return "\n".join(texts) if crowded else line


def names(function: Function, case: Case) -> list[str]:
    """What a function calls its arguments, as far as it names them."""
    try:
        given = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        given = []
    return [given[i] if i < len(given) else f"argument {i + 1}" for i in range(len(case))]


def diagnose(exercise: Exercise, verdict: Verdict) -> Lines:
    """Which known mistake this is: the one that does the same on all cases, else on all cases that failed."""
    perhaps: Lines = []
    for mistake in exercise.mistakes:
        agrees = [
            alike(exercise, one, known(mistake.function, case))
            for case, one in zip(verdict.cases, verdict.attempts, strict=True)
        ]
        if all(agrees):
            return [("mistake", plain(mistake.hint))]
        if not perhaps and all(agrees[index] for index in verdict.failed):
            perhaps = [("perhaps", plain(mistake.hint))]
    return perhaps


def written_into(student: Function, verdict: Verdict, cases: Iterable[int]) -> Lines:
    """A warning where the student's function wrote into arguments that the reference leaves alone."""
    both = [(verdict.attempts[index].changed, verdict.expected[index].changed) for index in cases]
    changed = sorted(set().union(*(theirs - ours for theirs, ours in both)))
    if not changed:
        return []
    which = " and ".join(f"`{names(student, verdict.cases[0])[i]}`" for i in changed)
    return note(f"it writes into its argument {which}, which changes it for the caller too: work on a copy")


def described(value: Any) -> str:
    """A value in few words: small ones in full, large ones by type and size."""
    if is_tensor(value) and entries_of(value) in ("numbers", "truth values"):
        array = as_array(value)
        if not array.ndim:
            return described(array.item())
        return printed(array) if array.size <= ENTRIES else f"a tensor of shape {array.shape}"
    if isinstance(value, np.ndarray):
        return printed(value) if value.size <= ENTRIES else f"an array of shape {value.shape}"
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    if hasattr(value, "num_states") and hasattr(value, "num_actions"):
        return f"{type(value).__name__}({value.num_states} states, {value.num_actions} actions)"
    if isinstance(value, tuple | list) and len(value) <= ENTRIES:
        inner = ", ".join(map(described, value))
        return f"({inner})" if isinstance(value, tuple) else f"[{inner}]"
    text = printable(value.item() if isinstance(value, np.generic) else value, repr)
    return text if len(text) <= WIDTH and "\n" not in text else f"a {type(value).__name__}"


def excerpt(array: Any, index: tuple[int, ...]) -> str:
    """An array in full if it is small, else the entries of the last axis around an index."""
    if array.size <= ENTRIES:
        return printed(array)
    start = max(0, min(index[-1] - ENTRIES // 2, array.shape[-1] - ENTRIES))
    rows = array[index[:-1]]
    part = ":" if len(rows) <= ENTRIES else f"{start}:{start + ENTRIES}"
    place = ", ".join([*map(str, index[:-1]), part])
    return f"[{place}] = {printed(rows[start : start + ENTRIES])}"


def printed(array: Any) -> str:
    with np.printoptions(precision=6, suppress=True, linewidth=WIDTH - 14):
        return printable(array, str)


def told_apart(one: Any, other: Any) -> tuple[str, str]:
    """Two numbers with as few digits as show that they differ."""
    texts = [(described(one), described(other))]
    if kind(one) == kind(other) == "numbers":
        texts += [(f"{float(one):.{digits}g}", f"{float(other):.{digits}g}") for digits in (9, 12, 17)]
    return next((pair for pair in texts if pair[0] != pair[1]), texts[-1])


def printable(value: Any, how: Callable[[Any], str]) -> str:
    """str or repr of whatever a student made, without the addresses that differ from run to run."""
    try:
        return re.sub(r" at 0x[0-9a-fA-F]+", "", how(value))
    except Exception:
        return f"a {type(value).__name__} that cannot be printed"


def note(text: str) -> Lines:
    return [("note", text)] if text else []


def laid_out(lines: Lines) -> list[str]:
    """Labels in one column, texts in another, wrapped; line breaks in a text (rows of an array) are kept."""
    rows = []
    for label, text in lines:
        pieces = [piece for row in text.splitlines() for piece in textwrap.wrap(row, WIDTH - 14)]
        rows += [f"    {label if not i else '':<10}{piece}".rstrip() for i, piece in enumerate(pieces or [""])]
    return rows


def wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent="    ")


def plain(text: str) -> str:
    """A sentence of the content as plain text: $R_t$ without its dollars, *emphasis* without its stars."""
    return re.sub(r"\*+(?=\S)(.+?)(?<=\S)\*+", r"\1", text.replace("$", ""))
