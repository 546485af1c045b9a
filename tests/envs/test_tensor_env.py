"""The loop around native environments: what a step returns, where episodes end, saving, bad input, no waiting."""

import io

import gymnasium
import pytest
import torch
from gymnasium import spaces
from gymnasium.envs.registration import EnvSpec
from gymnasium.vector import AutoresetMode
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

from rlcourse.envs.acrobot import Acrobot
from rlcourse.envs.cart_pole import CartPole
from rlcourse.envs.mountain_car import MountainCar, MountainCarContinuous
from rlcourse.envs.pendulum import Pendulum
from rlcourse.envs.tensor_env import TensorEnv


class Clock(TensorEnv):
    """State [N, 3]: the number of the episode, drawn at its beginning; the steps taken; whether 1 was played: the end.

    Pays the number of steps taken, plus 100 for action 1. The whole state is seen.
    """

    def spaces(self):
        return spaces.Box(0.0, 1e6, (3,)), spaces.Discrete(2)

    def initial(self):
        return torch.cat([self.uniform(1.0, 2.0, 1), torch.zeros(self.num_envs, 2, device=self.device)], dim=1)

    def transition(self, state, action):
        return torch.stack([state[:, 0], state[:, 1] + 1, action.to(self.dtype)], dim=1)

    def reward(self, state, action, next_state):
        return next_state[:, 1] + 100.0 * action

    def terminal(self, state):
        return state[:, 2] > 0


NATIVE = [CartPole, MountainCar, MountainCarContinuous, Acrobot, Pendulum]
each_native = pytest.mark.parametrize("kind", NATIVE)
each_kind = pytest.mark.parametrize("kind", [*NATIVE, Clock])


def some_actions(env, seed=0):
    """Any actions that fit, on the environment's device."""
    numbers = torch.rand(env.action_space.shape, generator=torch.Generator().manual_seed(seed)).to(env.device)
    if isinstance(env.single_action_space, spaces.Discrete):
        return (numbers * int(env.single_action_space.n)).long()
    return 4 * numbers - 2


def history(env, steps, seed=0):
    """Everything that `steps` steps return, as one flat list of tensors."""
    seen = []
    for step in range(steps):
        *outcome, info = env.step(some_actions(env, seed + step))
        seen += [*outcome, *info.values()]
    return seen


def assert_same(ours, theirs):
    assert len(ours) == len(theirs) > 0
    for one, other in zip(ours, theirs, strict=True):
        assert one.dtype == other.dtype
        assert torch.equal(one, other)


# A step


def test_episodes_step_by_step(device):
    """Three copies, cut after 3 steps: the first plays on, the second ends in its 2nd step, the third in its 3rd."""
    env = Clock(3, device=device, max_episode_steps=3)
    obs, info = env.reset()
    assert info == {} and obs[:, 1:].tolist() == [[0, 0]] * 3
    number = obs[:, 0].tolist()
    script = [
        # actions, steps taken in obs, the same in final_obs, reward, terminated, truncated, return, length
        ([0, 0, 0], [1, 1, 1], [1, 1, 1], [1, 1, 1], [0, 0, 0], [0, 0, 0], [1, 1, 1], [1, 1, 1]),
        ([0, 1, 0], [2, 0, 2], [2, 2, 2], [2, 102, 2], [0, 1, 0], [0, 0, 0], [3, 103, 3], [2, 2, 2]),
        ([0, 0, 1], [0, 1, 0], [3, 1, 3], [3, 1, 103], [0, 0, 1], [1, 0, 1], [6, 1, 106], [3, 1, 3]),
        ([0, 0, 0], [1, 2, 1], [1, 2, 1], [1, 2, 1], [0, 0, 0], [0, 0, 0], [1, 3, 1], [1, 2, 1]),
        ([1, 0, 0], [0, 0, 2], [2, 3, 2], [102, 3, 2], [1, 0, 0], [0, 1, 0], [103, 6, 3], [2, 3, 2]),
    ]
    for actions, ticks, final_ticks, reward, terminated, truncated, total, length in script:
        obs, got_reward, got_terminated, got_truncated, info = env.step(torch.tensor(actions, device=device))
        assert obs[:, 1].tolist() == ticks and info["final_obs"][:, 1].tolist() == final_ticks
        assert got_reward.tolist() == reward
        assert got_terminated.int().tolist() == terminated and got_truncated.int().tolist() == truncated
        assert info["episode_return"].tolist() == total and info["episode_length"].tolist() == length
        assert info["final_obs"][:, 0].tolist() == number  # the last observation is of the episode that ended
        for copy in range(3):
            if terminated[copy] or truncated[copy]:
                assert obs[copy, 0].item() != number[copy]  # and obs of the next one
            else:
                assert torch.equal(obs[copy], info["final_obs"][copy])
        number = obs[:, 0].tolist()


