"""The doctor, tried in environments that are really broken: each in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from rlcourse import doctor
from rlcourse.doctor import Report

ROOT = Path(__file__).resolve().parent.parent
HERE = doctor.shown(sys.executable)
Consulted = tuple[int, dict[str, Report], str]


def consult(python: str | Path = sys.executable, path: Path | None = None) -> Consulted:
    """Run the doctor as a person would; return its exit code, its lines by subject, and all it printed."""
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    if path is not None:
        env["PYTHONPATH"] = str(path)
    done = subprocess.run([str(python), "-m", "rlcourse", "doctor"], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.stderr == ""
    reports: dict[str, Report] = {}
    for line in done.stdout.splitlines():
        if match := re.match(r"(ok|warning|error) +(\S+) +(.*)", line):
            reports[match[2]] = Report(*match.groups())
        elif match := re.match(r" +fix: (.*)", line):
            last = next(reversed(reports.values()))
            reports[last.what] = Report(last.level, last.what, last.found, match[1])
    return done.returncode, reports, done.stdout


def shadow(folder: Path, package: str, source: str) -> Path:
    """A folder for PYTHONPATH in which `package` is another one."""
    (folder / package).mkdir()
    (folder / package / "__init__.py").write_text(source)
    return folder


def test_a_whole_environment_is_well() -> None:
    code, reports, text = consult()
    assert code == 0, text
    assert {r.level for r in reports.values()} <= {"ok", "warning"}
    assert text.endswith("\n\nAll is well.\n") or "warning" in text
    assert "computes on cpu" in reports["torch"].found
    assert "draws CartPole off-screen, 600 x 400" in reports["gymnasium"].found
    assert "draws a figure" in reports["matplotlib"].found
    assert "encodes a film" in reports["imageio-ffmpeg"].found
    assert "\033[" not in text  # colour belongs on a terminal only


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Consulted:
    """An environment with three faults: one package raises, one crashes, one is too old."""
    folder = tmp_path_factory.mktemp("broken")
    shadow(folder, "scipy", "raise ImportError('libopenblas.so.0 is gone')")
    shadow(folder, "torch", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    info = folder / "gymnasium-1.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gymnasium\nVersion: 1.0.0\n")
    return consult(path=folder)


def test_faults_are_counted_and_the_rest_is_still_checked(broken: Consulted) -> None:
    code, reports, text = broken
    assert code == 1
    faults = {name for name, report in reports.items() if report.level == "error"}
    assert faults == {"scipy", "torch", "gymnasium"}
    assert "\n3 to repair, " in text


def test_a_package_that_cannot_be_imported(broken: Consulted) -> None:
    report = broken[1]["scipy"]
    assert "does not work: ImportError: libopenblas.so.0 is gone" in report.found
    assert report.fix == (f'{HERE} -m pip install --force-reinstall -c constraints.txt "scipy>=1.13"')


def test_a_package_that_kills_the_interpreter(broken: Consulted) -> None:
    assert broken[1]["torch"].found.endswith("does not work: crashed Python with signal 11")


def test_a_package_that_is_too_old(broken: Consulted) -> None:
    report = broken[1]["gymnasium"]
    assert report.found == "1.0.0 is too old; needs >=1.4"
    assert report.fix == (f'{HERE} -m pip install --upgrade -c constraints.txt "gymnasium[classic-control]>=1.4"')


def test_an_empty_environment(tmp_path: Path) -> None:
    """Nothing is installed, not even pip: each package is named, and nothing raises."""
    venv.create(tmp_path / "a bare env", symlinks=True, with_pip=False)
    python = tmp_path / "a bare env" / "bin" / "python"
    code, reports, _ = consult(python)
    assert code == 1
    for need in doctor.requirements():
        name, _, bound = need.partition(">=")
        report = reports[name.partition("[")[0]]
        assert (report.level, report.found) == ("error", f"not installed; needs >={bound}")
        assert report.fix == f'"{python}" -m pip install -c constraints.txt "{need}"'
    assert reports["pip"] == Report("warning", "pip", "not installed", f'"{python}" -m ensurepip --upgrade')
    assert reports["rlcourse"].level == "error"
    assert reports["rlcourse"].fix == f'"{python}" -m pip install -c constraints.txt -e ".[test]"'
    assert reports["widgets"].level == reports["kernel"].level == "error"


def test_a_kernel_that_runs_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = tmp_path / "kernels" / "python3"
    kernel.mkdir(parents=True)
    text = '{"argv": ["/elsewhere/bin/python", "-m", "ipykernel"], "display_name": "", "language": ""}'
    (kernel / "kernel.json").write_text(text)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    report = doctor.check_kernel()
    assert report.level == "error"
    assert "runs in another interpreter: /elsewhere/bin/python" in report.found
    fix = f"{doctor.shown(sys.executable)} -m ipykernel install --sys-prefix --name python3"
    assert report.fix == fix


def test_a_widget_extension_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A jupyter_core that knows one empty folder stands for a lost share/jupyter/labextensions."""
    source = f"def jupyter_path(name):\n    return [{str(tmp_path)!r} + '/' + name]\n"
    (shadow(tmp_path, "jupyter_core", "") / "jupyter_core" / "paths.py").write_text(source)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    report = doctor.check_widgets()
    assert (report.level, report.found) == (
        "error",
        "JupyterLab lacks the extension of: ipywidgets anywidget",
    )
    assert "--force-reinstall --no-deps" in report.fix
    assert report.fix.endswith(" ipywidgets jupyterlab_widgets anywidget")

    whole = tmp_path / "labextensions"
    for name in ("anywidget", "@jupyter-widgets/jupyterlab-manager"):
        (whole / name).mkdir(parents=True)
        (whole / name / "package.json").write_text("{}")
    assert doctor.check_widgets().level == "ok"


