"""Monte Carlo prediction against the naive loop, against exact values, and against Example 6.2."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlcourse.mdp import blackjack
from rlcourse.tabular import (
    Experience,
    deterministic_policy,
    evaluate_policy_exactly,
    monte_carlo_prediction,
    sample_episodes,
)
from tests.mdp.random_mdps import few
from tests.tabular import textbook_prediction as textbook
from tests.tabular.recorded_walks import recordings, rms_from, walks


@few
@given(recordings(), st.booleans())
def test_it_equals_the_naive_loop(recording, every_visit):
    _, _, experience, first = recording
    alpha = np.array([0.05, 0.7, 1.0])
    constant = monte_carlo_prediction(experience, alpha=alpha, every_visit=every_visit, initial=first)
    average = monte_carlo_prediction(experience, every_visit=every_visit, initial=first)
    for run in range(3):
        episodes = textbook.episodes_of(experience, run)
        naive = textbook.monte_carlo(episodes, first.copy(), experience.discount, None, every_visit)
        np.testing.assert_allclose(average[run], naive, atol=1e-12)
        for i, size in enumerate(alpha):
            naive = textbook.monte_carlo(episodes, first.copy(), experience.discount, size, every_visit)
            np.testing.assert_allclose(constant[run, :, i], naive, atol=1e-12)


def test_first_and_every_visit_by_hand():
    """State 0 three times, paying 1, 2, 4, in one episode; then once, paying 8."""
    experience = Experience.from_episodes([[[0, 1, 0, 2, 0, 4], [0, 8]]], num_states=1)
    np.testing.assert_allclose(monte_carlo_prediction(experience)[0, :, 0], [7, 7.5])
    np.testing.assert_allclose(monte_carlo_prediction(experience, every_visit=True)[0, :, 0], [17 / 3, 25 / 4])
    np.testing.assert_allclose(monte_carlo_prediction(experience, alpha=0.5)[0, :, 0], [3.5, 5.75])
    every = ((0.5 * 7) * 0.5 + 0.5 * 6) * 0.5 + 0.5 * 4
    np.testing.assert_allclose(
        monte_carlo_prediction(experience, alpha=0.5, every_visit=True)[0, :, 0], [every, every / 2 + 4]
    )


def test_first_visits_are_unbiased_and_every_visit_is_not():
    """One state that stays with probability 1/2 and pays 1 a step: v = 2. One episode, 20,000 runs.

    First visit: mean 2; every visit: the mean of (length + 1) / 2 is 1.5. Bands of 4.5 standard errors.
    """
    rng = np.random.default_rng(0)
    length = rng.geometric(0.5, size=20_000)
    experience = Experience.from_episodes([[[0, 1] * k] for k in length.tolist()], num_states=1)
    for every_visit, expected in ((False, 2.0), (True, 1.5)):
        estimate = monte_carlo_prediction(experience, every_visit=every_visit)[:, 0, 0]
        assert estimate.mean() == pytest.approx(expected, abs=4.5 * estimate.std() / 20_000**0.5)


def test_random_walk_of_example_6_2():
    """RMS error after 100 episodes with alpha .01, mean of 1,000 runs: .097.

    The runs' standard deviation is .023, the mean's standard error .0007: +-.0035 is five of them.
    """
    experience, true = walks(5, runs=1_000, episodes=100)
    error = monte_carlo_prediction(experience, alpha=0.01, every_visit=True, initial=0.5, record=rms_from(true))
    assert error[:, -1].mean() == pytest.approx(0.097, abs=0.0035)


def test_blackjack_of_example_5_1():
    """Stick on 20 and 21, 10 runs of 20,000 hands: every state's average over the runs meets its exact value.

    The distance in standard errors of the runs' mean (by their own spread, 9 degrees of freedom) is a t variable:
    beyond 10 once in 300,000, and there are 200 states.
    """
    mdp = blackjack()
    policy = deterministic_policy(mdp, [int(s % 100 < 80) for s in range(201)])
    true = evaluate_policy_exactly(mdp, policy)
    experience = sample_episodes(mdp, policy, runs=10, episodes=20_000)
    value = monte_carlo_prediction(experience, record=lambda v: v[..., :200])[:, -1]
    error, spread = np.abs(value.mean(axis=0) - true[:200]), value.std(axis=0, ddof=1) / 10**0.5
    assert (error <= 10 * spread + 1e-9).all()
    assert error.mean() < 0.05  # and small they are: a state sees some 1,000 of the 200,000 hands, of a spread below 1
