"""1.3 and 1.4 The Bellman equation: one step of looking ahead, and the equation solved."""

import numpy as np

from rlcourse import tabular
from rlcourse.exercises.format import Floats, exercise
from rlcourse.exercises.mdp_basics.worlds import as_mdp, random_world, small_world
from rlcourse.mdp import FiniteMDP


@exercise(
    "1.3",
    "One step of looking ahead",
    cases=lambda: (
        (np.array([10.0, -4.0, 0.0]), *small_world(), 0.5),
        (np.array([1.0, -2.0, 3.0, 0.0]), *random_world(4, 3, seed=5), 0.9),
    ),
)
def action_values(v: Floats, transition: Floats, reward: Floats, discount: float) -> Floats:
    """q(s, a) = r(s, a) + discount * sum_s' p(s' | s, a) v(s')."""
    return tabular.action_values(as_mdp(transition, reward, discount), v)


@action_values.wrong("the next state's value is not discounted.")
def _(v, transition, reward, discount):
    return reward + transition @ v


@action_values.wrong(
    "the reward is discounted too; it comes at once and counts in full, only what follows is discounted."
)
def _(v, transition, reward, discount):
    return discount * (reward + transition @ v)


@action_values.wrong("the reward of the step itself is missing.")
def _(v, transition, reward, discount):
    return discount * transition @ v


@action_values.wrong("this uses the value of the state you leave; what counts is where the action leads, on average.")
def _(v, transition, reward, discount):
    return reward + discount * v[:, None]


@action_values.wrong(
    "the sum runs over the first index of `transition`, the state you leave; it must run over the last, s'."
)
def _(v, transition, reward, discount):
    return reward + discount * np.einsum("sat,s->ta", transition, v)


@exercise(
    "1.4",
    "The Bellman equation, solved",
    cases=lambda: (
        (np.array([[0.5, 0.5], [0.2, 0.8]]), np.array([1.0, 0.0]), 0.9),
        (random_world(5, 1, seed=6)[0][:, 0], np.arange(5.0), 0.8),
    ),
)
def solve_bellman(transition: Floats, reward: Floats, discount: float) -> Floats:
    """v = (I - discount * P)^-1 r for a reward process: transition [S, S], reward [S]."""
    process = FiniteMDP.from_dense(transition[:, None, :], reward[:, None], discount=discount)
    return tabular.evaluate_policy_exactly(process, np.ones((len(reward), 1)))


@solve_bellman.wrong(
    "the sign is wrong: moving discount * P v to the left side of v = r + discount * P v makes it negative."
)
def _(transition, reward, discount):
    return np.linalg.solve(np.eye(len(reward)) + discount * transition, reward)


@solve_bellman.wrong("P is transposed: row s must hold the probabilities of leaving s, and v stands to its right.")
def _(transition, reward, discount):
    return np.linalg.solve(np.eye(len(reward)) - discount * transition.T, reward)


@solve_bellman.wrong(
    "the discount is missing. I - P has no inverse (its rows sum to 0), so what comes out is rounding noise."
)
def _(transition, reward, discount):
    return np.linalg.solve(np.eye(len(reward)) - transition, reward)


@solve_bellman.wrong("the rewards are discounted once too often.")
def _(transition, reward, discount):
    return discount * solve_bellman.reference(transition, reward, discount)


@solve_bellman.wrong("`1 - discount * P` subtracts from *every* entry; I is the identity matrix, `np.eye`.")
def _(transition, reward, discount):
    return np.linalg.solve(1 - discount * transition, reward)


@solve_bellman.wrong("this is one sweep from v = r, not the solution: the rewards after the second step are missing.")
def _(transition, reward, discount):
    return reward + discount * transition @ reward
