"""Saving and loading: a run that was stopped, or killed, is the run that was not; no file does any harm."""

import copy
import dataclasses
import io
import itertools
import json
import os
import pickle
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from rlcourse.deep import DQN, DQNConfig, load, save
from rlcourse.envs import GymnasiumEnv
from tests.deep.other_process import KILLED
from tests.deep.small_dqn import RAINBOW, SWITCHES, difference, small, train

ROOT = Path(__file__).parents[2]
TOTAL = 130


def in_another_process(*command):
    arguments = [sys.executable, "-m", "tests.deep.other_process", *map(str, command)]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


# --- going on ---------------------------------------------------------------------------------------------------------


def test_a_run_goes_on_in_another_process_as_if_it_had_not_stopped(tmp_path, device):
    """With each switch and all: weights, Adam, replay, priorities, noise, random numbers, environment, reports.

    It is stopped after an iteration drawn at random: before learning begins, with the replay half full, and full.
    """
    draw = random.Random(0)
    expected = {}
    for name in ("none", *RAINBOW, "rainbow"):
        learner = small(device, seed=5, **SWITCHES[name])
        iterations = draw.randrange(1, 8)
        train(learner, 16 * iterations)
        save(learner, tmp_path / f"{name}.pt")
        expected[name] = (train(learner, TOTAL), learner.state_dict())
    in_another_process("resume", tmp_path, TOTAL, device)
    for name, (items, state) in expected.items():
        found = torch.load(tmp_path / f"{name}.resumed", weights_only=True)
        assert difference(found["items"], items) is None, name
        assert difference(found["state"], state) is None, name
        assert len(items) > 1 and state["updates"] > 50


@pytest.mark.parametrize("stop", [0, 4, 16, 20, 52, 300])
def test_wherever_it_stops(stop, tmp_path, device):
    """Before the first step, before and at the first update, between iterations, and when the ring is on its round."""
    learner = small(device, seed=5, **SWITCHES["rainbow"])
    train(learner, stop)
    save(learner, tmp_path / "run.pt")
    train(learner, stop + 32)
    other = small(device, seed=6, **SWITCHES["rainbow"])
    train(other, 40)
    load(other, tmp_path / "run.pt")
    assert other.step == stop
    train(other, stop + 32)
    assert difference(other.state_dict(), learner.state_dict()) is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_run_that_is_killed_again_and_again_ends_as_one_that_is_not(tmp_path, device):
    """kill -9, four times at given points of save() and six times at any moment: what has been saved stays whole."""
    total = 240
    out = in_another_process("kill", tmp_path, total, device)
    history = [json.loads(line) for line in out.splitlines()]
    step = -1
    for moment, before, after, was_killed in history:
        assert before == step and after >= before
        if moment in ("half written", "before it is on the disk", "before the move"):
            assert was_killed and after == max(before, 0) + 2 * 4  # two saves, and the third left no trace
        elif moment == "after the move":
            assert was_killed and after == before + 3 * 4
        elif moment == "anywhere":
            assert after > before
        step = after
    assert history[-1][2:] == [total, False]
    whole = small(device, seed=5, **KILLED)
    train(whole, total)
    learner = small(device, seed=6, **KILLED)
    load(learner, tmp_path / "run.pt")
    assert difference(learner.state_dict(), whole.state_dict()) is None


def test_what_a_snapshot_holds_can_be_read_by_anyone(device):
    """Tensors and plain Python only; all of them, for this learner knows no others."""
    learner = small(device, **SWITCHES["rainbow"])
    train(learner, 100)

    def kinds(value):
        if isinstance(value, dict):
            return {type(value)}.union(*map(kinds, value.values()), *map(kinds, value))
        if isinstance(value, list | tuple):
            return {type(value)}.union(*map(kinds, value))
        return {type(value)}

    plain = {dict, list, tuple, int, float, bool, str, type(None), torch.Tensor}
    assert kinds(learner.state_dict()) <= plain
    assert set(learner.state_dict()) == set(
        "algorithm config step updates seconds recent_returns episodes obs network target optimiser replay generator "
        "env".split()
    )


