import ipywidgets as widgets
import pytest

from rlcourse.notebook.panels.controls import check_parameters, control, position, reading


def test_whole_numbers_make_a_slider_of_whole_numbers():
    slider = control("num_sweeps", (0, 10, 2))
    assert isinstance(slider, widgets.IntSlider)
    assert (slider.value, slider.min, slider.max, slider.step) == (0, 0, 10, 2)
    assert slider.description == "num sweeps" and slider.continuous_update


def test_a_start_and_the_decimals_of_the_step_are_kept():
    slider = control("discount", (0.0, 0.99, 0.01, 0.9))
    assert isinstance(slider, widgets.FloatSlider)
    assert slider.value == 0.9 and slider.readout_format == ".2f"
    assert control("rate", (0, 1, 0.125)).readout_format == ".3f"


def test_long_names_are_not_cut_off():
    long, short = (control(name, (0.0, 1.0, 0.1)) for name in ("the_probability_of_slipping_sideways", "p"))
    assert long.style.description_width == "initial"
    assert float(long.layout.width.removesuffix("em")) > float(short.layout.width.removesuffix("em")) + 10


def test_few_choices_are_buttons_and_many_a_menu():
    assert isinstance(control("world", ["a", "b"]), widgets.ToggleButtons)
    assert isinstance(control("world", [str(i) for i in range(20)]), widgets.Dropdown)
    assert isinstance(control("world", ["a long description " * 2, "another long description"]), widgets.Dropdown)


def test_a_dict_gives_its_values_under_its_labels():
    menu = control("world", {"one": [1], "two": [2]})
    menu.value = [2]
    assert menu.label == "two" and reading(menu) == [2] and position(menu) == 1


def test_a_bool_is_a_box_and_a_widget_is_itself():
    assert isinstance(control("show_policy", True), widgets.Checkbox)
    own = widgets.FloatLogSlider(value=0.1)
    assert control("rate", own) is own and own.description == "rate"


@pytest.mark.parametrize("spec", [(0, 1), (1, 0, 0.1), (0, 1, 0), (0, 1, 2), (0, 1, 0.1, 3), ("a", "b", "c"), [], {}])
def test_a_control_that_makes_no_sense_is_named(spec):
    with pytest.raises(ValueError, match="'slip'"):
        control("slip", spec)


@pytest.mark.parametrize("spec", [3, 0.5, "text", None])
def test_what_is_no_control_is_named(spec):
    with pytest.raises(TypeError, match="'slip' is"):
        control("slip", spec)


def test_choices_that_look_alike_are_refused():
    with pytest.raises(ValueError, match="once"):
        control("k", [1, "1"])


def test_readings_are_free_of_a_browsers_arithmetic():
    slider = control("p", (0.0, 1.0, 0.1))
    slider.value = 0.1 + 0.2
    assert reading(slider) == 0.3 and position(slider) == 0.3


def test_what_cannot_be_hashed_can_still_be_looked_up():
    assert isinstance(position(widgets.FloatRangeSlider(value=(1.0, 2.0))), tuple)
    hash(position(widgets.SelectMultiple(options=["a", "b"], value=["a"])))


def draw(discount, slip=0.0):
    return discount, slip


def test_controls_that_fit_are_accepted():
    check_parameters(draw, {"discount": 1}, source="explore")
    check_parameters(draw, {"discount": 1, "slip": 2}, source="explore")
    check_parameters(draw, {"slip": 2}, given=1, source="stepper")
    check_parameters(lambda **values: None, {"anything": 1}, source="explore")


@pytest.mark.parametrize(
    ("controls", "given", "message"),
    [
        ({}, 0, "draw needs 'discount'.*add discount="),
        ({"discount": 1, "gamma": 2}, 0, "no parameter for the control 'gamma'; its parameters are: discount, slip"),
        ({"discount": 1}, 1, "no parameter for the control 'discount'"),
        ({}, 3, "takes 2 arguments by position"),
    ],
)
def test_controls_that_do_not_fit_are_explained(controls, given, message):
    with pytest.raises(TypeError, match=message):
        check_parameters(draw, controls, given=given, source="explore")


def test_only_functions_can_be_drawn():
    with pytest.raises(TypeError, match="explore needs a function, got int"):
        check_parameters(3, {}, source="explore")
