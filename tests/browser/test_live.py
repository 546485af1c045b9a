"""A live run as a student meets it: it moves, and while a cell waits for it, buttons and sliders act at once."""

import re
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

    def __init__(self, item=0.1, **settings):
        self.config, self.step, self.env, self.item = Config(**settings), 0, None, item

    def train(self, total_steps):
        while self.step < total_steps:
            until = time.perf_counter() + self.item
            while time.perf_counter() < until:
                pass
            self.step += 100
            yield {"step": self.step, "episode_return": 500 * self.step / (self.step + 20_000), "loss": 1 / self.step}

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
MEASURED = """
run = notebook.live(lambda **settings: Learner({item}, **settings), {steps}, goal=475, video=Env,
                    sliders={{"learning_rate": (1e-5, 1e-1, "log"), "double": True}})
run
"""
TALL = "print(chr(10) * 60)"
DQN = """
from rlcourse import envs, notebook
from rlcourse.deep.dqn import DQN, DQNConfig
notebook.setup(seed=0)

def agent(**settings):
    env = envs.make("rlcourse/CartPole-v1", num_envs=16, seed=1)
    return DQN(env, DQNConfig(**{"gradient_steps": 2, "n_step": 3, **settings}), seed=1)
"""
DQN_RUN = """
run = notebook.live(agent, 24_000, title="DQN on CartPole", curves=["episode_return", "q"], goal=475,
                    sliders=["learning_rate", "target_period", "epsilon_end", "discount", "double", "n_step"],
                    video=lambda: envs.make("rlcourse/CartPole-v1"))
run
"""
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

