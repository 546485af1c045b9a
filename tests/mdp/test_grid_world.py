"""Grid worlds: what each symbol and option of a map means, cell by cell."""

import numpy as np
import pytest

from rlcourse.mdp import grid_world

UP, RIGHT, DOWN, LEFT = range(4)


def outcomes(mdp, cell, action):
    """{(row, column): (probability, mean reward)} of an action; `action` is a name or a number."""
    s = [tuple(p) for p in mdp.positions.tolist()].index(cell)
    a = mdp.action_names.index(action) if isinstance(action, str) else action
    found = {}
    for p, t, r in zip(mdp.prob[s, a], mdp.next_state[s, a], mdp.reward[s, a], strict=True):
        if p > 0:
            target = tuple(mdp.positions[t].tolist())
            before, mean = found.get(target, (0.0, 0.0))
            found[target] = (before + p, (before * mean + p * r) / (before + p))
    return {target: (pytest.approx(p), pytest.approx(r)) for target, (p, r) in found.items()}


def ends_in(mdp, cell, action):
    (target,) = outcomes(mdp, cell, action)
    return target


# States


def test_states_are_the_cells_row_by_row_without_walls_and_cliffs():
    mdp = grid_world("S#.\n.!G")
    assert mdp.positions.tolist() == [[0, 0], [0, 2], [1, 0], [1, 2]]
    assert mdp.state_names == ("(0, 0)", "(0, 2)", "(1, 0)", "(1, 2)")
    assert mdp.layout == ("S#.", ".!G")
    assert mdp.terminal.tolist() == [False, False, False, True]
    assert mdp.start.tolist() == [1, 0, 0, 0]
    assert mdp.action_names == ("up", "right", "down", "left")


def test_a_map_may_be_rows_and_may_be_indented():
    rows = grid_world(["S..", "..G"])
    text = grid_world(
        """
        S..
        ..G
        """
    )
    assert rows.layout == text.layout == ("S..", "..G")
    np.testing.assert_array_equal(rows.next_state, text.next_state)


def test_starts():
    np.testing.assert_array_equal(grid_world("S.S.G").start, [0.5, 0, 0.5, 0, 0])
    np.testing.assert_array_equal(grid_world("S.X.G", start_anywhere=True).start, np.array([1, 1, 0, 1, 0]) / 3)
    np.testing.assert_array_equal(grid_world("...G", start_anywhere=True).start, np.array([1, 1, 1, 0]) / 3)


# Moves


def test_the_four_moves_and_the_bumps():
    mdp = grid_world("...\n.S.\n...", living_reward=-0.5, bump_reward=-2.0)
    assert [ends_in(mdp, (1, 1), a) for a in range(4)] == [(0, 1), (1, 2), (2, 1), (1, 0)]
    assert outcomes(mdp, (1, 1), UP) == {(0, 1): (1, -0.5)}
    assert outcomes(mdp, (0, 0), UP) == outcomes(mdp, (0, 0), LEFT) == {(0, 0): (1, -2)}
    assert outcomes(mdp, (2, 2), DOWN) == outcomes(mdp, (2, 2), RIGHT) == {(2, 2): (1, -2)}


def test_a_wall_is_a_bump_and_a_bump_pays_the_living_reward_by_default():
    assert outcomes(grid_world("S#G", living_reward=-0.5), (0, 0), RIGHT) == {(0, 0): (1, -0.5)}
    assert outcomes(grid_world("S#G", living_reward=-0.5, bump_reward=0.0), (0, 0), RIGHT) == {(0, 0): (1, 0)}


def test_the_eight_moves():
    mdp = grid_world("...\n.S.\n...", diagonal=True)
    assert {name: ends_in(mdp, (1, 1), name) for name in mdp.action_names} == {
        "up": (0, 1),
        "up-right": (0, 2),
        "right": (1, 2),
        "down-right": (2, 2),
        "down": (2, 1),
        "down-left": (2, 0),
        "left": (1, 0),
        "up-left": (0, 0),
    }
    assert ends_in(mdp, (0, 0), "down-left") == (0, 0)


