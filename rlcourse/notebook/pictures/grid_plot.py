"""plot_grid: the values of a grid world as colours and numbers, its policy as arrows.

Everything is drawn with three collections and one compound path, because a `Text` for every number would cost ten
times as much as all the rest: a panel redraws this while a slider moves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.textpath import text_to_path

from rlcourse.mdp import FiniteMDP
from rlcourse.notebook.pictures import grid_cells as look
from rlcourse.notebook.pictures.grid_cells import SIZES, Cell
from rlcourse.notebook.pictures.numbers import number
from rlcourse.notebook.pictures.style import COLORS, INK, PAPER, VALUE_MAP, value_scale

MANY = 150  # cells; beyond this numbers are too small to read and a colour bar says what they would


def plot_grid(
    mdp: FiniteMDP,
    value: npt.ArrayLike | None = None,
    policy: npt.ArrayLike | None = None,
    *,
    title: str = "",
    ax: Axes | None = None,
    labels: Sequence[str] | Mapping[int, str] | None = None,
    limits: tuple[float, float] | None = None,
    decimals: int = 2,
    arrow_color: str = INK,
) -> Figure:
    """A picture of a grid world: value [S] as colour and number, policy [S, A] as arrows whose area is the probability.

    A number is the value to `decimals` places, or what `labels` says: a text for every state, or {state: text} for
    some. White is value 0 (the value nearest to 0, if all have one sign), orange is worse, blue better; `limits` =
    (low, high) fix the colours, so that pictures can be compared. Draws into `ax` if given. Beyond 150 cells a colour
    bar replaces the numbers. Returns the Figure, made without pyplot, so it is safe on any thread.

    Raises ValueError for a model without positions, actions without a direction, or arrays of the wrong shape.
    """
    cells = look.cells_of(mdp, value, policy, labels=labels, limits=limits, decimals=decimals)
    bar = value is not None and len(cells) * len(cells[0]) > MANY
    if ax is None:
        ax = _axes(len(cells), len(cells[0]), bool(title), bar)
    numbered = (value is not None or labels is not None) and not bar
    ends = [number(end, decimals) for end in limits or ()] if labels is None else []
    draw_cells(ax, cells, edge=numbered, ends=ends, color=arrow_color)
    if bar:
        _colour_bar(ax, value, limits, decimals)
    figure = ax.get_figure(root=True)
    assert figure is not None
    if title:
        room = 72 * figure.get_figwidth() * ax.get_position().width / _width(title, bold=True)
        usual = FontProperties(size=rcParams["axes.titlesize"]).get_size_in_points()
        ax.set_title(title, loc="left", fontsize=min(usual, room))
    return figure


def draw_cells(ax: Axes, cells: list[list[Cell]], *, edge: bool, ends: Sequence[str] = (), color: str = INK) -> None:
    """Draw the cells; arrows at the `edge` where there are numbers, else in the middle; `ends` may be shown, too."""
    flat = [cell for row in cells for cell in row]
    rows, columns = len(cells), len(cells[0])
    crowded = len(flat) > MANY
    ax.set(xlim=(-0.02, columns + 0.02), ylim=(rows + 0.02, -0.02), aspect="equal")
    ax.set_axis_off()
    fills = np.array([[to_rgb(cell.fill) for cell in row] for row in cells])
    rule = 0.4 if crowded else 1.2
    ax.pcolormesh(np.arange(columns + 1), np.arange(rows + 1), fills, edgecolors=COLORS["rule"], linewidth=rule)
    _icons(ax, flat)
    _arrows(ax, flat, color, edge=edge)
    if not crowded:
        _badges(ax, flat)
        _texts(ax, flat, number_size(flat, ends))


def figure_of(cells: list[list[Cell]]) -> Figure:
    """A figure of these cells, arrows at the edges."""
    ax = _axes(len(cells), len(cells[0]), False, False)
    draw_cells(ax, cells, edge=True)
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def number_size(cells: Sequence[Cell], ends: Sequence[str] = ()) -> float:
    """One size for all numbers, in cells: the largest at which the widest of them passes between two arrows."""
    widest = max((_width(text) for text in [*ends, *(cell.text for cell in cells)]), default=0.0)
    return min(SIZES["number"], 0.67 / widest) if widest else SIZES["number"]


def _axes(rows: int, columns: int, titled: bool, bar: bool) -> Axes:
    """Axes in a figure of their own, as large as the grid needs: cells of about an inch, less where there are many."""
    cell = min(0.92, 8.4 / columns, 5.8 / rows)
    width, height = cell * columns, cell * rows
    left, right, top, bottom = 0.06, 0.06 + 0.9 * bar, 0.06 + 0.34 * titled, 0.06
    across, tall = left + width + right, top + height + bottom
    figure = Figure(figsize=(max(across, 3.0), tall), facecolor=PAPER)
    figure.set_layout_engine("none")
    across = figure.get_figwidth()
    return figure.add_axes((left / across, bottom / tall, width / across, height / tall))


def _centre(cell: Cell) -> np.ndarray:
    return np.array([cell.column + 0.5, cell.row + 0.5])


def _arrows(ax: Axes, cells: list[Cell], color: str, *, edge: bool) -> None:
    shapes = [_centre(c) + _arrow(x, y, p, edge, len(c.arrows) == 1) for c in cells for x, y, p in c.arrows]
    ax.add_collection(PolyCollection(shapes, facecolors=color, edgecolors="none"), autolim=False)


@lru_cache(maxsize=512)
def _arrow(x: int, y: int, chance: float, edge: bool, alone: bool) -> np.ndarray:
    return look.arrow(x, y, chance, edge=edge, alone=alone)


def _icons(ax: Axes, cells: list[Cell]) -> None:
    shapes = [_centre(cell) + SIZES["icon"] * look.icon(cell.icon) for cell in cells if cell.icon]
    ax.add_collection(PolyCollection(shapes, facecolors=PAPER, edgecolors="none"), autolim=False)


def _badges(ax: Axes, cells: list[Cell]) -> None:
    """A disc with a letter in the top left corner, where neither number nor arrow comes."""
    marked = [cell for cell in cells if cell.badge]
    if not marked:
        return
    colors = [COLORS["start"] if cell.badge == "S" else COLORS["teleport"] for cell in marked]
    size = [2 * SIZES["badge"]] * len(marked)
    corner = SIZES["badge"] + 0.045
    spots = [(cell.column + corner, cell.row + corner) for cell in marked]
    exits = [cell.badge.islower() for cell in marked]  # an exit is a ring, an entrance a disc
    discs = EllipseCollection(
        size,
        size,
        [0.0] * len(marked),
        units="xy",
        offsets=spots,
        offset_transform=ax.transData,
        facecolors=[PAPER if ring else color for ring, color in zip(exits, colors, strict=True)],
        edgecolors=colors,
        linewidths=1.2,
    )
    ax.add_collection(discs, autolim=False)
    for ring in (False, True):
        letters = [(c.badge, *spot, 0.165) for c, spot, e in zip(marked, spots, exits, strict=True) if e == ring]
        _write(ax, letters, COLORS["teleport"] if ring else PAPER, bold=True)


def _texts(ax: Axes, cells: list[Cell], size: float) -> None:
    written = [cell for cell in cells if cell.text]
    _write(ax, [(c.text, c.column + 0.5, c.row + 0.5, size) for c in written if not c.icon], INK)
    _write(ax, [(c.text, c.column + 0.5, c.row + 0.86, 0.8 * size) for c in written if c.icon], PAPER)


def _write(ax: Axes, texts: Sequence[tuple[str, float, float, float]], color: str, *, bold: bool = False) -> None:
    """Texts (letters, x, y, size), each centred, as one path of glyphs in the axes' own units."""
    vertices, codes = [], []
    for text, x, y, size in texts:
        glyphs = [_glyph(letter, bold) for letter in text]
        pen = x - 0.5 * size * _width(text, bold)
        for points, kinds, advance in glyphs:
            vertices.append(points * (size, -size) + (pen, y + 0.365 * size))  # half the height of a digit
            codes.append(kinds)
            pen += size * advance
    if vertices:
        path = Path(np.concatenate(vertices), np.concatenate(codes))
        glyphs_of_all = PathPatch(path, facecolor=color, edgecolor="none", linewidth=0)
        ax.add_artist(glyphs_of_all)  # not add_patch, which would look for the extent of every curve


