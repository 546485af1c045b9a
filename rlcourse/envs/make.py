"""envs.make(id, num_envs): every environment as a batch of tensors.

| id | what it is |
|---|---|
| rlcourse/CartPole-v1, ... | native tensor programs: `NATIVE` |
| rlcourse/Probe1-v0, ... | the debugging ladder of `rlcourse.envs.probes` |
| rlcourse/CliffWalk-v0, ... | a ready-made world of `rlcourse.mdp` as tensors (see `from_mdp` for your own) |
| ALE/Breakout-v5, ... | Atari games, with the usual preprocessing |
| any other id | Gymnasium's environment, or anybody's, with tensors at the border |

Importing this file registers the native ones with Gymnasium too: `gymnasium.make_vec("rlcourse/CartPole-v1", 8)` gives
the same tensors, and `gymnasium.make` Gymnasium's own single environment. There, "rlcourse/CliffWalk-v0" is the NumPy
sampler of `rlcourse.mdp`, and its tensors have an id of their own, "rlcourse/TensorCliffWalk-v0".
"""

from __future__ import annotations

import importlib
from typing import Any

import gymnasium
import torch
from gymnasium.vector import AutoresetMode

from rlcourse.envs.acrobot import Acrobot
from rlcourse.envs.adapter import GymnasiumEnv, Plain
from rlcourse.envs.cart_pole import CartPole
from rlcourse.envs.finite import FiniteEnv
from rlcourse.envs.linear_quadratic import LinearQuadraticEnv
from rlcourse.envs.mountain_car import MountainCar, MountainCarContinuous
from rlcourse.envs.pendulum import Pendulum
from rlcourse.envs.probes import PROBES
from rlcourse.envs.tensor_env import TensorEnv
from rlcourse.mdp import WORLDS, FiniteMDP, LinearQuadratic

CLASSIC: dict[str, type[TensorEnv]] = {  # by Gymnasium's id of the same environment
    "CartPole-v1": CartPole,
    "MountainCar-v0": MountainCar,
    "MountainCarContinuous-v0": MountainCarContinuous,
    "Acrobot-v1": Acrobot,
    "Pendulum-v1": Pendulum,
}
NATIVE: dict[str, type[TensorEnv]] = {
    **{f"rlcourse/{id}": kind for id, kind in CLASSIC.items()},
    **{f"rlcourse/Probe{number}-v0": probe for number, probe in enumerate(PROBES, start=1)},
}
_WORLD_IDS = {
    **{f"rlcourse/{name}-v0": name for name in WORLDS},
    **{f"rlcourse/Tensor{name}-v0": name for name in WORLDS},
}
_WORLD_STEPS = 1000  # the usual time limit of ready-made worlds, as in rlcourse.mdp


def make(id: str, num_envs: int = 1, device: str = "cpu", seed: int = 0, **settings: Any) -> TensorEnv | GymnasiumEnv:
    """`num_envs` copies of an environment as tensors on `device`; further settings go to the environment itself.

    Native ones take `dtype`, `max_episode_steps`, and worlds also `observation` ("one_hot", "coordinates", "index").
    All others take `clip_reward` and what `gymnasium.make_vec` takes, such as `render_mode` and `wrappers`. Atari games
    give grey images uint8 [4, 84, 84] and take the settings of ale_py's AtariVectorEnv, say `episodic_life=True`.

    Raises ValueError for a number of copies below 1, a device that this machine does not have, a seed below 0;
    gymnasium.error.UnregisteredEnv for an unknown id (it names similar ones) and DependencyNotInstalled where an
    optional package is missing (it names the command).
    """
    _check(num_envs, device, seed)
    if id in NATIVE:
        return NATIVE[id](num_envs, device=device, seed=seed, **settings)
    if id in _WORLD_IDS:
        settings.setdefault("max_episode_steps", _WORLD_STEPS)
        return FiniteEnv(_WORLD_IDS[id], num_envs, device=device, seed=seed, **settings)
    clip_reward = settings.pop("clip_reward", False)
    inner = _atari(id, num_envs, settings) if id.startswith("ALE/") else _any(id, num_envs, settings)
    try:
        return GymnasiumEnv(inner, device=device, seed=seed, clip_reward=clip_reward)
    except ValueError:
        inner.close()
        raise


