"""stepper(draw, steps): play, pause and scrub through the steps of an iterative method."""

from __future__ import annotations

import operator
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, NamedTuple

import anywidget
import ipywidgets as widgets
import traitlets

from rlcourse.notebook.panels.controls import check_parameters, control
from rlcourse.notebook.panels.explore import Drawn, Explore
from rlcourse.notebook.panels.panel import together
from rlcourse.notebook.pictures.style import COLORS


def stepper(
    draw: Callable[..., Any],
    steps: int | Callable[..., int],
    *,
    name: str = "step",
    interval: int = 400,
    start: int = 0,
    **controls: Any,
) -> Stepper:
    """A panel that shows `draw(step, **values)` for step 0, 1, ..., steps - 1, by slider or playing by itself.

    `draw` and the controls are those of `explore`. `steps` is a number, or a function of the controls' values where the
    number depends on them; both are called often, so let them share a remembered run (`functools.cache`). `interval`
    is the pause between steps in milliseconds; playing waits for each picture, so none is skipped. `start` is the step
    shown first, and in the stored notebook.

    Raises TypeError or ValueError for arguments that do not fit, and whatever `draw` raises for the first step.
    """
    check_parameters(draw, controls, given=1, source="stepper")
    if callable(steps):
        check_parameters(steps, controls, source="stepper")
    else:
        _checked_count(steps, "steps")
    if isinstance(interval, bool) or not isinstance(interval, int) or interval < 1:
        raise ValueError(f"interval is {interval!r}; expected a whole number of milliseconds, at least 1")
    most = steps - 1 if isinstance(steps, int) else float("inf")
    if isinstance(start, bool) or not isinstance(start, int) or not 0 <= start <= most:
        raise ValueError(f"start is {start!r}; expected a step, at least 0 and below their number")
    if name in controls:
        raise ValueError(f"the steps and a control are both called {name!r}; pass another name=")
    panel = Stepper(draw, steps, name, interval, start, {key: control(key, spec) for key, spec in controls.items()})
    panel.begin()
    return panel


class Player(anywidget.AnyWidget):
    """Rewind, back, play or pause, forward: the buttons and the clock."""

    _esm = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    name = traitlets.Unicode("step").tag(sync=True)
    value = traitlets.Int(0).tag(sync=True)
    last = traitlets.Int(0).tag(sync=True)  # the greatest value
    shown = traitlets.Int(0).tag(sync=True)  # the value whose picture is shown
    interval = traitlets.Int(400).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)


class Frame(NamedTuple):
    """A drawn step, and how many there are."""

    drawn: Drawn
    step: int
    total: int


class Stepper(Explore):
    """Buttons and a slider for the step, further controls, a picture, and a line of text."""

    def __init__(
        self,
        draw: Callable[..., Any],
        steps: int | Callable[..., int],
        name: str,
        interval: int,
        start: int,
        controls: dict[str, Any],
    ) -> None:
        self.steps, self.name = steps, name
        label = name.replace("_", " ")
        self.player = Player(name=label, interval=interval, value=start, last=start, shown=start)
        self.slider = widgets.IntSlider(
            value=start,
            min=0,
            max=max(start, 1),
            description=label,
            style={"description_width": "initial", "handle_color": COLORS["blue"]},
            layout=widgets.Layout(width=f"{26 + 0.55 * len(label):.0f}em", max_width="100%"),
        )
        self._total = widgets.HTML(layout=widgets.Layout(min_width="4em"))  # with room for more digits
        self._link = widgets.jslink((self.player, "value"), (self.slider, "value"))
        steps_shown = together([self.player, self.slider, self._total])
        super().__init__(draw, {name: self.slider, **controls}, [steps_shown, *controls.values()])

    def answers(self, inputs: dict[str, Any]) -> Generator[Frame, None, None]:
        others = {key: value for key, value in inputs.items() if key != self.name}
        steps = self.steps
        count = _checked_count(steps(**others), "steps(...)") if callable(steps) else steps
        step = min(inputs[self.name], count - 1)
        for drawn in self.drawn(self.draw(step, **others), {self.name: step, **others}):
            yield Frame(drawn, step, count)

    def show(self, answer: Any, inputs: dict[str, Any]) -> None:
        super().show(answer.drawn, inputs)
        last = answer.total - 1
        self._total.value = f"of {last}"
        self.player.last = last
        self.slider.max = max(last, 1)  # a slider without length cannot be drawn
        self.slider.disabled = last == 0
        self.player.shown = answer.step

    def complain(self, error: BaseException, inputs: dict[str, Any]) -> None:
        super().complain(error, inputs)
        self.player.shown = inputs[self.name]  # nothing more will be shown: playing goes on

    def reset(self) -> None:
        self.player.playing = False
        super().reset()


def _checked_count(count: Any, what: str) -> int:
    try:
        whole = 0 if isinstance(count, bool) else operator.index(count)
    except TypeError:
        whole = 0
    if whole < 1:
        raise ValueError(f"{what} is {count!r}; expected a whole number of steps, at least 1")
    return whole
