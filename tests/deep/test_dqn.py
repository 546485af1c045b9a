"""DQN: targets and losses by hand and against a slow version, what its iterator promises, and where it stops."""

import copy
import dataclasses
import itertools
import math
from unittest import mock

import numpy as np
import pytest
import scipy.stats
import torch
from gymnasium import spaces
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes

from rlcourse import envs
from rlcourse.deep import DQN, DQNConfig, QNetwork
from rlcourse.deep.dqn import cross_entropy, project, q_target
from rlcourse.deep.replay import Batch
from rlcourse.envs import TensorEnv
from rlcourse.mdp import cliff_walk
from tests.deep.small_dqn import RAINBOW, SWITCHES, difference, small, train

EACH = pytest.mark.parametrize("name", SWITCHES)

# --- targets and losses by hand ---------------------------------------------------------------------------------------


def test_targets_by_hand(device):
    """DQN takes the largest value; double DQN the value of the action that another network prefers."""
    return_ = torch.tensor([1.0, 2.0, 3.0], device=device)
    bootstrap = torch.tensor([0.5, 0.25, 0.0], device=device)  # one step, two steps at discount 1/2, and terminated
    next_q = torch.tensor([[4.0, 8.0], [4.0, -4.0], [100.0, 200.0]], device=device)
    chooser = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]], device=device)
    assert q_target(return_, bootstrap, next_q, next_q).tolist() == [5.0, 3.0, 3.0]
    assert q_target(return_, bootstrap, next_q, chooser).tolist() == [3.0, 1.0, 3.0]
    assert q_target(return_, bootstrap, next_q, next_q).shape == (3,)


HALVES = {  # name: (return_, bootstrap, what becomes of [.1, .2, .3, .4] on the atoms 0, 1, 2, 3)
    "stays": (0.0, 1.0, [0.1, 0.2, 0.3, 0.4]),
    "shifted by an atom": (1.0, 1.0, [0.0, 0.1, 0.2, 0.7]),
    "shifted by half an atom": (0.5, 1.0, [0.05, 0.15, 0.25, 0.55]),
    "shifted by a quarter, down": (-0.25, 1.0, [0.15, 0.225, 0.325, 0.3]),
    "shrunk to a half": (0.0, 0.5, [0.2, 0.6, 0.2, 0.0]),
    "shrunk and shifted": (1.0, 0.5, [0.0, 0.2, 0.6, 0.2]),
    "terminated on an atom": (2.0, 0.0, [0.0, 0.0, 1.0, 0.0]),
    "terminated between atoms": (1.25, 0.0, [0.0, 0.75, 0.25, 0.0]),
    "terminated on the last": (3.0, 0.0, [0.0, 0.0, 0.0, 1.0]),
    "terminated on the first": (0.0, 0.0, [1.0, 0.0, 0.0, 0.0]),
    "far above": (9.0, 1.0, [0.0, 0.0, 0.0, 1.0]),
    "far below": (-9.0, 1.0, [1.0, 0.0, 0.0, 0.0]),
    "clipped at both ends": (-3.0, 3.0, [0.3, 0.0, 0.0, 0.7]),
}


def test_projections_by_hand(device):
    """All of them as one batch, so that rows cannot be mixed up either."""
    support = torch.arange(4.0, device=device)
    prob = torch.tensor([0.1, 0.2, 0.3, 0.4], device=device).expand(len(HALVES), 4)
    return_, bootstrap, expected = zip(*HALVES.values(), strict=True)
    found = project(prob, torch.tensor(return_, device=device), torch.tensor(bootstrap, device=device), support)
    for name, row, should in zip(HALVES, found.tolist(), expected, strict=True):
        assert row == pytest.approx(should, abs=1e-6), name


def slow_projection(prob, return_, bootstrap, support):
    """Equation 7 of Bellemare et al. as it stands there, atom by atom, in Python's numbers."""
    rows, atoms = prob.shape
    low, high = support[0], support[-1]
    width = (high - low) / (atoms - 1)
    out = np.zeros((rows, atoms))
    for row in range(rows):
        for j in range(atoms):
            moved = min(max(return_[row] + bootstrap[row] * support[j], low), high)
            for i in range(atoms):
                out[row, i] += prob[row, j] * min(max(1 - abs(moved - support[i]) / width, 0), 1)
    return out


@settings(derandomize=True, database=None, deadline=None, max_examples=60)
@given(data=st.data())
def test_projection_equals_the_slow_one(data, device):
    """Any support; rounding moves an atom by less than 2e-3 of the way to the next. No probability is below 0."""
    numbers = st.floats(-50, 50, width=32)
    atoms, rows = data.draw(st.integers(2, 9)), data.draw(st.integers(1, 3))
    low = data.draw(numbers)
    high = low + data.draw(st.floats(0.5, 100, width=32))
    support = torch.linspace(low, high, atoms, device=device)
    prob = torch.rand(rows, atoms, generator=torch.Generator().manual_seed(data.draw(st.integers(0, 99))))
    prob = (prob / prob.sum(dim=1, keepdim=True)).to(device)
    return_ = torch.tensor(data.draw(st.lists(numbers, min_size=rows, max_size=rows)), device=device)
    bootstrap = torch.tensor(
        data.draw(st.lists(st.floats(0, 1, width=32), min_size=rows, max_size=rows)), device=device
    )
    out = project(prob, return_, bootstrap, support)
    arrays = [x.double().cpu().numpy() for x in (prob, return_, bootstrap, support)]
    np.testing.assert_allclose(out.cpu().numpy(), slow_projection(*arrays), atol=2e-3)
    assert (out >= 0).all()
    torch.testing.assert_close(out.sum(dim=1), torch.ones(rows, device=device), atol=1e-5, rtol=0)
    assert cross_entropy(out, torch.zeros_like(out))[1].isfinite().all()
    moved = return_[:, None] + bootstrap[:, None] * support
    inside = ((moved >= support[0]) & (moved <= support[-1])).all(dim=1)
    mean, kept = (return_ + bootstrap * (prob @ support)), out @ support
    torch.testing.assert_close(kept[inside], mean[inside], atol=1e-3, rtol=1e-4)


