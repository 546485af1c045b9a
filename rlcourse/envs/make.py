"""envs.make(id, num_envs): every environment as a batch of tensors."""

from __future__ import annotations

from typing import Any

from rlcourse.envs.cart_pole import CartPole
from rlcourse.envs.tensor_env import TensorEnv

NATIVE: dict[str, type[TensorEnv]] = {"CartPole-v1": CartPole}


def make(id: str, num_envs: int = 1, device: str = "cpu", seed: int = 0, **settings: Any) -> TensorEnv:
    name = id.removeprefix("rlcourse/")
    return NATIVE[name](num_envs, device=device, seed=seed, **settings)
