"""Everything between the package and a person at a notebook: the look, live panels, exercises that answer."""

from rlcourse.notebook.arrows import set_arrows
from rlcourse.notebook.check import check
from rlcourse.notebook.explore import explore
from rlcourse.notebook.live import live
from rlcourse.notebook.paint import paint_grid
from rlcourse.notebook.play import play
from rlcourse.notebook.plots import plot_grid
from rlcourse.notebook.predict import predict
from rlcourse.notebook.quiz import quiz
from rlcourse.notebook.setup import setup
from rlcourse.notebook.source import show_source
from rlcourse.notebook.stepper import stepper
from rlcourse.notebook.style import COLORS, LINES
from rlcourse.notebook.video import video

__all__ = [
    "COLORS",
    "LINES",
    "check",
    "explore",
    "live",
    "paint_grid",
    "play",
    "plot_grid",
    "predict",
    "quiz",
    "set_arrows",
    "setup",
    "show_source",
    "stepper",
    "video",
]
