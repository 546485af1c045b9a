"""video(frames): a film inside the notebook, with controls, that needs no file, no network and no display."""

from __future__ import annotations

import base64
import io
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from rlcourse.notebook.pictures.png import Picture, encoded
from rlcourse.notebook.pictures.style import INK, PAPER

Frame = npt.NDArray[np.uint8]  # [H, W, 3]
WIDEST = 720  # pixels; wider films are made smaller
STILLS, IN_A_ROW, STILL_WIDTH, GAP, CAPTION = 6, 3, 300, 9, 24  # of the picture that stands for the film, in pixels
SHARPNESS = 1.5  # pixels of that picture for each on the page
_EXPECTED = "expected a list of uint8 images of one size [H, W, 3], or an array [T, H, W, 3] of them"


def video(frames: Any, fps: float = 30, *, width: int | None = None) -> Video:
    """The frames as a film with controls; where a notebook cannot play one, six of them side by side.

    `frames` are uint8 images of one size [H, W, 3], as a list or an array [T, H, W, 3]; `fps` of them make a second.
    `width`, in pixels of the page, is by default that of the frames, but at least 300 and at most 600. The film is mp4
    (H.264), or an animated WebP where imageio-ffmpeg has no program for the machine. Unless the frames are the same on
    every machine, the notebook tests must not compare it: tag the cell nbval-ignore-output.

    Raises TypeError or ValueError for what are no such frames, and for a speed or width that makes no sense.
    """
    checked = checked_frames(frames)
    if isinstance(fps, bool) or not isinstance(fps, int | float) or not 0.1 <= fps <= 240:
        raise ValueError(f"fps is {fps!r}; expected a number of frames a second from 0.1 to 240")
    if width is not None and (isinstance(width, bool) or not isinstance(width, int) or width < 1):
        raise ValueError(f"width is {width!r}; expected a whole number of pixels, at least 1, or None")
    return Video(checked, float(fps), width or min(600, max(300, checked[0].shape[1])))


class Video:
    """A film inside the notebook; `kind` is mp4 or webp, `film` its bytes."""

    def __init__(self, frames: list[Frame], fps: float, width: int):
        height, of = frames[0].shape[:2]
        self.width, self.height = width, max(1, round(width * height / of))
        self.summary = f"video: {len(frames):,} frame{'s' * (len(frames) > 1)}, {len(frames) / fps:.1f} s"
        self.stills = stills(frames, fps)
        try:
            self.kind, self.film = "mp4", as_mp4(frames, fps)
        except (OSError, RuntimeError):  # no program for this machine, or one that cannot do it
            self.kind, self.film = "webp", as_webp(frames, fps)

    def __repr__(self) -> str:
        return self.summary

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        png, width, height = self.stills
        bundle = {"text/html": self._html(), "image/png": as_text(png), "text/plain": self.summary}
        return bundle, {"image/png": {"width": width, "height": height}}

    def _html(self) -> str:
        size = f'width="{self.width}" height="{self.height}"'
        style = 'style="max-width: 100%; height: auto; background: #fff"'
        if self.kind == "webp":
            return f'<img src="data:image/webp;base64,{as_text(self.film)}" alt="{self.summary}" {size} {style}>'
        # A page that takes the film out for safety leaves what is inside.
        instead = f'<img src="data:image/png;base64,{as_text(self.stills.png)}" alt="{self.summary}">'
        return (
            f'<video controls loop muted playsinline aria-label="{self.summary}" {size} {style} '
            f'src="data:video/mp4;base64,{as_text(self.film)}">{instead}</video>'
        )


