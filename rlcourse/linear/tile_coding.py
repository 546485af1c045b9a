"""Tile coding: lay several grids over a box, each shifted a little; a point is described by the tiles that it lies in.

One grid tells points apart no better than its tiles are wide. Several shifted ones do: two neighbours share most of
their tiles, so what is learned at one point carries over to the other, the less the farther it is. A value is the sum
of as many weights as there are tilings, however many tiles there are.

Tiling i = 0, 1, ..., n-1 is displaced by i * (1, 3, 5, ...) / n tile widths in dimensions 1, 2, 3, ..., full widths
left out. Displaced by (1, 1, ...), the corners of all grids would line up along the diagonals; of two neighbours half a
tile away diagonally, one might share half of the tiles and the other none. Sources: Sutton & Barto, 2nd edition,
section 9.5.4 and figures 9.9 to 9.12; Miller and Glanz (1996) for the odd integers, with n a power of two and at least
4 * dimensions.

Many implementations hash tiles into a table of fixed size, which needs no box and saves memory in many dimensions, but
makes strangers share a weight now and then. The worlds here have few dimensions and known boxes: 648 tiles for Mountain
Car. So each tile has a number of its own, no two ever collide, and a weight can be drawn where its tile lies.
"""

from __future__ import annotations

from math import gcd, prod

import numpy as np
import numpy.typing as npt

from rlcourse.mdp.arguments import whole
from rlcourse.mdp.arrays import Floats, Ints


class TileCoder:
    """Tilings over the box from `low` [D] to `high` [D], with `tiles` widths a dimension in each of `tilings` grids.

    `tiles` is a number or one for each dimension. A displaced grid needs one tile more than the box is wide, so tiling
    i owns the features i * T, ..., (i + 1) * T - 1 with T = (tiles_1 + 1) * (tiles_2 + 1) * ...

    Raises ValueError for a box without inside, counts below 1, and a number of tilings that shares a divisor with one
    of the odd displacements: some grids would then lie exactly on others along that dimension.
    """

    def __init__(self, low: npt.ArrayLike, high: npt.ArrayLike, *, tiles: npt.ArrayLike = 8, tilings: int = 8) -> None:
        self.low, self.high = (np.array(bound, dtype=np.float64, ndmin=1) for bound in (low, high))
        if self.low.ndim != 1 or self.low.shape != self.high.shape:
            raise ValueError(f"low and high have shapes {self.low.shape} and {self.high.shape}; expected [dimensions]")
        if not (np.isfinite(self.low) & np.isfinite(self.high) & (self.low < self.high)).all():
            raise ValueError(f"the box goes from {self.low} to {self.high}; expected finite numbers, low below high")
        if np.shape(tiles) not in ((), self.low.shape):
            raise ValueError(f"tiles has shape {np.shape(tiles)}; expected a number, or one for each dimension")
        self.tiles = tuple(whole("tiles", t) for t in np.broadcast_to(tiles, self.low.shape).tolist())
        self.tilings = whole("tilings", tilings)
        odd = 2 * np.arange(self.low.size) + 1  # 1, 3, 5, ...
        for dimension, displacement in enumerate(odd.tolist()):
            if gcd(self.tilings, displacement) > 1:
                raise ValueError(
                    f"tilings is {self.tilings}, which shares a divisor with {displacement}, the displacement along "
                    f"dimension {dimension}; expected a power of two, such as 8"
                )
        # displacement[i] of tiling i in tile widths, [tilings, D]
        shift = np.arange(self.tilings)[:, None] * odd % self.tilings
        self.displacement: Floats = shift / self.tilings
        self.tiles_per_tiling = prod(t + 1 for t in self.tiles)
        self.num_features = self.tilings * self.tiles_per_tiling
        # All edges of all tilings cut dimension d into tiles[d] * tilings slices. What a slice contributes to the
        # numbers of the tiles, for each tiling, is written down once: _part[d] is [tilings, slices].
        stride = self.tiles_per_tiling
        self._part: list[Ints] = []
        for dimension, count in enumerate(self.tiles):
            stride //= count + 1
            tile = (np.arange(count * self.tilings) + shift[:, dimension, None]) // self.tilings
            self._part.append(tile * stride)
        self._part[0] = self._part[0] + self.tiles_per_tiling * np.arange(self.tilings)[:, None]
        self._scale = np.array(self.tiles) * self.tilings / (self.high - self.low)  # slices per unit

    def __repr__(self) -> str:
        grid = " x ".join(str(t) for t in self.tiles)
        return f"TileCoder({self.tilings} tilings of {grid} tiles, {self.num_features} features)"

    def __call__(self, points: npt.ArrayLike) -> Ints:
        """The numbers of the tiles that points [N, D] lie in, one a tiling, [N, tilings] int64.

        A point outside the box counts as the nearest one inside; the upper edge belongs to the last tile. Raises
        ValueError for another shape and for numbers that are not finite.
        """
        point = np.asarray(points, dtype=np.float64)
        if point.ndim != 2 or point.shape[1] != self.low.size:
            raise ValueError(f"the points have shape {point.shape}; expected [N, {self.low.size}]")
        if not np.isfinite(point).all():
            row = int(np.argmin(np.isfinite(point).all(axis=1)))
            raise ValueError(f"point {row} is {point[row]}; expected finite numbers")
        return self.active(np.clip(point, self.low, self.high).T).T

    def active(self, columns: Floats) -> Ints:
        """The same for inner loops, without checks and with tilings first: points [D, N] in the box -> [tilings, N]."""
        place = ((columns - self.low[:, None]) * self._scale[:, None]).astype(np.int64)  # slices, counted from below
        index = self._part[0].take(place[0], axis=1, mode="clip")  # clip: the upper edge lies in the last slice
        for part, own in zip(self._part[1:], place[1:], strict=True):
            index += part.take(own, axis=1, mode="clip")
        return index

    def dense(self, points: npt.ArrayLike) -> Floats:
        """The features as vectors of zeros and ones, [N, num_features], for methods that take any features."""
        index = self(points)
        vector = np.zeros((len(index), self.num_features))
        np.put_along_axis(vector, index, 1.0, axis=1)
        return vector
