"""2.6 The epsilon-greedy policy: what a learner does that mostly trusts its values."""

import numpy as np

from rlcourse.exercises.format import Floats, exercise


@exercise(
    "2.6",
    "Epsilon-greedy, as probabilities",
    cases=((np.array([1.0, 3.0, 2.0]), 0.3), (np.array([2.0, 2.0, 0.0, 1.0]), 0.2), (np.array([1.0, 0.0]), 0.0)),
)
def epsilon_greedy(q: Floats, epsilon: float) -> Floats:
    """The probabilities of the actions of one state, [A]; ties shared."""
    best = np.isclose(q, q.max(), rtol=1e-9, atol=1e-12)
    return epsilon / len(q) + (1 - epsilon) * best / best.sum()


@epsilon_greedy.wrong("exploring draws from *all* actions, the best included: it gets its share of epsilon as well.")
def without_its_share(q, epsilon):
    best = np.isclose(q, q.max())
    return np.where(best, (1 - epsilon) / best.sum(), epsilon / (~best).sum())


@epsilon_greedy.wrong("among equally good actions only the first is favoured; share between them.")
def _(q, epsilon):
    return epsilon / len(q) + (1 - epsilon) * (np.arange(len(q)) == q.argmax())


@epsilon_greedy.wrong(
    "exploring draws from *all* actions, the best included, and ties share; here epsilon goes to the others only."
)
def _(q, epsilon):
    return np.where(np.arange(len(q)) == q.argmax(), 1 - epsilon, epsilon / (len(q) - 1))


@epsilon_greedy.wrong("tied actions each get the whole greedy probability; they have to share it.")
def _(q, epsilon):
    return epsilon / len(q) + (1 - epsilon) * np.isclose(q, q.max())


@epsilon_greedy.wrong("these do not sum to one: the best action lacks its share of epsilon.")
def _(q, epsilon):
    best = np.isclose(q, q.max())
    return np.where(best, (1 - epsilon) / best.sum(), epsilon / len(q))


@epsilon_greedy.wrong("epsilon is the probability of exploring, not of being greedy.")
def _(q, epsilon):
    return epsilon_greedy.reference(q, 1 - epsilon)
