"""One look for the whole course: the same colour, and the same line, for the same thing in every notebook.

The hues are those of Okabe and Ito (2008), chosen to stay apart for colour-blind eyes; lines differ in dash and
marker as well, and cells of a grid in symbol, so that colour is never the only cue.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from cycler import cycler
from matplotlib import rcParams
from matplotlib.colors import LinearSegmentedColormap, to_hex

INK, PAPER = "#1B2430", "#FFFFFF"
DPI = 100.0  # pixels of the page for an inch of a figure, at the usual size

COLORS = {
    # lines
    "value": "#0072B2",
    "policy": "#D55E00",
    "optimal": "#009E73",
    "value_iteration": "#0072B2",
    "policy_iteration": "#D55E00",
    "evaluation": "#CC79A7",
    "bound": "#6B7480",
    # what stands in a grid
    "wall": "#3D4757",
    "goal": "#009E73",
    "pit": "#D55E00",
    "cliff": "#8A3B12",
    "start": "#1B2430",
    "teleport": "#A8487F",
    "end": "#C9D0D9",
    "void": "#E9ECF0",
    # verdicts, and what should step back
    "good": "#009E73",
    "bad": "#D55E00",
    "muted": "#6B7480",
    "highlight": "#F0E442",
    # bare hues, for things without a name of their own
    "blue": "#0072B2",
    "orange": "#E69F00",
    "green": "#009E73",
    "vermillion": "#D55E00",
    "purple": "#CC79A7",
    "sky": "#56B4E9",
    "yellow": "#F0E442",
    "black": "#1B2430",
    "ink": INK,
    "paper": PAPER,
    "rule": "#C3CAD4",
}

# Keyword arguments for `ax.plot`: colour, dash and marker of a named line.
LINES: dict[str, dict[str, Any]] = {
    "value": {"color": COLORS["value"], "linestyle": "-"},
    "policy": {"color": COLORS["policy"], "linestyle": (0, (5, 1.5))},
    "optimal": {"color": COLORS["optimal"], "linestyle": (0, (1, 1.2))},
    "value_iteration": {"color": COLORS["value_iteration"], "linestyle": "-", "marker": "o"},
    "policy_iteration": {"color": COLORS["policy_iteration"], "linestyle": (0, (5, 1.5)), "marker": "s"},
    "evaluation": {"color": COLORS["evaluation"], "linestyle": (0, (5, 1.5, 1, 1.5)), "marker": "^"},
    "bound": {"color": COLORS["bound"], "linestyle": (0, (3, 3)), "linewidth": 1.6},
}

# From a loss (orange) through nothing (white) to a gain (blue): both ends so light that dark numbers keep a contrast
# of at least 6 to 1, and far apart in blue, which red-green colour blindness leaves alone.
VALUE_MAP = LinearSegmentedColormap.from_list("value", ["#EE9A2E", "#F9CF93", "#FCFBF8", "#A6D3EF", "#4BA6DB"])


class Symbol(NamedTuple):
    """What a letter of a text map stands for: its name, its colour, the icon that fills the cell, or the badge."""

    name: str
    color: str
    icon: str = ""
    badge: str = ""


SYMBOLS = {
    ".": Symbol("floor", "#FCFBF8"),
    "#": Symbol("wall", COLORS["wall"]),
    "S": Symbol("start", COLORS["start"], badge="S"),
    "G": Symbol("goal", COLORS["goal"], icon="star"),
    "X": Symbol("pit", COLORS["pit"], icon="cross"),
    "!": Symbol("cliff", COLORS["cliff"], icon="spikes"),
    **{letter: Symbol(f"teleport {letter}", COLORS["teleport"], badge=letter) for letter in "ABCDE"},
    **{letter: Symbol(f"exit of {letter.upper()}", COLORS["teleport"], badge=letter) for letter in "abcde"},
}


def value_scale(values: npt.ArrayLike, limits: tuple[float, float] | None = None) -> tuple[float, float]:
    """The value that is white, and how far from it colour is full; of `limits` if given, else of the finite values.

    Where values have both signs white is 0, and a gain and a loss of one size are equally strong; otherwise white is
    the value nearest to 0, so that small differences between large values show. Raises ValueError for limits that
    are not two increasing numbers.
    """
    if limits is None:
        finite = np.asarray(values, dtype=float)
        finite = finite[np.isfinite(finite)]
        low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    else:
        pair = np.asarray(limits, dtype=float)
        if pair.shape != (2,) or not np.isfinite(pair).all() or pair[0] >= pair[1]:
            raise ValueError(f"limits are {limits!r}; expected two increasing numbers such as (-1, 1)")
        low, high = pair
    white = float(np.clip(0.0, low, high))
    return white, float(max(high - white, white - low))


def value_colors(values: npt.ArrayLike, limits: tuple[float, float] | None = None) -> list[str]:
    """A colour "#rrggbb" for each value; grey where a value is not finite."""
    value = np.asarray(values, dtype=float)
    white, reach = value_scale(value, limits)
    place = 0.5 + 0.5 * (value - white) / (reach or 1.0)
    return [to_hex(VALUE_MAP(p)) if np.isfinite(p) else COLORS["end"] for p in place]


def scale() -> float:
    """How much larger than usual all is shown, as `setup(scale=...)` chose; matplotlib's resolution holds it."""
    return float(rcParams["figure.dpi"]) / DPI


def rc(scale: float = 1.0) -> dict[Any, Any]:
    """Settings for matplotlib: fonts of 12 points and more, opaque white, light grid.

    `scale` enlarges a figure as a whole, as a magnifying glass would: fonts, lines and room grow by the same factor.
    """
    colors = [COLORS[hue] for hue in ("blue", "vermillion", "green", "purple", "orange", "black")]
    dashes = ["-", (0, (5, 1.5)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)), (0, (8, 2)), (0, (3, 1, 1, 1, 1, 1))]
    font = 12.0
    return {
        "figure.figsize": (6.8, 4.0),
        "figure.dpi": DPI * scale,
        "figure.constrained_layout.use": True,  # nothing is cut off, so no picture needs cropping
        "figure.constrained_layout.h_pad": 0.09,
        "figure.constrained_layout.w_pad": 0.09,
        "figure.facecolor": PAPER,
        "savefig.facecolor": PAPER,
        "savefig.dpi": "figure",
        "axes.facecolor": PAPER,
        "axes.edgecolor": COLORS["muted"],
        "axes.labelcolor": INK,
        "axes.titlelocation": "left",
        "axes.titleweight": "bold",
        "axes.titlesize": font * 1.1,
        "axes.labelsize": font,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.prop_cycle": cycler(color=colors) + cycler(linestyle=dashes),
        "grid.color": "#E3E7EC",
        "grid.linewidth": 0.9,
        "font.family": "DejaVu Sans",  # comes with matplotlib: the same picture on every machine
        "font.size": font,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "xtick.labelsize": font,
        "ytick.labelsize": font,
        "legend.fontsize": font,
        "legend.frameon": False,
        "lines.linewidth": 2.4,
        "lines.markersize": 5.5,
        "lines.solid_capstyle": "round",
        "image.cmap": "cividis",
    }
