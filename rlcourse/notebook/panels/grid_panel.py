"""A grid world that is edited in the browser, and the panel around it: edits, undo, reset.

Who uses it says what an edit means (`edit`) and what follows from a state (`answer`); see `paint` and `arrows`.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import anywidget
import ipywidgets as widgets
import numpy.typing as npt
import traitlets

from rlcourse.mdp import FiniteMDP
from rlcourse.notebook.panels.panel import Panel, worded
from rlcourse.notebook.pictures.grid_cells import SIZES, Cell, blank, cells_of, directions, icon
from rlcourse.notebook.pictures.grid_plot import figure_of, number_size
from rlcourse.notebook.pictures.png import Picture, picture_of
from rlcourse.notebook.pictures.style import COLORS, SYMBOLS, scale

SINGLE = "SABCDEabcde"  # symbols that stand on a map once: painting one moves it
UNDOS = 500
_GRID = "the grid"  # its place among the inputs, which no control can take since it is no name


class GridWidget(anywidget.AnyWidget):
    """The grid in the browser (grid_panel.js).

    It sends {kind: "edit", seq, stroke, row, column, put}, the edits numbered by `seq`, and {kind: "undo"}.
    """

    _esm = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    _css = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
    mode = traitlets.Unicode("paint").tag(sync=True)  # or "arrows"
    label = traitlets.Unicode("grid world").tag(sync=True)  # for a screen reader
    brushes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    brush = traitlets.Unicode("").tag(sync=True)
    art = traitlets.Dict().tag(sync=True)  # what never changes: the look of the symbols, the moves, sizes
    picture = traitlets.Dict().tag(sync=True)  # {rows: [[cell]], stale: bool, size: number, last_edit: the last in it}

    def __init__(self, mdp: FiniteMDP | None = None, **traits: Any) -> None:
        moves = moves_of(mdp) if mdp is not None else []
        super().__init__(art=_art(moves), **traits)


class Solution(NamedTuple):
    """What a state of the grid leads to."""

    mdp: FiniteMDP
    value: npt.ArrayLike | None
    policy: npt.ArrayLike | None
    line: str


class GridPanel(Panel):
    """A grid to edit, its controls and buttons, and a line of text; `state` is what edits change."""

    def __init__(
        self,
        state: Any,
        grid: GridWidget,
        controls: Mapping[str, Any],
        buttons: Sequence[widgets.Widget],
        look: Mapping[str, Any],
        hint: str,
    ) -> None:
        self.state, self.grid, self.look = state, grid, dict(look)
        self.solution: Solution | None = None  # the last good one
        self.cells: list[list[Cell]] = []  # what is shown
        self._first, self._past = state, list[Any]()
        self._stroke, self._last_edit = "", 0
        self.undo_button = widgets.Button(description="Undo", icon="reply", tooltip="Undo the last change (Ctrl Z)")
        self.undo_button.on_click(lambda _: self.undo())
        super().__init__(controls, [grid], buttons=[*buttons, self.undo_button], hint=hint)
        self.status.add_class("rlcourse-two-lines")
        grid.on_msg(self._heard)

    # --- what a kind of grid says -----------------------------------------------------------------------------------

    def edit(self, state: Any, row: int, column: int, put: str) -> Any:
        """The state after an edit; raises ValueError if it makes no sense."""
        raise NotImplementedError

    def state_key(self, state: Any) -> Hashable:
        """The state in a form that can be looked up."""
        raise NotImplementedError

    def solve(self, state: Any, values: dict[str, Any]) -> Solution:
        """What follows from a state and the values of the controls; on the worker's thread."""
        raise NotImplementedError

    def sketch(self, state: Any) -> list[list[Cell]]:
        """The cells of a state that has no solution, as far as they are known."""
        raise NotImplementedError

    def missing(self, state: Any) -> str:
        """What a state lacks that has no solution, and how to put it there; empty if that is not to be seen from it."""
        return ""

    # --- editing ----------------------------------------------------------------------------------------------------

    def change(self, state: Any, stroke: str = "") -> None:
        """Go to another state; changes of one stroke are undone together."""
        if not stroke or stroke != self._stroke:
            self._past = [*self._past[-UNDOS:], self.state]
        self._stroke = stroke
        self.state = state
        self.request()

    def undo(self) -> None:
        """Back to the state before the last stroke, if there was one."""
        self._stroke = ""
        if self._past:
            self.state = self._past.pop()
            self.request()

    def reset(self) -> None:
        """Back to the beginning, controls included; this can be undone."""
        if self.state_key(self.state) != self.state_key(self._first):
            self.change(self._first)
        super().reset()

    def _heard(self, _: Any, content: dict[str, Any], __: Any) -> None:
        if content.get("kind") == "undo":
            self.undo()
        elif content.get("kind") == "edit":
            self._last_edit = int(content["seq"])
            try:
                state = self.edit(self.state, int(content["row"]), int(content["column"]), str(content["put"]))
            except ValueError as error:
                self.say(str(error), warn=True)
                self.grid.picture = {**self.grid.picture, "last_edit": self._last_edit}
            else:
                self.change(state, str(content.get("stroke", "")))

    # --- answering --------------------------------------------------------------------------------------------------

    def inputs(self) -> dict[str, Any]:
        return {_GRID: (self.state, self._last_edit), **super().inputs()}

    def key(self) -> Hashable:
        return (self.state_key(self.state), super().key())

    def answers(self, inputs: dict[str, Any]) -> Generator[Solution, None, None]:
        yield self.solve(inputs[_GRID][0], {name: value for name, value in inputs.items() if name != _GRID})

    def show(self, answer: Any, inputs: dict[str, Any]) -> None:
        self.solution = answer
        self._draw(cells_of(*answer[:3], **self.look), stale=False, last_edit=inputs[_GRID][1])
        self.say(answer.line)

    def complain(self, error: BaseException, inputs: dict[str, Any]) -> None:
        state, last_edit = inputs[_GRID]
        self._draw(self.sketch(state), stale=True, last_edit=last_edit)
        known = isinstance(error, ValueError)
        self.say(self.missing(state) or str(error) if known else worded(error), warn=True)

    def picture(self) -> Picture:
        return picture_of(figure_of(self.cells))

    def _draw(self, cells: list[list[Cell]], *, stale: bool, last_edit: int) -> None:
        self.cells = cells
        mdp = self.solution.mdp if self.solution else None
        able = _able(mdp) if mdp is not None and mdp.available is not None else {}
        rows = [[{**asdict(c), **able.get((c.row, c.column), {})} for c in row] for row in cells]
        size = number_size([cell for row in cells for cell in row])
        self.grid.picture = {"rows": rows, "stale": stale, "last_edit": last_edit, "size": size}


