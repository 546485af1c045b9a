"""3.8 Prioritised replay: the probabilities with which steps are drawn, and the weights that make up for them."""

from torch import Tensor

from rlcourse.exercises.tensors import exercise, t


@exercise(
    "3.8",
    "Surprises first, but weighed",
    cases=(
        (t(1.0, 3.0), 1.0, 1.0, 0.0),
        (t(1.0, -3.0), 1.0, 1.0, 0.0),
        (t(4.0, 1.0, 0.0, -9.0), 0.5, 1.0, 0.01),
        (t(4.0, 1.0, 0.0, -9.0), 0.6, 0.4, 0.01),
        (t(2.0, -5.0, 1.0), 0.0, 1.0, 0.1),
        (t(2.0, -5.0, 1.0), 1.0, 0.0, 0.1),
    ),
)
def probabilities_and_weights(td_error: Tensor, alpha: float, beta: float, epsilon: float) -> tuple[Tensor, Tensor]:
    """P(i) = (|delta_i| + epsilon)^alpha over their sum; weights (N P(i))^-beta over the largest."""
    priority = (td_error.abs() + epsilon) ** alpha
    p = priority / priority.sum()
    weight = (len(p) * p) ** -beta
    return p, weight / weight.max()


@probabilities_and_weights.wrong(
    "the weights are not divided by the largest: a rarely drawn step could make a giant update. After it, all lie in (0, 1]."
)
def _(td_error, alpha, beta, epsilon):
    priority = (td_error.abs() + epsilon) ** alpha
    p = priority / priority.sum()
    return p, (len(p) * p) ** -beta


@probabilities_and_weights.wrong("the weights are divided by their sum; divide by the largest, so that it becomes 1.")
def _(td_error, alpha, beta, epsilon):
    priority = (td_error.abs() + epsilon) ** alpha
    p = priority / priority.sum()
    weight = (len(p) * p) ** -beta
    return p, weight / weight.sum()


@probabilities_and_weights.wrong(
    "the exponent has the wrong sign: what is drawn often must count *less*, so that the average comes out right."
)
def _(td_error, alpha, beta, epsilon):
    priority = (td_error.abs() + epsilon) ** alpha
    p = priority / priority.sum()
    weight = (len(p) * p) ** beta
    return p, weight / weight.max()


@probabilities_and_weights.wrong("beta does nothing here: it says how much of the bias is corrected, from 0 to 1.")
def _(td_error, alpha, beta, epsilon):
    priority = (td_error.abs() + epsilon) ** alpha
    p = priority / priority.sum()
    weight = 1 / (len(p) * p)
    return p, weight / weight.max()


@probabilities_and_weights.wrong("alpha is already in the probabilities; in the weights the only exponent is -beta.")
def _(td_error, alpha, beta, epsilon):
    priority = (td_error.abs() + epsilon) ** alpha
    p = priority / priority.sum()
    weight = (len(p) * p) ** (-alpha * beta)
    return p, weight / weight.max()


@probabilities_and_weights.wrong(
    "the sign of the error is kept: a surprise for the worse is a surprise too. (Powers of negative numbers are nan.)"
)
def _(td_error, alpha, beta, epsilon):
    priority = (td_error + epsilon) ** alpha
    p = priority / priority.sum()
    weight = (len(p) * p) ** -beta
    return p, weight / weight.max()


@probabilities_and_weights.wrong("alpha does nothing here: it says how strongly errors are preferred; 0 is uniform.")
def _(td_error, alpha, beta, epsilon):
    priority = td_error.abs() + epsilon
    p = priority / priority.sum()
    weight = (len(p) * p) ** -beta
    return p, weight / weight.max()


@probabilities_and_weights.wrong(
    "alpha comes after the normalisation, so these no longer sum to one: raise first, then divide by the sum."
)
def _(td_error, alpha, beta, epsilon):
    priority = td_error.abs() + epsilon
    p = (priority / priority.sum()) ** alpha
    weight = (len(p) * p) ** -beta
    return p, weight / weight.max()


@probabilities_and_weights.wrong(
    "epsilon is missing: a step whose error was 0 once would never be drawn again, and its weight is infinite."
)
def _(td_error, alpha, beta, epsilon):
    priority = td_error.abs() ** alpha
    p = priority / priority.sum()
    weight = (len(p) * p) ** -beta
    return p, weight / weight.max()


@probabilities_and_weights.wrong(
    "epsilon is added after the power; it belongs to the error: (|error| + epsilon) to the alpha."
)
def _(td_error, alpha, beta, epsilon):
    priority = td_error.abs() ** alpha + epsilon
    p = priority / priority.sum()
    weight = (len(p) * p) ** -beta
    return p, weight / weight.max()


@probabilities_and_weights.wrong(
    "both are right, but the pair is exchanged: the probabilities come first, then the weights."
)
def _(td_error, alpha, beta, epsilon):
    priority = (td_error.abs() + epsilon) ** alpha
    p = priority / priority.sum()
    weight = (len(p) * p) ** -beta
    return weight / weight.max(), p


@probabilities_and_weights.wrong(
    "the weights are right, but the first of the pair does not sum to one: divide the priorities by their sum."
)
def _(td_error, alpha, beta, epsilon):
    priority = (td_error.abs() + epsilon) ** alpha
    p = priority / priority.sum()
    weight = (len(p) * p) ** -beta
    return priority, weight / weight.max()


@probabilities_and_weights.wrong(
    "the weights are divided by their mean, so some are larger than 1; divide by the largest."
)
def _(td_error, alpha, beta, epsilon):
    priority = (td_error.abs() + epsilon) ** alpha
    p = priority / priority.sum()
    weight = (len(p) * p) ** -beta
    return p, weight / weight.mean()