def from_mdp(
    mdp: FiniteMDP,
    num_envs: int = 1,
    observation: str = "one_hot",
    device: str = "cpu",
    seed: int = 0,
    max_episode_steps: int | None = None,
    **settings: Any,
) -> FiniteEnv:
    """Copies of your own finite MDP as tensors, seen as "one_hot", "coordinates" or "index": see FiniteEnv."""
    _check(num_envs, device, seed)
    return FiniteEnv(
        mdp,
        num_envs,
        observation=observation,
        device=device,
        seed=seed,
        max_episode_steps=max_episode_steps,
        **settings,
    )


def from_linear_quadratic(
    problem: LinearQuadratic,
    num_envs: int = 1,
    device: str = "cpu",
    seed: int = 0,
    max_episode_steps: int | None = None,
    **settings: Any,
) -> LinearQuadraticEnv:
    """Copies of your own linear-quadratic regulator as tensors: see LinearQuadraticEnv."""
    _check(num_envs, device, seed)
    return LinearQuadraticEnv(
        problem, num_envs, device=device, seed=seed, max_episode_steps=max_episode_steps, **settings
    )


def register() -> None:
    """Make the native environments known to gymnasium.make_vec and, where Gymnasium has one of them, gymnasium.make."""
    for id, kind in NATIVE.items():
        twin = gymnasium.spec(id.removeprefix("rlcourse/")) if id.removeprefix("rlcourse/") in CLASSIC else None
        gymnasium.register(
            id=id,
            entry_point=None if twin is None else twin.entry_point,
            vector_entry_point=f"{kind.__module__}:{kind.__name__}",
            max_episode_steps=kind.max_episode_steps,
            reward_threshold=None if twin is None else twin.reward_threshold,
        )
    for name in WORLDS:
        gymnasium.register(
            id=f"rlcourse/Tensor{name}-v0",
            vector_entry_point="rlcourse.envs.finite:FiniteEnv",
            kwargs={"mdp": name},
            max_episode_steps=_WORLD_STEPS,
        )


def _any(id: str, num_envs: int, settings: dict[str, Any]) -> gymnasium.vector.VectorEnv[Any, Any, Any]:
    wrappers = [*settings.pop("wrappers", ()), Plain]
    try:
        return gymnasium.make_vec(
            id,
            num_envs,
            vectorization_mode="sync",
            vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP},
            wrappers=wrappers,
            **settings,
        )
    except gymnasium.error.DependencyNotInstalled as error:
        origin = str(gymnasium.spec(id).entry_point)  # say gymnasium.envs.box2d:LunarLander
        extra = next((extra for extra in ("box2d", "mujoco") if extra in origin), None)
        if extra is None:
            raise
        raise _missing(id, extra) from error


def _atari(id: str, num_envs: int, settings: dict[str, Any]) -> gymnasium.vector.VectorEnv[Any, Any, Any]:
    """ALE's own vector environment: it steps, scales, stacks and resets in C++, and needs no OpenCV."""
    try:
        gymnasium.register_envs(importlib.import_module("ale_py"))
    except ImportError as error:
        raise _missing(id, "atari") from error
    return gymnasium.make_vec(
        id,
        num_envs,
        vectorization_mode="vector_entry_point",
        autoreset_mode=AutoresetMode.SAME_STEP,
        reward_clipping=False,  # our clip_reward keeps the true return
        **settings,
    )


def _missing(id: str, extra: str) -> gymnasium.error.DependencyNotInstalled:
    return gymnasium.error.DependencyNotInstalled(
        f"{id} needs the extra packages of {extra!r}; run in the course's folder:\n"
        f"    python -m pip install -c constraints.txt -e '.[{extra}]'"
    )


def _check(num_envs: int, device: str, seed: int) -> None:
    if not isinstance(num_envs, int) or isinstance(num_envs, bool) or num_envs < 1:
        raise ValueError(f"num_envs is {num_envs!r}; expected a whole number, at least 1")
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise ValueError(f"seed is {seed!r}; expected a whole number, at least 0")
    try:
        kind = torch.device(device)
        torch.empty(0, device=kind)
    except (RuntimeError, AssertionError, TypeError) as error:
        raise ValueError(f"device is {device!r}; this machine offers {', '.join(_devices())}") from error


def _devices() -> list[str]:
    names = ["'cpu'"]
    names += [f"'cuda:{number}'" for number in range(torch.cuda.device_count())]
    return names + ["'mps'"] * torch.backends.mps.is_available()


register()
