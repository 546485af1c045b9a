"""The driver itself: what it is there to notice, it notices."""

from pathlib import Path

import nbformat
import pytest

from rlcourse.notebook.build import KERNELSPEC

from .lab import Lab

pytestmark = pytest.mark.browser
v4 = nbformat.v4
SLIDER = "from ipywidgets import *\nk = IntSlider(2, 0, 9, description='steps')\nVBox([k, Label('0')])"


def write(folder: Path, *sources: str) -> Path:
    """A notebook whose cells seem to have been run: their old counts must not be taken for new ones."""
    path = folder / "made_up.ipynb"
    cells = [v4.new_code_cell(source, execution_count=k) for k, source in enumerate(sources, 1)]
    cells.append(v4.new_code_cell("1 / 0", metadata={"tags": ["nbval-skip"]}))
    nbformat.write(v4.new_notebook(cells=cells, metadata={"kernelspec": KERNELSPEC}), path)
    return path


@pytest.mark.parametrize(
    ("source", "said"),
    [("1 / 0", "ZeroDivisionError"), ("import sys\nprint('careful!', file=sys.stderr)", "careful!")],
)
def test_a_cell_that_goes_wrong_fails_the_run(lab: Lab, tmp_path: Path, source: str, said: str) -> None:
    lab.open(write(tmp_path, "x = 1", source, "x = 2"))
    with pytest.raises(AssertionError, match=said):
        lab.run_all(seconds=20)


def test_a_widget_that_does_not_move_and_a_complaint_of_the_browser_are_noticed(lab: Lab, tmp_path: Path) -> None:
    lab.open(write(tmp_path, "import time; time.sleep(1)", SLIDER))
    lab.run_all(seconds=20)
    (panel,) = lab.outputs_of("IntSlider")
    readout = panel.locator(".widget-readout")
    assert lab.changes(readout.inner_text, lambda: lab.slide(panel, "steps", 3), "k") == "5"
    with pytest.raises(TimeoutError, match="a change of the label"):
        label = panel.locator(".widget-label").last.inner_text
        lab.changes(label, lambda: lab.slide(panel, "steps", 1), "the label", seconds=1)
    with pytest.raises(LookupError, match="no code cell contains 'FloatSlider'"):
        lab.outputs_of("FloatSlider")
    assert lab.complaints == []
    lab.page.evaluate("console.error('a widget broke')")
    assert lab.complaints == ["a widget broke"]
    lab.complaints.clear()
