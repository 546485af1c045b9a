"""The ready-made worlds against the numbers of the book (Sutton & Barto, 2nd edition) and against direct counting."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import poisson

from rlcourse import tabular
from rlcourse.mdp import (
    WORLDS,
    car_rental,
    cliff_walk,
    corner_grid,
    exit_maze,
    frozen_lake,
    gamblers_problem,
    random_walk,
    teleport_grid,
    windy_grid,
)


@pytest.fixture(scope="module")
def jack():
    return car_rental()


def names_of(mdp, policy_row):
    return "".join(mdp.action_names[a][0] for a in np.flatnonzero(policy_row))


# Example 3.5 and 3.8


def test_teleport_grid_under_the_random_policy():
    mdp = teleport_grid()
    value = tabular.evaluate_policy_exactly(mdp, tabular.uniform_policy(mdp))
    expected = """
         3.309  8.789  4.428  5.322  1.492
         1.522  2.992  2.250  1.908   .547
          .051   .738   .673   .358  -.403
         -.974  -.435  -.355  -.586 -1.183
        -1.858 -1.345 -1.229 -1.423 -1.975"""
    np.testing.assert_allclose(value, np.array(expected.split(), float), atol=5.1e-4)


def test_teleport_grid_optimum():
    mdp = teleport_grid()
    best = tabular.solve(mdp)
    assert best.value.max() == best.value[1] == pytest.approx(10 / (1 - 0.9**5), rel=1e-12)
    np.testing.assert_allclose(best.value[:5], [21.977, 24.419, 21.977, 19.419, 17.477], atol=5.1e-4)
    book = """
        22.0 24.4 22.0 19.4 17.5
        19.8 22.0 19.8 17.8 16.0
        17.8 19.8 17.8 16.0 14.4
        16.0 17.8 16.0 14.4 13.0
        14.4 16.0 14.4 13.0 11.7"""
    np.testing.assert_array_equal(best.value.round(1), np.array(book.split(), float))
    arrows = [names_of(mdp, row) for row in best.policy]
    assert arrows[:10] == ["r", "urdl", "l", "urdl", "l", "ur", "u", "ul", "l", "l"]
    assert arrows[10:] == 3 * ["ur", "u", "ul", "ul", "ul"]


# Example 4.1


def test_corner_grid_values():
    mdp = corner_grid()
    value = tabular.evaluate_policy_exactly(mdp, tabular.uniform_policy(mdp))
    np.testing.assert_allclose(
        value, [0, -14, -20, -22, -14, -18, -20, -20, -20, -20, -18, -14, -22, -20, -14, 0], atol=1e-10
    )
    best = tabular.solve(mdp)
    np.testing.assert_allclose(best.value, -np.array([0, 1, 2, 3, 1, 2, 3, 2, 2, 3, 2, 1, 3, 2, 1, 0]), atol=1e-12)
    # figure 4.1: greedy for the random policy's values is already optimal
    np.testing.assert_allclose(
        tabular.evaluate_policy_exactly(mdp, tabular.greedy_policy(mdp, value)), best.value, atol=1e-12
    )


# Example 4.2


def test_car_rental_is_solved_by_four_improvements(jack):
    stay = tabular.deterministic_policy(jack, np.full(441, 5))
    steps = list(tabular.policy_iteration(jack, stay))
    assert len(steps) == 5
    moved = steps[-1].policy.argmax(axis=1) - 5
    assert (steps[-1].policy.max(axis=1) == 1).all()  # no ties
    assert (moved.min(), moved.max()) == (-4, 5)
    assert set(moved) == set(range(-4, 6))
    table = moved.reshape(21, 21)  # rows: cars at the first site
    assert table[20, 0] == 5 and table[0, 20] == -4 and table[10, 10] == 0
    assert (np.diff(table, axis=0) >= 0).all() and (np.diff(table, axis=1) <= 0).all()  # more here, move more away


def test_car_rental_names_and_availability(jack):
    assert jack.action_names[0] == "move -5" and jack.action_names[7] == "move +2"
    assert jack.state_names[21 * 3 + 8] == "3 and 8 cars" and jack.positions[21 * 3 + 8].tolist() == [3, 8]
    assert jack.available[21 * 3 + 2].tolist() == [False] * 3 + [True] * 6 + [False] * 2  # from -2 to +3
    assert jack.available[21 * 20 + 20].all() and jack.available[0].sum() == 1


@pytest.mark.parametrize(("i", "j", "moved"), [(3, 5, 1), (0, 0, 0), (20, 20, -5), (18, 1, 5), (0, 9, -4)])
def test_car_rental_rows_by_direct_counting(jack, i, j, moved):
    """Sum over every combination of requests and returns at each site; Poisson tails beyond 40 are below 1e-25."""
    most = 40

    chances = {mean: poisson.pmf(np.arange(most), mean) for mean in (2, 3, 4)}

    def day(morning, requests, returns):
        chance, income = np.zeros(21), np.zeros(21)
        for wanted, p in enumerate(chances[requests]):
            for back, q in enumerate(chances[returns]):
                rented = min(wanted, morning)
                evening = min(morning - rented + back, 20)
                chance[evening] += p * q
                income[evening] += p * q * 10 * rented
        return chance, income

    first, first_income = day(min(i - moved, 20), 3, 3)
    second, second_income = day(min(j + moved, 20), 4, 2)
    s, a = 21 * i + j, moved + 5
    chance = np.outer(first, second).ravel()
    income = (np.outer(first_income, second) + np.outer(first, second_income)).ravel()  # jointly with the evening
    assert jack.next_state[s, a].tolist() == list(range(441))
    np.testing.assert_allclose(jack.prob[s, a], chance, atol=1e-12)
    np.testing.assert_allclose(jack.prob[s, a] * (jack.reward[s, a] + 2 * abs(moved)), income, atol=1e-10)
    assert jack.expected_reward[s, a] == pytest.approx(income.sum() - 2 * abs(moved))


def test_car_rental_by_playing_it(jack):
    """The value of the full house, from 2,000 games by the rules of the example; |z| > 4.9 in 1 of a million seeds."""
    rng, games = np.random.default_rng(0), 2000
    moves = tabular.solve(jack).policy.argmax(axis=1) - 5
    first, second = np.full(games, 20), np.full(games, 20)
    total, weight = np.zeros(games), 1.0
    for _ in range(110):  # 0.9^110 * 70 / (1 - 0.9) < 0.01
        moved = moves[21 * first + second]
        first, second = np.minimum(first - moved, 20), np.minimum(second + moved, 20)
        out_first, out_second = np.minimum(rng.poisson(3, games), first), np.minimum(rng.poisson(4, games), second)
        total += weight * (10 * (out_first + out_second) - 2 * np.abs(moved))
        first = np.minimum(first - out_first + rng.poisson(3, games), 20)
        second = np.minimum(second - out_second + rng.poisson(2, games), 20)
        weight *= 0.9
    z = (total.mean() - tabular.solve(jack).value[440]) / (total.std() / np.sqrt(games))
    assert abs(z) < 4.9


# Example 4.3


def bold_play(p):
    """The exact chance of success of staking all that is useful, which is optimal for p < 1/2.

    v(s) = p v(2s) below 50, p at 50, p + (1 - p) v(2s - 100) above: affine in the value of the next capital, so an
    orbit that returns to itself gives one linear equation.
    """
    value = {0: Fraction(0), 100: Fraction(1)}
    for start in range(1, 100):
        orbit = []
        s = start
        while s not in value and s not in orbit:
            orbit.append(s)
            s = 2 * s if s <= 50 else 2 * s - 100
        affine = [(Fraction(0), p) if x <= 50 else (p, 1 - p) for x in orbit]
        if s not in value:  # the circle from s back to s
            constant, slope = Fraction(0), Fraction(1)
            for c, k in affine[orbit.index(s) :]:
                constant, slope = constant + slope * c, slope * k
            value[s] = constant / (1 - slope)
        for x, (c, k) in zip(reversed(orbit), reversed(affine), strict=True):
            value[x] = c + k * value[2 * x if x <= 50 else 2 * x - 100]
    return [value[s] for s in range(101)]


@pytest.mark.parametrize("p", [Fraction(2, 5), Fraction(1, 4)])
def test_gambler_values_and_every_tie(p):
    value = bold_play(p)
    mdp = gamblers_problem(float(p))
    best = tabular.solve(mdp)
    np.testing.assert_allclose(best.value[1:100], np.array(value[1:100], float), rtol=1e-11)
    for s in range(1, 100):
        chance = {a: p * value[s + a] + (1 - p) * value[s - a] for a in range(1, min(s, 100 - s) + 1)}
        assert max(chance.values()) == value[s]  # bold play is optimal, exactly
        assert np.flatnonzero(best.policy[s]).tolist() == [a for a, q in chance.items() if q == value[s]]


def test_gambler_of_the_book():
    mdp = gamblers_problem(0.4)
    best = tabular.solve(mdp)
    np.testing.assert_allclose(best.value[[25, 50, 75]], [0.16, 0.4, 0.64], rtol=1e-12)
    smallest = [int(np.flatnonzero(best.policy[s])[0]) for s in range(1, 100)]
    tooth = [*range(1, 13), *range(12, 0, -1)]  # figure 4.3: between the peaks at 25, 50 and 75 four equal teeth
    assert smallest == [*tooth, 25, *tooth, 50, *tooth, 25, *tooth]
    assert mdp.available[30].nonzero()[0].tolist() == list(range(1, 31))
    assert mdp.available[80].nonzero()[0].tolist() == list(range(1, 21))
    assert mdp.name(80) == "80 capital 80" and mdp.action_name(3) == "stake 3"


def test_gambler_at_the_limits():
    np.testing.assert_array_equal(tabular.solve(gamblers_problem(0.0)).value, np.zeros(101))
    sure = tabular.solve(gamblers_problem(1.0)).value
    np.testing.assert_allclose(sure[1:100], 1)
    fair = tabular.solve(gamblers_problem(0.5))
    np.testing.assert_allclose(fair.value[1:100], np.arange(1, 100) / 100, atol=1e-12)
    np.testing.assert_array_equal(fair.policy[1:100] > 0, gamblers_problem(0.5).available[1:100])  # all are alike


# FrozenLake, Examples 6.2, 7.1, 6.5, 6.6


def test_frozen_lake():
    assert tabular.solve(frozen_lake()).value[0] == pytest.approx(14 / 17, abs=1e-12)
    assert frozen_lake(0.5).discount == 0.5


def test_random_walk_of_five():
    mdp = random_walk()
    value = tabular.evaluate_policy_exactly(mdp, np.ones((7, 1)))
    np.testing.assert_allclose(value, [0, 1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 0], atol=1e-14)
    assert mdp.start.tolist() == [0, 0, 0, 1, 0, 0, 0]
    assert mdp.state_names == ("left end", *"ABCDE", "right end")


def test_random_walk_of_nineteen():
    mdp = random_walk(19, left_reward=-1.0)
    value = tabular.evaluate_policy_exactly(mdp, np.ones((21, 1)))
    np.testing.assert_allclose(value[1:-1], np.arange(-9, 10) / 10, atol=1e-13)
    assert mdp.start.argmax() == 10
    assert random_walk(27).state_names[27] == "27"


def test_windy_grid():
    for diagonal, steps in ((False, 15), (True, 7)):  # Example 6.5 and Exercise 6.9
        mdp = windy_grid(diagonal)
        assert tabular.solve(mdp).value @ mdp.start == pytest.approx(-steps)


def test_the_wind_of_the_windy_grid():
    """The numbers under the columns of the book's figure: how far a move to the right is carried up."""
    mdp = windy_grid()
    bottom = [s for s, (row, _) in enumerate(mdp.positions.tolist()) if row == 6]
    after = mdp.positions[mdp.next_state[bottom, mdp.action_names.index("right"), 0]]
    assert (6 - after[:, 0]).tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 1, 0]
    assert after[:, 1].tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 9]


