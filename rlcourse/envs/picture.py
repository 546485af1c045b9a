"""Frames of native environments, drawn by Gymnasium's own scalar environment put into the same state."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt

from rlcourse.envs.tensor_env import TensorEnv


@cache
def _painter(id: str) -> Any:
    """Gymnasium's environment, made once: pygame takes a second to start, and needs no display to draw into memory."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    return gymnasium.make(id, render_mode="rgb_array").unwrapped


def drawn_by_gymnasium(id: str, env: TensorEnv, copy: int) -> npt.NDArray[np.uint8]:
    """The picture of one copy, [height, width, 3]; raises ResetNeeded before the first reset."""
    if env.state is None:
        raise gymnasium.error.ResetNeeded("call reset() before frame()")
    painter = _painter(id)
    painter.state = env.state[copy].double().cpu().numpy()
    return np.asarray(painter.render(), dtype=np.uint8)
