"""What code made a stored output: a hash of it is stored too, so that an output older than its code is noticed.

The cells that a build runs are run from top to bottom, each on what those before it left behind. So one hash, of all
of them, stands for all of their outputs. A cell that the build skips keeps its output from when its author ran it; its
own hash covers the cell, and the earlier cells that define what it uses.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence

from nbformat import NotebookNode

SKIP = "nbval-skip"  # a cell that neither the build nor CI runs: its stored output is kept
PLACE = "rlcourse"  # in the metadata of the notebook, and of a skipped cell: {"made_by": hash}


def skipped(cell: NotebookNode) -> bool:
    """Whether this is a code cell that the build leaves alone."""
    return cell.cell_type == "code" and SKIP in cell.metadata.get("tags", [])


def stamp(nb: NotebookNode, *, skipped_too: bool = False) -> None:
    """Writes into a notebook that has just been run what code made its outputs."""
    nb.metadata[PLACE] = {"made_by": made_by(nb)}
    for index, cell in enumerate(nb.cells):
        if skipped(cell) and skipped_too:
            cell.metadata[PLACE] = {"made_by": made_by_skipped(nb, index)}


def stale(nb: NotebookNode) -> Iterator[str]:
    """What is older than its code, in words; nothing where all is as it was run."""
    if stamp_of(nb) != made_by(nb):
        yield "its code was changed after its outputs were made: run `make notebooks`"
    for index, cell in enumerate(nb.cells):
        if skipped(cell) and cell.outputs and stamp_of(cell) != made_by_skipped(nb, index):
            yield (
                f"the output of the skipped cell {cell.id} was made by other code: "
                "run `python -m rlcourse notebooks --run-skipped`, where what it needs is installed"
            )


def stamp_of(holder: NotebookNode) -> str:
    return str(holder.metadata.get(PLACE, {}).get("made_by", ""))


def made_by(nb: NotebookNode) -> str:
    """The hash of all that the build runs, in order."""
    return digest([cell.source for cell in nb.cells if cell.cell_type == "code" and not skipped(cell)])


def made_by_skipped(nb: NotebookNode, index: int) -> str:
    """The hash of a skipped cell and of the code before it that defines, directly or not, a name that it uses."""
    sources = [cell.source for cell in nb.cells[: index + 1] if cell.cell_type == "code"]
    used = {len(sources) - 1}
    while True:
        names = set().union(*(names_in(sources[number]) for number in used))
        more = {number for number, source in enumerate(sources) if bound_in(source) & names} - used
        if not more:
            return digest([sources[number] for number in sorted(used)])
        used |= more


def digest(sources: Sequence[str]) -> str:
    return hashlib.sha256("\n# %%\n".join(sources).encode()).hexdigest()[:16]


def tree(source: str) -> ast.AST:
    """The syntax tree of code; that of nothing where it is not plain Python."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.Module([], [])


def names_in(source: str) -> set[str]:
    """The names that code mentions."""
    return {node.id for node in ast.walk(tree(source)) if isinstance(node, ast.Name)}


def bound_in(source: str) -> set[str]:
    """The names to which code gives a meaning: assigned, defined or imported, wherever it does so."""
    bound: set[str] = set()
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).split(".")[0])
    return bound
