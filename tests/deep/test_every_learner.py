"""What every learner promises (see rlcourse.deep.learner), held by all of them: a new one adds a line to LEARNERS."""

import copy
import dataclasses
import math
import re

import numpy as np
import pytest
import torch
from gymnasium import spaces

from rlcourse import envs
from rlcourse.deep import A2C, REINFORCE, A2CConfig, REINFORCEConfig, evaluate, load, save
from rlcourse.envs.probes import EndlessReward
from tests.deep.small_dqn import RAINBOW, difference, small


def maker(kind, config, usual="rlcourse/CartPole-v1", **settings):
    """A function that makes a small learner; the settings go to its usual environment."""

    def make(device="cpu", seed=0, env=usual):
        return kind(envs.make(env, 4, device, seed=1, **(settings if env == usual else {})), config, seed)

    return make


LEARNERS = {  # name: (makes a small one, a live field and another value, a fixed field and another value)
    "dqn": (small, ("learning_rate", 0.5), ("n_step", 2)),
    "rainbow": (lambda **how: small(**RAINBOW, **how), ("epsilon_end", 0.5), ("atoms", 12)),
    "reinforce": (
        maker(REINFORCE, REINFORCEConfig(hidden=(8,), baseline_steps=2)),
        ("learning_rate", 0.5),
        ("baseline", "none"),
    ),
    "reinforce, gaussian": (
        maker(REINFORCE, REINFORCEConfig(policy="gaussian", hidden=(), max_steps=10), "rlcourse/Pendulum-v1"),
        ("reward_to_go", False),
        ("policy", "squashed"),
    ),
    "a2c": (maker(A2C, A2CConfig(hidden=(8,), steps=4)), ("learning_rate", 0.5), ("hidden", (9,))),
    "a2c, squashed": (
        maker(A2C, A2CConfig(policy="squashed", hidden=(8,)), "rlcourse/Pendulum-v1", max_episode_steps=30),
        ("entropy_coef", 0.5),
        ("policy", "gaussian"),
    ),
}
EVERY = pytest.mark.parametrize(("make", "live", "fixed"), LEARNERS.values(), ids=LEARNERS)
TOTAL = 400


def steps(learner, count=TOTAL):
    return list(learner.train(count))


@EVERY
def test_metrics_are_plain_numbers_and_counted_on(make, live, fixed, device):
    learner = make(device=device)
    items = steps(learner)
    assert len(items) >= 2
    for before, item in zip([{"step": 0, "seconds": 0.0}, *items], items, strict=False):
        assert list(item)[:3] == ["step", "seconds", "episode_return"] and list(item) == list(items[0])
        assert type(item["step"]) is int and {type(value) for key, value in item.items() if key != "step"} == {float}
        assert item["step"] > before["step"] and item["seconds"] > before["seconds"]
    assert items[-1]["step"] == learner.step >= TOTAL > items[-2]["step"]
    assert items[-1]["updates"] == learner.updates > 0
    assert steps(learner, TOTAL) == steps(learner, 0) == []


@EVERY
def test_it_may_be_left_between_any_two_items(make, live, fixed, device):
    whole, pieces = make(device=device), make(device=device)
    expected = steps(whole)
    found = []
    while pieces.step < TOTAL:
        found.append(next(pieces.train(TOTAL)))
    assert difference(found, expected) is None
    assert difference(pieces.state_dict(), whole.state_dict()) is None


@EVERY
def test_the_seed_alone_decides(make, live, fixed, device):
    torch.manual_seed(0)
    one = make(device=device, seed=3)
    steps(one)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    two, other = make(device=device, seed=3), make(device=device, seed=np.int64(4))
    steps(two)
    steps(other)
    assert torch.equal(torch.get_rng_state(), before)
    assert difference(one.state_dict(), two.state_dict()) is None
    assert difference(one.state_dict(), other.state_dict()) is not None


@EVERY
@pytest.mark.parametrize("stop", [0, 1, 200])
def test_a_run_goes_on_from_a_file_as_the_same_run(make, live, fixed, stop, tmp_path, device):
    learner, other = make(device=device, seed=5), make(device=device, seed=6)
    steps(learner, stop)
    steps(other, 100)
    save(learner, tmp_path / "run.pt")
    saved = learner.state_dict()
    then = copy.deepcopy(saved)
    expected = steps(learner, stop + TOTAL)
    assert difference(saved, then) is None  # a snapshot, not a window
    load(other, tmp_path / "run.pt")
    assert difference(other.state_dict(), then, ignore=()) is None
    assert difference(steps(other, stop + TOTAL), expected) is None
    assert difference(other.state_dict(), learner.state_dict()) is None


