"""1.1 The return of every step of an episode."""

import numpy as np

from rlcourse.exercises.format import Floats, exercise


@exercise(
    "1.1",
    "Returns, computed backwards",
    cases=(
        (np.array([5.0]), 0.9),
        (np.array([1.0, 2.0, 3.0]), 0.5),
        (np.array([0.0, 0.0, 0.0, 10.0]), 0.9),
        (np.array([-1.0, -1.0, -1.0]), 1.0),
        (np.array([2.0, -3.0, 7.0]), 0.0),
    ),
)
def returns(rewards: Floats, discount: float) -> Floats:
    """G_t = R_{t+1} + discount * G_{t+1}, for every t."""
    result = np.zeros(len(rewards))
    following = 0.0
    for t in reversed(range(len(rewards))):
        result[t] = following = rewards[t] + discount * following
    return result


@returns.wrong("this is the undiscounted return: the discount never enters.")
def _(rewards, discount):
    return np.cumsum(rewards[::-1])[::-1]


@returns.wrong("every reward is discounted once too often: the first one, $R_{t+1}$, counts in full.")
def _(rewards, discount):
    return discount * returns.reference(rewards, discount)


@returns.wrong("this sums the past: a return looks forward, from $R_{t+1}$ on, so run through time backwards.")
def _(rewards, discount):
    return returns.reference(rewards[::-1], discount)[::-1]


@returns.wrong(
    "the numbers are right but in reverse order: $G_0$ comes first, so turn round what was found going backwards."
)
def _(rewards, discount):
    return returns.reference(rewards, discount)[::-1]


@returns.wrong("this is $G_0$ alone; the return of every step $t$ was asked for, as an array.")
def _(rewards, discount):
    return returns.reference(rewards, discount)[0]


@returns.wrong("this discounts by the time since the start of the episode; $G_t$ discounts by the time since $t$.")
def _(rewards, discount):
    weighted = rewards * discount ** np.arange(len(rewards))
    return np.cumsum(weighted[::-1])[::-1]
