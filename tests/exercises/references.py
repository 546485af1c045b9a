"""What the tests share that hold the references of exercises and the package together."""

from typing import Any

import pytest
import torch

from rlcourse import exercises
from rlcourse.exercises.format import Case
from rlcourse.notebook.checks.judge import own_copy


def reference(number: str) -> Any:
    """The reference of the exercise of that number."""
    return exercises.exercise(number).reference


def cases(number: str) -> list[Any]:
    """The cases of the exercise of that number, as parameters of a test."""
    return [pytest.param(case, id=f"{number}-{i}") for i, case in enumerate(exercises.exercise(number).inputs())]


def on(device: str, case: Case) -> list[Any]:
    """A copy of a case whose tensors lie on the device."""
    return [item.to(device) if isinstance(item, torch.Tensor) else item for item in own_copy(case)]
