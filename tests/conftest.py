"""What every test needs: no display, and one thread a process, since the tests already run side by side."""

import os

os.environ["MPLBACKEND"] = "agg"
os.environ["SDL_VIDEODRIVER"] = "dummy"
os.environ["OMP_NUM_THREADS"] = "1"
