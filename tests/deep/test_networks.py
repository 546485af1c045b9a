"""Networks: shapes, what noisy layers draw, the dueling identity, and parameters that depend on their seed alone."""

import math

import pytest
import torch
from torch import nn

from rlcourse.deep.networks import NoisyLinear, QNetwork, Scaled, mlp, seeded, torso


def generator(device, seed=0):
    return torch.Generator(device).manual_seed(seed)


def parts(network):
    return [type(module).__name__ for module in network.modules() if not list(module.children())]


# --- layers -----------------------------------------------------------------------------------------------------------


def test_an_mlp_has_relu_between_its_layers_and_not_after_the_last(device):
    net = mlp([3, 5, 4, 2]).to(device)
    assert parts(net) == ["Linear", "ReLU", "Linear", "ReLU", "Linear"]
    assert [(layer.in_features, layer.out_features) for layer in net if isinstance(layer, nn.Linear)] == [
        (3, 5),
        (5, 4),
        (4, 2),
    ]
    x = torch.randn(7, 3, generator=generator(device), device=device)
    one, two, three = (layer for layer in net if isinstance(layer, nn.Linear))
    by_hand = (x @ one.weight.T + one.bias).clamp(min=0)
    by_hand = (by_hand @ two.weight.T + two.bias).clamp(min=0)
    torch.testing.assert_close(net(x), by_hand @ three.weight.T + three.bias)
    assert parts(mlp([3, 2])) == ["Linear"]


def test_a_torso_for_vectors_ends_with_relu_and_says_how_many_features(device):
    net, features = torso((3, 2), (8, 5))
    out = net.to(device)(torch.randn(9, 3, 2, generator=generator(device), device=device))
    assert out.shape == (9, features) == (9, 5)
    assert out.min() == 0 < out.max()
    net, features = torso((4,), ())
    assert features == 4 and net(torch.eye(4)).tolist() == torch.eye(4).tolist()  # no hidden layer: what is seen


def test_a_torso_multiplies_observations_by_their_factors(device):
    net, _ = torso((3,), (), (2.0, 0.5, -1.0))
    out = net.to(device)(torch.tensor([[1.0, 2.0, 3.0]], device=device))
    assert out.tolist() == [[2.0, 1.0, -3.0]]
    assert net.state_dict() == {}  # a setting, not something learned


def test_images_are_bytes_and_become_512_features(device):
    net, features = torso((4, 84, 84), (64,))
    net.to(device)
    image = torch.randint(256, (2, 4, 84, 84), dtype=torch.uint8, generator=generator(device), device=device)
    out = net(image)
    assert out.shape == (2, features) == (2, 512) and out.min() == 0 < out.max()
    shapes = [
        tuple(p.shape) for p in net.parameters() if p.dim() > 1
    ]  # Mnih et al. 2015, methods, "Model architecture"
    assert shapes == [(32, 4, 8, 8), (64, 32, 4, 4), (64, 64, 3, 3), (512, 3136)]
    convolutions = [layer for layer in net.modules() if isinstance(layer, nn.Conv2d)]
    assert [layer.stride[0] for layer in convolutions] == [4, 2, 1]
    x = image / 255
    for layer in convolutions:
        x = layer(x).relu()
    torch.testing.assert_close(out, net[1](x.flatten(1)).relu())


@pytest.mark.parametrize("shape", [(96, 96, 3), (3, 35, 84), (1, 84, 35)], ids=str)
def test_images_that_are_too_small_or_have_their_channels_last_are_refused(shape):
    with pytest.raises(ValueError, match=r"images are \[.*\]; expected \[channels, height, width\], at least 36 x 36"):
        torso(shape, (64,))
    assert torso((1, 36, 36), (64,))[1] == 512


def test_scaled_keeps_bytes_from_overflowing(device):
    layer = Scaled(2.0).to(device)
    assert layer(torch.tensor([200], dtype=torch.uint8, device=device)).tolist() == [400.0]


# --- noisy layers -----------------------------------------------------------------------------------------------------


def noisy(device, inputs=6, outputs=4, sigma=0.5, seed=0):
    with seeded(seed):
        return NoisyLinear(inputs, outputs, sigma).to(device)


def noise_of(layer):
    """The noise of the weights [outputs, inputs] and of the biases [outputs]: what sigma is multiplied by."""
    out = layer(torch.ones(1, layer.weight_mean.shape[1], device=layer.weight_mean.device))
    return torch.autograd.grad(out.sum(), [layer.weight_std, layer.bias_std])


def test_noisy_layers_begin_as_the_paper_says(device):
    """Section 3.2 for factorised noise: means uniform within 1/sqrt(inputs), sigma 0.5/sqrt(inputs) for both.

    Of 2,000 uniform numbers the largest is below 0.99 of the bound for one seed in 5e8.
    """
    layer = noisy(device, inputs=100, outputs=20)
    assert (layer.weight_std == 0.05).all() and (layer.bias_std == 0.05).all()
    assert 0.099 < layer.weight_mean.abs().max() <= 0.1
    assert abs(layer.weight_mean.mean()) < 5 * 0.1 / 3**0.5 / 2000**0.5
    assert 0 < layer.bias_mean.abs().max() <= 0.1
    assert noisy(device, inputs=100, sigma=0.1).weight_std.max().item() == pytest.approx(0.01)