@pytest.mark.parametrize("atoms", [5, 21, 51, 101])
def test_rounding_leaves_no_probability_below_zero(atoms, device):
    """Beyond the last atom: on the usual support -10..10 with 51 atoms its place is 50.000004 in float32."""
    for low in (-10.0, -20.0, -1.3, 0.0, -0.1, 3.3):
        for high in (10.0, 20.0, 7.7, 100.0, 33.3):
            support = torch.linspace(low, high, atoms, device=device)
            prob = torch.full((2, atoms), 1 / atoms, device=device)
            out = project(prob, torch.tensor([300.0, -300.0], device=device), torch.ones(2, device=device), support)
            assert (out >= 0).all(), (low, high)
            assert out[0, -1] == pytest.approx(1, abs=1e-4) and out[1, 0] == pytest.approx(1, abs=1e-4)


def test_cross_entropy_and_divergence(device):
    """Against SciPy: cross-entropy is entropy plus divergence; atoms without probability count as 0, not as NaN."""
    generator = torch.Generator().manual_seed(0)
    target = torch.rand(6, 5, generator=generator).double()
    target[0, 2:] = 0.0
    target[1] = torch.tensor([0.0, 1.0, 0.0, 0.0, 0.0])
    target = target / target.sum(dim=1, keepdim=True)
    logits = 3 * torch.randn(6, 5, generator=generator).double()
    loss, divergence = (x.cpu().numpy() for x in cross_entropy(target.to(device), logits.to(device)))
    predicted = scipy.special.softmax(logits.numpy(), axis=1)
    kl = np.array([scipy.stats.entropy(p, q) for p, q in zip(target.numpy(), predicted, strict=True)])
    entropy = np.array([scipy.stats.entropy(p) for p in target.numpy()])
    np.testing.assert_allclose(divergence, kl, rtol=1e-9)
    np.testing.assert_allclose(loss, kl + entropy, rtol=1e-9)
    assert loss.shape == divergence.shape == (6,)
    torch_kl = torch.distributions.kl_divergence(
        torch.distributions.Categorical(target), torch.distributions.Categorical(logits=logits)
    )
    np.testing.assert_allclose(divergence[2:], torch_kl[2:], rtol=1e-6)


def test_the_gradient_of_the_cross_entropy_is_prediction_minus_target(device):
    target = torch.tensor([[0.25, 0.75, 0.0]], device=device)
    logits = torch.zeros(1, 3, device=device, requires_grad=True)
    loss, divergence = cross_entropy(target, logits)
    loss.sum().backward()
    assert logits.grad.tolist() == [pytest.approx([1 / 3 - 0.25, 1 / 3 - 0.75, 1 / 3])]
    assert not divergence.requires_grad
    even = torch.full((1, 3), 1 / 3, device=device)
    assert cross_entropy(even, torch.full((1, 3), 5.0, device=device))[1].item() == pytest.approx(0, abs=1e-6)


# --- one update against a slow one ------------------------------------------------------------------------------------


def forward(params, noise, config, row, num_actions):
    """q(s, .) of one observation as lists over actions: numbers [A], or logits [A][K]; layer after layer, in float64.

    params and noise are {name: tensor}; noise is None for a network without any.
    """

    def layer(name, x):
        if f"{name}.weight" in params:
            return params[f"{name}.weight"] @ x + params[f"{name}.bias"]
        out, into = noise[f"{name}.noise_out"], noise[f"{name}.noise_in"]
        weight = params[f"{name}.weight_mean"] + params[f"{name}.weight_std"] * (out[:, None] * into[None, :])
        return weight @ x + params[f"{name}.bias_mean"] + params[f"{name}.bias_std"] * out

    (first,) = {name.rsplit(".", 1)[0] for name in params if name.startswith("torso")}
    x = layer(first, row * torch.tensor(config.obs_scale, dtype=torch.float64)).clamp(min=0)
    atoms = config.atoms if config.distributional else 1
    q = layer("advantage.2", layer("advantage.0", x).clamp(min=0))
    q = [q[action * atoms : (action + 1) * atoms] for action in range(num_actions)]
    if config.dueling:
        v, mean = layer("value.2", layer("value.0", x).clamp(min=0)), sum(q) / num_actions
        q = [v + a - mean for a in q]
    return q if config.distributional else [a[0] for a in q]


def value_of(out, config):
    """The value of one action: the number itself, or the mean of its distribution."""
    if not config.distributional:
        return out
    prob, width = torch.softmax(out, dim=0), (config.v_max - config.v_min) / (config.atoms - 1)
    return sum(prob[k] * (config.v_min + k * width) for k in range(config.atoms))


def slow_losses(params, noise, chooser, target, config, batch, num_actions):
    """Loss, priority and max_a q of every row of the batch, one after the other; only `params` get a gradient."""
    out = []
    for i in range(len(batch.action)):
        obs, next_obs = batch.obs[i].double(), batch.next_obs[i].double()
        with torch.no_grad():
            judged = forward(*target, config, next_obs, num_actions)
            choosing = forward(*chooser, config, next_obs, num_actions) if config.double else judged
            best = max(range(num_actions), key=lambda a: value_of(choosing[a], config))
        predicted = forward(params, noise, config, obs, num_actions)
        taken = predicted[batch.action[i]]
        most = max(value_of(a, config).item() for a in predicted)
        return_, bootstrap = batch.return_[i].item(), batch.bootstrap[i].item()
        if config.distributional:
            support = np.linspace(config.v_min, config.v_max, config.atoms)
            prob = torch.softmax(judged[best], dim=0).numpy()[None]
            moved = torch.as_tensor(slow_projection(prob, [return_], [bootstrap], support)[0])
            prediction = torch.distributions.Categorical(logits=taken)
            loss = -sum(moved[k] * prediction.log_prob(torch.tensor(k)) for k in range(config.atoms))
            priority = scipy.stats.entropy(moved.numpy(), prediction.probs.detach().numpy())
        else:
            error = taken - (return_ + bootstrap * judged[best])
            small_error = abs(error.item()) < 1
            loss = error**2
            if config.huber:
                loss = 0.5 * error**2 if small_error else error.abs() - 0.5
            priority = abs(error.item())
        out.append((loss, priority, most))
    return out


