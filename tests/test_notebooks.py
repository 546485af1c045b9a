"""The stored notebooks: clean, complete, and compared number by number when CI runs them."""

import ast
import copy
import json
import os
import re
import subprocess
import symtable
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
import pytest
from nbformat import NotebookNode
from nbval.plugin import get_sanitize_patterns

from rlcourse.notebook import build as builder
from rlcourse.notebook.pictures.numbers import true_minus

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NBVAL_CFG = ROOT / "notebooks" / "nbval.cfg"
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)

PANELS = {"explore", "stepper", "paint_grid", "set_arrows", "play", "live"}
MAX_BYTES, MAX_COLUMNS, MAX_SETUP_LINES = 1_500_000, 88, 6
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")
POSIX_PATH = re.compile(r"(?<![\w./])/(?:home|root|tmp|work|Users)\b")
WINDOWS_PATH = re.compile(r"\b[A-Z]:\\{1,2}\w")  # not looked for in prose: $A:\text{...}$
NOT_ALONE = re.compile(r"\bsys\.path\b|\bpip\b|\blogin\(|\burlopen\b|\burlretrieve\b")
EMBEDDED = re.compile("base64,[A-Za-z0-9+/=]+")
CLOSED = re.compile(r'<details class="after-([^"]+)">')
MISHANDLED = re.compile(r"\bclear_output\b|\bdisplay_id\b|\bOutput\(|# *NBVAL_")
FIGURE = re.compile(r"<Figure size |Figure\(\d+x\d+\)|\[?<matplotlib\.")
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABAQMAAAAl21bKAAAAA1BMVEUAAACnej3aAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
PICTURES = ("image/png", "image/jpeg", "image/svg+xml")


# --- the rules that every stored notebook keeps ---------------------------------------------------


def problems(text: str, name: str) -> list[str]:
    """What is wrong with the notebook file `name` that holds `text`; empty if nothing is."""
    try:
        raw = json.loads(text)
        version, ids = (raw["nbformat"], raw["nbformat_minor"]), [c.get("id") for c in raw["cells"]]
        if version != (4, 5):
            return [f"format {version[0]}.{version[1]}, not 4.5"]
        if len(set(ids)) < len(ids):
            return ["not a valid notebook: cells share an id or have none"]
        nbformat.validate(raw)
    except (ValueError, KeyError, nbformat.ValidationError) as error:
        return [f"not a valid notebook: {type(error).__name__} {str(error).splitlines()[0]}"]
    nb = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
    return [
        *file_problems(nb, text),
        *run_problems(nb),
        *output_problems(nb),
        *code_problems(nb),
        *content_problems(nb, name),
        *panel_problems(nb),
        *prediction_problems(nb),
    ]


def file_problems(nb: NotebookNode, text: str) -> Iterator[str]:
    """The file as such: size and metadata."""
    if len(text.encode()) >= MAX_BYTES:
        yield f"{len(text.encode()) / 1e6:.1f} MB, not under {MAX_BYTES / 1e6} MB"
    if "widgets" in nb.metadata:
        yield "metadata.widgets holds the state of live widgets"
    if nb.metadata.get("kernelspec", {}).get("name") != "python3":
        yield "its kernelspec is not python3"
    if any("execution" in cell.metadata for cell in nb.cells):
        yield "cells hold execution timings"
    if builder.as_text(builder.clean(nb)) != text:
        yield "not as `make notebooks` stores it"
    yield from builder.stale(nb)


def run_problems(nb: NotebookNode) -> Iterator[str]:
    """That it was run from top to bottom, without an error or a warning."""
    count = 0
    for number, cell in code_cells(nb):
        if builder.SKIP in cell.metadata.get("tags", []):
            if cell.execution_count is not None:
                yield f"cell {number} is skipped in the build, and yet has an execution count"
            continue
        count += 1
        if cell.execution_count != count:
            yield f"cell {number} has execution count {cell.execution_count}, not {count}"
        for output in cell.outputs:
            if output.output_type == "error":
                yield f"cell {number} ends in an error: {output.ename}"
            if output.get("name") == "stderr":
                yield f"cell {number} wrote to stderr"


