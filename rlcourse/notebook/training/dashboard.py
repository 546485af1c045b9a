"""What a live run shows: buttons and knobs, curves, a film, progress in numbers, and a line on what happened last."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets

from rlcourse.notebook.panels.panel import Status, row, together
from rlcourse.notebook.panels.play_view import TEXT
from rlcourse.notebook.pictures.png import Picture
from rlcourse.notebook.pictures.static_box import StaticBox
from rlcourse.notebook.pictures.style import COLORS
from rlcourse.notebook.training.curves import label
from rlcourse.notebook.training.film import Film


class Dashboard(StaticBox):
    """The widgets of a live run; what they mean is said in `live`."""

    def __init__(self, knobs: Mapping[str, Any], total_steps: int, *, restarts: bool, films: bool) -> None:
        self.controls, self.total_steps = dict(knobs), total_steps
        self.toggle = widgets.Button(button_style="primary", tooltip="Stop after this item, or go on")
        self.step_button = widgets.Button(description="Step", icon="step-forward", tooltip="Train for one item")
        self.restart_button = widgets.Button(description="Restart", icon="refresh", tooltip="Begin with a new learner")
        self.image = widgets.Image(format="png", layout=widgets.Layout())
        around = "1px solid var(--jp-border-color2, #d5dae1)"
        self.film = widgets.Image(format="webp", layout=widgets.Layout(display="none", border=around))
        self.caption = widgets.HTML()
        self.filming = widgets.Checkbox(value=True, description="film an episode now and then", indent=False)
        self.filming.layout = widgets.Layout(width="auto")
        self.progress = widgets.IntProgress(min=0, max=total_steps, layout=widgets.Layout(width="100%"))
        self.progress.style.bar_color = COLORS["blue"]
        self.numbers = widgets.HTML()
        self.numbers.add_class("rlcourse-numbers")
        self.status = Status()
        buttons = together([self.toggle, self.step_button, *([self.restart_button] if restarts else [])])
        narrow = widgets.Layout(width="320px", max_width="100%", overflow="visible")
        beside = [widgets.VBox([self.film, self.caption, self.filming], layout=narrow)] if films else []
        pictures = row([self.image, *beside])
        shown = [row([buttons, *self.controls.values()]), pictures, self.progress, self.numbers, self.status]
        super().__init__(shown, layout=widgets.Layout(align_items="flex-start"))
        self.add_class("rlcourse-panel")
        self.at_work()

    def at_work(self) -> None:
        """It trains: it can be stopped."""
        self.toggle.description, self.toggle.icon, self.toggle.disabled = "Stop", "stop", False
        self.step_button.disabled = True

    def at_rest(self, *, over: bool) -> None:
        """It does not train: it can go on, unless it is over."""
        self.step_button.disabled = self.toggle.disabled = over
        self.toggle.description, self.toggle.icon = "Continue", "play"

    def show_picture(self, picture: Picture) -> None:
        """Another picture of the curves."""
        png, width, height = picture
        wide = f"min({width}px, max(320px, 60vh) * {width / height:.3f})"  # on a small screen all of the panel is seen
        if self.image.layout.width != wide:
            self.image.layout.width = wide
        self.image.value = png

    def show_film(self, film: Film, step: int) -> None:
        """Another film, of the policy at that step."""
        self.film.layout.width, self.film.layout.display = f"{film.width}px", ""
        self.film.value = film.webp
        end = "" if film.over else f", cut after {film.steps:,} steps"
        said = f"greedy episode at step {step:,}:<br>return <b>{written(film.episode_return)}</b>{end}"
        self.caption.value = f'<div style="{TEXT}">{said}</div>'

    def show_numbers(self, step: int, seconds: float, rate: float, metrics: Mapping[str, float]) -> None:
        """How far it is, how long that took and will take, and the metrics."""
        self.progress.value = step
        parts = [f"<b>{step:,}</b> of {self.total_steps:,} steps", duration(seconds)]
        if rate > 0 and step < self.total_steps:
            left = f'<span class="rlcourse-passing">, about {duration((self.total_steps - step) / rate)} left</span>'
            parts[1:] = [parts[1] + left]  # which is true while the kernel lives
        if rate > 0:
            parts.append(f"{rate:,.0f} steps/s")
        named = [(label(name), written(value)) for name, value in metrics.items() if name not in ("step", "seconds")]
        one = '<span style="white-space: nowrap">'
        measured = [f"{one}{html.escape(name)} <b>{value}</b></span>" for name, value in named]
        lines = [" · ".join(parts), " · ".join(measured)]
        self.numbers.value = f'<div style="{TEXT}">{"".join(f"<div>{line}</div>" for line in lines if line)}</div>'

    def say(self, line: str, *, warn: bool = False) -> None:
        """Put one line below everything, where a screen reader hears of it."""
        with self.status.hold_sync():
            self.status.text, self.status.warn = line, warn

    def complain(self, error: BaseException, said: str = "") -> None:
        """Show what went wrong."""
        self.say(f"{said}{type(error).__name__}: {' '.join(str(error).split())}", warn=True)


def written(value: float) -> str:
    """A metric in few digits, always as many, so that what stands beside it does not dance."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else str(value)
    if float(value).is_integer() or abs(value) >= 1000:
        text = f"{value:,.0f}"
    else:
        text = f"{value:#.4g}" if abs(value) >= 1 else f"{value:#.3g}"
    return text.replace("-", "−", 1) if value < 0 else text


def duration(seconds: float) -> str:
    """Seconds, or minutes and seconds."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
