"""Gradient Monte Carlo: move the weights so that the value comes nearer to the return.

    w <- w + alpha * [ G_t - v(S_t, w) ] * gradient of v(S_t, w),      here w + alpha * [ G_t - w @ x(S_t) ] * x(S_t)

The return is an unbiased target, so this is stochastic gradient descent on the value error (9.1), weighted by how often
the policy visits a state; with step sizes that decrease it converges to the `best_weights`. Source: Sutton & Barto, 2nd
edition, section 9.3, equation (9.7) and the box on page 202.
"""

from __future__ import annotations

import numpy.typing as npt

from rlcourse.linear.weight_playback import StepSize, WeightPlayback, values
from rlcourse.mdp.arrays import Floats
from rlcourse.mdp.experience import Experience


def gradient_monte_carlo(
    experience: Experience, features: npt.ArrayLike, *, alpha: StepSize, initial: npt.ArrayLike = 0.0
) -> Floats:
    """The weights after each episode, [runs, episodes, *alpha.shape, d], for features [S, d].

    `alpha` > 0 may be an array: all step sizes then learn from the same walks; or a schedule, a function of the episode
    numbers [m] -> [m]. `initial` is a number or [d]. Every visit counts, in the order of time. Raises ValueError for
    settings or features that do not fit, RuntimeError for weights that diverge.
    """
    playback = WeightPlayback(experience, features, alpha, initial)
    returns = experience.returns.T
    for t, run, w, x, step in playback:
        error = returns[t].take(run)[:, None] - values(w, x)  # [live, settings]
        w += (step * error)[:, :, None] * x[:, None, :]
    return playback.result
