"""The control methods as the book's boxes have them: one run, one step after the other, plain Python over NumPy tables.

Sutton & Barto, 2nd edition: the boxes of sections 5.3, 5.4, 6.4 to 6.7, 7.2, 7.5 and 12.7. Slow on purpose: they are
what `rlcourse.tabular` is tested against and timed against. Each takes `numbers`, an iterator over the rows of uniform
numbers in (0, 1] of the time steps of its run, see `rlcourse.tabular.control.interaction` (with rewards' noise
appended).

`q` is an array [S, A] with -inf where an action is unavailable; `alpha` and `epsilon` are functions of the episode
number. Each returns q, the returns of the episodes and their lengths.
"""

import math

import numpy as np

OUTCOME, START, ACTION, OWN = range(4)


class World:
    """A finite MDP to walk in, one copy, with an optional limit on the steps of an episode."""

    def __init__(self, mdp, limit=None):
        self.mdp, self.limit = mdp, limit
        self.start_sums, self.sums = np.cumsum(mdp.start), np.cumsum(mdp.prob, axis=2)
        self.returns, self.lengths = [], []

    def start(self, u):
        self.returns.append(0.0)
        self.lengths.append(0)
        return int(np.searchsorted(self.start_sums, u - 1e-12))

    def step(self, s, a, u):
        """Reward, next state, whether that is terminal, whether the episode stops."""
        k = np.searchsorted(self.sums[s, a], u[OUTCOME] - 1e-12)
        r, s2 = self.mdp.reward[s, a, k], self.mdp.next_state[s, a, k]
        if self.mdp.reward_std is not None:
            r = r + self.mdp.reward_std[s, a] * u[-1]
        self.returns[-1] += r
        self.lengths[-1] += 1
        terminal = self.mdp.terminal[s2]
        return r, s2, terminal, terminal or self.lengths[-1] == self.limit


def pick(candidates, share):
    return candidates[math.ceil(share * len(candidates)) - 1]


def greedy(q, s, u):
    return pick(np.flatnonzero(q[s] == q[s].max()), u)


def epsilon_greedy(q, s, epsilon, u):
    if u <= epsilon:
        return pick(np.flatnonzero(q[s] > -np.inf), u / epsilon)
    return greedy(q, s, (u - epsilon) / (1.0 - epsilon))


def policy(q, s, epsilon):
    """pi(. | s), [A]."""
    available, best = q[s] > -np.inf, q[s] == q[s].max()
    return epsilon * available / available.sum() + (1.0 - epsilon) * best / best.sum()


def expectation(q, s, epsilon):
    return sum(p * value for p, value in zip(policy(q, s, epsilon), q[s], strict=True) if p > 0)


def sarsa(world, q, episodes, alpha, epsilon, numbers):
    discount = world.mdp.discount
    u = next(numbers)
    for k in range(episodes):
        s = world.start(u[START])
        a = epsilon_greedy(q, s, epsilon(k), u[OWN])
        stops = False
        while not stops:
            u = next(numbers)
            r, s2, terminal, stops = world.step(s, a, u)
            if terminal:
                q[s, a] += alpha(k) * (r - q[s, a])
            else:
                a2 = epsilon_greedy(q, s2, epsilon(k), u[ACTION])
                q[s, a] += alpha(k) * (r + discount * q[s2, a2] - q[s, a])
                s, a = s2, a2
    return q, world.returns, world.lengths


def expected_sarsa(world, q, episodes, alpha, epsilon, numbers):
    discount = world.mdp.discount
    u = next(numbers)
    for k in range(episodes):
        s = world.start(u[START])
        stops = False
        while not stops:
            u = next(numbers)
            a = epsilon_greedy(q, s, epsilon(k), u[ACTION])
            r, s2, terminal, stops = world.step(s, a, u)
            future = 0.0 if terminal else expectation(q, s2, epsilon(k))
            q[s, a] += alpha(k) * (r + discount * future - q[s, a])
            s = s2
    return q, world.returns, world.lengths


def q_learning(world, q, episodes, alpha, epsilon, numbers):
    discount = world.mdp.discount
    u = next(numbers)
    for k in range(episodes):
        s = world.start(u[START])
        stops = False
        while not stops:
            u = next(numbers)
            a = epsilon_greedy(q, s, epsilon(k), u[ACTION])
            r, s2, _, stops = world.step(s, a, u)
            q[s, a] += alpha(k) * (r + discount * q[s2].max() - q[s, a])  # q(terminal, .) = 0, as the box asks
            s = s2
    return q, world.returns, world.lengths


def double_q_learning(world, q, episodes, alpha, epsilon, numbers):
    discount = world.mdp.discount
    q1, q2 = q, q.copy()
    u = next(numbers)
    for k in range(episodes):
        s = world.start(u[START])
        stops = False
        while not stops:
            u = next(numbers)
            a = epsilon_greedy(q1 + q2, s, epsilon(k), u[ACTION])
            r, s2, _, stops = world.step(s, a, u)
            if u[OWN] <= 0.5:
                best = greedy(q1, s2, u[OWN + 1])
                q1[s, a] += alpha(k) * (r + discount * q2[s2, best] - q1[s, a])
            else:
                best = greedy(q2, s2, u[OWN + 1])
                q2[s, a] += alpha(k) * (r + discount * q1[s2, best] - q2[s, a])
            s = s2
    return (q1 + q2) / 2, world.returns, world.lengths


