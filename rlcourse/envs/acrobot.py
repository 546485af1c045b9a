"""Acrobot as tensors: two links hang from a hinge, a motor sits in the elbow; swing the tip one link above the hinge.

Sutton (1996), with the equations of the textbook's first edition (Sutton and Barto 1998, section 11.3; the paper's
print lacks terms) and the numbers of Gymnasium's Acrobot-v1: a step of 0.2 s is one step of fourth-order Runge-Kutta.
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

# Both links are alike.
MASS, LENGTH, CENTRE, INERTIA = 1.0, 1.0, 0.5, 1.0  # kg, m, m from the joint, kg m²
GRAVITY, SECONDS = 9.8, 0.2  # m/s², s for each step
MAX_SPEED_1, MAX_SPEED_2 = 4 * math.pi, 9 * math.pi  # rad/s
TURN = 2 * math.pi
LINK, COUPLING = MASS * CENTRE**2 + INERTIA, MASS * LENGTH * CENTRE  # kg m²: of a link about its joint; between the two


class Acrobot(TensorEnv):
    """State [N, 4]: both angles in [-pi, pi] (rad, 0 hanging, the second relative to the first) and their speeds.

    Seen [N, 6]: cosine and sine of the first, of the second, the speeds; actions 0, 1, 2: torque -1, 0, 1 N m. A step
    costs 1 unless it reaches the goal; 500 steps at most.
    """

    metadata: dict[str, Any] = {**TensorEnv.metadata, "render_fps": 15}  # noqa: RUF012  as in Gymnasium
    max_episode_steps = 500

    def spaces(self) -> tuple[spaces.Box, spaces.Discrete]:
        high = np.array([1, 1, 1, 1, MAX_SPEED_1, MAX_SPEED_2], dtype=np.float32)
        return spaces.Box(-high, high), spaces.Discrete(3)

    def initial(self) -> Tensor:
        return self.uniform(-0.1, 0.1, 4)

    def transition(self, state: Tensor, action: Tensor) -> Tensor:
        torque = (action - 1).to(self.dtype)
        k1 = self.derivative(state, torque)
        k2 = self.derivative(torch.add(state, k1, alpha=SECONDS / 2), torque)
        k3 = self.derivative(torch.add(state, k2, alpha=SECONDS / 2), torque)
        k4 = self.derivative(torch.add(state, k3, alpha=SECONDS), torque)
        slope = torch.add(k1 + k4, k2 + k3, alpha=2)
        angles, speed1, speed2 = torch.add(state, slope, alpha=SECONDS / 6).split((2, 1, 1), dim=1)
        angles = angles - self.number(TURN) * torch.round(angles / self.number(TURN))
        return torch.cat((angles, speed1.clamp(-MAX_SPEED_1, MAX_SPEED_1), speed2.clamp(-MAX_SPEED_2, MAX_SPEED_2)), 1)

    def derivative(self, state: Tensor, torque: Tensor) -> Tensor:
        """How fast angles and speeds change, [N, 4]: two equations for two accelerations, solved by Cramer's rule.

        d1 a1 + d2 a2 = force1,    d2 a1 + LINK a2 = force2    (the book's d1, d2, -phi1 and torque - phi2 - ...)
        """
        n = self.number
        angle1, angle2, speed1, speed2 = state.unbind(1)
        whirl = n(COUPLING) * torch.sin(angle2)
        weight = n(MASS * CENTRE * GRAVITY) * torch.sin(angle1 + angle2)  # of the lower link
        upper = n(MASS * (CENTRE + LENGTH) * GRAVITY) * torch.sin(angle1)
        force1 = whirl * speed2 * torch.add(speed2, speed1, alpha=2) - upper - weight
        force2 = torque - weight - whirl * speed1 * speed1
        d2 = n(LINK) + n(COUPLING) * torch.cos(angle2)
        d1 = n(MASS * LENGTH**2) + d2 + d2
        determinant = n(LINK) * d1 - d2 * d2
        acceleration1 = (n(LINK) * force1 - d2 * force2) / determinant
        acceleration2 = (d1 * force2 - d2 * force1) / determinant
        return torch.stack((speed1, speed2, acceleration1, acceleration2), dim=1)

    def observation(self, state: Tensor) -> Tensor:
        angle1, angle2, speed1, speed2 = state.unbind(1)
        return torch.stack((angle1.cos(), angle1.sin(), angle2.cos(), angle2.sin(), speed1, speed2), dim=1)

    def reward(self, state: Tensor, action: Tensor, next_state: Tensor) -> Tensor:
        return torch.where(self.terminal(next_state), self.number(0.0), self.number(-1.0))

    def terminal(self, state: Tensor) -> Tensor:
        angle1, angle2 = state[:, 0], state[:, 1]
        return torch.cos(angle1) + torch.cos(angle1 + angle2) < self.number(-1.0)  # the tip more than a link above

    def frame(self, copy: int = 0) -> npt.NDArray[np.uint8]:
        return drawn_by_gymnasium("Acrobot-v1", self, copy)
