"""1.2 What an MDP is once its policy is fixed: a reward process."""

import numpy as np

from rlcourse.exercises.format import Floats, exercise
from rlcourse.exercises.mdp_basics.worlds import random_world, small_world


@exercise(
    "1.2",
    "From an MDP and a policy to a reward process",
    cases=lambda: (
        (np.array([[0.25, 0.75], [0.9, 0.1], [0.5, 0.5]]), *small_world()),
        (np.random.default_rng(1).dirichlet(np.ones(3), size=4), *random_world(4, 3, seed=2)),
    ),
)
def under(policy: Floats, transition: Floats, reward: Floats) -> tuple[Floats, Floats]:
    """p_pi(s' | s) and r_pi(s): the actions averaged out."""
    return np.einsum("sa,sat->st", policy, transition), (policy * reward).sum(axis=1)


@under.wrong("the actions are averaged with equal weights: that is the uniform policy, whatever pi says.")
def _(policy, transition, reward):
    return transition.mean(axis=1), reward.mean(axis=1)


@under.wrong("p is right, but the rewards are not weighted with the policy.")
def _(policy, transition, reward):
    return np.einsum("sa,sat->st", policy, transition), reward.mean(axis=1)


@under.wrong("this follows the likeliest action only; the policy takes the others too, as often as it says.")
def _(policy, transition, reward):
    rows, best = np.arange(len(policy)), policy.argmax(axis=1)
    return transition[rows, best], reward[rows, best]


@under.wrong("the actions are summed without their probabilities; rows must sum to one.")
def _(policy, transition, reward):
    return transition.sum(axis=1), reward.sum(axis=1)
