"""Random finite MDPs for the property tests: small, ugly, and the same in every run."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from rlcourse.mdp import FiniteMDP

# Derandomised: hypothesis derives the examples from the test itself, so that every run sees the same ones.
few = settings(derandomize=True, database=None, deadline=None, max_examples=25)

DISCOUNTS = (0.0, 0.3, 0.9, 0.99)


def random_mdp(
    rng: np.random.Generator,
    states: int = 5,
    actions: int = 3,
    outcomes: int = 3,
    discount: float = 0.9,
    ends: bool = True,
    holes: bool = True,
    always_ends: bool = False,
) -> FiniteMDP:
    """An MDP with repeated successors, impossible outcomes and, where asked for, a last state that is terminal.

    With `holes` some actions are unavailable, and rubbish stands in their rows. With `always_ends` every action leads
    to the terminal state with probability 0.2 at least, so that every policy ends.
    """
    shape = (states, actions, outcomes)
    weight = rng.random(shape) * (rng.random(shape) < 0.8)
    weight[..., 0] += 0.05  # at least one outcome is possible
    prob = weight / weight.sum(axis=2, keepdims=True)
    next_state = rng.integers(states, size=shape)
    reward = rng.normal(size=shape).round(2)
    terminal = np.zeros(states, dtype=bool)
    if ends and states > 1:
        terminal[-1] = True
        if always_ends:
            prob, next_state[..., 0] = 0.8 * prob, states - 1
            prob[..., 0] += 0.2
        prob[-1], next_state[-1], reward[-1] = np.eye(outcomes)[0], states - 1, 0.0
    available = None
    if holes:
        available = rng.random((states, actions)) < 0.7
        available[np.arange(states), rng.integers(actions, size=states)] = True
        prob[~available], next_state[~available], reward[~available] = 7.0, -99, 1e6
    live = ~terminal
    start = rng.random(states) * live
    return FiniteMDP(
        prob=prob,
        next_state=next_state,
        reward=reward,
        discount=discount,
        terminal=terminal,
        start=start / start.sum(),
        available=available,
    )


@st.composite
def generators(draw: st.DrawFn) -> np.random.Generator:
    """NumPy generators with a drawn seed."""
    return np.random.default_rng(draw(st.integers(0, 2**32 - 1)))


@st.composite
def mdps(draw: st.DrawFn, discounts: tuple[float, ...] = DISCOUNTS, always_ends: bool = False) -> FiniteMDP:
    """MDPs of 1 to 6 states (2 to 6 with `always_ends`), 1 to 4 actions and 1 to 4 outcomes."""
    return random_mdp(
        draw(generators()),
        states=draw(st.integers(2 if always_ends else 1, 6)),
        actions=draw(st.integers(1, 4)),
        outcomes=draw(st.integers(1, 4)),
        discount=draw(st.sampled_from(discounts)),
        ends=always_ends or draw(st.booleans()),
        holes=draw(st.booleans()),
        always_ends=always_ends,
    )


def random_policy(mdp: FiniteMDP, rng: np.random.Generator) -> np.ndarray:
    """A policy [S, A] over available actions, in which some have probability 0."""
    weight = rng.random((mdp.num_states, mdp.num_actions)) * (rng.random((mdp.num_states, mdp.num_actions)) < 0.7)
    weight = (weight + 1e-3) * mdp.allowed
    weight[weight < 2e-3] = 0.0
    weight = np.where(weight.sum(axis=1, keepdims=True) > 0, weight, mdp.allowed)
    return weight / weight.sum(axis=1, keepdims=True)
