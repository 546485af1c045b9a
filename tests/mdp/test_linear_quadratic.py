"""The linear-quadratic regulator: textbook gains, the gradient as a slope, the cost against a simulation."""

from itertools import islice

import numpy as np
import pytest

from rlcourse.mdp import LinearQuadratic, double_integrator, scalar_lqr

GOLDEN = (1 + 5**0.5) / 2


# with the force felt a step late, as the textbooks have it
LATE = LinearQuadratic([[1, 1], [0, 1]], [[0], [1]], np.eye(2), np.eye(1))


def random_problem(seed, discount=0.9, noise=0.0):
    rng = np.random.default_rng(seed)
    n, m = 3, 2
    roots = [rng.normal(size=(k, k)) for k in (n, m, n)]
    Q, R, start = (root @ root.T + 0.1 * np.eye(len(root)) for root in roots)
    A, B = 0.5 * rng.normal(size=(n, n)), rng.normal(size=(n, m))
    return LinearQuadratic(A, B, Q, R, discount, start, noise * np.eye(n))


def test_the_golden_ratio():
    problem = scalar_lqr()
    assert problem.optimal_cost_matrix().item() == pytest.approx(GOLDEN, abs=1e-10)
    assert problem.optimal_gain().item() == pytest.approx(GOLDEN - 1, abs=1e-10)
    costs, gains = zip(*islice(problem.riccati_iterates(), 30), strict=True)
    assert [round(P.item(), 4) for P in costs[:4]] == [1.5, 1.6, 1.6154, 1.6176]
    assert len({id(P) for P in costs}) == 30 and gains[-1].item() == pytest.approx(GOLDEN - 1, abs=1e-10)


@pytest.mark.parametrize(
    ("problem", "P", "K"),
    [
        (LATE, [[2.94712, 2.36921], [2.36921, 4.61313]], [[0.42208, 1.24393]]),
        (double_integrator(0.1, 0.1), None, [[2.58570, 3.44344]]),
    ],
)
def test_double_integrators(problem, P, K):
    np.testing.assert_allclose(problem.optimal_gain(), K, atol=6e-6)
    if P is not None:
        np.testing.assert_allclose(problem.optimal_cost_matrix(), P, atol=6e-6)
        np.testing.assert_allclose(problem.cost_matrix(problem.optimal_gain()), P, atol=6e-6)


@pytest.mark.parametrize("action_std", [0.0, 0.4])
@pytest.mark.parametrize("seed", range(5))
def test_the_gradient_is_the_slope_of_the_cost_and_zero_at_the_best(seed, action_std):
    problem = random_problem(seed, noise=0.3)
    best = problem.optimal_gain()
    K = best + 0.05 * np.random.default_rng(seed).normal(size=best.shape)
    slope = np.zeros_like(K)
    for index in np.ndindex(K.shape):
        nudge = np.zeros_like(K)
        nudge[index] = 1e-6
        above, below = problem.cost(K + nudge, action_std), problem.cost(K - nudge, action_std)
        slope[index] = (above - below) / 2e-6
    np.testing.assert_allclose(problem.cost_gradient(K, action_std), slope, rtol=1e-6, atol=1e-6 * np.abs(slope).max())
    assert np.abs(problem.cost_gradient(best, action_std)).max() < 1e-8 * problem.cost(best, action_std)
    assert problem.cost(K, action_std) > problem.cost(best, action_std)


def test_the_cost_is_what_a_simulation_pays():
    """20,000 copies for 200 steps at discount .9 (the rest is 7e-10): within 4.5 standard errors."""
    problem, rng = random_problem(7, noise=0.2), np.random.default_rng(0)
    K = problem.optimal_gain() * 0.9
    x = rng.multivariate_normal(np.zeros(3), problem.start_cov, size=20_000)
    paid = np.zeros(len(x))
    for t in range(200):
        u = -x @ K.T + 0.3 * rng.normal(size=(len(x), 2))
        paid += 0.9**t * (np.einsum("ni,ij,nj->n", x, problem.Q, x) + np.einsum("ni,ij,nj->n", u, problem.R, u))
        x = x @ problem.A.T + u @ problem.B.T + np.sqrt(0.2) * rng.normal(size=x.shape)
    assert abs(paid.mean() - problem.cost(K, 0.3)) < 4.5 * paid.std() / np.sqrt(len(x))


def test_discounting_is_a_slower_world():
    problem, root = random_problem(3), np.sqrt(0.9)
    slower = LinearQuadratic(root * problem.A, root * problem.B, problem.Q, problem.R)
    np.testing.assert_allclose(problem.optimal_gain(), slower.optimal_gain(), rtol=1e-9)
    *_, (P, K) = islice(problem.riccati_iterates(), 300)
    np.testing.assert_allclose(P, problem.optimal_cost_matrix(), rtol=1e-9)
    np.testing.assert_allclose(K, problem.optimal_gain(), rtol=1e-9)


def test_gains_whose_cost_is_infinite_are_refused():
    problem = scalar_lqr()
    for K in (0.0, 2.0, -1.0):  # x stays, changes its sign for ever, doubles
        for ask in (problem.cost, problem.cost_matrix, problem.cost_gradient):
            with pytest.raises(ValueError, match="does not keep the cost finite: states grow by"):
                ask([[K]])
    assert scalar_lqr(discount=0.9).cost([[0.0]]) == pytest.approx(10)  # 1 + .9 + .81 + ...
    with pytest.raises(ValueError, match="use a discount below 1"):
        problem.cost([[0.5]], action_std=0.1)
    with pytest.raises(ValueError, match="use a discount below 1"):
        problem.cost_gradient([[0.5]], action_std=0.1)
    with pytest.raises(ValueError, match="no gain keeps the cost"):
        LinearQuadratic([[2.0]], [[0.0]], [[1.0]], [[1.0]]).optimal_gain()


ONE = np.eye(1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"B": [1.0]}, r"B has shape \(1,\); expected \[n, m\]"),
        ({"A": np.eye(2)}, r"A has shape \(2, 2\); expected \(1, 1\)"),
        ({"R": [[np.nan]]}, "R holds NaN or infinity"),
        ({"R": [[0.0]]}, "R has the eigenvalue 0; expected a positive definite matrix"),
        ({"Q": [[-1.0]]}, "Q has the eigenvalue -1; expected a positive semidefinite matrix"),
        ({"discount": 1.1}, "discount is 1.1"),
        ({"discount": 0.0}, "discount is 0.0"),
        ({"noise_cov": ONE}, "use a discount below 1"),
    ],
)
def test_matrices_that_do_not_fit_are_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        LinearQuadratic(**{"A": ONE, "B": ONE, "Q": ONE, "R": ONE, **changes})


def test_more_that_does_not_fit():
    with pytest.raises(ValueError, match="Q is not symmetric"):
        LinearQuadratic(np.eye(2), np.ones((2, 1)), [[1.0, 0.5], [0.0, 1.0]], ONE)
    with pytest.raises(ValueError, match=r"the gain has shape \(1,\); expected \(1, 2\)"):
        double_integrator().cost([1.0])
    with pytest.raises(ValueError, match="the gain holds NaN"):
        scalar_lqr().cost([[np.nan]])
    with pytest.raises(ValueError, match="dt is 0; expected seconds above 0"):
        double_integrator(0)
    with pytest.raises(ValueError, match="read-only"):
        scalar_lqr().A[0, 0] = 2.0
