"""4.4 The constant baseline with which the gradient's estimates scatter least."""

import numpy as np

from rlcourse.exercises.format import Floats, exercise


@exercise(
    "4.4",
    "The best constant",
    cases=(
        (np.array([[1.0], [-1.0]]), np.array([4.0, 4.0])),
        (np.array([[2.0], [-1.0], [-1.0]]), np.array([1.0, 4.0, 7.0])),
        (np.array([[0.5, -0.5], [-1.0, 1.0], [0.3, 0.4], [2.0, 0.0]]), np.array([3.0, -2.0, 6.0, 1.0])),
        (np.array([[0.5, -1.0, 2.0], [1.0, 0.0, -0.4], [-2.0, 0.3, 0.1]]), np.array([-3.0, 5.0, 2.0])),
    ),
)
def best_baseline(score: Floats, return_: Floats) -> float:
    """The b for which the mean of |score (G - b)|^2 is least: sum |score|^2 G / sum |score|^2."""
    weight = (score**2).sum(axis=1)
    return float((weight * return_).sum() / weight.sum())


@best_baseline.wrong(
    "this is the plain mean of the returns: nearly as good, often enough. But a sample whose score is long shakes the estimate more, so its return counts for more."
)
def _(score, return_):
    return return_.mean()


@best_baseline.wrong(
    "the weights are the lengths |score|; in the variance they stand squared, and the square survives the derivative."
)
def _(score, return_):
    length = np.linalg.norm(score, axis=1)
    return (length * return_).sum() / length.sum()


@best_baseline.wrong("the fraction is upside down: solve for b, the sum with G in it belongs above.")
def _(score, return_):
    weight = (score**2).sum(axis=1)
    return weight.sum() / (weight * return_).sum()


@best_baseline.wrong(
    "the weights are upside down, 1/|score|^2. That is how one averages *measurements*, the shakiest counting least; here b must fit best where the score is long, for there an error costs most."
)
def _(score, return_):
    weight = 1 / (score**2).sum(axis=1)
    return (weight * return_).sum() / weight.sum()


@best_baseline.wrong(
    "the returns are centred first, so the result is only what is *added* to their mean. Leave G as it is."
)
def _(score, return_):
    weight = (score**2).sum(axis=1)
    return (weight * (return_ - return_.mean())).sum() / weight.sum()


@best_baseline.wrong(
    "this is the best baseline for each component by itself, [P]; *one* number for all of them was asked for: add up the squares over the components, above and below."
)
def _(score, return_):
    weight = score**2
    return (weight * return_[:, None]).sum(axis=0) / weight.sum(axis=0)


@best_baseline.wrong(
    "this averages the best baselines of the single components; add up numerators and denominators over the components first, then divide once."
)
def _(score, return_):
    weight = score**2
    return ((weight * return_[:, None]).sum(axis=0) / weight.sum(axis=0)).mean()


@best_baseline.wrong(
    "the components of a score are added and then squared; the squared length is the sum of the *squares*."
)
def _(score, return_):
    weight = score.sum(axis=1) ** 2
    return (weight * return_).sum() / weight.sum()


@best_baseline.wrong(
    "the squares are added over the *samples* (axis 0): that is a weight for each component. Each sample has one, so add over the components: axis 1."
)
def _(score, return_):
    weight = (score**2).sum(axis=0)
    return (weight * return_).sum() / weight.sum()


@best_baseline.wrong("the sign is turned: setting the derivative of (G - b)^2 to 0 gives b, not -b.")
def _(score, return_):
    weight = (score**2).sum(axis=1)
    return -(weight * return_).sum() / weight.sum()


@best_baseline.wrong(
    "nothing is divided by the sum of the weights: with a constant return the best baseline is that return."
)
def _(score, return_):
    return ((score**2).sum(axis=1) * return_).sum()


@best_baseline.wrong(
    "this divides by the number of samples; divide by the sum of the weights. With a constant return the best baseline is that return."
)
def _(score, return_):
    return ((score**2).sum(axis=1) * return_).mean()


@best_baseline.wrong(
    "a factor 2 is astray: both terms of the derivative, -2 sum |score|^2 G and 2 b sum |score|^2, have one, and they cancel."
)
def _(score, return_):
    weight = (score**2).sum(axis=1)
    return (weight * return_).sum() / (2 * weight.sum())


@best_baseline.wrong(
    "a factor 2 is astray, and doubles the baseline: both terms of the derivative have one, and they cancel."
)
def _(score, return_):
    weight = (score**2).sum(axis=1)
    return 2 * (weight * return_).sum() / weight.sum()


@best_baseline.wrong(
    "this makes the scores' own mean and the estimates' uncorrelated. In expectation the score is 0, so nothing needs to be centred: weigh the returns by |score|^2."
)
def _(score, return_):
    centred = score - score.mean(axis=0)
    estimate = score * return_[:, None]
    return (centred * estimate).sum() / (centred**2).sum()


@best_baseline.wrong("the scores are centred first; their expectation is 0 already, and the weights are |score|^2.")
def _(score, return_):
    weight = ((score - score.mean(axis=0)) ** 2).sum(axis=1)
    return (weight * return_).sum() / weight.sum()


@best_baseline.wrong(
    "the returns are squared along with the scores (|score G|^2): b would come out in units of G squared. The term of the derivative with G in it is |score|^2 G."
)
def _(score, return_):
    weight = (score**2).sum(axis=1)
    return (weight * return_**2).sum() / weight.sum()


@best_baseline.wrong(
    "this is a root of a mean square: it is never negative, though the best baseline of negative returns is. Weigh the returns themselves."
)
def _(score, return_):
    weight = (score**2).sum(axis=1)
    return np.sqrt((weight * return_**2).sum() / weight.sum())