@EVERY
def test_a_snapshot_of_something_else_changes_nothing(make, live, fixed, tmp_path, device):
    learner = make(device=device)
    steps(learner, 100)
    before = learner.state_dict()
    others = {
        "this is a snapshot of 'Other'; expected one of": {**before, "algorithm": "Other"},
        f"{fixed[0]} cannot change from": {**before, "config": {**before["config"], fixed[0]: fixed[1]}},
        "snapshot's obs is float64": {**before, "obs": before["obs"].double()},
    }
    for part in set(before) - {"algorithm", "config"}:
        others[f"'{part}'"] = {key: value for key, value in before.items() if key != part}
    for words, other in others.items():
        torch.save(other, tmp_path / "other.pt")
        with pytest.raises(ValueError, match=words.replace("float64", "torch.float64")):
            load(learner, tmp_path / "other.pt")
        assert difference(learner.state_dict(), before, ignore=()) is None


@EVERY
def test_live_settings_act_and_fixed_ones_do_not_change(make, live, fixed, device):
    learner, twin = make(device=device), make(device=device)
    steps(learner, 100)
    steps(twin, 100)
    before = learner.config
    change = rf"^{fixed[0]} cannot change from .* to {re.escape(str(fixed[1]))} once training has begun"
    with pytest.raises(ValueError, match=change):
        learner.config = dataclasses.replace(before, **dict([fixed]))
    with pytest.raises(ValueError, match=r"config is a dict; expected a \w+Config"):
        learner.config = {}
    assert learner.config is before
    learner.config = dataclasses.replace(before, **dict([live]))
    steps(learner)
    steps(twin)
    assert difference(learner.state_dict(), twin.state_dict(), ignore=("seconds", "config")) is not None


@EVERY
def test_evaluation_leaves_no_trace(make, live, fixed, device):
    watched, twin = make(device=device), make(device=device)
    env = type(watched.env)(2, device=device, max_episode_steps=watched.env.max_episode_steps)
    for _ in watched.train(TOTAL):
        assert torch.equal(evaluate(watched, env, 2), evaluate(watched, env, 2))
    steps(twin)
    assert difference(watched.state_dict(), twin.state_dict()) is None


@EVERY
def test_numbers_that_are_none_stop_training(make, live, fixed, device):
    learner = make(device=device)
    steps(learner, 100)
    reward = learner.env.reward
    learner.env.reward = lambda *step: reward(*step) * math.nan
    with pytest.raises(FloatingPointError, match=r"^the reward is nan at step \d+, update \d+; stopped"):
        steps(learner)


@EVERY
def test_environments_that_do_not_fit_are_refused(make, live, fixed):
    if isinstance(make().env.single_action_space, spaces.Discrete):
        other, words = "rlcourse/Pendulum-v1", r"the environment's actions are Box.*; \w+ needs a few discrete ones"
    else:
        other, words = "rlcourse/CartPole-v1", r"the environment's actions are Discrete\(2\); \w+ needs a Box \[D\]"
    with pytest.raises(ValueError, match=words):
        make(env=other)
    with pytest.raises(ValueError, match=r'observations are Discrete\(16\); \w+ needs a Box .*"one_hot"'):
        make(env="FrozenLake-v1")
    for seed in (-1, 0.5, True, 2**64):
        with pytest.raises(ValueError, match=f"seed is {seed}; expected a whole number from 0"):
            make(seed=seed)


@EVERY
def test_a_discount_of_one_needs_an_end(make, live, fixed, device):
    learner = make(device=device)
    config, words = learner.config, r"^discount is 1\.0; episodes of {} never end, they are only cut: expected a n"
    with pytest.raises(ValueError, match=words.format("EndlessReward")):
        type(learner)(EndlessReward(4, device=device), dataclasses.replace(config, discount=1.0))
    learner.env.ends = False
    with pytest.raises(ValueError, match=words.format(type(learner.env).__name__)):
        learner.config = dataclasses.replace(config, discount=1.0)
    assert learner.config is config
    learner.env.ends = True
    learner.config = dataclasses.replace(config, discount=1.0)
    assert learner.config.discount == 1


@EVERY
def test_episodes_are_counted(make, live, fixed, device):
    learner = make(device=device)
    ended, mean_return = [], learner.mean_return

    def counting(done, episode_return):
        ended.append(int(done.sum()))
        return mean_return(done, episode_return)

    learner.mean_return = counting
    for item in learner.train(TOTAL):
        assert learner.episodes == sum(ended) == item.get("episodes", learner.episodes)
    assert learner.episodes > 0
