"""Runs the course's notebooks from top to bottom and stores them clean.

    python -m rlcourse notebooks [PATHS]    # all of notebooks/ where no path is given

A notebook is replaced only when every cell ran without an error and without a warning, and two
builds in a row give the same bytes, so that a diff shows what an author changed and nothing else.
"""

import base64
import copy
import io
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat
from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from PIL import Image

NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks"
LONG_CELL = 20  # lines; more than that does not fit on a projector
CELL_TIMEOUT = 120  # seconds, the same as nbval's in `make test`
SKIP = "nbval-skip"  # a cell that neither this build nor CI runs: its stored output is kept
NOISE = "nbval-ignore-output"  # a cell whose output differs from run to run, which CI does not compare
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
STATIC_TYPES = ("image/png", "text/html", "text/markdown")
SLIDE_TYPES = {"#": "slide", "##": "slide", "###": "subslide"}
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE_INFO = {  # without Python's version, which differs from one machine to the next
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
KEPT_NOTEBOOK_METADATA = ("title", "authors")
KEPT_CELL_METADATA = ("tags", "slideshow", "jupyter")
# What nbval 0.11 leaves out when it compares two outputs.
NOT_COMPARED = {"metadata", "traceback", "prompt_number", "output_type", "name", "execution_count"}
NOT_COMPARED |= {WIDGET_VIEW, "image/png", "image/jpeg"}


class BuildError(Exception):
    """A notebook did not run clean; the message names the cell and says what happened."""


class ThisInterpreter(AsyncKernelManager):
    """Starts kernels of the running Python, whatever kernelspecs the machine has installed."""

    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())


def main(paths: list[str]) -> int:
    """Builds the notebooks at `paths` (all of them where it is empty); 0 if each ran clean."""
    found = [Path(path) for path in paths] or sorted(NOTEBOOKS.glob("*.ipynb"))
    if not found:
        print(f"no notebook in {NOTEBOOKS}", file=sys.stderr)
        return 1
    failed = 0
    for path in found:
        started = time.perf_counter()
        try:
            nb = build(path)
        except (BuildError, OSError, ValueError) as error:
            print(f"{path}: {error}", file=sys.stderr, flush=True)
            failed += 1
        else:
            seconds = time.perf_counter() - started
            print(f"{path.name}: {count_line(nb)}; built in {seconds:.1f} s", flush=True)
    return 1 if failed else 0


def build(path: Path) -> NotebookNode:
    """Runs the notebook at `path`, cleans it and moves it into place; raises BuildError.

    Where nothing differs but what cells tagged as noise show (timings, say), the file stays as it is.
    """
    old = read(path)
    new = clean(execute(old, path.resolve().parent))
    complain_about_outputs(new)
    if without_noise(new) == without_noise(old) and as_text(old) == path.read_text(encoding="utf-8"):
        return old
    half_written = path.with_name(path.name + ".tmp")
    half_written.write_text(as_text(new), encoding="utf-8")
    os.replace(half_written, path)
    return new


def as_text(nb: NotebookNode) -> str:
    """The notebook as its file holds it: keys in order, a line of source on a line of its own."""
    return nbformat.writes(nb, version=nbformat.NO_CONVERT) + "\n"


def without_noise(nb: NotebookNode) -> str:
    """The notebook as text, of a cell tagged as noise only whether it shows anything."""
    nb = copy.deepcopy(nb)
    for cell in nb.cells:
        if NOISE in cell.metadata.get("tags", []):
            cell.metadata.shown, cell.outputs = bool(cell.outputs), []
    return as_text(nb)


