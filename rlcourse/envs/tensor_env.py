"""An environment as five functions of tensors, and the loop around them that makes many copies one program.

A native environment says how an episode begins, how a state follows from a state and an action, what is observed, what
it pays and where it ends: `initial`, `transition`, `observation`, `reward`, `terminal`, the split of Gymnasium's
functional API. All copies are rows of one tensor, so a step costs the same few dozen tensor calls for one copy and for
ten thousand, on a CPU or a GPU. Nothing here asks a tensor for a number: on a GPU each such question would wait for
everything before it. (On a CPU it costs little, and actions are looked at before they are used.)
"""

from __future__ import annotations

import math
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
    to `obs` where nothing ended). `info["episode_return"]` (undiscounted) and `info["episode_length"]` are valid where
    terminated | truncated. Both may be true at once: rlcourse/envs/__init__.py says what that means.

    The copies' states are drawn from one generator that belongs to this object; `state_dict()` holds it too, so an
    environment goes on exactly where another was saved. What is returned is the caller's: writing to it changes nothing
    here. Continuous actions may have any floating-point type; they are used in `dtype`, as is everything else.

    Raises ValueError for settings and actions that do not fit (on a GPU the actions' values are not looked at), and
    ResetNeeded where `reset` was forgotten.
    """

    metadata: dict[str, Any] = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_modes": ["rgb_array"]}  # noqa: RUF012  as in Gymnasium
    max_episode_steps: int | None = None
    ends = True  # whether there are terminal states: if not, episodes are only cut, and a return needs a discount

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
        if not isinstance(num_envs, int) or num_envs < 1:
            raise ValueError(f"num_envs is {num_envs!r}; expected a whole number, at least 1")
        if max_episode_steps is not None and (not isinstance(max_episode_steps, int) or max_episode_steps < 1):
            raise ValueError(f"max_episode_steps is {max_episode_steps!r}; expected at least 1, or None for the usual")
        if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
            raise ValueError(f"dtype is {dtype!r}; expected a floating-point type such as torch.float32")
        if render_mode not in (None, "rgb_array"):
            raise ValueError(f'render_mode is {render_mode!r}; frames are drawn on request, use None or "rgb_array"')
        self.num_envs = num_envs
        self.device = device
        self.dtype = dtype
        self.render_mode = render_mode
        self.max_episode_steps = max_episode_steps or type(self).max_episode_steps
        try:
            self.generator = torch.Generator(device)
        except RuntimeError as error:
            raise ValueError(f'device is {device!r}, which this machine does not have; expected "cpu"') from error
        self.generator.manual_seed(checked_seed(seed))
        self.single_observation_space, self.single_action_space = self.spaces()
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._numbers: dict[float, Tensor] = {}
        self.state: Tensor | None = None  # [N, ...]
        self.action: Tensor | None = None  # [N, ...], what led here; for pictures

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
        """What is seen of the states, [N, ...]: the states themselves, unless said otherwise, or a new tensor."""
        return state

    def reward(self, state: Tensor, action: Tensor, next_state: Tensor) -> Tensor:
        """What the step pays, [N]."""
        raise NotImplementedError

    def terminal(self, state: Tensor) -> Tensor:
        """Whether the episode ends on reaching these states, [N] bool."""
        raise NotImplementedError

    # --- the loop around it -----------------------------------------------------------------------------------------

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Tensor, dict[str, Any]]:
        """Begin an episode in every copy; `seed` starts the random numbers anew, options={"state": ...} says where."""
        unknown = set(options or {}) - {"state"}
        if unknown:
            raise ValueError(f'options has {", ".join(sorted(map(str, unknown)))}; the only option is "state"')
        if seed is not None:
            self.generator.manual_seed(checked_seed(seed))
        fresh = self.initial()
        if options and options["state"] is not None:
            given = torch.as_tensor(options["state"], device=self.device)
            if given.shape != fresh.shape:
                raise ValueError(f"options['state'] has shape {list(given.shape)}; expected {list(fresh.shape)}")
            if not given.isfinite().all():
                raise ValueError("options['state'] holds NaN or infinity; expected finite numbers")
            fresh = given.to(fresh.dtype, copy=True)
        self.state, self.action = fresh, None
        self._return = torch.zeros(self.num_envs, device=self.device, dtype=self.dtype)
        self._length = torch.zeros(self.num_envs, device=self.device, dtype=torch.int64)
        return self._observe(), {}

    def step(self, actions: Tensor) -> Step:
        """One step of every copy; `actions` is [N] int64, or [N, ...] of floating-point numbers."""
        state = self._started("step()")
        self._check(actions)
        if actions.device.type == "cpu":
            self._check_values(actions)
        if actions.is_floating_point():
            actions = actions.to(self.dtype)
        next_state = self.transition(state, actions)
        reward = self.reward(state, actions, next_state)
        terminated = self.terminal(next_state)
        episode_return, length = self._return + reward, self._length + 1
        limit = self.max_episode_steps
        truncated = torch.zeros_like(terminated) if limit is None else length >= limit
        done = terminated | truncated
        fresh = self.initial()  # for every copy, needed or not: asking which ended would cost more
        self.state = torch.where(done.view(-1, *[1] * (fresh.ndim - 1)), fresh, next_state)
        self.action = actions
        self._return, self._length = episode_return.masked_fill(done, 0.0), length.masked_fill(done, 0)
        info = {
            "final_obs": self.observation(next_state),
            "episode_return": episode_return,
            "episode_length": length,
        }
        return self._observe(), reward, terminated, truncated, info

    def _observe(self) -> Tensor:
        """What is observed now; never the state itself, which the caller could then write to."""
        state = self._started("an observation")
        obs = self.observation(state)
        return obs.clone() if obs is state else obs

    def _started(self, what: str) -> Tensor:
        """The states; ResetNeeded if there are none yet."""
        if self.state is None:
            raise gymnasium.error.ResetNeeded(f"call reset() before {what}")
        return self.state

    def _check(self, actions: Tensor) -> None:
        """What can be said of actions without looking at their values."""
        space = self.single_action_space
        if not isinstance(actions, Tensor):
            raise ValueError(f"actions are a {type(actions).__name__}; expected a tensor, one action for each copy")
        if actions.shape != self.action_space.shape:
            expected = list(self.action_space.shape or ())
            raise ValueError(f"actions have shape {list(actions.shape)}; expected {expected}, one for each copy")
        if actions.device != self._length.device:
            raise ValueError(f"actions are on {actions.device}; expected {self._length.device}, where the copies are")
        if isinstance(space, spaces.Discrete):
            if actions.dtype != torch.int64:
                raise ValueError(f"actions are {actions.dtype}; expected torch.int64")
        elif not actions.is_floating_point():
            raise ValueError(f"actions are {actions.dtype}; expected floating-point numbers")
        elif actions.requires_grad:
            raise ValueError("actions carry a gradient; choose them under torch.no_grad(), or detach() them")

    def _check_values(self, actions: Tensor) -> None:
        """The rest, which asks tensors for numbers."""
        low, high = (bound.item() for bound in torch.aminmax(actions))
        space = self.single_action_space
        if isinstance(space, spaces.Discrete):
            first, last = int(space.start), int(space.start + space.n) - 1
            if low < first or high > last:
                raise ValueError(f"actions must lie in {first}..{last}; got {low}..{high}")
        elif not (math.isfinite(low) and math.isfinite(high)):
            raise ValueError("actions hold NaN or infinity; expected finite numbers")

    # --- saving and looking -----------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Everything the next step depends on, as copies."""
        return {
            "environment": type(self).__name__,
            "state": self._started("state_dict()").clone(),
            "episode_return": self._return.clone(),
            "episode_length": self._length.clone(),
            "generator": self.generator.get_state(),
        }

    def load_state_dict(self, saved: dict[str, Any]) -> Tensor:
        """Go on where the saved environment was, and return what is observed there.

        Raises ValueError, and changes nothing, if `saved` is not from an environment like this one: of this class, with
        as many copies, the same dtype, on the same kind of device.
        """
        ours, numbers = type(self).__name__, self.generator.get_state()
        if not isinstance(saved, dict) or "environment" not in saved:
            raise ValueError("this is not what an environment's state_dict() returns")
        if saved["environment"] != ours:
            raise ValueError(f"saved from {saved['environment']}; this environment is {ours}")
        like = self.initial()
        self.generator.set_state(numbers)  # as if nothing had been drawn
        for name, shape, dtype in (
            ("episode_length", (self.num_envs,), torch.int64),  # first, since it tells the number of copies
            ("episode_return", (self.num_envs,), self.dtype),
            ("state", tuple(like.shape), like.dtype),
        ):
            value = saved.get(name)
            if not isinstance(value, Tensor) or tuple(value.shape) != shape or value.dtype != dtype:
                found = f"{value.dtype} {list(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
                raise ValueError(
                    f"saved {name} is {found}; this environment of {self.num_envs} copies needs {dtype} {list(shape)}"
                )
        try:
            self.generator.set_state(saved["generator"].cpu())
        except (KeyError, AttributeError, TypeError, RuntimeError) as error:
            raise ValueError(f"the saved generator does not fit device {self.device!r}: {error}") from error
        self.state, self.action = saved["state"].to(self.device, copy=True), None
        self._return = saved["episode_return"].to(self.device, copy=True)
        self._length = saved["episode_length"].to(self.device, copy=True)
        return self._observe()

    def uniform(self, low: float, high: float, size: int) -> Tensor:
        """Random numbers in [low, high), [N, size]."""
        numbers = torch.empty(self.num_envs, size, device=self.device, dtype=self.dtype)
        return numbers.uniform_(low, high, generator=self.generator)

    def number(self, value: float) -> Tensor:
        """`value` as a tensor without dimensions, made once: arithmetic with it takes half the time."""
        tensor = self._numbers.get(value)
        if tensor is None:
            tensor = self._numbers[value] = torch.tensor(value, device=self.device, dtype=self.dtype)
        return tensor

    def frame(self, copy: int = 0) -> npt.NDArray[np.uint8]:
        """A picture of one copy as it is now, [height, width, 3]."""
        raise NotImplementedError(f"{type(self).__name__} has no picture")

    def render(self) -> tuple[npt.NDArray[np.uint8], ...]:
        """A picture of every copy, as Gymnasium wants it; `frame(0)` is what one usually needs."""
        return tuple(self.frame(copy) for copy in range(self.num_envs))


def checked_seed(seed: Any) -> int:
    """A seed as torch takes it; ValueError for anything else."""
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or not 0 <= seed < 2**64:
        raise ValueError(f"seed is {seed!r}; expected a whole number from 0 to 2**64 - 1")
    return int(seed)
