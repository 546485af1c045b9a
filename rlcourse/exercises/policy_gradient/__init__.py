"""Notebook 04 · Policy gradient: its exercises, quiz questions and predictions.

The functions that students write take NumPy arrays where the policy is a table of logits [S, A], and PyTorch tensors
in order of time, [T, N], where it is a network.
"""

from rlcourse.exercises.format import Prediction, Question
from rlcourse.exercises.policy_gradient import (
    actor_critic,
    exact_critic,
    gae,
    gaussian,
    paired_ratio,
    squashed_gaussian,
)

__all__ = ["EXERCISES", "PREDICTIONS", "QUESTIONS"]

EXERCISES = (
    gae.gae,
    exact_critic.advantages,
    actor_critic.actor_critic,
    paired_ratio.paired_ratio,
    gaussian.gaussian_logprob,
    squashed_gaussian.squashed_logprob,
)

QUESTIONS: tuple[Question, ...] = ()
PREDICTIONS: tuple[Prediction, ...] = ()
