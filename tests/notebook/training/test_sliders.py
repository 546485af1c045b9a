from dataclasses import dataclass

import ipywidgets as widgets
import pytest

from rlcourse.deep.settings import Settings, fixed, live
from rlcourse.notebook.training.sliders import is_fixed, setting, slider, sliders_of, takes, value_of

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
def test_a_slider_begins_at_the_present_value(name, spec, kind):
    made = slider(name, spec, LEARNER)
    assert type(made) is kind and made.description == name.replace("_", " ")
    assert value_of(made) == getattr(LEARNER.config, name)


def test_a_logarithmic_slider_spans_its_range_and_says_two_digits():
    made = slider("learning_rate", (1e-5, 1e-1, "log"), LEARNER)
    assert (made.min, made.max, made.base) == (-5, -1, 10)
    made.value = 10**-3.5
    assert value_of(made) == 0.00032


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
        slider(name, spec, LEARNER)


def test_a_learner_without_a_config_has_no_sliders():
    with pytest.raises(TypeError, match="this object has none"):
        slider("x", (0, 1, 0.1), object())


def test_settings_are_written_shortly():
    values = {True: "on", False: "off", 0.00025: "0.00025", 1e-5: "1e−05", 3: "3", "cosine": "cosine"}
    assert [setting("n_step", value) for value in values] == [f"n step = {said}" for said in values.values()]
    assert setting("learning_rate", 0.1, 0.01) == "learning rate = 0.1, then 0.01"


def test_whether_a_function_takes_settings():
    assert takes(lambda **settings: None, ["a"]) and takes(lambda a, b=1: None, ["a"])
    assert not takes(lambda: None, ["a"]) and not takes(lambda a, b: None, ["a"])
    assert not takes(lambda **settings: None, [])


@dataclass(frozen=True)
class Declared(Settings):
    learning_rate: float = live(1e-3, "step size", "> 0", (1e-5, 1e-1, "log"))
    n_step: int = fixed(3, "rewards before the estimate", ">= 1", (1, 10))
    double: bool = live(True, "the network chooses")
    clip: float = live(0.5, "of the gradient")


def test_names_alone_take_range_and_sentence_from_the_declaration():
    learner = SlowLearner()
    learner._config = Declared()
    made = sliders_of(["learning_rate", "n_step", "double"], learner)
    assert [type(widget) for widget in made.values()] == [widgets.FloatLogSlider, widgets.IntSlider, widgets.Checkbox]
    assert (made["n_step"].min, made["n_step"].max, made["n_step"].value) == (1, 10, 3)
    assert made["learning_rate"].tooltip == "step size"
    assert made["n_step"].tooltip == "rewards before the estimate (a change waits for Restart)"
    assert [is_fixed(learner, name) for name in made] == [False, True, False]
    own = sliders_of({"clip": (0, 1, 0.1)}, learner)
    assert own["clip"].tooltip == "of the gradient" and own["clip"].max == 1
    with pytest.raises(ValueError, match="has no usual range"):
        sliders_of(["clip"], learner)
    with pytest.raises(ValueError, match="no field 'clop'"):
        sliders_of(["clop"], learner)


def test_without_a_declaration_a_range_must_be_said():
    assert not is_fixed(LEARNER, "learning_rate") and sliders_of(None, LEARNER) == {}
    with pytest.raises(ValueError, match="SlowConfig declares no ranges; say one, as sliders="):
        sliders_of(["learning_rate"], LEARNER)
    with pytest.raises(TypeError, match="sliders are 'learning_rate'; expected a list of names"):
        sliders_of("learning_rate", LEARNER)
