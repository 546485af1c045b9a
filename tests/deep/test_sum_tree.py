"""The sum tree against a plain list of tickets, and at every boundary between a million leaves of all sizes."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rlcourse.deep.sum_tree import SumTree

SHAPES = [  # size, fan_out, top: one level and many, whole and broken families
    (1, 2, 1),
    (7, 2, 1),
    (8, 2, 1),
    (9, 3, 2),
    (64, 8, 8),
    (65, 8, 1),
    (300, 4, 30),
    (300, 64, 16_384),
]


def tree_of(values, device, fan_out=64, top=16_384):
    tree = SumTree(len(values), fan_out, top, device)
    tree.fill(0, len(values), torch.as_tensor(values, device=device))
    return tree


@pytest.mark.parametrize(("size", "fan_out", "top"), SHAPES)
def test_every_ticket_belongs_to_the_leaf_that_a_list_says(size, fan_out, top, device):
    rng = np.random.default_rng(size)
    values = rng.integers(0, 4, size) * (rng.random(size) < 0.6)
    values[size // 2] = 5  # not all are 0
    owner = np.repeat(np.arange(size), values)
    leaf, value = tree_of(values, device, fan_out, top).find(torch.arange(len(owner), device=device))
    np.testing.assert_array_equal(leaf.cpu(), owner)
    np.testing.assert_array_equal(value.cpu(), values[owner])


@settings(derandomize=True, database=None, deadline=None, max_examples=60)
@given(data=st.data())
def test_any_sequence_of_changes_equals_a_list(data, device):
    """After each change: the leaves, the total, and the owner of every ticket, so that every level is right."""
    size, fan_out, top = data.draw(st.sampled_from(SHAPES))
    tree, values = SumTree(size, fan_out, top, device), [0] * size
    leaf, number = st.integers(0, size - 1), st.integers(0, 3)
    for _ in range(data.draw(st.integers(1, 5))):
        if data.draw(st.booleans()):
            changes = data.draw(st.lists(st.tuples(leaf, number), min_size=1, max_size=12))
            tree.set(*(torch.tensor(column, device=device) for column in zip(*changes, strict=True)))
            for i in {i for i, _ in changes}:
                values[i] = max(value for j, value in changes if j == i)  # twice there: the larger
        else:
            start = data.draw(leaf)
            stop, value = data.draw(st.integers(start + 1, size)), data.draw(number)
            tree.fill(start, stop, value)
            values[start:stop] = [value] * (stop - start)
        assert tree.values.tolist() == values
        assert int(tree.total) == sum(values)
        if sum(values):
            found, _ = tree.find(torch.arange(sum(values), device=device))
            assert found.tolist() == np.repeat(np.arange(size), values).tolist()


def test_a_leaf_that_is_there_twice_gets_the_larger_value_in_any_order(device):
    for order in ([3, 5, 3, 3], [3, 3, 3, 5], [5, 3, 3, 3]):
        value = {3: [9, 4, 7], 5: [1]}
        tree = tree_of([100] * 8, device, fan_out=2, top=1)
        tree.set(torch.tensor(order, device=device), torch.tensor([value[i].pop() for i in order], device=device))
        assert tree.values.tolist() == [100, 100, 100, 9, 100, 1, 100, 100]  # and not the old 100, which is larger
        assert int(tree.total) == 610


def million(kind: str) -> np.ndarray:
    """Values of 10^6 leaves: of all sizes from 1 to 2^42 with many zeros; as large as they may be; nearly all 0."""
    rng, size = np.random.default_rng(7), 1_000_000
    if kind == "most":
        return np.full(size, SumTree(size).most)
    if kind == "few":
        values = np.zeros(size, dtype=np.int64)
        values[[77, 499_999, 500_000, 999_000]] = [1, SumTree(size).most, 1, 3]
        return values
    values = (2 ** rng.uniform(0, 42, size)).astype(np.int64) * (rng.random(size) < 0.5)
    values[:100] = values[-100:] = values[6400:12_800] = 0  # zeros at both ends, and a hundred whole families
    return values


@pytest.mark.parametrize("kind", ["all sizes", "most", "few"])
@pytest.mark.parametrize(("fan_out", "top"), [(64, 16_384), (32, 32), (2, 2)])
def test_boundaries_among_a_million_leaves_are_exact(kind, fan_out, top, device):
    """The first and the last ticket of every leaf that has some: found there, and nowhere else."""
    values = million(kind)
    upto = np.cumsum(values)
    assert (np.diff(upto) >= 0).all() and upto[-1] < 2**63 - 1  # no overflow
    tree = tree_of(values, device, fan_out, top)
    assert int(tree.total) == upto[-1]
    owners = np.flatnonzero(values)
    for ticket in (upto[owners] - values[owners], upto[owners] - 1):
        for at in np.array_split(np.arange(len(owners)), 10):
            leaf, value = tree.find(torch.as_tensor(ticket[at], device=device))
            np.testing.assert_array_equal(leaf.cpu(), owners[at])
            np.testing.assert_array_equal(value.cpu(), values[owners[at]])


@pytest.mark.parametrize("beyond", [0, 1, 2**62])
def test_a_ticket_rounded_up_to_the_total_or_beyond_goes_to_the_last_leaf_that_has_some(beyond, device):
    values = million("all sizes")
    tree = tree_of(values, device)
    leaf, value = tree.find(torch.tensor([values.sum() + min(beyond, 2**63 - 1 - values.sum())], device=device))
    assert leaf.item() == np.flatnonzero(values)[-1]
    assert value.item() == values[values > 0][-1]


def test_draws_take_one_ticket_from_each_share(device):
    """With a ticket a leaf, the leaf is the ticket: floor((i + u_i) total / B) with one uniform number u_i a share.

    There are so many that their number, had it been rounded to float32, would show.
    """
    size, count = 3_000_017, 3_001
    tree = tree_of(np.ones(size, dtype=np.int64), device)
    leaf, value = tree.draw(count, torch.Generator(device).manual_seed(3))
    again = torch.Generator(device).manual_seed(3)
    uniform = torch.rand(count, dtype=torch.float64, device=device, generator=again).cpu().numpy()
    np.testing.assert_array_equal(leaf.cpu(), np.floor((np.arange(count) + uniform) * (size / count)))
    assert value.tolist() == [1] * count
    assert uniform.std() > 0.2


def test_draws_reach_what_lies_between_two_float32_numbers(device):
    """2^20 pairs of leaves, the second with 1/32 of the pair's tickets, 2^24 each, at its end.

    A uniform float32 has 24 bits, which puts tickets at multiples of 2^20: never in the last 2^19 of a pair. Drawn
    right, all of 1,000 draws miss the second leaves with probability (31/32)^1000 = 2e-14, and their number has mean
    31.25 and standard deviation 5.5: within 5 of these, false failures are 1 in 10^6 (the seed is fixed besides).
    """
    tree = tree_of(np.tile([2**24 - 2**19, 2**19], 2**20), device)
    generator = torch.Generator(device).manual_seed(0)
    second = torch.cat([tree.draw(1, generator)[0] for _ in range(1_000)]) % 2
    assert 31.25 - 5 * 5.5 < second.sum().item() < 31.25 + 5 * 5.5


def test_draws_come_in_proportion(device):
    """10^6 leaves; the share of draws of the large ones is theirs of the tickets, within 5 standard deviations.

    Stratified draws vary less than independent ones, whose standard deviation is used: fails for 1 in 10^6 seeds.
    """
    values = np.where(np.arange(1_000_000) % 10 == 3, 70, 1)  # a tenth holds 70 / 79 of all
    leaf, _ = tree_of(values, device).draw(50_000, torch.Generator(device).manual_seed(1))
    p = 70 / 79
    assert abs((leaf % 10 == 3).double().mean().item() - p) < 5 * (p * (1 - p) / 50_000) ** 0.5


def test_a_tree_of_zeros_has_nothing_to_draw(device):
    if device != "cpu":
        pytest.skip("on a GPU the error comes later and ends the process's use of it")
    tree = SumTree(10)
    with pytest.raises(RuntimeError, match="every leaf of the sum tree is 0"):
        tree.draw(3, torch.Generator())
    tree.fill(0, 10, 1)
    tree.set(torch.arange(10), torch.zeros(10, dtype=torch.int64))
    with pytest.raises(RuntimeError, match="every leaf of the sum tree is 0"):
        tree.find(torch.zeros(1, dtype=torch.int64))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"size": 0}, "size is 0; expected at least 1"),
        ({"size": 5, "fan_out": 1}, "fan_out is 1; expected at least 2"),
        ({"size": 5, "top": 0}, "top is 0; expected at least 1"),
    ],
    ids=lambda value: next(reversed(value)) if isinstance(value, dict) else None,
)
def test_sizes_that_make_no_tree_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        SumTree(**wrong)
