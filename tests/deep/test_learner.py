"""The learner without an algorithm, and without an environment: parts of every kind, loop, clock, checks."""

import math
from dataclasses import dataclass
from unittest import mock

import pytest
import torch

from rlcourse import envs
from rlcourse.deep import load, save
from rlcourse.deep.learner import Learner
from rlcourse.deep.networks import seeded
from rlcourse.deep.settings import Settings, live
from rlcourse.mdp import scalar_lqr
from tests.deep.small_dqn import difference


@dataclass(frozen=True)
class RegressionConfig(Settings):
    """Settings of the regression below."""

    learning_rate: float = live(0.1, "of Adam", "> 0")


class Regression(Learner[RegressionConfig]):
    """Fits a line to random data; a step is a batch. It has a part of every kind, and knows no environment."""

    parts = ("network", "optimiser", "running", "history", "best", "nothing")

    def __init__(self, config=None, seed=0, device="cpu"):
        super().__init__(config or RegressionConfig(), seed, device)
        with seeded(seed):
            self.network = torch.nn.Linear(2, 1).to(device)
        self.optimiser = torch.optim.Adam(self.network.parameters())
        self.running = torch.zeros(2, device=device)
        self.history, self.best, self.nothing = [], math.inf, None

    def iteration(self, total_steps):
        x = torch.randn(8, 2, generator=self.generator, device=self.device)
        loss = (self.network(x).squeeze(1) - x.sum(dim=1)).square().mean()
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.param_groups[0]["lr"] = self.config.learning_rate
        self.optimiser.step()
        self.running = 0.9 * self.running + x.mean(dim=0)
        self.history.append(loss.item())
        self.best = min(self.best, loss.item())
        self.step, self.updates = self.step + 1, self.updates + 1
        self.require_finite(loss=loss.item())
        return {"loss": loss.item()}


def test_a_learner_and_an_environment_of_one_seed_draw_different_numbers(device):
    """With equal generators the noise of the first action is the first state, and its policy gradient is wrong."""
    state, _ = envs.from_linear_quadratic(scalar_lqr(), 1000, device, seed=5).reset()
    noise = torch.randn(1000, 1, generator=Regression(seed=5, device=device).generator, device=device)
    assert abs((state * noise).mean().item()) < 5 / math.sqrt(1000)


def test_a_learner_without_an_environment_trains_and_goes_on(tmp_path, device):
    learner, other = Regression(device=device), Regression(seed=1, device=device)
    first = list(learner.train(5))
    assert [item["step"] for item in first] == [1, 2, 3, 4, 5] and list(first[0]) == ["step", "seconds", "loss"]
    list(other.train(3))
    save(learner, tmp_path / "run.pt")
    saved = learner.state_dict()
    held = other.running
    expected = list(learner.train(20))
    assert saved["history"] != learner.history and len(saved["history"]) == 5
    load(other, tmp_path / "run.pt")
    assert other.running is held  # loaded in place
    assert difference(list(other.train(20)), expected) is None
    assert difference(other.state_dict(), learner.state_dict()) is None
    assert expected[-1]["loss"] < first[0]["loss"]
    assert set(saved) == {"algorithm", "config", "step", "updates", "seconds", "generator", *Regression.parts}


@pytest.mark.parametrize(
    ("part", "wrong", "words"),
    [
        ("running", torch.zeros(3), r"running is torch.float32 \[3\]; this learner's is torch.float32 \[2\]"),
        ("running", torch.zeros(2).int(), r"running is torch.int32 \[2\]"),
        ("running", [0.0, 0.0], "running is list; this learner's is torch.float32"),
        ("history", (1.0,), "history is tuple; this learner's is list"),
        ("best", "low", "best is str; this learner's is float"),
        ("nothing", 1, "nothing is int; this learner's is NoneType"),
        ("step", "many", "step is str; this learner's is int"),
    ],
)
def test_a_part_of_another_kind_is_refused(part, wrong, words):
    learner = Regression()
    with pytest.raises(ValueError, match=f"the snapshot's {words}"):
        learner.load_state_dict({**learner.state_dict(), part: wrong})


def test_seconds_are_those_inside_the_iterator():
    learner, clock = Regression(), iter(range(100))
    with mock.patch("rlcourse.deep.learner.time.perf_counter", lambda: float(next(clock) ** 2)):
        assert [item["seconds"] for item in learner.train(3)] == [1.0, 6.0, 15.0]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_the_first_number_that_is_none_is_named(value):
    learner = Regression()
    list(learner.train(3))
    learner.require_finite(loss=1.0, gradient=0.0)
    with pytest.raises(FloatingPointError, match=rf"^the gradient is {value} at step 3, update 3; stopped$"):
        learner.require_finite(loss=1.0, gradient=value, reward=value)


def test_an_algorithm_must_say_what_an_iteration_is():
    with pytest.raises(NotImplementedError):
        next(Learner(RegressionConfig()).train(1))
