"""Environments as batched tensors: `make` gives them all.

How an episode ends. One rule holds for every environment of the course, these and the sampler of `rlcourse.mdp`, and it
is that of Gymnasium's TimeLimit: `terminated` says that a terminal state was reached, `truncated` that the time limit
was, whatever `terminated` says. Both may be true at once. Whoever learns looks at `terminated` first: such an episode
has terminated, and nothing follows its last state. Only one that is truncated and not terminated would have gone on.
"""

from rlcourse.envs.adapter import GymnasiumEnv
from rlcourse.envs.finite import FiniteEnv
from rlcourse.envs.linear_quadratic import LinearQuadraticEnv
from rlcourse.envs.make import from_linear_quadratic, from_mdp, make
from rlcourse.envs.probes import PROBES, expected_q
from rlcourse.envs.tensor_env import TensorEnv

BatchedEnv = TensorEnv | GymnasiumEnv  # what `make` returns

__all__ = [
    "PROBES",
    "BatchedEnv",
    "FiniteEnv",
    "GymnasiumEnv",
    "LinearQuadraticEnv",
    "TensorEnv",
    "expected_q",
    "from_linear_quadratic",
    "from_mdp",
    "make",
]
