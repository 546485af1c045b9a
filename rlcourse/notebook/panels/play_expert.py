"""What a move was worth: an expert who knows the optimal values exactly, and says so in sentences.

A round's return G is what its start promised, less what the moves gave away, plus luck:

    G = v*(S_0) - sum_t discount^t [max_a q*(S_t, a) - q*(S_t, A_t)] + luck,

where luck = sum_t discount^t [R_{t+1} + discount v*(S_{t+1}) - q*(S_t, A_t)], whose mean is 0 however one plays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rlcourse.mdp import FiniteMDP
from rlcourse.notebook.pictures.numbers import number
from rlcourse.tabular import action_values, solve

NOTHING = 1e-9  # rounding errors are neither a mistake nor luck


class Move(NamedTuple):
    """An action taken in a state."""

    state: int
    action: int


class Account(NamedTuple):
    """Where a return came from: total = promised - given_away + luck."""

    total: float
    promised: float  # v* of the start
    given_away: float  # by the moves, discounted to the start
    luck: float


class Expert:
    """The optimal policy and values of a model, and what they say about moves."""

    def __init__(self, mdp: FiniteMDP) -> None:
        self.policy, self.value, _ = solve(mdp)
        self.q = action_values(mdp, self.value)  # [S, A], exact; -inf where an action is unavailable
        self.mean = float(mdp.start @ self.value)  # the return of optimal play
        self._discount = mdp.discount
        self._names = actions_of(mdp)

    def cost(self, move: Move) -> float:
        """max_a q*(s, a) - q*(s, a) of a move, in expectation from then on; exactly 0 for every best action."""
        if self.policy[move] > 0:
            return 0.0
        return float(self.q[move.state].max() - self.q[move])

    def account(self, moves: Sequence[Move], total: float) -> Account:
        """Where the return of a round came from."""
        promised = float(self.q[moves[0].state].max())
        given_away = sum(self._discount**t * self.cost(move) for t, move in enumerate(moves))
        return Account(total, promised, given_away, total - promised + given_away)

    def comment(self, move: Move, place: str) -> str:
        """One move in one sentence or two; `place` is what its state is called."""
        values, best, cost = self.q[move.state], float(self.q[move.state].max()), self.cost(move)
        optimal = self.policy[move.state] > 0
        chosen, good = self._names[move.action], [self._names[a] for a in optimal.nonzero()[0]]
        if cost > 0:
            d = decimals([best, -values[move.action]], cost)
            was = "The best move was" if len(good) == 1 else "The best moves were"
            return (
                f"{place}: you chose {chosen} ({number(values[move.action], d)}). "
                f"{was} {listed(good, 'and')} ({number(best, d)}): that cost you {number(cost, d)}."
            )
        others = np.where(optimal, -np.inf, values)
        second = int(others.argmax())
        if others[second] == -np.inf:
            why = "the only move" if len(good) == 1 else "and no move is better than another"
            return f"{place}: you chose {chosen} ({number(best, 2)}), {why}."
        d = decimals([best, -others[second]], best - others[second])
        why = "the best move" if len(good) == 1 else f"as good as {listed([g for g in good if g != chosen], 'and')}"
        after = f"the next best, {self._names[second]}, is worth {number(others[second], d)}"
        return f"{place}: you chose {chosen} ({number(best, d)}), {why}; {after}."


def sentence(account: Account) -> str:
    """Skill and luck of a round; the numbers add up as they are shown."""
    total, promised, given_away, luck = account
    d = decimals([promised, -given_away, luck], total)
    skill = f"Given away by your moves: {number(given_away, d)}." if given_away else "Your moves gave nothing away."
    if abs(luck) <= NOTHING:
        chance = "luck played no part"
    else:
        chance = f"luck {'gave you' if luck > 0 else 'took'} {number(abs(luck), d)}"
    return f"{skill} The start was worth {number(promised, d)} to the best player, and {chance}."


def decimals(terms: Sequence[float], total: float) -> int:
    """The fewest decimals, 2 to 6, at which the numbers add up as shown and none of them is off by over a tenth."""
    for d in range(2, 6):
        faithful = all(abs(round(x, d) - x) <= 0.1 * abs(x) + NOTHING for x in (*terms, total))
        if faithful and abs(sum(round(x, d) for x in terms) - round(total, d)) < 0.1 * 10**-d:
            return d
    return 6


def actions_of(mdp: FiniteMDP) -> tuple[str, ...]:
    """What the actions are called."""
    return mdp.action_names or tuple(f"action {a}" for a in range(mdp.num_actions))


def listed(names: Sequence[str], word: str) -> str:
    """Names in a sentence: up, right or down."""
    return f" {word} ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def is_a_contest(mdp: FiniteMDP) -> bool:
    """Whether a round is won or lost: it pays at the end alone, a gain or a loss."""
    possible: Any = (mdp.prob > 0) & (mdp.allowed & ~mdp.terminal[:, None])[:, :, None]
    last = mdp.terminal[mdp.next_state]
    paid = mdp.reward[possible & last]
    return bool((mdp.reward[possible & ~last] == 0).all() and (paid > 0).any() and (paid < 0).any())
