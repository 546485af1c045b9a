"""Other people's environments behind our contract: the same episodes, and nothing lost at the border."""

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from rlcourse import envs
from rlcourse.envs import GymnasiumEnv
from rlcourse.mdp import MDPVectorEnv


class Counting(gymnasium.Env):
    """Observes (episode, step), in one array for ever, and pays step²; action 1 terminates, 2 truncates, 3 both."""

    observation_space = spaces.Box(-1e9, 1e9, (2,), np.float64)
    action_space = spaces.Discrete(4)

    def __init__(self):
        self.seen = np.array([-1.0, 0.0])

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.seen += (1, -self.seen[1])
        return self.seen, {"final_obs": "a trap"}

    def step(self, action):
        self.seen[1] += 1
        return (
            self.seen,
            self.seen[1] ** 2,
            action in (1, 3),
            action in (2, 3),
            {"note": 1 if self.seen[1] % 2 else "x"},
        )


class Made(Counting):
    """Counting with other spaces."""

    def __init__(self, observation_space=Counting.observation_space, action_space=Counting.action_space, obs=None):
        super().__init__()
        self.observation_space, self.action_space, self.obs, self.taken = observation_space, action_space, obs, []

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self.obs, {}

    def step(self, action):
        self.taken.append(action)
        return self.obs, 1, False, False, {}


gymnasium.register("tests/Counting-v0", entry_point=Counting, disable_env_checker=True)
gymnasium.register("tests/Made-v0", entry_point=Made, disable_env_checker=True)


def int64(values, device):
    return torch.tensor(values, device=device)


def test_no_sample_pairs_two_episodes(device):
    """The observation counts episodes and steps, so a row from the wrong side of a reset is seen at once."""
    copies = 5
    env = envs.make("tests/Counting-v0", copies, device=device)
    rng = np.random.default_rng(0)
    obs, _ = env.reset()
    assert obs.tolist() == [[0, 0]] * copies
    ends = 0
    for _ in range(300):
        action = rng.choice(4, size=copies, p=[0.7, 0.1, 0.1, 0.1])
        next_obs, reward, terminated, truncated, info = env.step(int64(action, device))
        final = info["final_obs"]
        assert torch.equal(final, obs + torch.tensor([0, 1], device=device))  # the same episode, the next step
        assert torch.equal(reward, final[:, 1] ** 2)
        assert terminated.tolist() == np.isin(action, (1, 3)).tolist()
        assert truncated.tolist() == np.isin(action, (2, 3)).tolist()
        for i in range(copies):
            if action[i]:
                assert next_obs[i].tolist() == [obs[i, 0] + 1, 0]
                steps = int(final[i, 1])
                assert info["episode_length"][i] == steps
                assert info["episode_return"][i] == steps * (steps + 1) * (2 * steps + 1) / 6
                ends += 1
            else:
                assert torch.equal(next_obs[i], final[i])
        obs = next_obs
    assert ends > 200


def test_cart_pole_as_in_a_plain_loop(device):
    """10,000 steps: 5 copies of 2000, against single environments reset by hand."""
    copies, steps = 5, 2000
    env = envs.make("CartPole-v1", copies, device=device, seed=3)
    obs, _ = env.reset()
    singles = [gymnasium.make("CartPole-v1") for _ in range(copies)]
    seeds = env.inner.np_random_seed
    expected = np.array([single.reset(seed=seed)[0] for single, seed in zip(singles, seeds, strict=True)])
    assert obs.cpu().numpy().tolist() == expected.tolist()
    rng = np.random.default_rng(1)
    total, length, ended = np.zeros(copies), np.zeros(copies, int), 0
    for _ in range(steps):
        # mostly against the fall, so that some episodes reach the limit of 500 steps, and others do not
        lean = obs[:, 2].cpu().numpy() + obs[:, 3].cpu().numpy() > 0
        action = np.where(rng.random(copies) < np.linspace(0.0, 0.4, copies), rng.integers(2, size=copies), lean)
        obs, reward, terminated, truncated, info = env.step(int64(action, device))
        for i, single in enumerate(singles):
            true, pay, end, cut, _ = single.step(action[i])
            total[i] += pay
            length[i] += 1
            assert info["final_obs"][i].tolist() == true.tolist()
            assert (reward[i].item(), terminated[i].item(), truncated[i].item()) == (pay, end, cut)
            assert (info["episode_return"][i].item(), info["episode_length"][i].item()) == (total[i], length[i])
            if end or cut:
                true, _ = single.reset()
                total[i], length[i] = 0, 0
                ended += end + 1000 * cut
            assert obs[i].tolist() == true.tolist()
    assert ended % 1000 > 20 and ended // 1000 > 2  # both kinds of end were seen


