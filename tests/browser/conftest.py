"""One JupyterLab and one Chromium for all browser tests; both are ended whatever happens in them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import lab as driver


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[driver.Lab]:
    """A page of a fresh JupyterLab; screenshots go to RLCOURSE_SCREENSHOTS if that is set."""
    if driver.CHROMIUM is None:
        pytest.skip("no Chromium here: install one (Debian: apt-get install chromium) to run these tests")
    folder = tmp_path_factory.mktemp("notebooks")
    shots = Path(os.environ.get("RLCOURSE_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    state = tmp_path_factory.mktemp("jupyter")
    with driver.jupyterlab(folder, state) as url, driver.chromium() as browser:
        yield driver.Lab(browser, url, folder, shots, state / "figures.jsonl")