def checked_frames(frames: Any) -> list[Frame]:
    """The frames one by one; raises TypeError or ValueError that says what is wrong with them."""
    if isinstance(frames, str | bytes) or not isinstance(frames, Iterable):
        raise TypeError(f"frames are {type(frames).__name__}; {_EXPECTED}")
    images = [np.asarray(frame) for frame in frames]
    if not images:
        raise ValueError(f"there are no frames; {_EXPECTED}")
    for number, image in enumerate(images):
        if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
            raise ValueError(f"frame {number} has shape {list(image.shape)}; {_EXPECTED}")
        if image.dtype != np.uint8:
            raise ValueError(f"frame {number} is {image.dtype}; {_EXPECTED}, from 0 to 255")
        if image.shape != images[0].shape:
            other = list(images[0].shape)
            raise ValueError(f"frame {number} has shape {list(image.shape)}, but frame 0 {other}; {_EXPECTED}")
    return images


def as_mp4(frames: list[Frame], fps: float) -> bytes:
    """The film as H.264, which every browser plays; raises OSError or RuntimeError where it cannot be made."""
    height, width, _ = frames[0].shape
    # The pixels' colours are stored for squares of four, hence even sizes.
    even = f"scale={WIDEST}:-2" if width > WIDEST else "pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white"
    with tempfile.TemporaryDirectory() as folder:  # the beginning of the file is written last: no pipe will do
        file = Path(folder) / "film.mp4"
        source = f"-f rawvideo -pix_fmt rgb24 -s {width}x{height} -r {fps} -i -"
        # One thread: with more, the bytes depend on their number.
        film = f"-an -vf {even} -c:v libx264 -threads 1 -preset veryfast -crf 26 -pix_fmt yuv420p -movflags +faststart"
        options = f"-v error -y {source} {film} -fflags +bitexact -flags:v +bitexact"
        command = [imageio_ffmpeg.get_ffmpeg_exe(), *options.split(), str(file)]
        null = subprocess.DEVNULL
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=null, stderr=null) as run:
            assert run.stdin is not None
            for frame in frames:
                run.stdin.write(np.ascontiguousarray(frame).data)
        if run.returncode:
            raise RuntimeError(f"ffmpeg ended with {run.returncode}")
        return file.read_bytes()


def as_webp(frames: list[Frame], fps: float) -> bytes:
    """The film as an animated picture, without losses."""
    first, *others = [Image.fromarray(smaller(frame, WIDEST)) for frame in frames]
    stream = io.BytesIO()
    timing = {"duration": round(1000 / fps), "loop": 0}
    first.save(stream, "webp", save_all=True, append_images=others, lossless=True, quality=0, method=0, **timing)
    return stream.getvalue()


def smaller(frame: Frame, width: int) -> Frame:
    """The image, reduced by a whole number if it is wider than that; quick, and lines stay smooth."""
    times = -(-frame.shape[1] // width)
    return np.asarray(Image.fromarray(frame).reduce(times)) if times > 1 else frame


def stills(frames: list[Frame], fps: float) -> Picture:
    """A few frames, evenly spread, with their times."""
    chosen = sorted({round(k) for k in np.linspace(0, len(frames) - 1, STILLS)})
    height = max(1, round(STILL_WIDTH * frames[0].shape[0] / frames[0].shape[1]))
    columns, rows = min(IN_A_ROW, len(chosen)), -(-len(chosen) // IN_A_ROW)
    sheet = Image.new("RGB", (columns * (STILL_WIDTH + GAP) - GAP, rows * (CAPTION + height + GAP) - GAP), PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(18)
    for place, number in enumerate(chosen):
        left, top = place % IN_A_ROW * (STILL_WIDTH + GAP), place // IN_A_ROW * (CAPTION + height + GAP)
        pen.text((left + 2, top), f"{number / fps:.1f} s", fill=INK, font=font)
        frame = Image.fromarray(np.ascontiguousarray(frames[number]))
        small = frame.resize((STILL_WIDTH, height), Image.Resampling.BOX)
        sheet.paste(small, (left, top + CAPTION))
    png = encoded(np.asarray(sheet))
    return Picture(png, round(sheet.width / SHARPNESS), round(sheet.height / SHARPNESS))


def as_text(content: bytes) -> str:
    """Bytes as they may stand in a notebook."""
    return base64.b64encode(content).decode("ascii")
