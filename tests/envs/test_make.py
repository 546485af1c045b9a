"""envs.make, and the one contract that holds for everything it makes."""

import io
import sys

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from rlcourse import envs
from rlcourse.envs import PROBES, FiniteEnv, GymnasiumEnv, TensorEnv
from rlcourse.envs.make import CLASSIC, NATIVE
from rlcourse.mdp import WORLDS, MDPVectorEnv, frozen_lake

COPIES, LIMIT = 6, 7
KINDS = {  # name: (id, settings), one of each kind
    **{id: (id, {}) for id in NATIVE},
    **{f"FrozenLake {seen}": ("rlcourse/FrozenLake-v0", {"observation": seen}) for seen in ("one_hot", "index")},
    "ExitMaze coordinates": ("rlcourse/ExitMaze-v0", {"observation": "coordinates"}),
    "Gymnasium's CartPole": ("CartPole-v1", {}),
    "Gymnasium's Pendulum": ("Pendulum-v1", {}),
    "Gymnasium's FrozenLake": ("FrozenLake-v1", {}),
}
ENDLESS = ("rlcourse/Probe6-v0", "rlcourse/Probe7-v0")  # of which every episode is the same
CERTAIN = (*ENDLESS, "rlcourse/Probe1-v0", "rlcourse/Probe3-v0", "rlcourse/Probe4-v0", "ExitMaze coordinates")


def make(kind, device, seed=0, copies=COPIES, limit=LIMIT):
    id, settings = KINDS[kind]
    return envs.make(id, copies, device=device, seed=seed, max_episode_steps=limit, **settings)


def random_action(env, generator):
    space = env.single_action_space
    shape = (env.num_envs, *space.shape)
    if isinstance(space, spaces.Discrete):
        return torch.randint(int(space.n), shape, generator=generator, device=env.device)
    low, high = torch.tensor(space.low, device=env.device), torch.tensor(space.high, device=env.device)
    return low + (high - low) * torch.rand(shape, generator=generator, device=env.device)


def played(env, steps=40):
    """Every tensor of some steps under fixed actions, from where the environment is."""
    generator = torch.Generator(env.device).manual_seed(11)
    rows = []
    for _ in range(steps):
        obs, reward, terminated, truncated, info = env.step(random_action(env, generator))
        rows.append([obs, reward, terminated, truncated, *info.values()])
    return rows


def same(one, two):
    return all(torch.equal(a, b) for row, other in zip(one, two, strict=True) for a, b in zip(row, other, strict=True))


# The contract


@pytest.mark.parametrize("kind", KINDS)
def test_every_step_keeps_the_contract(kind, device):
    env = make(kind, device)
    space = env.single_observation_space
    dtype = torch.int64 if isinstance(space, spaces.Discrete) else torch.float32
    assert env.num_envs == COPIES and torch.device(env.device).type == torch.device(device).type
    assert env.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    obs, info = env.reset()
    assert info == {}
    generator = torch.Generator(device).manual_seed(1)
    total, length = torch.zeros(COPIES, device=device), torch.zeros(COPIES, device=device, dtype=torch.int64)
    kinds_of_end = torch.zeros(2, dtype=torch.int64)
    for _ in range(60):
        next_obs, reward, terminated, truncated, info = env.step(random_action(env, generator))
        final = info["final_obs"]
        for seen in (obs, next_obs, final):
            assert seen.dtype == dtype and seen.shape == (COPIES, *space.shape) and seen.device == reward.device
            if dtype == torch.float32:
                assert all(space.contains(row) for row in seen.cpu().numpy())
            else:
                assert ((seen >= 0) & (seen < space.n)).all()
        assert (reward.dtype, terminated.dtype, truncated.dtype) == (torch.float32, torch.bool, torch.bool)
        assert reward.shape == terminated.shape == truncated.shape == (COPIES,)
        assert set(info) == {"final_obs", "episode_return", "episode_length"}
        done = terminated | truncated
        total, length = total + reward, length + 1
        torch.testing.assert_close(info["episode_return"], total)
        assert info["episode_length"].dtype == torch.int64 and torch.equal(info["episode_length"], length)
        assert torch.equal(truncated, length >= LIMIT) or isinstance(env, GymnasiumEnv)
        assert (length <= LIMIT).all() and done[length == LIMIT].all()
        assert torch.equal(final[~done], next_obs[~done])
        total, length = total.masked_fill(done, 0), length.masked_fill(done, 0)
        kinds_of_end += torch.tensor([int(terminated.sum()), int((truncated & ~terminated).sum())])
        obs = next_obs
    assert kinds_of_end.sum() > 0


