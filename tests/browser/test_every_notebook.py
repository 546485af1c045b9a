"""The notebooks as a student meets them: every cell runs, every panel, question and prediction answers."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Locator

from .lab import CODE_CELLS, Lab, settled, until

pytestmark = pytest.mark.browser
NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
GONE = "The kernel was restarted or has ended"
AFTER = "details[class^=after-]"  # what is closed until a prediction is made
PANELS = ("explore", "stepper", "paint_grid", "set_arrows", "play")


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A notebook with every cell run; when all is done, the browser must have had no complaint."""
    lab.complaints.clear()
    lab.open(request.param)
    lab.screenshot(f"{lab.name}_opened")
    stored = [area for kind in PANELS for area in lab.made_by(kind)]
    assert len(stored) >= 2, f"{len(stored)} live panels, not at least 2"
    assert all(area.locator("img").count() for area in stored), "a panel without a picture before it runs"
    lab.run_all()
    yield lab
    assert lab.complaints == []


def all_of(notebook: Lab, kind: str) -> list[Locator]:
    """The panels of a kind, of which not every notebook has one; those behind a prediction are opened."""
    areas = notebook.made_by(kind) or pytest.skip(f"notebook {notebook.name} has no {kind}")
    for line in (line for area in areas for line in area.locator(f"{AFTER}:not([open]) > summary").all()):
        line.click()
    return areas


def summary(panel: Locator) -> str:
    """The line below a panel's picture, which says what it shows; it must not be a complaint."""
    assert panel.locator(".rlcourse-warn").count() == 0, panel.locator(".rlcourse-panel .rlcourse-line").inner_text()
    return panel.locator(".rlcourse-panel .rlcourse-line").inner_text()


def look_at(notebook: Lab, panel: Locator) -> tuple[str, str]:
    """What a panel says and shows."""
    return summary(panel), notebook.picture(panel)


def labels(panel: Locator) -> list[str]:
    """The names of a panel's sliders."""
    return panel.locator(".widget-slider .widget-label").all_inner_texts()


def move(control: Locator) -> None:
    """Gives a slider, a menu, buttons to choose from or a box to tick another value, as a person does."""
    handle, menu, others = (control.locator(of) for of in (".noUi-handle", "select", "button:not(.mod-active)"))
    if handle.count():
        now, low = (float(handle.get_attribute(f"aria-value{what}") or 0) for what in ("now", "min"))
        for _ in range(2):
            handle.press("ArrowLeft" if now > low else "ArrowRight")
    elif menu.count():
        at, count = menu.evaluate("menu => [menu.selectedIndex, menu.options.length]")
        menu.select_option(index=(at + 1) % count)
    else:
        (others if others.count() else control.locator("input")).first.click()


def names(cells: Locator) -> list[str]:
    """What a screen reader says of each cell of a grid."""
    return [str(name) for name in cells.evaluate_all("all => all.map(c => c.getAttribute('aria-label'))")]


def test_what_answers_a_prediction_opens_when_it_is_made_and_not_before(notebook: Lab) -> None:
    page = notebook.page
    shown = """([place, open]) => [...document.querySelectorAll(place)].filter(details => details.open === open)
        .map(details => details.className)"""

    def classes(*, open: bool) -> list[str]:
        return list(page.evaluate(shown, [AFTER, open]))

    everything = classes(open=False)
    assert classes(open=True) == [] and len(everything) >= 4
    behind = page.locator(f"{AFTER} > :not(summary), .rlcourse-curtain > :not(:first-child)")
    assert behind.count() >= 4 and not any(part.is_visible() for part in behind.all())
    made: list[str] = []
    for number, prediction in enumerate(all_of(notebook, "predict")):
        if number % 2:
            prediction.get_by_role("button", name="Show me").click()
        else:
            commit(prediction)
        prediction.get_by_role("status").first.wait_for()
        title = prediction.locator("strong", has_text="Prediction").first.inner_text()
        made.append(f"after-{title.removeprefix('Prediction ').rstrip('.')}")
        expected = [name for name in everything if name in made]
        until(lambda expected=expected: classes(open=True) == expected, f"{made[-1]} to open, and no other")
        notebook.screenshot(f"{notebook.name}_predict_{number}", prediction)
    assert classes(open=False) == []
    panels = page.locator(".rlcourse-curtain > .rlcourse-panel")
    until(lambda: all(panel.is_visible() for panel in panels.all()), "the panels behind them")
    for number, area in enumerate(notebook.made_by("after_prediction")):
        notebook.screenshot(f"{notebook.name}_after_{number}", area)


