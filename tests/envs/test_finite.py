"""Finite MDPs as tensors: the same steps as the NumPy sampler where nothing is random, the right frequencies elsewhere.

All seeds are fixed, so a test passes always or never; where a bound is statistical, the comment says in how many of a
million other seeds a correct environment would miss it.
"""

import numpy as np
import pytest
import torch
from scipy.stats import chi2, norm

from rlcourse import envs
from rlcourse.envs.finite import CELL, DISC, FiniteEnv, coordinates
from rlcourse.mdp import WORLDS, FiniteMDP, MDPVectorEnv, frozen_lake, grid_world, random_walk
from rlcourse.mdp.terminal_states import absorb
from tests.mdp.random_mdps import random_mdp

UP, RIGHT, DOWN, LEFT = range(4)
CHOOSY = ("CarRental", "Gambler", "MaximisationBias")  # where some actions are unavailable in some states


def whole(value, copies, device):
    return torch.full((copies,), value, device=device)


def chi_square(counts, prob):
    expected = counts.sum() * np.asarray(prob)
    return ((counts - expected) ** 2 / expected).sum()


# Parity


@pytest.mark.parametrize("name", ["CliffWalk", "WindyGrid", "ExitMaze"])
def test_deterministic_worlds_step_for_step_as_the_numpy_sampler(name, device):
    copies, limit = 16, 60
    ours = envs.make(f"rlcourse/{name}-v0", copies, device=device, observation="index", max_episode_steps=limit)
    theirs = MDPVectorEnv(name, copies, max_episode_steps=limit)
    rng = np.random.default_rng(4)
    assert ours.reset()[0].tolist() == theirs.reset(seed=0)[0].tolist()
    ends = np.zeros(2, dtype=int)
    for _ in range(2000):
        actions = rng.integers(theirs.single_action_space.n, size=copies)
        obs, reward, terminated, truncated, info = ours.step(torch.tensor(actions, device=device))
        obs_, reward_, terminated_, truncated_, info_ = theirs.step(actions)
        done = terminated_ | truncated_
        assert obs.tolist() == obs_.tolist()
        assert info["final_obs"].tolist() == info_["final_obs"].tolist()
        assert reward.tolist() == reward_.tolist()
        assert terminated.tolist() == terminated_.tolist()
        assert truncated.tolist() == truncated_.tolist()
        assert info["episode_return"].cpu().numpy()[done].tolist() == info_["episode_return"][done].tolist()
        assert info["episode_length"].cpu().numpy()[done].tolist() == info_["episode_length"][done].tolist()
        ends += terminated_.sum(), truncated_.sum()
    assert ends[1] > 100 and (ends[0] > 10 or name != "ExitMaze")


@pytest.mark.parametrize("name", ["FrozenLake", "random"])
def test_every_row_is_sampled_as_it_stands(name, device):
    """Next states with their rewards, from every state and action."""
    mdp = frozen_lake() if name == "FrozenLake" else choosable(np.random.default_rng(1))
    copies = 4000
    env = FiniteEnv(mdp, copies, observation="index", device=device, dtype=torch.float64)
    statistic, freedom = 0.0, 0
    for s in np.flatnonzero(~mdp.terminal):
        for a in range(mdp.num_actions):
            env.reset(seed=int(10 * s + a), options={"state": whole(int(s), copies, device)})
            _, reward, terminated, _, info = env.step(whole(a, copies, device))
            possible = {}
            for p, t, r in zip(mdp.prob[s, a], mdp.next_state[s, a], mdp.reward[s, a], strict=True):
                if p > 0:
                    possible[int(t), float(r)] = possible.get((int(t), float(r)), 0.0) + p
            drawn = list(zip(info["final_obs"].tolist(), reward.tolist(), strict=True))
            assert set(drawn) <= set(possible)
            assert terminated.tolist() == mdp.terminal[info["final_obs"].cpu()].tolist()
            statistic += chi_square(np.array([drawn.count(pair) for pair in possible]), [*possible.values()])
            freedom += len(possible) - 1
    assert freedom > 20
    assert statistic < chi2.ppf(1 - 1e-6, freedom)  # 1 in a million seeds misses