def output_problems(nb: NotebookNode) -> Iterator[str]:
    """What is shown: nothing of one machine, and nothing that only a live kernel can show."""
    for number, cell in code_cells(nb):
        for output in cell.outputs:
            data = output.get("data", {})
            shown = [output.get("text", ""), *(EMBEDDED.sub("", data[kind]) for kind in data if "text/" in kind)]
            if any(ADDRESS.search(text) for text in shown):
                yield f"cell {number} shows the address of an object"
            if any(POSIX_PATH.search(text) or WINDOWS_PATH.search(text) for text in shown):
                yield f"cell {number} shows a path of the machine it ran on"
            if any(kind in data for kind in PICTURES) and not data.get("text/plain"):
                yield f"cell {number} shows a picture without a text/plain line beside it"
            named = [str(data.get("text/plain", "")), *output.get("text", "").splitlines()]
            if set(data) <= {"text/plain"} and any(FIGURE.match(line) for line in named):
                yield f"cell {number} shows the name of a figure, not the figure"
            if builder.WIDGET_VIEW in data:
                yield f"cell {number} shows a widget without a static picture"


def code_problems(nb: NotebookNode) -> Iterator[str]:
    """What the cells say: narrow enough, alone on the machine, and fit for nbval."""
    for cell in nb.cells:
        windows = cell.cell_type == "code" and WINDOWS_PATH.search(cell.source)
        if windows or POSIX_PATH.search(cell.source):
            yield f"a cell names a path of one machine: {cell.source[:40]!r}"
    for number, cell in code_cells(nb):
        widest = max((len(line) for line in cell.source.splitlines()), default=0)
        if widest > MAX_COLUMNS:
            yield f"cell {number} is {widest} columns wide, not at most {MAX_COLUMNS}"
        if NOT_ALONE.search(cell.source):
            yield f"cell {number} installs, downloads, logs in or changes sys.path"
        if parse(cell.source) is None:
            yield f"cell {number} is not plain Python"
        if MISHANDLED.search(cell.source):
            yield f"cell {number} uses something that nbval mishandles (or a comment marker)"
        if builder.skipped(cell) and not any(call == "available" for call, _ in calls_in(cell)):
            yield f"cell {number} is skipped by CI and does not ask whether what it needs is `available`"
        if cell.source.rstrip().endswith(";"):
            yield f"cell {number} ends in a semicolon, which nbval does not honour"
    setup = next((cell.source for _, cell in code_cells(nb)), "")
    lines = sum(bool(line.strip()) for line in setup.splitlines())
    if not 0 < lines <= MAX_SETUP_LINES:
        yield f"its setup cell has {lines} lines, not 1 to {MAX_SETUP_LINES}"
    if not re.search(r"\bsetup\(", setup):
        yield "its first code cell does not call setup()"


def content_problems(nb: NotebookNode, name: str) -> Iterator[str]:
    """What a reader is promised: a title, panels, exercises, a bug hunt, a quiz, sound links."""
    opening = nb.cells[0] if nb.cells else None
    if opening is None or opening.cell_type != "markdown":
        yield "it does not open with a Markdown cell"
    elif not re.match(rf"# {re.escape(name[:2])} · \S", opening.source):
        yield f"its opening cell does not begin with `# {name[:2]} · Title`"
    prose = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")
    anchors = {anchor(text) for _, text in re.findall(r"^(#{1,6}) +(.+)$", prose, re.M)}
    for target in re.findall(r"\]\(#([^)]*)\)", prose):
        if unquote(target) not in anchors:
            yield f"the link #{target} leads to no heading"
        if not unquote(target).isascii():  # tried: JupyterLab 4.6 does not find γ or · in a heading
            yield f"the link #{target} is dead in JupyterLab; write its heading in ASCII"
    bare = re.sub(r"(?s)```.*?```|<pre>.*?</pre>|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|<[^>]*>|\]\([^)]*\)", "", prose)
    for line in bare.splitlines():
        if true_minus(line) != line:
            yield f"a number has a hyphen for a minus sign in the text: {line[:60]}"
    if not re.search(r"^#+ .*bug hunt", prose, re.M | re.I):
        yield "no heading announces a bug hunt"
    calls = [call for _, cell in code_cells(nb) for call in calls_in(cell)]
    checked = [texts for call, texts in calls if call in ("check", "or_reference")]
    asked = [texts for call, texts in calls if call == "quiz"]
    for what, found, wanted in (
        ("exercises", len(set().union(*checked)), 5),
        ("live panels", sum(call in PANELS for call, _ in calls), 2),
        ("quiz questions", len(set().union(*asked)), 4),
    ):
        if found < wanted:
            yield f"{found} {what}, not at least {wanted}"


