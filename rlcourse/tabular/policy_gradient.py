r"""The gradient of the expected return by the logits of a softmax policy: exactly, and estimated from episodes.

    pi(a | s) = exp(logits[s, a]) / sum_b exp(logits[s, b])        J = sum_s start(s) v_pi(s)

The policy gradient theorem (Sutton et al. 2000; Sutton & Barto, 2nd edition, section 13.2) needs the values and the
expected visits of the policy, but no derivative of either:

    dJ / dlogits[s, b] = eta(s) pi(b | s) (q_pi(s, b) - v_pi(s)),    eta(s) = sum_t discount^t Pr(S_t = s).

Whoever does not know the world averages over episodes instead (Williams 1992), where the gradient of log pi(A | S) by
logits[S, b] is 1[A = b] - pi(b | S):

    E[ sum_t discount^t (G_t - b(S_t)) grad log pi(A_t | S_t) ].
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlcourse.mdp import FiniteMDP
from rlcourse.mdp.arrays import Floats
from rlcourse.mdp.sample_episodes import sample_episodes
from rlcourse.tabular.planning.bellman import action_values, validated_value
from rlcourse.tabular.planning.occupancy import expected_visits
from rlcourse.tabular.planning.policy_evaluation import evaluate_policy_exactly


def softmax_policy(mdp: FiniteMDP, logits: npt.ArrayLike) -> Floats:
    """The policy pi(a | s) proportional to exp(logits[s, a]), [S, A]; 0 for an unavailable action.

    Raises ValueError for logits of the wrong shape or, at an available action, NaN or infinity.
    """
    given = np.asarray(logits, dtype=np.float64)
    shape = (mdp.num_states, mdp.num_actions)
    if given.shape != shape:
        raise ValueError(f"logits have shape {given.shape}; expected {shape}, one for each state and action")
    if not np.isfinite(given[mdp.allowed]).all():
        raise ValueError("logits hold NaN or infinity; expected finite numbers")
    masked = np.where(mdp.allowed, given, -np.inf)
    weight = np.exp(masked - masked.max(axis=1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def objective(mdp: FiniteMDP, logits: npt.ArrayLike) -> float:
    """J, the expected return of the softmax policy from the start: sum_s start(s) v_pi(s)."""
    return float(mdp.start @ evaluate_policy_exactly(mdp, softmax_policy(mdp, logits)))


def policy_gradient(mdp: FiniteMDP, logits: npt.ArrayLike) -> Floats:
    """The exact gradient of J, [S, A]: eta(s) pi(a | s) (q_pi(s, a) - v_pi(s)), 0 for an unavailable action."""
    policy = softmax_policy(mdp, logits)
    v = evaluate_policy_exactly(mdp, policy)
    advantage = np.where(mdp.allowed, action_values(mdp, v) - v[:, None], 0.0)
    return np.asarray(expected_visits(mdp, policy)[:, None] * policy * advantage)


def sampled_policy_gradient(
    mdp: FiniteMDP,
    logits: npt.ArrayLike,
    *,
    episodes: int,
    seed: int = 0,
    reward_to_go: bool = True,
    baseline: npt.ArrayLike = 0.0,
    discount_visits: bool = True,
) -> Floats:
    r"""An estimate of the gradient of J from each of so many episodes, [episodes, S, A]; their mean is unbiased.

    sum_t discount^t (G_t - b(S_t)) grad log pi(A_t | S_t). `baseline` is b, a number or an array [S]. Without
    `reward_to_go` every step is weighted by the whole return instead, G_0 - b(S_t) without the factor.

    Without `discount_visits` the factor discount^t is left out, as nearly all programs leave it out. Below discount 1
    the mean then is not the gradient of J, and in general of no function at all (Thomas 2014, "Bias in natural
    actor-critic algorithms"; Nota & Thomas 2020, "Is the policy gradient a gradient?"): late steps count in full, while
    the returns behind them are discounted.

    Raises ValueError for arguments that do not fit, RuntimeError where episodes need not end.
    """
    if not (reward_to_go or discount_visits):
        raise ValueError("the whole return has no factor to leave out: discount_visits=False needs reward_to_go")
    policy = softmax_policy(mdp, logits)
    b = validated_value(mdp, np.broadcast_to(np.asarray(baseline, dtype=np.float64), mdp.num_states))
    data = sample_episodes(mdp, policy, runs=episodes, episodes=1, seed=seed)
    episode, t = np.nonzero(~data.padding)
    state, action = data.state[episode, t], data.action[episode, t]
    weight = data.returns[episode, t if reward_to_go else 0] - b[state]
    if reward_to_go and discount_visits:
        weight *= mdp.discount**t
    place = episode * mdp.num_states + state
    size = episodes * mdp.num_states
    taken = np.bincount(place * mdp.num_actions + action, weight, size * mdp.num_actions)
    summed = np.bincount(place, weight, size).reshape(episodes, mdp.num_states, 1)
    return np.asarray(taken.reshape(episodes, mdp.num_states, mdp.num_actions) - summed * policy)
