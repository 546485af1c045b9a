"""Classic control beside Gymnasium's own: the same states, rewards and ends from the same states and actions.

All seeds are fixed, so a test passes always or never; where a bound is statistical, the comment says in how many of a
million other seeds a correct environment would miss it.
"""

import math

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.envs.classic_control import continuous_mountain_car
from gymnasium.spaces import Discrete
from scipy.stats import ks_2samp, kstest

from rlcourse.envs.acrobot import Acrobot
from rlcourse.envs.cart_pole import CartPole
from rlcourse.envs.mountain_car import MountainCar, MountainCarContinuous
from rlcourse.envs.pendulum import Pendulum

ENVIRONMENTS = {
    "CartPole-v1": CartPole,
    "MountainCar-v0": MountainCar,
    "MountainCarContinuous-v0": MountainCarContinuous,
    "Acrobot-v1": Acrobot,
    "Pendulum-v1": Pendulum,
}
COPIES = 20
each_environment = pytest.mark.parametrize("id", ENVIRONMENTS)


class DoubleNumPy:
    """NumPy, but what is called float32 is float64."""

    float32 = np.float64

    def __getattr__(self, name):
        return getattr(np, name)


@pytest.fixture
def double_precision(monkeypatch):
    """Gymnasium's continuous Mountain Car rounds its state to float32 after each step; take the rounding out."""
    monkeypatch.setattr(continuous_mountain_car, "np", DoubleNumPy())


def single(id):
    """Gymnasium's own environment, with its time limit but without the checks that want float32 actions."""
    return gymnasium.make(id, disable_env_checker=True)


def put(env, state):
    """A Gymnasium environment at the start of an episode in this state."""
    env.reset()
    env.unwrapped.state = np.array(state, dtype=np.float64)


def random_actions(env, rng):
    """Any actions; continuous ones up to half beyond the limits, where they are cut."""
    space = env.single_action_space
    if isinstance(space, Discrete):
        return rng.integers(int(space.n), size=env.num_envs)
    return rng.uniform(-1.5, 1.5, (env.num_envs, 1)) * space.high


def lively_actions(env, rng):
    """Random in the even copies; in the odd ones mostly along a speed, which gets cars and acrobots to their goal."""
    actions = random_actions(env, rng)
    if isinstance(env, MountainCar | Acrobot):
        speed = env.state[:, -1].cpu().numpy()
        along = np.where(speed > 0, 2, 0) if actions.ndim == 1 else np.sign(speed)[:, None]
        odd = np.arange(env.num_envs) % 2 == 1
        pumped = odd & (rng.random(env.num_envs) < 0.9)
        actions = np.where(pumped if actions.ndim == 1 else pumped[:, None], along, actions)
    return actions


def gap(id, ours, theirs):
    """The largest difference of two arrays of states; angles of the Acrobot that differ by a turn are the same."""
    difference = np.abs(ours - theirs).reshape(-1, ours.shape[-1])
    if id == "Acrobot-v1":
        difference[..., :2] = np.minimum(difference[..., :2], np.abs(2 * math.pi - difference[..., :2]))
    return difference.max(initial=0.0)


# In double precision the two programs walk side by side. The Acrobot's motion is chaotic once it swings over: there a
# difference of 1e-15 grows to 1e-9 within 50 steps and to 1 within 500, between two runs of Gymnasium's own too. So the
# two are put into the same state again every 25 steps (5 s).
TOGETHER_AGAIN = {"Acrobot-v1": 25}
STEPS = {"MountainCarContinuous-v0": 1000}  # x 20 copies; an episode of its may take 999
ENDS = {  # (terminated, truncated) at least so often in these runs
    "CartPole-v1": (400, 0),  # random pushes never last 500 steps: see test_the_time_limit
    "MountainCar-v0": (20, 20),
    "MountainCarContinuous-v0": (50, 10),
    "Acrobot-v1": (20, 10),
    "Pendulum-v1": (0, 40),
}


