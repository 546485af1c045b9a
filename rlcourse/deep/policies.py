r"""Policies: a network gives the numbers of a distribution, and an action is drawn from it.

    categorical   a few actions: the network gives a logit for each, pi(a | s) = exp(l_a) / sum_b exp(l_b)
    gaussian      a vector of real numbers: the network gives the mean, a parameter of its own the log of the standard
                  deviation of each component, the same in every state (Schulman et al. 2015, 2017)
    squashed      tanh of such a Gaussian, stretched to the box of legal actions (Haarnoja et al. 2018, appendix C)

The functions below are what torch.distributions computes, in a quarter of its time: it checks its arguments and makes
objects in every step. The tests hold the two against each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from gymnasium import spaces
from torch import Tensor, nn
from torch.nn.functional import softplus

from rlcourse.deep.networks import network

PolicyKind = Literal["categorical", "gaussian", "squashed"]
LAST_LAYER = 0.01  # times the usual size at first, so that no action is preferred before there is a reason


# --- distributions ----------------------------------------------------------------------------------------------------


def categorical_logprob(logits: Tensor, action: Tensor) -> Tensor:
    """log pi(a) = l_a - log sum_b exp(l_b): [B] for logits [B, A] and actions [B]."""
    return logits.log_softmax(dim=-1).gather(-1, action.unsqueeze(-1)).squeeze(-1)


def categorical_entropy(logits: Tensor) -> Tensor:
    """-sum_a pi(a) log pi(a) in nats: [B] for logits [B, A]."""
    logprobs = logits.log_softmax(dim=-1)
    return -(logprobs.exp() * logprobs).sum(dim=-1)


def categorical_sample(logits: Tensor, generator: torch.Generator) -> Tensor:
    """Actions [B] from logits [B, A] by the Gumbel-max trick: argmax of l_a - log E_a, with E_a exponential, is one."""
    return (logits - torch.empty_like(logits).exponential_(generator=generator).log()).argmax(dim=-1)


def gaussian_logprob(mean: Tensor, log_std: Tensor, action: Tensor) -> Tensor:
    r"""Log density of independent components: [B] for mean and action [B, D], log_std [D] or [B, D].

    log pi(a) = -sum_d ( ((a_d - mu_d) / sigma_d)^2 / 2 + log sigma_d + log(2 pi) / 2 ).
    """
    z = (action - mean) * (-log_std).exp()
    return -(0.5 * z.square() + log_std + 0.5 * math.log(2 * math.pi)).sum(dim=-1)


def gaussian_entropy(log_std: Tensor) -> Tensor:
    """sum_d log sigma_d + (1 + log(2 pi)) / 2, in nats; the mean does not matter. [] for log_std [D]."""
    return (log_std + 0.5 * (1 + math.log(2 * math.pi))).sum(dim=-1)


def tanh_log_slope(raw: Tensor) -> Tensor:
    r"""log of d tanh(u) / du = 1 - tanh(u)^2, summed over the components: [B] for u = raw [B, D].

    As 2 (log 2 - u - softplus(-2u)), which is finite for every u: in float32, 1 - tanh(u)^2 is 0 from u = 9 on.
    """
    return 2 * (math.log(2) - raw - softplus(-2 * raw)).sum(dim=-1)


def squashed_gaussian_logprob(mean: Tensor, log_std: Tensor, raw: Tensor, scale: Tensor | float = 1.0) -> Tensor:
    r"""Log density of a = c + scale * tanh(u), whatever the centre c: [B] for u = raw [B, D], scale a number or [D].

    log pi(a) = log N(u; mu, sigma) - sum_d log |da_d / du_d| (Haarnoja et al. 2018, eq. 21; the scale is ours).
    """
    stretch = torch.as_tensor(scale, dtype=raw.dtype, device=raw.device).expand(raw.shape[-1]).log().sum()
    return gaussian_logprob(mean, log_std, raw) - tanh_log_slope(raw) - stretch


# --- policies ---------------------------------------------------------------------------------------------------------


class Policy(nn.Module):
    """pi(a | s), whose `forward` gives what its network says of observations [B, ...]: logits, or a mean.

    What a learner stores is an action as `sample` gives it, and `evaluate` takes; what an environment's `step` gets is
    `to_env` of it. `evaluate` carries gradients, and so do not the others if they are called under torch.no_grad.
    """

    def __init__(self, obs_shape: tuple[int, ...], outputs: int, hidden: Sequence[int], scale: Sequence[float] | None):
        super().__init__()
        self.network = network(obs_shape, hidden, outputs, scale)
        with torch.no_grad():
            for parameter in self.network[-1].parameters():
                parameter.mul_(LAST_LAYER)

    def forward(self, obs: Tensor) -> Tensor:
        out: Tensor = self.network(obs)
        return out

    def sample(self, obs: Tensor, generator: torch.Generator) -> Tensor:
        """Actions [B, ...], drawn at random."""
        raise NotImplementedError

    def mode(self, obs: Tensor) -> Tensor:
        """The likeliest actions [B, ...]; of the squashed Gaussian, those in the middle of it."""
        raise NotImplementedError

    def evaluate(self, obs: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
        """log pi(action | obs), and the entropy of pi(. | obs), [B] each."""
        raise NotImplementedError

    def to_env(self, action: Tensor) -> Tensor:
        """The same actions as an environment takes them."""
        return action

    @torch.no_grad()
    def act(self, obs: Tensor, generator: torch.Generator, greedy: bool) -> Tensor:
        """What a learner's `act` returns: the likeliest actions, or drawn ones, as an environment takes them."""
        return self.to_env(self.mode(obs) if greedy else self.sample(obs, generator))


