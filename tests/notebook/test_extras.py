"""available: a cell that needs an extra says what is missing, shows its stored result, and the notebook goes on."""

from pathlib import Path

import nbformat
import pytest

from rlcourse.notebook import available, extras
from rlcourse.notebook import build as builder

v4 = nbformat.v4
NEEDS = "if notebook.available('box2d'):\n    1 / 0"


def write(path: Path, *, outputs: list[nbformat.NotebookNode]) -> nbformat.NotebookNode:
    """A notebook file whose middle cell needs an extra, and has `outputs`."""
    sources = (
        "from rlcourse import notebook, __version__\nfrom rlcourse.notebook import extras",
        NEEDS,
        "print('on it goes')",
    )
    nb = v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])
    nb.cells[0].source += "\nextras.MODULES['box2d'] = 'no_such_module'"
    nb.cells[1].outputs = outputs
    path.write_text(builder.as_text(nb), encoding="utf-8")
    return nb


STORED = [
    v4.new_output("stream", text="mean 223\n"),
    v4.new_output("display_data", {"text/html": "<b>the curve</b>", "text/plain": "the curve"}),
]


def test_what_is_missing_is_said_and_what_is_stored_is_shown(tmp_path: Path) -> None:
    nb = write(tmp_path / "b.ipynb", outputs=STORED)
    (tmp_path / "a.ipynb").write_text("{")  # somebody's half-written file
    _, needs, last = builder.execute(nb, tmp_path).cells
    said, printed, shown = needs.outputs
    text = said.data["text/plain"]
    assert text.startswith("This cell needs no_such_module, which is not installed here.")
    assert "pip install -c constraints.txt -e '.[box2d]'" in text and text.endswith("this is what the cell gave:")
    assert printed.text == "mean 223\n"
    assert shown.data == {"text/html": "<b>the curve</b>", "text/plain": "the curve"}
    assert last.outputs[0].text == "on it goes\n"


def test_saved_and_run_again_it_says_so_once(tmp_path: Path) -> None:
    nb = write(tmp_path / "a.ipynb", outputs=STORED)
    once = builder.execute(nb, tmp_path)
    write(tmp_path / "a.ipynb", outputs=once.cells[1].outputs)
    again = builder.execute(nb, tmp_path)
    assert again.cells[1].outputs == once.cells[1].outputs


def test_without_a_stored_result_it_only_says_so(tmp_path: Path) -> None:
    needs = builder.execute(write(tmp_path / "a.ipynb", outputs=[]), tmp_path).cells[1]
    assert [output.data["text/plain"].endswith("goes on without.") for output in needs.outputs] == [True]


def test_where_it_is_installed_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(extras.MODULES, "box2d", "json")
    assert available("box2d")
    monkeypatch.setitem(extras.MODULES, "box2d", "no_such_module")
    assert capsys.readouterr().out == "" and not available("box2d")
    assert capsys.readouterr().out.startswith("This cell needs no_such_module")


def test_the_extras_are_those_that_the_course_declares() -> None:
    import tomllib

    root = Path(extras.__file__).resolve().parents[2]
    declared = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert set(extras.MODULES) == set(declared) - {"test", "bench"}
    with pytest.raises(ValueError, match="no extra is called 'cuda'; there are box2d"):
        available("cuda")
