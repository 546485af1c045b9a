"""Recorded episodes with features, for the tests of linear prediction."""

import numpy as np

from tests.tabular import textbook_prediction as textbook


def episodes_of(experience, run):
    """Episodes of one run as lists of S_t, R_{t+1}, S_{t+1}."""
    return [[(s, r, s2) for s, _, r, s2 in episode] for episode in textbook.episodes_of(experience, run)]


def random_features(mdp, seed, count=3):
    """Features [S, count] of ordinary size, with rubbish in the rows of terminal states, and the same as a function."""
    x = np.random.default_rng(seed).uniform(-1, 1, size=(mdp.num_states, count))
    clean = np.where(mdp.terminal[:, None], 0.0, x)
    return x, lambda s: clean[s]
