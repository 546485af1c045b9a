"""Is this computer ready for the course? `python -m rlcourse doctor` says, and how to repair it.

Only the standard library is imported here, and nothing newer than Python 3.9 is needed to read this
file: the doctor must come when everything else is broken. Each package is put to use in an
interpreter of its own (`probe`), so that one that raises, hangs or crashes becomes a line of the
report rather than its end.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent  # the checkout, or site-packages
COURSE_PYTHON = ROOT / ".venv" / "bin" / "python"
COLOURS = {"ok": "32", "warning": "33", "error": "31"}
SMALLEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Report:
    """One line of the answer: `level` is ok, warning or error, `fix` the command that helps."""

    level: str
    what: str
    found: str
    fix: str = ""


# What each package must be able to do here; the last line that is printed goes into the report.
TRIALS = {
    "torch": """
import torch
devices = ["cpu"] + [f"cuda:{i}" for i in range(torch.cuda.device_count())]
devices += ["mps"] if torch.backends.mps.is_available() else []
for device in devices:
    assert torch.ones(2, 2, device=device).sum().item() == 4, f"torch computes nonsense on {device}"
names = [f"{d} ({torch.cuda.get_device_name(d)})" if d.startswith("cuda") else d for d in devices]
print("computes on", ", ".join(names) + ", CPU threads:", torch.get_num_threads())
""",
    "gymnasium[classic-control]": """
import gymnasium
env = gymnasium.make("CartPole-v1", render_mode="rgb_array")
env.reset(seed=0)
frame = env.render()
assert frame.ndim == 3 and frame.std() > 0, "the picture of CartPole is empty"
print(f"draws CartPole off-screen, {frame.shape[1]} x {frame.shape[0]}")
""",
    "matplotlib": """
import io
from matplotlib.figure import Figure
figure, file = Figure(), io.BytesIO()
figure.subplots().plot([0, 1], [1, 0])
figure.savefig(file, format="png")
assert file.getvalue().startswith(b"\\x89PNG"), "the figure is not a PNG"
print("draws a figure as PNG")
""",
    "imageio-ffmpeg": """
import os, tempfile
import imageio_ffmpeg
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "film.mp4")
    film = imageio_ffmpeg.write_frames(path, (32, 32))
    film.send(None)
    for _ in range(4):
        film.send(bytes(32 * 32 * 3))
    film.close()
    assert os.path.getsize(path) > 0, "ffmpeg wrote an empty film"
print("encodes a film with ffmpeg", imageio_ffmpeg.get_ffmpeg_version())
""",
}

KERNEL = """
from jupyter_client.kernelspec import KernelSpecManager
print(KernelSpecManager().get_kernel_spec("python3").argv[0])
"""

LAB_EXTENSIONS = """
import os
from jupyter_core.paths import jupyter_path
wanted = {"ipywidgets": "@jupyter-widgets/jupyterlab-manager", "anywidget": "anywidget"}
folders = jupyter_path("labextensions")
missing = [package for package, name in wanted.items()
           if not any(os.path.isfile(os.path.join(f, name, "package.json")) for f in folders)]
