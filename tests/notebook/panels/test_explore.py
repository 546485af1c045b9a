import base64
import threading
import time

import pytest
from matplotlib.figure import Figure

from rlcourse.notebook import explore
from rlcourse.notebook.panels.panel import REMEMBERED
from rlcourse.notebook.pictures.png import captioned
from rlcourse.notebook.pictures.static_box import OFFER


def figure_of(height):
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([0, height])
    return figure


class Drawing:
    """A draw function that counts its calls, and waits where it is told to."""

    def __init__(self):
        self.calls, self.go = [], threading.Event()
        self.go.set()
        self.entered = threading.Event()

    def __call__(self, height, style="a"):
        self.calls.append((height, style))
        self.entered.set()
        assert self.go.wait(10)
        return figure_of(height), f"height is {height}, style {style}"


@pytest.fixture
def drawing():
    return Drawing()


def test_the_first_picture_is_drawn_at_once(drawing):
    panel = explore(drawing, height=(0, 5, 1, 2))
    assert drawing.calls == [(2, "a")]
    assert panel.summary == "height is 2, style a" == panel.status.text
    assert bytes(panel.image.value).startswith(b"\x89PNG\r\n\x1a\n")


def test_a_change_of_a_control_changes_the_picture_and_the_line(drawing):
    panel = explore(drawing, height=(0, 5, 1), style=["a", "b"])
    before = bytes(panel.image.value)
    panel.controls["height"].value = 4
    panel.wait()
    assert bytes(panel.image.value) != before and panel.summary == "height is 4, style a"
    panel.controls["style"].value = "b"
    panel.wait()
    assert panel.summary == "height is 4, style b"


def test_it_draws_on_another_thread(drawing):
    threads = []

    def draw(height):
        threads.append(threading.current_thread())
        return figure_of(height)

    panel = explore(draw, height=(0, 5, 1))
    panel.controls["height"].value = 1
    panel.wait()
    assert threads[0] is threading.main_thread() and threads[1] is not threading.main_thread()


def test_the_latest_wins_and_what_was_passed_by_is_not_drawn(drawing):
    panel = explore(drawing, height=(0, 50, 1))
    drawing.go.clear()
    drawing.entered.clear()
    panel.controls["height"].value = 1
    assert drawing.entered.wait(10)  # 1 is being drawn
    for height in range(2, 31):
        panel.controls["height"].value = height
    drawing.go.set()
    panel.wait()
    assert drawing.calls == [(0, "a"), (1, "a"), (30, "a")]
    assert panel.summary == "height is 30, style a"


def test_there_is_never_more_than_one_thread_and_none_when_idle(drawing):
    before = threading.active_count()
    panel = explore(drawing, height=(0, 50, 1))
    drawing.go.clear()
    for height in range(1, 30):
        panel.controls["height"].value = height
    assert threading.active_count() <= before + 1
    drawing.go.set()
    panel.wait()
    assert threading.active_count() == before


def test_going_back_is_remembered(drawing):
    panel = explore(drawing, height=(0, 5, 1))
    first = bytes(panel.image.value)
    for height in (3, 0):
        panel.controls["height"].value = height
        panel.wait()
    assert drawing.calls == [(0, "a"), (3, "a")]
    assert bytes(panel.image.value) == first and panel.summary == "height is 0, style a"


def test_memory_is_bounded(monkeypatch, drawing):
    monkeypatch.setattr("rlcourse.notebook.panels.panel.REMEMBERED", 2)
    panel = explore(drawing, height=(0, 9, 1))
    for height in (1, 2, 3, 0):
        panel.controls["height"].value = height
        panel.wait()
    assert drawing.calls.count((0, "a")) == 2 and len(panel._answers) == 2 < REMEMBERED


def test_after_a_slow_answer_it_waits_until_the_slider_rests(monkeypatch, drawing):
    monkeypatch.setattr("rlcourse.notebook.panels.panel.SLOW", 0.0)
    monkeypatch.setattr("rlcourse.notebook.panels.panel.QUIET", 0.6)
    panel = explore(drawing, height=(0, 50, 1))
    panel._seconds = 1.0
    for height in range(1, 6):
        panel.controls["height"].value = height
        time.sleep(0.01)
    panel.wait()
    assert drawing.calls == [(0, "a"), (5, "a")]