def test_types_at_the_border(device):
    def first(id, **settings):
        env = envs.make(id, 2, device=device, **settings)
        obs, _ = env.reset()
        after = env.step(torch.as_tensor(env.action_space.sample(), device=device))
        assert obs.dtype == after[0].dtype == after[4]["final_obs"].dtype
        assert after[1].dtype == after[4]["episode_return"].dtype == torch.float32
        assert after[2].dtype == after[3].dtype == torch.bool and after[4]["episode_length"].dtype == torch.int64
        assert env.single_observation_space.contains(obs[0].cpu().numpy())
        return obs

    assert first("tests/Counting-v0").dtype == torch.float32  # float64 inside
    assert first("FrozenLake-v1").dtype == torch.int64
    image = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    images = first("tests/Made-v0", observation_space=spaces.Box(0, 255, (2, 3, 4), np.uint8), obs=image)
    assert images.dtype == torch.uint8 and images[1].tolist() == image.tolist()
    huge = np.finfo(np.float64).max
    wide = spaces.Box(-huge, huge, (1,), np.float64)
    assert first("tests/Made-v0", observation_space=wide, obs=np.zeros(1)).dtype == torch.float32
    whole = spaces.Box(0, 9, (2,), np.int32)
    assert first("tests/Made-v0", observation_space=whole, obs=np.array([3, 4])).dtype == torch.float32


@pytest.mark.parametrize(
    ("space", "sent", "taken"),
    [
        (spaces.Discrete(3), [0, 2], [0, 2]),
        (spaces.Discrete(3, start=-1), [0, 2], [-1, 1]),
        (spaces.MultiDiscrete([2, 3]), [[0, 2], [1, 0]], [[0, 2], [1, 0]]),
        (spaces.MultiDiscrete([2, 3], start=[5, 0]), [[0, 2], [1, 0]], [[5, 2], [6, 0]]),
        (spaces.Box(-1, 1, (1,), np.float64), [[0.5], [-3.0]], [[0.5], [-3.0]]),
    ],
    ids=["discrete", "discrete-start", "multi", "multi-start", "box"],
)
def test_actions_arrive_as_the_environment_numbers_them(space, sent, taken, device):
    env = envs.make("tests/Made-v0", 2, device=device, action_space=space, obs=np.zeros(2))
    env.reset()
    env.step(torch.tensor(sent, device=device))
    for single, expected in zip(env.inner.envs, taken, strict=True):
        action = single.unwrapped.taken[0]
        assert np.asarray(action).tolist() == expected
        assert np.asarray(action).dtype == space.dtype
        assert space.contains(action) or expected == [-3.0]  # bounds are the learner's affair
    wrong = torch.tensor(sent, device=device)
    with pytest.raises(ValueError, match="expected"):
        env.step(wrong.to(torch.int32) if wrong.dtype == torch.int64 else wrong.long())
    if not isinstance(space, spaces.Box):
        for shift in (-2, 3):
            with pytest.raises(ValueError, match=r"actions must lie in 0\.\."):
                env.step(wrong + shift)


