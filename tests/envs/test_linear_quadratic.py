"""The linear-quadratic regulator as tensors: step by step against NumPy, and its costs against the exact ones."""

import numpy as np
import pytest
import torch

from rlcourse import envs
from rlcourse.mdp import LinearQuadratic, double_integrator, scalar_lqr

RNG = np.random.default_rng(0)
PROBLEM = LinearQuadratic(0.4 * RNG.normal(size=(3, 3)), RNG.normal(size=(3, 2)), np.diag([1, 2, 3]), np.diag([1, 0.5]))


def test_steps_are_those_of_numpy(device):
    env = envs.from_linear_quadratic(PROBLEM, 5, device, seed=1, dtype=torch.float64, max_episode_steps=4)
    obs, _ = env.reset()
    for step in range(1, 10):
        x, u = obs.cpu().numpy(), np.random.default_rng(step).normal(size=(5, 2))
        obs, reward, terminated, truncated, info = env.step(torch.tensor(u, device=device))
        after = np.array([PROBLEM.A @ row + PROBLEM.B @ push for row, push in zip(x, u, strict=True)])
        paid = [row @ PROBLEM.Q @ row + push @ PROBLEM.R @ push for row, push in zip(x, u, strict=True)]
        np.testing.assert_allclose(info["final_obs"].cpu(), after, atol=1e-12)
        np.testing.assert_allclose(reward.cpu(), -np.array(paid), atol=1e-12)
        assert not terminated.any() and bool(truncated.all()) == bool(truncated.any()) == (step % 4 == 0)


def test_starts_and_noise_have_their_covariances(device):
    """100,000 draws: entries of a covariance within 5 of their standard errors, sqrt(2) sigma^2 / 316."""
    start, noise = np.array([[2.0, 0.6], [0.6, 0.5]]), np.array([[0.3, -0.1], [-0.1, 0.2]])
    problem = double_integrator(discount=0.9, start_cov=start, noise_cov=noise)
    env = envs.from_linear_quadratic(problem, 100_000, device)
    obs, _ = env.reset()
    after, *_ = env.step(torch.zeros(100_000, 1, device=device))
    drift = after.cpu().numpy() - obs.cpu().numpy() @ problem.A.T
    for found, expected in ((np.cov(obs.cpu().numpy().T), start), (np.cov(drift.T), noise)):
        np.testing.assert_allclose(found, expected, atol=5 * 1.5 * expected.max() / 316)


def test_what_a_gaussian_policy_pays_is_the_exact_cost(device):
    """Discount .8 over 100 steps (the rest is 2e-10), 50,000 copies: within 4.5 standard errors."""
    problem = double_integrator(discount=0.8, noise_cov=0.1 * np.eye(2))
    env = envs.from_linear_quadratic(problem, 50_000, device, seed=3)
    K, rng = torch.tensor([[0.3, 0.9]], device=device), torch.Generator(device).manual_seed(4)
    obs, _ = env.reset()
    paid = torch.zeros(50_000, dtype=torch.float64, device=device)
    for t in range(100):
        action = -obs @ K.T + 0.2 * torch.randn(50_000, 1, generator=rng, device=device)
        obs, reward, *_ = env.step(action)
        paid -= 0.8**t * reward
    error = paid.std().item() / 50_000**0.5
    assert abs(paid.mean().item() - problem.cost(K.cpu().numpy(), 0.2)) < 4.5 * error


def test_it_goes_on_where_it_was_saved(device):
    problem = scalar_lqr(discount=0.9, noise_cov=np.eye(1))
    one, other = (envs.from_linear_quadratic(problem, 3, device, seed=seed) for seed in (5, 6))
    push = torch.ones(3, 1, device=device)
    one.reset()
    one.step(push)
    other.reset()
    other.load_state_dict(one.state_dict())
    for _ in range(120):
        assert torch.equal(one.step(push)[0], other.step(push)[0])


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="problem is a ndarray; expected a LinearQuadratic"):
        envs.from_linear_quadratic(np.eye(2))
    with pytest.raises(ValueError, match="num_envs is 0"):
        envs.from_linear_quadratic(PROBLEM, 0)
    env = envs.from_linear_quadratic(PROBLEM, 2)
    env.reset()
    with pytest.raises(ValueError, match=r"actions have shape \[2\]; expected \[2, 2\]"):
        env.step(torch.zeros(2))
    with pytest.raises(ValueError, match="actions hold NaN"):
        env.step(torch.full((2, 2), torch.nan))
