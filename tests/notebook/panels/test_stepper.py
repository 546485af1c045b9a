import pytest
from matplotlib.figure import Figure

from rlcourse.notebook import stepper


def draw(step, scale=1):
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([0, scale], [0, step])
    return figure, f"step {step} at scale {scale}"


def test_it_begins_with_step_zero_and_goes_to_the_last():
    panel = stepper(draw, 5)
    assert panel.summary == "step 0 at scale 1"
    assert (panel.slider.min, panel.slider.max, panel.player.last) == (0, 4, 4)
    assert panel.slider is panel.controls["step"]


def test_the_slider_shows_another_step():
    panel = stepper(draw, 5)
    before = bytes(panel.image.value)
    panel.slider.value = 3
    panel.wait()
    assert panel.summary == "step 3 at scale 1" and bytes(panel.image.value) != before


def test_the_player_hears_when_a_step_is_shown():
    panel = stepper(draw, 5)
    panel.slider.value = 3
    panel.wait()
    assert panel.player.shown == 3


def test_an_error_does_not_stop_the_player():
    def fragile(step):
        if step == 2:
            raise ValueError("two")
        return draw(step)

    panel = stepper(fragile, 5)
    panel.slider.value = 2
    panel.wait()
    assert panel.summary == "ValueError: two" and panel.player.shown == 2


def test_the_number_of_steps_may_depend_on_the_controls():
    panel = stepper(draw, lambda scale: 3 * scale, scale=(1, 4, 1, 2))
    assert panel.slider.max == 5
    panel.slider.value = 5
    panel.wait()
    panel.controls["scale"].value = 4
    panel.wait()
    assert panel.slider.max == 11 and panel.summary == "step 5 at scale 4"
    panel.controls["scale"].value = 1
    panel.wait()
    assert (panel.slider.max, panel.slider.value, panel.player.last) == (2, 2, 2)
    assert panel.summary == "step 2 at scale 1"


def test_one_step_alone_cannot_be_slid():
    panel = stepper(draw, 1)
    assert panel.slider.disabled and panel.player.last == 0 and panel.summary == "step 0 at scale 1"


def test_it_may_begin_elsewhere_and_reset_returns_there():
    panel = stepper(draw, 5, start=3)
    assert panel.slider.value == panel.player.value == panel.player.shown == 3 and panel.player.last == 4
    first = panel.summary
    panel.slider.value = 1
    panel.wait()
    assert panel.summary != first
    panel.reset()
    panel.wait()
    assert panel.summary == first
    for start in (5, -1, 1.0, True):
        with pytest.raises(ValueError, match="start is"):
            stepper(draw, 5, start=start)


def test_reset_stops_and_goes_to_the_beginning():
    panel = stepper(draw, 5, scale=(1, 3, 1))
    panel.slider.value, panel.controls["scale"].value, panel.player.playing = 4, 3, True
    panel.wait()
    panel.reset_button.click()
    panel.wait()
    assert panel.summary == "step 0 at scale 1" and not panel.player.playing


def test_the_name_is_on_the_slider_and_the_interval_at_the_player():
    panel = stepper(lambda k, scale: draw(k, scale), 4, name="num_sweeps", interval=50, scale=[1, 2])
    assert panel.slider.description == "num sweeps" and panel.player.interval == 50
    assert panel.controls.keys() == {"num_sweeps", "scale"}


def test_player_and_slider_are_linked_in_the_browser():
    panel = stepper(draw, 4)
    assert panel._link.source == (panel.player, "value") and panel._link.target == (panel.slider, "value")


def test_the_player_is_self_contained():
    script = stepper(draw, 2).player._esm
    assert "export default" in script and "http" not in script and "import " not in script


@pytest.mark.parametrize("steps", [0, -1, 2.5, "3", True, None])
def test_a_bad_number_of_steps_is_refused(steps):
    with pytest.raises(ValueError, match="steps"):
        stepper(draw, steps)


def test_a_bad_number_from_a_function_is_refused():
    with pytest.raises(ValueError, match=r"steps\(\.\.\.\) is 0"):
        stepper(draw, lambda: 0)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="interval"):
        stepper(draw, 3, interval=0)
    with pytest.raises(ValueError, match="both called"):
        stepper(lambda k, sweep: draw(k), 3, name="sweep", sweep=(0, 1, 1))
    with pytest.raises(TypeError, match="'speed'"):
        stepper(draw, 3, speed=(0, 1, 1))
    with pytest.raises(TypeError, match="by position"):
        stepper(lambda: None, 3)
