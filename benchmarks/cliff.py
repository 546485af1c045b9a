"""The cliff walk of Example 6.6, 500 episodes: all runs as one array program, beside plain loops over one run.

Three programs of the same three algorithms. Ours steps all runs together. The loop over NumPy tables is the textbook's
box as the tests have it (tests/tabular/textbook_control.py); the loop over Python lists is the fastest plain Python we
could write. All of them draw their random numbers as they go, the loops two for each step. A loop takes the same time
for every step, so it is timed on a few runs and scaled by the number of steps that our runs have taken.

Floor: a step of one run costs the same 40 to 70 NumPy calls as a step of a thousand, at half a microsecond each, so
that few runs are slower than a plain loop. At 1,000 runs the arrays are 8 KB long and each call moves them through the
cache once more. All runs go on until the last has played its episodes: with Sarsa, whose luck differs most, a quarter
of the work is done for runs that have finished.

    python benchmarks/cliff.py [--json benchmarks/results/cliff.json]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import sys
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from math import ceil
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the textbook's loops live with the tests

import numpy as np

from rlcourse import mdp, tabular
from rlcourse.mdp import FiniteMDP
from tests.tabular import textbook_control

EPISODES, ALPHA, EPSILON = 500, 0.5, 0.1
METHODS = ("sarsa", "q_learning", "expected_sarsa")
TABLE_RUNS, LIST_RUNS = 5, 20  # how many runs the loops are timed on
SCALES = (1, 10, 100, 1000, 10000)
Numbers = Iterator[list[float]]
Draw = Callable[[], float]


def ours(method: str, world: FiniteMDP, runs: int) -> tuple[float, int, float]:
    """Seconds, steps of all runs, and the mean return of the last 100 episodes."""
    begin = time.perf_counter()
    learned = getattr(tabular, method)(world, runs=runs, episodes=EPISODES, alpha=ALPHA, epsilon=EPSILON)
    seconds = time.perf_counter() - begin
    return seconds, int(learned.episode_length.sum()), float(learned.episode_return[:, -100:].mean())


def over_tables(method: str, world: FiniteMDP, given: Numbers) -> list[float]:
    """The textbook's loop over NumPy tables: the returns of one run's episodes."""
    q = np.zeros((world.num_states, world.num_actions))
    copy = textbook_control.World(world)
    return getattr(textbook_control, method)(copy, q, EPISODES, lambda k: ALPHA, lambda k: EPSILON, given)[1]


def over_lists(method: str, world: FiniteMDP, given: Numbers) -> list[float]:
    """The same over lists of floats, with what does not change in an episode taken out of the loop."""
    actions = range(world.num_actions)
    q = [[0.0] * world.num_actions for _ in range(world.num_states)]
    sums = np.cumsum(world.prob, axis=2).tolist()
    next_state, reward, terminal = world.next_state.tolist(), world.reward.tolist(), world.terminal.tolist()
    start, discount, returns = np.cumsum(world.start).tolist(), world.discount, []

    def choose(row: list[float], u: float) -> int:
        if u <= EPSILON:
            return ceil(u / EPSILON * len(row)) - 1
        best = max(row)
        ties = [a for a in actions if row[a] == best]
        return ties[ceil((u - EPSILON) / (1.0 - EPSILON) * len(ties)) - 1] if len(ties) > 1 else ties[0]

    u = next(given)
    for _ in range(EPISODES):
        s, total = bisect_left(start, u[1]), 0.0
        a = choose(q[s], u[3]) if method == "sarsa" else -1
        while not terminal[s]:
            u = next(given)
            if method != "sarsa":
                a = choose(q[s], u[2])
            k = bisect_left(sums[s][a], u[0])
            r, s2 = reward[s][a][k], next_state[s][a][k]
            row = q[s2]
            if method == "sarsa":
                a2 = choose(row, u[2])
                future = row[a2]
            elif method == "q_learning":
                a2, future = -1, max(row)
            else:
                a2, future = -1, EPSILON * sum(row) / len(row) + (1.0 - EPSILON) * max(row)
            q[s][a] += ALPHA * (r + discount * future - q[s][a])
            s, a, total = s2, a2, total + r
        returns.append(total)
    return returns


def seconds_a_step(loop: Callable[[str, FiniteMDP, Numbers], list[float]], method: str, draw: Draw, runs: int) -> float:
    """Mean seconds of a loop for one step, over some runs."""
    world, steps = mdp.cliff_walk(), 0

    def given() -> Numbers:
        nonlocal steps
        while True:
            steps += 1
            outcome = 1.0 - draw()
            yield [outcome, outcome, 1.0 - draw(), outcome]  # the start is certain: its number does not matter

    begin = time.perf_counter()
    for _ in range(runs):
        loop(method, world, given())
    return (time.perf_counter() - begin) / steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="where to write the table")
    target = parser.parse_args().json
    table = []
    head = ("method", "runs", "steps", "seconds", "ms/run", "tables s", "ratio", "lists s", "ratio")
    print("{:<15} {:>6} {:>10} {:>8} {:>8} {:>9} {:>7} {:>8} {:>7}".format(*head))
    for method in METHODS:
        step_of_tables = seconds_a_step(over_tables, method, np.random.default_rng(0).random, TABLE_RUNS)
        step_of_lists = seconds_a_step(over_lists, method, random.Random(0).random, LIST_RUNS)
        for runs in SCALES:
            seconds, steps, mean_return = ours(method, mdp.cliff_walk(), runs)
            tables_s, lists_s = steps * step_of_tables, steps * step_of_lists
            row = {"method": method, "runs": runs, "steps": steps, "seconds": seconds, "return": mean_return}
            row |= {"tables_s": tables_s, "tables_ratio": tables_s / seconds}
            row |= {"lists_s": lists_s, "lists_ratio": lists_s / seconds}
            table.append(row)
            each = f"{method:<15} {runs:6d} {steps:10d} {seconds:8.2f} {1e3 * seconds / runs:8.2f}"
            print(f"{each} {tables_s:9.1f} {tables_s / seconds:6.1f}x {lists_s:8.1f} {lists_s / seconds:6.2f}x")
    print(f"the loops: timed on {TABLE_RUNS} runs (NumPy tables) and {LIST_RUNS} runs (lists), scaled by steps")
    if target:
        machine = {"processor": platform.machine(), "cores": os.cpu_count(), "numpy": np.__version__}
        timed = {"tables_runs": TABLE_RUNS, "lists_runs": LIST_RUNS, "episodes": EPISODES}
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(".part")
        fresh.write_text(json.dumps({"machine": machine, "timed_on": timed, "table": table}, indent=1) + "\n")
        fresh.replace(target)


if __name__ == "__main__":
    main()
