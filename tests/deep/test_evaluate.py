"""Evaluation: a fixed quota of episodes per copy, the same numbers every time, and no traces in the learner."""

import pytest
import torch
from gymnasium import spaces

from rlcourse import envs
from rlcourse.deep import evaluate
from rlcourse.envs import TensorEnv
from tests.deep.small_dqn import SWITCHES, difference, small, train

LENGTHS = [1, 2, 4, 8]


class Lengths(TensorEnv):
    """Episodes of copy i last LENGTHS[i] steps and pay 1 each step, so the return is the length. State: steps taken."""

    def spaces(self):
        return spaces.Box(-1.0, 1.0, (4,)), spaces.Discrete(2)

    def initial(self):
        return torch.zeros(self.num_envs, 1, device=self.device)

    def transition(self, state, action):
        return state + 1

    def observation(self, state):
        return state.expand(-1, 4) / 10

    def reward(self, state, action, next_state):
        return torch.ones_like(state[:, 0])

    def terminal(self, state):
        return state[:, 0] >= torch.tensor(LENGTHS[: self.num_envs], device=self.device)


class First:
    """Always takes action 0; writes down how it was asked."""

    def __init__(self):
        self.asked = []

    def act(self, obs, greedy=False):
        self.asked.append(greedy)
        return torch.zeros(len(obs), dtype=torch.int64, device=obs.device)


@pytest.mark.parametrize(
    ("episodes", "expected"),
    [
        (1, [1]),
        (3, [1, 2, 4]),
        (4, [1, 2, 4, 8]),
        (10, [1, 1, 1, 2, 2, 2, 4, 4, 8, 8]),
        (20, [1] * 5 + [2] * 5 + [4] * 5 + [8] * 5),
    ],
)
def test_every_copy_plays_its_quota(episodes, expected, device):
    """The first 20 to end would be 11 of length 1, 5 of 2, 3 of 4 and 1 of 8: a mean of 2.05 instead of 3.75."""
    returns = evaluate(First(), Lengths(4, device=device), episodes)
    assert sorted(returns.tolist()) == expected
    assert returns.shape == (episodes,) and returns.dtype == torch.float32 and returns.device.type == "cpu"


def test_truncated_episodes_count_and_returns_are_not_discounted(device):
    assert evaluate(First(), Lengths(4, device=device, max_episode_steps=3), 8).tolist() == [1, 1, 2, 3, 3, 2, 3, 3]


def test_episodes_come_in_the_order_in_which_they_end(device):
    assert evaluate(First(), Lengths(4, device=device), 8).tolist() == [1, 1, 2, 2, 4, 4, 8, 8]


@pytest.mark.parametrize("steps", [1, 15])
def test_an_environment_without_an_end_is_given_up(steps, device):
    """The quota of 8 needs 16 steps: two episodes of 8."""
    env = Lengths(4, device=device)
    ended = {1: 1, 15: 7}[steps]
    with pytest.raises(RuntimeError, match=f"{ended} of 8 episodes ended within {steps} steps of each copy"):
        evaluate(First(), env, 8, max_steps=steps)
    assert len(evaluate(First(), env, 8, max_steps=16)) == 8
    endless = envs.make("rlcourse/Probe6-v0", 2, device, max_episode_steps=10**9)
    with pytest.raises(RuntimeError, match="0 of 3 episodes ended within 50 steps"):
        evaluate(First(), endless, 3, max_steps=50)


@pytest.mark.parametrize("episodes", [0, -1, 2.5, None])
def test_a_number_of_episodes_that_makes_no_sense(episodes):
    with pytest.raises(ValueError, match=f"episodes is {episodes}; expected a whole number, at least 1"):
        evaluate(First(), Lengths(4), episodes)


def test_the_learners_own_environment_is_refused_and_left_alone(device):
    learner = small(device)
    train(learner, 40)
    before = learner.state_dict()
    with pytest.raises(ValueError, match="this is the environment that the learner trains on; evaluate on another"):
        evaluate(learner, learner.env, 4)
    assert difference(learner.state_dict(), before) is None


def test_the_policy_is_greedy_unless_said_otherwise(device):
    player = First()
    evaluate(player, Lengths(4, device=device), 1)
    evaluate(player, Lengths(4, device=device), 1, greedy=False)
    assert player.asked == [True, False]


def test_the_seed_decides_and_nothing_that_was_before(device):
    learner, env = small(device), envs.make("rlcourse/CartPole-v1", 3, device, seed=8)
    first = evaluate(learner, env, 10)
    assert torch.equal(evaluate(learner, env, 10), first)
    assert torch.equal(evaluate(learner, envs.make("rlcourse/CartPole-v1", 3, device, seed=9), 10, seed=0), first)
    assert not torch.equal(evaluate(learner, env, 10, seed=1), first)


@pytest.mark.parametrize("name", ["none", "rainbow"])
def test_the_learner_does_not_notice(name, device):
    watched, twin = small(device, **SWITCHES[name]), small(device, **SWITCHES[name])
    env = envs.make("rlcourse/CartPole-v1", 3, device)
    for _ in watched.train(80):
        returns = evaluate(watched, env, 4)
        assert not returns.requires_grad
    train(twin, 80)
    assert difference(watched.state_dict(), twin.state_dict()) is None


def test_other_peoples_environments(device):
    env = envs.make("CartPole-v1", 3, device)
    returns = evaluate(small(device), env, 5)
    assert returns.shape == (5,) and (returns >= 8).all()
    assert torch.equal(evaluate(small(device), env, 5), returns)
