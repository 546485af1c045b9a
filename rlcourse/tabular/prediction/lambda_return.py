"""The off-line lambda-return: a blend of all n-step returns, applied when the episode is over.

    G_t = (1 - lambda) * sum_{n >= 1} lambda^(n-1) * G_{t:t+n}
        = R_{t+1} + discount * [ (1 - lambda) * V(S_{t+1}) + lambda * G_{t+1} ]
    V(S_t) <- V(S_t) + alpha * [ G_t - V(S_t) ]   for t = 0, 1, ..., T - 1

All targets use the values from before the episode. Source: Sutton & Barto, 2nd edition, section 12.1, equations (12.2)
to (12.4). TD(lambda) reaches nearly the same without waiting.

The targets have to be computed from the end; the updates are made from the start. Rather than keep the targets, the
updates are read from the end as well: after N visits of s with targets G_1, ..., G_N they leave

    (1 - alpha)^N * V(s) + alpha * sum_k (1 - alpha)^(N-k) * G_k

so one walk backwards suffices, with the weight (1 - alpha)^(visits still to come) beside each value.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlcourse.mdp.arrays import Floats
from rlcourse.mdp.experience import Experience
from rlcourse.tabular.prediction.recorder import Recorder, RecordValues
from rlcourse.tabular.prediction.table_playback import alpha_and_lam, initial_values


def lambda_return(
    experience: Experience,
    *,
    alpha: npt.ArrayLike,
    lam: npt.ArrayLike,
    summed: bool = False,
    initial: npt.ArrayLike = 0.0,
    record: RecordValues = "values",
) -> Floats:
    """The values that the off-line lambda-return algorithm has after each episode, [runs, episodes, *settings, S].

    `alpha` in (0, 1] and `lam` in [0, 1] are numbers or arrays; settings is the shape to which they broadcast. With
    `summed` every change is computed from the values before the episode and all are added up, which is what off-line
    TD(lambda) does; it differs only where an episode visits a state twice. lambda = 1 without `summed` is every-visit
    Monte Carlo. `initial` and `record` as in `td_prediction`. Raises ValueError for settings out of range.
    """
    size, decay, settings = alpha_and_lam(alpha, lam)
    recorder = Recorder(experience, settings, record)
    runs, states = experience.runs, experience.num_states
    before = np.empty((runs, states, size.size))  # [runs, S, settings]
    before[:] = initial_values(experience, initial)[:, None]
    table = before.reshape(-1, size.size)
    first = states * np.arange(runs)
    last = np.cumsum(experience.lengths, axis=1) - 1  # [runs, episodes] the step at which each episode ends
    for episode in range(experience.episodes):
        length = experience.lengths[:, episode]
        order = np.argsort(-length, kind="stable")  # the longest first, so those not yet at their start come first
        live = runs - np.searchsorted(np.sort(length), np.arange(length.max()), side="right")
        gain, weight = np.zeros_like(table), np.ones_like(table)  # what the visits behind this one leave
        target = np.zeros((runs, size.size))
        for back in range(int(length.max())):
            run = order[: live[back]]
            step = last[run, episode] - back
            here, there = first[run] + experience.state[run, step], first[run] + experience.next_state[run, step]
            blend = (1.0 - decay) * table[there] + decay * target[: run.size]  # terminal: both are 0
            target[: run.size] = experience.reward[run, step][:, None] + experience.discount * blend
            if summed:
                gain[here] += size * (target[: run.size] - table[here])
            else:
                gain[here] += size * weight[here] * target[: run.size]
                weight[here] *= 1.0 - size
        table *= weight
        table += gain
        recorder.note(np.arange(runs), np.full(runs, episode), before.copy())
    return recorder.result
