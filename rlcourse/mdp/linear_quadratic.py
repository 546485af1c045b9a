r"""The linear-quadratic regulator: a task with continuous states and actions whose best policy is known.

    x_{t+1} = A x_t + B u_t + noise        cost of a step: x_t' Q x_t + u_t' R u_t        x_0 ~ N(0, start_cov)

A linear policy u = -K x costs x' P_K x from x on, apart from the noise, where P_K solves the Bellman equation of
quadratic values, a Lyapunov equation:

    P_K = Q + K' R K + discount (A - B K)' P_K (A - B K).

The best one, K*, has the P of the Riccati equation (the Bellman optimality equation):

    P = Q + discount A' P (A - B K*),    K* = (R + discount B' P B)^-1 discount B' P A.

Discounting is the same as A and B times sqrt(discount), without. Sources: Bertsekas, Dynamic Programming and Optimal
Control, volume 1, section 3.1; the gradient of the cost by K: Fazel, Ge, Kakade & Mesbahi (2018), lemma 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import linalg

from rlcourse.mdp.arguments import fraction
from rlcourse.mdp.arrays import Floats


@dataclass(frozen=True, eq=False)
class LinearQuadratic:
    """The matrices of a linear-quadratic regulator with n numbers of state and m of action; costs are discounted.

    Arrays are copied and made read-only. Raises ValueError for shapes that do not fit, NaN, a Q, start_cov or noise_cov
    that is not symmetric and positive semidefinite, an R that is not positive definite, a discount outside (0, 1], and
    noise at discount 1, whose cost would never end.
    """

    A: Floats  # [n, n]
    B: Floats  # [n, m]
    Q: Floats  # [n, n] cost of the state
    R: Floats  # [m, m] cost of the action
    discount: float = 1.0
    start_cov: Floats | None = None  # [n, n]; None: the identity
    noise_cov: Floats | None = None  # [n, n]; None: no noise

    def __post_init__(self) -> None:
        n, m = np.shape(self.B) if np.ndim(self.B) == 2 else (0, 0)
        if 0 in (n, m):
            raise ValueError(f"B has shape {np.shape(self.B)}; expected [n, m], numbers of state and of action")
        shapes = {"A": (n, n), "B": (n, m), "Q": (n, n), "R": (m, m), "start_cov": (n, n), "noise_cov": (n, n)}
        defaults = {"start_cov": np.eye(n), "noise_cov": np.zeros((n, n))}
        for name, shape in shapes.items():
            given = getattr(self, name)
            array = np.array(defaults[name] if given is None and name in defaults else given, dtype=np.float64)
            if array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}; expected {shape}, as B says")
            if not np.isfinite(array).all():
                raise ValueError(f"{name} holds NaN or infinity; expected finite numbers")
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        for name in ("Q", "R", "start_cov", "noise_cov"):
            array = getattr(self, name)
            if not np.allclose(array, array.T):
                raise ValueError(f"{name} is not symmetric")
            least = np.linalg.eigvalsh(array).min()
            if least < -1e-12 or (name == "R" and least <= 0):
                kind = "positive definite" if name == "R" else "positive semidefinite"
                raise ValueError(f"{name} has the eigenvalue {least:.3g}; expected a {kind} matrix")
        object.__setattr__(self, "discount", fraction("discount", self.discount))
        if self.discount == 0.0:
            raise ValueError("discount is 0.0; expected a number in (0, 1]")
        if self.discount == 1.0 and np.any(self.noise_cov):
            raise ValueError("with noise every step costs something for ever; use a discount below 1")

    def optimal_cost_matrix(self) -> Floats:
        """P of the best policy, [n, n]; ValueError if no gain keeps the cost finite."""
        root = np.sqrt(self.discount)
        try:
            return np.asarray(linalg.solve_discrete_are(root * self.A, root * self.B, self.Q, self.R))
        except np.linalg.LinAlgError:
            raise ValueError("no gain keeps the cost of this system finite") from None

    def optimal_gain(self) -> Floats:
        """K* of the best policy u = -K* x, [m, n]."""
        return self._greedy(self.optimal_cost_matrix())

    def riccati_iterates(self) -> Iterator[tuple[Floats, Floats]]:
        """Value iteration from P = Q: cost matrices [n, n] with 1, 2, ... steps to go, and gains [m, n] of the first.

        Fresh arrays, without end.
        """
        P = self.Q
        while True:
            K = self._greedy(P)
            P = self.Q + self.discount * self.A.T @ P @ (self.A - self.B @ K)
            yield P, K

    def cost_matrix(self, K: npt.ArrayLike) -> Floats:
        """P_K, [n, n]: the policy u = -K x costs x' P_K x from x on. ValueError if that is infinite."""
        gain = self._validated(K)
        closed = np.sqrt(self.discount) * (self.A - self.B @ gain)
        return np.asarray(linalg.solve_discrete_lyapunov(closed.T, self.Q + gain.T @ self.R @ gain))

    def cost(self, K: npt.ArrayLike, action_std: float = 0.0) -> float:
        """The expected discounted cost from the start of the policy u ~ N(-K x, action_std^2 I).

        tr(P_K start_cov) + discount / (1 - discount) tr(P_K (noise_cov + s^2 B B')) + s^2 tr(R) / (1 - discount): noise
        of the action is noise of the state and costs something itself, so the best K is the same. ValueError if it is
        infinite, as for any `action_std` above 0 at discount 1.
        """
        self._require_an_end(action_std)
        paid = action_std**2 * np.trace(self.R) / (1 - self.discount) if action_std else 0.0
        return float(np.trace(self.cost_matrix(K) @ self._entering(action_std)) + paid)

    def cost_gradient(self, K: npt.ArrayLike, action_std: float = 0.0) -> Floats:
        """The gradient of `cost` by K, [m, n]: 2 [(R + discount B' P_K B) K - discount B' P_K A] Sigma_K.

        Sigma_K = sum_t discount^t E[x_t x_t'] is where the policy spends its time, as eta is in a finite MDP.
        """
        self._require_an_end(action_std)
        gain, P = self._validated(K), self.cost_matrix(K)
        closed = np.sqrt(self.discount) * (self.A - self.B @ gain)
        visits = linalg.solve_discrete_lyapunov(closed, self._entering(action_std))
        ahead = self.discount * self.B.T @ P
        return np.asarray(2 * ((self.R + ahead @ self.B) @ gain - ahead @ self.A) @ visits)

    def _entering(self, action_std: float) -> Floats:
        """Covariance of all that enters the state from outside, discounted: the start, and noise ever after."""
        if self.discount == 1.0:  # without noise, as __post_init__ says
            return np.asarray(self.start_cov)
        noise = np.asarray(self.noise_cov) + action_std**2 * self.B @ self.B.T
        return np.asarray(self.start_cov) + self.discount / (1 - self.discount) * noise

    def _require_an_end(self, action_std: float) -> None:
        if action_std and self.discount == 1.0:
            raise ValueError("with random actions every step costs something for ever; use a discount below 1")

    def _greedy(self, P: Floats) -> Floats:
        """The gain that is best for one step, if P says what follows."""
        ahead = self.discount * self.B.T @ P
        return np.asarray(np.linalg.solve(self.R + ahead @ self.B, ahead @ self.A))

    def _validated(self, K: npt.ArrayLike) -> Floats:
        gain = np.asarray(K, dtype=np.float64)
        shape = self.B.T.shape
        if gain.shape != shape:
            raise ValueError(f"the gain has shape {gain.shape}; expected {shape}")
        if not np.isfinite(gain).all():
            raise ValueError("the gain holds NaN or infinity; expected finite numbers")
        size = np.sqrt(self.discount) * np.abs(np.linalg.eigvals(self.A - self.B @ gain)).max()
        if size >= 1.0:
            raise ValueError(
                f"the gain {gain.round(4).tolist()} does not keep the cost finite: states grow by {size:.4g} a step, "
                "discounting included"
            )
        return gain


def scalar_lqr(**settings: Any) -> LinearQuadratic:
    """One number of state and one of action, A = B = Q = R = 1: at discount 1 the best cost is the golden ratio."""
    one = np.eye(1)
    return LinearQuadratic(one, one, one, one, **settings)


def double_integrator(dt: float = 1.0, control_cost: float = 1.0, **settings: Any) -> LinearQuadratic:
    """A body on a line, pushed to rest at 0: state position and speed, action a force, mass 1, steps of `dt` seconds.

    A = [[1, dt], [0, 1]], B = [dt^2 / 2, dt], Q = I, R = control_cost. Raises ValueError for dt that is not positive.
    """
    if not dt > 0:
        raise ValueError(f"dt is {dt}; expected seconds above 0")
    A, B = np.array([[1.0, dt], [0.0, 1.0]]), np.array([[dt**2 / 2], [dt]])
    return LinearQuadratic(A, B, np.eye(2), control_cost * np.eye(1), **settings)
