"""What a notebook's file holds: ids that stay, nothing of one machine, small pictures."""

import base64
import copy
import io
import json
from pathlib import Path

import nbformat
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from rlcourse.notebook import build as builder
from rlcourse.notebook.pictures.png import picture_of

v4 = nbformat.v4


@pytest.mark.parametrize(("mode", "smaller"), [("RGB", True), ("RGBA", True), ("P", False), ("LA", False)])
def test_a_figure_is_stored_small_and_looks_the_same(mode: str, smaller: bool) -> None:
    figure = Figure(figsize=(6, 4), dpi=144)
    figure.subplots().plot(np.sin(np.linspace(0, 9, 400)[:, None] * np.arange(1, 7)))
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    picture = Image.open(drawn).convert("RGB").convert(mode)
    stream = io.BytesIO()
    picture.save(stream, format="png")
    png = base64.b64encode(stream.getvalue()).decode()

    small = builder.smaller(png)
    assert (len(small) < 0.5 * len(png)) == smaller and (small == png) == (not smaller)
    assert builder.smaller(small) == small
    shown = Image.open(io.BytesIO(base64.b64decode(small))).convert("RGB")
    difference = np.abs(np.asarray(shown, float) - np.asarray(picture.convert("RGB"), float))
    assert difference.mean() < 0.5  # of 255


def test_a_picture_that_a_palette_makes_larger_stays_as_it_is() -> None:
    shades = np.linspace(0, 255, 200 * 300 * 3).reshape(200, 300, 3).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(shades).save(stream, format="png")
    png = base64.b64encode(stream.getvalue()).decode()
    assert builder.smaller(png) == png


def test_an_id_that_is_there_is_kept_and_a_second_one_like_it_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    raw = json.loads(nbformat.writes(v4.new_notebook(cells=[v4.new_code_cell(str(k)) for k in range(4)])))
    for cell, name in zip(raw["cells"], ["mine", None, "mine", "cell-2"], strict=True):
        cell.pop("id")
        cell.update({"id": name} if name else {})
    path.write_text(json.dumps(raw))
    ids = [cell.id for cell in builder.read(path).cells]
    assert ids == ["mine", "cell-2-0", "cell-3", "cell-2"]


def test_clean_leaves_its_argument_as_it_was_and_cleaning_twice_changes_nothing() -> None:
    view = v4.new_output("display_data", {builder.WIDGET_VIEW: {"model_id": "a"}, "text/html": "b"})
    cells = [v4.new_markdown_cell("# A"), v4.new_code_cell("1", outputs=[view])]
    nb = v4.new_notebook(cells=cells, metadata={"widgets": {}, "title": "Planning"})
    before = copy.deepcopy(nb)
    once = builder.clean(nb)
    assert nb == before
    assert builder.clean(once) == once
    assert set(once.metadata) == {"title", "kernelspec", "language_info"}
    assert once.cells[1].outputs[0].data == {"text/html": "b"}


def test_a_picture_inside_html_is_stored_small_too() -> None:
    figure = Figure(figsize=(6, 4), dpi=144)
    figure.subplots().plot(np.sin(np.linspace(0, 9, 400)[:, None] * np.arange(1, 7)))
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    png = base64.b64encode(drawn.getvalue()).decode()
    page = '<details><img src="data:image/png;base64,{}" alt="a"></details>'
    output = v4.new_output("display_data", {"text/html": page.format(png)})
    (cell,) = builder.clean(v4.new_notebook(cells=[v4.new_code_cell("1", outputs=[output])])).cells
    assert cell.outputs[0].data["text/html"] == page.format(builder.smaller(png))
    assert len(builder.smaller(png)) < 0.5 * len(png)


def test_a_picture_made_smaller_keeps_its_description():
    figure = Figure()
    figure.subplots().set_title("Værdi α")
    picture = picture_of(figure).png
    small = base64.b64decode(builder.smaller(base64.b64encode(picture).decode()))
    assert len(small) < len(picture)
    assert Image.open(io.BytesIO(small)).info["Description"] == "Værdi α"
