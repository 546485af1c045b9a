"""The picture of a run's curves that is stored in a notebook; while it trains, the browser draws them (chart.js)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from rlcourse.notebook.pictures.png import Picture, picture_of
from rlcourse.notebook.pictures.style import COLORS, PAPER
from rlcourse.notebook.training.history import Change, History

MARGIN = 0.06  # of the values' range, free above and below
NICE = [1, 2, 2.5, 5, 10]  # distances between ticks


def picture_of_curves(history: History, groups: Sequence[Sequence[str]], title: str = "", note: str = "") -> Picture:
    """An axes for each of `groups`, below one another, with a line for each metric named there, and a note on them.

    The same history gives the same picture, to the byte.
    """
    many, arrays = len(groups), history.arrays()
    figure = Figure(figsize=(6.8, 3.5 if many == 1 else 1.2 + 2.2 * many))
    rows: list[Axes] = list(figure.subplots(many, 1, sharex=True, squeeze=False)[:, 0])
    for axes, group in zip(rows, groups, strict=True):
        axes.set_xlim(0, max([history.total_steps, *arrays["step"][-1:]]))
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=NICE, integer=True))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=NICE))
        for name in group:
            axes.plot(arrays["step"], arrays[name], label=label(name), lw=1.8)
        if len(group) == 1:
            axes.set_ylabel(label(group[0]))
        else:
            axes.legend(loc="upper left")
        axes.set_ylim(*_limits([arrays[name] for name in group], history.goal if axes is rows[0] else None))
    first = rows[0]
    first.set_title(title)
    rows[-1].set_xlabel("environment steps")
    if history.goal is not None:
        first.axhline(history.goal, color=COLORS["muted"], lw=1.6, ls=(0, (3, 3)), zorder=1)
        beside: dict[str, Any] = {"xytext": (4, 0), "textcoords": "offset points", "ha": "left", "va": "center"}
        place = (first.get_xlim()[1], history.goal)
        first.annotate(f"goal\n{history.goal:g}", place, color=COLORS["muted"], **beside)
    if history.goal is not None and history.reached is not None:
        dot: dict[str, Any] = {
            "marker": "o",
            "ms": 8,
            "mfc": COLORS["good"],
            "mec": PAPER,
            "mew": 1.5,
            "ls": "",
            "zorder": 4,
        }
        first.plot([history.reached], [history.goal], **dot)
    _draw_changes(rows, history.changes)
    first.text(0.5, 0.5, note, transform=first.transAxes, ha="center", color=COLORS["muted"])
    return picture_of(figure)


def _limits(lines: Sequence[Any], goal: float | None) -> tuple[float, float]:
    """The ends of an axis around everything that it must show."""
    values = np.concatenate(lines)
    values = values[np.isfinite(values)]
    if goal is not None:  # before there is anything to see, the goal has its place above nothing
        values = np.append(values, [goal] if values.size else [goal, 0.0])
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    around = MARGIN * (high - low) or max(1.0, abs(high)) * 0.5
    # What was never negative needs hardly any room there.
    return max(low - around, -MARGIN * (high + around)) if low >= 0 else low - around, high + around


def _draw_changes(rows: Sequence[Axes], changes: Sequence[Change]) -> None:
    first, free, size = rows[0], 0.0, 0.8 * rcParams["font.size"]
    width = first.get_position().width * 72 * rows[0].figure.get_figwidth()  # type: ignore[union-attr]
    each = width / first.get_xlim()[1]  # points a step
    for step, _, text in sorted(changes):
        for axes in rows:
            axes.axvline(step, color=COLORS["purple"], lw=1.2, zorder=1)
        left = max(step * each + 2, free)  # texts that would stand on one another stand side by side
        free = left + 1.3 * size
        place: dict[str, Any] = {"xycoords": first.get_xaxis_transform(), "textcoords": "offset points"}
        place |= {"xytext": (left - step * each, -2), "va": "top", "ha": "left", "rotation": 90}
        paper = {"facecolor": PAPER, "edgecolor": "none", "alpha": 0.8, "pad": 0.5}
        first.annotate(text, (step, 1), fontsize=size, color=COLORS["teleport"], bbox=paper, **place)


def label(name: str) -> str:
    """The name of a metric or a setting as a person reads it."""
    return name.replace("_", " ")
