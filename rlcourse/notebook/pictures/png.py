"""Figures as PNG, the same bytes every time, drawn on any thread."""

from __future__ import annotations

import io
import struct
import sys
import threading
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image, ImageDraw, ImageFont

from rlcourse.notebook.pictures.description import description
from rlcourse.notebook.pictures.numbers import true_minus
from rlcourse.notebook.pictures.style import COLORS, PAPER, scale

CAPTION = 13  # pixels of the page, the size of a caption's letters
_SHARPNESS = 2  # pixels of the file for each pixel on the page, so that a zoomed or fine screen stays crisp
_drawing = threading.Lock()  # matplotlib's fonts and mathtext are shared, and panels draw on several threads


class Picture(NamedTuple):
    """A PNG, and the size in pixels at which a page shows it."""

    png: bytes
    width: int
    height: int

    @property
    def css_width(self) -> str:
        """How wide a panel shows it: its own width, or less where the picture and its controls would not fit."""
        return f"min({self.width}px, max(320px, 60vh) * {self.width / self.height:.3f})"


def picture_of(figure: Figure) -> Picture:
    """The figure as a PNG with nothing in it that changes from run to run; safe on any thread, pyplot is not used.

    Negative numbers in its texts get a true minus sign, like those of the ticks.
    """
    with _drawing:
        for text in _texts(figure):
            text.set_text(true_minus(text.get_text()))
        usual = figure.dpi
        try:
            figure.set_dpi(usual * _SHARPNESS)
            canvas = FigureCanvasAgg(figure)
            canvas.draw()
            pixels = np.asarray(canvas.buffer_rgba())[:, :, :3].copy()
        finally:
            figure.set_dpi(usual)
    height, width, _ = pixels.shape
    png = encoded(pixels, description(figure))
    return Picture(png, round(width / _SHARPNESS), round(height / _SHARPNESS))


def _texts(artist: Artist) -> Iterator[Text]:
    """All texts in a figure but the numbers of its ticks, which are matplotlib's own."""
    if isinstance(artist, Text):
        yield artist
    elif isinstance(artist, Axis):
        yield artist.label
    else:
        for child in artist.get_children():
            yield from _texts(child)


def encoded(pixels: npt.NDArray[np.uint8], said: str = "") -> bytes:
    """The PNG of an image [height, width, 3], written as a figure likes it: by far the longest part of a redraw.

    `said` goes into the file as its "Description", where the page finds the picture's alternative text.

    Rows are stored as the difference to the row above, so plain areas are zeros, which even the quickest compression
    makes small; the general encoders try five ways for each row and take three times as long.
    """
    height, width, _ = pixels.shape
    flat = pixels.reshape(height, 3 * width)
    rows = np.empty((height, 1 + 3 * width), dtype=np.uint8)
    rows[:, 0] = 2  # PNG's filter "up"
    rows[0, 1:] = flat[0]
    np.subtract(flat[1:], flat[:-1], out=rows[1:, 1:])

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits, red green blue
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows.data, 2)), (b"IEND", b"")]
    if said:
        chunks.insert(1, (b"iTXt", b"Description\0\0\0\0\0" + said.encode()))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, content) for kind, content in chunks)


def captioned(picture: Picture, line: str) -> Picture:
    """The picture with a quiet line of text below it."""
    image = Image.open(io.BytesIO(picture.png)).convert("RGB")
    sharpness = image.width / picture.width
    font: Any = ImageFont.load_default(round(CAPTION * scale() * sharpness))
    width, height, margin = round(font.getlength(line)), sum(font.getmetrics()), round(CAPTION * sharpness / 2)
    size = (max(image.width, width + 2 * margin), image.height + height + margin)
    sheet = Image.new("RGB", size, PAPER)
    sheet.paste(image, (0, 0))
    ImageDraw.Draw(sheet).text((margin, image.height + margin // 2), line, fill=COLORS["muted"], font=font)
    png = encoded(np.asarray(sheet), image.info.get("Description", ""))
    return Picture(png, round(sheet.width / sharpness), round(sheet.height / sharpness))


def checked_figure(figure: object, source: str) -> Figure:
    """The figure that a draw function returned; raises TypeError if it is none, or was made by pyplot.

    pyplot shows its figures by itself, a second time, and mixes them up when two threads draw.
    """
    if not isinstance(figure, Figure):
        raise TypeError(
            f"{source} returned {type(figure).__name__}; expected a matplotlib Figure, "
            "or a pair of a Figure and one line of text"
        )
    if figure.canvas.manager is not None:
        sys.modules["matplotlib.pyplot"].close(figure)
        raise TypeError(
            f"{source} returned a figure made by pyplot, which is not safe in a live panel; write "
            "`figure = matplotlib.figure.Figure(); ax = figure.subplots()` instead of `plt.subplots()`"
        )
    return figure