def test_slips_go_sideways():
    mdp = grid_world("...\n.S.\n...", slip=0.3)
    assert outcomes(mdp, (1, 1), UP) == {(0, 1): (0.7, 0), (1, 0): (0.15, 0), (1, 2): (0.15, 0)}
    assert outcomes(mdp, (1, 1), LEFT) == {(1, 0): (0.7, 0), (0, 1): (0.15, 0), (2, 1): (0.15, 0)}
    assert outcomes(mdp, (0, 0), UP) == {(0, 0): (0.85, 0), (0, 1): (0.15, 0)}
    always = grid_world("...\n.S.\n...", slip=1.0)
    assert outcomes(always, (1, 1), RIGHT) == {(0, 1): (0.5, 0), (2, 1): (0.5, 0)}
    king = grid_world("...\n.S.\n...", slip=0.2, diagonal=True)
    assert outcomes(king, (1, 1), "up-right") == {(0, 2): (0.8, 0), (0, 0): (0.1, 0), (2, 2): (0.1, 0)}


# What a move pays


def test_goal_and_pit():
    mdp = grid_world("GS.X", goal_reward=5.0, pit_reward=-7.0, living_reward=-1.0)
    assert outcomes(mdp, (0, 1), LEFT) == {(0, 0): (1, 5)}
    assert outcomes(mdp, (0, 1), RIGHT) == {(0, 2): (1, -1)}
    assert outcomes(mdp, (0, 2), RIGHT) == {(0, 3): (1, -7)}
    assert mdp.terminal.tolist() == [True, False, False, True]
    for cell in ((0, 0), (0, 3)):
        for action in range(4):
            assert outcomes(mdp, cell, action) == {cell: (1, 0)}


def test_one_reward_a_goal():
    mdp = grid_world("GSG", goal_reward={(0, 0): 3.0, (0, 2): 8.0})
    assert outcomes(mdp, (0, 1), LEFT) == {(0, 0): (1, 3)}
    assert outcomes(mdp, (0, 1), RIGHT) == {(0, 2): (1, 8)}
    for wrong in ({(0, 0): 3.0}, {(0, 0): 3.0, (0, 1): 1.0, (0, 2): 8.0}):
        with pytest.raises(ValueError, match=r"goal_reward names the cells .*; the goals on the map are \[\(0, 0\)"):
            grid_world("GSG", goal_reward=wrong)


def test_falling_off_the_cliff_sends_back_to_the_start_and_goes_on():
    mdp = grid_world("...\nS!G", cliff_reward=-50.0, living_reward=-1.0)
    assert outcomes(mdp, (1, 0), RIGHT) == {(1, 0): (1, -50)}
    assert outcomes(mdp, (0, 1), DOWN) == {(1, 0): (1, -50)}
    assert not mdp.terminal[mdp.start > 0].any()


def test_every_action_in_a_teleport_leads_to_its_exit():
    mdp = grid_world("SA.B\nb..a", teleport_reward={"A": 10.0, "B": 5.0}, slip=0.4, living_reward=-1.0)
    for action in range(4):
        assert outcomes(mdp, (0, 1), action) == {(1, 3): (1, 10)}
        assert outcomes(mdp, (0, 3), action) == {(1, 0): (1, 5)}
    assert outcomes(grid_world("SAa", teleport_reward=2.5), (0, 1), UP) == {(0, 2): (1, 2.5)}
    assert outcomes(grid_world("Sa.G"), (0, 1), RIGHT) == {(0, 2): (1, 0)}  # an exit is ordinary floor
    # letters that are not on the map may have a reward, so that a map can be repainted
    assert grid_world("SAa", teleport_reward={"A": 1.0, "B": 2.0}).num_states == 3


# Wind


def test_wind_of_the_column_that_is_left_blows_up():
    mdp = grid_world("...\n...\n...\nS..", wind=[0, 1, 2], living_reward=-1.0)
    assert ends_in(mdp, (3, 0), RIGHT) == (3, 1)  # no wind where it stood
    assert ends_in(mdp, (3, 1), LEFT) == (2, 0)
    assert ends_in(mdp, (3, 1), UP) == (1, 1)
    assert ends_in(mdp, (3, 2), LEFT) == (1, 1)
    assert outcomes(mdp, (2, 1), DOWN) == {(2, 1): (1, -1)}  # down and blown back: no bump
    assert ends_in(mdp, (0, 2), RIGHT) == (0, 2)
    assert ends_in(mdp, (1, 2), UP) == (0, 2)  # not over the edge