class SlowAdam:
    """Kingma and Ba (2015), algorithm 1, with DQN's clipping of the norm before it."""

    def __init__(self):
        self.steps, self.first, self.second = 0, {}, {}

    def update(self, params, grads, config):
        norm = math.sqrt(sum(g.square().sum().item() for g in grads.values()))
        self.steps += 1
        for name, grad in grads.items():
            grad = grad * min(1.0, config.max_grad_norm / norm)
            m = self.first[name] = 0.9 * self.first.get(name, 0.0) + 0.1 * grad
            v = self.second[name] = 0.999 * self.second.get(name, 0.0) + 0.001 * grad**2
            m, v = m / (1 - 0.9**self.steps), v / (1 - 0.999**self.steps)
            params[name] = params[name] - config.learning_rate * m / (v.sqrt() + 1e-5)
        return norm


def double_copies(tensors):
    return {name: tensor.detach().double().cpu() for name, tensor in tensors}


@EACH
@pytest.mark.parametrize("max_grad_norm", [0.05, 1e6], ids=["clipped", "free"])
def test_updates_equal_slow_ones(name, max_grad_norm, device):
    """Three in a row: loss, priorities, reported numbers, and every parameter within 2e-5 of float64's."""
    learner = small(
        device,
        **SWITCHES[name],
        learning_starts=10_000,
        buffer_size=200,
        obs_scale=(1.0, 0.5, 5.0, 0.5),
        max_grad_norm=max_grad_norm,
        learning_rate=0.01,
        target_period=100,
        v_min=-2.0,
        v_max=3.0,
        batch_size=6,
    )
    train(learner, 240)
    config, adam = learner.config, SlowAdam()
    learner.replay.terminated[::3] = True
    generator = torch.Generator(device).manual_seed(3)
    if config.prioritised:
        learner.replay.update(torch.arange(200, device=device), torch.rand(200, generator=generator, device=device))
    with torch.no_grad():  # so that the two networks prefer different actions and errors are large and small
        for p in learner.network.parameters():
            p += 0.3 * torch.randn(p.shape, generator=generator, device=device)
        for p in learner.target.parameters():
            p += 0.6 * torch.randn(p.shape, generator=generator, device=device)
    params = double_copies(learner.network.named_parameters())
    judge = double_copies(learner.target.named_parameters())
    tried = set()
    for _ in range(3):
        noise_before = double_copies(learner.network.named_buffers())
        target_before = double_copies(learner.target.named_buffers())
        batch = learner._sample()
        learner._sample = lambda batch=batch: batch
        with mock.patch.object(type(learner.replay), "update", create=not config.prioritised) as update:
            loss, q, norm = learner._update().tolist()
        del learner._sample
        batch = Batch(*(x.cpu() for x in batch))
        noise = double_copies(learner.network.named_buffers())
        leaves = {key: value.clone().requires_grad_() for key, value in params.items()}
        target_noise = double_copies(learner.target.named_buffers())
        rows = slow_losses(leaves, noise, (params, noise_before), (judge, target_noise), config, batch, 2)
        mean = sum(w * row[0] for w, row in zip(batch.weight.double(), rows, strict=True)) / len(rows)
        grads = dict(zip(leaves, torch.autograd.grad(mean, list(leaves.values())), strict=True))
        assert loss == pytest.approx(mean.item(), rel=1e-4)
        assert q == pytest.approx(np.mean([row[2] for row in rows]), rel=1e-4, abs=1e-5)
        assert norm == pytest.approx(adam.update(params, grads, config), rel=1e-3)
        for key, p in learner.network.named_parameters():
            np.testing.assert_allclose(p.detach().cpu(), params[key], atol=2e-5, err_msg=key)
        if config.prioritised:
            (index, error), _ = update.call_args
            assert torch.equal(index.cpu(), batch.index)
            np.testing.assert_allclose(error.cpu(), [row[1] for row in rows], rtol=1e-3, atol=1e-4)
            learner.replay.update(index, error)
            tried |= {"weights"} if batch.weight.unique().numel() > 1 else set()
        if config.noisy:
            for one, other in ((noise, noise_before), (target_noise, target_before), (noise, target_noise)):
                assert all(not torch.equal(one[key], other[key]) for key in noise if "noise" in key)
        tried |= {"end"} if (batch.bootstrap == 0).any() else set()
        tried |= {"clipped"} if norm > config.max_grad_norm else set()
        tried |= {"small" if row[1] < 1 else "large" for row in rows}
    assert "end" in tried and ("clipped" in tried) == (max_grad_norm < 1)
    assert not config.prioritised or "weights" in tried
    assert not config.huber or {"small", "large"} <= tried
    assert all(torch.equal(judge[key].float(), p.cpu()) for key, p in learner.target.named_parameters())


