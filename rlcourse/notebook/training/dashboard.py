"""What a live run shows: buttons and sliders, the chart, a film, progress in numbers, a line on what happened last."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets

from rlcourse.notebook.panels.panel import Status, row, together
from rlcourse.notebook.pictures.numbers import true_minus
from rlcourse.notebook.pictures.static_box import StaticBox
from rlcourse.notebook.training.chart import Chart
from rlcourse.notebook.training.curves import label
from rlcourse.notebook.training.film import Film, FilmView
from rlcourse.notebook.training.training_thread import SPEEDS

NO_FILM = "A film of what the policy does comes in a moment."


class Dashboard(StaticBox):
    """The widgets of a live run; what they mean is said in `live`."""

    def __init__(self, chart: Chart, sliders: Mapping[str, Any], *, restarts: bool, films: bool) -> None:
        self.chart, self.controls = chart, dict(sliders)
        self.toggle = widgets.Button(button_style="primary", tooltip="Stop after this item, or go on")
        self.step_button = widgets.Button(description="Step", icon="step-forward", tooltip="Train for one item")
        self.restart_button = widgets.Button(
            description="Restart", icon="refresh", tooltip="Begin with a new learner, with the sliders as they are"
        )
        self.speed = widgets.ToggleButtons(
            options=list(SPEEDS), description="speed", style={"description_width": "initial", "button_width": "auto"}
        )
        self.film = FilmView(caption=NO_FILM)
        self.filming = widgets.Checkbox(value=True, description="film episodes", indent=False)
        self.filming.layout = widgets.Layout(width="auto")
        self.numbers = widgets.HTML()
        self.numbers.add_class("rlcourse-numbers")
        self.status = Status()
        self._line, self._warns = "", False
        self._waiting: dict[str, str] = {}  # settings that wait for a restart
        column = widgets.VBox([self.film, self.filming])
        column.add_class("rlcourse-film-column")
        body = widgets.Box([chart, *([column] if films else [])])
        body.add_class("rlcourse-live-body")
        buttons = together([self.toggle, self.step_button, *([self.restart_button] if restarts else [])])
        shown = [row([buttons, self.speed]), row(list(self.controls.values())), body, self.numbers, self.status]
        super().__init__(shown, layout=widgets.Layout(align_items="flex-start"))
        self.add_class("rlcourse-panel")
        self.add_class("rlcourse-live")
        self.at_work()

    def at_work(self) -> None:
        """It trains: it can be stopped."""
        self.toggle.description, self.toggle.icon, self.toggle.disabled = "Stop", "stop", False
        self.step_button.disabled = True
        self.chart.training = True

    def at_rest(self, *, over: bool) -> None:
        """It does not train: it can go on, unless it is over for good."""
        self.step_button.disabled = self.toggle.disabled = over
        self.toggle.description, self.toggle.icon = "Continue", "play"
        self.chart.training = False

    def show_film(self, film: Film, step: int) -> None:
        """Another film, of the policy at that step."""
        end = "" if film.over else f", cut after {film.steps:,} steps"
        self.film.show(film, f"Greedy episode at step {step:,}: return {written(film.episode_return)}{end}")

    def show_numbers(
        self, step: int, total: int | None, seconds: float, rate: float, metrics: Mapping[str, float]
    ) -> None:
        """How far it is, how long that took and will take unless it has no end (None), and the metrics."""
        parts = [f"<b>{step:,}</b> of {total:,} steps" if total else f"<b>{step:,}</b> steps", duration(seconds)]
        if rate > 0:
            parts.append(f"{rate:,.0f} steps/s")
        if rate > 0 and total and step < total:
            left = duration((total - step) / rate)
            parts[-1] += f'<span class="rlcourse-passing"> · about {left} left</span>'  # true while the kernel lives
        named = [(label(name), written(value)) for name, value in metrics.items() if name not in ("step", "seconds")]
        one = '<span style="white-space: nowrap">'
        measured = [f"{one}{html.escape(name)} <b>{value}</b></span>" for name, value in named]
        lines = [" · ".join(parts), " · ".join(measured)]
        self.numbers.value = "".join(f"<div>{line or '&nbsp;'}</div>" for line in lines)

    def say(self, line: str, *, warn: bool = False) -> None:
        """Put one line below everything, where a screen reader hears of it; what waits for a restart stays in it."""
        self._line, self._warns = line, warn
        waits = [f"{text} waits for Restart." for text in self._waiting.values()]
        with self.status.hold_sync():
            self.status.text, self.status.warn = " ".join([line, *waits]), warn

    def wait_for_restart(self, name: str, text: str) -> None:
        """Say of a setting that it waits for a restart, as long as it does; an empty text: no longer."""
        waiting = {other: said for other, said in self._waiting.items() if other != name}
        self._waiting = {**waiting, name: text} if text else waiting
        self.restart_button.button_style = "warning" if self._waiting else ""
        self.say(self._line, warn=self._warns)

    def nothing_waits(self) -> None:
        """A restart has been asked for."""
        for name in list(self._waiting):
            self.wait_for_restart(name, "")

    def complain(self, error: BaseException, said: str = "") -> None:
        """Show what went wrong."""
        self.say(f"{said}{type(error).__name__}: {' '.join(str(error).split())}", warn=True)


def written(value: float) -> str:
    """A metric in few digits, always as many, so that what stands beside it does not dance."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else true_minus(str(value))
    if float(value).is_integer() or abs(value) >= 1000:
        text = f"{value:,.0f}"
    else:
        text = f"{value:#.4g}" if abs(value) >= 1 else f"{value:#.3g}"
    return true_minus(text)


def duration(seconds: float) -> str:
    """Seconds, or minutes and seconds."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
