"""What nbval does not do by itself: `pytest --nbval -p rlcourse.notebook.build.nbval_plugin`.

A cell whose output nbval ignores must still say the same, numbers aside. A cell that it skips because it needs an extra
is run where that extra is missing: there it must say so and let the notebook go on.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from importlib.util import find_spec

import pytest
from nbformat import NotebookNode
from nbval.plugin import IPyNbCell

from rlcourse.notebook.build.compare import noisy, words
from rlcourse.notebook.build.made_by import skipped
from rlcourse.notebook.extras import MODULES

EXTRA = re.compile(r"\bavailable\(['\"](\w+)['\"]\)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, IPyNbCell) and skipped(item.cell) and missing(item.cell):
            item.options.update(skip=False, check=False)
            item.cell.outputs = []  # nbval refuses outputs of a cell without a count


def missing(cell: NotebookNode) -> bool:
    """Whether a cell asks for an extra that is not installed here."""
    extra = EXTRA.search(cell.source)
    return extra is not None and find_spec(MODULES[extra[1]]) is None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    yield
    if isinstance(item, IPyNbCell) and noisy(item.cell):
        stored, now = words(item.cell.outputs), words(item.test_outputs)
        if now != stored:
            item.raise_cell_error("Cell says something else", f"stored:  {stored}\nnow:     {now}")
