"""Epsilon-greedy: mostly the best action, sometimes any, and what such a choice is worth.

    pi(a | s) = epsilon / |A(s)| + (1 - epsilon) / |ties|   for the actions with the highest q(s, a)
    pi(a | s) = epsilon / |A(s)|                            for the others

Ties are shared: an argmax that favours action 0 would explore less than it claims, most of all at the start, where
everything is tied. Source: Sutton & Barto, 2nd edition, sections 2.2 and 5.4.

Values come action-major, [A, m], -inf where an action is unavailable: reductions over the first axis of such an array
are ten times as fast as over the last one of [m, A].
"""

from __future__ import annotations

import numpy as np

from rlcourse.mdp.arrays import Bools, Floats, Ints


def choose(values: Floats, epsilon: Floats, uniform: Floats) -> Ints:
    """Draw an epsilon-greedy action for each of m rows: values [A, m], epsilon [m], uniform [m] in (0, 1] -> [m].

    One number decides all: below epsilon it explores; rescaled to (0, 1], it then says which candidate is taken.
    """
    explores = uniform <= epsilon
    candidates = (values == values.max(axis=0)) | (explores & (values > -np.inf))  # [A, m]
    share = np.where(explores, uniform, uniform - epsilon) / np.where(explores, epsilon, 1.0 - epsilon)
    wanted = share * candidates.sum(axis=0)  # in (0, number of candidates]: the ceil(wanted)-th is taken
    counted = np.zeros(wanted.size)
    action = np.zeros(wanted.size, dtype=np.int64)
    for candidate in candidates[:-1]:
        counted += candidate
        action += counted < wanted
    return action


def expected_value(values: Floats, epsilon: Floats) -> Floats:
    """What an epsilon-greedy choice is worth: sum_a pi(a | s) q(s, a) for values [A, m] -> [m]."""
    available = values > -np.inf
    mean = np.where(available, values, 0.0).sum(axis=0) / available.sum(axis=0)
    return np.asarray(epsilon * mean + (1.0 - epsilon) * values.max(axis=0))  # tied actions are worth the same


def probability(values: Floats, epsilon: Floats, action: Ints) -> Floats:
    """pi(a | s) of the given available actions [m], for values [A, m] -> [m]."""
    best: Bools = values == values.max(axis=0)
    greedy = best[action, np.arange(action.size)] / best.sum(axis=0)
    return np.asarray(epsilon / (values > -np.inf).sum(axis=0) + (1.0 - epsilon) * greedy)
