"""available("box2d"): whether what a cell needs is here; where it is not, the notebook goes on without it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rlcourse.notebook.kernel import running_kernel

MODULES = {"box2d": "Box2D", "mujoco": "mujoco", "atari": "ale_py"}  # what each extra of pyproject.toml brings
WITHOUT = "This cell needs "


def available(extra: str) -> bool:
    """Whether an extra of the course is installed: "box2d", "mujoco" or "atari"; a cell that needs one says

        if notebook.available("box2d"):
            ...

    and where it is not installed, the notebook says so, shows what the cell gave when its author ran it, and goes on.
    Raises ValueError for another name.
    """
    if extra not in MODULES:
        raise ValueError(f"no extra is called {extra!r}; there are {', '.join(MODULES)}")
    if find_spec(MODULES[extra]) is not None:
        return True
    from IPython.display import display

    stored = list(stored_outputs())
    said = (
        f"{WITHOUT}{MODULES[extra]}, which is not installed here. In the folder of the course,\n"
        f"    .venv/bin/python -m pip install -c constraints.txt -e '.[{extra}]'\n"
        f"installs it. Until then the notebook goes on without{'; this is what the cell gave:' if stored else '.'}"
    )
    display(Line(said))
    for output in stored:
        show(output)
    return False


class Line(str):
    """A text shown as it is, as an output of its own; what is printed may flow together with what a cell prints."""

    __repr__ = str.__str__


def stored_outputs() -> Iterator[dict[str, Any]]:
    """What the notebook file, in the folder where the kernel works, holds below the cell that is being run."""
    kernel = running_kernel()
    code = None if kernel is None else kernel.get_parent().get("content", {}).get("code")
    for path in sorted(Path.cwd().glob("*.ipynb")) if code else ():
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        except (ValueError, KeyError):  # some other file that ends in .ipynb
            continue
        for cell in cells:
            if cell["cell_type"] == "code" and "".join(cell["source"]) == code:
                yield from (output for output in cell["outputs"] if not says_without(output))
                return


def says_without(output: dict[str, Any]) -> bool:
    """Whether an output is what `available` says where something is missing."""
    return "".join(output.get("data", {}).get("text/plain", "")).startswith(WITHOUT)


def show(output: dict[str, Any]) -> None:
    """Show a stored output again."""
    from IPython.display import publish_display_data

    if output["output_type"] == "stream":
        print("".join(output["text"]), end="")
    elif "data" in output:
        data = {kind: "".join(text) if isinstance(text, list) else text for kind, text in output["data"].items()}
        publish_display_data(data, output.get("metadata", {}))
