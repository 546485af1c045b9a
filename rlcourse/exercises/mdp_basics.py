"""Notebook 01 · MDP basics: its exercises, quiz questions and predictions.

The functions that students write take dense arrays: transition [S, A, S] holds p(s' | s, a), reward [S, A] holds r(s, a),
a policy [S, A] holds pi(a | s). Unless a `terminal` mask is passed, terminal states loop on themselves with reward 0.
"""

from __future__ import annotations

from collections.abc import Callable

import gymnasium
import numpy as np
import numpy.typing as npt

from rlcourse import tabular
from rlcourse.exercises.format import Exercise, Mistake, Option, Prediction, Question
from rlcourse.mdp import FiniteMDP

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


# ------------------------------------------------------------------------------------------- small worlds for the checks


def small_world() -> tuple[Floats, Floats]:
    """Three states, two actions, hardly a number twice: wherever axes are mixed up, it shows. The last state is the end."""
    transition = np.array(
        [[[0.9, 0.1, 0.0], [0.2, 0.5, 0.3]], [[0.4, 0.6, 0.0], [0.0, 0.7, 0.3]], [[0.0, 0.0, 1.0]] * 2]
    )
    return transition, np.array([[1.0, -2.0], [0.5, 3.0], [0.0, 0.0]])


def random_world(states: int, actions: int, seed: int) -> tuple[Floats, Floats]:
    """A world without structure, the last state terminal."""
    rng = np.random.default_rng(seed)
    transition = rng.dirichlet(np.full(states, 0.5), size=(states, actions))
    reward = rng.normal(size=(states, actions)).round(1)
    transition[-1], reward[-1] = np.eye(states)[-1], 0.0
    return transition, reward


def random_policy(states: int, actions: int, seed: int) -> Floats:
    return np.random.default_rng(seed).dirichlet(np.ones(actions), size=states)


def cliff_table() -> tuple[Floats, Floats, Bools]:
    """Gymnasium's CliffWalking as dense arrays, as its table stands: the goal's rows lead back onto the map."""
    with gymnasium.make("CliffWalking-v1") as env:
        table = env.unwrapped.P  # type: ignore[attr-defined]
    states, actions = len(table), len(table[0])
    transition, reward = np.zeros((states, actions, states)), np.zeros((states, actions))
    terminal = np.zeros(states, dtype=bool)
    for s in range(states):
        for a in range(actions):
            for prob, successor, pay, terminated in table[s][a]:
                transition[s, a, successor] += prob
                reward[s, a] += prob * pay
                terminal[successor] |= terminated
    return transition, reward, terminal


def as_mdp(transition: Floats, reward: Floats, discount: float) -> FiniteMDP:
    """The arrays of an exercise as the package's object, to hand them to the package's solvers."""
    own = np.arange(len(transition))
    loops = (transition[own, :, own] == 1).all(axis=1) & (reward == 0).all(axis=1)
    return FiniteMDP.from_dense(transition, reward, discount=discount, terminal=loops)


# ---------------------------------------------------------------------------------------------------------- 1.1 returns


def returns(rewards: Floats, discount: float) -> Floats:
    """G_t = R_{t+1} + discount * G_{t+1}, for every t."""
    result = np.zeros(len(rewards))
    following = 0.0
    for t in reversed(range(len(rewards))):
        result[t] = following = rewards[t] + discount * following
    return result


def _returns_undiscounted(rewards: Floats, discount: float) -> Floats:
    return np.cumsum(rewards[::-1])[::-1]


def _returns_first_discounted(rewards: Floats, discount: float) -> Floats:
    return discount * returns(rewards, discount)


def _returns_from_the_past(rewards: Floats, discount: float) -> Floats:
    return returns(rewards[::-1], discount)[::-1]


def _returns_only_first(rewards: Floats, discount: float) -> float:
    return float(returns(rewards, discount)[0])


def _returns_not_reversed(rewards: Floats, discount: float) -> Floats:
    return returns(rewards, discount)[::-1]


def _returns_by_the_clock(rewards: Floats, discount: float) -> Floats:
    weighted = rewards * discount ** np.arange(len(rewards))
    return np.cumsum(weighted[::-1])[::-1]


# -------------------------------------------------------------------------------------------- 1.2 from MDP to reward process


def under(policy: Floats, transition: Floats, reward: Floats) -> tuple[Floats, Floats]:
    """p_pi(s' | s) and r_pi(s): the actions averaged out."""
    return np.einsum("sa,sat->st", policy, transition), (policy * reward).sum(axis=1)


