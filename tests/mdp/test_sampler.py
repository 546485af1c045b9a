"""The batched sampler: its frequencies, its episodes step by step, and what Gymnasium asks of it.

All seeds are fixed, so a test passes always or never; where a bound is statistical, the comment says in how many of a
million other seeds a correct sampler would miss it.
"""

import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode
from scipy.stats import chi2

from rlcourse import tabular
from rlcourse.mdp import WORLDS, FiniteMDP, MDPEnv, MDPVectorEnv, frozen_lake, grid_world, random_walk
from tests.mdp.random_mdps import random_mdp

IDS = [f"rlcourse/{name}-v0" for name in WORLDS]
# Worlds in which some actions are unavailable in some states:
CHOOSY = ("rlcourse/Gambler-v0", "rlcourse/CarRental-v0", "rlcourse/MaximisationBias-v0")
UP, RIGHT, DOWN, LEFT = range(4)


def corridor(length=3, **options):
    """S at the left, then floor, then the goal; moves are certain, each costs 1, the last pays 10."""
    return grid_world("S" + "." * (length - 1) + "G", living_reward=-1.0, goal_reward=10.0, **options)


def random_actions(env, rng):
    allowed = env.mdp.allowed[env._state]
    return (rng.random(allowed.shape) * allowed).argmax(axis=1)


# Frequencies


def lottery():
    """One decision, five outcomes: one impossible, two that lead to the same state with different rewards."""
    prob = np.zeros((4, 1, 5))
    prob[0, 0] = [0.05, 0.0, 0.25, 0.3, 0.4]
    prob[1:, :, 0] = 1.0
    next_state = np.tile(np.arange(4)[:, None, None], (1, 1, 5))
    next_state[0, 0] = [1, 2, 2, 2, 3]
    reward = np.zeros((4, 1, 5))
    reward[0, 0] = [9.0, 7.0, 1.0, 2.0, 3.0]
    terminal = [False, True, True, True]
    return FiniteMDP(
        prob=prob, next_state=next_state, reward=reward, discount=1.0, terminal=terminal, start=[1.0, 0, 0, 0]
    )


def chi_square(counts, prob):
    expected = counts.sum() * np.asarray(prob)
    return ((counts - expected) ** 2 / expected).sum()


def test_outcomes_come_as_often_as_they_should():
    env = MDPVectorEnv(lottery(), num_envs=20_000)
    env.reset(seed=0)
    _, reward, terminated, _, info = env.step(np.zeros(20_000, int))
    assert terminated.all()
    pairs = np.stack([info["final_obs"], reward], axis=1)
    counts = np.array([(pairs == pair).all(axis=1).sum() for pair in ([1, 9], [2, 1], [2, 2], [3, 3])])
    assert counts.sum() == 20_000  # nothing else ever happens
    assert chi_square(counts, [0.05, 0.25, 0.3, 0.4]) < chi2.ppf(1 - 1e-6, 3)  # 1 in a million seeds misses


def test_every_row_of_a_random_mdp_is_sampled_as_it_stands():
    rng = np.random.default_rng(1)
    mdp = random_mdp(rng, states=6, actions=3, outcomes=4)
    copies = 4000
    env = MDPVectorEnv(mdp, num_envs=copies)
    statistic, freedom = 0.0, 0
    for s in np.flatnonzero(~mdp.terminal):
        for a in np.flatnonzero(mdp.allowed[s]):
            env.reset(seed=int(10 * s + a), options={"state": np.full(copies, s)})
            _, reward, _, _, info = env.step(np.full(copies, a))
            possible = {}
            for p, t, r in zip(mdp.prob[s, a], mdp.next_state[s, a], mdp.reward[s, a], strict=True):
                if p > 0:
                    possible[int(t), float(r)] = possible.get((int(t), float(r)), 0.0) + p
            drawn = list(zip(info["final_obs"].tolist(), reward.tolist(), strict=True))
            assert set(drawn) <= set(possible)
            statistic += chi_square(np.array([drawn.count(pair) for pair in possible]), [*possible.values()])
            freedom += len(possible) - 1
    assert freedom > 20
    assert statistic < chi2.ppf(1 - 1e-6, freedom)  # 1 in a million seeds misses


