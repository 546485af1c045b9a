"""Runs notebooks from top to bottom and stores them clean.

A notebook is replaced only when every cell ran without an error and without a warning, and two builds in a row give
the same bytes, so that a diff shows what an author changed and nothing else.
"""

import copy
import os
import re
import sys
import tempfile
import time
from pathlib import Path

from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from rlcourse.notebook.build.compare import count_line, without_noise
from rlcourse.notebook.build.made_by import SKIP, skipped, stamp
from rlcourse.notebook.build.store import as_text, clean, heading_of, read
from rlcourse.notebook.extras import says_without
from rlcourse.saving import STATIC_TYPES, WIDGET_VIEW

NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks"
CELL_TIMEOUT = 120  # seconds, the same as nbval's in `make test`
SKIPPED_TIMEOUT = 3600  # seconds, for those that the build skips


class BuildError(Exception):
    """A notebook did not run clean; the message names the cell and says what happened."""


class ThisInterpreter(AsyncKernelManager):
    """Starts kernels of the running Python, whatever kernelspecs the machine has installed."""

    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())


def main(paths: list[str], *, run_skipped: bool = False) -> int:
    """Builds the notebooks at `paths` (all of them where it is empty); 0 if each ran clean."""
    found = [Path(path) for path in paths] or sorted(NOTEBOOKS.glob("*.ipynb"))
    if not found:
        print(f"no notebook in {NOTEBOOKS}", file=sys.stderr)
        return 1
    failed = 0
    for path in found:
        started = time.perf_counter()
        try:
            nb = build(path, run_skipped=run_skipped)
        except (BuildError, OSError, ValueError) as error:
            print(f"{path}: {error}", file=sys.stderr, flush=True)
            failed += 1
        else:
            seconds = time.perf_counter() - started
            print(f"{path.name}: {count_line(nb)}; built in {seconds:.1f} s", flush=True)
    return 1 if failed else 0


def build(path: Path, *, run_skipped: bool = False) -> NotebookNode:
    """Runs the notebook at `path`, cleans it and moves it into place; raises BuildError.

    Where nothing differs but the numbers and pictures of cells tagged as noise (timings, say), the file stays as it is.
    Skipped cells keep their outputs, unless `run_skipped`.
    """
    old = read(path)
    new = execute(old, path.resolve().parent, run_skipped=run_skipped)
    stamp(new, skipped_too=run_skipped)
    new = clean(new)
    complain_about_outputs(new)
    if without_noise(new) == without_noise(old) and as_text(old) == path.read_text(encoding="utf-8"):
        return old
    half_written = path.with_name(path.name + ".tmp")
    half_written.write_text(as_text(new), encoding="utf-8")
    os.replace(half_written, path)
    return new


def execute(nb: NotebookNode, folder: Path, *, run_skipped: bool = False) -> NotebookNode:
    """A copy of `nb` run in a fresh kernel that works in `folder`; raises BuildError."""
    nb = copy.deepcopy(nb)
    with tempfile.TemporaryDirectory() as profile:  # nobody's IPython start-up files run here
        env = {**os.environ, "SDL_VIDEODRIVER": "dummy", "IPYTHONDIR": profile}
        env.pop("MPLBACKEND", None)  # the kernel then takes its own: figures inside the notebook
        client = NotebookClient(
            nb,
            kernel_name="python3",
            kernel_manager_class=ThisInterpreter,
            timeout_func=lambda cell: SKIPPED_TIMEOUT if skipped(cell) else CELL_TIMEOUT,
            skip_cells_with_tag="" if run_skipped else SKIP,
            force_raise_errors=True,
            record_timing=False,
            coalesce_streams=True,
            extra_arguments=["--IPKernelApp.log_level=ERROR"],  # it warns of plain-text loopback
        )
        current = [0]
        client.on_cell_start = lambda cell, cell_index: current.__setitem__(0, cell_index)
        try:
            client.execute(cwd=str(folder), env=env)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            report = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
            raise BuildError(f"{name_of(nb, current[0])} failed\n{report}") from None
    counted = [cell for cell in nb.cells if cell.get("execution_count") and not skipped(cell)]
    for count, cell in enumerate(counted, start=1):  # as where the skipped ones did not run
        cell.execution_count = count
    return nb


def complain_about_outputs(nb: NotebookNode) -> None:
    """Raises BuildError if a cell wrote to stderr, lacked what it needs, or shows a widget without a static picture."""
    complaints = []
    for index, cell in enumerate(nb.cells):
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                complaints.append(f"{name_of(nb, index)} wrote to stderr:\n{output.text.rstrip()}")
            if says_without(output):
                complaints.append(f"{name_of(nb, index)} did not run:\n{output.data['text/plain']}")
            if WIDGET_VIEW in output.get("data", {}):
                complaints.append(
                    f"{name_of(nb, index)} shows a widget that nobody sees without a kernel; "
                    f"add one of {', '.join(STATIC_TYPES)} to its _repr_mimebundle_"
                )
    if complaints:
        raise BuildError("\n".join(complaints))


def name_of(nb: NotebookNode, index: int) -> str:
    """How a message names the cell at `index`: its number among the code cells, where, what."""
    number = sum(cell.cell_type == "code" for cell in nb.cells[: index + 1])
    headings = [heading_of(cell.cell_type, cell.source) for cell in nb.cells[: index + 1]]
    section = next((heading[1] for heading in reversed(headings) if heading), "no heading")
    first_line = nb.cells[index].source.strip().split("\n")[0]
    return f"code cell {number} ({section}: `{first_line}`)"
