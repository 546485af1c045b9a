"""Semi-gradient Sarsa: control where states are described by tiles, so that no two need ever be the same.

    q(s, a, w) = sum of w[a, i] over the tiles i in which s lies
    w <- w + alpha * [ R + discount * q(S', A', w) - q(S, A, w) ] * gradient of q(S, A, w)

The gradient is 1 at the tiles of S for action A, and 0 elsewhere. "Semi": the target depends on w too, and that is
ignored. With n tilings alpha = 1/n would move q(S, A) all the way to its target, so one writes step sizes as 0.5/8.
Source: Sutton & Barto, 2nd edition, section 10.1, equation (10.2) and the box on page 244.

All runs are walked side by side, each in an episode of its own. A run whose episode is over spends one tick on entering
the next: its "next state" is then the start, and nothing is learned. So every action, the first one of an episode too,
is chosen with the weights as they are at that moment, as in the box.

Every tick draws uniform numbers in [0, 1), [2 + actions, runs], needed or not: row START for the state in which the
next episode begins, EXPLORE for whether to explore, and from CHOICE on one for each action, the largest of which breaks
ties. So a plain loop fed with one run's column must walk the same way. The first tick only enters the first episodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from rlcourse.linear.tile_coding import TileCoder
from rlcourse.linear.weights import DIVERGED
from rlcourse.mdp.arguments import for_each_run, fractions, whole
from rlcourse.mdp.arrays import Bools, Floats, Ints

START, EXPLORE, CHOICE = range(3)
BLOCK = 64  # ticks whose random numbers are drawn at once
STEP_LIMIT = 100_000  # an episode of this length will hardly end
CHECK_EVERY = 64  # ticks between two checks for endless episodes and weights that diverge


class World(Protocol):
    """What control needs of a world, as `TextbookMountainCar` has it; states are columns [D, m]."""

    @property
    def num_actions(self) -> int: ...
    @property
    def discount(self) -> float: ...
    def start(self, uniform: Floats) -> Floats: ...
    def step(self, state: Floats, action: Ints) -> tuple[Floats, Floats, Bools]: ...


@dataclass(frozen=True, eq=False)
class Controlled:
    """What `runs` independent runs have learned, and how it went."""

    weights: Floats  # [runs, actions, features]
    episode_length: Ints  # [runs, episodes] in steps
    episode_return: Floats  # [runs, episodes] sum of the rewards, not discounted


def semi_gradient_sarsa(
    world: World,
    coder: TileCoder,
    *,
    runs: int,
    episodes: int,
    alpha: npt.ArrayLike = 0.5 / 8,
    epsilon: npt.ArrayLike = 0.0,
    seed: int = 0,
) -> Controlled:
    """Learn by episodic semi-gradient Sarsa in `runs` independent runs, from weights 0.

    `alpha` in (0, 1] and `epsilon` in [0, 1] are numbers or one for each run, so a sweep is just more runs. Ties are
    broken at random. Where every step costs, values of 0 are optimistic, which explores enough with epsilon 0.
    Raises ValueError for settings out of range or a world that does not fit the coder, RuntimeError for weights that
    diverge or an episode that does not end.
    """
    runs, episodes = whole("runs", runs), whole("episodes", episodes)
    step_size = for_each_run("alpha", fractions("alpha", alpha, zero=False), runs)
    explore = for_each_run("epsilon", fractions("epsilon", epsilon), runs)
    actions, run = world.num_actions, np.arange(runs)
    # The weights of a tile stand side by side for all actions, so that one read finds them; rows of 4 (or 8, ...)
    # numbers are read nearly twice as fast as rows of 3.
    width = 1 << (actions - 1).bit_length()
    weights = np.zeros((runs, coder.num_features, width))
    table, weight = weights.reshape(-1, width), weights.reshape(-1)
    first = run * coder.num_features  # the row of each run's tile 0
    numbers = _numbers(seed, actions, runs)
    state, action = world.start(next(numbers)[START]), np.zeros(runs, dtype=np.int64)
    if state.shape != (coder.low.size, runs):
        fits = f"[{coder.low.size}, {runs}]"
        raise ValueError(f"the world starts in states {state.shape}; expected {fits}, to fit the coder")
    tiles = np.tile(first, (coder.tilings, 1))  # the rows of the state's tiles, [tilings, runs]
    entering = run  # the runs that are about to begin an episode
    episode, length, total = np.zeros(runs, dtype=np.int64), np.zeros(runs, dtype=np.int64), np.zeros(runs)
    episode_length, episode_return = np.zeros((runs, episodes), dtype=np.int64), np.zeros((runs, episodes))
    tick, left = 0, runs * episodes
    while left:
        uniform = next(numbers)
        next_state, reward, over = world.step(state, action)
        next_state[:, entering] = world.start(uniform[START, entering])
        next_tiles = coder.active(next_state) + first
        q = np.ascontiguousarray(table.take(next_tiles, axis=0).sum(axis=0)[:, :actions].T)  # [actions, runs]
        next_action = _choose(q, explore, uniform)
        later = q[next_action, run]
        later[over] = 0.0
        here = tiles * width + action  # the weights of the tiles for the action taken, [tilings, runs]
        old = weight.take(here)
        change = step_size * (reward + world.discount * later - old.sum(axis=0))
        change[entering] = 0.0
        weight[here] = old + change

        length += 1
        total += reward
        length[entering], total[entering], over[entering] = 0, 0.0, False
        entering = np.flatnonzero(over)
        if entering.size:
            ended = entering[episode[entering] < episodes]
            episode_length[ended, episode[ended]], episode_return[ended, episode[ended]] = length[ended], total[ended]
            episode[ended] += 1
            step_size = np.where(episode < episodes, step_size, 0.0)  # a run that has played all keeps walking
            left -= ended.size
        state, tiles, action = next_state, next_tiles, next_action
        tick += 1
        if tick % CHECK_EVERY == 0:
            _check(change, np.where(episode < episodes, length, 0))
    return Controlled(weights[:, :, :actions].transpose(0, 2, 1).copy(), episode_length, episode_return)


def cost_to_go(coder: TileCoder, weights: Floats, points: npt.ArrayLike) -> Floats:
    """What is still to be paid, -max_a q(s, a, w), at points [N, D] for weights [..., actions, features], [..., N].

    The surface of figure 10.1. Raises ValueError where the points or the weights do not fit the coder.
    """
    if weights.shape[-1] != coder.num_features:
        raise ValueError(f"weights have shape {weights.shape}; expected [..., actions, {coder.num_features} features]")
    return -weights[..., coder(points)].sum(axis=-1).max(axis=-2)


def _choose(q: Floats, epsilon: Floats, uniform: Floats) -> Ints:
    """Epsilon-greedy actions [m] for values [A, m]; of several candidates the one with the largest number is taken."""
    candidates = (q == q.max(axis=0)) | (uniform[EXPLORE] < epsilon)
    return np.asarray(np.where(candidates, uniform[CHOICE:], -1.0).argmax(axis=0))


def _numbers(seed: int, actions: int, runs: int) -> Iterator[Floats]:
    """Tick by tick, uniform numbers in [0, 1), [2 + actions, runs]."""
    rng = np.random.default_rng(seed)
    while True:
        yield from rng.random((BLOCK, CHOICE + actions, runs))


def _check(error: Floats, length: Ints) -> None:
    if not np.abs(error).max() < DIVERGED:
        raise RuntimeError("the weights diverge; use a smaller step size alpha, at most 1 / tilings")
    if length.max() >= STEP_LIMIT:
        raise RuntimeError(
            f"run {int(np.argmax(length))} is still in the same episode after {STEP_LIMIT} steps; use a larger epsilon"
        )