def test_starts_come_as_often_as_they_should():
    mdp = grid_world("S.G.S.S", bump="stay")
    env = MDPVectorEnv(mdp, num_envs=9000)
    obs, _ = env.reset(seed=3)
    counts = np.bincount(obs, minlength=7)
    assert counts[[1, 2, 3, 5]].sum() == 0
    assert chi_square(counts[[0, 4, 6]], [1 / 3] * 3) < chi2.ppf(1 - 1e-6, 2)  # 1 in a million seeds misses
    # and again, after episodes have ended
    env.reset(options={"state": np.full(9000, 1)})
    obs, _, terminated, _, _ = env.step(np.full(9000, RIGHT))
    assert terminated.all()
    counts = np.bincount(obs, minlength=7)
    assert counts[[1, 2, 3, 5]].sum() == 0
    assert chi_square(counts[[0, 4, 6]], [1 / 3] * 3) < chi2.ppf(1 - 1e-6, 2)  # 1 in a million seeds misses


class Loaded:
    """A generator that always gives the same uniform number."""

    def __init__(self, number):
        self.number = number

    def random(self, size):
        return np.full(size, self.number)


@pytest.mark.parametrize("number", [0.0, np.nextafter(1.0, 0.0)])
def test_the_impossible_never_happens_not_even_at_the_edge_of_a_rounding(number):
    """The row sums to 1 - 1e-10 only; the uniform number just below 1 must not fall off its end."""
    prob = np.zeros((3, 1, 5))
    prob[0, 0] = [0.0, 0.5, 0.5 - 1e-10, 0.0, 0.0]
    prob[1:, 0, 0] = 1.0
    next_state = np.tile(np.arange(3)[:, None, None], (1, 1, 5))
    next_state[0, 0] = [2, 1, 1, 2, 2]
    mdp = FiniteMDP(
        prob=prob,
        next_state=next_state,
        reward=np.zeros((3, 1, 5)),
        discount=1.0,
        terminal=[False, True, True],
        start=[1.0 - 1e-10, 0.0, 0.0],
    )
    env = MDPVectorEnv(mdp, num_envs=2)
    env.np_random = Loaded(number)
    obs, _ = env.reset()
    assert obs.tolist() == [0, 0]
    obs, _, _, _, info = env.step([0, 0])
    assert info["final_obs"].tolist() == [1, 1] and obs.tolist() == [0, 0]


def test_reward_noise_has_the_given_deviation():
    """z-tests of mean and variance; each misses in 1 of a million seeds."""
    reward_std = np.array([[0.0], [2.0], [0.0]])
    walk = random_walk(1)
    mdp = FiniteMDP(
        prob=walk.prob,
        next_state=walk.next_state,
        reward=walk.reward,
        discount=1.0,
        terminal=walk.terminal,
        start=walk.start,
        reward_std=reward_std,
    )
    n = 20_000
    env = MDPVectorEnv(mdp, num_envs=n)
    env.reset(seed=5)
    _, reward, _, _, info = env.step(np.zeros(n, int))
    noise = reward - (info["final_obs"] == 2)
    assert abs(noise.mean()) < 4.9 * 2 / np.sqrt(n)
    assert abs(noise.var() - 4) < 4.9 * 4 * np.sqrt(2 / n)
    np.testing.assert_array_equal(info["episode_return"], reward)
    assert np.unique(noise).size == n  # every copy has its own


def test_the_mean_return_of_a_random_policy_is_its_value():
    """The first episode of each copy, all played to their end; z < 4.9 fails in 1 of a million seeds."""
    mdp = frozen_lake()
    value = tabular.evaluate_policy_exactly(mdp, tabular.uniform_policy(mdp))
    n, rng = 20_000, np.random.default_rng(7)
    env = MDPVectorEnv(mdp, num_envs=n)
    env.reset(seed=7)
    first = np.full(n, np.nan)
    for _ in range(400):
        _, _, terminated, _, info = env.step(rng.integers(4, size=n))
        fresh = terminated & np.isnan(first)
        first[fresh] = info["episode_return"][fresh]
    assert not np.isnan(first).any()
    z = (first.mean() - value[0]) / (first.std() / np.sqrt(n))
    assert abs(z) < 4.9


# Episodes