def test_the_losses_of_a_batch_by_hand(device):
    """Predictions 0, 3, 3 and targets 1, 5, 5: squares 1, 4, 4; Huber's .5, 1.5, 1.5; their weighted mean.

    [B] against [B, 1] would give the mean over all nine pairs, which here is another number.
    """
    learner = small(device, obs_scale=None, learning_rate=1e-9)
    with torch.no_grad():
        for p in [*learner.network.parameters(), *learner.target.parameters()]:
            p.zero_()
        learner.network.advantage[-1].bias.copy_(torch.tensor([0.0, 3.0]))
        learner.target.advantage[-1].bias.copy_(torch.tensor([0.0, 4.0]))
    batch = Batch(
        obs=torch.zeros(3, 4, device=device),
        action=torch.tensor([0, 1, 1], device=device),
        return_=torch.tensor([-1.0, 3.0, 5.0], device=device),
        next_obs=torch.zeros(3, 4, device=device),
        bootstrap=torch.tensor([0.5, 0.5, 0.0], device=device),  # targets 1, 5, 5; predictions 0, 3, 3
        index=torch.arange(3, device=device),
        weight=torch.tensor([1.0, 0.5, 1.0], device=device),
    )
    for huber, losses in ((False, [1.0, 4.0, 4.0]), (True, [0.5, 1.5, 1.5])):
        learner.config = dataclasses.replace(learner.config, huber=huber)
        loss, error, q = learner._value_loss(batch)
        assert loss.tolist() == losses and error.tolist() == [1.0, 2.0, 2.0] and q.tolist() == [3.0, 3.0, 3.0]
        with mock.patch.object(learner, "_sample", lambda: batch):
            reported = learner._update()[0].item()
        assert reported == pytest.approx((losses[0] + losses[1] / 2 + losses[2]) / 3)


@EACH
def test_no_gradient_reaches_the_target_network(name, device):
    learner = small(device, **SWITCHES[name])
    train(learner, 60)
    assert learner.updates > 5
    for p in learner.target.parameters():
        assert not p.requires_grad and p.grad is None
    owned = {id(p) for group in learner.optimiser.param_groups for p in group["params"]}
    assert owned == {id(p) for p in learner.network.parameters()}


# --- settings ---------------------------------------------------------------------------------------------------------

WRONG = {  # field: (values that make no sense, what is expected)
    **dict.fromkeys(
        "batch_size gradient_steps target_period epsilon_steps buffer_size n_step weight_steps vector_steps".split(),
        ((0, -1, 2.5, True, None, "8", math.nan), "an integer >= 1"),
    ),
    "learning_starts": ((-1, 2.5, True, None, math.nan), "an integer >= 0"),
    "atoms": ((1, 0, 51.0, None), "an integer >= 2"),
    **dict.fromkeys(("learning_rate", "max_grad_norm"), ((0.0, -1.0, math.inf, math.nan, None, "a"), "a number > 0")),
    **dict.fromkeys(
        ("discount", "epsilon_start", "epsilon_end", "priority_exponent", "weight_exponent"),
        ((-0.1, 1.1, math.nan, math.inf, None, "a", True), r"a number in \[0, 1\]"),
    ),
    "noisy_sigma": ((-0.1, math.inf, math.nan, "a"), "a number >= 0"),
    "v_min": ((-math.inf, math.nan, None, "a"), "a number"),
    "v_max": ((0.0, -1.0, math.inf, math.nan, None), r"a number > v_min = 0.0"),
    "hidden": (((), [64, 64], 64, (0,), (64, 2.5), (True,), None), r"a tuple of integers >= 1, such as \(128, 128\)"),
    "obs_scale": (
        (2.0, [1.0, 2.0], (1.0, 0.0), (1.0, math.nan), (math.inf,), ("a",)),
        "None or a tuple of numbers > 0",
    ),
    **dict.fromkeys(
        ("double", "huber", "dueling", "noisy", "prioritised", "distributional"), ((1, 0, None, "no"), "True or False")
    ),
}


@pytest.mark.parametrize("field", [entry.name for entry in dataclasses.fields(DQNConfig)])
def test_settings_that_make_no_sense_are_refused(field):
    """The message names the field, the value and the range; a list of all fields, so that a new one needs its row."""
    values, expected = WRONG[field]
    for value in values:
        with pytest.raises(ValueError, match=rf"^{field} is .*; expected {expected}") as caught:
            DQNConfig(**{field: value})
        assert f"{field} is {value!r};" in str(caught.value)
        with pytest.raises(ValueError, match=field):  # as a slider does it
            dataclasses.replace(DQNConfig(), **{field: value})


def test_settings_at_the_ends_of_their_ranges():
    for field, values in {
        "learning_starts": [0],
        "n_step": [1],
        "atoms": [2],
        "discount": [0, 1, 0.5],
        "epsilon_start": [0.0, 1.0],
        "noisy_sigma": [0.0],
        "obs_scale": [None, (0.5, 2)],
        "hidden": [(1,), (3, 4, 5)],
        "v_max": [1e-3],
    }.items():
        for value in values:
            assert getattr(DQNConfig(**{field: value}), field) == value


def test_numbers_of_numpy_become_plain_ones():
    """np.logspace gives them, and a file with them could not be read back."""
    config = DQNConfig(
        learning_rate=np.float64(0.5), batch_size=np.int64(4), discount=np.float32(0.5), hidden=(np.int64(3),)
    )
    assert [type(x) for x in (config.learning_rate, config.batch_size, config.discount, *config.hidden)] == [
        float,
        int,
        float,
        int,
    ]
    assert (config.learning_rate, config.batch_size, config.discount, config.hidden) == (0.5, 4, 0.5, (3,))
    assert type(DQNConfig(double=np.True_).double) is bool


def test_rainbow_is_all_switches_on():
    on = DQNConfig.rainbow()
    assert {name: getattr(on, name) for name in RAINBOW} == RAINBOW
    assert (on.epsilon_start, on.epsilon_end) == (0, 0)
    plain = DQNConfig()
    assert not any((plain.double, plain.dueling, plain.noisy, plain.prioritised, plain.distributional, plain.huber))
    assert plain.n_step == 1
    changed = {*RAINBOW, "epsilon_start", "epsilon_end"}
    for entry in dataclasses.fields(DQNConfig):
        assert (getattr(on, entry.name) == getattr(plain, entry.name)) == (entry.name not in changed)
    some = DQNConfig.rainbow(n_step=5, noisy=False, epsilon_end=0.1, atoms=21)
    assert (some.n_step, some.noisy, some.epsilon_end, some.atoms, some.double) == (5, False, 0.1, 21, True)


