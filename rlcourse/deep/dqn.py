r"""DQN and the six improvements that together are Rainbow, each of which can be switched on alone.

Mnih et al. (2015): Q-learning with a network q(s, a; theta). Transitions are kept and sampled at random (replay), and
the regression target r + discount * max_a' q(s', a'; theta-) comes from a copy theta- of the network that is renewed
only every `target_period` updates (target network).

    double          van Hasselt et al. 2016: the network chooses a', its copy judges it
    dueling         Wang et al. 2016: q = v + a - mean(a)
    prioritised     Schaul et al. 2016: transitions with a large error are sampled more often
    n_step          Sutton 1988; Hessel et al. 2018: n rewards before the estimate, not one
    noisy           Fortunato et al. 2018: learned noise in the weights explores, instead of epsilon
    distributional  Bellemare et al. 2017 (C51): the distribution of returns on a fixed support, not only its mean

Differs from the papers: many copies of the environment are stepped at once, so one vector step stores `num_envs`
transitions and is followed by `gradient_steps` updates on large minibatches; Adam instead of RMSProp (Hessel et al.
too). Differs from Rainbow: noise of the layers is drawn anew for every vector step and for every update, and shared by
all copies; epsilon stays available beside it. n-step returns are not corrected for being off-policy, as in Rainbow.
"""

from __future__ import annotations

import copy
import dataclasses
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from torch import Tensor
from torch.nn import functional

from rlcourse.deep.networks import QNetwork, seeded
from rlcourse.deep.replay import Batch, PrioritisedReplay, Replay
from rlcourse.envs import BatchedEnv, GymnasiumEnv


def live(default: Any) -> Any:
    """A field that may be changed while training."""
    return field(default=default, metadata={"live": True})


@dataclass(frozen=True)
class DQNConfig:
    """Settings of DQN; those marked [live] may be changed while it trains, the others shape what it is made of.

    Raises ValueError naming the field, the value and the range for what makes no sense.
    """

    learning_rate: float = live(1e-3)  # [live] of Adam; 1e-5 to 1e-2
    discount: float = live(0.99)  # [live] 0 to 1
    batch_size: int = live(128)  # [live] transitions an update; 32 to 512
    gradient_steps: int = live(4)  # [live] updates after each vector step; with N copies, each transition is used
    #                                 batch_size * gradient_steps / N times on average
    target_period: int = live(200)  # [live] updates between two copies to the target network; 1 is "no target network"
    double: bool = live(False)  # [live]
    huber: bool = live(False)  # [live] Huber loss, linear beyond an error of 1; False: squared error
    max_grad_norm: float = live(10.0)  # [live] gradients are scaled down to this norm
    epsilon_start: float = live(1.0)  # [live] chance of a random action at the first step,
    epsilon_end: float = live(0.05)  # [live] falling in a straight line to this one
    epsilon_steps: int = live(10_000)  # [live] within so many environment steps
    learning_starts: int = 1_000  # environment steps before the first update
    buffer_size: int = 50_000  # transitions kept; the number of copies is "no replay"
    hidden: tuple[int, ...] = (128, 128)  # units of the hidden layers
    obs_scale: tuple[float, ...] | None = None  # factors that bring what is observed to about -1..1
    dueling: bool = False
    n_step: int = 1  # rewards before the estimate; 1 to 10
    noisy: bool = False
    noisy_sigma: float = 0.5  # initial noise of the noisy layers
    prioritised: bool = False
    priority_exponent: float = 0.6  # alpha: 0 is uniform, 1 proportional to the error
    weight_exponent: float = live(0.4)  # [live] beta at the beginning: 0 leaves the bias, 1 corrects it wholly;
    weight_steps: int = live(50_000)  # [live] it rises to 1 within so many environment steps
    distributional: bool = False
    atoms: int = 51  # of the distribution,
    v_min: float = 0.0  # spread evenly from here
    v_max: float = 100.0  # to here: returns beyond are clipped
    vector_steps: int = live(16)  # [live] vector steps in one iteration, that is between two reports

    def __post_init__(self) -> None:
        for entry in dataclasses.fields(self):
            object.__setattr__(self, entry.name, _plain(getattr(self, entry.name)))
        positive = "batch_size gradient_steps target_period epsilon_steps buffer_size n_step weight_steps vector_steps"
        for name in positive.split():
            self._require(name, _whole(getattr(self, name), 1), "an integer >= 1")
        self._require("learning_starts", _whole(self.learning_starts, 0), "an integer >= 0")
        self._require("atoms", _whole(self.atoms, 2), "an integer >= 2")
        for name in ("double", "huber", "dueling", "noisy", "prioritised", "distributional"):
            self._require(name, isinstance(getattr(self, name), bool), "True or False")
        for name in ("learning_rate", "max_grad_norm"):
            self._require(name, _number(getattr(self, name)) and getattr(self, name) > 0, "a number > 0")
        for name in ("discount", "epsilon_start", "epsilon_end", "priority_exponent", "weight_exponent"):
            self._require(name, _number(getattr(self, name)) and 0 <= getattr(self, name) <= 1, "a number in [0, 1]")
        self._require("noisy_sigma", _number(self.noisy_sigma) and self.noisy_sigma >= 0, "a number >= 0")
        self._require("v_min", _number(self.v_min), "a number")
        self._require("v_max", _number(self.v_max) and self.v_max > self.v_min, f"a number > v_min = {self.v_min}")
        sizes = isinstance(self.hidden, tuple) and len(self.hidden) > 0 and all(_whole(h, 1) for h in self.hidden)
        self._require("hidden", sizes, "a tuple of sizes such as (64, 64)")
        scale = isinstance(self.obs_scale, tuple) and all(_number(f) and f > 0 for f in self.obs_scale)
        self._require("obs_scale", scale or self.obs_scale is None, "None or a tuple of numbers > 0")

    def _require(self, name: str, condition: bool, expected: str) -> None:
        if not condition:
            raise ValueError(f"{name} is {getattr(self, name)!r}; expected {expected}")

    @classmethod
    def rainbow(cls, **settings: Any) -> DQNConfig:
        """All six switches on (Hessel et al. 2018), epsilon off, since the noisy layers explore."""
        on = dict.fromkeys(("double", "dueling", "prioritised", "noisy", "distributional"), True)
        return cls(**{**on, "n_step": 3, "epsilon_start": 0.0, "epsilon_end": 0.0, **settings})


