"""What a linear method does on average: w <- w + alpha * (b - A w), and where that leads.

    A = X' D (I - (discount P)^n) X         b = X' D (r + discount P r + ... + (discount P)^(n-1) r)

X [S, d] are the features, D the weighting of the states on its diagonal (how often each is updated), P and r the
process under the policy that is judged; X' is X transposed. n = 1 is TD(0), n = infinity Monte Carlo. Without noise one
may ask exactly whether a method converges: is there an alpha with which I - alpha A shrinks everything? If D says how
often the judged policy itself comes by, yes; with another D perhaps not. Source: Sutton & Barto, 2nd edition, section
9.4, equations (9.10) to (9.14), and section 11.2, equation (11.9).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt
from scipy.linalg import orth

from rlcourse.linear.features import validated_features
from rlcourse.linear.weights import DIVERGED, first_weights, step_sizes
from rlcourse.mdp import MarkovRewardProcess
from rlcourse.mdp.arguments import whole
from rlcourse.mdp.arrays import Bools, Floats

CHECK_EVERY = 64  # steps between two checks of whether the weights diverge


@dataclass(frozen=True, eq=False)
class ExpectedUpdate:
    """The expected change of the weights per unit of step size, b - A w."""

    a: Floats  # [d, d]
    b: Floats  # [d]
    features: Floats  # [S, d]
    weighting: Floats  # [S]

    def fixed_point(self) -> Floats:
        """The weights that the update leaves alone, A^-1 b, [d] (equation 9.12).

        Raises ValueError where A is singular: features that depend on each other, or that no weighted state has.
        """
        rank = int(np.linalg.matrix_rank(self.a))
        if rank < self.b.size:
            raise ValueError(
                f"A has rank {rank} of {self.b.size}, so no single weight vector is the fixed point; use features that "
                "are linearly independent on the states with weight"
            )
        return np.asarray(np.linalg.solve(self.a, self.b))

    def growth(self, alpha: float) -> float:
        """The factor by which a step multiplies the error in the long run: above 1 the method diverges.

        The spectral radius of I - alpha A, on the weights that the features can see. (Directions of w that change no
        value, X w = 0, are left out: nothing moves there, and their eigenvalue 1 would hide that all else shrinks.)
        """
        visible = orth(self.features.T)  # [d, rank]
        matrix = np.eye(visible.shape[1]) - step_sizes("alpha", alpha) * visible.T @ self.a @ visible
        return float(np.abs(np.linalg.eigvals(matrix)).max())

    def iterate(self, initial: npt.ArrayLike, *, alpha: float, steps: int) -> Floats:
        """The weights w_0 = initial, w_1, ... of w <- w + alpha * (b - A w), [steps + 1, d].

        Where they diverge, the first ones beyond 1e100 are the last.
        """
        size = float(step_sizes("alpha", alpha))
        return iterate(np.eye(self.b.size) - size * self.a, size * self.b, initial, steps)

    def projected_bellman_error(self, weights: npt.ArrayLike) -> Floats:
        """PBE(w) = (b - A w)' (X' D X)^-1 (b - A w), [...] for weights [..., d] (section 11.4).

        The part of the Bellman error that the features can show; 0 at the fixed point. (With n > 1, of the n-step one.)
        """
        error = self.b - np.asarray(weights, dtype=np.float64) @ self.a.T  # [..., d], in the range of X'DX
        size, axes = np.linalg.eigh(second_moment(self.features, self.weighting))
        kept = size > size.max() * size.size * np.finfo(float).eps
        return np.asarray(((error @ axes[:, kept] / np.sqrt(size[kept])) ** 2).sum(axis=-1))


def expected_td(
    process: MarkovRewardProcess, features: npt.ArrayLike, weighting: npt.ArrayLike, *, n: float = 1
) -> ExpectedUpdate:
    """The expected update of n-step TD, for features [S, d] and weighting [S]; n = math.inf is Monte Carlo.

    `process` is `mdp.under(policy)` for the policy that is judged. The weighting is that policy's own on-policy
    distribution (`rlcourse.tabular.stationary_distribution`), or for off-policy learning the behaviour's. Raises
    ValueError for features, a weighting or an n that do not fit.
    """
    x, d = validated_features(features, process.terminal), validated_weighting(weighting, process.terminal)
    later, total = x, np.zeros_like(process.reward)  # (discount P)^n X, and the expected rewards of n steps
    if n == inf:
        later, total = np.zeros_like(x), _value(process)
    else:
        for _ in range(whole("n", n)):
            total = process.reward + process.discount * (process.transition @ total)
            later = process.discount * (process.transition @ later)
    return ExpectedUpdate(a=(x.T * d) @ (x - later), b=(x.T * d) @ total, features=x, weighting=d)


def best_weights(features: npt.ArrayLike, value: npt.ArrayLike, weighting: npt.ArrayLike) -> Floats:
    """The weights with the least value error, by weighted least squares, [d]; the shortest where there are several."""
    x, v, d = _fitting(features, value, weighting)
    root = np.sqrt(d)
    return np.asarray(np.linalg.lstsq(x * root[:, None], v * root, rcond=None)[0])


def value_error(
    weights: npt.ArrayLike, features: npt.ArrayLike, value: npt.ArrayLike, weighting: npt.ArrayLike
) -> Floats:
    """VE(w) = sum_s weighting(s) * (value(s) - w @ x(s))^2, [...] for weights [..., d] (equation 9.1).

    Computed as VE(best) + (w - best)' X'DX (w - best), which needs no array of values for every w.
    """
    x, v, d = _fitting(features, value, weighting)
    best = best_weights(x, v, d)
    away = np.asarray(weights, dtype=np.float64) - best
    root = np.asarray(np.linalg.qr(x * np.sqrt(d)[:, None], mode="r"))  # root' root = X'DX: a sum of squares stays one
    return np.asarray(d @ (v - x @ best) ** 2 + ((away @ root.T) ** 2).sum(axis=-1))


def emphasis(process: MarkovRewardProcess, weighting: npt.ArrayLike) -> Floats:
    """The weighting m = d + discount P' m, [S], with which emphatic TD cures off-policy TD (section 11.8).

    A state counts for itself and for all states whose values lead to its own. `expected_td` with this weighting
    converges, whatever the behaviour (Sutton, Mahmood and White 2016; with interest 1 everywhere).
    """
    d, live = validated_weighting(weighting, process.terminal), np.flatnonzero(~process.terminal)
    m = np.zeros_like(d)
    m[live] = np.linalg.solve(_bellman(process).T, d[live])
    return m


def second_moment(features: Floats, weighting: Floats) -> Floats:
    """X' D X = E[x x'], [d, d]."""
    return np.asarray((features.T * weighting) @ features)


def iterate(matrix: Floats, offset: Floats, initial: npt.ArrayLike, steps: int) -> Floats:
    """w_0 = initial, and w_{k+1} = matrix @ w_k + offset, [steps + 1, d]; ends early with the first beyond 1e100."""
    weights = np.empty((whole("steps", steps) + 1, offset.size))
    weights[0] = w = first_weights(initial, offset.size)
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(1, len(weights)):
            weights[k] = w = matrix @ w + offset
            if k % CHECK_EVERY == 0 and not np.abs(w).max() < DIVERGED:
                weights = weights[: k + 1]
                break
    beyond = ~(np.abs(weights).max(axis=1) < DIVERGED)  # NaN counts as beyond
    return weights[: int(np.argmax(beyond)) + 1] if beyond.any() else weights


def validated_weighting(weighting: npt.ArrayLike, terminal: Bools) -> Floats:
    """Weights [S] of the states, at least 0 and not all 0; set to 0 where the episode is over. ValueError otherwise.

    A weight below 0 by no more than rounding is 0: solved distributions have such.
    """
    d = np.asarray(weighting, dtype=np.float64)
    if d.shape != terminal.shape or not 0 < d.sum() < inf or d.min() < -1e-12 * d.max():
        raise ValueError(f"weighting is {d}; expected {terminal.size} numbers, at least 0 and not all 0")
    return np.where(terminal, 0.0, np.maximum(d, 0.0))


def _value(process: MarkovRewardProcess) -> Floats:
    """v = r + discount P v, solved, [S] (equation 4.4)."""
    value = np.zeros_like(process.reward)
    live = np.flatnonzero(~process.terminal)
    value[live] = np.linalg.solve(_bellman(process), process.reward[live])
    return value


def _bellman(process: MarkovRewardProcess) -> Floats:
    """I - discount P on the states that are not terminal; ValueError where it has no inverse."""
    if process.discount == 1.0 and process.endless.size:
        raise ValueError("at discount 1 and without an end, returns are endless sums; use a discount below 1")
    live = np.flatnonzero(~process.terminal)
    return np.asarray(np.eye(live.size) - process.discount * process.transition[live][:, live].toarray())


def _fitting(features: npt.ArrayLike, value: npt.ArrayLike, weighting: npt.ArrayLike) -> tuple[Floats, Floats, Floats]:
    v = np.asarray(value, dtype=np.float64)
    if v.ndim != 1 or not np.isfinite(v).all():
        raise ValueError(f"value is {v}; expected a finite number for each state")
    nowhere = np.zeros(v.size, dtype=bool)  # what is terminal has weight 0 already
    return validated_features(features, nowhere), v, validated_weighting(weighting, nowhere)
