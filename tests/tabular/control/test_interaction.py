"""What all learners share: settings, records, episodes that are cut, that follow at once, or that never end."""

import numpy as np
import pytest

from rlcourse import tabular
from rlcourse.mdp import FiniteMDP, cliff_walk, grid_world, random_walk
from rlcourse.tabular.control import interaction
from rlcourse.tabular.control.interaction import Interaction

LEARNERS = (
    tabular.sarsa,
    tabular.expected_sarsa,
    tabular.q_learning,
    tabular.double_q_learning,
    tabular.n_step_sarsa,
    tabular.tree_backup,
    tabular.sarsa_lambda,
    tabular.watkins_q_lambda,
    tabular.monte_carlo_control,
    tabular.monte_carlo_exploring_starts,
)
every_learner = pytest.mark.parametrize("learn", LEARNERS, ids=lambda f: f.__name__)
every_explorer = pytest.mark.parametrize("learn", LEARNERS[:-1], ids=lambda f: f.__name__)  # has an epsilon


def corridor():
    """Four floors and the goal, left and right; every step costs 1, and one in five is carried off to the goal."""
    next_state = np.stack([np.maximum(np.arange(5) - 1, 0), np.arange(5) + 1], axis=1)
    next_state[4] = 4
    return FiniteMDP(
        prob=np.tile([0.8, 0.2], (5, 2, 1)),
        next_state=np.stack([next_state, np.full((5, 2), 4)], axis=2),
        reward=np.where(np.arange(5) < 4, -1.0, 0.0)[:, None, None] * np.ones((5, 2, 2)),
        discount=0.9,
        terminal=np.arange(5) == 4,
        start=[0.5, 0.5, 0.0, 0.0, 0.0],
    )


# Episodes that are cut


def endless():
    """One state, one action, reward 1 for ever: worth 1 / (1 - discount) = 10."""
    return FiniteMDP(
        prob=[[[1.0]]],
        next_state=[[[0]]],
        reward=[[[1.0]]],
        discount=0.9,
        terminal=[False],
        start=[1.0],
    )


@every_learner
@pytest.mark.parametrize("limit", [1, 3])
def test_a_time_limit_is_not_the_end(learn, limit):
    """Taken for an end, the limit would make the value 1 or 2.71. Monte Carlo has to wait for the limit each time."""
    learned = learn(endless(), runs=5, episodes=400, alpha=0.5, max_episode_steps=limit)
    np.testing.assert_allclose(learned.q, 10.0, rtol=1e-2)
    assert (learned.episode_length == limit).all() and (learned.episode_return == limit).all()


@every_explorer  # exploring starts begin in B as well, and learn that B is worth nothing
def test_what_is_cut_goes_on_from_the_true_next_state(learn):
    """Two rooms: A leads to B, B to itself with reward 1. Cut after one step, A is worth what B is, not what A was."""
    mdp = FiniteMDP(
        prob=np.ones((2, 1, 1)),
        next_state=[[[1]], [[1]]],
        reward=[[[0.0]], [[0.0]]],
        discount=0.5,
        terminal=[False, False],
        start=[1.0, 0.0],
    )
    learned = learn(mdp, runs=2, episodes=60, alpha=0.5, initial=[[0.0], [8.0]], max_episode_steps=1)
    np.testing.assert_allclose(learned.q[:, :, 0], [[4.0, 8.0]] * 2, atol=1e-6)


@every_learner
def test_an_end_at_the_limit_is_an_end(learn):
    """One step to the goal: the limit of one step changes nothing."""
    mdp = grid_world("SG", goal_reward=3.0, discount=0.9)
    options = {"runs": 3, "episodes": 20, "alpha": 1.0, "seed": 1}
    if learn is not tabular.monte_carlo_exploring_starts:
        options["epsilon"] = 1.0
    cut = learn(mdp, **options, max_episode_steps=1)
    assert np.isin(cut.q[:, 0, 1], (0.0, 1.5, 3.0)).all()  # 1.5: the mean of two tables
    assert (cut.q[:, 0, 1] == 3.0).any()
    assert (cut.episode_length == 1).all()


