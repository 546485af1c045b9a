"""A live run as a student meets it: under Run All, while a cell waits for it, buttons and sliders act at once."""

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Locator

from rlcourse.notebook.build import KERNELSPEC

from .lab import CODE_CELLS, Lab, until

pytestmark = pytest.mark.browser

LEARNER = """
import time
from dataclasses import dataclass
import numpy as np
from rlcourse import notebook
notebook.setup(seed=0)

@dataclass(frozen=True)
class Config:
    learning_rate: float = 1e-3
    double: bool = False

    def __post_init__(self):
        if self.learning_rate > 0.05:
            raise ValueError(f"learning_rate is {self.learning_rate}; expected at most 0.05")

class Learner:
    \"\"\"Does nothing but take its time, holding Python's lock, as real training does.\"\"\"

    def __init__(self):
        self.config, self.step, self.env = Config(), 0, None

    def train(self, total_steps):
        while self.step < total_steps:
            until = time.perf_counter() + 0.1
            while time.perf_counter() < until:
                pass
            self.step += 100
            yield {"step": self.step, "episode_return": 500 * self.step / 60_000, "loss": 1 / self.step}

    def act(self, obs, greedy=False):
        return np.array([self.step // 100 % 2])

class Env:
    \"\"\"A box that wanders to the right.\"\"\"

    num_envs, metadata = 1, {"render_fps": 20}

    def reset(self):
        self.x = 0
        return np.array([0]), {}

    def step(self, action):
        self.x += 5
        return np.array([self.x]), np.array([1.0]), np.array([self.x >= 500]), np.array([False]), {}

    def render(self):
        frame = np.full((400, 600, 3), 255, dtype=np.uint8)
        frame[200:300, self.x : self.x + 80] = (0, 114, 178)
        return frame
"""
PANELS = """
import matplotlib.figure

def draw(k):
    return matplotlib.figure.Figure(figsize=(2, 1)), f"k is {k}"

notebook.explore(draw, k=(0, 9, 1))
"""
RUN = """
run = notebook.live(Learner(), 60_000, curves=("episode_return", "loss"), goal=475, video=Env,
                    sliders={"learning_rate": (1e-5, 1e-1, "log"), "double": True})
run
"""
CELLS = (LEARNER, PANELS, RUN, "print('waiting')\nawait run", "print(run.learner.config, run.state)")
FILM = """
import numpy as np
from rlcourse import notebook
frames = np.zeros((60, 201, 301, 3), dtype=np.uint8)
for t, frame in enumerate(frames):
    frame[50:150, 4 * t : 4 * t + 40] = (255, 140, 0)
notebook.video(frames, fps=30)
"""
PRESS = """async button => {
    const line = button.closest('.rlcourse-panel').querySelector('.rlcourse-line'), pressed = performance.now();
    button.click();
    while (!line.textContent.startsWith('Stopped') && performance.now() - pressed < 5000)
        await new Promise(next => setTimeout(next, 5));
    return (performance.now() - pressed) / 1000;
}"""


def write(folder: Path, *sources: str) -> Path:
    cells = [nbformat.v4.new_code_cell(source.strip()) for source in sources]
    path = folder / "live.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNELSPEC}), path)
    return path


@pytest.fixture
def running(lab: Lab, tmp_path: Path) -> Iterator[Lab]:
    """A notebook under Run All, in which a cell waits for the run of the cell before."""
    lab.complaints.clear()
    lab.open(write(tmp_path, *CELLS))
    lab.page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells') }")
    until(lambda: panel(lab).locator(".rlcourse-numbers b").count() > 0, "the panel", 60)
    until(lambda: lab.outputs()[3], "the next cell to wait")
    until(lambda: step_of(lab) >= 300, "training to be under way")
    yield lab
    assert lab.complaints == []


def panel(lab: Lab) -> Locator:
    return lab.outputs_of("notebook.live")[0]


def step_of(lab: Lab) -> int:
    return int(panel(lab).locator(".rlcourse-numbers b").first.inner_text().replace(",", ""))


def said(area: Locator) -> str:
    return area.locator(".rlcourse-line").inner_text()


