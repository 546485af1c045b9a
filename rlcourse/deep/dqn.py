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
import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from rlcourse.deep.learner import Agent
from rlcourse.deep.networks import QNetwork, seeded
from rlcourse.deep.replay import Batch, PrioritisedReplay, Replay
from rlcourse.deep.settings import Settings, fixed, live
from rlcourse.envs import BatchedEnv, GymnasiumEnv


@dataclass(frozen=True)
class DQNConfig(Settings):
    """Settings of DQN.

    With N copies, a transition is used in batch_size * gradient_steps / N updates on average.
    """

    learning_rate: float = live(1e-3, "step size of Adam", "> 0", (1e-5, 1e-1, "log"))
    discount: float = live(0.99, "worth of a reward a step later", "[0, 1]", (0.8, 1))
    batch_size: int = live(128, "transitions in an update", ">= 1", [32, 64, 128, 256])
    gradient_steps: int = live(4, "updates after a vector step", ">= 1", (1, 16))
    target_period: int = live(200, "updates a target network is kept", ">= 1", (1, 300))
    double: bool = live(False, "the network chooses, its copy judges")
    huber: bool = live(False, "Huber loss, linear beyond 1, instead of squares")
    max_grad_norm: float = live(10.0, "longest gradient", "> 0", (0.1, 100, "log"))
    epsilon_start: float = live(1.0, "chance of a random action", "[0, 1]", (0, 1))
    epsilon_end: float = live(0.05, "the same after epsilon_steps", "[0, 1]", (0, 1))
    epsilon_steps: int = live(10_000, "environment steps in which it falls", ">= 1")
    learning_starts: int = fixed(1_000, "environment steps before updates", ">= 0")
    buffer_size: int = fixed(50_000, "transitions kept; one a copy: no replay", ">= 1")
    hidden: tuple[int, ...] = fixed((128, 128), "units of the hidden layers", ">= 1")
    obs_scale: tuple[float, ...] | None = fixed(None, "factors of observations", "> 0")
    dueling: bool = fixed(False, "streams for the state's value and for advantages")
    n_step: int = fixed(1, "rewards before the estimate", ">= 1", (1, 10))
    noisy: bool = fixed(False, "learned noise in the weights explores")
    noisy_sigma: float = fixed(0.5, "that noise at first", ">= 0", (0, 1))
    prioritised: bool = fixed(False, "large errors are sampled more often")
    priority_exponent: float = fixed(0.6, "alpha: 0 is uniform", "[0, 1]", (0, 1))
    weight_exponent: float = live(0.4, "beta at first: 1 is unbiased", "[0, 1]", (0, 1))
    weight_steps: int = live(50_000, "environment steps until beta is 1", ">= 1")
    distributional: bool = fixed(False, "learn the distribution of returns")
    atoms: int = fixed(51, "atoms of the distribution", ">= 2", (11, 101, 10))
    v_min: float = fixed(0.0, "the first atom; a lower return counts as this")
    v_max: float = fixed(100.0, "the last atom, likewise", "> v_min")
    vector_steps: int = live(16, "vector steps between two reports", ">= 1", (1, 64))

    @classmethod
    def rainbow(cls, **settings: Any) -> DQNConfig:
        """All six switches on (Hessel et al. 2018), epsilon off, since the noisy layers explore."""
        on = dict.fromkeys(("double", "dueling", "prioritised", "noisy", "distributional"), True)
        return cls(**{**on, "n_step": 3, "epsilon_start": 0.0, "epsilon_end": 0.0, **settings})


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
    # one below would get a negative share.
    place = (moved - support[0]) / (support[-1] - support[0]) * (len(support) - 1)
    below = place.floor().clamp(max=len(support) - 2)  # so that there is always one above
    upper = prob * (place - below)
    below = below.nan_to_num().long()  # a return that is no number is found in the loss, not as a place out of range
    return torch.zeros_like(prob).scatter_add(1, below, prob - upper).scatter_add(1, below + 1, upper)


