r"""A2C, advantage actor-critic: a critic judges the actor's actions before their episode has ended.

Mnih et al. (2016), synchronous. N copies are stepped T times; then one update of both networks:

    actor    maximise  mean(A_t log pi(A_t | S_t)) + entropy_coef * mean(entropy of pi(. | S_t))
    critic   minimise  mean((v(S_t) - (A_t + v(S_t)))^2) / 2, the second v(S_t) taken as a number

with the advantages A_t of rlcourse.returns.gae (Schulman et al. 2016): lam = 1 gives the paper's n-step returns, which
reach to the end of the rollout; lam = 0 the one-step error of Sutton & Barto's section 13.5. The entropy bonus holds
the policy back from certainty while it still knows little.

A3C and A2C. In the paper (A3C) many workers, each with a copy of the network and one environment, compute gradients at
their own pace and add them to shared weights, without waiting (asynchronously). Different workers see different states,
which is what makes on-policy data varied enough to learn from; but a gradient may belong to weights that others have
changed since, every worker runs a network on a batch of one, and no run can be repeated. A batch of environments has
the same variety, steps that a GPU or vector unit does at once, no stale gradients, and the same numbers every time.

Differs from the paper: GAE; actor and critic are two networks; Adam, not RMSProp with shared statistics. Differs from
Stable-Baselines3's A2C, which has GAE and two networks too: Adam, not RMSProp; ReLU, not tanh; lam .98, not 1; longer
rollouts, an entropy bonus and larger steps by default. `normalise_advantage`, off in both, gives the advantages of each
rollout mean 0 and deviation 1 (of the population, ddof 0, plus 1e-8).
The defaults were tuned for CartPole-v1 with 64 copies: some 50 settings, the last ones on seeds 0 to 5, and what was
chosen run on 6 to 19. There advantages are tens at first: with larger steps, a smaller bonus or shorter rollouts, some
runs are sure of a bad policy before the critic knows anything, and stay so long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from rlcourse.deep.learner import Agent
from rlcourse.deep.networks import network, seeded
from rlcourse.deep.policies import policy_for
from rlcourse.deep.settings import Settings, fixed, live
from rlcourse.envs import BatchedEnv
from rlcourse.returns import gae


@dataclass(frozen=True)
class A2CConfig(Settings):
    """Settings of A2C; an update is made of steps * num_envs transitions."""

    learning_rate: float = live(1e-2, "step size of Adam", "> 0", (1e-4, 1e-1, "log"))
    anneal_steps: int | None = live(None, "environment steps until it has fallen to 0, linearly; None: never", ">= 1")
    discount: float = live(0.98, "worth of a reward a step later", "[0, 1]", (0.8, 1))
    lam: float = live(0.98, "GAE: 0 trusts the critic, 1 the rewards", "[0, 1]", (0, 1))
    steps: int = live(32, "vector steps in a rollout", ">= 1", (1, 64))
    entropy_coef: float = live(0.1, "weight of the entropy bonus", ">= 0", (0, 0.5))
    value_coef: float = live(0.5, "weight of the critic's loss", "> 0", (0.1, 2, 0.1))
    max_grad_norm: float = live(5.0, "longest gradient, of both networks together", "> 0", (0.1, 100, "log"))
    normalise_advantage: bool = live(False, "mean 0 and deviation 1 in each rollout")
    policy: Literal["categorical", "gaussian", "squashed"] = fixed("categorical", "the distribution of actions")
    hidden: tuple[int, ...] | tuple[()] = fixed((64, 64), "units of the hidden layers", ">= 1")
    critic_hidden: tuple[int, ...] | tuple[()] | None = fixed(None, "those of the critic; None: as in hidden", ">= 1")
    obs_scale: tuple[float, ...] | None = fixed(None, "factors of observations", "> 0")


def policy_loss(logprob: Tensor, advantage: Tensor) -> Tensor:
    """-mean(advantage * logprob), whose gradient is minus the policy gradient; the advantage carries none."""
    return -(advantage.detach() * logprob).mean()


def value_loss(value: Tensor, target: Tensor) -> Tensor:
    """Half the mean squared error; the target carries no gradient."""
    return 0.5 * (value - target.detach()).square().mean()


def normalised(advantage: Tensor) -> Tensor:
    """Mean 0 and standard deviation 1 over all; 0 where all are equal, also where there is only one."""
    return (advantage - advantage.mean()) / (advantage.std(correction=0) + 1e-8)


def explained_variance(value: Tensor, target: Tensor) -> Tensor:
    """1 - Var(target - value) / Var(target): 1 is a perfect critic, 0 one that says the same everywhere; or NaN."""
    variance = target.var(correction=0)
    return torch.where(variance > 0, 1 - (target - value).var(correction=0) / variance, torch.nan)


class A2C(Agent[A2CConfig]):
    """Advantage actor-critic with any policy of rlcourse.deep.policies; see Learner and Agent for what all learners do.

    Metrics of every rollout: an Agent's, loss, policy_loss, value_loss, entropy (nats), explained_variance (NaN where
    all returns were equal), gradient_norm (before it is cut), episodes, updates.
    """

    parts = ("actor", "critic", "optimiser")

    def __init__(self, env: BatchedEnv, config: A2CConfig | None = None, seed: int = 0):
        super().__init__(env, config or A2CConfig(), seed)
        shape, hidden, scale = self.obs_shape, self.config.hidden, self.config.obs_scale
        with seeded(seed):
            self.actor = policy_for(self.config.policy, shape, env.single_action_space, hidden, scale).to(self.device)
            of_critic = hidden if self.config.critic_hidden is None else self.config.critic_hidden
            self.critic = network(shape, of_critic, 1, scale).to(self.device)
        self.parameters = [*self.actor.parameters(), *self.critic.parameters()]
        self.optimiser = torch.optim.Adam(self.parameters)

    def act(self, obs: Tensor, greedy: bool = False) -> Tensor:
        """Actions [B, ...] for observations [B, ...]: the likeliest, or drawn from the policy."""
        return self.actor.act(obs, self.generator, greedy)

    @property
    def learning_rate(self) -> float:
        """The step size now: what is left of it."""
        left = 1.0 if self.config.anneal_steps is None else max(0.0, 1 - self.step / self.config.anneal_steps)
        return self.config.learning_rate * left

    def iteration(self, total_steps: int) -> dict[str, float]:
        """A rollout, and the update that it is good for; after that it is thrown away, for the policy is another."""
        config = self.config
        obs, action, reward, final_obs, terminated, truncated, episode_return = self._rollout()
        done = terminated | truncated
        values = self._value(torch.cat((obs, self.obs[None])))  # [T + 1, N], for the advantages and for the loss
        value, next_value = values[:-1], values[1:].detach().clone()
        with torch.no_grad():
            # Where an episode was cut, the next row's observation belongs to another one.
            next_value[truncated] = self.critic(final_obs[truncated]).squeeze(1)
            advantage = gae(reward, value, next_value, terminated, done, config.discount, config.lam)
            target = advantage + value
        logprob, entropy = self.actor.evaluate(obs.flatten(0, 1), action.flatten(0, 1))  # [T * N] each
        weight = normalised(advantage) if config.normalise_advantage else advantage
        losses = policy_loss(logprob, weight.flatten()), value_loss(value, target), entropy.mean()
        loss = losses[0] + config.value_coef * losses[1] - config.entropy_coef * losses[2]
        norm = self._descend(loss)
        self.step += reward.numel()
        self.updates += 1
        numbers = (reward.sum(), loss, *losses, explained_variance(value, target), norm)
        paid, *told = torch.stack([number.detach() for number in numbers]).tolist()
        names = ("loss", "policy_loss", "value_loss", "entropy", "explained_variance", "gradient_norm")
        metrics = dict(zip(names, told, strict=True))
        self.require_finite(reward=paid, loss=metrics["loss"], gradient=metrics["gradient_norm"])
        mean = self.mean_return(done, episode_return)
        return {"episode_return": mean, **metrics, "episodes": float(self.episodes), "updates": float(self.updates)}

    @torch.no_grad()
    def _rollout(self) -> list[Tensor]:
        """The next steps [T, N] of all copies."""
        rows: list[tuple[Tensor, ...]] = []
        for _ in range(self.config.steps):
            action = self.actor.sample(self.obs, self.generator)
            obs, reward, terminated, truncated, info = self.env.step(self.actor.to_env(action))
            rows.append((self.obs, action, reward, info["final_obs"], terminated, truncated, info["episode_return"]))
            self.obs = obs
        return [torch.stack(column) for column in zip(*rows, strict=True)]

    def _value(self, obs: Tensor) -> Tensor:
        """The critic's values [T, N] of observations [T, N, ...]."""
        return self.critic(obs.flatten(0, 1)).view(obs.shape[:2])

    def _descend(self, loss: Tensor) -> Tensor:
        """A step of both networks; the norm of the gradient."""
        self.optimiser.param_groups[0]["lr"] = self.learning_rate
        self.optimiser.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, self.config.max_grad_norm)
        self.optimiser.step()
        return norm
