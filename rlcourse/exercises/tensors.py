"""What exercises on PyTorch tensors need beyond the format: tensors for cases, their tolerance, and gradients."""

from functools import partial
from typing import Any

import torch
from torch import Tensor

from rlcourse.exercises import format
from rlcourse.exercises.format import Case, Exercise

# As format.exercise, with a tolerance for single precision and for sums in any order.
exercise = partial(format.exercise, rtol=1e-4, atol=1e-5)


class Differentiable(Exercise):
    """An exercise whose right answers can be learned from: where the reference's has a gradient, so must the result."""

    def right(self, result: Any, expected: Any, case: Case) -> bool:
        """As in Exercise, but a result that was cut off from its arguments' gradient is wrong."""
        return super().right(result, expected, case) and (result.requires_grad or not expected.requires_grad)


def t(*entries: object) -> Tensor:
    """A tensor of these entries: numbers, truth values, or rows, `t([1.0, 2.0], [3.0, 4.0])`."""
    return torch.tensor(entries)