LIVE = {
    "learning_rate": 0.5,
    "discount": 0.5,
    "batch_size": 3,
    "gradient_steps": 5,
    "target_period": 1,
    "double": True,
    "huber": True,
    "max_grad_norm": 0.5,
    "epsilon_start": 0.5,
    "epsilon_end": 0.5,
    "epsilon_steps": 5,
    "weight_exponent": 0.9,
    "weight_steps": 5,
    "vector_steps": 7,
}


def test_live_settings_may_change_and_others_may_not(device):
    learner = small(device)
    for entry in dataclasses.fields(DQNConfig):
        if entry.name in LIVE:
            learner.config = dataclasses.replace(learner.config, **{entry.name: LIVE[entry.name]})
            assert getattr(learner.config, entry.name) == LIVE[entry.name]
            continue
        old = getattr(learner.config, entry.name)
        other = {bool: lambda x: not x, tuple: lambda x: (9, 9), int: lambda x: x + 1, float: lambda x: x / 2 + 0.1}
        new = (1.0,) * 4 if old is None else other[type(old)](old)
        before = learner.config
        with pytest.raises(ValueError, match=f"{entry.name} cannot change from .* to .* once training has begun"):
            learner.config = dataclasses.replace(before, **{entry.name: new})
        assert learner.config is before
    metrics = train(learner, 100)
    assert metrics[0]["step"] == 28 and metrics[0]["updates"] == 5 * 4  # 7 vector steps, 4 of them from step 16 on


def changed_after(learner, steps, **new):
    """Parameters before and after some training with new settings."""
    train(learner, learner.step + 40)
    learner.config = dataclasses.replace(learner.config, **new)
    before = copy.deepcopy(learner.network.state_dict())
    metrics = train(learner, learner.step + steps)
    return before, learner.network.state_dict(), metrics


def test_a_new_learning_rate_acts_at_once(device):
    before, after, _ = changed_after(small(device), 16, learning_rate=1e-30)
    assert difference(before, after) is None
    before, after, _ = changed_after(small(device), 16, learning_rate=1.0)
    assert max((after[name] - before[name]).abs().max() for name in before) > 0.9


def test_a_new_batch_size_and_discount_act_at_once(device):
    learner = small(device)
    train(learner, 40)
    learner.config = dataclasses.replace(learner.config, batch_size=5, discount=0.25)
    with mock.patch.object(learner.replay, "sample", wraps=learner.replay.sample) as sample:
        train(learner, 60)
    assert {call.args for call in sample.call_args_list} == {(5, 0.25, learner.generator)}


def test_a_new_epsilon_acts_at_once(device):
    *_, metrics = changed_after(small(device), 16, epsilon_start=0.25, epsilon_end=0.25)
    assert metrics[-1]["epsilon"] == 0.25


def test_a_new_target_period_acts_at_once(device):
    learner = small(device, target_period=10_000)
    train(learner, 60)
    assert difference(learner.network.state_dict(), learner.target.state_dict()) is not None
    learner.config = dataclasses.replace(learner.config, target_period=1)
    train(learner, 64)
    assert difference(learner.network.state_dict(), learner.target.state_dict()) is None


# --- the iterator -----------------------------------------------------------------------------------------------------

KEYS = ["step", "seconds", "episode_return", "loss", "q", "gradient_norm", "epsilon", "updates"]


def test_what_training_yields(device):
    """step is exact and thus an int; all others are floats."""
    learner = small(device)
    items = train(learner, 106)
    assert [item["step"] for item in items] == [16, 32, 48, 64, 80, 96, 108]  # the last one stops at once
    assert learner.step == 108
    assert len({id(item) for item in items}) == len(items)
    for item in items:
        assert list(item) == KEYS
        assert [type(value) for value in item.values()] == [int] + [float] * 7
    assert [item["updates"] for item in items] == [2, 10, 18, 26, 34, 42, 48]
    seconds = [item["seconds"] for item in items]
    assert all(a < b for a, b in zip([0.0, *seconds], seconds, strict=False))
    assert learner.seconds == seconds[-1]
    assert train(learner, 108) == train(learner, 50) == []


def test_seconds_are_those_inside_the_iterator(device):
    learner = small(device)
    clock = iter(range(100))
    with mock.patch("rlcourse.deep.learner.time.perf_counter", lambda: float(next(clock) ** 2)):
        seconds = [item["seconds"] for item in learner.train(48)]
    assert seconds == [1.0, 1.0 + 5.0, 1.0 + 5.0 + 9.0]  # 1-0, 9-4, 25-16; not 4-1, 16-9


@pytest.mark.parametrize("name", ["none", "rainbow"])
def test_training_may_be_abandoned_and_goes_on(name, device):
    """Wherever it is interrupted, and however the rest is cut into calls."""
    whole = small(device, **SWITCHES[name])
    expected = train(whole, 160)
    learner = small(device, **SWITCHES[name])
    found = [next(learner.train(160)), next(learner.train(160))]
    for item in learner.train(160):
        found.append(item)
        if len(found) == 5:
            break
    found += learner.train(160)
    assert difference(found, expected) is None
    assert difference(learner.state_dict(), whole.state_dict()) is None
    pieces = small(device, **SWITCHES[name])
    for total in (4, 20, 24, 100, 160):
        train(pieces, total)
    assert difference(pieces.state_dict(), whole.state_dict()) is None


def test_an_earlier_item_does_not_change_later(device):
    learner = small(device)
    training = learner.train(200)
    first = next(training)
    kept = dict(first)
    next(training)
    assert difference(first, kept, ignore=()) is None


