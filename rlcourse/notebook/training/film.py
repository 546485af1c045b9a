"""A greedy episode, filmed: what the policy does now, small and quick enough to be shown while the learner trains."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import anywidget
import numpy as np
import traitlets
from PIL import Image

from rlcourse.notebook.pictures.video import Frame, smaller

MOST_STEPS = 1000  # of an episode that does not end
MOST_FRAMES, LEAST_FRAMES = 32, 8  # a frame costs more than a step
WIDTH = 300  # pixels, at most


class Film(NamedTuple):
    """Pictures of an episode, each a JPEG, how many make a second, and the return of what they show."""

    frames: list[bytes]
    rate: float
    episode_return: float
    steps: int
    over: bool  # the episode ended, and was not only cut here


class FilmView(anywidget.AnyWidget):
    """A film and its caption, played by the browser (film.js), which takes far less time than making a file of it."""

    _esm = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    frames = traitlets.List(traitlets.Bytes()).tag(sync=True)
    rate = traitlets.Float(10.0).tag(sync=True)
    caption = traitlets.Unicode().tag(sync=True)

    def show(self, film: Film, caption: str) -> None:
        """Play another film."""
        with self.hold_sync():
            self.frames, self.rate, self.caption = film.frames, film.rate, caption

    def clear(self, caption: str) -> None:
        """Show only a text in place of a film."""
        with self.hold_sync():
            self.frames, self.caption = [], caption


def greedy_film(
    learner: Any,
    env: Any,
    *,
    seconds: float = float("inf"),
    likely: int = 0,
    stop: Callable[[], bool] = lambda: False,
) -> Film | None:
    """Play a greedy episode in `env`, one copy of an environment that is not the learner's, and film it.

    Draws no number of the learner's: it trains on as if nothing had been. The film is cut after `seconds` of this
    thread's work, or four times as many on the clock, where the machine is busy. `likely` is how long the episode may
    last, so that not many more frames are taken than there is time for. None if `stop()` turns true.
    """
    began, work_began = time.perf_counter(), time.thread_time()
    obs, _ = env.reset()
    first = time.thread_time()
    frames = [shot(env)]
    affordable = 0.5 * seconds / max(1e-6, time.thread_time() - first)  # the other half is for the steps
    most = int(min(max(LEAST_FRAMES, affordable), MOST_FRAMES))
    every = max(1, likely // most)
    step, total, over = 0, 0.0, False
    while not over and step < MOST_STEPS:
        if stop():
            return None
        if time.thread_time() - work_began > seconds or time.perf_counter() - began > 4 * seconds:
            break
        obs, reward, terminated, truncated, _ = env.step(learner.act(obs, greedy=True))
        step, total, over = step + 1, total + float(reward[0]), bool(terminated[0] | truncated[0])
        if step % every == 0 and not over:  # after the end, the next episode has begun
            frames.append(shot(env))
            if len(frames) > most:  # longer than likely: every second is enough
                frames, every = frames[::2], 2 * every
    return Film([as_jpeg(frame) for frame in frames], frames_a_second(env) / every, total, step, over)


def checked_env(env: Any, learner: Any) -> Any:
    """An environment to film in, of which one picture has been drawn; raises ValueError if it will not do."""
    if env is getattr(learner, "env", None):
        raise ValueError("video made the environment that the learner trains in; let it make one of its own")
    if getattr(env, "num_envs", 1) != 1:
        raise ValueError(f"video made an environment of {env.num_envs} copies; expected one with num_envs=1")
    env.reset()
    shot(env)
    return env


def shot(env: Any) -> Frame:
    """A small picture of the first copy; ValueError if `render` gives none."""
    seen = env.render()
    frame = np.asarray(seen[0] if isinstance(seen, tuple | list) else seen)  # Gymnasium gives one for each copy
    if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
        raise ValueError(f"render() gave {frame.dtype} of shape {list(frame.shape)}; expected a uint8 frame [H, W, 3]")
    return smaller(frame, WIDTH)


def as_jpeg(frame: Frame) -> bytes:
    """A frame as a file."""
    stream = io.BytesIO()
    Image.fromarray(frame).save(stream, "JPEG", quality=85)
    return stream.getvalue()


def frames_a_second(env: Any) -> float:
    """How many steps make a second, if the environment says so."""
    return float((getattr(env, "metadata", None) or {}).get("render_fps", 30))
