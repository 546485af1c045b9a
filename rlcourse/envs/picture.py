"""Frames of native environments, drawn by Gymnasium's own scalar environment put into the same state.

Gymnasium would open pygame's display even for pictures that nobody sees; where there is no screen that prints to the
console, and on a Mac it must not happen outside the main thread. The surface that it would draw on is all it needs, so
we hand it one: pictures then come from any thread, with or without a display.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt

from rlcourse.envs.tensor_env import TensorEnv

_PENCIL = threading.Lock()  # one painter for each kind of environment, and a live run draws beside the notebook's cells


@cache
def _painter(id: str) -> Any:
    """Gymnasium's environment, made once: importing pygame takes a while."""
    import pygame

    painter: Any = gymnasium.make(id, render_mode="rgb_array").unwrapped
    if hasattr(painter, "screen_width"):
        size = painter.screen_width, painter.screen_height
    else:
        size = (getattr(painter, "SCREEN_DIM", None) or painter.screen_dim,) * 2
    painter.screen, painter.clock = pygame.Surface(size), pygame.time.Clock()
    return painter


def drawn_by_gymnasium(id: str, env: TensorEnv, copy: int, **details: Any) -> npt.NDArray[np.uint8]:
    """The picture of one copy, [height, width, 3]; `details` are what the painter knows besides the state.

    Raises ResetNeeded before the first reset, and ValueError if there is no such copy.
    """
    if env.state is None:
        raise gymnasium.error.ResetNeeded("call reset() before frame()")
    if not 0 <= copy < env.num_envs:
        raise ValueError(f"copy is {copy}; expected 0..{env.num_envs - 1}")
    state = env.state[copy].double().cpu().numpy()
    with _PENCIL:
        painter = _painter(id)
        vars(painter).update(details, state=state)
        return np.array(painter.render(), dtype=np.uint8)