def eps_soft(mdp, eps):
    """The MDP whose actions are replaced by random ones with probability eps: its optimum is the best eps-soft."""
    shape = mdp.prob.shape

    def with_every_other(table, own, other):
        parts = [own * table] + [np.broadcast_to(other * table[:, [b]], shape) for b in range(shape[1])]
        return np.concatenate(parts, axis=2)

    return dataclasses.replace(
        mdp,
        prob=with_every_other(mdp.prob, 1 - eps, eps / shape[1]),
        next_state=with_every_other(mdp.next_state, 1, 1),
        reward=with_every_other(mdp.reward, 1, 1),
    )


def test_cliff_walk():
    mdp = cliff_walk()
    best = tabular.solve(mdp)
    assert best.value @ mdp.start == pytest.approx(-13)
    exploring = 0.9 * best.policy + 0.1 * tabular.uniform_policy(mdp)
    assert tabular.evaluate_policy_exactly(mdp, exploring) @ mdp.start == pytest.approx(-50.80, abs=5e-3)
    assert tabular.solve(eps_soft(mdp, 0.1)).value @ mdp.start == pytest.approx(-20.71, abs=5e-3)


def steps_from(layout, cell):
    """Breadth-first search over the floor: {cell: number of steps}; the search ends at exits."""
    distance, frontier = {cell: 0}, [cell]
    while frontier:
        row, column = frontier.pop(0)
        for near in ((row - 1, column), (row, column + 1), (row + 1, column), (row, column - 1)):
            inside = 0 <= near[0] < layout.shape[0] and 0 <= near[1] < layout.shape[1]
            if inside and near not in distance and layout[near] != "#":
                distance[near] = distance[row, column] + 1
                frontier += [near] if layout[near] in ".S" else []
    return distance


