"""Off-policy Monte Carlo against sums over episodes, exact values, and the case of infinite variance."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlcourse.mdp import blackjack, infinite_variance_loop
from rlcourse.tabular import (
    deterministic_policy,
    evaluate_policy_exactly,
    importance_ratios,
    importance_sampling,
    monte_carlo_prediction,
    sample_episodes,
    uniform_policy,
)
from tests.mdp.random_mdps import few, random_policy
from tests.tabular import textbook_prediction as textbook
from tests.tabular.recorded_walks import ending_mdp, recordings


@few
@given(recordings(), st.booleans(), st.booleans())
def test_it_equals_the_naive_sums(recording, weighted, every_visit):
    mdp, behaviour, experience, first = recording
    target = behaviour * np.random.default_rng(1).random(behaviour.shape)  # covered: 0 where the behaviour is,
    target[:, :-1] *= (target[:, -1:] == 0) | (np.arange(len(target)) % 2 == 0)[:, None]  # and some more
    target /= target.sum(axis=1, keepdims=True)
    values = importance_sampling(
        experience, target=target, behaviour=behaviour, weighted=weighted, every_visit=every_visit, initial=first
    )
    for run in range(3):
        episodes = textbook.episodes_of(experience, run)
        naive = textbook.importance_sampling(
            episodes, first.copy(), mdp.discount, target, behaviour, weighted, every_visit
        )
        np.testing.assert_allclose(values[run], naive, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("weighted", [False, True])
def test_on_policy_it_is_monte_carlo(weighted):
    mdp = ending_mdp(np.random.default_rng(5), 0.9)
    policy = random_policy(mdp, np.random.default_rng(6))
    experience = sample_episodes(mdp, policy, runs=5, episodes=20)
    np.testing.assert_array_equal(importance_ratios(experience, policy, policy), 1.0)
    values = importance_sampling(experience, target=policy, behaviour=policy, weighted=weighted, initial=2.0)
    np.testing.assert_allclose(values, monte_carlo_prediction(experience, initial=2.0), atol=1e-12)


def test_ordinary_is_unbiased_and_weighted_is_less_and_less_biased():
    """20,000 runs that all start in one state, after 1, 5 and 20 episodes; 4.5 standard errors (1 in 150,000 seeds)."""
    mdp = ending_mdp(np.random.default_rng(10), 1.0)
    assert mdp.num_actions == 3
    start = int(mdp.start.argmax())
    mdp = dataclasses.replace(mdp, start=np.eye(mdp.num_states)[start])
    target, behaviour = np.tile([0.8, 0.1, 0.1], (mdp.num_states, 1)), uniform_policy(mdp)
    true = evaluate_policy_exactly(mdp, target)[start]
    experience = sample_episodes(mdp, behaviour, runs=20_000, episodes=20)
    keep = {"target": target, "behaviour": behaviour, "record": lambda v: v[..., start]}
    ordinary, weighted = (importance_sampling(experience, weighted=w, **keep)[:, [0, 4, 19]] for w in (False, True))
    np.testing.assert_array_less(np.abs(ordinary.mean(axis=0) - true), 4.5 * ordinary.std(axis=0) / 20_000**0.5)
    bias = np.abs(weighted.mean(axis=0) - true)
    assert bias[0] > 10 * weighted[:, 0].std() / 20_000**0.5 and bias[2] < bias[1] < bias[0]
    assert weighted[:, 2].std() < ordinary[:, 2].std()  # for fewer episodes it need not be


def test_blackjack_of_example_5_4():
    """Dealer's 2, player's 13 with a usable ace, target sticks on 20 and 21 only: v = -.27726; behaviour tosses a coin.

    1,000 runs of 1,000 episodes from that state. Ordinary: 4.5 standard errors of the mean; weighted: half its error
    early, the figure's point, and less than the ordinary's at 10 episodes by far.
    """
    mdp = blackjack()
    state = 100 + 10 * (13 - 12) + 2 - 1
    mdp = dataclasses.replace(mdp, start=np.eye(201)[state])
    target = deterministic_policy(mdp, [int(s % 100 < 80) for s in range(201)])
    true = evaluate_policy_exactly(mdp, target)[state]
    assert true == pytest.approx(-0.27726, abs=5e-4)
    behaviour = uniform_policy(mdp)
    experience = sample_episodes(mdp, behaviour, runs=400, episodes=1_000)
    keep = {"target": target, "behaviour": behaviour, "record": lambda v: v[..., state]}
    ordinary = importance_sampling(experience, weighted=False, **keep)
    weighted = importance_sampling(experience, **keep)
    assert abs(ordinary[:, -1].mean() - true) < 4.5 * ordinary[:, -1].std() / 400**0.5
    square = [((estimate - true) ** 2).mean(axis=0) for estimate in (ordinary, weighted)]
    assert square[1][9] < 0.5 * square[0][9] and square[0][999] < 0.05 > square[1][999]


def test_infinite_variance_of_example_5_5():
    """Weighted is exactly 1 from the first episode that ends with the reward; ordinary is all over the place.

    The true value is 1; of the ordinary averages of 1,000 episodes, most are below .9 or above 1.1, and larger batches
    do not shrink the spread as a finite variance would (a tenth at 100 times the episodes).
    """
    mdp = infinite_variance_loop()
    target, behaviour = deterministic_policy(mdp, [0, 0]), uniform_policy(mdp)
    experience = sample_episodes(mdp, behaviour, runs=200, episodes=2_000)
    keep = {"target": target, "behaviour": behaviour, "record": lambda v: v[..., 0]}
    weighted = importance_sampling(experience, **keep)
    paid = np.cumsum(experience.reward[experience.end].reshape(200, 2_000), axis=1) > 0
    np.testing.assert_allclose(weighted[paid], 1.0, atol=1e-12)
    assert not weighted[~paid].any() and paid[:, -1].all()
    ordinary = importance_sampling(experience, weighted=False, **keep)[:, -1]
    assert (np.abs(ordinary - 1) > 0.1).mean() > 0.5
    assert np.median(ordinary) < 0.95 < 1.1 < ordinary.max()  # mostly too low, now and then far too high
    ratio = importance_ratios(experience, target, behaviour)[experience.start]
    assert (ratio > 0).mean() < 0.2 and ratio.max() >= 2**10


def test_no_coverage():
    mdp = infinite_variance_loop()
    left, coin = deterministic_policy(mdp, [0, 0]), uniform_policy(mdp)
    experience = sample_episodes(mdp, coin, runs=2, episodes=5)
    with pytest.raises(ValueError, match=r"no coverage: in state 0 the target takes action 1 with probability 0\.5"):
        importance_sampling(experience, target=coin, behaviour=left)
    with pytest.raises(ValueError, match=r"run \d, step \d: action 1 in state 0, which the behaviour never takes"):
        importance_sampling(experience, target=left, behaviour=left)


@pytest.mark.parametrize(("target", "behaviour", "message"), [
    (np.ones((3, 2)) / 2, np.ones((2, 2)) / 2, r"target has shape \(3, 2\); expected \[2 states, actions\]"),
    (np.ones((2, 2)), np.ones((2, 2)) / 2, r"target in state 0 is .*; expected probabilities that sum to 1"),
    (np.ones((2, 2)) / 2, np.ones((2, 3)) / 3, "target has 2 actions and behaviour 3"),
    (np.ones((2, 1)), np.ones((2, 1)), "the experience holds actions 0..1; the policies have 1"),
])  # fmt: skip
def test_policies_that_do_not_fit(target, behaviour, message):
    mdp = infinite_variance_loop()
    experience = sample_episodes(mdp, uniform_policy(mdp), runs=2, episodes=5)
    with pytest.raises(ValueError, match=message):
        importance_sampling(experience, target=target, behaviour=behaviour)