def test_without_a_limit_nothing_is_truncated(device):
    env = Clock(2, device=device)
    env.reset()
    for step in range(1, 1200):
        _, _, terminated, truncated, info = env.step(torch.zeros(2, dtype=torch.int64, device=device))
        assert not terminated.any() and not truncated.any()
        assert truncated.dtype == torch.bool
        assert info["episode_length"].tolist() == [step, step]


@each_kind
def test_shapes_types_and_devices(kind, device):
    env = kind(4, device=device)
    obs, _ = env.reset()
    assert obs.shape == env.observation_space.shape
    after, reward, terminated, truncated, info = env.step(some_actions(env))
    assert sorted(info) == ["episode_length", "episode_return", "final_obs"]
    assert after.shape == info["final_obs"].shape == obs.shape
    for tensor, dtype in (
        (reward, torch.float32),
        (terminated, torch.bool),
        (truncated, torch.bool),
        (info["episode_return"], torch.float32),
        (info["episode_length"], torch.int64),
    ):
        assert tensor.shape == (4,) and tensor.dtype == dtype
    assert obs.dtype == after.dtype == info["final_obs"].dtype == torch.float32
    assert {tensor.device.type for tensor in (obs, after, reward, terminated, truncated, *info.values())} == {
        torch.device(device).type
    }
    assert (env.num_envs, env.device) == (4, device)
    assert env.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP


@each_kind
def test_whoever_writes_to_what_was_returned_changes_nothing(kind, device):
    env, twin = kind(5, device=device, max_episode_steps=4), kind(5, device=device, max_episode_steps=4)
    obs, _ = env.reset()
    twin.reset()
    obs.fill_(7.0)
    for step in range(10):
        actions = some_actions(env, step)
        *outcome, info = env.step(actions.clone())
        *expected, expected_info = twin.step(actions)
        seen = [*outcome, *info.values()]
        assert_same(seen, [*expected, *expected_info.values()])
        for tensor in seen:
            tensor.fill_(1)
    saved = env.state_dict()
    expected = history(twin, 6)
    assert_same(history(env, 6), expected)  # what was saved is not touched either,
    obs = env.load_state_dict(saved)
    obs.fill_(7.0)
    assert_same(history(env, 6), expected)
    env.load_state_dict(saved)
    assert_same(history(env, 6), expected)  # nor by stepping after it was loaded


@each_kind
def test_whoever_writes_to_what_was_saved_changes_nothing(kind, device):
    """Neither in the environment that it came from nor in the one that loaded it."""
    env, twin, other = kind(3, device=device), kind(3, device=device), kind(3, device=device)
    env.reset()
    twin.reset()
    saved = env.state_dict()
    other.load_state_dict(saved)
    for value in saved.values():
        if isinstance(value, torch.Tensor):
            value.fill_(3)
    expected = history(twin, 3)
    assert_same(history(env, 3), expected)
    assert_same(history(other, 3), expected)


@each_kind
def test_what_was_returned_does_not_change_later(kind, device):
    env = kind(5, device=device, max_episode_steps=3)
    seen = [env.reset()[0]]
    copies = [seen[0].clone()]
    for step in range(8):
        *outcome, info = env.step(some_actions(env, step))
        seen += [*outcome, *info.values()]
        copies += [tensor.clone() for tensor in [*outcome, *info.values()]]
    assert_same(seen, copies)


