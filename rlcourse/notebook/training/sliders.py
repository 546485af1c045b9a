"""Controls for the settings of a learner: what stands for one, what it says, and how that is written.

"learning_rate"        a name alone: the range that its declaration calls usual (rlcourse.deep.settings)
(low, high, step)      a slider, of whole numbers if all three and the present value are
(low, high, "log")     a slider on which every step multiplies
["a", "b"]             a choice
True or False          a box to tick

All of them begin at the value that the config has now.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets

from rlcourse.notebook.panels.controls import control, reading
from rlcourse.notebook.pictures.numbers import true_minus
from rlcourse.notebook.pictures.style import COLORS
from rlcourse.notebook.training.curves import label

STEPS_A_DECADE = 20  # of a logarithmic slider


def sliders_of(sliders: Mapping[str, Any] | Sequence[str] | None, learner: Any) -> dict[str, Any]:
    """The widgets for settings of `learner.config`; raises TypeError or ValueError naming what does not fit."""
    if isinstance(sliders, str):
        raise TypeError(f"sliders are {sliders!r}; expected a list of names, or a dict of names and ranges")
    if isinstance(sliders, Mapping):
        return {name: slider(name, spec, learner) for name, spec in sliders.items()}
    return {name: slider(name, _declared_range(name, learner), learner) for name in sliders or ()}


def slider(name: str, spec: object, learner: Any) -> Any:
    """The widget for one field of `learner.config`; raises TypeError or ValueError naming what does not fit."""
    config = _checked_config(name, learner)
    made = _widget(name, spec, getattr(config, name))
    declared = _declaration(config, name)
    if declared.get("sentence"):
        made.tooltip = declared["sentence"] + ("" if declared["live"] else " (a change waits for Restart)")
    return made


def is_fixed(learner: Any, name: str) -> bool:
    """Whether a field is declared as one that cannot change while the learner lives."""
    return not _declaration(learner.config, name).get("live", True)


def _declaration(config: Any, name: str) -> Mapping[str, Any]:
    return next(field.metadata for field in dataclasses.fields(config) if field.name == name)


def _declared_range(name: str, learner: Any) -> Any:
    from rlcourse.deep.settings import Settings, usual_range  # brings torch, which the first notebooks do without

    config = _checked_config(name, learner)
    if not isinstance(config, Settings):
        raise ValueError(f"{type(config).__name__} declares no ranges; say one, as sliders={{{name!r}: (0, 1, 0.1)}}")
    return usual_range(config, name)


def _checked_config(name: str, learner: Any) -> Any:
    config = getattr(learner, "config", None)
    if not dataclasses.is_dataclass(config) or isinstance(config, type):
        raise TypeError(f"sliders change learner.config, a dataclass; this {type(learner).__name__} has none")
    names = [field.name for field in dataclasses.fields(config)]
    if name not in names:
        raise ValueError(f"{type(config).__name__} has no field {name!r}; its fields are: {', '.join(names)}")
    return config


def _widget(name: str, spec: object, value: Any) -> Any:
    if isinstance(spec, bool):
        if not isinstance(value, bool):
            raise ValueError(f"{name} is {value!r}, which cannot be ticked; expected (low, high, step) or choices")
        return control(name, value)
    if isinstance(spec, list):
        if value not in spec:
            raise ValueError(f"{name} is {value!r}; expected it among the choices {spec}")
        made = control(name, spec)
        made.value = value
        return made
    if isinstance(spec, tuple) and len(spec) == 3 and spec[2] == "log":
        return _logarithmic(name, value, spec[0], spec[1])
    if isinstance(spec, tuple) and len(spec) == 3:
        return control(name, (*spec, value))
    raise TypeError(f'slider {name!r} is {spec!r}; expected (low, high, step), (low, high, "log"), a list, or True')


def _logarithmic(name: str, value: float, low: Any, high: Any) -> Any:
    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (low, high))
    if not numbers or not 0 < low < high < math.inf:
        raise ValueError(f"slider {name!r} goes from {low!r} to {high!r}; a logarithmic one needs 0 < low < high")
    if not low <= value <= high:
        raise ValueError(f"slider {name!r} starts at {value}; expected a number between {low} and {high}")
    return widgets.FloatLogSlider(
        value=value,
        base=10,
        min=math.log10(low),
        max=math.log10(high),
        step=1 / STEPS_A_DECADE,
        description=label(name),
        readout_format=".2g",
        style={"description_width": "initial", "handle_color": COLORS["blue"]},
        layout=widgets.Layout(width=f"{20 + 0.55 * len(name):.0f}em", max_width="100%"),
    )


def value_of(widget: Any) -> Any:
    """What a slider says, without digits nobody chose: 0.00032, as its readout does, not 0.00031622776601683794."""
    return float(f"{widget.value:.2g}") if isinstance(widget, widgets.FloatLogSlider) else reading(widget)


def setting(name: str, *values: Any) -> str:
    """A setting as a person reads it: "learning rate = 0.001", and with several values "0.001, then 0.01"."""
    return f"{label(name)} = {', then '.join(map(_written, values))}"


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return true_minus(f"{value:g}" if isinstance(value, float) else str(value))


def takes(function: Callable[..., Any], names: Iterable[str]) -> bool:
    """Whether a function may be called with arguments of all these names, and there are any."""
    given = dict.fromkeys(names)
    try:
        inspect.signature(function).bind(**given)
    except TypeError:
        return False
    return bool(given)
