"""Tiles: which ones a point lies in, how many two neighbours share, and where the grids are displaced."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlcourse.linear import TileCoder
from tests.linear.slow_reference import tiles_of
from tests.mdp.random_mdps import few, generators


@few
@given(generators(), st.integers(1, 4), st.sampled_from([1, 2, 4, 8, 16]), st.integers(1, 3))
def test_two_points_share_a_number_where_they_share_a_tile(rng, tiles, tilings, dimensions):
    """Against tiles found one by one: equal tiles have equal numbers and different ones different numbers."""
    low = rng.normal(size=dimensions)
    high = low + rng.random(dimensions) + 0.1
    coder = TileCoder(low, high, tiles=tiles, tilings=tilings)
    points = low + rng.random((200, dimensions)) * (high - low)
    index = coder(points)
    assert index.shape == (200, tilings) and index.dtype == np.int64
    assert index.min() >= 0 and index.max() < coder.num_features == tilings * (tiles + 1) ** dimensions
    np.testing.assert_array_equal(index // (tiles + 1) ** dimensions, np.tile(np.arange(tilings), (200, 1)))
    number = {}
    for point, row in zip(points, index.tolist(), strict=True):
        for tile, i in zip(tiles_of(point, low, high, tiles, tilings), row, strict=True):
            assert number.setdefault(tile, i) == i
    assert len(set(number.values())) == len(number)


def test_the_displacement_of_the_book():
    """With 4 tilings in two dimensions (0, 0), (1, 3), (2, 6), (3, 9) quarters of a tile, full tiles left out."""
    coder = TileCoder([0, 0], [1, 1], tiles=4, tilings=4)
    np.testing.assert_array_equal(coder.displacement * 4, [[0, 0], [1, 3], [2, 2], [3, 1]])
    eight = TileCoder([0, 0, 0], [1, 1, 1], tiles=4, tilings=8).displacement * 8
    np.testing.assert_array_equal(eight[:4], [[0, 0, 0], [1, 3, 5], [2, 6, 2], [3, 1, 7]])
    for column in eight.T:
        assert sorted(column) == list(range(8))  # along each dimension, every grid lies elsewhere


def test_numbers_by_hand():
    """Two tilings of 2 x 2 tiles over [0, 4] x [0, 40], so 3 x 3 in each; the second is half a tile on, both ways."""
    coder = TileCoder([0, 0], [4, 40], tiles=2, tilings=2)
    points = [[0, 0], [0.9, 9], [1.1, 9], [3.9, 11], [4, 40]]
    expected = [[0, 9 + 0], [0, 9 + 0], [0, 9 + 3], [3, 9 + 6 + 1], [3 + 1, 9 + 6 + 2]]
    np.testing.assert_array_equal(coder(points), expected)


def test_tiles_may_differ_by_dimension():
    coder = TileCoder([0, 0], [1, 1], tiles=(2, 5), tilings=4)
    assert coder.num_features == 4 * 3 * 6 and coder.tiles == (2, 5)
    points = np.random.default_rng(0).random((500, 2))
    assert len(np.unique(coder(points)[:, 0])) == 2 * 5  # the grid that is not displaced fits the box
    assert repr(coder) == "TileCoder(4 tilings of 2 x 5 tiles, 72 features)"


def test_neighbours_share_all_but_the_tilings_whose_edge_lies_between_them():
    """Along one dimension the edges of all tilings divide the box evenly: k slices apart, n - k tiles in common."""
    coder = TileCoder([0.0], [1.0], tiles=4, tilings=8)
    centres = (np.arange(32) + 0.5) / 32
    index = coder(centres[:, None])
    shared = (index[:, None] == index[None]).sum(axis=2)
    apart = np.abs(np.arange(32)[:, None] - np.arange(32))
    np.testing.assert_array_equal(shared, np.maximum(8 - apart, 0))


def test_odd_displacement_treats_neighbours_more_alike():
    """Half a tile away along a diagonal, 1 to 3 of 8 tiles are shared; displacing both ways alike gives 0 to 4."""
    coder = TileCoder([0, 0], [8, 8], tiles=8, tilings=8)
    here = 2 + (np.stack(np.meshgrid(np.arange(8), np.arange(8)), axis=-1).reshape(-1, 2) + 0.5) / 8  # every slice
    for diagonal in ([0.5, 0.5], [0.5, -0.5]):
        shared = (coder(here + diagonal) == coder(here)).sum(axis=1)
        assert (shared.min(), shared.mean(), shared.max()) == (1, 2, 3)


def test_edges_belong_to_the_box_and_points_outside_count_as_the_nearest_inside():
    coder = TileCoder([-1.2, -0.07], [0.5, 0.07])
    corners = np.array([[-1.2, -0.07], [-1.2, 0.07], [0.5, -0.07], [0.5, 0.07]])
    inner = 0.999999 * (corners - [-0.35, 0.0]) + [-0.35, 0.0]  # a little nearer to the middle
    np.testing.assert_array_equal(coder(corners), coder(inner))
    far = np.array([[-1e300, -1.0], [-5.0, 1e300], [1e300, -0.08], [0.6, 0.0701]])
    np.testing.assert_array_equal(coder(far), coder(corners))
    assert len(np.unique(coder(corners))) == 4 * 8


def test_a_box_of_the_wrong_size_is_noticed_by_rounding():
    """Neither slices nor edges drift: with many boxes, the points in the middle of every slice lie in their slice."""
    rng = np.random.default_rng(1)
    for _ in range(50):
        low = rng.normal() * 10
        high = low + rng.random() * 100 + 1e-3
        coder = TileCoder(low, high, tiles=7, tilings=3)
        middle = low + (high - low) * (np.arange(21) + 0.5) / 21
        np.testing.assert_array_equal(coder(middle[:, None])[:, 0], np.arange(21) // 3)


def test_dense_features_are_the_same_tiles():
    coder = TileCoder([0, 0], [1, 1], tiles=3, tilings=4)
    points = np.random.default_rng(2).random((20, 2))
    vector = coder.dense(points)
    assert vector.shape == (20, 64) and set(np.unique(vector)) == {0.0, 1.0}
    np.testing.assert_array_equal(np.nonzero(vector)[1].reshape(20, 4), coder(points))


def test_the_coder_does_not_change_what_it_is_given():
    low, points = np.zeros(2), np.array([[2.0, -1.0]])
    coder = TileCoder(low, np.ones(2))
    low += 7.0
    coder(points)
    assert coder.low.tolist() == [0, 0] and points.tolist() == [[2.0, -1.0]]


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([[0.5, np.nan]], r"point 0 is \[0.5 nan\]; expected finite numbers"),
        ([[0.5, 0.5], [np.inf, 0.5]], "point 1 is"),
        ([0.5, 0.5], r"the points have shape \(2,\); expected \[N, 2\]"),
        ([[0.5, 0.5, 0.5]], r"the points have shape \(1, 3\)"),
    ],
)
def test_bad_points(points, message):
    with pytest.raises(ValueError, match=message):
        TileCoder([0, 0], [1, 1])(points)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"low": [0, 1], "high": [1, 1]}, r"the box goes from \[0. 1.\] to \[1. 1.\]; expected finite numbers, low"),
        ({"low": [0, 0], "high": [1, np.inf]}, "expected finite numbers"),
        ({"low": [0, 0], "high": [1]}, r"low and high have shapes \(2,\) and \(1,\)"),
        ({"tiles": (2, 3, 4)}, r"tiles has shape \(3,\); expected a number, or one for each dimension"),
        ({"tiles": 0}, "tiles is 0; expected a whole number, at least 1"),
        ({"tiles": 2.5}, "tiles is 2.5"),
        ({"tilings": 0}, "tilings is 0"),
        ({"tilings": True}, "tilings is True"),
        ({"tilings": 6}, "tilings is 6, which shares a divisor with 3, the displacement along dimension 1"),
    ],
)
def test_bad_grids(arguments, message):
    with pytest.raises(ValueError, match=message):
        TileCoder(**({"low": [0, 0], "high": [1, 1]} | arguments))


def test_any_number_of_tilings_in_one_dimension():
    """Figure 9.10 has 50 of them: 200 states wide, each displaced by 4 states."""
    coder = TileCoder(0, 1000, tiles=5, tilings=50)
    index = coder(np.arange(1000)[:, None] + 0.5)
    assert coder.num_features == 300
    assert (np.flatnonzero((np.diff(index, axis=0) != 0).any(axis=1)) + 1).tolist() == list(range(4, 1000, 4))
