"""evaluate(learner, env, episodes): how well the greedy policy does, without favouring short episodes."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from rlcourse.envs import BatchedEnv


class Actor(Protocol):
    """Whatever chooses actions for a batch of observations."""

    def act(self, obs: Tensor, greedy: bool = False) -> Tensor: ...


@torch.no_grad()
def evaluate(
    learner: Actor,
    env: BatchedEnv,
    episodes: int = 100,
    *,
    seed: int = 0,
    greedy: bool = True,
    max_steps: int = 100_000,
) -> Tensor:
    """Returns [episodes], not discounted, of the learner's policy on `env`, which is reset under `seed`.

    Every copy plays a fixed quota of episodes, decided beforehand: taking whichever end first would favour short ones.
    `env` must not be the learner's own. Raises ValueError if it is, or for no episodes; RuntimeError if the quota is
    not met within `max_steps` steps of each copy.
    """
    if not isinstance(episodes, int) or episodes < 1:
        raise ValueError(f"episodes is {episodes!r}; expected a whole number, at least 1")
    if env is getattr(learner, "env", None):
        raise ValueError("this is the environment that the learner trains on; evaluate on another, say envs.make(...)")
    copies = torch.arange(env.num_envs, device=env.device)
    quota = episodes // env.num_envs + (copies < episodes % env.num_envs)  # [N]
    played = torch.zeros_like(quota)
    found: list[Tensor] = []
    obs, _ = env.reset(seed=seed)
    for _ in range(max_steps):
        obs, _, terminated, truncated, info = env.step(learner.act(obs, greedy=greedy))
        counts = (terminated | truncated) & (played < quota)
        played += counts
        found.append(info["episode_return"][counts])
        if bool((played == quota).all()):
            return torch.cat(found).cpu()
    raise RuntimeError(f"{int(played.sum())} of {episodes} episodes ended within {max_steps} steps of each copy")
