"""Off-policy semi-gradient TD(0): learn the value of one policy from the steps of another, and see it fail.

    w <- w + alpha * rho_t * delta_t * x(S_t),     delta_t = R_{t+1} + discount * w @ x(S_{t+1}) - w @ x(S_t)

rho makes every single update right on average, but not how often each state is updated: that is still the behaviour's
doing. A state whose weights also carry another, larger value can then be raised by its own increase, for ever. Source:
Sutton & Barto, 2nd edition, section 11.1, equations (11.1) to (11.4).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlcourse.linear.features import validated_features
from rlcourse.linear.transitions import Transitions
from rlcourse.linear.weights import first_weights, step_sizes, still_bounded
from rlcourse.mdp.arguments import for_each_run
from rlcourse.mdp.arrays import Floats


def off_policy_td(
    transitions: Transitions, features: npt.ArrayLike, *, alpha: npt.ArrayLike, initial: npt.ArrayLike = 0.0
) -> Floats:
    """The weights before the first step and after each, [steps + 1, runs, d], for features [S, d].

    `alpha` > 0 is a number or one for each run, `initial` a number or [d]. Raises ValueError for settings or features
    that do not fit, RuntimeError for weights beyond 1e100.
    """
    x = validated_features(features, transitions.terminal)
    steps, runs = transitions.state.shape
    size = for_each_run("alpha", step_sizes("alpha", alpha), runs)
    weights = np.empty((steps + 1, runs, x.shape[1]))
    weights[0] = w = first_weights(initial, x.shape[1])
    with np.errstate(over="ignore", invalid="ignore"):  # the check below reports it
        for t, (state, ratio, reward, next_state) in enumerate(transitions):
            here, there = x[state], x[next_state]  # [runs, d]
            delta = reward + ((transitions.discount * there - here) * w).sum(axis=1)
            weights[t + 1] = w = w + (size * ratio * delta)[:, None] * here
    still_bounded(weights, "after the last step")
    return weights
