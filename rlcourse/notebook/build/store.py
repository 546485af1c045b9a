"""A notebook as its file holds it: read, cleaned of what differs from one machine or run to the next, written."""

import base64
import copy
import io
import json
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from rlcourse.notebook.build.made_by import PLACE, skipped
from rlcourse.saving import leave_views_out

SLIDE_TYPES = {"#": "slide", "##": "slide", "###": "subslide"}
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE_INFO = {  # without Python's version, which differs from one machine to the next
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
KEPT_NOTEBOOK_METADATA = ("title", "authors", PLACE)
KEPT_CELL_METADATA = ("tags", "slideshow", "jupyter", PLACE)
EMBEDDED = re.compile("(?<=data:image/png;base64,)[A-Za-z0-9+/=]+")  # a picture inside HTML


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


def as_text(nb: NotebookNode) -> str:
    """The notebook as its file holds it: keys in order, a line of source on a line of its own."""
    return nbformat.writes(nb, version=nbformat.NO_CONVERT) + "\n"


def clean(nb: NotebookNode) -> NotebookNode:
    """A copy of an executed notebook without what differs from one machine or run to the next.

    Metadata is reduced to what the course uses, and a live view, whose model is gone with the
    kernel, gives way to the static picture beside it, which is stored small. A heading begins a
    slide (`###` one below), unless an author set that cell's slide type by hand.
    """
    nb = copy.deepcopy(nb)
    leave_views_out(nb.cells)
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
        if skipped(cell):
            cell.execution_count = None  # it has not run in this build, and says so
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = cell.execution_count
            data = output.get("data", {})
            if "image/png" in data:
                data["image/png"] = smaller(data["image/png"])
            if "text/html" in data:
                data["text/html"] = EMBEDDED.sub(lambda png: smaller(png[0]), data["text/html"])
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
    stream, said = io.BytesIO(), PngInfo()
    if "Description" in image.info:  # the alternative text
        said.add_itxt("Description", image.info["Description"])
    few = image.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(stream, format="png", optimize=True, pnginfo=said)
    return min(png, base64.b64encode(stream.getvalue()).decode("ascii"), key=len)
