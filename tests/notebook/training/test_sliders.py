import ipywidgets as widgets
import pytest

from rlcourse.notebook.training.sliders import accepts, knob, shown, turned

from .slow_learner import SlowConfig, SlowLearner

LEARNER = SlowLearner(SlowConfig(learning_rate=2.5e-4, double=True, schedule="cosine"))


@pytest.mark.parametrize(
    ("name", "spec", "kind"),
    [
        ("learning_rate", (1e-5, 1e-1, "log"), widgets.FloatLogSlider),
        ("learning_rate", (0, 0.01, 0.001), widgets.FloatSlider),
        ("batch_size", (8, 64, 8), widgets.IntSlider),
        ("double", True, widgets.Checkbox),
        ("double", False, widgets.Checkbox),
        ("schedule", ["linear", "cosine"], widgets.ToggleButtons),
        ("batch_size", [16, 32], widgets.ToggleButtons),
    ],
)
def test_a_knob_begins_at_the_present_value(name, spec, kind):
    made = knob(name, spec, LEARNER)
    assert type(made) is kind and made.description == name.replace("_", " ")
    assert turned(made) == getattr(LEARNER.config, name)


def test_a_logarithmic_slider_spans_its_range_and_says_two_digits():
    made = knob("learning_rate", (1e-5, 1e-1, "log"), LEARNER)
    assert (made.min, made.max, made.base) == (-5, -1, 10)
    made.value = 10**-3.5
    assert turned(made) == 0.00032


@pytest.mark.parametrize(
    ("name", "spec", "error", "said"),
    [
        ("momentum", (0, 1, 0.1), ValueError, "SlowConfig has no field 'momentum'; its fields are: learning_rate, "),
        ("learning_rate", (1e-3, 1e-1, "log"), ValueError, "starts at 0.00025"),
        ("learning_rate", (0, 1, "log"), ValueError, "needs 0 < low < high"),
        ("learning_rate", (1, 2, 0.1), ValueError, "starts at 0.00025"),
        ("learning_rate", True, ValueError, "learning_rate is 0.00025, which cannot be ticked"),
        ("schedule", ["a", "b"], ValueError, "schedule is 'cosine'; expected it among"),
        ("learning_rate", (1, 2), TypeError, 'expected .low, high, step., .low, high, "log".'),
        ("learning_rate", 3, TypeError, "slider 'learning_rate' is 3"),
    ],
)
def test_what_does_not_fit_is_refused(name, spec, error, said):
    with pytest.raises(error, match=said):
        knob(name, spec, LEARNER)


def test_a_learner_without_a_config_has_no_knobs():
    with pytest.raises(TypeError, match="this object has none"):
        knob("x", (0, 1, 0.1), object())


def test_values_are_written_shortly():
    values = {True: "on", False: "off", 0.00025: "0.00025", 1e-5: "1e-05", 3: "3", "cosine": "cosine"}
    assert [shown(value) for value in values] == list(values.values())


def test_whether_a_function_takes_settings():
    assert accepts(lambda **settings: None, ["a"]) and accepts(lambda a, b=1: None, ["a"])
    assert not accepts(lambda: None, ["a"]) and not accepts(lambda a, b: None, ["a"])
    assert not accepts(lambda **settings: None, [])