def _under_unweighted(policy: Floats, transition: Floats, reward: Floats) -> tuple[Floats, Floats]:
    return transition.mean(axis=1), reward.mean(axis=1)


def _under_only_transition(policy: Floats, transition: Floats, reward: Floats) -> tuple[Floats, Floats]:
    return under(policy, transition, reward)[0], reward.mean(axis=1)


def _under_likeliest(policy: Floats, transition: Floats, reward: Floats) -> tuple[Floats, Floats]:
    rows, best = np.arange(len(policy)), policy.argmax(axis=1)
    return transition[rows, best], reward[rows, best]


def _under_summed(policy: Floats, transition: Floats, reward: Floats) -> tuple[Floats, Floats]:
    return transition.sum(axis=1), reward.sum(axis=1)


# --------------------------------------------------------------------------------------------------- 1.3 action values


def action_values(v: Floats, transition: Floats, reward: Floats, discount: float) -> Floats:
    """q(s, a) = r(s, a) + discount * sum_s' p(s' | s, a) v(s')."""
    return tabular.action_values(as_mdp(transition, reward, discount), v)


def _q_undiscounted(v: Floats, transition: Floats, reward: Floats, discount: float) -> Floats:
    return reward + transition @ v


def _q_reward_discounted(v: Floats, transition: Floats, reward: Floats, discount: float) -> Floats:
    return discount * (reward + transition @ v)


def _q_without_reward(v: Floats, transition: Floats, reward: Floats, discount: float) -> Floats:
    return discount * transition @ v


def _q_of_own_state(v: Floats, transition: Floats, reward: Floats, discount: float) -> Floats:
    return reward + discount * v[:, None]


def _q_transposed(v: Floats, transition: Floats, reward: Floats, discount: float) -> Floats:
    return reward + discount * np.einsum("sat,s->ta", transition, v)


# ------------------------------------------------------------------------------------------------- 1.4 Bellman, solved


def solve_bellman(transition: Floats, reward: Floats, discount: float) -> Floats:
    """v = (I - discount * P)^-1 r for a reward process: transition [S, S], reward [S]."""
    process = FiniteMDP.from_dense(transition[:, None, :], reward[:, None], discount=discount)
    return tabular.evaluate_policy_exactly(process, np.ones((len(reward), 1)))


def _bellman_plus(transition: Floats, reward: Floats, discount: float) -> Floats:
    return np.asarray(np.linalg.solve(np.eye(len(reward)) + discount * transition, reward), dtype=np.float64)


def _bellman_transposed(transition: Floats, reward: Floats, discount: float) -> Floats:
    return np.asarray(np.linalg.solve(np.eye(len(reward)) - discount * transition.T, reward), dtype=np.float64)


def _bellman_reward_discounted(transition: Floats, reward: Floats, discount: float) -> Floats:
    return discount * solve_bellman(transition, reward, discount)


def _bellman_undiscounted(transition: Floats, reward: Floats, discount: float) -> Floats:
    return np.asarray(np.linalg.solve(np.eye(len(reward)) - transition, reward), dtype=np.float64)


def _bellman_without_identity(transition: Floats, reward: Floats, discount: float) -> Floats:
    return np.asarray(np.linalg.solve(1 - discount * transition, reward), dtype=np.float64)


def _bellman_one_step(transition: Floats, reward: Floats, discount: float) -> Floats:
    return reward + discount * transition @ reward


# ------------------------------------------------------------------------------------------------ 1.5 greedy, ties shared


def greedy(q: Floats) -> Floats:
    """The policy [S, A] that shares its probability among the best actions of each state."""
    best = np.isclose(q, q.max(axis=1, keepdims=True), rtol=1e-9, atol=1e-12).astype(float)
    return best / best.sum(axis=1, keepdims=True)


def _greedy_to_the_last_digit(q: Floats) -> Floats:
    best = (q == q.max(axis=1, keepdims=True)).astype(float)
    return best / best.sum(axis=1, keepdims=True)


def _greedy_of_all(q: Floats) -> Floats:
    best = np.isclose(q, q.max(), rtol=1e-9, atol=1e-12).astype(float)
    with np.errstate(invalid="ignore"):
        return best / best.sum(axis=1, keepdims=True)


def _greedy_proportional(q: Floats) -> Floats:
    with np.errstate(invalid="ignore"):  # an action that is not available: -inf / -inf
        return q / q.sum(axis=1, keepdims=True)


