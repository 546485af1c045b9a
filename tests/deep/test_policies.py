"""Policies: the fast forms against torch.distributions, draws, densities that integrate to 1, and what does not fit."""

import math

import numpy as np
import pytest
import torch
from gymnasium import spaces
from torch.distributions import AffineTransform, Categorical, Independent, Normal, TransformedDistribution
from torch.distributions.transforms import TanhTransform

from rlcourse.deep.policies import (
    SquashedGaussianPolicy,
    categorical_entropy,
    categorical_logprob,
    categorical_sample,
    gaussian_entropy,
    gaussian_logprob,
    policy_for,
    squashed_gaussian_logprob,
    tanh_log_slope,
)

BOX = spaces.Box(np.array([-2.0, 1.0], np.float32), np.array([2.0, 4.0], np.float32))
SPACES = {"categorical": spaces.Discrete(3), "gaussian": BOX, "squashed": BOX}
EVERY = pytest.mark.parametrize("kind", SPACES)


def normal(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def agree(fast, slow, *leaves):
    """The same values, and gradients of a weighted sum with respect to the leaves."""
    torch.testing.assert_close(fast, slow)
    weight = normal(9, *fast.shape)
    found, expected = (
        torch.autograd.grad((weight * out).sum(), leaves, retain_graph=True, materialize_grads=True)
        for out in (fast, slow)
    )
    torch.testing.assert_close(found, expected)


# --- distributions ----------------------------------------------------------------------------------------------------


def test_categorical_is_what_torch_distributions_says():
    logits = (3 * normal(0, 7, 4)).requires_grad_()
    action = torch.tensor([0, 1, 2, 3, 3, 2, 1])
    agree(categorical_logprob(logits, action), Categorical(logits=logits).log_prob(action), logits)
    agree(categorical_entropy(logits), Categorical(logits=logits).entropy(), logits)


def test_a_categorical_that_is_sure_stays_finite():
    logits = torch.tensor([[0.0, 200.0]], requires_grad=True)
    entropy, logprob = categorical_entropy(logits), categorical_logprob(logits, torch.tensor([0]))
    assert entropy.item() == 0 and logprob.item() == -200
    assert torch.autograd.grad(entropy.sum() + logprob.sum(), logits)[0].isfinite().all()


def test_gumbel_max_draws_from_the_softmax(device):
    """60,000 draws each: within 5 standard errors of the probabilities, an action that is impossible never."""
    generator = torch.Generator(device).manual_seed(0)
    for logits in ([0.0, 0.0], [1.0, -1.0, 0.5, -3.0], [2.0, -math.inf, 1.0]):
        row = torch.tensor(logits, device=device)
        share = categorical_sample(row.expand(60_000, -1), generator).bincount(minlength=len(row)) / 60_000
        prob = row.softmax(dim=0)
        assert ((share - prob).abs() <= 5 * (prob * (1 - prob) / 60_000).sqrt()).all()


@pytest.mark.parametrize("shape", [(3,), (5, 3)], ids=["one std for all", "a std a row"])
def test_gaussian_is_what_torch_distributions_says(shape):
    mean, log_std, action = normal(0, 5, 3).requires_grad_(), normal(1, *shape).requires_grad_(), normal(2, 5, 3)
    slow = Independent(Normal(mean, log_std.exp().expand(5, 3)), 1)
    agree(gaussian_logprob(mean, log_std, action), slow.log_prob(action), mean, log_std)
    agree(gaussian_entropy(log_std).expand(5), slow.entropy(), mean, log_std)


def test_squashed_gaussian_is_what_torch_distributions_says():
    mean, log_std, raw = normal(0, 5, 2).requires_grad_(), normal(1, 2).requires_grad_(), normal(2, 5, 2)
    scale = torch.tensor([2.0, 0.5], dtype=torch.float64)
    box = AffineTransform(torch.tensor([7.0, -1.0], dtype=torch.float64), scale)
    gaussian = Normal(mean, log_std.exp().expand(5, 2))
    slow = Independent(TransformedDistribution(gaussian, [TanhTransform(cache_size=1), box]), 1)
    action = box(raw.tanh())
    agree(squashed_gaussian_logprob(mean, log_std, raw, scale), slow.log_prob(action), mean, log_std)
    agree(
        squashed_gaussian_logprob(mean, log_std, raw, 0.5),
        squashed_gaussian_logprob(mean, log_std, raw) - 2 * math.log(0.5),
        mean,
        log_std,
    )


@pytest.mark.parametrize(("low", "high"), [(-1.0, 1.0), (-2.0, 2.0), (0.0, 0.1), (-3.0, 40.0)])
@pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (1.5, 0.3), (-0.7, 2.5), (4.0, 0.5), (0.2, 0.02)])
def test_the_squashed_density_integrates_to_one(mean, std, low, high):
    """Over the box, by the midpoint rule in the action itself, with narrow columns at the ends, where it may be high.

    Without the Jacobian, or without its scale, it is far off.
    """
    edges = (low + high) / 2 + (high - low) / 2 * torch.linspace(-15, 15, 200_001, dtype=torch.float64).tanh()
    action, width = (edges[1:] + edges[:-1]) / 2, edges[1:] - edges[:-1]
    raw = ((action - (low + high) / 2) / ((high - low) / 2)).atanh()[:, None]
    numbers = torch.tensor([[mean], [math.log(std)]], dtype=torch.float64)
    density = squashed_gaussian_logprob(numbers[0], numbers[1], raw, (high - low) / 2).exp()
    assert (density @ width).item() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("raw", [20.0, -20.0, 88.0, -1e3, 1e4])
