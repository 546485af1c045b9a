"""A finite Markov decision process, as arrays.

Every transition is stored as a short list of outcomes, so that 10,000 states need megabytes where a dense
[S, A, S] matrix would need gigabytes, and so that a sampled reward keeps its randomness:

    p(s', r | s, a) = sum_k prob[s, a, k] * 1[s' = next_state[s, a, k], r = reward[s, a, k]]

Source: Sutton & Barto, 2nd edition, equation (3.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from rlcourse.mdp.arguments import fraction
from rlcourse.mdp.arrays import Bools, Floats, Ints
from rlcourse.mdp.gymnasium_table import read_table
from rlcourse.mdp.reward_process import MarkovRewardProcess
from rlcourse.mdp.terminal_states import absorb, uniform_start

_SUM_TOLERANCE = 1e-9  # how far from one a row of probabilities may sum
_OPTIONAL = ("available", "reward_std", "positions")  # the arrays that may be None


@dataclass(frozen=True, eq=False, kw_only=True)
class FiniteMDP:
    """A Markov decision process with S states, A actions and at most K outcomes an action.

    Padding outcomes have probability 0. Terminal states loop on themselves with reward 0. The rows of an
    unavailable action are ignored. All arrays are copied and made read-only.

    Raises ValueError, naming the state and the action, for wrong shapes, NaN, probabilities that are negative or
    do not sum to one, successors that do not exist, a discount outside [0, 1], a terminal state that can be left
    or pays, a state without actions, or a start distribution on terminal states.
    """

    prob: Floats  # [S, A, K] probability of each outcome
    next_state: Ints  # [S, A, K] the state it leads to
    reward: Floats  # [S, A, K] the reward it pays
    discount: float  # gamma, in [0, 1]
    terminal: Bools  # [S]
    start: Floats  # [S] start distribution
    available: Bools | None = None  # [S, A]; None: every action in every state
    reward_std: Floats | None = None  # [S, A] standard deviation of Gaussian noise on the reward
    positions: Ints | None = None  # [S, 2] row and column, for plots
    layout: tuple[str, ...] | None = None  # rows of the text map, for plots
    state_names: tuple[str, ...] | None = None
    action_names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        shape = _as_array("prob", self.prob).shape
        if len(shape) != 3 or 0 in shape:
            raise ValueError(f"prob has shape {shape}; expected [states, actions, outcomes], none of them 0")
        states, actions, _ = shape
        self._store("prob", np.float64, shape)
        self._store("next_state", np.int64, shape)
        self._store("reward", np.float64, shape)
        self._store("terminal", np.bool_, (states,))
        self._store("start", np.float64, (states,))
        self._store("available", np.bool_, (states, actions))
        self._store("reward_std", np.float64, (states, actions))
        self._store("positions", np.int64, (states, 2))
        object.__setattr__(self, "discount", fraction("discount", self.discount))
        if self.layout is not None:
            object.__setattr__(self, "layout", tuple(self.layout))
        for field, count in (("state_names", states), ("action_names", actions)):
            names = getattr(self, field)
            if names is not None:
                if len(names) != count:
                    raise ValueError(f"{field} has {len(names)} names; expected {count}")
                object.__setattr__(self, field, tuple(str(name) for name in names))
        self._validate()

    def _store(self, field: str, dtype: Any, shape: tuple[int, ...]) -> None:
        """Replace a field by a read-only copy of the right type and shape."""
        value = getattr(self, field)
        if value is None and field in _OPTIONAL:
            return
        given = _as_array(field, value)
        if given.shape != shape:
            raise ValueError(f"{field} has shape {given.shape}; expected {shape}")
        if not np.can_cast(given.dtype, dtype, casting="same_kind"):
            raise ValueError(f"{field} has type {given.dtype}; expected {np.dtype(dtype)}")
        array = np.array(given, dtype=dtype)
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            raise ValueError(f"{field}{list(where)} is {array[where]}; every entry must be a finite number")
        array.setflags(write=False)
        object.__setattr__(self, field, array)

    def _validate(self) -> None:
        allowed = self.allowed
        live = allowed & ~self.terminal[:, None]
        stuck = np.flatnonzero(~allowed.any(axis=1))
        if stuck.size:
            raise ValueError(f"state {self.name(stuck[0])} has no available action; every state needs one")
        least = self.prob.min(axis=2)
        self._check(live & (least < 0), "a negative probability {}", least)
        total = self.prob.sum(axis=2)
        wrong = live & (np.abs(total - 1) > _SUM_TOLERANCE)
        self._check(wrong, "probabilities that sum to {:.12g}, not to 1", total)
        outside = ((self.next_state < 0) | (self.next_state >= self.num_states)) & live[:, :, None]
        self._check(np.asarray(outside.any(axis=2)), f"a successor outside 0..{self.num_states - 1}", total)
        own = np.arange(self.num_states)[:, None, None]
        leaves = (self.prob > 0) & ((self.next_state != own) | (self.reward != 0))
        stays = (np.abs(total - 1) <= _SUM_TOLERANCE) & (least >= 0)
        leaks = self.terminal[:, None] & allowed & (leaves.any(axis=2) | ~stays)
        self._check(leaks, "a way out or a reward; terminal states must loop on themselves with reward 0", total)
        if (self.start < 0).any():
            raise ValueError(f"start of state {self.name(int(self.start.argmin()))} is {self.start.min()}, below 0")
        if abs(self.start.sum() - 1) > _SUM_TOLERANCE:
            raise ValueError(f"start must be a probability distribution; it sums to {self.start.sum():.12g}")
        if (self.start[self.terminal] > 0).any():
            raise ValueError("start puts probability on a terminal state; an episode must begin before it ends")
        if self.reward_std is not None and (self.reward_std < 0).any():
            raise ValueError("reward_std has a negative entry; a standard deviation is at least 0")

    def _check(self, wrong: Bools, problem: str, value: Floats) -> None:
        if wrong.any():
            state, action = (int(i) for i in np.argwhere(wrong)[0])
            found = problem.format(value[state, action])
            raise ValueError(f"state {self.name(state)}, action {self.action_name(action)}: {found}")

    def __repr__(self) -> str:
        states, actions, _ = self.prob.shape
        return (
            f"FiniteMDP({states} states, {actions} actions, {self.terminal.sum()} terminal, discount {self.discount})"
        )

    @property
    def num_states(self) -> int:
        return int(self.prob.shape[0])

    @property
    def num_actions(self) -> int:
        return int(self.prob.shape[1])

    @cached_property
    def allowed(self) -> Bools:
        """Which actions may be taken where, [S, A]."""
        if self.available is not None:
            return self.available
        everything = np.ones((self.num_states, self.num_actions), dtype=bool)
        everything.setflags(write=False)
        return everything

    @cached_property
    def expected_reward(self) -> Floats:
        """r(s, a) = sum_k prob * reward, [S, A] (Sutton & Barto, equation 3.5); 0 where unavailable."""
        mean = np.where(self.allowed, np.einsum("sak,sak->sa", self.prob, self.reward), 0.0)
        mean.setflags(write=False)
        return mean

    @cached_property
    def transition(self) -> sparse.csr_array:
        """p(s' | s, a) as a sparse matrix [S*A, S], row s*A + a (equation 3.4); rows of unavailable actions are 0."""
        states, actions, outcomes = self.prob.shape
        prob = np.where(self.allowed[:, :, None], self.prob, 0.0).ravel()
        kept = prob > 0
        rows = np.repeat(np.arange(states * actions), outcomes)[kept]
        entries = (prob[kept], (rows, self.next_state.ravel()[kept]))
        matrix = sparse.csr_array(entries, shape=(states * actions, states))
        for array in (matrix.data, matrix.indices, matrix.indptr):
            array.setflags(write=False)
        return matrix

    def name(self, state: int) -> str:
        """What a state is called in messages and plots."""
        return f"{state}" if self.state_names is None else f"{state} {self.state_names[state]}"

    def listed(self, states: Ints) -> str:
        """The first three of some states by name, for messages."""
        return ", ".join(self.name(int(s)) for s in states[:3]) + (", ..." if len(states) > 3 else "")

    def action_name(self, action: int) -> str:
        """What an action is called in messages and plots."""
        return f"{action}" if self.action_names is None else self.action_names[action]

    def under(self, policy: npt.ArrayLike) -> MarkovRewardProcess:
        """The Markov reward process that remains when the actions are drawn from a policy [S, A].

        p_pi(s' | s) = sum_a pi(a | s) p(s' | s, a),  r_pi(s) = sum_a pi(a | s) r(s, a).
        Raises ValueError where the policy is not a distribution over available actions.
        """
        weight = self.validated_policy(policy)
        states, actions = weight.shape
        rows = np.repeat(np.arange(states), actions)
        mix = sparse.csr_array((weight.ravel(), (rows, np.arange(states * actions))))
        chain = sparse.csr_array(mix @ self.transition)
        chain.eliminate_zeros()
        mean_reward = np.einsum("sa,sa->s", weight, self.expected_reward)
        return MarkovRewardProcess(
            transition=chain, reward=mean_reward, discount=self.discount, terminal=self.terminal, start=self.start
        )

    def validated_policy(self, policy: npt.ArrayLike) -> Floats:
        """A float64 copy [S, A] of the policy; raises ValueError if it is not a distribution over allowed actions."""
        weight = np.array(policy, dtype=np.float64)
        expected = (self.num_states, self.num_actions)
        if weight.shape != expected:
            raise ValueError(f"the policy has shape {weight.shape}; expected [states, actions] = {expected}")
        total = weight.sum(axis=1)
        wrong = ~((np.abs(total - 1) <= _SUM_TOLERANCE) & (weight >= 0).all(axis=1))  # NaN is wrong too
        if wrong.any():
            state = int(np.argmax(wrong))
            raise ValueError(
                f"the policy in state {self.name(state)} is {weight[state]}, which sums to {total[state]:.12g}; "
                "expected probabilities that sum to 1"
            )
        forbidden = (weight > 0) & ~self.allowed
        if forbidden.any():
            state, action = (int(i) for i in np.argwhere(forbidden)[0])
            raise ValueError(
                f"the policy takes action {self.action_name(action)} in state {self.name(state)}, "
                "where it is not available"
            )
        return weight

    @classmethod
    def from_dense(
        cls,
        transition: npt.ArrayLike,
        reward: npt.ArrayLike,
        *,
        discount: float,
        start: npt.ArrayLike | None = None,
        terminal: npt.ArrayLike | None = None,
        **fields: Any,
    ) -> FiniteMDP:
        """Build an MDP from p(s' | s, a) as [S, A, S] and rewards [S, A] or [S, A, S].

        K is the largest number of successors that any action has. Without `start`, episodes begin in any non-terminal
        state with equal chance. Rows of terminal states are replaced by the loop with reward 0 that the class asks for.
        """
        dense = np.asarray(transition, dtype=np.float64)
        if dense.ndim != 3 or dense.shape[0] != dense.shape[2]:
            raise ValueError(f"transition has shape {dense.shape}; expected [states, actions, states]")
        states = dense.shape[0]
        pay = np.asarray(reward, dtype=np.float64)
        if pay.shape not in (dense.shape, dense.shape[:2]):
            raise ValueError(f"reward has shape {pay.shape}; expected {dense.shape[:2]} or {dense.shape}")
        pay = np.broadcast_to(pay if pay.ndim == 3 else pay[:, :, None], dense.shape)
        end = np.zeros(states, bool) if terminal is None else np.array(terminal, dtype=bool)
        if end.shape != (states,):
            raise ValueError(f"terminal has shape {end.shape}; expected {(states,)}")
        outcomes = max(1, int((dense != 0).sum(axis=2).max()))
        order = np.argsort(dense == 0, axis=2, kind="stable")[:, :, :outcomes]  # successors first, in order
        prob = np.take_along_axis(dense, order, axis=2)
        pay = np.take_along_axis(pay, order, axis=2)
        prob, order, pay = absorb(end, prob, order, pay)
        return cls(
            prob=prob,
            next_state=order,
            reward=pay,
            discount=discount,
            terminal=end,
            start=uniform_start(end) if start is None else np.asarray(start, dtype=np.float64),
            **fields,
        )

    @classmethod
    def from_gymnasium(cls, env: Any, discount: float = 1.0) -> FiniteMDP:
        """The MDP of a Gymnasium environment (or id) that publishes its table `P`; states keep their numbers.

        Where a state is reached both when an episode ends and when it goes on, the end gets one extra state, behind the
        last. Raises ValueError for an environment without a table, such as Blackjack.
        """
        return cls(discount=discount, **read_table(env))


def _as_array(field: str, value: Any) -> npt.NDArray[Any]:
    try:
        return np.asarray(value)
    except ValueError:  # a list of lists of different lengths
        raise ValueError(f"{field} is ragged; pad its rows to one length (with probability 0 in prob)") from None
