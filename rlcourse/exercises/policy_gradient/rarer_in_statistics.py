"""Rarer wrong answers of exercises 4.11, 4.12 and 4.13, and two mistakes at once."""

import math

import numpy as np
import torch
from scipy import stats

from rlcourse.exercises.policy_gradient.gaussian import HALF_LOG_2_PI, gaussian_logprob, score
from rlcourse.exercises.policy_gradient.paired_ratio import interval, paired_ratio, unpaired_error
from rlcourse.exercises.policy_gradient.squashed_gaussian import log_slope, squashed_logprob

__all__ = ["gaussian_logprob", "paired_ratio", "squashed_logprob"]


@paired_ratio.wrong(
    "two things: the seeds pair the two samples (one ratio for each seed), and 1.96 is for a spread that is known."
)
def _(with_baseline, without):
    x, y = np.log(with_baseline), np.log(without)
    return interval(x - y, quantile=stats.norm.ppf(0.975), error=unpaired_error(x, y))


@paired_ratio.wrong(
    "two things: average the logarithms of the ratios, not the ratios, and use Student's t instead of 1.96."
)
def _(with_baseline, without):
    return interval(with_baseline / without, quantile=stats.norm.ppf(0.975), back=float)


@paired_ratio.wrong("two things: average the logarithms of the ratios, not the ratios, and std(ddof=1).")
def _(with_baseline, without):
    x = with_baseline / without
    return interval(x, error=x.std() / np.sqrt(len(x)), back=float)


@paired_ratio.wrong(
    "the width is right, but its middle is the ratio of the means, in which one unlucky seed outweighs the others."
)
def _(with_baseline, without):
    x = np.log(with_baseline / without)
    return interval(x - x.mean() + np.log(with_baseline.mean() / without.mean()))


@paired_ratio.wrong("the width is right, but its middle is the median; the mean of the logarithms was asked for.")
def _(with_baseline, without):
    x = np.log(with_baseline / without)
    return interval(x - x.mean() + np.median(x))


@paired_ratio.wrong("the quantile has the degrees of freedom of two samples; paired there is one, of n ratios: n - 1.")
def _(with_baseline, without):
    x = np.log(with_baseline / without)
    return interval(x, quantile=stats.t.ppf(0.975, 2 * len(x) - 2))


@paired_ratio.wrong(
    "1.645 is the normal quantile with 5 % at *each* end; for 95 % from a few seeds: t.ppf(0.975, n - 1)."
)
def _(with_baseline, without):
    x = np.log(with_baseline / without)
    return interval(x, quantile=stats.norm.ppf(0.95))


@paired_ratio.wrong("the ends are carried back, but the ratio is still a logarithm: exp of all three.")
def _(with_baseline, without):
    x = np.log(with_baseline / without)
    return (float(x.mean()), *interval(x)[1:])


@paired_ratio.wrong(
    "two standard deviations are about where 95 % of *single seeds* fall; for their mean: t.ppf(0.975, n - 1) * std(ddof=1) / sqrt(n)."
)
def _(with_baseline, without):
    x = np.log(with_baseline / without)
    return interval(x, quantile=2.0, error=x.std(ddof=1))


@paired_ratio.wrong(
    "one standard deviation each way is where two thirds of *single seeds* fall; the mean's interval needs t.ppf(0.975, n - 1) and sqrt(n)."
)
def _(with_baseline, without):
    x = np.log(with_baseline / without)
    return interval(x, quantile=1.0, error=x.std(ddof=1))


@paired_ratio.wrong("two things: std(ddof=1), and it is divided by sqrt(n), not by n.")
def _(with_baseline, without):
    x = np.log(with_baseline / without)
    return interval(x, error=x.std() / len(x))


@paired_ratio.wrong("np.log goes down and 10 ** comes up: two different bases. Use np.log with np.exp.")
def _(with_baseline, without):
    x = np.log(with_baseline / without)
    return interval(x, back=lambda y: 10.0**y)


@paired_ratio.wrong("log1p is the logarithm of 1 + x; of a ratio it is log.")
def _(with_baseline, without):
    return interval(np.log1p(with_baseline / without))


@paired_ratio.wrong(
    "two things: upside down, it is with_baseline / without; and average the logarithms, not the ratios."
)
def _(with_baseline, without):
    return interval(without / with_baseline, back=float)


@paired_ratio.wrong("two things: upside down, it is with_baseline / without; and Student's t instead of 1.96.")
def _(with_baseline, without):
    return interval(np.log(without / with_baseline), quantile=stats.norm.ppf(0.975))


@gaussian_logprob.wrong(
    "two things: this is minus the log-density, a loss, and log(2π)/2 is missing for each component."
)
def _(mean, log_std, action):
    return -(-0.5 * score(mean, log_std, action) ** 2 - log_std).sum(dim=1)


@gaussian_logprob.wrong("two things: log(2π)/2 is missing for each component, and the components add up, no mean.")
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - log_std).mean(dim=1)


