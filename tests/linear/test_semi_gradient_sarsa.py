"""Semi-gradient Sarsa against the book's box, step by step, and on Mountain Car as in figure 10.2."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from rlcourse.linear import TextbookMountainCar, TileCoder, cost_to_go, semi_gradient_sarsa
from rlcourse.linear.semi_gradient_sarsa import BLOCK, CHOICE
from tests.linear.slow_reference import semi_gradient_sarsa as by_the_box
from tests.linear.slow_reference import tiles_of

CAR = TextbookMountainCar()
CODER = TileCoder(CAR.low, CAR.high)


def column(seed, runs, run):
    """The random numbers of one run, tick by tick."""
    rng = np.random.default_rng(seed)
    while True:
        yield from rng.random((BLOCK, CHOICE + 3, runs))[:, :, run].tolist()


@pytest.mark.parametrize(("alpha", "epsilon"), [(0.5 / 8, 0.0), (0.3 / 8, 0.2)])
def test_it_walks_as_the_box_does(alpha, epsilon):
    """Three runs of four episodes, thousands of steps: the same lengths, and the same weight for every tile."""
    learned = semi_gradient_sarsa(CAR, CODER, runs=3, episodes=4, alpha=alpha, epsilon=epsilon, seed=7)
    assert learned.weights.shape == (3, 3, CODER.num_features)
    for run in range(3):
        weight, lengths = by_the_box(CAR.low, CAR.high, 4, alpha, epsilon, column(7, 3, run))
        assert learned.episode_length[run].tolist() == lengths
        expected = np.zeros((3, CODER.num_features))
        for (tile, action), w in weight.items():
            expected[action, number_of(tile)] = w
        np.testing.assert_allclose(learned.weights[run], expected, atol=1e-9)


def number_of(tile):
    i, row, col = tile
    return 81 * i + 9 * row + col


def test_the_tiles_of_the_box_are_the_coder_s():
    points = np.random.default_rng(0).uniform(CAR.low, CAR.high, size=(500, 2))
    theirs = [[number_of(tile) for tile in tiles_of(p, CAR.low, CAR.high, 8, 8)] for p in points]
    np.testing.assert_array_equal(CODER(points), theirs)


def test_runs_with_settings_of_their_own():
    """A run learns what it would learn beside others with other settings: they share nothing."""
    alpha, epsilon = np.array([0.5, 0.2, 0.5]) / 8, np.array([0.0, 0.0, 0.3])
    together = semi_gradient_sarsa(CAR, CODER, runs=3, episodes=2, alpha=alpha, epsilon=epsilon, seed=3)
    for run in range(3):
        alone = semi_gradient_sarsa(CAR, CODER, runs=3, episodes=2, alpha=alpha[run], epsilon=epsilon[run], seed=3)
        np.testing.assert_array_equal(together.episode_length[run], alone.episode_length[run])
        np.testing.assert_array_equal(together.weights[run], alone.weights[run])


def test_runs_that_have_played_all_their_episodes_learn_nothing_more():
    short = semi_gradient_sarsa(CAR, CODER, runs=2, episodes=1, seed=1)
    first, last = short.episode_length[:, 0].argsort()
    assert short.episode_length[first, 0] + 50 < short.episode_length[last, 0]
    weight, _ = by_the_box(CAR.low, CAR.high, 1, 0.5 / 8, 0.0, column(1, 2, first))
    assert short.weights[first].sum() == pytest.approx(sum(weight.values()))


def test_returns_are_lengths_here():
    learned = semi_gradient_sarsa(CAR, CODER, runs=3, episodes=2, seed=0)
    np.testing.assert_array_equal(learned.episode_return, -learned.episode_length)
    assert learned.episode_length.dtype == np.int64


def test_same_seed_same_numbers():
    a, b, c = (semi_gradient_sarsa(CAR, CODER, runs=2, episodes=1, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(a.weights, b.weights)
    assert (a.episode_length != c.episode_length).any()


def test_figure_10_2():
    """Steps per episode over the first 40 episodes, 12 runs for each of the book's step sizes.

    Measured with 100 runs: in the first episode 1,640, 2,405 and 3,447 steps, in episodes 31 to 40 188.4, 241.3 and
    322.1 with standard deviations of a run of 9.5, 12.8 and 16.6. The bands are four standard errors of a mean of 12
    runs (and the reference's own error): missed once in 5,000 seeds.
    """
    alpha = np.repeat([0.5 / 8, 0.2 / 8, 0.1 / 8], 12)
    learned = semi_gradient_sarsa(CAR, CODER, runs=36, episodes=40, alpha=alpha, seed=0)
    length = learned.episode_length.reshape(3, 12, 40)
    late = length[:, :, 30:].mean(axis=(1, 2))
    assert (np.abs(late - [188.4, 241.3, 322.1]) < [12, 16, 20]).all()
    assert (np.abs(length[:, :, 0].mean(axis=1) - [1640, 2405, 3447]) < [730, 1010, 1380]).all()
    # Figure 10.1: the cost is highest at rest in the valley, and next to nothing just before the goal at full speed.
    cost = cost_to_go(CODER, learned.weights[:12], [[-0.5, 0.0], [0.49, 0.07]])
    assert cost.shape == (12, 2)
    valley, top = cost.mean(axis=0)
    assert 60 < valley < 160 and top < 15


def test_cost_to_go_by_hand():
    weights = np.zeros((2, 3, CODER.num_features))
    assert (cost_to_go(CODER, weights, [[0.0, 0.0]]) == 0).all()
    tiles = CODER([[-0.5, 0.01]])[0]
    weights[1, :, tiles] = [-3.0, -1.0, -2.0]  # 8 tiles of each action
    np.testing.assert_allclose(cost_to_go(CODER, weights, [[-0.5, 0.01], [0.4, -0.06]]), [[0, 0], [8, 0]])
    with pytest.raises(ValueError, match=r"weights have shape \(3, 5\); expected \[..., actions, 648 features\]"):
        cost_to_go(CODER, np.zeros((3, 5)), [[0.0, 0.0]])
    with pytest.raises(ValueError, match=r"the points have shape \(2,\)"):
        cost_to_go(CODER, weights, [0.0, 0.0])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"alpha": 0.0}, r"alpha is 0.0; expected numbers in \(0, 1\]"),
        ({"alpha": [0.1, 1.1]}, r"alpha is 1.1; expected"),
        ({"alpha": [0.1, 0.1, 0.1]}, r"alpha has shape \(3,\); expected a number or one for each of the 2 runs"),
        ({"epsilon": -0.1}, r"epsilon is -0.1; expected numbers in \[0, 1\]"),
        ({"epsilon": np.nan}, "epsilon is nan"),
        ({"runs": 0}, "runs is 0; expected a whole number, at least 1"),
        ({"episodes": 1.5}, "episodes is 1.5"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        semi_gradient_sarsa(CAR, CODER, **({"runs": 2, "episodes": 1} | settings))


def test_a_world_that_does_not_fit_the_coder():
    with pytest.raises(ValueError, match=r"the world starts in states \(2, 4\); expected \[1, 4\], to fit the coder"):
        semi_gradient_sarsa(CAR, TileCoder(0, 1), runs=4, episodes=1)


def corridor(reward, discount=1.0, ends=True):
    """A world of one state, in which action 1 ends the episode and action 0 does not; a reward for every step."""

    def step(state, action):
        return state.copy(), np.full(action.size, reward), (action == 1) & ends

    return SimpleNamespace(num_actions=2, discount=discount, start=lambda u: np.full((1, u.size), 0.5), step=step)


def test_any_world_with_the_same_four_things_will_do():
    """Actions at random, discount 1/2, reward 1: leaving is worth 1, staying q = 1 + .5 * (q + 1) / 2 = 5/3.

    The mean of 50 runs has a standard error of .004, and a bias of .01, of the order of the step size.
    """
    coder = TileCoder(0, 1, tiles=1, tilings=1)
    learned = semi_gradient_sarsa(corridor(1.0, discount=0.5), coder, runs=50, episodes=300, alpha=0.05, epsilon=1.0)
    q = learned.weights.sum(axis=2)  # the one tile that is visited
    np.testing.assert_allclose(q[:, 1], 1.0, atol=1e-6)
    assert q[:, 0].mean() == pytest.approx(5 / 3, abs=0.03)
    np.testing.assert_allclose(learned.episode_return, learned.episode_length)


def test_the_first_choice_between_equal_values_is_fair():
    """Four actions tied at 0 in the first step: 4,000 runs take each 1,000 times, within five standard deviations."""
    taken = []

    def step(state, action):
        taken.append(action.copy())
        return state.copy(), np.zeros(action.size), np.ones(action.size, dtype=bool)

    world = SimpleNamespace(num_actions=4, discount=1.0, start=lambda u: np.full((1, u.size), 0.5), step=step)
    semi_gradient_sarsa(world, TileCoder(0, 1, tiles=1, tilings=1), runs=4000, episodes=1)
    counts = np.bincount(taken[-1], minlength=4)
    assert len(taken) == 2 and np.abs(counts - 1000).max() < 5 * np.sqrt(750)


def test_episodes_that_do_not_end_are_told(monkeypatch):
    monkeypatch.setattr(sys.modules[semi_gradient_sarsa.__module__], "STEP_LIMIT", 500)
    with pytest.raises(RuntimeError, match=r"run 0 is still in the same episode after 500 steps; use a larger epsilon"):
        semi_gradient_sarsa(corridor(-1.0, ends=False), TileCoder(0, 1, tiles=1, tilings=1), runs=1, episodes=1)


def test_weights_that_diverge_are_told():
    """With eight tilings a step size of 1 overshoots eightfold."""
    coder = TileCoder(0, 1, tiles=1, tilings=8)
    with pytest.raises(RuntimeError, match="the weights diverge; use a smaller step size alpha, at most 1 / tilings"):
        semi_gradient_sarsa(corridor(-1.0), coder, runs=2, episodes=100_000, alpha=1.0, epsilon=0.5)
