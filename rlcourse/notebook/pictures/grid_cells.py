"""What each cell of a grid shows -- colour, number, arrows, badge, icon -- worked out once for every kind of picture.

`grid_plot` draws these cells with matplotlib, `grid_panel` sends them to the browser. Lengths are in cells; x goes
right, y down, the middle of a cell is (0, 0).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlcourse.mdp import FiniteMDP
from rlcourse.notebook.pictures.numbers import number, true_minus
from rlcourse.notebook.pictures.style import COLORS, SYMBOLS, value_colors

Floats = npt.NDArray[np.float64]

STEPS = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}  # as (x, y)
SIZES = {"badge": 0.13, "icon": 0.30, "number": 0.30}  # radius, radius, and the tallest letters of a number
VISIBLE = 0.005  # arrows of actions less likely than this are left out


@dataclass(frozen=True)
class Cell:
    """One cell of the picture; `arrows` are (x step, y step, probability), `about` is for a screen reader."""

    row: int
    column: int
    symbol: str
    fill: str
    text: str = ""
    badge: str = ""
    icon: str = ""
    arrows: tuple[tuple[int, int, float], ...] = ()
    about: str = ""


def directions(mdp: FiniteMDP) -> list[tuple[int, int]]:
    """The step (x, y) of each action, read from its name: "up", "down-left", ...; unnamed: up, right, down, left.

    Raises ValueError for actions that are no directions.
    """
    names = mdp.action_names
    if names is None and mdp.num_actions == 4:
        names = ("up", "right", "down", "left")
    steps = [[STEPS.get(word) for word in name.replace("-", " ").split()] for name in names or ()]
    if not steps or any(not step or None in step for step in steps):
        raise ValueError(
            f"the actions are {', '.join(names or ()) or 'unnamed'}, which have no direction on a grid; arrows can be "
            "drawn for actions called up, right, down, left, or pairs such as up-left"
        )
    return [(sum(s[0] for s in step if s), sum(s[1] for s in step if s)) for step in steps]


def cells_of(
    mdp: FiniteMDP,
    value: npt.ArrayLike | None = None,
    policy: npt.ArrayLike | None = None,
    *,
    labels: Sequence[str] | Mapping[int, str] | None = None,
    limits: tuple[float, float] | None = None,
    decimals: int = 2,
) -> list[list[Cell]]:
    """The cells of the grid, row by row: [rows][columns]; see `plot_grid` for the arguments and errors."""
    places = _positions(mdp)
    values = _checked("value", value, (mdp.num_states,))
    chances = _checked("policy", policy, (mdp.num_states, mdp.num_actions))
    if labels is not None and not isinstance(labels, Mapping) and len(labels) != mdp.num_states:
        raise ValueError(f"there are {len(labels)} labels; expected one for each of the {mdp.num_states} states")
    named = dict(labels if isinstance(labels, Mapping) else enumerate(labels or ()))
    moves = directions(mdp) if chances is not None else []
    names = mdp.action_names or ("up", "right", "down", "left")
    fills = value_colors(values, limits) if values is not None else None
    state_at = {(int(row), int(column)): state for state, (row, column) in enumerate(places)}

    def cell(row: int, column: int) -> Cell:
        symbol = mdp.layout[row][column] if mdp.layout else ("." if (row, column) in state_at else " ")
        look = SYMBOLS.get(symbol, SYMBOLS["."])
        about = [f"row {row + 1}, column {column + 1}", look.name]
        state = state_at.get((row, column))
        if state is None:
            return blank(row, column, symbol)
        if look.icon:  # goals and pits: their value is 0 by definition, so the sign says more than the number
            label = true_minus(str(named.get(state, "")))
            return Cell(row, column, symbol, look.color, label, icon=look.icon, about=", ".join(about))
        badge = look.badge or ("S" if mdp.start[state] > 0.999 and not mdp.layout else "")
        if mdp.terminal[state]:
            return Cell(row, column, symbol, COLORS["end"], "end", badge, about=f"{', '.join(about[:1])}, end")
        text = ""
        if state in named:
            text = true_minus(str(named[state]))
        elif values is not None:
            text = number(values[state], decimals)
        arrows: tuple[tuple[int, int, float], ...] = ()
        if chances is not None:
            taken = np.flatnonzero(chances[state] >= VISIBLE)
            arrows = tuple((*moves[a], round(float(chances[state, a]), 4)) for a in taken)
            about.append("goes " + " or ".join(names[a] for a in taken))
        if text:
            about.append(text if state in named else f"value {text}")
        fill = fills[state] if fills is not None else SYMBOLS["."].color
        return Cell(row, column, symbol, fill, text, badge, "", arrows, ", ".join(about))

    rows, columns = shape_of(mdp)
    return [[cell(row, column) for column in range(columns)] for row in range(rows)]


def blank(row: int, column: int, symbol: str) -> Cell:
    """A cell of which nothing is known but its symbol."""
    look = SYMBOLS.get(symbol)
    if look is None:
        return Cell(row, column, symbol, COLORS["void"], about=f"row {row + 1}, column {column + 1}, nothing")
    fill = SYMBOLS["."].color if look.badge else look.color
    about = f"row {row + 1}, column {column + 1}, {look.name}"
    return Cell(row, column, symbol, fill, badge=look.badge, icon=look.icon, about=about)


def shape_of(mdp: FiniteMDP) -> tuple[int, int]:
    """Rows and columns of the grid."""
    if mdp.layout:
        return len(mdp.layout), len(mdp.layout[0])
    rows, columns = _positions(mdp).max(axis=0) + 1
    return int(rows), int(columns)


def arrow(x: int, y: int, chance: float, *, edge: bool, alone: bool = False) -> Floats:
    """The corners [N, 2] of an arrow towards (x, y) whose area shows the probability.

    `edge`: a triangle at the rim of the cell, which leaves the middle to a number; else an arrow from the middle, or
    across it if it is `alone`.
    """
    size = float(np.sqrt(chance))
    along = np.array([x, y]) / np.hypot(x, y)
    across = np.array([-along[1], along[0]])
    if edge:
        depth, width = 0.115 * size, 0.15 * size
        tip, shape = 0.475 * np.array([x, y]), [(0.0, 0.0), (-depth, width), (-depth, -width)]
    else:
        length, reach = (0.60 * size, 0.30 * size) if alone else (0.42 * size, 0.42 * size)
        neck, width, shaft = -0.20 * size, 0.15 * size, 0.045 * size
        tip, shape = reach * along, [(0.0, 0.0), (neck, width), (neck, shaft), (-length, shaft)]
        shape += [(a, -b) for a, b in reversed(shape[1:])]
    return np.asarray(tip + np.array([a * along + b * across for a, b in shape]))


def icon(name: str) -> Floats:
    """The corners [N, 2] of an icon of radius 1: "star", "cross" or "spikes"."""
    if name == "star":
        turn = np.pi * np.arange(10) / 5
        radius = np.where(np.arange(10) % 2, 0.42, 1.0)
        return np.stack([radius * np.sin(turn), -radius * np.cos(turn)], axis=1)
    if name == "cross":
        arm = 0.26
        quarter = np.array([(0, -arm), (1 - arm, -1), (1, -1 + arm), (arm, 0)], dtype=float)
        turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
        return np.concatenate([quarter @ np.linalg.matrix_power(turn, k) for k in range(4)])
    if name == "spikes":
        teeth = np.linspace(-1.1, 1.1, 7)
        return np.array([(x, 0.6 if k % 2 == 0 else -0.75) for k, x in enumerate(teeth)])
    raise ValueError(f"unknown icon {name!r}; expected star, cross or spikes")


def _positions(mdp: FiniteMDP) -> npt.NDArray[np.int64]:
    if mdp.positions is None:
        raise ValueError("this model has no grid: its positions are None, so its states have no place in a picture")
    return mdp.positions


def _checked(name: str, array: npt.ArrayLike | None, shape: tuple[int, ...]) -> Floats | None:
    if array is None:
        return None
    checked = np.asarray(array, dtype=np.float64)
    if checked.shape != shape:
        axes = "[states]" if len(shape) == 1 else "[states, actions]"
        raise ValueError(f"{name} has shape {checked.shape}; expected {shape}, that is {axes}")
    return checked