def read(path: Path) -> NotebookNode:
    """The notebook at `path` in format 4.5, each cell with an id; raises ValueError if it is none.

    An id that a cell has is kept. One that is missing is made from the section's heading and the
    cell's place in it, never drawn at random, so that the same file always gets the same ids.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        cells, version = raw["cells"], raw["nbformat"]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"this is no Jupyter notebook ({type(error).__name__}: {error})") from None
    if version != 4:
        raise ValueError(f"notebook format {version}; save it as format 4 with JupyterLab first")
    raw["nbformat_minor"] = 5
    taken: set[str] = set()
    section, place = "cell", 0
    for cell in cells:
        source = "".join(cell["source"])
        if (heading := heading_of(cell["cell_type"], source)) is not None:
            section = re.sub("[^a-z0-9]+", "-", heading[1].lower()).strip("-")[:40] or "section"
            place = 0
        place += 1
        if "id" not in cell or cell["id"] in taken:
            wanted = [f"{section}-{place}"] + [f"{section}-{place}-{k}" for k in range(len(cells))]
            others = {other.get("id") for other in cells}
            cell["id"] = next(name for name in wanted if name not in taken | others)
        taken.add(cell["id"])
    return nbformat.reads(json.dumps(raw), as_version=nbformat.NO_CONVERT)


def heading_of(cell_type: str, source: str) -> tuple[str, str] | None:
    """The marks and the text of the heading that a Markdown cell begins with, or None."""
    match = re.match(r"(#{1,6}) +(.+)", source) if cell_type == "markdown" else None
    return (match[1], match[2].strip()) if match else None


def execute(nb: NotebookNode, folder: Path) -> NotebookNode:
    """A copy of `nb` run in a fresh kernel that works in `folder`; raises BuildError."""
    nb = copy.deepcopy(nb)
    with tempfile.TemporaryDirectory() as profile:  # nobody's IPython start-up files run here
        env = {**os.environ, "SDL_VIDEODRIVER": "dummy", "IPYTHONDIR": profile}
        env.pop("MPLBACKEND", None)  # the kernel then takes its own: figures inside the notebook
        client = NotebookClient(
            nb,
            kernel_name="python3",
            kernel_manager_class=ThisInterpreter,
            timeout=CELL_TIMEOUT,
            skip_cells_with_tag=SKIP,
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
    return nb


def clean(nb: NotebookNode) -> NotebookNode:
    """A copy of an executed notebook without what differs from one machine or run to the next.

    Metadata is reduced to what the course uses, and a live view, whose model is gone with the
    kernel, gives way to the static picture beside it, which is stored small. A heading begins a
    slide (`###` one below), unless an author set that cell's slide type by hand.
    """
    nb = copy.deepcopy(nb)
    kept = {key: nb.metadata[key] for key in KEPT_NOTEBOOK_METADATA if key in nb.metadata}
    nb.metadata = nbformat.from_dict({**kept, "kernelspec": KERNELSPEC, "language_info": LANGUAGE_INFO})
    for cell in nb.cells:
        metadata = {key: cell.metadata[key] for key in KEPT_CELL_METADATA if cell.metadata.get(key)}
        if "tags" in metadata:
            metadata["tags"] = sorted(metadata["tags"])
        if (heading := heading_of(cell.cell_type, cell.source)) and heading[0] in SLIDE_TYPES:
            metadata.setdefault("slideshow", {"slide_type": SLIDE_TYPES[heading[0]]})
        cell.metadata = nbformat.from_dict(metadata)
        if cell.cell_type != "code":
            continue
        if SKIP in metadata.get("tags", []):
            cell.execution_count = None  # it has not run in this build, and says so
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = cell.execution_count
            data = output.get("data", {})
            if any(kind in data for kind in STATIC_TYPES):
                data.pop(WIDGET_VIEW, None)
            if "image/png" in data:
                data["image/png"] = smaller(data["image/png"])
    return nb


def smaller(png: str) -> str:
    """An opaque PNG (in base64) with at most 256 colours, where that makes it smaller.

    A figure then takes a third of the room and looks the same. One that has a palette already, or is
    partly transparent, is left as it is.
    """
    image: Image.Image = Image.open(io.BytesIO(base64.b64decode(png)))
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    if image.mode != "RGB":
        return png
    stream = io.BytesIO()
    image.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(stream, format="png", optimize=True)
    return min(png, base64.b64encode(stream.getvalue()).decode("ascii"), key=len)


def complain_about_outputs(nb: NotebookNode) -> None:
    """Raises BuildError if a cell wrote to stderr, or shows a widget without a static picture."""
    complaints = []
    for index, cell in enumerate(nb.cells):
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                complaints.append(f"{name_of(nb, index)} wrote to stderr:\n{output.text.rstrip()}")
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


def compared_cells(nb: NotebookNode) -> list[int]:
    """The code cells, counted from 0 as nbval names them, with a stored output that it compares.

    Neither skipped nor ignored, and at least one stream or one type of data that nbval reads: a
    picture alone is shown, never compared.
    """
    from nbval.plugin import (
        find_comment_markers,
        find_metadata_tags,
    )

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
