"""Learners with Gaussian policies on a probe of continuous actions: one step, the best action is a multiple of obs."""

from dataclasses import replace

import pytest
import torch
from gymnasium import spaces

from rlcourse.deep import A2C, REINFORCE, A2CConfig, REINFORCEConfig
from rlcourse.envs import TensorEnv

BEST = torch.tensor([1.0, -0.5])  # times what is seen


class Aim(TensorEnv):
    """Seen is -1 or 1, [N, 1]; two numbers are chosen; the reward is minus their squared distance from BEST * seen."""

    def spaces(self):
        return spaces.Box(-1.0, 1.0, (1,)), spaces.Box(-2.0, 2.0, (2,))

    def initial(self):
        return torch.where(self.uniform(-1.0, 1.0, 1) < 0, -1.0, 1.0).to(self.dtype)

    def transition(self, state, action):
        return state

    def reward(self, state, action, next_state):
        return -(action - BEST.to(self.device) * state).square().sum(dim=1)

    def terminal(self, state):
        return torch.ones_like(state[:, 0], dtype=torch.bool)


@pytest.mark.parametrize("hidden", [(), (16,)], ids=["linear", "network"])
@pytest.mark.parametrize("policy", ["gaussian", "squashed"])
@pytest.mark.parametrize(
    ("kind", "config"),
    [
        (A2C, A2CConfig(learning_rate=1e-2, entropy_coef=0.0, steps=4)),
        (REINFORCE, REINFORCEConfig(learning_rate=1e-2, baseline="learned")),
        (REINFORCE, REINFORCEConfig(learning_rate=1e-2, baseline="mean")),
    ],
    ids=["a2c", "reinforce", "reinforce mean"],
)
def test_the_best_action_is_learned_and_the_spread_shrinks(kind, config, policy, hidden, device):
    """Components mixed up, or a gradient of the wrong sign, and the mean is elsewhere or the deviation grows."""
    learner = kind(Aim(64, device=device), replace(config, policy=policy, hidden=hidden))
    while learner.updates < 600:
        next(learner.train(10**9))
    obs = torch.tensor([[-1.0], [1.0]], device=device)
    torch.testing.assert_close(learner.act(obs, greedy=True), BEST.to(device) * obs, atol=0.1, rtol=0)
    assert (learner.policy if kind is REINFORCE else learner.actor).log_std.exp().max() < 0.3