@lru_cache(maxsize=512)
def _glyph(letter: str, bold: bool) -> tuple[np.ndarray, np.ndarray, float]:
    """The outline of a letter of size 1, baseline at 0: points [N, 2], path codes [N], and how far it reaches."""
    font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")
    points, codes = text_to_path.get_text_path(font, letter)
    advance, _, _ = text_to_path.get_text_width_height_descent(letter, font, False)
    outline = np.reshape(points, (-1, 2)) / text_to_path.FONT_SCALE
    return outline, np.asarray(codes, dtype=np.uint8), advance / font.get_size_in_points()


def _width(text: str, bold: bool = False) -> float:
    """The width of a text of size 1."""
    return sum(_glyph(letter, bold)[2] for letter in text)


def _colour_bar(ax: Axes, value: Any, limits: tuple[float, float] | None, decimals: int) -> None:
    finite = np.asarray(value, dtype=float)
    finite = finite[np.isfinite(finite)]
    low, high = limits or (finite.min(initial=0.0), finite.max(initial=0.0))
    white, reach = value_scale(value, limits)
    bar = ax.inset_axes((1.02, 0.0, 0.03, 1.0))
    shades = np.linspace(low, high, 128) if high > low else np.full(128, white)
    colors = VALUE_MAP(0.5 + 0.5 * (shades - white) / (reach or 1.0))[:, None, :3]
    bar.imshow(colors, origin="lower", aspect="auto", extent=(0, 1, 0, 1))
    bar.set_xticks([])
    bar.grid(False)
    ends = [number(low, decimals), number(high, decimals)]
    bar.set_yticks([0, 1], ends)
    bar.yaxis.tick_right()
    bar.tick_params(length=0)
    for side in bar.spines.values():
        side.set_visible(False)