def _whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _plain(value: Any) -> Any:
    """NumPy's numbers (say of np.logspace) as Python's: no others can be read back from a file."""
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    return value.item() if isinstance(value, np.generic) else value


def q_target(return_: Tensor, bootstrap: Tensor, next_q: Tensor, chooser: Tensor) -> Tensor:
    r"""Targets G + discount^n q(s', argmax_a chooser(s', a)), [B] (van Hasselt et al. 2016, eq. 4).

    return_ [B] is the sum of the first n discounted rewards, bootstrap [B] is discount^n, or 0 where the episode
    terminated. next_q [B, A] judges and chooser [B, A] chooses: DQN gives its target network's values twice, double DQN
    lets the network in training choose.
    """
    best = chooser.argmax(dim=1, keepdim=True)
    return return_ + bootstrap * next_q.gather(1, best).squeeze(1)


def project(prob: Tensor, return_: Tensor, bootstrap: Tensor, support: Tensor) -> Tensor:
    r"""The distribution of return_ + bootstrap * Z on the atoms of Z, [B, K] (Bellemare et al. 2017, eq. 7).

    Atom j of prob [B, K] moves to G + discount^n z_j and is clipped to the support [K]; its probability is shared
    between the atoms below and above in proportion to nearness. Exactly on an atom, that atom gets all of it.
    """
    moved = (return_[:, None] + bootstrap[:, None] * support).clamp(support[0], support[-1])  # [B, K]
    # In atoms from the first, 0 to K - 1. Divided by the whole width, so that rounding leads none beyond the last: the
    # one below would get less than nothing.
    place = (moved - support[0]) / (support[-1] - support[0]) * (len(support) - 1)
    below = place.floor().clamp(max=len(support) - 2)  # so that there is always one above
    upper = prob * (place - below)
    below = below.long()
    return torch.zeros_like(prob).scatter_add(1, below, prob - upper).scatter_add(1, below + 1, upper)


