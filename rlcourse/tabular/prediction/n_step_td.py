"""n-step TD: wait for n rewards, then guess the rest. n = 1 is TD(0), n beyond the episode is Monte Carlo.

    G_{t:t+n} = R_{t+1} + discount * R_{t+2} + ... + discount^(n-1) * R_{t+n} + discount^n * V(S_{t+n})
    V(S_t)   <- V(S_t) + alpha * [ G_{t:t+n} - V(S_t) ]

where G stops at the end of the episode and nothing is added behind it. Source: Sutton & Barto, 2nd edition, section
7.1, equations (7.1) and (7.2).

The book's box makes the update of S_t at time t + n - 1, and the update of S_{t+1} after it. Only the order matters to
the table, so here each update is made at time t, with what happens up to n steps on read from the record. All n then
update the same state at the same time, and share the gather.
"""

from __future__ import annotations

from math import prod

import numpy as np
import numpy.typing as npt

from rlcourse.mdp.arguments import fractions
from rlcourse.mdp.arrays import Floats, Ints
from rlcourse.mdp.experience import Experience
from rlcourse.tabular.prediction.recorder import RecordValues
from rlcourse.tabular.prediction.table_playback import TablePlayback, together

BLOCK = 256  # steps whose targets are prepared together, to bound the memory that they need


def n_step_td(
    experience: Experience,
    *,
    n: npt.ArrayLike,
    alpha: npt.ArrayLike,
    initial: npt.ArrayLike = 0.0,
    record: RecordValues = "values",
) -> Floats:
    """The values that n-step TD has after each episode, [runs, episodes, *settings, S].

    `n` (integers, at least 1) and `alpha` (in (0, 1]) are numbers or arrays; settings is the shape to which they
    broadcast: n[:, None] with alpha[None, :] sweeps all pairs over the same walks. (Axes of `alpha` that come last are
    the fastest.) `initial` and `record` as in `td_prediction`. Raises ValueError for an n below 1, a step size outside
    (0, 1], or shapes that do not fit.
    """
    count, size = _step_counts(n), fractions("alpha", alpha, zero=False)
    settings = together(n=count, alpha=size)
    # Along the last axes only alpha varies: those settings need the same rows, and move as one piece.
    axes = (1,) * (len(settings) - count.ndim) + count.shape
    split = max((i + 1 for i, length in enumerate(axes) if length > 1), default=0)
    outer, inner = prod(settings[:split]), prod(settings[split:])
    count = np.broadcast_to(count, settings[:split] + (1,) * (len(settings) - split)).ravel()  # [outer]

    playback = TablePlayback(experience, settings, initial, record)
    table, pieces = playback.table, playback.table.reshape(-1, inner)  # [runs*S, settings], [runs*S*outer, inner]
    size = np.broadcast_to(size, settings).ravel()
    weight = np.repeat(experience.discount ** count.astype(float), inner)
    value, target = np.empty((experience.runs, table.shape[1])), np.empty((experience.runs, outer, inner))
    targets = _Targets(experience, playback, count)
    for t, run, here, _, _ in playback:
        if t % BLOCK == 0:
            rewards, later = targets.of(t, t + BLOCK, run)  # [block, runs, outer, 1] and [block, runs, outer]
        live, now = here.size, t % BLOCK
        v, g = value[:live], target[:live].reshape(live, -1)  # [live, settings], in place: no new memory in the loop
        table.take(here, axis=0, out=v, mode="clip")
        pieces.take(later[now, :live], axis=0, out=target[:live], mode="clip")
        g *= weight
        target[:live] += rewards[now, :live]
        g -= v
        g *= size
        v += g
        table[here] = v
    return playback.result


class _Targets:
    """For every step and every n: the rewards up to n steps on, and the piece of the table that comes after them."""

    def __init__(self, experience: Experience, playback: TablePlayback, count: Ints) -> None:
        self._next_state, self._returns = experience.next_state.T, experience.returns.T
        self._left = _steps_left(experience).T
        self._power = experience.discount ** np.arange(experience.state.shape[1] + 1.0)
        self._count, self._first = count, playback.first

    def of(self, begin: int, stop: int, run: Ints) -> tuple[Floats, Ints]:
        """Rewards [block, live, outer, 1] and rows of pieces [block, live, outer] for the steps from begin to stop."""
        left = self._left[begin:stop].take(run, axis=1)[:, :, None]  # [block, live, 1]
        ahead = np.minimum(self._count, left)  # [block, live, outer]: never beyond the end of the episode
        last = np.arange(begin, begin + len(left))[:, None, None] + ahead - 1  # the step after which to bootstrap
        following = np.minimum(last + 1, len(self._left) - 1)
        rest = np.where(ahead < left, self._returns[following, run[:, None]], 0.0)
        rewards = self._returns[begin:stop].take(run, axis=1)[:, :, None] - self._power[ahead] * rest
        row = self._next_state[last, run[:, None]] + self._first[: run.size, None]
        return rewards[..., None], row * self._count.size + np.arange(self._count.size)


def _steps_left(experience: Experience) -> Ints:
    """How many steps the episode still has, this one included, [runs, T]; 1 in the padding."""
    step = np.arange(experience.state.shape[1])
    last = np.where(experience.end | experience.padding, step, step.size)
    return np.asarray(np.minimum.accumulate(last[:, ::-1], axis=1)[:, ::-1] - step + 1)


def _step_counts(n: npt.ArrayLike) -> Ints:
    count = np.asarray(n)
    if count.dtype.kind not in "iu" or (count < 1).any():
        wrong = count[count < 1] if count.dtype.kind in "iu" else count
        raise ValueError(f"n is {wrong.flat[0]}; expected integers, at least 1")
    return count.astype(np.int64)
