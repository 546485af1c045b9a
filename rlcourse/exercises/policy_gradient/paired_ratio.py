"""4.11 A ratio reported with its interval: paired by seed, on the scale of logarithms."""

import numpy as np
from scipy import stats

from rlcourse.exercises.format import Floats, exercise

UNEVEN = np.array([210.0, 640.0, 330.0, 1250.0, 480.0, 150.0, 720.0, 395.0, 260.0, 900.0])  # some seeds are unlucky


@exercise(
    "4.11",
    "A ratio, and how sure of it one may be",
    cases=(
        (np.array([100.0, 400.0]), np.array([200.0, 200.0])),
        (np.array([100.0, 300.0, 900.0]), np.array([200.0, 606.0, 1782.0])),
        (np.array([120.0, 340.0, 80.0, 510.0, 260.0]), np.array([300.0, 410.0, 350.0, 620.0, 1900.0])),
        (UNEVEN * np.array([0.4, 0.55, 0.5, 0.38, 0.61, 0.45, 0.52, 0.43, 0.7, 0.36]), UNEVEN),
    ),
    rtol=1e-4,  # a quantile copied from a table has four or five digits
)
def paired_ratio(with_baseline: Floats, without: Floats) -> tuple[float, float, float]:
    """Geometric mean of with_baseline / without, and its 95 % t interval, computed on the logarithms."""
    log_ratio = np.log(with_baseline / without)
    n = len(log_ratio)
    half = stats.t.ppf(0.975, n - 1) * log_ratio.std(ddof=1) / np.sqrt(n)
    middle = log_ratio.mean()
    return float(np.exp(middle)), float(np.exp(middle - half)), float(np.exp(middle + half))


def interval(x, *, quantile=None, error=None, back=np.exp):
    """Of the mean of x, carried back; the quantile of t and the standard error may be exchanged for others."""
    n, middle = len(x), x.mean()
    quantile = stats.t.ppf(0.975, n - 1) if quantile is None else quantile
    half = quantile * (x.std(ddof=1) / np.sqrt(n) if error is None else error)
    return float(back(middle)), float(back(middle - half)), float(back(middle + half))


def unpaired_error(x, y):
    """The standard error of a difference of means, as if the two samples had nothing to do with each other."""
    return np.sqrt(x.var(ddof=1) / len(x) + y.var(ddof=1) / len(y))


@paired_ratio.wrong(
    "this is the interval of two independent samples. The seeds pair them: take the ratio seed by seed, and the luck that both runs of a seed share cancels."
)
def _(with_baseline, without):
    x, y = np.log(with_baseline), np.log(without)
    return interval(np.log(with_baseline / without), error=unpaired_error(x, y))


@paired_ratio.wrong(
    "this is Student's interval of two independent samples, with 2n - 2 degrees of freedom. The seeds pair them: one ratio for each seed, n - 1."
)
def _(with_baseline, without):
    x, y = np.log(with_baseline), np.log(without)
    quantile = stats.t.ppf(0.975, 2 * len(x) - 2)
    return interval(np.log(with_baseline / without), quantile=quantile, error=unpaired_error(x, y))


@paired_ratio.wrong(
    "this is Welch's interval of two independent samples. The seeds pair them: one ratio for each seed, then the interval of their mean."
)
def _(with_baseline, without):
    x, y = np.log(with_baseline), np.log(without)
    n, a, b = len(x), x.var(ddof=1), y.var(ddof=1)
    quantile = stats.t.ppf(0.975, (n - 1) * (a + b) ** 2 / (a**2 + b**2))
    return interval(np.log(with_baseline / without), quantile=quantile, error=unpaired_error(x, y))


@paired_ratio.wrong("both are sorted first, which breaks the pairs: entry i of the two belongs to the same seed.")
def _(with_baseline, without):
    return interval(np.log(np.sort(with_baseline) / np.sort(without)))


@paired_ratio.wrong(
    "1.96 is the quantile of a normal distribution, right if the spread were known. It is estimated from a few seeds: Student's t, with n - 1 degrees of freedom."
)
def _(with_baseline, without):
    return interval(np.log(with_baseline / without), quantile=stats.norm.ppf(0.975))


@paired_ratio.wrong(
    "two standard errors are a rule of thumb; with few seeds the quantile of t is larger: ppf(0.975, n - 1)."
)
def _(with_baseline, without):
    return interval(np.log(with_baseline / without), quantile=2.0)


@paired_ratio.wrong(
    "one standard error each way covers about two cases in three; for 95 % it is t.ppf(0.975, n - 1) of them."
)
def _(with_baseline, without):
    return interval(np.log(with_baseline / without), quantile=1.0)


