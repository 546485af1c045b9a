"""After nbval has run the notebooks: how many of their cells it compared number by number."""

from pathlib import Path

import pytest

from rlcourse.notebook import build


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints one line a notebook, with xdist as well, since only the first process comes here."""
    if terminalreporter.config.getoption("nbval", False):
        terminalreporter.section("strictly compared")
        for path in sorted(Path(__file__).parent.glob("*.ipynb")):
            terminalreporter.write_line(f"{path.name}: {build.count_line(build.read(path))}")