def test_an_episode_step_by_step():
    """Two copies in a corridor of three steps; the second turns back once, so that their episodes part."""
    env = MDPVectorEnv(corridor(), num_envs=2)
    obs, info = env.reset(seed=0)
    assert obs.tolist() == [0, 0] and info == {}
    script = [
        # actions, obs, final_obs, reward, terminated, return, length
        ([RIGHT, RIGHT], [1, 1], [1, 1], [-1, -1], [False, False], [-1, -1], [1, 1]),
        ([RIGHT, LEFT], [2, 0], [2, 0], [-1, -1], [False, False], [-2, -2], [2, 2]),
        ([RIGHT, RIGHT], [0, 1], [3, 1], [10, -1], [True, False], [8, -3], [3, 3]),
        ([RIGHT, RIGHT], [1, 2], [1, 2], [-1, -1], [False, False], [-1, -4], [1, 4]),
        ([RIGHT, RIGHT], [2, 0], [2, 3], [-1, 10], [False, True], [-2, 6], [2, 5]),
        ([RIGHT, RIGHT], [0, 1], [3, 1], [10, -1], [True, False], [8, -1], [3, 1]),
    ]
    for actions, obs, final_obs, reward, terminated, total, length in script:
        given_obs, given_reward, given_end, given_cut, info = env.step(actions)
        assert given_obs.tolist() == obs
        assert info["final_obs"].tolist() == final_obs
        assert given_reward.tolist() == reward
        assert given_end.tolist() == terminated
        assert given_cut.tolist() == [False, False]
        assert info["episode_return"].tolist() == total
        assert info["episode_length"].tolist() == length


def test_truncation_step_by_step():
    env = MDPVectorEnv(corridor(), num_envs=2, max_episode_steps=2)
    env.reset(seed=0)
    _, _, terminated, truncated, _ = env.step([RIGHT, RIGHT])
    assert not terminated.any() and not truncated.any()
    obs, _, terminated, truncated, info = env.step([RIGHT, LEFT])
    assert truncated.tolist() == [True, True] and not terminated.any()
    assert info["final_obs"].tolist() == [2, 0] and obs.tolist() == [0, 0]
    assert info["episode_return"].tolist() == [-2, -2] and info["episode_length"].tolist() == [2, 2]
    _, _, terminated, truncated, info = env.step([RIGHT, RIGHT])  # counted from the new start
    assert not (terminated | truncated).any() and info["episode_length"].tolist() == [1, 1]


def test_an_end_on_the_last_step_is_both():
    """The rule of rlcourse/envs/__init__.py: the limit cuts whatever `terminated` says."""
    env = MDPVectorEnv(corridor(3), num_envs=2, max_episode_steps=3)
    env.reset(seed=0)
    for actions in ([RIGHT, RIGHT], [RIGHT, LEFT]):
        env.step(actions)
    _, _, terminated, truncated, info = env.step([RIGHT, RIGHT])
    assert terminated.tolist() == [True, False] and truncated.tolist() == [True, True]
    assert info["final_obs"].tolist() == [3, 1]


@pytest.mark.parametrize("limit", [2, 3, 4])
def test_ends_are_those_of_gymnasiums_time_limit(limit):
    """The way to the end takes three steps: the limit comes before it, with it, after it."""
    theirs = gymnasium.wrappers.TimeLimit(MDPEnv(corridor(3)), limit)
    ours = MDPVectorEnv(corridor(3), num_envs=1, max_episode_steps=limit)
    theirs.reset(seed=0)
    ours.reset(seed=0)
    ends = []
    while not any(ends[-1:] and ends[-1]):
        ends.append(theirs.step(RIGHT)[2:4])
        assert tuple(bool(x[0]) for x in ours.step([RIGHT])[2:4]) == ends[-1]
    assert ends[-1] == {2: (False, True), 3: (True, True), 4: (True, False)}[limit]


@pytest.mark.parametrize("limit", [None, 1, 7])
def test_books_are_kept_right_over_many_episodes(limit):
    """No sample pairs two episodes, and every counter starts anew, in a world with chance in everything."""
    rng = np.random.default_rng(2)
    mdp = random_mdp(rng, states=6, actions=3, outcomes=3)
    env = MDPVectorEnv(mdp, num_envs=8, max_episode_steps=limit)
    obs, _ = env.reset(seed=4)
    total, length, episodes = np.zeros(8), np.zeros(8, int), 0
    for _ in range(300):
        action = random_actions(env, rng)
        after, reward, terminated, truncated, info = env.step(action)
        for i in range(8):
            possible = mdp.prob[obs[i], action[i]] > 0
            led = mdp.next_state[obs[i], action[i]] == info["final_obs"][i]
            assert (possible & led & (mdp.reward[obs[i], action[i]] == reward[i])).any()
        total, length = total + reward, length + 1
        np.testing.assert_allclose(info["episode_return"], total, atol=1e-9)
        np.testing.assert_array_equal(info["episode_length"], length)
        np.testing.assert_array_equal(terminated, mdp.terminal[info["final_obs"]])
        np.testing.assert_array_equal(truncated, length == (limit or -1))
        done = terminated | truncated
        np.testing.assert_array_equal(after[~done], info["final_obs"][~done])
        assert (mdp.start[after[done]] > 0).all()
        total[done], length[done] = 0.0, 0
        episodes += done.sum()
        obs = after
    assert episodes > 50


