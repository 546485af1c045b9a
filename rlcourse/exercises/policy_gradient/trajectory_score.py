"""4.1 The gradient of a trajectory's log-probability: what is left of it when the environment's terms are gone."""

import numpy as np

from rlcourse.exercises.format import Floats, Ints, exercise


def softmax(logits: Floats, axis: int | None = 1) -> Floats:
    """The probabilities that belong to logits, along an axis."""
    weights: Floats = np.exp(logits - logits.max())
    total: Floats = weights.sum(axis=axis, keepdims=True)
    return weights / total


LOGITS = np.array([[0.0, 1.0, -1.0], [0.5, -0.5, 2.0], [1.5, 0.0, 0.3]])


@exercise(
    "4.1",
    "What is left of the trajectory",
    cases=(
        (np.array([[0.0, 0.0]]), np.array([0]), np.array([0])),
        (np.array([[0.0, 1.0, -1.0], [0.5, -0.5, 2.0]]), np.array([1, 0]), np.array([2, 0])),
        (np.array([[1.0, 0.0], [0.0, 2.0], [-1.0, 0.5]]), np.array([0, 2, 0, 2]), np.array([0, 1, 1, 1])),
        (LOGITS, np.array([1, 1, 1, 0]), np.array([2, 2, 0, 1])),
        (LOGITS, np.array([2, 0, 2]), np.array([0, 2, 0])),
    ),
)
def trajectory_score(logits: Floats, states: Ints, actions: Ints) -> Floats:
    """The gradient of log p(tau) by the logits of a softmax policy: [S, A], Sutton & Barto (eq. 13.9)."""
    return counted(logits, states, actions, softmax(logits))


def counted(logits: Floats, states: Ints, actions: Ints, pi: Floats) -> Floats:
    """At each step 1 for the action taken, and less the row of its state in some table: for pi it is the score."""
    score = np.zeros(logits.shape)
    for state, action in zip(states, actions, strict=True):
        score[state, action] += 1
        score[state] -= pi[state]
    return score


@trajectory_score.wrong(
    "pi is never subtracted: this counts the actions. Raising a logit makes its action likelier *and* the others less likely; the logarithm of the softmax's denominator has a gradient, too."
)
def _(logits, states, actions):
    score = np.zeros(logits.shape)
    np.add.at(score, (states, actions), 1)
    return score


@trajectory_score.wrong("the sign is turned: the action that was taken gets 1 - pi, all the others -pi.")
def _(logits, states, actions):
    return -trajectory_score.reference(logits, states, actions)


@trajectory_score.wrong(
    "this is the *mean* over the steps. The logarithm of a product is the sum of the logarithms, so gradients add up, undivided."
)
def _(logits, states, actions):
    return trajectory_score.reference(logits, states, actions) / len(states)


@trajectory_score.wrong(
    "an index that repeats counts only once in score[states, actions] += 1 and in score[states] -= ...: visits to the same state are lost. Loop over the steps, or use np.add.at."
)
def _(logits, states, actions):
    score = np.zeros(logits.shape)
    score[states, actions] += 1
    score[states] -= softmax(logits)[states]
    return score


@trajectory_score.wrong(
    "score[states, actions] += 1 counts a pair only once, however often it was visited (the subtraction of pi is right). Loop over the steps, or use np.add.at."
)
def _(logits, states, actions):
    score, pi = np.zeros(logits.shape), softmax(logits)
    score[states, actions] += 1
    for s in states:
        score[s] -= pi[s]
    return score


@trajectory_score.wrong(
    "the actions are counted right, but pi is subtracted once in each visited state; every visit subtracts it again. (score[states] -= ... counts a repeated state only once.)"
)
def _(logits, states, actions):
    score = np.zeros(logits.shape)
    np.add.at(score, (states, actions), 1)
    score[states] -= softmax(logits)[states]
    return score


@trajectory_score.wrong(
    "pi is subtracted once from the whole table, visited or not; a state gets it once for each of its visits, and one that was never visited stays 0."
)
def _(logits, states, actions):
    score = np.zeros(logits.shape)
    np.add.at(score, (states, actions), 1)
    return score - softmax(logits)


@trajectory_score.wrong(
    "at every step pi is subtracted from the *whole* table; a step says something only about the state in which it was taken."
)
def _(logits, states, actions):
    score = np.zeros(logits.shape)
    np.add.at(score, (states, actions), 1)
    return score - len(states) * softmax(logits)


@trajectory_score.wrong(
    "only the entry of the action taken is changed, by 1 - pi. The other logits of that state stand in the denominator: each of them gets -pi."
)
def _(logits, states, actions):
    score, pi = np.zeros(logits.shape), softmax(logits)
    for s, a in zip(states, actions, strict=True):
        score[s, a] += 1 - pi[s, a]
    return score


