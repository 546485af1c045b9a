"""CartPole as tensors: a pole on a cart, pushed left or right, pays 1 for each step that it has not fallen.

Dynamics of Barto, Sutton and Anderson (1983) in the form and with the numbers of Gymnasium's CartPole-v1, Euler
integration included; episodes are cut after 500 steps.
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

GRAVITY, CART_MASS, POLE_MASS, HALF_LENGTH = 9.8, 1.0, 0.1, 0.5  # m/s², kg, kg, m
FORCE, SECONDS = 10.0, 0.02  # N; s for each step
X_LIMIT, ANGLE_LIMIT = 2.4, math.radians(12)  # m, rad: beyond these the episode ends
MASS, POLE_MOMENT = CART_MASS + POLE_MASS, POLE_MASS * HALF_LENGTH


class CartPole(TensorEnv):
    """State and observation [N, 4]: x (m) and its speed, the pole's angle (rad) and its; action 0 left, 1 right."""

    metadata: dict[str, Any] = {**TensorEnv.metadata, "render_fps": 50}  # noqa: RUF012  as in Gymnasium
    max_episode_steps = 500

    def spaces(self) -> tuple[spaces.Box, spaces.Discrete]:
        high = np.array([2 * X_LIMIT, np.inf, 2 * ANGLE_LIMIT, np.inf], dtype=np.float32)
        return spaces.Box(-high, high), spaces.Discrete(2)

    def initial(self) -> Tensor:
        return self.uniform(-0.05, 0.05, 4)

    def transition(self, state: Tensor, action: Tensor) -> Tensor:
        n = self.number
        _, x_dot, angle, angle_dot = state.unbind(1)
        force = n(2 * FORCE) * action - n(FORCE)
        sine, cosine = torch.sin(angle), torch.cos(angle)
        push = (force + n(POLE_MOMENT) * angle_dot * angle_dot * sine) / n(MASS)
        inertia = n(4 / 3 * HALF_LENGTH) - n(POLE_MOMENT / MASS) * cosine * cosine
        angle_acc = (n(GRAVITY) * sine - cosine * push) / inertia
        x_acc = push - n(POLE_MOMENT / MASS) * angle_acc * cosine
        change = torch.stack((x_dot, x_acc, angle_dot, angle_acc), dim=1)
        return torch.add(state, change, alpha=SECONDS)

    def reward(self, state: Tensor, action: Tensor, next_state: Tensor) -> Tensor:
        return torch.ones_like(state[:, 0])  # for the last step too

    def terminal(self, state: Tensor) -> Tensor:
        return (state[:, 0].abs() > self.number(X_LIMIT)) | (state[:, 2].abs() > self.number(ANGLE_LIMIT))

    def frame(self, copy: int = 0) -> npt.NDArray[np.uint8]:
        return drawn_by_gymnasium("CartPole-v1", self, copy)
