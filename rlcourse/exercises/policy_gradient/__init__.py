"""Notebook 04 · Policy gradient: its exercises, quiz questions and predictions.

The functions that students write take NumPy arrays where the policy is a table of logits [S, A], and PyTorch tensors
in order of time, [T, N], where it is a network.
"""

from rlcourse.exercises.policy_gradient import (
    best_baseline,
    entropy_bonus,
    log_probability,
    rarer_in_learning,
    rarer_in_statistics,
    reinforce_loss,
    reward_to_go,
    trajectory_score,
    two_losses,
)
from rlcourse.exercises.policy_gradient.predictions import PREDICTIONS
from rlcourse.exercises.policy_gradient.quiz import QUESTIONS

# The two rarer_* modules hold the exercises of the files that they import, with further wrong answers added.

__all__ = ["EXERCISES", "PREDICTIONS", "QUESTIONS"]

EXERCISES = (
    trajectory_score.trajectory_score,
    reinforce_loss.reinforce_loss,
    reward_to_go.reward_to_go,
    best_baseline.best_baseline,
    two_losses.gradients,
    log_probability.log_probability,
    rarer_in_learning.gae,
    rarer_in_learning.advantages,
    entropy_bonus.a2c_gradients,
    rarer_in_learning.actor_critic,
    rarer_in_statistics.paired_ratio,
    rarer_in_statistics.gaussian_logprob,
    rarer_in_statistics.squashed_logprob,
)