# How often a second the chart draws another step, for so many milliseconds or to the end, and when a film is seen. The
# steps are counted, not the pixels: reading those all the time would take the processor from the training.
WATCH = """async (panel, most) => {
    const canvas = panel.querySelector('.rlcourse-chart canvas'), film = panel.querySelector('.rlcourse-film canvas');
    const began = performance.now(), before = canvas.toDataURL();
    let last = canvas.dataset.step, drawn = 0, filmed = null, now = 0;
    const line = panel.querySelector('.rlcourse-line');
    while (now < most && !line.textContent.startsWith('Finished')) {
        await new Promise(next => setTimeout(next, 20));
        now = performance.now() - began;
        if (canvas.dataset.step !== last) drawn += 1;
        last = canvas.dataset.step;
        if (filmed === null && !film.hidden) filmed = now / 1000;
    }
    return [canvas.toDataURL() === before ? 0 : drawn / (now / 1000), filmed];
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
    appears(lab)
    until(lambda: lab.outputs()[3], "the next cell to wait")
    until(lambda: step_of(lab) >= 300, "training to be under way")
    yield lab
    assert lab.complaints == []


def begin(lab: Lab, folder: Path, *sources: str) -> Locator:
    """The panel of a notebook under Run All, as soon as it is seen."""
    lab.complaints.clear()
    lab.open(write(folder, *sources))
    lab.page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells') }")
    return appears(lab)


def appears(lab: Lab) -> Locator:
    until(lambda: panel(lab).locator(".rlcourse-numbers b").count() > 0, "the panel", 60)
    return panel(lab)


def drawn(lab: Lab) -> int:
    """The last step of the curve that the chart shows."""
    return int(panel(lab).locator(".rlcourse-chart canvas").get_attribute("data-step") or 0)


def stop(lab: Lab) -> None:
    button(lab, "Stop").click()
    until(lambda: said(panel(lab)).startswith("Stopped"), "training to stop")


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
    lab.changes(lambda: drawn(lab), lambda: None, "the curve")
    until(lambda: "Greedy episode at step" in area.inner_text(), "a film")

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
        says(lab, area, "Learner is in training to step 60,000.")
        lab.changes(lambda: step_of(lab), lambda: None, "the step")
        latencies.append(button(lab, "Stop").evaluate(PRESS))
    # The quickest of three: on a machine with other work, one may take longer; starved, none would come at all.
    assert min(latencies) < 0.5, latencies


def test_an_interrupt_of_the_waiting_cell_is_a_press_of_stop(running: Lab) -> None:
    running.command("notebook:interrupt-kernel")
    until(lambda: said(panel(running)).startswith("Stopped"), "training to stop")
    until(lambda: count_of(running, 4), "the cells after it to run")
    _, shown = running.outputs()[3]
    assert shown["data"]["text/plain"] == "Learner: stopped before 60,000 steps, goal 475 reached: False"
    assert running.errors() == []


@pytest.mark.parametrize(
    ("item", "steps", "seconds"), [(0.1, 900_000, 10), (0.02, 24_000, 4)], ids=["of hours", "of five seconds"]
)
def test_a_run_of_any_length_moves_and_is_filmed(lab: Lab, tmp_path: Path, item: float, steps: int, seconds: int):
    area = begin(lab, tmp_path, LEARNER, MEASURED.format(item=item, steps=steps))
    redraws, film = area.locator(".rlcourse-panel").evaluate(WATCH, 1000 * seconds)
    assert redraws >= 2 and film is not None and film < 3, (redraws, film)
    if steps == 900_000:
        caption = area.locator(".rlcourse-film").inner_text
        lab.changes(caption, lambda: None, "the film, which is renewed", 10)
        stop(lab)
    assert lab.complaints == [] and lab.errors() == []


def test_a_restart_shows_what_was_before_in_grey(lab: Lab, tmp_path: Path) -> None:
    area = begin(lab, tmp_path, LEARNER, MEASURED.format(item=0.02, steps=24_000))
    film = area.locator(".rlcourse-film canvas")
    until(film.is_visible, "a film")
    lab.slide(area, "learning rate", 3)
    says(lab, area, "learning rate = 0.0014 from step")
    says(lab, area, "Finished after 24,000 steps. Goal 475 not reached. Continue trains on, Restart begins anew")
    lab.slide(area, "learning rate", 4)
    says(lab, area, "Finished. Continue trains on with learning rate = 0.0022, Restart begins anew with it.")
    area.get_by_label("slow").or_(area.get_by_role("button", name="slow")).first.click()
    button(lab, "Restart").click()
    says(lab, area, "Learner is in training until Stop, or step 480,000.")
    until(film.is_hidden, "the film to go", 5)
    assert 0 <= step_of(lab) < 24_000
    alternative = area.locator(".rlcourse-chart canvas").get_attribute
    ghost = "In grey, before: learning rate = 0.001, then 0.0014."
    until(lambda: ghost in (alternative("aria-label") or ""), ghost, 15)
    lab.screenshot("live_before", area)
    button(lab, "full").click()
    until(lambda: step_of(lab) > 24_000, "training beyond the first end")
    stop(lab)
    assert lab.complaints == [] and lab.errors() == []


def test_the_speed_is_chosen_while_it_runs(lab: Lab, tmp_path: Path) -> None:
    area = begin(lab, tmp_path, LEARNER, MEASURED.format(item=0.05, steps=900_000))

    def steps_in_three_seconds() -> int:
        before = drawn(lab)
        lab.page.wait_for_timeout(3000)
        return drawn(lab) - before

    full = steps_in_three_seconds()
    button(lab, "slow").click()
    lab.page.wait_for_timeout(300)
    slow = steps_in_three_seconds()
    redraws, _ = area.locator(".rlcourse-panel").evaluate(WATCH, 4000)
    shown = re.search(r"([\d,]+) steps/s", area.locator(".rlcourse-numbers").inner_text())
    button(lab, "full").click()
    lab.page.wait_for_timeout(300)
    again = steps_in_three_seconds()
    stop(lab)
    assert 0 < slow < 0.4 * full and again > 2 * slow, (full, slow, again)
    assert redraws >= 1.5  # about two items a second: every one is drawn
    assert shown and int(shown[1].replace(",", "")) < 500  # 222 steps a second


def test_a_reader_who_comes_when_it_is_over_sees_it_grow(lab: Lab, tmp_path: Path) -> None:
    run = MEASURED.format(item=0.04, steps=5000)  # 2 s: by then the page is at the last cell
    area = begin(lab, tmp_path, LEARNER, TALL, run, TALL, "await run\nNone", TALL, TALL)
    until(lambda: count_of(lab, 6), "the last cell")
    assert said(area).startswith("Finished after 5,000 steps.")
    chart = area.locator(".rlcourse-chart canvas")
    assert not lab.sees(chart)  # else this test tests nothing
    for seen in (lambda: chart.scroll_into_view_if_needed(), lambda: button(lab, "Replay").click()):
        until(lambda: drawn(lab) == 5000, "the whole curve")
        seen()
        until(lambda: 0 < drawn(lab) < 3000, "the curve of the beginning", 5)
        until(lambda: 3000 < drawn(lab) < 5000, "more of it", 5)
        until(lambda: drawn(lab) == 5000, "the end", 5)
    assert button(lab, "Continue").is_enabled() and button(lab, "Restart").is_enabled()
    assert lab.complaints == [] and lab.errors() == []


def test_a_whole_panel_fits_a_small_screen_while_dqn_trains(lab: Lab, tmp_path: Path) -> None:
    lab.page.set_viewport_size({"width": 1280, "height": 720})
    try:
        area = begin(lab, tmp_path, DQN, DQN_RUN, "result = await run\nresult")
        whole = area.locator(".rlcourse-panel")
        whole.evaluate("panel => panel.scrollIntoView({block: 'start'})")
        redraws, film = whole.evaluate(WATCH, 3500)
        high = "panel => [panel.offsetHeight, panel.closest('.jp-WindowedPanel-outer').clientHeight]"
        heights = [whole.evaluate(high)]
        lab.slide(area, "n step", -2)  # which shapes the memory
        says(lab, area, "n step = 1 waits for Restart.")
        lab.slide(area, "learning rate", 2)
        until(lambda: re.search("learning rate = .* from step .* n step = 1 waits", said(area)), "both to be said")
        heights.append(whole.evaluate(high))
        lab.page.screenshot(path=lab.shots / "live_dqn.png")
        lab.page.wait_for_timeout(100)
        says(lab, area, "Finished after 24,000 steps.")
        heights.append(whole.evaluate(high))
        assert all(panel <= page <= 600 for panel, page in heights), heights
        assert all(lab.sees(button(lab, name)) for name in ("Continue", "Step", "Restart"))
        assert redraws >= 2 and film is not None and film < 3, (redraws, film)
        assert lab.barriers() == []
        button(lab, "Restart").click()
        until(lambda: "waits" not in said(area), "nothing to wait any longer")
        stop(lab)
    finally:
        lab.page.set_viewport_size({"width": 1280, "height": 900})
    assert lab.complaints == [] and lab.errors() == []


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
