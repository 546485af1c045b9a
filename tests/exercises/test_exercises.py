"""Every exercise in the package: a stub is open, the reference passes, every known mistake gets its own hint.

And every notebook: its exercises, quiz questions and predictions are those of its content module, each exercise has
three hints and a solution, the solution passes the check, and the stub is "not attempted".
"""

import ast
import copy
import importlib.util
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode

from rlcourse import exercises, mdp, tabular
from rlcourse.exercises.format import Exercise, Mistake
from rlcourse.notebook.checks.judge import judge
from rlcourse.notebook.checks.report import WIDTH, diagnose, plain, report

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "rlcourse" / "exercises"
PRESENT = {number: exercises.content(number) for number in exercises.NOTEBOOKS}
CHECKED: list[Exercise] = [exercise for module in PRESENT.values() for exercise in module.EXERCISES]
MISTAKES = [(exercise, mistake) for exercise in CHECKED for mistake in exercise.mistakes]
STORED = sorted((ROOT / "notebooks").glob("*.ipynb"))

SUMMARIES = ["Hint 1", "Hint 2", "Hint 3", "Solution"]
DETAILS = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
FENCED = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)

each_exercise = pytest.mark.parametrize("exercise", CHECKED, ids=lambda exercise: exercise.number)


# --- the content modules --------------------------------------------------------------------------


def test_the_table_and_the_folder_agree() -> None:
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir()} - {"__pycache__"}
    assert set(exercises.NOTEBOOKS.values()) == folders


def content_faults(notebook: int, module: ModuleType) -> Iterator[str]:
    """What is wrong with the numbers of a content module."""
    for name, mark, field in (("EXERCISES", "", "number"), ("QUESTIONS", "Q", "id"), ("PREDICTIONS", "P", "id")):
        ids = [getattr(item, field) for item in getattr(module, name)]
        if ids != [f"{notebook}.{mark}{i}" for i in range(1, len(ids) + 1)]:
            yield f"{name} are not numbered {notebook}.{mark}1, {notebook}.{mark}2, ...: {ids}"


@pytest.mark.parametrize("notebook", PRESENT)
def test_ids_count_from_one_and_name_their_notebook(notebook: int) -> None:
    assert list(content_faults(notebook, PRESENT[notebook])) == []


