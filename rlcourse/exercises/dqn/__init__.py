"""Notebook 03 · DQN: its exercises, quiz questions and predictions.

The functions that students write take a batch of B steps as PyTorch tensors: reward [B], action values [B, A], flags
[B] of truth values, and return tensors.
"""

from rlcourse.exercises.dqn import (
    double_dqn,
    dqn_loss,
    dueling,
    loss_gradient,
    n_step_return,
    noisy_layer,
    prioritised_replay,
    projection,
    td_target,
    time_limit,
)
from rlcourse.exercises.dqn.predictions import PREDICTIONS
from rlcourse.exercises.dqn.quiz import QUESTIONS

__all__ = ["EXERCISES", "PREDICTIONS", "QUESTIONS"]

EXERCISES = (
    td_target.td_target,
    dqn_loss.dqn_loss,
    loss_gradient.loss_gradient,
    time_limit.td_targets,
    double_dqn.double_dqn_target,
    dueling.combine,
    n_step_return.n_step_return,
    prioritised_replay.probabilities_and_weights,
    projection.project,
    noisy_layer.noisy_linear,
)