def test_saturation_is_finite_in_value_and_gradient(raw):
    mean, log_std = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
    taken = torch.tensor([[raw]], requires_grad=True)
    logprob = squashed_gaussian_logprob(mean, log_std, taken, 2.0)
    grads = torch.autograd.grad(logprob.sum(), (mean, log_std, taken))
    assert logprob.isfinite().all() and all(grad.isfinite().all() for grad in grads)
    # log (1 - tanh(u)^2) = log 4 - 2|u| there, to all digits
    gaussian = -(raw**2) / 2 - 0.5 * math.log(2 * math.pi)
    assert logprob.item() == pytest.approx(gaussian - math.log(4) + 2 * abs(raw) - math.log(2), rel=1e-5)
    assert tanh_log_slope(torch.tensor([[0.3]])).item() == pytest.approx(math.log(1 - math.tanh(0.3) ** 2), abs=1e-6)


# --- policies ---------------------------------------------------------------------------------------------------------


@EVERY
@pytest.mark.parametrize("hidden", [(), (8,), (8, 6)])
def test_every_policy_has_one_face(kind, hidden, device):
    policy = policy_for(kind, (4,), SPACES[kind], hidden, (1.0, 2.0, 3.0, 4.0)).to(device)
    assert len([module for module in policy.modules() if isinstance(module, torch.nn.Linear)]) == len(hidden) + 1
    obs, generator = torch.randn(6, 4, device=device), torch.Generator(device).manual_seed(0)
    with torch.no_grad():
        action, mode = policy.sample(obs, generator), policy.mode(obs)
    assert action.shape == mode.shape == ((6,) if kind == "categorical" else (6, 2))
    logprob, entropy = policy.evaluate(obs, action)
    assert logprob.shape == entropy.shape == (6,)
    (logprob.sum() + entropy.sum()).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in policy.parameters())
    for taken in (action, mode):
        assert all(SPACES[kind].contains(row.cpu().numpy()) for row in policy.to_env(taken).detach())


