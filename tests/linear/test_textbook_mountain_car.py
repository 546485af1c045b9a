"""Mountain Car against Gymnasium's, and where the two differ."""

import gymnasium
import numpy as np
import pytest

from rlcourse.linear import TextbookMountainCar

CAR = TextbookMountainCar()


def gymnasium_step(env, position, velocity, action):
    env.state = (position, velocity)
    _, reward, terminated, _, _ = env.step(int(action))
    return *env.state, reward, terminated


def test_one_step_from_anywhere_is_gymnasium_s():
    """10,000 states, their corners and all actions, in float64; beyond the goal Gymnasium's car goes on to 0.6."""
    env = gymnasium.make("MountainCar-v0").unwrapped
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    state = np.stack([rng.uniform(-1.2, 0.5, 10_000), rng.uniform(-0.07, 0.07, 10_000)])
    state[0, :100], state[1, 100:200], state[1, 200:300] = -1.2, -0.07, 0.07
    state[:, :4] = [[-1.2, -1.2, 0.499, 0.499], [-0.07, 0.07, -0.07, 0.07]]
    action = rng.integers(3, size=10_000)
    after, reward, terminated = CAR.step(state, action)
    theirs = np.array([gymnasium_step(env, *s, a) for s, a in zip(state.T, action, strict=True)]).T
    np.testing.assert_allclose(after[0], np.minimum(theirs[0], 0.5), atol=1e-15)
    np.testing.assert_allclose(after[1], theirs[1], atol=1e-15)
    np.testing.assert_array_equal(reward, theirs[2])
    np.testing.assert_array_equal(terminated, theirs[3].astype(bool))
    assert 0 < terminated.sum() < 5_000 and (after[1][after[0] == -1.2] == 0).any() and (theirs[0] > 0.5).any()


def test_whole_episodes_are_gymnasium_s():
    """Pushing the way the car rolls gets out; the two walk together to the goal, in as many steps."""
    env = gymnasium.make("MountainCar-v0").unwrapped
    for seed in range(5):
        first, _ = env.reset(seed=seed)
        theirs, over, steps = np.array(env.state), False, 0
        state = theirs[:, None].copy()
        np.testing.assert_allclose(first, theirs, atol=1e-7)
        while not over:
            action = 2 if state[1, 0] >= 0 else 0
            (position, velocity), _, terminated = CAR.step(state, np.array([action]))
            _, _, over, _, _ = env.step(action)
            state = np.stack([position, velocity])
            assert terminated[0] == over
            np.testing.assert_allclose(state[:, 0], np.minimum(env.state, [0.5, 1.0]), atol=1e-12)
            steps += 1
        assert 80 < steps < 150


def test_starts_at_rest_in_the_valley():
    """Uniform in [-0.6, -0.4), as in Gymnasium, where both ends belong."""
    uniform = np.array([0.0, 0.25, 0.5, 1 - 2**-53])
    np.testing.assert_allclose(CAR.start(uniform), [[-0.6, -0.55, -0.5, -0.4], [0, 0, 0, 0]], atol=1e-15)


def test_coasting_in_the_valley_stays():
    state = np.array([[-np.pi / 6], [0.0]])
    after, _, _ = CAR.step(state, np.array([1]))
    np.testing.assert_allclose(after, state, atol=1e-15)
    assert state.tolist() == [[-np.pi / 6], [0.0]]


def test_the_slope_is_too_steep_from_rest():
    """Full throttle from the valley turns back before the top: that is the whole problem."""
    state = np.array([[-0.5], [0.0]])
    highest = -0.5
    for _ in range(500):
        state, _, terminated = CAR.step(state, np.array([2]))
        highest = max(highest, state[0, 0])
        assert not terminated
    assert highest == pytest.approx(-0.267, abs=0.001)