def test_arrays_have_the_promised_types_and_are_nobody_elses():
    env = MDPVectorEnv(corridor(), num_envs=3, max_episode_steps=5)
    obs, _ = env.reset(seed=0)
    step = env.step(np.ones(3, np.int32))
    assert obs.dtype == step[0].dtype == np.int64
    assert step[1].dtype == np.float64
    assert step[2].dtype == step[3].dtype == np.bool_
    assert {k: v.dtype for k, v in step[4].items()} == {
        "final_obs": np.int64,
        "episode_return": np.float64,
        "episode_length": np.int64,
    }
    assert all(x.shape == (3,) for x in (obs, *step[:4], *step[4].values()))
    kept = [x.copy() for x in (obs, *step[:4], *step[4].values())]
    env.step(np.ones(3, np.int64))
    for before, now in zip(kept, (obs, *step[:4], *step[4].values()), strict=True):
        np.testing.assert_array_equal(before, now)  # the next step wrote into arrays of its own
    # and what a learner writes into its arrays does not reach the environment
    obs, _ = env.reset()
    obs[:] = 2
    result = env.step(np.full(3, RIGHT))
    assert result[0].tolist() == [1, 1, 1]
    for array in (result[0], *result[4].values()):
        array[:] = 99
    _, _, _, _, info = env.step(np.full(3, RIGHT))
    assert info["final_obs"].tolist() == [2, 2, 2]
    assert info["episode_return"].tolist() == [-2, -2, -2] and info["episode_length"].tolist() == [2, 2, 2]


def test_reset_in_given_states():
    env = MDPVectorEnv(corridor(), num_envs=3)
    wanted = np.array([2, 0, 1])
    obs, _ = env.reset(options={"state": wanted})
    assert obs.tolist() == [2, 0, 1]
    wanted[:] = 0
    _, _, _, _, info = env.step([RIGHT] * 3)
    assert info["final_obs"].tolist() == [3, 1, 2]
    assert env.reset(options={})[0].tolist() == [0, 0, 0]
    assert env.reset(options={"state": [1, 1, 1]})[0].tolist() == [1, 1, 1]


# Seeds


def stream(env, seed, steps=50):
    rng = np.random.default_rng(0)
    seen = [env.reset(seed=seed)[0]]
    for _ in range(steps):
        obs, reward, terminated, _, info = env.step(rng.integers(4, size=env.num_envs))
        seen += [obs, reward, terminated, info["final_obs"]]
    return np.concatenate(seen)


def test_the_same_seed_gives_the_same_stream():
    one, two = (MDPVectorEnv(frozen_lake(), num_envs=16) for _ in range(2))
    first = stream(one, 11)
    np.testing.assert_array_equal(first, stream(two, 11))
    np.testing.assert_array_equal(first, stream(one, 11))  # and again, from the same object
    assert not np.array_equal(first, stream(two, 12))
    assert not np.array_equal(first, stream(one, None))  # without a seed the stream goes on


def test_copies_differ_from_each_other():
    env = MDPVectorEnv(frozen_lake(), num_envs=64)
    env.reset(seed=0)
    obs, *_ = env.step(np.full(64, RIGHT))
    assert np.unique(obs).size == 3


def test_other_random_numbers_are_left_alone():
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    stream(MDPVectorEnv(frozen_lake(), num_envs=4), 1)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


