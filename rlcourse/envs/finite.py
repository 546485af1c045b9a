"""Any finite MDP as tensors, so that a deep learner can be tried where the exact answer is known.

`observation` says what a network sees of the state: "one_hot" (a table in disguise), "coordinates" (two numbers, so
that it can generalise) or "index" (the number of the state itself, for an embedding or a table).
"""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
import torch
from gymnasium import spaces
from torch import Tensor

from rlcourse.envs.tensor_env import TensorEnv
from rlcourse.mdp import FiniteMDP
from rlcourse.mdp.sampler import _world as ready_made
from rlcourse.mdp.sampler import cumulative

OBSERVATIONS = ("one_hot", "coordinates", "index")
CELL = 24  # pixels
COLOURS = {  # of the symbols of rlcourse.mdp.grid_world; every other cell is floor
    "#": (70, 74, 82),
    "S": (203, 220, 240),
    "G": (118, 183, 128),
    "X": (222, 121, 111),
    "!": (222, 121, 111),
}
FLOOR, LINE, DISC = (240, 240, 236), (205, 205, 200), (38, 70, 130)


class FiniteEnv(TensorEnv):
    """Copies of a finite MDP: state [N] int64, observation [N, S] one-hot, [N, 2] coordinates or [N] int64 index.

    Coordinates are row and column, each scaled to [-1, 1]. `mdp` is a FiniteMDP or the name of a ready-made world, to
    which further arguments go. `info` is that of TensorEnv. Outcomes are drawn by inverse CDF in single precision (or
    `dtype`, if finer): one rarer than 6e-8 may be lost, an impossible one is never drawn. The MDP's discount is not
    used: it belongs to the learner.

    Raises ValueError for an unknown observation, coordinates of an MDP without positions, and an MDP in which some
    action is unavailable somewhere: a network's greedy action knows no mask.
    """

    def __init__(
        self,
        mdp: FiniteMDP | str,
        num_envs: int = 1,
        *,
        observation: str = "one_hot",
        device: str = "cpu",
        seed: int = 0,
        dtype: torch.dtype = torch.float32,
        max_episode_steps: int | None = None,
        render_mode: str | None = None,
        **world: Any,
    ):
        self.mdp = ready_made(mdp, world)
        _check_actions(self.mdp)
        if observation not in OBSERVATIONS:
            raise ValueError(f"observation is {observation!r}; expected one of {', '.join(OBSERVATIONS)}")
        if observation == "coordinates" and self.mdp.positions is None:
            raise ValueError('observation is "coordinates", but this MDP has no positions; use "one_hot" or "index"')
        self.seen_as = observation
        self.ends = bool(self.mdp.terminal.any())
        super().__init__(
            num_envs,
            device=device,
            seed=seed,
            dtype=dtype,
            max_episode_steps=max_episode_steps,
            render_mode=render_mode,
        )
        self._chance_dtype = torch.float64 if self.dtype == torch.float64 else torch.float32
        self._outcome_cdf = self._tensor(cumulative(self.mdp.prob), self._chance_dtype)  # [S, A, K]
        self._start_cdf = self._tensor(cumulative(self.mdp.start), self._chance_dtype)  # [S]
        self._next_state = self._tensor(self.mdp.next_state, torch.int64)  # [S, A, K]
        self._reward = self._tensor(self.mdp.reward, self.dtype)  # [S, A, K]
        self._terminal = self._tensor(self.mdp.terminal, torch.bool)  # [S]
        self._noise = None if self.mdp.reward_std is None else self._tensor(self.mdp.reward_std, self.dtype)  # [S, A]
        if observation == "coordinates":
            self._place = self._tensor(coordinates(self.mdp), self.dtype)  # [S, 2]
        self._states = torch.arange(self.mdp.num_states, device=self.device)

    def spaces(self) -> tuple[spaces.Space[Any], spaces.Discrete]:
        states = self.mdp.num_states
        seen: dict[str, spaces.Space[Any]] = {
            "one_hot": spaces.Box(0.0, 1.0, (states,)),
            "coordinates": spaces.Box(-1.0, 1.0, (2,)),
            "index": spaces.Discrete(states),
        }
        return seen[self.seen_as], spaces.Discrete(self.mdp.num_actions)

    def initial(self) -> Tensor:
        return torch.searchsorted(self._start_cdf, self._chance(), right=True)

    def transition(self, state: Tensor, action: Tensor) -> Tensor:
        cdf = self._outcome_cdf[state, action]  # [N, K]
        self._outcome = (self._chance()[:, None] >= cdf).sum(dim=1)  # what `reward` needs to know of this step
        return self._next_state[state, action, self._outcome]

    def observation(self, state: Tensor) -> Tensor:
        if self.seen_as == "one_hot":
            return (state[:, None] == self._states).to(self.dtype)
        return self._place[state] if self.seen_as == "coordinates" else state

    def reward(self, state: Tensor, action: Tensor, next_state: Tensor) -> Tensor:
        reward = self._reward[state, action, self._outcome]
        if self._noise is None:
            return reward
        normal = torch.randn(self.num_envs, generator=self.generator, device=self.device, dtype=self.dtype)
        return reward + self._noise[state, action] * normal

    def terminal(self, state: Tensor) -> Tensor:
        return self._terminal[state]

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Tensor, dict[str, Any]]:
        wanted = (options or {}).get("state")
        if wanted is not None:
            state = np.asarray(torch.as_tensor(wanted).cpu())
            if state.dtype.kind not in "iu" or state.shape != (self.num_envs,):
                raise ValueError(f"options['state'] must be {self.num_envs} integers; got {state.dtype}{state.shape}")
            if (state < 0).any() or (state >= self.mdp.num_states).any() or self.mdp.terminal[state].any():
                raise ValueError("options['state'] must hold states that exist and are not terminal")
        return super().reset(seed=seed, options=options)

    def load_state_dict(self, saved: dict[str, Any]) -> Tensor:
        state = saved.get("state")
        if isinstance(state, Tensor) and (state >= self.mdp.num_states).any():
            raise ValueError(f"saved in state {int(state.max())}; this MDP has {self.mdp.num_states} states")
        return super().load_state_dict(saved)

    def frame(self, copy: int = 0) -> npt.NDArray[np.uint8]:
        """The map with one copy as a disc; states without positions stand in one row."""
        if self.state is None:
            raise gymnasium.error.ResetNeeded("call reset() before frame()")
        return picture(self.mdp, int(self.state[copy]))

    def _chance(self) -> Tensor:
        """Uniform numbers in [0, 1), [N]."""
        return torch.rand(self.num_envs, generator=self.generator, device=self.device, dtype=self._chance_dtype)

    def _tensor(self, array: npt.NDArray[Any], dtype: torch.dtype) -> Tensor:
        return torch.tensor(array, dtype=dtype, device=self.device)


