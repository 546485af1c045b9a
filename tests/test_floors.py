"""Who may import whom, and what must not be found in the files: the house rules, held by reading the source."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# The rooms of the package that each room may import, besides itself.
ALGORITHMS = {"mdp", "tabular", "linear", "envs", "returns", "deep", "rlhf"}
MAY_IMPORT = {
    "mdp": set(),
    "returns": set(),
    "envs": {"mdp"},
    "tabular": {"mdp"},
    "linear": {"mdp"},
    "deep": {"envs", "returns"},
    "rlhf": {"envs", "returns"},
    "exercises": ALGORITHMS,
    "notebook": ALGORITHMS | {"exercises", "saving"},
    "saving": set(),
    "__init__": set(),
    "doctor": set(),
    "__main__": {"doctor", "notebook"},
}
FOR_THE_NOTEBOOK_ONLY = {"matplotlib", "ipywidgets"}
WITHOUT_TORCH = {"mdp", "tabular", "linear", "__init__", "__main__", "doctor", "saving"}
NAMES_THAT_SAY_NOTHING = {"utils", "common", "core", "base", "helpers"}


def imports(source: str, module: str, *, package: bool = False) -> set[str]:
    """The dotted names that the source of `module` imports, wherever in the file and however."""
    home = module.split(".") if package else module.split(".")[:-1]
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = home[: len(home) - node.level + 1] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            # `from rlcourse import mdp` names a module, `from rlcourse.mdp import grid_world` need not: keep both.
            names |= {f"{origin}.{alias.name}" for alias in node.names}
    return names


def complaints(source: str, module: str, *, package: bool = False) -> list[str]:
    """The floors of the house that this source breaks; `module` is its dotted name."""
    path = [*module.split("."), "__init__"] if package else module.split(".")
    room = path[1]
    found = [f"{module}: no file is called {word}" for word in path if word in NAMES_THAT_SAY_NOTHING]
    if room not in MAY_IMPORT:
        return [*found, f"{module}: tests/test_floors.py does not say what {room} may import"]
    for name in sorted(imports(source, module, package=package)):
        top, _, rest = name.partition(".")
        other = rest.partition(".")[0]
        if top == "rlcourse" and other in MAY_IMPORT and other not in MAY_IMPORT[room] | {room}:
            found.append(f"{module} imports {name}: {room} may not import {other}")
        if top in FOR_THE_NOTEBOOK_ONLY and room != "notebook":
            found.append(f"{module} imports {name}: only rlcourse.notebook may")
        if top == "torch" and room in WITHOUT_TORCH:
            found.append(f"{module} imports {name}: {room} works without torch")
    return found


def modules() -> list[tuple[str, Path]]:
    """Every module of the package with its dotted name (a package's is that of its folder)."""
    files = sorted((ROOT / "rlcourse").rglob("*.py"))
    dotted = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
    return list(zip(dotted, files, strict=True))


@pytest.mark.parametrize(("name", "file"), modules(), ids=[name for name, _ in modules()])
def test_every_module_keeps_to_its_floor(name: str, file: Path) -> None:
    package = name.endswith(".__init__") and name != "rlcourse.__init__"
    source = file.read_text(encoding="utf-8")
    assert complaints(source, name.removesuffix(".__init__") if package else name, package=package) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("rlcourse.mdp.grid_world", "import rlcourse.tabular"),
        ("rlcourse.mdp.grid_world", "from rlcourse import tabular"),
        ("rlcourse.mdp.grid_world", "from rlcourse.envs import make"),
        ("rlcourse.mdp.grid_world", "from ..tabular import solve"),
        ("rlcourse.mdp.grid_world", "from .. import tabular"),
        ("rlcourse.mdp.grid_world", "def late():\n    import torch.nn"),
        ("rlcourse.returns", "from . import mdp"),
        ("rlcourse.returns", "from .mdp import grid_world"),
        ("rlcourse.envs.cartpole", "from rlcourse.returns import gae"),
        ("rlcourse.tabular.planning.bellman", "from torch import Tensor"),
        ("rlcourse.tabular.planning.bellman", "from rlcourse.envs import make"),
        ("rlcourse.linear.tile_coding", "import torch"),
        ("rlcourse.linear.weight_playback", "from rlcourse.tabular import Experience"),
        ("rlcourse.deep.ppo", "from rlcourse.notebook import live"),
        ("rlcourse.deep.ppo", "from rlcourse.mdp import grid_world"),
        ("rlcourse.rlhf.dpo", "from rlcourse.deep.ppo import PPO"),
        ("rlcourse.rlhf.dpo", "import matplotlib.pyplot as plt"),
        ("rlcourse.exercises.mdp_basics", "from rlcourse.notebook import check"),
        ("rlcourse.exercises.mdp_basics", "import ipywidgets"),
        ("rlcourse.__init__", "from rlcourse import mdp"),
        ("rlcourse.mdp.utils", ""),
        ("rlcourse.helpers.grid", ""),
        ("rlcourse.attic", ""),
    ],
)
def test_a_broken_floor_is_noticed(module: str, source: str) -> None:
    assert complaints(source, module) != []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("rlcourse.mdp.grid_world", "import numpy as np\nfrom .finite_mdp import FiniteMDP"),
        ("rlcourse.tabular.planning.bellman", "from rlcourse.mdp import FiniteMDP\nfrom rlcourse import mdp"),
        ("rlcourse.linear.baird", "from rlcourse.mdp import FiniteMDP\nfrom .features import state_aggregation"),
        ("rlcourse.envs.grid", "import torch\nfrom rlcourse.mdp import FiniteMDP"),
        ("rlcourse.deep.ppo", "import torch\nfrom rlcourse.returns import gae\nfrom .mlp import MLP"),
        ("rlcourse.exercises.mdp_basics", "from rlcourse import mdp, tabular"),
        ("rlcourse.notebook.checks.check", "import ipywidgets\nfrom rlcourse import exercises, tabular"),
    ],
)
def test_a_kept_floor_passes(module: str, source: str) -> None:
    assert complaints(source, module) == []


