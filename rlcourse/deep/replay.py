r"""Replay: what was experienced is kept, and learned from in random order, uniformly or by priority.

Lin (1992); Mnih et al. (2015). Everything lies in tensors allocated once, in order of time: transition row * num_envs +
env is what copy `env` did at vector step `row`; the newest row overwrites the oldest. Transitions are stored one by one
and joined to n steps when they are sampled (Sutton & Barto, 2nd edition, eq. 7.1): from time t the window reaches over
k = n steps, fewer if the episode ends before, and the target of a value estimate v is

    R_{t+1} + discount R_{t+2} + ... + discount^(k-1) R_{t+k}  +  discount^k v(S_{t+k})

    return_ is the sum of rewards, next_obs is S_{t+k}, bootstrap is the factor before v: 0 if the episode terminated at
    t+k. An episode that was only cut there (truncated) is worth what would have followed, so its bootstrap stays.

S_{t+k} is the observation that the last step of the window really led to, never the one a new episode begins with. The
newest n-1 rows wait until their windows are complete. Adding, sampling and updating never wait for the device.

Other implementations store one observation a transition, not two; that halves the memory, but the last observation of
an episode then needs a place of its own, or it is lost, and with it the difference between terminated and truncated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from rlcourse.deep.sum_tree import SumTree

TICKETS = 2**24  # of the sum tree for a p^alpha of 1, which is rounded to 6e-8, as float32 is between 1/2 and 1


class Batch(NamedTuple):
    """B windows of up to n steps; the dtypes are those stored, float32 for numbers computed here."""

    obs: Tensor  # [B, ...]
    action: Tensor  # [B, ...]
    return_: Tensor  # [B] discounted sum of the window's rewards
    next_obs: Tensor  # [B, ...] the true observation after its last step
    bootstrap: Tensor  # [B] discount^k, 0 where the episode terminated
    index: Tensor  # type: ignore[assignment]  # hides tuple.index; [B] int64, where the window begins
    weight: Tensor  # [B] importance weight, ones for a uniform sample


class Replay:
    """The last `capacity` transitions of `num_envs` copies (rounded down to whole rows), sampled uniformly.

    `len(replay)` is the number of windows that can be sampled now. Raises ValueError for a capacity below
    num_envs * n_step, and in `add` and `sample` for what does not fit.
    """

    def __init__(
        self,
        capacity: int,
        num_envs: int,
        obs_shape: Sequence[int],
        *,
        obs_dtype: torch.dtype = torch.float32,
        action_shape: Sequence[int] = (),
        action_dtype: torch.dtype = torch.int64,
        n_step: int = 1,
        device: str = "cpu",
    ):
        for name, value in (("num_envs", num_envs), ("n_step", n_step)):
            if value < 1:
                raise ValueError(f"{name} is {value}; expected at least 1")
        if capacity < num_envs * n_step:
            least = f"num_envs * n_step = {num_envs} * {n_step} = {num_envs * n_step}"
            raise ValueError(f"capacity is {capacity}; expected at least {least}")
        self.num_envs, self.n_step, self.device = num_envs, n_step, device
        self.rows = capacity // num_envs
        self.capacity = self.rows * num_envs
        self._next_row = 0  # where the next vector step goes
        self._filled = 0  # rows that hold one

        def ring(shape: Sequence[int], dtype: torch.dtype) -> Tensor:
            return torch.zeros((self.capacity, *shape), dtype=dtype, device=device)

        self.obs = ring(obs_shape, obs_dtype)
        self.action = ring(action_shape, action_dtype)
        self.reward = ring((), torch.float32)
        self.next_obs = ring(obs_shape, obs_dtype)
        self.terminated = ring((), torch.bool)
        self.truncated = ring((), torch.bool)
        self._rings = {
            name: getattr(self, name) for name in ("obs", "action", "reward", "next_obs", "terminated", "truncated")
        }
        self._offset = torch.arange(n_step, device=device) * num_envs  # from a window's beginning to its steps
        self._exponent = torch.arange(n_step + 1, dtype=torch.float64, device=device)

    def __len__(self) -> int:
        return max(0, self._filled - self.n_step + 1) * self.num_envs

    @torch.no_grad()
    def add(
        self, obs: Tensor, action: Tensor, reward: Tensor, next_obs: Tensor, terminated: Tensor, truncated: Tensor
    ) -> None:
        """Store one step of all copies, [num_envs, ...] each; next_obs is the true next observation (`final_obs`)."""
        given = (obs, action, reward, next_obs, terminated, truncated)
        for (name, ring), new in zip(self._rings.items(), given, strict=True):
            if new.shape != (self.num_envs, *ring.shape[1:]) or new.dtype != ring.dtype or new.device != ring.device:
                expected = f"{ring.dtype} {[self.num_envs, *ring.shape[1:]]} on {ring.device}"
                raise ValueError(f"{name} is {new.dtype} {list(new.shape)} on {new.device}; expected {expected}")
        start = self._next_row * self.num_envs
        for ring, new in zip(self._rings.values(), given, strict=True):
            ring[start : start + self.num_envs] = new
        self._next_row = (self._next_row + 1) % self.rows
        self._filled = min(self._filled + 1, self.rows)

    def cut(self) -> None:
        """Say that the environment was reset: what is added next belongs to other episodes, no window joins them."""
        start = (self._next_row - 1) % self.rows * self.num_envs
        self.truncated[start : start + self.num_envs] = True

    def sample(self, batch_size: int, discount: float, generator: torch.Generator) -> Batch:
        """Windows drawn uniformly, with replacement; the generator is on the device. ValueError if none is complete."""
        self._require_windows(batch_size)
        index = torch.randint(len(self), (batch_size,), generator=generator, device=self.device)
        if self._filled == self.rows:  # counted from the oldest row, which is the one to be overwritten next
            index = (index + self._next_row * self.num_envs) % self.capacity
        return self._windows(index, discount, torch.ones(batch_size, device=self.device))

    def _require_windows(self, batch_size: int) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; expected at least 1")
        if len(self) == 0:
            raise ValueError(f"the replay holds {self._filled} rows; add at least n_step = {self.n_step} to sample")

    def _windows(self, index: Tensor, discount: float, weight: Tensor) -> Batch:
        """The windows that begin at index [B]."""
        if self.n_step == 1:
            last, return_ = index, self.reward.take(index)
            factor: Tensor | float = discount
        else:
            window = (index[:, None] + self._offset) % self.capacity  # [B, n]
            ended = self.terminated.take(window) | self.truncated.take(window)
            beyond = ended.cumsum(dim=1) > ended  # a step before this one has ended the episode
            power = (discount**self._exponent).float()  # [n + 1]; from float64, so that each is the nearest float32
            return_ = (self.reward.take(window) * power[:-1]).masked_fill(beyond, 0).sum(dim=1)
            length = self.n_step - beyond.sum(dim=1)  # [B], k above
            last = window.gather(1, length[:, None] - 1).squeeze(1)
            factor = power.take(length)
        return Batch(
            obs=self.obs.index_select(0, index),
            action=self.action.index_select(0, index),
            return_=return_,
            next_obs=self.next_obs.index_select(0, last),
            bootstrap=factor * ~self.terminated.take(last),
            index=index,
            weight=weight,
        )

    # --- saving -------------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """A snapshot in tensors (clones of the rows that are filled) and integers."""
        return {name: value.clone() if isinstance(value, Tensor) else value for name, value in self._state().items()}

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        """Go on where the snapshot was taken; ValueError, and nothing changed, if it is of a replay built otherwise."""
        ours, theirs = _layout(self._state()), _layout(saved)
        if ours != theirs:
            raise ValueError(f"the saved replay has {theirs}; this one has {ours}")
        for name, ring in self._rings.items():
            ring[: len(saved[name])] = saved[name]
        self._next_row, self._filled = saved["next_row"], saved["filled"]

    def _state(self) -> dict[str, Any]:
        """What a snapshot holds, not yet cloned."""
        numbers = {"rows": self.rows, "num_envs": self.num_envs, "n_step": self.n_step}
        numbers |= {"next_row": self._next_row, "filled": self._filled}
        return numbers | {name: ring[: self._filled * self.num_envs] for name, ring in self._rings.items()}


class PrioritisedReplay(Replay):
    r"""Replay in which transitions with a large error come up more often (Schaul et al. 2016, proportional variant).

    Transition i with priority p_i = |error_i| + epsilon (section 3.3) is drawn with probability
    P(i) = p_i^alpha / sum_k p_k^alpha (eq. 1). What has just been added gets the largest priority so far, 1 at first,
    so that it is likely to be learned from soon. The weights w_i = (N P(i))^-beta, divided by the largest of the batch
    (section 3.4), take the bias out again, wholly at beta = 1. The sum tree holds p_i^alpha; one above 2^38 / capacity,
    which is 270,000 for a million transitions, counts as that.

    Raises ValueError for an alpha outside [0, 1] or an epsilon that is not > 0.
    """

    def __init__(
        self,
        capacity: int,
        num_envs: int,
        obs_shape: Sequence[int],
        *,
        alpha: float = 0.6,
        epsilon: float = 1e-6,
        **storage: Any,
    ):
        if not 0 <= alpha <= 1:
            raise ValueError(f"alpha is {alpha}; expected a number in [0, 1]")
        if not epsilon > 0:
            raise ValueError(f"epsilon is {epsilon}; expected a number > 0")
        super().__init__(capacity, num_envs, obs_shape, **storage)
        self.alpha, self.epsilon = alpha, epsilon
        self.tree = SumTree(self.capacity, device=self.device)
        self._largest = torch.full((), TICKETS, dtype=torch.int64, device=self.device)  # tickets of a priority of 1

    @property
    def priority_to_alpha(self) -> Tensor:
        """p_i^alpha of every transition, [capacity] float32; 0 for those that cannot be sampled now."""
        return self.tree.values / TICKETS

    @torch.no_grad()
    def add(
        self, obs: Tensor, action: Tensor, reward: Tensor, next_obs: Tensor, terminated: Tensor, truncated: Tensor
    ) -> None:
        """As `Replay.add`; the row whose windows are now complete gets the largest priority so far."""
        written = self._next_row
        super().add(obs, action, reward, next_obs, terminated, truncated)
        if self.n_step > 1:
            self._fill_row(written, 0)  # until its windows are complete
        if self._filled >= self.n_step:
            self._fill_row((written - self.n_step + 1) % self.rows, self._largest)

    def _fill_row(self, row: int, tickets: Tensor | int) -> None:
        self.tree.fill(row * self.num_envs, (row + 1) * self.num_envs, tickets)

    def sample(self, batch_size: int, discount: float, generator: torch.Generator, beta: float = 1.0) -> Batch:
        """Windows drawn by priority, one from each of batch_size equal shares of the sum, and their weights."""
        self._require_windows(batch_size)
        index, tickets = self.tree.draw(batch_size, generator)
        # (N P(i))^-beta is largest for the smallest p^alpha of the batch; N and the sum of all cancel.
        return self._windows(index, discount, (tickets.min() / tickets) ** beta)

    @torch.no_grad()
    def update(self, index: Tensor, td_error: Tensor) -> None:
        """New errors [B] for the transitions index [B] of the last sample; their sign does not matter.

        A transition that is there twice gets the larger priority; one that was overwritten since and waits for its
        window keeps 0. An error that is not a number counts as the smallest: the learner's loss is none either, and
        that stops training. Raises ValueError for other shapes.
        """
        if index.shape != td_error.shape or index.dim() != 1:
            raise ValueError(f"index is {list(index.shape)}, td_error {list(td_error.shape)}; expected [B] both")
        priority = td_error.float().abs() + self.epsilon
        tickets = (priority**self.alpha * TICKETS).nan_to_num(nan=0.0).clamp(1, self.tree.most).long()
        self._largest = torch.maximum(self._largest, tickets.max())
        waiting = self.tree.values.take(index) == 0
        self.tree.set(index, tickets.masked_fill(waiting, 0))

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        super().load_state_dict(saved)
        self._largest = saved["largest"].to(self.device)
        self.tree.fill(0, self.capacity, 0)
        self.tree.fill(0, len(saved["tickets"]), saved["tickets"])

    def _state(self) -> dict[str, Any]:
        tickets = self.tree.values[: self._filled * self.num_envs]
        return {**super()._state(), "tickets": tickets, "largest": self._largest}


def _layout(state: Mapping[str, Any]) -> str:
    """Sizes and dtypes of a state in words, the number of filled rows aside."""
    sizes = [f"{name} {state.get(name)}" for name in ("rows", "num_envs", "n_step")]
    tensors = [(name, value) for name, value in sorted(state.items()) if isinstance(value, Tensor)]
    return ", ".join([*sizes, *(f"{name} {value.dtype} {list(value.shape[1:])}" for name, value in tensors)])
