"""The six switches of DQN, each on the measure it is meant for, off beside on; then all of them on CartPole, ablated.

    double          how far max_a q overrates the greedy policy: among 16 equal actions with noisy rewards; on CartPole
    dueling         squared error of q against dynamic programming, in a corridor with and without idle actions
    prioritised     updates until q is right in the blind cliff walk, from a replay filled beforehand
    n_step          environment steps until the start of a corridor is worth something; reward at its end; n = 1, 3, 5
    noisy           how often the greedy policy fetches the treasure of the deep sea; epsilon, noise, both
    distributional  distance of the learned from the true distribution of returns; updates to the bar on CartPole

Everything else is equal in each pair: seeds, network, data, settings. A pair is said to differ where the 95 % bootstrap
interval of the difference, seed by seed, lies on one side of 0. Worlds are small on purpose: each isolates one effect.

The ablation is CartPole-v1 with all switches on, all but one in turn, and none: the return of the greedy policy, 100
episodes, after every 100 updates; the JSON holds all curves, [seed][point of the grid]. Exploration is the same in all,
epsilon from 1 to 0.05: the noisy layers alone, as Rainbow was published, are a variant of their own, for they change
what is experienced and not only what is learned from it. They explore too little here: the policy gets into the habit
of driving off one end of the track, and noise around a habit does not lead out of it.

Where a switch does not show what it is for, the row says so. The blind cliff walk is harder for uniform replay with
every cell (2^13 transitions and one reward here); with 10 cells no difference shows yet. The deep sea needs exploration
that stays on course for a whole episode, and noise that is new at every step does no better than epsilon.

Seconds are the processor's. What a --json file already holds and is not measured now is kept; seeds of an ablation with
the same settings are added to. Delete the file to begin anew.

    python benchmarks/dqn_switches.py [--only double ablation] [--seeds 10]
                                      [--json benchmarks/results/dqn_switches.json]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import gymnasium
import numpy as np
import torch

from rlcourse import envs
from rlcourse.deep import DQN, DQNConfig, evaluate
from rlcourse.mdp import FiniteMDP, random_walk
from rlcourse.mdp.terminal_states import absorb
from rlcourse.tabular import action_values, deterministic_policy, evaluate_policy_exactly, value_iteration

SCALE = (2.0, 2.0, 20.0, 2.0)  # brings what CartPole shows to about -1..1
CARTPOLE: dict[str, Any] = {
    **{"learning_rate": 1e-3, "batch_size": 64, "gradient_steps": 2, "target_period": 50, "hidden": (64, 64)},
    **{"obs_scale": SCALE, "atoms": 51, "v_min": 0.0, "v_max": 100.0},
}
COPIES = 16
GRID = tuple(range(100, 1501, 100))  # updates after which the ablation looks
BAR = 475.0


def train(learner: DQN, updates: int) -> None:
    """Train until `updates` updates have been done."""
    copies, config = learner.env.num_envs, learner.config
    before = max(0, -(-config.learning_starts // copies) - 1)  # vector steps without an update
    for _ in learner.train(copies * (before + updates // config.gradient_steps)):
        pass
    assert learner.updates == updates, (learner.updates, updates)


def world(next_state: Any, reward: Any, terminal: Iterable[int], discount: float, **fields: Any) -> FiniteMDP:
    """A deterministic MDP from tables [S, A] that begins in state 0."""
    step = np.asarray(next_state)[:, :, None]
    end = np.isin(np.arange(len(step)), list(terminal))
    pay = np.broadcast_to(np.asarray(reward, dtype=float)[:, :, None], step.shape)
    prob, step, pay = absorb(end, np.ones(step.shape), step, pay)
    start = np.eye(len(step))[0]
    tables: dict[str, Any] = {"prob": prob, "next_state": step, "reward": pay, "terminal": end, "start": start}
    return FiniteMDP(**{**tables, "discount": discount, **fields})


def table(learner: DQN) -> np.ndarray:
    """q of every state of a world that is seen one-hot, [S, A]."""
    with torch.no_grad():
        learner.network.eval()
        q = learner.q_values(torch.eye(learner.env.mdp.num_states))
        learner.network.train()
    return q.double().numpy()


# --- double -----------------------------------------------------------------------------------------------------------


def overestimate_in_noise(seed: int, on: bool) -> float:
    """10 states in a ring, 16 actions that go on by one, rewards of mean 0 and deviation 1: every value is 0.

    All actions are worth the same, as in theorem 1 of van Hasselt et al. (2016).
    """
    states, actions = 10, 16
    on_by_one = np.broadcast_to((np.arange(states)[:, None] + 1) % states, (states, actions))
    noise = np.ones((states, actions))
    ring = world(on_by_one, np.zeros((states, actions)), [], 0.9, reward_std=noise, start=np.full(states, 1 / states))
    config = DQNConfig(double=on, discount=0.9, gradient_steps=1, batch_size=64, hidden=(64, 64), target_period=100)
    config = dataclasses.replace(config, buffer_size=20_000, epsilon_end=1.0)
    learner = DQN(envs.from_mdp(ring, 16, seed=seed, max_episode_steps=50), config, seed)
    found = []
    for updates in range(600, 1801, 200):
        train(learner, updates)
        q = table(learner)
        truth = evaluate_policy_exactly(ring, deterministic_policy(ring, q.argmax(axis=1)))
        found.append((q.max(axis=1) - truth).mean())
    return float(np.mean(found))


def overestimate_on_cartpole(seed: int, on: bool, horizon: int = 1000, looked_at: int = 300) -> float:
    """max_a q minus the discounted return that the greedy policy then really gets, over the states that it visits."""
    learner = DQN(envs.make("rlcourse/CartPole-v1", COPIES, seed=seed), DQNConfig(double=on, **CARTPOLE), seed)
    judge = envs.make("rlcourse/CartPole-v1", 20, seed=seed, max_episode_steps=horizon)
    discount, found = learner.config.discount, []
    for updates in (3000, 3500, 4000):
        train(learner, updates)
        obs, _ = judge.reset(seed=1000 + seed)
        alive, values, living = torch.ones(20), [], []
        for _ in range(horizon):
            with torch.no_grad():
                q = learner.q_values(obs)
            obs, _, terminated, truncated, _ = judge.step(q.argmax(dim=1))
            values.append(q.amax(dim=1))
            living.append(alive)
            alive = alive * ~(terminated | truncated)
        return_, gaps, weights = torch.zeros(20), 0.0, 0.0
        for t in reversed(range(horizon)):
            return_ = living[t] * (1.0 + discount * return_)  # each step pays 1
            if t < looked_at:
                gaps += float((living[t] * (values[t] - return_)).sum())
                weights += float(living[t].sum())
        found.append(gaps / weights)
    return float(np.mean(found))


# --- dueling ----------------------------------------------------------------------------------------------------------


def corridor(length: int, idle: int, discount: float) -> FiniteMDP:
    """Cells in a row; left, right and `idle` actions that do nothing; 1 for reaching the end."""
    cell = np.arange(length + 1)
    moves = [np.maximum(cell - 1, 0), np.minimum(cell + 1, length), *[cell] * idle]
    next_state = np.stack(moves, axis=1)
    return world(next_state, next_state == length, [length], discount)


def error_of_q(seed: int, on: bool, idle: int = 10) -> float:
    """Mean squared error over all states and actions, mean of the first 800 updates.

    Behaviour is nearly greedy, so that most actions are rarely tried: what is learned of the state through one action
    then serves the others.
    """
    length = 10
    mdp = corridor(length, idle, 0.9)
    anywhere = dataclasses.replace(mdp, start=np.where(mdp.terminal, 0.0, 1 / length))
    *_, last = value_iteration(mdp)
    truth = action_values(mdp, last.value)[:length]
    config = DQNConfig(dueling=on, discount=0.9, gradient_steps=1, batch_size=32, hidden=(64, 64), target_period=50)
    config = dataclasses.replace(config, epsilon_start=0.1, epsilon_end=0.1)
    learner = DQN(envs.from_mdp(anywhere, 16, seed=seed, max_episode_steps=50), config, seed)
    found = []
    for updates in range(100, 801, 100):
        train(learner, updates)
        found.append(((table(learner)[:length] - truth) ** 2).mean())
    return float(np.mean(found))


# --- prioritised ------------------------------------------------------------------------------------------------------


def updates_to_cross(seed: int, on: bool, cells: int = 13, limit: int = 20_000) -> float:
    """Blind cliff walk (Schaul et al. 2016, section 3.1): 2^n ways to act, one of them is paid.

    Crossed is it when the mean squared error of q is below 0.01 and the greedy policy right in all cells.
    """
    random = np.random.default_rng(seed)
    right = random.integers(2, size=cells)  # the action that goes on, in each cell
    cell = np.arange(cells)
    next_state = np.full((cells + 2, 2), cells + 1)
    next_state[cell, right] = cell + 1
    mdp = world(next_state, next_state == cells, [cells, cells + 1], 0.99)
    # All sequences of actions: 2^(n-1-i) of them leave cell i by the wrong action, as many by the right one.
    times = 2 ** (cells - 1 - cell)
    state = np.concatenate([np.repeat(cell, times), np.repeat(cell, times)])
    action = np.concatenate([np.repeat(right, times), np.repeat(1 - right, times)])
    state, action = torch.tensor(state), torch.tensor(action)
    count = len(state)
    config = DQNConfig(prioritised=on, batch_size=32, hidden=(64, 64), target_period=10, buffer_size=count)
    learner = DQN(envs.from_mdp(mdp, count, seed=seed), config, seed)
    after = torch.tensor(next_state)[state, action]
    seen = torch.eye(cells + 2)
    ended = after >= cells
    learner.replay.add(seen[state], action, (after == cells).float(), seen[after], ended, torch.zeros_like(ended))
    truth = np.zeros((cells, 2))
    truth[cell, right] = mdp.discount ** (cells - 1.0 - cell)
    while learner.updates < limit:
        for _ in range(20):
            learner._update()  # without a step of the environment: the data are these
        q = table(learner)[:cells]
        if (q.argmax(axis=1) == right).all() and ((q - truth) ** 2).mean() < 0.01:
            break
    return float(learner.updates)


# --- n steps ----------------------------------------------------------------------------------------------------------


def steps_to_walk(seed: int, n: int, length: int = 20, limit: int = 60_000) -> float:
    """Environment steps until q of the start is half of what it should be."""
    mdp = corridor(length, 0, 0.97)
    config = DQNConfig(n_step=n, discount=0.97, gradient_steps=1, batch_size=64, hidden=(64, 64), target_period=50)
    config = dataclasses.replace(config, epsilon_steps=4_000, epsilon_end=0.1, vector_steps=5, learning_starts=200)
    learner = DQN(envs.from_mdp(mdp, 8, seed=seed, max_episode_steps=1000), config, seed)
    for _ in learner.train(limit):
        if learner.updates and table(learner)[0].max() >= 0.5 * config.discount ** (length - 1):
            break
    return float(learner.step)


# --- noisy ------------------------------------------------------------------------------------------------------------


def deep_sea(size: int, seed: int) -> FiniteMDP:
    """Osband et al. (2016): sink a row a step, to the left or right; treasure bottom right, steps to the right cost."""
    row, column = np.divmod(np.arange(size * size), size)
    right = np.random.default_rng(seed).integers(2, size=size * size)  # which action it is, in each cell
    end = size * size
    next_state, reward = np.full((end + 1, 2), end), np.zeros((end + 1, 2))
    for action in (0, 1):
        goes_right = right == action
        side = np.clip(column + np.where(goes_right, 1, -1), 0, size - 1)
        next_state[:end, action] = np.where(row < size - 1, (row + 1) * size + side, end)
        treasure = goes_right & (row == size - 1) & (column == size - 1)
        reward[:end, action] = treasure - np.where(goes_right, 0.01 / size, 0.0)
    return world(next_state, reward, [end], 0.99)


def share_with_treasure(seed: int, explores: str, size: int = 8, updates: int = 2400) -> float:
    """Share of the looks, one after every 200 updates, at which the greedy policy fetches it."""
    sea = deep_sea(size, seed)
    config = DQNConfig(gradient_steps=1, batch_size=64, hidden=(64, 64), target_period=50, learning_starts=200)
    if explores == "noise":
        config = dataclasses.replace(config, epsilon_start=0.0, epsilon_end=0.0)
    config = dataclasses.replace(config, noisy=explores != "epsilon")
    learner = DQN(envs.from_mdp(sea, 8, seed=seed), config, seed)
    found = []
    for now in range(200, updates + 1, 200):
        train(learner, now)
        choice = table(learner).argmax(axis=1)
        state, return_ = 0, 0.0
        for _ in range(size):
            return_ += sea.reward[state, choice[state], 0]
            state = sea.next_state[state, choice[state], 0]
        found.append(return_ > 0.5)
    return float(np.mean(found))


# --- distributional ---------------------------------------------------------------------------------------------------


def distance_of_returns(seed: int, on: bool, n: int = 5, discount: float = 0.9) -> float:
    """1-Wasserstein distance, mean over the states of a random walk that pays -1 or 1 where it leaves.

    Without the switch there is one value, so the distance is that of all returns from it.
    """
    walk = random_walk(n, left_reward=-1.0, right_reward=1.0, discount=discount)
    walk = dataclasses.replace(walk, start=np.where(walk.terminal, 0.0, 1 / n))
    config = DQNConfig(distributional=on, discount=discount, gradient_steps=1, batch_size=64, hidden=(64, 64))
    config = dataclasses.replace(config, target_period=50, v_min=-1.0, v_max=1.0, atoms=51)
    learner = DQN(envs.from_mdp(walk, 16, seed=seed, max_episode_steps=200), config, seed)
    train(learner, 1500)
    with torch.no_grad():
        out = learner.network(torch.eye(n + 2))[1 : n + 1, 0]
    # Exactly: the chance of leaving at either end after k steps, whose return is -+discount^(k-1).
    steps = 200
    inner = (np.eye(n, k=1) + np.eye(n, k=-1)) / 2
    chance, values, probs = np.eye(n), [], []
    for k in range(steps):
        values += [-(discount**k), discount**k]
        probs += [chance[:, 0] / 2, chance[:, -1] / 2]
        chance = chance @ inner
    true_value, true_prob = np.array(values), np.stack(probs, axis=1)
    if on:
        support, prob = learner.support.double().numpy(), out.softmax(dim=1).double().numpy()
    distances = []
    for s in range(n):
        value, weight = (support, prob[s]) if on else (out[s : s + 1].double().numpy(), np.ones(1))
        distances.append(wasserstein(value, weight, true_value, true_prob[s]))
    return float(np.mean(distances))


def wasserstein(x: np.ndarray, p: np.ndarray, y: np.ndarray, q: np.ndarray) -> float:
    """Area between two distribution functions."""
    places = np.concatenate([x, y])
    order = np.argsort(places, kind="stable")
    gap = np.cumsum(np.concatenate([p, -q])[order])[:-1]
    return float((np.abs(gap) * np.diff(places[order])).sum())


def updates_to_bar(seed: int, on: bool, limit: int = 3000) -> float:
    """Updates until 100 greedy episodes of CartPole have a mean of 475, looked at every 100."""
    config = DQNConfig(distributional=on, **CARTPOLE)
    learner = DQN(envs.make("rlcourse/CartPole-v1", COPIES, seed=seed), config, seed)
    judge = envs.make("rlcourse/CartPole-v1", 100)
    for updates in range(100, limit + 1, 100):
        train(learner, updates)
        if evaluate(learner, judge, 100, seed=seed).mean() >= BAR:
            break
    return float(learner.updates)


# --- ablation ---------------------------------------------------------------------------------------------------------

EXPLORE = {"epsilon_start": 1.0, "epsilon_end": 0.05}  # beside the noisy layers too, so that only one thing changes
VARIANTS: dict[str, DQNConfig] = {
    "rainbow": DQNConfig.rainbow(**CARTPOLE, **EXPLORE),
    "no double": DQNConfig.rainbow(**CARTPOLE, **EXPLORE, double=False),
    "no dueling": DQNConfig.rainbow(**CARTPOLE, **EXPLORE, dueling=False),
    "no prioritised": DQNConfig.rainbow(**CARTPOLE, **EXPLORE, prioritised=False),
    "no n-step": DQNConfig.rainbow(**{**CARTPOLE, **EXPLORE, "n_step": 1}),
    "no noisy": DQNConfig.rainbow(**CARTPOLE, **EXPLORE, noisy=False),
    "no distributional": DQNConfig.rainbow(**CARTPOLE, **EXPLORE, distributional=False),
    "dqn": DQNConfig(**CARTPOLE, **EXPLORE),
    "rainbow, epsilon 0": DQNConfig.rainbow(**CARTPOLE),  # as published: the noisy layers explore alone
}


def curve(name: str, seed: int) -> list[float]:
    """Mean return of 100 greedy episodes at every point of the grid."""
    learner = DQN(envs.make("rlcourse/CartPole-v1", COPIES, seed=seed), VARIANTS[name], seed)
    judge = envs.make("rlcourse/CartPole-v1", 100)
    found = []
    for updates in GRID:
        train(learner, updates)
        found.append(float(evaluate(learner, judge, 100, seed=seed).mean()))
    return found


# --- the whole --------------------------------------------------------------------------------------------------------


def interval(values: Any, resamples: int = 10_000) -> tuple[float, float, float]:
    """Mean and its 95 % bootstrap interval."""
    x = np.asarray(values, dtype=float)
    means = x[np.random.default_rng(0).integers(len(x), size=(resamples, len(x)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(x.mean()), float(low), float(high)


def difference(off: Any, on: Any) -> tuple[float, float, float]:
    """Mean of on minus off, seed by seed, and its 95 % bootstrap interval."""
    return interval(np.asarray(on, dtype=float) - np.asarray(off, dtype=float))


def verdict(off: Any, on: Any, better: str) -> str:
    _, low, high = difference(off, on)
    if low <= 0 <= high:
        return "no difference shown"
    return "helps" if (low > 0) == (better == "higher") else "hurts"


@dataclasses.dataclass(frozen=True)
class Measure:
    """What a switch is judged by: `run(seed, on)`; levels beyond off and on in `more`."""

    measure: str
    unit: str
    better: str
    run: Callable[[int, Any], float]
    off: Any = False
    on: Any = True
    more: tuple[Any, ...] = ()
    times: int = 1  # as many seeds, where a run takes no time


MEASURES: dict[str, Measure] = {
    "double": Measure(
        "max_a q minus the value of the greedy policy; ring of 10 states, 16 equal actions, rewards of deviation 1",
        "reward", "lower", overestimate_in_noise,
    ),
    "dueling": Measure(
        "mean squared error of q against dynamic programming; corridor with 2 useful and 10 idle actions",
        "reward squared", "lower", error_of_q, times=2,
    ),
    "dueling, no idle actions": Measure(
        "the same with the 2 useful actions alone",
        "reward squared", "lower", lambda seed, on: error_of_q(seed, on, idle=0), times=2,
    ),
    "prioritised": Measure(
        "updates until q is right (squared error < 0.01); blind cliff walk of 13 cells, replay filled beforehand",
        "updates", "lower", updates_to_cross,
    ),
    "n_step": Measure(
        "environment steps until the start of a corridor of 20 has half its value, reward at the end; on is n = 3",
        "environment steps", "lower", steps_to_walk, off=1, on=3, more=(5,),
    ),
    "noisy": Measure(
        "share of the time that the greedy policy fetches the treasure of the deep sea; off is epsilon, on noise alone",
        "share", "higher", share_with_treasure, off="epsilon", on="noise", more=("both",),
    ),
    "distributional": Measure(
        "1-Wasserstein distance of the learned from the true distribution of returns; off has a single value",
        "reward", "lower", distance_of_returns,
    ),
    "distributional, CartPole": Measure(
        "updates until 100 greedy episodes of CartPole have a mean of 475",
        "updates", "lower", updates_to_bar,
    ),
    "double, CartPole": Measure(
        "max_a q minus the discounted return that the greedy policy then gets, over the states that it visits",
        "reward", "lower", overestimate_on_cartpole,
    ),
}  # fmt: skip


def measured(measure: Measure, seeds: int) -> dict[str, Any]:
    row: dict[str, Any] = {"measure": measure.measure, "unit": measure.unit, "better": measure.better}
    levels = {"off": measure.off, "on": measure.on, **{f"{level}": level for level in measure.more}}
    row |= {name: [] for name in levels}
    begin = time.process_time()
    for seed in range(seeds * measure.times):
        for name, level in levels.items():
            row[name].append(measure.run(seed, level))
    row["difference"], row["verdict"] = difference(row["off"], row["on"]), verdict(row["off"], row["on"], row["better"])
    row["cpu_s"] = time.process_time() - begin
    return row


def ablation(seeds: int, old: dict[str, Any], done: Callable[[dict[str, Any]], None]) -> None:
    """Seeds that are in `old` already, of the same settings, are not run again."""
    first = VARIANTS["dqn"]
    before = -(-first.learning_starts // COPIES) - 1
    steps = [COPIES * (before + updates // first.gradient_steps) for updates in GRID]
    row: dict[str, Any] = {
        "measure": "mean return of 100 greedy episodes of CartPole-v1 after so many updates",
        "updates": list(GRID), "steps": steps, "copies": COPIES, "settings": CARTPOLE | EXPLORE,
        "curves": {name: [] for name in VARIANTS}, "cpu_s": 0.0,
    }  # fmt: skip
    if all(old.get(key) == json.loads(json.dumps(row[key])) for key in ("updates", "steps", "settings")):
        row |= {"curves": old["curves"], "cpu_s": old["cpu_s"]}
    before_s, begin = row["cpu_s"], time.process_time()
    for seed in range(len(row["curves"]["dqn"]), seeds):  # so that what is there after a while is a fair comparison
        for name in VARIANTS:
            row["curves"][name].append(curve(name, seed))
        row["cpu_s"] = before_s + time.process_time() - begin
        done(row)


def shown(row: dict[str, Any], levels: Iterable[str]) -> str:
    return "".join("{:>26}".format("{:.4g} [{:.4g}, {:.4g}]".format(*interval(row[level]))) for level in levels)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=[*MEASURES, "ablation"], help="what to measure; the rest is kept")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--json", type=Path, help="where to write all numbers, and to keep those not measured now")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    wanted, target = arguments.only or [*MEASURES, "ablation"], arguments.json
    result: dict[str, Any] = {"measures": {}, "ablation": {}}
    if target and target.exists():
        result = json.loads(target.read_text())
    machine = {"processor": platform.machine(), "cores": os.cpu_count(), "threads": 1}
    versions = {"torch": torch.__version__, "gymnasium": gymnasium.__version__, "numpy": np.__version__}
    result["command"] = "python benchmarks/dqn_switches.py --json benchmarks/results/dqn_switches.json"
    result["machine"] = machine | versions

    def write() -> None:
        if target:
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_suffix(".part")
            fresh.write_text(json.dumps(result) + "\n")
            fresh.replace(target)

    print("{:<28}{:>26}{:>26}  {}".format("mean [95 % interval]", "off", "on", "switched on, it"))
    for name in (name for name in wanted if name != "ablation"):
        row = result["measures"][name] = measured(MEASURES[name], arguments.seeds)
        print(f"{name:<28}{shown(row, ('off', 'on'))}  {row['verdict']} ({row['cpu_s']:.0f} s)", flush=True)
        write()
    if "ablation" in wanted:

        def seed_done(row: dict[str, Any]) -> None:
            result["ablation"] = row
            count = len(row["curves"]["dqn"])
            print(f"ablation: {count} of {arguments.seeds} seeds ({row['cpu_s']:.0f} s)", flush=True)
            write()

        ablation(arguments.seeds, result["ablation"], seed_done)
        print("{:<28}{:>26}{:>26}{:>14}".format("CartPole-v1", "mean of the curve", "of its last five", "last >= 475"))
        for name, curves in result["ablation"]["curves"].items():
            found = np.array(curves)
            means = {"area": found.mean(axis=1), "late": found[:, -5:].mean(axis=1)}
            print(f"{name:<28}{shown(means, means)}{(found[:, -1] >= BAR).mean():14.0%}")


if __name__ == "__main__":
    main()