def coordinates(mdp: FiniteMDP) -> npt.NDArray[np.float64]:
    """Every state's row and column, each scaled to [-1, 1], [S, 2]; 0 along an axis on which all states agree."""
    assert mdp.positions is not None
    low, high = mdp.positions.min(axis=0), mdp.positions.max(axis=0)
    middle, half = (low + high) / 2, np.maximum(high - low, 1) / 2
    return np.asarray((mdp.positions - middle) / half)


def picture(mdp: FiniteMDP, state: int) -> npt.NDArray[np.uint8]:
    """The map of an MDP with a disc on one state, [height, width, 3]."""
    places = mdp.positions
    if places is None:
        places = np.stack([np.zeros(mdp.num_states, np.int64), np.arange(mdp.num_states)], axis=1)
    height, width = places.max(axis=0) + 1
    if mdp.layout is None:  # where no state is, a wall
        symbols = np.full((height, width), "#")
        symbols[tuple(places.T)] = np.where(mdp.terminal, "G", ".")
    else:
        symbols = np.array([list(row) for row in mdp.layout])
    cells = np.array([[COLOURS.get(str(symbol), FLOOR) for symbol in row] for row in symbols], dtype=np.uint8)
    image = cells.repeat(CELL, axis=0).repeat(CELL, axis=1)
    image[::CELL] = image[:, ::CELL] = LINE
    middle = np.arange(CELL) - CELL / 2
    inside = np.hypot(middle[:, None], middle) <= CELL / 3
    top, left = CELL * places[state]
    image[top : top + CELL, left : left + CELL][inside] = DISC
    return image


def _check_actions(mdp: FiniteMDP) -> None:
    barred = ~mdp.allowed & ~mdp.terminal[:, None]
    if barred.any():
        state, action = (int(i) for i in np.argwhere(barred)[0])
        raise ValueError(
            f"action {mdp.action_name(action)} is not available in state {mdp.name(state)}; tensor environments need "
            "every action everywhere, since the networks that act in them know no mask"
        )
