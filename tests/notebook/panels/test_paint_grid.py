import base64

import pytest

from rlcourse import mdp
from rlcourse.notebook import paint_grid
from rlcourse.tabular import solve as solved

MAP = """
    S.#
    ..G
"""


def solve(layout, discount=0.9):
    if "G" not in layout:
        raise ValueError("there is no goal; paint one")
    world = mdp.grid_world(layout, discount=discount)
    best = solved(world)
    return world, best.value, best.policy, f"value of the start: {float(world.start @ best.value):.3f}"


def send(panel, **content):
    """What the browser sends, by the way that it takes."""
    panel.grid._handle_custom_msg(content, [])
    panel.wait()


def edit(panel, row, column, put, seq=1, stroke="a"):
    send(panel, kind="edit", seq=seq, stroke=stroke, row=row, column=column, put=put)


def shown(panel, row, column):
    return panel.grid.picture["rows"][row][column]


def test_the_first_map_is_solved_at_once():
    panel = paint_grid(MAP, solve)
    assert panel.layout_text == "S.#\n..G" and panel.summary == "value of the start: 0.810"
    assert shown(panel, 0, 0)["text"] == "0.81" and shown(panel, 0, 0)["badge"] == "S"
    assert shown(panel, 0, 2)["symbol"] == "#" and not panel.grid.picture["stale"]


def test_an_edit_of_the_browser_is_painted_solved_and_acknowledged():
    panel = paint_grid(MAP, solve)
    edit(panel, 0, 2, ".", seq=7)
    assert panel.layout_text == "S..\n..G" and shown(panel, 0, 2)["text"] == "1.00"
    assert panel.grid.picture["last_edit"] == 7


def test_arrows_come_with_the_picture():
    panel = paint_grid(MAP, solve)
    assert shown(panel, 1, 1)["arrows"] == ((1, 0, 1.0),)


def test_there_is_one_start():
    panel = paint_grid(MAP, solve)
    edit(panel, 1, 1, "S")
    assert panel.layout_text == "..#\n.SG"


def test_an_unsolvable_map_is_explained_and_the_last_solution_fades():
    panel = paint_grid(MAP, solve)
    edit(panel, 1, 2, "#", seq=3)
    assert panel.summary == "there is no goal; paint one" and panel.status.warn
    picture = panel.grid.picture
    assert picture["stale"] and picture["last_edit"] == 3
    assert shown(panel, 1, 2)["symbol"] == "#" and shown(panel, 0, 0)["text"] == "0.81"
    edit(panel, 1, 2, "G", seq=4)
    assert not panel.grid.picture["stale"] and panel.summary == "value of the start: 0.810"


def test_errors_that_are_not_about_the_map_say_their_kind():
    def broken(layout):
        if "X" in layout:
            raise KeyError("oops")
        return solve(layout)

    panel = paint_grid(MAP, broken)
    edit(panel, 0, 1, "X")
    assert panel.summary == "KeyError: 'oops'" and panel.status.warn


def test_a_stroke_is_undone_as_a_whole():
    panel = paint_grid(MAP, solve)
    edit(panel, 0, 1, "#", 1, "first")
    edit(panel, 1, 0, "X", 2, "second")
    edit(panel, 1, 1, "X", 3, "second")
    send(panel, kind="undo")
    assert panel.layout_text == "S##\n..G"
    panel.undo_button.click()
    panel.wait()
    assert panel.layout_text == "S.#\n..G" and panel.summary == "value of the start: 0.810"
    panel.undo_button.click()  # nothing left
    panel.wait()
    assert panel.layout_text == "S.#\n..G"


def test_reset_brings_map_and_controls_back_and_can_be_undone():
    panel = paint_grid(MAP, solve, discount=(0.5, 0.9, 0.1, 0.9))
    panel.paint(0, 1, "#")
    panel.controls["discount"].value = 0.5
    panel.reset_button.click()
    panel.wait()
    assert panel.layout_text == "S.#\n..G" and panel.controls["discount"].value == 0.9
    panel.undo_button.click()
    panel.wait()
    assert panel.layout_text == "S##\n..G"


def test_clear_leaves_start_and_goals():
    panel = paint_grid(MAP, solve)
    panel.paint(0, 1, "X")
    panel.clear_button.click()
    panel.wait()
    assert panel.layout_text == "S..\n..G"


