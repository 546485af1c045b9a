"""Worlds small enough to follow by hand, and actions drawn the same everywhere, for exercise 4.10."""

import numpy as np

from rlcourse.exercises.format import Floats


class World:
    """A small world without chance: where each action leads from each state, what it pays, whether that ends it.

    After a step that ends the episode the next state may be any number, as it is where environments start anew.
    After `LONGEST` steps it ends wherever it is, so that no policy, however wrongly learned, runs for ever.
    """

    LONGEST = 25

    def __init__(self, next_state: list[list[int]], reward: list[list[float]], terminated: list[list[bool]]) -> None:
        self.next_state, self.reward, self.terminated = next_state, reward, terminated
        self.num_states, self.num_actions = len(reward), len(reward[0])
        self.state: int | None = None
        self.steps = 0

    def reset(self) -> int:
        """Begin an episode; returns its first state."""
        self.state, self.steps = 0, 0
        return self.state

    def step(self, action: int) -> tuple[int, float, bool]:
        """Take an action; returns the next state, the reward, and whether the episode has ended."""
        if self.state is None:
            raise RuntimeError("no episode is going on: call reset() first, and again after each end")
        here, self.steps = self.state, self.steps + 1
        next_state = self.next_state[here][action]
        ended = self.terminated[here][action] or self.steps == self.LONGEST
        self.state = None if ended else next_state
        return next_state, self.reward[here][action], ended


class Draw:
    """Draws actions with a generator of its own, the same ones on every machine."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def __call__(self, probabilities: Floats) -> int:
        """An action, drawn from probabilities [A]."""
        p = np.asarray(probabilities)
        if p.ndim != 1 or not abs(p.sum() - 1) < 1e-6:
            raise ValueError("draw takes the probabilities of the actions in one state: [A], with sum 1")
        return min(int(np.searchsorted(p.cumsum(), self.rng.random(), side="right")), len(p) - 1)


def one_step() -> World:
    """One state: the first action pays 1, the second 3, and either ends the episode."""
    return World([[0, 0]], [[1.0, 3.0]], [[True, True]])


def three_in_a_row() -> World:
    """Action 1 leads to the right, and out of the last state; action 0 leads back, and costs."""
    return World(
        [[0, 1], [0, 2], [1, 2]],
        [[-1.0, 0.0], [-1.0, 0.5], [-1.0, 2.0]],
        [[False, False], [False, False], [False, True]],
    )


def with_a_trap() -> World:
    """Four states, three actions; ends are met in several states, and name one that is not the end of anything."""
    return World(
        [[1, 2, 3], [2, 1, 0], [3, 0, 1], [1, 0, 2]],
        [[0.5, -1.0, 0.25], [1.0, -0.5, 0.75], [2.0, 0.0, -0.25], [3.0, -2.0, 0.125]],
        [[False, False, False], [False, False, True], [True, False, False], [False, True, False]],
    )