print(*missing)
"""


def probe(code: str, timeout: float = 60.0) -> tuple[bool, str]:
    """Run `code` in a fresh interpreter; return whether it ended well, and its last line."""
    calm = {"MPLBACKEND": "agg", "SDL_VIDEODRIVER": "dummy", "PYTHONWARNINGS": "ignore"}
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            env={**os.environ, **calm},
        )
    except subprocess.TimeoutExpired:
        return False, f"no answer within {timeout:g} s"
    lines = (done.stderr if done.returncode else done.stdout).strip().splitlines()
    if done.returncode < 0:
        return False, f"crashed Python with signal {-done.returncode}"
    return done.returncode == 0, lines[-1].strip() if lines else ""


def shown(path: Path | str) -> str:
    """The path as one would type it here: relative where it can be, in quotes where it must be."""
    text = os.path.abspath(path)  # not resolved: .venv/bin/python is a link, and the link is meant
    if (text + os.sep).startswith(os.getcwd() + os.sep):
        text = os.path.relpath(text)
    return f'"{text}"' if " " in text else text


def install(what: str, option: str = "") -> str:
    """The command that installs `what` into this interpreter at the versions of the course."""
    lock = ROOT / "constraints.txt"
    words = [shown(sys.executable), "-m pip install", option]
    words += ["-c " + shown(lock)] if lock.is_file() else []
    return " ".join(word for word in [*words, what] if word)


def install_course() -> str:
    """The command that installs the course itself."""
    return install('-e "' + shown(ROOT).strip('"') + '[test]"')


def requirements() -> list[str]:
    """The core requirements: of pyproject.toml in a checkout, else of the installed package."""
    project = ROOT / "pyproject.toml"
    if project.is_file():
        import tomllib  # here, because Python 3.10 lacks it and must be able to read this file

        text = project.read_text(encoding="utf-8")
        return list(tomllib.loads(text)["project"]["dependencies"])
    every = importlib.metadata.requires("rlcourse") or []
    return [requirement for requirement in every if "extra ==" not in requirement]


def installed(name: str) -> str | None:
    """The installed version of a distribution, without importing it; None where there is none."""
    try:
        return importlib.metadata.version(name) or None
    except Exception:  # a half-deleted distribution raises all sorts of things
        return None


def release(version: str) -> tuple[int, ...]:
    """The numbers of a version, to compare: 2.13.0+cpu gives (2, 13)."""
    numbers = [int(number) for number in re.findall(r"\d+", version.partition("+")[0])]
    while numbers and numbers[-1] == 0:  # 1.4 and 1.4.0 are the same release
        numbers.pop()
    return tuple(numbers)


def check_python() -> Report:
    """Is this interpreter new enough, and whose is it?"""
    if os.path.isdir(os.path.join(sys.prefix, "conda-meta")):
        kind = "conda environment"
    else:
        kind = "system" if sys.prefix == sys.base_prefix else "virtual environment"
    found = f"{platform.python_version()}, {kind}, {shown(sys.executable)}"
    if sys.version_info < SMALLEST_PYTHON:
        fix = "make clean lab PYTHON=python3.11"
        return Report("error", "Python", f"{found}; needs >=3.11", fix)
    if os.path.exists(COURSE_PYTHON) and Path(sys.prefix).resolve() != ROOT / ".venv":
        fix = f"{shown(COURSE_PYTHON)} -m rlcourse doctor"
        return Report("warning", "Python", f"{found}; not the .venv that make has set up", fix)
    return Report("ok", "Python", found)


def check_pip() -> Report:
    """Can packages be installed at all? The other fixes need it."""
    version = installed("pip")
    if version is None or importlib.util.find_spec("pip") is None:
        fix = f"{shown(sys.executable)} -m ensurepip --upgrade"
        return Report("warning", "pip", "not installed", fix)
    return Report("ok", "pip", version)


def check_package(requirement: str) -> Report:
    """Is the package there, new enough, and does it work?"""
    full_name, _, bound = requirement.partition(">=")
    name = full_name.partition("[")[0].strip()
    version = installed(name)
    if version is None:
        return Report("error", name, f"not installed; needs >={bound}", install(f'"{requirement}"'))
    if release(version) < release(bound):
        found = f"{version} is too old; needs >={bound}"
        return Report("error", name, found, install(f'"{requirement}"', "--upgrade"))
    works, said = probe(TRIALS.get(full_name.strip(), f"import {name.replace('-', '_')}"))
    if not works:
        found = f"{version} is installed but does not work: {said}"
        return Report("error", name, found, install(f'"{requirement}"', "--force-reinstall"))
    return Report("ok", name, f"{version} (needs >={bound})" + (f", {said}" if said else ""))


def check_course() -> Report:
    """Will a notebook, which runs in another folder, import this copy of the course?"""
    away = "import sys; sys.path.remove(''); "
    works, said = probe(away + "import rlcourse; print(rlcourse.__file__)")
    fix = install_course()
    if not works:
        return Report("error", "rlcourse", f"not installed: {said}", fix)
    if Path(said).resolve().parent.parent != ROOT:
        return Report("error", "rlcourse", f"notebooks would import another copy: {said}", fix)
    return Report("ok", "rlcourse", f"{installed('rlcourse')}, imported from {shown(ROOT)}")


def check_widgets() -> Report:
    """Has JupyterLab the browser's half of the widgets?"""
    works, said = probe(LAB_EXTENSIONS)
    if not works:
        fix = install("jupyterlab", "--force-reinstall")
        return Report("error", "widgets", f"JupyterLab's folders cannot be read: {said}", fix)
    if said:
        packages = said.replace("ipywidgets", "ipywidgets jupyterlab_widgets")
        fix = install(packages, "--force-reinstall --no-deps")
        return Report("error", "widgets", f"JupyterLab lacks the extension of: {said}", fix)
    found = f"jupyterlab_widgets {installed('jupyterlab_widgets')}, extensions in place"
    return Report("ok", "widgets", found)


