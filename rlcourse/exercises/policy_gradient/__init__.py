"""Notebook 04 · Policy gradient: its exercises, quiz questions and predictions.

The functions that students write take NumPy arrays where the policy is a table of logits [S, A], and PyTorch tensors
in order of time, [T, N], where it is a network.
"""

from rlcourse.exercises.policy_gradient import (
    actor_critic,
    best_baseline,
    entropy_bonus,
    exact_critic,
    gae,
    gaussian,
    log_probability,
    paired_ratio,
    reinforce_loss,
    reward_to_go,
    squashed_gaussian,
    trajectory_score,
    two_losses,
)
from rlcourse.exercises.policy_gradient.predictions import PREDICTIONS
from rlcourse.exercises.policy_gradient.quiz import QUESTIONS

__all__ = ["EXERCISES", "PREDICTIONS", "QUESTIONS"]

EXERCISES = (
    trajectory_score.trajectory_score,
    reinforce_loss.reinforce_loss,
    reward_to_go.reward_to_go,
    best_baseline.best_baseline,
    two_losses.gradients,
    log_probability.log_probability,
    gae.gae,
    exact_critic.advantages,
    entropy_bonus.a2c_gradients,
    actor_critic.actor_critic,
    paired_ratio.paired_ratio,
    gaussian.gaussian_logprob,
    squashed_gaussian.squashed_logprob,
)