def _greedy_over_states(q: Floats) -> Floats:
    best = np.isclose(q, q.max(axis=0, keepdims=True)).astype(float)
    return best / best.sum(axis=0, keepdims=True)


def _greedy_first(q: Floats) -> Floats:
    return np.eye(q.shape[1])[q.argmax(axis=1)]


def _greedy_unshared(q: Floats) -> Floats:
    return np.isclose(q, q.max(axis=1, keepdims=True)).astype(float)


def _greedy_indices(q: Floats) -> npt.NDArray[np.int64]:
    return q.argmax(axis=1)


def _greedy_softmax(q: Floats) -> Floats:
    weight = np.exp(q - q.max(axis=1, keepdims=True))
    return weight / weight.sum(axis=1, keepdims=True)


# ---------------------------------------------------------------------------------------------------- 1.6 value iteration


def optimal_values(transition: Floats, reward: Floats, discount: float, tolerance: float = 1e-8) -> Floats:
    """v* by value iteration, until a sweep changes no value by `tolerance` or more."""
    *_, last = tabular.value_iteration(as_mdp(transition, reward, discount), tolerance=tolerance)
    return last.value


def _iterated(
    backup: Callable[[Floats, Floats, Floats, float], Floats],
    transition: Floats,
    reward: Floats,
    discount: float,
    tolerance: float,
    sweeps: int = 2000,
) -> Floats:
    """Value iteration with another backup, for the known mistakes."""
    v = np.zeros(len(reward))
    for _ in range(sweeps):
        new = backup(v, transition, reward, discount)
        change, v = np.abs(new - v).max(), new
        if change < tolerance:
            break
    return v


def _mean_over_actions(transition: Floats, reward: Floats, discount: float, tolerance: float = 1e-8) -> Floats:
    return _iterated(lambda v, p, r, g: (r + g * p @ v).mean(axis=1), transition, reward, discount, tolerance)


def _one_sweep(transition: Floats, reward: Floats, discount: float, tolerance: float = 1e-8) -> Floats:
    return reward.max(axis=1)


def _in_place(transition: Floats, reward: Floats, discount: float, tolerance: float = 1e-8) -> Floats:
    v, change = np.zeros(len(reward)), np.inf
    while change >= tolerance:
        change = 0.0
        for s in range(len(v)):
            new = (reward[s] + discount * transition[s] @ v).max()
            change = max(change, abs(new - v[s]))
            v[s] = new
    return v


def _never_stops_early(transition: Floats, reward: Floats, discount: float, tolerance: float = 1e-8) -> Floats:
    return optimal_values(transition, reward, discount)


def _best_reward_first(transition: Floats, reward: Floats, discount: float, tolerance: float = 1e-8) -> Floats:
    return _iterated(
        lambda v, p, r, g: r.max(axis=1) + g * (p @ v).max(axis=1), transition, reward, discount, tolerance
    )


def _action_values_returned(transition: Floats, reward: Floats, discount: float, tolerance: float = 1e-8) -> Floats:
    v = optimal_values(transition, reward, discount, tolerance)
    return reward + discount * transition @ v


# -------------------------------------------------------------------------------- 1.7, 1.8, 1.9 three broken value iterations


def sweep(v: Floats, transition: Floats, reward: Floats, discount: float, terminal: Bools) -> Floats:
    """One sweep of value iteration on a table whose terminal rows cannot be trusted."""
    q = reward + discount * transition @ np.where(terminal, 0.0, v)
    return np.where(terminal, 0.0, q.max(axis=1))


def broken_sweep_a(v: Floats, transition: Floats, reward: Floats, discount: float, terminal: Bools) -> Floats:
    q = reward + discount * transition @ v
    return q.max(axis=1)


def broken_sweep_b(v: Floats, transition: Floats, reward: Floats, discount: float, terminal: Bools) -> Floats:
    v = np.where(terminal, 0.0, v)
    backup = transition * (reward[:, :, None] + discount * v)  # [S, A, S']
    return np.where(terminal, 0.0, backup.sum(axis=1).max(axis=1))


def broken_sweep_c(v: Floats, transition: Floats, reward: Floats, discount: float, terminal: Bools) -> Floats:
    v = np.where(terminal, 0.0, v)
    q = discount * (reward + transition @ v)
    return np.where(terminal, 0.0, q.max(axis=1))


