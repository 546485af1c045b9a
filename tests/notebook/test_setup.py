import os
import subprocess
import sys

import matplotlib
import numpy as np
import pytest

from rlcourse.notebook import setup
from rlcourse.notebook.pictures.style import rc


def test_the_same_seed_gives_the_same_numbers():
    assert setup(seed=3).random() == np.random.default_rng(3).random()
    assert setup(seed=3).random() != setup(seed=4).random()


def test_it_leaves_nothing_of_what_was_set_before():
    setup(scale=2.0)
    matplotlib.rcParams["axes.titlesize"] = 40
    matplotlib.rcParams["hist.bins"] = 77
    setup()
    assert matplotlib.rcParams["font.size"] == rc()["font.size"] and matplotlib.rcParams["hist.bins"] == 10
    assert matplotlib.rcParams["axes.titlesize"] == rc()["axes.titlesize"]


def test_scale_reaches_matplotlib():
    setup(scale=1.5)
    assert matplotlib.rcParams["figure.dpi"] == 150


@pytest.mark.parametrize("seed", [-1, 1.5, "0", None, True])
def test_a_bad_seed_is_refused(seed):
    with pytest.raises(ValueError, match="seed"):
        setup(seed=seed)


@pytest.mark.parametrize("scale", [0, -1, 10, "big", None, float("nan"), True])
def test_a_bad_scale_is_refused(scale):
    with pytest.raises(ValueError, match="scale"):
        setup(scale=scale)


def test_torch_gets_one_thread_and_is_not_imported():
    code = """
import sys, os
from rlcourse.notebook import setup
setup()
assert "torch" not in sys.modules and "matplotlib.pyplot" not in sys.modules
print(os.environ["OMP_NUM_THREADS"], os.environ["MKL_NUM_THREADS"])
"""
    env = {**os.environ, "OMP_NUM_THREADS": "7"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "1"]


def test_torch_that_is_there_already_is_told(monkeypatch):
    class Torch:
        threads = 0

        def set_num_threads(self, count):
            self.threads = count

    torch = Torch()
    monkeypatch.setitem(sys.modules, "torch", torch)
    setup()
    assert torch.threads == 1