def choosable(rng):
    """A random MDP in which every action is available."""
    mdp = random_mdp(rng, states=6, actions=3, outcomes=4)
    shape = (6, 3, 4)
    prob, next_state, reward = absorb(
        mdp.terminal,
        rng.dirichlet(np.ones(4), size=(6, 3)),
        rng.integers(6, size=shape),
        rng.integers(9, size=shape) / 4,
    )
    return FiniteMDP(
        prob=prob, next_state=next_state, reward=reward, discount=0.9, terminal=mdp.terminal, start=mdp.start
    )


def test_starts_come_as_often_as_they_should_at_first_and_after_an_end(device):
    mdp = grid_world("S.G.S.S")
    env = FiniteEnv(mdp, 9000, observation="index", device=device)
    obs, _ = env.reset(seed=3)
    for _ in range(2):
        counts = np.bincount(obs.cpu(), minlength=7)
        assert counts[[1, 2, 3, 5]].sum() == 0
        assert chi_square(counts[[0, 4, 6]], [1 / 3] * 3) < chi2.ppf(1 - 1e-6, 2)  # 1 in a million seeds misses
        env.reset(options={"state": whole(1, 9000, device)})
        obs, _, terminated, _, _ = env.step(whole(RIGHT, 9000, device))
        assert terminated.all()