@best_baseline.wrong(
    "the length of score * G has swallowed the sign of G: a return of -2 must pull the baseline down. Weigh G by |score|^2."
)
def _(score, return_):
    weight = (score**2).sum(axis=1)
    return (weight * np.abs(return_)).sum() / weight.sum()


@best_baseline.wrong(
    "the scores themselves are the weights; they cancel (their mean is 0), their *squared length* does not."
)
def _(score, return_):
    return (score * return_[:, None]).sum() / score.sum()


@best_baseline.wrong("only the first component of the scores enters; the squared length adds up all of them.")
def _(score, return_):
    weight = score[:, 0] ** 2
    return (weight * return_).sum() / weight.sum()


@best_baseline.wrong(
    "this is the return of the sample with the longest score; all samples count, each by its squared length."
)
def _(score, return_):
    return return_[(score**2).sum(axis=1).argmax()]


@best_baseline.wrong(
    "the weights are 1/|score|: upside down, and not squared. Where the score is long, an error of b costs most; so it weighs most there, |score|^2."
)
def _(score, return_):
    weight = 1 / np.linalg.norm(score, axis=1)
    return (weight * return_).sum() / weight.sum()


@best_baseline.wrong(
    "the weights are sums of absolute values; the trace of the covariance adds up *squares*, component by component."
)
def _(score, return_):
    weight = np.abs(score).sum(axis=1)
    return (weight * return_).sum() / weight.sum()


@best_baseline.wrong(
    "absolute values are added and then squared; the squared length is the sum of the squares, not the square of the sum."
)
def _(score, return_):
    weight = np.abs(score).sum(axis=1) ** 2
    return (weight * return_).sum() / weight.sum()


@best_baseline.wrong(
    "only the largest component of each score enters; the squared length adds up the squares of all of them."
)
def _(score, return_):
    weight = np.abs(score).max(axis=1) ** 2
    return (weight * return_).sum() / weight.sum()


@best_baseline.wrong("the weights are squared once too often: |score|^2, not its square.")
def _(score, return_):
    weight = (score**2).sum(axis=1) ** 2
    return (weight * return_).sum() / weight.sum()


@best_baseline.wrong(
    "this is the median of the returns: it makes the mean *absolute* deviation least, and knows nothing of the scores."
)
def _(score, return_):
    return np.median(return_)


@best_baseline.wrong("this is the middle between the largest and the smallest return; the scores never enter.")
def _(score, return_):
    return (return_.max() + return_.min()) / 2


@best_baseline.wrong(
    "the best baselines of the single components are added up; add up numerators and denominators, then divide once."
)
def _(score, return_):
    weight = score**2
    return ((weight * return_[:, None]).sum(axis=0) / weight.sum(axis=0)).sum()


@best_baseline.wrong(
    "a covariance of |score|^2 and G: the term with the product of the means does not belong there, and the sum of the weights belongs below."
)
def _(score, return_):
    weight = (score**2).sum(axis=1)
    return (weight * return_).mean() - weight.mean() * return_.mean()


@best_baseline.wrong(
    "this is the slope of a regression of G on |score|^2; the best baseline is a weighted *mean* of the returns."
)
def _(score, return_):
    weight = (score**2).sum(axis=1)
    return np.cov(weight, return_)[0, 1] / weight.var(ddof=1)


@best_baseline.wrong(
    "a ratio of two lengths, of the summed estimates and the summed scores: take the square of each sample's score first, then sum."
)
def _(score, return_):
    return np.linalg.norm((score * return_[:, None]).sum(axis=0)) / np.linalg.norm(score.sum(axis=0))


@best_baseline.wrong(
    "the denominator has G in it as well: solve the derivative for b, and only the sum of |score|^2 is left below."
)
def _(score, return_):
    weight = (score**2).sum(axis=1)
    return (weight * return_**2).sum() / (weight * return_).sum()


@best_baseline.wrong(
    "this is the plain sum of the returns. (With keepdims the weights are [n, 1], and times [n] that makes [n, n]: every weight meets every return.)"
)
def _(score, return_):
    return return_.sum()


@best_baseline.wrong(
    "this is a mean over samples and components; divide by the sum of the weights. With a constant return the best baseline is that return."
)
def _(score, return_):
    return (score**2 * return_[:, None]).mean()


@best_baseline.wrong("a mean stands above and a sum below: the same kind twice, so that n cancels.")
def _(score, return_):
    weight = (score**2).sum(axis=1)
    return (weight * return_).mean() / weight.sum()


@best_baseline.wrong("a sum stands above and a mean below: the same kind twice, so that n cancels.")
def _(score, return_):
    weight = (score**2).sum(axis=1)
    return (weight * return_).sum() / weight.mean()


@best_baseline.wrong("divided by P once too often: the components are added up above and below, and P cancels.")
def _(score, return_):
    return best_baseline.reference(score, return_) / score.shape[1]


@best_baseline.wrong("the lengths |score| weigh the *absolute* returns: neither squared nor with the sign of G.")
def _(score, return_):
    length = np.linalg.norm(score, axis=1)
    return (length * np.abs(return_)).sum() / length.sum()


@best_baseline.wrong(
    "this is the largest return: every trajectory would then look like a failure. The weighted mean of all was asked for."
)
def _(score, return_):
    return return_.max()


@best_baseline.wrong("these are the returns less a baseline, [n]; the *baseline* was asked for, one number.")
def _(score, return_):
    return return_ - return_.mean()


@best_baseline.wrong("this is the scatter without a baseline; asked for is the b that makes it least.")
def _(score, return_):
    return (score * return_[:, None]).var(axis=0).sum()
