"""What exercises on PyTorch tensors need beyond the format: tensors for cases, their tolerance, and gradients."""

from functools import partial
from typing import Any

import torch
from torch import Tensor

from rlcourse.exercises.format import Case, Exercise, is_tensor
from rlcourse.exercises.format import exercise as exercise_in_double_precision

# The same decorator, with a tolerance for single precision and for sums in any order.
exercise = partial(exercise_in_double_precision, rtol=1e-4, atol=1e-5)


class Differentiable(Exercise):
    """An exercise whose right answers can be learned from: where the reference's has a gradient, so must the result.

    And where the reference's has none although an argument has one, that argument is data, and the result must not
    lead into it.
    """

    def same(self, one: Any, other: Any) -> bool:
        """As in Exercise, but `one` has a gradient where `other` has; it may have more."""
        return super().same(one, other) and (differentiable(one) or not differentiable(other))

    def right(self, result: Any, expected: Any, case: Case) -> bool:
        """As in Exercise, but a result that is cut off from its arguments, or leads into data, is wrong."""
        leaks = differentiable(result) and not differentiable(expected) and any(map(differentiable, case))
        return super().right(result, expected, case) and not leaks


def differentiable(value: Any) -> bool:
    """Whether a value is a tensor that a gradient leads through."""
    return is_tensor(value) and bool(value.requires_grad)


def t(*entries: object) -> Tensor:
    """A tensor of these entries: numbers, truth values, or rows, `t([1.0, 2.0], [3.0, 4.0])`."""
    return torch.tensor(entries)
