import sys

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch

from rlcourse import mdp
from rlcourse.notebook import plot_grid
from rlcourse.notebook.pictures.grid_cells import cells_of
from rlcourse.notebook.pictures.grid_plot import _glyph, number_size
from rlcourse.notebook.pictures.png import picture_of
from rlcourse.tabular import solve


@pytest.fixture(scope="module")
def solved():
    world = mdp.teleport_grid()
    return world, solve(world)


def pictured(*arguments, **named):
    return picture_of(plot_grid(*arguments, **named)).png


def test_it_returns_a_figure_made_without_pyplot(solved, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)  # importing it now raises ImportError
    world, best = solved
    figure = plot_grid(world, best.value, best.policy, title="values")
    assert isinstance(figure, Figure) and picture_of(figure).png


def test_value_policy_title_labels_and_limits_all_change_the_picture(solved):
    world, best = solved
    pictures = [
        pictured(world),
        pictured(world, best.value),
        pictured(world, best.value, best.policy),
        pictured(world, None, best.policy),
        pictured(world, best.value, title="t"),
        pictured(world, best.value, labels=["x"] * 25),
        pictured(world, best.value, limits=(-100, 100)),
        pictured(world, best.value, decimals=0),
        pictured(world, best.value, best.policy, arrow_color="red"),
    ]
    assert len(set(pictures)) == len(pictures)


def test_the_same_arguments_give_the_same_bytes(solved):
    world, best = solved
    assert pictured(world, best.value, best.policy) == pictured(world, best.value, best.policy)


def test_there_is_one_arrow_for_every_tied_action(solved):
    world, best = solved
    arrows = plot_grid(world, best.value, best.policy).axes[0].collections
    drawn = max(len(c.get_paths()) for c in arrows if isinstance(c, PolyCollection))
    assert drawn == (best.policy > 0).sum() > 25


def glyphs(figure):
    return sum(len(p.get_path().vertices) for p in figure.axes[0].get_children() if isinstance(p, PathPatch))


def test_a_large_grid_has_a_colour_bar_instead_of_numbers():
    text = "S" + "." * 15 + "\n" + "\n".join("." * 16 for _ in range(9)) + "\n" + "." * 15 + "G"
    world = mdp.grid_world(text)
    value = np.linspace(-1, 1, world.num_states)
    figure = plot_grid(world, value)
    assert glyphs(figure) == 0
    (bar,) = figure.axes[0].child_axes
    assert [label.get_text() for label in bar.get_yticklabels()] == ["−1.00", "1.00"]


def test_a_small_grid_has_numbers_and_no_colour_bar(solved):
    world, best = solved
    figure = plot_grid(world, best.value)
    assert glyphs(figure) > 1000 and figure.axes[0].child_axes == []


@pytest.mark.parametrize("world", [mdp.teleport_grid(), mdp.cliff_walk(), mdp.exit_maze(), mdp.windy_grid()])
def test_no_number_runs_into_an_arrow(world):
    best = solve(world)
    cells = [cell for row in cells_of(world, best.value, best.policy) for cell in row]
    size = number_size(cells)
    widest = max(sum(_glyph(letter, False)[2] for letter in cell.text) * size for cell in cells)
    assert widest / 2 < 0.475 - 0.115  # where the arrows at the edge begin
    assert size > 0.15  # and it can be read


def test_numbers_keep_their_size_when_the_limits_are_given(solved):
    world, _ = solved
    cells = [cell for row in cells_of(world, np.zeros(25)) for cell in row]
    assert number_size(cells, ["−10.00"]) < number_size(cells)


def test_it_draws_into_axes_that_are_given(solved):
    world, best = solved
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert plot_grid(world, best.value, best.policy, ax=right, title="a") is figure
    assert len(right.collections) > len(left.collections) and right.get_title(loc="left") + right.get_title() == "a"
    assert picture_of(figure).png


def test_a_long_title_is_made_to_fit(solved):
    world, best = solved
    figure = plot_grid(world, best.value, title="a title that is much longer than five cells of a grid are wide")
    title = figure.axes[0]._left_title
    assert title.get_fontsize() < 12


@pytest.mark.parametrize("build", [mdp.gamblers_problem, lambda: mdp.random_walk(3)])
def test_models_that_are_no_grid_of_directions_are_refused(build):
    world = build()
    with pytest.raises(ValueError, match=r"no grid|no direction"):
        plot_grid(world, np.zeros(world.num_states), np.full((world.num_states, world.num_actions), 1.0))
