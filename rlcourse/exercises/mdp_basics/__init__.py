"""Notebook 01 · MDP basics: its exercises, quiz questions and predictions.

The functions that students write take dense arrays: transition [S, A, S] holds p(s' | s, a), reward [S, A] holds r(s, a),
a policy [S, A] holds pi(a | s). Unless a `terminal` mask is passed, terminal states loop on themselves with reward 0.
"""

from rlcourse.exercises.mdp_basics import (
    bellman_equation,
    broken_sweeps,
    greedy_policy,
    returns,
    reward_process,
    value_iteration,
)
from rlcourse.exercises.mdp_basics.predictions import PREDICTIONS
from rlcourse.exercises.mdp_basics.quiz import QUESTIONS

__all__ = ["EXERCISES", "PREDICTIONS", "QUESTIONS"]

EXERCISES = (
    returns.returns,
    reward_process.under,
    bellman_equation.action_values,
    bellman_equation.solve_bellman,
    greedy_policy.greedy,
    value_iteration.optimal_values,
    broken_sweeps.everything_costs_ten,
    broken_sweeps.everything_is_free,
    broken_sweeps.a_tenth_too_small,
)