@pytest.mark.parametrize("kind", KINDS)
def test_the_seed_decides_everything_and_nothing_else_does(kind, device):
    runs = []
    for seed in (3, 3, 4):
        torch.manual_seed(len(runs))
        np.random.seed(len(runs))  # noqa: NPY002  on purpose
        before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
        env = make(kind, device, seed=seed)
        env.action_space.seed(len(runs))
        first = env.reset()[0]
        runs.append([[first], *played(env)])
        assert torch.equal(torch.get_rng_state(), before[0])
        assert (np.random.get_state()[1] == before[1]).all()  # noqa: NPY002
    assert same(runs[0], runs[1])
    assert same(runs[0], runs[2]) == (kind in CERTAIN)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_returned_is_the_callers_for_good(kind, device):
    """Rows kept over many steps stay as they were, and writing to them changes nothing in the environment."""
    kept, spoilt = make(kind, device), make(kind, device)
    kept.reset()
    obs, _ = spoilt.reset()
    obs.fill_(1)
    generator = torch.Generator(device).manual_seed(11)
    copies, rows = [], []
    for _ in range(20):
        action = random_action(kept, generator)
        step = kept.step(action)
        rows.append([*step[:4], *step[4].values()])
        copies.append([item.clone() for item in rows[-1]])
        step = spoilt.step(action)
        items = [*step[:4], *step[4].values()]
        assert all(torch.equal(a, b) for a, b in zip(items, copies[-1], strict=True))
        for item in items:
            item.fill_(1)
    assert same(rows, copies)


@pytest.mark.parametrize("kind", KINDS)
def test_saved_and_loaded_through_a_file(kind, device):
    """Native environments go on exactly where they were; the others begin anew, the same each time."""
    env = make(kind, device, seed=3)
    env.reset()
    played(env)
    file = io.BytesIO()
    torch.save(env.state_dict(), file)
    saved = env.state_dict()
    goes_on = played(env)
    runs = []
    for seed in (3, 4):
        file.seek(0)
        other = make(kind, device, seed=seed)
        obs = other.load_state_dict(torch.load(file, weights_only=True))
        runs.append([[obs], *played(other)])
    assert same(*runs)
    if isinstance(env, TensorEnv):
        assert same(runs[0][1:], goes_on)
        env.load_state_dict(saved)  # what was saved did not change while the environment went on
        assert same(played(env), goes_on)
    with pytest.raises(ValueError, match=str(COPIES)):
        make(kind, device, copies=2).load_state_dict(saved)


@pytest.mark.parametrize("kind", KINDS)
def test_actions_that_do_not_fit(kind, device):
    env = make(kind, device)
    right = random_action(env, torch.Generator(device))
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(right)
    env.reset()
    other = right.double().long() if right.is_floating_point() else right.float()
    for wrong, message in [
        (right.cpu().numpy(), "expected a tensor"),
        (right[:-1], "have shape"),
        (right[..., None], "have shape"),
        (other, "expected"),
    ]:
        with pytest.raises(ValueError, match=message):
            env.step(wrong)
    if right.dtype == torch.int64 and device == "cpu":
        for wrong in (right - 9, right + 9):
            with pytest.raises(ValueError, match="must lie in 0"):
                env.step(wrong)
    env.step(right)


# What make accepts


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"num_envs": 0}, "num_envs is 0; expected a whole number, at least 1"),
        ({"num_envs": -3}, "num_envs is -3"),
        ({"num_envs": 2.5}, r"num_envs is 2\.5"),
        ({"num_envs": "8"}, "num_envs is '8'"),
        ({"num_envs": True}, "num_envs is True"),
        ({"seed": -1}, "seed is -1; expected a whole number"),
        ({"seed": 0.5}, r"seed is 0\.5"),
        ({"device": "gpu"}, "device is 'gpu'; this machine offers 'cpu'"),
        ({"device": "cuda:99"}, "device is 'cuda:99'; this machine offers 'cpu'"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
@pytest.mark.parametrize("id", ["rlcourse/CartPole-v1", "rlcourse/CliffWalk-v0", "CartPole-v1"])
def test_settings_that_do_not_fit(id, settings, message):
    with pytest.raises(ValueError, match=message):
        envs.make(id, **settings)


def test_what_an_id_gives():
    for id, kind in NATIVE.items():
        assert type(envs.make(id)) is kind
    assert isinstance(envs.make("rlcourse/CliffWalk-v0"), FiniteEnv)
    assert isinstance(envs.make("rlcourse/TensorCliffWalk-v0"), FiniteEnv)
    assert isinstance(envs.make("CartPole-v1"), GymnasiumEnv)
    assert envs.make("rlcourse/CartPole-v1", dtype=torch.float64).reset()[0].dtype == torch.float64
    assert len(PROBES) + len(CLASSIC) == len(NATIVE) and len(CLASSIC) == 5


@pytest.mark.parametrize(
    ("id", "near"),
    [
        ("CartPoel-v1", "Did you mean: `CartPole`"),
        ("rlcourse/CartPoel-v1", "Did you mean: `CartPole`"),
        ("rlcourse/CliffWlak-v0", "Did you mean: `CliffWalk`"),
        ("CartPole-v9", "`v1`"),
    ],
)
def test_unknown_ids_name_similar_ones(id, near):
    with pytest.raises(gymnasium.error.UnregisteredEnv, match=near):
        envs.make(id)


@pytest.mark.parametrize(
    ("id", "extra", "packages"),
    [
        ("LunarLander-v3", "box2d", ["Box2D", "gymnasium.envs.box2d"]),
        ("HalfCheetah-v5", "mujoco", ["mujoco", "gymnasium.envs.mujoco"]),
        ("ALE/Breakout-v5", "atari", ["ale_py"]),
    ],
)
def test_a_missing_extra_is_named_with_its_command(id, extra, packages, monkeypatch):
    for name in list(sys.modules):
        if name.startswith(tuple(packages)):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, packages[0], None)  # as if it were not installed
    with pytest.raises(gymnasium.error.DependencyNotInstalled, match=rf"needs the extra .*'{extra}'") as caught:
        envs.make(id)
    assert f"pip install -c constraints.txt -e '.[{extra}]'" in str(caught.value)


