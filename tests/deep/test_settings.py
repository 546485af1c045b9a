"""Settings: what is legal, what is said where it is not, the table in the docstring, and what a slider moves over."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pytest

from rlcourse.deep.a2c import A2CConfig
from rlcourse.deep.dqn import DQNConfig
from rlcourse.deep.reinforce import REINFORCEConfig
from rlcourse.deep.settings import Settings, fixed, live, usual_range

EVERY = pytest.mark.parametrize("kind", [DQNConfig, REINFORCEConfig, A2CConfig])


@dataclass(frozen=True)
class Example(Settings):
    """An example."""

    rate: float = live(0.5, "how fast", "(0, 1]", (1e-3, 0.6, "log"))
    count: int = live(4, "how many", ">= 2", (2, 9))
    share: float = live(0.25, "how much", "[0, 1)", (0.1, 0.3))
    size: int = fixed(8, "how large", "> 0", [8, 16, 64])
    low: float = fixed(0.0, "from here")
    high: float = fixed(1.0, "to here", "> low")
    loss: Literal["square", "huber"] = live("square", "which loss")
    limit: float | None = live(None, "stop beyond", ">= 0.5")
    layers: tuple[int, ...] = fixed((3, 4), "layers", ">= 1")
    hidden: tuple[int, ...] | tuple[()] = fixed((5,), "layers, or none", ">= 1")
    loud: bool = live(False, "say everything")
    name: str = fixed("it", "what it is called")


@pytest.mark.parametrize(
    ("field", "legal", "illegal", "expected"),
    [
        ("rate", [1, 1.0, 1e-9], [0, 0.0, 1.1, True, None, "1", float("nan")], "a number in (0, 1]"),
        ("share", [0, 0.999], [1, 1.0, -1e-9], "a number in [0, 1)"),
        ("count", [2, 9999], [1, 2.0, True, float("inf")], "an integer >= 2"),
        ("size", [1], [0], "an integer > 0"),
        ("high", [1e-9], [0.0, -1, None], "a number > low = 0.0"),
        ("loss", ["huber"], ["Huber", None, 1], "one of 'square', 'huber'"),
        ("limit", [None, 0.5], [0.4, "x", False], "None or a number >= 0.5"),
        ("layers", [(1,)], [(), (0,), [3], (2.5,), 3], "a tuple of integers >= 1, such as (3, 4)"),
        ("hidden", [(), (2, 1)], [(0,), [], None, 1], "a tuple of integers >= 1, such as (5,) or ()"),
        ("loud", [True], [1, 0, None], "True or False"),
        ("name", [""], [1, None], "a text"),
    ],
)
def test_what_is_legal_and_what_is_said_otherwise(field, legal, illegal, expected):
    for value in legal:
        assert getattr(Example(**{field: value}), field) == value
    for value in illegal:
        with pytest.raises(ValueError) as caught:
            Example(**{field: value})
        assert str(caught.value) == f"{field} is {value!r}; expected {expected}"


def test_a_bound_may_be_another_field():
    assert Example(low=5.0, high=5.5).high == 5.5
    with pytest.raises(ValueError, match=r"^high is 1.0; expected a number > low = 5.0$"):
        Example(low=5.0)


def test_numbers_of_numpy_become_pythons():
    made = Example(rate=np.float32(0.5), count=np.int64(3), layers=(np.int32(2),), loud=np.True_, limit=np.float64(1))
    values = (made.rate, made.count, made.layers[0], made.loud, made.limit)
    assert [type(value) for value in values] == [float, int, int, bool, float]


def test_a_declaration_that_cannot_be_is_refused_where_it_stands():
    with pytest.raises(TypeError, match=r"Plain.x is not declared by live\(...\) or fixed\(...\)"):

        class Plain(Settings):
            x: int = 3

    with pytest.raises(TypeError, match=r"'about 3' is no range"):

        class Vague(Settings):
            x: int = live(3, "x", "about 3")

    with pytest.raises(TypeError, match=r"Early.x is to be < y: no such field above it"):

        class Early(Settings):
            x: int = live(3, "x", "< y")
            y: int = live(4, "y")


def test_the_docstring_holds_a_table():
    lines = Example.__doc__.splitlines()
    assert lines[0] == "An example."
    row = next(number for number, line in enumerate(lines) if line.startswith("rate "))
    assert lines[row].split("  ")[0] == "rate" and lines[row + 1] == "    how fast"
    for part in ("0.5", "live", "a number in (0, 1]", "0.001 to 0.6"):
        assert part in lines[row]
    (size,) = [line for line in lines if line.startswith("size ")]
    assert "fixed" in size and "8, 16, 64" in size


@EVERY
def test_every_setting_is_in_the_docstring(kind):
    lines = kind.__doc__.splitlines()
    for entry in dataclasses.fields(kind):
        (row,) = [number for number, line in enumerate(lines) if line.split("  ")[0] == entry.name]
        assert str(entry.default) in lines[row]
        assert ("live" in lines[row]) == entry.metadata["live"] != ("fixed" in lines[row])
        assert lines[row + 1] == f"    {entry.metadata['sentence']}"


def test_what_a_slider_moves_over():
    start = Example()
    assert usual_range(start, "rate") == (1e-3, 0.6, "log")
    assert usual_range(start, "count") == (2, 9, 1)
    assert all(type(x) is int for x in usual_range(start, "count"))
    assert usual_range(start, "share") == (0.1, 0.3, 0.002)
    assert usual_range(start, "size") == [8, 16, 64]
    assert usual_range(start, "loss") == ["square", "huber"]
    assert usual_range(start, "loud") is True


def test_the_present_value_is_always_in_it():
    other = Example(rate=0.9, count=30, share=0.0, size=32)
    assert usual_range(other, "rate") == (1e-3, 0.9, "log")
    assert usual_range(other, "count") == (2, 30, 1)
    assert usual_range(other, "share") == (0.0, 0.3, 0.002)
    assert usual_range(other, "size") == [8, 16, 32, 64]
    assert usual_range(Example(), "size") == [8, 16, 64]  # the declaration is as it was


def test_fields_without_a_slider():
    with pytest.raises(ValueError, match=r"Example.layers has no usual range; say one, such as \(low, high, step\)"):
        usual_range(Example(), "layers")
    with pytest.raises(ValueError, match="Example has no field 'depth'; its fields are: rate, count, share"):
        usual_range(Example(), "depth")


@EVERY
def test_usual_values_are_legal_and_the_default_is_among_them(kind):
    for entry in dataclasses.fields(kind):
        usual = entry.metadata["usual"]
        if usual is None:
            continue
        for value in usual if isinstance(usual, list) else usual[:2]:
            kind(**{entry.name: value})
        if isinstance(usual, tuple):
            assert usual[0] <= entry.default <= usual[1] and (usual[0] > 0 or "log" not in usual), entry.name
        else:
            assert entry.default in usual
