"""One update of a small DQN from a million transitions: uniform replay, and prioritised replay on trees of all shapes.

A whole update: sample, loss and Adam on an MLP 4-120-84-2, new priorities. "Replay" is the part of it that is not the
network's: sample and new priorities; "add" is one vector step of 8 copies. A tree is named by its children a node and
by the most nodes of its top level, which is searched as one row: 2/2 is the binary tree of the paper, 64/16384 what
PrioritisedReplay uses. Everything runs on one core; times are the processor's, the least of several blocks of updates
that take turns. The ratio is that of whole updates to those with a uniform replay.

Floor: a draw from 64/16384 reads the top level (125 kB) and 64 leaves (512 bytes) a transition, the new priorities the
same leaves again: 0.2 MB for a batch of 64, 20 microseconds at 10 GB/s. The rest are calls of torch, 1 to 3 us
each, some 40 more than for a uniform sample.

    python benchmarks/replay.py [--json benchmarks/results/replay.json]
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from torch import nn
from torch.nn import functional

from rlcourse.deep.replay import TICKETS, PrioritisedReplay, Replay
from rlcourse.deep.sum_tree import SumTree

CAPACITY, COPIES = 1_000_000, 8
BATCHES = (64, 128, 256)
TREES = [(64, 16_384), (16, 16_384), (32, 16_384), (128, 16_384), (2, 2), (16, 16), (32, 32), (64, 64), (128, 128)]
BLOCK, BLOCKS = 50, 12

Part = tuple[float, float]  # seconds of the replay's part of an update, and of all of it


def full(kind: type[Replay], n_step: int) -> Replay:
    """A replay whose ring is full, of random numbers."""
    replay = kind(CAPACITY, COPIES, (4,), n_step=n_step)
    ended = torch.rand(CAPACITY) < 0.005
    content = {"obs": torch.randn(CAPACITY, 4), "next_obs": torch.randn(CAPACITY, 4), "reward": torch.ones(CAPACITY)}
    content |= {"action": torch.randint(2, (CAPACITY,)), "terminated": ended, "truncated": torch.zeros_like(ended)}
    numbers = {"rows": replay.rows, "num_envs": COPIES, "n_step": n_step, "next_row": 12_345, "filled": replay.rows}
    if isinstance(replay, PrioritisedReplay):
        tickets = (torch.rand(CAPACITY) ** 3 * TICKETS).long() + 1
        content |= {"tickets": tickets, "largest": torch.tensor(TICKETS)}
    replay.load_state_dict(numbers | content)
    return replay


class Learner:
    """A network and its updates from one replay; all learners have the same."""

    def __init__(self, replay: Replay):
        torch.manual_seed(0)
        self.network = nn.Sequential(nn.Linear(4, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 2))
        self.target = copy.deepcopy(self.network)
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=1e-4)
        self.replay, self.generator = replay, torch.Generator().manual_seed(0)

    def updates(self, count: int, batch_size: int) -> Part:
        """Seconds an update."""
        replay, inside = self.replay, 0.0
        begin = time.process_time()
        for _ in range(count):
            start = time.process_time()
            batch = replay.sample(batch_size, 0.99, self.generator)
            inside += time.process_time() - start
            with torch.no_grad():
                goal = batch.return_ + batch.bootstrap * self.target(batch.next_obs).amax(dim=1)
            value = self.network(batch.obs).gather(1, batch.action[:, None]).squeeze(1)
            loss = (batch.weight * functional.smooth_l1_loss(value, goal, reduction="none")).mean()
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
            if isinstance(replay, PrioritisedReplay):
                error = (value - goal).detach().abs()
                start = time.process_time()
                replay.update(batch.index, error)
                inside += time.process_time() - start
        return inside / count, (time.process_time() - begin) / count


def seconds_to_add(replay: Replay, count: int) -> float:
    """Seconds for one vector step of all copies."""
    obs, none = torch.randn(COPIES, 4), torch.zeros(COPIES, dtype=torch.bool)
    action, reward = torch.zeros(COPIES, dtype=torch.int64), torch.ones(COPIES)
    begin = time.process_time()
    for _ in range(count):
        replay.add(obs, action, reward, obs, none, none)
    return (time.process_time() - begin) / count


def least(run: Callable[[], Part], best: Part) -> Part:
    replay, whole = run()
    return min(replay, best[0]), min(whole, best[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="where to write the table")
    target = parser.parse_args().json
    torch.set_num_threads(1)
    learners = {}
    for n_step in (1, 3):
        learners["uniform", n_step] = Learner(full(Replay, n_step))
        prioritised = full(PrioritisedReplay, n_step)
        for fan_out, top in TREES if n_step == 1 else TREES[:1]:
            replay = copy.copy(prioritised)  # shares the content, has a tree of its own
            replay.tree = SumTree(CAPACITY, fan_out, top)
            replay.tree.fill(0, CAPACITY, prioritised.tree.values)
            learners[f"{fan_out}/{top}", n_step] = Learner(replay)
    best = {(name, batch): (1.0, 1.0) for name in learners for batch in BATCHES}
    add = dict.fromkeys(learners, 1.0)
    for _ in range(BLOCKS):
        for name, learner in learners.items():
            for batch in BATCHES:
                learner.updates(3, batch)
                best[name, batch] = least(lambda run=learner, size=batch: run.updates(BLOCK, size), best[name, batch])
            add[name] = min(add[name], seconds_to_add(learner.replay, BLOCK))

    table = []
    over_batches = "".join(f"   batch {batch:3}: replay   whole  ratio" for batch in BATCHES)
    print(f"{'microseconds':14} {'n':>2} {'add':>5} {over_batches}")
    for name in learners:
        line = f"{name[0]:14} {name[1]:2d} {1e6 * add[name]:5.0f} "
        for batch in BATCHES:
            (replay, whole), (_, uniform) = best[name, batch], best[("uniform", name[1]), batch]
            line += f"{1e6 * replay:20.0f} {1e6 * whole:7.0f} {whole / uniform:5.2f}x"
            table.append({
                "replay": name[0], "n_step": name[1], "batch": batch, "add_s": add[name],
                "replay_s": replay, "whole_s": whole, "ratio": whole / uniform,
            })  # fmt: skip
        print(line)
    if target:
        machine = {"processor": platform.machine(), "cores": os.cpu_count(), "torch": torch.__version__}
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(".part")
        fresh.write_text(json.dumps({"machine": machine, "table": table}, indent=1) + "\n")
        fresh.replace(target)


if __name__ == "__main__":
    main()
