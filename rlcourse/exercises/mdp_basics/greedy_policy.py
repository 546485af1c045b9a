"""1.5 The greedy policy, its ties shared."""

import numpy as np

from rlcourse.exercises.format import Floats, exercise


@exercise(
    "1.5",
    "Be greedy, share the ties",
    cases=(
        (np.array([[1.0, 3.0, 2.0], [0.0, -1.0, 5.0]]),),
        (np.array([[2.0, 2.0, 1.0], [4.0, 4.0, 4.0]]),),
        (np.array([[0.1 + 0.2, 0.3, -1.0], [-np.inf, 1.0, 1.0]]),),
    ),
)
def greedy(q: Floats) -> Floats:
    """The policy [S, A] that shares its probability among the best actions of each state."""
    best = np.isclose(q, q.max(axis=1, keepdims=True), rtol=1e-9, atol=1e-12).astype(float)
    return best / best.sum(axis=1, keepdims=True)


@greedy.wrong(
    "among equally good actions only the first is taken. Share the probability: that keeps every best action, and no "
    "arbitrary order decides."
)
def _(q):
    return np.eye(q.shape[1])[q.argmax(axis=1)]


@greedy.wrong(
    "all but rounding: 0.1 + 0.2 and 0.3 differ in the last digit, so == sees no tie. Compare with np.isclose."
)
def _(q):
    best = q == q.max(axis=1, keepdims=True)
    return best / best.sum(axis=1, keepdims=True)


@greedy.wrong("this is the maximum of the whole table; each state has its own, so give an axis and keepdims.")
def _(q):
    best = np.isclose(q, q.max())
    return best / best.sum(axis=1, keepdims=True)


@greedy.wrong("this is proportional to the values; greedy means that only the best actions are taken.")
def _(q):
    return q / q.sum(axis=1, keepdims=True)


@greedy.wrong("maximum and sum run over the states, axis 0; a policy chooses among the actions of each state, axis 1.")
def _(q):
    best = np.isclose(q, q.max(axis=0, keepdims=True))
    return best / best.sum(axis=0, keepdims=True)


@greedy.wrong("every best action has probability 1; they have to share, so that each row sums to one.")
def _(q):
    return np.isclose(q, q.max(axis=1, keepdims=True)).astype(float)


@greedy.wrong("these are the indices of the best actions; a policy is an array [S, A] of probabilities.")
def _(q):
    return q.argmax(axis=1)


@greedy.wrong("this is a softmax: worse actions keep some probability, so it is not greedy.")
def _(q):
    weight = np.exp(q - q.max(axis=1, keepdims=True))
    return weight / weight.sum(axis=1, keepdims=True)
