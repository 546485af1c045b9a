"""The expected update, its fixed point, and the errors measured with it: against dense matrices and plain sums."""

from math import inf

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rlcourse import tabular
from rlcourse.linear import best_weights, emphasis, expected_td, long_random_walk, state_aggregation, value_error
from rlcourse.linear.expected_update import ExpectedUpdate
from rlcourse.mdp import FiniteMDP, random_walk
from tests.mdp.random_mdps import few, generators, mdps, random_policy


def dense_parts(mdp, policy, rng, count):
    """P, r and v under the policy as arrays, features with zeros at the end, and a random weighting."""
    process = mdp.under(policy)
    x = rng.normal(size=(mdp.num_states, count)) * ~mdp.terminal[:, None]
    d = (rng.random(mdp.num_states) + 0.05) * ~mdp.terminal
    return process, process.transition.toarray(), tabular.evaluate_policy_exactly(mdp, policy), x, d


@few
@given(mdps(), generators(), st.integers(1, 4))
def test_a_and_b_are_the_sums_that_define_them(mdp, rng, n):
    """Equation (9.11): A = E[x (x - discount^n x_n)'], b = E[G_n x], state by state."""
    process, chain, _, x, d = dense_parts(mdp, random_policy(mdp, rng), rng, 2)
    update = expected_td(process, x, d, n=n)
    a, b = np.zeros((2, 2)), np.zeros(2)
    for s in range(mdp.num_states):
        arrive, rewards = np.eye(mdp.num_states)[s], 0.0
        for k in range(n):
            rewards += mdp.discount**k * arrive @ process.reward
            arrive = arrive @ chain
        a += d[s] * np.outer(x[s], x[s] - mdp.discount**n * arrive @ x)
        b += d[s] * rewards * x[s]
    np.testing.assert_allclose(update.a, a, atol=1e-10)
    np.testing.assert_allclose(update.b, b, atol=1e-10)


@few
@given(mdps(), generators())
def test_with_a_feature_for_each_state_the_fixed_point_is_the_value(mdp, rng):
    process, _, value, _, d = dense_parts(mdp, random_policy(mdp, rng), rng, 1)
    live = np.flatnonzero(~mdp.terminal)
    table = np.eye(mdp.num_states)[:, live]
    for n in (1, 3, inf):
        fixed = expected_td(process, table, d, n=n).fixed_point()
        np.testing.assert_allclose(fixed, value[live], atol=1e-7)


@few
@given(mdps(), generators())
def test_of_monte_carlo_it_has_the_least_value_error(mdp, rng):
    process, _, value, x, d = dense_parts(mdp, random_policy(mdp, rng), rng, 2)
    assume((~mdp.terminal).sum() >= 2)
    best = best_weights(x, value, d)
    np.testing.assert_allclose(expected_td(process, x, d, n=inf).fixed_point(), best, atol=1e-6)
    least = value_error(best, x, value, d)
    for _ in range(5):
        assert value_error(best + rng.normal(size=2), x, value, d) > least


@few
@given(mdps(), generators())
def test_the_value_error_is_its_sum(mdp, rng):
    """Equation (9.1), for many weights at once."""
    _, _, value, x, d = dense_parts(mdp, random_policy(mdp, rng), rng, 3)
    w = rng.normal(size=(4, 2, 3))
    expected = (d * (value - w @ x.T) ** 2).sum(axis=-1)
    np.testing.assert_allclose(value_error(w, x, value, d), expected, rtol=1e-9, atol=1e-12)


def test_the_value_error_is_never_below_zero():
    """Where the values can be represented, it is a square of rounding errors."""
    x = np.array([[2.0, 0, 1], [0, 1, 2]])
    w = 1e-9 * np.random.default_rng(0).normal(size=(1000, 3))
    assert (value_error(w, x, np.zeros(2), [0.5, 0.5]) >= 0).all()


@few
@given(mdps(discounts=(0.3, 0.9, 0.99)), generators())
def test_the_bound_of_the_book(mdp, rng):
    """Equation (9.14): on-policy, VE(w_TD) <= min VE / (1 - discount); even / (1 - discount^2) holds.

    (Tsitsiklis and Van Roy 1997 have the latter.) With another weighting it need not: see the counterexamples.
    """
    policy = random_policy(mdp, rng)
    assume((~mdp.terminal).sum() >= 3)
    try:
        visits = tabular.stationary_distribution(mdp, policy)
    except ValueError:
        assume(False)
    process, _, value, x, _ = dense_parts(mdp, policy, rng, 2)
    assume((visits > 1e-6).sum() >= 3)
    fixed = expected_td(process, x, visits).fixed_point()
    least = value_error(best_weights(x, value, visits), x, value, visits)
    assert value_error(fixed, x, value, visits) <= least / (1 - mdp.discount**2) + 1e-9


