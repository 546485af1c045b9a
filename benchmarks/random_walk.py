"""Prediction on random walks: all runs and settings at once, beside the textbook's loop over one step of one run.

Example 7.1 whole (19 states, 10 n x 20 step sizes, 10 episodes, 100 walks), and TD(0) and Monte Carlo on the walks of
5 and 19 states as the number of runs grows. Both sides walk through the same FiniteMDP by inverse-CDF sampling, learn,
and take the RMS error after each episode; each draws its own walks, so the numbers of steps differ by a few percent.
The loops hold all tables (of the world and of the values) as NumPy arrays, or as nested Python lists. Times are the
processor's (everything runs on one core, so what else the machine does is left out), the best of several.

Floor: a step reads the rows of two states and writes one, 8 bytes a setting each. Example 7.1 makes 100,000 steps of
200 settings: 0.5 GB, some 0.05 s at 10 GB/s out of the cache (the tables are 3.4 MB). On top come 9 calls of NumPy for
each of the about 1,800 steps of the longest run. With one setting the calls are all there is: some 20 a step (walking,
learning, recording; 1 microsecond each and more) whatever the number of runs, so that one run loses and 1,000 gain.

    python benchmarks/random_walk.py [--json benchmarks/results/random_walk.json]
"""

from __future__ import annotations

import argparse
import bisect
import json
import math
import os
import platform
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the naive loops live with the tests

import numpy as np

from rlcourse import mdp, tabular
from tests.tabular import textbook_prediction as textbook

N, ALPHA = 2 ** np.arange(10), np.arange(1, 21) / 20
EPISODES = {5: 100, 19: 10}  # as in Examples 6.2 and 7.1
METHODS = ("TD(0)", "Monte Carlo")


def ours(states: int, runs: int, method: str) -> float:
    """Seconds for the walks and the mean RMS error after each episode."""
    begin = time.process_time()
    walk, true = world(states)
    experience = tabular.sample_episodes(walk, tabular.uniform_policy(walk), runs=runs, episodes=EPISODES[states])
    if method == "TD(0)":
        error = tabular.td_prediction(experience, alpha=0.1, record=rms_from(true))
    else:
        error = tabular.monte_carlo_prediction(experience, alpha=0.02, every_visit=True, record=rms_from(true))
    error.mean(axis=0)
    return time.process_time() - begin


def naive(states: int, runs: int, method: str, lists: bool) -> float:
    """The same, run by run and step by step; tables are lists of floats or NumPy arrays."""
    begin = time.process_time()
    walk, true = world(states)
    true_list = true[1:-1].tolist()
    one_walk = walker_over_lists(walk) if lists else walker_over_arrays(walk)
    for _ in range(runs):
        episodes = [one_walk() for _ in range(EPISODES[states])]
        table = [0.0] * (states + 2) if lists else np.zeros(states + 2)
        if method == "TD(0)":
            history = textbook.td_zero(episodes, table, 1.0, 0.1)
        else:
            history = constant_alpha_monte_carlo(episodes, table, 0.02)
        for value in history:
            if lists:
                math.sqrt(sum((v - w) ** 2 for v, w in zip(value[1:-1], true_list, strict=True)) / states)
            else:
                np.sqrt(((value[1:-1] - true[1:-1]) ** 2).mean())
    return time.process_time() - begin


def walker_over_arrays(walk: mdp.FiniteMDP) -> Callable[[], list[textbook.Step]]:
    """A function that walks one episode; there is one action, so only its outcome is drawn."""
    rng, cumulative, start = np.random.default_rng(0), walk.prob.cumsum(axis=2), walk.start.cumsum()

    def one_walk() -> list[textbook.Step]:
        s, episode = np.searchsorted(start, rng.random(), side="right"), []
        while not walk.terminal[s]:
            k = np.searchsorted(cumulative[s, 0], rng.random(), side="right")
            s2, r = walk.next_state[s, 0, k], walk.reward[s, 0, k]
            episode.append((s, 0, r, s2))
            s = s2
        return episode

    return one_walk


