import dataclasses

import numpy as np
import pytest

from rlcourse import mdp
from rlcourse.notebook.pictures.grid_cells import arrow, blank, cells_of, directions, icon
from rlcourse.tabular import greedy_policy, uniform_policy


@pytest.fixture
def world():
    return mdp.grid_world("S.#\n.XG")


def test_every_action_gets_the_direction_that_its_name_says(world):
    assert directions(world) == [(0, -1), (1, 0), (0, 1), (-1, 0)]
    assert directions(mdp.frozen_lake()) == [(-1, 0), (0, 1), (1, 0), (0, -1)]  # left, down, right, up
    assert directions(mdp.windy_grid(diagonal=True))[1] == (1, -1)  # up-right


def test_unnamed_actions_are_up_right_down_left(world):
    assert directions(dataclasses.replace(world, action_names=None)) == directions(world)


def test_actions_without_a_direction_are_refused():
    with pytest.raises(ValueError, match=r"move -5.*no direction"):
        directions(mdp.car_rental())


def test_a_cell_shows_its_value_its_badge_and_all_tied_actions(world):
    value = np.array([-0.5, 0.25, 1.0, 0.0, 0.0])
    cells = cells_of(world, value, uniform_policy(world))
    start = cells[0][0]
    assert (start.text, start.badge, start.icon) == ("−0.50", "S", "")
    assert sorted(start.arrows) == [(-1, 0, 0.25), (0, -1, 0.25), (0, 1, 0.25), (1, 0, 0.25)]
    assert "start" in start.about and "goes up or right or down or left" in start.about and "−0.50" in start.about


def test_walls_goals_and_pits_show_what_they_are_and_no_number(world):
    cells = cells_of(world, np.ones(5), uniform_policy(world))
    wall, pit, goal = cells[0][2], cells[1][1], cells[1][2]
    assert (pit.icon, goal.icon) == ("cross", "star")
    assert not any((cell.text, cell.arrows) != ("", ()) for cell in (wall, pit, goal))
    assert len({wall.fill, pit.fill, goal.fill}) == 3


def test_a_policy_follows_the_names_not_the_order_of_the_actions():
    lake = mdp.frozen_lake()
    always_left = np.eye(4)[np.zeros(lake.num_states, dtype=int)]
    assert cells_of(lake, policy=always_left)[0][0].arrows == ((-1, 0, 1.0),)


def test_labels_replace_the_numbers(world):
    assert cells_of(world, np.ones(5), labels=list("vwxyz"))[0][1].text == "w"
    assert cells_of(world, labels={1: "here"})[0][1].text == "here"
    assert cells_of(world, labels={1: "here"})[0][0].text == ""
    row = cells_of(world, np.ones(5), labels={1: "here"})[0]
    assert row[1].text == "here" and row[0].text == "1.00"  # the other states keep their numbers


def test_terminal_cells_without_a_symbol_say_end(world):
    cells = cells_of(dataclasses.replace(world, layout=None), np.ones(5))
    assert cells[1][2].text == "end" and cells[0][0].badge == "S" and cells[0][2].symbol == " "


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"value": np.ones(4)}, r"value has shape \(4,\); expected \(5,\)"),
        ({"policy": np.ones((5, 3))}, r"policy has shape \(5, 3\); expected \(5, 4\)"),
        ({"labels": ["a"]}, "1 labels"),
    ],
)
def test_arrays_of_the_wrong_shape_are_refused(world, arguments, message):
    with pytest.raises(ValueError, match=message):
        cells_of(world, **arguments)


def test_a_model_without_positions_is_refused():
    with pytest.raises(ValueError, match="no grid"):
        cells_of(mdp.gamblers_problem())


def area(corners):
    x, y = corners.T
    return abs(np.sum(x * np.roll(y, 1) - y * np.roll(x, 1))) / 2


@pytest.mark.parametrize("edge", [True, False])
def test_the_area_of_an_arrow_is_the_probability(edge):
    whole, quarter = arrow(1, 0, 1.0, edge=edge), arrow(1, 0, 0.25, edge=edge)
    assert area(quarter) == pytest.approx(area(whole) / 4)


@pytest.mark.parametrize(("x", "y"), [(0, -1), (1, 0), (0, 1), (-1, 0), (1, 1), (-1, -1)])
def test_arrows_point_where_they_should_and_stay_in_their_cell(x, y):
    for edge in (True, False):
        corners = arrow(x, y, 1.0, edge=edge)
        tip = corners[np.argmax(corners @ [x, y])]
        assert np.allclose(tip / np.abs(tip).max(), [x, y]) and np.abs(corners).max() < 0.5
    assert np.abs(arrow(x, y, 1.0, edge=True)).max(axis=1).min() > 0.2  # the middle is free for the number


def test_a_single_arrow_is_in_the_middle_of_its_cell():
    corners = arrow(1, 0, 1.0, edge=False, alone=True)
    assert corners[:, 0].min() == pytest.approx(-corners[:, 0].max())


def test_icons_fit_their_cell_and_others_are_unknown():
    assert all(np.abs(icon(name)).max() <= 1.2 for name in ("star", "cross", "spikes"))
    with pytest.raises(ValueError, match="unknown icon"):
        icon("moon")


def test_a_blank_cell_shows_its_symbol_alone():
    assert blank(0, 0, "G").icon == "star" and blank(0, 0, "A").badge == "A" and blank(1, 2, "#").text == ""
    assert "row 2, column 3, wall" in blank(1, 2, "#").about


def test_greedy_ties_are_all_drawn():
    corner = mdp.corner_grid()
    value = -np.abs(np.asarray(corner.positions) - 1.5).sum(axis=1)  # the middle is best
    assert len(cells_of(corner, policy=greedy_policy(corner, value))[1][2].arrows) >= 2
