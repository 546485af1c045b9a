"""Occupancy: where a policy spends its time.

The value of a policy is the reward it collects where it is, so it can be read from the occupancy as well:

    sum_s start(s) v(s) = 1 / (1 - discount) * sum_s d(s) r(s)

Policy-gradient methods live on this distribution. Sources: Puterman, Markov Decision Processes (1994), section 6.9;
Sutton & Barto, 2nd edition, section 9.2.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import spsolve

from rlcourse.mdp import FiniteMDP
from rlcourse.mdp.arrays import Floats
from rlcourse.tabular.planning.policy_evaluation import require_an_end


def discounted_occupancy(mdp: FiniteMDP, policy: npt.ArrayLike) -> Floats:
    """d(s) = (1 - discount) * sum_t discount^t Pr(S_t = s | start, policy), a distribution over the states, [S].

    Terminal states keep what has arrived there. Raises ValueError at discount 1, where the sum has no weights left.
    """
    process = mdp.under(policy)
    if process.discount == 1.0:
        raise ValueError("at discount 1 there is no discounted occupancy; use a discount below 1")
    # d = (1 - discount) start + discount P^T d: the flow into a state, from the start and from the states before it
    flow = sparse.eye_array(mdp.num_states) - process.discount * process.transition.T
    return np.asarray(spsolve(flow.tocsc(), (1.0 - process.discount) * process.start))


def expected_visits(mdp: FiniteMDP, policy: npt.ArrayLike) -> Floats:
    """eta(s) = sum_t discount^t Pr(S_t = s | start, policy), [S]; 0 in terminal states (Sutton & Barto, eq. 9.2).

    Unlike the occupancy it counts no time after the end, so it exists at discount 1 too, where episodes end. Raises
    ValueError at discount 1 where the policy never reaches a terminal state from some state.
    """
    process = mdp.under(policy)
    live = np.flatnonzero(~process.terminal)
    require_an_end(mdp, process)
    flow = sparse.eye_array(live.size) - process.discount * process.transition[live][:, live].T
    visits = np.zeros(mdp.num_states)
    visits[live] = spsolve(flow.tocsc(), process.start[live])
    return visits


def stationary_distribution(mdp: FiniteMDP, policy: npt.ArrayLike) -> Floats:
    """The distribution d = P^T d that the chain settles into, [S], where episodes that end start again.

    A terminal state leads back to the start distribution and is not counted as time. Raises ValueError where the long
    run depends on the start (several groups of states that are never left).
    """
    process = mdp.under(policy)
    live = ~process.terminal
    to_end = process.transition[:, process.terminal].sum(axis=1)
    chain = process.transition[live][:, live].toarray() + np.outer(to_end[live], process.start[live])
    groups, label = sparse.csgraph.connected_components(chain, connection="strong")
    leaves = np.zeros(groups, dtype=bool)
    out = chain > 0
    leaves[label[(out & (label[:, None] != label[None, :])).any(axis=1)]] = True
    if (~leaves).sum() != 1:
        raise ValueError(
            f"this policy has {(~leaves).sum()} groups of states that it never leaves, so the long run depends "
            "on the start"
        )
    # d (I - P) = 0 has one solution up to its size; replacing one equation by "sums to one" fixes that
    system = np.eye(chain.shape[0]) - chain.T
    system[-1] = 1.0
    distribution = np.zeros(mdp.num_states)
    distribution[live] = np.linalg.solve(system, np.eye(chain.shape[0])[-1])
    return distribution
