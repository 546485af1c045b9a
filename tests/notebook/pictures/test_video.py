import base64
import io
import re
import subprocess

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from rlcourse.notebook import video


def moving(count=20, height=60, width=90):
    """A square that wanders to the right over white."""
    frames = np.full((count, height, width, 3), 255, dtype=np.uint8)
    for t, frame in enumerate(frames):
        frame[10:40, 2 * t : 2 * t + 20] = (0, 114, 178)
    return frames


def html_of(film):
    bundle, _ = film._repr_mimebundle_()
    return bundle["text/html"]


def decoded(film, kind="video/mp4"):
    """The frames of the film as ffmpeg reads them back, [T, H, W, 3]."""
    content = base64.b64decode(re.search(rf'src="data:{kind};base64,([^"]+)"', html_of(film))[1])
    reader = imageio_ffmpeg.get_ffmpeg_exe()
    command = [reader, "-v", "error", "-i", "-", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    about = subprocess.run([reader, "-i", "-"], input=content, capture_output=True).stderr.decode()
    width, height = map(int, re.search(r"h264.*yuv420p.* (\d+)x(\d+)", about).groups())
    raw = subprocess.run(command, input=content, capture_output=True, check=True).stdout
    return np.frombuffer(raw, dtype=np.uint8).reshape(-1, height, width, 3), about


def test_the_film_shows_the_frames_at_their_pace():
    frames = moving()
    shown, about = decoded(video(frames, fps=10))
    assert shown.shape == frames.shape and "10 fps" in about
    assert np.abs(shown.astype(int) - frames).mean() < 4  # colours are stored for four pixels together


def test_odd_sizes_are_padded_and_wide_ones_made_small():
    shown, _ = decoded(video(moving(5, 61, 91)))
    assert shown.shape == (5, 62, 92, 3)
    assert shown[:, -1, -1].min() > 245  # with white
    assert decoded(video(moving(2, 500, 1000)))[0].shape == (2, 360, 720, 3)


def test_a_list_an_array_and_a_view_give_the_same_film():
    frames = moving()
    wide = np.repeat(frames, 2, axis=2)[:, :, ::2]  # not contiguous
    assert html_of(video(list(frames))) == html_of(video(frames)) == html_of(video(wide))
    assert html_of(video(frames[::-1])) != html_of(video(frames))


def test_its_line_is_the_same_on_every_machine():
    assert repr(video(moving(500), fps=50)) == "video: 500 frames, 10.0 s"
    assert repr(video(moving(1), fps=2)) == "video: 1 frame, 0.5 s"
    bundle, _ = video(moving())._repr_mimebundle_()
    assert bundle["text/plain"] == "video: 20 frames, 0.7 s"


def test_it_has_controls_and_needs_no_network():
    html = html_of(video(moving()))
    assert html.startswith("<video controls loop muted") and "http" not in html
    assert 'aria-label="video: 20 frames, 0.7 s"' in html


def test_small_frames_are_shown_larger_and_width_says_how_wide():
    assert 'width="300" height="200"' in html_of(video(moving(2)))
    assert 'width="600" height="300"' in html_of(video(moving(2, 500, 1000)))
    assert 'width="150" height="100"' in html_of(video(moving(2), width=150))


def test_six_stills_stand_for_it():
    def stills(count):
        bundle, about = video(moving(count), fps=10)._repr_mimebundle_()
        return Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))), about["image/png"]

    sheet, size = stills(20)
    assert sheet.size == (918, 457) and size == {"width": 612, "height": 305}
    assert np.asarray(sheet)[24 + 100, 33].tolist() == [0, 114, 178]  # the square of the first
    last = np.asarray(sheet)[-200:, -300:]
    left = np.flatnonzero((last == [0, 114, 178]).all(axis=2).any(axis=0))[0]
    assert abs(left - 2 * 19 * 300 / 90) < 3  # and of the last
    assert stills(1)[0].size == (300, 224) and stills(2)[0].size == (609, 224)


def test_a_long_episode_stays_small():
    rng = np.random.default_rng(0)
    frames = np.full((500, 400, 600, 3), 255, dtype=np.uint8)
    places, tilts = rng.normal(0, 3, 500).cumsum() + 280, rng.normal(0, 2, 500).cumsum()
    for frame, left, tilt in zip(frames, places, tilts, strict=True):
        frame[300:302] = 0
        frame[280:310, int(left) : int(left) + 50] = 0
        for down in range(120):
            at = int(left + 25 + tilt * down / 120)
            frame[290 - down, at - 5 : at + 5] = (202, 152, 101)
    bundle, _ = video(frames, fps=50)._repr_mimebundle_()
    assert sum(map(len, bundle.values())) < 150_000  # 92,000 with the ffmpeg of imageio-ffmpeg 0.6


def test_without_a_program_for_mp4_it_is_an_animated_webp(monkeypatch, tmp_path):
    def none():
        raise RuntimeError("No ffmpeg exe could be found.")

    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", none)
    check_webp()
    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", lambda: "false")  # a program that cannot do it
    check_webp()
    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", lambda: "no-such-program")
    check_webp()
    half_way = tmp_path / "half-way"  # one that writes something, and fails
    half_way.write_text('#!/bin/sh\ncat > /dev/null\nfor last; do :; done\necho half > "$last"\nexit 1\n')
    half_way.chmod(0o755)
    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", lambda: str(half_way))
    check_webp()


def check_webp():
    frames = moving()
    html = html_of(video(frames, fps=10))
    image = Image.open(io.BytesIO(base64.b64decode(re.match(r'<img src="data:image/webp;base64,([^"]+)"', html)[1])))
    assert image.n_frames == len(frames)
    for number in (0, 7, 19):
        image.seek(number)
        np.testing.assert_array_equal(np.asarray(image.convert("RGB")), frames[number])
        assert image.info["duration"] == 100


@pytest.mark.parametrize(
    ("frames", "error", "said"),
    [
        ([], ValueError, "there are no frames; expected a list of uint8 images"),
        (np.zeros((0, 4, 4, 3), dtype=np.uint8), ValueError, "there are no frames"),
        (np.zeros((4, 4, 3), dtype=np.uint8), ValueError, r"frame 0 has shape \[4, 3\]; expected"),
        (np.zeros((2, 4, 4), dtype=np.uint8), ValueError, r"frame 0 has shape \[4, 4\]"),
        (np.zeros((2, 4, 4, 4), dtype=np.uint8), ValueError, r"frame 0 has shape \[4, 4, 4\]"),
        (np.zeros((2, 4, 4, 3)), ValueError, "frame 0 is float64; expected .* from 0 to 255"),
        ([np.zeros((4, 4, 3), dtype=np.uint8), np.zeros((4, 6, 3), dtype=np.uint8)], ValueError, "frame 1 .* frame 0"),
        ([None], ValueError, r"frame 0 has shape \[\]"),
        (None, TypeError, "frames are NoneType"),
        ("film.mp4", TypeError, "frames are str"),
    ],
)
def test_what_are_no_frames_is_refused(frames, error, said):
    with pytest.raises(error, match=said):
        video(frames)


@pytest.mark.parametrize("bad", [{"fps": 0}, {"fps": -1}, {"fps": "fast"}, {"fps": True}, {"width": 0}, {"width": 1.5}])
def test_a_bad_speed_or_width_is_refused(bad):
    with pytest.raises(ValueError, match=f"{next(iter(bad))} is "):
        video(moving(2), **bad)
