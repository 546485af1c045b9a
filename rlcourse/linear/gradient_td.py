"""Gradient TD: a true gradient, of the projected Bellman error, so that off-policy learning converges.

The gradient of the PBE is a product of two expectations that need the same sample; a second weight vector v, learned by
least mean squares, stands in for one of them:

    w <- w + alpha * rho_t * [ delta_t * x(S_t) - discount * x(S_{t+1}) * (x(S_t) @ v) ]
    v <- v + beta * rho_t * [ delta_t - x(S_t) @ v ] * x(S_t)

This is TDC, TD with gradient correction, also called GTD(0): the usual TD step, corrected. beta should be the larger
one. Source: Sutton et al. (2009); Sutton & Barto, 2nd edition, section 11.7 and figure 11.5.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlcourse.linear.expected_update import ExpectedUpdate, iterate, second_moment
from rlcourse.linear.features import validated_features
from rlcourse.linear.transitions import Transitions
from rlcourse.linear.weights import first_weights, step_sizes, still_bounded
from rlcourse.mdp.arguments import for_each_run
from rlcourse.mdp.arrays import Floats


def tdc(
    transitions: Transitions,
    features: npt.ArrayLike,
    *,
    alpha: npt.ArrayLike,
    beta: npt.ArrayLike,
    initial: npt.ArrayLike = 0.0,
) -> Floats:
    """The weights w before the first step and after each, [steps + 1, runs, d], for features [S, d]; v begins at 0.

    `alpha` and `beta` > 0 are numbers or one for each run, `initial` a number or [d]. Raises ValueError for settings or
    features that do not fit, RuntimeError for weights beyond 1e100.
    """
    x = validated_features(features, transitions.terminal)
    steps, runs = transitions.state.shape
    size = for_each_run("alpha", step_sizes("alpha", alpha), runs)
    second_size = for_each_run("beta", step_sizes("beta", beta), runs)
    weights, v = np.empty((steps + 1, runs, x.shape[1])), np.zeros((runs, x.shape[1]))
    weights[0] = w = first_weights(initial, x.shape[1])
    with np.errstate(over="ignore", invalid="ignore"):  # the check below reports it
        for t, (state, ratio, reward, next_state) in enumerate(transitions):
            here, there = x[state], transitions.discount * x[next_state]  # [runs, d]
            delta = reward + ((there - here) * w).sum(axis=1)
            expected = (here * v).sum(axis=1)  # what v expects of delta in this state
            weights[t + 1] = w = w + (size * ratio)[:, None] * (delta[:, None] * here - expected[:, None] * there)
            v = v + (second_size * ratio * (delta - expected))[:, None] * here
    still_bounded(weights, "after the last step")
    return weights


def expected_tdc(update: ExpectedUpdate, initial: npt.ArrayLike, *, alpha: float, beta: float, steps: int) -> Floats:
    """TDC without noise, for the expected TD update of the same features and weighting: w [steps + 1, d].

    With C = X' D X:  w <- w + alpha * (b - A w - (C - A') v),   v <- v + beta * (b - A w - C v).
    """
    a, b, c = update.a, update.b, second_moment(update.features, update.weighting)
    count = b.size
    matrix = np.eye(2 * count) - np.block([[alpha * a, alpha * (c - a.T)], [beta * a, beta * c]])
    first = np.concatenate([first_weights(initial, count), np.zeros(count)])
    return iterate(matrix, np.concatenate([alpha * b, beta * b]), first, steps)[:, :count]