def test_exit_maze():
    mdp = exit_maze()
    layout = np.array([list(row) for row in mdp.layout])
    goal, start = (tuple(np.argwhere(layout == mark)[0].tolist()) for mark in "GS")
    exits = steps_from(layout, start)
    assert min((steps, layout[cell]) for cell, steps in exits.items() if layout[cell] in "GX")[1] == "G"
    assert (layout == "X").sum() == 3 and (layout == "G").sum() == 1
    distance = steps_from(layout, goal)  # only the goal pays, so v = discount^(steps - 1)
    expected = [0.0 if layout[tuple(c)] in "GX" else 0.95 ** (distance[tuple(c)] - 1) for c in mdp.positions.tolist()]
    np.testing.assert_allclose(tabular.solve(mdp).value, expected, atol=1e-12)


# All of them


@pytest.mark.parametrize("name", WORLDS)
def test_every_world_is_whole(name):
    mdp = WORLDS[name]()
    assert len(mdp.action_names) == mdp.num_actions
    assert mdp.state_names is None or len(mdp.state_names) == mdp.num_states
    np.testing.assert_array_equal(mdp.prob.sum(axis=2)[mdp.allowed].round(9), 1)
    if mdp.layout is not None:
        assert all(mdp.layout[r][c] not in "#!" for r, c in mdp.positions)


@pytest.mark.parametrize("name", [n for n in WORLDS if n not in ("WindyGrid", "CliffWalk", "Gambler")])
def test_worlds_take_a_discount(name):
    assert WORLDS[name](discount=0.25).discount == 0.25


@pytest.mark.parametrize("n", [0, -1, 4])
def test_random_walk_needs_a_middle(n):
    with pytest.raises(ValueError, match=f"n is {n}; expected an odd number of states"):
        random_walk(n)


@pytest.mark.parametrize("p", [-0.1, 1.1, np.nan])
def test_gambler_needs_a_probability(p):
    with pytest.raises(ValueError, match=rf"p is {p}; expected a probability in \[0, 1\]"):
        gamblers_problem(p)