def test_wind_stops_at_walls_and_may_blow_into_anything_else():
    assert ends_in(grid_world(".\n#\n.\nS", wind=[3]), (3, 0), DOWN) == (2, 0)
    assert outcomes(grid_world("G\n.\nS", wind=[2], goal_reward=4.0), (2, 0), LEFT) == {(0, 0): (1, 4)}
    assert outcomes(grid_world("!\nS", wind=[1], cliff_reward=-9.0), (1, 0), LEFT) == {(1, 0): (1, -9)}
    assert outcomes(grid_world(".\nS", wind=[1], bump_reward=-3.0), (1, 0), LEFT) == {(0, 0): (1, -3)}


# Forbidden bumps


def test_forbidden_bumps_are_unavailable():
    mdp = grid_world("S.#\n..G", bump="forbid")
    assert mdp.available[0].tolist() == [False, True, True, False]  # the corner
    assert mdp.available[1].tolist() == [False, False, True, True]  # a wall to the right
    assert mdp.available[4].all()  # nothing is left to forbid where the episode is over
    assert grid_world("S.#\n..G").available is None


def test_a_walled_in_teleport_can_still_be_left():
    mdp = grid_world("#A#S\n###a", bump="forbid")
    assert mdp.available[0].all()
    with pytest.raises(ValueError, match=r"state 2 \(0, 3\) has no available action"):
        grid_world("SG#.#", bump="forbid")


# Bad maps

REFUSED = {
    "empty text": (("",), {}, "the map is empty; draw at least one row"),
    "blank text": (("  \n ",), {}, "the map is empty"),
    "no rows": (([],), {}, "the map is empty"),
    "empty row": (([""],), {}, "the map is empty"),
    "ragged": (("S..\n.G",), {}, "row 1 of the map has 2 cells, row 0 has 3; all must be equal"),
    "ragged by a blank line": (("S..\n\n..G",), {}, "row 1 of the map has 0 cells"),
    "unknown symbol": (("S..\n.?G",), {}, r"unknown symbol '\?' in row 1, column 1 of the map; known are \.#SGX!"),
    "small s": (("s.G",), {}, "unknown symbol 's' in row 0, column 0"),
    "no start": (("...G",), {}, "the map has no start; mark a cell with 'S' or pass start_anywhere=True"),
    "only walls": (("##",), {"start_anywhere": True}, "no cell to stand on; leave some floor"),
    "only ends": (("GX",), {"start_anywhere": True}, "every state is terminal"),
    "teleport without exit": (("SA.G",), {}, "teleport 'A' needs exactly one exit 'a'; found 0"),
    "teleport with two exits": (("SCcc",), {}, "teleport 'C' needs exactly one exit 'c'; found 2"),
    "teleport without reward": (
        ("SABab",),
        {"teleport_reward": {"A": 1.0}},
        r"teleport_reward names \['A'\]; the teleports on the map are \['A', 'B'\]",
    ),
    "cliff without start": (("..!G",), {"start_anywhere": True}, "cliff '!' needs exactly one start 'S'.*; found 0"),
    "cliff with two starts": (("S!S",), {}, "cliff '!' needs exactly one start 'S'.*; found 2"),
    "slip above one": (("S.G",), {"slip": 1.1}, r"slip is 1.1; expected a probability in \[0, 1\]"),
    "slip NaN": (("S.G",), {"slip": np.nan}, "slip is nan"),
    "short wind": (("S.G",), {"wind": [1, 1]}, "wind has 2 entries; expected one for each of the 3 columns"),
    "wind that blows down": (("S.G",), {"wind": [0, -1, 0]}, r"wind is \[0, -1, 0\]; expected whole .* at least 0"),
    "half a gust": (("S.G",), {"wind": [0, 0.5, 0]}, "wind is .*; expected whole numbers of cells"),
    "unknown bump": (("S.G",), {"bump": "bounce"}, 'bump is \'bounce\'; expected "stay" or "forbid"'),
    "rows of cells": (([["S", "G"]],), {}, "the map must be text, or a list of rows of text"),
    "discount": (("S.G",), {"discount": 2.0}, "discount is 2.0"),
    "NaN reward": (("S.G",), {"living_reward": np.nan}, "reward.* is nan; every entry must be a finite number"),
}


@pytest.mark.parametrize(("arguments", "options", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        grid_world(*arguments, **options)
