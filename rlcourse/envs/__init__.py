"""Environments as batched tensors: `make` gives them all."""

from rlcourse.envs.adapter import GymnasiumEnv
from rlcourse.envs.finite import FiniteEnv
from rlcourse.envs.make import from_mdp, make
from rlcourse.envs.probes import PROBES, expected_q
from rlcourse.envs.tensor_env import TensorEnv

BatchedEnv = TensorEnv | GymnasiumEnv  # what `make` returns

__all__ = ["PROBES", "BatchedEnv", "FiniteEnv", "GymnasiumEnv", "TensorEnv", "expected_q", "from_mdp", "make"]
