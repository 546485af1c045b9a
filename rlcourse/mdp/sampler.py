"""Experience from a finite MDP: many copies stepped as one array program, and a single one for everybody else's code.

`MDPVectorEnv` is what the tabular learners run on. All copies are one fancy index away from their next state, so a step
costs a dozen NumPy calls whatever the number of copies. Finished copies start again in the same step (SAME_STEP).
"""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from rlcourse.mdp.arrays import Floats, Ints
from rlcourse.mdp.finite_mdp import FiniteMDP
from rlcourse.mdp.worlds import WORLDS

Info = dict[str, Any]


class MDPVectorEnv(VectorEnv[Ints, Ints, np.ndarray]):
    """`num_envs` independent copies of a finite MDP; observations and actions are int64 arrays [num_envs].

    `step` returns obs, reward, terminated, truncated, info; `info["final_obs"]` is the true next state of every copy
    (equal to obs where nothing ended), `info["episode_return"]` (undiscounted) and `info["episode_length"]` are valid
    where terminated | truncated; both may be true at once (the one rule for this stands in rlcourse/envs/__init__.py).
    `reset(options={"state": [num_envs]})` starts every copy in a given state.

    Raises ValueError for actions of the wrong shape, outside the range or unavailable, and for a start in a terminal
    state.
    """

    metadata: dict[str, Any] = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_modes": []}  # noqa: RUF012  as in Gymnasium

    def __init__(
        self,
        mdp: FiniteMDP | str,
        num_envs: int = 1,
        max_episode_steps: int | None = None,
        render_mode: None = None,
        **world: Any,
    ):
        if num_envs < 1:
            raise ValueError(f"num_envs is {num_envs}; expected at least 1")
        if max_episode_steps is not None and max_episode_steps < 1:
            raise ValueError(f"max_episode_steps is {max_episode_steps}; expected at least 1, or None for no limit")
        if render_mode is not None:
            raise ValueError(f"render_mode is {render_mode!r}; these copies are not drawn, use None")
        self.mdp = _world(mdp, world)
        self.num_envs = num_envs
        self.max_episode_steps = max_episode_steps
        self.single_observation_space = spaces.Discrete(self.mdp.num_states)
        self.single_action_space = spaces.Discrete(self.mdp.num_actions)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._cumulative = cumulative(self.mdp.prob)
        self._start = cumulative(self.mdp.start)
        self._state: Ints | None = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Ints, Info]:
        super().reset(seed=seed)
        wanted = (options or {}).get("state")
        if wanted is None:
            self._state = self._fresh(self.num_envs)
        else:
            state = np.array(wanted)
            if state.shape != (self.num_envs,) or state.dtype.kind not in "iu":
                raise ValueError(f"options['state'] must be {self.num_envs} integers; got {state.dtype}{state.shape}")
            if (state < 0).any() or (state >= self.mdp.num_states).any() or self.mdp.terminal[state].any():
                raise ValueError("options['state'] must hold states that exist and are not terminal")
            self._state = state.astype(np.int64)
        self._return = np.zeros(self.num_envs)
        self._length = np.zeros(self.num_envs, dtype=np.int64)
        return self._state.copy(), {}

    def step(self, actions: npt.ArrayLike) -> tuple[Ints, Floats, np.ndarray, np.ndarray, Info]:
        if self._state is None:
            raise gymnasium.error.ResetNeeded("call reset() before step()")
        state, action = self._state, self._validated(actions)
        outcome = _draw(self._cumulative[state, action], self.np_random.random(self.num_envs))
        final_obs = self.mdp.next_state[state, action, outcome]
        reward = self.mdp.reward[state, action, outcome]
        if self.mdp.reward_std is not None:
            reward = reward + self.mdp.reward_std[state, action] * self.np_random.standard_normal(self.num_envs)
        self._return += reward
        self._length += 1
        terminated = self.mdp.terminal[final_obs]
        if self.max_episode_steps is None:
            truncated = np.zeros(self.num_envs, dtype=bool)
        else:
            truncated = self._length >= self.max_episode_steps
        done = terminated | truncated
        info = {
            "final_obs": final_obs,
            "episode_return": self._return.copy(),
            "episode_length": self._length.copy(),
        }
        obs = final_obs.copy()
        ended = np.flatnonzero(done)
        if ended.size:
            obs[ended] = self._fresh(ended.size)
            self._return[ended] = 0.0
            self._length[ended] = 0
        self._state = obs
        return obs.copy(), reward, terminated, truncated, info

    def _fresh(self, count: int) -> Ints:
        return _draw(self._start, self.np_random.random(count))

    def _validated(self, actions: npt.ArrayLike) -> Ints:
        action = np.asarray(actions)
        if action.shape != (self.num_envs,) or action.dtype.kind not in "iu":
            raise ValueError(f"expected {self.num_envs} integer actions; got {action.dtype} of shape {action.shape}")
        if action.min() < 0 or action.max() >= self.mdp.num_actions:
            raise ValueError(f"actions must lie in 0..{self.mdp.num_actions - 1}; got {action.min()}..{action.max()}")
        if self.mdp.available is not None:
            allowed = self.mdp.available[self._state, action]
            if not allowed.all():
                at = int(np.argmin(allowed))
                assert self._state is not None
                state = self.mdp.name(int(self._state[at]))
                raise ValueError(f"action {self.mdp.action_name(int(action[at]))} is not available in state {state}")
        return action.astype(np.int64, copy=False)