def commit(prediction: Locator) -> None:
    """Commits to a guess, before which nothing is said."""
    button = prediction.get_by_role("button", name="Commit")
    if prediction.locator("input[type=text]").count():
        prediction.locator("input[type=text]").fill("0.5")
        prediction.locator("input[type=text]").press("Tab")
    else:
        assert button.is_disabled()
        prediction.get_by_role("button", name="A", exact=True).click()
    assert prediction.get_by_role("status").count() == 0
    button.click()


def test_a_link_of_the_contents_leads_to_its_heading(notebook: Lab) -> None:
    link = notebook.page.locator(".jp-RenderedMarkdown a[href^='#']:not(.jp-InternalAnchorLink)").last
    name = str(link.evaluate("a => decodeURIComponent(a.hash.slice(1))"))
    heading = notebook.page.locator(f'[data-jupyter-id="{name}"]')
    assert not notebook.sees(heading)
    link.click()
    until(lambda: notebook.sees(heading), f"the heading {name}")


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_nothing_in_it_keeps_anybody_out(notebook: Lab, theme: str) -> None:
    notebook.theme(theme)
    until(lambda: not notebook.page.locator(".jp-Notebook img:not([alt])").count(), "every picture to have a text")
    assert notebook.page.locator(".jp-RenderedImage img[alt='figure']").count() == 0
    assert notebook.barriers() == []


def test_every_control_of_an_explorer_redraws_its_figure(notebook: Lab) -> None:
    def moved(panel: Locator, control: Locator) -> None:
        line, picture = look_at(notebook, panel)
        name = control.locator("label, .widget-label").first.inner_text()
        move(control)
        until(lambda: summary(panel) != line, f"another line after {name} moved")
        until(lambda: notebook.picture(panel) != picture, f"another figure after {name} moved")

    for number, panel in enumerate(all_of(notebook, "explore")):
        first = look_at(notebook, panel)
        controls = panel.locator(".widget-slider, .widget-dropdown, .widget-toggle-buttons, .widget-checkbox").all()
        assert controls
        for control in controls:
            moved(panel, control)
        notebook.screenshot(f"{notebook.name}_explore_{number}", panel)
        panel.get_by_role("button", name="Reset").click()
        back(notebook, panel, first)


def back(notebook: Lab, panel: Locator, first: tuple[str, str]) -> None:
    """Waits until a panel is as it was at first, and stays so."""
    until(lambda: look_at(notebook, panel) == first, "the panel to be as it was")
    assert settled(partial(look_at, notebook, panel), quiet=0.5) == first


