"""Notebook 04 · Policy gradient: its exercises, quiz questions and predictions.

The functions that students write take NumPy arrays where the policy is a table of logits [S, A], and PyTorch tensors
in order of time, [T, N], where it is a network.
"""

from rlcourse.exercises.format import Prediction, Question
from rlcourse.exercises.policy_gradient import rarer_in_learning, rarer_in_statistics

__all__ = ["EXERCISES", "PREDICTIONS", "QUESTIONS"]

EXERCISES = (
    rarer_in_learning.gae,
    rarer_in_learning.advantages,
    rarer_in_learning.actor_critic,
    rarer_in_statistics.paired_ratio,
    rarer_in_statistics.gaussian_logprob,
    rarer_in_statistics.squashed_logprob,
)

QUESTIONS: tuple[Question, ...] = ()
PREDICTIONS: tuple[Prediction, ...] = ()
