"""Baird's counterexample as the book has it, and how fast it diverges."""

import numpy as np
import pytest

from rlcourse import tabular
from rlcourse.linear import baird, emphasis, expected_td, value_error, w_and_2w


def off_policy(example, **arguments):
    return expected_td(example.mdp.under(example.target), example.features, example.weighting, **arguments)


def test_the_world_of_figure_11_1():
    example = baird()
    mdp = example.mdp
    chain = mdp.transition.toarray().reshape(7, 2, 7)
    np.testing.assert_allclose(chain[:, 0], np.tile([1 / 6] * 6 + [0], (7, 1)))
    np.testing.assert_array_equal(chain[:, 1], np.tile([0] * 6 + [1], (7, 1)))
    assert mdp.discount == 0.99 and not mdp.reward.any() and not mdp.terminal.any()
    np.testing.assert_array_equal(example.features @ np.arange(1.0, 9), [10, 12, 14, 16, 18, 20, 7 + 16])
    np.testing.assert_array_equal(example.initial, [1, 1, 1, 1, 1, 1, 10, 1])
    assert (tabular.evaluate_policy_exactly(mdp, example.target) == 0).all()


def test_the_behaviour_visits_all_states_alike():
    example = baird()
    np.testing.assert_allclose(tabular.stationary_distribution(example.mdp, example.behaviour), example.weighting)
    np.testing.assert_allclose(tabular.stationary_distribution(example.mdp, example.target), np.eye(7)[6], atol=1e-15)


def test_any_values_could_be_represented():
    """Eight weights for seven values; the features are linearly independent, the only fault is divergence."""
    assert np.linalg.matrix_rank(baird().features) == 7


def test_the_sweeps_of_the_book():
    """Equation (11.9) written out: w + alpha / |S| * sum_s (E[R + discount v(S')] - v(s)) x(s); figure 11.2, right."""
    example, w = baird(), baird().initial
    weights = off_policy(example).iterate(example.initial, alpha=0.01, steps=1000)
    for k in range(1000):
        v = example.features @ w
        w = w + 0.01 / 7 * sum((0.99 * v[6] - v[s]) * example.features[s] for s in range(7))
        if k in (0, 1, 99):
            np.testing.assert_allclose(weights[k + 1], w, rtol=1e-10)
    np.testing.assert_allclose(weights[-1], w, rtol=1e-9)
    np.testing.assert_allclose(weights[-1], [114.434] * 6 + [6.850, 335.001], atol=1e-3)


def test_it_grows_by_the_spectral_radius():
    """1.0023925 a sweep at alpha .01, exactly; a sweep does in the long run what the eigenvalue says."""
    update = off_policy(baird())
    assert update.growth(0.01) == pytest.approx(1.00239250464, abs=1e-11)
    assert update.growth(0.01) == pytest.approx(np.abs(np.linalg.eigvals(np.eye(8) - 0.01 * update.a)).max())
    size = np.linalg.norm(update.iterate(baird().initial, alpha=0.01, steps=20_000), axis=1)
    assert size[-1] / size[-2] == pytest.approx(update.growth(0.01), abs=1e-11)


def test_a_smaller_step_only_diverges_more_slowly():
    update = off_policy(baird())
    for alpha in (1e-4, 1e-3, 0.01, 0.1, 0.5):
        assert update.growth(alpha) == pytest.approx(1 + 0.239250464202 * alpha, abs=1e-9)


def test_a_nearer_horizon_converges():
    assert off_policy(baird(0.9)).growth(0.01) > 1
    assert off_policy(baird(0.8)).growth(0.01) < 1


def test_on_policy_it_converges():
    """The book's on-policy distribution, all on the seventh state, and the behaviour judged by its own visits."""
    example = baird()
    own = expected_td(example.mdp.under(example.target), example.features, np.eye(7)[6])
    weights = own.iterate(example.initial, alpha=0.1, steps=20_000)
    assert abs(example.features[6] @ weights[-1]) < 1e-3 and np.linalg.norm(weights[-1]) < 10
    judged = expected_td(example.mdp.under(example.behaviour), example.features, example.weighting)
    assert judged.growth(0.1) == pytest.approx(0.998385, abs=1e-6)


def test_tables_converge():
    example = baird()
    table = expected_td(example.mdp.under(example.target), np.eye(7), example.weighting)
    assert table.growth(0.1) == pytest.approx(1 - 0.1 / 7 * 0.01)  # the seventh state's, whose target is its own value


def test_emphasis_cures_it():
    """Figure 11.6: expected emphatic TD with alpha .03 takes the value error to 0. All emphasis is on the seventh."""
    example = baird()
    m = emphasis(example.mdp.under(example.target), example.weighting)
    np.testing.assert_allclose(m, [1 / 7] * 6 + [1 / 7 + 0.99 * 6 / 7 + 99 / 7 - 0.99 * 6 / 7 + 594 / 7], rtol=1e-12)
    update = expected_td(example.mdp.under(example.target), example.features, m)
    assert update.growth(0.03) == pytest.approx(0.982857, abs=1e-6)
    weights = update.iterate(example.initial, alpha=0.03, steps=1000)
    error = np.sqrt(value_error(weights, example.features, np.zeros(7), example.weighting))
    assert error[0] > 5 and error[-1] < 1e-7


def test_w_and_2w():
    """Section 11.2: each update multiplies w by 1 + alpha (2 discount - 1)."""
    for discount, alpha in ((0.99, 0.1), (0.5, 0.3), (0.3, 0.1)):
        update = off_policy(w_and_2w(discount))
        factor = 1 + alpha * (2 * discount - 1)
        assert update.growth(alpha) == pytest.approx(factor)
        np.testing.assert_allclose(update.iterate(1.0, alpha=alpha, steps=50)[:, 0], factor ** np.arange(51))


def test_w_and_2w_converges_where_both_states_are_seen():
    """On-policy the second step is seen as often as the first, and pulls w down by more than it was raised."""
    example = w_and_2w()
    visits = tabular.stationary_distribution(example.mdp, example.behaviour)
    np.testing.assert_allclose(visits, [0.5, 0.5, 0])
    assert expected_td(example.mdp.under(example.target), example.features, visits).growth(0.1) < 1
