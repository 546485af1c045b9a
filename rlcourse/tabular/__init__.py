"""Learning and planning with one number for every state or action: NumPy only, float64."""

from rlcourse.tabular.backward_induction import backward_induction
from rlcourse.tabular.bellman import action_values, deterministic_policy, greedy_policy, uniform_policy
from rlcourse.tabular.occupancy import discounted_occupancy, stationary_distribution
from rlcourse.tabular.policy_evaluation import evaluate_policy, evaluate_policy_exactly
from rlcourse.tabular.policy_iteration import Improvement, policy_iteration, solve
from rlcourse.tabular.sweep import Sweep
from rlcourse.tabular.value_iteration import value_iteration

__all__ = [
    "Improvement",
    "Sweep",
    "action_values",
    "backward_induction",
    "deterministic_policy",
    "discounted_occupancy",
    "evaluate_policy",
    "evaluate_policy_exactly",
    "greedy_policy",
    "policy_iteration",
    "solve",
    "stationary_distribution",
    "uniform_policy",
    "value_iteration",
]