def test_an_error_is_shown_and_the_panel_goes_on():
    def draw(height):
        if height == 3:
            raise ValueError("three is\nnot allowed")
        return figure_of(height), f"height {height}"

    panel = explore(draw, height=(0, 5, 1))
    before = bytes(panel.image.value)
    panel.controls["height"].value = 3
    panel.wait()
    assert panel.summary == "ValueError: three is not allowed" and panel.status.warn
    assert bytes(panel.image.value) == before and "rlcourse-stale" in panel.image._dom_classes
    panel.controls["height"].value = 4
    panel.wait()
    assert panel.summary == "height 4" and not panel.status.warn
    assert "rlcourse-stale" not in panel.image._dom_classes and not panel.status.busy


def test_not_even_exit_ends_the_panel():
    def draw(height):
        if height == 3:
            raise SystemExit("bye")
        return figure_of(height), f"height {height}"

    panel = explore(draw, height=(0, 5, 1))
    seen = []
    for height in (3, 4):
        panel.controls["height"].value = height
        panel.wait()
        seen.append(panel.summary)
    assert seen == ["SystemExit: bye", "height 4"]


def test_the_first_error_is_raised_in_the_cell():
    def draw(height):
        raise ZeroDivisionError("at once")

    with pytest.raises(ZeroDivisionError, match="at once"):
        explore(draw, height=(0, 5, 1))


def test_it_says_that_it_is_computing_only_while_it_is(drawing):
    panel = explore(drawing, height=(0, 5, 1))
    seen = []
    panel.status.observe(lambda change: seen.append(change.new), names="busy")
    drawing.go.clear()
    drawing.entered.clear()
    panel.controls["height"].value = 1
    assert drawing.entered.wait(10) and panel.status.busy
    drawing.go.set()
    panel.wait()
    panel.controls["height"].value = 0  # remembered
    panel.wait()
    assert seen == [True, False]


def test_reset_goes_back_in_one_step(drawing):
    panel = explore(drawing, height=(0, 5, 1, 2), style=["a", "b"])
    panel.controls["height"].value = 4
    panel.controls["style"].value = "b"
    panel.wait()
    count = len(drawing.calls)
    panel.reset_button.click()
    panel.wait()
    assert panel.summary == "height is 2, style a" and len(drawing.calls) == count  # no (2, "b") on the way


def test_without_a_line_the_values_are_the_line():
    panel = explore(lambda height, show_all: figure_of(height), height=(0, 5, 1, 3), show_all=False)
    assert panel.summary == "height = 3, show all = False"


def test_the_stored_output_is_the_same_every_time(drawing):
    (data, size), (again, _) = (explore(drawing, height=(0, 5, 1, 2))._repr_mimebundle_() for _ in range(2))
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert data["text/plain"] == again["text/plain"] == "height is 2, style a"
    assert data["image/png"] == again["image/png"]
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert size["image/png"]["alt"] == data["text/plain"]


def test_the_stored_output_is_what_is_shown(drawing):
    panel = explore(drawing, height=(0, 5, 1))
    panel.controls["height"].value = 5
    panel.wait()
    data, _ = panel._repr_mimebundle_()
    assert data["image/png"] == base64.b64encode(captioned(panel.picture(), OFFER).png).decode()
    assert panel.picture().png == bytes(panel.image.value)
    assert data["text/plain"] == "height is 5, style a"


def test_the_box_of_the_image_does_not_stretch_it(drawing):
    assert explore(drawing, height=(0, 5, 1)).layout.align_items == "flex-start"


def test_what_does_not_fit_is_refused(drawing):
    with pytest.raises(TypeError, match="'height'"):
        explore(drawing)
    with pytest.raises(TypeError, match="'weight'"):
        explore(drawing, height=(0, 1, 1), weight=(0, 1, 1))
    with pytest.raises(ValueError, match="'height'"):
        explore(drawing, height=(1, 0, 1))
    with pytest.raises(TypeError, match="returned str; expected a matplotlib Figure"):
        explore(lambda k: "no figure", k=(0, 1, 1))