def texts_in(function: Callable[..., Any]) -> set[Any]:
    """The texts in a function's source, its decorators included."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}


@pytest.mark.parametrize("exercise", CHECKED, ids=lambda exercise: exercise.number)
def test_every_wrong_answer_stands_under_its_hint(exercise: Exercise) -> None:
    assert [mistake.hint for mistake in exercise.mistakes if mistake.hint not in texts_in(mistake.function)] == []


def test_no_file_of_exercises_is_long() -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in FOLDER.glob("*/*.py")}
    assert len(lines) > 10 and {path.name: length for path, length in lines.items() if length > 400} == {}


def exercise_faults(exercise: Exercise) -> Iterator[str]:
    """What is wrong with an exercise, apart from its mistakes."""
    if judge(exercise, lambda *args: None).status != "not attempted":
        yield "a stub is not `not attempted`"
    if judge(exercise, lambda *args: exercise.reference(*args)).status != "correct":
        yield "the reference does not pass"
    planted = exercise.planted or (lambda *args: None)
    if (status := judge(exercise, lambda *args: planted(*args)).status) != "not attempted":
        yield f"the planted function is `{status}`, not `not attempted`"
    if len(exercise.mistakes) < 3:
        yield f"{len(exercise.mistakes)} known mistakes, not at least 3"
    if len({mistake.hint for mistake in exercise.mistakes}) < len(exercise.mistakes):
        yield "two mistakes have the same hint"


@each_exercise
def test_an_exercise_is_sound(exercise: Exercise) -> None:
    assert list(exercise_faults(exercise)) == []


def mistake_faults(exercise: Exercise, mistake: Mistake) -> Iterator[str]:
    """What is wrong with a known mistake and the message that it gets."""
    with np.errstate(all="ignore"):  # a wrong answer may divide by zero
        verdict, again = judge(exercise, mistake.function), judge(exercise, mistake.function)
    if verdict.status != "not yet":
        yield f"it is {verdict.status}"
        return
    if (found := diagnose(exercise, verdict)) != [("mistake", plain(mistake.hint))]:
        yield f"it is taken for another: {found}"
    message = report(exercise, mistake.function, verdict)
    if message != report(exercise, mistake.function, again):
        yield "its message differs from run to run"
    if re.search(r"0x[0-9a-f]{6}", message) or max(map(len, message.splitlines())) > WIDTH:
        yield f"its message is too wide, or holds an address:\n{message}"


@pytest.mark.parametrize(
    ("exercise", "mistake"), MISTAKES, ids=[f"{e.number}-{e.mistakes.index(m) + 1}" for e, m in MISTAKES]
)
def test_every_mistake_is_told_by_its_own_hint(exercise: Exercise, mistake: Mistake) -> None:
    assert list(mistake_faults(exercise, mistake)) == []


# --- the notebooks --------------------------------------------------------------------------------


def notebook_faults(nb: NotebookNode, module: ModuleType) -> Iterator[str]:
    """Where a notebook and its content module disagree, and what is wrong with its hints, solutions and stubs."""
    for function, name, field in (
        ("check", "EXERCISES", "number"),
        ("quiz", "QUESTIONS", "id"),
        ("predict", "PREDICTIONS", "id"),
    ):
        have = [getattr(item, field) for item in getattr(module, name)]
        used = [first for cell in nb.cells for first, _ in calls(cell, function)]
        for id_ in sorted({*have, *used}):
            if have.count(id_) != 1 or used.count(id_) != 1:
                yield f"{function} {id_}: {have.count(id_)} in the content, {used.count(id_)} in the notebook"
    known = {exercise.number: exercise for exercise in module.EXERCISES}
    for index, cell in enumerate(nb.cells):
        for number, name in calls(cell, "check"):
            if number in known:
                yield from (f"{number}: {fault}" for fault in exercise_cell_faults(nb, index, known[number], name))


def exercise_cell_faults(nb: NotebookNode, index: int, exercise: Exercise, name: str) -> Iterator[str]:
    """One exercise: the stub above the check, the hints and the solution below it, before the next check."""
    stub = run(definitions(nb.cells[: index + 1]))
    if name not in stub:
        yield f"no cell up to the check defines {name}"
    elif judge(exercise, stub[name]).status != "not attempted":
        yield f"the stub is `{judge(exercise, stub[name]).status}`, not `not attempted`"
    below = [cell.source for cell in up_to_the_next_check(nb.cells[index + 1 :])]
    unfolded = DETAILS.findall("\n".join(below))
    if [summary for summary, _ in unfolded] != SUMMARIES:
        yield f"below it unfold {[summary for summary, _ in unfolded]}, not {SUMMARIES}"
        return
    for summary, body in unfolded:
        if not body.strip() or not body.startswith("\n\n"):
            yield f"{summary} is empty, or no empty line sets it off, so that it is not read as Markdown"
    blocks = FENCED.findall(unfolded[-1][1])
    if len(blocks) != 1:
        yield f"the solution has {len(blocks)} blocks of Python, not one"
        return
    solution = run([*imports(nb.cells[: index + 1]), *ast.parse(blocks[0]).body])
    if name not in solution:
        yield f"the solution does not define {name}"
    elif (verdict := judge(exercise, solution[name])).status != "correct":
        yield "the solution fails: " + report(exercise, solution[name], verdict)


def up_to_the_next_check(cells: list[NotebookNode]) -> Iterator[NotebookNode]:
    """The Markdown cells before the next exercise is checked."""
    for cell in cells:
        if list(calls(cell, "check")):
            return
        if cell.cell_type == "markdown":
            yield cell


def calls(cell: NotebookNode, function: str) -> Iterator[tuple[str, str]]:
    """Every call of a function by this name in a code cell: its first argument, and the name that is its second."""
    for node in ast.walk(parsed(cell)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == function and node.args:
            second = ast.unparse(node.args[1]) if len(node.args) > 1 else ""
            yield str(getattr(node.args[0], "value", ast.unparse(node.args[0]))), second


def parsed(cell: NotebookNode) -> ast.Module:
    """The syntax tree of a code cell, in which `await` may stand alone; an empty one for other cells."""
    if cell.cell_type != "code":
        return ast.Module([], [])
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree: ast.Module = compile(cell.source, "cell", "exec", flags)
    return tree


def imports(cells: list[NotebookNode]) -> list[ast.stmt]:
    return [node for cell in cells for node in parsed(cell).body if isinstance(node, ast.Import | ast.ImportFrom)]


def definitions(cells: list[NotebookNode]) -> list[ast.stmt]:
    """What the cells import and define, in order, without running anything else."""
    kinds = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
    return [node for cell in cells for node in parsed(cell).body if isinstance(node, kinds)]


def run(statements: list[ast.stmt]) -> dict[str, Any]:
    """The names that statements define, where `np`, `mdp` and `tabular` are known."""
    names: dict[str, Any] = {"np": np, "mdp": mdp, "tabular": tabular}
    exec(compile(ast.Module(statements, []), "notebook", "exec"), names)
    return names


@pytest.mark.parametrize("notebook", exercises.NOTEBOOKS)
def test_a_notebook_and_its_content_agree(notebook: int) -> None:
    paths = [path for path in STORED if path.name.startswith(f"{notebook:02d}_")]
    assert len(paths) == 1, f"expected one notebook {notebook:02d}_*.ipynb, found {len(paths)}"
    nb = nbformat.read(paths[0], as_version=4)
    assert list(notebook_faults(nb, PRESENT[notebook])) == []


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_a_notebook_that_checks_has_a_content_module(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    asks = [id_ for cell in cells for name in ("check", "quiz", "predict") for id_, _ in calls(cell, name)]
    assert {int(id_.split(".")[0]) for id_ in asks} <= {int(path.name[:2])} & set(exercises.NOTEBOOKS)


# --- and each of these rules can fail -------------------------------------------------------------


@pytest.fixture
def scratch() -> ModuleType:
    """The content module beside this file: notebook 99."""
    spec = importlib.util.spec_from_file_location("scratch_content", Path(__file__).with_name("scratch.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.pop("scratch_content", None)
    spec.loader.exec_module(module)
    return module


SOLUTIONS = {
    "99.1": "def total(rewards, discount):\n    return sum(discount**k * r for k, r in enumerate(rewards))\n",
    "99.2": "def backup(p, r, v, discount):\n    return r + discount * p @ v\n",
    "99.3": "def best(q):\n    return np.argmax(q, axis=1)\n",
    "99.4": "def sweep(p, r, v):\n    return r + 0.9 * p @ v\n",
}
STUBS = {
    "99.1": "def total(rewards, discount):\n    ...",
    "99.2": "def backup(p, r, v, discount):\n    return None",
    "99.3": "def best(q):\n    raise NotImplementedError",
    "99.4": "def sweep(p, r, v):\n    v = v.copy()\n    for s in range(len(v)):\n"
    "        v[s] = r[s] + 0.9 * p[s] @ v\n    return v",
}


def good_notebook() -> NotebookNode:
    """A notebook that agrees with the scratch content."""
    v4 = nbformat.v4
    cells = [v4.new_code_cell("import numpy as np\nrng = 1 / 0")]  # only imports and definitions are run
    for number, solution in SOLUTIONS.items():
        name = re.findall(r"def (\w+)", solution)[0]
        hints = [f"<details><summary>Hint {i}</summary>\n\nlook\n\n</details>" for i in (1, 2, 3)]
        told = f"<details>\n<summary>Solution</summary>\n\n```python\n{solution}```\n\n</details>"
        cells += [
            v4.new_markdown_cell("Write it."),
            v4.new_code_cell(f'{STUBS[number]}\n\ncheck("{number}", {name})'),
            v4.new_markdown_cell("\n".join([*hints, told])),
            v4.new_code_cell(f'{name} = check.or_reference("{number}", {name})'),
        ]
    cells += [v4.new_code_cell('notebook.quiz("99.Q1")'), v4.new_code_cell('predict("99.P1")\npredict("99.P2", show)')]
    return v4.new_notebook(cells=cells)


def edited(cell: int, old: str, new: str) -> Callable[[NotebookNode], None]:
    def change(nb: NotebookNode) -> None:
        assert old in nb.cells[cell].source
        nb.cells[cell].source = nb.cells[cell].source.replace(old, new)

    return change


def test_a_notebook_that_agrees_has_no_faults(scratch: ModuleType) -> None:
    assert list(notebook_faults(good_notebook(), scratch)) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (edited(3, "Hint 2", "Hint two"), "99.1: below it unfold ['Hint 1', 'Hint two'"),
        (edited(3, "<summary>Hint 1</summary>\n\nlook", "<summary>Hint 1</summary>\n\n"), "Hint 1 is empty"),
        (edited(3, "</summary>\n\n```python", "</summary>\n```python"), "Solution is empty, or no empty line"),
        (edited(3, "```python", "```"), "99.1: the solution has 0 blocks"),
        (edited(3, "discount**k *", ""), "99.1: the solution fails: ✗ 99.1  not yet"),
        (edited(3, "def total", "def sum_"), "99.1: the solution does not define total"),
        (edited(3, "<details>", "<section>"), "99.1: below it unfold []"),
        (edited(2, "    ...", "    return 0.0"), "99.1: the stub is `not yet`"),
        (edited(14, "0.9", "0.8"), "99.4: the stub is `not yet`"),
        (edited(14, "return v", "return r + 0.9 * p @ v"), "99.4: the stub is `not yet`"),
        (edited(2, 'check("99.1", total)', 'check("99.1", totals)'), "99.1: no cell up to the check defines totals"),
        (edited(2, 'check("99.1", total)', ""), "check 99.1: 1 in the content, 0 in the notebook"),
        (edited(2, '"99.1"', '"99.7"'), "check 99.7: 0 in the content, 1 in the notebook"),
        (edited(6, '"99.2"', '"99.1"'), "check 99.1: 1 in the content, 2 in the notebook"),
        (edited(17, "99.Q1", "99.Q2"), "quiz 99.Q1: 1 in the content, 0 in the notebook"),
        (edited(18, 'predict("99.P1")', ""), "predict 99.P1: 1 in the content, 0 in the notebook"),
        (lambda nb: nb.cells.pop(3), "99.1: below it unfold []"),
        (lambda nb: nb.cells.insert(2, nb.cells.pop(3)), "99.1: below it unfold []"),
    ],
)
def test_every_rule_for_notebooks_can_fail(
    scratch: ModuleType, change: Callable[[NotebookNode], object], says: str
) -> None:
    nb = good_notebook()
    change(nb)
    faults = list(notebook_faults(nb, scratch))
    assert any(says in fault for fault in faults), faults


def test_every_rule_for_exercises_can_fail(scratch: ModuleType) -> None:
    first, backup, _, hunt = scratch.EXERCISES
    assert [*exercise_faults(first), *exercise_faults(hunt), *content_faults(99, scratch)] == []

    def with_(exercise: Exercise, **changed: Any) -> Exercise:
        twin = copy.copy(exercise)
        for name, value in changed.items():
            object.__setattr__(twin, name, value)
        return twin

    assert "the reference does not pass" in list(exercise_faults(with_(first, reference=lambda *args: None)))
    picky = with_(first, reference=iter(range(99)).__next__, cases=((), ()))  # another answer each time
    assert "the reference does not pass" in list(exercise_faults(picky))
    assert "planted" in "".join(exercise_faults(with_(hunt, planted=hunt.reference)))
    assert "2 known mistakes" in "".join(exercise_faults(with_(first, mistakes=first.mistakes[:2])))
    twice = with_(first, mistakes=(*first.mistakes, first.mistakes[0]))
    assert "two mistakes have the same hint" in list(exercise_faults(twice))

    texts = texts_in(first.mistakes[0].function)
    assert first.mistakes[0].hint in texts and first.mistakes[1].hint not in texts
    passes = Mistake(lambda p, r, v, g: r + g * (p @ v), "this is right")
    assert list(mistake_faults(backup, passes)) == ["it is correct"]
    rival = Mistake(lambda p, r, v, g: r + p @ v, "the same as the first, under another name.")
    ambiguous = with_(backup, mistakes=(*backup.mistakes, rival))
    assert "it is taken for another" in "".join(mistake_faults(ambiguous, rival))
    scratch.EXERCISES = scratch.EXERCISES[1:]
    assert "EXERCISES are not numbered" in "".join(content_faults(99, scratch))
