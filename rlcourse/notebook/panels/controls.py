"""What stands for a control in `explore(draw, **controls)`: a tuple for a slider, a list for a choice, a bool to tick.

(low, high, step)          a slider, of whole numbers if all three are; it begins at low
(low, high, step, start)   the same, with its own beginning
["a", "b"]                 buttons to choose from (a menu if they are many), or {"label": value}
True                       a box to tick
a widget                   itself
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Hashable, Mapping
from decimal import Decimal
from typing import Any

import ipywidgets as widgets

from rlcourse.notebook.pictures.numbers import true_minus
from rlcourse.notebook.pictures.style import COLORS

FEW, SHORT = 6, 44  # more options, or more letters in all, go into a menu
_EXPECTED = (
    "expected (low, high, step), (low, high, step, start), a list or dict of choices, True or False, or a widget"
)


def control(name: str, spec: object) -> Any:
    """The widget for one control; raises ValueError or TypeError that names the control if it cannot be understood."""
    label = name.replace("_", " ")
    made: Any
    if isinstance(spec, widgets.ValueWidget):
        spec.style = {"description_width": "initial"}
        if not spec.description:
            spec.description = label
        return spec
    if isinstance(spec, bool):
        made = widgets.Checkbox(value=spec, description=label, indent=False)
        made.layout = widgets.Layout(width="auto")
        return made
    if isinstance(spec, tuple):
        return _slider(name, label, spec)
    if isinstance(spec, list | Mapping):
        return _choice(name, label, spec)
    raise TypeError(f"control {name!r} is {spec!r}; {_EXPECTED}")


def _slider(name: str, label: str, spec: tuple[Any, ...]) -> Any:
    if len(spec) not in (3, 4) or not all(_is_number(x) for x in spec):
        raise ValueError(f"control {name!r} is {spec!r}; {_EXPECTED}")
    low, high, step = spec[:3]
    start = spec[3] if len(spec) == 4 else low
    if not low < high:
        raise ValueError(f"control {name!r} goes from {low} to {high}; low must be below high")
    if not 0 < step <= high - low:
        raise ValueError(f"control {name!r} has step {step}; expected more than 0 and at most {high - low}")
    if not low <= start <= high:
        raise ValueError(f"control {name!r} starts at {start}; expected a number between {low} and {high}")
    places = max(_places(x) for x in spec)
    kind = widgets.IntSlider if all(isinstance(x, int) for x in spec) else widgets.FloatSlider
    return kind(
        value=start,
        min=low,
        max=high,
        step=step,
        description=label,
        readout_format="d" if kind is widgets.IntSlider else f".{places}f",
        style={"description_width": "initial", "handle_color": COLORS["blue"]},
        layout=widgets.Layout(width=f"{20 + 0.55 * len(label):.0f}em", max_width="100%"),
    )


def _choice(name: str, label: str, spec: list[Any] | Mapping[str, Any]) -> Any:
    if not spec:
        raise ValueError(f"control {name!r} has no options; expected at least one")
    named = spec.items() if isinstance(spec, Mapping) else zip(spec, spec, strict=True)
    options = [(true_minus(str(label)), value) for label, value in named]
    labels = [text for text, _ in options]
    if len(set(labels)) < len(labels):
        raise ValueError(f"control {name!r} has the options {labels}; each may appear once")
    style = {"description_width": "initial"}
    if len(options) <= FEW and sum(map(len, labels)) <= SHORT:
        return widgets.ToggleButtons(options=options, description=label, style={**style, "button_width": "auto"})
    return widgets.Dropdown(options=options, description=label, style=style, layout={"width": "auto"})


def reading(widget: Any) -> Any:
    """The value of a control; a float without the digits that a browser's arithmetic adds (0.30000000000000004)."""
    return round(widget.value, 10) if isinstance(widget.value, float) else widget.value


def position(widget: Any) -> Hashable:
    """The value of a control in a form that can be looked up: of a choice, which one it is."""
    if hasattr(widget, "options"):
        index = widget.index
        return tuple(index) if isinstance(index, list | tuple) else index
    value = reading(widget)
    return value if isinstance(value, Hashable) else repr(value)


def check_parameters(
    function: Callable[..., Any], controls: Mapping[str, object], *, given: int = 0, source: str
) -> None:
    """Raises TypeError unless `function` can be called with `given` positions and these controls by name."""
    if not callable(function):
        raise TypeError(f"{source} needs a function, got {type(function).__name__}")
    parameters = list(inspect.signature(function).parameters.values())
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters)
    called = getattr(function, "__name__", "the function")
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(positional) < given and not any(p.kind is p.VAR_POSITIONAL for p in parameters):
        raise TypeError(f"{called} takes {len(positional)} arguments by position; {source} passes {given}")
    taken = {p.name for p in positional[:given]}
    for name in controls:
        if name in taken or (name not in names and not takes_any):
            known = ", ".join(n for n in names if n not in taken) or "none"
            raise TypeError(f"{called} has no parameter for the control {name!r}; its parameters are: {known}")
    for p in parameters:
        free = p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
        if free and p.name not in controls and p.name not in taken:
            raise TypeError(f"{called} needs {p.name!r}, but no control is called so; add {p.name}=(low, high, step)")


def _is_number(x: object) -> bool:
    return isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x)


def _places(x: float) -> int:
    exponent = Decimal(str(x)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