@EVERY
def test_evaluate_is_the_density_of_what_is_drawn(kind, device):
    """The mean of -logprob over 100,000 draws is the entropy, within 5 standard errors; so is the reported one."""
    policy = policy_for(kind, (1,), SPACES[kind], (8,)).to(device)
    with torch.no_grad():
        for parameter in policy.parameters():
            parameter += 0.4
        obs = torch.ones(100_000, 1, device=device)
        logprob, entropy = policy.evaluate(obs, policy.sample(obs, torch.Generator(device).manual_seed(0)))
    error = 5 * ((logprob.std() + entropy.std()) / len(obs) ** 0.5).item()
    assert (-logprob.mean()).item() == pytest.approx(entropy.mean().item(), abs=error)


def test_the_gradient_of_the_squashed_entropy_is_the_true_one():
    """Against the derivative of -integral of p log p by central differences; that of a plain Gaussian is (0, 1)."""
    mean, log_std, change = 0.8, 0.3, 1e-4

    def exact(mean, log_std):
        u = torch.linspace(-12, 12, 200_001, dtype=torch.float64)[:, None]
        numbers = torch.tensor([[mean], [log_std]], dtype=torch.float64)
        weight = gaussian_logprob(numbers[0], numbers[1], u).exp() * (u[1] - u[0])
        return -(weight * squashed_gaussian_logprob(numbers[0], numbers[1], u, 2.0)).sum().item()

    policy = SquashedGaussianPolicy((1,), spaces.Box(-2.0, 2.0, (1,)), (), None)
    with torch.no_grad():
        policy.network[-1].bias.fill_(mean)
        policy.log_std.fill_(log_std)
        obs = torch.zeros(400_000, 1)
        raw = policy.sample(obs, torch.Generator().manual_seed(0))
    entropy = policy.evaluate(obs, raw)[1].mean()
    found = torch.autograd.grad(entropy, (policy.network[-1].bias, policy.log_std))
    assert entropy.item() == pytest.approx(exact(mean, log_std), abs=0.01)
    assert found[0].item() == pytest.approx(
        (exact(mean + change, log_std) - exact(mean - change, log_std)) / (2 * change), abs=0.01
    )
    assert found[1].item() == pytest.approx(
        (exact(mean, log_std + change) - exact(mean, log_std - change)) / (2 * change), abs=0.01
    )


def test_the_first_policy_prefers_nothing():
    obs = torch.randn(50, 4)
    assert policy_for("categorical", (4,), spaces.Discrete(5), (64, 64))(obs).softmax(dim=1).sub(0.2).abs().max() < 0.01
    assert policy_for("gaussian", (4,), BOX, (64, 64))(obs).abs().max() < 0.05


def test_the_first_spread_fits_the_box():
    """A standard deviation of 1, or half the width of a narrower box; the squashed one knows no box."""
    narrow = spaces.Box(np.array([-0.1, -9.0, -np.inf], np.float32), np.array([0.1, 9.0, np.inf], np.float32))
    assert policy_for("gaussian", (4,), narrow, ()).log_std.exp().tolist() == pytest.approx([0.1, 1.0, 1.0])
    assert policy_for("squashed", (4,), spaces.Box(-0.1, 0.1, (2,)), ()).log_std.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("kind", "space", "words"),
    [
        ("categorical", BOX, r'actions are Box.*; CategoricalPolicy needs a few discrete ones; policy="gaussian"'),
        ("gaussian", spaces.Discrete(3), r'actions are Discrete\(3\); GaussianPolicy needs a Box .*"categorical"'),
        ("squashed", spaces.Discrete(3), r"actions are Discrete\(3\); SquashedGaussianPolicy needs a Box"),
        ("gaussian", spaces.Box(-1, 1, (2, 2)), r"actions are Box.*; GaussianPolicy needs a Box \[D\]"),
        ("squashed", spaces.Box(-np.inf, 1, (2,)), r'actions are Box.*; SquashedGaussianPolicy needs .* ends; .*"gaus'),
    ],
)
def test_actions_that_do_not_fit_are_refused(kind, space, words):
    with pytest.raises(ValueError, match=words):
        policy_for(kind, (4,), space, (8,))
