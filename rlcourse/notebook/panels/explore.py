"""explore(draw, discount=(0, 1, 0.01)): sliders, choices and boxes around a function that draws a figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import ipywidgets as widgets

from rlcourse.notebook.panels.controls import control, matched
from rlcourse.notebook.panels.panel import Panel
from rlcourse.notebook.pictures.png import Picture, checked_figure, picture_of


def explore(draw: Callable[..., Any], /, **controls: Any) -> Explore:
    """A panel that calls `draw(**values)` again whenever a control changes, and shows the figure it returns.

    `draw` returns a matplotlib Figure, or a pair of a Figure and one line of text that says what it shows. It must
    depend on its arguments alone (answers are remembered), and make its figure without pyplot (it runs on another
    thread). A control is (low, high, step[, start]), a list or dict of choices, a bool or a widget; see `controls`.

    Raises TypeError if the controls do not fit the parameters of `draw`, ValueError for a control that makes no
    sense, and whatever `draw` raises for the first values; later errors are shown in the panel.
    """
    matched(draw, controls, source="explore")
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

    def answer(self, inputs: dict[str, Any]) -> Drawn:
        return self.drawn(self.draw(**inputs), inputs)

    def drawn(self, result: Any, inputs: dict[str, Any]) -> Drawn:
        """The picture and line of what `draw` returned; without a line, the values it was called with."""
        called = getattr(self.draw, "__name__", "draw")
        figure, line = result if isinstance(result, tuple) and len(result) == 2 else (result, None)
        picture = picture_of(checked_figure(figure, called))
        if line is None:
            line = ", ".join(f"{name.replace('_', ' ')} = {value}" for name, value in inputs.items())
        return Drawn(picture, " ".join(str(line).split()))

    def show(self, answer: Any, inputs: dict[str, Any]) -> None:
        self._picture = answer.picture
        width, height = answer.picture[1:]
        # The file has more pixels than that; on a small screen the picture and its controls fit together.
        self.image.layout.width = f"min({width}px, max(320px, 60vh) * {width / height:.3f})"
        self.image.value = answer.picture.png
        self.say(answer.line)

    def fade(self, faded: bool) -> None:
        if faded:
            self.image.add_class("rlcourse-stale")
        else:
            self.image.remove_class("rlcourse-stale")

    def picture(self) -> Picture:
        return self._picture
