"""CartPole-v1 to a mean of 475 over 100 greedy episodes, on one thread: our DQN beside Stable-Baselines3's.

Ours steps 16 copies and looks after every 100 updates, at 100 episodes at once; its seconds contain that. SB3's DQN has
the settings that the RL Zoo tuned for CartPole-v1 (50,000 steps of one environment), is looked at after every 2,500
steps in the very same way, and its seconds do not contain it. Seconds are the processor's, those to the bar up to the
first look that passes. One look that passes may be luck, so the second half of the table is what a fixed budget gives:
the return after 2,000 updates (SB3: at the end), over all seeds, and at how many of its seeds that is 475 or more.

"rainbow" has all six switches on, and epsilon too, in a smaller network. Two ablations: "plain" is Mnih et al.'s DQN,
one step, no double. "raw" sees CartPole's numbers as they are, metres and radians, without the factors that bring them
to about -1..1: an angle is then at most 0.2, and the network takes long to look at it. These factors are ours, known
from the environment's description; SB3 sees the raw numbers, as its settings have it. So read "raw" beside SB3 for the
algorithm and "ours" for what a good scaling adds.

Floor: an update is some 150 calls of torch at 1 to 3 us and 10 MFLOP, a step of 16 copies 70 such calls.

    python benchmarks/dqn.py [--seeds 10] [--ablation-seeds 5] [--sb3-seeds 3] [--json benchmarks/results/dqn.json]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import gymnasium
import numpy as np
import torch
from torch import Tensor

from rlcourse import envs
from rlcourse.deep import DQN, DQNConfig, evaluate

BAR, EPISODES = 475.0, 100
COPIES, EVERY, BUDGET, LIMIT = 16, 100, 2_000, 4_000  # copies; updates between looks, of the budget, at most
BEST = DQNConfig(
    learning_rate=1e-3, gradient_steps=2, n_step=3, double=True, target_period=50, obs_scale=(2.0, 2.0, 20.0, 2.0)
)
OURS = {
    "ours": BEST,
    "plain": dataclasses.replace(BEST, n_step=1, double=False),
    "raw": dataclasses.replace(BEST, obs_scale=None),
    "rainbow": DQNConfig.rainbow(
        **{"epsilon_start": 1.0, "epsilon_end": 0.05, "gradient_steps": 2, "batch_size": 64, "hidden": (64, 64)},
        **{"target_period": 50, "obs_scale": (2.0, 2.0, 20.0, 2.0)},
    ),
}
ZOO: dict[str, Any] = {  # rl-baselines3-zoo, hyperparams/dqn.yml, CartPole-v1
    **{"learning_rate": 2.3e-3, "batch_size": 64, "buffer_size": 100_000, "learning_starts": 1000, "gamma": 0.99},
    **{"target_update_interval": 10, "train_freq": 256, "gradient_steps": 128},
    **{"exploration_fraction": 0.16, "exploration_final_eps": 0.04, "policy_kwargs": {"net_arch": [256, 256]}},
}
ZOO_STEPS, ZOO_EVERY = 50_000, 2_500

Run = dict[str, Any]
Look = Callable[[Any], float]  # mean return of the greedy policy


def judge(seed: int) -> Look:
    """Looks at a learner: 100 copies, one episode each."""
    env = envs.make("rlcourse/CartPole-v1", EPISODES)
    return lambda learner: float(evaluate(learner, env, EPISODES, seed=seed).mean())


def ours(config: DQNConfig, seed: int) -> Run:
    """One run, until the budget is used up and the bar has been passed, or the limit."""
    begin, clock = time.process_time(), time.perf_counter()
    learner = DQN(envs.make("rlcourse/CartPole-v1", COPIES, seed=seed), config, seed)
    look, run, curve = judge(seed), {}, []
    before = -(-config.learning_starts // COPIES) - 1  # vector steps without an update
    for updates in range(EVERY, LIMIT + 1, EVERY):
        for _ in learner.train(COPIES * (before + updates // config.gradient_steps)):
            pass
        assert learner.updates == updates
        curve.append(look(learner))
        if curve[-1] >= BAR and not run:
            run = {"cpu_s": time.process_time() - begin, "clock_s": time.perf_counter() - clock}
            run |= {"steps": learner.step, "updates": updates}
        if updates >= BUDGET and run:
            break
    at_end = {"budget_return": curve[BUDGET // EVERY - 1], "curve": curve, "seed": seed}
    return run | at_end | {"whole_cpu_s": time.process_time() - begin}


def stable_baselines3(seed: int) -> Run:
    """One run of 50,000 steps; its seconds are without the looks."""
    from stable_baselines3 import DQN as Theirs
    from stable_baselines3.common.callbacks import BaseCallback

    class Greedy:
        """Chooses for a batch as the model does for one observation."""

        def __init__(self, model: Theirs):
            self.model = model

        def act(self, obs: Tensor, greedy: bool = False) -> Tensor:
            return self.model.policy.q_net(obs).argmax(dim=1)

    class Looks(BaseCallback):
        def __init__(self) -> None:
            super().__init__()
            self.looking = self.looking_clock = 0.0
            self.run: Run = {}
            self.curve: list[float] = []

        def _on_step(self) -> bool:
            if self.num_timesteps % ZOO_EVERY == 0:
                cpu, clock = time.process_time(), time.perf_counter()
                self.curve.append(look(Greedy(self.model)))
                if self.curve[-1] >= BAR and not self.run:
                    self.run = {"cpu_s": cpu - begin - self.looking, "clock_s": clock - began - self.looking_clock}
                    self.run |= {"steps": self.num_timesteps, "updates": self.model._n_updates}
                self.looking += time.process_time() - cpu
                self.looking_clock += time.perf_counter() - clock
            return True

    look, looks = judge(seed), Looks()
    begin, began = time.process_time(), time.perf_counter()
    model = Theirs("MlpPolicy", "CartPole-v1", seed=seed, device="cpu", **ZOO)
    model.learn(ZOO_STEPS, callback=looks)
    whole = time.process_time() - begin - looks.looking
    at_end = {"budget_return": looks.curve[-1], "curve": looks.curve, "seed": seed, "looking_cpu_s": looks.looking}
    return looks.run | at_end | {"whole_cpu_s": whole, "whole_updates": model._n_updates}


def line(name: str, runs: list[Run]) -> str:
    """A row: medians of those that passed the bar, and all seeds at the fixed budget."""
    passed = [run for run in runs if "cpu_s" in run]
    text = f"{name:<14}{len(passed):6d}/{len(runs):<3d}"
    for key, form in (("cpu_s", "8.1f"), ("steps", "10,.0f"), ("updates", "9,.0f")):
        text += format(float(np.median([run[key] for run in passed])) if passed else float("nan"), form)
    worst = max((run["cpu_s"] for run in passed), default=float("nan"))
    final = np.array([run["budget_return"] for run in runs])
    whole = np.mean([run["whole_cpu_s"] for run in runs])
    return text + f"{worst:9.1f}{final.mean():11.0f}{(final >= BAR).sum():7d}/{len(runs):<3d}{whole:10.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--ablation-seeds", type=int, default=5)
    parser.add_argument("--sb3-seeds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="where to write all runs")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    todo: list[tuple[str, int, Callable[[int], Run]]] = []
    for name, config in OURS.items():
        seeds = arguments.seeds if name in ("ours", "rainbow") else arguments.ablation_seeds
        todo.append((name, seeds, lambda seed, config=config: ours(config, seed)))
    if find_spec("stable_baselines3"):
        todo.append(("SB3, RL Zoo", arguments.sb3_seeds, stable_baselines3))
    else:
        print("Without Stable-Baselines3, which is missing: python -m pip install -c constraints.txt -e '.[bench]'\n")
    print(" " * 14 + "to the bar (median of those that reach it)".center(42) + "at a fixed budget".rjust(29))
    head = ("seeds", "CPU s", "steps", "updates", "worst s", "return", ">= 475", "whole run s")
    print("{:<14}{:>9}{:>9}{:>10}{:>9}{:>9}{:>11}{:>9}{:>13}".format("", *head))
    table: dict[str, list[Run]] = {}
    for name, seeds, run in todo:
        table[name] = [run(seed) for seed in range(seeds)]
        print(line(name, table[name]), flush=True)
    if arguments.json:
        machine = {"processor": platform.machine(), "cores": os.cpu_count(), "threads": 1}
        versions = {"torch": torch.__version__, "gymnasium": gymnasium.__version__, "numpy": np.__version__}
        if find_spec("stable_baselines3"):
            import stable_baselines3 as sb3

            versions["stable_baselines3"] = sb3.__version__
        settings = {name: dataclasses.asdict(config) for name, config in OURS.items()} | {"SB3, RL Zoo": ZOO}
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        fresh = arguments.json.with_suffix(".part")
        result = {"machine": machine | versions, "bar": BAR, "settings": settings, "runs": table}
        fresh.write_text(json.dumps(result) + "\n")
        fresh.replace(arguments.json)


if __name__ == "__main__":
    main()