def button(lab: Lab, name: str) -> Locator:
    return panel(lab).get_by_role("button", name=name)


def count_of(lab: Lab, cell: int) -> int | None:
    """The execution count of a code cell, which it gets when it has run."""
    return lab.page.evaluate(f"{CODE_CELLS}[{cell}].model.executionCount")


def says(lab: Lab, area: Locator, text: str) -> None:
    until(lambda: text in said(area), f"{text!r} under the panel")


def test_a_run_is_watched_turned_stopped_and_continued(running: Lab) -> None:
    lab = running
    area = panel(lab)
    lab.changes(lambda: lab.picture(area), lambda: None, "the curve")
    until(lambda: area.locator("img").count() == 2 and "greedy episode" in area.inner_text(), "a film", 40)

    lab.slide(area, "learning rate", 3)  # three presses: a slider that dies after the first is noticed
    says(lab, area, "learning rate = 0.0014 from step")
    other = lab.outputs_of("notebook.explore")[0]
    lab.slide(other, "k", 4)
    says(lab, other, "k is 4")
    # One press for the whole way: of many, some would come after the slider has been put back.
    area.locator(".widget-slider", has_text="learning rate").locator(".noUi-handle").press("End")
    says(lab, area, "ValueError: learning_rate is 0.1")
    readout = area.locator(".widget-slider .widget-readout").inner_text
    until(lambda: readout() != "0.10", "the slider to go back")
    lab.screenshot("live_refused", area)
    area.get_by_label("double").click()
    says(lab, area, "double = on from step")
    lab.screenshot("live_running", area)
    assert count_of(lab, 3) is None and count_of(lab, 4) is None  # the cell is still waiting

    button(lab, "Stop").scroll_into_view_if_needed()
    latencies = [button(lab, "Stop").evaluate(PRESS)]
    until(lambda: count_of(lab, 4), "the cells after it to run")
    _, shown = lab.outputs()[3]
    assert shown["data"]["text/plain"] == "Learner: stopped before 60,000 steps, goal 475 reached: False"
    assert shown["data"]["image/png"]
    (printed,) = lab.outputs()[4]
    assert "learning_rate=" in printed["text"] and "double=True) stopped" in printed["text"]
    assert lab.errors() == []

    at = step_of(lab)
    button(lab, "Step").click()
    until(lambda: step_of(lab) == at + 100, "one item more")
    lab.screenshot("live_stopped", area)
    lab.theme("Dark")
    lab.screenshot("live_dark", area)
    lab.theme("Light")
    lab.projector()
    lab.screenshot("live_projector", area)
    assert not area.evaluate("e => e.scrollWidth > e.clientWidth + 1")
    lab.projector(False)
    for _ in range(2):
        button(lab, "Continue").click()
        says(lab, area, "Learner is in training.")
        lab.changes(lambda: step_of(lab), lambda: None, "the step")
        latencies.append(button(lab, "Stop").evaluate(PRESS))
    # The quickest of three: on a machine with other work, one may take longer; starved, none would come at all.
    assert min(latencies) < 0.5, latencies


def test_an_interrupt_of_the_waiting_cell_stops_training(running: Lab) -> None:
    running.command("notebook:interrupt-kernel")
    until(lambda: said(panel(running)).startswith("Stopped"), "training to stop")
    until(lambda: len(running.outputs()[3]) == 2, "the end of the waiting cell")
    _, shown = running.outputs()[3]
    assert shown["output_type"] == "error" and shown["ename"] in ("KeyboardInterrupt", "CancelledError")


def test_a_film_plays(lab: Lab, tmp_path: Path) -> None:
    lab.complaints.clear()
    lab.open(write(tmp_path, FILM))
    lab.run_all()
    film = lab.outputs_of("notebook.video")[0].locator("video")
    film.evaluate("video => video.play()")
    until(lambda: film.evaluate("video => video.readyState >= 3 && video.currentTime > 0.3"), "the film to play")
    assert film.evaluate("video => [video.videoWidth, video.videoHeight, video.duration]") == [302, 202, 2]
    lab.screenshot("video", lab.outputs_of("notebook.video")[0])
    assert lab.complaints == []