def test_another_copy_of_the_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(shadow(tmp_path, "rlcourse", "")))
    report = doctor.check_course()
    assert report.level == "error"
    assert report.found.startswith("notebooks would import another copy: " + str(tmp_path))
    assert report.fix.endswith('[test]"')


@pytest.mark.parametrize(("free", "level"), [(0.1e9, "error"), (1e9, "warning"), (3e9, "ok")])
def test_disk(free: float, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": free})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    report = doctor.check_disk()
    assert (report.level, bool(report.fix)) == (level, level != "ok")


def test_a_python_that_is_too_old_is_the_only_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    (report,) = doctor.examine()
    assert (report.level, report.what) == ("error", "Python")
    assert report.fix == "make clean lab PYTHON=python3.11"


def test_a_fault_in_a_check_becomes_a_line() -> None:
    def broken() -> Report:
        raise OSError("no such device")

    report = doctor.attempt("disk", broken)
    assert (report.level, report.found) == ("error", "could not be checked: OSError: no such device")
    assert report.fix


def test_a_package_that_never_answers() -> None:
    assert doctor.probe("import time; time.sleep(60)", timeout=0.2) == (False, "no answer within 0.2 s")


@pytest.mark.parametrize(
    ("older", "newer"), [("1.9", "1.10"), ("1.4.9", "2"), ("2.12.1", "2.13.0+cpu"), ("1.4", "1.4.1")]
)
def test_versions_compare_as_numbers(older: str, newer: str) -> None:
    assert doctor.release(older) < doctor.release(newer)
    assert doctor.release("1.4") == doctor.release("1.4.0")


def test_the_report_is_aligned_and_coloured_only_on_request() -> None:
    reports = [Report("ok", "disk", "9 GB"), Report("error", "gymnasium", "gone", "do this")]
    plain = doctor.written(reports, colour=False).splitlines()
    assert plain == [
        "ok       disk       9 GB",
        "error    gymnasium  gone",
        "                    fix: do this",
        "",
        "1 to repair, 0 to keep in mind.",
    ]
    coloured = doctor.written(reports, colour=True)
    assert re.sub(r"\033\[\d+m", "", coloured).splitlines() == plain
    assert coloured != "\n".join(plain)


def test_a_path_is_shown_as_one_would_type_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert doctor.shown(tmp_path / "bin" / "python") == os.path.join("bin", "python")
    assert doctor.shown(tmp_path) == "."
    assert doctor.shown(tmp_path.parent / "a b") == f'"{tmp_path.parent / "a b"}"'