@paired_ratio.wrong(
    "this quantile leaves 5 % at *each* end: an interval of 90 %. Two ends with 2.5 % each: ppf(0.975, ...)."
)
def _(with_baseline, without):
    return interval(np.log(with_baseline / without), quantile=stats.t.ppf(0.95, len(without) - 1))


@paired_ratio.wrong("n - 1 degrees of freedom, not n: one was used up by the mean.")
def _(with_baseline, without):
    return interval(np.log(with_baseline / without), quantile=stats.t.ppf(0.975, len(without)))


@paired_ratio.wrong(
    "this is the spread of single seeds. What one asks for is how far the *mean* may be off: the standard error, std / sqrt(n)."
)
def _(with_baseline, without):
    x = np.log(with_baseline / without)
    return interval(x, error=x.std(ddof=1))


@paired_ratio.wrong("the standard deviation is divided by n; the standard error of a mean is std / sqrt(n).")
def _(with_baseline, without):
    x = np.log(with_baseline / without)
    return interval(x, error=x.std(ddof=1) / len(x))


@paired_ratio.wrong("np.std divides by n unless told otherwise, which is too small for a sample: std(ddof=1).")
def _(with_baseline, without):
    x = np.log(with_baseline / without)
    return interval(x, error=x.std() / np.sqrt(len(x)))


@paired_ratio.wrong(
    "the variance stands where the standard deviation belongs: take its root before dividing by sqrt(n)."
)
def _(with_baseline, without):
    x = np.log(with_baseline / without)
    return interval(x, error=x.var(ddof=1) / np.sqrt(len(x)))


@paired_ratio.wrong("n - 1 is used twice, in std(ddof=1) and in the root: it is std(ddof=1) / sqrt(n).")
def _(with_baseline, without):
    x = np.log(with_baseline / without)
    return interval(x, error=x.std(ddof=1) / np.sqrt(len(x) - 1))


@paired_ratio.wrong(
    'this averages the ratios themselves, and 1/2 and 2 average to 1.25: "slower", though one seed says twice and one says half. Average their logarithms.'
)
def _(with_baseline, without):
    return interval(with_baseline / without, back=float)


@paired_ratio.wrong(
    "the interval is right, but its middle is the arithmetic mean of the ratios; take the geometric one, exp of the mean logarithm."
)
def _(with_baseline, without):
    ratio = with_baseline / without
    return (float(ratio.mean()), *interval(np.log(ratio))[1:])


@paired_ratio.wrong(
    "the interval is right, but its middle is the ratio of the means, in which one unlucky seed outweighs the others: exp of the mean logarithm."
)
def _(with_baseline, without):
    return (float(with_baseline.mean() / without.mean()), *interval(np.log(with_baseline / without))[1:])


@paired_ratio.wrong(
    "the interval is right, but its middle is the median; the mean was asked for, that of the logarithms."
)
def _(with_baseline, without):
    ratio = with_baseline / without
    return (float(np.median(ratio)), *interval(np.log(ratio))[1:])


@paired_ratio.wrong("the ratio is upside down: with_baseline / without, less than 1 where the baseline saves episodes.")
def _(with_baseline, without):
    return interval(np.log(without / with_baseline))


@paired_ratio.wrong("these are differences of episodes, not ratios: an interval of with_baseline - without.")
def _(with_baseline, without):
    return interval(with_baseline - without, back=float)


@paired_ratio.wrong("all three are still logarithms; exp carries them back to ratios.")
def _(with_baseline, without):
    return interval(np.log(with_baseline / without), back=float)


@paired_ratio.wrong("the ratio is carried back, but the ends of the interval are still logarithms: exp of all three.")
def _(with_baseline, without):
    x = np.log(with_baseline / without)
    return (float(np.exp(x.mean())), *interval(x, back=float)[1:])


@paired_ratio.wrong("log10 goes down and exp comes up: two different bases. Use np.log with np.exp.")
def _(with_baseline, without):
    return interval(np.log10(with_baseline / without))


@paired_ratio.wrong("log2 goes down and exp comes up: two different bases. Use np.log with np.exp.")
def _(with_baseline, without):
    return interval(np.log2(with_baseline / without))


@paired_ratio.wrong("half the width was carried back by itself and then added: exp(m ± h), not exp(m) ± exp(h).")
def _(with_baseline, without):
    middle, _, high = interval(np.log(with_baseline / without))
    return middle, middle - high / middle, middle + high / middle


