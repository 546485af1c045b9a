"""Reading the transition table of a Gymnasium environment, for `FiniteMDP.from_gymnasium`.

Gymnasium's toy environments (FrozenLake, CliffWalking, Taxi) publish `P[state][action]`, a list of
(probability, next state, reward, terminated). There the *transition* ends the episode; here the *state* does. Most
states are only ever reached one way. Where a state is reached both terminated and not (Taxi: the passenger stands at
the destination, delivered or not), it stays an ordinary state, and the transitions that end the episode lead to one
extra terminal state, added behind the last.
"""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np

from rlcourse.mdp.arrays import Floats, Ints
from rlcourse.mdp.terminal_states import absorb

# The order of the actions is documented by each environment but is not in its table.
_ACTION_NAMES = {
    "FrozenLake": ("left", "down", "right", "up"),
    "CliffWalking": ("up", "right", "down", "left"),
    "Taxi": ("down", "up", "right", "left", "pick up", "drop off"),
}
_SYMBOLS = {"S": "S", "F": ".", "H": "X", "G": "G"}  # FrozenLake's letters as ours


def read_table(env: Any) -> dict[str, Any]:
    """The fields of the `FiniteMDP` that an environment (or id) publishes as its table `P`: all but the discount.

    Raises ValueError for an environment without a table, such as Blackjack.
    """
    if isinstance(env, str):
        with gymnasium.make(env) as made:
            return read_table(made)
    bare = getattr(env, "unwrapped", env)
    table = getattr(bare, "P", None)
    if not isinstance(table, dict) or not table:
        raise ValueError(f"{type(bare).__name__} has no transition table P, so its model cannot be read")
    states, actions = len(table), len(table[0])
    outcomes = max(len(table[s][a]) for s in range(states) for a in range(actions))
    prob: Floats = np.zeros((states, actions, outcomes))
    next_state: Ints = np.zeros((states, actions, outcomes), dtype=np.int64)
    reward: Floats = np.zeros((states, actions, outcomes))
    ends = np.zeros((states, actions, outcomes), dtype=bool)
    for s in range(states):
        for a in range(actions):
            for k, (p, successor, pay, terminated) in enumerate(table[s][a]):
                prob[s, a, k], next_state[s, a, k] = p, successor
                reward[s, a, k], ends[s, a, k] = pay, terminated
    start = _start(bare, states)

    reached = np.zeros(states, dtype=bool)  # while the episode goes on
    reached[next_state[(prob > 0) & ~ends]] = True
    reached |= start > 0
    final = np.zeros(states, dtype=bool)  # reached as the episode ends
    final[next_state[(prob > 0) & ends]] = True
    terminal, both = final & ~reached, final & reached
    if both.any():
        next_state[ends & both[next_state]] = states
        behind = ((0, 1), (0, 0), (0, 0))
        prob, reward = np.pad(prob, behind), np.pad(reward, behind)
        next_state = np.pad(next_state, behind)
        terminal, start = np.append(terminal, True), np.append(start, 0.0)
    prob, next_state, reward = absorb(terminal, prob, next_state, reward)
    positions, layout = (None, None) if both.any() else _map(bare, states)
    return {
        "prob": prob,
        "next_state": next_state,
        "reward": reward,
        "terminal": terminal,
        "start": start,
        "positions": positions,
        "layout": layout,
        "action_names": next((v for k, v in _ACTION_NAMES.items() if type(bare).__name__.startswith(k)), None),
    }


def _start(bare: Any, states: int) -> Floats:
    """The published start distribution, else the state that a reset gives."""
    start = getattr(bare, "initial_state_distrib", None)
    if start is not None:
        return np.asarray(start, dtype=np.float64) / np.sum(start)
    one_state = np.zeros(states)
    one_state[bare.reset(seed=0)[0]] = 1.0
    return one_state


def _map(bare: Any, states: int) -> tuple[np.ndarray | None, tuple[str, ...] | None]:
    """Positions [S, 2] and text map of an environment whose states are the cells of a grid, row by row."""
    desc = getattr(bare, "desc", None)
    shape = getattr(bare, "shape", None) if desc is None else np.shape(desc)
    if shape is None or int(np.prod(shape)) != states:
        return None, None
    positions = np.stack(np.unravel_index(np.arange(states), shape), axis=1)
    if desc is None:
        return positions, None
    letters = [[cell.decode() for cell in row] for row in desc]
    if not all(letter in _SYMBOLS for row in letters for letter in row):
        return positions, None
    return positions, tuple("".join(_SYMBOLS[letter] for letter in row) for row in letters)
