"""2.4 and 2.5 Between TD(0) and Monte Carlo: the n-step return (a bug hunt) and the lambda-return."""

import numpy as np

from rlcourse.exercises.format import Floats, exercise

REWARDS = np.array([1.0, -2.0, 4.0, 8.0, -1.0])
VALUES = np.array([0.5, 3.0, -1.0, 2.0, 10.0])
NEXT_VALUES = np.array([*VALUES[1:], 0.0])


@exercise(
    "2.4",
    "Bug hunt: a return that hurts small n",
    cases=tuple((REWARDS, VALUES, t, n, 0.5) for t, n in ((0, 1), (1, 2), (0, 3), (2, 3), (3, 9), (0, 4))),
)
def n_step_return(rewards: Floats, values: Floats, t: int, n: int, discount: float) -> float:
    """G_{t:t+n}; rewards[k] is R_{k+1}, values[k] is V(S_k), and the episode ends after len(rewards) steps."""
    end = min(t + n, len(rewards))
    total = sum(discount ** (k - t) * rewards[k] for k in range(t, end))
    if t + n < len(rewards):
        total += discount**n * values[t + n]
    return float(total)


@n_step_return.planted_bug("with n = 1 it is not the TD(0) target, and small n suffer most.")
def _(rewards, values, t, n, discount):
    end = min(t + n + 1, len(rewards))
    total = 0.0
    for k in range(t, end):
        total += discount ** (k - t) * rewards[k]
    if t + n < len(rewards):
        total += discount**n * values[t + n]
    return total


@n_step_return.wrong("consistent now, but it is the (n+1)-step return: there must be n rewards, and then the value.")
def _(rewards, values, t, n, discount):
    return n_step_return.reference(rewards, values, t, n + 1, discount)


@n_step_return.wrong("the rewards are right; the value comes after n steps, so its discount is gamma to the n.")
def _(rewards, values, t, n, discount):
    return n_step_return.reference(rewards, values / discount, t, n, discount)


@n_step_return.wrong("the rewards are right; after n steps one stands in $S_{t+n}$, not in the state before.")
def _(rewards, values, t, n, discount):
    return n_step_return.reference(rewards, np.roll(values, 1), t, n, discount)


@n_step_return.wrong("the rewards are right; the value is discounted once too often: gamma to the n, not n + 1.")
def _(rewards, values, t, n, discount):
    return n_step_return.reference(rewards, values * discount, t, n, discount)


@n_step_return.wrong("the rewards are right; where the episode goes on, the value of $S_{t+n}$ has to be added.")
def _(rewards, values, t, n, discount):
    return n_step_return.reference(rewards, np.zeros_like(values), t, n, discount)


@n_step_return.wrong("this discounts from the start of the episode; count from t.")
def _(rewards, values, t, n, discount):
    return discount**t * n_step_return.reference(rewards, values, t, n, discount)


@exercise(
    "2.5",
    "All n at once: the lambda-return",
    cases=(
        (np.array([1.0]), np.array([0.0]), 0.9, 0.5),
        (np.array([0.0, 1.0]), np.array([2.0, 0.0]), 0.5, 0.5),
        (REWARDS, NEXT_VALUES, 0.9, 0.8),
        (REWARDS, NEXT_VALUES, 0.9, 0.0),
        (REWARDS, NEXT_VALUES, 0.9, 1.0),
    ),
)
def lambda_returns(rewards: Floats, next_values: Floats, discount: float, lam: float) -> Floats:
    """G^lambda_t = R_{t+1} + discount * [(1 - lam) V(S_{t+1}) + lam G^lambda_{t+1}], for every t."""
    result = np.zeros(len(rewards))
    following = 0.0
    for t in reversed(range(len(rewards))):
        result[t] = following = rewards[t] + discount * ((1 - lam) * next_values[t] + lam * following)
    return result


@lambda_returns.wrong("lambda and 1 - lambda are exchanged: lambda = 0 must give the one-step target.")
def _(rewards, next_values, discount, lam):
    return lambda_returns.reference(rewards, next_values, discount, 1 - lam)


@lambda_returns.wrong(
    "the guess counts in full and the return on top; the weights 1 - lambda and lambda must sum to one."
)
def _(rewards, next_values, discount, lam):
    result, following = np.zeros(len(rewards)), 0.0
    for t in reversed(range(len(rewards))):
        result[t] = following = rewards[t] + discount * (next_values[t] + lam * following)
    return result


@lambda_returns.wrong("the value of the next state is not discounted.")
def _(rewards, next_values, discount, lam):
    result, following = np.zeros(len(rewards)), 0.0
    for t in reversed(range(len(rewards))):
        result[t] = following = rewards[t] + (1 - lam) * next_values[t] + discount * lam * following
    return result


@lambda_returns.wrong("the lambda-return that follows is not discounted; the bracket of equation (9) is, as a whole.")
def _(rewards, next_values, discount, lam):
    result, following = np.zeros(len(rewards)), 0.0
    for t in reversed(range(len(rewards))):
        result[t] = following = rewards[t] + discount * (1 - lam) * next_values[t] + lam * following
    return result


@lambda_returns.wrong("these are the one-step targets, whatever lambda says.")
def _(rewards, next_values, discount, lam):
    return rewards + discount * next_values
