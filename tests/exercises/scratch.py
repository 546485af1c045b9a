"""Content as an author would write it, in one file, for the tests only: notebook 99."""

import numpy as np

from rlcourse.exercises.format import Option, Prediction, Question, exercise


@exercise("99.1", "The discounted return", cases=(([1.0], 0.5), ([1.0, 2.0, 3.0], 0.5), ([], 0.9)))
def discounted_return(rewards, discount):
    return float(sum(discount**k * reward for k, reward in enumerate(rewards)))


@discounted_return.wrong("the rewards are added without γ: a reward k steps later counts γ^k.")
def _(rewards, discount):
    return sum(rewards)


@discounted_return.wrong("the first reward is discounted too; R_{t+1} counts in full.")
def _(rewards, discount):
    return sum(discount ** (k + 1) * reward for k, reward in enumerate(rewards))


@discounted_return.wrong("every reward is multiplied by γ once; the power must grow with k.")
def _(rewards, discount):
    return sum(discount * reward for reward in rewards)


def two_state_worlds():
    transition = np.array([[[0.5, 0.5], [1.0, 0.0]], [[0.0, 1.0], [0.3, 0.7]]])
    reward = np.array([[1.0, 0.0], [0.0, 2.0]])
    return [
        (transition, reward, np.zeros(2), 0.9),
        (transition, reward, np.array([1.0, 3.0]), 0.9),
        (transition, reward, np.array([1.0, 3.0]), 0.0),
    ]


@exercise(
    "99.2",
    "One Bellman backup",
    cases=two_state_worlds,
    show=lambda p, r, v, g: f"the world of two states, v = {v}, discount = {g}",
)
def backup(transition, reward, v, discount):
    return reward + discount * transition @ v


@backup.wrong("the value of the next state is not discounted.")
def _(p, r, v, g):
    return r + p @ v


@backup.wrong("the reward is discounted as well.")
def _(p, r, v, g):
    return g * (r + p @ v)


@backup.wrong("this is the maximum over actions, v(s).")
def _(p, r, v, g):
    return (r + g * p @ v).max(1)


def attains_the_maximum(result, expected, q):
    rows = np.arange(len(q))
    return np.allclose(q[rows, result], q[rows, expected])


@exercise(
    "99.3",
    "The greedy action",
    cases=((np.array([[1.0, 2.0], [3.0, 3.0]]),), (np.array([[5.0, -1.0], [0.0, 1.0]]),)),
    accept=attains_the_maximum,
)
def greedy(q):
    return q.argmax(axis=1)


@greedy.wrong("this is the worst action.")
def _(q):
    return q.argmin(axis=1)


@greedy.wrong("this is the value of the best action, not its number.")
def _(q):
    return q.max(axis=1)


@greedy.wrong("this is the best state for each action.")
def _(q):
    return q.argmax(axis=0)


CHAIN = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]])


@exercise(
    "99.4",
    "Bug hunt: a sweep that runs ahead",
    cases=((CHAIN, np.zeros(3), np.ones(3)), (CHAIN[::-1], np.ones(3), np.arange(3.0))),
)
def sweep(transition, reward, v):
    return reward + 0.9 * transition @ v


@sweep.planted_bug("after one sweep news has travelled further than one step.")
def _(transition, reward, v):
    new = v.copy()
    for s in range(len(new)):
        new[s] = reward[s] + 0.9 * transition[s] @ new
    return new


@sweep.wrong("the discount is gone.")
def _(p, r, v):
    return r + p @ v


@sweep.wrong("the transition matrix is transposed.")
def _(p, r, v):
    return r + 0.9 * p.T @ v


@sweep.wrong("the reward is gone.")
def _(p, r, v):
    return 0.9 * p @ v


EXERCISES = (discounted_return, backup, greedy, sweep)

QUESTIONS = (
    Question(
        "99.Q1",
        "Which problem does $\\gamma = 0$ pose, where $v_\\pi(s) < 1$ for *all* `s`?",
        (
            Option(
                "Maximise the next reward $R_{t+1}$",
                "only $k = 0$ survives in $\\sum_k \\gamma^k R_{t+k+1}$.",
                right=True,
            ),
            Option("Maximise the average reward", "averages appear as $\\gamma \\to 1$, the other end."),
            Option("None: every policy is optimal", "$R_{t+1}$ still counts in full, as $0^0 = 1$ here."),
        ),
    ),
)

PREDICTIONS = (
    Prediction(
        "99.P1",
        "The discount rises from $0.9$ to $0.99$. The number of sweeps until the change is below $10^{-6}$ …",
        (
            Option("stays the same", "each sweep shrinks the error by $\\gamma$ only."),
            Option("doubles", "$\\ln 0.9 / \\ln 0.99$ is far from 2."),
            Option("grows about tenfold", "$\\ln 0.9 / \\ln 0.99 \\approx 10.5$.", right=True),
        ),
        why="The error shrinks by $\\gamma$ a sweep, so sweeps go like $1 / \\ln(1/\\gamma)$.",
        in_order=True,
    ),
    Prediction(
        "99.P2",
        "What is the value of a reward of 1 every step for ever, with $\\gamma = 0.9$?",
        answer=10.0,
        tolerance=0.5,
        below="You may have stopped the sum early: the far future still adds up.",
        above="Rewards far away count less and less; the sum stays finite.",
        why="$\\sum_k \\gamma^k = 1 / (1 - \\gamma)$.",
    ),
)