def test_the_noise_is_factorised(device):
    """Equation 10: noise of the weights is f(eps_out) f(eps_in)^T, of rank one; eq. 11: of the biases f(eps_out)."""
    layer = noisy(device)
    layer.resample(generator(device))
    weight, bias = noise_of(layer)
    ratio = weight / bias[:, None]  # f(eps_in), the same in every row
    assert torch.allclose(ratio, ratio[0].expand_as(ratio), rtol=1e-3)
    assert torch.linalg.matrix_rank(weight.cpu(), rtol=1e-3) == 1
    assert weight.std() > 0.1


def test_the_distribution_of_the_noise(device):
    """With e normal, f(e) = sign(e) sqrt|e| has mean 0, variance E|e| = sqrt(2/pi) and fourth moment E e^2 = 1.

    200,000 numbers: 5 standard errors of the mean, sqrt(.8/2e5), and of the second moment, sqrt((1-.64)/2e5); false
    alarms 1 in a million. The layer's noise for inputs and for outputs.
    """
    layer = noisy(device, inputs=200_000, outputs=1)
    layer.resample(generator(device))
    weight, bias = noise_of(layer)
    f = weight[0] / bias[0]
    second = math.sqrt(2 / math.pi)
    assert abs(f.mean()) < 5 * math.sqrt(second / 2e5)
    assert abs(f.square().mean() - second) < 5 * math.sqrt((1 - second**2) / 2e5)
    assert abs(f.pow(4).mean() - 1) < 5 * math.sqrt((3 - 1) / 2e5)
    layer = noisy(device, inputs=1, outputs=200_000)
    layer.resample(generator(device))
    f = noise_of(layer)[1]
    assert abs(f.mean()) < 5 * math.sqrt(second / 2e5)
    assert abs(f.square().mean() - second) < 5 * math.sqrt((1 - second**2) / 2e5)


def test_noise_of_inputs_and_of_outputs_is_not_the_same(device):
    layer = noisy(device, inputs=4, outputs=4)
    layer.resample(generator(device))
    assert not torch.allclose(layer.noise_in, layer.noise_out)


def test_without_training_the_layer_is_its_mean(device):
    layer = noisy(device)
    layer.resample(generator(device))
    x = torch.randn(5, 6, generator=generator(device), device=device)
    noisy_out = layer(x)
    layer.eval()
    torch.testing.assert_close(layer(x), x @ layer.weight_mean.T + layer.bias_mean)
    assert not torch.allclose(layer(x), noisy_out, atol=1e-3)
    layer.train()
    assert torch.equal(layer(x), noisy_out)  # noise stays until `resample`
    layer.resample(generator(device, 1))
    assert not torch.allclose(layer(x), noisy_out, atol=1e-3)


def test_before_the_first_noise_the_layer_is_its_mean(device):
    layer = noisy(device)
    x = torch.randn(5, 6, generator=generator(device), device=device)
    assert torch.equal(layer(x), layer.eval()(x))


def test_noise_comes_from_the_generator_alone(device):
    one, two = noisy(device), noisy(device)
    torch.manual_seed(0)
    one.resample(generator(device, 3))
    torch.manual_seed(1)
    before = torch.get_rng_state()
    two.resample(generator(device, 3))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(noise_of(one)[0], noise_of(two)[0])
    two.resample(generator(device, 4))
    assert not torch.equal(noise_of(one)[0], noise_of(two)[0])


def test_means_and_sigmas_are_learned(device):
    layer = noisy(device)
    layer.resample(generator(device))
    x = torch.randn(1, 6, generator=generator(device), device=device)
    layer(x).sum().backward()
    torch.testing.assert_close(layer.weight_mean.grad, x.expand(4, 6))
    noise = torch.outer(layer.noise_out, layer.noise_in)
    torch.testing.assert_close(layer.weight_std.grad, noise * x)
    torch.testing.assert_close(layer.bias_std.grad, layer.noise_out)


# --- action values ----------------------------------------------------------------------------------------------------


def q_network(device, seed=0, obs_shape=(3,), num_actions=4, hidden=(7, 6), **switches):
    with seeded(seed):
        return QNetwork(obs_shape, num_actions, hidden, **switches).to(device)


@pytest.mark.parametrize("dueling", [False, True])
@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize("atoms", [1, 11])
def test_shapes(dueling, noisy, atoms, device):
    net = q_network(device, dueling=dueling, noisy=noisy, atoms=atoms)
    out = net(torch.randn(5, 3, generator=generator(device), device=device))
    assert out.shape == ((5, 4) if atoms == 1 else (5, 4, 11))
    assert net(torch.zeros(1, 3, device=device)).shape == (1, *out.shape[1:])
    layers = [type(module) for module in net.modules() if isinstance(module, nn.Linear | NoisyLinear)]
    heads = [NoisyLinear if noisy else nn.Linear] * (4 if dueling else 2)
    assert layers == [nn.Linear, *heads]  # the last hidden layer belongs to the heads


