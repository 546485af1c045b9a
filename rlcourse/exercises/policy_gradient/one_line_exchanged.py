"""The loop of exercise 4.10 in which any line can be exchanged: most mistakes are in a single one."""

from types import SimpleNamespace

import numpy as np

from rlcourse.exercises.format import Floats


def softmax(logits: Floats) -> Floats:
    """Probabilities from the logits of one state."""
    weight = np.exp(logits - logits.max())
    return weight / weight.sum()


def one_hot(action: int, pi: Floats) -> Floats:
    """1 at the action, 0 elsewhere."""
    return np.eye(len(pi))[action]


def td_error(x):
    """δ = R + γ v(s') - v(s), without v(s') at the end."""
    return x.r + x.discount * x.v[x.s2] * (not x.end) - x.v[x.s]


def learn(
    env,
    draw,
    episodes,
    alpha_actor,
    alpha_critic,
    discount,
    *,
    start=lambda x: None,
    policy=lambda x: softmax(x.theta[x.s]),
    error=td_error,
    critic=lambda x: x.delta,
    critic_state=lambda x: x.s,
    actor=lambda x: x.delta * x.score,
    actor_state=lambda x: x.s,
    moves=True,
):
    """The loop of the exercise; `critic` and `actor` are what their step sizes are multiplied with."""
    x = SimpleNamespace(draw=draw, discount=discount)
    x.theta, x.v = np.zeros((env.num_states, env.num_actions)), np.zeros(env.num_states)
    for _ in range(episodes):
        start(x)
        x.s, x.end, x.t = env.reset(), False, 0
        while not x.end:
            x.pi = policy(x)
            x.a = draw(x.pi)
            x.taken = one_hot(x.a, x.pi)
            x.score = x.taken - x.pi
            x.s2, x.r, x.end = env.step(x.a)
            x.delta = error(x)
            x.v[critic_state(x)] += alpha_critic * critic(x)
            x.theta[actor_state(x)] += alpha_actor * actor(x)
            x.s, x.t = x.s2 if moves else x.s, x.t + 1
    return x.theta, x.v
