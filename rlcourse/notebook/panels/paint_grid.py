"""paint_grid(layout, solve): paint walls, pits and goals, and see the solution of the new world at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

from rlcourse.notebook.panels.controls import check_parameters, control
from rlcourse.notebook.panels.grid_panel import SINGLE, GridPanel, GridWidget, Solution, button, lines_of
from rlcourse.notebook.pictures.grid_cells import Cell, blank
from rlcourse.notebook.pictures.style import SYMBOLS

BRUSHES = ".#SGX"


def paint_grid(
    layout: str,
    solve: Callable[..., Any],
    *,
    brushes: str = BRUSHES,
    limits: tuple[float, float] | None = None,
    decimals: int = 2,
    **controls: Any,
) -> PaintGrid:
    """A panel on which a grid world is painted; after every stroke `solve(layout, **values)` is called again.

    `layout` is a text map as `rlcourse.mdp.grid_world` reads it, `brushes` its symbols that can be painted (a start or
    a teleport moves; painting what is there wipes it). `solve` gets the new map and the values of the controls (those
    of `explore`) and returns (mdp, value [S], policy [S, A], line). After a ValueError of `solve` the last solution
    fades, and a sentence says what the map lacks (a start, the exit of a teleport) or else what the error says.
    `limits` and `decimals` are those of `plot_grid`.

    Raises ValueError for a map that is ragged or has unknown symbols, for unknown brushes, and whatever `solve` raises
    for the first map; TypeError if the controls do not fit `solve`.
    """
    check_parameters(solve, controls, given=1, source="paint_grid")
    if not isinstance(brushes, str) or not brushes or set(brushes) - set(SYMBOLS) or len(set(brushes)) < len(brushes):
        raise ValueError(f"brushes are {brushes!r}; expected some of {''.join(SYMBOLS)}, each once")
    widgets = {name: control(name, spec) for name, spec in controls.items()}
    panel = PaintGrid(_checked(layout), solve, brushes, widgets, {"limits": limits, "decimals": decimals})
    panel.begin()
    return panel


class PaintGrid(GridPanel):
    """Brushes, a grid to paint on, further controls, and a line of text; the state is the text map."""

    def __init__(
        self, layout: str, solve: Callable[..., Any], brushes: str, controls: dict[str, Any], look: dict[str, Any]
    ) -> None:
        self.solver = solve
        grid = GridWidget(
            mode="paint", label="grid world to paint on", brushes=list(brushes), brush=brushes[1:2] or brushes
        )
        self.clear_button = button("Clear", "eraser", "Clear: leave only start and goals", self.clear)
        hint = "Click or drag to paint. With keys: Tab to the grid, arrow keys to move, space to paint."
        super().__init__(layout, grid, controls, [self.clear_button], look, hint)

    @property
    def layout_text(self) -> str:
        """The map as it is painted now."""
        return str(self.state)

    def paint(self, row: int, column: int, symbol: str) -> None:
        """Paint one cell, as a click does."""
        self.change(self.edit(self.state, row, column, symbol))

    def clear(self) -> None:
        """Floor everywhere but on starts and goals."""
        self.change("".join(mark if mark in "SG\n" else "." for mark in self.state))

    def edit(self, state: str, row: int, column: int, put: str) -> str:
        rows = [list(line) for line in state.split("\n")]
        if put not in SYMBOLS or not (0 <= row < len(rows) and 0 <= column < len(rows[0])):
            raise ValueError(f"cannot paint {put!r} at row {row}, column {column} of a {len(rows)}x{len(rows[0])} map")
        if put in SINGLE:
            rows = [["." if mark == put else mark for mark in line] for line in rows]
        rows[row][column] = put
        return lines_of(rows)

    def state_key(self, state: str) -> Hashable:
        return state

    def solve(self, state: str, values: dict[str, Any]) -> Solution:
        result = self.solver(state, **values)
        if not isinstance(result, tuple) or len(result) != 4:
            raise TypeError(f"solve returned {type(result).__name__}; expected (mdp, value, policy, line)")
        return Solution(*result)

    def missing(self, state: str) -> str:
        for letter in "ABCDE":
            if letter in state and letter.lower() not in state:
                return f"Teleport {letter} leads nowhere: place its exit ({letter.lower()})."
        start_is_gone = "S" in self._first and "S" not in state
        return "Place a start (S) to see what it is worth." if start_is_gone else ""

    def sketch(self, state: str) -> list[list[Cell]]:
        rows = state.split("\n")
        known = self.cells if len(self.cells) == len(rows) and len(self.cells[0]) == len(rows[0]) else None

        def cell(r: int, c: int) -> Cell:
            fresh, old = blank(r, c, rows[r][c]), known[r][c] if known else None
            return replace(old, fill=fresh.fill) if old is not None and old.symbol == fresh.symbol else fresh

        return [[cell(r, c) for c in range(len(rows[0]))] for r in range(len(rows))]


def _checked(layout: str) -> str:
    """The map without indentation; raises ValueError if it is no rectangle of known symbols."""
    if not isinstance(layout, str) or not layout.strip():
        raise ValueError("layout is empty; expected a text map such as 'S..\\n..G'")
    rows = [row.strip() for row in layout.strip().splitlines()]
    for number, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise ValueError(f"row {number} of the map has {len(row)} cells, row 0 has {len(rows[0])}; make them equal")
        if unknown := set(row) - set(SYMBOLS):
            raise ValueError(f"row {number} of the map has {min(unknown)!r}; known symbols are {''.join(SYMBOLS)}")
    return lines_of(rows)
