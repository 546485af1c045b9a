"""An environment as five functions of tensors, and the loop around them that makes many copies one program.

A native environment says how an episode begins, how a state follows from a state and an action, what is observed, what
it pays and where it ends: `initial`, `transition`, `observation`, `reward`, `terminal`, the split of Gymnasium's
functional API. All copies are rows of one tensor, so a step costs the same few dozen tensor calls for one copy and for
ten thousand, on a CPU or a GPU. Nothing here asks a tensor for a number: on a GPU each such question would wait for
everything before it.
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

Step = tuple[Tensor, Tensor, Tensor, Tensor, dict[str, Tensor]]


class TensorEnv(VectorEnv[Tensor, Tensor, Tensor]):
    """`num_envs` copies of an environment, N for short, as tensors on `device`.

    `step(action)` returns obs [N, ...], reward [N], terminated [N], truncated [N] and info. Copies whose episode ended
    are already in their next one: `obs` is where they start, `info["final_obs"]` where the last step really led (equal
    to `obs` where nothing ended). `info["episode_return"]` (not discounted) and `info["episode_length"]` are valid where
    terminated | truncated. Both may be true at once, as in Gymnasium: such an episode has terminated.

    The copies' states are drawn from one generator that belongs to this object; `state_dict()` holds it too, so an
    environment goes on exactly where another was saved. Raises ValueError for actions that do not fit.
    """

    metadata: dict[str, Any] = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_modes": ["rgb_array"]}  # noqa: RUF012  as in Gymnasium
    max_episode_steps: int | None = None

    def __init__(
        self,
        num_envs: int = 1,
        *,
        device: str = "cpu",
        seed: int = 0,
        dtype: torch.dtype = torch.float32,
        max_episode_steps: int | None = None,
        render_mode: str | None = None,
    ):
        if num_envs < 1:
            raise ValueError(f"num_envs is {num_envs}; expected at least 1")
        if max_episode_steps is not None and max_episode_steps < 1:
            raise ValueError(f"max_episode_steps is {max_episode_steps}; expected at least 1, or None for the usual limit")
        if not dtype.is_floating_point:
            raise ValueError(f"dtype is {dtype}; expected a floating-point type such as torch.float32")
        if render_mode not in (None, "rgb_array"):
            raise ValueError(f'render_mode is {render_mode!r}; frames are drawn on request, use None or "rgb_array"')
        self.num_envs = num_envs
        self.device = device
        self.dtype = dtype
        self.render_mode = render_mode
        self.max_episode_steps = max_episode_steps or type(self).max_episode_steps
        self.generator = torch.Generator(device)
        self.generator.manual_seed(seed)
        self.single_observation_space, self.single_action_space = self.spaces()
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.state: Tensor | None = None  # [N, ...]

    # --- what an environment says -----------------------------------------------------------------------------------

    def spaces(self) -> tuple[spaces.Space[Any], spaces.Space[Any]]:
        """The spaces of one copy's observations and actions."""
        raise NotImplementedError

    def initial(self) -> Tensor:
        """Where episodes begin: a fresh state for every copy, [N, ...]."""
        raise NotImplementedError

    def transition(self, state: Tensor, action: Tensor) -> Tensor:
        """The states that follow, [N, ...]."""
        raise NotImplementedError

    def observation(self, state: Tensor) -> Tensor:
        """What is seen of the states, [N, ...]; unless said otherwise, everything."""
        return state

    def reward(self, state: Tensor, action: Tensor, next_state: Tensor) -> Tensor:
        """What the step pays, [N]."""
        raise NotImplementedError

    def terminal(self, state: Tensor) -> Tensor:
        """Whether the episode ends on reaching these states, [N] bool."""
        raise NotImplementedError

    # --- the loop around it -----------------------------------------------------------------------------------------

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Tensor, dict[str, Any]]:
        """Begin an episode in every copy; `seed` starts the random numbers anew, options={"state": [N, ...]} sets them."""
        if seed is not None:
            self.generator.manual_seed(seed)
        fresh = self.initial()
        wanted = (options or {}).get("state")
        if wanted is not None:
            given = torch.as_tensor(wanted, dtype=fresh.dtype, device=self.device)
            if given.shape != fresh.shape:
                raise ValueError(f"options['state'] has shape {list(given.shape)}; expected {list(fresh.shape)}")
            fresh = given.clone()
        self.state = fresh
        self._return = torch.zeros(self.num_envs, device=self.device, dtype=self.dtype)
        self._length = torch.zeros(self.num_envs, device=self.device, dtype=torch.int64)
        return self.observation(fresh), {}

    def step(self, actions: Tensor) -> Step:
        if self.state is None:
            raise gymnasium.error.ResetNeeded("call reset() before step()")
        self._check(actions)
        state = self.state
        next_state = self.transition(state, actions)
        reward = self.reward(state, actions, next_state)
        terminated = self.terminal(next_state)
        episode_return, length = self._return + reward, self._length + 1
        if self.max_episode_steps is None:
            truncated = torch.zeros_like(terminated)
        else:
            truncated = length >= self.max_episode_steps
        done = terminated | truncated
        final_obs = self.observation(next_state)
        fresh = self.initial()  # for every copy, needed or not: asking which ended would cost more
        self.state = torch.where(done.view(-1, *[1] * (fresh.ndim - 1)), fresh, next_state)
        self._return, self._length = episode_return * ~done, length * ~done
        info = {"final_obs": final_obs, "episode_return": episode_return, "episode_length": length}
        return self.observation(self.state), reward, terminated, truncated, info

    def _check(self, action: Tensor) -> None:
        space = self.single_action_space
        if not isinstance(action, Tensor):
            raise ValueError(f"actions are {type(action).__name__}; expected a tensor of {self.num_envs} on {self.device}")
        if action.shape != (self.num_envs, *(space.shape or ())):
            expected = [self.num_envs, *(space.shape or ())]
            raise ValueError(f"actions have shape {list(action.shape)}; expected {expected}, one for each copy")
        if isinstance(space, spaces.Discrete):
            if action.dtype != torch.int64:
                raise ValueError(f"actions are {action.dtype}; expected torch.int64")
            if action.device.type == "cpu":  # on a GPU, looking at them would stop the stream
                low, high = torch.aminmax(action)
                if low < 0 or high >= int(space.n):
                    raise ValueError(f"actions must lie in 0..{int(space.n) - 1}; got {int(low)}..{int(high)}")
        elif not action.dtype.is_floating_point:
            raise ValueError(f"actions are {action.dtype}; expected floating-point numbers")

    # --- saving and looking -----------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Tensor]:
        """Everything the next step depends on, as copies."""
        if self.state is None:
            raise gymnasium.error.ResetNeeded("call reset() before state_dict()")
        return {
            "state": self.state.clone(),
            "episode_return": self._return.clone(),
            "episode_length": self._length.clone(),
            "generator": self.generator.get_state(),
        }

    def load_state_dict(self, saved: dict[str, Tensor]) -> Tensor:
        """Go on where the saved environment was, and return what is observed there; ValueError if it does not fit."""
        if saved["episode_length"].shape != (self.num_envs,):
            raise ValueError(f"saved with {len(saved['episode_length'])} copies; this environment has {self.num_envs}")
        self.state = saved["state"].to(self.device).clone()
        self._return = saved["episode_return"].to(self.device).clone()
        self._length = saved["episode_length"].to(self.device).clone()
        self.generator.set_state(saved["generator"].cpu())
        return self.observation(self.state)

    def uniform(self, low: float, high: float, size: int) -> Tensor:
        """Random numbers in [low, high), [N, size]."""
        number = torch.rand(self.num_envs, size, generator=self.generator, device=self.device, dtype=self.dtype)
        return low + (high - low) * number

    def frame(self, copy: int = 0) -> npt.NDArray[np.uint8]:
        """A picture of one copy as it is now, [height, width, 3]."""
        raise NotImplementedError(f"{type(self).__name__} has no picture")

    def render(self) -> tuple[npt.NDArray[np.uint8], ...]:
        """A picture of every copy, as Gymnasium wants it; `frame(0)` is what one usually needs."""
        return tuple(self.frame(copy) for copy in range(self.num_envs))
