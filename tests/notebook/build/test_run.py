"""Notebooks are run top to bottom, stored clean, and left alone where anything goes wrong."""

import json
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

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
    assert set(nb.metadata) == {"kernelspec", "language_info", "rlcourse"}
    assert nb.metadata.kernelspec == builder.KERNELSPEC and nb.metadata.language_info == builder.LANGUAGE_INFO
    assert "output of the skipped cell the-idea-3" in "".join(builder.stale(nb))  # nobody says what made it
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


COUNT = """from pathlib import Path
n = int(Path("runs.txt").read_text())
"""


def stored_after(runs: int, path: Path) -> bytes:
    """What the file holds after a build in which the notebook finds this number."""
    (path.parent / "runs.txt").write_text(str(runs))
    assert builder.main([str(path)]) == 0
    return path.read_bytes()


def noise(source: str) -> NotebookNode:
    return v4.new_code_cell(source, metadata={"tags": ["nbval-ignore-output"]})


def test_noise_alone_does_not_change_the_file_and_anything_else_does(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", noise(COUNT + "n"), v4.new_code_cell("n > 1"))
    stored = [stored_after(runs, path) for runs in (0, 1, 2, 3)]
    assert b'"0"' in stored[0] and stored[1] == stored[0]
    assert b'"2"' in stored[2] and stored[3] == stored[2]


def test_noise_that_says_something_else_is_stored_though_no_code_was_changed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", noise(COUNT + "print('holds for' if n < 2 else 'fell after', n, 'steps')"))
    stored = [stored_after(runs, path) for runs in (0, 1, 2)]
    assert b"holds for 0 steps" in stored[0] and stored[1] == stored[0] and b"fell after 2 steps" in stored[2]


def test_noise_whose_code_was_changed_is_stored_though_it_says_the_same(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", noise(COUNT + "n"))
    first = stored_after(0, path)
    nb = builder.read(path)
    nb.cells[0].source += "  # drawn in another colour"
    path.write_text(builder.as_text(nb), encoding="utf-8")
    assert list(builder.stale(nb)) != []
    second = stored_after(5, path)
    assert b'"0"' in first and b'"5"' in second and list(builder.stale(builder.read(path))) == []


def test_skipped_cells_are_run_when_that_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = v4.new_output("stream", text="old\n")
    cells = v4.new_code_cell("x = 3"), v4.new_code_cell("print(x)", outputs=[old]), v4.new_code_cell("x")
    path = skip(write(tmp_path / "a.ipynb", *cells), 1)
    assert builder.main([str(path)]) == 0
    nb = builder.read(path)
    assert nb.cells[1].outputs[0].text == "old\n" and "cell-2" in "".join(builder.stale(nb))
    assert builder.main([str(path)], run_skipped=True) == 0
    nb = builder.read(path)
    assert nb.cells[1].outputs[0].text == "3\n" and list(builder.stale(nb)) == []
    assert [cell.execution_count for cell in nb.cells] == [1, None, 2]
    before = path.read_bytes()
    assert builder.main([str(path)]) == 0 and path.read_bytes() == before


def test_a_skipped_cell_that_lacks_what_it_needs_is_not_stored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = "from rlcourse.notebook import available, extras\nextras.MODULES['box2d'] = 'no_such_module'"
    path = skip(write(tmp_path / "a.ipynb", v4.new_code_cell(missing), v4.new_code_cell("available('box2d')")), 1)
    before = path.read_bytes()
    assert builder.main([str(path)], run_skipped=True) == 1
    assert "did not run:\nThis cell needs no_such_module" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_a_widget_without_a_static_picture_keeps_its_view_so_that_it_is_noticed() -> None:
    view = v4.new_output("display_data", {builder.WIDGET_VIEW: {"model_id": "a"}})
    nb = builder.clean(v4.new_notebook(cells=[v4.new_code_cell("1", outputs=[view])]))
    with pytest.raises(builder.BuildError, match="nobody sees"):
        builder.complain_about_outputs(nb)
