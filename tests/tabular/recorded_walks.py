"""Experience for the tests: random MDPs with several ways to end, and the textbook's walks."""

import numpy as np
from hypothesis import strategies as st

from rlcourse import tabular
from rlcourse.mdp import FiniteMDP, random_walk
from rlcourse.tabular import Experience, sample_episodes
from tests.mdp.random_mdps import generators, random_policy


def ending_mdp(rng: np.random.Generator, discount: float) -> FiniteMDP:
    """Three to six states of which one to three are terminal, anywhere; every action may end; rewards repeat or not."""
    states, actions, outcomes = int(rng.integers(3, 7)), int(rng.integers(1, 4)), int(rng.integers(2, 5))
    terminal = np.zeros(states, dtype=bool)
    terminal[rng.choice(states, size=int(rng.integers(1, min(4, states))), replace=False)] = True
    prob = rng.dirichlet(np.ones(outcomes), size=(states, actions))
    next_state = rng.integers(states, size=prob.shape)
    next_state[..., 0] = rng.choice(np.flatnonzero(terminal), size=prob.shape[:2])
    prob = 0.85 * prob
    prob[..., 0] += 0.15
    reward = rng.normal(size=prob.shape).round(2)
    prob[terminal], reward[terminal] = np.eye(outcomes)[0], 0.0
    next_state[terminal] = np.flatnonzero(terminal)[:, None, None]
    start = rng.dirichlet(np.ones((~terminal).sum()))
    weight = np.zeros(states)
    weight[~terminal] = start
    return FiniteMDP(
        prob=prob, next_state=next_state, reward=reward, discount=discount, terminal=terminal, start=weight,
        reward_std=rng.random((states, actions)) * ~terminal[:, None],
    )  # fmt: skip


@st.composite
def recordings(
    draw: st.DrawFn, runs: int = 3, episodes: int = 4
) -> tuple[FiniteMDP, np.ndarray, Experience, np.ndarray]:
    """An MDP, a policy, what happened to it, and first values [S] (0 in terminal states)."""
    rng = draw(generators())
    mdp = ending_mdp(rng, draw(st.sampled_from((0.0, 0.5, 0.9, 1.0))))
    policy = random_policy(mdp, rng)
    experience = sample_episodes(mdp, policy, runs=runs, episodes=episodes, seed=int(rng.integers(2**31)))
    return mdp, policy, experience, rng.normal(size=mdp.num_states) * ~mdp.terminal


def walks(n: int, runs: int, episodes: int, seed: int = 0) -> tuple[Experience, np.ndarray]:
    """Example 6.2 (n=5) or 7.1 (n=19), and the true values."""
    mdp = random_walk(n) if n == 5 else random_walk(n, -1.0, 1.0)
    policy = tabular.uniform_policy(mdp)
    experience = sample_episodes(mdp, policy, runs=runs, episodes=episodes, seed=seed)
    return experience, tabular.evaluate_policy_exactly(mdp, policy)


def rms_from(true: np.ndarray):
    """The root of the mean squared error over the non-terminal states of a walk, as a function of values [..., S]."""
    return lambda value: np.sqrt(((value[..., 1:-1] - true[1:-1]) ** 2).mean(axis=-1))
