"""TD(0): learn a guess from a guess.

After every step, move the value of the state towards the reward plus the value of where it led:

    V(S_t) <- V(S_t) + alpha * [ R_{t+1} + discount * V(S_{t+1}) - V(S_t) ]

The bracket is the TD error. No model, as in Monte Carlo; no waiting for the end, as in dynamic programming. Source:
Sutton & Barto, 2nd edition, section 6.1, equation (6.2).
"""

from __future__ import annotations

import numpy.typing as npt

from rlcourse.mdp.arguments import fractions
from rlcourse.mdp.arrays import Floats
from rlcourse.mdp.experience import Experience
from rlcourse.tabular.prediction.recorder import RecordValues
from rlcourse.tabular.prediction.table_playback import TablePlayback


def td_prediction(
    experience: Experience, *, alpha: npt.ArrayLike, initial: npt.ArrayLike = 0.0, record: RecordValues = "values"
) -> Floats:
    """The values that TD(0) has after each episode, [runs, episodes, *alpha.shape, S].

    `alpha` in (0, 1] may be an array: all step sizes then learn from the same walks. `initial` is a number or [S].
    `record=f` keeps f(values) instead, for values [m, *alpha.shape, S] of the m runs that have just ended an episode.
    Raises ValueError for a step size outside (0, 1] or an `initial` that does not fit.
    """
    size = fractions("alpha", alpha, zero=False)
    playback = TablePlayback(experience, size.shape, initial, record)
    table, size = playback.table, size.ravel()
    for _, _, here, there, reward in playback:
        value, later = table.take(here, axis=0), table.take(there, axis=0)  # [live, settings]
        table[here] = value + size * (reward + experience.discount * later - value)
    return playback.result