def n_step_sarsa(world, q, episodes, alpha, epsilon, numbers, n):
    discount = world.mdp.discount
    u = next(numbers)
    for k in range(episodes):
        states, rewards = [world.start(u[START])], [None]
        actions = [epsilon_greedy(q, states[0], epsilon(k), u[OWN])]
        t, end = 0, math.inf
        while True:
            if t < end:
                u = next(numbers)
                r, s2, terminal, stops = world.step(states[t], actions[t], u)
                states.append(s2)
                rewards.append(r)
                if stops:
                    end = t + 1
                if not terminal:
                    actions.append(epsilon_greedy(q, s2, epsilon(k), u[ACTION]))
            tau = t - n + 1
            if tau >= 0:
                last = min(tau + n, end)
                g = sum(discount ** (i - tau - 1) * rewards[i] for i in range(tau + 1, last + 1))
                if last < end or not terminal:  # what is cut still has a future
                    g += discount ** (last - tau) * q[states[last], actions[last]]
                q[states[tau], actions[tau]] += alpha(k) * (g - q[states[tau], actions[tau]])
            if tau == end - 1:
                break
            t += 1
    return q, world.returns, world.lengths


def tree_backup(world, q, episodes, alpha, epsilon, numbers, n):
    """The box, but A_{t+1} is drawn after the update of time t, as `rlcourse.tabular.tree_backup` says."""
    discount = world.mdp.discount
    u = next(numbers)
    for k in range(episodes):
        states, actions, rewards = [world.start(u[START])], [], [None]
        t, end = 0, math.inf
        while True:
            if t < end:
                u = next(numbers)
                actions.append(epsilon_greedy(q, states[t], epsilon(k), u[ACTION]))
                r, s2, terminal, stops = world.step(states[t], actions[t], u)
                states.append(s2)
                rewards.append(r)
                if stops:
                    end = t + 1
            tau = t - n + 1
            if tau >= 0:
                if t + 1 >= end and terminal:
                    g = rewards[end]
                else:
                    last = min(t + 1, end)
                    g = rewards[last] + discount * expectation(q, states[last], epsilon(k))
                for i in range(min(t, end - 1), tau, -1):
                    pi = policy(q, states[i], epsilon(k))
                    others = sum(pi[b] * q[states[i], b] for b in range(len(pi)) if b != actions[i] and pi[b] > 0)
                    g = rewards[i] + discount * others + discount * pi[actions[i]] * g
                q[states[tau], actions[tau]] += alpha(k) * (g - q[states[tau], actions[tau]])
            if tau == end - 1:
                break
            t += 1
    return q, world.returns, world.lengths


def touch(z, s, a, trace, alpha):
    if trace == "accumulating":
        z[s, a] += 1
    elif trace == "replacing":
        z[s, a] = 1
    else:
        z[s, a] += 1 - alpha * z[s, a]


def sarsa_lambda(world, q, episodes, alpha, epsilon, numbers, lam, trace):
    discount = world.mdp.discount
    u = next(numbers)
    for k in range(episodes):
        z = np.zeros(q.shape)
        s = world.start(u[START])
        a = epsilon_greedy(q, s, epsilon(k), u[OWN])
        stops = False
        while not stops:
            u = next(numbers)
            r, s2, terminal, stops = world.step(s, a, u)
            error = r - q[s, a]
            touch(z, s, a, trace, alpha(k))
            if not terminal:
                a2 = epsilon_greedy(q, s2, epsilon(k), u[ACTION])
                error += discount * q[s2, a2]
                s, a = s2, a2
            q += alpha(k) * error * z
            z *= discount * lam
    return q, world.returns, world.lengths


def watkins_q_lambda(world, q, episodes, alpha, epsilon, numbers, lam, trace):
    discount = world.mdp.discount
    u = next(numbers)
    for k in range(episodes):
        z = np.zeros(q.shape)
        s = world.start(u[START])
        stops = False
        while not stops:
            u = next(numbers)
            a = epsilon_greedy(q, s, epsilon(k), u[ACTION])
            if q[s, a] == q[s].max():
                z *= discount * lam
            else:
                z[:] = 0
            r, s2, _, stops = world.step(s, a, u)
            error = r + discount * q[s2].max() - q[s, a]
            touch(z, s, a, trace, alpha(k))
            q += alpha(k) * error * z
            s = s2
    return q, world.returns, world.lengths


def monte_carlo_control(world, q, episodes, alpha, epsilon, numbers, exploring_starts=False):
    """Both boxes; alpha None: sample averages. With exploring starts every pair is as likely to be the first."""
    mdp = world.mdp
    returns_of = {}
    u = next(numbers)
    for k in range(episodes):
        s = world.start(u[START])
        steps = []
        stops = False
        while not stops:
            u = next(numbers)
            a = epsilon_greedy(q, s, 1.0 if exploring_starts and not steps else epsilon(k), u[ACTION])
            r, s2, terminal, stops = world.step(s, a, u)
            steps.append((s, a, r))
            s = s2
        g = 0.0 if terminal else expectation(q, s, epsilon(k))
        before, news = [(s, a) for s, a, _ in steps], []
        for t in range(len(steps) - 1, -1, -1):
            s, a, r = steps[t]
            g = r + mdp.discount * g
            if (s, a) not in before[:t]:
                news.append((s, a, g))
        for s, a, g in news:
            if alpha is None:
                returns_of.setdefault((s, a), []).append(g)
                q[s, a] = np.mean(returns_of[s, a])
            else:
                q[s, a] += alpha(k) * (g - q[s, a])
    return q, world.returns, world.lengths
