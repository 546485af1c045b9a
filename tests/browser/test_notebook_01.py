"""Notebook 01 as a student meets it: every cell runs, every panel, question and prediction answers."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Locator

from .lab import Lab, settled, until

pytestmark = pytest.mark.browser
NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "01_mdp_basics.ipynb"
PANELS = ("explore(", "stepper(", "paint_grid(", "set_arrows(")


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Iterator[Lab]:
    """The notebook with every cell run; when all is done, the browser must have had no complaint."""
    lab.open(NOTEBOOK)
    lab.screenshot("01_opened")
    stored = [area for code in PANELS for area in lab.outputs_of(code)]
    assert all(area.locator("img").count() for area in stored), "a panel without a picture before it runs"
    lab.run_all()
    yield lab
    assert lab.complaints == []


def summary(panel: Locator) -> str:
    """The line below a panel's picture, which says what it shows; it must not be a complaint."""
    assert panel.locator(".rlcourse-warn").count() == 0, panel.locator(".rlcourse-line").inner_text()
    return panel.locator(".rlcourse-line").inner_text()


def labels(panel: Locator) -> list[str]:
    """The names of a panel's sliders."""
    return panel.locator(".widget-slider .widget-label").all_inner_texts()


def names(cells: Locator) -> list[str]:
    """What a screen reader says of each cell of a grid."""
    return [str(name) for name in cells.evaluate_all("all => all.map(c => c.getAttribute('aria-label'))")]


def test_a_link_of_the_contents_leads_to_its_heading(notebook: Lab) -> None:
    link = notebook.page.locator(".jp-RenderedMarkdown a[href^='#']:not(.jp-InternalAnchorLink)").last
    name = str(link.evaluate("a => decodeURIComponent(a.hash.slice(1))"))
    heading = notebook.page.locator(f'[data-jupyter-id="{name}"]')
    assert not notebook.sees(heading)
    link.click()
    until(lambda: notebook.sees(heading), f"the heading {name}")


def test_every_slider_of_an_explorer_redraws_its_figure(notebook: Lab) -> None:
    def look(panel: Locator) -> tuple[str, str]:
        return summary(panel), notebook.picture(panel)

    def move(panel: Locator, label: str) -> None:
        line, picture = look(panel)
        notebook.slide(panel, label, -2)
        until(lambda: summary(panel) != line, f"another line after {label} moved")
        until(lambda: notebook.picture(panel) != picture, f"another figure after {label} moved")

    for number, panel in enumerate(notebook.outputs_of("explore(")):
        first = look(panel)
        assert labels(panel)
        for label in labels(panel):
            move(panel, label)
        notebook.screenshot(f"01_explore_{number}", panel)
        panel.get_by_role("button", name="Reset").click()
        assert settled(partial(look, panel), quiet=0.5) == first


def test_a_stepper_plays_pauses_and_is_scrubbed(notebook: Lab) -> None:
    def look(panel: Locator) -> tuple[str, str]:
        return summary(panel), notebook.picture(panel)

    def plays(panel: Locator) -> None:
        one = summary(panel)
        until(lambda: summary(panel) != one, "a step while it plays")
        two = summary(panel)
        until(lambda: summary(panel) not in (one, two), "another step while it plays")

    for number, panel in enumerate(notebook.outputs_of("stepper(")):
        first, handle = look(panel), panel.locator(".noUi-handle")
        panel.get_by_role("button", name="Play", exact=True).click()
        plays(panel)
        panel.get_by_role("button", name="Pause", exact=True).click()
        paused = settled(partial(look, panel))  # a step may have been on its way
        assert paused[0] != first[0] and paused[1] != first[1]
        step, last = (float(handle.get_attribute(f"aria-value{what}") or 0) for what in ("now", "max"))
        assert 2 <= step < last  # it rests because it was told to, not because it had come to the end
        handle.press("End")
        at_end = settled(partial(look, panel), quiet=0.5)
        assert at_end[0] != paused[0] and float(handle.get_attribute("aria-valuenow") or 0) == last
        notebook.screenshot(f"01_stepper_{number}", panel)
        handle.press("Home")
        assert settled(partial(look, panel), quiet=0.5) != at_end
        panel.get_by_role("button", name="Reset").click()
        assert settled(partial(look, panel), quiet=0.5) == first