@pytest.mark.parametrize("name", ["none", "rainbow"])
def test_a_snapshot_stays_as_it_was(name, device):
    """However the learner goes on, and whoever loads it; loading it twice gives the same run twice."""
    learner = small(device, **SWITCHES[name])
    train(learner, 60)
    saved = learner.state_dict()
    then = copy.deepcopy(saved)
    train(learner, 120)
    expected = learner.state_dict()
    assert difference(saved, then) is None
    for _ in range(2):
        learner.load_state_dict(saved)
        assert difference(learner.state_dict(), then, ignore=()) is None
        train(learner, 120)
        assert difference(saved, then) is None
        assert difference(learner.state_dict(), expected) is None


def test_live_settings_come_from_the_file(tmp_path, device):
    learner = small(device)
    learner.config = dataclasses.replace(learner.config, learning_rate=0.5, epsilon_end=0.25, batch_size=3)
    save(learner, tmp_path / "run.pt")
    other = small(device, learning_rate=1e-5)
    load(other, tmp_path / "run.pt")
    assert other.config == learner.config


def test_settings_that_are_numbers_of_numpy_can_be_read_back(tmp_path, device):
    config = {
        "learning_rate": np.logspace(-3, -2, 3)[1],
        "gradient_steps": np.arange(4)[2],
        "obs_scale": (np.float64(2),) * 4,
    }
    learner = small(device, **config)
    train(learner, 40)
    save(learner, tmp_path / "run.pt")
    other = small(device, **config)
    load(other, tmp_path / "run.pt")
    assert difference(other.state_dict(), learner.state_dict()) is None


def test_seconds_go_on_too(tmp_path, device):
    learner = small(device)
    train(learner, 60)
    save(learner, str(tmp_path / "run.pt"))
    other = small(device)
    load(other, str(tmp_path / "run.pt"))
    assert other.seconds == learner.seconds > 0


def test_a_name_without_a_folder_is_here(tmp_path, monkeypatch, device):
    monkeypatch.chdir(tmp_path)
    save(small(device), "run.pt")
    load(small(device), "run.pt")
    assert os.listdir() == ["run.pt"]


# --- other people's environments --------------------------------------------------------------------------------------


def test_an_environment_that_cannot_be_saved_begins_new_episodes(tmp_path, device):
    """And no window joins them to the old ones; all else is as it was, and it is the same after every load."""
    learner = small(device, env="CartPole-v1", n_step=3)
    train(learner, 60)
    save(learner, tmp_path / "run.pt")
    saved = learner.state_dict()
    runs = []
    for seed in (0, 1):
        other = small(device, env="CartPole-v1", n_step=3, seed=seed)
        train(other, 20 * seed)
        load(other, tmp_path / "run.pt")
        state = other.state_dict()
        newest = slice((15 - 1) * 4, 15 * 4)
        assert state["replay"]["truncated"][newest].all()
        state["replay"]["truncated"][newest] = saved["replay"]["truncated"][newest]
        assert not torch.equal(state["obs"], saved["obs"]) and state["obs"].abs().max() <= 0.05
        assert difference(state, saved, ignore=("seconds", "obs", "env")) is None
        train(other, 120)
        runs.append(other.state_dict())
    assert difference(runs[0], runs[1]) is None


class Featureless(gymnasium.Env):
    """Nothing to be seen: the observation after the reset is the same as before."""

    observation_space = gymnasium.spaces.Box(-1.0, 1.0, (1,))
    action_space = gymnasium.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return np.zeros(1, np.float32), {}

    def step(self, action):
        return np.zeros(1, np.float32), 1.0, False, False, {}


def test_windows_are_cut_even_where_the_new_episode_looks_like_the_old_one(tmp_path, device):
    def make():
        inner = SyncVectorEnv([Featureless] * 2, autoreset_mode=AutoresetMode.SAME_STEP)
        return DQN(GymnasiumEnv(inner, device=device), DQNConfig(n_step=3, learning_starts=1000, buffer_size=40))

    learner, other = make(), make()
    train(learner, 8)
    save(learner, tmp_path / "run.pt")
    load(other, tmp_path / "run.pt")
    assert other.replay.truncated.tolist()[:10] == [False] * 6 + [True] * 2 + [False] * 2
    train(other, 20)
    assert other.replay.truncated.sum() == 2


