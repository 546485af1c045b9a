"""A Markov reward process: a Markov chain that pays on the way.

It is what is left of a Markov decision process once a policy is fixed, and the world in which values are predicted:

    v(s) = r(s) + discount * sum_s' p(s' | s) v(s')

Source: Sutton & Barto, 2nd edition, equation (4.4), with the actions averaged out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from rlcourse.mdp.arrays import Bools, Floats, Ints


@dataclass(frozen=True, eq=False, kw_only=True)
class MarkovRewardProcess:
    """A Markov chain that pays: what is left of an MDP once a policy is fixed (see `FiniteMDP.under`)."""

    transition: sparse.csr_array  # [S, S]
    reward: Floats  # [S] expected reward of the step that leaves the state
    discount: float
    terminal: Bools  # [S]
    start: Floats  # [S]

    @cached_property
    def endless(self) -> Ints:
        """The states from which no terminal state can be reached: there the episode never ends."""
        # Breadth-first search backwards from the terminal states, along transitions with positive probability.
        incoming = sparse.csr_array(self.transition.T > 0)
        reached = self.terminal.copy()
        frontier = reached
        while frontier.any():
            frontier = ((incoming.T @ frontier) > 0) & ~reached
            reached = reached | frontier
        return np.flatnonzero(~reached)