def test_a_stepper_plays_pauses_and_is_scrubbed(notebook: Lab) -> None:
    def plays(panel: Locator) -> None:
        one = summary(panel)
        until(lambda: summary(panel) != one, "a step while it plays")
        two = summary(panel)
        until(lambda: summary(panel) not in (one, two), "another step while it plays")
        until(lambda: value(panel, "now") >= 2, "step 2")

    def value(panel: Locator, what: str) -> float:
        return float(panel.locator(".noUi-handle").first.get_attribute(f"aria-value{what}") or 0)

    def press(panel: Locator, key: str) -> tuple[str, str]:
        look = partial(look_at, notebook, panel)
        notebook.changes(look, lambda: panel.locator(".noUi-handle").first.press(key), "the picture")
        return settled(look, quiet=0.5)

    for number, panel in enumerate(all_of(notebook, "stepper")):
        first = look_at(notebook, panel)
        panel.get_by_role("button", name="Play", exact=True).click()
        plays(panel)
        panel.get_by_role("button", name="Pause", exact=True).click()
        paused = settled(partial(look_at, notebook, panel))  # a step may have been on its way
        assert paused[0] != first[0] and paused[1] != first[1]
        assert 2 <= value(panel, "now") < value(panel, "max")  # it rests because it was told to, not at the end
        at_end = press(panel, "End")
        assert at_end[0] != paused[0] and value(panel, "now") == value(panel, "max")
        notebook.screenshot(f"{notebook.name}_stepper_{number}", panel)
        at_start = press(panel, "Home")
        assert at_start != at_end and value(panel, "now") == 0
        if at_start == first:
            press(panel, "End")
        panel.get_by_role("button", name="Reset").click()
        back(notebook, panel, first)


def test_a_world_is_painted_and_solved_anew(notebook: Lab) -> None:
    def painted(panel: Locator, number: int) -> None:
        before = summary(panel)
        cells = panel.get_by_role("gridcell")
        floor = [n for n, name in enumerate(names(cells)) if "goes" in name]
        panel.get_by_role("radio", name="goal").click()
        cells.nth(floor[1]).click()
        until(lambda: "goal" in names(cells)[floor[1]], "the cell to be a goal")
        until(lambda: summary(panel) != before, "the value of the new world")
        notebook.screenshot(f"{notebook.name}_paint_grid_{number}", panel)
        panel.get_by_role("button", name="Undo").click()
        until(lambda: summary(panel) == before, "the first world again")
        notebook.slide(panel, labels(panel)[0], -5)
        until(lambda: summary(panel) != before, "the value with another control")

    for number, panel in enumerate(all_of(notebook, "paint_grid")):
        painted(panel, number)


def test_an_arrow_is_turned_by_a_click_and_the_policy_improved(notebook: Lab) -> None:
    def turned(panel: Locator, number: int) -> None:
        cells = panel.get_by_role("gridcell")
        place = next(n for n, name in enumerate(names(cells)) if "goes right" in name)
        before = summary(panel)
        box = cells.nth(place).bounding_box()
        assert box is not None
        cells.nth(place).click(position={"x": box["width"] / 2, "y": 0.9 * box["height"]})
        until(lambda: "goes down" in names(cells)[place], "the arrow to point down")
        until(lambda: summary(panel) != before, "the value of the new policy")
        after = summary(panel)
        panel.get_by_role("button", name="Improve once").click()
        until(lambda: summary(panel) not in (before, after), "the value of a better policy")
        notebook.screenshot(f"{notebook.name}_set_arrows_{number}", panel)

    for number, panel in enumerate(all_of(notebook, "set_arrows")):
        turned(panel, number)