class MDPEnv(gymnasium.Env[np.int64, np.int64]):
    """One copy of a finite MDP behind Gymnasium's usual interface; `render_mode="ansi"` draws the map as text.

    Episodes are cut by Gymnasium's own TimeLimit: see `max_episode_steps` of `gymnasium.make`. As in Gymnasium's Taxi,
    `info["action_mask"]` is 1 for the actions available next; taking another raises ValueError.
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi"], "render_fps": 4}  # noqa: RUF012  as in Gymnasium

    def __init__(self, mdp: FiniteMDP | str, render_mode: str | None = None, **world: Any):
        self._copy = MDPVectorEnv(mdp, num_envs=1, **world)
        self.mdp = self._copy.mdp
        self.observation_space = self._copy.single_observation_space
        self.action_space = self._copy.single_action_space
        if render_mode not in (None, "ansi"):
            raise ValueError(f'render_mode is {render_mode!r}; expected None or "ansi"')
        self.render_mode = render_mode
        self._state = -1

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.int64, Info]:
        super().reset(seed=seed)
        self._copy.np_random = self.np_random  # one generator, owned and seeded by this environment
        wanted = (options or {}).get("state")
        obs, _ = self._copy.reset(options=None if wanted is None else {"state": np.atleast_1d(wanted)})
        self._state = int(obs[0])
        return np.int64(self._state), self._mask()

    def step(self, action: np.int64) -> tuple[np.int64, float, bool, bool, Info]:
        if self._state >= 0 and self.mdp.terminal[self._state]:
            raise gymnasium.error.ResetNeeded("the episode has ended; call reset() before step()")
        _, reward, terminated, _, info = self._copy.step(np.array([action]))
        self._state = int(info["final_obs"][0])
        return np.int64(self._state), float(reward[0]), bool(terminated[0]), False, self._mask()

    def _mask(self) -> Info:
        return {"action_mask": self.mdp.allowed[self._state].astype(np.int8)}

    def render(self) -> str | None:
        if self.render_mode is None:
            return None
        if self._state < 0:
            raise gymnasium.error.ResetNeeded("call reset() before render()")
        if self.mdp.layout is None or self.mdp.positions is None:
            return f"state {self.mdp.name(self._state)}\n"
        rows = [list(row) for row in self.mdp.layout]
        row, column = self.mdp.positions[self._state]
        rows[row][column] = "@"
        return "\n".join("".join(row) for row in rows) + "\n"


def register() -> None:
    """Make every ready-made world available as rlcourse/<name>-v0 to gymnasium.make and make_vec."""
    for name in WORLDS:
        gymnasium.register(
            id=f"rlcourse/{name}-v0",
            entry_point="rlcourse.mdp.sampler:MDPEnv",
            vector_entry_point="rlcourse.mdp.sampler:MDPVectorEnv",
            kwargs={"mdp": name},
            max_episode_steps=1000,
            disable_env_checker=True,  # the tests run it; here it would double the time of short lessons
        )


def _world(mdp: FiniteMDP | str, arguments: dict[str, Any]) -> FiniteMDP:
    """The MDP itself, or the ready-made world of that name built with the arguments."""
    if isinstance(mdp, FiniteMDP):
        if arguments:
            raise TypeError(f"unexpected arguments {sorted(arguments)}; they go with a world's name only")
        return mdp
    if mdp not in WORLDS:
        raise ValueError(f"there is no world {mdp!r}; ready-made are {', '.join(WORLDS)}")
    return WORLDS[mdp](**arguments)


def cumulative(prob: Floats) -> Floats:
    """Cumulative probabilities along the last axis, raised to 1 from the last possible outcome on.

    Whatever the rounding, inverse-CDF sampling then never finds an impossible outcome.
    """
    total = np.cumsum(prob, axis=-1)
    last = prob.shape[-1] - 1 - np.argmax(prob[..., ::-1] > 0, axis=-1)
    return np.where(np.arange(prob.shape[-1]) >= last[..., None], 1.0, total)


def _draw(chance: Floats, uniform: Floats) -> Ints:
    """Inverse-CDF sampling: how many cumulative probabilities, [K] or [N, K], do not exceed u, [N]."""
    return np.asarray((uniform[:, None] >= chance).sum(axis=-1), dtype=np.int64)