def _sweep_terminal_half(v: Floats, transition: Floats, reward: Floats, discount: float, terminal: Bools) -> Floats:
    q = reward + discount * transition @ v
    return np.where(terminal, 0.0, q.max(axis=1))


def _sweep_terminal_reward(v: Floats, transition: Floats, reward: Floats, discount: float, terminal: Bools) -> Floats:
    q = reward + discount * transition @ np.where(terminal, 0.0, v)
    return q.max(axis=1)


def _sweep_masked_sources(v: Floats, transition: Floats, reward: Floats, discount: float, terminal: Bools) -> Floats:
    q = reward + discount * ~terminal[:, None] * (transition @ v)
    return q.max(axis=1)


def _sweep_mean(v: Floats, transition: Floats, reward: Floats, discount: float, terminal: Bools) -> Floats:
    q = reward + discount * transition @ np.where(terminal, 0.0, v)
    return np.where(terminal, 0.0, q.mean(axis=1))


def _sweep_sum_of_max(v: Floats, transition: Floats, reward: Floats, discount: float, terminal: Bools) -> Floats:
    v = np.where(terminal, 0.0, v)
    backup = transition * (reward[:, :, None] + discount * v)
    return np.where(terminal, 0.0, backup.max(axis=1).sum(axis=1))


def _sweep_max_of_max(v: Floats, transition: Floats, reward: Floats, discount: float, terminal: Bools) -> Floats:
    v = np.where(terminal, 0.0, v)
    backup = transition * (reward[:, :, None] + discount * v)
    return np.where(terminal, 0.0, backup.max(axis=(1, 2)))


def _sweep_undiscounted(v: Floats, transition: Floats, reward: Floats, discount: float, terminal: Bools) -> Floats:
    q = reward + transition @ np.where(terminal, 0.0, v)
    return np.where(terminal, 0.0, q.max(axis=1))


def _sweep_only_reward_discounted(
    v: Floats, transition: Floats, reward: Floats, discount: float, terminal: Bools
) -> Floats:
    q = discount * reward + transition @ np.where(terminal, 0.0, v)
    return np.where(terminal, 0.0, q.max(axis=1))


def _sweep_twice_discounted(v: Floats, transition: Floats, reward: Floats, discount: float, terminal: Bools) -> Floats:
    q = reward + discount**2 * transition @ np.where(terminal, 0.0, v)
    return np.where(terminal, 0.0, q.max(axis=1))


def _sweep_cases() -> list[tuple[Floats, Floats, Floats, float, Bools]]:
    transition, reward = small_world()
    transition[2], reward[2] = transition[0], reward[0]  # the terminal row cannot be trusted, as in a raw table
    terminal = np.array([False, False, True])
    cliff = cliff_table()
    rng = np.random.default_rng(4)
    return [
        (np.array([10.0, -4.0, 8.0]), transition, reward, 0.5, terminal),
        (rng.normal(size=len(cliff[1])).round(1), cliff[0], cliff[1], 0.9, cliff[2]),
    ]


def _show_sweep(v: Floats, transition: Floats, reward: Floats, discount: float, terminal: Bools) -> str:
    some = ", ".join(f"{x:g}" for x in v[:4]) + (", ..." if len(v) > 4 else "")
    return f"{len(v)} states, {reward.shape[1]} actions, discount {discount}, v = [{some}], last state terminal"


