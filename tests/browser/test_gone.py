"""A kernel that dies by itself: the panel says so, is saved as a picture all the same, and lives when run again."""

import json
from pathlib import Path

import nbformat
import pytest

from rlcourse.notebook.build import KERNELSPEC, WIDGET_VIEW

from .lab import Lab, until

pytestmark = pytest.mark.browser
v4 = nbformat.v4
PANEL = """
from matplotlib.figure import Figure
from rlcourse import notebook
_ = notebook.setup()
def draw(height):
    figure = Figure()
    figure.subplots().plot([0, height])
    return figure, f"height {height}"
notebook.explore(draw, height=(0, 5, 1))
"""


def test_a_panel_whose_kernel_died_says_so_and_lives_again(lab: Lab, tmp_path: Path) -> None:
    cells = [v4.new_code_cell(source) for source in (PANEL, "import ipywidgets\nipywidgets.IntSlider()")]
    path = tmp_path / "dying.ipynb"
    nbformat.write(v4.new_notebook(cells=cells, metadata={"kernelspec": KERNELSPEC}), path)
    lab.open(path)
    lab.run_all(60)
    page, gone = lab.page, lab.page.locator(".rlcourse-gone")
    page.locator(".rlcourse-panel").get_by_text("height 0").wait_for()
    assert gone.count() == 0
    lab.end_kernel("die")
    gone.wait_for()
    page.get_by_role("dialog").get_by_role("button").last.click()  # JupyterLab says so too
    assert gone.get_by_role("status").inner_text().startswith("The kernel was restarted or has ended")
    assert gone.locator("img").get_attribute("alt") == "height 0"

    lab.save()
    (panel, slider) = json.loads((lab.folder / path.name).read_text())["cells"]
    assert set(panel["outputs"][0]["data"]) == {"image/png", "text/plain"}
    assert WIDGET_VIEW in slider["outputs"][0]["data"]  # of which nothing else would remain

    lab.run_all(60)
    until(lambda: gone.count() == 0, "a live panel again")
    lab.slide(page.locator(".rlcourse-panel"), "height", 2)
    page.locator(".rlcourse-panel").get_by_text("height 2").wait_for()
