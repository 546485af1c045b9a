"""Every control method, a few runs at once, against the book's loop over one run that is fed with the same numbers.

Not only the values must agree: every episode has to have the same return and the same length, in every run. Where the
loops part at one step, they part for good, so an off-by-one anywhere shows.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlcourse import tabular
from rlcourse.mdp import FiniteMDP
from rlcourse.tabular.control.interaction import OWN, numbers
from tests.mdp.random_mdps import few, generators, random_mdp
from tests.tabular import textbook_control

RUNS, EPISODES = 3, 10
OWN_ROWS = {"sarsa": 1, "n_step_sarsa": 1, "sarsa_lambda": 1, "double_q_learning": 2}

METHODS = {
    "sarsa": ("sarsa", {}),
    "expected Sarsa": ("expected_sarsa", {}),
    "Q-learning": ("q_learning", {}),
    "double Q-learning": ("double_q_learning", {}),
    "2-step Sarsa": ("n_step_sarsa", {"n": 2}),
    "4-step Sarsa": ("n_step_sarsa", {"n": 4}),
    "2-step tree backup": ("tree_backup", {"n": 2}),
    "4-step tree backup": ("tree_backup", {"n": 4}),
    "Sarsa(lambda), accumulating": ("sarsa_lambda", {"lam": 0.8, "trace": "accumulating"}),
    "Sarsa(lambda), replacing": ("sarsa_lambda", {"lam": 0.8, "trace": "replacing"}),
    "Sarsa(lambda), dutch": ("sarsa_lambda", {"lam": 0.8, "trace": "dutch"}),
    "Q(lambda), accumulating": ("watkins_q_lambda", {"lam": 0.8, "trace": "accumulating"}),
    "Q(lambda), replacing": ("watkins_q_lambda", {"lam": 0.8, "trace": "replacing"}),
    "Monte Carlo": ("monte_carlo_control", {}),
}


def columns(seed, run, own_draws, noisy):
    """The numbers of one run, tick by tick."""
    for uniform, noise in numbers(seed, RUNS, OWN + own_draws, noisy):
        yield [*uniform[:, run].tolist(), float(noise[run])] if noisy else uniform[:, run].tolist()


def textbook(method, mdp, *, seed, initial, limit, alpha, epsilon, start=None, **options):
    """The loop of that name, once for each run: q [runs, S, A], returns and lengths [runs, episodes]."""
    results = []
    for run in range(RUNS):
        world = textbook_control.World(mdp, limit)
        if start is not None:
            world.start_sums = np.cumsum(start)
        q = np.where(mdp.terminal[:, None], 0.0, np.full((mdp.num_states, mdp.num_actions), initial))
        q[~mdp.allowed] = -np.inf
        of_run = columns(seed, run, OWN_ROWS.get(method, 0), mdp.reward_std is not None)
        loop = getattr(textbook_control, method)
        results.append(loop(world, q, EPISODES, alpha, epsilon, of_run, **options))
    return [np.array(part) for part in zip(*results, strict=True)]


def assert_same(learned, expected):
    q, returns, lengths = expected
    np.testing.assert_array_equal(learned.episode_length, lengths)
    np.testing.assert_allclose(learned.episode_return, returns, atol=1e-9)
    np.testing.assert_allclose(learned.q, q, atol=1e-9)


@st.composite
def worlds(draw):
    """Random MDPs whose episodes end, some with noisy rewards, and a limit on the steps of an episode, or none."""
    rng = draw(generators())
    mdp = random_mdp(
        rng,
        states=draw(st.integers(2, 6)),
        actions=draw(st.integers(1, 4)),
        outcomes=draw(st.integers(1, 4)),
        discount=draw(st.sampled_from((0.0, 0.5, 0.9, 1.0))),
        holes=draw(st.booleans()),
        always_ends=True,
    )
    if draw(st.booleans()):
        fields = {
            name: getattr(mdp, name) for name in ("prob", "next_state", "reward", "terminal", "start", "available")
        }
        mdp = FiniteMDP(discount=mdp.discount, reward_std=rng.random((mdp.num_states, mdp.num_actions)), **fields)
    return mdp, draw(st.sampled_from((None, 1, 2, 5)))


@pytest.mark.parametrize("name", METHODS)
@few
@given(worlds(), st.integers(0, 2**32 - 1), st.sampled_from((0.0, 0.3, 1.0)), st.booleans())
def test_every_run_is_the_books_loop(name, world, seed, epsilon, fading):
    (mdp, limit), (method, options) = world, METHODS[name]
    alpha = tabular.glie(0.5, half=2.0) if fading else tabular.constant(0.3)
    explore = tabular.glie(max(epsilon, 0.1), half=3.0) if fading else tabular.constant(epsilon)
    learned = getattr(tabular, method)(
        mdp,
        runs=RUNS,
        episodes=EPISODES,
        alpha=alpha,
        epsilon=explore,
        initial=0.25,
        seed=seed,
        max_episode_steps=limit,
        **options,
    )
    one = {"alpha": lambda k: float(alpha(np.array([k]))[0]), "epsilon": lambda k: float(explore(np.array([k]))[0])}
    assert_same(learned, textbook(method, mdp, seed=seed, initial=0.25, limit=limit, **one, **options))


@few
@given(worlds(), st.integers(0, 2**32 - 1), st.booleans())
def test_monte_carlo_with_sample_averages(world, seed, exploring_starts):
    mdp, limit = world
    options = {"runs": RUNS, "episodes": EPISODES, "initial": 0.25, "seed": seed, "max_episode_steps": limit}
    expected = {"seed": seed, "initial": 0.25, "limit": limit, "alpha": None}
    if exploring_starts:
        learned = tabular.monte_carlo_exploring_starts(mdp, **options)
        pairs = np.where(mdp.terminal, 0, mdp.allowed.sum(axis=1))
        expected |= {"epsilon": lambda k: 0.0, "start": pairs / pairs.sum(), "exploring_starts": True}
    else:
        learned = tabular.monte_carlo_control(mdp, epsilon=0.2, **options)
        expected |= {"epsilon": lambda k: 0.2}
    assert_same(learned, textbook("monte_carlo_control", mdp, **expected))