@pytest.mark.parametrize("starts", [0, 1, 16, 17, 40])
def test_learning_starts_with_the_step_that_reaches_it(starts, device):
    learner = small(device, learning_starts=starts, vector_steps=1, gradient_steps=1)
    items = train(learner, 60)
    for item in items:
        assert item["updates"] == max(0, item["step"] // 4 - max(1, -(-starts // 4)) + 1)
        assert math.isnan(item["loss"]) == (item["updates"] == 0)
        assert math.isnan(item["q"]) == math.isnan(item["gradient_norm"]) == (item["updates"] == 0)


def test_with_n_steps_learning_waits_for_the_first_window(device):
    learner = small(device, learning_starts=0, n_step=3, vector_steps=1, gradient_steps=1)
    assert [item["updates"] for item in train(learner, 20)] == [0, 0, 1, 2, 3]


@pytest.mark.parametrize("period", [1, 3, 8])
def test_the_target_network_is_renewed_at_each_period(period, device):
    learner = small(device, vector_steps=1, gradient_steps=1, learning_starts=0, target_period=period, noisy=True)
    last = copy.deepcopy(learner.network.state_dict())
    assert difference(last, learner.target.state_dict()) is None
    for _ in learner.train(80):
        parameters = dict(learner.network.named_parameters())
        if learner.updates % period == 0:
            last = copy.deepcopy(learner.network.state_dict())
        else:
            assert not torch.equal(parameters["advantage.2.bias_mean"], last["advantage.2.bias_mean"])
        for name, p in learner.target.named_parameters():
            assert torch.equal(p, last[name])
            assert p is not parameters[name]
    assert learner.updates == 20


def test_epsilon_falls_in_a_straight_line_and_stays(device):
    learner = small(device, epsilon_start=0.9, epsilon_end=0.1, epsilon_steps=64)
    assert learner.epsilon == 0.9
    found = [item["epsilon"] for item in train(learner, 112)]
    assert found == pytest.approx([0.7, 0.5, 0.3, 0.1, 0.1, 0.1, 0.1])


def test_the_correction_of_priorities_rises_to_1(device):
    learner = small(device, prioritised=True, weight_exponent=0.5, weight_steps=64, gradient_steps=1, vector_steps=1)
    with mock.patch.object(learner.replay, "sample", wraps=learner.replay.sample) as sample:
        train(learner, 80)
    betas = [call.args[3] for call in sample.call_args_list]
    steps = range(16, 81, 4)
    assert betas == pytest.approx([min(1, 0.5 + 0.5 * step / 64) for step in steps])
    assert learner.replay.alpha == 0.6


@EACH
def test_the_seed_alone_decides(name, device):
    """Neither torch's global numbers nor NumPy's matter, and they are left as they were."""
    torch.manual_seed(0)
    one = small(device, seed=3, **SWITCHES[name])
    train(one, 100)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    two = small(device, seed=3, **SWITCHES[name])
    train(two, 100)
    assert torch.equal(torch.get_rng_state(), before)
    assert difference(one.state_dict(), two.state_dict()) is None
    other = small(device, seed=4, **SWITCHES[name])
    train(other, 100)
    ours, theirs = one.state_dict(), other.state_dict()
    assert difference(ours["network"], theirs["network"]) and difference(ours["replay"], theirs["replay"])


def test_different_seeds_begin_with_different_networks_and_actions(device):
    one, other = small(device, seed=3), small(device, seed=4)
    assert difference(one.network.state_dict(), other.network.state_dict())
    obs = torch.zeros(200, 4, device=device)
    assert not torch.equal(one.act(obs), other.act(obs))


# --- acting -----------------------------------------------------------------------------------------------------------


def prefers_the_first(learner):
    with torch.no_grad():
        for p in learner.network.parameters():
            p.zero_()
        learner.network.advantage[-1].bias[0] = 1.0
    return learner


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.7, 1.0])
def test_it_explores_as_often_as_epsilon_says(epsilon, device):
    """Of 40,000 actions epsilon / 2 are the other one: within 5 standard errors, one seed in a million fails."""
    learner = prefers_the_first(small(device, epsilon_start=epsilon, epsilon_end=epsilon))
    action = learner.act(torch.zeros(40_000, 4, device=device))
    assert action.dtype == torch.int64 and action.shape == (40_000,)
    share = epsilon / 2
    assert abs(action.float().mean().item() - share) <= 5 * math.sqrt(share * (1 - share) / 40_000)
    assert not learner.act(torch.zeros(1000, 4, device=device), greedy=True).any()


def test_exploration_is_as_likely_to_take_every_action(device):
    learner = small(device, env="rlcourse/Acrobot-v1", epsilon_end=1.0)
    count = learner.act(torch.zeros(30_000, 6, device=device)).bincount(minlength=3)
    assert (count - 10_000).abs().max() < 5 * math.sqrt(30_000 * 2 / 9)


@pytest.mark.parametrize("name", ["none", "noisy", "distributional", "rainbow"])
def test_greedy_actions_draw_nothing_and_know_no_noise(name, device):
    learner = small(device, **SWITCHES[name])
    train(learner, 60)
    obs = torch.randn(300, 4, generator=torch.Generator(device).manual_seed(0), device=device)
    before = learner.state_dict()
    action = learner.act(obs, greedy=True)
    assert difference(learner.state_dict(), before) is None
    assert learner.network.training
    calm = copy.deepcopy(learner.network).eval()
    q = calm(obs)
    if q.dim() == 3:
        q = q.softmax(dim=2) @ torch.linspace(0.0, 100.0, 11, device=device)
    assert torch.equal(action, q.argmax(dim=1))
    if "noise" in "".join(before["network"]):
        learner.network.resample(learner.generator)
        assert torch.equal(action, learner.act(obs, greedy=True))
    assert 0 < action.float().mean() < 1