def cross_entropy(target: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy [B] of predicted logits [B, K] to a target distribution [B, K], and the KL divergence [B] in it."""
    loss = -(target * logits.log_softmax(dim=1)).sum(dim=1)
    return loss, loss.detach() + torch.special.xlogy(target, target).sum(dim=1)


class DQN:
    """Deep Q-learning on a batched environment with discrete actions.

    `train(total_steps)` yields metrics after every `vector_steps` steps of all copies: step, seconds, episode_return,
    loss, q (mean of max_a q), gradient_norm, epsilon, updates. Raises ValueError for an environment with other actions,
    FloatingPointError when a reward, the loss or a gradient is no longer a number.
    """

    def __init__(self, env: BatchedEnv, config: DQNConfig | None = None, seed: int = 0):
        self._config = config = config or DQNConfig()
        space = env.single_action_space
        if not isinstance(space, spaces.Discrete):
            raise ValueError(f"the environment's actions are {space}; DQN needs a few discrete ones")
        seen = env.single_observation_space
        if not isinstance(seen, spaces.Box) or not seen.shape:
            raise ValueError(f'observations are {seen}; DQN needs a Box (finite worlds: observation="one_hot")')
        obs_shape = seen.shape
        if config.obs_scale is not None and obs_shape != (len(config.obs_scale),):
            raise ValueError(f"obs_scale has {len(config.obs_scale)} factors; observations have shape {obs_shape}")
        if config.buffer_size < env.num_envs * config.n_step:
            raise ValueError(
                f"buffer_size is {config.buffer_size}; expected at least {env.num_envs * config.n_step}, "
                f"one for each copy of the environment and each of the n_step = {config.n_step} steps"
            )
        self.env, self.num_actions, device = env, int(space.n), env.device
        with seeded(seed):
            self.network = QNetwork(
                obs_shape,
                self.num_actions,
                config.hidden,
                obs_scale=config.obs_scale,
                dueling=config.dueling,
                noisy=config.noisy,
                noisy_sigma=config.noisy_sigma,
                atoms=config.atoms if config.distributional else 1,
            ).to(device)
        self.target = copy.deepcopy(self.network).requires_grad_(False)
        self.support = torch.linspace(config.v_min, config.v_max, config.atoms, device=device)  # [K]
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=config.learning_rate, eps=1e-5)
        self.generator = torch.Generator(device)
        self.generator.manual_seed(seed)
        self.obs, _ = env.reset()  # [N, ...]
        storage: dict[str, Any] = {"num_envs": env.num_envs, "obs_shape": obs_shape, "obs_dtype": self.obs.dtype}
        storage |= {"n_step": config.n_step, "device": device}
        if config.prioritised:
            self.replay: Replay = PrioritisedReplay(config.buffer_size, alpha=config.priority_exponent, **storage)
        else:
            self.replay = Replay(config.buffer_size, **storage)
        self.step = self.updates = 0
        self.seconds = 0.0
        self.recent_returns: list[float] = []  # of the last 100 finished episodes

    # --- settings -----------------------------------------------------------------------------------------------------

    @property
    def config(self) -> DQNConfig:
        return self._config

    @config.setter
    def config(self, new: DQNConfig) -> None:
        for entry in dataclasses.fields(DQNConfig):
            old, wanted = getattr(self._config, entry.name), getattr(new, entry.name)
            if old != wanted and not entry.metadata.get("live"):
                raise ValueError(f"{entry.name} cannot change from {old} to {wanted} once training has begun")
        self._config = new

    @property
    def epsilon(self) -> float:
        """Chance of a random action now."""
        c = self._config
        return c.epsilon_start + min(1.0, self.step / c.epsilon_steps) * (c.epsilon_end - c.epsilon_start)

    # --- acting -------------------------------------------------------------------------------------------------------

    def q_values(self, obs: Tensor, network: QNetwork | None = None) -> Tensor:
        """Action values [B, A]; with a distribution, its mean."""
        out = (network or self.network)(obs)
        return self.mean(out.softmax(dim=2)) if self._config.distributional else out

    def mean(self, prob: Tensor) -> Tensor:
        """The expectation over the atoms, [B, A] of [B, A, K]."""
        return prob @ self.support

    @torch.no_grad()
    def act(self, obs: Tensor, greedy: bool = False) -> Tensor:
        """Actions [B] for observations [B, ...]: greedy ones without any noise, or epsilon-greedy."""
        if greedy:
            self.network.eval()
            action = self.q_values(obs).argmax(dim=1)
            self.network.train()
            return action
        if self._config.noisy:
            self.network.resample(self.generator)
        action = self.q_values(obs).argmax(dim=1)
        if self.epsilon > 0:
            chance = torch.rand(action.shape, generator=self.generator, device=obs.device)
            random = torch.randint(self.num_actions, action.shape, generator=self.generator, device=obs.device)
            action = torch.where(chance < self.epsilon, random, action)
        return action

    # --- learning -----------------------------------------------------------------------------------------------------

    def train(self, total_steps: int) -> Iterator[dict[str, float]]:
        """Train until `step` environment steps have been taken in all, reporting after every iteration."""
        while self.step < total_steps:
            began = time.perf_counter()
            metrics = self._iteration(total_steps)
            self.seconds += time.perf_counter() - began
            yield {"step": self.step, "seconds": self.seconds, **metrics}

    def _iteration(self, total_steps: int) -> dict[str, float]:
        ended: list[Tensor] = []  # rows of (reward, done, return) [3, N], one a vector step
        losses: list[Tensor] = []  # rows of (loss, q, gradient norm) [3], one an update
        for _ in range(self._config.vector_steps):
            ended.append(self._interact())
            if self.step >= self._config.learning_starts and len(self.replay) > 0:
                losses += [self._update() for _ in range(self._config.gradient_steps)]
            if self.step >= total_steps:
                break
        return self._report(ended, losses)

    @torch.no_grad()
    def _interact(self) -> Tensor:
        action = self.act(self.obs)
        obs, reward, terminated, truncated, info = self.env.step(action)
        self.replay.add(self.obs, action, reward, info["final_obs"], terminated, truncated)
        self.obs = obs
        self.step += self.env.num_envs
        return torch.stack((reward, (terminated | truncated).float(), info["episode_return"].float()))

    def _update(self) -> Tensor:
        config = self._config
        batch = self._sample()
        loss, error, q = self._distribution_loss(batch) if config.distributional else self._value_loss(batch)
        mean_loss = (batch.weight * loss).mean()
        self.optimiser.zero_grad()
        mean_loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), config.max_grad_norm)
        self.optimiser.param_groups[0]["lr"] = config.learning_rate
        self.optimiser.step()
        if isinstance(self.replay, PrioritisedReplay):
            self.replay.update(batch.index, error)
        self.updates += 1
        if self.updates % config.target_period == 0:
            self.target.load_state_dict(self.network.state_dict())
        return torch.stack((mean_loss.detach(), q.mean(), norm))

    def _sample(self) -> Batch:
        config = self._config
        if isinstance(self.replay, PrioritisedReplay):
            grown = min(1.0, self.step / config.weight_steps)
            beta = config.weight_exponent + grown * (1 - config.weight_exponent)
            return self.replay.sample(config.batch_size, config.discount, self.generator, beta)
        return self.replay.sample(config.batch_size, config.discount, self.generator)

    def _value_loss(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Loss, absolute error and max_a q, all [B]."""
        with torch.no_grad():
            self._resample(self.target)
            next_q = self.target(batch.next_obs)  # [B, A]
            chooser = self.network(batch.next_obs) if self._config.double else next_q
            target = q_target(batch.return_, batch.bootstrap, next_q, chooser)
        self._resample(self.network)
        q = self.network(batch.obs)  # [B, A]
        taken = q.gather(1, batch.action[:, None]).squeeze(1)
        regression = functional.smooth_l1_loss if self._config.huber else functional.mse_loss
        return regression(taken, target, reduction="none"), (taken - target).detach().abs(), q.detach().amax(dim=1)

    def _distribution_loss(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Cross-entropy, KL divergence (Rainbow's priority) and max_a q, all [B]."""
        rows = torch.arange(len(batch.action), device=batch.action.device)
        with torch.no_grad():
            self._resample(self.target)
            next_prob = self.target(batch.next_obs).softmax(dim=2)  # [B, A, K]
            chooser = self.q_values(batch.next_obs) if self._config.double else self.mean(next_prob)
            chosen = next_prob[rows, chooser.argmax(dim=1)]  # [B, K]
            target = project(chosen, batch.return_, batch.bootstrap, self.support)
        self._resample(self.network)
        logits = self.network(batch.obs)  # [B, A, K]
        loss, divergence = cross_entropy(target, logits[rows, batch.action])
        return loss, divergence, self.mean(logits.detach().softmax(dim=2)).amax(dim=1)

    def _resample(self, network: QNetwork) -> None:
        if self._config.noisy:
            network.resample(self.generator)

    def _report(self, ended: list[Tensor], losses: list[Tensor]) -> dict[str, float]:
        """Metrics of an iteration: the one moment at which numbers leave the device."""
        reward, done, returns = torch.stack(ended, dim=1).cpu()  # [vector_steps, N] each
        self.recent_returns = [*self.recent_returns, *returns[done > 0].tolist()][-100:]
        nan = math.nan
        loss, q, norm = torch.stack(losses).mean(dim=0).tolist() if losses else (nan, nan, nan)
        checked = {"reward": float(reward.sum())}
        if losses:
            checked |= {"loss": loss, "gradient": norm}
        for name, value in checked.items():
            if not math.isfinite(value):
                raise FloatingPointError(f"the {name} is {value} at step {self.step}, update {self.updates}; stopped")
        mean_return = sum(self.recent_returns) / len(self.recent_returns) if self.recent_returns else nan
        return {
            "episode_return": mean_return,
            "loss": loss,
            "q": q,
            "gradient_norm": norm,
            "epsilon": self.epsilon,
            "updates": float(self.updates),
        }

    # --- saving -------------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """A snapshot of everything, in tensors and plain Python: a run that goes on from it is the same run."""
        return {
            "algorithm": "DQN",
            "config": dataclasses.asdict(self._config),
            "step": self.step,
            "updates": self.updates,
            "seconds": self.seconds,
            "recent_returns": list(self.recent_returns),
            "obs": self.obs.clone(),
            "network": copy.deepcopy(dict(self.network.state_dict())),
            "target": copy.deepcopy(dict(self.target.state_dict())),
            "optimiser": copy.deepcopy(self.optimiser.state_dict()),
            "replay": self.replay.state_dict(),
            "generator": self.generator.get_state(),
            "env": self.env.state_dict(),
        }

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Go on where the snapshot was taken; ValueError if it is of another algorithm or was built otherwise."""
        if saved.get("algorithm") != "DQN":
            raise ValueError(f"this is a snapshot of {saved.get('algorithm')!r}; expected one of 'DQN'")
        self.config = DQNConfig(**saved["config"])
        theirs, ours = ([x.dtype, *x.shape] for x in (saved["obs"], self.obs))
        if theirs != ours:
            raise ValueError(f"the snapshot's observations are {theirs}; this environment's are {ours}")
        self.obs = self.env.load_state_dict(saved["env"])  # first, for it says best what does not fit
        self.network.load_state_dict(saved["network"])
        self.target.load_state_dict(saved["target"])
        self.optimiser.load_state_dict(copy.deepcopy(saved["optimiser"]))  # it would go on in the snapshot's tensors
        self.replay.load_state_dict(saved["replay"])
        if isinstance(self.env, GymnasiumEnv):  # it has begun new episodes
            self.replay.cut()
        self.generator.set_state(saved["generator"].cpu())
        self.step, self.updates, self.seconds = int(saved["step"]), int(saved["updates"]), float(saved["seconds"])
        self.recent_returns = [float(value) for value in saved["recent_returns"]]