def test_rounds_are_played_with_the_keys_and_commented(notebook: Lab) -> None:
    page = notebook.page

    def focus_on(name: str) -> bool:
        return bool(page.evaluate("document.activeElement.innerText.trim()") == name)

    def round_of(panel: Locator, count: int) -> None:
        begin = panel.get_by_role("button", name="New round")
        until(lambda: summary(panel).startswith(f"Round {count},"), f"round {count}")
        moves = 0
        while begin.is_disabled():
            assert moves < 100, "a round that does not end"
            actions = panel.locator("button.mod-primary:enabled")
            before = panel.inner_text()
            actions.nth((count + moves) % actions.count()).press("Enter")
            with suppress(TimeoutError):  # walking into a wall changes nothing
                until(lambda before=before: panel.inner_text() != before, "the move to be made", seconds=1)
            moves += 1
        until(lambda: re.search("Given away by your moves: [0-9]|gave nothing away", summary(panel)), "the verdict")
        until(lambda: panel.get_by_role("listitem").count() == min(moves, 13), "a comment on each move")
        until(lambda: tally(panel)[0] == str(count), "the round to be counted")
        until(lambda: focus_on("New round"), "the keys to be at New round")

    def tally(panel: Locator) -> list[str]:
        return panel.locator("table tr + tr td").all_inner_texts()  # below the headings

    for number, panel in enumerate(all_of(notebook, "play")):
        first, nothing_played = summary(panel), tally(panel)
        assert nothing_played[:3] == ["0", "–", "–"]
        for count in (1, 2, 3):
            round_of(panel, count)
            if count == 3:
                notebook.screenshot(f"{notebook.name}_play_{number}", panel)
            page.keyboard.press("Enter")
            until(lambda: not focus_on("New round"), "the keys to be at an action")  # else the next round has no keys
        panel.get_by_role("button", name="Let the expert play").click()
        until(lambda panel=panel: summary(panel).startswith("1000 rounds of the expert"), "the expert's rounds")
        mean, error, exact = (float(x.replace("−", "-")) for x in re.findall("[−0-9]+[.][0-9]+", summary(panel)))
        assert abs(mean - exact) <= 2 * error  # four standard errors
        panel.get_by_role("button", name="Reset").click()
        until(lambda panel=panel, first=first: summary(panel) == first, "the first round again")
        assert tally(panel) == nothing_played


def test_every_option_of_the_quiz_answers_and_one_is_right(notebook: Lab) -> None:
    def answer_to(question: Locator, number: int, before: list[str]) -> str:
        question.get_by_role("button").nth(number).click()
        said = question.get_by_role("status")
        until(lambda: said.count() == 1 and said.inner_text() not in before, "another answer")
        return said.inner_text()

    for question in all_of(notebook, "quiz"):
        said: list[str] = []
        for number in range(question.get_by_role("button").count()):
            said.append(answer_to(question, number, said))
        assert [text.startswith("✓ Right.") for text in said].count(True) == 1
        assert len(said) >= 2 and all(len(text) > 40 for text in said), said
    notebook.screenshot(f"{notebook.name}_quiz", notebook.made_by("quiz")[0])


def test_how_it_looks_in_the_dark_and_on_a_projector(notebook: Lab) -> None:
    kinds = (*PANELS, "quiz", "predict", "check", "after_prediction")
    shown = {kind: all_of(notebook, kind)[0] for kind in kinds if notebook.made_by(kind)}
    notebook.theme("Dark")
    for kind, area in shown.items():
        notebook.screenshot(f"{notebook.name}_dark_{kind}", area)
    notebook.theme("Light")
    notebook.projector()
    for kind, area in shown.items():
        notebook.screenshot(f"{notebook.name}_projector_{kind}", area)
        wide = "e => e.scrollWidth > e.clientWidth + 1"
        assert not area.evaluate(wide), f"{kind} is wider than a projector"
    notebook.projector(False)


PLACES = """panel => {
    const top = panel.getBoundingClientRect().top;
    const kinds = 'button, .widget-slider, .widget-dropdown, .widget-checkbox, img, svg';
    const parts = [...panel.querySelectorAll(kinds)];
    const place = (e, r = e.getBoundingClientRect()) => [r.left, r.top - top, r.height].map(Math.round);
    return [place(panel), ...parts.filter((e) => e.getBoundingClientRect().height).map(place)];
}"""


