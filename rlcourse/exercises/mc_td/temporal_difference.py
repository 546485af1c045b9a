"""2.3 Temporal difference: a guess moved towards the next guess."""

import numpy as np

from rlcourse.exercises.format import Floats, exercise


@exercise(
    "2.3",
    "One step of TD(0)",
    cases=(
        (np.array([0.5, 0.5, 0.5]), 0, 1.0, 1, False, 0.1, 1.0),
        (np.array([1.0, 4.0, 2.0]), 1, -1.0, 2, False, 0.5, 0.9),
        (np.array([1.0, 4.0, 2.0]), 2, 3.0, 0, True, 0.5, 0.9),
    ),
)
def td_update(
    v: Floats, state: int, reward: float, next_state: int, done: bool, alpha: float, discount: float
) -> Floats:
    """The values after one TD(0) update."""
    new = v.copy()
    target = reward + discount * (0.0 if done else v[next_state])
    new[state] += alpha * (target - v[state])
    return new


@td_update.wrong("this bootstraps through the end: when `done`, nothing follows and the target is the reward.")
def _(v, state, reward, next_state, done, alpha, discount):
    return td_update.reference(v, state, reward, next_state, False, alpha, discount)


@td_update.wrong("the next state's value is not discounted.")
def _(v, state, reward, next_state, done, alpha, discount):
    return td_update.reference(v, state, reward, next_state, done, alpha, 1.0)


@td_update.wrong("this puts the target in place of the value; move only the fraction alpha of the way.")
def _(v, state, reward, next_state, done, alpha, discount):
    return td_update.reference(v, state, reward, next_state, done, 1.0, discount)


@td_update.wrong("the value of the *next* state is changed; the news is about the state that was left.")
def _(v, state, reward, next_state, done, alpha, discount):
    new = v.copy()
    new[next_state] = td_update.reference(v, state, reward, next_state, done, alpha, discount)[state]
    return new


@td_update.wrong("the whole target is added; add the fraction alpha of its *difference* from the old value.")
def _(v, state, reward, next_state, done, alpha, discount):
    new = v.copy()
    new[state] += alpha * (reward + discount * (0.0 if done else v[next_state]))
    return new


@td_update.wrong("this stores the correction instead of adding it to the old value.")
def _(v, state, reward, next_state, done, alpha, discount):
    new = v.copy()
    new[state] = alpha * (reward + discount * (0.0 if done else v[next_state]) - v[state])
    return new
