"""Off-policy Monte Carlo: judge one policy by what happened to another.

A return that the behaviour b produced counts as often as the target pi would have produced it, from that step on:

    rho_t = product over k = t, ..., T - 1 of pi(A_k | S_k) / b(A_k | S_k)

    ordinary   V(s) = sum of rho_t G_t / number of visits      unbiased; its variance can be infinite
    weighted   V(s) = sum of rho_t G_t / sum of rho_t          biased, by less and less; never beyond the returns seen

Source: Sutton & Barto, 2nd edition, sections 5.5 and 5.6, equations (5.3) to (5.8).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlcourse.mdp.arrays import Floats
from rlcourse.mdp.experience import Experience
from rlcourse.tabular.prediction.monte_carlo import Visits
from rlcourse.tabular.prediction.recorder import RecordValues
from rlcourse.tabular.prediction.table_playback import TablePlayback


def importance_sampling(
    experience: Experience,
    *,
    target: npt.ArrayLike,
    behaviour: npt.ArrayLike,
    weighted: bool = True,
    every_visit: bool = False,
    initial: npt.ArrayLike = 0.0,
    record: RecordValues = "values",
) -> Floats:
    """The values of policy `target` [S, A], estimated from experience of `behaviour` [S, A]; [runs, episodes, S].

    `initial` is what a state is worth as long as no return counts (no visit yet; weighted: all weights 0). `record` as
    in `td_prediction`. Raises ValueError where the policies are not distributions, where the target may do what the
    behaviour never does (no coverage), or where the experience holds an action that the behaviour never takes.
    """
    weight = importance_ratios(experience, target, behaviour)
    playback = TablePlayback(experience, (), initial, record)
    returns, rho = experience.returns.T, weight.T
    visits, table = Visits(experience), playback.table
    total = np.zeros_like(table)  # the sum of the weights so far, C in the book
    for t, run, here, _, _ in playback:
        counted, number = visits.count(t, run, here, every_visit)
        value, g, w = table[here], returns[t].take(run)[:, None], counted * rho[t].take(run)[:, None]  # [live, 1]
        if weighted:
            total[here] += w
            share = np.divide(w, total[here], out=np.zeros_like(w), where=w > 0)
            table[here] = value + share * (g - value)
        else:
            table[here] = value + counted / number * (w * g - value)
    return playback.result


def importance_ratios(experience: Experience, target: npt.ArrayLike, behaviour: npt.ArrayLike) -> Floats:
    """rho_t, from each step to the end of its episode, [runs, T]; 1 in the padding. Errors as `importance_sampling`."""
    pi, b = _policy("target", target, experience), _policy("behaviour", behaviour, experience)
    if pi.shape != b.shape:
        raise ValueError(f"target has {pi.shape[1]} actions and behaviour {b.shape[1]}; expected the same number")
    live = ~experience.terminal
    uncovered = (pi > 0) & (b == 0) & live[:, None]
    if uncovered.any():
        s, a = (int(i) for i in np.argwhere(uncovered)[0])
        raise ValueError(
            f"no coverage: in state {s} the target takes action {a} with probability {pi[s, a]:g}, the behaviour "
            "never; what it would lead to cannot be learned from this behaviour"
        )
    state, action = experience.state, experience.action
    if action.min() < 0 or action.max() >= b.shape[1]:
        raise ValueError(f"the experience holds actions {action.min()}..{action.max()}; the policies have {b.shape[1]}")
    taken = np.where(live[state], b[state, action], 1.0)
    if (taken == 0).any():
        run, step = (int(i) for i in np.argwhere(taken == 0)[0])
        raise ValueError(
            f"run {run}, step {step}: action {action[run, step]} in state {state[run, step]}, which the behaviour "
            "never takes; expected the policy that the experience was sampled with"
        )
    ratio = np.where(live[state], pi[state, action], 1.0) / taken
    ratio, end = ratio.T.copy(), experience.end.T.copy()  # time first
    for t in reversed(range(len(ratio) - 1)):
        ratio[t] *= np.where(end[t], 1.0, ratio[t + 1])
    return ratio.T


def _policy(name: str, policy: npt.ArrayLike, experience: Experience) -> Floats:
    weight = np.asarray(policy, dtype=np.float64)
    if weight.ndim != 2 or len(weight) != experience.num_states:
        raise ValueError(f"{name} has shape {weight.shape}; expected [{experience.num_states} states, actions]")
    wrong = ~((weight >= 0).all(axis=1) & (np.abs(weight.sum(axis=1) - 1) <= 1e-9)) & ~experience.terminal
    if wrong.any():
        state = int(np.argmax(wrong))
        raise ValueError(f"{name} in state {state} is {weight[state]}; expected probabilities that sum to 1")
    return weight
