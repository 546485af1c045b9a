"""check on functions of PyTorch tensors: they are compared by their entries and shown as arrays are."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from rlcourse.exercises.format import Exercise, Mistake, same
from rlcourse.notebook.checks.judge import differ, judge, own_copy
from rlcourse.notebook.checks.report import WIDTH, report


def exercise(reference: Callable[..., Any], *cases: tuple[Any, ...], **more: Any) -> Exercise:
    return Exercise(**{"number": "9.9", "title": "T", "reference": reference, "cases": cases, "mistakes": (), **more})


def message(given: Exercise, student: Any) -> str:
    """What is said, without the line breaks that only keep it narrow."""
    return " ".join(report(given, student, judge(given, student)).split())


def tensor(*entries: Any, **kwargs: Any) -> torch.Tensor:
    return torch.tensor(entries, **kwargs)


# --- what is the same -----------------------------------------------------------------------------


def test_tensors_are_the_same_wherever_they_lie_and_whatever_they_remember(device: str) -> None:
    numbers = tensor(1.0, 2.0)
    others = [
        tensor(1.0, 2.0, dtype=torch.float64),
        tensor(1, 2),
        tensor(1, 2, dtype=torch.uint8),
        tensor(1.0, 2.0, dtype=torch.bfloat16),
        tensor(1.0, 2.0, requires_grad=True),
        tensor(0.5, 1.0, requires_grad=True) * 2,
        torch.nn.Parameter(numbers),
        tensor(1 - 1j, 2 - 2j).real,
        tensor(1 + 1j, 2 + 2j, dtype=torch.complex128).conj().imag * -1,
        tensor(0 - 1j, 0 - 2j, dtype=torch.complex128).conj().imag,  # a view that only remembers to be negated
        tensor([1.0, 2.0], [3.0, 4.0])[0],
        torch.tensor(2.0).expand(2) - tensor(1.0, 0.0),
    ]
    for other in others:
        assert same(numbers, other) and same(other.to(device), numbers), other


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (tensor(1.0, 2.0), tensor(1.0, 2.5)),
        (tensor(1.0, 2.0), np.array([1.0, 2.0])),
        (tensor(1.0, 2.0), [1.0, 2.0]),
        (torch.tensor(1.0), 1.0),
        (torch.tensor(True), True),
        (tensor(1, 0), tensor(True, False)),
        (tensor(1.0, 2.0), tensor([1.0, 2.0])),
        (tensor(1.0, 1.0), torch.tensor(1.0)),
        (tensor(True, False), tensor(True, True)),
        (tensor(1.0, 2.0), tensor(1.0 + 0j, 2.0 + 0j)),
        (tensor(1.0, 2.0), tensor(1.0, 2.0).to_sparse()),
        (tensor(1.0, 2.0), torch.ones(2, device="meta")),
        (tensor(1.0, 2.0).to_sparse(), tensor(1.0, 2.0).to_sparse()),  # never compared
    ],
)
def test_tensors_of_other_entries_kinds_or_shapes_are_not(one: Any, other: Any) -> None:
    assert not same(one, other) and not same(other, one)


def test_the_tolerance_holds_for_tensors_too() -> None:
    assert same(tensor(1.0), tensor(1.0 + 1e-4), rtol=1e-3) and not same(tensor(1.0), tensor(1.0 + 1e-2), rtol=1e-3)
    assert same(tensor(torch.nan), tensor(torch.nan))
    assert same((tensor(1.0), 2.0), [tensor(1.0), 2.0]) and not same((tensor(1.0), 2.0), [tensor(1.0), 3.0])


def test_accept_is_asked_about_tensors_of_the_right_shape_only() -> None:
    best = exercise(
        lambda q: q.argmax(dim=1),
        (tensor([1.0, 1.0], [0.0, 1.0]),),
        accept=lambda result, expected, q: bool((q.gather(1, result[:, None])[:, 0] == q.amax(1)).all()),
    )
    assert judge(best, lambda q: tensor(1, 1)).status == "correct"
    assert judge(best, lambda q: tensor(1, 0)).status == "not yet"
    assert judge(best, lambda q: torch.ones(1, dtype=torch.int64)).status == "not yet"  # would broadcast


# --- how results differ ---------------------------------------------------------------------------

ROWS = torch.arange(24.0).reshape(6, 4)


@pytest.mark.parametrize(
    ("expected", "got", "says"),
    [
        (torch.tensor(0.3), torch.tensor(0.2), "expected 0.3 got 0.2"),
        (
            tensor(0.1, 0.7),
            tensor(0.1, 0.2),
            "expected [0.1 0.7] got [0.1 0.2] first differs at [1]: expected 0.7, got 0.2",
        ),
        (tensor(True, False), tensor(True, True), "first differs at [1]: expected False, got True"),
        (tensor(1.0, 2.0), tensor(1.0, 3.0, requires_grad=True) * 1, "first differs at [1]: expected 2, got 3"),
        (tensor(1.0, 2.0), tensor(1.0, torch.nan), "note nan, `not a number`, in 1 of 2 entries, at [1]"),
        (ROWS, ROWS + (ROWS == 9), "expected [2, :] = [ 8. 9. 10. 11.] got [2, :] = [ 8. 10. 10. 11.]"),
        (ROWS[:, 0], ROWS[:, :1], "expected shape (6,) got shape (6, 1) note an axis of length 1 is left: `gather`,"),
        (ROWS[:, 0], ROWS[:, :1].T, "got shape (1, 6) note an axis of length 1 is left: `gather`,"),
        (ROWS[:4, 0], ROWS[:4], "got shape (4, 4) note [4] against [4, 1] broadcasts to [4, 4]"),
        (torch.tensor(1.0), tensor(1.0, 2.0), "expected shape () got shape (2,) note one number is expected"),
        (tensor(1.0, 2.0), torch.tensor(1.0), "note an array is expected, not one number: was everything summed up?"),
        (torch.tensor(1.0), 1.0, "expected 1 got 1 note expected a tensor, got one number: `.item()`,"),
        (
            tensor(1.0),
            np.ones(1),
            "note expected a tensor, got an array of numbers: `.item()`, `float()` or `.numpy()`",
        ),
        (tensor(1.0, 2.0), [1.0, 2.0], "note make it a tensor: torch.tensor(...) of numbers, torch.stack(...)"),
        (tensor(1.0, 2.0), "1, 2", "note expected a tensor of numbers, got a text"),
        (tensor(1.0, 2.0), torch.nn.ReLU(), "note that is a function: is it to be called"),
        (
            tensor(4.0, 3.0),
            tensor([4.0, 2.0], [1.0, 3.0]).max(dim=1),
            "note with an axis, torch.max and its like return",
        ),
        (tensor(1.0, 2.0), tensor(True, True), "note expected a tensor of numbers, got a tensor of truth values"),
        (tensor(1.0, 2.0), tensor(1j, 2.0), "note expected a tensor of numbers, got a tensor of complex64 values"),
        (tensor(1.0), tensor(1.0).to_sparse(), "got a tensor of entries that cannot be compared"),
        (1.0, torch.tensor(1.0), "note expected one number, got a tensor: `.item()` leaves it"),
        (np.ones(2), tensor(1.0, 1.0), "note expected an array of numbers, got a tensor: `.numpy()` leaves it"),
        ((tensor(1.0), tensor(2.0)), (tensor(1.0), tensor(3.0)), "in item [1] expected [2.] got [3.]"),
        ({"p": tensor(1.0)}, tensor(1.0), "note expected a dict, got a tensor of numbers"),
    ],
)
def test_a_difference_is_put_into_words(expected: Any, got: Any, says: str) -> None:
    assert says in message(exercise(lambda x: expected, (0,)), lambda x: got)


def test_max_with_an_axis_is_explained_where_it_fails() -> None:
    q, told = tensor([1.0, 2.0], [4.0, 3.0]), "return the values and their indices: take `.values`"
    given = exercise(lambda q: q.amax(dim=1), (q,))
    for student in (
        lambda q: 0.5 * q.max(dim=1),
        lambda q: q[:, 0] + q.max(1),
        lambda q: torch.max(q, dim=1) * ~q.bool(),
        lambda q: -q.min(dim=-1, keepdim=True),
    ):
        assert told in message(given, student)
    for student in (
        lambda q: q.max() + "1",
        lambda q: q.max(dim=1).values + "1",
        lambda q: q.sum(dim=1) + "1",
        lambda q: q.max(dim=7),  # an IndexError, of another kind
    ):
        assert told not in message(given, student)
    on_lists = exercise(lambda x: 2 * x, ([1.0],))
    assert told not in message(on_lists, lambda x: 0.5 * max(x, [1.0]) + 1 * x)  # no tensor far and wide


def test_an_edit_that_makes_no_difference_is_not_called_none() -> None:
    def planted(value: Any, done: Any) -> Any:
        return value[:, None] * done  # two bugs: the axis, and the mask

    hunt = exercise(lambda value, done: value * ~done, (tensor(1.0, 2.0), tensor(True, False)), planted=planted)
    for student in (planted, lambda value, done: value.unsqueeze(1) * done.squeeze(0)):
        assert judge(hunt, student).status == "not attempted"
        said = message(hunt, student)
        assert "gives what the planted function gives, so nothing that matters has changed yet" in said
        assert "One bug may hide another" in said and "when you got it" not in said
    assert "planted" not in message(hunt, lambda value, done: value * done)


# --- the input that failed ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (tensor(0.1, 2.0), "x = [0.1 2. ]"),
        (torch.tensor(0.1), "x = 0.1"),
        (tensor(3, 4), "x = [3 4]"),
        (tensor(True, False), "x = [ True False]"),
        (tensor(1.0, requires_grad=True), "x = [1.]"),
        (torch.zeros(25, 4), 'x = a tensor of shape (25, 4) to try it: args = check.input("9.9")'),
    ],
)
def test_an_input_is_shown_in_few_words(value: Any, shown: str) -> None:
    assert f"input {shown} " in message(exercise(lambda x: 1, (value,)), lambda x: 2)


def test_many_small_inputs_stand_below_each_other() -> None:
    given = exercise(lambda reward, next_value, terminated: 1, (tensor(1.0), tensor(2.0), tensor(False)))
    student = lambda reward, next_value, terminated: 2  # noqa: E731
    assert "input     reward = [1.], next_value = [2.], terminated = [False]\n" in report(
        given, student, judge(given, student)
    )
    longer = exercise(given.reference, (tensor(*range(8)), tensor(*range(8)), tensor(False, True, False)))
    said = report(longer, student, judge(longer, student)).splitlines()
    assert [line.split("=")[0].split()[-1] for line in said if "=" in line] == ["reward", "next_value", "terminated"]


# --- arguments and results are kept apart ---------------------------------------------------------


def test_copies_of_tensors_are_their_own_leaves() -> None:
    value = (tensor(1.0, requires_grad=True), {"k": [tensor(2.0)]}, tensor(1.0, requires_grad=True) * 2)
    twin = own_copy(value)
    assert not differ(value, twin)
    assert twin[0].requires_grad and twin[0].is_leaf and not twin[1]["k"][0].requires_grad
    assert twin[2] is not value[2] and twin[2].is_leaf  # copy.deepcopy would have refused
    twin[1]["k"][0].zero_()
    assert value[1]["k"][0].item() == 2.0 and differ(value, twin)


def test_a_tensor_that_is_written_into_is_noticed_and_the_next_case_does_not_feel_it() -> None:
    shared = tensor(1.0, 2.0)
    given = exercise(lambda v: v + 1, (shared,), (shared,))
    assert judge(given, lambda v: v.add_(1)).status == "correct"
    assert "it writes into its argument `v`" in message(given, lambda v: v.add_(1))
    assert "note" not in message(given, lambda v: v + 1)
    assert shared.tolist() == [1.0, 2.0]


def test_gradients_flow_inside_a_students_function() -> None:
    def slope(w: Any) -> Any:
        w = w.clone().requires_grad_(True)
        return torch.autograd.grad((w**2).sum(), w)[0]

    given = exercise(lambda w: 2 * w, (tensor(1.0, 2.0),), (tensor(3.0, requires_grad=True),))
    assert judge(given, slope).status == "correct"
    assert judge(given, lambda w: 2 * w).status == "correct"  # its result still remembers where it comes from


# --- nothing gets out -----------------------------------------------------------------------------

STUDENTS = {
    "attached": lambda x: torch.ones(2, requires_grad=True) * 2,
    "sparse": lambda x: torch.ones(2).to_sparse(),
    "meta": lambda x: torch.ones(2, device="meta"),
    "complex": lambda x: torch.ones(2) * 1j,
    "half": lambda x: torch.ones(2, dtype=torch.float16),
    "eight bits": lambda x: torch.ones(2).to(torch.float8_e4m3fn),
    "empty": lambda x: torch.zeros(0, 3),
    "huge": lambda x: torch.zeros(10**6),
    "pair": lambda x: torch.ones(2, 2).max(dim=1),
    "list": lambda x: [torch.ones(2), torch.ones(3)],
    "sizes": lambda x: torch.ones(2).shape,
    "dtype": lambda x: torch.float32,
    "layer": lambda x: torch.nn.Linear(2, 2),
    "parameter": lambda x: torch.nn.Parameter(torch.ones(2)),
    "inference": lambda x: inferred(),
    "nan": lambda x: torch.full((2,), torch.nan),
    "nothing to differentiate": lambda x: torch.ones(2).sum().backward(),
    "shapes": lambda x: torch.ones(2) @ torch.ones(3),
    "leaf": lambda x: torch.ones(2, requires_grad=True).add_(1),
    "ellipsis": lambda x: torch.ones(2) * ...,
}


@torch.inference_mode()
def inferred() -> torch.Tensor:
    return torch.ones(2)


@pytest.mark.parametrize("name", STUDENTS)
@pytest.mark.parametrize("reference", [lambda x: tensor(1.5, 2.0), lambda x: torch.tensor(0.5), lambda x: np.zeros(2)])
def test_nothing_gets_out_and_every_message_is_narrow_and_repeats(name: str, reference: Any) -> None:
    given = exercise(reference, (-1.0,), (2.0,), mistakes=(Mistake(lambda x: torch.ones(7), "seven"),))
    said = [report(given, STUDENTS[name], judge(given, STUDENTS[name])) for _ in range(2)]
    assert re.match("[✗○] 9.9  (not yet|not attempted)  T. ", said[0]), said[0]
    assert max(map(len, said[0].splitlines())) <= WIDTH and len(said[0].splitlines()) < 25
    assert said[0] == said[1] and "0x" not in said[0]