@paired_ratio.wrong("half the width, a logarithm, was added to a ratio: exp(m ± h), not exp(m) ± h.")
def _(with_baseline, without):
    middle, _, high = interval(np.log(with_baseline / without))
    return middle, middle - float(np.log(high / middle)), middle + float(np.log(high / middle))


@paired_ratio.wrong(
    "exp(m) (1 ± h) is the interval of small h, made symmetric; the ends are exp(m - h) and exp(m + h)."
)
def _(with_baseline, without):
    middle, _, high = interval(np.log(with_baseline / without))
    half = float(np.log(high / middle))
    return middle, middle * (1 - half), middle * (1 + half)


@paired_ratio.wrong(
    "the smallest and the largest ratio say what single seeds did, and the range grows with more seeds; an interval for the mean shrinks."
)
def _(with_baseline, without):
    ratio = with_baseline / without
    return interval(np.log(ratio))[0], float(ratio.min()), float(ratio.max())


@paired_ratio.wrong(
    "the 2.5th and 97.5th percentile of the ratios describe single seeds, not their mean: it needs the standard error."
)
def _(with_baseline, without):
    ratio = with_baseline / without
    return interval(np.log(ratio))[0], float(np.percentile(ratio, 2.5)), float(np.percentile(ratio, 97.5))


@paired_ratio.wrong("all three numbers are right, but not their order: ratio, low, high.")
def _(with_baseline, without):
    middle, low, high = interval(np.log(with_baseline / without))
    return low, middle, high


@paired_ratio.wrong("the two ends are exchanged: low, then high.")
def _(with_baseline, without):
    middle, low, high = interval(np.log(with_baseline / without))
    return middle, high, low


@paired_ratio.wrong(
    "two things: np.std divides by n unless told otherwise (ddof=1), and 1.96 is for a spread that is known (Student's t, n - 1)."
)
def _(with_baseline, without):
    x = np.log(with_baseline / without)
    return interval(x, quantile=stats.norm.ppf(0.975), error=x.std() / np.sqrt(len(x)))


@paired_ratio.wrong(
    "this is the spread of single seeds, and np.std divides by n at that: the standard error is std(ddof=1) / sqrt(n)."
)
def _(with_baseline, without):
    x = np.log(with_baseline / without)
    return interval(x, error=x.std())


@paired_ratio.wrong(
    "this is the spread of single seeds times 1.96: about where the next seed will fall. For the mean: t.ppf(0.975, n - 1) * std(ddof=1) / sqrt(n)."
)
def _(with_baseline, without):
    x = np.log(with_baseline / without)
    return interval(x, quantile=stats.norm.ppf(0.975), error=x.std(ddof=1))


@paired_ratio.wrong("this is an interval of 99 %; for 95 % leave 2.5 % at each end, ppf(0.975, n - 1).")
def _(with_baseline, without):
    return interval(np.log(with_baseline / without), quantile=stats.t.ppf(0.995, len(without) - 1))


@paired_ratio.wrong(
    "the logarithms are divided by each other; the logarithm of a ratio is their *difference*, log(with_baseline / without)."
)
def _(with_baseline, without):
    return interval(np.log(with_baseline) / np.log(without))


@paired_ratio.wrong(
    "the geometric mean is right, but the interval is that of the ratios themselves: compute it on the logarithms, then exp."
)
def _(with_baseline, without):
    ratio = with_baseline / without
    return (interval(np.log(ratio))[0], *interval(ratio, back=float)[1:])


@paired_ratio.wrong(
    "this is the relative change, (with - without) / without, and averaged as it is: take the ratio, and the mean of its logarithm."
)
def _(with_baseline, without):
    return interval((with_baseline - without) / without, back=float)


@paired_ratio.wrong(
    "mean, smallest and largest ratio: that describes these seeds. Geometric mean, and an interval for it, from the logarithms."
)
def _(with_baseline, without):
    ratio = with_baseline / without
    return float(ratio.mean()), float(ratio.min()), float(ratio.max())


@paired_ratio.wrong(
    "median and percentiles describe single seeds; an interval for their mean needs the standard error of the logarithms."
)
def _(with_baseline, without):
    ratio = with_baseline / without
    low, high = np.percentile(ratio, [2.5, 97.5])
    return float(np.median(ratio)), float(low), float(high)


@paired_ratio.wrong(
    "the ratio of the means, and an interval of the mean ratio, of which neither was asked for: mean and interval of the logarithms, then exp."
)
def _(with_baseline, without):
    ratio = with_baseline / without
    return (float(with_baseline.mean() / without.mean()), *interval(ratio, back=float)[1:])