def test_one_hidden_layer_is_the_heads(device):
    net = q_network(device, hidden=(6,), dueling=True)
    assert [tuple(p.shape) for p in net.parameters() if p.dim() > 1] == [(6, 3), (4, 6), (6, 3), (1, 6)]


@pytest.mark.parametrize("atoms", [1, 5])
def test_dueling_subtracts_the_mean_of_the_advantages(atoms, device):
    """Wang et al. 2016, eq. 9: the mean of q over the actions is v, and q - v are the advantages less their mean."""
    net = q_network(device, dueling=True, atoms=atoms)
    obs = torch.randn(5, 3, generator=generator(device), device=device)
    features = net.torso(obs)
    q = net(obs).view(5, 4, atoms)
    torch.testing.assert_close(q.mean(dim=1), net.value(features))
    advantage = net.advantage(features).view(5, 4, atoms)
    torch.testing.assert_close(q - q[:, :1], advantage - advantage[:, :1])
    before = q.clone()
    with torch.no_grad():
        net.advantage[-1].bias += 3.0  # the same for all actions: no preference
    torch.testing.assert_close(net(obs).view(5, 4, atoms), before)
    with torch.no_grad():
        net.value[-1].bias += 3.0
    torch.testing.assert_close(net(obs).view(5, 4, atoms), before + 3)


def test_logits_are_ordered_by_action_then_atom(device):
    net = q_network(device, num_actions=2, atoms=3)
    with torch.no_grad():
        net.advantage[-1].weight.zero_()
        net.advantage[-1].bias.copy_(torch.arange(6.0))
    assert net(torch.zeros(1, 3, device=device)).tolist() == [[[0, 1, 2], [3, 4, 5]]]


def test_observations_are_scaled(device):
    scaled, plain = q_network(device, obs_scale=(2.0, 0.5, 10.0)), q_network(device)
    obs = torch.randn(5, 3, generator=generator(device), device=device)
    torch.testing.assert_close(scaled(obs), plain(obs * torch.tensor([2.0, 0.5, 10.0], device=device)))
    assert not torch.allclose(scaled(obs), plain(obs), atol=1e-3)


def test_images(device):
    net = q_network(device, obs_shape=(4, 84, 84), hidden=(16,), dueling=True)
    out = net(torch.randint(256, (2, 4, 84, 84), dtype=torch.uint8, generator=generator(device), device=device))
    assert out.shape == (2, 4) and out.isfinite().all()


def test_the_noise_begins_as_large_as_it_is_told(device):
    net = q_network(device, noisy=True, dueling=True, noisy_sigma=0.2)
    layers = [module for module in net.modules() if isinstance(module, NoisyLinear)]
    assert len(layers) == 4
    for layer in layers:
        assert layer.weight_std.max().item() == pytest.approx(0.2 / layer.weight_mean.shape[1] ** 0.5)


def test_resample_reaches_every_noisy_layer_and_draws_each_anew(device):
    net = q_network(device, noisy=True, dueling=True)
    net.resample(generator(device))
    drawn = [module.noise_out for module in net.modules() if isinstance(module, NoisyLinear)]
    assert len(drawn) == 4 and all((noise != 0).all() for noise in drawn)
    assert not torch.equal(drawn[0], drawn[2])  # of the two streams' hidden layers
    q_network(device).resample(generator(device))  # nothing to do


# --- seeds ------------------------------------------------------------------------------------------------------------


def test_parameters_come_from_their_seed_alone(device):
    torch.manual_seed(11)
    before = torch.get_rng_state()
    one = q_network(device, seed=5, noisy=True)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(12)
    two, other = q_network(device, seed=5, noisy=True), q_network(device, seed=6, noisy=True)
    same = [torch.equal(p, q) for p, q in zip(one.parameters(), two.parameters(), strict=True)]
    differ = [not torch.equal(p, q) for p, q in zip(one.parameters(), other.parameters(), strict=True)]
    assert all(same) and sum(differ) == len(differ) - 2 * 2  # sigmas begin the same everywhere


def test_seeded_gives_the_numbers_back_even_after_an_error():
    before = torch.get_rng_state()
    with pytest.raises(KeyError), seeded(0):
        torch.rand(3)
        raise KeyError
    assert torch.equal(torch.get_rng_state(), before)
    with seeded(4):
        first = torch.rand(3)
    with seeded(4):
        assert torch.equal(torch.rand(3), first)


def test_seeded_leaves_the_numbers_of_a_gpu_alone(device, monkeypatch):
    """torch.manual_seed would reach them all, even before CUDA is in use."""
    reached = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", reached.append)
    monkeypatch.setattr(torch.cuda, "manual_seed", reached.append)
    with seeded(3):
        torch.rand(1)
    assert reached == []
    torch.manual_seed(3)
    assert reached == [3]  # which is how this test would notice