def walker_over_lists(walk: mdp.FiniteMDP) -> Callable[[], list[textbook.Step]]:
    """The same with Python's own lists, bisection and random numbers."""
    rng, cumulative, start = random.Random(0), walk.prob.cumsum(axis=2).tolist(), walk.start.cumsum().tolist()
    next_state, reward, terminal = walk.next_state.tolist(), walk.reward.tolist(), walk.terminal.tolist()

    def one_walk() -> list[textbook.Step]:
        s, episode = bisect.bisect_right(start, rng.random()), []
        while not terminal[s]:
            k = bisect.bisect_right(cumulative[s][0], rng.random())
            s2, r = next_state[s][0][k], reward[s][0][k]
            episode.append((s, 0, r, s2))
            s = s2
        return episode

    return one_walk


def constant_alpha_monte_carlo(episodes, v, alpha):
    """Equation (6.1), with returns added up backwards (the definition's double sum would be too easy to beat)."""
    history = []
    for episode in episodes:
        g, returns = 0.0, []
        for _, _, r, _ in reversed(episode):
            g = r + g
            returns.append(g)
        for (s, _, _, _), g in zip(episode, reversed(returns), strict=True):
            v[s] += alpha * (g - v[s])
        history.append(v.copy())
    return history


def example_7_1() -> tuple[float, np.ndarray]:
    """Seconds for all of it, and the error [n, alpha] averaged over walks and episodes."""
    begin = time.process_time()
    walk, true = world(19)
    experience = tabular.sample_episodes(walk, tabular.uniform_policy(walk), runs=100, episodes=10)
    error = tabular.n_step_td(experience, n=N[:, None], alpha=ALPHA, record=rms_from(true))
    return time.process_time() - begin, error.mean(axis=(0, 1))


def naive_example_7_1(lists: bool) -> float:
    """Seconds of the book's box for one walk and two step sizes of every n, scaled up to all walks and step sizes."""
    one_walk = walker_over_lists(world(19)[0])
    episodes = [one_walk() for _ in range(10)]
    begin = time.process_time()
    for n in N.tolist():
        for alpha in (0.1, 0.4):
            textbook.n_step_td(episodes, [0.0] * 21 if lists else np.zeros(21), 1.0, alpha, n)
    return (time.process_time() - begin) * 100 * len(ALPHA) / 2


def world(states: int) -> tuple[mdp.FiniteMDP, np.ndarray]:
    walk = mdp.random_walk(states) if states == 5 else mdp.random_walk(states, -1.0, 1.0)
    return walk, tabular.evaluate_policy_exactly(walk, tabular.uniform_policy(walk))


def rms_from(true: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    return lambda value: np.sqrt(((value[..., 1:-1] - true[1:-1]) ** 2).mean(axis=-1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="where to write the table")
    target = parser.parse_args().json
    table = []
    head = f"{'NumPy loop':>11} {'ratio':>6} {'list loop':>10} {'ratio':>6}"
    print(f"{'experiment':22} {'runs':>6} {'seconds':>8} {head}")

    def line(experiment: str, runs: int, seconds: float, arrays: float, lists: float) -> None:
        table.append({
            "experiment": experiment, "runs": runs, "seconds": seconds,
            "numpy_loop_s": arrays, "numpy_ratio": arrays / seconds,
            "list_loop_s": lists, "list_ratio": lists / seconds,
        })  # fmt: skip
        of_loops = f"{arrays:11.3f} {arrays / seconds:5.1f}x {lists:10.3f} {lists / seconds:5.1f}x"
        print(f"{experiment:22} {runs:6d} {seconds:8.4f} {of_loops}", flush=True)

    for states, method in [(5, "TD(0)"), (5, "Monte Carlo"), (19, "TD(0)"), (19, "Monte Carlo")]:
        for runs in (1, 100, 1000):
            seconds = min(ours(states, runs, method) for _ in range(10))
            loops = [
                min(naive(states, runs, method, lists) for _ in range(1 if runs == 1000 else 5))
                for lists in (False, True)
            ]
            line(f"{method}, {states} states", runs, seconds, *loops)
    seconds = min(example_7_1()[0] for _ in range(5))
    line("Example 7.1 (scaled)", 100, seconds, naive_example_7_1(False), naive_example_7_1(True))
    error = example_7_1()[1]
    n, alpha = np.unravel_index(error.argmin(), error.shape)
    print(f"best: n = {N[n]}, alpha = {ALPHA[alpha]:.2f}, RMS error {error.min():.3f}")
    if target:
        machine = {"processor": platform.machine(), "cores": os.cpu_count(), "numpy": np.__version__}
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(".part")
        fresh.write_text(json.dumps({"machine": machine, "table": table}, indent=1) + "\n")
        fresh.replace(target)


if __name__ == "__main__":
    main()