def test_noisy_networks_explore_with_new_noise_every_time(device):
    learner = small(device, noisy=True, epsilon_start=0.0, epsilon_end=0.0)
    obs = torch.randn(300, 4, generator=torch.Generator(device).manual_seed(0), device=device)
    actions, noises = [], []
    for _ in range(20):
        actions.append(learner.act(obs))
        noises.append(learner.network.advantage[0].noise_out.clone())
    assert all(not torch.equal(a, b) for a, b in itertools.pairwise(noises))
    assert len({tuple(action.tolist()) for action in actions}) > 5
    q = learner.network(obs)  # the noise is still that of the last action
    assert torch.equal(actions[-1], q.argmax(dim=1))


def test_without_epsilon_and_noise_acting_draws_nothing(device):
    learner = small(device, epsilon_start=0.0, epsilon_end=0.0)
    before = learner.generator.get_state()
    obs = torch.randn(30, 4, generator=torch.Generator(device).manual_seed(0), device=device)
    assert torch.equal(learner.act(obs), learner.act(obs, greedy=True))
    assert torch.equal(learner.generator.get_state(), before)


def test_values_of_a_distribution_are_its_mean(device):
    learner = small(device, distributional=True, atoms=3, v_min=-1.0, v_max=3.0)
    with torch.no_grad():
        for p in learner.network.parameters():
            p.zero_()
        learner.network.advantage[-1].bias.copy_(torch.tensor([0.5, 0.25, 0.25, 0.0, 0.5, 0.5]).clamp(min=1e-9).log())
    assert learner.support.tolist() == [-1.0, 1.0, 3.0]
    q = learner.q_values(torch.zeros(2, 4, device=device))
    assert q.tolist() == [pytest.approx([-0.5 + 0.25 + 0.75, 0.5 + 1.5])] * 2
    other = QNetwork((4,), 2, (3,), atoms=3).to(device)
    assert not torch.equal(learner.q_values(torch.zeros(2, 4, device=device), other), q)


def test_observations_are_scaled(device):
    learner, plain = small(device, obs_scale=(2.0, 2.0, 20.0, 2.0)), small(device)
    scale = torch.tensor([2.0, 2.0, 20.0, 2.0], device=device)
    torch.testing.assert_close(learner.q_values(learner.obs), plain.q_values(learner.obs * scale))


def test_what_happened_is_what_is_stored(device):
    """Above all the true next observation: Scripted counts steps in tenths, and no episode ends where one begins."""
    learner = scripted(device, learning_starts=10_000)
    steps, step = [], learner.env.step

    def watched(action):
        steps.append((learner.obs, action, *step(action)))
        return steps[-1][2:]

    with mock.patch.object(learner.env, "step", watched):
        train(learner, 3 * 12)
    assert len(steps) == 12
    obs, action, after, reward, terminated, truncated, info = zip(*steps, strict=True)
    stored = learner.replay
    rows = slice(0, 36)
    assert torch.equal(stored.obs[rows], torch.cat(obs))
    assert torch.equal(stored.action[rows], torch.cat(action))
    assert torch.equal(stored.reward[rows], torch.cat(reward))
    assert torch.equal(stored.next_obs[rows], torch.cat([each["final_obs"] for each in info]))
    assert torch.equal(stored.terminated[rows], torch.cat(terminated))
    assert torch.equal(stored.truncated[rows], torch.cat(truncated))
    assert all(torch.equal(b, a) for b, a in zip(obs[1:], after, strict=False))
    expected = stored.obs[rows] + 0.1
    torch.testing.assert_close(stored.next_obs[rows], expected)


# --- what it reports --------------------------------------------------------------------------------------------------


class Scripted(TensorEnv):
    """Copy i's episodes last i + 1 steps; step t of all pays t, counted from 0; a NaN may come at some step.

    State: the number of steps of the episode, and of all steps.
    """

    nan_at = math.inf
    inf_at = math.inf

    def spaces(self):
        return spaces.Box(-1.0, 1.0, (1,)), spaces.Discrete(2)

    def initial(self):
        total = torch.zeros(self.num_envs, device=self.device) if self.state is None else self.state[:, 1] + 1
        return torch.stack((torch.zeros_like(total), total), dim=1)

    def transition(self, state, action):
        return state + 1

    def observation(self, state):
        return state[:, :1] / 10

    def reward(self, state, action, next_state):
        wrong = state[:, 1] >= self.nan_at
        reward = torch.where(wrong, torch.nan, state[:, 1])
        return torch.where(state[:, 1] >= self.inf_at, -torch.inf, reward)

    def terminal(self, state):
        return state[:, 0] > torch.arange(self.num_envs, device=self.device)


def scripted(device, num_envs=3, seed=0, nan_at=math.inf, inf_at=math.inf, **settings):
    env = Scripted(num_envs, device=device)
    env.nan_at, env.inf_at = nan_at, inf_at
    config = {"hidden": (4,), "vector_steps": 4, "learning_starts": 8, "batch_size": 4, "gradient_steps": 1}
    return DQN(env, DQNConfig(**{**config, **settings}), seed=seed)


