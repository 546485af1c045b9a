"""Everybody else's environments behind our contract: NumPy inside, tensors at the border.

Gymnasium's vector environments give float64 rewards, hold the last observations of finished episodes in an array of
objects with holes, and count no episodes. `GymnasiumEnv` straightens this once, so that a learner meets one kind of
environment only.
"""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
import torch
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from torch import Tensor

from rlcourse.envs.tensor_env import Step


class GymnasiumEnv(VectorEnv[Tensor, Tensor, Tensor]):
    """A Gymnasium vector environment as tensors on `device`, with the contract of TensorEnv.

    Observations become float32; images stay uint8, and the numbers of a Discrete space are int64. Rewards are float32
    and, with `clip_reward`, cut to [-1, 1], while `info["episode_return"]` goes on counting what was really paid.
    Actions are int64 (counted from 0, whatever the space's `start`) or floating-point; the latter are passed on
    unclipped. Of the environment's own `info`, nothing is kept.

    The environments' seeds come from one generator, seeded by `seed`, at the first reset; later resets go on, as in
    Gymnasium. What the environments do inside cannot be saved: `load_state_dict` begins new episodes, with seeds that
    depend on the saved state alone.

    Raises ValueError for observations or actions that are no plain array (Dict, Tuple, ...), and for an environment
    that does not begin the next episode in the step that ends one (SAME_STEP).
    """

    ends = True  # nobody can tell: see TensorEnv

    def __init__(
        self, inner: VectorEnv[Any, Any, Any], *, device: str = "cpu", seed: int = 0, clip_reward: bool = False
    ):
        mode = inner.metadata.get("autoreset_mode")
        if mode != AutoresetMode.SAME_STEP:
            raise ValueError(f"autoreset_mode is {mode}; expected AutoresetMode.SAME_STEP, or transitions get lost")
        self.inner = inner
        self.num_envs = inner.num_envs
        self.device = device
        self.clip_reward = clip_reward
        self.spec = inner.spec
        self.render_mode = inner.render_mode
        self.metadata = inner.metadata
        self.single_observation_space = _observed_space(inner.single_observation_space)
        self.single_action_space, self._first_action = _action_space(inner.single_action_space)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.generator = torch.Generator()
        self.generator.manual_seed(seed)
        self._seeded = False  # whether the environments have had their seeds
        self._obs: npt.NDArray[Any] | None = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Tensor, dict[str, Any]]:
        """Begin an episode in every copy; `seed` starts the random numbers anew, `options` go to the environments."""
        if seed is not None:
            self.generator.manual_seed(seed)
            self._seeded = False
        inner_seed = None
        if not self._seeded:  # drawn, since Gymnasium gives copy i the seed plus i: seeds 0 and 1 would share copies
            inner_seed = int(torch.randint(2**30, (), generator=self.generator))
        self._obs, _ = self.inner.reset(seed=inner_seed, options=options)
        self._seeded = True
        self._return = np.zeros(self.num_envs)
        self._length = np.zeros(self.num_envs, dtype=np.int64)
        return self._observed(self._obs), {}

    def step(self, actions: Tensor) -> Step:
        if self._obs is None:
            raise gymnasium.error.ResetNeeded("call reset() before step()")
        self._obs, reward, terminated, truncated, info = self.inner.step(self._unpacked(actions))
        done = np.logical_or(terminated, truncated)
        final_obs = np.array(self._obs)
        for copy in np.flatnonzero(done):
            final_obs[copy] = info["final_obs"][copy]
        self._return += reward
        self._length += 1
        known = {
            "final_obs": self._observed(final_obs),
            "episode_return": self._sent(self._return, np.float32),
            "episode_length": self._sent(self._length, np.int64),
        }
        self._return[done], self._length[done] = 0.0, 0
        if self.clip_reward:
            reward = np.clip(reward, -1.0, 1.0)
        return (
            self._observed(self._obs),
            self._sent(reward, np.float32),
            self._sent(terminated, np.bool_),
            self._sent(truncated, np.bool_),
            known,
        )

    def state_dict(self) -> dict[str, Any]:
        """Where the seeds of the next episodes come from; the episodes under way cannot be saved."""
        return {"generator": self.generator.get_state(), "num_envs": self.num_envs}

    def load_state_dict(self, saved: dict[str, Any]) -> Tensor:
        """Begin new episodes, the same after every load, and return what is observed; ValueError if it does not fit."""
        if saved["num_envs"] != self.num_envs:
            raise ValueError(f"saved with {saved['num_envs']} copies; this environment has {self.num_envs}")
        self.generator.set_state(saved["generator"].cpu())
        self._seeded = False
        obs, _ = self.reset()
        return obs

    def frame(self, copy: int = 0) -> npt.NDArray[np.uint8]:
        """A picture of one copy as it is now, [height, width, 3]; of stacked grey images, the newest.

        Raises ValueError for an environment made without render_mode="rgb_array" that does not see images.
        """
        if self._obs is None:
            raise gymnasium.error.ResetNeeded("call reset() before frame()")
        if self.render_mode == "rgb_array":
            picture = self.inner.envs[copy].render() if hasattr(self.inner, "envs") else self.render()[copy]
            return np.asarray(picture, dtype=np.uint8)
        if self._obs.dtype == np.uint8 and self._obs.ndim == 4:  # [N, stack, height, width]
            return np.repeat(self._obs[copy, -1][..., None], 3, axis=-1)
        raise ValueError('this environment was made without frames; make it with render_mode="rgb_array"')

    def render(self) -> tuple[Any, ...]:
        """A picture of every copy."""
        return tuple(self.inner.render() or ())

    def close_extras(self, **kwargs: Any) -> None:
        self.inner.close(**kwargs)

    def _observed(self, obs: npt.NDArray[Any]) -> Tensor:
        return self._sent(obs, self.single_observation_space.dtype)

    def _sent(self, array: npt.NDArray[Any], dtype: Any) -> Tensor:
        """A tensor of its own, never a window into the environment's memory."""
        return torch.from_numpy(np.array(array, dtype=dtype)).to(self.device)

    def _unpacked(self, action: Tensor) -> npt.NDArray[Any]:
        """Actions as the environments take them; raises ValueError for those that do not fit."""
        space = self.single_action_space
        expected = [self.num_envs, *(space.shape or ())]
        if not isinstance(action, Tensor):
            raise ValueError(f"actions are {type(action).__name__}; expected a tensor of shape {expected}")
        if list(action.shape) != expected:
            raise ValueError(f"actions have shape {list(action.shape)}; expected {expected}, one for each copy")
        array = action.detach().cpu().numpy()
        if isinstance(space, spaces.Box):
            if not action.dtype.is_floating_point:
                raise ValueError(f"actions are {action.dtype}; expected floating-point numbers")
            return array.astype(space.dtype)
        if action.dtype != torch.int64:
            raise ValueError(f"actions are {action.dtype}; expected torch.int64")
        most = space.nvec if isinstance(space, spaces.MultiDiscrete) else int(space.n)  # type: ignore[attr-defined]
        if (array < 0).any() or (array >= most).any():
            raise ValueError(f"actions must lie in 0..{most - 1}; got {array.min()}..{array.max()}")
        return array + self._first_action