# Episodes that never end


@every_learner
def test_a_world_without_an_end_needs_a_limit(learn):
    with pytest.raises(
        ValueError, match="this world has no terminal state, so its episodes never end; set max_episode"
    ):
        learn(endless(), runs=2, episodes=2)


@every_learner
def test_a_policy_that_never_ends(learn, monkeypatch):
    """Staying pays, leaving does not; the goal exists, but the greedy policy does not want it."""
    monkeypatch.setattr(interaction, "STEP_LIMIT", 300)
    mdp = FiniteMDP(
        prob=np.ones((2, 2, 1)),
        next_state=[[[0], [1]], [[1], [1]]],
        reward=[[[1.0], [0.0]], [[0.0], [0.0]]],
        discount=0.9,
        terminal=[False, True],
        start=[1.0, 0.0],
    )
    options = {} if learn is tabular.monte_carlo_exploring_starts else {"epsilon": 0.0}
    with pytest.raises(
        RuntimeError, match=r"run \d is still in the same episode after 300 steps: its policy may never"
    ):
        learn(mdp, runs=4, episodes=5, initial=[[1.0, 0.0], [0.0, 0.0]], **options)


def test_a_long_episode_is_no_error(monkeypatch):
    """Many short episodes add up to more steps than one may have."""
    monkeypatch.setattr(interaction, "STEP_LIMIT", 300)
    learned = tabular.q_learning(corridor(), runs=2, episodes=300)
    assert learned.episode_length.sum(axis=1).min() > 600


@pytest.mark.parametrize("learn", [tabular.sarsa_lambda, tabular.watkins_q_lambda])
def test_values_that_diverge(learn):
    loop = FiniteMDP(
        prob=[[[0.99, 0.01]], [[1.0, 0.0]]],
        next_state=[[[0, 1]], [[1, 1]]],
        reward=[[[1.0, 0.0]], [[0.0, 0.0]]],
        discount=1.0,
        terminal=[False, True],
        start=[1.0, 0.0],
    )
    with pytest.raises(RuntimeError, match="the action values diverge; use a smaller step size alpha or a smaller lam"):
        learn(loop, runs=3, episodes=400, alpha=1.0, lam=1.0, trace="accumulating")
    assert np.isfinite(learn(loop, runs=3, episodes=400, alpha=1.0, lam=1.0, trace="replacing").q).all()


# Runs and their records


@every_learner
def test_the_next_episode_begins_at_once(learn, monkeypatch):
    """No run waits for another: the ticks are the steps of the longest run, and one to start."""
    drawn = []
    original = interaction.numbers

    def counted(*arguments):
        for row in original(*arguments):
            drawn.append(1)
            yield row

    monkeypatch.setattr(interaction, "numbers", counted)
    learned = learn(corridor(), runs=7, episodes=9, seed=3)
    assert len(drawn) == learned.episode_length.sum(axis=1).max() + 1
    assert learned.episode_length.sum(axis=1).min() + 1 < len(drawn)


@every_learner
def test_the_record_is_the_table_after_each_episode(learn):
    kept = learn(corridor(), runs=4, episodes=6, seed=5, record=lambda q: q)
    assert kept.record.shape == (4, 6, 5, 2)
    for episodes in range(1, 7):
        np.testing.assert_array_equal(
            kept.record[:, episodes - 1], learn(corridor(), runs=4, episodes=episodes, seed=5).q
        )
    one = learn(corridor(), runs=4, episodes=6, seed=5, record=lambda q: q[:, 0].argmax(axis=1))
    assert one.record.shape == (4, 6) and one.record.dtype == np.int64
    assert learn(corridor(), runs=4, episodes=6, seed=5).record is None