@trajectory_score.wrong(
    "this is the gradient of pi; that of log pi is the same divided by pi(a|s), and so without that factor."
)
def _(logits, states, actions):
    score, pi = np.zeros(logits.shape), softmax(logits)
    for s, a in zip(states, actions, strict=True):
        score[s, a] += pi[s, a]
        score[s] -= pi[s, a] * pi[s]
    return score


@trajectory_score.wrong(
    "divided by pi once too often: the gradient of log pi is (that of pi) / pi, and in the softmax's that factor cancels."
)
def _(logits, states, actions):
    score, pi = np.zeros(logits.shape), softmax(logits)
    for s, a in zip(states, actions, strict=True):
        score[s, a] += 1 / pi[s, a]
        score[s] -= pi[s] / pi[s, a]
    return score


@trajectory_score.wrong(
    "1/pi is the derivative of log pi by the *probability*; the gradient by the logits goes on through the softmax: 1 - pi for the action taken, -pi for the others."
)
def _(logits, states, actions):
    score, pi = np.zeros(logits.shape), softmax(logits)
    for s, a in zip(states, actions, strict=True):
        score[s, a] += 1 / pi[s, a]
    return score


@trajectory_score.wrong(
    "the softmax runs over the states (axis 0), as if they competed for an action; the actions of one state do: axis 1."
)
def _(logits, states, actions):
    return counted(logits, states, actions, softmax(logits, axis=0))


@trajectory_score.wrong(
    "the softmax runs over the whole table; every state has a distribution of its own, each row sums to 1."
)
def _(logits, states, actions):
    return counted(logits, states, actions, softmax(logits, axis=None))


@trajectory_score.wrong("this subtracts the logits themselves; their softmax, the probabilities, has to go there.")
def _(logits, states, actions):
    return counted(logits, states, actions, logits)


@trajectory_score.wrong("this subtracts log pi; it is pi itself that comes out of the softmax's denominator.")
def _(logits, states, actions):
    return counted(logits, states, actions, np.log(softmax(logits)))


@trajectory_score.wrong("the row is overwritten at every visit (=); what a state gets adds up over its visits (+=).")
def _(logits, states, actions):
    score, pi = np.zeros(logits.shape), softmax(logits)
    for s, a in zip(states, actions, strict=True):
        score[s] = -pi[s]
        score[s, a] += 1
    return score


@trajectory_score.wrong(
    "pi is *added*: the gradient of minus the logarithm of the denominator is -pi, so that every row sums to 0."
)
def _(logits, states, actions):
    return counted(logits, states, actions, -softmax(logits))


@trajectory_score.wrong(
    "this is the gradient of the *probability* of the actions, the product of all pi; its logarithm was asked for, which drops that factor."
)
def _(logits, states, actions):
    chance = softmax(logits)[states, actions].prod()
    return chance * trajectory_score.reference(logits, states, actions)


@trajectory_score.wrong(
    "this differentiates the logarithm of a *sum* of the pi; the steps are multiplied, and the logarithm of a product is the sum of the logarithms."
)
def _(logits, states, actions):
    score, pi = np.zeros(logits.shape), softmax(logits)
    for s, a in zip(states, actions, strict=True):
        score[s, a] += pi[s, a]
        score[s] -= pi[s, a] * pi[s]
    return score / pi[states, actions].sum()


@trajectory_score.wrong(
    "each step counts twice. If the second one is the environment's: log p(s'|s,a) contains no logit, its gradient is 0."
)
def _(logits, states, actions):
    return 2 * trajectory_score.reference(logits, states, actions)


@trajectory_score.wrong(
    "the action taken gets 2 instead of 1. The environment answers (s, a) with p(s'|s,a), but there is no logit in that: nothing to add."
)
def _(logits, states, actions):
    score = trajectory_score.reference(logits, states, actions)
    np.add.at(score, (states, actions), 1)
    return score


@trajectory_score.wrong(
    "the next state gets a gradient for having been reached. That it was reached is the environment's doing: p(s'|s,a) contains no logit."
)
def _(logits, states, actions):
    score = trajectory_score.reference(logits, states, actions)
    np.add.at(score, states[1:], 1)
    return score


@trajectory_score.wrong(
    "the last step is missing: the agent chose that action, too, even if nothing was recorded after it."
)
def _(logits, states, actions):
    return trajectory_score.reference(logits, states[:-1], actions[:-1])


@trajectory_score.wrong("the first step is missing: p(S_0) has no gradient, but the first *action* was chosen by pi.")
def _(logits, states, actions):
    return trajectory_score.reference(logits, states[1:], actions[1:])


@trajectory_score.wrong("this is log p(tau) without the environment's terms, a number; its *gradient* was asked for.")
def _(logits, states, actions):
    return np.log(softmax(logits)[states, actions]).sum()


@trajectory_score.wrong(
    "these are the rows of the steps, [T, A]; add each one to the row of its *state* in a table [S, A]."
)
def _(logits, states, actions):
    return np.eye(logits.shape[1])[actions] - softmax(logits)[states]


