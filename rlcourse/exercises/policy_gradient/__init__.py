"""Notebook 04 · Policy gradient: its exercises, quiz questions and predictions."""

from rlcourse.exercises.policy_gradient.predictions import PREDICTIONS
from rlcourse.exercises.policy_gradient.quiz import QUESTIONS

__all__ = ["EXERCISES", "PREDICTIONS", "QUESTIONS"]

EXERCISES = ()
