"""Everything between the package and a person at a notebook: the look, live panels, exercises that answer."""

from rlcourse.notebook.checks.after_prediction import after_prediction
from rlcourse.notebook.checks.check import check
from rlcourse.notebook.checks.predict import predict
from rlcourse.notebook.checks.quiz import quiz
from rlcourse.notebook.extras import available
from rlcourse.notebook.panels.explore import explore
from rlcourse.notebook.panels.paint_grid import paint_grid
from rlcourse.notebook.panels.play import play
from rlcourse.notebook.panels.set_arrows import set_arrows
from rlcourse.notebook.panels.stepper import stepper
from rlcourse.notebook.pictures.grid_plot import plot_grid
from rlcourse.notebook.pictures.source import show_source
from rlcourse.notebook.pictures.style import COLORS, LINES
from rlcourse.notebook.pictures.video import video
from rlcourse.notebook.setup import setup
from rlcourse.notebook.training.live import live

__all__ = [
    "COLORS",
    "LINES",
    "after_prediction",
    "available",
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
