"""after_prediction: all that a cell shows is behind one line, in every form, until its reader has committed."""

import re

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from rlcourse.notebook import after_prediction
from rlcourse.notebook.build import WIDGET_VIEW
from rlcourse.notebook.build.run import ThisInterpreter

v4 = nbformat.v4
SET_UP = """
import asyncio
import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from rlcourse import notebook
notebook.setup(seed=0)

def draw(k):
    return Figure(figsize=(2, 1)), f"k is {k}"

card = notebook.predict("2.P2")
"""
TWICE = """
notebook.after_prediction('2.P2')
try:
    notebook.after_prediction('2.P3')
except ValueError as error:
    print(error)
"""
CELLS = {
    "set_up": SET_UP + "None",
    "printed": "print('before')\nnotebook.after_prediction('2.P2')\nprint('x < 0.75')\nprint('more')",
    "drawn": "notebook.after_prediction('2.P2')\nprint('first')\n_ = plt.subplots(figsize=(3, 2))\nprint('last')",
    "returned": "notebook.after_prediction('2.P2')\nFigure(figsize=(2, 1))",
    "awaited": "notebook.after_prediction('2.P2')\nawait asyncio.sleep(0.01)\nprint('rested')\n6 * 7",
    "panel": "notebook.after_prediction('2.P2')\nprint('turn it')\nnotebook.explore(draw, k=(3, 9, 1))",
    "silent": "notebook.after_prediction('2.P2')\nx = 1",
    "next": "print('open again')\n1 + 1",
    "twice": TWICE,
    "commit": "card.reveal()",
    "later": "notebook.after_prediction('2.P2')\nprint('seen')",
    "other": "notebook.after_prediction('2.P3')\nprint('unseen')",
    "failed": "notebook.after_prediction('2.P3')\nprint('so far')\n1 / 0",
    "after_failure": "print('as usual')",
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[NotebookNode]]:
    """What each cell shows, when a notebook runs them in order."""
    cells = [v4.new_code_cell(source, id=name) for name, source in CELLS.items()]
    nb = v4.new_notebook(cells=cells)
    folder = str(tmp_path_factory.mktemp("ran"))
    NotebookClient(nb, kernel_manager_class=ThisInterpreter, coalesce_streams=True, allow_errors=True).execute(
        cwd=folder
    )
    return {cell.id: cell.outputs for cell in nb.cells}


def closed(outputs: list[NotebookNode]) -> NotebookNode:
    """The data of the one output, which is closed."""
    (output,) = outputs
    assert output.output_type == "display_data"
    static = output.data["text/html"]
    assert static.startswith('<details class="after-2.P') and static.endswith("</details>")
    assert "<details" not in static[1:] and " open" not in static.split(">")[0]
    assert "After prediction 2.P" in re.search("<summary.*?</summary>", static)[0]
    return output.data


def test_what_is_printed_is_closed_from_there_on(ran: dict[str, list[NotebookNode]]) -> None:
    before, *rest = ran["printed"]
    assert before.text == "before\n"
    data = closed(rest)
    assert "<pre>x &lt; 0.75\nmore\n</pre>" in data["text/html"]
    assert data["text/plain"] == "After prediction 2.P2\nx < 0.75\nmore"


def test_a_figure_of_pyplot_and_one_that_is_returned_are_pictures_inside(ran: dict[str, list[NotebookNode]]) -> None:
    drawn = closed(ran["drawn"])
    assert drawn["text/html"].index("<pre>first\nlast\n</pre>") < drawn["text/html"].index("<img ")
    assert re.search(
        '<img src="data:image/png;base64,iVBOR[^"]+" alt="[^"]+" width="300" height="200"', drawn["text/html"]
    )
    assert 'width="200" height="100"' in closed(ran["returned"])["text/html"]
    assert set(drawn) == {"text/html", "text/plain"}


def test_a_cell_that_awaits_is_closed_to_its_end(ran: dict[str, list[NotebookNode]]) -> None:
    assert closed(ran["awaited"])["text/plain"] == "After prediction 2.P2\nrested\n42"


def test_a_panel_is_live_behind_the_line_and_a_picture_where_no_kernel_runs(ran: dict[str, list[NotebookNode]]) -> None:
    data = closed(ran["panel"])
    assert set(data) == {"text/html", "text/plain", WIDGET_VIEW}
    assert data["text/plain"] == "After prediction 2.P2\nturn it\nk is 3"
    assert "<pre>turn it\n</pre>" in data["text/html"] and 'alt="k is 3"' in data["text/html"]


def test_a_cell_that_shows_nothing_has_no_line_and_the_next_one_is_open(ran: dict[str, list[NotebookNode]]) -> None:
    assert ran["silent"] == []
    printed, returned = ran["next"]
    assert printed.text == "open again\n" and returned.data == {"text/plain": "2"}


def test_a_cell_comes_after_one_prediction(ran: dict[str, list[NotebookNode]]) -> None:
    assert "comes second in this cell" in closed(ran["twice"])["text/plain"]


def test_who_has_committed_sees_it_open_and_nothing_else(ran: dict[str, list[NotebookNode]]) -> None:
    assert ran["later"][0].data["text/html"].startswith('<details class="after-2.P2" open>')
    assert "unseen" in closed(ran["other"])["text/html"]


def test_a_cell_that_fails_shows_its_error_and_the_next_one_is_as_usual(ran: dict[str, list[NotebookNode]]) -> None:
    error = next(output for output in ran["failed"] if output.output_type == "error")
    assert error.ename == "ZeroDivisionError"
    assert "so far" in closed([output for output in ran["failed"] if output is not error])["text/plain"]
    assert ran["after_failure"][0].text == "as usual\n"


def test_outside_a_notebook_nothing_is_closed(capsys: pytest.CaptureFixture[str]) -> None:
    after_prediction("2.P2")
    print("shown")
    assert capsys.readouterr().out == "shown\n"


def test_an_unknown_prediction_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"no prediction 2\.P9"):
        after_prediction("2.P9")