# Bad input


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ([1, 1, 1], r"expected 2 integer actions; got int64 of shape \(3,\)"),
        (1, r"expected 2 integer actions; got int64 of shape \(\)"),
        ([[1], [1]], r"expected 2 integer actions; got int64 of shape \(2, 1\)"),
        ([1.0, 1.0], r"expected 2 integer actions; got float64 of shape \(2,\)"),
        ([True, False], r"expected 2 integer actions; got bool of shape \(2,\)"),
        ([0, 4], r"actions must lie in 0\.\.3; got 0\.\.4"),
        ([-1, 0], r"actions must lie in 0\.\.3; got -1\.\.0"),
        (np.array([0, 2**63], np.uint64), r"actions must lie in 0\.\.3; got 0\.\.9223372036854775808"),
    ],
)
def test_bad_actions(actions, message):
    env = MDPVectorEnv(corridor(), num_envs=2)
    env.reset(seed=0)
    with pytest.raises(ValueError, match=message):
        env.step(actions)
    assert env.step([RIGHT, RIGHT])[4]["episode_length"].tolist() == [1, 1]  # nothing has moved


def test_an_unavailable_action():
    env = MDPVectorEnv(corridor(bump="forbid"), num_envs=2)
    env.reset(seed=0)
    env.step([RIGHT, RIGHT])
    with pytest.raises(ValueError, match=r"action up is not available in state 1 \(0, 1\)"):
        env.step([LEFT, UP])
    assert env.step([LEFT, RIGHT])[0].tolist() == [0, 2]


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ([0, 0, 0], r"options\['state'\] must be 2 integers; got int64\(3,\)"),
        ([0.0, 1.0], r"must be 2 integers; got float64"),
        ([0, 4], "must hold states that exist and are not terminal"),
        ([-1, 0], "must hold states that exist and are not terminal"),
        ([0, 3], "must hold states that exist and are not terminal"),
    ],
)
def test_bad_reset(state, message):
    env = MDPVectorEnv(corridor(), num_envs=2)
    with pytest.raises(ValueError, match=message):
        env.reset(options={"state": state})


def test_step_before_reset():
    with pytest.raises(gymnasium.error.ResetNeeded, match=r"call reset\(\) before step\(\)"):
        MDPVectorEnv(corridor()).step([0])
    with pytest.raises(gymnasium.error.ResetNeeded, match=r"call reset\(\) before step\(\)"):
        MDPEnv(corridor()).step(0)


def test_step_after_the_end():
    env = MDPEnv(corridor(1))
    env.reset(seed=0)
    assert env.step(RIGHT)[2]
    with pytest.raises(gymnasium.error.ResetNeeded, match=r"the episode has ended; call reset\(\)"):
        env.step(RIGHT)
    assert env.reset()[0] == 0 and env.step(LEFT)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"mdp": "Atlantis"}, ValueError, "there is no world 'Atlantis'; ready-made are TeleportGrid, CornerGrid"),
        ({"num_envs": 0}, ValueError, "num_envs is 0; expected at least 1"),
        ({"max_episode_steps": 0}, ValueError, "max_episode_steps is 0; expected at least 1, or None"),
        ({"render_mode": "human"}, ValueError, "render_mode is 'human'; these copies are not drawn"),
        ({"discount": 0.5}, TypeError, r"unexpected arguments \['discount'\]; they go with a world's name"),
    ],
)
def test_bad_construction(arguments, error, message):
    with pytest.raises(error, match=message):
        MDPVectorEnv(**({"mdp": corridor()} | arguments))


def test_bad_render_mode_of_the_single_copy():
    with pytest.raises(ValueError, match="render_mode is 'human'; expected None or \"ansi\""):
        MDPEnv(corridor(), render_mode="human")


# Gymnasium


@pytest.mark.parametrize("name", IDS)
def test_make(name):
    env = gymnasium.make(name)
    obs, info = env.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(30):
        assert obs in env.observation_space and info["action_mask"].any()
        obs, reward, terminated, truncated, info = env.step(rng.choice(np.flatnonzero(info["action_mask"])))
        assert type(obs) is np.int64 and type(reward) is float
        assert type(terminated) is bool and truncated is False
        if terminated:
            obs, info = env.reset()
    env.close()


@pytest.mark.parametrize("name", IDS)
def test_make_vec(name):
    env = gymnasium.make_vec(name, num_envs=5)
    assert env.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    assert env.single_observation_space.n == env.unwrapped.mdp.num_states
    assert env.action_space.shape == (5,) and env.unwrapped.max_episode_steps == 1000
    obs, _ = env.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(30):
        assert obs in env.observation_space
        obs, reward, terminated, truncated, _ = env.step(random_actions(env.unwrapped, rng))
        assert (obs.dtype, reward.dtype, terminated.dtype, truncated.dtype) == (np.int64, np.float64, bool, bool)
    env.close()


