"""The worlds on which the functions of notebook 01 are checked, as dense arrays."""

import gymnasium
import numpy as np

from rlcourse.exercises.format import Bools, Floats
from rlcourse.mdp import FiniteMDP


def small_world() -> tuple[Floats, Floats]:
    """Three states, two actions, hardly a number twice: wherever axes are mixed up, it shows. The last state is the end."""
    transition = np.array(
        [[[0.9, 0.1, 0.0], [0.2, 0.5, 0.3]], [[0.4, 0.6, 0.0], [0.0, 0.7, 0.3]], [[0.0, 0.0, 1.0]] * 2]
    )
    return transition, np.array([[1.0, -2.0], [0.5, 3.0], [0.0, 0.0]])


def random_world(states: int, actions: int, seed: int) -> tuple[Floats, Floats]:
    """A world without structure, the last state terminal."""
    rng = np.random.default_rng(seed)
    transition = rng.dirichlet(np.full(states, 0.5), size=(states, actions))
    reward = rng.normal(size=(states, actions)).round(1)
    transition[-1], reward[-1] = np.eye(states)[-1], 0.0
    return transition, reward


def cliff_table() -> tuple[Floats, Floats, Bools]:
    """Gymnasium's CliffWalking as dense arrays, as its table stands: the goal's rows lead back onto the map."""
    with gymnasium.make("CliffWalking-v1") as env:
        table = env.unwrapped.P  # type: ignore[attr-defined]
    states, actions = len(table), len(table[0])
    transition, reward = np.zeros((states, actions, states)), np.zeros((states, actions))
    terminal = np.zeros(states, dtype=bool)
    for s in range(states):
        for a in range(actions):
            for prob, successor, pay, terminated in table[s][a]:
                transition[s, a, successor] += prob
                reward[s, a] += prob * pay
                terminal[successor] |= terminated
    return transition, reward, terminal


def as_mdp(transition: Floats, reward: Floats, discount: float) -> FiniteMDP:
    """The arrays of an exercise as the package's object, to hand them to the package's solvers."""
    own = np.arange(len(transition))
    loops = (transition[own, :, own] == 1).all(axis=1) & (reward == 0).all(axis=1)
    return FiniteMDP.from_dense(transition, reward, discount=discount, terminal=loops)