def test_waiting_has_an_end(drawing):
    panel = explore(drawing, height=(0, 5, 1))
    drawing.go.clear()
    panel.controls["height"].value = 1
    with pytest.raises(TimeoutError):
        panel.wait(0.05)
    drawing.go.set()
    panel.wait()


def test_negative_numbers_have_a_true_minus_in_the_line_and_on_the_buttons():
    panel = explore(lambda height: (figure_of(height), f"height {height}, twice {-0.0:.1f}"), height=[-1, 1])
    assert panel.summary == panel.status.text == "height −1, twice 0.0" == repr(panel)
    assert panel.controls["height"].options[0] == ("−1", -1)


# --- progressive answers ---------------------------------------------------------------------------------------------


class Growing:
    """A draw function that yields three figures, each when it is let."""

    def __init__(self):
        self.let, self.yielded, self.closed = threading.Semaphore(0), [], []

    def __call__(self, height):
        try:
            for part in (1, 2, 3):
                assert self.let.acquire(timeout=10)
                self.yielded.append((height, part))
                yield figure_of(height * part), f"height {height}, part {part}"
        finally:
            self.closed.append(height)

    def until(self, panel, line):
        end = time.monotonic() + 10
        while panel.status.text != line:
            assert time.monotonic() < end, panel.status.text
            time.sleep(0.005)


@pytest.fixture
def growing():
    draw = Growing()
    draw.let.release(3)  # the first answer, in the cell
    return draw


def test_the_last_of_several_pictures_is_the_first_answer_of_the_cell(growing):
    panel = explore(growing, height=(1, 5, 1))
    assert panel.summary == "height 1, part 3" and growing.closed == [1]


def test_pictures_are_shown_as_they_come_and_the_last_is_remembered(growing):
    panel = explore(growing, height=(1, 5, 1))
    first = bytes(panel.image.value)
    panel.controls["height"].value = 2
    growing.let.release()
    growing.until(panel, "height 2, part 1")
    assert bytes(panel.image.value) != first and panel.status.busy
    growing.let.release(2)
    panel.wait()
    assert panel.summary == "height 2, part 3" and not panel.status.busy
    panel.controls["height"].value = 1
    panel.controls["height"].value = 2
    panel.wait()
    assert panel.summary == "height 2, part 3" and growing.yielded.count((2, 1)) == 1


def test_another_question_ends_an_answer_that_grows_and_what_was_not_finished_is_not_remembered(growing):
    panel = explore(growing, height=(1, 5, 1))
    panel.controls["height"].value = 2
    growing.let.release()
    growing.until(panel, "height 2, part 1")
    panel.controls["height"].value = 3
    growing.let.release(4)  # one more of 2, and all of 3
    panel.wait()
    assert panel.summary == "height 3, part 3" and growing.closed == [1, 2, 3]
    assert (2, 3) not in growing.yielded
    growing.let.release(3)
    panel.controls["height"].value = 2
    panel.wait()
    assert panel.summary == "height 2, part 3" and growing.yielded.count((2, 1)) == 2


def test_a_question_that_comes_back_to_the_same_does_not_begin_again(growing):
    panel = explore(growing, height=(1, 5, 1))
    panel.controls["height"].value = 2
    growing.let.release()
    growing.until(panel, "height 2, part 1")
    panel.request()
    growing.let.release(2)
    panel.wait()
    assert growing.yielded.count((2, 1)) == 1 and panel.summary == "height 2, part 3"


def test_an_error_on_the_way_is_shown_and_not_remembered():
    def draw(height):
        yield figure_of(height)
        if height == 2:
            raise RuntimeError("it broke")

    panel = explore(draw, height=(1, 5, 1))
    panel.controls["height"].value = 2
    panel.wait()
    assert panel.summary == "RuntimeError: it broke" and panel.status.warn and not panel.status.busy


def test_a_generator_without_a_figure_is_refused():
    def draw(height):
        yield from ()

    with pytest.raises(TypeError, match="draw yielded nothing"):
        explore(draw, height=(1, 5, 1))