# Seeds


@each_kind
def test_the_same_seed_gives_the_same_numbers(kind, device):
    one, two, other = (kind(6, device=device, seed=seed, max_episode_steps=5) for seed in (3, 3, 4))
    first, again, different = one.reset()[0], two.reset()[0], other.reset()[0]
    assert torch.equal(first, again) and not torch.equal(first, different)
    assert_same(history(one, 12), history(two, 12))
    resets = [one.reset(seed=3)[0], one.reset()[0], one.reset(seed=3)[0]]
    assert torch.equal(resets[0], first) and torch.equal(resets[2], first)
    assert not torch.equal(resets[1], first)  # without a seed, the numbers go on
    assert len(first.unique(dim=0)) == 6  # every copy has its own


def test_two_environments_do_not_share_their_numbers(device):
    one, two = CartPole(2, device=device), CartPole(2, device=device)
    expected = one.reset()[0], one.reset()[0]
    torch.manual_seed(0)
    two.reset()
    one.reset()
    torch.rand(3, device=device)
    assert torch.equal(two.reset()[0], expected[1])  # neither another's nor the global numbers matter


# Where to begin


def test_a_reset_may_say_where_to_begin(device):
    env = CartPole(2, device=device)
    given = torch.tensor([[0.1, 0.2, 0.1, 0.3], [0.0, 0.0, 0.05, 0.0]])
    obs, _ = env.reset(options={"state": given})
    assert torch.equal(obs.cpu(), given)
    obs.zero_()
    given.zero_()
    assert env.state_dict()["state"][0].tolist() == pytest.approx([0.1, 0.2, 0.1, 0.3])
    assert env.reset(options={})[0].abs().max() <= 0.05
    assert env.reset(options={"state": None})[0].abs().max() <= 0.05


@pytest.mark.parametrize(
    "options, words",
    [
        ({"state": torch.zeros(3, 4)}, r"shape \[3, 4\]; expected \[2, 4\]"),
        ({"state": torch.zeros(4)}, r"shape \[4\]; expected \[2, 4\]"),
        ({"state": [[0.0, float("nan"), 0.0, 0.0]] * 2}, "NaN or infinity"),
        ({"low": -0.1, "high": 0.1}, "options has high, low; the only option"),
    ],
    ids=["copies", "shape", "nan", "unknown"],
)
def test_a_start_that_does_not_fit(options, words, device):
    env = CartPole(2, device=device)
    with pytest.raises(ValueError, match=words):
        env.reset(options=options)


# Saving


@each_kind
@pytest.mark.parametrize("steps", [0, 1, 7])
def test_a_saved_environment_goes_on_bit_for_bit(kind, steps, device):
    """Through a file that holds nothing but tensors and plain Python, into a new object with other numbers."""
    env = kind(5, device=device, seed=1, max_episode_steps=4)
    obs, _ = env.reset()
    for step in range(steps):
        obs = env.step(some_actions(env, step))[0]
    saved = env.state_dict()
    file = io.BytesIO()
    torch.save(saved, file)
    expected = history(env, 9, seed=steps)
    file.seek(0)
    other = kind(5, device=device, seed=99, max_episode_steps=4)
    seen = other.load_state_dict(torch.load(file, weights_only=True))
    assert torch.equal(seen, obs)
    assert_same(history(other, 9, seed=steps), expected)
    assert torch.equal(other.reset()[0], env.reset()[0])  # the generators stand at the same number
    env.load_state_dict(saved)  # also the one it came from, and what was saved is still what it was
    assert_same(history(env, 9, seed=steps), expected)


