"""TD(lambda): tell every recent state about the TD error at once; a trace says how recent it is.

    delta = R_{t+1} + discount * V(S_{t+1}) - V(S_t)
    z(s) <- discount * lambda * z(s) for all s, then z(S_t) is renewed
    V(s) <- V(s) + alpha * delta * z(s) for all s

lambda = 0 is TD(0); lambda = 1 carries every error back to the start of the episode, as Monte Carlo does. How z(S_t)
is renewed tells the accumulating, replacing and dutch traces apart: see `rlcourse.tabular.traces`. Source: Sutton &
Barto, 2nd edition, section 12.2.

True online TD(lambda) adds one correction, for the value of S_t having moved since the last error was computed:

    V(s) <- V(s) + alpha * (delta + V(S_t) - V_old) * z(s) for all s,   V(S_t) <- V(S_t) - alpha * (V(S_t) - V_old)

with dutch traces and V_old = the value that S_t had when it was the next state. It then equals the on-line
lambda-return algorithm exactly, at every step, and at lambda = 1 constant-alpha Monte Carlo at the end of every episode
(van Seijen et al. 2016; Sutton & Barto, section 12.5, with one-hot features).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlcourse.mdp.arrays import Floats, Ints
from rlcourse.mdp.experience import Experience
from rlcourse.tabular.prediction.recorder import RecordValues
from rlcourse.tabular.prediction.table_playback import TablePlayback, alpha_and_lam
from rlcourse.tabular.traces import Trace, validated_trace, visited


def td_lambda(
    experience: Experience,
    *,
    alpha: npt.ArrayLike,
    lam: npt.ArrayLike,
    trace: Trace = "accumulating",
    offline: bool = False,
    initial: npt.ArrayLike = 0.0,
    record: RecordValues = "values",
) -> Floats:
    """The values that TD(lambda) has after each episode, [runs, episodes, *settings, S].

    `alpha` in (0, 1] and `lam` in [0, 1] are numbers or arrays; settings is the shape to which they broadcast. With
    `offline` the values stand still during an episode and all changes are added at its end: with accumulating traces
    that is `lambda_return(..., summed=True)` to the last digit. `initial` and `record` as in `td_prediction`. Large
    steps with accumulating traces diverge where states come back often, as in the book. Raises ValueError for
    settings out of range, an unknown trace, or shapes that do not fit.
    """
    validated_trace(trace)
    size, decay, settings = alpha_and_lam(alpha, lam)
    playback = TablePlayback(experience, settings, initial, record)
    table, credit = playback.table, _Traces(playback, experience, decay)
    change = np.zeros_like(playback.value) if offline else playback.value  # offline: kept aside until the end
    for t, run, here, there, reward in playback:
        live = here.size
        error = reward + experience.discount * table[there] - table[here]  # [live, settings]
        z = credit.decayed(t, run)  # [live, S, settings]
        credit.table[here] = visited(credit.table[here], trace, size)
        change[:live] += (size * error)[:, None, :] * z
        if offline:
            over = np.flatnonzero(experience.end[run, t])
            playback.value[over] += change[over]
            change[over] = 0.0
    return playback.result


def true_online_td_lambda(
    experience: Experience,
    *,
    alpha: npt.ArrayLike,
    lam: npt.ArrayLike,
    initial: npt.ArrayLike = 0.0,
    record: RecordValues = "values",
) -> Floats:
    """The values that true online TD(lambda) has after each episode; arguments, result and errors as in `td_lambda`."""
    size, decay, settings = alpha_and_lam(alpha, lam)
    playback = TablePlayback(experience, settings, initial, record)
    table, credit = playback.table, _Traces(playback, experience, decay)
    old = np.zeros((experience.runs, size.size))  # 0 after an episode: the value of its terminal state
    for t, run, here, there, reward in playback:
        live = here.size
        now, later = table[here], table[there]  # [live, settings]
        error = reward + experience.discount * later - now
        moved = now - old[:live]  # how far the last update has shifted the value of this state
        z = credit.decayed(t, run)
        credit.table[here] = visited(credit.table[here], "dutch", size)
        playback.value[:live] += (size * (error + moved))[:, None, :] * z
        table[here] -= size * moved
        old[:live] = later
    return playback.result


class _Traces:
    """The eligibility traces of all runs and settings, [runs, S, settings], and the same memory as a table of rows."""

    def __init__(self, playback: TablePlayback, experience: Experience, decay: Floats) -> None:
        self._z = np.zeros_like(playback.value)
        self.table = self._z.reshape(playback.table.shape)
        self._decay = experience.discount * decay
        # An episode begins without traces: its first step keeps nothing of what was.
        self._goes_on = (~experience.start).T.astype(np.float64)

    def decayed(self, t: int, run: Ints) -> Floats:
        z = self._z[: run.size]
        z *= (self._goes_on[t].take(run)[:, None] * self._decay)[:, None, :]
        return z