@every_learner
def test_returns_and_lengths(learn):
    """Every step costs 1: the return is the length, whatever the discount."""
    learned = learn(corridor(), runs=4, episodes=6)
    np.testing.assert_array_equal(learned.episode_return, -learned.episode_length)
    assert learned.episode_return.shape == (4, 6) and learned.q.shape == (4, 5, 2)


@every_learner
def test_the_same_seed_the_same_numbers(learn):
    first, again, other = (learn(corridor(), runs=3, episodes=5, seed=seed) for seed in (8, 8, 9))
    np.testing.assert_array_equal(first.q, again.q)
    assert not np.array_equal(first.episode_length, other.episode_length)
    assert len(np.unique(first.episode_length, axis=0)) == 3  # and runs differ from one another


@every_learner
def test_unavailable_actions(learn):
    """They are never taken, and are worth -inf."""
    mdp = FiniteMDP(
        prob=[[[1.0], [7.0], [1.0]], [[1.0], [1.0], [1.0]]],
        next_state=[[[1], [99], [0]], [[1], [1], [1]]],
        reward=[[[1.0], [1e6], [0.0]], [[0.0], [0.0], [0.0]]],
        discount=0.9,
        terminal=[False, True],
        start=[1.0, 0.0],
        available=[[True, False, True], [True, True, True]],
    )
    learned = learn(mdp, runs=6, episodes=12)
    assert (learned.q[:, 0, 1] == -np.inf).all() and np.isfinite(learned.q[:, 0, [0, 2]]).all()
    assert (learned.episode_return == 1.0).all()


# A sweep of settings is just more runs


@pytest.mark.parametrize(
    ("learn", "setting", "values"),
    [
        (tabular.sarsa, "alpha", [0.1, 0.5, 1.0]),
        (tabular.q_learning, "epsilon", [0.0, 0.2, 1.0]),
        (tabular.n_step_sarsa, "n", [1, 3, 8]),
        (tabular.tree_backup, "n", [1, 3, 8]),
        (tabular.sarsa_lambda, "lam", [0.0, 0.5, 1.0]),
        (tabular.watkins_q_lambda, "lam", [0.0, 0.5, 1.0]),
        (tabular.monte_carlo_control, "alpha", [0.1, 0.5, 1.0]),
    ],
)
def test_settings_by_run(learn, setting, values):
    options = {"runs": 3, "episodes": 8, "seed": 2}
    swept = learn(corridor(), **options, **{setting: values})
    for run, value in enumerate(values):
        alone = learn(corridor(), **options, **{setting: value})
        np.testing.assert_array_equal(swept.episode_length[run], alone.episode_length[run])
        np.testing.assert_allclose(swept.q[run], alone.q[run], atol=1e-12)


def test_schedules_count_episodes_from_zero():
    """Each run has its own count; alpha is 1/(1+k), so that one action's value is a sample average."""
    walk = random_walk(1)
    learned = tabular.q_learning(walk, runs=3, episodes=7, alpha=tabular.harmonic(), record=lambda q: q[:, 1, 0])
    mean = learned.episode_return.cumsum(axis=1) / np.arange(1, 8)
    np.testing.assert_allclose(learned.record, mean)


# Learners that are one another


def same(one, other):
    np.testing.assert_array_equal(one.episode_length, other.episode_length)
    np.testing.assert_array_equal(one.episode_return, other.episode_return)
    np.testing.assert_allclose(one.q, other.q, atol=1e-9)


