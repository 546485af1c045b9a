"""Learning with a weighted sum of features instead of one number for every state: NumPy only, float64."""

from rlcourse.linear.baird import Counterexample, baird, w_and_2w
from rlcourse.linear.deadly_triad import Triad, deadly_triad
from rlcourse.linear.expected_update import ExpectedUpdate, best_weights, emphasis, expected_td, value_error
from rlcourse.linear.features import fourier_basis, polynomial_basis, state_aggregation
from rlcourse.linear.gradient_mc import gradient_monte_carlo
from rlcourse.linear.gradient_td import expected_tdc, tdc
from rlcourse.linear.long_walk import long_random_walk
from rlcourse.linear.off_policy_td import off_policy_td
from rlcourse.linear.semi_gradient_sarsa import Controlled, cost_to_go, semi_gradient_sarsa
from rlcourse.linear.semi_gradient_td import semi_gradient_td
from rlcourse.linear.textbook_mountain_car import TextbookMountainCar
from rlcourse.linear.tile_coding import TileCoder
from rlcourse.linear.transitions import Transitions, sample_transitions

__all__ = [
    "Controlled",
    "Counterexample",
    "ExpectedUpdate",
    "TextbookMountainCar",
    "TileCoder",
    "Transitions",
    "Triad",
    "baird",
    "best_weights",
    "cost_to_go",
    "deadly_triad",
    "emphasis",
    "expected_td",
    "expected_tdc",
    "fourier_basis",
    "gradient_monte_carlo",
    "long_random_walk",
    "off_policy_td",
    "polynomial_basis",
    "sample_transitions",
    "semi_gradient_sarsa",
    "semi_gradient_td",
    "state_aggregation",
    "tdc",
    "value_error",
    "w_and_2w",
]
