import base64
import io
import threading

import ipywidgets as widgets
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from rlcourse.notebook.pictures.png import captioned, checked_figure, encoded, picture_of
from rlcourse.notebook.pictures.static_box import OFFER, StaticBox


def figure(height=1.0):
    made = Figure(figsize=(3, 2), dpi=100)
    made.subplots().plot([0, height])
    return made


def test_a_picture_is_a_sharp_png_of_the_size_of_the_figure():
    picture = picture_of(figure())
    image = Image.open(io.BytesIO(picture.png))
    assert (picture.width, picture.height) == (300, 200)
    assert image.size == (600, 400) and image.mode == "RGB"
    assert image.info == {"Description": "figure"}  # and nothing that changes from run to run
    assert image.getpixel((0, 0)) == (255, 255, 255)


def test_a_picture_is_the_same_every_time_and_leaves_the_figure_alone():
    drawn = figure()
    first = picture_of(drawn)
    assert picture_of(drawn) == first == picture_of(figure())
    assert drawn.dpi == 100 and picture_of(figure(2.0)) != first


def test_the_encoder_keeps_every_pixel():
    pixels = np.random.default_rng(0).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(encoded(pixels)))), pixels)


def test_pictures_can_be_drawn_on_many_threads():
    expected = [picture_of(figure(h)).png for h in range(6)]
    found = [b""] * 6

    def draw(h):
        found[h] = picture_of(figure(h)).png

    threads = [threading.Thread(target=draw, args=(h,)) for h in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


def test_what_is_no_figure_is_refused_with_the_name_of_the_function():
    with pytest.raises(TypeError, match=r"draw returned NoneType; expected a matplotlib Figure"):
        checked_figure(None, "draw")


def test_a_figure_of_pyplot_is_refused_and_closed():
    import matplotlib.pyplot as plt

    made, _ = plt.subplots()
    with pytest.raises(TypeError, match=r"Figure\(\)"):
        checked_figure(made, "draw")
    assert plt.get_fignums() == []


def test_a_box_stores_its_view_a_picture_with_its_size_and_a_line():
    class Box(StaticBox):
        summary = "a line"

        def picture(self):
            return picture_of(figure())

    data, metadata = Box([widgets.Label("x")])._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    stored = captioned(picture_of(figure()), OFFER)
    assert base64.b64decode(data["image/png"]) == stored.png
    assert data["text/plain"] == "a line"
    assert metadata == {"image/png": {"width": stored.width, "height": stored.height, "alt": "a line"}}


def test_a_caption_stands_below_the_picture_and_fits_the_sheet():
    picture = picture_of(figure())
    short, long = captioned(picture, "short"), captioned(picture, "a line much longer than the picture is wide " * 2)
    bare, below = (np.asarray(Image.open(io.BytesIO(made.png))) for made in (picture, short))
    assert np.array_equal(below[: len(bare)], bare)
    assert (below[len(bare) :] != 255).any() and (below[[-1, len(bare)]] == 255).all()
    assert (short.width, long.width > 500) == (300, True)
    assert short.height == long.height and 12 <= short.height - 200 <= 40
    edge = np.asarray(Image.open(io.BytesIO(long.png)))[len(bare) :, -4:]
    assert (edge == 255).all()  # the text ends before the sheet does
    assert Image.open(io.BytesIO(short.png)).info == {"Description": "figure"}