EXERCISES = (
    Exercise(
        number="1.1",
        title="Returns, computed backwards",
        reference=returns,
        cases=(
            (np.array([5.0]), 0.9),
            (np.array([1.0, 2.0, 3.0]), 0.5),
            (np.array([0.0, 0.0, 0.0, 10.0]), 0.9),
            (np.array([-1.0, -1.0, -1.0]), 1.0),
            (np.array([2.0, -3.0, 7.0]), 0.0),
        ),
        mistakes=(
            Mistake(_returns_undiscounted, "this is the undiscounted return: the discount never enters."),
            Mistake(
                _returns_first_discounted,
                "every reward is discounted once too often: the first one, $R_{t+1}$, counts in full.",
            ),
            Mistake(
                _returns_from_the_past,
                "this sums the past: a return looks forward, from $R_{t+1}$ on, so run through time backwards.",
            ),
            Mistake(
                _returns_not_reversed,
                "the numbers are right but in reverse order: $G_0$ comes first, so turn round what was found going backwards.",
            ),
            Mistake(
                _returns_only_first, "this is $G_0$ alone; the return of every step $t$ was asked for, as an array."
            ),
            Mistake(
                _returns_by_the_clock,
                "this discounts by the time since the start of the episode; $G_t$ discounts by the time since $t$.",
            ),
        ),
    ),
    Exercise(
        number="1.2",
        title="From an MDP and a policy to a reward process",
        reference=under,
        cases=lambda: (
            (np.array([[0.25, 0.75], [0.9, 0.1], [0.5, 0.5]]), *small_world()),
            (random_policy(4, 3, seed=1), *random_world(4, 3, seed=2)),
        ),
        mistakes=(
            Mistake(
                _under_unweighted,
                "the actions are averaged with equal weights: that is the uniform policy, whatever pi says.",
            ),
            Mistake(_under_only_transition, "p is right, but the rewards are not weighted with the policy."),
            Mistake(
                _under_likeliest,
                "this follows the likeliest action only; the policy takes the others too, as often as it says.",
            ),
            Mistake(_under_summed, "the actions are summed without their probabilities; rows must sum to one."),
        ),
    ),
    Exercise(
        number="1.3",
        title="One step of looking ahead",
        reference=action_values,
        cases=lambda: (
            (np.array([10.0, -4.0, 0.0]), *small_world(), 0.5),
            (np.array([1.0, -2.0, 3.0, 0.0]), *random_world(4, 3, seed=5), 0.9),
        ),
        mistakes=(
            Mistake(_q_undiscounted, "the next state's value is not discounted."),
            Mistake(
                _q_reward_discounted,
                "the reward is discounted too; it comes at once and counts in full, only what follows is discounted.",
            ),
            Mistake(_q_without_reward, "the reward of the step itself is missing."),
            Mistake(
                _q_of_own_state,
                "this uses the value of the state you leave; what counts is where the action leads, on average.",
            ),
            Mistake(
                _q_transposed,
                "the sum runs over the first index of `transition`, the state you leave; it must run over the last, s'.",
            ),
        ),
    ),
    Exercise(
        number="1.4",
        title="The Bellman equation, solved",
        reference=solve_bellman,
        cases=lambda: (
            (np.array([[0.5, 0.5], [0.2, 0.8]]), np.array([1.0, 0.0]), 0.9),
            (random_world(5, 1, seed=6)[0][:, 0], np.arange(5.0), 0.8),
        ),
        mistakes=(
            Mistake(
                _bellman_plus,
                "the sign is wrong: moving discount * P v to the left side of v = r + discount * P v makes it negative.",
            ),
            Mistake(
                _bellman_transposed,
                "P is transposed: row s must hold the probabilities of leaving s, and v stands to its right.",
            ),
            Mistake(
                _bellman_undiscounted,
                "the discount is missing. I - P has no inverse (its rows sum to 0), so what comes out is rounding noise.",
            ),
            Mistake(_bellman_reward_discounted, "the rewards are discounted once too often."),
            Mistake(
                _bellman_without_identity,
                "`1 - discount * P` subtracts from *every* entry; I is the identity matrix, `np.eye`.",
            ),
            Mistake(
                _bellman_one_step,
                "this is one sweep from v = r, not the solution: the rewards after the second step are missing.",
            ),
        ),
    ),
    Exercise(
        number="1.5",
        title="Be greedy, share the ties",
        reference=greedy,
        cases=(
            (np.array([[1.0, 3.0, 2.0], [0.0, -1.0, 5.0]]),),
            (np.array([[2.0, 2.0, 1.0], [4.0, 4.0, 4.0]]),),
            (np.array([[0.1 + 0.2, 0.3, -1.0], [-np.inf, 1.0, 1.0]]),),
        ),
        mistakes=(
            Mistake(
                _greedy_first,
                "among equally good actions only the first is taken. Share the probability: that keeps every best "
                "action, and no arbitrary order decides.",
            ),
            Mistake(
                _greedy_to_the_last_digit,
                "all but rounding: 0.1 + 0.2 and 0.3 differ in the last digit, so == sees no tie. Compare with np.isclose.",
            ),
            Mistake(
                _greedy_of_all,
                "this is the maximum of the whole table; each state has its own, so give an axis and keepdims.",
            ),
            Mistake(
                _greedy_proportional,
                "this is proportional to the values; greedy means that only the best actions are taken.",
            ),
            Mistake(
                _greedy_over_states,
                "maximum and sum run over the states, axis 0; a policy chooses among the actions of each state, axis 1.",
            ),
            Mistake(
                _greedy_unshared,
                "every best action has probability 1; they have to share, so that each row sums to one.",
            ),
            Mistake(
                _greedy_indices,
                "these are the indices of the best actions; a policy is an array [S, A] of probabilities.",
            ),
            Mistake(_greedy_softmax, "this is a softmax: worse actions keep some probability, so it is not greedy."),
        ),
    ),
    Exercise(
        number="1.6",
        title="Value iteration",
        reference=optimal_values,
        cases=lambda: (
            (*small_world(), 0.5),
            (*random_world(6, 3, seed=7), 0.9),
            (*random_world(6, 3, seed=7), 0.9, 0.1),
        ),
        rtol=1e-5,
        atol=1e-6,
        mistakes=(
            Mistake(
                _mean_over_actions,
                "this averages over the actions: it is the value of the uniform policy, not the best.",
            ),
            Mistake(
                _one_sweep,
                "this is a single sweep from v = 0, the best immediate reward. Keep sweeping; and if you do, look whether the old values are a copy: after `old = v` both names are one array, and the change is always 0.",
            ),
            Mistake(
                _in_place,
                "new values are used within the sweep that found them. That converges, too, but here each sweep looks at the old values only.",
            ),
            Mistake(
                _never_stops_early, "the values are right, but it does not stop where `tolerance` says: it sweeps on."
            ),
            Mistake(
                _best_reward_first,
                "reward and future are maximised separately, as if two different actions could be taken at once. Add "
                "first, then maximise.",
            ),
            Mistake(
                _action_values_returned,
                "these are the optimal action values q, [S, A]; v is their maximum over the actions.",
            ),
        ),
    ),
    Exercise(
        number="1.7",
        title="Bug hunt: everything costs ten",
        reference=sweep,
        cases=_sweep_cases,
        show=_show_sweep,
        planted=broken_sweep_a,
        symptom="on the cliff every value tends to -10, the goal's and its neighbours' too: as if nobody ever arrived.",
        mistakes=(
            Mistake(
                _sweep_terminal_half,
                "the terminal state's own value is now 0, but the sweep still *reads* whatever v holds there: bootstrapping "
                "through the end.",
            ),
            Mistake(
                _sweep_terminal_reward,
                "nobody reads the terminal state's value any more, but it is not 0: the rows of a raw table go on after "
                "the end.",
            ),
            Mistake(
                _sweep_masked_sources,
                "the mask stands on the states that are left; it belongs on those that are entered, inside the sum over s'.",
            ),
        ),
    ),
    Exercise(
        number="1.8",
        title="Bug hunt: everything is free",
        reference=sweep,
        cases=_sweep_cases,
        show=_show_sweep,
        planted=broken_sweep_b,
        symptom="on the cliff every value is 0, although each step costs 1.",
        mistakes=(
            Mistake(_sweep_mean, "the chance nodes are right now, but the actions are averaged instead of maximised."),
            Mistake(
                _sweep_sum_of_max,
                "for each successor the best action is picked separately; one action has to be chosen for all of them. Sum "
                "over s' first.",
            ),
            Mistake(
                _sweep_max_of_max,
                "this maximises over the successors as well: you choose the action, the world chooses the successor.",
            ),
        ),
    ),
    Exercise(
        number="1.9",
        title="Bug hunt: every size is a tenth too small",
        reference=sweep,
        cases=_sweep_cases,
        show=_show_sweep,
        planted=broken_sweep_c,
        symptom="on the cliff every value is exactly 0.9 times what it should be; the policy looks perfect.",
        mistakes=(
            Mistake(_sweep_undiscounted, "now nothing is discounted at all."),
            Mistake(
                _sweep_only_reward_discounted,
                "now the reward is discounted and the future is not: it is the other way round.",
            ),
            Mistake(
                _sweep_terminal_reward, "the discount is right now, but the terminal state's new value is no longer 0."
            ),
            Mistake(_sweep_twice_discounted, "the reward is right, but the future is discounted twice."),
        ),
    ),
)

