"""Counterexamples: a handful of states on which off-policy bootstrapping drives the weights to infinity.

Baird's: seven states, no reward anywhere, so every value is 0, and weights 0 represent that exactly. Action "dashed"
leads to one of the upper six states at random, "solid" to the seventh. The behaviour takes them with chances 6/7 and
1/7 and so visits all states equally often; the target policy always takes "solid". The values are 2 w_i + w_8 in the
upper states and w_7 + 2 w_8 in the seventh: eight weights for seven values, so any values could be represented.
Sources: Baird (1995); Sutton & Barto, 2nd edition, section 11.2, figures 11.1 and 11.2.

Smaller still, the book's first example: the values of two states are w and 2w, and only the step from the first to the
second is ever seen (same section).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rlcourse.mdp import FiniteMDP
from rlcourse.mdp.arrays import Floats
from rlcourse.mdp.terminal_states import absorb


@dataclass(frozen=True, eq=False)
class Counterexample:
    """A world, the policy that moves in it, the policy that is judged, and features in which that goes wrong."""

    mdp: FiniteMDP
    features: Floats  # [S, d]
    behaviour: Floats  # [S, A]
    target: Floats  # [S, A]
    weighting: Floats  # [S] how often the behaviour visits each state
    initial: Floats  # [d] weights to begin with


def baird(discount: float = 0.99) -> Counterexample:
    """Baird's counterexample with the weights of figure 11.2, (1, 1, 1, 1, 1, 1, 10, 1), to begin with."""
    prob = np.zeros((7, 2, 6))
    prob[:, 0], prob[:, 1, 0] = 1 / 6, 1.0
    next_state = np.full((7, 2, 6), 6)
    next_state[:, 0] = np.arange(6)
    features = np.zeros((7, 8))
    features[np.arange(6), np.arange(6)] = 2.0
    features[:6, 7], features[6, 6], features[6, 7] = 1.0, 1.0, 2.0
    mdp = FiniteMDP(
        prob=prob,
        next_state=next_state,
        reward=np.zeros_like(prob),
        discount=discount,
        terminal=np.zeros(7, dtype=bool),
        start=np.full(7, 1 / 7),
        action_names=("dashed", "solid"),
    )
    return Counterexample(
        mdp=mdp,
        features=features,
        behaviour=np.tile([6 / 7, 1 / 7], (7, 1)),
        target=np.tile([0.0, 1.0], (7, 1)),
        weighting=np.full(7, 1 / 7),
        initial=np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 10.0, 1.0]),
    )


def w_and_2w(discount: float = 0.99) -> Counterexample:
    """Two states worth w and 2w; the step from the first to the second pays 0, and it alone is ever updated.

    An update multiplies w by 1 + alpha * (2 * discount - 1): it grows without end for any discount above 1/2. From the
    second state the episode ends; the weighting says that this is never seen.
    """
    terminal = np.array([False, False, True])
    prob, next_state, reward = absorb(
        terminal, np.ones((3, 1, 1)), np.array([1, 2, 2])[:, None, None], np.zeros((3, 1, 1))
    )
    mdp = FiniteMDP(
        prob=prob,
        next_state=next_state,
        reward=reward,
        discount=discount,
        terminal=terminal,
        start=np.array([1.0, 0.0, 0.0]),
    )
    one_action = np.ones((3, 1))
    return Counterexample(
        mdp=mdp,
        features=np.array([[1.0], [2.0], [0.0]]),
        behaviour=one_action,
        target=one_action,
        weighting=np.array([1.0, 0.0, 0.0]),
        initial=np.ones(1),
    )
