"""2.2 The returns after first visits, which first-visit Monte Carlo averages."""

import numpy as np

from rlcourse.exercises.format import Floats, Ints, exercise


@exercise(
    "2.2",
    "Returns after first visits",
    cases=(
        (np.array([0, 1, 2]), np.array([0.0, 0.0, 1.0]), 0.5),
        (np.array([3, 1, 3, 2]), np.array([1.0, -1.0, 2.0, 4.0]), 0.9),
        (np.array([5, 5, 5]), np.array([1.0, 1.0, 1.0]), 1.0),
    ),
)
def first_visit_returns(states: Ints, rewards: Floats, discount: float) -> dict[int, float]:
    """For each state of an episode the return that followed its first visit."""
    found: dict[int, float] = {}
    following = 0.0
    for t in reversed(range(len(states))):
        following = rewards[t] + discount * following
        found[int(states[t])] = float(following)  # earlier visits come later here, and overwrite
    return found


@first_visit_returns.wrong("these are the returns after the *last* visit to each state.")
def _(states, rewards, discount):
    found, following = {}, 0.0
    for state, reward in zip(states[::-1], rewards[::-1], strict=True):
        following = reward + discount * following
        found.setdefault(state, following)
    return found


@first_visit_returns.wrong("this averages over every visit; only the first one of each state was asked for.")
def _(states, rewards, discount):
    found, following = {}, 0.0
    for state, reward in zip(states[::-1], rewards[::-1], strict=True):
        following = reward + discount * following
        found.setdefault(state, []).append(following)
    return {state: sum(returns) / len(returns) for state, returns in found.items()}


@first_visit_returns.wrong("the discount is missing.")
def _(states, rewards, discount):
    return first_visit_returns.reference(states, rewards, 1.0)


@first_visit_returns.wrong("the reward of the step itself is missing: add it before you note the return.")
def _(states, rewards, discount):
    found, following = {}, 0.0
    for state, reward in zip(states[::-1], rewards[::-1], strict=True):
        found[state] = following
        following = reward + discount * following
    return found


@first_visit_returns.wrong("this is the return of the whole episode; each state has its own, from its visit on.")
def _(states, rewards, discount):
    from_the_start = first_visit_returns.reference(states, rewards, discount)[states[0]]
    return dict.fromkeys(states, from_the_start)