def test_other_missing_packages_speak_for_themselves(monkeypatch):
    def broken(**settings):
        raise gymnasium.error.DependencyNotInstalled("install the frobnicator")

    spec = gymnasium.envs.registration.EnvSpec("tests/Broken-v0", entry_point=broken)
    monkeypatch.setitem(gymnasium.registry, "tests/Broken-v0", spec)
    with pytest.raises(gymnasium.error.DependencyNotInstalled, match="install the frobnicator"):
        envs.make("tests/Broken-v0")


def test_an_own_mdp_and_its_id_give_the_same(device):
    one = envs.from_mdp(frozen_lake(), 5, observation="index", device=device, seed=3, max_episode_steps=20)
    two = envs.make("rlcourse/FrozenLake-v0", 5, observation="index", device=device, seed=3, max_episode_steps=20)
    one.reset(), two.reset()
    assert same(played(one), played(two))
    assert envs.from_mdp(frozen_lake()).max_episode_steps is None


# Gymnasium's own doors


@pytest.mark.parametrize("id", [*NATIVE, "rlcourse/TensorCliffWalk-v0"])
def test_make_vec_gives_the_same_tensors(id):
    ours = envs.make(id, 3, seed=2)
    theirs = gymnasium.make_vec(id, num_envs=3, seed=2)
    assert type(theirs) is type(ours) and theirs.spec.id == id
    assert theirs.max_episode_steps == ours.max_episode_steps
    assert torch.equal(ours.reset()[0], theirs.reset()[0])
    assert same(played(ours), played(theirs))


@pytest.mark.parametrize("id", CLASSIC)
def test_make_gives_gymnasiums_single_environment(id):
    single, twin = gymnasium.make(f"rlcourse/{id}"), gymnasium.make(id)
    assert type(single.unwrapped) is type(twin.unwrapped)
    assert single.spec.max_episode_steps == twin.spec.max_episode_steps == NATIVE[f"rlcourse/{id}"].max_episode_steps
    assert single.spec.reward_threshold == twin.spec.reward_threshold
    native = NATIVE[f"rlcourse/{id}"](1)
    assert native.single_observation_space == twin.observation_space
    assert native.single_action_space == twin.action_space


def test_the_numpy_sampler_keeps_its_ids():
    for name in WORLDS:
        assert gymnasium.spec(f"rlcourse/{name}-v0").vector_entry_point == "rlcourse.mdp.sampler:MDPVectorEnv"
    assert type(gymnasium.make_vec("rlcourse/CliffWalk-v0", num_envs=2)) is MDPVectorEnv


def test_wrappers_and_other_settings_reach_the_environment(device):
    env = envs.make("CartPole-v1", 2, device=device, max_episode_steps=4, wrappers=[Doubled])
    obs, _ = env.reset()
    plain, _ = envs.make("CartPole-v1", 2, device=device).reset()
    torch.testing.assert_close(obs, 2 * plain)
    for _ in range(4):
        truncated = env.step(torch.tensor([0, 1], device=device))[3]
    assert truncated.all()
    assert isinstance(env.inner, SyncVectorEnv)


class Doubled(gymnasium.ObservationWrapper):
    def observation(self, obs):
        return 2 * obs
