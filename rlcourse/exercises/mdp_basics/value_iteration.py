"""1.6 Value iteration, from the first sweep to the last."""

import numpy as np

from rlcourse import tabular
from rlcourse.exercises.format import Floats, exercise
from rlcourse.exercises.mdp_basics.worlds import as_mdp, random_world, small_world


@exercise(
    "1.6",
    "Value iteration",
    cases=lambda: (
        (*small_world(), 0.5),
        (*random_world(6, 3, seed=7), 0.9),
        (*random_world(6, 3, seed=7), 0.9, 0.1),
    ),
    rtol=1e-5,
    atol=1e-6,
)
def optimal_values(transition: Floats, reward: Floats, discount: float, tolerance: float = 1e-8) -> Floats:
    """v* by value iteration, until a sweep changes no value by `tolerance` or more."""
    *_, last = tabular.value_iteration(as_mdp(transition, reward, discount), tolerance=tolerance)
    return last.value


def iterated(sweep, v, tolerance):
    """The loop around a wrong sweep, until it changes no value by `tolerance` or more."""
    change = np.inf
    while change >= tolerance:
        new = sweep(v)
        change, v = np.abs(new - v).max(), new
    return v


@optimal_values.wrong("this averages over the actions: it is the value of the uniform policy, not the best.")
def _(transition, reward, discount, tolerance=1e-8):
    return iterated(lambda v: (reward + discount * transition @ v).mean(axis=1), np.zeros(len(reward)), tolerance)


@optimal_values.wrong(
    "this is a single sweep from v = 0, the best immediate reward. Keep sweeping; and if you do, look whether the old "
    "values are a copy: after `old = v` both names are one array, and the change is always 0."
)
def _(transition, reward, discount, tolerance=1e-8):
    return reward.max(axis=1)


@optimal_values.wrong(
    "new values are used within the sweep that found them. That converges, too, but here each sweep looks at the old "
    "values only."
)
def _(transition, reward, discount, tolerance=1e-8):
    v, change = np.zeros(len(reward)), np.inf
    while change >= tolerance:
        change = 0.0
        for s in range(len(v)):
            new = (reward[s] + discount * transition[s] @ v).max()
            change = max(change, abs(new - v[s]))
            v[s] = new
    return v


@optimal_values.wrong("the values are right, but it does not stop where `tolerance` says: it sweeps on.")
def _(transition, reward, discount, tolerance=1e-8):
    return optimal_values.reference(transition, reward, discount)


@optimal_values.wrong(
    "reward and future are maximised separately, as if two different actions could be taken at once. Add first, then "
    "maximise."
)
def _(transition, reward, discount, tolerance=1e-8):
    return iterated(
        lambda v: reward.max(axis=1) + discount * (transition @ v).max(axis=1), np.zeros(len(reward)), tolerance
    )


@optimal_values.wrong("these are the optimal action values q, [S, A]; v is their maximum over the actions.")
def _(transition, reward, discount, tolerance=1e-8):
    return reward + discount * transition @ optimal_values.reference(transition, reward, discount, tolerance)