PREDICTIONS = (
    Prediction(
        "1.P1",
        "You stand 3 steps from a prize of 1 and 6 steps from a prize of 3. The reward of the $k$-th step counts "
        "$\\gamma^{k-1}$. At which discount do you change your mind?",
        answer=0.693,
        tolerance=0.03,
        below="Lower: there the near prize still wins, since three more steps cost too much.",
        above="Higher: by then the far prize has long been the better one.",
        why="The near prize is worth $\\gamma^{2}$, the far one $3\\gamma^{5}$; they are equal where $\\gamma^3 = 1/3$, at "
        "$\\gamma = 3^{-1/3} = 0.693$. Only the *difference* in distance counts.",
    ),
    Prediction(
        "1.P2",
        "In the grid above, each action in **A** pays 10 and takes you to **a**; in **B** it pays 5 and takes you to **b**. "
        "Running off the edge costs 1. An explorer wanders at random, $\\gamma = 0.9$. What is $v(\\mathrm{A})$, the "
        "expected return from A?",
        options=(
            Option(
                "more than 10",
                "A does pay 10 at once, and one might expect more to come. But A throws you to the bottom edge, where a "
                "random walker bumps into the wall again and again: what follows is worth less than nothing.",
            ),
            Option(
                "exactly 10",
                "10 is the *reward*. The value also holds everything that comes after, discounted, and that is not 0.",
            ),
            Option(
                "less than 10",
                "A pays 10, then throws you to the bottom edge, where a random walker loses more by bumping than it "
                "finds: $v(\\mathrm{A}) = 10 + 0.9 \\cdot v(\\mathrm{a}) = 10 + 0.9 \\cdot (-1.345) = 8.79$.",
                right=True,
            ),
        ),
        in_order=True,
        why="B is the other way round: $v(\\mathrm{B}) = 5.32 > 5$, because b lies in the middle, in reach of A and B.",
    ),
    Prediction(
        "1.P3",
        "Value iteration sweeps until its error is a millionth of what it was at the start. The discount goes from 0.9 to "
        "0.99. How many times as many sweeps does it need now?",
        options=(
            Option(
                "about the same",
                "Every sweep shrinks the error by the factor $\\gamma$, and 0.99 shrinks far less than 0.9.",
            ),
            Option(
                "about 10 times",
                "$k$ sweeps shrink the error by $\\gamma^k$, so $k = \\ln \\epsilon / \\ln \\gamma$, and $\\ln 0.9 / \\ln 0.99 = "
                "10.5$. The horizon $1/(1-\\gamma)$ grows from 10 to 100: that is the same factor.",
                right=True,
            ),
            Option(
                "about 100 times",
                "That would be the square. The horizon $1/(1-\\gamma)$ goes from 10 to 100, and the sweeps go with it.",
            ),
        ),
        in_order=True,
    ),
    Prediction(
        "1.P4",
        "FrozenLake, slippery: every move goes where you want with probability 1/3, and 1/3 to either side. You stand just "
        "left of a hole (the cell in column 0 of row 1) and the goal lies to the lower right. What is the best move?",
        options=(
            Option("down, towards the goal", "One time in three this slips right, into the hole."),
            Option("right", "That is the hole itself: one time in three you fall in at once."),
            Option(
                "left, into the wall",
                "Pushing against the wall, you can only slip up or down, or stay: the hole is out of reach. Patience costs "
                "nothing at $\\gamma = 1$.",
                right=True,
            ),
            Option("up", "One time in three this slips right, into the hole."),
        ),
    ),
)