class Plain(gymnasium.Wrapper[Any, Any, Any, Any]):
    """Hands on a copy of what is seen, and no `info`.

    An environment may use one array for ever, and the reset at the end of an episode would change the last observation
    too; and what an environment calls "final_obs" in its own info would take the place of the true one.
    """

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        obs, _ = self.env.reset(seed=seed, options=options)
        return np.array(obs), {}

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        obs, reward, terminated, truncated, _ = self.env.step(action)
        return np.array(obs), reward, terminated, truncated, {}


def _observed_space(space: spaces.Space[Any]) -> spaces.Space[Any]:
    """The space of the tensors that observations become."""
    if isinstance(space, spaces.Box):
        if space.dtype in (np.float32, np.uint8):
            return space
        with np.errstate(over="ignore"):  # the largest float64 is infinite here
            return spaces.Box(space.low.astype(np.float32), space.high.astype(np.float32))
    if isinstance(space, spaces.Discrete):
        return space
    raise ValueError(
        f"observations are {type(space).__name__}; expected Box or Discrete. Flatten them with "
        "envs.make(..., wrappers=[gymnasium.wrappers.FlattenObservation])"
    )


def _action_space(space: spaces.Space[Any]) -> tuple[spaces.Space[Any], Any]:
    """The space of action tensors, and what to add for the environment's own numbering."""
    if isinstance(space, spaces.Box):
        return space, 0
    if isinstance(space, spaces.Discrete):
        return spaces.Discrete(int(space.n)), int(space.start)
    if isinstance(space, spaces.MultiDiscrete) and space.nvec.ndim == 1:
        return spaces.MultiDiscrete(space.nvec), space.start
    raise ValueError(f"actions are {type(space).__name__}; expected Discrete, MultiDiscrete or Box")