def moves_of(mdp: FiniteMDP) -> list[dict[str, Any]]:
    """The actions as {name, x, y}, clockwise from up."""
    names = mdp.action_names or ("up", "right", "down", "left")
    moves = [{"name": name, "x": x, "y": y} for name, (x, y) in zip(names, directions(mdp), strict=True)]
    return sorted(moves, key=lambda move: math.atan2(move["x"], -move["y"]) % (2 * math.pi))


def _able(mdp: FiniteMDP) -> dict[tuple[int, int], dict[str, list[str]]]:
    """The names of the actions that can be taken in each cell."""
    names = mdp.action_names or ("up", "right", "down", "left")
    places = mdp.positions.tolist() if mdp.positions is not None else []
    able = [[name for name, ok in zip(names, row, strict=True) if ok] for row in mdp.allowed.tolist()]
    return {(row, column): {"can": can} for (row, column), can in zip(places, able, strict=True)}


def _art(moves: list[dict[str, Any]]) -> dict[str, Any]:
    points = {name: SIZES["icon"] * icon(name) for name in ("star", "cross", "spikes")}
    return {
        "looks": {symbol: {**_look(symbol), "name": look.name} for symbol, look in SYMBOLS.items()},
        "icons": {name: " ".join(f"{x:.4f},{y:.4f}" for x, y in corners) for name, corners in points.items()},
        "badge": SIZES["badge"],
        "start": COLORS["start"],
        "teleport": COLORS["teleport"],
        "single": SINGLE,
        "moves": moves,
        "scale": scale(),
    }


def _look(symbol: str) -> dict[str, Any]:
    cell = asdict(blank(0, 0, symbol))
    return {name: cell[name] for name in ("fill", "badge", "icon")}


def button(label: str, icon_name: str, tooltip: str, act: Any) -> widgets.Button:
    """A button that calls `act()`."""
    made = widgets.Button(description=label, icon=icon_name, tooltip=tooltip)
    made.on_click(lambda _: act())
    return made


def lines_of(rows: Iterable[Iterable[str]]) -> str:
    """The text of a map."""
    return "\n".join("".join(row) for row in rows)
