"""What the plugin adds to nbval: ignored outputs keep their words, skipped cells run where their extra is missing."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest

from rlcourse.notebook import build as builder
from rlcourse.notebook.extras import MODULES

v4 = nbformat.v4


def outcomes(folder: Path, *cells: tuple[str, str, str]) -> dict[str, list[int]]:
    """Which of the cells, each a (source, stored text, tag), pass, fail and are skipped."""
    nb = v4.new_notebook()
    for count, (source, text, tag) in enumerate(cells, start=1):
        cell = v4.new_code_cell(source, metadata={"tags": [tag] if tag else []})
        cell.execution_count = None if tag == builder.SKIP else count
        cell.outputs = [v4.new_output("stream", text=text)] if text else []
        nb.cells.append(cell)
    (folder / "a.ipynb").write_text(builder.as_text(nb), encoding="utf-8")
    options = (
        "--nbval --nbval-current-env -p rlcourse.notebook.build.nbval_plugin -q -rA -p no:cacheprovider --color=no"
    )
    command = [sys.executable, "-m", "pytest", *options.split(), "-c", os.devnull, "a.ipynb"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    seen = re.findall(r"^([A-Z]+) a.ipynb::Cell (\d+)", ran.stdout, re.M)
    assert seen, ran.stdout + ran.stderr
    return {
        outcome: sorted(int(number) for result, number in seen if result == outcome)
        for outcome in ("PASSED", "FAILED", "SKIPPED")
    }


@pytest.mark.notebooks
def test_ignored_cells_keep_their_words_and_cells_that_lack_an_extra_run(tmp_path: Path) -> None:
    noise, skip = builder.NOISE, builder.SKIP
    extra = next((extra for extra, module in MODULES.items() if find_spec(module) is None), None)
    if extra is None:
        pytest.skip("every extra is installed here")
    ran = outcomes(
        tmp_path,
        ("print('holds for', 12, 'steps')", "holds for 500 steps\n", noise),
        ("print('fell after', 12, 'steps')", "holds for 12 steps\n", noise),
        ("print('holds for', 12, 'steps')", "", noise),
        ("from rlcourse.notebook import available", "", ""),
        (f"if available({extra!r}):\n    1 / 0\nelse:\n    went_on = 1", "return 400\n", skip),
        ("print(went_on)", "1\n", ""),
        (f"available({extra!r}) and 0\n1 / 0", "", skip),
        ("1 / 0", "", skip),
    )
    assert ran == {"PASSED": [0, 3, 4, 5], "FAILED": [1, 2, 6], "SKIPPED": []}
