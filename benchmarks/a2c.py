"""CartPole-v1 to a mean of 475 over the last 100 training episodes, on one thread: A2C and REINFORCE beside SB3's A2C.

One measure for all: after every rollout (REINFORCE: after an episode of every copy) the mean return of the last 100
episodes that ended, once there are 100. The run stops where that is 475 or more; one that does not get there counts as
what it had used at its limit, a lower bound, and the first column says how many passed. Seconds are the processor's,
from before the environment is built. Everyone sees CartPole's numbers as they are.

Stable-Baselines3's A2C has the settings of the RL Zoo for CartPole-v1: 8 environments, no entropy bonus, no
normalisation, all else at its default, and at most 500,000 steps; it writes no logs.

REINFORCE runs with a learned baseline and with none, otherwise the same, from the same seeds. Below the table stands
how many episodes the first needs for one of the second: the geometric mean over seeds, and its 95 % interval (Student's
t on the differences of logarithms, paired by seed). A limit of 4,000 episodes favours the one that fails.

    python benchmarks/a2c.py [--seeds 10] [--sb3-seeds 5] [--json benchmarks/results/a2c.json]
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
from scipy import stats

from rlcourse import envs
from rlcourse.deep import A2C, REINFORCE, A2CConfig, REINFORCEConfig

BAR, EPISODES = 475.0, 100
STEPS, EPISODE_LIMIT = 2_000_000, 4_000  # at most: environment steps of A2C, episodes of REINFORCE
COPIES = {A2C: 64, REINFORCE: 16}
WITH, WITHOUT = "REINFORCE, baseline", "REINFORCE, none"
OURS: dict[str, A2CConfig | REINFORCEConfig] = {
    "A2C": A2CConfig(),
    WITH: REINFORCEConfig(baseline="learned"),
    WITHOUT: REINFORCEConfig(baseline="none"),
}
THEIRS = "SB3's A2C, RL Zoo"
ZOO: dict[str, Any] = {"n_envs": 8, "ent_coef": 0.0}  # rl-baselines3-zoo, hyperparams/a2c.yml, CartPole-v1
ZOO_STEPS = 500_000  # there too

Run = dict[str, Any]


def ours(config: A2CConfig | REINFORCEConfig, seed: int) -> Run:
    """One run of A2C or REINFORCE, to the bar or its limit."""
    begin, clock = time.process_time(), time.perf_counter()
    algorithm: Any = A2C if isinstance(config, A2CConfig) else REINFORCE
    learner = algorithm(envs.make("rlcourse/CartPole-v1", COPIES[algorithm], seed=seed), config, seed)
    passed = False
    for metrics in learner.train(STEPS if algorithm is A2C else 500 * EPISODE_LIMIT):
        passed = metrics["episode_return"] >= BAR and learner.episodes >= EPISODES
        if passed or (algorithm is REINFORCE and learner.episodes >= EPISODE_LIMIT):
            break
    used = {"cpu_s": time.process_time() - begin, "clock_s": time.perf_counter() - clock}
    counts = {"steps": learner.step, "episodes": learner.episodes, "updates": learner.updates}
    return {"seed": seed, "passed": passed, **used, **counts}


def stable_baselines3(seed: int) -> Run:
    """One run of theirs, to the bar or 500,000 steps."""
    from stable_baselines3 import A2C as Theirs
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.env_util import make_vec_env

    class Watch(BaseCallback):
        """Looks at the returns after each rollout; one that passes is the last."""

        episodes, passed = 0, False

        def _on_step(self) -> bool:
            self.episodes += int(self.locals["dones"].sum())
            return not self.passed

        def _on_rollout_end(self) -> None:
            recent = self.model.ep_info_buffer  # the last 100
            self.passed = len(recent) == EPISODES and bool(np.mean([episode["r"] for episode in recent]) >= BAR)

    begin, clock = time.process_time(), time.perf_counter()
    env = make_vec_env("CartPole-v1", ZOO["n_envs"], seed=seed)
    settings = {name: value for name, value in ZOO.items() if name != "n_envs"}
    model = Theirs("MlpPolicy", env, seed=seed, device="cpu", **settings)
    watch = Watch()
    model.learn(ZOO_STEPS, callback=watch, log_interval=None)
    used = {"cpu_s": time.process_time() - begin, "clock_s": time.perf_counter() - clock}
    counts = {"steps": model.num_timesteps, "episodes": watch.episodes, "updates": model._n_updates}
    return {"seed": seed, "passed": watch.passed, **used, **counts}


def median(runs: list[Run], key: str) -> float:
    return float(np.median([run[key] for run in runs]))


def line(name: str, runs: list[Run]) -> str:
    """A row: at how many seeds the bar was passed, and medians over all."""
    text = f"{name:<20}{sum(run['passed'] for run in runs):6d}/{len(runs):<3d}{median(runs, 'cpu_s'):8.1f}"
    text += f"{max(run['cpu_s'] for run in runs):9.1f}"
    for key, form in (("clock_s", "9.1f"), ("steps", "11,.0f"), ("episodes", "10,.0f"), ("updates", "9,.0f")):
        text += format(median(runs, key), form)
    return text


def paired_ratio(first: list[Run], second: list[Run]) -> tuple[float, float, float]:
    """Episodes of the first for one of the second: geometric mean over seeds, and its 95 % interval (needs 2 seeds)."""
    logs = np.log([a["episodes"] / b["episodes"] for a, b in zip(first, second, strict=True)])
    half = stats.t.ppf(0.975, len(logs) - 1) * logs.std(ddof=1) / np.sqrt(len(logs)) if len(logs) > 1 else np.nan
    ratio, low, high = np.exp([logs.mean(), logs.mean() - half, logs.mean() + half])
    return float(ratio), float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--sb3-seeds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="where to write all runs")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    todo: list[tuple[str, int, Callable[[int], Run]]] = [
        (name, arguments.seeds, lambda seed, config=config: ours(config, seed)) for name, config in OURS.items()
    ]
    if find_spec("stable_baselines3"):
        todo.append((THEIRS, arguments.sb3_seeds, stable_baselines3))
    else:
        print("Without Stable-Baselines3, which is missing: python -m pip install -c constraints.txt -e '.[bench]'\n")
    head = ("passed", "CPU s", "worst s", "clock s", "steps", "episodes", "updates")
    print("{:<20}{:>9}{:>9}{:>9}{:>9}{:>11}{:>10}{:>9}".format("median to the bar", *head))
    table: dict[str, list[Run]] = {}
    for name, seeds, run in todo:
        table[name] = [run(seed) for seed in range(seeds)]
        print(line(name, table[name]), flush=True)
    ratio, low, high = paired_ratio(table[WITH], table[WITHOUT])
    print(f"\nepisodes with a learned baseline for one without: {ratio:.2f} (95 %: {low:.2f} to {high:.2f})")
    if THEIRS in table:
        seconds, steps = (median(table["A2C"], key) / median(table[THEIRS], key) for key in ("cpu_s", "steps"))
        print(f"our A2C for one of SB3's: {seconds:.2f} of the seconds, {steps:.2f} of the steps")
    if arguments.json:
        machine = {"processor": platform.machine(), "cores": os.cpu_count(), "threads": 1}
        versions = {"torch": torch.__version__, "gymnasium": gymnasium.__version__, "numpy": np.__version__}
        if THEIRS in table:
            import stable_baselines3 as sb3

            versions["stable_baselines3"] = sb3.__version__
        copies = {name: COPIES[A2C if isinstance(config, A2CConfig) else REINFORCE] for name, config in OURS.items()}
        settings = {name: {"copies": copies[name], **dataclasses.asdict(config)} for name, config in OURS.items()}
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        fresh = arguments.json.with_suffix(".part")
        result = {"machine": machine | versions, "bar": BAR, "settings": settings | {THEIRS: ZOO}, "runs": table}
        result["episodes_ratio"] = {"ratio": ratio, "low": low, "high": high}
        fresh.write_text(json.dumps(result) + "\n")
        fresh.replace(arguments.json)


if __name__ == "__main__":
    main()
