"""Policy iteration: evaluate the policy, be greedy for its values, repeat.

Each new policy is at least as good as the last in every state (the policy improvement theorem), there are finitely
many, and a policy that greediness cannot improve satisfies the Bellman optimality equation. Source: Sutton & Barto, 2nd
edition, section 4.3.

The book stops when the greedy action no longer changes, which cycles for ever between equally good actions (its
Exercise 4.4). Here ties are shared and the loop ends when no state gains more than a tolerance.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rlcourse.mdp import FiniteMDP
from rlcourse.mdp.arrays import Floats
from rlcourse.tabular.planning.bellman import action_values, greedy_policy, uniform_policy
from rlcourse.tabular.planning.policy_evaluation import evaluate_policy_exactly


class Improvement(NamedTuple):
    """A policy [S, A], its exact value [S], and the most that any state would gain by one greedy step."""

    policy: Floats
    value: Floats
    gain: float


def policy_iteration(
    mdp: FiniteMDP, policy: npt.ArrayLike | None = None, *, tolerance: float = 1e-9, max_improvements: int = 10_000
) -> Iterator[Improvement]:
    """Yield every policy with its value, from the given one (default: uniform) to an optimal one, whose gain is 0.

    So the number of improvements is the number of items less one. `tolerance` is relative to the largest value. At
    discount 1 an optimal policy is the best of those that end; one that never ends may be better still, and value
    iteration would find that. Raises ValueError for a policy that is not a distribution over available actions, or that
    never ends at discount 1, and RuntimeError where `max_improvements` are not enough.
    """
    if not tolerance > 0:
        raise ValueError(f"tolerance is {tolerance}; expected a positive number such as 1e-9")
    if max_improvements < 0:
        raise ValueError(f"max_improvements is {max_improvements}; expected at least 0")
    first = uniform_policy(mdp) if policy is None else mdp.validated_policy(policy)
    return _policy_iteration(mdp, first, tolerance, max_improvements)


def _policy_iteration(mdp: FiniteMDP, policy: Floats, tolerance: float, max_improvements: int) -> Iterator[Improvement]:
    for _ in range(max_improvements + 1):
        value = evaluate_policy_exactly(mdp, policy)
        gain = float((action_values(mdp, value).max(axis=1) - value).max())
        yield Improvement(policy, value, max(gain, 0.0))
        if gain <= tolerance * np.abs(value).max():
            return
        policy = greedy_policy(mdp, value)
    raise RuntimeError(f"a state still gains {gain:.2g} after {max_improvements} improvements; allow more of them")


def solve(mdp: FiniteMDP) -> Improvement:
    """An optimal policy with every best action in it, ties shared, and its value: where policy iteration ends."""
    *_, last = policy_iteration(mdp)
    return Improvement(greedy_policy(mdp, last.value), last.value, last.gain)
