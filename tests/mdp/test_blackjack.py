"""Blackjack: the optimal policy of the book, exactly, and the game against Gymnasium's implementation of it."""

import gymnasium
import numpy as np
import pytest

from rlcourse import tabular
from rlcourse.mdp import blackjack
from rlcourse.mdp.blackjack import HIT, STICK

DEALER = ["A", "2", "3", "4", "5", "6", "7", "8", "9", "10"]


def state(total, dealer, ace=False):
    return 100 * ace + 10 * (total - 12) + dealer - 1


@pytest.mark.parametrize("natural", [False, True])
def test_the_optimal_policy_is_the_books(natural):
    """Figure 5.2: the least sum to stick on, by the dealer's card; it is a threshold, and there are no ties."""
    policy = tabular.solve(blackjack(natural)).policy[:200]
    assert set(policy.ravel()) == {0.0, 1.0}
    hard, soft = policy[:, STICK].reshape(2, 10, 10)
    lowest = {"A": 17, "2": 13, "3": 13, "4": 12, "5": 12, "6": 12, "7": 17, "8": 17, "9": 17, "10": 17}
    lowest_soft = {"A": 19, "2": 18, "3": 18, "4": 18, "5": 18, "6": 18, "7": 18, "8": 18, "9": 19, "10": 19}
    for column, card in enumerate(DEALER):
        np.testing.assert_array_equal(hard[:, column], np.arange(12, 22) >= lowest[card], err_msg=f"hard, {card}")
        np.testing.assert_array_equal(soft[:, column], np.arange(12, 22) >= lowest_soft[card], err_msg=f"soft, {card}")


def test_how_often_the_dealer_busts():
    """The published table for an infinite deck and a dealer who sticks on every 17: with a 12, only that wins."""
    mdp = blackjack()
    wins = [mdp.prob[state(12, dealer), STICK, 0] for dealer in range(1, 11)]
    published = [0.1153, 0.3536, 0.3739, 0.3945, 0.4164, 0.4232, 0.2623, 0.2447, 0.2284, 0.2121]
    np.testing.assert_allclose(wins, published, atol=5e-4)
    assert not mdp.prob[state(12, 6), STICK, 1]  # and it never draws


def test_one_card_by_hand():
    mdp = blackjack()
    hit = {}
    arrays = (array[state(20, 5, ace=True), HIT] for array in (mdp.prob, mdp.next_state, mdp.reward))
    for p, s, r in zip(*arrays, strict=True):
        hit[mdp.state_names[s], r] = hit.get((mdp.state_names[s], r), 0) + 13 * p
    expected = {("soft 21 against 5", 0): 1, ("hard 20 against 5", 0): 4} | {
        (f"hard {total} against 5", 0): 1 for total in range(12, 20)
    }
    assert hit == pytest.approx(expected)
    busts = mdp.reward[state(16, 5), HIT] == -1
    assert mdp.prob[state(16, 5), HIT, busts].sum() == pytest.approx(8 / 13)


def test_the_game_is_gymnasiums():
    """20,000 hands of Gymnasium's environment with the policy of figure 5.1 (stick on 20 and 21).

    Bands of 4.5 standard errors: another seed would leave the band of the mean return once in 150,000, one of the 200
    bands of the start frequencies once in 700.
    """
    mdp = blackjack()
    policy = tabular.deterministic_policy(mdp, [HIT if s % 100 < 80 else STICK for s in range(200)] + [0])
    value = tabular.evaluate_policy_exactly(mdp, policy) @ mdp.start
    env, hands = gymnasium.make("Blackjack-v1", natural=False, sab=False).unwrapped, 20_000
    returns, starts = np.zeros(hands), np.zeros(201)
    (total, dealer, ace), _ = env.reset(seed=0)
    for i in range(hands):
        while total < 12:
            (total, dealer, ace), *_ = env.step(HIT)
        starts[state(total, dealer, bool(ace))] += 1
        over = False
        while not over:
            (total, dealer, ace), returns[i], over, *_ = env.step(int(total < 20))
        (total, dealer, ace), _ = env.reset()
    assert abs(returns.mean() - value) < 4.5 * returns.std() / np.sqrt(hands)
    off = np.abs(starts / hands - mdp.start)
    assert (off <= 4.5 * np.sqrt(mdp.start * (1 - mdp.start) / hands)).all()


def test_naturals_are_paid_on_the_way_out_of_a_start():
    mdp, plain = blackjack(natural=True), blackjack()
    assert mdp.num_states == 211 and mdp.terminal[210] and not mdp.allowed[200:210, HIT].any()
    assert mdp.start[200:210].sum() == pytest.approx(2 * 4 / 13**2, abs=1e-15)
    np.testing.assert_array_equal(mdp.prob[:200], plain.prob[:200])
    value = tabular.solve(mdp).value
    np.testing.assert_allclose(value[200:210], [1.5 * 9 / 13, *[1.5] * 8, 1.5 * 12 / 13], atol=1e-12)
    # what the rule is worth: two-card 21s are paid differently, and nothing else changes
    gain = value @ mdp.start - tabular.solve(plain).value @ plain.start
    from_21 = sum(mdp.start[199 + d] * (value[199 + d] - value[state(21, d, ace=True)]) for d in range(1, 11))
    assert gain == pytest.approx(from_21, abs=1e-12) and gain > 0.02


def test_states_are_a_picture():
    mdp = blackjack()
    assert mdp.state_names[state(12, 1)] == "hard 12 against A" and mdp.state_names[199] == "soft 21 against 10"
    value = tabular.evaluate_policy_exactly(mdp, tabular.deterministic_policy(mdp, [STICK] * 201))
    hard, soft = value[:200].reshape(2, 10, 10)
    np.testing.assert_array_equal(hard, soft)  # whoever sticks does not care what the ace may count
    assert (np.diff(hard, axis=0) >= -1e-12).all()
