"""Environments as batched tensors."""

from rlcourse.envs.make import make
from rlcourse.envs.tensor_env import TensorEnv

__all__ = ["TensorEnv", "make"]
