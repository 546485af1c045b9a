import numpy as np
import pytest
from matplotlib.colors import to_rgb

from rlcourse.notebook import setup
from rlcourse.notebook.pictures.style import (
    COLORS,
    INK,
    LINES,
    SYMBOLS,
    VALUE_MAP,
    rc,
    scale,
    value_colors,
    value_scale,
)


def luminance(color):
    channels = np.array(to_rgb(color))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_dark_numbers_are_readable_on_every_colour_of_the_value_map():
    assert min(contrast(VALUE_MAP(p), INK) for p in np.linspace(0, 1, 50)) > 5.5


def test_white_signs_are_readable_on_the_cells_that_carry_them():
    assert min(contrast(look.color, "white") for look in SYMBOLS.values() if look.icon) > 3


def test_zero_is_white_and_gains_and_losses_of_one_size_are_equally_strong():
    assert value_scale([-1.0, 0.0, 4.0]) == (0.0, 4.0)
    loss, zero, gain = value_colors([-2.0, 0.0, 2.0])
    assert loss == value_colors([-2.0, 2.0])[0]
    assert luminance(zero) > luminance(loss) and luminance(zero) > luminance(gain)
    assert to_rgb(gain)[2] > to_rgb(gain)[0] and to_rgb(loss)[0] > to_rgb(loss)[2]  # blue is better


def test_values_of_one_sign_use_half_of_the_map_from_the_value_nearest_to_zero():
    assert value_scale([9.0, 10.0]) == (9.0, 1.0)
    assert value_scale([-10.0, -9.0]) == (-9.0, 1.0)
    assert value_colors([9.0, 10.0])[0] == value_colors([0.0, 1.0])[0]


def test_limits_fix_the_colours_whatever_the_values():
    assert value_colors([0.5], (0, 1)) == value_colors([0.5, 100.0], (0, 1))[:1]
    assert value_colors([0.5]) != value_colors([0.5], (0, 1))


def test_what_is_not_finite_is_grey_and_does_not_disturb_the_rest():
    assert value_colors([np.nan, 1.0, 2.0]) == [COLORS["end"], *value_colors([1.0, 2.0])]


def test_equal_values_have_one_colour():
    assert value_colors([0.0, 0.0]) == value_colors([3.0, 3.0])


@pytest.mark.parametrize("limits", [(1, 1), (2, 1), (0, np.inf), (1,)])
def test_bad_limits_are_refused(limits):
    with pytest.raises(ValueError, match="two increasing numbers"):
        value_colors([0.0], limits)


def test_lines_differ_in_more_than_colour():
    named = [str(line["linestyle"]) + line.get("marker", "") for line in LINES.values()]
    assert len(set(named)) == len(named)
    dashes = [str(style["linestyle"]) for style in rc()["axes.prop_cycle"]]
    assert len(set(dashes)) == len(dashes)


def test_scale_enlarges_a_figure_as_a_whole():
    usual, larger = rc(), rc(1.5)
    assert usual["font.size"] >= 12
    assert larger.pop("figure.dpi") == 1.5 * usual.pop("figure.dpi")
    assert str(larger) == str(usual)  # fonts are in points, so text keeps its place among the rest


def test_the_scale_is_what_setup_chose():
    setup(scale=1.5)
    assert scale() == 1.5
    setup()
    assert scale() == 1
