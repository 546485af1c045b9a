"""3.6 The two heads of a dueling network: a value and some advantages make action values."""

from torch import Tensor

from rlcourse.exercises.tensors import exercise, t

ADVANTAGE = t([0.0, 1.0, -2.0], [3.0, -1.0, 0.5], [2.0, 2.5, 7.0])


@exercise(
    "3.6",
    "A value and some advantages make action values",
    cases=(
        (t([1.0]), t([2.0, 4.0])),
        (t([0.0], [10.0]), t([1.0, 2.0, 3.0], [0.0, 0.0, -3.0])),
        (t([1.0], [2.0], [-1.0]), ADVANTAGE),
        (t([1.0], [2.0], [-1.0]), ADVANTAGE + t([100.0], [-50.0], [0.0])),
    ),
)
def combine(value: Tensor, advantage: Tensor) -> Tensor:
    """v(s) + a(s, .) minus the mean of a(s, .): [B, A]."""
    return value + advantage - advantage.mean(dim=1, keepdim=True)


@combine.wrong(
    "a plain sum: 100 more in the advantages and 100 less in the value give the same q, so neither means anything."
)
def _(value, advantage):
    return value + advantage


@combine.wrong(
    "this subtracts the largest advantage. It also makes the split unique (and the value is the best action's then), but the mean was asked for."
)
def _(value, advantage):
    return value + advantage - advantage.max(dim=1, keepdim=True).values


@combine.wrong(
    "the mean runs over the batch (dim=0): what a state is worth must not depend on its neighbours in the batch."
)
def _(value, advantage):
    return value + advantage - advantage.mean(dim=0, keepdim=True)


@combine.wrong("this is one mean for the whole batch; each state has its own, over its actions.")
def _(value, advantage):
    return value + advantage - advantage.mean()


@combine.wrong("the mean is added; subtract it, so that the advantages that count have mean 0.")
def _(value, advantage):
    return value + advantage + advantage.mean(dim=1, keepdim=True)


@combine.wrong(
    "without keepdim=True the mean is [B], and is taken for one number per *action*; it is one per row: [B, 1]."
)
def _(value, advantage):
    return value + advantage - advantage.mean(dim=1)


@combine.wrong("the value is missing: these are the advantages alone.")
def _(value, advantage):
    return advantage - advantage.mean(dim=1, keepdim=True)


@combine.wrong("this subtracts the sum of the advantages; subtract their mean, so that the mean of a row is its value.")
def _(value, advantage):
    return value + advantage - advantage.sum(dim=1, keepdim=True)
