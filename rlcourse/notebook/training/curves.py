"""A figure of curves that grow while something trains, drawn again and again at a fifth of what a figure costs.

Drawing one takes 50 ms, nearly all of it for text, ticks and layout, which rarely change. They are drawn once and kept;
the next picture is that background with the lines on top, for 10 ms, until a line leaves the axes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib import rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from rlcourse.notebook.pictures.png import Picture, _drawing, encoded, picture_of
from rlcourse.notebook.pictures.style import COLORS, PAPER
from rlcourse.notebook.training.history import Points

ROOM, MARGIN = 0.3, 0.06  # of the values' range, free above and below: while the curves grow, and at the end
NICE = [1, 2, 2.5, 5, 10]  # distances between ticks


class Curves:
    """An axes for each of `groups`, below one another, with a line for each metric named there, as it came.

    One thread draws at a time; the points may be added on another.
    """

    def __init__(self, points: Points, groups: Sequence[Sequence[str]], title: str = ""):
        self.points, many = points, len(groups)
        self._figure = Figure(figsize=(6.8, 3.5 if many == 1 else 1.2 + 2.2 * many))
        self._dpi = self._figure.dpi
        self._axes = list(self._figure.subplots(many, 1, sharex=True, squeeze=False)[:, 0])
        self._lines: dict[Any, dict[str, Any]] = {}
        for axes, group in zip(self._axes, groups, strict=True):
            axes.set_xlim(0, points.total_steps)
            axes.xaxis.set_major_locator(MaxNLocator(5, steps=NICE, integer=True))
            axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
            axes.yaxis.set_major_locator(MaxNLocator(5, steps=NICE))
            self._lines[axes] = {name: axes.plot([], [], label=label(name), lw=1.8)[0] for name in group}
            if len(group) == 1:
                axes.set_ylabel(label(group[0]))
            else:
                axes.legend(loc="upper left")
        self._axes[-1].set_xlabel("environment steps")
        self._axes[0].set_title(title)
        if points.goal is not None:
            self._axes[0].axhline(points.goal, color=COLORS["muted"], lw=1.6, ls=(0, (3, 3)), zorder=1)
            beside: dict[str, Any] = {"xytext": (4, 0), "textcoords": "offset points", "ha": "left", "va": "center"}
            place = (points.total_steps, points.goal)
            self._axes[0].annotate(f"goal\n{points.goal:g}", place, color=COLORS["muted"], **beside)
        self._drawn_marks: list[Any] = []
        self._marks: Any = None  # of the points, as they were drawn
        self._background: Any = None
        self._sharpness = 0.0  # of the background

    def picture(self, note: str = "") -> Picture:
        """The curves so far in full: the same points give the same picture, however often it was drawn before."""
        self._figure.set_dpi(self._dpi)
        self._place()
        self._fit(MARGIN)
        axes = self._axes[0]
        said = [axes.text(0.5, 0.5, note, transform=axes.transAxes, ha="center", color=COLORS["muted"])]
        if self.points.reached is not None:
            dot = {"marker": "o", "ms": 8, "mfc": COLORS["good"], "mec": PAPER, "mew": 1.5, "ls": "", "zorder": 4}
            said += axes.plot([self.points.reached], [self.points.goal], **dot)
        for line in self._all_lines():
            line.set_animated(False)
        try:
            return picture_of(self._figure)
        finally:
            self._background = None
            for artist in said:
                artist.remove()

    def growing(self, sharpness: float = 1.5) -> Picture:
        """The curves so far, quickly, with some room to grow; `sharpness` is in pixels for each on the page."""
        self._place()
        stale = self._background is None or self._sharpness != sharpness
        if stale or self._outside() or self._marks != self.points.marks:
            self._fit(ROOM)
            with _drawing:
                self._draw_background(sharpness)
        self._canvas.restore_region(self._background)
        for axes, lines in self._lines.items():
            for line in lines.values():
                axes.draw_artist(line)
        pixels = np.asarray(self._canvas.buffer_rgba())[:, :, :3].copy()
        height, width, _ = pixels.shape
        return Picture(encoded(pixels), round(width / sharpness), round(height / sharpness))

    def _all_lines(self) -> list[Any]:
        return [line for lines in self._lines.values() for line in lines.values()]

    def _place(self) -> None:
        history = self.points.history()
        for lines in self._lines.values():
            for name, line in lines.items():
                line.set_data(history["step"], history[name])

    def _range(self, axes: Any) -> tuple[float, float] | None:
        """The smallest and the largest number that the axes must show, or None if there is none yet."""
        values = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in self._lines[axes].values()])
        values = values[np.isfinite(values)]
        if self.points.goal is not None and axes is self._axes[0]:
            # Before there is anything to see, the goal has its place above nothing.
            values = np.append(values, [self.points.goal] if values.size else [self.points.goal, 0.0])
        return (float(values.min()), float(values.max())) if values.size else None

    def _outside(self) -> bool:
        for axes in self._axes:
            found, (low, high) = self._range(axes), axes.get_ylim()
            if found is not None and not low <= found[0] <= found[1] <= high:
                return True
        return False

    def _fit(self, room: float) -> None:
        """Limits of the axes around what they show, and the marks."""
        for axes in self._axes:
            low, high = self._range(axes) or (0.0, 1.0)
            around = room * (high - low) or max(1.0, abs(high)) * 0.5
            floor = -MARGIN * (high + around) if low >= 0 else -math.inf  # what was never negative needs no room there
            axes.set_ylim(max(low - around, floor), high + around)
        for artist in self._drawn_marks:
            artist.remove()
        self._marks = self.points.marks
        self._drawn_marks = list(self._draw_marks())

    def _draw_marks(self) -> Iterator[Any]:
        first, free, size = self._axes[0], 0.0, 0.8 * rcParams["font.size"]
        each = first.get_position().width * 72 * self._figure.get_figwidth() / self.points.total_steps  # points a step
        for step, _, text in sorted(self._marks):
            for axes in self._axes:
                yield axes.axvline(step, color=COLORS["purple"], lw=1.2, zorder=1)
            left = max(step * each + 2, free)  # texts that would stand on one another stand side by side
            free = left + 1.3 * size
            place: dict[str, Any] = {"xycoords": first.get_xaxis_transform(), "textcoords": "offset points"}
            place |= {"xytext": (left - step * each, -2), "va": "top", "ha": "left", "rotation": 90}
            paper = {"facecolor": PAPER, "edgecolor": "none", "alpha": 0.8, "pad": 0.5}
            yield first.annotate(text, (step, 1), fontsize=size, color=COLORS["teleport"], bbox=paper, **place)

    def _draw_background(self, sharpness: float) -> None:
        """All but the lines, at the size of the file; must not run while another figure is being drawn."""
        self._sharpness = sharpness
        self._figure.set_dpi(self._dpi * sharpness)
        self._canvas = FigureCanvasAgg(self._figure)
        for line in self._all_lines():
            line.set_animated(True)  # is left out of what `draw` draws
        self._canvas.draw()
        self._background = self._canvas.copy_from_bbox(self._figure.bbox)


def label(name: str) -> str:
    """The name of a metric as it is written beside an axis."""
    return name.replace("_", " ")
