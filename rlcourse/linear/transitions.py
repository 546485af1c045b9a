"""Transitions of an endless walk under one policy, with how likely another one would have made them.

    rho_t = pi(A_t | S_t) / b(A_t | S_t)      (Sutton & Barto, 2nd edition, equation 11.1)

The walk does not depend on what is learned from it, so it is recorded once and played to every off-policy method. In a
world with terminal states the next episode begins right away, at a fresh start.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlcourse.mdp import FiniteMDP
from rlcourse.mdp.arguments import whole
from rlcourse.mdp.arrays import Bools, Floats, Ints
from rlcourse.mdp.sampler import cumulative


@dataclass(frozen=True, eq=False)
class Transitions:
    """`steps` transitions of each of `runs` independent walks, time first."""

    state: Ints  # [steps, runs]
    ratio: Floats  # [steps, runs] rho, 0 where the target policy would not have done this
    reward: Floats  # [steps, runs]
    next_state: Ints  # [steps, runs]
    terminal: Bools  # [S]
    discount: float

    def __iter__(self) -> Iterator[tuple[Ints, Floats, Floats, Ints]]:
        """Step by step: states, ratios, rewards, next states, [runs] each."""
        return zip(self.state, self.ratio, self.reward, self.next_state, strict=True)


def sample_transitions(
    mdp: FiniteMDP,
    *,
    behaviour: npt.ArrayLike,
    target: npt.ArrayLike | None = None,
    runs: int,
    steps: int,
    seed: int = 0,
) -> Transitions:
    """Let `runs` explorers follow `behaviour` [S, A], and rate each step by `target` [S, A] (None: the same policy).

    Raises ValueError for counts below 1, policies that do not fit, and where the target may do what the behaviour never
    does: no ratio could make up for that.
    """
    runs, steps = whole("runs", runs), whole("steps", steps)
    b = mdp.validated_policy(behaviour)
    pi = b if target is None else mdp.validated_policy(target)
    uncovered = (pi > 0) & (b == 0) & ~mdp.terminal[:, None]
    if uncovered.any():
        s, a = (int(i) for i in np.argwhere(uncovered)[0])
        raise ValueError(
            f"no coverage: in state {mdp.name(s)} the target takes action {mdp.action_name(a)} with probability "
            f"{pi[s, a]:g}, the behaviour never"
        )
    ratio = np.divide(pi, b, out=np.zeros_like(pi), where=b > 0)
    outcomes = mdp.prob.shape[2]
    joint = b[:, :, None] * np.where(mdp.allowed[:, :, None], mdp.prob, 0.0)
    chance = cumulative(joint.reshape(mdp.num_states, -1))  # [S, A*K]: action and outcome are drawn together
    first = cumulative(mdp.start)
    rng = np.random.default_rng(seed)
    state = np.searchsorted(first, rng.random(runs), side="right")
    visited = np.empty((steps, runs), dtype=np.int64)
    drawn = np.empty_like(visited)  # number of the outcome in the state's row
    for t, uniform in enumerate(rng.random((steps, runs))):
        visited[t] = state
        drawn[t] = (uniform[:, None] >= chance[state]).sum(axis=1)
        state = mdp.next_state[state, drawn[t] // outcomes, drawn[t] % outcomes]
        over = np.flatnonzero(mdp.terminal[state])
        if over.size:
            state[over] = np.searchsorted(first, rng.random(over.size), side="right")
    action, outcome = np.divmod(drawn, outcomes)
    reward = mdp.reward[visited, action, outcome]
    if mdp.reward_std is not None:
        reward = reward + mdp.reward_std[visited, action] * rng.standard_normal(reward.shape)
    return Transitions(
        state=visited,
        ratio=ratio[visited, action],
        reward=reward,
        next_state=mdp.next_state[visited, action, outcome],
        terminal=mdp.terminal,
        discount=mdp.discount,
    )
