"""Semi-gradient TD: the target holds a guess that depends on the weights too, and its gradient is left out.

    w <- w + alpha * [ G_{t:t+n} - w @ x(S_t) ] * x(S_t)
    G_{t:t+n} = R_{t+1} + discount * R_{t+2} + ... + discount^(n-1) * R_{t+n} + discount^n * w @ x(S_{t+n})

where G stops at the end of the episode and nothing is added behind it. No function's gradient is followed, and yet on
the policy's own states it converges, to the fixed point A^-1 b instead of the least error: see `expected_td`. Sources:
Sutton & Barto, 2nd edition, section 9.3, the box on page 203 (n = 1), and section 9.4, equations (9.15) and (9.16).

As in the table (`rlcourse.tabular.n_step_td`), the update of S_t is made at time t, with what happens up to n steps on
read from the record: it is the order of the updates that counts.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlcourse.linear.weight_playback import StepSize, WeightPlayback, values
from rlcourse.mdp.arguments import whole
from rlcourse.mdp.arrays import Floats, Ints
from rlcourse.mdp.experience import Experience


def semi_gradient_td(
    experience: Experience, features: npt.ArrayLike, *, alpha: StepSize, n: int = 1, initial: npt.ArrayLike = 0.0
) -> Floats:
    """The weights after each episode, [runs, episodes, *alpha.shape, d], for features [S, d]; n = 1 is TD(0).

    `alpha` and `initial` as in `gradient_monte_carlo`, which it becomes where n reaches beyond the longest episode.
    Raises ValueError for an n below 1, settings or features that do not fit, RuntimeError for weights that diverge.
    """
    playback = WeightPlayback(experience, features, alpha, initial)
    rewards, later, weight = _targets(experience, whole("n", n))
    for t, run, w, x, step in playback:
        x_later = playback.features.take(later[t].take(run), axis=0)
        target = rewards[t].take(run)[:, None] + weight[t].take(run)[:, None] * values(w, x_later)
        w += (step * (target - values(w, x)))[:, :, None] * x[:, None, :]
    return playback.result


def _targets(experience: Experience, n: int) -> tuple[Floats, Ints, Floats]:
    """For every step, time first: the rewards up to n steps on, the state then reached, and what its value counts."""
    steps = experience.state.shape[1]
    last = np.where(experience.end, np.arange(steps), steps)  # the last step of the episode that each step belongs to
    last = np.minimum.accumulate(last[:, ::-1], axis=1)[:, ::-1].T
    ahead = np.minimum(np.arange(steps) + n, steps - 1)
    goes_on = np.arange(steps)[:, None] + n <= last
    weight = np.where(goes_on, experience.discount**n, 0.0)
    returns = experience.returns.T
    # The return from here without the return from n steps on leaves the rewards in between.
    return returns - weight * returns[ahead], experience.state.T[ahead], weight
