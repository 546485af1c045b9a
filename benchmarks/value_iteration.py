"""Value iteration on slippery square grids, beside dense iteration as pymdptoolbox does it.

Floor: a sweep reads the transition's non-zero entries once. With 3 outcomes an action that is 12 S entries of 12 bytes
(value and index), against 4 S^2 entries of 8 bytes when the matrices are full: a ratio of S * 32 / 144 in bytes.

    python benchmarks/value_iteration.py [--json benchmarks/results/value_iteration.json]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
import tracemalloc
from pathlib import Path

import numpy as np

from rlcourse import mdp, tabular
from rlcourse.mdp import FiniteMDP

DENSE_SWEEPS = 5


def slippery_grid(side: int) -> FiniteMDP:
    """An open side x side grid, start and goal in opposite corners, one move in five goes sideways."""
    rows = [["."] * side for _ in range(side)]
    rows[0][0], rows[-1][-1] = "S", "G"
    return mdp.grid_world(["".join(row) for row in rows], discount=0.99, slip=0.2, living_reward=-1.0)


def ours(world: FiniteMDP) -> tuple[int, float]:
    """Sweeps until the largest change is below 1e-8, and seconds, matrix assembly included."""
    begin = time.perf_counter()
    count = sum(1 for _ in tabular.value_iteration(world, tolerance=1e-8))
    return count, time.perf_counter() - begin


def dense_seconds_per_sweep(world: FiniteMDP) -> float:
    """One full [S, S] matrix for each action, q[a] = r[a] + discount * P[a] v: pymdptoolbox's inner loop."""
    full = [world.transition[a :: world.num_actions].toarray() for a in range(world.num_actions)]
    reward, value = world.expected_reward.T, np.zeros(world.num_states)
    begin = time.perf_counter()
    for _ in range(DENSE_SWEEPS):
        value = np.max([reward[a] + world.discount * full[a].dot(value) for a in range(len(full))], axis=0)
    return (time.perf_counter() - begin) / DENSE_SWEEPS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="where to write the table")
    target = parser.parse_args().json
    table = []
    print(f"{'states':>7} {'sweeps':>7} {'seconds':>8} {'peak MB':>8} {'ms/sweep':>9} {'dense ms':>9} {'ratio':>7}")
    for side in (10, 25, 50, 100):
        tracemalloc.start()
        world = slippery_grid(side)
        ours(world)
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        world = slippery_grid(side)  # a fresh one: the first solve has left its matrix cached
        sweeps, seconds = ours(world)
        dense = dense_seconds_per_sweep(world)
        ratio = dense / (seconds / sweeps)
        table.append(
            {"states": side**2, "sweeps": sweeps, "seconds": seconds, "peak_mb": peak, "dense_s": dense, "ratio": ratio}
        )
        each = f"{1e3 * seconds / sweeps:9.3f} {1e3 * dense:9.2f} {ratio:6.0f}x"
        print(f"{side**2:7d} {sweeps:7d} {seconds:8.3f} {peak:8.1f} {each}")
    if target:
        machine = {"processor": platform.machine(), "cores": os.cpu_count(), "numpy": np.__version__}
        fresh = target.with_suffix(".part")
        fresh.write_text(json.dumps({"machine": machine, "table": table}, indent=1) + "\n")
        fresh.replace(target)


if __name__ == "__main__":
    main()
