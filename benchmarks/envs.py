"""Steps of classic control: copies as tensors, beside Gymnasium's vector environments, on one core.

Gymnasium's Sync steps one copy after the other (each with its time limit, as `make_vec` builds it); only CartPole has a
vector environment of its own there, in NumPy. All get the same random actions, drawn beforehand, in the type they want;
episodes end and begin again as they will. Times are the processor's (so what else the machine does is mostly left out),
the best of several. The last column of the second table is a frame, drawn without a display.

Floor: a step of ours is a fixed number of tensor calls, whatever the number of copies (the second table counts them),
and the cheapest call that computes anything takes 1.1 us here; Python's part of it and calls that make new memory take
as much again, so one copy needs 2 to 3 us a call. A plain loop over Python floats wins there, and Acrobot with its four
evaluations a step is the slowest. With many copies bytes take over: the second table counts what the calls read and
write for each copy, all in a cache of 10 GB/s or more; sines, cosines and the random numbers of the next starts (drawn
for every copy; a quarter of CartPole's time at 65,536) come on top.

Gymnasium's NumPy CartPole stays ahead of ours on a CPU: a call of NumPy takes a third of one of torch, it draws new
starts only where an episode ended (which a GPU would have to be asked), resets one step later, and keeps neither the
last observation nor the episode's return. Tensors buy the same program on a GPU, and no conversion for networks.

    python benchmarks/envs.py [--json benchmarks/results/envs.json]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import gymnasium
import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from rlcourse import envs

IDS = ("CartPole-v1", "MountainCar-v0", "MountainCarContinuous-v0", "Acrobot-v1", "Pendulum-v1")
COPIES = (1, 64, 4096, 65536)
SYNC_COPIES = (1, 64, 4096)  # 65,536 objects take minutes to make
VIEWS = ("select", "unbind", "split", "slice", "view", "detach", "_local_scalar_dense")  # move no data


def seconds_a_step(step: Callable[[Any], Any], actions: list[Any], budget: float = 0.3, rounds: int = 5) -> float:
    """Seconds of one call, the best of several rounds of about `budget` seconds each."""
    begin = time.process_time()
    for action in actions:
        step(action)
    each = (time.process_time() - begin) / len(actions)
    calls = max(1, round(budget / max(each, 1e-7)))
    best = float("inf")
    for _ in range(rounds):
        begin = time.process_time()
        for i in range(calls):
            step(actions[i % len(actions)])
        best = min(best, (time.process_time() - begin) / calls)
    return best


def random_actions(env: Any, count: int = 8) -> list[Any]:
    env.action_space.seed(0)
    return [env.action_space.sample() for _ in range(count)]


def ours(id: str, copies: int) -> float:
    env = envs.make(f"rlcourse/{id}", copies)
    env.reset()
    return seconds_a_step(env.step, [torch.from_numpy(action) for action in random_actions(env)])


def gymnasiums(id: str, copies: int, mode: str) -> float:
    env = gymnasium.make_vec(id, copies, vectorization_mode=mode)
    env.reset(seed=0)
    return seconds_a_step(env.step, random_actions(env), rounds=5 if copies < 1000 else 3)


class Floor(TorchDispatchMode):
    """Counts the calls that compute something, and the bytes of their tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = self.bytes = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        if not any(view in str(function) for view in VIEWS):
            self.calls += 1
            for each in torch.utils._pytree.tree_leaves((args, result)):
                self.bytes += each.numel() * each.element_size() if isinstance(each, torch.Tensor) else 0
        return result


def floor(id: str, copies: int = 1000) -> tuple[int, float]:
    """Tensor calls of a step, and bytes for each copy."""
    env = envs.make(f"rlcourse/{id}", copies)
    env.reset()
    action = torch.from_numpy(random_actions(env, 1)[0])
    env.step(action)  # the first one makes the constants
    with Floor() as counted:
        env.step(action)
    return counted.calls, counted.bytes / copies


def milliseconds_a_frame(id: str) -> float:
    env = envs.make(f"rlcourse/{id}", 1)
    env.reset()
    env.step(torch.from_numpy(random_actions(env, 1)[0]))
    return 1e3 * seconds_a_step(lambda _: env.frame(), [None] * 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="where to write the table")
    target = parser.parse_args().json
    torch.set_num_threads(1)
    table, floors = [], []
    head = ("copies", "us/step", "steps/s", "Sync", "ratio", "NumPy", "ratio")
    print("{:<26}{:>8}{:>10}{:>13}{:>12}{:>8}{:>13}{:>8}".format("environment", *head))
    for id in IDS:
        for copies in COPIES:
            seconds = ours(id, copies)
            row: dict[str, Any] = {"environment": id, "copies": copies, "us_a_step": 1e6 * seconds}
            row["steps_a_second"] = copies / seconds
            line = f"{id:<26}{copies:8d}{1e6 * seconds:10.0f}{copies / seconds:13,.0f}"
            for name, mode, has in (
                ("sync", "sync", copies in SYNC_COPIES),
                ("numpy", "vector_entry_point", id == "CartPole-v1"),
            ):
                if has:
                    theirs = gymnasiums(id, copies, mode)
                    row |= {f"{name}_steps_a_second": copies / theirs, f"{name}_ratio": theirs / seconds}
                    line += f"{copies / theirs:{12 if name == 'sync' else 13},.0f}{theirs / seconds:7.2f}x"
                else:
                    line += f"{'-':>{12 if name == 'sync' else 13}}{'-':>8}"
            table.append(row)
            print(line, flush=True)
    print("\n{:<26}{:>8}{:>14}{:>10}".format("environment", "calls", "bytes/copy", "ms/frame"))
    for id in IDS:
        calls, moved = floor(id)
        frame = milliseconds_a_frame(id)
        floors.append({"environment": id, "calls": calls, "bytes_a_copy": moved, "ms_a_frame": frame})
        print(f"{id:<26}{calls:8d}{moved:14.0f}{frame:10.2f}", flush=True)
    if target:
        machine = {"processor": platform.machine(), "cores": os.cpu_count(), "threads": 1}
        versions = {"torch": torch.__version__, "gymnasium": gymnasium.__version__, "numpy": np.__version__}
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(".part")
        fresh.write_text(json.dumps({"machine": machine | versions, "table": table, "floor": floors}, indent=1) + "\n")
        fresh.replace(target)


if __name__ == "__main__":
    main()