def test_a_native_environment_is_not_cut(tmp_path, device):
    learner = small(device, n_step=3)
    save(learner, tmp_path / "run.pt")
    train(learner, 8)
    save(learner, tmp_path / "run.pt")
    load(learner, tmp_path / "run.pt")
    assert not learner.replay.truncated.any()


# --- what cannot be loaded --------------------------------------------------------------------------------------------


def refused(learner, path, words, expected=ValueError):
    """Loading raises, and then the learner is as it was, and goes on as its twin does."""
    twin = copy.deepcopy(learner.state_dict())
    before = learner.config
    with pytest.raises(expected, match=words) as caught:
        load(learner, path)
    assert difference(learner.state_dict(), twin, ignore=()) is None
    assert learner.config == before
    return str(caught.value)


def trained(device="cpu", seed=0, steps=40, **settings):
    learner = small(device, seed=seed, **settings)
    train(learner, steps)
    return learner


def test_after_a_refusal_training_goes_on_as_if_nothing_had_been(tmp_path, device):
    learner, twin = trained(device, **SWITCHES["rainbow"]), trained(device, **SWITCHES["rainbow"])
    other = trained(device, seed=1, env="rlcourse/Probe1-v0", **SWITCHES["rainbow"])
    save(other, tmp_path / "other.pt")
    refused(learner, tmp_path / "other.pt", "does not fit this learner")
    train(learner, 100)
    train(twin, 100)
    assert difference(learner.state_dict(), twin.state_dict()) is None


def test_a_file_that_was_cut_short(tmp_path):
    learner = trained()
    save(learner, tmp_path / "run.pt")
    content = (tmp_path / "run.pt").read_bytes()
    train(learner, 60)
    for size in (0, 1, 4, 100, len(content) // 2, len(content) - 1000, len(content) - 1):
        (tmp_path / "cut.pt").write_bytes(content[:size])
        refused(learner, tmp_path / "cut.pt", "cut.pt is not a whole file written by save")


class Evil:
    """Unpickled, it would make a file."""

    def __init__(self, file):
        self.file = str(file)

    def __reduce__(self):
        return (open, (self.file, "w"))


def foreign(folder):
    """Files that are no snapshots, by name."""
    evil = Evil(folder / "made")
    (folder / "text").write_text("episode,return\n1,9.0\n")
    (folder / "json").write_text('{"algorithm": "DQN"}')
    (folder / "pickle").write_bytes(pickle.dumps({"algorithm": "DQN", "step": 1}))
    (folder / "evil-pickle").write_bytes(pickle.dumps(evil))
    torch.save({"algorithm": "DQN", "config": evil}, folder / "evil-torch")
    torch.save({"algorithm": "DQN", "config": evil}, folder / "evil-old", _use_new_zipfile_serialization=False)
    torch.save(small().network, folder / "module")
    with zipfile.ZipFile(folder / "zip", "w") as file:
        file.writestr("data.txt", "hello")
    np.save(folder / "array.npy", np.arange(3))
    return sorted(file for file in folder.iterdir())


def test_foreign_files_are_refused_and_never_run(tmp_path):
    learner = trained()
    files = foreign(tmp_path)
    assert len(files) == 9
    for file in files:
        if file.name == "pickle":  # plain Python inside: it is read, and found to be no snapshot
            refused(learner, file, "pickle (is not a whole file|does not fit this learner)")
            continue
        refused(learner, file, f"{file.name} is not a whole file written by save")
    assert not (tmp_path / "made").exists()
    pickle.loads((tmp_path / "evil-pickle").read_bytes()).close()
    assert (tmp_path / "made").exists()  # so the files were evil indeed


@pytest.mark.parametrize("start", [b"", b"\x80\x02", b"PK\x03\x04", b"\x80\x04\x95"], ids=["any", "old", "zip", "new"])
def test_random_bytes_are_refused(start, tmp_path):
    learner, numbers = small(), random.Random(0)
    for size in [1, 2, 3, 5, 10] * 12 + [1000] * 5:
        (tmp_path / "noise").write_bytes(start + numbers.randbytes(size))
        with pytest.raises(ValueError, match=r"is not a whole file|expected a snapshot|does not fit"):
            load(learner, tmp_path / "noise")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"weight": torch.zeros(3)}, "holds dict; expected a snapshot written by save"),
        ([1, 2], "holds list; expected a snapshot"),
        (torch.zeros(3), "holds Tensor; expected a snapshot"),
        ({"algorithm": "PPO"}, "does not fit this learner: this is a snapshot of 'PPO'; expected one of 'DQN'"),
        ({"algorithm": "DQN"}, "does not fit this learner: 'config'"),
        ({"algorithm": "DQN", "config": {"depth": 3}}, "does not fit this learner: .*depth"),
        ({"algorithm": "DQN", "config": {"hidden": (0,)}}, "does not fit this learner: hidden is"),
    ],
    ids="dict list tensor ppo empty unknown-setting bad-setting".split(),
)
def test_other_files_of_torch_are_refused(content, words, tmp_path):
    torch.save(content, tmp_path / "other.pt")
    refused(trained(), tmp_path / "other.pt", words)