@pytest.mark.parametrize("limit", [None, 15])
@pytest.mark.parametrize(
    ("special", "options", "plain"),
    [
        (tabular.n_step_sarsa, {"n": 1}, tabular.sarsa),
        (tabular.sarsa_lambda, {"lam": 0.0, "trace": "accumulating"}, tabular.sarsa),
        (tabular.sarsa_lambda, {"lam": 0.0, "trace": "replacing"}, tabular.sarsa),
        (tabular.sarsa_lambda, {"lam": 0.0, "trace": "dutch"}, tabular.sarsa),
        (tabular.tree_backup, {"n": 1}, tabular.expected_sarsa),
        (tabular.watkins_q_lambda, {"lam": 0.0, "trace": "accumulating"}, tabular.q_learning),
        (tabular.watkins_q_lambda, {"lam": 0.0, "trace": "replacing"}, tabular.q_learning),
    ],
)
def test_the_ends_of_the_families(special, options, plain, limit):
    settings = {"runs": 20, "episodes": 60, "seed": 4, "max_episode_steps": limit}
    same(special(cliff_walk(), **options, **settings), plain(cliff_walk(), **settings))


def test_greedy_expected_sarsa_is_q_learning():
    settings = {"runs": 20, "episodes": 60, "epsilon": 0.0}
    same(tabular.expected_sarsa(cliff_walk(), **settings), tabular.q_learning(cliff_walk(), **settings))


@pytest.mark.parametrize(
    ("learn", "options"),
    [
        (tabular.n_step_sarsa, {"n": 9}),
        (tabular.n_step_sarsa, {"n": 2}),
        (tabular.tree_backup, {"n": 9}),
        (tabular.sarsa_lambda, {"lam": 1.0, "trace": "accumulating"}),
        (tabular.watkins_q_lambda, {"lam": 1.0}),
        (tabular.monte_carlo_control, {}),
    ],
)
def test_the_other_end_of_the_families_is_monte_carlo(learn, options):
    """No state comes twice and there is nothing to choose: the start moves towards each return, by alpha of the way."""
    chain = FiniteMDP(
        prob=np.array([[[0.5, 0.5]], [[0.5, 0.5]], [[1.0, 0.0]]]),
        next_state=[[[1, 2]], [[2, 2]], [[2, 2]]],
        reward=[[[1.0, 5.0]], [[-1.0, 2.0]], [[0.0, 0.0]]],
        discount=1.0,
        terminal=[False, False, True],
        start=[1.0, 0.0, 0.0],
    )
    learned = learn(chain, runs=5, episodes=40, alpha=0.2, record=lambda q: q[:, 0, 0], **options)
    value = np.zeros(5)
    for episode in range(40):
        value += 0.2 * (learned.episode_return[:, episode] - value)
        np.testing.assert_allclose(learned.record[:, episode], value, atol=1e-12)


# Bad input


@every_learner
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"runs": 0}, "runs is 0; expected a whole number, at least 1"),
        ({"episodes": 2.5}, "episodes is 2.5; expected a whole number, at least 1"),
        ({"max_episode_steps": 0}, "max_episode_steps is 0; expected a whole number, at least 1"),
        ({"alpha": 0.0}, r"alpha is 0.0; expected numbers in \(0, 1\]"),
        ({"alpha": 1.5}, r"alpha is 1.5; expected numbers in \(0, 1\]"),
        ({"alpha": np.nan}, r"alpha is nan; expected numbers in \(0, 1\]"),
        ({"alpha": [0.1, 0.2]}, r"alpha has shape \(2,\); expected a number or one for each of the 3 runs"),
        ({"alpha": lambda k: 2.0 - 0.0 * k}, r"alpha is 2.0; expected numbers in \(0, 1\]"),
        ({"alpha": lambda k: 0.5}, r"alpha turned episodes \(3,\) into shape \(\); expected one for each run"),
        ({"initial": np.inf}, "initial is inf; expected a finite number"),
        (
            {"initial": np.zeros(5)},
            r"initial is an array of shape \(5,\); expected a finite number or an array \(5, 2\)",
        ),
        (
            {"record": lambda q: q.mean()},
            r"record returned shape \(\) for tables of \d runs; expected one entry for each",
        ),
    ],
    ids=lambda given: given if isinstance(given, str) else next(iter(given)),  # no addresses: xdist compares ids
)
def test_bad_settings(learn, bad, message):
    with pytest.raises(ValueError, match=message):
        learn(corridor(), **({"runs": 3, "episodes": 4} | bad))