@gaussian_logprob.wrong("two things: the normaliser is missing, and the components add up, no mean.")
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2).mean(dim=1)


@gaussian_logprob.wrong("log(2π) is subtracted once and in full; a *half* of it comes for each component.")
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - log_std).sum(dim=1) - 2 * HALF_LOG_2_PI


@gaussian_logprob.wrong("two things: half the square, and log(2π)/2 for each component.")
def _(mean, log_std, action):
    return (-(score(mean, log_std, action) ** 2) - log_std).sum(dim=1)


@gaussian_logprob.wrong(
    "σ comes to the fourth power in the square: divide by σ, then square; (2 log σ).exp() is the variance already."
)
def _(mean, log_std, action):
    return (-0.5 * (action - mean) ** 2 / log_std.exp() ** 4 - log_std - HALF_LOG_2_PI).sum(dim=1)


@gaussian_logprob.wrong(
    "the signs of the normaliser are turned: the density is *divided* by σ and sqrt(2π), so both logarithms are subtracted."
)
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 + log_std + HALF_LOG_2_PI).sum(dim=1)


@gaussian_logprob.wrong(
    "the square is divided by 2σ² rightly; but of the normaliser only a half counts: log σ + log(2π)/2 is log(2πσ²)/2."
)
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - 2 * log_std - 2 * HALF_LOG_2_PI).sum(dim=1)


@gaussian_logprob.wrong("sqrt(2π) itself is subtracted; its logarithm belongs there, log(2π)/2.")
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - log_std - math.sqrt(2 * math.pi)).sum(dim=1)


@gaussian_logprob.wrong("σ is softplus(log_std) here; it is exp(log_std).")
def _(mean, log_std, action):
    std = torch.nn.functional.softplus(log_std)
    return (-0.5 * ((action - mean) / std) ** 2 - std.log() - HALF_LOG_2_PI).sum(dim=1)


@gaussian_logprob.wrong("this is the density of each component; take logarithms, and add them up.")
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - log_std - HALF_LOG_2_PI).exp()


@gaussian_logprob.wrong(
    "log(2π)/2 is counted once for each row of the batch; it comes once for each *component* of an action."
)
def _(mean, log_std, action):
    return (-0.5 * score(mean, log_std, action) ** 2 - log_std).sum(dim=1) - len(mean) * HALF_LOG_2_PI


@squashed_logprob.wrong(
    "two things: the bell is asked for its density at tanh(u), but what was drawn from it is u; and far out this is log 0."
)
def _(mean, log_std, raw):
    action = torch.tanh(raw)
    return gaussian_logprob.reference(mean, log_std, action) - (1 - action**2).log().sum(dim=1)


@squashed_logprob.wrong(
    "two things: the bell is asked for its density at tanh(u), but what was drawn from it is u; and the floor of 1e-6 caps the correction far out."
)
def _(mean, log_std, raw):
    action = torch.tanh(raw)
    return gaussian_logprob.reference(mean, log_std, action) - (1 - action**2 + 1e-6).log().sum(dim=1)


@squashed_logprob.wrong("the slope of tanh is 1 - tanh(u)²: the square belongs to tanh, not to the difference.")
def _(mean, log_std, raw):
    return gaussian_logprob.reference(mean, log_std, raw) - 2 * (1 - torch.tanh(raw)).log().sum(dim=1)


@squashed_logprob.wrong("the slope of tanh is 1 - tanh(u)²; here u was squared before tanh.")
def _(mean, log_std, raw):
    return gaussian_logprob.reference(mean, log_std, raw) - (1 - torch.tanh(raw**2)).log().sum(dim=1)


@squashed_logprob.wrong("log σ is subtracted twice: it is in the bell already, and the slope of tanh has no σ.")
def _(mean, log_std, raw):
    return gaussian_logprob.reference(mean, log_std, raw) - (log_slope(raw) + log_std).sum(dim=1)


@squashed_logprob.wrong("a sign inside the formula: log 2 is positive, 2 (log 2 - u - softplus(-2u)).")
def _(mean, log_std, raw):
    return gaussian_logprob.reference(mean, log_std, raw) - (log_slope(raw) - 4 * math.log(2)).sum(dim=1)


@squashed_logprob.wrong("the slope is right, but two signs in the bracket are not: 2 (log 2 - u - softplus(-2u)).")
def _(mean, log_std, raw):
    return gaussian_logprob.reference(mean, log_std, raw) - (4 * math.log(2) - log_slope(raw)).sum(dim=1)


@squashed_logprob.wrong(
    "the correction is summed over the batch, dim=0; each action has its own, over its components, dim=1."
)
def _(mean, log_std, raw):
    z = (raw - mean) / log_std.exp()
    return (-0.5 * z**2 - log_std - HALF_LOG_2_PI - log_slope(raw)).sum(dim=0)
