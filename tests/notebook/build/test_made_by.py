"""Which code made a stored output: every way of becoming older than its code is noticed, and nothing else is."""

from collections.abc import Callable

import nbformat
import pytest
from nbformat import NotebookNode

from rlcourse.notebook import build as builder

v4 = nbformat.v4
SOURCES = {
    "set_up": "import math\nfrom rlcourse.deep import DQN as Agent",
    "helper": "def steps():\n    return LIMIT * 2",
    "limit": "LIMIT = 100",
    "other": "z = 1",
    "noise": "print(z)",
    "long": "pilot = Agent(steps())\nfor _ in range(3):\n    await pilot",
    "last": "1 + 1",
}
TAGS = {"noise": ["nbval-ignore-output"], "long": ["nbval-skip"]}


def stamped() -> NotebookNode:
    """A notebook whose cells, the skipped one too, have just been run."""
    cells = [v4.new_code_cell(source, id=id, metadata={"tags": TAGS.get(id, [])}) for id, source in SOURCES.items()]
    cells.insert(1, v4.new_markdown_cell("## Prose", id="prose"))
    for cell in cells[1:]:
        if cell.cell_type == "code":
            cell.outputs = [v4.new_output("stream", text="0\n")]
    nb = v4.new_notebook(cells=cells)
    builder.stamp(nb, skipped_too=True)
    return nb


def edit(id: str) -> Callable[[NotebookNode], object]:
    return lambda nb: cell_of(nb, id).update(source=cell_of(nb, id).source + "  # changed")


def cell_of(nb: NotebookNode, id: str) -> NotebookNode:
    return next(cell for cell in nb.cells if cell.id == id)


NOTEBOOK, SKIPPED = "its code was changed after its outputs were made", "the output of the skipped cell long"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (edit("last"), [NOTEBOOK]),
        (edit("noise"), [NOTEBOOK]),
        (edit("other"), [NOTEBOOK]),  # on which a later cell depends, and the skipped one does not
        (edit("helper"), [NOTEBOOK, SKIPPED]),  # which the skipped cell calls
        (edit("limit"), [NOTEBOOK, SKIPPED]),  # which the helper uses, though it is set after it
        (edit("set_up"), [NOTEBOOK, SKIPPED]),  # which imports a name that it uses
        (edit("long"), [SKIPPED]),
        (lambda nb: nb.cells.pop(4), [NOTEBOOK]),
        (lambda nb: nb.cells.insert(5, nb.cells.pop(4)), [NOTEBOOK]),
        (lambda nb: nb.cells.append(v4.new_code_cell("2")), [NOTEBOOK]),
        (lambda nb: cell_of(nb, "long").metadata.pop("rlcourse"), [SKIPPED]),
        (lambda nb: nb.metadata.pop("rlcourse"), [NOTEBOOK]),
        (lambda nb: cell_of(nb, "last").metadata.update(tags=["nbval-skip"]), [NOTEBOOK, "the output of the skipped"]),
    ],
)
def test_what_is_older_than_its_code_is_noticed(change: Callable[[NotebookNode], object], says: list[str]) -> None:
    nb = stamped()
    change(nb)
    found = list(builder.stale(nb))
    assert len(found) == len(says) and all(problem.startswith(said) for problem, said in zip(found, says, strict=True))


@pytest.mark.parametrize(
    "change",
    [
        lambda nb: None,
        lambda nb: cell_of(nb, "prose").update(source="## Better prose"),
        lambda nb: cell_of(nb, "long").update(source="else_ = 1", outputs=[]),
        lambda nb: cell_of(nb, "last").metadata.update(tags=["mine"]),
    ],
)
def test_what_is_as_it_was_run_is_not(change: Callable[[NotebookNode], object]) -> None:
    nb = stamped()
    change(nb)
    assert list(builder.stale(nb)) == []


def test_a_build_that_skips_a_cell_leaves_its_stamp() -> None:
    nb = stamped()
    edit("helper")(nb)
    builder.stamp(nb)
    assert [problem[:24] for problem in builder.stale(nb)] == ["the output of the skippe"]


def test_the_stamps_survive_cleaning() -> None:
    assert list(builder.stale(builder.clean(stamped()))) == []


def test_code_that_is_not_plain_python_has_no_names_and_is_noticed_all_the_same() -> None:
    nb = stamped()
    nb.cells.insert(0, v4.new_code_cell("!ls"))
    assert [problem[:8] for problem in builder.stale(nb)] == ["its code"]
