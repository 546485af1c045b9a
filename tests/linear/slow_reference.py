"""Linear methods as the book's boxes have them: one run, one step after the other. Slow, and easy to believe.

Episodes are lists of steps S_t, R_{t+1}, S_{t+1}; `x` is a function from states to feature vectors, 0 at the end.
"""

from math import floor

import numpy as np


def gradient_monte_carlo(episodes, x, w, discount, alpha):
    """The box on page 202; alpha is a function of the episode's number. Returns the weights after each episode."""
    history = []
    for k, episode in enumerate(episodes):
        for t, (s, _, _) in enumerate(episode):
            g = sum(discount**i * r for i, (_, r, _) in enumerate(episode[t:]))
            w = w + alpha(k) * (g - w @ x(s)) * x(s)
        history.append(w)
    return history


def semi_gradient_td(episodes, x, w, discount, alpha, n):
    """The box on page 209, with its clock: the update of S_tau is made at time tau + n - 1."""
    history = []
    for k, episode in enumerate(episodes):
        state = [s for s, _, _ in episode] + [episode[-1][2]]
        reward = [None] + [r for _, r, _ in episode]
        end, t = len(episode), 0
        while True:
            tau = t - n + 1
            if tau >= 0:
                g = sum(discount ** (i - tau - 1) * reward[i] for i in range(tau + 1, min(tau + n, end) + 1))
                if tau + n < end:
                    g += discount**n * (w @ x(state[tau + n]))
                w = w + alpha(k) * (g - w @ x(state[tau])) * x(state[tau])
            if tau == end - 1:
                break
            t += 1
        history.append(w)
    return history


def tiles_of(point, low, high, tiles, tilings):
    """The tile of each tiling as a tuple (tiling, tile in dimension 1, 2, ...), by where its displaced grid lies."""
    found = []
    for i in range(tilings):
        place = []
        for d, value in enumerate(point):
            width = (high[d] - low[d]) / tiles
            displaced = i * (2 * d + 1) / tilings  # in tile widths
            place.append(floor((value - low[d]) / width + displaced - floor(displaced)))
        found.append((i, *place))
    return found


def semi_gradient_sarsa(low, high, episodes, alpha, epsilon, uniform):
    """The box on page 244 on Mountain Car, with 8 tilings of 8 x 8 tiles; weights live in a dictionary.

    `uniform` yields a tick's numbers (start, explore, one for each action), as the package draws them for one run.
    Returns the weights and the number of steps of every episode.
    """
    weight, lengths = {}, []

    def q(state, action):
        return sum(weight.get((tile, action), 0.0) for tile in tiles_of(state, low, high, 8, 8))

    def choose(state, numbers):
        values = [q(state, a) for a in range(3)]
        best = [a for a in range(3) if numbers[1] < epsilon or values[a] == max(values)]
        return max(best, key=lambda a: numbers[2 + a])

    next(uniform)
    for _ in range(episodes):
        numbers = next(uniform)
        state = (0.2 * numbers[0] - 0.6, 0.0)
        action = choose(state, numbers)
        length = 0
        while True:
            length += 1
            numbers = next(uniform)
            velocity = state[1] + 0.001 * (action - 1) - 0.0025 * float(np.cos(3 * state[0]))
            velocity = min(max(velocity, -0.07), 0.07)
            position = min(max(state[0] + velocity, -1.2), 0.5)
            after = (position, 0.0 if position == -1.2 else velocity)
            over = position == 0.5
            following = None if over else choose(after, numbers)
            change = alpha * (-1.0 + (0.0 if over else q(after, following)) - q(state, action))
            for tile in tiles_of(state, low, high, 8, 8):
                weight[tile, action] = weight.get((tile, action), 0.0) + change
            if over:
                break
            state, action = after, following
        lengths.append(length)
    return weight, lengths