def check_kernel() -> Report:
    """Does the kernel named python3, which the notebooks ask for, run in this interpreter?"""
    works, said = probe(KERNEL)
    python = shown(sys.executable)
    if not works:
        found = f"there is no kernel python3: {said}"
        return Report("error", "kernel", found, install("ipykernel", "--force-reinstall"))
    # A bare `python` is the one that runs JupyterLab; a full path may lead elsewhere.
    own = re.fullmatch(r"python(3(\.\d+)?)?(\.exe)?", said)
    if not own and os.path.abspath(said) != os.path.abspath(sys.executable):
        fix = f"{python} -m ipykernel install --sys-prefix --name python3"
        return Report("error", "kernel", f"python3 runs in another interpreter: {said}", fix)
    found = f"ipykernel {installed('ipykernel')}, python3 runs in this interpreter"
    return Report("ok", "kernel", found)


def check_disk() -> Report:
    """Is there room to work?"""
    free = shutil.disk_usage(ROOT).free / 1e9
    level = "error" if free < 0.2 else "warning" if free < 2 else "ok"
    fix = "" if level == "ok" else f"{shown(sys.executable)} -m pip cache purge"
    return Report(level, "disk", f"{free:.1f} GB free", fix)


def attempt(name: str, check: Callable[[], Report]) -> Report:
    """Run one check; a fault in the check itself is reported like any other."""
    try:
        return check()
    except Exception as problem:
        found = f"could not be checked: {type(problem).__name__}: {problem}"
        return Report("error", name, found, install_course())


def examine() -> list[Report]:
    """Run every check, side by side, and report in a fixed order."""
    if sys.version_info < SMALLEST_PYTHON:
        return [check_python()]  # nothing else can be put right before this
    checks: list[tuple[str, Callable[[], Report]]] = [("Python", check_python), ("pip", check_pip)]
    with suppress(Exception):  # neither a checkout nor installed: check_course says so
        checks += [(need, partial(check_package, need)) for need in requirements()]
    checks += [("rlcourse", check_course), ("widgets", check_widgets)]
    checks += [("kernel", check_kernel), ("disk", check_disk)]
    with ThreadPoolExecutor(max_workers=4) as pool:
        return list(pool.map(lambda named: attempt(*named), checks))


def written(reports: list[Report], colour: bool) -> str:
    """The reports as aligned lines of text, each fix below its fault, and a verdict."""
    width = max(len(report.what) for report in reports)
    lines = []
    for report in reports:
        level = report.level.ljust(8)
        level = f"\033[{COLOURS[report.level]}m{level}\033[0m" if colour else level
        lines.append(f"{level} {report.what.ljust(width)}  {report.found}")
        if report.fix:
            lines.append(f"{'':8} {'':{width}}  fix: {report.fix}")
    errors, warnings = (sum(r.level == level for r in reports) for level in ("error", "warning"))
    verdict = "All is well."
    if errors or warnings:
        verdict = f"{errors} to repair, {warnings} to keep in mind."
    return "\n".join([*lines, "", verdict])


def main() -> int:
    """Print the report; return 1 if anything must be repaired, else 0."""
    reports = examine()
    print(written(reports, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ))
    return int(any(report.level == "error" for report in reports))