@each_environment
def test_whole_episodes_are_gymnasiums(id, device, double_precision):
    env, rng = ENVIRONMENTS[id](COPIES, dtype=torch.float64, device=device, seed=1), np.random.default_rng(2)
    singles = [single(id) for _ in range(COPIES)]
    env.reset()
    for twin, state in zip(singles, env.state.tolist(), strict=True):
        put(twin, state)
    ends, total, length = np.zeros(2, int), np.zeros(COPIES), np.zeros(COPIES, int)
    for step in range(1, STEPS.get(id, 500) + 1):
        actions = lively_actions(env, rng)
        results = [twin.step(action) for twin, action in zip(singles, actions, strict=True)]
        obs, reward, terminated, truncated = (np.array(column) for column in list(zip(*results, strict=True))[:4])
        total, length = total + reward, length + 1
        _, our_reward, our_terminated, our_truncated, info = env.step(torch.tensor(actions, device=device))
        assert our_terminated.tolist() == terminated.tolist() and our_truncated.tolist() == truncated.tolist(), step
        np.testing.assert_allclose(our_reward.cpu(), reward, rtol=0, atol=1e-9)
        np.testing.assert_allclose(info["final_obs"].cpu(), obs, rtol=1e-6, atol=1e-6)  # Gymnasium's are float32
        done = terminated | truncated
        states = np.array([twin.unwrapped.state for twin in singles])
        assert gap(id, env.state.cpu().numpy()[~done], states[~done]) < 1e-9, step
        np.testing.assert_allclose(info["episode_return"].cpu()[done], total[done], rtol=0, atol=1e-9)
        assert info["episode_length"].cpu()[done].tolist() == length[done].tolist()
        ends += terminated.sum(), truncated.sum()
        total[done], length[done] = 0.0, 0
        together = step % TOGETHER_AGAIN.get(id, 10**6) == 0
        for i in np.arange(COPIES) if together else np.flatnonzero(done):
            if done[i]:
                singles[i].reset()
            singles[i].unwrapped.state = env.state[i].cpu().numpy().copy()
    assert (ends >= ENDS[id]).all(), ends


@pytest.mark.parametrize("limit", [1, 7, None])
@each_environment
def test_the_time_limit_is_gymnasiums(id, limit, device):
    """Episodes cut after 1 step, after 7, and after as many as usual (which is checked on a pole that never falls)."""
    env = ENVIRONMENTS[id](2, device=device, max_episode_steps=limit)
    usual = gymnasium.spec(id).max_episode_steps
    assert env.max_episode_steps == (limit or usual)
    env.reset()
    env.terminal = lambda state: torch.zeros_like(state[:, 0], dtype=torch.bool)
    actions = torch.tensor(random_actions(env, np.random.default_rng(0)), device=device)
    lengths = [step for step in range(1, 2 * (limit or usual) + 1) if env.step(actions)[3].all()]
    assert lengths == [limit or usual, 2 * (limit or usual)]


def test_falling_on_the_last_step_is_both_as_in_gymnasium(device):
    state = [0.0, 0.0, 0.2, 2.0]  # falls in the next step
    twin = gymnasium.make("CartPole-v1", max_episode_steps=3)
    env = CartPole(1, max_episode_steps=3, device=device)
    for steps_before, both in ((0, False), (2, True)):
        put(twin, [0.0, 0.0, 0.0, 0.0])
        env.reset(options={"state": torch.zeros(1, 4)})
        for push in range(steps_before):
            twin.step(push % 2)
            env.step(torch.tensor([push % 2], device=device))
        twin.unwrapped.state = np.array(state)
        env.state = torch.tensor([state], device=device)
        _, reward, terminated, truncated, _ = twin.step(1)
        _, our_reward, our_terminated, our_truncated, _ = env.step(torch.tensor([1], device=device))
        assert (terminated, truncated) == (True, both)
        assert (our_reward.item(), our_terminated.item(), our_truncated.item()) == (reward, True, both)


