"""pyproject.toml is the single source of truth: the lock, the conda file and the doctor must say the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from rlcourse import doctor

ROOT = Path(__file__).resolve().parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "constraints.txt").read_text(encoding="utf-8")
CONDA: dict[str, Any] = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
NEEDS = [*PROJECT["dependencies"], *(n for extra in PROJECT["optional-dependencies"].values() for n in extra)]


def pins() -> dict[str, Version]:
    """The lock as a table; an unreadable or repeated line is an error."""
    table: dict[str, Version] = {}
    for line in LOCK.splitlines():
        if line.startswith("#"):
            continue
        pin = re.fullmatch(r"([A-Za-z0-9._-]+)==(\S+)", line)
        assert pin, f"constraints.txt: {line!r} is not of the form name==version"
        name = canonicalize_name(pin[1])
        assert name not in table, f"constraints.txt names {name} twice"
        table[name] = Version(pin[2])
    return table


@pytest.mark.parametrize("need", NEEDS)
def test_the_lock_holds_every_requirement_at_a_version_that_it_allows(need: str) -> None:
    requirement = Requirement(need)
    version = pins().get(canonicalize_name(requirement.name))
    assert version is not None, "not in constraints.txt; run `make lock`"
    assert requirement.specifier.contains(version), f"constraints.txt has {version}"


def test_the_lock_names_no_build_no_folder_and_not_the_course_itself() -> None:
    table = pins()
    assert table["torch"] == Version("2.13.0")
    assert "rlcourse" not in table
    assert [name for name, version in table.items() if version.local] == []
    assert not re.search(r"[/\\@]|://", "".join(line for line in LOCK.splitlines() if line[0] != "#"))


def test_conda_installs_the_same_course() -> None:
    *conda, from_pip = CONDA["dependencies"]
    assert CONDA["name"] == PROJECT["name"]
    assert conda == ["python" + PROJECT["requires-python"], "pip"]
    assert from_pip == {"pip": ["-c constraints.txt", "-e .[test]"]}


def test_make_and_the_doctor_ask_for_the_same_python() -> None:
    major, minor = (int(n) for n in PROJECT["requires-python"].removeprefix(">=").split("."))
    assert (major, minor) == doctor.SMALLEST_PYTHON
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert set(re.findall(r"version_info < (\(.*?\))", makefile)) == {f"({major}, {minor})"}


def test_the_doctor_understands_every_core_requirement() -> None:
    """It reads `name[extras]>=version` and nothing more."""
    assert all(re.fullmatch(r"[a-z-]+(\[[a-z-]+\])?>=[\d.]+", need) for need in PROJECT["dependencies"])
    assert set(doctor.TRIALS) <= {need.partition(">=")[0] for need in PROJECT["dependencies"]}