def test_the_bound_is_for_the_policy_s_own_visits():
    """0 -> 1 -> 1 with values w and 2 w: at weights 1 : 2 A is 0, and beside it TD's error is beyond any bound."""
    mdp = FiniteMDP.from_dense([[[0.0, 1.0]], [[0.0, 1.0]]], [[1.0], [0.0]], discount=0.9)
    process, x, value = mdp.under(np.ones((2, 1))), np.array([[1.0], [2.0]]), np.array([1.0, 0.0])
    d = np.array([0.34, 0.66])
    fixed = expected_td(process, x, d).fixed_point()
    least = value_error(best_weights(x, value, d), x, value, d)
    assert value_error(fixed, x, value, d) > 10 * least / (1 - 0.9)


@few
@given(mdps(), generators())
def test_the_projected_bellman_error(mdp, rng):
    """Section 11.4: the Bellman error of every state, projected on the features with weights d, and its size."""
    process, chain, _, x, d = dense_parts(mdp, random_policy(mdp, rng), rng, 2)
    w = rng.normal(size=(3, 2))
    update = expected_td(process, x, d)
    for weights, error in zip(w, update.projected_bellman_error(w), strict=True):
        bellman_error = process.reward + mdp.discount * chain @ x @ weights - x @ weights
        shown = x @ best_weights(x, bellman_error, d)
        assert error == pytest.approx((d * shown**2).sum(), rel=1e-7, abs=1e-10)
    if (~mdp.terminal).sum() >= 2:
        assert update.projected_bellman_error(update.fixed_point()) == pytest.approx(0, abs=1e-12)


@few
@given(mdps(), generators())
def test_iterating_and_its_growth(mdp, rng):
    """w <- w + alpha (b - A w) by hand; and growth is what the distance from the fixed point is multiplied by."""
    assume((~mdp.terminal).sum() >= 2)
    process, _, _, x, d = dense_parts(mdp, random_policy(mdp, rng), rng, 2)
    update = expected_td(process, x, d)
    first, alpha = rng.normal(size=2), 0.3
    weights = update.iterate(first, alpha=alpha, steps=5)
    w = first
    for k in range(6):
        np.testing.assert_allclose(weights[k], w, rtol=1e-9, atol=1e-9)
        w = w + alpha * (update.b - update.a @ w)
    assert weights.shape == (6, 2)
    eigenvalues, vectors = np.linalg.eig(update.a)
    slowest = np.abs(1 - alpha * eigenvalues).argmax()
    direction = vectors[:, slowest].real
    if abs(eigenvalues[slowest].imag) < 1e-12:
        error = update.iterate(update.fixed_point() + direction, alpha=alpha, steps=1) - update.fixed_point()
        assert np.linalg.norm(error[1]) / np.linalg.norm(error[0]) == pytest.approx(update.growth(alpha), rel=1e-6)


def test_growth_sees_only_what_the_features_see():
    """Two equal features: their difference never moves, which is no sign of divergence, nor of slowness."""
    process = random_walk(5).under(np.ones((7, 1)))
    x, d = np.ones((7, 2)), np.array([0, 1, 2, 3, 2, 1, 0]) / 9
    once, twice = expected_td(process, x[:, :1], d), expected_td(process, x, d)
    assert np.abs(np.linalg.eigvals(np.eye(2) - 0.1 * twice.a)).max() == pytest.approx(1.0)
    assert twice.growth(0.1) == pytest.approx(once.growth(0.2)) != pytest.approx(1.0, abs=1e-3)


def test_iterating_ends_where_the_weights_are_beyond_all_measure():
    update = ExpectedUpdate(a=np.array([[-9.0]]), b=np.zeros(1), features=np.ones((1, 1)), weighting=np.ones(1))
    weights = update.iterate(1.0, alpha=1.0, steps=10_000)
    np.testing.assert_allclose(weights[:, 0], 10.0 ** np.arange(101))  # up to 1e100, and not a step further
    assert len(update.iterate(1.0, alpha=1.0, steps=100)) == 101
    assert len(update.iterate(1.0, alpha=1.0, steps=99)) == 100


def test_features_that_depend_on_each_other_have_no_single_fixed_point():
    process = random_walk(5).under(np.ones((7, 1)))
    with pytest.raises(ValueError, match="A has rank 1 of 2, so no single weight vector is the fixed point"):
        expected_td(process, np.ones((7, 2)), np.ones(7)).fixed_point()


