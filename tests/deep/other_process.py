"""Programs that test_checkpoint.py runs in a process of their own.

python -m tests.deep.other_process resume FOLDER TOTAL DEVICE     goes on from every snapshot in the folder
python -m tests.deep.other_process kill FOLDER TOTAL DEVICE       trains, saves, is killed, and goes on, again and again
"""

import json
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

import torch

from rlcourse.deep import load, save
from tests.deep.small_dqn import SWITCHES, small, train

KILLED = {**SWITCHES["rainbow"], "vector_steps": 1, "gradient_steps": 1}


def resume(folder, total, device):
    """NAME.pt -> NAME.resumed, where the run has got to, and what it reported on the way."""
    torch.manual_seed(99)
    for file in sorted(folder.glob("*.pt")):
        learner = small(device, seed=77, **SWITCHES[file.stem])
        load(learner, file)
        items = train(learner, total)
        torch.save({"items": items, "state": learner.state_dict()}, file.with_suffix(".resumed"))


def kill(folder, total, device):
    """The run in `folder`/run.pt, by children that kill themselves at given points of save(), or are killed at any.

    Prints one line for each: how it should end, the step of the snapshot before and after. Where the child was to be
    killed while writing, it dies in its third save.
    """
    file = folder / "run.pt"
    small()  # the first takes a second, in which there is nothing to interrupt; children have it ready
    chance = random.Random(time.time_ns())
    moments = ["anywhere"] * 6
    for moment in ["half written", "before it is on the disk", "before the move", "after the move", *moments, "end"]:
        before = step_in(file)
        child = os.fork()
        if child == 0:
            try:
                live(file, total, device, moment)
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
        if moment == "anywhere":
            seen = file.stat().st_mtime_ns
            deadline = time.monotonic() + 100
            while file.stat().st_mtime_ns == seen:  # until it has saved once
                time.sleep(0.001)
                assert time.monotonic() < deadline, "the child does not get on"
            time.sleep(chance.uniform(0.0, 0.05))
            os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        print(json.dumps([moment, before, step_in(file), os.WIFSIGNALED(status)]), flush=True)


def step_in(file):
    """-1 if there is none yet; raises if it cannot be read."""
    return torch.load(file, weights_only=True)["step"] if file.exists() else -1


def live(file, total, device, moment):
    learner = small(device, seed=5, **KILLED)
    if file.exists():
        load(learner, file)
    for number, _ in enumerate(learner.train(total)):
        if number == 2:
            arm(moment)
        save(learner, file)


def arm(moment):
    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    def write_a_half(state, file, write=torch.save):
        start = file.tell()
        write(state, file)
        file.truncate(start + (file.tell() - start) // 2)
        file.flush()
        die()

    if moment == "half written":
        torch.save = write_a_half
    elif moment == "before it is on the disk":
        os.fsync = lambda handle: die()
    elif moment == "before the move":
        os.replace = lambda source, target: die()
    elif moment == "after the move":
        move = os.replace
        os.replace = lambda source, target: (move(source, target), die())


if __name__ == "__main__":
    {"resume": resume, "kill": kill}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
