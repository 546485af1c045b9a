"""The textbook's Mountain Car: the engine is too weak for the slope, so the way up begins with the way back.

    velocity <- bound[ velocity + 0.001 * push - 0.0025 * cos(3 * position) ],    push = -1, 0 or 1
    position <- bound[ position + velocity ]

with bounds [-0.07, 0.07] and [-1.2, 0.5]. Every step costs 1; an episode begins at rest in the valley, at a position
uniform in [-0.6, -0.4), and ends at the right bound; the left one stops the car. Source: Sutton & Barto, 2nd edition,
example 10.1.

Gymnasium's MountainCar-v0, of which `rlcourse.envs` has a copy in tensors, has the same forces, starts and goal. It
differs in that its right wall stands at 0.6, beyond the goal (its last position may be more than 0.5), and that its
episodes are truncated after 200 steps. Here they are not: the first ones take a thousand steps and more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rlcourse.mdp.arrays import Bools, Floats, Ints


@dataclass(frozen=True)
class TextbookMountainCar:
    """The book's mountain car; states are columns [2, m], first the positions, then the velocities."""

    low: tuple[float, float] = (-1.2, -0.07)
    high: tuple[float, float] = (0.5, 0.07)
    num_actions: int = 3  # push back, coast, push forward
    discount: float = 1.0

    def start(self, uniform: Floats) -> Floats:
        """First states [2, m] from numbers [m] that are uniform in [0, 1)."""
        state = np.zeros((2, uniform.size))
        state[0] = 0.2 * uniform - 0.6
        return state

    def step(self, state: Floats, action: Ints) -> tuple[Floats, Floats, Bools]:
        """One step of m cars: states [2, m], actions [m] in {0, 1, 2} -> next states, rewards [m], terminated [m]."""
        after = np.empty_like(state)
        position, velocity = after
        np.add(state[1], 0.001 * (action - 1) - 0.0025 * np.cos(3.0 * state[0]), out=velocity)
        self._bound(1, velocity)
        np.add(state[0], velocity, out=position)
        self._bound(0, position)
        velocity[position == self.low[0]] = 0.0
        return after, np.full(action.size, -1.0), position == self.high[0]

    def _bound(self, dimension: int, value: Floats) -> None:
        np.maximum(value, self.low[dimension], out=value)  # np.clip costs three times as much on a hundred cars
        np.minimum(value, self.high[dimension], out=value)
