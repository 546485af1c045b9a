"""setup(): the one line with which every notebook begins."""

from __future__ import annotations

import gc
import os
import sys
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from rlcourse.notebook.pictures.description import description
from rlcourse.notebook.pictures.png import picture_of
from rlcourse.notebook.pictures.style import rc


def setup(seed: int = 0, scale: float = 1.0) -> np.random.Generator:
    """Give figures the look of the course, computing one thread, and return a random generator with this seed.

    `scale` enlarges figures, panels, questions and what cells print alike, for a projector: 1.4 is read from the back
    row. Everything is set from scratch, so that calling it again leaves nothing of before. One thread is faster for
    small networks than many, and repeats.

    Raises ValueError if the seed is no whole number from 0, or the scale no number from 0.5 to 4.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"seed is {seed!r}; expected a whole number, 0 or more")
    if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0.5 <= scale <= 4.0:
        raise ValueError(f"scale is {scale!r}; expected a number from 0.5 to 4, where 1 is the usual size")
    _one_thread()
    _show_figures()
    matplotlib.rcdefaults()
    matplotlib.rcParams.update(rc(float(scale)))
    gc.collect()
    gc.freeze()  # what is imported stays anyway; looking through it again would stop a panel for up to 0.4 s
    return np.random.default_rng(seed)


def _one_thread() -> None:
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"  # is read when torch is imported
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def _show_figures() -> None:
    """Figures at the end of a cell become the same sharp, uncropped PNG as in panels, made by pyplot or not."""
    if "IPython" not in sys.modules:
        return
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    if hasattr(shell, "kernel"):  # a terminal has no place for a picture
        shell.enable_matplotlib("inline")
        shell.display_formatter.formatters["image/png"].for_type(Figure, _png)


def _png(figure: Figure) -> tuple[bytes, dict[str, Any]]:
    picture = picture_of(figure)
    return picture.png, {"width": picture.width, "height": picture.height, "alt": description(figure)}
