r"""REINFORCE: make actions more likely in proportion to what followed them.

Williams (1992); Sutton & Barto (2nd edition, sections 13.2 to 13.4). By the policy gradient theorem, the gradient of
the expected return is E[sum_t (G_t - b(S_t)) grad log pi(A_t | S_t)], where G_t is the return from t on, or that of the
whole episode (`reward_to_go=False`), and b may be anything that does not depend on the episode's own actions:

    none      0
    mean      a constant for each episode: the mean of G over all steps of the other ones. Its own episode is left out,
              since the mean of what an action led to is no longer independent of that action
    learned   a value of the state, by regression on the returns: v(S_t) (Sutton & Barto, section 13.4)

Differs from the book: one update of Adam after an episode of every copy; the mean over all steps of these episodes, so
that long ones do not mean large gradients; no factor discount^t. A copy whose episode has ended idles until all have:
taking the first N to end would favour short ones. An episode that is cut, by the environment or by `max_steps`, goes
on with what the learned baseline says of its last observation; without one that counts as 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from rlcourse.deep.learner import Agent
from rlcourse.deep.networks import network, seeded
from rlcourse.deep.policies import policy_for
from rlcourse.deep.settings import Settings, fixed, live
from rlcourse.envs import BatchedEnv
from rlcourse.returns import discounted_return


@dataclass(frozen=True)
class REINFORCEConfig(Settings):
    """Settings of REINFORCE."""

    learning_rate: float = live(1e-2, "step size of Adam", "> 0", (1e-4, 1e-1, "log"))
    discount: float = live(0.99, "worth of a reward a step later", "[0, 1]", (0.8, 1))
    reward_to_go: bool = live(True, "what followed an action counts, not the whole return")
    baseline: Literal["none", "mean", "learned"] = fixed("learned", "what is subtracted from the returns")
    baseline_steps: int = live(10, "updates of a learned one in an iteration", ">= 1", (1, 40))
    max_steps: int = live(1_000, "longer episodes are cut", ">= 1", (10, 1_000, 10))
    policy: Literal["categorical", "gaussian", "squashed"] = fixed("categorical", "the distribution of actions")
    hidden: tuple[int, ...] | tuple[()] = fixed((64, 64), "units of the hidden layers", ">= 1")
    obs_scale: tuple[float, ...] | None = fixed(None, "factors of observations", "> 0")


def policy_loss(logprob: Tensor, weight: Tensor, counts: Tensor) -> Tensor:
    """Minus the mean of weight * logprob over the steps that count, [T, N] each; `weight` carries no gradient."""
    return -(weight * logprob * counts).sum() / counts.sum()


def mean_of_others(return_: Tensor, counts: Tensor) -> Tensor:
    """For each copy the mean return over the steps of all other copies that count: [N] of [T, N]."""
    total, steps = (return_ * counts).sum(dim=0), counts.sum(dim=0)  # [N] each
    return (total.sum() - total) / (steps.sum() - steps)


class REINFORCE(Agent[REINFORCEConfig]):
    """REINFORCE with any policy of rlcourse.deep.policies; Learner and Agent say what all learners do.

    Metrics after an episode of every copy: an Agent's, loss, entropy (nats), gradient_norm, baseline_loss, episodes,
    updates. Raises ValueError for actions that the policy is not made for, and for the baseline "mean" of one copy.
    """

    parts = ("policy", "baseline", "optimiser")

    def __init__(self, env: BatchedEnv, config: REINFORCEConfig | None = None, seed: int = 0):
        super().__init__(env, config or REINFORCEConfig(), seed)
        if self.config.baseline == "mean" and env.num_envs == 1:
            raise ValueError("baseline is 'mean', that of the other copies, and there is 1 copy; expected at least 2")
        shape, hidden, scale = self.obs_shape, self.config.hidden, self.config.obs_scale
        with seeded(seed):
            self.policy = policy_for(self.config.policy, shape, env.single_action_space, hidden, scale).to(self.device)
            learned = self.config.baseline == "learned"
            self.baseline = network(shape, hidden, 1, scale).to(self.device) if learned else None
        parameters = [*self.policy.parameters(), *(self.baseline.parameters() if self.baseline else ())]
        self.optimiser = torch.optim.Adam(parameters)

    def act(self, obs: Tensor, greedy: bool = False) -> Tensor:
        """Actions [B, ...] for observations [B, ...]: the likeliest, or drawn from the policy."""
        return self.policy.act(obs, self.generator, greedy)

    def iteration(self, total_steps: int) -> dict[str, float]:
        """An episode of every copy, and what is learned from it."""
        obs, action, reward, next_obs, terminated, done, counts, episode_return = self._play()
        with torch.no_grad():
            value, next_value = self._value(obs), self._value(next_obs)
        return_ = discounted_return(reward, next_value, terminated, done, self.config.discount)
        weight = return_ if self.config.reward_to_go else return_[:1].expand_as(return_)
        subtracted = mean_of_others(weight, counts) if self.config.baseline == "mean" else value
        logprob, entropy = (x.view_as(reward) for x in self.policy.evaluate(obs.flatten(0, 1), action.flatten(0, 1)))
        loss = policy_loss(logprob, weight - subtracted, counts)
        self.step += int(counts.sum())
        norm, error = self._descend(loss), torch.tensor(math.nan)
        for _ in range(self.config.baseline_steps if self.baseline else 0):
            error = ((self._value(obs) - return_).square() * counts).sum() / counts.sum()
            self._descend(error)
        self.updates += 1
        self.require_finite(reward=float((reward * counts).sum()), loss=loss.item(), gradient=norm)
        metrics = {"episode_return": self.mean_return(done & counts, episode_return), "loss": loss.item()}
        metrics |= {"entropy": (entropy * counts).sum().item() / counts.sum().item(), "gradient_norm": norm}
        return {
            **metrics,
            "baseline_loss": error.item(),
            "episodes": float(self.episodes),
            "updates": float(self.updates),
        }

    @torch.no_grad()
    def _play(self) -> list[Tensor]:
        """Steps [T, N] of one episode of every copy, from its beginning; `counts` says which belong to it."""
        rows: list[tuple[Tensor, ...]] = []
        self.obs, _ = self.env.reset()
        alive = torch.ones(self.env.num_envs, dtype=torch.bool, device=self.device)
        while len(rows) < self.config.max_steps and alive.any():
            action = self.policy.sample(self.obs, self.generator)
            obs, reward, terminated, truncated, info = self.env.step(self.policy.to_env(action))
            done = terminated | truncated | (len(rows) + 1 == self.config.max_steps)
            rows.append((self.obs, action, reward, info["final_obs"], terminated, done, alive, info["episode_return"]))
            self.obs, alive = obs, alive & ~done
        return [torch.stack(column) for column in zip(*rows, strict=True)]

    def _value(self, obs: Tensor) -> Tensor:
        """What the baseline says of observations [T, N, ...]: [T, N], zeros without one."""
        shape = obs.shape[:2]
        return self.baseline(obs.flatten(0, 1)).view(shape) if self.baseline else torch.zeros(shape, device=obs.device)

    def _descend(self, loss: Tensor) -> float:
        """A step for the network that the loss depends on; the norm of its gradient."""
        (group,) = self.optimiser.param_groups
        group["lr"] = self.config.learning_rate
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        return torch.nn.utils.get_total_norm([p.grad for p in group["params"] if p.grad is not None]).item()
