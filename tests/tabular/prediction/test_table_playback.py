"""What all predictions share: recorded statistics, first values, settings, and their messages."""

import tracemalloc

import numpy as np
import pytest

from rlcourse.tabular import (
    Experience,
    batch_monte_carlo,
    batch_td,
    importance_sampling,
    lambda_return,
    monte_carlo_prediction,
    n_step_td,
    td_lambda,
    td_prediction,
    true_online_td_lambda,
)
from tests.tabular.recorded_walks import rms_from, walks

COIN = np.ones((7, 1))
PREDICTIONS = {
    "td": lambda e, **k: td_prediction(e, **{"alpha": [[0.1, 0.2]]} | k),
    "monte_carlo": lambda e, **k: monte_carlo_prediction(e, **{"alpha": [[0.1, 0.2]]} | k),
    "averages": monte_carlo_prediction,
    "n_step": lambda e, **k: n_step_td(e, **{"alpha": [0.1, 0.2], "n": [[1], [3], [9]]} | k),
    "td_lambda": lambda e, **k: td_lambda(e, **{"alpha": [0.1, 0.2], "lam": [[0.0], [0.5], [1.0]]} | k),
    "true_online": lambda e, **k: true_online_td_lambda(e, **{"alpha": 0.1, "lam": [0.0, 0.5, 1.0]} | k),
    "lambda_return": lambda e, **k: lambda_return(e, **{"alpha": 0.1, "lam": [0.0, 0.5, 1.0]} | k),
    "batch_td": batch_td,
    "batch_monte_carlo": batch_monte_carlo,
    "importance_sampling": lambda e, **k: importance_sampling(e, target=COIN, behaviour=COIN, **k),
}
SETTINGS = {"td": (1, 2), "monte_carlo": (1, 2), "n_step": (3, 2), "td_lambda": (3, 2)}
SETTINGS |= {"true_online": (3,), "lambda_return": (3,)}


@pytest.mark.parametrize("name", PREDICTIONS)
def test_shapes_and_statistics(name):
    experience, true = walks(5, runs=6, episodes=4)
    predict, settings = PREDICTIONS[name], SETTINGS.get(name, ())
    values = predict(experience)
    assert values.shape == (6, 4, *settings, 7) and values.dtype == np.float64
    assert not values[..., [0, 6]].any() and not predict(experience, initial=0.5)[..., [0, 6]].any()
    rms = predict(experience, record=rms_from(true))
    assert rms.shape == (6, 4, *settings)
    np.testing.assert_allclose(rms, rms_from(true)(values), rtol=1e-12)  # another order of adding up
    two = predict(experience, record=lambda v: v[..., 1:3])
    np.testing.assert_array_equal(two, values[..., 1:3])


@pytest.mark.parametrize("name", PREDICTIONS)
def test_runs_do_not_know_of_each_other(name):
    """A run alone learns what it learns among others; and what a run does later does not change what it has noted."""
    experience, _ = walks(5, runs=6, episodes=4)
    values = PREDICTIONS[name](experience, initial=0.3)
    for run in (0, 3, 5):
        alone = Experience(
            **{f: getattr(experience, f)[[run]] for f in ("state", "action", "reward", "next_state")},
            terminal=experience.terminal,
            discount=experience.discount,
        )
        np.testing.assert_allclose(PREDICTIONS[name](alone, initial=0.3)[0], values[run], rtol=0, atol=1e-14)
    # states not seen by the end of the first episode have their first value still
    for run in range(6):
        unseen = ~np.isin(np.arange(7), experience.state[run, : experience.lengths[run, 0]]) & ~experience.terminal
        np.testing.assert_allclose(values[run, 0][..., unseen], 0.3, rtol=0, atol=1e-15)


@pytest.mark.parametrize("name", PREDICTIONS)
def test_first_values(name):
    experience, _ = walks(5, runs=2, episodes=1)
    first = np.linspace(-1.0, 1.0, 7)
    kept = first.copy()
    PREDICTIONS[name](experience, initial=first)
    np.testing.assert_array_equal(first, kept)
    with pytest.raises(ValueError, match=r"initial has shape \(3,\); expected a number, or one for each of 7 states"):
        PREDICTIONS[name](experience, initial=np.zeros(3))
    with pytest.raises(ValueError, match="initial holds nan; expected finite numbers"):
        PREDICTIONS[name](experience, initial=np.nan)
    with pytest.raises(ValueError, match="record is 'everything'; expected \"values\" or a function"):
        PREDICTIONS[name](experience, record="everything")
    with pytest.raises(ValueError, match="expected it to keep the axes before the states"):
        PREDICTIONS[name](experience, record=lambda v: v.mean())


@pytest.mark.parametrize("name", sorted(SETTINGS))
@pytest.mark.parametrize("alpha", [0.0, -0.1, 1.1, np.nan, [0.5, 2.0]])
def test_bad_step_sizes(name, alpha):
    experience, _ = walks(5, runs=1, episodes=1)
    with pytest.raises(ValueError, match=r"alpha is .*; expected numbers in \(0, 1\]"):
        PREDICTIONS[name](experience, alpha=alpha)


@pytest.mark.parametrize("name", ["td_lambda", "true_online", "lambda_return"])
@pytest.mark.parametrize("lam", [-0.1, 1.01, np.nan])
def test_bad_decays(name, lam):
    experience, _ = walks(5, runs=1, episodes=1)
    with pytest.raises(ValueError, match=r"lam is .*; expected numbers in \[0, 1\]"):
        PREDICTIONS[name](experience, lam=lam)


def test_shapes_that_do_not_fit():
    experience, _ = walks(5, runs=1, episodes=1)
    with pytest.raises(ValueError, match=r"n has shape \(3,\) and alpha has shape \(2,\); expected shapes that broad"):
        n_step_td(experience, n=[1, 2, 3], alpha=[0.1, 0.2])
    with pytest.raises(ValueError, match=r"alpha has shape \(2,\) and lam has shape \(3,\)"):
        td_lambda(experience, alpha=[0.1, 0.2], lam=[0.1, 0.2, 0.3])


def test_a_statistic_needs_little_memory():
    """1,000 runs of 500 episodes, 4.5 million steps: below 1 GB with the walks themselves and 20 step sizes at once.

    All their values would be another 0.56 GB, and 20 times the statistic below is 0.08 GB.
    """
    tracemalloc.start()
    experience, true = walks(5, runs=1_000, episodes=500)
    rms = td_prediction(experience, alpha=np.linspace(0.05, 1.0, 20), record=rms_from(true))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rms.shape == (1_000, 500, 20) and peak < 1e9
