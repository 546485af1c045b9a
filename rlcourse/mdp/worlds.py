"""Ready-made worlds: the textbook's examples, under the names by which they are known.

Numbers of examples are those of Sutton & Barto, Reinforcement Learning, 2nd edition (2018).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rlcourse.mdp.arrays import Floats
from rlcourse.mdp.blackjack import blackjack
from rlcourse.mdp.finite_mdp import FiniteMDP
from rlcourse.mdp.grid_world import grid_world
from rlcourse.mdp.sampling_examples import infinite_variance_loop, maximisation_bias, short_corridor
from rlcourse.mdp.terminal_states import absorb


def teleport_grid(discount: float = 0.9) -> FiniteMDP:
    """Examples 3.5 and 3.8: a 5x5 grid where A pays 10 and leads to a, B pays 5 and leads to b, bumps cost 1."""
    return grid_world(
        """
        .A.B.
        .....
        ...b.
        .....
        .a...
        """,
        discount=discount,
        teleport_reward={"A": 10.0, "B": 5.0},
        bump_reward=-1.0,
        start_anywhere=True,
    )


def corner_grid(discount: float = 1.0) -> FiniteMDP:
    """Example 4.1: a 4x4 grid, every step costs 1, the episode ends in two opposite corners."""
    return grid_world(
        """
        G...
        ....
        ....
        ...G
        """,
        discount=discount,
        living_reward=-1.0,
        goal_reward=-1.0,
        start_anywhere=True,
    )


def windy_grid(diagonal: bool = False) -> FiniteMDP:
    """Example 6.5: 7x10, every step costs 1, a crosswind blows up the middle columns; king's moves with `diagonal`."""
    return grid_world(
        """
        ..........
        ..........
        ..........
        S......G..
        ..........
        ..........
        ..........
        """,
        discount=1.0,
        living_reward=-1.0,
        goal_reward=-1.0,
        wind=(0, 0, 0, 1, 1, 1, 2, 2, 1, 0),
        diagonal=diagonal,
    )


def cliff_walk() -> FiniteMDP:
    """Example 6.6: 4x12, every step costs 1, falling costs 100 and sends you back to the start."""
    return grid_world(
        """
        ............
        ............
        ............
        S!!!!!!!!!!G
        """,
        discount=1.0,
        living_reward=-1.0,
        goal_reward=-1.0,
        cliff_reward=-100.0,
    )


def exit_maze(discount: float = 0.95) -> FiniteMDP:
    """A maze with four exits, of which only the nearest is real and pays 1; the others end the episode with nothing."""
    return grid_world(
        """
        X.#...#..X
        ..#.#.#.#.
        .#..#...#.
        ....##.##.
        .##.S#....
        ...#.##.#.
        .#....#.#.
        .###.G#..#
        .....##.#.
        X.##......
        """,
        discount=discount,
        pit_reward=0.0,
    )


def frozen_lake(discount: float = 1.0) -> FiniteMDP:
    """Gymnasium's slippery 4x4 FrozenLake, read from its own table: a move goes astray two times in three."""
    return FiniteMDP.from_gymnasium("FrozenLake-v1", discount)


def random_walk(n: int = 5, left_reward: float = 0.0, right_reward: float = 1.0, discount: float = 1.0) -> FiniteMDP:
    """Examples 6.2 (n=5) and 7.1 (n=19, rewards -1 and 1): a fair walk on a line that ends at both ends.

    States 0 and n+1 are the ends, the walk starts in the middle. There is one action: nothing to decide.
    """
    if n < 1 or n % 2 == 0:
        raise ValueError(f"n is {n}; expected an odd number of states, at least 1, so that there is a middle")
    state = np.arange(n + 2)
    terminal = (state == 0) | (state == n + 1)
    next_state = np.stack([state - 1, state + 1], axis=1)[:, None, :]
    reward = np.where(next_state == 0, left_reward, np.where(next_state == n + 1, right_reward, 0.0))
    prob, next_state, reward = absorb(terminal, np.full(next_state.shape, 0.5), next_state, reward)
    letters = [chr(ord("A") + i) for i in range(n)] if n <= 26 else [str(i) for i in range(1, n + 1)]
    return FiniteMDP(
        prob=prob,
        next_state=next_state,
        reward=reward,
        discount=discount,
        terminal=terminal,
        start=(state == (n + 1) // 2).astype(float),
        positions=np.stack([np.zeros_like(state), state], axis=1),
        state_names=("left end", *letters, "right end"),
        action_names=("step",),
    )


def gamblers_problem(p: float = 0.4) -> FiniteMDP:
    """Example 4.3: stake part of your capital on a coin that falls heads with probability p, until 0 or 100.

    State = capital (101 states), action = stake (0..50). Reaching 100 pays 1, so a value is the chance of success. The
    book also lists stake 0; it is not available here, since it changes nothing and a policy that uses it never ends.
    """
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"p is {p}; expected a probability in [0, 1]")
    capital, stake = np.arange(101)[:, None], np.arange(51)[None, :]
    available = (stake >= 1) & (stake <= np.minimum(capital, 100 - capital))
    terminal = np.isin(capital[:, 0], (0, 100))
    available[terminal] = True
    moved = np.where(available, stake, 0)
    next_state = np.stack([capital + moved, capital - moved], axis=2)
    prob = np.broadcast_to(np.array([p, 1.0 - p]), next_state.shape)
    prob, next_state, reward = absorb(terminal, prob, next_state, (next_state == 100).astype(float))
    return FiniteMDP(
        prob=prob,
        next_state=next_state,
        reward=reward,
        discount=1.0,
        terminal=terminal,
        start=np.where(terminal, 0.0, 1.0 / 99),
        available=available,
        state_names=tuple(f"capital {i}" for i in range(101)),
        action_names=tuple(f"stake {i}" for i in range(51)),
    )