BOX = {  # half the width of the box of states from which one step is compared; its middle is 0, on the hill -0.3
    "CartPole-v1": [2.45, 3.0, 0.25, 3.0],
    "MountainCar-v0": [0.9, 0.07],
    "MountainCarContinuous-v0": [0.9, 0.07],
    "Acrobot-v1": [math.pi, math.pi, 4 * math.pi, 9 * math.pi],
    "Pendulum-v1": [20.0, 8.0],
}
VISITED = {**BOX, "Acrobot-v1": [math.pi, math.pi, 7.0, 14.0]}  # 999 of 1000 states of episodes that succeed lie within


@pytest.mark.parametrize(
    "dtype, box, tolerance",
    [
        pytest.param(torch.float32, VISITED, 1e-5, id="float32"),
        pytest.param(torch.float64, BOX, 1e-9, id="float64"),  # an Acrobot at full speed magnifies rounding 1000-fold
    ],
)
@pytest.mark.parametrize("at_the_edge", [False, True], ids=["anywhere", "edge"])
@each_environment
def test_one_step_is_gymnasiums(id, at_the_edge, dtype, box, tolerance, device, double_precision):
    """From 5,000 states all over the box, and from 5,000 near its corners, where speeds, places and angles are cut."""
    copies, rng = 5_000, np.random.default_rng(3)
    place = rng.uniform(-1, 1, (copies, len(box[id])))
    if at_the_edge:
        place = np.sign(place) * (1 - 0.1 * np.abs(place))
    states = (place * box[id] + ([-0.3, 0] if id.startswith("Mountain") else 0)).astype(np.float32)
    env, twin = ENVIRONMENTS[id](copies, dtype=dtype, device=device), single(id)
    env.reset(options={"state": states})
    np.testing.assert_array_equal(env.state.cpu(), states)
    actions = random_actions(env, rng)
    if actions.ndim == 2:
        actions = actions.astype(np.float32).astype(np.float64)
    put(twin, states[0])
    expected = []
    for state, action in zip(states, actions, strict=True):
        twin.unwrapped.state, twin.unwrapped.steps_beyond_terminated = state.astype(np.float64), None
        obs, reward, terminated, _, _ = twin.unwrapped.step(action)
        expected.append((np.array(twin.unwrapped.state), obs, reward, terminated))
    state, obs, reward, terminated = (np.array(column) for column in zip(*expected, strict=True))
    given = torch.tensor(actions, dtype=dtype if actions.ndim == 2 else torch.int64, device=device)
    _, our_reward, our_terminated, _, info = env.step(given)
    our_state = env.transition(torch.tensor(states, dtype=dtype, device=device), given)
    size = np.maximum(1.0, np.abs(state))  # speeds and angles above 1 are compared relative to their size
    assert gap(id, our_state.double().cpu().numpy() / size, state / size) < tolerance
    np.testing.assert_allclose(info["final_obs"].cpu(), obs, rtol=1e-5, atol=1e-5)  # Gymnasium's are float32
    np.testing.assert_allclose(our_reward.cpu(), reward, rtol=tolerance, atol=tolerance)
    assert our_terminated.tolist() == terminated.tolist()  # none of these 20,000 states lies within rounding of an end
    if id != "Pendulum-v1" and not at_the_edge:
        assert 50 < terminated.sum() < copies - 50


START = {
    "CartPole-v1": [(-0.05, 0.05)] * 4,
    "MountainCar-v0": [(-0.6, -0.4), None],
    "MountainCarContinuous-v0": [(-0.6, -0.4), None],
    "Acrobot-v1": [(-0.1, 0.1)] * 4,
    "Pendulum-v1": [(-math.pi, math.pi), (-1.0, 1.0)],
}


