"""Blackjack against a dealer who follows fixed rules: an MDP small enough to solve, so that learners can be graded.

The deck is infinite: every card is ace, 2, ..., 9 with probability 1/13 each and worth ten with probability 4/13. What
has been dealt tells nothing about what comes, so the player's sum, the dealer's open card and whether the player's ace
counts 11 (is "usable") are all there is to know. Source: Sutton & Barto, 2nd edition, Example 5.1.
"""

from __future__ import annotations

import numpy as np

from rlcourse.mdp.finite_mdp import FiniteMDP

CARDS = {card: (4 if card == 10 else 1) / 13 for card in range(1, 11)}  # card (1 is the ace) and its probability
STICK, HIT = 0, 1
BUST = 22  # stands for every sum beyond 21

Hand = tuple[int, bool]  # the sum, and whether an ace counts 11 in it


def blackjack(natural: bool = False, discount: float = 1.0) -> FiniteMDP:
    """Example 5.1: state 100*ace + 10*(sum - 12) + dealer - 1 for sums 12..21, dealer 1..10, ace 0, 1; 200: the end.

    So `value[:200].reshape(2, 10, 10)` is a picture for hands without and with a usable ace. Actions: 0 stick, 1 hit.
    Below 12 another card can do no harm, so it is taken without asking: that is folded into the start distribution. The
    dealer sticks on every sum of 17 or more. Winning pays 1, a draw 0, losing -1.

    With `natural`, an ace and a ten on the first two cards win 1.5 at once, or 0 if the dealer has them too. Those
    hands get ten states of their own, 200..209 by the dealer's card (the end is 210), where one can only stick: so
    the reward is paid on the way out of a start. (Gymnasium's `natural=True` draws against any 21 of the dealer.)
    """
    states = 211 if natural else 201
    end = states - 1
    prob = np.zeros((states, 2, len(CARDS)))
    next_state = np.full(prob.shape, end)
    reward = np.zeros(prob.shape)
    start = np.zeros(states)
    available = np.ones((states, 2), dtype=bool)
    prob[end, :, 0] = 1.0
    for dealer, shown in CARDS.items():
        final = _dealer_outcomes(_with((0, False), dealer))
        for total in range(12, 22):
            for ace in (False, True):
                s = _state((total, ace), dealer)
                better = sum(p for other, p in final.items() if total < other < BUST)
                same = final.get(total, 0.0)
                prob[s, STICK, :3] = 1.0 - better - same, same, better
                reward[s, STICK, :3] = 1.0, 0.0, -1.0
                for k, (card, chance) in enumerate(CARDS.items()):
                    hand = _with((total, ace), card)
                    prob[s, HIT, k] = chance
                    if hand[0] == BUST:
                        reward[s, HIT, k] = -1.0
                    else:
                        next_state[s, HIT, k] = _state(hand, dealer)
        for hand, chance in _first_hands().items():
            start[_state(hand, dealer)] += shown * chance
        if natural:
            s, both = 199 + dealer, {1: CARDS[10], 10: CARDS[1]}.get(dealer, 0.0)
            available[s, HIT] = False
            prob[s, STICK, :2], reward[s, STICK, :2] = (1.0 - both, both), (1.5, 0.0)
            chance = shown * 2 * CARDS[1] * CARDS[10]
            start[s] = chance
            start[_state((21, True), dealer)] -= chance
    hands = [f"{'soft' if ace else 'hard'} {total}" for ace in (False, True) for total in range(12, 22)]
    cards = ["A", *(str(card) for card in range(2, 11))]
    names = [f"{hand} against {card}" for hand in hands for card in cards]
    naturals = [f"natural against {card}" for card in cards] if natural else []
    return FiniteMDP(
        prob=prob,
        next_state=next_state,
        reward=reward,
        discount=discount,
        terminal=np.arange(states) == end,
        start=start,
        available=available if natural else None,
        state_names=(*names, *naturals, "end"),
        action_names=("stick", "hit"),
    )


def _state(hand: Hand, dealer: int) -> int:
    total, ace = hand
    return 100 * ace + 10 * (total - 12) + dealer - 1


def _with(hand: Hand, card: int) -> Hand:
    """The hand after one more card; its sum is BUST where no ace can save it."""
    total, ace = hand
    if card == 1 and total + 11 <= 21:
        return total + 11, True
    total += card
    if total > 21 and ace:
        return total - 10, False
    return min(total, BUST), ace


def _dealer_outcomes(hand: Hand) -> dict[int, float]:
    """Probabilities of the dealer's last sum, 17..21 or BUST, who draws until it is 17 or more."""
    outcomes = dict.fromkeys(range(17, BUST + 1), 0.0)
    if hand[0] >= 17:
        return outcomes | {hand[0]: 1.0}
    for card, chance in CARDS.items():
        for total, p in _dealer_outcomes(_with(hand, card)).items():
            outcomes[total] += chance * p
    return outcomes


def _first_hands() -> dict[Hand, float]:
    """Probabilities of the player's hand when first asked: two cards, then more until the sum is 12 or above."""
    asked: dict[Hand, float] = {}
    dealt: list[tuple[Hand, int, float]] = [((0, False), 0, 1.0)]
    while dealt:
        hand, count, chance = dealt.pop()
        if count >= 2 and hand[0] >= 12:
            asked[hand] = asked.get(hand, 0.0) + chance
        else:
            dealt += [(_with(hand, card), count + 1, chance * p) for card, p in CARDS.items()]
    return asked
