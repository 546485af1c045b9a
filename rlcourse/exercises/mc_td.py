"""Notebook 02 · Monte Carlo and TD: its exercises, quiz questions and predictions.

The functions that students write take one episode or one step: states are integers, values an array [S] or [S, A], and
`done` says that the step ended the episode.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlcourse.exercises.format import Exercise, Mistake, Option, Prediction, Question

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


# --------------------------------------------------------------------------------------------------- 2.1 incremental mean


def new_mean(mean: float, count: int, value: float) -> float:
    """The mean of count + 1 numbers from the mean of the first count."""
    return mean + (value - mean) / (count + 1)


def _mean_old_count(mean: float, count: int, value: float) -> float:
    return mean + (value - mean) / max(count, 1)


def _mean_sum(mean: float, count: int, value: float) -> float:
    return mean + value / (count + 1)


def _mean_of_two(mean: float, count: int, value: float) -> float:
    return (mean + value) / 2


def _mean_sign(mean: float, count: int, value: float) -> float:
    return mean + (mean - value) / (count + 1)


# ---------------------------------------------------------------------------------------------- 2.2 first-visit returns


def first_visit_returns(states: Ints, rewards: Floats, discount: float) -> dict[int, float]:
    """For each state of an episode the return that followed its first visit."""
    found: dict[int, float] = {}
    following = 0.0
    for t in reversed(range(len(states))):
        following = rewards[t] + discount * following
        found[int(states[t])] = float(following)  # earlier visits come later here, and overwrite
    return found


def _last_visit(states: Ints, rewards: Floats, discount: float) -> dict[int, float]:
    found: dict[int, float] = {}
    following = 0.0
    for t in reversed(range(len(states))):
        following = rewards[t] + discount * following
        found.setdefault(int(states[t]), float(following))
    return found


def _every_visit(states: Ints, rewards: Floats, discount: float) -> dict[int, float]:
    lists: dict[int, list[float]] = {}
    following = 0.0
    for t in reversed(range(len(states))):
        following = rewards[t] + discount * following
        lists.setdefault(int(states[t]), []).append(float(following))
    return {state: sum(returns) / len(returns) for state, returns in lists.items()}


def _first_undiscounted(states: Ints, rewards: Floats, discount: float) -> dict[int, float]:
    return first_visit_returns(states, rewards, 1.0)


def _first_before_reward(states: Ints, rewards: Floats, discount: float) -> dict[int, float]:
    found: dict[int, float] = {}
    following = 0.0
    for t in reversed(range(len(states))):
        found[int(states[t])] = float(following)
        following = rewards[t] + discount * following
    return found


def _first_from_start(states: Ints, rewards: Floats, discount: float) -> dict[int, float]:
    total = first_visit_returns(states, rewards, discount)[int(states[0])]
    return {int(state): total for state in states}


# ------------------------------------------------------------------------------------------------------ 2.3 TD(0) update


def td_update(
    v: Floats, state: int, reward: float, next_state: int, done: bool, alpha: float, discount: float
) -> Floats:
    """The values after one TD(0) update."""
    new = v.copy()
    target = reward + discount * (0.0 if done else v[next_state])
    new[state] += alpha * (target - v[state])
    return new


def _td_through_the_end(
    v: Floats, state: int, reward: float, next_state: int, done: bool, alpha: float, discount: float
) -> Floats:
    return td_update(v, state, reward, next_state, False, alpha, discount)


def _td_undiscounted(
    v: Floats, state: int, reward: float, next_state: int, done: bool, alpha: float, discount: float
) -> Floats:
    return td_update(v, state, reward, next_state, done, alpha, 1.0)


def _td_replaces(
    v: Floats, state: int, reward: float, next_state: int, done: bool, alpha: float, discount: float
) -> Floats:
    return td_update(v, state, reward, next_state, done, 1.0, discount)


def _td_wrong_state(
    v: Floats, state: int, reward: float, next_state: int, done: bool, alpha: float, discount: float
) -> Floats:
    new = v.copy()
    new[next_state] = td_update(v, state, reward, next_state, done, alpha, discount)[state]
    return new


def _td_target_only(
    v: Floats, state: int, reward: float, next_state: int, done: bool, alpha: float, discount: float
) -> Floats:
    new = v.copy()
    new[state] += alpha * (reward + discount * (0.0 if done else v[next_state]))
    return new


def _td_error_only(
    v: Floats, state: int, reward: float, next_state: int, done: bool, alpha: float, discount: float
) -> Floats:
    new = v.copy()
    new[state] = alpha * (reward + discount * (0.0 if done else v[next_state]) - v[state])
    return new


# ------------------------------------------------------------------------------------------- 2.4 n-step return (bug hunt)


def n_step_return(rewards: Floats, values: Floats, t: int, n: int, discount: float) -> float:
    """G_{t:t+n}; rewards[k] is R_{k+1}, values[k] is V(S_k), and the episode ends after len(rewards) steps."""
    end = min(t + n, len(rewards))
    total = sum(discount ** (k - t) * rewards[k] for k in range(t, end))
    if t + n < len(rewards):
        total += discount**n * values[t + n]
    return float(total)


def broken_n_step_return(rewards: Floats, values: Floats, t: int, n: int, discount: float) -> float:
    end = min(t + n + 1, len(rewards))
    total = 0.0
    for k in range(t, end):
        total += discount ** (k - t) * rewards[k]
    if t + n < len(rewards):
        total += discount**n * values[t + n]
    return total


def _n_step_longer(rewards: Floats, values: Floats, t: int, n: int, discount: float) -> float:
    return n_step_return(rewards, values, t, n + 1, discount)


def _n_step_bootstrap_early(rewards: Floats, values: Floats, t: int, n: int, discount: float) -> float:
    end = min(t + n, len(rewards))
    total = sum(discount ** (k - t) * rewards[k] for k in range(t, end))
    if t + n < len(rewards):
        total += discount ** (n - 1) * values[t + n]
    return float(total)


def _n_step_wrong_value(rewards: Floats, values: Floats, t: int, n: int, discount: float) -> float:
    end = min(t + n, len(rewards))
    total = sum(discount ** (k - t) * rewards[k] for k in range(t, end))
    if t + n < len(rewards):
        total += discount**n * values[t + n - 1]
    return float(total)


def _n_step_discounted_late(rewards: Floats, values: Floats, t: int, n: int, discount: float) -> float:
    return n_step_return(rewards, values * discount, t, n, discount)


def _n_step_no_bootstrap(rewards: Floats, values: Floats, t: int, n: int, discount: float) -> float:
    return n_step_return(rewards, np.zeros_like(values), t, n, discount)


def _n_step_clock(rewards: Floats, values: Floats, t: int, n: int, discount: float) -> float:
    return discount**t * n_step_return(rewards, values, t, n, discount)


# --------------------------------------------------------------------------------------------------- 2.5 lambda-returns


def lambda_returns(rewards: Floats, next_values: Floats, discount: float, lam: float) -> Floats:
    """G^lambda_t = R_{t+1} + discount * [(1 - lam) V(S_{t+1}) + lam G^lambda_{t+1}], for every t."""
    result = np.zeros(len(rewards))
    following = 0.0
    for t in reversed(range(len(rewards))):
        result[t] = following = rewards[t] + discount * ((1 - lam) * next_values[t] + lam * following)
    return result


def _lambda_swapped(rewards: Floats, next_values: Floats, discount: float, lam: float) -> Floats:
    return lambda_returns(rewards, next_values, discount, 1 - lam)


def _lambda_unweighted(rewards: Floats, next_values: Floats, discount: float, lam: float) -> Floats:
    result = np.zeros(len(rewards))
    following = 0.0
    for t in reversed(range(len(rewards))):
        result[t] = following = rewards[t] + discount * (next_values[t] + lam * following)
    return result


def _lambda_undiscounted_value(rewards: Floats, next_values: Floats, discount: float, lam: float) -> Floats:
    result = np.zeros(len(rewards))
    following = 0.0
    for t in reversed(range(len(rewards))):
        result[t] = following = rewards[t] + (1 - lam) * next_values[t] + discount * lam * following
    return result


def _lambda_undiscounted_return(rewards: Floats, next_values: Floats, discount: float, lam: float) -> Floats:
    result = np.zeros(len(rewards))
    following = 0.0
    for t in reversed(range(len(rewards))):
        result[t] = following = rewards[t] + discount * (1 - lam) * next_values[t] + lam * following
    return result


def _lambda_td_errors(rewards: Floats, next_values: Floats, discount: float, lam: float) -> Floats:
    return rewards + discount * next_values


# ----------------------------------------------------------------------------------------------------- 2.6 epsilon-greedy


def epsilon_greedy(q: Floats, epsilon: float) -> Floats:
    """The probabilities of the actions of one state, [A]; ties shared."""
    best = np.isclose(q, q.max(), rtol=1e-9, atol=1e-12)
    return epsilon / len(q) + (1 - epsilon) * best / best.sum()


def _greedy_without_share(q: Floats, epsilon: float) -> Floats:
    best = np.isclose(q, q.max(), rtol=1e-9, atol=1e-12)
    others = ~best
    if others.sum() == 0:
        return best / best.sum()
    return np.where(best, (1 - epsilon) / best.sum(), epsilon / others.sum())


def _greedy_first_tie(q: Floats, epsilon: float) -> Floats:
    return epsilon / len(q) + (1 - epsilon) * (np.arange(len(q)) == q.argmax())


def _greedy_others_only(q: Floats, epsilon: float) -> Floats:
    best = np.arange(len(q)) == q.argmax()
    return np.where(best, 1 - epsilon, epsilon / (len(q) - 1))


def _greedy_ties_unshared(q: Floats, epsilon: float) -> Floats:
    return epsilon / len(q) + (1 - epsilon) * np.isclose(q, q.max(), rtol=1e-9, atol=1e-12)


def _greedy_unnormalised(q: Floats, epsilon: float) -> Floats:
    best = np.isclose(q, q.max(), rtol=1e-9, atol=1e-12)
    return np.where(best, (1 - epsilon) / best.sum(), epsilon / len(q))


def _greedy_inverted(q: Floats, epsilon: float) -> Floats:
    return epsilon_greedy(q, 1 - epsilon)


# ---------------------------------------------------------------------------------- 2.7 the Q-learning target (bug hunt)


def q_learning_target(
    q: Floats, reward: float, next_state: int, next_action: int, done: bool, discount: float
) -> float:
    """R + discount * max_a q(S', a), 0 behind the end."""
    return float(reward + discount * (0.0 if done else q[next_state].max()))


def secret_sarsa_target(
    q: Floats, reward: float, next_state: int, next_action: int, done: bool, discount: float
) -> float:
    if done:
        return reward
    return reward + discount * q[next_state, next_action]


def _target_through_the_end(
    q: Floats, reward: float, next_state: int, next_action: int, done: bool, discount: float
) -> float:
    return q_learning_target(q, reward, next_state, next_action, False, discount)


def _target_mean(q: Floats, reward: float, next_state: int, next_action: int, done: bool, discount: float) -> float:
    return float(reward + discount * (0.0 if done else q[next_state].mean()))


def _target_argmax(q: Floats, reward: float, next_state: int, next_action: int, done: bool, discount: float) -> float:
    return float(reward + discount * (0.0 if done else q[next_state].argmax()))


def _target_max_of_all(
    q: Floats, reward: float, next_state: int, next_action: int, done: bool, discount: float
) -> float:
    return float(reward + discount * (0.0 if done else q.max()))


# --------------------------------------------------------------------------------------------- 2.8 Expected Sarsa target


def expected_sarsa_target(
    q: Floats, reward: float, next_state: int, done: bool, discount: float, epsilon: float
) -> float:
    """R + discount * sum_a pi(a | S') q(S', a), with pi epsilon-greedy for q."""
    expected = 0.0 if done else float(epsilon_greedy(q[next_state], epsilon) @ q[next_state])
    return float(reward + discount * expected)


def _expected_max(q: Floats, reward: float, next_state: int, done: bool, discount: float, epsilon: float) -> float:
    return expected_sarsa_target(q, reward, next_state, done, discount, 0.0)


def _expected_uniform(q: Floats, reward: float, next_state: int, done: bool, discount: float, epsilon: float) -> float:
    return expected_sarsa_target(q, reward, next_state, done, discount, 1.0)


def _expected_without_share(
    q: Floats, reward: float, next_state: int, done: bool, discount: float, epsilon: float
) -> float:
    expected = 0.0 if done else float(_greedy_without_share(q[next_state], epsilon) @ q[next_state])
    return float(reward + discount * expected)


def _expected_through_the_end(
    q: Floats, reward: float, next_state: int, done: bool, discount: float, epsilon: float
) -> float:
    return expected_sarsa_target(q, reward, next_state, False, discount, epsilon)


# ------------------------------------------------------------------------------------------------------ 2.9 double target


def double_target(chooser: Floats, judge: Floats, reward: float, next_state: int, done: bool, discount: float) -> float:
    """R + discount * judge(S', argmax_a chooser(S', a))."""
    return float(reward + discount * (0.0 if done else judge[next_state, chooser[next_state].argmax()]))


def _double_max_judge(
    chooser: Floats, judge: Floats, reward: float, next_state: int, done: bool, discount: float
) -> float:
    return double_target(judge, judge, reward, next_state, done, discount)


def _double_swapped(
    chooser: Floats, judge: Floats, reward: float, next_state: int, done: bool, discount: float
) -> float:
    return double_target(judge, chooser, reward, next_state, done, discount)


def _double_through_the_end(
    chooser: Floats, judge: Floats, reward: float, next_state: int, done: bool, discount: float
) -> float:
    return double_target(chooser, judge, reward, next_state, False, discount)


def _double_chooser_only(
    chooser: Floats, judge: Floats, reward: float, next_state: int, done: bool, discount: float
) -> float:
    return double_target(chooser, chooser, reward, next_state, done, discount)


def _double_sum(chooser: Floats, judge: Floats, reward: float, next_state: int, done: bool, discount: float) -> float:
    return double_target(chooser + judge, judge, reward, next_state, done, discount)


def _double_mean(chooser: Floats, judge: Floats, reward: float, next_state: int, done: bool, discount: float) -> float:
    both = (chooser + judge) / 2
    return double_target(both, both, reward, next_state, done, discount)


# ------------------------------------------------------------------------------------- 2.10 two importance-sampling means


def ordinary_and_weighted(returns: Floats, ratios: Floats) -> tuple[float, float]:
    """The two estimates of the target policy's value from returns of the behaviour and their ratios."""
    total = float((ratios * returns).sum())
    weight = float(ratios.sum())
    return total / len(returns), total / weight if weight > 0 else 0.0


def _is_unweighted(returns: Floats, ratios: Floats) -> tuple[float, float]:
    return float(returns.mean()), float(returns.mean())


def _is_swapped(returns: Floats, ratios: Floats) -> tuple[float, float]:
    ordinary, weighted = ordinary_and_weighted(returns, ratios)
    return weighted, ordinary


def _is_inverse(returns: Floats, ratios: Floats) -> tuple[float, float]:
    return ordinary_and_weighted(returns, np.divide(1.0, ratios, out=np.zeros_like(ratios), where=ratios > 0))


def _is_count_of_both(returns: Floats, ratios: Floats) -> tuple[float, float]:
    ordinary, _ = ordinary_and_weighted(returns, ratios)
    return ordinary, ordinary


def _is_used_only(returns: Floats, ratios: Floats) -> tuple[float, float]:
    used = max(int((ratios > 0).sum()), 1)
    return float((ratios * returns).sum()) / used, ordinary_and_weighted(returns, ratios)[1]


_Q = np.array([[0.0, 1.0, -2.0], [3.0, -1.0, 0.5], [2.0, 2.0, 7.0]])
_OTHER = np.array([[1.0, 0.0, 0.0], [-1.0, 4.0, 0.25], [5.0, 1.0, -3.0]])
_REWARDS, _VALUES = np.array([1.0, -2.0, 4.0, 8.0, -1.0]), np.array([0.5, 3.0, -1.0, 2.0, 10.0])


EXERCISES = (
    Exercise(
        number="2.1",
        title="A mean that remembers only itself",
        reference=new_mean,
        cases=((0.0, 0, 5.0), (5.0, 1, 7.0), (6.0, 2, 0.0), (1.5, 99, 2.5)),
        mistakes=(
            Mistake(_mean_old_count, "this divides by the old count; with the new number there are count + 1 of them."),
            Mistake(_mean_sum, "the new number is added in full; add its *difference* from the old mean."),
            Mistake(
                _mean_of_two,
                "this is the midpoint of the old mean and the new number: it forgets how many came before.",
            ),
            Mistake(_mean_sign, "the sign is wrong: this moves away from the new number."),
        ),
    ),
    Exercise(
        number="2.2",
        title="Returns after first visits",
        reference=first_visit_returns,
        cases=(
            (np.array([0, 1, 2]), np.array([0.0, 0.0, 1.0]), 0.5),
            (np.array([3, 1, 3, 2]), np.array([1.0, -1.0, 2.0, 4.0]), 0.9),
            (np.array([5, 5, 5]), np.array([1.0, 1.0, 1.0]), 1.0),
        ),
        mistakes=(
            Mistake(_last_visit, "these are the returns after the *last* visit to each state."),
            Mistake(_every_visit, "this averages over every visit; only the first one of each state was asked for."),
            Mistake(_first_undiscounted, "the discount is missing."),
            Mistake(
                _first_before_reward, "the reward of the step itself is missing: add it before you note the return."
            ),
            Mistake(
                _first_from_start, "this is the return of the whole episode; each state has its own, from its visit on."
            ),
        ),
    ),
    Exercise(
        number="2.3",
        title="One step of TD(0)",
        reference=td_update,
        cases=(
            (np.array([0.5, 0.5, 0.5]), 0, 1.0, 1, False, 0.1, 1.0),
            (np.array([1.0, 4.0, 2.0]), 1, -1.0, 2, False, 0.5, 0.9),
            (np.array([1.0, 4.0, 2.0]), 2, 3.0, 0, True, 0.5, 0.9),
        ),
        mistakes=(
            Mistake(
                _td_through_the_end,
                "this bootstraps through the end: when `done`, nothing follows and the target is the reward.",
            ),
            Mistake(_td_undiscounted, "the next state's value is not discounted."),
            Mistake(
                _td_replaces, "this puts the target in place of the value; move only the fraction alpha of the way."
            ),
            Mistake(
                _td_wrong_state, "the value of the *next* state is changed; the news is about the state that was left."
            ),
            Mistake(
                _td_target_only,
                "the whole target is added; add the fraction alpha of its *difference* from the old value.",
            ),
            Mistake(_td_error_only, "this stores the correction instead of adding it to the old value."),
        ),
    ),
    Exercise(
        number="2.4",
        title="Bug hunt: a return that hurts small n",
        reference=n_step_return,
        cases=tuple((_REWARDS, _VALUES, t, n, 0.5) for t, n in ((0, 1), (1, 2), (0, 3), (2, 3), (3, 9), (0, 4))),
        planted=broken_n_step_return,
        symptom="with n = 1 it is not the TD(0) target, and small n suffer most.",
        mistakes=(
            Mistake(
                _n_step_longer,
                "consistent now, but it is the (n+1)-step return: there must be n rewards, and then the value.",
            ),
            Mistake(
                _n_step_bootstrap_early,
                "the rewards are right; the value comes after n steps, so its discount is gamma to the n.",
            ),
            Mistake(
                _n_step_wrong_value,
                "the rewards are right; after n steps one stands in $S_{t+n}$, not in the state before.",
            ),
            Mistake(
                _n_step_discounted_late,
                "the rewards are right; the value is discounted once too often: gamma to the n, not n + 1.",
            ),
            Mistake(
                _n_step_no_bootstrap,
                "the rewards are right; where the episode goes on, the value of $S_{t+n}$ has to be added.",
            ),
            Mistake(_n_step_clock, "this discounts from the start of the episode; count from t."),
        ),
    ),
    Exercise(
        number="2.5",
        title="All n at once: the lambda-return",
        reference=lambda_returns,
        cases=(
            (np.array([1.0]), np.array([0.0]), 0.9, 0.5),
            (np.array([0.0, 1.0]), np.array([2.0, 0.0]), 0.5, 0.5),
            (_REWARDS, np.array([3.0, -1.0, 2.0, 10.0, 0.0]), 0.9, 0.8),
            (_REWARDS, np.array([3.0, -1.0, 2.0, 10.0, 0.0]), 0.9, 0.0),
            (_REWARDS, np.array([3.0, -1.0, 2.0, 10.0, 0.0]), 0.9, 1.0),
        ),
        mistakes=(
            Mistake(_lambda_swapped, "lambda and 1 - lambda are exchanged: lambda = 0 must give the one-step target."),
            Mistake(
                _lambda_unweighted,
                "the guess counts in full and the return on top; the weights 1 - lambda and lambda must sum to one.",
            ),
            Mistake(_lambda_undiscounted_value, "the value of the next state is not discounted."),
            Mistake(
                _lambda_undiscounted_return,
                "the lambda-return that follows is not discounted; the bracket of equation (9) is, as a whole.",
            ),
            Mistake(_lambda_td_errors, "these are the one-step targets, whatever lambda says."),
        ),
    ),
    Exercise(
        number="2.6",
        title="Epsilon-greedy, as probabilities",
        reference=epsilon_greedy,
        cases=((np.array([1.0, 3.0, 2.0]), 0.3), (np.array([2.0, 2.0, 0.0, 1.0]), 0.2), (np.array([1.0, 0.0]), 0.0)),
        mistakes=(
            Mistake(
                _greedy_without_share,
                "exploring draws from *all* actions, the best included: it gets its share of epsilon as well.",
            ),
            Mistake(_greedy_first_tie, "among equally good actions only the first is favoured; share between them."),
            Mistake(
                _greedy_others_only,
                "exploring draws from *all* actions, the best included, and ties share; here epsilon goes to the others only.",
            ),
            Mistake(
                _greedy_ties_unshared, "tied actions each get the whole greedy probability; they have to share it."
            ),
            Mistake(_greedy_unnormalised, "these do not sum to one: the best action lacks its share of epsilon."),
            Mistake(_greedy_inverted, "epsilon is the probability of exploring, not of being greedy."),
        ),
    ),
    Exercise(
        number="2.7",
        title="Bug hunt: a Q-learning that is afraid",
        reference=q_learning_target,
        cases=(
            (_Q, -1.0, 1, 1, False, 0.9),
            (_Q, 2.0, 0, 0, False, 0.5),
            (_Q, 5.0, 2, 1, True, 0.9),
        ),
        planted=secret_sarsa_target,
        symptom="it keeps away from the cliff and its values tell of falls that the greedy policy would never have.",
        mistakes=(
            Mistake(_target_through_the_end, "the maximum is right; but when `done`, nothing follows."),
            Mistake(
                _target_mean, "this is the mean over the next actions: the target of a policy that acts at random."
            ),
            Mistake(_target_argmax, "argmax is the *number* of the best action; its value was asked for."),
            Mistake(
                _target_max_of_all, "the maximum runs over all states; it must run over the actions of the next state."
            ),
        ),
    ),
    Exercise(
        number="2.8",
        title="The Expected Sarsa target",
        reference=expected_sarsa_target,
        cases=(
            (_Q, -1.0, 1, False, 0.9, 0.3),
            (_Q, 0.0, 2, False, 0.5, 0.1),
            (_Q, 5.0, 2, True, 0.9, 0.2),
        ),
        mistakes=(
            Mistake(_expected_max, "this is the Q-learning target: the maximum, as if nobody explored."),
            Mistake(
                _expected_uniform,
                "this averages as if every action were equally likely; weight them with the epsilon-greedy policy.",
            ),
            Mistake(
                _expected_without_share, "the best action lacks its share of epsilon: exploring draws from all actions."
            ),
            Mistake(_expected_through_the_end, "when `done`, nothing follows and the target is the reward."),
        ),
    ),
    Exercise(
        number="2.9",
        title="Two tables, one target",
        reference=double_target,
        cases=(
            (_Q, _OTHER, 1.0, 1, False, 0.9),
            (_Q, _OTHER, 0.0, 2, False, 0.5),
            (_Q, _OTHER, -1.0, 1, True, 0.9),
            (np.array([[5.0, 0.0, 3.0]]), np.array([[0.0, 4.0, 3.5]]), 0.0, 0, False, 1.0),
        ),
        mistakes=(
            Mistake(
                _double_sum,
                "the *sum* of the tables chooses here; it decides how to act, but in the target the first table chooses alone.",
            ),
            Mistake(_double_max_judge, "the judge both chooses and judges: its lucky errors are picked again."),
            Mistake(_double_swapped, "the roles are exchanged: the first table chooses, the second one judges."),
            Mistake(_double_through_the_end, "when `done`, nothing follows and the target is the reward."),
            Mistake(_double_chooser_only, "this is the plain Q-learning target of the first table."),
            Mistake(_double_mean, "averaging the tables before the maximum does not separate choosing from judging."),
        ),
    ),
    Exercise(
        number="2.10",
        title="Two ways to average",
        reference=ordinary_and_weighted,
        cases=(
            (np.array([1.0, 0.0, 2.0]), np.array([1.0, 1.0, 1.0])),
            (np.array([1.0, 0.0, 2.0]), np.array([4.0, 0.0, 0.5])),
            (np.array([3.0, 5.0]), np.array([0.0, 0.0])),
        ),
        mistakes=(
            Mistake(_is_unweighted, "the ratios never enter: this is the value of the behaviour policy."),
            Mistake(
                _is_swapped,
                "the two are exchanged: ordinary divides by the number of returns, weighted by the sum of the ratios.",
            ),
            Mistake(_is_inverse, "the ratios are upside down: what the *target* would do more often counts more."),
            Mistake(
                _is_count_of_both, "the second is the ordinary one again: weighted divides by the sum of the ratios."
            ),
            Mistake(
                _is_used_only,
                "ordinary importance sampling divides by all returns, those with ratio 0 included; else it is biased.",
            ),
        ),
    ),
)

PREDICTIONS = (
    Prediction(
        "2.P1",
        "Estimates from 100 explorers are off by about 0.03 on average. How many explorers do you need to be off by 0.003?",
        options=(
            Option(
                "1,000",
                "The error of a mean shrinks with the *square root* of the number of samples: ten times the samples, about three times the accuracy.",
            ),
            Option(
                "10,000",
                "The error of a mean is its standard deviation over $\\sqrt N$: one digit more costs a hundred times the samples.",
                right=True,
            ),
            Option("100,000", "That would be an accuracy 30 times better: $\\sqrt{1000} \\approx 32$."),
        ),
        in_order=True,
    ),
    Prediction(
        "2.P2",
        "Eight episodes: one went A, 0, B, 0 (from A with reward 0 to B, then reward 0 and the end); six were B, 1; one was B, 0. "
        "B is worth 3/4, everybody agrees. What is A worth?",
        options=(
            Option(
                "0",
                "That is what Monte Carlo says, and it fits the data best: the one return that was ever seen from A is 0. But will it fit the next episode?",
            ),
            Option(
                "3/4",
                "That is what TD says: every time A was visited it led to B, and B is worth 3/4. It is the right answer for the *process* that most likely made the data.",
            ),
            Option(
                "both are right answers, to different questions",
                "0 minimises the squared error on the data, 3/4 is the value in the most likely Markov process. If the world is Markov, the second will usually predict better.",
                right=True,
            ),
        ),
        in_order=True,
    ),
    Prediction(
        "2.P3",
        "On the 19-state walk with 10 episodes: which n gives the smallest error, at its best step size?",
        options=(
            Option(
                "n = 1, plain TD",
                "Ten episodes are few: with n = 1 the news of the ends creeps inwards one state an episode.",
            ),
            Option(
                "something in between, such as n = 4",
                "A compromise: short returns are biased by wrong guesses, long ones are noisy. Here n = 4 wins.",
                right=True,
            ),
            Option(
                "n = 512, that is Monte Carlo", "Unbiased, but each return carries the luck of about a hundred steps."
            ),
        ),
        in_order=True,
    ),
    Prediction(
        "2.P4",
        "On the cliff, with $\\epsilon = 0.1$ for ever: which learner falls off more often *while learning*, Sarsa or Q-learning?",
        options=(
            Option("Sarsa", "Sarsa knows that it explores, and keeps a row away from the edge."),
            Option(
                "Q-learning",
                "It learns the values of the greedy policy, whose best path runs along the edge, and then explores there: one exploring step in four falls.",
                right=True,
            ),
            Option("both alike, they explore equally", "The exploration is the same; where it happens is not."),
        ),
        in_order=True,
    ),
)

QUESTIONS = (
    Question(
        "2.Q1",
        "Which of these needs a model of the world?",
        (
            Option("Monte Carlo prediction", "It averages returns of episodes; probabilities are never asked for."),
            Option(
                "TD(0)", "It samples one next state; the model's sum over all next states is replaced by that sample."
            ),
            Option(
                "value iteration",
                "Each backup sums over all next states with their probabilities: that is the model.",
                right=True,
            ),
            Option(
                "Q-learning", "The maximum runs over actions, whose values are stored; no probabilities are needed."
            ),
        ),
    ),
    Question(
        "2.Q2",
        "What does it mean that TD *bootstraps*?",
        (
            Option(
                "it draws samples with replacement", "That is the bootstrap of statistics: the same word, another idea."
            ),
            Option(
                "its target contains its own estimate of the next state",
                "A guess is learned from a guess. That lets it learn before the end, and makes its early targets wrong.",
                right=True,
            ),
            Option("it starts from random values", "Any start will do, zero included. It is the target that matters."),
            Option(
                "it learns several values at a time",
                "One update changes one value; bootstrapping is about where the target comes from.",
            ),
        ),
    ),
    Question(
        "2.Q3",
        "Monte Carlo targets are unbiased, TD targets are not. Why does TD often learn faster all the same?",
        (
            Option(
                "its variance is much smaller: only one reward and one transition are random",
                "A return sums the luck of a whole episode. Error is bias squared plus variance; the bias of TD fades as its guesses improve, the variance of Monte Carlo does not.",
                right=True,
            ),
            Option(
                "it uses larger step sizes", "It can often afford them, but that follows from the smaller variance."
            ),
            Option("it uses the model", "Neither of them does; both learn from sampled steps alone."),
            Option(
                "its bias points in the right direction",
                "The bias is towards the initial guess, right or wrong; it fades as the guesses improve.",
            ),
        ),
    ),
    Question(
        "2.Q4",
        "On-policy, off-policy and offline: which statement is right?",
        (
            Option(
                "off-policy and offline mean the same",
                "Q-learning is off-policy, and learns online from steps that it takes itself.",
            ),
            Option(
                "off-policy: the policy learned about is not the one that acts; offline: the data were collected before learning began",
                "Two different questions: *whose* values, and *when* the data come. Improving a policy from fixed data is off-policy as well; learning online may be either.",
                right=True,
            ),
            Option(
                "on-policy means that learning happens during the episode",
                "That is online against off-line updating. Monte Carlo control is on-policy and waits for the end.",
            ),
            Option(
                "Sarsa is off-policy because it explores",
                "It learns the value of the very policy that explores: on-policy.",
            ),
        ),
    ),
    Question(
        "2.Q5",
        "Sarsa's target is $R + \\gamma\\, q(S', A')$ where $A'$ is the action taken next. You act $\\epsilon$-greedily but use $R + \\gamma \\max_a q(S', a)$. What do you have?",
        (
            Option(
                "Sarsa with less noise",
                "Less noise without another target is Expected Sarsa; the maximum changes *what* is learned.",
            ),
            Option(
                "Q-learning",
                "The policy that acts explores, the policy learned about is greedy: off-policy.",
                right=True,
            ),
            Option("Monte Carlo control", "It would wait for the whole return."),
            Option(
                "a mistake: target and behaviour must agree",
                "They need not, and that is the point of off-policy learning. Every action has to be tried, though.",
            ),
        ),
    ),
    Question(
        "2.Q6",
        "Why does Q-learning overestimate at first?",
        (
            Option(
                "the step size is too large",
                "A smaller one shrinks the bias and slows the learning; the maximum of noisy numbers is too large at any step size.",
            ),
            Option(
                "the maximum over noisy estimates picks the luckiest",
                "$\\mathbb E[\\max_a Q(a)] \\ge \\max_a \\mathbb E[Q(a)]$. Two tables, one to choose and one to judge, take the luck out.",
                right=True,
            ),
            Option("it explores too much", "Without exploration the bias is there as well."),
            Option(
                "rewards are positive",
                "It happens with negative rewards just the same: in the example the mean is -0.1.",
            ),
        ),
    ),
    Question(
        "2.Q7",
        "An n-step method with n = 3 on an episode that ends after 2 more steps uses the target ...",
        (
            Option(
                "the two rewards, discounted, and nothing else",
                "Behind the end there is nothing to add: the return is complete.",
                right=True,
            ),
            Option(
                "the two rewards plus the value of the terminal state as the table has it",
                "Its value is 0 by definition; what a table holds there must not be read.",
            ),
            Option(
                "nothing: the update is skipped",
                "Then the last n - 1 states of every episode would never learn from its end, which is where the reward often is.",
            ),
            Option(
                "the first rewards of the next episode",
                "Episodes are independent; a return never crosses their border.",
            ),
        ),
    ),
    Question(
        "2.Q8",
        "Ordinary importance sampling is unbiased, weighted is not. Which one do you use?",
        (
            Option(
                "ordinary, always: bias is worse than variance",
                "Its variance may be infinite. What counts is the total error.",
            ),
            Option(
                "usually the weighted one",
                "Its bias vanishes with the number of episodes, and one huge ratio cannot carry the estimate outside the range of the returns.",
                right=True,
            ),
            Option(
                "neither: take the plain mean of the returns",
                "That is the value of the behaviour policy, a different number.",
            ),
            Option("it makes no difference", "It makes a great one: see the panel."),
        ),
    ),
)