def cross_entropy(target: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy [B] of predicted logits [B, K] to a target distribution [B, K], and the KL divergence [B] in it."""
    loss = -(target * logits.log_softmax(dim=1)).sum(dim=1)
    return loss, loss.detach() + torch.special.xlogy(target, target).sum(dim=1)


class DQN(Agent[DQNConfig]):
    """Deep Q-learning on a batched environment with discrete actions; see Learner and Agent for what all learners do.

    Metrics, every `vector_steps` steps of all copies: step, seconds, episode_return, loss, q (mean of max_a q),
    gradient_norm, epsilon, updates.
    """

    parts = ("network", "target", "optimiser", "replay")

    def __init__(self, env: BatchedEnv, config: DQNConfig | None = None, seed: int = 0):
        config = config or DQNConfig()
        super().__init__(env, config, seed)
        self.num_actions = self.number_of_actions()
        if config.buffer_size < env.num_envs * config.n_step:
            raise ValueError(
                f"buffer_size is {config.buffer_size}; expected at least {env.num_envs * config.n_step}, "
                f"one for each copy of the environment and each of the n_step = {config.n_step} steps"
            )
        kind: dict[str, Any] = {"dueling": config.dueling, "noisy": config.noisy, "noisy_sigma": config.noisy_sigma}
        kind |= {"obs_scale": config.obs_scale, "atoms": config.atoms if config.distributional else 1}
        with seeded(seed):
            self.network = QNetwork(self.obs_shape, self.num_actions, config.hidden, **kind).to(self.device)
        self.target = copy.deepcopy(self.network).requires_grad_(False)
        self.support = torch.linspace(config.v_min, config.v_max, config.atoms, device=self.device)  # [K]
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=config.learning_rate, eps=1e-5)
        stored: dict[str, Any] = {"num_envs": env.num_envs, "obs_shape": self.obs_shape, "obs_dtype": self.obs.dtype}
        stored |= {"n_step": config.n_step, "device": self.device}
        self.replay = (
            PrioritisedReplay(config.buffer_size, alpha=config.priority_exponent, **stored)
            if config.prioritised
            else Replay(config.buffer_size, **stored)
        )

    # --- acting -------------------------------------------------------------------------------------------------------

    @property
    def epsilon(self) -> float:
        """Chance of a random action now."""
        c = self.config
        return c.epsilon_start + min(1.0, self.step / c.epsilon_steps) * (c.epsilon_end - c.epsilon_start)

    def q_values(self, obs: Tensor, network: QNetwork | None = None) -> Tensor:
        """Action values [B, A]; with a distribution, its mean."""
        out = (network or self.network)(obs)
        return self.mean(out.softmax(dim=2)) if self.config.distributional else out

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
        if self.config.noisy:
            self.network.resample(self.generator)
        action = self.q_values(obs).argmax(dim=1)
        if self.epsilon > 0:
            chance = torch.rand(action.shape, generator=self.generator, device=obs.device)
            random = torch.randint(self.num_actions, action.shape, generator=self.generator, device=obs.device)
            action = torch.where(chance < self.epsilon, random, action)
        return action

    # --- learning -----------------------------------------------------------------------------------------------------

    def iteration(self, total_steps: int) -> dict[str, float]:
        """Steps of all copies, each followed by its updates."""
        ended: list[Tensor] = []  # rows of (reward, done, return) [3, N], one a vector step
        losses: list[Tensor] = []  # rows of (loss, q, gradient norm) [3], one an update
        config = self.config
        for _ in range(config.vector_steps):
            ended.append(self._interact())
            if self.step >= config.learning_starts and len(self.replay) > 0:
                losses += [self._update() for _ in range(config.gradient_steps)]
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
        config = self.config
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
        config = self.config
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
            chooser = self.network(batch.next_obs) if self.config.double else next_q
            target = q_target(batch.return_, batch.bootstrap, next_q, chooser)
        self._resample(self.network)
        q = self.network(batch.obs)  # [B, A]
        taken = q.gather(1, batch.action[:, None]).squeeze(1)
        regression = functional.smooth_l1_loss if self.config.huber else functional.mse_loss
        return regression(taken, target, reduction="none"), (taken - target).detach().abs(), q.detach().amax(dim=1)

    def _distribution_loss(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Cross-entropy, KL divergence (Rainbow's priority) and max_a q, all [B]."""
        rows = torch.arange(len(batch.action), device=batch.action.device)
        with torch.no_grad():
            self._resample(self.target)
            next_prob = self.target(batch.next_obs).softmax(dim=2)  # [B, A, K]
            chooser = self.q_values(batch.next_obs) if self.config.double else self.mean(next_prob)
            chosen = next_prob[rows, chooser.argmax(dim=1)]  # [B, K]
            target = project(chosen, batch.return_, batch.bootstrap, self.support)
        self._resample(self.network)
        logits = self.network(batch.obs)  # [B, A, K]
        loss, divergence = cross_entropy(target, logits[rows, batch.action])
        return loss, divergence, self.mean(logits.detach().softmax(dim=2)).amax(dim=1)

    def _resample(self, network: QNetwork) -> None:
        if self.config.noisy:
            network.resample(self.generator)

    def _report(self, ended: list[Tensor], losses: list[Tensor]) -> dict[str, float]:
        """Metrics of an iteration: the one moment at which numbers leave the device."""
        reward, done, returns = torch.stack(ended, dim=1).cpu()  # [vector_steps, N] each
        episode_return = self.mean_return(done > 0, returns)
        self.require_finite(reward=float(reward.sum()))
        loss, q, norm = (math.nan,) * 3
        if losses:
            loss, q, norm = torch.stack(losses).mean(dim=0).tolist()
            self.require_finite(loss=loss, gradient=norm)
        learned = {"loss": loss, "q": q, "gradient_norm": norm}
        return {"episode_return": episode_return, **learned, "epsilon": self.epsilon, "updates": float(self.updates)}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        super().load_state_dict(saved)
        if isinstance(self.env, GymnasiumEnv):  # it has begun new episodes, and no window may join them to the old ones
            self.replay.cut()