PARTS = "step updates seconds recent_returns obs network target optimiser replay generator env".split()


@pytest.mark.parametrize(
    ("part", "damage"),
    [*itertools.product(PARTS, ["missing", "text", "empty"])],
)
def test_a_snapshot_with_a_damaged_part_changes_nothing(part, damage, tmp_path):
    """Whatever was loaded before the damage was noticed is taken back."""
    learner = trained(steps=20, **SWITCHES["rainbow"])
    saved = trained(seed=1, steps=28, **SWITCHES["rainbow"]).state_dict()
    broken = {key: value for key, value in saved.items() if key != part}
    if damage != "missing":
        broken[part] = {"text": "nonsense", "empty": {}}[damage]
    torch.save(broken, tmp_path / "broken.pt")
    refused(learner, tmp_path / "broken.pt", "broken.pt does not fit this learner")


FIXED = {
    "learning_starts": 20,
    "buffer_size": 120,
    "hidden": (8, 7),
    "obs_scale": (1.0, 1.0, 1.0, 1.0),
    "dueling": True,
    "n_step": 2,
    "noisy": True,
    "noisy_sigma": 0.4,
    "prioritised": True,
    "priority_exponent": 0.5,
    "distributional": True,
    "atoms": 12,
    "v_min": -1.0,
    "v_max": 9.0,
}


@pytest.mark.parametrize("field", FIXED)
def test_a_snapshot_of_a_learner_built_otherwise_is_refused(field, tmp_path):
    not_live = [entry.name for entry in dataclasses.fields(DQNConfig) if not entry.metadata.get("live")]
    assert sorted(FIXED) == sorted(not_live)
    save(trained(**{field: FIXED[field]}), tmp_path / "other.pt")
    message = refused(
        trained(), tmp_path / "other.pt", f"other.pt does not fit this learner: {field} cannot change from"
    )
    assert message.count("\n") == 0


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"num_envs": 3}, r"obs is torch.float32 \[3, 4\]; this .* is torch.float32 \[4, 4\]"),
        ({"env": "rlcourse/Acrobot-v1"}, r"obs is torch.float32 \[4, 6\]; this .* is torch.float32 \[4, 4\]"),
        ({"env": "CartPole-v1"}, "not what an environment's state_dict"),
    ],
    ids=["copies", "environment", "gymnasium"],
)
def test_a_snapshot_of_another_environment_is_refused(other, words, tmp_path):
    save(trained(**other), tmp_path / "other.pt")
    message = refused(trained(), tmp_path / "other.pt", f"other.pt does not fit this learner: .*{words}")
    assert message.count("\n") == 0


def test_a_snapshot_of_an_environment_that_looks_the_same_is_refused(tmp_path):
    save(trained(env="rlcourse/Probe1-v0"), tmp_path / "other.pt")
    words = "saved from ConstantReward; this environment is RewardIsObservation"
    refused(trained(env="rlcourse/Probe2-v0"), tmp_path / "other.pt", words)


