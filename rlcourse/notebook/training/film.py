"""A greedy episode, filmed: what the policy of a learner does now, small enough to be shown while it trains."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rlcourse.notebook.pictures.video import Frame, as_webp, smaller

MOST_STEPS = 1000  # of an episode that does not end
MOST_FRAMES = 32  # a frame costs more than a step
WIDTH = 300  # pixels, at most


class Film(NamedTuple):
    """An animated WebP, the size of its frames, and the return of the episode that it shows."""

    webp: bytes
    width: int
    height: int
    episode_return: float
    steps: int
    over: bool  # the episode ended, and was not only cut here


def greedy_film(
    learner: Any,
    env: Any,
    *,
    most_steps: int = MOST_STEPS,
    likely: int = 0,
    stop: Callable[[], bool] = lambda: False,
) -> Film | None:
    """Play a greedy episode in `env`, one copy of an environment that is not the learner's, and film it.

    Draws no number of the learner's: it trains on as if nothing had been. `likely` is how long the episode may last, so
    that not many more than MOST_FRAMES frames are taken. None if `stop()` turns true.
    """
    obs, _ = env.reset()
    frames, every = [shot(env)], max(1, likely // MOST_FRAMES)
    step, total, over = 0, 0.0, False
    while not over and step < most_steps:
        if stop():
            return None
        obs, reward, terminated, truncated, _ = env.step(learner.act(obs, greedy=True))
        step, total, over = step + 1, total + float(reward[0]), bool(terminated[0] | truncated[0])
        if step % every == 0 and not over:  # after the end, the next episode has begun
            frames.append(shot(env))
            if len(frames) > MOST_FRAMES:  # longer than likely: every second is enough
                frames, every = frames[::2], 2 * every
    height, width, _ = frames[0].shape
    return Film(as_webp(frames, frames_a_second(env) / every), width, height, total, step, over)


def checked_env(env: Any, learner: Any) -> Any:
    """An environment to film in, of which one picture has been drawn; raises ValueError if it will not do."""
    if env is getattr(learner, "env", None):
        raise ValueError("video made the environment that the learner trains in; let it make one of its own")
    if getattr(env, "num_envs", 1) != 1:
        raise ValueError(f"video made an environment of {env.num_envs} copies; expected one with num_envs=1")
    env.reset()
    shot(env)
    return env


def cost(env: Any) -> float:
    """About how many seconds a film takes: those of its frames, and as many for its steps."""
    began = time.perf_counter()
    shot(env)
    return 2 * MOST_FRAMES * (time.perf_counter() - began)


def shot(env: Any) -> Frame:
    """A small picture of the first copy; ValueError if `render` gives none."""
    seen = env.render()
    frame = np.asarray(seen[0] if isinstance(seen, tuple | list) else seen)  # Gymnasium gives one for each copy
    if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
        raise ValueError(f"render() gave {frame.dtype} of shape {list(frame.shape)}; expected a uint8 frame [H, W, 3]")
    return smaller(frame, WIDTH)


def frames_a_second(env: Any) -> float:
    """How many steps make a second, if the environment says so."""
    return float((getattr(env, "metadata", None) or {}).get("render_fps", 30))