def panel_problems(nb: NotebookNode) -> Iterator[str]:
    """A panel calls its function when all cells have run: the names it uses must still mean the same."""
    functions: dict[str, set[str]] = {}  # the global names that each function so far uses
    held: dict[str, int] = {}  # the names that panels so far use, and the panel's cell
    for number, cell in code_cells(nb):
        tree = parse(cell.source) or ast.Module([], [])
        for name in sorted(bound_by(tree) & held.keys()):
            yield f"cell {number} changes {name}, which the live panel in cell {held[name]} uses"
        nodes = list(ast.walk(tree))
        functions |= {node.name: globals_of(node) for node in nodes if isinstance(node, ast.FunctionDef)}
        for call in nodes:
            if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] in PANELS:
                passed = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
                names, new = set[str](), set().union(*(functions.get(name, set()) for name in passed))
                while new := new - names:  # and what the functions use that the function uses
                    names |= new
                    new = set().union(*(functions.get(name, set()) for name in new))
                held |= dict.fromkeys(names, number)


def prediction_problems(nb: NotebookNode) -> Iterator[str]:
    """What answers a prediction is declared, and closed from the question to the end of what is declared."""
    asked = {id: place for place, cell in enumerate(nb.cells) for id in ids_of("predict", cell)}
    answers: dict[str, list[int]] = {id: [] for id in asked}
    for place, cell in enumerate(nb.cells):
        closed = ids_of("after_prediction", cell) if cell.cell_type == "code" else set(CLOSED.findall(cell.source))
        for id in sorted(closed):
            if asked.get(id, place) >= place:
                yield f"{cell.id} comes after prediction {id}, which is not asked before"
            else:
                answers[id].append(place)
        if re.search('<details class="after-[^>]* open', cell.source):
            yield f"{cell.id} opens what is to be closed"
    for id, place in asked.items():
        end = max(answers[id], default=place)
        if end == place and "show=" not in nb.cells[place].source:
            yield f"prediction {id} has no answer: no cell comes after_prediction({id!r}), and its card shows no figure"
        for cell in nb.cells[place + 1 : end + 1]:
            if not {call for call, _ in calls_in(cell)} & {"check", "predict", "quiz"}:
                outputs = [output for output in cell.get("outputs", []) if not closed_output(output)]
                yield from (f"{cell.id} shows openly what comes before the answer of {id} has ended" for _ in outputs)
        for cell in nb.cells[place + 1 : end + 2]:
            if cell.cell_type == "markdown" and cell.source.startswith("**What to notice"):
                yield f"{cell.id} says openly what to notice, right after prediction {id}"


def ids_of(call: str, cell: NotebookNode) -> set[str]:
    """The ids with which a code cell calls `predict` or `after_prediction`."""
    named = calls_in(cell) if cell.cell_type == "code" else ()
    return {id for name, ids in named if name == call for id in ids}


def closed_output(output: NotebookNode) -> bool:
    """Whether all of an output is behind a line that is closed."""
    return bool(CLOSED.match(output.get("data", {}).get("text/html", "")))


