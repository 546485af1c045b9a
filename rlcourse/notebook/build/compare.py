"""What is held to be the same in two runs of a notebook: what nbval compares, and the words of noise."""

import copy
import re
from collections.abc import Iterable
from typing import Any

from nbformat import NotebookNode

from rlcourse.notebook.build.store import as_text
from rlcourse.saving import WIDGET_VIEW

LONG_CELL = 20  # lines; more than that does not fit on a projector
NOISE = "nbval-ignore-output"  # a cell whose numbers differ from run to run: CI compares its words alone
NUMBER = re.compile(r"[-+−]?\b\d[\d,.]*(?:e[-+]?\d+)?", re.I)
# What nbval 0.11 leaves out when it compares two outputs.
NOT_COMPARED = {"metadata", "traceback", "prompt_number", "output_type", "name", "execution_count"}
NOT_COMPARED |= {WIDGET_VIEW, "image/png", "image/jpeg"}


def noisy(cell: NotebookNode) -> bool:
    """Whether this cell shows numbers that differ from run to run."""
    return NOISE in cell.metadata.get("tags", [])


def words(outputs: Iterable[NotebookNode]) -> list[str]:
    """What outputs say, line by line, a "#" for each number."""
    said = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs]
    return [" ".join(NUMBER.sub("#", line).split()) for text in said for line in text.rstrip("\n").split("\n")]


def without_noise(nb: NotebookNode) -> str:
    """The notebook as text, of a cell tagged as noise only what it says."""
    nb = copy.deepcopy(nb)
    for cell in nb.cells:
        if noisy(cell):
            cell.metadata.says, cell.outputs = words(cell.outputs), []
    return as_text(nb)


def compared_cells(nb: NotebookNode) -> list[int]:
    """The code cells, counted from 0 as nbval names them, with a stored output that it compares.

    Neither skipped nor ignored, and at least one stream or one type of data that nbval reads: a
    picture alone is shown, never compared.
    """
    from nbval.plugin import find_comment_markers, find_metadata_tags

    compared = []
    for number, cell in enumerate(cell for cell in nb.cells if cell.cell_type == "code"):
        options: dict[str, Any] = {"check": True, **dict(find_metadata_tags(cell.metadata))}
        options |= dict(find_comment_markers(cell.source))
        keys = {key for output in cell.outputs for key in output if key not in NOT_COMPARED}
        kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
        counts = (keys - {"data"}) | (kinds - NOT_COMPARED)
        if counts and options["check"] and not options.get("skip") and cell.execution_count:
            compared.append(number)
    return compared


def count_line(nb: NotebookNode) -> str:
    """One line on how much of a notebook nbval holds to the letter, and on its long cells."""
    lines = [len(cell.source.splitlines()) for cell in nb.cells if cell.cell_type == "code"]
    compared, long = len(compared_cells(nb)), sum(count > LONG_CELL for count in lines)
    return f"{compared} of {len(lines)} code cells strictly compared, {long} over {LONG_CELL} lines"