@each_environment
def test_episodes_begin_as_gymnasiums_do(id, device):
    """At reset and after an end. Each Kolmogorov-Smirnov test misses in 1, each correlation in 1 of a million seeds."""
    copies = 20_000
    env, twin = ENVIRONMENTS[id](copies, device=device, seed=4, max_episode_steps=1), single(id)
    env.reset()
    first = env.state.cpu().numpy()
    env.step(torch.tensor(random_actions(env, np.random.default_rng(0)), device=device))
    second = env.state.cpu().numpy()  # all have ended
    theirs = []
    for seed in range(2_000):
        twin.reset(seed=seed)
        theirs.append(np.array(twin.unwrapped.state))
    for column, interval in enumerate(START[id]):
        for ours in (first[:, column], second[:, column]):
            if interval is None:
                assert (ours == 0).all() and not np.any([state[column] for state in theirs])
                continue
            low, high = interval
            assert low <= ours.min() and ours.max() <= high
            assert kstest(ours, "uniform", args=(low, high - low)).pvalue > 1e-6
            assert ks_2samp(ours, [state[column] for state in theirs]).pvalue > 1e-6
    both = np.concatenate([first, second], axis=1)[:, [interval is not None for interval in START[id]] * 2]
    correlation = np.corrcoef(both.T) - np.eye(both.shape[1])
    assert np.abs(correlation).max() < 4.9 / math.sqrt(copies)


@each_environment
def test_spaces_and_settings_are_gymnasiums(id):
    env, twin, spec = ENVIRONMENTS[id](3), single(id), gymnasium.spec(id)
    assert env.single_observation_space == twin.observation_space
    assert env.single_action_space == twin.action_space
    assert env.max_episode_steps == spec.max_episode_steps
    assert env.metadata["render_fps"] == twin.metadata["render_fps"]


@each_environment
def test_what_is_seen_lies_in_the_observation_space(id, device):
    env, rng = ENVIRONMENTS[id](100, device=device), np.random.default_rng(5)
    obs, _ = env.reset()
    assert env.observation_space.contains(obs.cpu().numpy())
    for _ in range(300):
        obs, _, _, _, info = env.step(torch.tensor(lively_actions(env, rng), device=device))
        assert env.observation_space.contains(obs.cpu().numpy())
        assert env.observation_space.contains(info["final_obs"].cpu().numpy())


@each_environment
def test_all_is_in_the_dtype_that_was_asked_for(id, device):
    for dtype in (torch.float32, torch.float64):
        env = ENVIRONMENTS[id](3, dtype=dtype, device=device)
        obs, _ = env.reset()
        for given in (torch.float32, torch.float64):
            actions = torch.tensor(random_actions(env, np.random.default_rng(0)), device=device)
            actions = actions if actions.dtype == torch.int64 else actions.to(given)
            next_obs, reward, _, _, info = env.step(actions)
            seen = [obs, next_obs, reward, info["final_obs"], info["episode_return"], env.state]
            assert {tensor.dtype for tensor in seen} == {dtype}
            assert info["episode_length"].dtype == torch.int64


def test_the_continuous_car_pays_for_the_push_it_asked_for(device):
    """Cut to 1 for the engine, but 3 squared for the reward: -0.9 (and 100 at the goal)."""
    env = MountainCarContinuous(3, device=device)
    env.reset(options={"state": [[-0.5, 0.0], [-0.5, 0.0], [0.44, 0.05]]})
    _, reward, terminated, _, info = env.step(torch.tensor([[3.0], [1.0], [3.0]], device=device))
    torch.testing.assert_close(reward.cpu(), torch.tensor([-0.9, -0.1, 99.1]))
    assert info["final_obs"][0].tolist() == info["final_obs"][1].tolist()
    assert terminated.tolist() == [False, False, True]


def test_a_goal_reached_backwards_does_not_count(device):
    """As in Gymnasium: the car has to arrive there, not to roll back past it."""
    env = MountainCar(2, device=device)
    env.reset(options={"state": [[0.55, -0.01], [0.55, 0.01]]})
    assert env.step(torch.tensor([0, 2], device=device))[2].tolist() == [False, True]
