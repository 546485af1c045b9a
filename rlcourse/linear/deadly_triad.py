"""The deadly triad: function approximation, bootstrapping, off-policy training. Any two are fine; all three diverge.

Baird's counterexample with three switches and no noise. Each of the eight combinations starts from the same values and
updates all states equally often; the true values are 0 in all of them. Source: Sutton & Barto, 2nd edition, section
11.3; the iteration is equation (11.9).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np

from rlcourse.linear.baird import baird
from rlcourse.linear.expected_update import expected_td
from rlcourse.mdp.arrays import Floats


@dataclass(frozen=True, eq=False)
class Triad:
    """What happened; k counts the updates, and where the weights pass 1e100 the record ends early."""

    weights: Floats  # [k + 1, d]
    values: Floats  # [k + 1, 7] all should be 0
    error: Floats  # [k + 1] root of the value error, all states weighted equally
    growth: float  # by which factor an update multiplies the error in the long run: above 1 is divergence


def deadly_triad(
    *,
    approximation: bool = True,
    bootstrapping: bool = True,
    off_policy: bool = True,
    n: int = 1,
    alpha: float = 0.01,
    discount: float = 0.99,
    steps: int = 1000,
) -> Triad:
    """Expected updates on Baird's counterexample, with each of the three parts switched on or off.

    Without `approximation` every state has a weight of its own. Without `bootstrapping` targets are whole returns; with
    it, n-step returns. Without `off_policy` the policy that is judged is the one that moves.
    """
    example = baird(discount)
    features = example.features if approximation else np.eye(7)
    initial = example.initial if approximation else example.features @ example.initial  # the same first values
    process = example.mdp.under(example.target if off_policy else example.behaviour)
    update = expected_td(process, features, example.weighting, n=n if bootstrapping else inf)
    weights = update.iterate(initial, alpha=alpha, steps=steps)
    values = weights @ features.T
    error = np.sqrt((values**2).mean(axis=1))
    return Triad(weights=weights, values=values, error=error, growth=update.growth(alpha))
