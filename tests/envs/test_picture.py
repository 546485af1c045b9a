"""Frames: Gymnasium's own pictures of the same states, from any thread, without a display, and without a word."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import gymnasium
import numpy as np
import pytest
import torch

from rlcourse.envs.acrobot import Acrobot
from rlcourse.envs.cart_pole import CartPole
from rlcourse.envs.mountain_car import MountainCar, MountainCarContinuous
from rlcourse.envs.pendulum import Pendulum

ENVIRONMENTS = {
    "CartPole-v1": CartPole,
    "MountainCar-v0": MountainCar,
    "MountainCarContinuous-v0": MountainCarContinuous,
    "Acrobot-v1": Acrobot,
    "Pendulum-v1": Pendulum,
}
each_environment = pytest.mark.parametrize("id", ENVIRONMENTS)


def gymnasiums_picture(id, state, torque=None):
    env = gymnasium.make(id, render_mode="rgb_array")
    env.reset()
    env.unwrapped.state = np.array(state, dtype=np.float64)
    if id == "Pendulum-v1":
        env.unwrapped.last_u = torque
    return env.render()


@each_environment
def test_frames_are_gymnasiums(id, device):
    """In another state for every copy; each is one's own array, and drawing changes nothing in the environment."""
    env = ENVIRONMENTS[id](3, device=device, seed=1)
    env.reset()
    state = 1.5 * env.state.cpu()
    env.reset(options={"state": state})
    frames = env.render()
    assert len(frames) == 3
    for copy, frame in enumerate(frames):
        assert frame.dtype == np.uint8 and frame.ndim == 3 and frame.flags.c_contiguous and frame.flags.owndata
        np.testing.assert_array_equal(frame, gymnasiums_picture(id, state[copy].tolist()))
    assert not np.array_equal(frames[0], frames[1])
    before = frames[0].copy()
    env.frame(1)[:] = 0
    np.testing.assert_array_equal(frames[0], before)
    np.testing.assert_array_equal(env.frame(), before)
    assert torch.equal(env.state.cpu(), state)


def test_the_arrow_of_the_pendulum_is_its_torque(device):
    """Cut to 2 as the motor does; it is gone when a new episode has begun, and after loading."""
    env = Pendulum(2, device=device, max_episode_steps=2)
    env.reset(options={"state": [[1.0, 0.0], [2.0, 0.0]]})
    saved = env.state_dict()
    for torque, drawn in (([[1.5], [-9.0]], (1.5, -2.0)), ([[1.0], [1.0]], (None, None))):
        env.step(torch.tensor(torque, device=device))
        for copy in (0, 1):
            expected = gymnasiums_picture("Pendulum-v1", env.state[copy].tolist(), drawn[copy])
            np.testing.assert_array_equal(env.frame(copy), expected)
    env.step(torch.tensor([[1.0], [1.0]], device=device))
    env.load_state_dict(saved)
    np.testing.assert_array_equal(env.frame(1), gymnasiums_picture("Pendulum-v1", [2.0, 0.0]))
    env.step(torch.tensor([[1.0], [1.0]], device=device))
    env.reset(options={"state": [[1.0, 0.0], [2.0, 0.0]]})
    np.testing.assert_array_equal(env.frame(1), gymnasiums_picture("Pendulum-v1", [2.0, 0.0]))


@each_environment
def test_there_is_no_such_copy(id, device):
    env = ENVIRONMENTS[id](2, device=device)
    env.reset()
    env.step(torch.from_numpy(env.action_space.sample()).to(device))
    for copy in (2, -1):
        with pytest.raises(ValueError, match=rf"copy is {copy}; expected 0..1"):
            env.frame(copy)


def test_threads_do_not_draw_over_each_other():
    """Four threads, each with its own environment of the same kind, all at once; a race shows as a foreign picture."""
    states = [[x, 0.0, 0.0, 0.0] for x in (-2.0, -1.0, 1.0, 2.0)]
    expected = [gymnasiums_picture("CartPole-v1", state) for state in states]

    def draw(i):
        env = CartPole(1)
        env.reset(options={"state": [states[i]]})
        return all(np.array_equal(env.frame(), expected[i]) for _ in range(50))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(draw, range(4)))


FIRST_PICTURES = """
import os, sys, threading
from rlcourse.envs import acrobot, cart_pole, mountain_car, pendulum
done = []
def draw():
    for kind in (
        cart_pole.CartPole, mountain_car.MountainCar, mountain_car.MountainCarContinuous,
        acrobot.Acrobot, pendulum.Pendulum,
    ):
        env = kind(1)
        env.reset()
        assert env.frame().std() > 0
        done.append(kind)
if sys.argv[1] == "thread":
    thread = threading.Thread(target=draw)
    thread.start()
    thread.join()
else:
    draw()
import pygame
assert len(done) == 5 and not pygame.display.get_init() and "SDL_VIDEODRIVER" not in os.environ
"""


@pytest.mark.parametrize("where", ["main", "thread"])
def test_the_first_picture_needs_no_display_and_prints_nothing(where):
    unwanted = {"DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "PYGAME_HIDE_SUPPORT_PROMPT", "XDG_RUNTIME_DIR"}
    environment = {name: value for name, value in os.environ.items() if name not in unwanted}
    command = [sys.executable, "-c", FIRST_PICTURES, where]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
