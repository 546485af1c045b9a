"""4.12 The log-density of a Gaussian policy whose actions have several components."""

import math

import torch
from torch import Tensor

from rlcourse.exercises.tensors import Differentiable, exercise, t

MEAN = t([0.5, -1.0, 2.0], [1.5, 0.25, -0.75], [-2.0, 1.0, 0.0])
LOG_STD = t(0.4, -0.7, 0.2)
ACTION = t([1.0, -0.5, 0.5], [1.0, 1.0, -2.0], [-2.5, 0.8, 1.2])


@exercise(
    "4.12",
    "The log-density of an action",
    kind=Differentiable,
    cases=(
        (t([0.0]), t(0.0), t([0.0])),
        (t([1.0], [2.0]), t(0.5), t([3.0], [1.5])),
        (t([1.0, -2.0], [0.0, 0.5]), t(0.5, -0.3), t([0.0, 1.0], [0.75, 0.5])),
        (MEAN[:2], LOG_STD, ACTION[:2]),
        (MEAN, LOG_STD, ACTION),
        (t([0.0, 0.0]), t(-2.0, 0.0), t([3.0, 1.0])),  # far out: the density is 0 in single precision
        (MEAN.clone().requires_grad_(), LOG_STD.clone().requires_grad_(), ACTION),  # as they come from a network
    ),
)
def gaussian_logprob(mean: Tensor, log_std: Tensor, action: Tensor) -> Tensor:
    """The sum over components of -(a - mean)^2 / (2 std^2) - log std - log(2 pi) / 2: [B]."""
    z = (action - mean) / log_std.exp()
    return (-0.5 * z**2 - log_std - 0.5 * math.log(2 * math.pi)).sum(dim=1)


HALF_LOG_2_PI = 0.5 * math.log(2 * math.pi)


def score(mean, log_std, action):
    """How many standard deviations from the mean."""
    return (action - mean) / log_std.exp()


@gaussian_logprob.wrong(
    "only the square is left: the normaliser, - log σ - log(2π)/2 for each component, is missing. With a learned σ it matters: without it, wider is always better."
)
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2).sum(dim=1)


@gaussian_logprob.wrong("- log σ is missing: a narrow bell is a high one. Without it σ would only ever grow.")
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - HALF_LOG_2_PI).sum(dim=1)


@gaussian_logprob.wrong(
    "- log(2π)/2 is missing, once for each component. No gradient needs it, but a density that is compared with others does."
)
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - log_std).sum(dim=1)


@gaussian_logprob.wrong("log(2π)/2 is subtracted once; it comes once for *each* component of the action.")
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - log_std).sum(dim=1) - HALF_LOG_2_PI


@gaussian_logprob.wrong("a half is missing: the root in sqrt(2π) makes log(2π)/2, for each component.")
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - log_std - 2 * HALF_LOG_2_PI).sum(dim=1)


@gaussian_logprob.wrong("the sign of log(2π)/2 is turned: the density is *divided* by sqrt(2π), so it is subtracted.")
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - log_std + HALF_LOG_2_PI).sum(dim=1)


@gaussian_logprob.wrong("the sign of log σ is turned: the density is *divided* by σ, so log σ is subtracted.")
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 + log_std - HALF_LOG_2_PI).sum(dim=1)


@gaussian_logprob.wrong(
    "this is minus the log-density, a loss. The log-density was asked for: highest where the action is the mean."
)
def _(mean, log_std, action):
    return (0.5 * score(mean, log_std, action) ** 2 + log_std + HALF_LOG_2_PI).sum(dim=1)


@gaussian_logprob.wrong("the square is added; the further from the mean, the *less* likely.")
def _(mean, log_std, action):
    return (0.5 * score(mean, log_std, action) ** 2 - log_std - HALF_LOG_2_PI).sum(dim=1)


@gaussian_logprob.wrong(
    "this is the mean over the components. Densities of independent components multiply, so their logarithms add."
)
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - log_std - HALF_LOG_2_PI).mean(dim=1)


@gaussian_logprob.wrong("the components have not been added up: one number for each action, so sum over the last axis.")
def _(mean, log_std, action):
    return -0.5 * score(mean, log_std, action) ** 2 - log_std - HALF_LOG_2_PI


@gaussian_logprob.wrong("the sum runs over the batch (dim=0); it runs over the components of each action, dim=1.")
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - log_std - HALF_LOG_2_PI).sum(dim=0)


@gaussian_logprob.wrong("everything is added up, the batch too: each action keeps its own number, sum over dim=1 only.")
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - log_std - HALF_LOG_2_PI).sum()


@gaussian_logprob.wrong(
    "the square is summed over the components, but the normaliser is not: [B] and [D] broadcast, or do not fit. Sum all of it."
)
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2).sum(dim=1) - log_std - HALF_LOG_2_PI


@gaussian_logprob.wrong("this is the density; its logarithm was asked for.")
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - log_std - HALF_LOG_2_PI).sum(dim=1).exp()


@gaussian_logprob.wrong(
    "right on paper, but far from the mean the density is 0 in single precision, and log 0 is -inf. Never leave the logarithms."
)
def _(mean, log_std, action):
    density = torch.exp(-0.5 * score(mean, log_std, action) ** 2) / (log_std.exp() * math.sqrt(2 * math.pi))
    return density.prod(dim=1).log()


@gaussian_logprob.wrong(
    "the *densities* of the components are added before the logarithm; independent ones multiply, so their logarithms add."
)
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - log_std - HALF_LOG_2_PI).exp().sum(dim=1).log()


