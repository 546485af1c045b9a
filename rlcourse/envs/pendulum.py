"""Pendulum as tensors: swing a stiff pendulum up and hold it there with little torque; episodes are cut, never over.

The numbers of Gymnasium's Pendulum-v1: mass 1 kg, length 1 m, gravity 10 m/s², 200 steps of 0.05 s.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from gymnasium import spaces
from torch import Tensor

from rlcourse.envs.picture import drawn_by_gymnasium
from rlcourse.envs.tensor_env import TensorEnv

GRAVITY, MASS, LENGTH, SECONDS = 10.0, 1.0, 1.0, 0.05  # m/s², kg, m, s for each step
MAX_SPEED, MAX_TORQUE = 8.0, 2.0  # rad/s, N m
TURN = 2 * math.pi


class Pendulum(TensorEnv):
    """State [N, 2]: angle (rad, 0 upright, never wrapped) and speed; seen [N, 3]: cosine, sine, speed; torque [N, 1].

    A step pays -(angle² + 0.1 speed² + 0.001 torque²), with the angle in [-pi, pi] and all three before the step.
    """

    metadata: dict[str, Any] = {**TensorEnv.metadata, "render_fps": 30}  # noqa: RUF012  as in Gymnasium
    max_episode_steps = 200
    ends = False

    def spaces(self) -> tuple[spaces.Box, spaces.Box]:
        high = np.array([1.0, 1.0, MAX_SPEED], dtype=np.float32)
        return spaces.Box(-high, high), spaces.Box(-MAX_TORQUE, MAX_TORQUE, (1,))

    def initial(self) -> Tensor:
        return torch.cat((self.uniform(-math.pi, math.pi, 1), self.uniform(-1.0, 1.0, 1)), dim=1)

    def transition(self, state: Tensor, action: Tensor) -> Tensor:
        angle, speed = state.unbind(1)
        torque = action[:, 0].clamp(-MAX_TORQUE, MAX_TORQUE)
        fall = self.number(1.5 * GRAVITY / LENGTH) * torch.sin(angle)
        acceleration = fall + self.number(3 / (MASS * LENGTH**2)) * torque
        speed = torch.add(speed, acceleration, alpha=SECONDS).clamp(-MAX_SPEED, MAX_SPEED)
        return torch.stack((torch.add(angle, speed, alpha=SECONDS), speed), dim=1)

    def observation(self, state: Tensor) -> Tensor:
        angle, speed = state.unbind(1)
        return torch.stack((torch.cos(angle), torch.sin(angle), speed), dim=1)

    def reward(self, state: Tensor, action: Tensor, next_state: Tensor) -> Tensor:
        n = self.number
        angle, speed = state.unbind(1)
        from_upright = angle - n(TURN) * torch.round(angle / n(TURN))
        torque = action[:, 0].clamp(-MAX_TORQUE, MAX_TORQUE)
        return -(from_upright * from_upright + n(0.1) * speed * speed + n(0.001) * torque * torque)

    def terminal(self, state: Tensor) -> Tensor:
        return torch.zeros_like(state[:, 0], dtype=torch.bool)

    def frame(self, copy: int = 0) -> npt.NDArray[np.uint8]:
        """With an arrow for the torque that led here; none at the start of an episode."""
        action = self.action
        torque = None
        if action is not None and 0 <= copy < self.num_envs and self._length[copy] > 0:
            torque = float(action[copy, 0].clamp(-MAX_TORQUE, MAX_TORQUE))
        return drawn_by_gymnasium("Pendulum-v1", self, copy, last_u=torque)