def test_a_world_is_painted_and_solved_anew(notebook: Lab) -> None:
    (panel,) = notebook.outputs_of("paint_grid(")
    before = summary(panel)
    cells = panel.get_by_role("gridcell")
    floor = [n for n, name in enumerate(names(cells)) if "goes" in name]
    panel.get_by_role("radio", name="goal").click()
    cells.nth(floor[1]).click()
    until(lambda: "goal" in names(cells)[floor[1]], "the cell to be a goal")
    until(lambda: summary(panel) != before, "the value of the new world")
    notebook.screenshot("01_paint_grid", panel)
    panel.get_by_role("button", name="Undo").click()
    until(lambda: summary(panel) == before, "the first world again")
    value = summary(panel)
    notebook.slide(panel, labels(panel)[0], -5)
    until(lambda: summary(panel) != value, "the value with another control")


def test_an_arrow_is_turned_by_a_click_and_the_policy_improved(notebook: Lab) -> None:
    (panel,) = notebook.outputs_of("set_arrows(")
    cells = panel.get_by_role("gridcell")
    number = next(n for n, name in enumerate(names(cells)) if "goes right" in name)
    before = summary(panel)
    box = cells.nth(number).bounding_box()
    assert box is not None
    cells.nth(number).click(position={"x": box["width"] / 2, "y": 0.9 * box["height"]})
    until(lambda: "goes down" in names(cells)[number], "the arrow to point down")
    until(lambda: summary(panel) != before, "the value of the new policy")
    turned = summary(panel)
    panel.get_by_role("button", name="Improve once").click()
    until(lambda: summary(panel) not in (before, turned), "the value of a better policy")
    notebook.screenshot("01_set_arrows", panel)


def test_every_option_of_the_quiz_answers_and_one_is_right(notebook: Lab) -> None:
    def answer_to(question: Locator, number: int, before: list[str]) -> str:
        question.get_by_role("button").nth(number).click()
        said = question.get_by_role("status")
        until(lambda: said.count() == 1 and said.inner_text() not in before, "another answer")
        return said.inner_text()

    for question in notebook.outputs_of("quiz("):
        said: list[str] = []
        for number in range(question.get_by_role("button").count()):
            said.append(answer_to(question, number, said))
        assert [text.startswith("✓ Right.") for text in said].count(True) == 1
        assert len(said) >= 2 and all(len(text) > 40 for text in said), said
    notebook.screenshot("01_quiz", notebook.outputs_of("quiz(")[0])


def test_a_prediction_is_answered_once_it_is_made(notebook: Lab) -> None:
    for number, prediction in enumerate(notebook.outputs_of("predict(")):
        commit = prediction.get_by_role("button", name="Commit")
        if prediction.locator("input[type=text]").count():
            prediction.locator("input[type=text]").fill("0.5")
            prediction.locator("input[type=text]").press("Tab")
        else:
            assert commit.is_disabled()
            prediction.get_by_role("button", name="A", exact=True).click()
        assert prediction.get_by_role("status").count() == 0
        commit.click()
        prediction.get_by_role("status").first.wait_for()
        notebook.screenshot(f"01_predict_{number}", prediction)


def test_how_it_looks_in_the_dark_and_on_a_projector(notebook: Lab) -> None:
    shown = {code: notebook.outputs_of(code)[0] for code in (*PANELS, "quiz(", "predict(", "check(")}
    notebook.theme("Dark")
    for code, area in shown.items():
        notebook.screenshot(f"01_dark_{code[:-1]}", area)
    notebook.theme("Light")
    notebook.projector()
    for code, area in shown.items():
        notebook.screenshot(f"01_projector_{code[:-1]}", area)
        wide = "e => e.scrollWidth > e.clientWidth + 1"
        assert not area.evaluate(wide), f"{code[:-1]} is wider than a projector"
    notebook.projector(False)
