"""One step of looking ahead: from state values to action values, and from action values to a greedy policy.

Everything in dynamic programming is these two functions, applied in some order. Source: Sutton & Barto, 2nd edition,
equations (4.6) and (4.9).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlcourse.mdp import FiniteMDP
from rlcourse.mdp.arrays import Floats

TIE = 1e-9  # actions whose values differ by less than this share of their size are equally good,
ROUNDING = 1e-13  # and so are those that differ by less than this share of the largest value of any state


def action_values(mdp: FiniteMDP, v: npt.ArrayLike) -> Floats:
    """Look one step ahead of v: q(s, a) = r(s, a) + discount * sum_s' p(s' | s, a) v(s').

    v is [S], the result [S, A]; -inf where an action is unavailable. Terminal states count as 0, whatever v says of
    them. Raises ValueError for a v of the wrong shape or with NaN.
    """
    value = validated_value(mdp, v)
    future = mdp.transition @ np.where(mdp.terminal, 0.0, value)
    q = mdp.expected_reward + mdp.discount * future.reshape(mdp.num_states, mdp.num_actions)
    return q if mdp.available is None else np.where(mdp.available, q, -np.inf)


def greedy_policy(mdp: FiniteMDP, v: npt.ArrayLike) -> Floats:
    """The policy that is greedy for v, pi(a | s) > 0 only where q(s, a) = max_b q(s, b), as [S, A]; ties are shared."""
    q = action_values(mdp, v)
    best = q.max(axis=1, keepdims=True)
    scale = np.abs(q, where=np.isfinite(q), out=np.zeros_like(q)).max()
    ties = q >= best - TIE * np.abs(best) - ROUNDING * scale
    return np.asarray(ties / ties.sum(axis=1, keepdims=True))


def uniform_policy(mdp: FiniteMDP) -> Floats:
    """The policy that takes every available action with the same probability, [S, A]."""
    return np.asarray(mdp.allowed / mdp.allowed.sum(axis=1, keepdims=True))


def deterministic_policy(mdp: FiniteMDP, actions: npt.ArrayLike) -> Floats:
    """The policy that takes the given action in each state; actions [S] integers, the result [S, A].

    Raises ValueError for a wrong shape or an action that does not exist.
    """
    action = np.asarray(actions)
    if action.shape != (mdp.num_states,) or action.dtype.kind not in "iu":
        raise ValueError(f"actions are {action.dtype} of shape {action.shape}; expected {mdp.num_states} integers")
    if action.min() < 0 or action.max() >= mdp.num_actions:
        raise ValueError(f"actions must lie in 0..{mdp.num_actions - 1}; got {action.min()}..{action.max()}")
    return np.eye(mdp.num_actions)[action]


def validated_value(mdp: FiniteMDP, v: npt.ArrayLike) -> Floats:
    """v as a float64 array [S]; raises ValueError for a wrong shape or entries that are not finite."""
    value = np.asarray(v, dtype=np.float64)
    if value.shape != (mdp.num_states,):
        raise ValueError(f"v has shape {value.shape}; expected one value for each of the {mdp.num_states} states")
    if not np.isfinite(value).all():
        state = int(np.argmin(np.isfinite(value)))
        raise ValueError(f"v of state {mdp.name(state)} is {value[state]}; expected finite numbers")
    return value