@pytest.mark.parametrize(
    "space",
    [spaces.Dict({"x": spaces.Discrete(2)}), spaces.Tuple([spaces.Discrete(2)]), spaces.MultiBinary(3), spaces.Text(4)],
    ids=["Dict", "Tuple", "MultiBinary", "Text"],
)
def test_spaces_that_are_no_plain_array(space):
    name = type(space).__name__
    with pytest.raises(ValueError, match=f"observations are {name}; expected Box or Discrete. Flatten them"):
        envs.make("tests/Made-v0", observation_space=space)
    with pytest.raises(ValueError, match=f"actions are {name}; expected Discrete"):
        envs.make("tests/Made-v0", action_space=space)


def test_flattened_as_the_message_says(device):
    env = envs.make("Blackjack-v1", 3, device=device, wrappers=[gymnasium.wrappers.FlattenObservation])
    obs, _ = env.reset()
    assert obs.shape == (3, 45) and obs.dtype == torch.float32 and (obs.sum(dim=1) == 3).all()


def test_other_autoreset_modes_lose_transitions():
    for mode in (AutoresetMode.NEXT_STEP, AutoresetMode.DISABLED):
        inner = SyncVectorEnv([Counting], autoreset_mode=mode)
        with pytest.raises(ValueError, match=r"expected AutoresetMode\.SAME_STEP"):
            GymnasiumEnv(inner)


def test_any_same_step_vector_environment_will_do(device):
    """Here the NumPy sampler, whose final_obs is a plain array."""
    env = GymnasiumEnv(MDPVectorEnv("CliffWalk", 4, max_episode_steps=5), device=device)
    assert env.reset()[0].tolist() == [36] * 4
    for _ in range(5):
        obs, reward, _, truncated, info = env.step(int64([0] * 4, device))
    assert truncated.all() and reward.tolist() == [-1] * 4 and info["episode_return"].tolist() == [-5] * 4
    assert info["final_obs"].tolist() == [0] * 4 and obs.tolist() == [36] * 4


def test_clipped_rewards_leave_the_return_as_it_is(device):
    env = envs.make("tests/Counting-v0", 1, device=device, clip_reward=True)
    env.reset()
    for _ in range(3):
        _, reward, _, _, info = env.step(int64([0], device))
        assert reward.tolist() == [1]
    assert info["episode_return"].tolist() == [1 + 4 + 9]
    pit = envs.make("CliffWalking-v1", 1, device=device, clip_reward=True)
    pit.reset()
    assert pit.step(int64([1], device))[1].tolist() == [-1]  # -100 for the cliff


# Seeds


def walk(env, steps=30):
    """Observations under fixed actions, from where the environment is."""
    actions = torch.Generator().manual_seed(0)
    rows = []
    for _ in range(steps):
        action = torch.randint(2, (env.num_envs,), generator=actions).to(env.device)
        rows.append(env.step(action)[0])
    return torch.stack(rows)


def test_neighbouring_seeds_share_no_copy(device):
    """Gymnasium's own vector environments give seed 0, copy 1 and seed 1, copy 0 the same episodes."""
    first = torch.cat([envs.make("CartPole-v1", 8, device=device, seed=seed).reset()[0] for seed in range(4)])
    assert len(first.unique(dim=0)) == 32


def test_the_seed_counts_at_the_first_reset_and_then_the_numbers_go_on(device):
    one, two = (envs.make("CartPole-v1", 3, device=device, seed=5) for _ in range(2))
    first = one.reset()[0]
    seeds = one.inner.np_random_seed
    assert torch.equal(first, two.reset()[0])
    second = one.reset()[0]
    assert torch.equal(second, two.reset()[0]) and not torch.equal(first, second)
    assert one.inner.np_random_seed == seeds  # not sown anew
    assert torch.equal(one.reset(seed=5)[0], first)
    assert torch.equal(walk(one), walk(envs_at(two, 5)))
    assert not torch.equal(one.reset(seed=6)[0], first)


def envs_at(env, seed):
    env.reset(seed=seed)
    return env


