"""Mountain Car as tensors: a car too weak for the hill in front of it must first swing back on the hill behind it.

Moore (1990) and Sutton and Barto (2018), Example 10.1, with the numbers of Gymnasium's MountainCar-v0 (three actions,
each step costs 1) and MountainCarContinuous-v0 (any push, which costs its square; the goal pays 100).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from gymnasium import spaces
from torch import Tensor

from rlcourse.envs.picture import drawn_by_gymnasium
from rlcourse.envs.tensor_env import TensorEnv

LEFT_WALL, RIGHT_WALL, MAX_SPEED = -1.2, 0.6, 0.07
GRAVITY = 0.0025
SEEN = np.array([LEFT_WALL, -MAX_SPEED], np.float32), np.array([RIGHT_WALL, MAX_SPEED], np.float32)


class MountainCar(TensorEnv):
    """State and observation [N, 2]: x and its change in a step; action 0 left, 1 nothing, 2 right."""

    metadata: dict[str, Any] = {**TensorEnv.metadata, "render_fps": 30}  # noqa: RUF012  as in Gymnasium
    max_episode_steps = 200
    FORCE, GOAL = 0.001, 0.5

    def spaces(self) -> tuple[spaces.Box, spaces.Space[Any]]:
        return spaces.Box(*SEEN), spaces.Discrete(3)

    def initial(self) -> Tensor:
        x = self.uniform(-0.6, -0.4, 1)
        return torch.cat((x, torch.zeros_like(x)), dim=1)

    def transition(self, state: Tensor, action: Tensor) -> Tensor:
        return self.roll(state, self.number(self.FORCE) * (action - 1))

    def roll(self, state: Tensor, push: Tensor) -> Tensor:
        """One step on the hill sin(3x) under gravity and the engine's `push` [N]; the left wall stops the car."""
        x, speed = state.unbind(1)
        speed = (speed + push - self.number(GRAVITY) * torch.cos(self.number(3.0) * x)).clamp(-MAX_SPEED, MAX_SPEED)
        x = (x + speed).clamp(LEFT_WALL, RIGHT_WALL)
        speed = torch.where(x <= self.number(LEFT_WALL), speed.clamp(min=0.0), speed)
        return torch.stack((x, speed), dim=1)

    def reward(self, state: Tensor, action: Tensor, next_state: Tensor) -> Tensor:
        return torch.full_like(state[:, 0], -1.0)

    def terminal(self, state: Tensor) -> Tensor:
        return (state[:, 0] >= self.number(self.GOAL)) & (state[:, 1] >= self.number(0.0))

    def frame(self, copy: int = 0) -> npt.NDArray[np.uint8]:
        return drawn_by_gymnasium("MountainCar-v0", self, copy)


class MountainCarContinuous(MountainCar):
    """The same with any push; actions [N, 1] are cut to [-1, 1] for the engine, but not for what they cost.

    Gymnasium's own rounds its state to single precision after each step; here all is done in `dtype`.
    """

    max_episode_steps = 999
    FORCE, GOAL = 0.0015, 0.45

    def spaces(self) -> tuple[spaces.Box, spaces.Space[Any]]:
        return spaces.Box(*SEEN), spaces.Box(-1.0, 1.0, (1,))

    def transition(self, state: Tensor, action: Tensor) -> Tensor:
        return self.roll(state, self.number(self.FORCE) * action[:, 0].clamp(-1.0, 1.0))

    def reward(self, state: Tensor, action: Tensor, next_state: Tensor) -> Tensor:
        push = action[:, 0]
        return self.number(100.0) * self.terminal(next_state) - self.number(0.1) * push * push

    def frame(self, copy: int = 0) -> npt.NDArray[np.uint8]:
        return drawn_by_gymnasium("MountainCarContinuous-v0", self, copy)
