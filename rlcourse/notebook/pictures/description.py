"""What a figure says of itself in words: its alternative text, for a reader who does not see it."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

MOST_WORDS = 40  # in a figure that has no title: a grid of values is read out, a large one not to its end


def description(figure: Figure) -> str:
    """The titles of a figure, what its axes show against what, and the names of its lines; else the words in it."""
    said = [figure.get_suptitle(), *map(_of_axes, figure.axes)]
    words = [word for axes in figure.axes for text in axes.texts if (word := text.get_text().strip())][:MOST_WORDS]
    told = ". ".join(text for text in said if text) or ", ".join(["figure", *words])
    return " ".join(told.split())


def _of_axes(axes: Axes) -> str:
    title = " ".join(text for where in ("left", "center", "right") if (text := axes.get_title(where)))
    across, up = (axes.get_xlabel(), axes.get_ylabel()) if axes.axison else ("", "")
    shown = f"{up} against {across}" if up and across else up or across
    legend = axes.get_legend()
    names = ", ".join(text.get_text() for text in legend.get_texts()) if legend is not None else ""
    return ": ".join(text for text in (title, shown + (f" ({names})" if names else "")) if text)
