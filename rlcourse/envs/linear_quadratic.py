"""The linear-quadratic regulator as tensors: continuous actions, and a best policy that is known exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from torch import Tensor

from rlcourse.envs.tensor_env import TensorEnv
from rlcourse.mdp.linear_quadratic import LinearQuadratic


class LinearQuadraticEnv(TensorEnv):
    """Copies of a LinearQuadratic: state and observation x [N, n], action u [N, m], reward -(x' Q x + u' R u).

    x' = A x + B u + noise; episodes begin at x ~ N(0, start_cov), are cut after 100 steps, and never end. The problem's
    discount is not used: it belongs to the learner.
    """

    max_episode_steps = 100
    ends = False

    def __init__(self, problem: LinearQuadratic, num_envs: int = 1, **settings: Any):
        if not isinstance(problem, LinearQuadratic):
            raise ValueError(f"problem is a {type(problem).__name__}; expected a LinearQuadratic")
        self.problem = problem
        super().__init__(num_envs, **settings)
        p = problem
        self.A, self.B, self.Q, self.R = (self._tensor(array) for array in (p.A, p.B, p.Q, p.R))
        self.start_root, self.noise_root = (self._root(c) for c in (p.start_cov, p.noise_cov))
        self.noisy = bool(np.any(p.noise_cov))

    def _tensor(self, array: Any) -> Tensor:
        return torch.tensor(np.asarray(array), dtype=self.dtype, device=self.device)

    def _root(self, covariance: Any) -> Tensor:
        """The symmetric root: a standard normal times it has this covariance, which may be singular."""
        size, direction = np.linalg.eigh(covariance)
        return self._tensor(direction * np.sqrt(size.clip(min=0)) @ direction.T)

    def spaces(self) -> tuple[spaces.Box, spaces.Box]:
        n, m = self.problem.B.shape
        return spaces.Box(-np.inf, np.inf, (n,)), spaces.Box(-np.inf, np.inf, (m,))

    def initial(self) -> Tensor:
        return self._normal() @ self.start_root

    def transition(self, state: Tensor, action: Tensor) -> Tensor:
        after = state @ self.A.T + action @ self.B.T
        return after + self._normal() @ self.noise_root if self.noisy else after

    def reward(self, state: Tensor, action: Tensor, next_state: Tensor) -> Tensor:
        return -((state @ self.Q * state).sum(dim=1) + (action @ self.R * action).sum(dim=1))

    def terminal(self, state: Tensor) -> Tensor:
        return torch.zeros_like(state[:, 0], dtype=torch.bool)

    def _normal(self) -> Tensor:
        shape = self.num_envs, self.problem.B.shape[0]
        return torch.randn(shape, generator=self.generator, device=self.device, dtype=self.dtype)
