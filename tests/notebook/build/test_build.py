"""Notebooks are run top to bottom, stored clean, and left alone where anything goes wrong."""

import base64
import copy
import io
import json
from pathlib import Path

import nbformat
import numpy as np
import pytest
from matplotlib.figure import Figure
from nbformat import NotebookNode
from PIL import Image

from rlcourse.notebook import build as builder

v4 = nbformat.v4
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABAQMAAAAl21bKAAAAA1BMVEUAAACnej3aAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
PANEL = f"""
import ipywidgets
class Panel(ipywidgets.VBox):
    def _repr_mimebundle_(self, **kwargs):
        data = super()._repr_mimebundle_(**kwargs)
        return {{**data, "image/png": {PIXEL!r}, "text/plain": "sum 0.75"}}
Panel([ipywidgets.IntSlider()])
"""


def write(path: Path, *cells: NotebookNode) -> Path:
    """A notebook file as an old front end leaves it: format 4.4, no ids, metadata of its own."""
    kernelspec = {"name": "my-env", "display_name": "My environment"}
    nb = v4.new_notebook(cells=list(cells), metadata={"kernelspec": kernelspec, "toc": {}})
    raw = json.loads(json.dumps(nb)) | {"nbformat_minor": 4}
    for cell in raw["cells"]:
        del cell["id"]
    path.write_text(json.dumps(raw), encoding="utf-8")
    return path


def sample(path: Path) -> Path:
    timing = {"execution": {"iopub.execute_input": "2001-01-01"}, "slideshow": {"slide_type": "-"}}
    measured = v4.new_output("execute_result", data={"text/plain": "1234"}, execution_count=7)
    return write(
        path,
        v4.new_markdown_cell("# 07 · Planning", metadata=timing),
        v4.new_code_cell("import os, sys\nos.getcwd() == os.environ['HERE']"),
        v4.new_code_cell("print(os.environ['SDL_VIDEODRIVER'], 'MPLBACKEND' in os.environ)"),
        v4.new_markdown_cell("## The idea"),
        v4.new_code_cell(PANEL),
        v4.new_code_cell("import time\ntime.sleep(1e9)", outputs=[measured]),
        v4.new_markdown_cell("### A detail"),
        v4.new_code_cell("print(0.25)\nprint(0.5)\n1 + 1", metadata={"tags": ["b", "a"]}),
    )


def skip(path: Path, number: int) -> Path:
    raw = json.loads(path.read_text(encoding="utf-8"))
    raw["cells"][number]["metadata"]["tags"] = ["nbval-skip"]
    path.write_text(json.dumps(raw), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample after a build, on a machine whose own `python3` kernel is another, broken one."""
    path = skip(sample(tmp_path_factory.mktemp("built") / "07_planning.ipynb"), 5)
    kernel = path.parent / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text('{"argv": ["false"], "display_name": "broken", "language": "python"}')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HERE", str(path.parent))
        patch.setenv("JUPYTER_PATH", str(path.parent))
        patch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
        patch.setenv("SDL_VIDEODRIVER", "x11")
        assert builder.main([str(path)]) == 0
    return path


def test_a_second_build_gives_the_same_bytes(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERE", str(built.parent))
    first = built.read_bytes()
    assert builder.main([str(built)]) == 0
    assert built.read_bytes() == first
    assert list(built.parent.glob("*.tmp")) == []


def test_what_is_stored(built: Path) -> None:
    nb = nbformat.read(built, as_version=nbformat.NO_CONVERT)
    nbformat.validate(nb)
    assert dict(nb.metadata) == {
        "kernelspec": builder.KERNELSPEC,
        "language_info": builder.LANGUAGE_INFO,
    }
    ids = ["07-planning-1", "07-planning-2", "07-planning-3", "the-idea-1", "the-idea-2"]
    assert [cell.id for cell in nb.cells] == [*ids, "the-idea-3", "a-detail-1", "a-detail-2"]
    title, where, env, idea, panel, long_run, detail, numbers = nb.cells
    assert title.metadata == {"slideshow": {"slide_type": "-"}}  # set by hand
    assert idea.metadata == {"slideshow": {"slide_type": "slide"}}
    assert detail.metadata == {"slideshow": {"slide_type": "subslide"}}
    assert numbers.metadata == {"tags": ["a", "b"]}
    assert where.outputs[0].data == {"text/plain": "True"}
    assert env.outputs[0].text == "dummy True\n"  # set by the kernel itself
    assert panel.outputs[0].data == {"image/png": PIXEL, "text/plain": "sum 0.75"}
    assert long_run.outputs[0].data == {"text/plain": "1234"}
    assert [c.execution_count for c in (where, env, panel, long_run, numbers)] == [1, 2, 3, None, 4]
    assert [output.output_type for output in numbers.outputs] == ["stream", "execute_result"]
    assert numbers.outputs[1].execution_count == 4
    assert long_run.outputs[0].execution_count is None
    assert builder.count_line(nb) == "4 of 5 code cells strictly compared, 0 over 20 lines"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1\nx / 0", "ZeroDivisionError: division by zero"),
        ("import warnings\nwarnings.warn('old way')", "UserWarning: old way"),
        ("import ipywidgets\nipywidgets.IntSlider()", "a widget that nobody sees"),
        ("import os\nos._exit(1)", "Kernel died"),
    ],
)
def test_a_cell_that_goes_wrong_is_named_and_the_file_stays(
    source: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = v4.new_code_cell("1"), v4.new_markdown_cell("## Here"), v4.new_code_cell(source)
    path = write(tmp_path / "bad.ipynb", *cells)
    before = path.read_bytes()
    assert builder.main([str(path)]) == 1
    said = capsys.readouterr().err
    assert f"code cell 2 (Here: `{source.splitlines()[0]}`)" in said and message in said
    assert "\x1b" not in said
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [("{}", "no Jupyter notebook"), ("# x", "no Jupyter notebook"), (None, "No such file")],
)
def test_what_is_no_notebook_is_said_to_be_none(
    text: str | None, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "no.ipynb"
    if text is not None:
        path.write_text(text)
    assert builder.main([str(path)]) == 1
    assert message in capsys.readouterr().err


def test_noise_alone_does_not_change_the_file_and_anything_else_does(tmp_path: Path) -> None:
    count = "from pathlib import Path\nruns = Path('runs.txt')\nn = int(runs.read_text())\n"
    noise = v4.new_code_cell(count + "n", metadata={"tags": ["nbval-ignore-output"]})
    path = write(tmp_path / "a.ipynb", noise, v4.new_code_cell("n > 1"))
    stored = []
    for runs in (0, 1, 2, 3):
        (tmp_path / "runs.txt").write_text(str(runs))
        assert builder.main([str(path)]) == 0
        stored.append(path.read_bytes())
    assert b'"0"' in stored[0] and stored[1] == stored[0]
    assert b'"2"' in stored[2] and stored[3] == stored[2]


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
    path = write(tmp_path / "a.ipynb", *(v4.new_code_cell(str(k)) for k in range(4)))
    raw = json.loads(path.read_text())
    for cell, name in zip(raw["cells"], ["mine", None, "mine", "cell-2"], strict=True):
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


def test_a_widget_without_a_static_picture_keeps_its_view_so_that_it_is_noticed() -> None:
    view = v4.new_output("display_data", {builder.WIDGET_VIEW: {"model_id": "a"}})
    nb = builder.clean(v4.new_notebook(cells=[v4.new_code_cell("1", outputs=[view])]))
    with pytest.raises(builder.BuildError, match="nobody sees"):
        builder.complain_about_outputs(nb)
