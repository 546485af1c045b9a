"""What exercises on tensors need: a tolerance for single precision, gradients where the reference has them."""

from typing import Any

import pytest
import torch

from rlcourse.exercises.format import Exercise
from rlcourse.exercises.tensors import Differentiable, exercise, t


def squared(x: Any) -> Any:
    return (x**2).mean()


def test_a_tensor_is_written_by_its_entries() -> None:
    assert t(1.0, 2.0).tolist() == [1.0, 2.0] and t([1.0], [2.0]).shape == (2, 1)
    assert [t(0.5).dtype, t(1).dtype, t(True).dtype] == [torch.float32, torch.int64, torch.bool]


def test_single_precision_is_tolerated_and_no_more() -> None:
    one = exercise("1.3", "t", cases=((t(1.0),),))(squared)
    assert type(one) is Exercise
    assert one.same(t(100.0), t(100.005)) and not one.same(t(100.0), t(100.05))
    assert one.same(t(0.0), t(5e-6)) and not one.same(t(0.0), t(5e-5))
    strict = exercise("1.3", "t", cases=((t(1.0),),), rtol=1e-7, atol=0.0)(squared)
    assert not strict.same(t(100.0), t(100.005))


@pytest.mark.parametrize("from_a_network", [False, True])
@pytest.mark.parametrize("cut_off", [False, True])
def test_a_gradient_is_asked_for_where_the_reference_has_one(from_a_network: bool, cut_off: bool) -> None:
    loss = exercise("1.3", "t", kind=Differentiable, cases=((t(3.0),),))(squared)
    case = (t(3.0).requires_grad_(from_a_network),)
    result = squared(case[0].detach() if cut_off else case[0])
    assert loss.right(result, squared(*case), case) is not (from_a_network and cut_off)
    assert not loss.right(result + 1, squared(*case), case)
