"""set_arrows(mdp, respond): turn the arrows of a policy by hand, and see what it is worth at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt

from rlcourse.mdp import FiniteMDP
from rlcourse.notebook.panels.controls import check_parameters
from rlcourse.notebook.panels.grid_panel import GridPanel, GridWidget, Solution, button, moves_of
from rlcourse.notebook.pictures.grid_cells import Cell, cells_of
from rlcourse.tabular import greedy_policy, uniform_policy

Floats = npt.NDArray[np.float64]
Respond = Callable[[Floats], tuple[npt.ArrayLike, str]]


def set_arrows(
    mdp: FiniteMDP,
    respond: Respond,
    *,
    policy: npt.ArrayLike | None = None,
    limits: tuple[float, float] | None = None,
    decimals: int = 2,
) -> SetArrows:
    """A panel on which a policy is made by hand: a click at the edge of a cell aims its arrow, in the middle turns it.

    `respond(policy [S, A])` returns (value [S], line), which are shown at once; a ValueError of it, such as that of
    `evaluate_policy_exactly` for a policy that never ends, is shown as a message. It begins with `policy` (default:
    all actions alike). "Improve once" makes the policy greedy for its own value, where it is not already.

    Raises ValueError for a model that is no grid with directions for actions, or a policy that does not fit it.
    """
    check_parameters(respond, {}, given=1, source="set_arrows")
    first = uniform_policy(mdp) if policy is None else mdp.validated_policy(policy)
    panel = SetArrows(mdp, respond, np.array(first), {"limits": limits, "decimals": decimals})
    panel.begin()
    return panel


class SetArrows(GridPanel):
    """A grid of arrows to turn, buttons, and a line of text; the state is the policy [S, A]."""

    def __init__(self, mdp: FiniteMDP, respond: Respond, policy: Floats, look: dict[str, Any]) -> None:
        self.mdp, self.respond = mdp, respond
        self._random = np.random.default_rng(0)
        self._names = mdp.action_names or tuple(move["name"] for move in moves_of(mdp))
        places = cells_of(mdp)  # raises ValueError if there is no grid
        self._positions = {(int(r), int(c)): s for s, (r, c) in enumerate(np.asarray(mdp.positions))}
        self.random_button = button("Random", "random", "A random policy", self.randomise)
        self.improve_button = button("Improve once", "magic", "Make the policy greedy for its own value", self.improve)
        self.improve_button.button_style = "primary"
        grid = GridWidget(
            mdp, mode="arrows", label="policy to set; space turns an arrow, shift and an arrow key aims it"
        )
        hint = (
            "Click near an edge of a cell to send its arrow that way, in the middle to turn it. "
            "With keys: arrow keys move, space turns, Shift + arrow key sends."
        )
        super().__init__(policy, grid, {}, [self.improve_button, self.random_button], look, hint)
        self.cells = places

    @property
    def policy(self) -> Floats:
        """The policy that the arrows show now, [S, A]."""
        return np.array(self.state)

    def turn(self, state: int, action: int) -> None:
        """Send the arrow of a state in the direction of an action, as a click does."""
        row, column = np.asarray(self.mdp.positions)[state]
        self.change(self.edit(self.state, int(row), int(column), self._names[action]))

    def improve(self) -> None:
        """One step of policy improvement: a greedy action wherever the policy does not take one already."""
        with suppress(TimeoutError):  # a value on its way is waited for, but not for ever
            self.wait(5)
        found = self.solution
        if found is None or found.value is None or not np.array_equal(np.asarray(found.policy), self.state):
            self.say(
                "This policy has no value yet, so nothing can be greedy for it: turn an arrow or reset.", warn=True
            )
            return
        greedy = greedy_policy(self.mdp, found.value)
        best = (self.state * (greedy > 0)).sum(axis=1) > 1 - 1e-9
        if (best | self.mdp.terminal).all():
            self.say(f"{found.line}. No arrow changes: greedy for its own value, so optimal.")
        else:
            self.change(np.where(best[:, None], self.state, greedy))

    def randomise(self) -> None:
        """A deterministic policy drawn at random; the first, second, ... are the same every time."""
        score = np.where(self.mdp.allowed, self._random.random(self.mdp.allowed.shape), -1.0)
        self.change(np.eye(self.mdp.num_actions)[score.argmax(axis=1)])

    def reset(self) -> None:
        self._random = np.random.default_rng(0)
        super().reset()

    def begin(self) -> None:
        try:
            super().begin()
        except ValueError as error:
            self.complain(error, self.inputs())

    def edit(self, state: Floats, row: int, column: int, put: str) -> Floats:
        s = self._positions.get((row, column))
        if s is None or put not in self._names or self.mdp.terminal[s]:
            raise ValueError(f"there is no arrow to turn {put!r} at row {row}, column {column}")
        action = self._names.index(put)
        if not self.mdp.allowed[s, action]:
            raise ValueError(f"{put} is not possible in row {row + 1}, column {column + 1}")
        return np.where(np.arange(len(state))[:, None] == s, np.eye(self.mdp.num_actions)[action], state)

    def state_key(self, state: Floats) -> Hashable:
        return state.tobytes()

    def solve(self, state: Floats, values: dict[str, Any]) -> Solution:
        result = self.respond(state.copy())
        if not isinstance(result, tuple) or len(result) != 2:
            raise TypeError(f"respond returned {type(result).__name__}; expected (value, line)")
        return Solution(self.mdp, result[0], state, result[1])

    def sketch(self, state: Floats) -> list[list[Cell]]:
        value = self.solution.value if self.solution else None
        return cells_of(self.mdp, value, state, **self.look)