@every_explorer
@pytest.mark.parametrize(
    ("epsilon", "named"), [(-0.1, "-0.1"), ([0.1, 0.2, 1.2], "1.2"), (np.nan, "nan"), (lambda k: k - 1.0, "-1.0")]
)
def test_bad_epsilon(learn, epsilon, named):
    with pytest.raises(ValueError, match=rf"epsilon is {named}; expected numbers in \[0, 1\]"):
        learn(corridor(), runs=3, episodes=4, epsilon=epsilon)


@pytest.mark.parametrize("learn", [tabular.sarsa_lambda, tabular.watkins_q_lambda])
def test_bad_traces(learn):
    with pytest.raises(ValueError, match=r"lam is 1.2; expected numbers in \[0, 1\]"):
        learn(corridor(), runs=3, episodes=4, lam=[0.0, 1.2, 1.0])
    with pytest.raises(ValueError, match="trace is 'dutchh'; expected one of accumulating, replacing, dutch"):
        learn(corridor(), runs=3, episodes=4, trace="dutchh")


@pytest.mark.parametrize("learn", [tabular.n_step_sarsa, tabular.tree_backup])
def test_bad_n(learn):
    with pytest.raises(ValueError, match="n is 0; expected at least 1 step"):
        learn(corridor(), runs=3, episodes=4, n=0)


# The sampler


@pytest.mark.parametrize("u", [2.0**-53, 0.5, 1.0])
def test_the_impossible_never_happens(u, monkeypatch):
    """Rows that sum to 1 - 1e-10 only, impossible outcomes before, between and behind the possible ones."""
    prob = np.zeros((4, 1, 5))
    prob[0, 0] = [0.0, 0.5, 0.0, 0.5 - 1e-10, 0.0]
    prob[1:, 0, 0] = 1.0
    next_state = np.tile(np.arange(4)[:, None, None], (1, 1, 5))
    next_state[0, 0] = [3, 1, 3, 2, 3]
    mdp = FiniteMDP(
        prob=prob,
        next_state=next_state,
        reward=np.zeros((4, 1, 5)),
        discount=1.0,
        terminal=[False, True, True, True],
        start=[1.0 - 1e-10, 0.0, 0.0, 0.0],
    )
    fixed = (np.full((3, 2), u), None)
    monkeypatch.setattr(interaction, "numbers", lambda *_: iter([fixed, fixed]))
    walk = Interaction(mdp, runs=2, episodes=1, alpha=0.5, epsilon=0.0, seed=0, max_episode_steps=None, record=None)
    assert walk.tick() and walk.state.tolist() == [0, 0]
    _, reached = walk.take(np.zeros(2, int))
    assert reached.tolist() == ([1, 1] if u <= 0.5 else [2, 2])


def test_outcomes_come_as_often_as_they_should():
    """The frequencies of the ends of a walk and the deviation of the noise; z < 4.9 fails in 1 of a million seeds."""
    walk = random_walk(1)
    fields = {name: getattr(walk, name) for name in ("prob", "next_state", "reward", "discount", "terminal", "start")}
    learned = tabular.q_learning(FiniteMDP(**fields), runs=2000, episodes=5)
    assert abs(learned.episode_return.mean() - 0.5) < 4.9 * 0.5 / 100
    noisy = FiniteMDP(**fields, reward_std=np.full((3, 1), 2.0) * ~walk.terminal[:, None])
    noise = tabular.q_learning(noisy, runs=2000, episodes=5).episode_return
    variance = 4.0 + 0.25
    assert abs(noise.mean() - 0.5) < 4.9 * np.sqrt(variance) / 100
    assert abs(noise.var() - variance) < 4.9 * variance * np.sqrt(2.0) / 100
    assert np.unique(noise).size == noise.size
