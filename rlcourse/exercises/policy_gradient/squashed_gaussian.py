"""4.13 The density of a squashed Gaussian, as a bug hunt: it is that of the wrong variable."""

import math

import torch
from torch import Tensor

from rlcourse.exercises.policy_gradient.gaussian import gaussian_logprob
from rlcourse.exercises.tensors import Differentiable, exercise, t

gaussian = gaussian_logprob.reference

MEAN, LOG_STD = t([0.5, -1.0], [0.0, 0.25], [-0.5, 0.75]), t(0.3, -0.5)
RAW = t([1.0, -0.4], [-0.6, 0.9], [0.2, 1.3])


@exercise(
    "4.13",
    "Bug hunt: two fifths have gone missing",
    kind=Differentiable,
    cases=(
        (t([0.0]), t(0.0), t([1.0])),
        (t([0.5], [-1.0]), t(-0.5), t([0.3], [-1.2])),
        (MEAN[:1], LOG_STD, RAW[:1]),
        (MEAN, LOG_STD, RAW),
        (t([9.0, -12.0], [0.0, 1.0]), t(0.0, 0.5), t([10.0, -11.0], [-0.5, 15.0])),  # tanh is 1 in single precision
        (MEAN.clone().requires_grad_(), LOG_STD.clone().requires_grad_(), RAW),
    ),
)
def squashed_logprob(mean: Tensor, log_std: Tensor, raw: Tensor) -> Tensor:
    """log N(raw; mean, std) - sum log(1 - tanh(raw)^2), finite however large raw is: [B]."""
    z = (raw - mean) / log_std.exp()
    gaussian = -0.5 * z**2 - log_std - 0.5 * math.log(2 * math.pi)
    log_slope = 2 * (math.log(2) - raw - torch.nn.functional.softplus(-2 * raw))
    return (gaussian - log_slope).sum(dim=1)


@squashed_logprob.planted_bug("the density of the action, summed over all actions from -1 to 1, is 0.61 and not 1.")
def _(mean, log_std, raw):
    z = (raw - mean) / log_std.exp()
    logprob = -0.5 * z**2 - log_std - 0.5 * math.log(2 * math.pi)
    return logprob.sum(dim=1)


def log_slope(raw):
    """log(1 - tanh(u)^2), for any u."""
    return 2 * (math.log(2) - raw - torch.nn.functional.softplus(-2 * raw))


@squashed_logprob.wrong(
    "the right correction with the wrong sign: where tanh is flat it crowds many u into few actions, so the density of the action is *larger* there. Subtract log(1 - tanh(u)²)."
)
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) + log_slope(raw).sum(dim=1)


@squashed_logprob.wrong(
    "right on paper, and right on the tame inputs; but where tanh(u) rounds to 1 this is log 0. Use log(1 - tanh(u)²) = 2 (log 2 - u - softplus(-2u))."
)
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) - (1 - torch.tanh(raw) ** 2).log().sum(dim=1)


@squashed_logprob.wrong(
    "a floor of 1e-6 under the slope keeps the logarithm finite, and wrong: far out it caps the correction. 2 (log 2 - u - softplus(-2u)) is exact there."
)
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) - (1 - torch.tanh(raw) ** 2 + 1e-6).log().sum(dim=1)


@squashed_logprob.wrong(
    "a floor of 1e-8 under the slope keeps the logarithm finite, and wrong: far out it caps the correction. 2 (log 2 - u - softplus(-2u)) is exact there."
)
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) - (1 - torch.tanh(raw) ** 2 + 1e-8).log().sum(dim=1)


@squashed_logprob.wrong(
    "the action is kept off ±1, which is finite, and wrong: far out it caps the correction. 2 (log 2 - u - softplus(-2u)) is exact for any u."
)
def _(mean, log_std, raw):
    action = torch.tanh(raw).clamp(-1 + 1e-6, 1 - 1e-6)
    return gaussian(mean, log_std, raw) - (1 - action**2).log().sum(dim=1)


@squashed_logprob.wrong(
    "this asks the bell for the density at tanh(u). What was drawn from it is u; the squashing is paid for by subtracting log(1 - tanh(u)²)."
)
def _(mean, log_std, raw):
    return gaussian(mean, log_std, torch.tanh(raw))


@squashed_logprob.wrong(
    "the correction is right, but the bell is asked for its density at tanh(u). What was drawn from it is u."
)
def _(mean, log_std, raw):
    return gaussian(mean, log_std, torch.tanh(raw)) - log_slope(raw).sum(dim=1)


@squashed_logprob.wrong(
    "this squashes the mean and asks for the density at tanh(u): a bell around tanh(μ), which reaches beyond 1. Keep the bell of u, and correct for the slope of tanh."
)
def _(mean, log_std, raw):
    return gaussian(torch.tanh(mean), log_std, torch.tanh(raw))


@squashed_logprob.wrong("the slope of tanh is taken at the mean; each action is squashed where it lies, at its own u.")
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) - log_slope(mean).sum(dim=1)


@squashed_logprob.wrong("the slope of tanh is 1 - tanh(u)²; the square is missing.")
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) - (1 - torch.tanh(raw)).log().sum(dim=1)


@squashed_logprob.wrong("the slope of tanh at u is 1 - tanh(u)²; here u itself was squared.")
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) - (1 - raw**2).log().sum(dim=1)


@squashed_logprob.wrong(
    "this divides by tanh(u) itself (subtracts its logarithm); it is divided by its *slope*, 1 - tanh(u)²."
)
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) - torch.tanh(raw).abs().log().sum(dim=1)


@squashed_logprob.wrong(
    "the slope is subtracted as it is; in the logarithm of a density, its *logarithm* is subtracted."
)
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) - (1 - torch.tanh(raw) ** 2).sum(dim=1)


