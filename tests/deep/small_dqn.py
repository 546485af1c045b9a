"""What the tests of DQN share: a small learner, all its switches, and whether two snapshots are the same."""

import torch

from rlcourse import envs
from rlcourse.deep import DQN, DQNConfig

RAINBOW = {
    "double": True,
    "dueling": True,
    "n_step": 3,
    "noisy": True,
    "prioritised": True,
    "distributional": True,
}
SWITCHES = {  # name: settings
    "none": {},
    "huber": {"huber": True},
    **{f"{name}": {name: value} for name, value in RAINBOW.items()},
    "double+dueling": {"double": True, "dueling": True},
    "double+distributional": {"double": True, "distributional": True},
    "noisy+prioritised": {"noisy": True, "prioritised": True},
    "rainbow": RAINBOW,
}


def small(device="cpu", seed=0, num_envs=4, env="rlcourse/CartPole-v1", **settings):
    """A learner that does everything often: updates after 16 steps, the target network every 5, a full replay soon."""
    often = {
        "hidden": (8, 6),
        "learning_starts": 16,
        "batch_size": 8,
        "gradient_steps": 2,
        "target_period": 5,
        "buffer_size": 80,
        "vector_steps": 4,
        "epsilon_steps": 300,
        "weight_steps": 300,
        "atoms": 11,
    }
    return DQN(envs.make(env, num_envs, device, seed=1), DQNConfig(**{**often, **settings}), seed=seed)


def train(learner, total_steps):
    """Everything that it reports on the way."""
    return list(learner.train(total_steps))


def difference(a, b, path="", ignore=("seconds",)):
    """Where two snapshots differ first, or None: tensors bit for bit, numbers exactly (NaN is NaN)."""
    if type(a) is not type(b):
        return f"{path}: {type(a).__name__} and {type(b).__name__}"
    if isinstance(a, torch.Tensor):
        alike = a.shape == b.shape and a.dtype == b.dtype and torch.equal(a, b)
        return None if alike else f"{path}: {a} and {b}"
    if isinstance(a, dict):
        if a.keys() != b.keys():
            return f"{path}: {sorted(a)} and {sorted(b)}"
        inner = [(a[key], b[key], f"{path}/{key}") for key in a if key not in ignore]
    elif isinstance(a, list | tuple):
        if len(a) != len(b):
            return f"{path}: {len(a)} and {len(b)} items"
        inner = [(x, y, f"{path}/{i}") for i, (x, y) in enumerate(zip(a, b, strict=True))]
    else:
        return None if a == b or (a != a and b != b) else f"{path}: {a} and {b}"
    return next((found for x, y, where in inner if (found := difference(x, y, where, ignore))), None)
