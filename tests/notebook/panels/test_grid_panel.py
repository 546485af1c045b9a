import dataclasses
import json

import numpy as np
import pytest

from rlcourse import mdp
from rlcourse.notebook.panels.grid_panel import GridWidget, moves_of
from rlcourse.notebook.pictures.style import SYMBOLS


def test_moves_go_round_the_clock_whatever_the_order_of_the_actions():
    clockwise = ["up", "right", "down", "left"]
    assert [move["name"] for move in moves_of(mdp.teleport_grid())] == clockwise
    assert [move["name"] for move in moves_of(mdp.frozen_lake())] == clockwise
    assert [move["name"] for move in moves_of(mdp.windy_grid(diagonal=True))][:3] == ["up", "up-right", "right"]


def test_moves_carry_their_step_on_the_screen():
    assert moves_of(mdp.frozen_lake())[2] == {"name": "down", "x": 0, "y": 1}


def test_unnamed_actions_get_names():
    world = dataclasses.replace(mdp.teleport_grid(), action_names=None)
    assert [move["name"] for move in moves_of(world)] == ["up", "right", "down", "left"]


def test_a_world_without_directions_is_refused():
    with pytest.raises(ValueError, match="no direction"):
        moves_of(mdp.gamblers_problem())


def test_the_browser_is_told_the_look_of_every_symbol():
    art = GridWidget().art
    assert art["looks"].keys() == SYMBOLS.keys() and art["moves"] == []
    assert {look["icon"] for look in art["looks"].values()} - {""} == art["icons"].keys()
    json.dumps(art)


def test_icons_fit_into_a_cell():
    for points in GridWidget().art["icons"].values():
        corners = np.array([[float(x) for x in point.split(",")] for point in points.split()])
        assert np.abs(corners).max() < 0.5


def test_the_script_needs_no_network():
    widget = GridWidget()
    assert "import " not in widget._esm and "url(" not in widget._css
    addresses = [part for part in widget._esm.split('"') if part.startswith("http")]
    assert addresses == ["http://www.w3.org/2000/svg"]  # the name of the SVG language, which is not fetched
