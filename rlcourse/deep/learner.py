"""What every learner is, and what all learners share; an algorithm says what it consists of and what an iteration does.

`Learner` needs no environment: settings, the loop and its clock, finite checks, snapshots. `Agent` is a learner that
acts in an environment of its own.
"""

from __future__ import annotations

import copy
import dataclasses
import math
import time
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import torch
from gymnasium import spaces
from torch import Tensor, nn

from rlcourse.deep.settings import Settings
from rlcourse.envs import BatchedEnv
from rlcourse.envs.tensor_env import checked_seed

C = TypeVar("C", bound=Settings)

EPISODES = 100  # whose mean return is reported
# What a learner's seed is combined with. Learner and environment are often built from one seed; with equal generators
# the first action of an episode would be drawn with the very numbers that its first state was drawn with.
OWN_NUMBERS = 0x9E3779B9


class Learner(Generic[C]):
    """Something that is trained: `for metrics in learner.train(total_steps): ...`

    Training. `train` is an iterator. It yields a flat dict of numbers after every iteration, at most about 0.2 s of
    work: `step` (an int), `seconds` and the algorithm's own (floats; NaN where there is no number yet). It ends when
    `learner.step` reaches the absolute count `total_steps`, or an iteration later where these are long. It may be left
    between any two items, and another call goes on: whatever the next iteration needs is an attribute of the learner.
    `step` counts steps of the environment (without one, what the algorithm says), `updates` those of the optimiser,
    `seconds` only those inside the iterator.

    Settings. `learner.config` is frozen. Between two items it may be replaced, by `dataclasses.replace(learner.config,
    learning_rate=...)`; live fields act from the next item on, another value of a fixed field raises ValueError.

    Snapshots. `state_dict()` holds everything, copied, in tensors and plain Python; a learner built in the same way
    that is given it by `load_state_dict` goes on as the same run, bit for bit, also in another process. ValueError, or
    whatever a damaged part leads to, if it does not fit; the learner may then be half loaded (`rlcourse.deep.load`
    puts it back). Tensors, networks and generators are loaded in place; an optimiser gets new tensors.

    Seeds. Whatever is random comes from `self.generator`, on the learner's device, or was drawn under
    `networks.seeded(seed)`; nobody else's random numbers matter or are changed. Same seed, machine and versions: same
    numbers. An environment built from the same seed draws others.

    Errors. ValueError for what does not fit, at once; FloatingPointError where a loss, a gradient or a reward is no
    longer a finite number, naming it, the step and the update.

    An algorithm writes `iteration`, and lists in `parts` the attributes that it consists of: networks, optimisers,
    tensors, plain numbers and lists of them, and whatever has a `state_dict` that is a snapshot, such as a replay.
    """

    parts: tuple[str, ...] = ()

    def __init__(self, config: C, seed: int = 0, device: str = "cpu"):
        self._config = config
        self.device = device
        self.generator = torch.Generator(device)
        self.generator.manual_seed(checked_seed(seed) ^ OWN_NUMBERS)
        self.step = self.updates = 0
        self.seconds = 0.0

    @property
    def config(self) -> C:
        return self._config

    @config.setter
    def config(self, new: C) -> None:
        if type(new) is not type(self._config):
            raise ValueError(f"config is a {type(new).__name__}; expected a {type(self._config).__name__}")
        for entry in dataclasses.fields(new):
            old, wanted = getattr(self._config, entry.name), getattr(new, entry.name)
            if old != wanted and not entry.metadata["live"]:
                raise ValueError(f"{entry.name} cannot change from {old} to {wanted} once training has begun")
        self.check(new)
        self._config = new

    def check(self, config: C) -> None:
        """Raise ValueError for settings, legal in themselves, that do not go with what the learner is made of."""

    def train(self, total_steps: int) -> Iterator[dict[str, float]]:
        """Train until `step` has reached `total_steps` in all, reporting after every iteration."""
        while self.step < total_steps:
            began = time.perf_counter()
            metrics = self.iteration(total_steps)
            self.seconds += time.perf_counter() - began
            yield {"step": self.step, "seconds": self.seconds, **metrics}

    def iteration(self, total_steps: int) -> dict[str, float]:
        """One piece of training, and its metrics; one that is long may end early where `total_steps` is reached."""
        raise NotImplementedError

    def require_finite(self, **quantities: float) -> None:
        """Raise FloatingPointError for the first of these numbers that is none."""
        for name, value in quantities.items():
            if not math.isfinite(value):
                raise FloatingPointError(f"the {name} is {value} at step {self.step}, update {self.updates}; stopped")

    # --- saving -------------------------------------------------------------------------------------------------------

    def _names(self) -> tuple[str, ...]:
        """The parts of a snapshot, in the order in which they are loaded."""
        return ("step", "updates", "seconds", "generator", *self.parts)

    def state_dict(self) -> dict[str, Any]:
        """A snapshot of everything: a run that goes on from it is the same run."""
        head = {"algorithm": type(self).__name__, "config": dataclasses.asdict(self._config)}
        return {**head, **{name: _snapshot(getattr(self, name)) for name in self._names()}}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Go on where the snapshot was taken; ValueError if it is of another algorithm or was built otherwise."""
        if saved.get("algorithm") != type(self).__name__:
            raise ValueError(
                f"this is a snapshot of {saved.get('algorithm')!r}; expected one of {type(self).__name__!r}"
            )
        self.config = type(self._config)(**saved["config"])
        for name in self._names():
            self._load(name, saved[name])

    def _load(self, name: str, saved: Any) -> None:
        part = getattr(self, name)
        if isinstance(part, torch.Generator):
            part.set_state(saved.cpu())
        elif isinstance(part, torch.optim.Optimizer):
            part.load_state_dict(copy.deepcopy(saved))  # it would go on in the snapshot's tensors
        elif hasattr(part, "load_state_dict"):
            part.load_state_dict(saved)
        elif _layout(part) != _layout(saved):
            raise ValueError(f"the snapshot's {name} is {_layout(saved)}; this learner's is {_layout(part)}")
        elif isinstance(part, Tensor):
            part.copy_(saved)
        else:
            setattr(self, name, copy.deepcopy(saved))


class Agent(Learner[C]):
    """A learner that acts in a batched environment, which it owns and resets; evaluation needs another.

    `act(obs, greedy=False)` chooses actions [B, ...] for observations [B, ...]; greedy ones draw nothing at random. The
    metrics have `episode_return`: the mean return, not discounted, of the last 100 episodes that ended, NaN before the
    first; `episodes` counts all that ended. The snapshot holds the environment too; one that is not native
    (GymnasiumEnv) cannot be saved, and begins new episodes instead. Raises ValueError for an environment whose
    observations are no Box, and for a discount of 1 in one that never ends: there would be no bound to the returns.
    """

    def __init__(self, env: BatchedEnv, config: C, seed: int = 0):
        super().__init__(config, seed, env.device)
        space = env.single_observation_space
        if not isinstance(space, spaces.Box) or not space.shape:
            needs = f'{type(self).__name__} needs a Box (finite worlds: observation="one_hot")'
            raise ValueError(f"observations are {space}; {needs}")
        self.env, self.obs_shape = env, space.shape
        self.check(config)
        self.obs, _ = env.reset()  # [N, ...], what it acts on next
        self.recent_returns: list[float] = []
        self.episodes = 0

    def check(self, config: C) -> None:
        discount = getattr(config, "discount", None)
        if discount == 1 and not self.env.ends:
            never = f"episodes of {type(self.env).__name__} never end, they are only cut"
            raise ValueError(f"discount is {discount}; {never}: expected a number in [0, 1)")

    def act(self, obs: Tensor, greedy: bool = False) -> Tensor:
        """Actions [B, ...] for observations [B, ...]."""
        raise NotImplementedError

    def number_of_actions(self) -> int:
        """How many actions there are to choose from; ValueError if they are not discrete."""
        space = self.env.single_action_space
        if not isinstance(space, spaces.Discrete):
            raise ValueError(f"the environment's actions are {space}; {type(self).__name__} needs a few discrete ones")
        return int(space.n)

    def mean_return(self, done: Tensor, episode_return: Tensor) -> float:
        """The metric `episode_return` after further steps [T, N], where `done` says whose episode ended."""
        self.episodes += int(done.sum())
        self.recent_returns = [*self.recent_returns, *episode_return[done].tolist()][-EPISODES:]
        return sum(self.recent_returns) / len(self.recent_returns) if self.recent_returns else math.nan

    def _names(self) -> tuple[str, ...]:
        return ("obs", "env", "recent_returns", "episodes", *super()._names())

    def _load(self, name: str, saved: Any) -> None:
        if name == "env":
            self.obs = self.env.load_state_dict(saved)
        else:
            super()._load(name, saved)


def _snapshot(part: Any) -> Any:
    if isinstance(part, torch.Generator):
        return part.get_state()
    if isinstance(part, nn.Module | torch.optim.Optimizer):
        return copy.deepcopy(dict(part.state_dict()))  # which refers to what is in training
    return part.state_dict() if hasattr(part, "state_dict") else copy.deepcopy(part)


def _layout(value: Any) -> str:
    """What must be the same in a snapshot: the type; of a tensor, its dtype and shape."""
    return f"{value.dtype} {list(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