@trajectory_score.wrong("exp(logits) is not divided by its sum over the actions: these are no probabilities yet.")
def _(logits, states, actions):
    return counted(logits, states, actions, np.exp(logits))


@trajectory_score.wrong(
    "a sigmoid of each logit by itself; the actions of a state compete, and the softmax divides by the sum over them."
)
def _(logits, states, actions):
    return counted(logits, states, actions, 1 / (1 + np.exp(-logits)))


@trajectory_score.wrong(
    "this subtracts 1/A from every action, as if the policy were uniform; subtract its probabilities, pi."
)
def _(logits, states, actions):
    return counted(logits, states, actions, np.full(logits.shape, 1 / logits.shape[1]))


@trajectory_score.wrong(
    "the action taken gets 1, the others -pi; its own logit stands in the denominator, too: 1 - pi. Every row sums to 0."
)
def _(logits, states, actions):
    score, pi = np.zeros(logits.shape), softmax(logits)
    for s, a in zip(states, actions, strict=True):
        score[s] -= pi[s]
        score[s, a] += 1 + pi[s, a]
    return score


@trajectory_score.wrong(
    "the entry of the action taken is overwritten (= 1 - pi) while the others add up: += for all of them."
)
def _(logits, states, actions):
    score, pi = np.zeros(logits.shape), softmax(logits)
    for s, a in zip(states, actions, strict=True):
        score[s] -= pi[s]
        score[s, a] = 1 - pi[s, a]
    return score


@trajectory_score.wrong("a state counts at its first visit only; every visit was a choice, and every choice counts.")
def _(logits, states, actions):
    first = np.unique(states, return_index=True)[1]
    return trajectory_score.reference(logits, states[first], actions[first])


@trajectory_score.wrong(
    "divided by the number of visits of each state: a mean again. Gradients of a sum add up, undivided."
)
def _(logits, states, actions):
    visits = np.bincount(states, minlength=len(logits))[:, None]
    return trajectory_score.reference(logits, states, actions) / np.maximum(visits, 1)


@trajectory_score.wrong("the mean over the steps, and its sign is turned: the *sum*, and 1 - pi for the action taken.")
def _(logits, states, actions):
    return -trajectory_score.reference(logits, states, actions) / len(states)


@trajectory_score.wrong("score[action, state]: rows are states, columns actions, as in logits.")
def _(logits, states, actions):
    score, pi = np.zeros(logits.shape), softmax(logits)
    for s, a in zip(states, actions, strict=True):
        score[a, s] += 1
        score[s] -= pi[s]
    return score


@trajectory_score.wrong(
    "actions are paired with the state they led *to*; actions[t] was chosen in states[t], and so is its gradient."
)
def _(logits, states, actions):
    return trajectory_score.reference(logits, states[1:], actions[:-1])


@trajectory_score.wrong(
    "these are log-probabilities in the places of the actions taken; their *gradient* by every logit was asked for."
)
def _(logits, states, actions):
    score, log_pi = np.zeros(logits.shape), np.log(softmax(logits))
    for s, a in zip(states, actions, strict=True):
        score[s, a] += log_pi[s, a]
    return score


@trajectory_score.wrong("this is a probability, the product of all pi; the *gradient* of its logarithm was asked for.")
def _(logits, states, actions):
    return softmax(logits)[states, actions].prod()


@trajectory_score.wrong("one table for each step, [T, S, A]: add them up, over the steps.")
def _(logits, states, actions):
    pairs = zip(states, actions, strict=True)
    return np.array([trajectory_score.reference(logits, [s], [a]) for s, a in pairs])


@trajectory_score.wrong(
    "the sum of exp lacks keepdims: [S] is lined up with the *actions*. It must be [S, 1], so that each row is divided by its own."
)
def _(logits, states, actions):
    return counted(logits, states, actions, np.exp(logits) / np.exp(logits).sum(axis=1))


@trajectory_score.wrong("all states are added up, [A]; every state has a row of its own: [S, A].")
def _(logits, states, actions):
    return trajectory_score.reference(logits, states, actions).sum(axis=0)


@trajectory_score.wrong(
    "only -pi is there, the 1 for the action taken is missing: log pi is the logit *minus* the logarithm of the denominator."
)
def _(logits, states, actions):
    visits = np.bincount(states, minlength=len(logits))[:, None]
    return -visits * softmax(logits)


@trajectory_score.wrong(
    "only the entry of the action taken is changed, and by the derivative of pi, pi (1 - pi): log pi has 1 - pi there, and -pi for all the others."
)
def _(logits, states, actions):
    score, pi = np.zeros(logits.shape), softmax(logits)
    np.add.at(score, (states, actions), (pi * (1 - pi))[states, actions])
    return score


@trajectory_score.wrong(
    "the probability of the action *taken* is subtracted from the whole row; each action gets minus its own."
)
def _(logits, states, actions):
    score, pi = np.zeros(logits.shape), softmax(logits)
    for s, a in zip(states, actions, strict=True):
        score[s, a] += 1
        score[s] -= pi[s, a]
    return score
