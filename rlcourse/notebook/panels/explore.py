"""explore(draw, discount=(0, 1, 0.01)): sliders, choices and boxes around a function that draws a figure."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple

import ipywidgets as widgets

from rlcourse.notebook.panels.controls import check_parameters, control
from rlcourse.notebook.panels.panel import Panel
from rlcourse.notebook.pictures.png import Picture, checked_figure, picture_of


def explore(draw: Callable[..., Any], /, **controls: Any) -> Explore:
    """A panel that calls `draw(**values)` again whenever a control changes, and shows the figure it returns.

    `draw` returns a matplotlib Figure, or a pair of a Figure and one line of text that says what it shows. It must
    depend on its arguments alone (answers are remembered), and make its figure without pyplot (it runs on another
    thread). Where a good answer takes long, `draw` can be a generator that yields better and better ones: each is
    shown when it comes, until a control asks for another; the last is remembered, and stands in the stored notebook.
    A control is (low, high, step[, start]), a list or dict of choices, a bool or a widget; see `controls`.

    Raises TypeError if the controls do not fit the parameters of `draw`, ValueError for a control that makes no
    sense, and whatever `draw` raises for the first values; later errors are shown in the panel.
    """
    check_parameters(draw, controls, source="explore")
    panel = Explore(draw, {name: control(name, spec) for name, spec in controls.items()})
    panel.begin()
    return panel


class Drawn(NamedTuple):
    """What a draw function made: its picture and its line."""

    picture: Picture
    line: str


class Explore(Panel):
    """Controls, a picture, and a line of text."""

    def __init__(
        self, draw: Callable[..., Any], controls: dict[str, Any], shown: Sequence[widgets.Widget] | None = None
    ) -> None:
        self.draw = draw
        self.image = widgets.Image(format="png", layout=widgets.Layout())
        self._picture = Picture(b"", 0, 0)
        super().__init__(controls, [self.image], shown=shown)

    def answers(self, inputs: dict[str, Any]) -> Generator[Any, None, None]:
        yield from self.drawn(self.draw(**inputs), inputs)

    def drawn(self, result: Any, inputs: dict[str, Any]) -> Generator[Drawn, None, None]:
        """The picture and line of what `draw` returned, or of each thing it yields."""
        called = getattr(self.draw, "__name__", "draw")
        if not isinstance(result, Generator):
            yield _drawn(result, inputs, called)
            return
        drawing = None
        for drawing in result:
            yield _drawn(drawing, inputs, called)
        if drawing is None:
            raise TypeError(f"{called} yielded nothing; expected at least one matplotlib Figure")

    def show(self, answer: Any, inputs: dict[str, Any]) -> None:
        self._picture = answer.picture
        self.image.layout.width = answer.picture.css_width
        self.image.value = answer.picture.png
        self.say(answer.line)

    def fade(self, faded: bool) -> None:
        if faded:
            self.image.add_class("rlcourse-stale")
        else:
            self.image.remove_class("rlcourse-stale")

    def picture(self) -> Picture:
        return self._picture


def _drawn(result: Any, inputs: dict[str, Any], called: str) -> Drawn:
    """A picture and its line; without a line, the values that the draw function was called with."""
    figure, line = result if isinstance(result, tuple) and len(result) == 2 else (result, None)
    if line is None:
        line = ", ".join(f"{name.replace('_', ' ')} = {value}" for name, value in inputs.items())
    return Drawn(picture_of(checked_figure(figure, called)), " ".join(str(line).split()))
