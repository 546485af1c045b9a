"""The race: equal steps, each learner as if alone, values told where they were reached, and the panel that shows it."""

import math

import pytest
import torch

from rlcourse import envs
from rlcourse.deep import A2C, REINFORCE, A2CConfig, Race, REINFORCEConfig
from rlcourse.notebook import live
from tests.deep.small_dqn import difference


class Stride:
    """A learner whose iterations are so many steps, and whose return is the step it has come to, or a table of it."""

    def __init__(self, stride, told=None):
        self.stride, self.step, self.seconds, self.told = stride, 0, 0.0, told or {}

    def train(self, total_steps):
        while self.step < total_steps:
            self.step, self.seconds = self.step + self.stride, self.seconds + 1.0
            yield {"step": self.step, "seconds": self.seconds, "episode_return": self.told.get(self.step, self.step)}

    def act(self, obs, greedy=False):
        return torch.full((len(obs),), self.stride)


def learners(device="cpu"):
    make = lambda: envs.make("rlcourse/CartPole-v1", 4, device, seed=1)  # noqa: E731
    a2c = A2C(make(), A2CConfig(hidden=(8,), steps=4))
    return {"A2C": a2c, "REINFORCE": REINFORCE(make(), REINFORCEConfig(hidden=(8,), baseline_steps=2))}


def test_the_one_behind_goes_next_and_what_it_reached_is_told_there():
    race = Race({"short": Stride(10), "long": Stride(25)})
    items = list(race.train(50))
    assert [(item["step"], item["seconds"]) for item in items] == [
        *((0, 1), (10, 2), (20, 3), (25, 4), (30, 5), (40, 6), (50, 7))
    ]
    nan = pytest.approx(math.nan, nan_ok=True)
    assert [item["short"] for item in items] == [nan, 10, 20, 20, 30, 40, 50]
    assert [item["long"] for item in items] == [nan, nan, nan, 25, 25, 25, 50]
    assert race.step == 50 and list(race.train(50)) == []


def test_every_learner_trains_as_if_it_were_alone(device):
    alone, together = learners(device), learners(device)
    race = Race(together)
    while race.step < 1_000:
        next(race.train(1_000))  # left after every item
    for name, learner in alone.items():
        list(learner.train(1_000))
        assert difference(learner.state_dict(), together[name].state_dict()) is None


def test_the_leader_acts():
    race = Race({"first": Stride(10, {10: math.nan}), "second": Stride(20, {20: -5.0, 40: 99.0})})
    assert race.leader == "first"
    assert race.act(torch.zeros(2, 1)).tolist() == [10, 10]
    list(race.train(20))
    assert race.leader == "first"  # 20 against -5
    list(race.train(40))
    assert race.leader == "second" and race.act(torch.zeros(1, 1), greedy=True).tolist() == [20]


def test_what_does_not_fit_is_refused():
    one = Stride(1)
    for wrong in ({}, {"a": one, "b": one}):
        with pytest.raises(ValueError, match=r"learners are \[.*\]; expected at least one, each under one name"):
            Race(wrong)
    with pytest.raises(ValueError, match="a learner is called 'step', as the metrics are"):
        Race({"step": one, "b": Stride(1)})


def test_it_runs_live_with_its_curves_on_one_axes():
    names = ["A2C", "REINFORCE"]
    video = lambda: envs.make("rlcourse/CartPole-v1", render_mode="rgb_array")  # noqa: E731
    run = live(lambda: Race(learners()), 2_000, curves=[names], goal=15, title="race", video=video)
    result = run.wait(120)
    assert result.state == "finished" and result.goal_reached and run.learner.step >= 2_000
    seen = result.history
    assert list(seen) == ["step", *names] and (seen["step"][1:] >= seen["step"][:-1]).all()
    for name in names:
        assert seen[name][-1] > 10
    assert "no " not in run.status.text and run.film.frames
    run.restart()
    assert run.wait(120).state == "finished"
