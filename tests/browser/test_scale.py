"""setup(scale=1.5): figures, panels, cards and what cells print grow alike, and nothing leaves the notebook."""

from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Locator

from rlcourse.notebook.build import KERNELSPEC

from .lab import Lab, until

pytestmark = pytest.mark.browser
v4 = nbformat.v4
CELLS = (
    """
from matplotlib.figure import Figure
from rlcourse import notebook
def draw(height, kind, grid):
    figure = Figure(figsize=(4, 2))
    figure.subplots().plot([0, height])
    return figure, f"height {height:.1f}"
""",
    'notebook.explore(draw, height=(0.0, 2.0, 0.1, 1.0), kind=["thin", "thick"], grid=True)',
    'notebook.quiz("1.Q1")',
    'notebook.predict("1.P2")',
    'notebook.check("1.1", None)',
    "draw(1.0, 'thin', True)[0]",
)
MEASURED = {
    "a button": ".rlcourse-panel .jupyter-button >> nth=0",
    "a slider": ".rlcourse-panel .widget-slider",
    "its handle": ".rlcourse-panel .noUi-handle",
    "a box to tick": ".rlcourse-panel .widget-checkbox input",
    "the line of a panel": ".rlcourse-panel .rlcourse-line",
    "the picture of a panel": ".rlcourse-panel img",
    "a letter of the quiz": ".rlcourse-card .jupyter-button >> nth=0",
    "the question of a quiz": ".rlcourse-card p >> nth=0",
    "a figure": ".jp-RenderedImage img",
    "what a check prints": ".jp-RenderedText pre >> nth=0",
}


def heights(lab: Lab, folder: Path, scale: float) -> dict[str, float]:
    """How high each thing is, in pixels; in a window so wide that no text breaks earlier than before."""
    folder.mkdir()
    sources = [f"{CELLS[0]}notebook.setup(scale={scale})", *CELLS[1:]]
    cells = [v4.new_code_cell(source) for source in sources]
    path = folder / "scaled.ipynb"
    nbformat.write(v4.new_notebook(cells=cells, metadata={"kernelspec": KERNELSPEC}), path)
    lab.open(path)
    lab.run_all(60)
    cards = lab.page.locator(".rlcourse-card")
    until(lambda: cards.count() == 2 and lab.page.locator(".rlcourse-panel img").count() == 1, "all to be shown")
    lab.page.wait_for_timeout(500)  # typesetting
    lab.screenshot(f"scale_{scale}", lab.page.locator(".jp-Notebook"))
    wider = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).length"
    assert lab.page.locator(".jp-OutputArea-output").evaluate_all(wider) == 0
    return {name: height(lab.page.locator(place)) for name, place in MEASURED.items()}


def height(what: Locator) -> float:
    box = what.first.bounding_box()
    assert box is not None
    return box["height"]


def test_all_grows_alike(lab: Lab, tmp_path: Path) -> None:
    lab.page.set_viewport_size({"width": 2000, "height": 1400})
    try:
        usual, larger = (heights(lab, tmp_path / str(scale), scale) for scale in (1.0, 1.5))
    finally:
        lab.page.set_viewport_size({"width": 1280, "height": 900})
    ratios = {name: round(larger[name] / usual[name], 2) for name in usual}
    assert all(1.35 <= ratio <= 1.65 for ratio in ratios.values()), ratios