def needed(source: str, module: str, known: set[str], *, package: bool = False) -> set[str]:
    """Which of the known modules the source of `module` needs to run, leaving out what is imported for types only."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            node.body = [ast.Pass()]
    whole = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    found: set[str] = set()
    for name in imports(ast.unparse(tree), module, package=package):
        # `from a.b import c` needs what a.b holds, whether or not c is a module too; `import a.b.c` needs c alone.
        found |= {name} if name in whole else {name, name.rpartition(".")[0]}
    return found & known - {module}


def circles(needs: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules that need each other, in however many steps."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [*needs[start]]
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += needs[name]
        return seen

    all_reached = {name: reached(name) for name in needs}
    groups = {
        tuple(sorted(other for other in all_reached[name] if name in all_reached[other]))
        for name in needs
        if name in all_reached[name]
    }
    return [list(group) for group in sorted(groups)]


def test_no_modules_import_each_other_in_a_circle() -> None:
    files = {name.removesuffix(".__init__"): file for name, file in modules()}
    needs = {
        name: needed(file.read_text(encoding="utf-8"), name, set(files), package=file.name == "__init__.py")
        for name, file in files.items()
    }
    assert circles(needs) == []


def test_a_circle_is_noticed_wherever_the_import_stands() -> None:
    sources = {
        "a": "",
        "a.one": "from a.two import x",
        "a.two": "def late():\n    from . import three",
        "a.three": "import a.one",
        "a.four": "from a.one import x",
    }
    needs = {name: needed(source, name, set(sources), package=name == "a") for name, source in sources.items()}
    assert circles(needs) == [["a.one", "a.three", "a.two"]]


def test_a_module_that_imports_the_package_which_imports_it_is_a_circle() -> None:
    sources = {"a": "from a.one import x", "a.one": "from a import y"}
    needs = {name: needed(source, name, set(sources), package=name == "a") for name, source in sources.items()}
    assert circles(needs) == [["a", "a.one"]]


def test_what_is_imported_for_types_only_makes_no_circle() -> None:
    late = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a.two import x\n"
    assert needed(late, "a.one", {"a", "a.one", "a.two"}) == set()
    assert needed(late + "else:\n    import a.three", "a.one", {"a", "a.two", "a.three"}) == {"a.three"}
    assert needed("from a.three import x", "a.one", {"a", "a.three", "a.three.x"}) == {"a.three", "a.three.x"}


def test_relative_imports_of_a_package_count_from_the_package() -> None:
    assert imports("from .grid import A", "rlcourse.mdp", package=True) == {"rlcourse.mdp.grid.A"}
    assert imports("from .grid import A", "rlcourse.mdp.worlds") == {"rlcourse.mdp.grid.A"}


@pytest.mark.parametrize("module", ["rlcourse", "rlcourse.mdp", "rlcourse.tabular", "rlcourse.linear"])
def test_importing_the_foundations_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*{{'torch', 'matplotlib', 'ipywidgets'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


MACHINE_PATH = re.compile(r"(?<![\w.:/])(/(home|Users)/\w+|/(root|work|tmp)/|[A-Z]:\\{1,2}Users\b)")


def readable_files() -> list[Path]:
    kinds = {".py", ".ipynb", ".js", ".css", ".cfg", ".md", ".toml", ".txt"}
    files = [*(ROOT / "rlcourse").rglob("*"), *(ROOT / "notebooks").rglob("*"), ROOT / "README.md"]
    hidden = (".ipynb_checkpoints", "__pycache__")
    return sorted(f for f in files if f.suffix in kinds and f.is_file() and not set(hidden) & set(f.parts))


def test_no_file_holds_a_path_of_the_machine_it_was_written_on() -> None:
    found = [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for file in readable_files()
        for match in MACHINE_PATH.finditer(file.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "is_path"),
    [
        ('File "/home/ada/course/x.py"', True),
        ("see /Users/ada/x", True),
        ("/root/.cache", True),
        ('"/tmp/ipykernel_3/1.py"', True),
        (r"C:\Users\ada", True),
        ("https://example.org/home/ada and example.org/tmp/x", False),
        ("the root/leaf ratio, /homework/", False),
    ],
)
def test_a_machine_path_is_told_from_an_address(text: str, is_path: bool) -> None:
    assert bool(MACHINE_PATH.search(text)) == is_path
