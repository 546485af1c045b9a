"""What every test needs: no display, one thread a process (the tests already run side by side), and a device."""

import os

import pytest

os.environ["MPLBACKEND"] = "agg"
os.environ["SDL_VIDEODRIVER"] = "dummy"
os.environ["OMP_NUM_THREADS"] = "1"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--device", default="cpu", help="where the tensors of the tests lie: cpu (default), cuda, cuda:1")


@pytest.fixture(scope="session")
def device(request: pytest.FixtureRequest) -> str:
    """What --device says; tests that use it are skipped where there is no such GPU."""
    import torch  # here, for most tests work without it

    wanted = request.config.getoption("--device")
    kind = torch.device(wanted)  # raises for what torch does not know
    if kind.type == "cuda" and (kind.index or 0) >= torch.cuda.device_count():
        pytest.skip(f"--device is {wanted}, and torch finds {torch.cuda.device_count()} CUDA devices here")
    return str(wanted)