def car_rental(discount: float = 0.9) -> FiniteMDP:
    """Example 4.2 (Jack's car rental): move cars between two sites overnight, then rent out what is there.

    State 21*i + j: i and j cars at the sites in the evening, at most 20 each; action moved + 5, moved in -5..5 from the
    first to the second site at a cost of 2 each. Requests are Poisson with means 3 and 4, a rental pays 10; returns are
    Poisson with means 3 and 2 (the full model, not constant returns) and can be rented from the next day on. Cars
    beyond 20 leave the business. K = 441 outcomes; rewards are the exact conditional means E[r | s, a, s'].
    """
    first, first_rented = _day(requests=3.0, returns=3.0)
    second, second_rented = _day(requests=4.0, returns=2.0)
    cars, actions = 21, 11
    states = cars * cars
    # For any two morning stocks: the chance of every evening pair, and the mean number of rentals on the way to it.
    prob = np.einsum("im,jn->ijmn", first, second).reshape(states, states)
    with np.errstate(invalid="ignore"):
        mean_first = np.where(first > 0, first_rented / first, 0.0)
        mean_second = np.where(second > 0, second_rented / second, 0.0)
    rented = mean_first[:, None, :, None] + mean_second[None, :, None, :]
    income = 10.0 * rented.reshape(states, states)

    i, j = np.divmod(np.arange(states)[:, None], cars)
    moved = np.arange(-5, 6)[None, :]
    available = (moved <= i) & (-moved <= j)
    morning = np.clip(i - moved, 0, 20) * cars + np.clip(j + moved, 0, 20)
    return FiniteMDP(
        prob=prob[morning],
        next_state=np.broadcast_to(np.arange(states), (states, actions, states)),
        reward=income[morning] - 2.0 * np.abs(moved)[:, :, None],
        discount=discount,
        terminal=np.zeros(states, dtype=bool),
        start=np.full(states, 1.0 / states),
        available=available,
        positions=np.stack(np.divmod(np.arange(states), cars), axis=1),
        state_names=tuple(f"{a} and {b} cars" for a in range(cars) for b in range(cars)),
        action_names=tuple(f"move {m:+d}" for m in range(-5, 6)),
    )


def _day(requests: float, returns: float) -> tuple[Floats, Floats]:
    """One site's day: p(evening | morning) [21, 21] and E[rented; evening | morning], joint with the evening stock."""
    most = 60  # far beyond any Poisson count that matters: the tail is below 1e-40
    request, returned = _poisson(requests, most), _poisson(returns, most)
    prob, rented = np.zeros((21, 21)), np.zeros((21, 21))
    for morning in range(21):
        for wanted in range(most):
            out = min(wanted, morning)
            evening = np.minimum(morning - out + np.arange(most), 20)
            chance = np.bincount(evening, request[wanted] * returned, minlength=21)
            prob[morning] += chance
            rented[morning] += out * chance
    return prob, rented


def _poisson(mean: float, count: int) -> Floats:
    """Probabilities of 0..count-1 under a Poisson distribution, normalised."""
    k = np.arange(1, count)
    weight = np.exp(np.concatenate([[0.0], np.cumsum(np.log(mean / k))]))
    return np.asarray(weight / weight.sum())


WORLDS: dict[str, Callable[..., FiniteMDP]] = {  # the name in rlcourse/<name>-v0, and its builder
    "TeleportGrid": teleport_grid,
    "CornerGrid": corner_grid,
    "WindyGrid": windy_grid,
    "CliffWalk": cliff_walk,
    "ExitMaze": exit_maze,
    "FrozenLake": frozen_lake,
    "RandomWalk": random_walk,
    "Gambler": gamblers_problem,
    "CarRental": car_rental,
    "Blackjack": blackjack,
    "ShortCorridor": short_corridor,
    "MaximisationBias": maximisation_bias,
    "InfiniteVarianceLoop": infinite_variance_loop,
}
