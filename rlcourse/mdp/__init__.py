"""Finite Markov decision processes: the object, worlds to put in it, and experience drawn from it."""

from rlcourse.mdp.blackjack import blackjack
from rlcourse.mdp.experience import Experience, a_b_episodes
from rlcourse.mdp.finite_mdp import FiniteMDP
from rlcourse.mdp.grid_world import grid_world
from rlcourse.mdp.linear_quadratic import LinearQuadratic, double_integrator, scalar_lqr
from rlcourse.mdp.reward_process import MarkovRewardProcess
from rlcourse.mdp.sample_episodes import sample_episodes
from rlcourse.mdp.sampler import MDPEnv, MDPVectorEnv, register
from rlcourse.mdp.sampling_examples import (
    Drive,
    driving_home,
    infinite_variance_loop,
    maximisation_bias,
    short_corridor,
)
from rlcourse.mdp.worlds import (
    WORLDS,
    car_rental,
    cliff_walk,
    corner_grid,
    exit_maze,
    frozen_lake,
    gamblers_problem,
    random_walk,
    teleport_grid,
    windy_grid,
)

__all__ = [
    "WORLDS",
    "Drive",
    "Experience",
    "FiniteMDP",
    "LinearQuadratic",
    "MDPEnv",
    "MDPVectorEnv",
    "MarkovRewardProcess",
    "a_b_episodes",
    "blackjack",
    "car_rental",
    "cliff_walk",
    "corner_grid",
    "double_integrator",
    "driving_home",
    "exit_maze",
    "frozen_lake",
    "gamblers_problem",
    "grid_world",
    "infinite_variance_loop",
    "maximisation_bias",
    "random_walk",
    "sample_episodes",
    "scalar_lqr",
    "short_corridor",
    "teleport_grid",
    "windy_grid",
]


register()