def test_both_are_cut_after_a_thousand_steps():
    """The grid of Example 3.5 never ends by itself."""
    env = gymnasium.make("rlcourse/TeleportGrid-v0")
    env.reset(seed=0)
    cuts = [env.step(0)[3] for _ in range(1000)]
    assert cuts.index(True) == 999
    env = gymnasium.make_vec("rlcourse/TeleportGrid-v0", num_envs=2)
    env.reset(seed=0)
    cuts = [env.step([0, 0])[3].all() for _ in range(1000)]
    assert cuts.index(True) == 999


def test_arguments_reach_the_world():
    assert gymnasium.make("rlcourse/RandomWalk-v0", n=19).observation_space.n == 21
    env = gymnasium.make_vec("rlcourse/RandomWalk-v0", num_envs=3, n=9, left_reward=-1.0)
    assert env.single_observation_space.n == 11 and env.unwrapped.mdp.reward.min() == -1
    env = gymnasium.make_vec("rlcourse/RandomWalk-v0", num_envs=3, vectorization_mode="sync")
    assert env.reset(seed=0)[0].tolist() == [3, 3, 3]


@pytest.mark.parametrize("name", [i for i in IDS if i not in CHOOSY])
def test_gymnasium_finds_nothing_to_complain_about(name):
    env = gymnasium.make(name, render_mode="ansi").unwrapped
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env)


@pytest.mark.parametrize(("name", "state", "action", "message"), [
    ("rlcourse/Gambler-v0", 30, 31, "action stake 31 is not available in state 30 capital 30"),
    ("rlcourse/Gambler-v0", 30, 0, "action stake 0 is not available in state 30 capital 30"),
    ("rlcourse/CarRental-v0", 21 * 2 + 9, 8, r"action move \+3 is not available in state 51 2 and 9 cars"),
])  # fmt: skip
def test_unavailable_actions_are_masked_and_refused(name, state, action, message):
    env = gymnasium.make(name)
    obs, info = env.reset(seed=0, options={"state": state})
    assert obs == state and info["action_mask"].dtype == np.int8
    np.testing.assert_array_equal(info["action_mask"], env.unwrapped.mdp.available[state])
    assert env.action_space.contains(env.action_space.sample(mask=info["action_mask"]))
    assert info["action_mask"][action] == 0
    with pytest.raises(ValueError, match=message):
        env.step(action)
    obs, _, _, _, info = env.step(env.action_space.sample(mask=info["action_mask"]))
    np.testing.assert_array_equal(info["action_mask"], env.unwrapped.mdp.available[obs])


def test_the_single_copy_equals_the_batch_of_one():
    single, batch = MDPEnv(frozen_lake()), MDPVectorEnv(frozen_lake(), num_envs=1)
    rng = np.random.default_rng(0)
    for episode in range(20):
        assert single.reset(seed=episode)[0] == batch.reset(seed=episode)[0][0]
        ended = False
        while not ended:
            action = rng.integers(4)
            obs, reward, ended, cut, _ = single.step(action)
            _, rewards, ends, _, info = batch.step([action])
            # the true last state, not the next start
            assert (obs, reward, ended, cut) == (info["final_obs"][0], rewards[0], ends[0], False)


def test_drawing_as_text():
    env = gymnasium.make("rlcourse/CliffWalk-v0", render_mode="ansi")
    env.reset(seed=0)
    assert env.render() == "............\n............\n............\n@!!!!!!!!!!G\n"
    env.step(UP)
    assert env.render() == "............\n............\n@...........\nS!!!!!!!!!!G\n"
    env = MDPEnv(random_walk(), render_mode="ansi")
    with pytest.raises(gymnasium.error.ResetNeeded, match=r"call reset\(\) before render\(\)"):
        env.render()
    env.reset(seed=0)
    assert env.render() == "state 3 C\n"  # no map: its name
    silent = MDPEnv(random_walk())
    silent.reset(seed=0)
    assert silent.render() is None


@pytest.mark.parametrize("state", [2, [2]])
def test_the_single_copy_starts_where_it_is_told(state):
    env = MDPEnv(corridor())
    assert env.reset(options={"state": state})[0] == 2
    with pytest.raises(ValueError, match="states that exist and are not terminal"):
        env.reset(options={"state": 3})
