"""A content module as an author would write it, for the tests only: notebook 99."""

from __future__ import annotations

from typing import Any

import numpy as np

from rlcourse.exercises.format import Exercise, Mistake, Option, Prediction, Question


def discounted_return(rewards: Any, discount: float) -> float:
    return float(sum(discount**k * reward for k, reward in enumerate(rewards)))


def backup(transition: Any, reward: Any, v: Any, discount: float) -> Any:
    return reward + discount * transition @ v


def greedy(q: Any) -> Any:
    return q.argmax(axis=1)


def attains_the_maximum(result: Any, expected: Any, q: Any) -> bool:
    rows = np.arange(len(q))
    return bool(np.allclose(q[rows, result], q[rows, expected]))


def sweep(transition: Any, reward: Any, v: Any) -> Any:
    return reward + 0.9 * transition @ v


def sweep_in_place(transition: Any, reward: Any, v: Any) -> Any:
    new = v.copy()
    for s in range(len(new)):
        new[s] = reward[s] + 0.9 * transition[s] @ new
    return new


def two_state_worlds() -> list[tuple[Any, ...]]:
    transition = np.array([[[0.5, 0.5], [1.0, 0.0]], [[0.0, 1.0], [0.3, 0.7]]])
    reward = np.array([[1.0, 0.0], [0.0, 2.0]])
    return [
        (transition, reward, np.zeros(2), 0.9),
        (transition, reward, np.array([1.0, 3.0]), 0.9),
        (transition, reward, np.array([1.0, 3.0]), 0.0),
    ]


CHAIN = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]])

EXERCISES = (
    Exercise(
        number="99.1",
        title="The discounted return",
        reference=discounted_return,
        cases=(([1.0], 0.5), ([1.0, 2.0, 3.0], 0.5), ([], 0.9)),
        mistakes=(
            Mistake(
                lambda rewards, discount: sum(rewards),
                "the rewards are added without γ: a reward k steps later counts γ^k.",
            ),
            Mistake(
                lambda rewards, discount: sum(discount ** (k + 1) * r for k, r in enumerate(rewards)),
                "the first reward is discounted too; R_{t+1} counts in full.",
            ),
            Mistake(
                lambda rewards, discount: sum(discount * r for r in rewards),
                "every reward is multiplied by γ once; the power must grow with k.",
            ),
        ),
    ),
    Exercise(
        number="99.2",
        title="One Bellman backup",
        reference=backup,
        cases=two_state_worlds,
        mistakes=(
            Mistake(lambda p, r, v, g: r + p @ v, "the value of the next state is not discounted."),
            Mistake(lambda p, r, v, g: g * (r + p @ v), "the reward is discounted as well."),
            Mistake(lambda p, r, v, g: (r + g * p @ v).max(1), "this is the maximum over actions, v(s)."),
        ),
        show=lambda p, r, v, g: f"the world of two states, v = {v}, discount = {g}",
    ),
    Exercise(
        number="99.3",
        title="The greedy action",
        reference=greedy,
        cases=((np.array([[1.0, 2.0], [3.0, 3.0]]),), (np.array([[5.0, -1.0], [0.0, 1.0]]),)),
        mistakes=(
            Mistake(lambda q: q.argmin(axis=1), "this is the worst action."),
            Mistake(lambda q: q.max(axis=1), "this is the value of the best action, not its number."),
            Mistake(lambda q: q.argmax(axis=0), "this is the best state for each action."),
        ),
        accept=attains_the_maximum,
    ),
    Exercise(
        number="99.4",
        title="Bug hunt: a sweep that runs ahead",
        reference=sweep,
        planted=sweep_in_place,
        symptom="after one sweep news has travelled further than one step.",
        cases=((CHAIN, np.zeros(3), np.ones(3)), (CHAIN[::-1], np.ones(3), np.arange(3.0))),
        mistakes=(
            Mistake(lambda p, r, v: r + p @ v, "the discount is gone."),
            Mistake(lambda p, r, v: r + 0.9 * p.T @ v, "the transition matrix is transposed."),
            Mistake(lambda p, r, v: 0.9 * p @ v, "the reward is gone."),
        ),
    ),
)

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
