"""Probes: tiny worlds whose answer is known exactly, a ladder that a deep learner climbs before it meets a real task.

Each asks for one thing more than the one before, so the first probe that fails says where the bug is: every class
names it. All have one number as observation and two actions, and in all of them Q does not depend on the policy, so
that a learner of Q, of V or of a policy can be held against the same table: `expected_q(probe, discount)`.

The idea of testing on such a ladder is folklore of the field; the worlds are our own variants of it.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from gymnasium import spaces
from torch import Tensor

from rlcourse.envs.tensor_env import TensorEnv


class ExpectedQ(NamedTuple):
    """What a learner must have learned: q[k, a] is the value of action a at obs[k]."""

    obs: Tensor  # [K, 1]
    q: Tensor  # [K, A]


class Probe(TensorEnv):
    """One number is seen, [N, 1]; two actions; the state is what is seen, unless a probe says otherwise."""

    def spaces(self) -> tuple[spaces.Box, spaces.Discrete]:
        return spaces.Box(-1.0, 1.0, (1,)), spaces.Discrete(2)

    def initial(self) -> Tensor:
        return torch.zeros(self.num_envs, 1, device=self.device, dtype=self.dtype)

    def transition(self, state: Tensor, action: Tensor) -> Tensor:
        return state

    def reward(self, state: Tensor, action: Tensor, next_state: Tensor) -> Tensor:
        return torch.ones_like(state[:, 0])

    def terminal(self, state: Tensor) -> Tensor:
        return torch.ones_like(state[:, 0], dtype=torch.bool)  # one step and it is over

    @staticmethod
    def solution(discount: float) -> dict[float, tuple[float, float]]:
        """The exact table: what is seen, and the values of the two actions there."""
        raise NotImplementedError

    def random_sign(self) -> Tensor:
        """-1 or 1, each with probability 1/2, [N, 1]."""
        return torch.where(self.uniform(-1.0, 1.0, 1) < 0, -1.0, 1.0).to(self.dtype)


class ConstantReward(Probe):
    """Always the same observation, one step, reward 1: Q = 1.

    Fails if the value network, its loss or its optimiser is broken (a shape that broadcasts, a missing zero_grad, a
    target with a gradient), or if the end of the episode is overlooked: then the value grows towards 1/(1-discount).
    """

    @staticmethod
    def solution(discount: float) -> dict[float, tuple[float, float]]:
        return {0.0: (1.0, 1.0)}


class RewardIsObservation(Probe):
    """Observation -1 or 1 at random, one step, the reward is what was seen: Q = obs.

    Fails, where the first passed, if the observation does not reach the network or does not belong to its reward: rows
    mixed up in the replay buffer, or `obs` overwritten by the next observation before it was stored.
    """

    def initial(self) -> Tensor:
        return self.random_sign()

    def reward(self, state: Tensor, action: Tensor, next_state: Tensor) -> Tensor:
        return state[:, 0]

    @staticmethod
    def solution(discount: float) -> dict[float, tuple[float, float]]:
        return {-1.0: (-1.0, -1.0), 1.0: (1.0, 1.0)}


class RewardComesLater(Probe):
    """Observation 0, then 1, then the end; only the second step pays 1: Q(0) = discount, Q(1) = 1.

    Fails, where the others passed, if values are not carried back: a forgotten or doubled discount, a target network
    that is never renewed, a next observation that is the present one. What is seen at the end is 0 again, so a learner
    that overlooks the end finds 1/(1-discount²) at 1 instead of 1.
    """

    # State: the number of steps taken, 0, 1 or 2.

    def transition(self, state: Tensor, action: Tensor) -> Tensor:
        return state + 1

    def observation(self, state: Tensor) -> Tensor:
        return torch.where(state == 1, 1.0, 0.0).to(self.dtype)

    def reward(self, state: Tensor, action: Tensor, next_state: Tensor) -> Tensor:
        return state[:, 0]

    def terminal(self, state: Tensor) -> Tensor:
        return state[:, 0] >= 2

    @staticmethod
    def solution(discount: float) -> dict[float, tuple[float, float]]:
        return {0.0: (discount, discount), 1.0: (1.0, 1.0)}


class RewardByAction(Probe):
    """Always the same observation, one step, action 0 pays -1 and action 1 pays 1: Q = (-1, 1).

    Fails, where the others passed, if actions and what they earned are mixed up: `gather` along the wrong axis, a
    policy gradient or an advantage with the wrong sign, an action stored after it was clipped or replaced.
    """

    def reward(self, state: Tensor, action: Tensor, next_state: Tensor) -> Tensor:
        return _sign(action).to(self.dtype)

    @staticmethod
    def solution(discount: float) -> dict[float, tuple[float, float]]:
        return {0.0: (-1.0, 1.0)}


class RewardByObservationAndAction(Probe):
    """Observation -1 or 1 at random, one step; action 0 suits -1, action 1 suits 1: that pays 1, the other -1.

    Fails, where the others passed, if the preference among the actions does not look at what is seen: a policy head,
    or the advantage stream of a dueling network, that is fed the wrong thing.
    """

    def initial(self) -> Tensor:
        return self.random_sign()

    def reward(self, state: Tensor, action: Tensor, next_state: Tensor) -> Tensor:
        return state[:, 0] * _sign(action)

    @staticmethod
    def solution(discount: float) -> dict[float, tuple[float, float]]:
        return {-1.0: (1.0, -1.0), 1.0: (-1.0, 1.0)}


class EndlessReward(Probe):
    """Always the same observation, reward 1 for ever; a time limit cuts after 5 steps: Q = 1/(1-discount).

    Fails, where the others passed, if being cut is taken for the end: then a one-step learner finds
    `value_if_cut_were_end(discount)` instead, 3.57 and not 10 at discount 0.9.
    """

    max_episode_steps = 5
    ends = False

    def terminal(self, state: Tensor) -> Tensor:
        return torch.zeros_like(state[:, 0], dtype=torch.bool)

    @staticmethod
    def solution(discount: float) -> dict[float, tuple[float, float]]:
        value = 1.0 / (1.0 - discount)
        return {0.0: (value, value)}

    def value_if_cut_were_end(self, discount: float) -> float:
        """What one-step learning finds without the bootstrap where the limit L cuts: v = 1 + discount (1 - 1/L) v."""
        assert self.max_episode_steps is not None
        return 1.0 / (1.0 - discount * (1.0 - 1.0 / self.max_episode_steps))


class CutElsewhere(Probe):
    """Observation 0 pays nothing and leads to 1, which pays 1 for ever; cut after 2 steps: Q(1) = 1/(1-discount).

    Fails, where the others passed, if the value of a cut episode is taken from where the *next* one begins instead of
    from `info["final_obs"]`: then Q(1) is 1/(1-discount²), 5.26 and not 10 at discount 0.9. Taking the cut for the end
    gives Q(1) = 1.
    """

    max_episode_steps = 2
    ends = False

    def transition(self, state: Tensor, action: Tensor) -> Tensor:
        return torch.ones_like(state)

    def reward(self, state: Tensor, action: Tensor, next_state: Tensor) -> Tensor:
        return state[:, 0]

    def terminal(self, state: Tensor) -> Tensor:
        return torch.zeros_like(state[:, 0], dtype=torch.bool)

    @staticmethod
    def solution(discount: float) -> dict[float, tuple[float, float]]:
        last = 1.0 / (1.0 - discount)
        return {0.0: (discount * last, discount * last), 1.0: (last, last)}


PROBES: tuple[type[Probe], ...] = (  # in the order of the ladder: rlcourse/Probe1-v0 to rlcourse/Probe7-v0
    ConstantReward,
    RewardIsObservation,
    RewardComesLater,
    RewardByAction,
    RewardByObservationAndAction,
    EndlessReward,
    CutElsewhere,
)


def expected_q(probe: Probe | type[Probe], discount: float, device: str = "cpu") -> ExpectedQ:
    """The exact Q of a probe: every observation that occurs, [K, 1], and the values of the actions there, [K, A].

    Raises ValueError for a discount outside [0, 1): without discounting, what goes on for ever has no value.
    """
    if not 0.0 <= discount < 1.0:
        raise ValueError(f"discount is {discount}; expected a number in [0, 1)")
    table = probe.solution(discount)
    return ExpectedQ(
        obs=torch.tensor([[seen] for seen in table], device=device),
        q=torch.tensor([list(values) for values in table.values()], device=device),
    )


def _sign(action: Tensor) -> Tensor:
    """-1 for action 0, 1 for action 1."""
    return 2 * action - 1