def test_a_refusal_restarts_other_peoples_environments_at_most(tmp_path):
    """An environment that cannot be saved cannot be put back either: it begins new episodes, and windows are cut."""
    learner = trained(env="CartPole-v1", n_step=3)
    save(trained(env="CartPole-v1", n_step=2), tmp_path / "other.pt")
    before = learner.state_dict()
    with pytest.raises(ValueError, match="n_step cannot change from 3 to 2"):
        load(learner, tmp_path / "other.pt")
    assert learner.replay.truncated[36:40].all()
    after = learner.state_dict()
    after["replay"]["truncated"][36:40] = before["replay"]["truncated"][36:40]
    assert difference(after, before, ignore=("obs", "env")) is None
    train(learner, 80)


def test_an_interrupt_while_loading_stays_one(tmp_path, monkeypatch):
    learner = trained()
    save(learner, tmp_path / "run.pt")
    train(learner, 60)
    loading = learner.replay.load_state_dict
    calls = []

    def interrupted(saved):
        calls.append(saved)
        if len(calls) == 1:
            raise KeyboardInterrupt
        loading(saved)

    monkeypatch.setattr(learner.replay, "load_state_dict", interrupted)
    refused(learner, tmp_path / "run.pt", None, expected=KeyboardInterrupt)


def test_files_and_folders_that_are_not_there(tmp_path):
    learner = small()
    with pytest.raises(FileNotFoundError, match=r"there is no file .*nowhere.pt"):
        load(learner, tmp_path / "nowhere.pt")
    with pytest.raises(FileNotFoundError, match=r"there is no file"):
        load(learner, tmp_path)
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*deep to save run.pt in"):
        save(learner, tmp_path / "deep" / "run.pt")
    assert list(tmp_path.iterdir()) == []


# --- what cannot be written -------------------------------------------------------------------------------------------


def a_full_disk(state, file):
    file.write(b"the beginning")
    raise OSError(28, "No space left on device")


def interrupt(*ignored):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("owner", "name", "failure", "error"),
    [
        (torch, "save", a_full_disk, OSError),
        (torch, "save", interrupt, KeyboardInterrupt),
        (os, "fsync", interrupt, KeyboardInterrupt),
        (os, "replace", interrupt, KeyboardInterrupt),
    ],
    ids=["disk", "while-writing", "before-the-disk", "before-the-move"],
)
@pytest.mark.parametrize("there", [True, False], ids=["old", "none"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    owner, name, failure, error, there, tmp_path, monkeypatch
):
    learner = small()
    if there:
        save(learner, tmp_path / "run.pt")
        old = (tmp_path / "run.pt").read_bytes()
    train(learner, 20)
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, failure)
        with pytest.raises(error):
            save(learner, tmp_path / "run.pt")
    assert [file.name for file in tmp_path.iterdir()] == ["run.pt"] * there
    if there:
        assert (tmp_path / "run.pt").read_bytes() == old
    save(learner, tmp_path / "run.pt")
    load(small(), tmp_path / "run.pt")


def test_a_learner_that_cannot_be_read_leaves_nothing_behind(tmp_path):
    class Broken:
        def state_dict(self):
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        save(Broken(), tmp_path / "run.pt")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_in_one_move_from_its_own_folder(tmp_path, monkeypatch):
    """From another disk it would be copied, and half of it could be seen."""
    moves = []
    move = os.replace
    monkeypatch.setattr(os, "replace", lambda a, b: (moves.append((Path(a), Path(b))), move(a, b)))
    on_disk = []
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (on_disk.append(os.fstat(handle).st_size), sync(handle)))
    save(small(), tmp_path / "run.pt")
    ((source, target),) = moves
    assert source.parent == target.parent == tmp_path and target.name == "run.pt"
    assert on_disk == [target.stat().st_size]  # all of it had been handed over when it was told to write
    assert [file.name for file in tmp_path.iterdir()] == ["run.pt"]


def test_the_file_is_torchs_own(tmp_path):
    learner = trained()
    save(learner, tmp_path / "run.pt")
    saved = torch.load(io.BytesIO((tmp_path / "run.pt").read_bytes()), weights_only=True)
    assert difference(saved, learner.state_dict(), ignore=()) is None
