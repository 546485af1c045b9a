"""Prediction as the book's boxes have it: one run, one table, one step after the other. Slow, and easy to believe.

Every function takes episodes of one run (lists of steps S_t, A_t, R_{t+1}, S_{t+1}), the first values as a list or a
NumPy array, and returns the values after each episode. Tests compare the package with them, benchmarks race them.
"""

from collections.abc import Sequence

import numpy as np

from rlcourse.tabular import Experience

Step = tuple[int, int, float, int]


def episodes_of(experience: Experience, run: int) -> list[list[Step]]:
    """The episodes of one run, cut where a terminal state was entered."""
    episodes: list[list[Step]] = [[]]
    columns = (experience.state, experience.action, experience.reward, experience.next_state)
    for s, a, r, s2 in zip(*(column[run].tolist() for column in columns), strict=True):
        if experience.terminal[s]:
            break
        episodes[-1].append((s, a, r, s2))
        if experience.terminal[s2]:
            episodes.append([])
    return episodes[:-1]


def returns_of(episode: Sequence[Step], discount: float) -> list[float]:
    """G_t for every step, by the sum of equation (3.8)."""
    rewards = [r for _, _, r, _ in episode]
    return [sum(discount**k * r for k, r in enumerate(rewards[t:])) for t in range(len(rewards))]


def monte_carlo(episodes, v, discount, alpha=None, every_visit=False):
    """Section 5.1: V(S_t) becomes the average of Returns(S_t), or moves by a constant alpha (equation 6.1)."""
    history, returns = [], {}
    for episode in episodes:
        visited = [s for s, _, _, _ in episode]
        for t, (s, g) in enumerate(zip(visited, returns_of(episode, discount), strict=True)):
            if not every_visit and s in visited[:t]:
                continue
            if alpha is None:
                returns.setdefault(s, []).append(g)
                v[s] = sum(returns[s]) / len(returns[s])
            else:
                v[s] += alpha * (g - v[s])
        history.append(v.copy())
    return history


def td_zero(episodes, v, discount, alpha):
    """The box "Tabular TD(0)" of section 6.1."""
    history = []
    for episode in episodes:
        for s, _, r, s2 in episode:
            v[s] += alpha * (r + discount * v[s2] - v[s])
        history.append(v.copy())
    return history


def n_step_td(episodes, v, discount, alpha, n):
    """The box "n-step TD" of section 7.1, with its clock: the update of S_tau is made at time tau + n - 1."""
    history = []
    for episode in episodes:
        state = [episode[0][0]] + [s2 for _, _, _, s2 in episode]
        reward = [None] + [r for _, _, r, _ in episode]
        end = len(episode)
        t = 0
        while True:
            tau = t - n + 1
            if tau >= 0:
                g = sum(discount ** (i - tau - 1) * reward[i] for i in range(tau + 1, min(tau + n, end) + 1))
                if tau + n < end:
                    g += discount**n * v[state[tau + n]]
                v[state[tau]] += alpha * (g - v[state[tau]])
            if tau == end - 1:
                break
            t += 1
        history.append(v.copy())
    return history


def td_lambda(episodes, v, discount, alpha, lam, trace):
    """Section 12.2 with one-hot features; the other traces as in its section 12.5."""
    history = []
    for episode in episodes:
        z = [0.0] * len(v)
        for s, _, r, s2 in episode:
            for x in range(len(v)):
                z[x] *= discount * lam
            z[s] = {"accumulating": z[s] + 1, "replacing": 1.0, "dutch": (1 - alpha) * z[s] + 1}[trace]
            delta = r + discount * v[s2] - v[s]
            for x in range(len(v)):
                v[x] += alpha * delta * z[x]
        history.append(v.copy())
    return history


def td_lambda_offline(episodes, v, discount, alpha, lam):
    """TD(lambda) with accumulating traces whose changes wait for the end of the episode."""
    history = []
    for episode in episodes:
        z, change = [0.0] * len(v), [0.0] * len(v)
        for s, _, r, s2 in episode:
            z = [discount * lam * old for old in z]
            z[s] += 1
            delta = r + discount * v[s2] - v[s]
            change = [c + alpha * delta * old for c, old in zip(change, z, strict=True)]
        for x in range(len(v)):
            v[x] += change[x]
        history.append(v.copy())
    return history


def lambda_target(episode, v_of, t, horizon, discount, lam):
    """G^lambda_{t:h}, the sum of equation (12.9) over all n-step returns up to the horizon h.

    v_of(k) are the values with which a return that ends at time k bootstraps.
    """
    end = len(episode)

    def n_step(n):
        g = sum(discount**i * episode[t + i][2] for i in range(n))
        return g + discount**n * (v_of(t + n)[episode[t + n - 1][3]] if t + n < end else 0.0)

    longest = horizon - t
    blend = (1 - lam) * sum(lam ** (n - 1) * n_step(n) for n in range(1, longest))
    return blend + lam ** (longest - 1) * n_step(longest)


def lambda_return(episodes, v, discount, alpha, lam, summed=False):
    """The off-line lambda-return algorithm, equation (12.4): targets from the values before the episode."""
    history = []
    for episode in episodes:
        before = v.copy()
        for t, (s, _, _, _) in enumerate(episode):
            g = lambda_target(episode, lambda k, before=before: before, t, len(episode), discount, lam)
            v[s] += alpha * (g - (before if summed else v)[s])
        history.append(v.copy())
    return history


def online_lambda_return(episodes, v, discount, alpha, lam):
    """The on-line lambda-return algorithm of section 12.4: at every step, redo the episode with all that is known."""
    history = []
    for episode in episodes:
        first, known = v.copy(), [v.copy()]  # known[k]: the values at time k, w_k of the pass with horizon k
        for horizon in range(1, len(episode) + 1):
            v = first.copy()
            for t in range(horizon):
                g = lambda_target(episode, lambda k, known=known: known[k - 1], t, horizon, discount, lam)
                s = episode[t][0]
                v[s] += alpha * (g - v[s])
            known.append(v.copy())
        history.append(v.copy())
    return history


def batch(episodes, v, discount, method, alpha=0.02, sweeps=4000):
    """Section 6.3: show all episodes again and again, each time adding up the changes, until the values settle."""
    for _ in range(sweeps):
        change = np.zeros(len(v))
        for episode in episodes:
            for (s, _, r, s2), g in zip(episode, returns_of(episode, discount), strict=True):
                change[s] += (r + discount * v[s2] if method == "td" else g) - v[s]
        v = v + alpha * change
    return v


def importance_sampling(episodes, v, discount, target, behaviour, weighted, every_visit):
    """Equations (5.5) and (5.6), with the sums written out."""
    history, numerator, weights, visits = [], np.zeros(len(v)), np.zeros(len(v)), np.zeros(len(v))
    for episode in episodes:
        visited = [s for s, _, _, _ in episode]
        for t, (s, g) in enumerate(zip(visited, returns_of(episode, discount), strict=True)):
            if not every_visit and s in visited[:t]:
                continue
            rho = 1.0
            for state, action, _, _ in episode[t:]:
                rho *= target[state, action] / behaviour[state, action]
            numerator[s] += rho * g
            weights[s] += rho
            visits[s] += 1
            if weighted and weights[s] > 0:
                v[s] = numerator[s] / weights[s]
            if not weighted:
                v[s] = numerator[s] / visits[s]
        history.append(v.copy())
    return history
