"""What `setup` sets stays within the test that calls it."""

from collections.abc import Iterator

import matplotlib
import pytest


@pytest.fixture(autouse=True)
def usual_settings() -> Iterator[None]:
    with matplotlib.rc_context():
        yield
