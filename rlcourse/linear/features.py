"""Features: describe a state by a few numbers x(s), so that its value can be a weighted sum of them.

    v(s, w) = w @ x(s),      gradient of v(s, w) = x(s)      (Sutton & Barto, 2nd edition, equation 9.8)

All features of a finite world stand in one matrix, a row for each state; with the identity matrix every method here is
the tabular one. Sections 9.3 (aggregation), 9.5.1 (polynomials) and 9.5.2 (the Fourier basis) of the book.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlcourse.mdp import FiniteMDP
from rlcourse.mdp.arguments import whole
from rlcourse.mdp.arrays import Bools, Floats, Ints


def state_aggregation(mdp: FiniteMDP, groups: int) -> Floats:
    """Neighbours form groups, and a group has one value: x_i(s) = 1 for the group of s, 0 for the others, [S, groups].

    The non-terminal states in their order are cut into groups of equal size, or sizes that differ by one. Raises
    ValueError for fewer groups than one, or more than there are states.
    """
    live = np.flatnonzero(~mdp.terminal)
    if not 1 <= groups <= live.size:
        raise ValueError(f"groups is {groups}; expected 1 to {live.size}, the number of states that are not terminal")
    features = np.zeros((mdp.num_states, groups))
    features[live, np.arange(live.size) * groups // live.size] = 1.0
    return features


def polynomial_basis(points: npt.ArrayLike, order: int) -> Floats:
    """Products of powers, x_i(s) = prod_d s_d^(c_id) with all c_id in 0..order (equation 9.17).

    Points [N, D] in the unit box give [N, (order + 1)^D]. Raises ValueError for other points or a negative order.
    """
    point = _in_unit_box(points)
    return np.asarray((point[:, None, :] ** _exponents(order, point.shape[1])).prod(axis=2))


def fourier_basis(points: npt.ArrayLike, order: int) -> Floats:
    """Waves, x_i(s) = cos(pi * s @ c_i) with all c_id in 0..order (equation 9.18): from flat to `order` half waves.

    Points [N, D] in the unit box give [N, (order + 1)^D]. Raises ValueError for other points or a negative order.
    """
    point = _in_unit_box(points)
    return np.asarray(np.cos(np.pi * (point @ _exponents(order, point.shape[1]).T)))


def validated_features(features: npt.ArrayLike, terminal: Bools) -> Floats:
    """A float64 copy [S, d] in which terminal states, worth 0 whatever the weights, have features 0.

    Raises ValueError for another shape, or numbers that are not finite.
    """
    matrix = np.array(features, dtype=np.float64)
    if matrix.ndim != 2 or len(matrix) != terminal.size or matrix.shape[1] == 0:
        raise ValueError(f"features have shape {matrix.shape}; expected [{terminal.size} states, features]")
    matrix[terminal] = 0.0
    if not np.isfinite(matrix).all():
        state, i = (int(k) for k in np.argwhere(~np.isfinite(matrix))[0])
        raise ValueError(f"feature {i} of state {state} is {matrix[state, i]}; expected finite numbers")
    return matrix


def _in_unit_box(points: npt.ArrayLike) -> Floats:
    point = np.asarray(points, dtype=np.float64)
    if point.ndim != 2 or point.shape[1] == 0:
        raise ValueError(f"the points have shape {point.shape}; expected [N, dimensions]")
    inside = ((point >= 0) & (point <= 1)).all(axis=1)  # NaN is outside
    if not inside.all():
        row = int(np.argmin(inside))
        raise ValueError(f"point {row} is {point[row]}; expected numbers in [0, 1]: scale the states into the unit box")
    return point


def _exponents(order: int, dimensions: int) -> Ints:
    """All vectors of integers in 0..order, [(order + 1)^D, D]; the last dimension changes fastest."""
    return np.indices((whole("order", order, least=0) + 1,) * dimensions).reshape(dimensions, -1).T
