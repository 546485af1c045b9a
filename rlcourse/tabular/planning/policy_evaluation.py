"""Policy evaluation: what is a given policy worth, from every state?

The Bellman expectation equation v = r + discount * P v is a system of S linear equations. It can be solved outright, at
a cost that grows like S^3 for a full P, or approached by sweeping: each sweep costs as many operations as P has entries
and shrinks the error at least by the discount. Source: Sutton & Barto, 2nd edition, section 4.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import splu

from rlcourse.mdp import FiniteMDP, MarkovRewardProcess
from rlcourse.mdp.arrays import Floats
from rlcourse.tabular.planning.sweep import Sweep, first_value, sweeps


def evaluate_policy_exactly(mdp: FiniteMDP, policy: npt.ArrayLike) -> Floats:
    """Solve v = r_pi + discount * P_pi v for v_pi, [S] (equation 4.4).

    Raises ValueError at discount 1 where the policy never reaches a terminal state: the return is then an endless sum.
    """
    process = mdp.under(policy)
    require_an_end(mdp, process)
    live = np.flatnonzero(~process.terminal)  # terminal values are 0: drop their rows and columns
    system = sparse.eye_array(live.size, format="csr") - process.discount * process.transition[live][:, live]
    value = np.zeros(mdp.num_states)
    try:
        if system.nnz > 0.1 * live.size**2:  # factorising a full matrix as if it were sparse is slower by far
            value[live] = np.linalg.solve(system.toarray(), process.reward[live])
        else:
            value[live] = splu(system.tocsc()).solve(process.reward[live])
    except (RuntimeError, np.linalg.LinAlgError):  # singular, to the last digit
        raise ValueError("this policy ends too rarely for floating point to tell; use a discount below 1") from None
    return value


def evaluate_policy(
    mdp: FiniteMDP,
    policy: npt.ArrayLike,
    *,
    in_place: bool = False,
    tolerance: float = 1e-8,
    initial: npt.ArrayLike | None = None,
    max_sweeps: int = 100_000,
) -> Iterator[Sweep]:
    """Iterative policy evaluation: v(s) <- r_pi(s) + discount * sum_s' p_pi(s' | s) v(s') (equation 4.5).

    Yields every sweep, each with an array of its own, until one changes no value by `tolerance` or more. Synchronous
    sweeps look at the old values throughout; with `in_place` each state sees what this sweep has already found, in the
    order of the states. Raises ValueError as `evaluate_policy_exactly` does, RuntimeError after `max_sweeps`.
    """
    process = mdp.under(policy)
    require_an_end(mdp, process)
    backup = _in_place if in_place else _synchronous
    return sweeps(backup(process), first_value(mdp, initial), tolerance, max_sweeps)


def _synchronous(process: MarkovRewardProcess) -> Callable[[Floats], Floats]:
    return lambda v: process.reward + process.discount * (process.transition @ v)


def _in_place(process: MarkovRewardProcess) -> Callable[[Floats], Floats]:
    """State s uses the new values of the states before it and the old ones of itself and those behind it.

    With P = L + U split below the diagonal this is (I - discount L) v_new = r + discount U v_old: a triangular system,
    whose forward substitution visits the states in exactly that order (the Gauss-Seidel method).
    """
    before, rest = sparse.tril(process.transition, -1), sparse.csr_array(sparse.triu(process.transition))
    identity = sparse.eye_array(process.reward.size)
    forward = splu(sparse.csc_array(identity - process.discount * before), permc_spec="NATURAL")
    return lambda v: forward.solve(process.reward + process.discount * (rest @ v))


def require_an_end(mdp: FiniteMDP, process: MarkovRewardProcess) -> None:
    """Raise ValueError at discount 1 where the process never reaches a terminal state from some state."""
    if process.discount == 1.0 and process.endless.size:
        raise ValueError(
            f"this policy never ends from {process.endless.size} of {mdp.num_states} states "
            f"({mdp.listed(process.endless)}), so at discount 1 their returns are endless sums; "
            "use a discount below 1, or a policy that reaches a terminal state"
        )
