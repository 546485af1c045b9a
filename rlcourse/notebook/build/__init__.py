"""Runs the course's notebooks, stores them clean, and compares what is stored with what is run.

    python -m rlcourse notebooks [PATHS]                  # all of notebooks/ where no path is given
    python -m rlcourse notebooks --run-skipped [PATHS]    # those cells too that are tagged nbval-skip

run.py executes, store.py is the file, made_by.py knows which code made an output, compare.py what must not differ
between two runs, nbval_plugin.py what nbval has to know of that.
"""

from rlcourse.notebook.build.compare import NOISE, compared_cells, count_line, noisy, words
from rlcourse.notebook.build.made_by import SKIP, skipped, stale, stamp
from rlcourse.notebook.build.run import CELL_TIMEOUT, BuildError, build, complain_about_outputs, execute, main
from rlcourse.notebook.build.store import (
    KERNELSPEC,
    LANGUAGE_INFO,
    as_text,
    clean,
    read,
    smaller,
)
from rlcourse.saving import WIDGET_VIEW

__all__ = [
    "CELL_TIMEOUT",
    "KERNELSPEC",
    "LANGUAGE_INFO",
    "NOISE",
    "SKIP",
    "WIDGET_VIEW",
    "BuildError",
    "as_text",
    "build",
    "clean",
    "compared_cells",
    "complain_about_outputs",
    "count_line",
    "execute",
    "main",
    "noisy",
    "read",
    "skipped",
    "smaller",
    "stale",
    "stamp",
    "words",
]