@pytest.mark.parametrize("number", ["least", "largest"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_impossible_never_happens_not_even_at_the_edge_of_a_rounding(number, dtype, device, monkeypatch):
    """The row sums to 1 - 1e-10 only; the largest uniform number must not fall off its end."""
    prob = np.zeros((3, 1, 5))
    prob[1, 0] = [0.0, 0.5, 0.5 - 1e-10, 0.0, 0.0]
    prob[::2, 0, 0] = 1.0
    next_state = np.tile(np.arange(3)[:, None, None], (1, 1, 5))
    next_state[1, 0] = [0, 2, 2, 0, 0]
    start = [0.0, 1.0 - 1e-10, 0.0]
    mdp = FiniteMDP(
        prob=prob, next_state=next_state, reward=0.0 * prob, discount=1.0, terminal=[True, False, True], start=start
    )
    env = FiniteEnv(mdp, 2, observation="index", device=device, dtype=dtype)
    assert env._chance().dtype == dtype
    number = 0.0 if number == "least" else 1.0 - torch.finfo(dtype).eps / 2
    monkeypatch.setattr(env, "_chance", lambda: torch.full((2,), number, dtype=dtype, device=device))
    obs, _ = env.reset()
    assert obs.tolist() == [1, 1]
    obs, _, _, _, info = env.step(whole(0, 2, device))
    assert info["final_obs"].tolist() == [2, 2] and obs.tolist() == [1, 1]


def test_reward_noise_has_the_deviation_of_its_state_and_action(device):
    """z-tests of mean and variance, each missed in 1 of a million seeds; without deviation the reward is exact."""
    copies, std = 20_000, np.array([[0.0, 2.0], [0.5, 0.0], [0.0, 0.0]])
    prob = np.ones((3, 2, 1))
    next_state = np.array([[[2], [2]], [[2], [2]], [[2], [2]]])
    reward = np.array([[[1.0], [3.0]], [[-2.0], [5.0]], [[0.0], [0.0]]])
    mdp = FiniteMDP(
        prob=prob,
        next_state=next_state,
        reward=reward,
        reward_std=std,
        discount=1.0,
        terminal=[False, False, True],
        start=[0.5, 0.5, 0],
    )
    env = FiniteEnv(mdp, copies, device=device, seed=7)
    z = norm.ppf(1 - 0.5e-6)
    for s in range(2):
        for a in range(2):
            env.reset(options={"state": whole(s, copies, device)})
            noise = env.step(whole(a, copies, device))[1].double() - reward[s, a, 0]
            if std[s, a] == 0:
                assert (noise == 0).all()
                continue
            assert abs(noise.mean()) < z * std[s, a] / copies**0.5
            assert abs(noise.var() / std[s, a] ** 2 - 1) < z * (2 / copies) ** 0.5


# What is seen


def test_the_three_observations_tell_the_same_story(device):
    copies = 32
    seen = {}
    for observation in ("index", "one_hot", "coordinates"):
        env = envs.make("rlcourse/FrozenLake-v0", copies, device=device, seed=5, observation=observation)
        assert env.single_observation_space.shape == {"index": (), "one_hot": (16,), "coordinates": (2,)}[observation]
        actions = torch.Generator(device).manual_seed(1)
        rows = [env.reset()[0]]
        for _ in range(50):
            action = torch.randint(4, (copies,), generator=actions, device=device)
            obs, _, _, _, info = env.step(action)
            rows += [obs, info["final_obs"]]
        seen[observation] = torch.stack(rows)
    assert seen["index"].dtype == torch.int64 and len(seen["index"].unique()) > 8
    one_hot = seen["one_hot"]
    assert ((one_hot == 0) | (one_hot == 1)).all() and (one_hot.sum(dim=-1) == 1).all()
    assert torch.equal(one_hot.argmax(dim=-1), seen["index"])
    row, column = torch.div(seen["index"], 4, rounding_mode="floor"), seen["index"] % 4
    expected = torch.stack([row, column], dim=-1) / 1.5 - 1
    torch.testing.assert_close(seen["coordinates"], expected)


def test_coordinates_by_hand():
    place = coordinates(grid_world("S..\n.#G"))
    assert place.tolist() == [[-1, -1], [-1, 0], [-1, 1], [1, -1], [1, 1]]
    assert coordinates(random_walk(3)).tolist() == [[0, -1], [0, -0.5], [0, 0], [0, 0.5], [0, 1]]  # one row: 0


def test_dtypes(device):
    for dtype in (torch.float32, torch.float64):
        env = FiniteEnv("CliffWalk", 3, device=device, dtype=dtype)
        obs, _ = env.reset()
        obs, reward, _, _, info = env.step(whole(UP, 3, device))
        assert obs.dtype == reward.dtype == info["final_obs"].dtype == info["episode_return"].dtype == dtype


# Borders


@pytest.mark.parametrize("name", CHOOSY)
def test_worlds_with_unavailable_actions_say_why_they_do_not_run(name):
    message = r"action .* is not available in state .*; tensor environments need every action"
    with pytest.raises(ValueError, match=message):
        envs.make(f"rlcourse/{name}-v0")


@pytest.mark.parametrize("name", sorted(set(WORLDS) - set(CHOOSY)))
def test_all_other_worlds_run(name, device):
    env = envs.make(f"rlcourse/{name}-v0", 2, device=device)
    env.reset()
    obs, *_ = env.step(whole(0, 2, device))
    assert obs.shape == (2, WORLDS[name]().num_states) and env.max_episode_steps == 1000


def test_unavailable_actions_are_refused_unless_only_terminal_states_lack_them():
    mdp = grid_world("S.G", bump="forbid")
    with pytest.raises(ValueError, match=r"action up is not available in state 0 \(0, 0\)"):
        FiniteEnv(mdp)
    prob, next_state = np.ones((2, 2, 1)), np.array([[[1], [1]], [[1], [1]]])
    available = [[True, True], [True, False]]
    mdp = FiniteMDP(
        prob=prob,
        next_state=next_state,
        reward=0.0 * prob,
        discount=1.0,
        terminal=[False, True],
        start=[1.0, 0],
        available=available,
    )
    assert FiniteEnv(mdp).reset()[0].tolist() == [[1, 0]]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"observation": "pixels"}, "observation is 'pixels'; expected one of one_hot, coordinates, index"),
        ({"observation": "coordinates"}, "no positions"),
        ({"num_envs": 0}, "num_envs is 0"),
        ({"device": "gpu"}, "device is 'gpu'"),
    ],
    ids=["observation", "positions", "copies", "device"],
)
def test_settings_that_do_not_fit(settings, message):
    mdp = FiniteMDP.from_dense(np.full((2, 1, 2), 0.5), np.zeros((2, 1)), discount=0.9)
    with pytest.raises(ValueError, match=message):
        envs.from_mdp(mdp, **settings)