def test_the_mean_of_the_last_100_episodes(device):
    """Returns are sums of consecutive numbers, all different; counted here by hand, in the order in which they end."""
    learner = scripted(device, learning_starts=100_000)
    ended, begun = [], [0, 0, 0]
    last = None
    for item in learner.train(3 * 4 * 40):
        for t in range(item["step"] // 3 - 4, item["step"] // 3):
            for copy_ in range(3):
                if t - begun[copy_] == copy_:
                    ended.append(sum(range(begun[copy_], t + 1)))
                    begun[copy_] = t + 1
        assert item["episode_return"] == pytest.approx(np.mean(ended[-100:]))
        last = len(ended)
    assert last > 200 and learner.recent_returns == ended[-100:]


def test_before_the_first_episode_has_ended_there_is_no_mean(device):
    learner = small(device, vector_steps=1)
    first = next(learner.train(100))
    assert math.isnan(first["episode_return"])


def test_reported_numbers_are_means_over_the_updates(device):
    learner = small(device, vector_steps=3)
    train(learner, 32)
    rows = []
    update = learner._update
    with mock.patch.object(learner, "_update", lambda: rows.append(update()) or rows[-1]):
        (item,) = train(learner, 44)
    assert len(rows) == 6
    mean = torch.stack(rows).mean(dim=0).tolist()
    assert [item["loss"], item["q"], item["gradient_norm"]] == pytest.approx(mean)


# --- where it stops ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SWITCHES)
def test_a_reward_that_is_no_number_stops_training(name, device):
    """Vector step 6 pays NaN, in the second iteration of four: noticed at its end, after 8 steps of 3 copies."""
    learner = scripted(device, nan_at=6, **SWITCHES[name])
    training = learner.train(300)
    next(training)
    with pytest.raises(FloatingPointError, match=r"the reward is nan at step 24, update \d+; stopped"):
        next(training)


def test_an_infinite_reward_stops_training_before_it_learns(device):
    with pytest.raises(FloatingPointError, match=r"the reward is -inf at step 12, update 0; stopped"):
        train(scripted(device, inf_at=2, learning_starts=1000), 300)


@pytest.mark.parametrize("name", ["none", "huber", "distributional", "rainbow"])
def test_a_loss_that_is_no_number_stops_training(name, device):
    learner = small(device, **SWITCHES[name])
    training = learner.train(300)
    next(training)
    with torch.no_grad():
        next(iter(learner.network.parameters()))[0, 0] = math.nan
    with pytest.raises(FloatingPointError, match="the loss is nan at step 32, update 10; stopped"):
        next(training)


def test_a_learning_rate_that_is_far_too_large_stops_training(device):
    with pytest.raises(FloatingPointError, match=r"the (loss|gradient) is (nan|inf) at step \d+, update \d+; stopped"):
        train(small(device, learning_rate=1e30), 1000)


def test_a_gradient_that_is_no_number_stops_training(device):
    learner = small(device, gradient_steps=1, vector_steps=1)  # one update: the next one's loss would be NaN too
    train(learner, 12)
    for p in learner.network.parameters():
        p.register_hook(lambda grad: grad * math.inf)
    with pytest.raises(FloatingPointError, match=r"the gradient is (nan|inf) at step 16, update 1; stopped"):
        train(learner, 100)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: small(env="rlcourse/Pendulum-v1"), "actions are Box.*; DQN needs a few discrete ones"),
        (lambda: small(buffer_size=3), "buffer_size is 3; expected at least 4, one for each copy"),
        (lambda: small(buffer_size=11, n_step=3), "buffer_size is 11; expected at least 12.*n_step = 3"),
        (lambda: small(obs_scale=(1.0,)), r"obs_scale has 1 factors; observations have shape \(4,\)"),
        (lambda: small(env="FrozenLake-v1"), r'observations are Discrete\(16\); DQN needs a Box .*"one_hot"'),
        (
            lambda: DQN(envs.from_mdp(cliff_walk(), 2, observation="index")),
            r"observations are Discrete\(38\); DQN needs a Box",
        ),
    ],
    ids="continuous buffer buffer-n scale discrete index".split(),
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_smallest_buffer_is_enough(device):
    train(small(device, buffer_size=4), 40)
    train(small(device, buffer_size=12, n_step=3), 40)


@pytest.mark.parametrize("name", ["none", "rainbow"])
def test_images_are_learned_from_as_bytes(name, device):
    env = Pictures(2, device=device)
    config = DQNConfig(
        hidden=(16,),
        buffer_size=40,
        learning_starts=8,
        batch_size=2,
        gradient_steps=1,
        vector_steps=5,
        **SWITCHES[name],
    )
    learner = DQN(env, config)
    (item,) = train(learner, 10)
    assert item["updates"] == 2 and math.isfinite(item["loss"])
    assert learner.replay.obs.dtype == torch.uint8 and learner.replay.obs.shape == (40, 1, 36, 36)


class Pictures(Scripted):
    def spaces(self):
        return spaces.Box(0, 255, (1, 36, 36), "uint8"), spaces.Discrete(2)

    def observation(self, state):
        return (state[:, :1, None, None] * 10).to(torch.uint8).expand(-1, 1, 36, 36).clone()


# --- no copies to the host --------------------------------------------------------------------------------------------


class WaitsForTheDevice(TorchDispatchMode):
    """Fails at operations whose result the host must wait for: items, and indexing whose size depends on values."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.__name__.split(".")[0]
        assert name not in {"_local_scalar_dense", "item", "nonzero", "masked_select", "equal", "is_nonzero"}, name
        if name in {"index", "index_put", "index_put_"}:
            assert all(index is None or index.dtype != torch.bool for index in args[1]), "indexing by a mask"
        result = func(*args, **(kwargs or {}))
        if name == "_to_copy":
            assert result.device == args[0].device, "a copy to another device"
        return result


@EACH
def test_nothing_waits_for_the_device_but_the_report(name, device):
    """Adam counts its steps in tensors on the host, which cost no waiting: the optimiser is left out."""
    learner = small(device, **SWITCHES[name], target_period=1)
    train(learner, 40)
    learner.env._check_values = lambda actions: None  # on a CPU only
    step = learner.optimiser.step

    def unwatched():
        with _disable_current_modes():
            step()

    if device.startswith("cuda"):
        torch.cuda.set_sync_debug_mode("error")
    try:
        with WaitsForTheDevice(), mock.patch.object(learner.optimiser, "step", unwatched):
            ended = [learner._interact() for _ in range(3)]
            losses = [learner._update() for _ in range(3)]
            learner.act(learner.obs, greedy=True)
    finally:
        if device.startswith("cuda"):
            torch.cuda.set_sync_debug_mode("default")
    with pytest.raises(AssertionError), WaitsForTheDevice():
        learner._report(ended, losses)
