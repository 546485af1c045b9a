"""2.10 Importance sampling: two means of the returns of another policy."""

import numpy as np

from rlcourse.exercises.format import Floats, exercise


@exercise(
    "2.10",
    "Two ways to average",
    cases=(
        (np.array([1.0, 0.0, 2.0]), np.array([1.0, 1.0, 1.0])),
        (np.array([1.0, 0.0, 2.0]), np.array([4.0, 0.0, 0.5])),
        (np.array([3.0, 5.0]), np.array([0.0, 0.0])),
    ),
)
def ordinary_and_weighted(returns: Floats, ratios: Floats) -> tuple[float, float]:
    """The two estimates of the target policy's value from returns of the behaviour and their ratios."""
    total = float((ratios * returns).sum())
    weight = float(ratios.sum())
    return total / len(returns), total / weight if weight > 0 else 0.0


@ordinary_and_weighted.wrong("the ratios never enter: this is the value of the behaviour policy.")
def _(returns, ratios):
    return returns.mean(), returns.mean()


@ordinary_and_weighted.wrong(
    "the two are exchanged: ordinary divides by the number of returns, weighted by the sum of the ratios."
)
def _(returns, ratios):
    ordinary, weighted = ordinary_and_weighted.reference(returns, ratios)
    return weighted, ordinary


@ordinary_and_weighted.wrong("the ratios are upside down: what the *target* would do more often counts more.")
def _(returns, ratios):
    return ordinary_and_weighted.reference(returns, np.where(ratios > 0, 1 / ratios, 0.0))


@ordinary_and_weighted.wrong("the second is the ordinary one again: weighted divides by the sum of the ratios.")
def _(returns, ratios):
    ordinary, _ = ordinary_and_weighted.reference(returns, ratios)
    return ordinary, ordinary


@ordinary_and_weighted.wrong(
    "ordinary importance sampling divides by all returns, those with ratio 0 included; else it is biased."
)
def _(returns, ratios):
    used = max((ratios > 0).sum(), 1)
    return (ratios * returns).sum() / used, ordinary_and_weighted.reference(returns, ratios)[1]