def test_controls_reach_the_solver():
    panel = paint_grid(MAP, solve, discount=(0.5, 0.9, 0.1, 0.9))
    panel.controls["discount"].value = 0.5
    panel.wait()
    assert panel.summary == "value of the start: 0.250"


def test_an_impossible_edit_is_refused_and_acknowledged():
    panel = paint_grid(MAP, solve)
    edit(panel, 9, 9, "#", seq=5)
    assert panel.layout_text == "S.#\n..G" and panel.grid.picture["last_edit"] == 5 and panel.status.warn


def test_the_static_picture_is_what_is_shown():
    panel = paint_grid(MAP, solve)
    (before, _), (again, _) = panel._repr_mimebundle_(), paint_grid(MAP, solve)._repr_mimebundle_()
    assert before["image/png"] == again["image/png"]
    assert base64.b64decode(before["image/png"]).startswith(b"\x89PNG")
    assert before["text/plain"] == "value of the start: 0.810"
    panel.paint(0, 1, "X")
    panel.wait()
    assert panel._repr_mimebundle_()[0]["image/png"] != before["image/png"]


def test_the_palette_has_the_brushes_and_begins_with_a_wall():
    grid = paint_grid(MAP, solve, brushes=".#XG").grid
    assert grid.brushes == [".", "#", "X", "G"] and grid.brush == "#" and grid.mode == "paint"


@pytest.mark.parametrize("layout", ["", "S.\n...", "S.?", 3])
def test_a_bad_map_is_refused(layout):
    with pytest.raises(ValueError, match=r"layout|map"):
        paint_grid(layout, solve)


@pytest.mark.parametrize("brushes", ["", ".?", "..", None])
def test_bad_brushes_are_refused(brushes):
    with pytest.raises(ValueError, match="brushes"):
        paint_grid(MAP, solve, brushes=brushes)


def test_a_first_map_that_cannot_be_solved_raises():
    with pytest.raises(ValueError, match="no goal"):
        paint_grid("S..", solve)


def test_a_solver_that_returns_something_else_is_explained():
    with pytest.raises(TypeError, match=r"solve returned NoneType; expected \(mdp, value, policy, line\)"):
        paint_grid(MAP, lambda layout: None)
    with pytest.raises(TypeError, match="'slip'"):
        paint_grid(MAP, solve, slip=(0, 1, 0.1))


# --- what a map lacks ------------------------------------------------------------------------------------------------


def solve_as_it_is(layout):
    world = mdp.grid_world(layout, discount=0.9)
    best = solved(world)
    return world, best.value, best.policy, "solved"


def test_a_map_without_its_start_asks_for_one_and_the_last_solution_fades():
    panel = paint_grid(MAP, solve_as_it_is)
    edit(panel, 0, 0, ".")
    assert panel.summary == "Place a start (S) to see what it is worth." and panel.status.warn
    assert panel.grid.picture["stale"] and shown(panel, 0, 1)["text"] == "0.90"
    assert shown(panel, 0, 1)["fill"] == shown(panel, 0, 0)["fill"]  # the colour of floor, not of a value
    panel.clear_button.click()
    panel.wait()
    assert panel.summary == "Place a start (S) to see what it is worth."
    edit(panel, 0, 1, "S", seq=2)
    assert panel.summary == "solved" and not panel.grid.picture["stale"] and shown(panel, 0, 1)["badge"] == "S"


def test_undo_brings_a_painted_over_start_and_its_solution_back():
    panel = paint_grid(MAP, solve_as_it_is)
    edit(panel, 0, 0, "#")
    assert panel.status.warn
    send(panel, kind="undo")
    assert panel.summary == "solved" and not panel.grid.picture["stale"]


def test_a_teleport_without_its_exit_says_what_to_place():
    panel = paint_grid("SA.\n.aG", solve_as_it_is, brushes=".Aa")
    edit(panel, 1, 1, ".")
    assert panel.summary == "Teleport A leads nowhere: place its exit (a)." and panel.status.warn
    edit(panel, 0, 2, "a", seq=2)
    assert panel.summary == "solved"


def test_without_a_goal_the_values_are_shown_all_the_same():
    panel = paint_grid(MAP, solve_as_it_is)
    edit(panel, 1, 2, ".")
    assert panel.summary == "solved" and shown(panel, 1, 2)["text"] == "0.00"
