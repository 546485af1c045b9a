"""Batch prediction: what to believe when there is no more experience than this.

Show a learner the same episodes again and again, adding up its changes over the whole batch, with steps so small that
it settles. It settles on the answer to a question, and the questions differ:

    Monte Carlo   the values that fit the returns best:    V(s) = average of the returns that followed s
    TD(0)         the values of the likeliest MRP:         V(s) = average of R + discount * V(S') over the visits of s

The second is a system of linear equations, the Bellman equations of the MRP whose probabilities are the observed
frequencies (the certainty-equivalence estimate). Both answers are computed here outright, for the batch of the first 1,
2, 3, ... episodes. Source: Sutton & Barto, 2nd edition, section 6.3, Examples 6.3 and 6.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from rlcourse.mdp.arrays import Floats, Ints
from rlcourse.mdp.experience import Experience
from rlcourse.tabular.prediction.recorder import Recorder, RecordValues
from rlcourse.tabular.prediction.table_playback import initial_values


def batch_td(experience: Experience, *, initial: npt.ArrayLike = 0.0, record: RecordValues = "values") -> Floats:
    """The values on which batch TD(0) settles with the episodes so far as its batch, [runs, episodes, S].

    States that no episode has visited keep `initial`. `record` as in `td_prediction`. Solves runs * episodes systems
    of S equations, and keeps [runs, S, S] counts.
    """
    first = initial_values(experience, initial)
    recorder = Recorder(experience, (), record)
    runs, states = experience.runs, experience.num_states
    count = np.zeros((runs, states, states))  # how often each state led to each other one
    total = np.zeros((runs, states))  # the sum of the rewards paid on leaving each state
    for episode, (run, step) in enumerate(_episodes(experience)):
        state, next_state = experience.state[run, step], experience.next_state[run, step]
        np.add.at(count, (run, state, next_state), 1.0)
        np.add.at(total, (run, state), experience.reward[run, step])
        visits = count.sum(axis=2)  # [runs, S]
        visited = visits > 0
        # visits(s) V(s) - discount * sum_s' count(s, s') V(s') = total(s); where never visited, V(s) = initial(s)
        onward = np.where(experience.terminal, 0.0, count)  # to a terminal state, worth 0: nothing follows
        system = np.where(visited, visits, 1.0)[:, :, None] * np.eye(states) - experience.discount * onward
        wanted = np.where(visited, total, first)[:, :, None]
        value = np.asarray(np.linalg.solve(system, wanted), np.float64)  # [runs, S, 1]
        recorder.note(np.arange(runs), np.full(runs, episode), value)
    return recorder.result


def batch_monte_carlo(
    experience: Experience, *, initial: npt.ArrayLike = 0.0, record: RecordValues = "values"
) -> Floats:
    """The values on which batch Monte Carlo (every visit) settles with the episodes so far, [runs, episodes, S].

    `initial` and `record` as in `batch_td`. This is also every-visit `monte_carlo_prediction` with sample averages: for
    averages it makes no difference whether the batch is there at once.
    """
    first = initial_values(experience, initial)
    recorder = Recorder(experience, (), record)
    runs, states = experience.runs, experience.num_states
    visits, total = np.zeros((runs, states)), np.zeros((runs, states))
    for episode, (run, step) in enumerate(_episodes(experience)):
        state = experience.state[run, step]
        np.add.at(visits, (run, state), 1.0)
        np.add.at(total, (run, state), experience.returns[run, step])
        value = np.where(visits > 0, total / np.maximum(visits, 1.0), first)
        recorder.note(np.arange(runs), np.full(runs, episode), value[:, :, None])
    return recorder.result


def _episodes(experience: Experience) -> Iterator[tuple[Ints, Ints]]:
    """The runs and steps that belong to each episode number, all runs together."""
    run, step = np.nonzero(~experience.padding)
    number = (np.cumsum(experience.start, axis=1) - 1)[run, step]
    order = np.argsort(number, kind="stable")
    bounds = np.searchsorted(number[order], np.arange(experience.episodes + 1))
    for begin, end in pairwise(bounds):
        yield run[order[begin:end]], step[order[begin:end]]