def test_nothing_moves_while_a_panel_is_used(notebook: Lab) -> None:
    """A panel is as high, and its parts stand where they stood, whatever is said, chosen, painted or played."""

    def stands(panel: Locator, act: Callable[[], object]) -> None:
        places = partial(panel.locator(".rlcourse-panel").first.evaluate, PLACES)
        before = settled(places, quiet=0.3)
        act()
        assert settled(places, quiet=0.5) == before

    def paint(panel: Locator, brush: str, cell: int) -> None:
        panel.get_by_role("radio", name=brush).click()
        panel.get_by_role("gridcell").nth(cell).click()

    for panel in (*notebook.made_by("explore"), *notebook.made_by("stepper")):
        for handle in panel.locator(".noUi-handle").all():
            for key in ("Home", "End"):
                stands(panel, partial(handle.press, key))
    for panel in notebook.made_by("paint_grid"):
        start = next(n for n, name in enumerate(names(panel.get_by_role("gridcell"))) if "start" in name)
        for brush, cell in (("wall", start), ("floor", start), ("start", start)):
            stands(panel, partial(paint, panel, brush, cell))
    for panel in notebook.made_by("set_arrows"):
        for name in ["Random", *["Improve once"] * 5]:
            stands(panel, panel.get_by_role("button", name=name).click)
    for panel in notebook.made_by("play"):
        for name in ["Reset", "Let the expert play"]:
            stands(panel, panel.get_by_role("button", name=name).click)
        for _ in range(4):
            stands(panel, panel.locator("button.mod-primary:enabled").first.click)


def test_no_text_of_a_figure_is_cut_off_or_stands_on_another(notebook: Lab) -> None:
    """Of all that the tests above have drawn: as it is, and when cells run, at scale 1.5 as well."""
    drawn = notebook.figures()
    assert len(drawn) >= 10 and any("1.5" in figure["found"] for figure in drawn)
    wrong = {(scale, figure["figure"], *said) for figure in drawn for scale, said in figure["found"].items() if said}
    assert wrong == set()


def test_saved_and_opened_again_it_shows_pictures_and_what_lost_its_kernel_says_so(notebook: Lab) -> None:
    """Comes last: it ends the kernel."""
    page = notebook.page
    shown = {kind: len(notebook.made_by(kind)) for kind in (*PANELS, "live", "quiz", "predict")}
    homes, told = page.locator(".rlcourse-panel, .rlcourse-card"), page.locator(".rlcourse-gone .rlcourse-line")
    assert homes.count() >= sum(shown.values())
    notebook.save()
    assert notebook.complaints == []
    notebook.end_kernel("restartKernel")
    until(lambda: told.count() == homes.count(), "every panel and card to say that its kernel is gone")
    assert all(text.startswith(GONE) for text in told.all_inner_texts())
    enabled = "all => all.filter(e => !e.closest('[inert]') && e.checkVisibility()).length"
    assert page.locator(".rlcourse-gone :is(button, input, select, .noUi-handle)").evaluate_all(enabled) == 0
    chain = "all => all.filter(e => getComputedStyle(e, '::before').content !== 'none').length"
    assert page.locator(".rlcourse-gone.jupyter-widgets-disconnected").evaluate_all(chain) == 0
    assert page.locator(".rlcourse-gone .jupyter-widgets-disconnected:not(.rlcourse-warn)").evaluate_all(chain) == 0
    assert not re.search("computing …|about .* left", " ".join(page.locator(".rlcourse-gone").all_inner_texts()))
    notebook.screenshot(f"{notebook.name}_gone", notebook.made_by(PANELS[0])[0])

    notebook.end_kernel("shutdown")
    notebook.load(page.url.split("/tree/")[1].split("?")[0])
    assert page.evaluate(f"{CODE_CELLS}.every(cell => cell.model.trusted)"), "it was trusted when it was saved"
    assert page.get_by_text("model not found").or_(page.get_by_text("Loading widget")).count() == 0
    for kind, count in shown.items():
        areas = notebook.made_by(kind)
        assert len(areas) == count
        form = "details" if kind in ("quiz", "predict") else "img"
        assert all(area.locator(form).count() for area in areas), f"{kind} shows nothing"
    notebook.screenshot(f"{notebook.name}_opened_again", notebook.made_by(PANELS[0])[0])