def broken(saved, **changes):
    return {key: value for key, value in {**saved, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda saved: None, "not what an environment's state_dict"),
        (lambda saved: [], "not what an environment's state_dict"),
        (lambda saved: {}, "not what an environment's state_dict"),
        (lambda saved: {"weight": torch.zeros(3)}, "not what an environment's state_dict"),
        (lambda saved: saved_from(Acrobot(2)), "saved from Acrobot; this environment is CartPole"),
        (lambda saved: saved_from(CartPole(3)), r"torch.int64 \[3\]; this environment of 2 copies needs"),
        (lambda saved: saved_from(CartPole(2, dtype=torch.float64)), r"torch.float64 \[2\]; .* needs torch.float32"),
        (lambda saved: broken(saved, state=saved["state"][:, :3]), r"state is torch.float32 \[2, 3\]"),
        (lambda saved: broken(saved, state=saved["state"].tolist()), "state is list"),
        (lambda saved: broken(saved, episode_return=None), "episode_return is NoneType"),
        (lambda saved: broken(saved, generator=None), "generator does not fit"),
        (lambda saved: broken(saved, generator=7), "generator does not fit"),
        (lambda saved: broken(saved, generator=saved["generator"][:16].clone()), "generator does not fit"),
        (lambda saved: broken(saved, generator=saved["generator"].float()), "generator does not fit"),
    ],
    ids="None list empty foreign kind copies dtype shape type missing g-missing g-type g-cut g-dtype".split(),
)
def test_what_cannot_be_loaded_changes_nothing(change, words):
    env, twin = CartPole(2), CartPole(2)
    for each in (env, twin):
        each.reset()
        each.step(torch.tensor([0, 1]))
    with pytest.raises(ValueError, match=words):
        env.load_state_dict(change(env.state_dict()))
    assert_same(history(env, 30), history(twin, 30))


def saved_from(env):
    env.reset()
    return env.state_dict()


def test_an_environment_that_has_not_begun(device):
    env = CartPole(2, device=device)
    for use in (lambda: env.step(torch.tensor([0, 1], device=device)), env.state_dict, env.frame, env.render):
        with pytest.raises(gymnasium.error.ResetNeeded, match=r"call reset\(\) before"):
            use()
    saved = saved_from(CartPole(2, device=device, seed=5))
    env.load_state_dict(saved)  # but it can go on from another's
    env.step(torch.tensor([0, 1], device=device))


# Bad input


@pytest.mark.parametrize(
    "actions, words",
    [
        ([0, 1, 1], "actions are a list; expected a tensor"),
        (1, "actions are a int; expected a tensor"),
        (torch.tensor([0, 1]), r"shape \[2\]; expected \[3\]"),
        (torch.tensor([[0], [1], [1]]), r"shape \[3, 1\]; expected \[3\]"),
        (torch.tensor(1), r"shape \[\]; expected \[3\]"),
        (torch.tensor([0.0, 1.0, 1.0]), "torch.float32; expected torch.int64"),
        (torch.tensor([0, 1, 1], dtype=torch.int32), "torch.int32; expected torch.int64"),
        (torch.tensor([True, False, True]), "torch.bool; expected torch.int64"),
        (torch.tensor([0, 1, 2]), r"must lie in 0..1; got 0..2"),
        (torch.tensor([-1, 1, 0]), r"must lie in 0..1; got -1..1"),
        (torch.zeros(3, dtype=torch.int64, device="meta"), "actions are on meta; expected cpu"),
    ],
    ids="list number short column scalar float int32 bool high low device".split(),
)
def test_discrete_actions_that_do_not_fit(actions, words):
    refused(CartPole, actions, words)


@pytest.mark.parametrize(
    "actions, words",
    [
        ([[0.0]] * 3, "actions are a list; expected a tensor"),
        (torch.zeros(3), r"shape \[3\]; expected \[3, 1\]"),
        (torch.zeros(1, 3), r"shape \[1, 3\]; expected \[3, 1\]"),
        (torch.zeros(3, 1, dtype=torch.int64), "torch.int64; expected floating-point numbers"),
        (torch.tensor([[0.0], [float("nan")], [0.0]]), "NaN or infinity"),
        (torch.tensor([[0.0], [float("-inf")], [0.0]]), "NaN or infinity"),
        (torch.zeros(3, 1, requires_grad=True), "carry a gradient"),
        (torch.zeros(3, 1, device="meta"), "actions are on meta; expected cpu"),
    ],
    ids="list flat row integers nan infinite gradient device".split(),
)
@pytest.mark.parametrize("kind", [Pendulum, MountainCarContinuous])
def test_continuous_actions_that_do_not_fit(kind, actions, words):
    refused(kind, actions, words)


