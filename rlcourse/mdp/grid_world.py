"""Grid worlds, built from a map drawn in text.

    S..#      S start     G goal (terminal)    .  floor
    .X.G      X pit (terminal)                 #  wall, no state
              !  cliff: falling in sends you back to the start, and the episode goes on
              A..E  teleports: every action leads to the cell with the same small letter a..e

The cells that can be stood on are the states, numbered row by row. A move that leaves the map or runs into a wall is
a *bump*: you stay where you are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from rlcourse.mdp.finite_mdp import FiniteMDP
from rlcourse.mdp.terminal_states import absorb, uniform_start

MOVES = {  # clockwise, so that the neighbours in this list are the sideways slips
    "up": (-1, 0),
    "up-right": (-1, 1),
    "right": (0, 1),
    "down-right": (1, 1),
    "down": (1, 0),
    "down-left": (1, -1),
    "left": (0, -1),
    "up-left": (-1, -1),
}
SYMBOLS = ".#SGX!ABCDEabcde"

Cell = tuple[int, int]
Outcome = tuple[float, Cell, float]  # probability, cell, reward


def grid_world(
    layout: str | Iterable[str],
    *,
    discount: float = 0.9,
    slip: float = 0.0,
    living_reward: float = 0.0,
    goal_reward: float | Mapping[Cell, float] = 1.0,
    pit_reward: float = -1.0,
    cliff_reward: float = -100.0,
    teleport_reward: float | Mapping[str, float] = 0.0,
    bump: str = "stay",
    bump_reward: float | None = None,
    wind: Sequence[int] | None = None,
    diagonal: bool = False,
    start_anywhere: bool = False,
) -> FiniteMDP:
    """The MDP of a text map (symbols above); actions up, right, down, left, or all eight with `diagonal`.

    A move pays `living_reward`, or instead: `goal_reward` (one number, or one a cell: {(row, column): reward}) or
    `pit_reward` on entering such a cell, `cliff_reward` on falling, `teleport_reward` (one number, or one a letter) for
    any action in a teleport, `bump_reward` (by default the living reward) for a bump. With probability `slip` the move
    goes sideways, to the left or the right with equal chance. `wind[column]` pushes that many cells up. `bump="forbid"`
    makes actions that run into a wall unavailable instead. Episodes begin in a start (with equal chances), or with
    `start_anywhere` in any cell that does not end them.

    Raises ValueError for an empty or ragged map, an unknown symbol, a teleport without exit, a cliff without a start,
    a slip outside [0, 1], wind of the wrong length, and a map without a start.
    """
    rows = _rows(layout)
    height, width = len(rows), len(rows[0])
    if not 0.0 <= slip <= 1.0:
        raise ValueError(f"slip is {slip}; expected a probability in [0, 1]")
    if bump not in ("stay", "forbid"):
        raise ValueError(f'bump is {bump!r}; expected "stay" or "forbid"')
    gusts = [0] * width if wind is None else list(wind)
    if len(gusts) != width:
        raise ValueError(f"wind has {len(gusts)} entries; expected one for each of the {width} columns")
    if not all(isinstance(gust, int | np.integer) and gust >= 0 for gust in gusts):
        raise ValueError(f"wind is {gusts}; expected whole numbers of cells, at least 0 (it blows up)")

    symbol = {(r, c): rows[r][c] for r in range(height) for c in range(width)}
    cells = [cell for cell, mark in symbol.items() if mark not in "#!"]
    index = {cell: s for s, cell in enumerate(cells)}
    starts = [cell for cell in cells if symbol[cell] == "S"]
    exits = _teleport_exits(symbol)
    if isinstance(teleport_reward, Mapping) and not set(exits) <= set(teleport_reward):
        raise ValueError(f"teleport_reward names {sorted(teleport_reward)}; the teleports on the map are {[*exits]}")
    goals = _goal_rewards(cells, symbol, goal_reward)
    if "!" in symbol.values() and len(starts) != 1:
        raise ValueError(f"a map with a cliff '!' needs exactly one start 'S' to fall back to; found {len(starts)}")
    names = list(MOVES) if diagonal else [name for name in MOVES if "-" not in name]
    quarter = len(names) // 4
    living_bump = living_reward if bump_reward is None else bump_reward

    def enter(cell: Cell, move: Cell) -> tuple[Cell, float]:
        """Where a move from a cell ends, wind included, and what it pays."""
        row, column = cell[0] + move[0], cell[1] + move[1]
        if not _open(symbol, (row, column)):
            target, pay = cell, living_bump
        else:
            target, pay = (row, column), living_reward
        for _ in range(gusts[cell[1]]):  # the wind of the column that is left, one cell at a time
            if not _open(symbol, (target[0] - 1, target[1])):
                break
            target = (target[0] - 1, target[1])
        mark = symbol[target]
        if mark == "!":
            return starts[0], cliff_reward
        return target, {"G": goals.get(target, 0.0), "X": pit_reward}.get(mark, pay)

    def outcomes(cell: Cell, action: int) -> list[Outcome]:
        if symbol[cell] in exits:
            letter = symbol[cell]
            pay = teleport_reward[letter] if isinstance(teleport_reward, Mapping) else teleport_reward
            return [(1.0, exits[letter], pay)]
        sides = [(1.0 - slip, action), (slip / 2, action - quarter), (slip / 2, action + quarter)]
        return [(p, *enter(cell, MOVES[names[turn % len(names)]])) for p, turn in sides if p > 0]

    table = [[outcomes(cell, a) for a in range(len(names))] for cell in cells]
    most = max(len(list_) for row in table for list_ in row)
    prob = np.zeros((len(cells), len(names), most))
    next_state = np.zeros(prob.shape, dtype=np.int64)
    reward = np.zeros(prob.shape)
    for s, row in enumerate(table):
        for a, list_ in enumerate(row):
            for k, (p, target, pay) in enumerate(list_):
                prob[s, a, k], next_state[s, a, k], reward[s, a, k] = p, index[target], pay
    terminal = np.array([symbol[cell] in "GX" for cell in cells])
    prob, next_state, reward = absorb(terminal, prob, next_state, reward)
    if start_anywhere:
        start = uniform_start(terminal)
    elif starts:
        start = np.array([cell in starts for cell in cells]) / len(starts)
    else:
        raise ValueError("the map has no start; mark a cell with 'S' or pass start_anywhere=True")
    available = None
    if bump == "forbid":
        ahead = [[(r + MOVES[n][0], c + MOVES[n][1]) for n in names] for r, c in cells]
        available = np.array([[_open(symbol, target) for target in row] for row in ahead])
        available[[symbol[cell] in exits or symbol[cell] in "GX" for cell in cells]] = True
    return FiniteMDP(
        prob=prob,
        next_state=next_state,
        reward=reward,
        discount=discount,
        terminal=terminal,
        start=start,
        available=available,
        positions=np.array(cells),
        layout=tuple(rows),
        state_names=tuple(f"({r}, {c})" for r, c in cells),
        action_names=tuple(names),
    )


def _rows(layout: str | Iterable[str]) -> list[str]:
    """The map's rows, checked: same length, known symbols."""
    text = layout.strip().splitlines() if isinstance(layout, str) else list(layout)
    if not all(isinstance(row, str) for row in text):
        raise ValueError("the map must be text, or a list of rows of text such as ['S.G', '...']")
    rows = [row.strip() for row in text]
    if not rows or not rows[0]:
        raise ValueError("the map is empty; draw at least one row such as 'S.G'")
    for r, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise ValueError(f"row {r} of the map has {len(row)} cells, row 0 has {len(rows[0])}; all must be equal")
        for c, mark in enumerate(row):
            if mark not in SYMBOLS:
                raise ValueError(f"unknown symbol {mark!r} in row {r}, column {c} of the map; known are {SYMBOLS}")
    if not any(mark not in "#!" for row in rows for mark in row):
        raise ValueError("the map has no cell to stand on; leave some floor '.' free")
    return rows


def _open(symbol: Mapping[Cell, str], cell: Cell) -> bool:
    return cell in symbol and symbol[cell] != "#"


def _goal_rewards(
    cells: Sequence[Cell], symbol: Mapping[Cell, str], reward: float | Mapping[Cell, float]
) -> dict[Cell, float]:
    """What entering each goal pays."""
    goals = [cell for cell in cells if symbol[cell] == "G"]
    if not isinstance(reward, Mapping):
        return dict.fromkeys(goals, reward)
    if set(reward) != set(goals):
        raise ValueError(f"goal_reward names the cells {sorted(reward)}; the goals on the map are {goals}")
    return dict(reward)


def _teleport_exits(symbol: Mapping[Cell, str]) -> dict[str, Cell]:
    """Where each teleport 'A'..'E' on the map leads."""
    exits = {}
    for letter in sorted(set(symbol.values()) & set("ABCDE")):
        found = [cell for cell, mark in symbol.items() if mark == letter.lower()]
        if len(found) != 1:
            raise ValueError(f"teleport {letter!r} needs exactly one exit {letter.lower()!r}; found {len(found)}")
        exits[letter] = found[0]
    return exits