class CategoricalPolicy(Policy):
    """A softmax over a few actions [B], int64."""

    def __init__(self, obs_shape: tuple[int, ...], space: Any, hidden: Sequence[int], scale: Sequence[float] | None):
        if not isinstance(space, spaces.Discrete):
            needs = 'CategoricalPolicy needs a few discrete ones; policy="gaussian" or "squashed" is for a Box'
            raise ValueError(f"the environment's actions are {space}; {needs}")
        super().__init__(obs_shape, int(space.n), hidden, scale)

    def sample(self, obs: Tensor, generator: torch.Generator) -> Tensor:
        return categorical_sample(self(obs), generator)

    def mode(self, obs: Tensor) -> Tensor:
        return self(obs).argmax(dim=-1)

    def evaluate(self, obs: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
        logits = self(obs)
        return categorical_logprob(logits, action), categorical_entropy(logits)


class GaussianPolicy(Policy):
    """Independent Gaussians, [B, D]; the environment gets them cut to its box, the density is that of the uncut ones.

    At first sigma is 1, or half of the box's width where that is less.
    """

    low: Tensor
    high: Tensor

    def __init__(self, obs_shape: tuple[int, ...], space: Any, hidden: Sequence[int], scale: Sequence[float] | None):
        if not isinstance(space, spaces.Box) or len(space.shape) != 1:
            needs = f'{type(self).__name__} needs a Box [D]; policy="categorical" is for a few discrete ones'
            raise ValueError(f"the environment's actions are {space}; {needs}")
        super().__init__(obs_shape, space.shape[0], hidden, scale)
        self.register_buffer("low", torch.tensor(space.low, dtype=torch.float32), persistent=False)
        self.register_buffer("high", torch.tensor(space.high, dtype=torch.float32), persistent=False)
        self.log_std = nn.Parameter(((self.high - self.low) / 2).clamp(max=1.0).log())

    def sample(self, obs: Tensor, generator: torch.Generator) -> Tensor:
        mean = self(obs)
        return mean + self.log_std.exp() * torch.empty_like(mean).normal_(generator=generator)

    def mode(self, obs: Tensor) -> Tensor:
        return self(obs)

    def evaluate(self, obs: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
        return gaussian_logprob(self(obs), self.log_std, action), gaussian_entropy(self.log_std).expand(len(obs))

    def to_env(self, action: Tensor) -> Tensor:
        return action.clamp(self.low, self.high)


class SquashedGaussianPolicy(GaussianPolicy):
    """a = centre + half the width of the box * tanh(u), with u from a Gaussian; the actions that are stored are u."""

    def __init__(self, obs_shape: tuple[int, ...], space: Any, hidden: Sequence[int], scale: Sequence[float] | None):
        super().__init__(obs_shape, space, hidden, scale)
        if not (np.isfinite(space.low).all() and np.isfinite(space.high).all()):
            needs = 'SquashedGaussianPolicy needs a Box with ends; policy="gaussian" does without'
            raise ValueError(f"the environment's actions are {space}; {needs}")
        nn.init.zeros_(self.log_std)  # of u, which knows no box

    def evaluate(self, obs: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
        r"""log pi(a | s), and an estimate of the entropy from the action itself, for which there is no formula.

        H(a) = H(u) + E[sum_d log |da_d / du_d|], with the expectation at the one u that was drawn, written as
        u = mu + sigma * noise: unbiased for actions drawn from this policy as it is now, the gradient too. (That of
        the more obvious estimate -log pi(a) is 0 on average, and so is of no use as a bonus.)
        """
        mean, std, scale = self(obs), self.log_std.exp(), (self.high - self.low) / 2
        noise = ((action - mean) / std).detach()
        slope = tanh_log_slope(mean + std * noise) + scale.log().sum()
        return squashed_gaussian_logprob(mean, self.log_std, action, scale), gaussian_entropy(self.log_std) + slope

    def to_env(self, action: Tensor) -> Tensor:
        return (self.high + self.low) / 2 + (self.high - self.low) / 2 * action.tanh()


KINDS: dict[str, type[CategoricalPolicy] | type[GaussianPolicy]] = {
    "categorical": CategoricalPolicy,
    "gaussian": GaussianPolicy,
    "squashed": SquashedGaussianPolicy,
}


def policy_for(
    kind: PolicyKind,
    obs_shape: tuple[int, ...],
    action_space: Any,
    hidden: Sequence[int],
    obs_scale: Sequence[float] | None = None,
) -> Policy:
    """A policy of that kind; no hidden layers, (), make it linear. ValueError for actions that do not fit the kind."""
    return KINDS[kind](obs_shape, action_space, hidden, obs_scale)