def test_figure_9_2_left():
    """Solved: the fixed point on ten groups is flatter than the best fit, and its value error four times as large."""
    mdp = long_random_walk()
    policy = tabular.uniform_policy(mdp)
    value = tabular.evaluate_policy_exactly(mdp, policy)
    visits = tabular.stationary_distribution(mdp, policy)
    x = state_aggregation(mdp, 10)
    fixed, best = expected_td(mdp.under(policy), x, visits).fixed_point(), best_weights(x, value, visits)
    assert np.ptp(fixed) < np.ptp(best) < np.ptp(value[1:-1])
    assert value_error(fixed, x, value, visits) == pytest.approx(0.013627, abs=1e-6)
    assert value_error(best, x, value, visits) == pytest.approx(0.002957, abs=1e-6)


@few
@given(mdps(discounts=(0.3, 0.9)), generators())
def test_emphasis_is_the_flow_that_defines_it(mdp, rng):
    """m = d + discount P' d + discount^2 P'^2 d + ..., without what has reached the end."""
    process, chain, _, _, d = dense_parts(mdp, random_policy(mdp, rng), rng, 1)
    expected, flow = np.zeros_like(d), d
    for _ in range(400):
        expected = expected + flow
        flow = mdp.discount * flow @ chain * ~mdp.terminal
    np.testing.assert_allclose(emphasis(process, d), expected, atol=1e-10)


@few
@given(mdps(discounts=(0.3, 0.9)), generators())
def test_emphasis_makes_any_weighting_safe(mdp, rng):
    """A + A' is positive definite on what the features see (Sutton, Mahmood and White 2016), so small steps shrink."""
    process, _, _, x, d = dense_parts(mdp, random_policy(mdp, rng), rng, 3)
    update = expected_td(process, x, emphasis(process, d))
    assert np.linalg.eigvalsh(update.a + update.a.T).min() > -1e-10
    assert update.growth(1e-3) < 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"weighting": np.ones(6)}, "weighting is .*; expected 7 numbers, at least 0 and not all 0"),
        ({"weighting": -np.ones(7)}, "weighting is"),
        ({"weighting": np.zeros(7)}, "weighting is"),
        ({"weighting": np.full(7, np.nan)}, "weighting is"),
        ({"features": np.ones((6, 1))}, r"features have shape \(6, 1\)"),
        ({"n": 0}, "n is 0; expected a whole number, at least 1"),
        ({"n": 1.5}, "n is 1.5"),
    ],
)
def test_bad_input(changed, message):
    given_ = {"features": np.ones((7, 1)), "weighting": np.ones(7), "n": 1} | changed
    with pytest.raises(ValueError, match=message):
        expected_td(random_walk(5).under(np.ones((7, 1))), given_["features"], given_["weighting"], n=given_["n"])


def test_no_returns_without_an_end():
    mdp = FiniteMDP.from_dense([[[1.0]]], [[1.0]], discount=1.0)
    with pytest.raises(ValueError, match="at discount 1 and without an end"):
        expected_td(mdp.under([[1.0]]), [[1.0]], [1.0], n=inf)
    with pytest.raises(ValueError, match="at discount 1 and without an end"):
        emphasis(mdp.under([[1.0]]), [1.0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones((3, 1)), np.ones(2), np.ones(3)), r"features have shape \(3, 1\); expected \[2 states, features\]"),
        ((np.ones((3, 1)), [1, np.nan, 1], np.ones(3)), "value is .*; expected a finite number for each state"),
        ((np.ones((3, 1)), np.ones(3), [1, -1, 1]), "weighting is .*; expected 3 numbers, at least 0 and not all 0"),
    ],
)
def test_bad_fits(arguments, message):
    with pytest.raises(ValueError, match=message):
        best_weights(*arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"alpha": 0.0}, "alpha is 0.0; expected positive step sizes"),
        ({"steps": 0}, "steps is 0; expected a whole number, at least 1"),
        ({"initial": [1.0, 2.0]}, r"initial is \[1.0, 2.0\]; expected a finite number, or 1 of them"),
    ],
)
def test_bad_iterations(arguments, message):
    update = expected_td(random_walk(5).under(np.ones((7, 1))), np.ones((7, 1)), np.ones(7))
    with pytest.raises(ValueError, match=message):
        update.iterate(**({"initial": 0.0, "alpha": 0.1, "steps": 3} | arguments))
