"""Learning and planning with one number for every state or action: NumPy only, float64."""

from rlcourse.mdp.experience import Experience, a_b_episodes
from rlcourse.mdp.sample_episodes import sample_episodes
from rlcourse.tabular.control.double_q_learning import double_q_learning
from rlcourse.tabular.control.expected_sarsa import expected_sarsa
from rlcourse.tabular.control.interaction import Learned
from rlcourse.tabular.control.monte_carlo_control import monte_carlo_control, monte_carlo_exploring_starts
from rlcourse.tabular.control.n_step_sarsa import n_step_sarsa
from rlcourse.tabular.control.q_learning import q_learning
from rlcourse.tabular.control.sarsa import sarsa
from rlcourse.tabular.control.sarsa_lambda import sarsa_lambda
from rlcourse.tabular.control.schedules import constant, glie, harmonic
from rlcourse.tabular.control.settings import Settings
from rlcourse.tabular.control.tree_backup import tree_backup
from rlcourse.tabular.control.watkins_q_lambda import watkins_q_lambda
from rlcourse.tabular.planning.backward_induction import backward_induction
from rlcourse.tabular.planning.bellman import action_values, deterministic_policy, greedy_policy, uniform_policy
from rlcourse.tabular.planning.occupancy import discounted_occupancy, expected_visits, stationary_distribution
from rlcourse.tabular.planning.policy_evaluation import evaluate_policy, evaluate_policy_exactly
from rlcourse.tabular.planning.policy_iteration import Improvement, policy_iteration, solve
from rlcourse.tabular.planning.soft_policies import best_epsilon_soft, epsilon_soft
from rlcourse.tabular.planning.sweep import Sweep
from rlcourse.tabular.planning.value_iteration import value_iteration
from rlcourse.tabular.policy_gradient import (
    objective,
    policy_gradient,
    sampled_policy_gradient,
    softmax_policy,
)
from rlcourse.tabular.prediction.batch import batch_monte_carlo, batch_td
from rlcourse.tabular.prediction.importance_sampling import importance_ratios, importance_sampling
from rlcourse.tabular.prediction.lambda_return import lambda_return
from rlcourse.tabular.prediction.monte_carlo import monte_carlo_prediction
from rlcourse.tabular.prediction.n_step_td import n_step_td
from rlcourse.tabular.prediction.td import td_prediction
from rlcourse.tabular.prediction.td_lambda import td_lambda, true_online_td_lambda

__all__ = [
    "Experience",
    "Improvement",
    "Learned",
    "Settings",
    "Sweep",
    "a_b_episodes",
    "action_values",
    "backward_induction",
    "batch_monte_carlo",
    "batch_td",
    "best_epsilon_soft",
    "constant",
    "deterministic_policy",
    "discounted_occupancy",
    "double_q_learning",
    "epsilon_soft",
    "evaluate_policy",
    "evaluate_policy_exactly",
    "expected_sarsa",
    "expected_visits",
    "glie",
    "greedy_policy",
    "harmonic",
    "importance_ratios",
    "importance_sampling",
    "lambda_return",
    "monte_carlo_control",
    "monte_carlo_exploring_starts",
    "monte_carlo_prediction",
    "n_step_sarsa",
    "n_step_td",
    "objective",
    "policy_gradient",
    "policy_iteration",
    "q_learning",
    "sample_episodes",
    "sampled_policy_gradient",
    "sarsa",
    "sarsa_lambda",
    "softmax_policy",
    "solve",
    "stationary_distribution",
    "td_lambda",
    "td_prediction",
    "tree_backup",
    "true_online_td_lambda",
    "uniform_policy",
    "value_iteration",
    "watkins_q_lambda",
]
