"""Looks at every figure that a kernel draws, for text that is cut off or that stands on other text.

An IPython start-up file calls `begin`; each figure becomes a line of JSON in a file, which the test reads.
"""

import json
import threading
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Bbox

SLACK = 0.17  # of the size of its letters: by so much, above and below, is a text's box higher than most of its ink
Corners = npt.NDArray[np.float64]  # [4, 2], in pixels


class Drawn(threading.local):
    """The texts that this thread draws into a figure; None while nobody asks."""

    texts: list[Text] | None = None


def begin(report: Path, larger: float = 1.5) -> None:
    """Write into `report` what is wrong with whatever is drawn from now on, in cells when it is `larger` too."""
    drawn, draw_text, draw_figure = Drawn(), Text.draw, FigureCanvasAgg.draw

    def text(self: Text, renderer: object) -> None:
        if drawn.texts is not None and self.get_visible() and self.get_text().strip():
            drawn.texts.append(self)
        draw_text(self, renderer)  # type: ignore[arg-type]

    def looked_at(canvas: FigureCanvasAgg) -> list[str]:
        drawn.texts = []
        draw_figure(canvas)
        try:
            return faults(canvas.figure, drawn.texts)
        finally:
            drawn.texts = None

    def figure(canvas: FigureCanvasAgg) -> None:
        found = {"1": looked_at(canvas)}
        if threading.current_thread() is threading.main_thread():  # panels that are waited for are not slowed down
            dpi = canvas.figure.dpi
            canvas.figure.set_dpi(larger * dpi)
            found[str(larger)] = looked_at(canvas)
            canvas.figure.set_dpi(dpi)
            draw_figure(canvas)
        titles = [axes.get_title(loc="left") for axes in canvas.figure.axes]
        with report.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"figure": " | ".join(filter(None, titles)), "found": found}) + "\n")

    Text.draw = text  # type: ignore[method-assign,assignment]
    FigureCanvasAgg.draw = figure  # type: ignore[method-assign]


def faults(figure: Figure, texts: list[Text]) -> list[str]:
    """What is wrong with these texts of a figure that was drawn, in words."""
    inks = [ink(text) for text in texts]
    found = []
    for text, corners in zip(texts, inks, strict=True):
        if not within(corners, figure.bbox):
            found.append(f"{said(text)} leaves the figure")
        if text.get_clip_on() and text.clipbox is not None and not within(corners, text.clipbox):
            found.append(f"{said(text)} is cut off by its axes")
    for (one, corners), (other, others) in combinations(zip(texts, inks, strict=True), 2):
        if overlap(corners, others):
            found.append(f"{said(one)} and {said(other)} stand on one another")
    return found


def ink(text: Text) -> Corners:
    """The corners of the rectangle around a text's letters, turned as the text is."""
    turned, angle = Text.get_window_extent(text), text.get_rotation()
    text.set_rotation(0)
    level = Text.get_window_extent(text)
    text.set_rotation(angle)
    slack = min(SLACK * text.get_fontsize() * text.figure.dpi / 72, level.height / 3)  # type: ignore[union-attr]
    width, height = level.width / 2, level.height / 2 - slack
    corners = np.array([(-width, -height), (width, -height), (width, height), (-width, height)])
    middle = (turned.x0 + turned.width / 2, turned.y0 + turned.height / 2)
    return Affine2D().rotate_deg(angle).translate(*middle).transform(corners)


def within(corners: Corners, room: Bbox) -> bool:
    """Whether a rectangle is inside a room, but for a pixel."""
    return bool((corners > np.array(room.min) - 1).all() and (corners < np.array(room.max) + 1).all())


def overlap(one: Corners, other: Corners) -> bool:
    """Whether two rectangles share more than a pixel: no side of either has them on two sides of it."""
    for corners in (one, other):
        for side in (corners[1] - corners[0], corners[2] - corners[1]):
            across = side / np.hypot(*side)
            a, b = one @ across, other @ across
            if min(a.max(), b.max()) - max(a.min(), b.min()) <= 1:
                return False
    return True


def said(text: Text) -> str:
    """A text as a message names it."""
    return repr(" ".join(text.get_text().split()))
