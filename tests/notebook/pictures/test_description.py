import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

from rlcourse.notebook.pictures.description import description


def test_titles_axes_and_lines_are_named_in_order():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    left.set(title="Learning", xlabel="steps", ylabel="mean\nreturn")
    left.plot([0, 1], label="Sarsa")
    left.plot([1, 0], label="Q-learning")
    left.legend()
    right.set_title("Values", loc="left")
    right.set(xlabel="state")
    figure.suptitle("Two methods")
    said = "Two methods. Learning: mean return against steps (Sarsa, Q-learning). Values: state"
    assert description(figure) == said


@pytest.mark.parametrize("axes", [0, 1])
def test_a_figure_without_words_is_a_figure(axes):
    figure = Figure()
    for _ in range(axes):
        figure.subplots().set_axis_off()
    assert description(figure) == "figure"


def test_without_a_title_the_words_in_it_are_read_out():
    figure = Figure()
    axes = figure.subplots()
    for k in range(50):
        axes.text(0, k, f"v{k}")
    assert description(figure).startswith("figure, v0, v1, v2, ") and description(figure).endswith(" v39")


def test_labels_of_hidden_axes_are_not_told():
    figure, axes = plt.subplots()
    axes.set(title="A maze", xlabel="column")
    axes.set_axis_off()
    assert description(figure) == "A maze"
    plt.close(figure)