@gaussian_logprob.wrong("the half in front of the square is missing: -(a - μ)² / (2σ²).")
def _(mean, log_std, action):
    return (-(score(mean, log_std, action) ** 2) - log_std - HALF_LOG_2_PI).sum(dim=1)


@gaussian_logprob.wrong("the distance is squared, but σ is not: (a - μ)² / σ². Divide first, then square.")
def _(mean, log_std, action):
    return (-0.5 * (action - mean) ** 2 / log_std.exp() - log_std - HALF_LOG_2_PI).sum(dim=1)


@gaussian_logprob.wrong("the distance is not divided by σ: what counts is how many σ the action is from the mean.")
def _(mean, log_std, action):
    return (-0.5 * (action - mean) ** 2 - log_std - HALF_LOG_2_PI).sum(dim=1)


@gaussian_logprob.wrong("the distance is *multiplied* by σ: divide by it.")
def _(mean, log_std, action):
    return (-0.5 * ((action - mean) * log_std.exp()) ** 2 - log_std - HALF_LOG_2_PI).sum(dim=1)


@gaussian_logprob.wrong("log_std is taken for σ itself: σ = exp(log_std), which is never 0 and never negative.")
def _(mean, log_std, action):
    return (-0.5 * ((action - mean) / log_std) ** 2 - log_std - HALF_LOG_2_PI).sum(dim=1)


@gaussian_logprob.wrong(
    "log_std is taken for σ itself, here in both places: σ = exp(log_std), and its logarithm is log_std as it stands."
)
def _(mean, log_std, action):
    return (-0.5 * ((action - mean) / log_std) ** 2 - log_std.log() - HALF_LOG_2_PI).sum(dim=1)


@gaussian_logprob.wrong("exp(log_std) is taken for the *variance*; it is σ, and the variance is its square.")
def _(mean, log_std, action):
    return (-0.5 * (action - mean) ** 2 / log_std.exp() - 0.5 * log_std - HALF_LOG_2_PI).sum(dim=1)


@gaussian_logprob.wrong("the square is right, but beside it stands σ and not its logarithm: - log_std as it is given.")
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - log_std.exp() - HALF_LOG_2_PI).sum(dim=1)


@gaussian_logprob.wrong("log σ is subtracted twice: of log(2πσ²) only a half counts, which is log σ once.")
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - 2 * log_std - HALF_LOG_2_PI).sum(dim=1)


@gaussian_logprob.wrong("log σ is halved: of log(2πσ²) a half counts, and half of 2 log σ is log σ.")
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - 0.5 * log_std - HALF_LOG_2_PI).sum(dim=1)


@gaussian_logprob.wrong("the distance is not squared.")
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action).abs() - log_std - HALF_LOG_2_PI).sum(dim=1)


@gaussian_logprob.wrong(
    "the numbers are right, but no gradient leads back to mean and log_std: leave out detach, no_grad and .data here."
)
def _(mean, log_std, action):
    return gaussian_logprob.reference(mean.detach(), log_std.detach(), action)


@gaussian_logprob.wrong("the variance is taken for σ: the bell's width is exp(log_std), not its square.")
def _(mean, log_std, action):
    return gaussian_logprob.reference(mean, 2 * log_std, action)


@gaussian_logprob.wrong(
    "the small number inside the logarithm keeps it finite, and wrong: far from the mean it says log(1e-8). Never leave the logarithms."
)
def _(mean, log_std, action):
    density = torch.exp(-0.5 * score(mean, log_std, action) ** 2) / (log_std.exp() * math.sqrt(2 * math.pi))
    return (density + 1e-8).log().sum(dim=1)


@gaussian_logprob.wrong("this is the mean over the whole batch; each action keeps its own number, the sum over dim=1.")
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - log_std - HALF_LOG_2_PI).sum(dim=1).mean()


@gaussian_logprob.wrong("this is a loss: minus the mean over the batch. Each action keeps its own log-density.")
def _(mean, log_std, action):
    return -(-0.5 * score(mean, log_std, action) ** 2 - log_std - HALF_LOG_2_PI).sum(dim=1).mean()


@gaussian_logprob.wrong(
    "this is the mean over batch *and* components; each action keeps its own number, the sum over its components."
)
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - log_std - HALF_LOG_2_PI).mean()


@gaussian_logprob.wrong("log π / 2 stands where log(2π) / 2 belongs.")
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - log_std - 0.5 * math.log(math.pi)).sum(dim=1)


@gaussian_logprob.wrong(
    "the distances are added up before they are squared, and cancel: square each component, then sum."
)
def _(mean, log_std, action):
    z = score(mean, log_std, action).sum(dim=1)
    return -0.5 * z**2 - log_std.sum() - len(log_std) * HALF_LOG_2_PI


@gaussian_logprob.wrong(
    "the log-densities of the components are multiplied; the densities multiply, so the logarithms add."
)
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - log_std - HALF_LOG_2_PI).prod(dim=1)


@gaussian_logprob.wrong(
    "the normaliser and the half are missing: this is minus the squared distance, whose height says nothing about σ."
)
def _(mean, log_std, action):
    return -(score(mean, log_std, action) ** 2).sum(dim=1)


@gaussian_logprob.wrong(
    "log σ is averaged over the components; every component has its own, and they add up, as the squares do."
)
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - HALF_LOG_2_PI).sum(dim=1) - log_std.mean()


@gaussian_logprob.wrong(
    "log(2π)/2 and log σ are missing from the sum and have been subtracted once, for the whole batch or for one component."
)
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2).sum(dim=1) - log_std[0] - HALF_LOG_2_PI