def refused(kind, actions, words):
    env, twin = kind(3), kind(3)
    env.reset()
    twin.reset()
    with pytest.raises(ValueError, match=words):
        env.step(actions)
    assert_same(history(env, 3), history(twin, 3))  # nothing has happened


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"num_envs": 0}, "num_envs is 0; expected a whole number, at least 1"),
        ({"num_envs": 2.5}, "num_envs is 2.5"),
        ({"max_episode_steps": 0}, "max_episode_steps is 0; expected at least 1"),
        ({"max_episode_steps": 10.0}, "max_episode_steps is 10.0"),
        ({"dtype": torch.int64}, "dtype is torch.int64; expected a floating-point type"),
        ({"dtype": "float32"}, "dtype is 'float32'"),
        ({"render_mode": "human"}, "render_mode is 'human'"),
        ({"seed": -1}, "seed is -1; expected a whole number"),
        ({"seed": 1.0}, "seed is 1.0"),
        ({"seed": None}, "seed is None"),
        ({"seed": 2**64}, "seed is 18446744073709551616"),
        ({"device": "nonsense"}, "device is 'nonsense', which this machine does not have"),
    ],
    ids="none half no-steps float-steps integers name human negative float-seed no-seed huge device".split(),
)
def test_settings_that_do_not_fit(settings, words):
    with pytest.raises(ValueError, match=words):
        CartPole(**settings)


def test_a_bad_seed_at_reset():
    env = CartPole(2)
    with pytest.raises(ValueError, match="seed is -3"):
        env.reset(seed=-3)


# Waiting for nobody


def free_running(env):
    """A step that may ask for values: those of actions are looked at on a CPU only."""
    env._check_values = lambda actions: None
    env.reset()
    env.step(some_actions(env))
    env.step(some_actions(env, 1))


@each_kind
def test_a_step_asks_no_tensor_for_a_number(kind, device):
    """With tensors that hold no numbers, so that whoever asks gets an error; on a GPU, CUDA itself watches too."""
    if torch.device(device).type == "cuda":
        env = kind(3, device=device)
        env.reset()
        actions = some_actions(env)
        env.step(actions)  # the first step makes the constants
        torch.cuda.set_sync_debug_mode("error")
        try:
            env.step(actions)
        finally:
            torch.cuda.set_sync_debug_mode("default")
    with FakeTensorMode(allow_non_fake_inputs=True):
        free_running(kind(3))


class Asks(Clock):
    def transition(self, state, action):
        if state[:, 1].max() > 5:
            return state
        return super().transition(state, action)


class Picks(Clock):
    def transition(self, state, action):
        return super().transition(state, action)[action >= 0]


class Copies(Clock):
    def reward(self, state, action, next_state):
        return torch.tensor(next_state[:, 1].numpy())


@pytest.mark.parametrize("kind", [Asks, Picks, Copies])
def test_the_test_notices_who_asks(kind):
    with FakeTensorMode(allow_non_fake_inputs=True), pytest.raises((RuntimeError, TypeError)):
        free_running(kind(3))


def test_only_the_check_of_values_asks():
    with FakeTensorMode(allow_non_fake_inputs=True):
        env = CartPole(3)
        env.reset()
        with pytest.raises(DataDependentOutputException):
            env.step(some_actions(env))


# Gymnasium


@each_native
def test_gymnasium_makes_them(kind, device):
    """As a registered id with a vector_entry_point would; the limit of the registration holds."""
    spec = EnvSpec("rlcourse/Tested-v0", vector_entry_point=f"{kind.__module__}:{kind.__name__}", max_episode_steps=2)
    env = gymnasium.make_vec(spec, num_envs=3, device=device)
    assert type(env) is kind and env.num_envs == 3
    obs, _ = env.reset(seed=1)
    assert torch.equal(obs, kind(3, device=device, seed=1).reset()[0])
    env.step(some_actions(env))
    assert env.step(some_actions(env))[3].all()
    env.close()