@squashed_logprob.wrong("the factor 2 is missing: 1 - tanh(u)² = 4 / (e^u + e^-u)², a square.")
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) - 0.5 * log_slope(raw).sum(dim=1)


@squashed_logprob.wrong("log 2 is missing: log(1 - tanh(u)²) = 2 (log 2 - u - softplus(-2u)), which is 0 at u = 0.")
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) - (log_slope(raw) - 2 * math.log(2)).sum(dim=1)


@squashed_logprob.wrong("a sign inside the formula: it is softplus(-2u) beside - u (or softplus(2u) beside + u).")
def _(mean, log_std, raw):
    softplus = torch.nn.functional.softplus
    return gaussian(mean, log_std, raw) - 2 * (math.log(2) - raw - softplus(2 * raw)).sum(dim=1)


@squashed_logprob.wrong("a sign inside the formula: u is subtracted where softplus(-2u) is.")
def _(mean, log_std, raw):
    softplus = torch.nn.functional.softplus
    return gaussian(mean, log_std, raw) - 2 * (math.log(2) + raw - softplus(-2 * raw)).sum(dim=1)


@squashed_logprob.wrong("a sign inside the formula: softplus(-2u) is subtracted inside the bracket, not added.")
def _(mean, log_std, raw):
    softplus = torch.nn.functional.softplus
    return gaussian(mean, log_std, raw) - 2 * (math.log(2) - raw + softplus(-2 * raw)).sum(dim=1)


@squashed_logprob.wrong("the correction is averaged over the components; it is summed, as the log-density is.")
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) - log_slope(raw).mean(dim=1)


@squashed_logprob.wrong("the correction has not been summed over the components: [B] against [B, D].")
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) - log_slope(raw)


@squashed_logprob.wrong("the sum has gone: one number for each action, so sum over the components.")
def _(mean, log_std, raw):
    z = (raw - mean) / log_std.exp()
    return -0.5 * z**2 - log_std - 0.5 * math.log(2 * math.pi) - log_slope(raw)


@squashed_logprob.wrong("this is the slope of another squashing function, the sigmoid; of tanh it is 1 - tanh(u)².")
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) - (torch.sigmoid(raw) * (1 - torch.sigmoid(raw))).log().sum(dim=1)


@squashed_logprob.wrong(
    "multiplying the density by a constant would mend one sum and no other: what is missing depends on u, the slope of tanh there."
)
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) - math.log(0.605706)


@squashed_logprob.wrong("the numbers are right, but no gradient leads back to mean and log_std.")
def _(mean, log_std, raw):
    return squashed_logprob.reference(mean.detach(), log_std.detach(), raw)


@squashed_logprob.wrong(
    "a floor of 1e-7 under the slope keeps the logarithm finite, and wrong: far out it caps the correction. 2 (log 2 - u - softplus(-2u)) is exact there."
)
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) - (1 - torch.tanh(raw) ** 2 + 1e-7).log().sum(dim=1)


@squashed_logprob.wrong(
    "two things: the sign (log(1 - tanh(u)²) is *subtracted*: where tanh is flat, the density of the action is larger), and far out, where tanh(u) rounds to 1, this is log 0."
)
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) + (1 - torch.tanh(raw) ** 2).log().sum(dim=1)


@squashed_logprob.wrong(
    "two things: the sign (log(1 - tanh(u)²) is *subtracted*: where tanh is flat, the density of the action is larger), and the floor of 1e-6, which caps it far out."
)
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) + (1 - torch.tanh(raw) ** 2 + 1e-6).log().sum(dim=1)


@squashed_logprob.wrong(
    "atanh(tanh(u)) is u again (or infinite, where tanh rounds to 1): the bell is asked the same as before. What is missing is the slope of tanh."
)
def _(mean, log_std, raw):
    return gaussian(mean, log_std, torch.atanh(torch.tanh(raw)))


@squashed_logprob.wrong("the right terms, but averaged over the components: log-densities of components add up.")
def _(mean, log_std, raw):
    z = (raw - mean) / log_std.exp()
    return (-0.5 * z**2 - log_std - 0.5 * math.log(2 * math.pi) - log_slope(raw)).mean(dim=1)


@squashed_logprob.wrong("this is the density; its logarithm was asked for.")
def _(mean, log_std, raw):
    return (gaussian(mean, log_std, raw) - log_slope(raw).sum(dim=1)).exp()


@squashed_logprob.wrong("log 2 counts twice, as everything in the bracket: 2 (log 2 - u - softplus(-2u)).")
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) - (log_slope(raw) - math.log(2)).sum(dim=1)


@squashed_logprob.wrong("softplus(-2u), with the 2: the slope of tanh is that of a sigmoid of 2u.")
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) - 2 * (math.log(2) - raw - torch.nn.functional.softplus(-raw)).sum(dim=1)


@squashed_logprob.wrong("the correction is counted twice: 1 - tanh(u)² is the slope already, once for each component.")
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) - 2 * log_slope(raw).sum(dim=1)


@squashed_logprob.wrong("the correction is summed over the batch too: each action has its own, over its components.")
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) - log_slope(raw).sum()


@squashed_logprob.wrong(
    "the correction is multiplied into the logarithm: a density is divided by the slope, so from its logarithm the slope's is subtracted."
)
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) / (1 - torch.tanh(raw) ** 2).prod(dim=1)


@squashed_logprob.wrong("the slope of tanh is 1 *minus* tanh(u)².")
def _(mean, log_std, raw):
    return gaussian(mean, log_std, raw) - (1 + torch.tanh(raw) ** 2).log().sum(dim=1)
