"""The networks of the course: a multilayer perceptron, a torso for images, and heads for action values.

Parameters are drawn under a seed of their own (`seeded`), so that nobody's `torch.manual_seed` matters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn

Layer = Callable[[int, int], nn.Module]


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Within it modules draw their first parameters from `seed`; the global random numbers are as before after it."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(int(seed))  # torch.manual_seed would reach a GPU's numbers too
        yield


def mlp(sizes: Sequence[int], layer: Layer = nn.Linear) -> nn.Sequential:
    """Layers of these sizes with ReLU between them: [B, sizes[0]] -> [B, sizes[-1]]."""
    parts: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        parts += [layer(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def torso(
    obs_shape: tuple[int, ...], hidden: Sequence[int], obs_scale: Sequence[float] | None = None
) -> tuple[nn.Module, int]:
    """Observations to features, and how many: ReLU layers for vectors, Mnih et al.'s (2015) convolutions for images."""
    if obs_scale is not None and obs_shape != (len(obs_scale),):
        raise ValueError(f"obs_scale has {len(obs_scale)} factors; observations have shape {obs_shape}")
    if len(obs_shape) == 3:
        channels, height, width = obs_shape
        if min(height, width) < 36:
            raise ValueError(f"images are {list(obs_shape)}; expected [channels, height, width], at least 36 x 36")
        convolutions = nn.Sequential(
            Scaled(1 / 255),
            *(nn.Conv2d(channels, 32, 8, stride=4), nn.ReLU()),
            *(nn.Conv2d(32, 64, 4, stride=2), nn.ReLU()),
            *(nn.Conv2d(64, 64, 3, stride=1), nn.ReLU()),
            nn.Flatten(),
        )
        features = convolutions(torch.zeros(1, channels, height, width, dtype=torch.uint8)).shape[1]
        return nn.Sequential(convolutions, nn.Linear(features, 512), nn.ReLU()), 512
    sizes = [math.prod(obs_shape), *hidden]
    flat = [nn.Flatten(), *([Scaled(obs_scale)] if obs_scale else [])]
    layers = [mlp(sizes), nn.ReLU()] if len(sizes) > 1 else []
    return nn.Sequential(*flat, *layers), sizes[-1]


def network(
    obs_shape: tuple[int, ...], hidden: Sequence[int], outputs: int, obs_scale: Sequence[float] | None = None
) -> nn.Sequential:
    """A torso and a linear layer on it: observations [B, ...] -> [B, outputs]."""
    body, features = torso(obs_shape, hidden, obs_scale)
    return nn.Sequential(body, nn.Linear(features, outputs))


class Scaled(nn.Module):
    """Every number times its factor: bytes to 0..1, or measurements in different units to about -1..1."""

    factor: Tensor

    def __init__(self, factor: float | Sequence[float]):
        super().__init__()
        self.register_buffer("factor", torch.tensor(factor), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factor


class NoisyLinear(nn.Module):
    r"""A linear layer whose weights are a mean plus learned noise (Fortunato et al. 2018, eqs. 9-11, factorised).

    y = (mu_w + sigma_w * f(eps_out) f(eps_in)^T) x + mu_b + sigma_b * f(eps_out), with f(e) = sign(e) sqrt(|e|).
    The noise stays until `resample`; in evaluation mode the layer is its mean.
    """

    noise_in: Tensor
    noise_out: Tensor

    def __init__(self, inputs: int, outputs: int, sigma: float = 0.5):
        super().__init__()
        bound = 1 / math.sqrt(inputs)
        self.weight_mean = nn.Parameter(torch.empty(outputs, inputs).uniform_(-bound, bound))
        self.bias_mean = nn.Parameter(torch.empty(outputs).uniform_(-bound, bound))
        self.weight_std = nn.Parameter(torch.full((outputs, inputs), sigma * bound))
        self.bias_std = nn.Parameter(torch.full((outputs,), sigma * bound))
        self.register_buffer("noise_in", torch.zeros(inputs))
        self.register_buffer("noise_out", torch.zeros(outputs))

    def resample(self, generator: torch.Generator) -> None:
        """Draw new noise, the same for the whole batch."""
        for noise in (self.noise_in, self.noise_out):
            noise.normal_(generator=generator)
            noise.copy_(noise.sign() * noise.abs().sqrt())

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return nn.functional.linear(x, self.weight_mean, self.bias_mean)
        weight = self.weight_mean + self.weight_std * torch.outer(self.noise_out, self.noise_in)
        return nn.functional.linear(x, weight, self.bias_mean + self.bias_std * self.noise_out)


class QNetwork(nn.Module):
    """Action values: obs [B, ...] -> [B, A], or with `atoms` K > 1 the logits of K atoms for each action, [B, A, K].

    dueling: a value and an advantage stream, q = v + a - mean(a) (Wang et al. 2016, eq. 9). noisy: noisy layers after
    the torso (Fortunato et al. 2018).
    """

    def __init__(
        self,
        obs_shape: tuple[int, ...],
        num_actions: int,
        hidden: Sequence[int],
        *,
        obs_scale: Sequence[float] | None = None,
        dueling: bool = False,
        noisy: bool = False,
        noisy_sigma: float = 0.5,
        atoms: int = 1,
    ):
        super().__init__()
        layer: Layer = partial(NoisyLinear, sigma=noisy_sigma) if noisy else nn.Linear
        self.num_actions, self.atoms = num_actions, atoms
        # The last hidden layer belongs to the heads: each stream of a dueling network has its own, as in the paper.
        self.torso, features = torso(obs_shape, hidden[:-1], obs_scale)
        self.advantage = mlp([features, hidden[-1], num_actions * atoms], layer)
        self.value = mlp([features, hidden[-1], atoms], layer) if dueling else None

    def forward(self, obs: Tensor) -> Tensor:
        features = self.torso(obs)
        q = self.advantage(features).view(-1, self.num_actions, self.atoms)  # [B, A, K]
        if self.value is not None:
            q = self.value(features).unsqueeze(1) + q - q.mean(dim=1, keepdim=True)
        return q if self.atoms > 1 else q.squeeze(2)

    def resample(self, generator: torch.Generator) -> None:
        """New noise in every noisy layer."""
        for module in self.modules():
            if isinstance(module, NoisyLinear):
                module.resample(generator)
