"""Small worlds, each of which shows one property of learning from samples, and only that one.

Numbers of examples are those of Sutton & Barto, Reinforcement Learning, 2nd edition (2018).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rlcourse.mdp.arrays import Floats
from rlcourse.mdp.finite_mdp import FiniteMDP

LEFT, RIGHT = 0, 1


def short_corridor(discount: float = 1.0) -> FiniteMDP:
    """Example 13.1: three states in a row, then the goal; every step costs 1, and the middle state swaps the actions.

    A policy that cannot tell the states apart and goes right with probability p is worth 2 (p - 2) / (p (1 - p)) from
    the start, at most -(6 + 4 * 2**0.5) = -11.657, at p = 2 - 2**0.5; a policy that can needs three steps.
    """
    next_state = np.array([[0, 1], [2, 0], [1, 3], [3, 3]])[:, :, None]
    return FiniteMDP(
        prob=np.ones(next_state.shape),
        next_state=next_state,
        reward=np.where(np.arange(4) < 3, -1.0, 0.0)[:, None, None] * np.ones(next_state.shape),
        discount=discount,
        terminal=np.arange(4) == 3,
        start=np.eye(4)[0],
        positions=np.stack([np.zeros(4, dtype=np.int64), np.arange(4)], axis=1),
        state_names=("first", "swapped", "last", "goal"),
        action_names=("left", "right"),
    )


def maximisation_bias(actions_in_b: int = 10, discount: float = 1.0) -> FiniteMDP:
    """Example 6.7: from A, right ends with 0 and left leads to B, where every action ends with a reward N(-0.1, 1).

    Going left is worth -0.1, yet the largest of several noisy averages is above 0 for long: a learner that takes the
    maximum of its estimates for an estimate of the maximum goes left. State 0 is A, 1 is B, 2 the end.
    """
    if actions_in_b < 1:
        raise ValueError(f"actions_in_b is {actions_in_b}; expected at least 1")
    actions = max(2, actions_in_b)
    shape = (3, actions, 1)
    next_state = np.full(shape, 2)
    next_state[0, LEFT] = 1
    reward, noise = np.zeros(shape), np.zeros(shape[:2])
    available = np.ones(shape[:2], dtype=bool)
    available[0, 2:] = False
    available[1, actions_in_b:] = False
    reward[1], noise[1] = -0.1, 1.0
    return FiniteMDP(
        prob=np.ones(shape),
        next_state=next_state,
        reward=reward,
        discount=discount,
        terminal=np.arange(3) == 2,
        start=np.eye(3)[0],
        available=available,
        reward_std=noise,
        state_names=("A", "B", "end"),
        action_names=("left", "right", *(f"action {i}" for i in range(2, actions))),
    )


def infinite_variance_loop(discount: float = 1.0) -> FiniteMDP:
    """Example 5.5: left comes back with probability 0.9 and else ends with reward 1, right ends with 0.

    Always left is worth 1. Estimated by ordinary importance sampling from a behaviour that tosses a coin, that 1 is the
    mean of numbers with an infinite variance: one more turn doubles the weight and comes with probability 0.45, so the
    expected square gets a factor of 4 * 0.45 = 1.8, more than 1, for each.
    """
    return FiniteMDP(
        prob=np.array([[[0.9, 0.1], [0.0, 1.0]], [[0.0, 1.0], [0.0, 1.0]]]),
        next_state=np.array([[[0, 1], [0, 1]], [[1, 1], [1, 1]]]),
        reward=np.array([[[0.0, 1.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]]),
        discount=discount,
        terminal=np.array([False, True]),
        start=np.array([1.0, 0.0]),
        state_names=("loop", "end"),
        action_names=("left", "right"),
    )


class Drive(NamedTuple):
    """One drive home, minutes throughout: at each state the time gone by and the driver's guess of the time to go."""

    states: tuple[str, ...]  # the last one is home, where nothing is left to predict
    elapsed: Floats  # [states]
    predicted_to_go: Floats  # [states]

    @property
    def predicted_total(self) -> Floats:
        """The driver's guess of the whole drive, [states]."""
        return self.elapsed + self.predicted_to_go

    @property
    def reward(self) -> Floats:
        """What each leg took, [states - 1]: the reward of an episode whose values are times to go."""
        return np.diff(self.elapsed)


def driving_home() -> Drive:
    """Example 6.1: from the office to the driveway, with rain, less traffic than expected, and a slow truck."""
    return Drive(
        states=("leaving office", "reach car, raining", "exiting highway", "behind a truck", "home street", "home"),
        elapsed=np.array([0.0, 5.0, 20.0, 30.0, 40.0, 43.0]),
        predicted_to_go=np.array([30.0, 35.0, 15.0, 10.0, 3.0, 0.0]),
    )
