"""A learner that only takes its time, for tests of what is around a learner."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class SlowConfig:
    learning_rate: float = 1e-3
    batch_size: int = 32
    double: bool = False
    schedule: str = "linear"
    dueling: bool = False  # shapes the learner

    def __post_init__(self) -> None:
        if self.learning_rate > 0.05:
            raise ValueError(f"learning_rate is {self.learning_rate}; expected at most 0.05")


@dataclass
class SlowLearner:
    """Ten steps an item of `pause` seconds; `fails` at a step, once; notes what was done, and on which thread."""

    start: SlowConfig = SlowConfig()
    pause: float = 0.01
    fails: int = -1
    error: BaseException = field(default_factory=lambda: FloatingPointError("the loss is nan"))
    step: int = 0
    env: object = None

    def __post_init__(self) -> None:
        self._config = self.start
        self.rng = np.random.default_rng(0)
        self.items: list[int] = []
        self.threads: list[int] = []  # that trained, and that changed the config
        self.at_work = 0
        self.crowd = 0  # the most that ever trained at once
        self.left = 0  # iterators that were closed or used up

    @property
    def config(self) -> SlowConfig:
        return self._config

    @config.setter
    def config(self, new: SlowConfig) -> None:
        if new.dueling != self._config.dueling:
            raise ValueError("dueling cannot change once training has begun")
        self.threads.append(threading.get_ident())
        self._config = new

    def train(self, total_steps: int) -> Iterator[dict[str, float]]:
        try:
            while self.step < total_steps:
                self.at_work += 1
                self.crowd = max(self.crowd, self.at_work)
                self.threads.append(threading.get_ident())
                time.sleep(self.pause)
                self.at_work -= 1
                if self.step == self.fails:
                    self.fails = -1
                    raise self.error
                self.step += 10
                self.items.append(self.step)
                noise = float(self.rng.normal())
                yield {"step": self.step, "seconds": 0.0, "episode_return": self.step + noise, "loss": 1 / self.step}
        finally:
            self.left += 1

    def act(self, obs: np.ndarray, greedy: bool = False) -> np.ndarray:
        assert greedy
        return np.zeros(len(obs), dtype=np.int64)


class Corridor:
    """Ends after `length` steps, each of which pays 2; the picture has another shade with every step."""

    num_envs, metadata = 1, {"render_fps": 10}

    def __init__(self, length: int = 5) -> None:
        self.length, self.renders = length, 0

    def reset(self) -> tuple[np.ndarray, dict]:
        self.at = 0
        return np.zeros(1), {}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict]:
        assert action.shape == (1,)
        self.at += 1
        over = np.array([self.at >= self.length])
        return np.zeros(1), np.array([2.0]), over, np.array([False]), {}

    def render(self) -> np.ndarray:
        self.renders += 1
        return np.full((40, 60, 3), 10 * self.at % 256, dtype=np.uint8)