QUESTIONS = (
    Question(
        "1.Q1",
        "A robot vacuum earns +1 for every bit of dust it picks up. After a week it has learned to tip out its own bag and "
        "pick the dust up again. What went wrong?",
        (
            Option(
                "the discount was too large",
                "It does maximise what it was told to, with any discount: emptying the bag pays again and again.",
            ),
            Option(
                "it has not learned long enough",
                "More learning makes it better at *this*: it is near the optimum of the reward that it was given.",
            ),
            Option(
                "the reward does not say what was wanted",
                "The agent maximises the reward, not the intention. Reward the state you want (a clean floor), not the "
                "activity that usually leads there.",
                right=True,
            ),
            Option("the task has no Markov state", "Bag and floor may well be in the state. The goal itself is off."),
        ),
    ),
    Question(
        "1.Q2",
        "A ball rolls along a line. Which observation is a Markov state for predicting its next position?",
        (
            Option(
                "its position", "Two balls in the same place may roll in different directions: the past still matters."
            ),
            Option(
                "its position and velocity",
                "Given both, earlier positions add nothing to the prediction: that is the Markov property.",
                right=True,
            ),
            Option(
                "the whole list of past positions, and nothing less",
                "That is a Markov state as well, but far more than needed: the last two positions carry the same information.",
            ),
            Option("its velocity", "Without the position you know how it moves, but not where it is."),
        ),
    ),
    Question(
        "1.Q3",
        "You know $q_*(s, a)$ for all actions of a state. How do you get $v_*(s)$?",
        (
            Option(
                "the mean over the actions",
                "That is the value of one random action, followed by optimal ones; the optimal policy does not average.",
            ),
            Option(
                "the maximum over the actions",
                "$v_*(s) = \\max_a q_*(s, a)$: acting optimally means taking a best action.",
                right=True,
            ),
            Option("the sum over the actions", "Values are expectations; only one of the actions is taken."),
            Option(
                "not at all without the model",
                "It is the other direction that needs a model: from $v$ to $q$ you must know where actions lead.",
            ),
        ),
    ),
    Question(
        "1.Q4",
        "In a maze each step pays 0 and the exit pays 1, at $\\gamma = 0.9$. A colleague adds 0.2 to *every* reward, the exit "
        "included. What can happen?",
        (
            Option(
                "nothing: a constant does not change the optimal policy",
                "True only if the episode never ends. Here staying alive now pays 0.2 a step for ever, worth "
                "$0.2 / (1 - 0.9) = 2$.",
            ),
            Option(
                "the agent never leaves the maze",
                "Walking about for ever is worth $0.2/(1-0.9) = 2$, the exit only 1.2. Where episodes end, a constant changes "
                "the goal.",
                right=True,
            ),
            Option("the agent hurries more", "The opposite: every further step is paid for."),
            Option("value iteration diverges", "With $\\gamma < 1$ and bounded rewards it always converges."),
        ),
    ),
    Question(
        "1.Q5",
        "How do policy iteration and value iteration differ?",
        (
            Option(
                "policy iteration finds a better policy in the end",
                "Both end at the same optimal values: there is only one solution of the optimality equation.",
            ),
            Option(
                "value iteration needs no model",
                "Both use $p$ and $r$ in every backup; neither learns from experience.",
            ),
            Option(
                "policy iteration evaluates each policy fully before it improves it; value iteration improves after every sweep",
                "Two nested loops against one: few expensive steps, or many cheap ones.",
                right=True,
            ),
            Option(
                "policy iteration works without discounting, value iteration does not",
                "Both work at $\\gamma = 1$ if episodes end, and both need care there.",
            ),
        ),
    ),
    Question(
        "1.Q6",
        "An MDP has two different optimal policies. What can you say of their values?",
        (
            Option(
                "they are equal in every state",
                "Both reach the maximum in every state, so both values are $v_*$. Policies may differ, the optimal value is "
                "unique.",
                right=True,
            ),
            Option(
                "one may be better in some states, the other elsewhere",
                "Then neither would be optimal: taking the better one in each state would beat both.",
            ),
            Option(
                "they are equal at the start, but may differ elsewhere", "Optimal here means best in *every* state."
            ),
            Option(
                "two optimal policies cannot exist",
                "Ties are common: on an open grid many shortest paths are equally good.",
            ),
        ),
    ),
    Question(
        "1.Q7",
        "You can play a game as often as you like, but nobody tells you its transition probabilities. Which of these can you "
        "still do directly?",
        (
            Option("value iteration", "Each backup needs $p(s' \\mid s, a)$ and $r(s, a)$ for every state: the model."),
            Option("solve the Bellman equation as a linear system", "The matrix of that system *is* the model."),
            Option(
                "average the returns of many episodes played with one policy",
                "An average over samples needs no probabilities. That is Monte Carlo, and notebook 02.",
                right=True,
            ),
            Option(
                "policy improvement from $v_\\pi$", "From $v$ to $q$ you need the model; from $q_\\pi$ you would not."
            ),
        ),
    ),
    Question(
        "1.Q8",
        "What makes reinforcement learning different from supervised learning on the same network?",
        (
            Option(
                "rewards are labels that may be noisy",
                "A label says what the right answer was. A reward only grades the answer that was given, perhaps long after.",
            ),
            Option(
                "the data depend on what the learner does, and feedback is delayed and says how good, not what is right",
                "Hence its two basic problems: exploration (you only see what you try) and credit assignment (which of many "
                "actions earned the reward).",
                right=True,
            ),
            Option("it needs no data", "It needs a great deal, and has to collect it itself."),
            Option(
                "it has no loss function",
                "It can have several (you will meet them from notebook 03 on). The difference lies in where the data come from.",
            ),
        ),
    ),
)