def test_worlds_take_their_own_arguments_and_an_mdp_none():
    assert envs.make("rlcourse/WindyGrid-v0", diagonal=True).single_action_space.n == 8
    with pytest.raises(TypeError, match="unexpected arguments"):
        envs.from_mdp(frozen_lake(), diagonal=True)
    with pytest.raises(ValueError, match="there is no world 'Atlantis'"):
        FiniteEnv("Atlantis")


def test_starts_that_do_not_fit(device):
    env = FiniteEnv(grid_world("S.G"), 2, device=device)
    for state, message in [([0, 2], "not terminal"), ([0, 3], "exist"), ([-1, 0], "exist"), ([0.0, 1.0], "integers")]:
        with pytest.raises(ValueError, match=message):
            env.reset(options={"state": state})
    with pytest.raises(ValueError, match="2 integers"):
        env.reset(options={"state": [0]})
    assert env.reset(options={"state": [1, 0]})[0].argmax(dim=1).tolist() == [1, 0]


def test_a_state_saved_in_a_larger_world_is_refused(device):
    large, small = (FiniteEnv(grid_world(text), 2, device=device) for text in ("S....G", "S.G"))
    large.reset(options={"state": [0, 4]})
    small.reset()
    with pytest.raises(ValueError, match="saved in state 4; this MDP has 3 states"):
        small.load_state_dict(large.state_dict())
    large.reset(options={"state": [1, 0]})
    assert small.load_state_dict(large.state_dict()).argmax(dim=1).tolist() == [1, 0]


def test_a_step_that_ends_at_the_limit_has_terminated(device):
    env = envs.from_mdp(grid_world("S.G"), 2, device=device, max_episode_steps=2)
    env.reset()
    env.step(whole(RIGHT, 2, device))
    _, _, terminated, truncated, _ = env.step(torch.tensor([RIGHT, UP], device=device))
    assert terminated.tolist() == [True, False] and truncated.tolist() == [True, True]
    free = envs.from_mdp(grid_world("S.G"), 1, device=device)
    free.reset()
    assert not any(free.step(whole(UP, 1, device))[3] for _ in range(1200))  # without a limit, never


# Pictures


def test_the_disc_stands_where_the_copy_is(device):
    env = envs.from_mdp(grid_world("S..\n#.G"), 2, device=device)
    env.reset(options={"state": [1, 3]})  # (0, 1) and (1, 1): the wall is no state
    for copy, (row, column) in enumerate([(0, 1), (1, 1)]):
        image = env.frame(copy)
        assert image.shape == (2 * CELL, 3 * CELL, 3) and image.dtype == np.uint8
        disc = np.argwhere((image == DISC).all(axis=-1))
        assert (disc // CELL == (row, column)).all() and len(disc) > CELL
    assert len(env.render()) == 2
    names = {tuple(image[CELL * r + 2, CELL * c + 2]) for r in range(2) for c in range(3)}
    assert len(names) == 4  # start, floor, wall and goal differ


def test_worlds_without_a_map_have_a_picture_too(device):
    walk = envs.from_mdp(random_walk(3), device=device)
    walk.reset()
    assert walk.frame().shape == (CELL, 5 * CELL, 3)
    bare = FiniteMDP.from_dense(np.full((2, 1, 2), 0.5), np.zeros((2, 1)), discount=0.9)
    env = envs.from_mdp(bare, device=device)
    env.reset()
    assert env.frame().shape == (CELL, 2 * CELL, 3)