def bound_by(tree: ast.AST) -> set[str]:
    """The names that a cell assigns or defines at its top level."""
    if isinstance(tree, ast.FunctionDef | ast.ClassDef):
        return {tree.name}
    if isinstance(tree, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return set()
    own = {tree.id} if isinstance(tree, ast.Name) and isinstance(tree.ctx, ast.Store) else set()
    return own.union(*map(bound_by, ast.iter_child_nodes(tree)))


def globals_of(function: ast.FunctionDef) -> set[str]:
    """The names that a function, or one inside it, takes from the notebook."""

    def free(table: symtable.SymbolTable) -> set[str]:
        own = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
        return own.union(*map(free, table.get_children()))

    (table,) = symtable.symtable(ast.unparse(function), "cell", "exec").get_children()
    return free(table)


def code_cells(nb: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    """The code cells, numbered from 0 as nbval names them."""
    return enumerate(cell for cell in nb.cells if cell.cell_type == "code")


def calls_in(cell: NotebookNode) -> Iterator[tuple[str, set[str]]]:
    """Every call in a cell as (name of the function, the texts among its arguments)."""
    for node in ast.walk(parse(cell.source) or ast.Module([], [])):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            constants = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            yield name, {value for value in constants if isinstance(value, str)}


def parse(source: str) -> ast.AST | None:
    """The syntax tree of a cell, in which `await` may stand alone; None for a magic or a typo."""
    try:
        flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        return compile(source, "cell", "exec", flags)
    except SyntaxError:
        return None


def anchor(heading: str) -> str:
    """What a link to this heading says after the `#` in JupyterLab."""
    return re.sub(r"[*`]", "", heading.strip()).replace(" ", "-")


@each_notebook
def test_a_stored_notebook_keeps_every_rule(path: Path) -> None:
    assert problems(path.read_text(encoding="utf-8"), path.name) == []


# --- and each of these rules can fail -------------------------------------------------------------


def good_notebook() -> NotebookNode:
    """The smallest notebook that keeps every rule."""
    v4 = nbformat.v4
    behind = '<details class="after-7.P1"><summary>After prediction 7.P1</summary>'
    sources = {
        "title": "# 07 · Planning\n\nContents: [First idea](#First-idea)",
        "set-up": "from rlcourse import notebook\nrng = notebook.setup(seed=0)",
        "idea": "## First idea\n\nSee https://example.org/home/page and $\\forall A:\\text{all}$.",
        "sum": "print(0.25 + 0.5)",
        "figure": "k = 1\ndef draw(d):\n    f = k * d\n    return f\nnotebook.explore(draw)",
        "long-run": "if notebook.available('box2d'):\n    print(train(hours=3))",
        "panel": "notebook.stepper(draw, steps=3)",
        "hunt": "## Bug hunt",
        "exercises": "\n".join(f"check('7.{k}', f)" for k in range(1, 5)),
        "last": "f = check.or_reference('7.5', f)",
        "quiz": "\n".join(f"notebook.quiz('7.{k}')" for k in "abcd"),
        "question": "notebook.predict('7.P1')",
        "answer": "notebook.after_prediction('7.P1')\nprint(8.79)",
        "noticed": f"{behind}\n\n**What to notice.** It is less.\n\n</details>",
    }
    panel = {"image/png": PIXEL, "text/plain": "sum of rewards 0.75"}
    outputs = {
        "sum": [v4.new_output("stream", text="0.75\n")],
        "figure": [v4.new_output("display_data", data=panel)],
        "long-run": [v4.new_output("stream", text="return 1234\n")],
        "answer": [v4.new_output("display_data", data={"text/html": f"{behind}8.79</details>", "text/plain": "8.79"})],
    }
    cells = []
    for name, source in sources.items():
        if name in ("title", "idea", "hunt", "noticed"):
            cells.append(v4.new_markdown_cell(source, id=name))
        else:
            cells.append(v4.new_code_cell(source, id=name, outputs=outputs.get(name, [])))
    nb = v4.new_notebook(cells=cells)
    cell_of(nb, "long-run").metadata.tags = ["nbval-skip"]
    builder.stamp(nb, skipped_too=True)
    return number_cells(builder.clean(nb))


def number_cells(nb: NotebookNode) -> NotebookNode:
    """Gives the cells that run the counts 1..n."""
    run = [cell for _, cell in code_cells(nb) if builder.SKIP not in cell.metadata.get("tags", [])]
    for count, cell in enumerate(run, start=1):
        cell.execution_count = count
    return nb


def cell_of(nb: NotebookNode, name: str) -> NotebookNode:
    return next(cell for cell in nb.cells if cell.id == name)


def say(name: str, text: str) -> Callable[[NotebookNode], object]:
    """A change to the notebook: the source of the cell `name` becomes `text`."""
    return lambda nb: cell_of(nb, name).update(source=text)


def show(output_type: str, **content: object) -> Callable[[NotebookNode], object]:
    """A change to the notebook: one more output of its figure cell."""
    output = nbformat.v4.new_output(output_type, **content)
    return lambda nb: cell_of(nb, "figure").outputs.append(output)


def show_data(**kinds: str) -> Callable[[NotebookNode], object]:
    return show("display_data", data={kind.replace("_", "/"): text for kind, text in kinds.items()})


def open_details(data: NotebookNode) -> None:
    data["text/html"] = data["text/html"].replace(">", " open>", 1)


VIEW = {builder.WIDGET_VIEW: {"model_id": "a1", "version_major": 2, "version_minor": 0}}
BROKEN: list[tuple[str, Callable[[NotebookNode], object]]] = [
    ("MB, not under 1.5 MB", show_data(text_html="x" * 1_500_000)),
    ("metadata.widgets", lambda nb: nb.metadata.update(widgets={})),
    ("kernelspec is not python3", lambda nb: nb.metadata.kernelspec.update(name="my-env")),
    ("execution timings", lambda nb: cell_of(nb, "sum").metadata.update(execution={})),
    ("not as `make notebooks`", lambda nb: nb.metadata.language_info.update(version="3.11")),
    ("not as `make notebooks`", lambda nb: cell_of(nb, "hunt").metadata.pop("slideshow")),
    ("execution count None, not 2", lambda nb: cell_of(nb, "sum").update(execution_count=None)),
    ("execution count 3, not 2", lambda nb: cell_of(nb, "sum").update(execution_count=3)),
    ("yet has an execution count", lambda nb: cell_of(nb, "long-run").update(execution_count=9)),
    ("ends in an error: KeyError", show("error", ename="KeyError", evalue="", traceback=[])),
    ("wrote to stderr", show("stream", name="stderr", text="old!")),
    ("the address of an object", show("stream", text="<Agent at 0x7f3a5c0d2e10>")),
    ("the address of an object", show_data(text_plain="<function f at 0x10a2b3c4d>")),
    ("shows a path of the machine", show("stream", text="saved to /home/ada/run.pt")),
    ("shows a path of the machine", show_data(text_html="<a href='/tmp/x.html'>", text_plain="a")),
    ("shows a path of the machine", show("stream", text=r"saved to C:\Users\ada")),
    ("picture without a text/plain", show_data(image_png=PIXEL)),
    ("the name of a figure", show_data(text_plain="<Figure size 640x480 with 1 Axes>")),
    ("the name of a figure", show("stream", text="0.75\nFigure(640x480)\n")),
    ("widget without a static picture", show("display_data", data=VIEW)),
    ("names a path of one machine", say("sum", "open('/root/values.npy')")),
    ("names a path of one machine", say("hunt", "## Bug hunt in `/work/`")),
    ("89 columns wide", say("sum", "x" * 89)),
    ("installs, downloads", say("sum", "pip.main()")),
    ("not plain Python", say("sum", "!ls")),
    ("installs, downloads", say("sum", "import sys\nsys.path.append('..')")),
    ("nbval mishandles", say("sum", "from IPython.display import clear_output")),
    ("nbval mishandles", say("sum", "# NBVAL_IGNORE_OUTPUT\n1")),
    ("ends in a semicolon", say("sum", "plot();")),
    ("setup cell has 7 lines", say("set-up", "notebook.setup()" + "\nx = 1" * 6)),
    ("does not call setup()", say("set-up", "import numpy as np")),
    ("does not open with a Markdown", lambda nb: nb.cells.pop(0)),
    ("does not begin with `# 07", say("title", "# 8 · Planning [First idea](#First-idea)")),
    ("does not begin with `# 07", say("title", "# 07 Planning [First idea](#First-idea)")),
    ("dead in JupyterLab", say("idea", "## 1 · Idea\n\nBack to [1](#1-·-Idea) [1](#First-idea)")),
    ("link #First-idea leads to no", say("idea", "## Second idea")),
    ("no heading announces a bug", say("hunt", "## Find the mistake")),
    ("a hyphen for a minus sign", say("idea", "## First idea\n\nIt is worth -0.5.")),
    ("4 exercises, not at least 5", say("last", "check.or_reference('7.1', f)")),
    ("1 live panels, not at least 2", say("figure", "# explore()")),
    ("cell 6 changes k, which the live panel in cell 4", say("last", "check('7.5', f)\nk = 2")),
    ("cell 6 changes k, which the live", say("last", "check('7.5', f)\nfor k in range(3):\n    k")),
    ("its code was changed after its outputs", say("sum", "print(0.5 + 0.25)")),
    ("its code was changed after its outputs", lambda nb: nb.metadata.pop("rlcourse")),
    ("of the skipped cell long-run was made by", say("long-run", "notebook.available('box2d')\nprint(train(5))")),
    ("does not ask whether what it needs", say("long-run", "print(train(hours=3))")),
    (
        "answer shows openly",
        lambda nb: cell_of(nb, "answer").outputs.append(nbformat.v4.new_output("stream", text="9")),
    ),
    ("answer shows openly", lambda nb: open_details(cell_of(nb, "answer").outputs[0].data)),
    ("noticed opens what is to be closed", say("noticed", '<details class="after-7.P1" open>')),
    ("noticed says openly what to notice", say("noticed", "**What to notice.** It is 8.79.")),
    ("prediction 7.P1 has no answer", lambda nb: [say("answer", "8")(nb), say("noticed", "It is.")(nb)]),
    ("answer comes after prediction 7.P2, which is not", say("answer", "notebook.after_prediction('7.P2')")),
    ("noticed comes after prediction 7.P2, which is not", say("noticed", '<details class="after-7.P2">')),
    ("answer comes after prediction 7.P1, which is not", lambda nb: nb.cells.append(nb.cells.pop(-3))),
    ("3 quiz questions, not at least", say("quiz", "quiz('a'), quiz('b'), quiz('c'), quiz('a')")),
]


def test_a_good_notebook_has_no_problems() -> None:
    assert problems(builder.as_text(good_notebook()), "07_planning.ipynb") == []


@pytest.mark.parametrize(("phrase", "spoil"), BROKEN, ids=[phrase for phrase, _ in BROKEN])
def test_each_rule_can_fail(phrase: str, spoil: Callable[[NotebookNode], object]) -> None:
    nb = good_notebook()
    spoil(nb)
    found = problems(builder.as_text(nb), "07_planning.ipynb")
    assert any(phrase in problem for problem in found), found


@pytest.mark.parametrize(
    ("phrase", "change"),
    [
        ("not a valid notebook", lambda raw: raw.pop("cells")),
        ("not a valid notebook", lambda raw: raw["cells"][3].pop("outputs")),
        ("cells share an id or have none", lambda raw: raw["cells"][3].update(id="idea")),
        ("cells share an id or have none", lambda raw: [cell.pop("id") for cell in raw["cells"]]),
        ("format 4.4, not 4.5", lambda raw: raw.update(nbformat_minor=4)),
    ],
)
def test_what_is_no_valid_notebook_is_said_to_be_none(phrase: str, change: Callable[[dict[str, Any]], object]) -> None:
    raw = json.loads(builder.as_text(good_notebook()))
    change(raw)
    (problem,) = problems(json.dumps(raw), "07_planning.ipynb")
    assert phrase in problem


# --- what nbval compares --------------------------------------------------------------------------


def run_nbval(*paths: Path) -> dict[str, dict[int, str]]:
    """The outcome of each cell, as `make test` runs nbval, by file name and cell number."""
    options = ["--nbval", "--nbval-current-env", f"--nbval-sanitize-with={NBVAL_CFG}"]
    options += ["-p", "rlcourse.notebook.build.nbval_plugin"]
    quiet = ["-q", "-rA", "--color=no", "-p", "no:cacheprovider", "-c", os.devnull]
    command = [sys.executable, "-m", "pytest", *quiet, *options, *map(str, paths)]
    env = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    folder = paths[0].parent
    ran = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=300)
    outcomes: dict[str, dict[int, str]] = {path.name: {} for path in paths}
    for outcome, name, number in re.findall(r"^([A-Z]+) (\S+)::Cell (\d+)", ran.stdout, re.M):
        outcomes[Path(name).name][int(number)] = outcome
    assert ran.returncode in (0, 1), ran.stdout + ran.stderr
    return outcomes


def falsify(cell: NotebookNode) -> None:
    """Changes the first digit that this cell shows as text: a stream's, or beside a picture."""
    for output in cell.outputs:
        holder, key = (output, "text") if "text" in output else (output.data, "text/plain")
        head = re.match("(After prediction .*\n)?", holder[key])  # the number of a prediction is none of its own
        if head and (digit := re.compile(r"\d").search(holder[key], head.end())) is not None:
            changed = str((int(digit[0]) + 1) % 10)
            holder[key] = holder[key][: digit.start()] + changed + holder[key][digit.end() :]
            return
    raise AssertionError(f"no digit in the outputs of {cell.source!r}")


def text_alone(cell: NotebookNode) -> str:
    """What a cell printed, if it shows no picture."""
    pictures = any(kind in PICTURES for output in cell.outputs for kind in output.get("data", {}))
    return "" if pictures else "".join(output.get("text", "") for output in cell.outputs)


@pytest.mark.notebooks
@each_notebook
def test_nbval_notices_a_false_number_in_a_text_and_in_a_panel(path: Path, tmp_path: Path) -> None:
    nb = builder.read(path)
    strict = set(builder.compared_cells(nb))
    compared = [(number, cell) for number, cell in code_cells(nb) if number in strict]
    panels = [number for number, cell in compared if PANELS & {call for call, _ in calls_in(cell)}]
    texts = [number for number, cell in compared if re.search(r"\d", text_alone(cell))]
    false = {texts[0], panels[0]}
    last = [cell.id for _, cell in code_cells(nb)][max(false)]
    nb.cells = nb.cells[: [cell.id for cell in nb.cells].index(last) + 1]  # the start is enough
    (tmp_path / "honest.ipynb").write_text(builder.as_text(nb), encoding="utf-8")
    for number, cell in code_cells(nb):
        if number in false:
            falsify(cell)
    (tmp_path / "false.ipynb").write_text(builder.as_text(nb), encoding="utf-8")

    outcomes = run_nbval(tmp_path / "honest.ipynb", tmp_path / "false.ipynb")
    assert len(outcomes["honest.ipynb"]) == len(list(code_cells(nb)))
    assert "FAILED" not in outcomes["honest.ipynb"].values()
    assert {n for n, outcome in outcomes["false.ipynb"].items() if outcome == "FAILED"} == false


@pytest.mark.notebooks
def test_the_cells_counted_as_compared_are_those_in_which_nbval_notices_a_change(
    tmp_path: Path,
) -> None:
    def shown(**kinds: str) -> tuple[str, NotebookNode]:
        data = {kind.replace("_", "/").replace("svg", "svg+xml"): "true" for kind in kinds}
        source = f"from IPython.display import display\ndisplay({data}, raw=True)"
        false = nbformat.v4.new_output("display_data", data=dict.fromkeys(data, "false"))
        return source, false

    printed = "print('true')", nbformat.v4.new_output("stream", text="false\n")
    view = f"display({VIEW}, raw=True)", nbformat.v4.new_output("display_data", data=VIEW)
    number = "print(1)", nbformat.v4.new_output("stream", text="2\n")
    cells = [
        (*printed, []),
        (*number, ["nbval-ignore-output"]),
        (*printed, ["nbval-skip"]),
        (*shown(text_plain=""), []),
        (*shown(text_html=""), []),
        (*shown(text_latex=""), []),
        (*shown(image_svg=""), []),
        (*shown(image_png=""), []),
        (*shown(image_jpeg=""), []),
        (*shown(image_png="", text_plain=""), []),
        (*view, []),
        ("silent = True", None, []),
        ("# NBVAL_IGNORE_OUTPUT\nprint('true')", printed[1], []),
    ]
    nb = nbformat.v4.new_notebook()
    for count, (source, output, tags) in enumerate(cells, start=1):
        metadata = {"tags": tags}
        cell = nbformat.v4.new_code_cell(source, execution_count=count, metadata=metadata)
        cell.outputs = [copy.deepcopy(output)] if output else []
        nb.cells.append(cell)
    path = tmp_path / "made_up.ipynb"
    path.write_text(builder.as_text(nb), encoding="utf-8")
    outcomes = run_nbval(path)["made_up.ipynb"]
    noticed = [number for number, outcome in outcomes.items() if outcome == "FAILED"]
    assert sorted(noticed) == builder.compared_cells(nb) == [0, 3, 4, 5, 6, 9]


def test_nbval_overlooks_times_and_the_bytes_of_pictures_and_nothing_else() -> None:
    rules = get_sanitize_patterns(NBVAL_CFG.read_text(encoding="utf-8"))

    def sanitized(text: str) -> str:
        for regex, replacement in rules:
            text = re.sub(regex, replacement, text)
        return text

    assert sanitized("took 1.25 s") == sanitized("took 980 ms") == "took TIME"
    assert sanitized("63,100 steps/s") == sanitized("1.2k steps/s") == "SPEED steps/s"
    small, large = (f'<img src="data:image/png;base64,{data}" alt="v" width="300">' for data in ("A+/=", "Bb"))
    assert sanitized(small) == sanitized(large) == '<img src="PICTURE" alt="v" width="300">'
    for line in ('src="a.png"', "data:image/png;base64,AA", 'src="data:video/mp4;base64,AA"'):
        assert sanitized(line) == line
    for line in ("v(3, 2) = -22.0", "0.9 in 12 sweeps", "took 12 sweeps", "3 s", "after 40 steps"):
        assert sanitized(line) == line