def test_loading_begins_new_episodes_the_same_each_time(device):
    env = envs.make("CartPole-v1", 3, device=device, seed=5)
    begun = env.reset()[0]
    walk(env)
    saved = env.state_dict()
    goes_on = walk(env)
    runs = []
    for seed in (5, 77):
        other = envs.make("CartPole-v1", 3, device=device, seed=seed)
        if seed == 77:  # in use already, or not
            other.reset()
        obs = other.load_state_dict(saved)
        runs.append(torch.cat([obs[None], walk(other)]))
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0][0], begun) and not torch.equal(runs[0][1:], goes_on)
    obs, _, _, _, info = other.step(int64([0, 1, 0], device))
    assert info["episode_length"].max() <= 31  # the counts began anew too
    again = envs.make("CartPole-v1", 3, device=device)
    assert not torch.equal(again.load_state_dict(other.state_dict()), runs[0][0])  # a later save, other episodes


def test_saved_with_another_number_of_copies(device):
    saved = envs.make("CartPole-v1", 3, device=device).state_dict()
    with pytest.raises(ValueError, match="saved with 3 copies; this environment has 2"):
        envs.make("CartPole-v1", 2, device=device).load_state_dict(saved)


# Pictures


def test_frames_need_a_render_mode(device):
    env = envs.make("CartPole-v1", 2, device=device)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.frame()
    env.reset()
    with pytest.raises(ValueError, match='render_mode="rgb_array"'):
        env.frame()
    env = envs.make("CartPole-v1", 2, device=device, render_mode="rgb_array")
    env.reset()
    frames = env.render()
    assert len(frames) == 2 and frames[0].shape == (400, 600, 3) and frames[0].dtype == np.uint8
    assert (env.frame(1) == frames[1]).all() and (frames[0] != frames[1]).any()
    env.close()


def test_stacked_grey_images_are_their_own_picture(device):
    stack = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    space = spaces.Box(0, 255, (2, 3, 4), np.uint8)
    env = envs.make("tests/Made-v0", 1, device=device, observation_space=space, obs=stack)
    env.reset()
    assert env.frame().tolist() == np.stack([stack[1]] * 3, axis=-1).tolist()


# Extras


def test_lunar_lander(device):
    pytest.importorskip("Box2D", reason="the extra box2d is not installed")
    env = envs.make("LunarLander-v3", 2, device=device, seed=1)
    obs, _ = env.reset()
    lengths = []
    for _ in range(300):
        before = obs
        obs, reward, terminated, truncated, info = env.step(int64([0, 0], device))  # falls
        done = terminated | truncated
        assert torch.equal(info["final_obs"][~done], obs[~done])
        # a step moves the lander a little only, so what came before is near the true end, not near the new start
        assert (info["final_obs"][:, :2] - before[:, :2]).abs().max() < 0.1
        lengths += info["episode_length"][done].tolist()
    assert len(lengths) > 4 and all(40 < length < 150 for length in lengths)
    assert obs.shape == (2, 8) and obs.dtype == reward.dtype == torch.float32


def test_atari(device):
    pytest.importorskip("ale_py", reason="the extra atari is not installed")
    env = envs.make("ALE/Breakout-v5", 2, device=device, seed=1, repeat_action_probability=0.0)
    obs, _ = env.reset()
    assert obs.shape == (2, 4, 84, 84) and obs.dtype == torch.uint8
    rng, ends = np.random.default_rng(0), 0
    for _ in range(600):
        before = obs
        obs, reward, terminated, truncated, info = env.step(int64(rng.integers(4, size=2), device))
        done = terminated | truncated
        assert torch.equal(info["final_obs"][:, :3], before[:, 1:])  # the stack goes on to the very end
        assert torch.equal(info["final_obs"][~done], obs[~done])
        assert not torch.equal(info["final_obs"][done], obs[done]) or not done.any()
        ends += int(done.sum())
    assert ends > 2 and reward.dtype == torch.float32
    assert env.frame().shape == (84, 84, 3)
    same = [envs.make("ALE/Breakout-v5", 2, device=device, seed=1) for _ in range(2)]
    for one in same:
        one.reset()
    assert torch.equal(walk(same[0]), walk(same[1]))
