"""What it costs the training of DQN on CartPole to be watched: a plain loop beside `live`, without and with films.

All three run in one Jupyter kernel, in turn, from the same seed, and train the same to the bit. The cell that waits is
`await run`, as in the notebooks; what is shown is sent, though no browser receives it. Counted is what happens between
the first step and the last, every picture in between included. Compared are seconds on the clock and seconds of the
processor. On a machine with other work both differ by tens of percent from run to run, which hides what is looked for;
hence the last columns: seconds of the processor that the training thread spent on showing, and the kernel's other
threads, each as a part of those that it spent on training.

Floor: nothing, where nothing is shown. By their pauses (rlcourse/notebook/training/reporter.py), numbers can take
0.5 % of the time, curves 1.2 % and films 2.0 %, 4 % in all where no pause is cut short. Also counted: how often the
chart got new points a second, and after how many seconds the first film came.

    python benchmarks/live_overhead.py [--rounds 5] [--steps 20000] [--json benchmarks/results/live_overhead.json]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from pathlib import Path
from statistics import median
from typing import Any

import nbformat
import torch
from nbclient import NotebookClient

from rlcourse.notebook.build.run import ThisInterpreter

PREPARE = """
import json, time
from rlcourse import envs, notebook
from rlcourse.deep.dqn import DQN, DQNConfig
notebook.setup()

def cart_pole(copies=1):
    return envs.make("rlcourse/CartPole-v1", num_envs=copies, seed=0)

def begin():
    learner, times = DQN(cart_pole(8), DQNConfig(), seed=0), []
    train = learner.train

    def timed(steps):
        items, showing = train(steps), 0.0
        start = time.perf_counter(), time.thread_time(), time.process_time()
        for metrics in items:
            left = time.thread_time()
            yield metrics
            showing += time.thread_time() - left
        end = time.perf_counter(), time.thread_time(), time.process_time()
        times.extend([b - a for a, b in zip(start, end)] + [showing])

    learner.train = timed
    return learner, times

def watched(run):
    counts = {"redraws": 0, "film": None, "began": time.perf_counter()}
    def redrawn(change):
        counts["redraws"] += 1
    def filmed(change):
        counts["film"] = counts["film"] or (time.perf_counter() - counts["began"] if change["new"] else None)
    run.chart.observe(redrawn, "points")
    run.film.observe(filmed, "frames")
    return counts

def report(learner, times, counts):
    weights = float(sum(p.detach().double().sum() for p in learner.network.parameters()))
    wall, thread, process, showing = times
    training = thread - showing
    print(json.dumps({"wall": wall, "cpu": process, "weights": weights,
                      "redraws": counts["redraws"] / wall, "first_film": counts["film"],
                      "showing": showing / training, "others": (process - thread) / training}))

options = dict(curves=("episode_return", "loss"), goal=475,
               sliders={"learning_rate": (1e-5, 1e-1, "log"), "double": True})
"""
QUIET = ["--IPKernelApp.log_level=ERROR"]  # it warns of plain-text loopback
PLAIN = """
counts, (learner, times) = {"redraws": 0, "film": None}, begin()
for metrics in learner.train(STEPS):
    pass
"""
LIVE = """
learner, times = begin()
run = notebook.live(learner, STEPS, **options%s)
counts = watched(run)
_ = await run
"""
KINDS = {
    "plain": PLAIN,
    "live": LIVE % "",
    "live, films": LIVE % ", video=cart_pole",
}


def measured(rounds: int, steps: int) -> list[dict[str, Any]]:
    """Wall and processor seconds of each kind in each round; each round begins with another kind."""
    order = [list(KINDS)[(number + place) % len(KINDS)] for number in range(rounds) for place in range(len(KINDS))]
    order = [*KINDS, *order]  # a first round to warm up
    sources = [f"{PREPARE}\nSTEPS = {steps}", *(f"{KINDS[kind]}\nreport(learner, times, counts)" for kind in order)]
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    found: list[dict[str, Any]] = []

    def note(cell: Any, cell_index: int, execute_reply: Any) -> None:
        if cell_index and execute_reply["content"]["status"] == "ok":
            (output,) = cell.outputs
            found.append({"kind": order[cell_index - 1], **json.loads(output.text)})
            each = "{wall:7.2f} s {cpu:7.2f} s of the processor {showing:7.2%} showing {others:7.2%} other threads"
            print(f"{order[cell_index - 1]:<12} " + each.format(**found[-1]), flush=True)

    options = {"kernel_manager_class": ThisInterpreter, "extra_arguments": QUIET, "on_cell_executed": note}
    NotebookClient(nb, timeout=600, **options).execute()
    if len({row["weights"] for row in found}) > 1:
        raise RuntimeError("a watched learner has learned something else")
    return found[len(KINDS) :]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--json", type=Path, help="where to write the table")
    given = parser.parse_args()
    rows = measured(given.rounds, given.steps)
    table = []
    heads = f"{'s':>7} {'ratio':>7} {'cpu s':>7} {'ratio':>7} {'showing':>8} {'others':>7}"
    print(f"\n{'median of':<12} {heads} {'redraws/s':>9} {'film at':>7}")
    for kind in KINDS:
        line: dict[str, Any] = {"kind": kind, "rounds": given.rounds, "steps": given.steps}
        own, plain = ([row for row in rows if row["kind"] == which] for which in (kind, "plain"))
        for what in ("wall", "cpu", "showing", "others", "redraws"):
            line[what] = median(row[what] for row in own)
        films = [row["first_film"] for row in own if row["first_film"] is not None]
        line["first_film"] = median(films) if films else None
        for what in ("wall", "cpu"):
            line[f"{what}_ratio"] = median(a[what] / b[what] for a, b in zip(own, plain, strict=True))
        table.append(line)
        each = "{wall:7.2f} {wall_ratio:7.3f} {cpu:7.2f} {cpu_ratio:7.3f} {showing:8.2%} {others:7.2%}"
        film = f"{line['first_film']:5.1f} s" if films else ""
        print(f"{kind:<12} " + each.format(**line) + f" {line['redraws']:9.1f} {film:>7}")
    if given.json:
        machine = {"processor": platform.machine(), "cores": os.cpu_count(), "torch": torch.__version__}
        given.json.parent.mkdir(parents=True, exist_ok=True)
        fresh = given.json.with_suffix(".part")
        fresh.write_text(json.dumps({"machine": machine, "table": table, "rows": rows}, indent=1) + "\n")
        fresh.replace(given.json)


if __name__ == "__main__":
    main()
