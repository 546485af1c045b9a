"""Notebook 02 · Monte Carlo and TD: its exercises, quiz questions and predictions.

The functions that students write take one episode or one step: states are integers, values an array [S] or [S, A], and
`done` says that the step ended the episode.
"""

from rlcourse.exercises.mc_td import (
    epsilon_greedy,
    first_visits,
    importance_sampling,
    incremental_mean,
    multi_step_returns,
    one_step_targets,
    temporal_difference,
)
from rlcourse.exercises.mc_td.predictions import PREDICTIONS
from rlcourse.exercises.mc_td.quiz import QUESTIONS

__all__ = ["EXERCISES", "PREDICTIONS", "QUESTIONS"]

EXERCISES = (
    incremental_mean.new_mean,
    first_visits.first_visit_returns,
    temporal_difference.td_update,
    multi_step_returns.n_step_return,
    multi_step_returns.lambda_returns,
    epsilon_greedy.epsilon_greedy,
    one_step_targets.q_learning_target,
    one_step_targets.expected_sarsa_target,
    one_step_targets.double_target,
    importance_sampling.ordinary_and_weighted,
)
