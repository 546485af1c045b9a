"""show_source(f): the tested code itself, so that the reader and the tests look at the same lines."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Any


@dataclass(frozen=True)
class Source:
    """Source code and where it stands; a notebook shows it as Python, coloured as its theme has it."""

    file: str  # relative to the folder that holds the package, with forward slashes
    code: str

    def _repr_markdown_(self) -> str:
        longest = max(map(len, re.findall("`+", self.code)), default=0)
        fence = "`" * max(3, longest + 1)  # code may hold fences of its own
        return f"`{self.file}`\n\n{fence}python\n{self.code}\n{fence}"

    def __repr__(self) -> str:
        return f"{self.file}\n\n{self.code}"


def show_source(obj: Any, docstring: bool = False) -> Source:
    """The source of a function, class, method, property or module, with the file it is from.

    Docstrings are left out unless asked for, since the notebook around says it at more length; comments
    stay. Raises TypeError for what has no Python source: numbers, instances, built-in functions.
    """
    if isinstance(obj, property):
        obj = obj.fget
    elif isinstance(obj, cached_property):
        obj = obj.func
    obj = inspect.unwrap(obj) if callable(obj) else obj
    try:
        lines, _ = inspect.getsourcelines(obj)
        file = PurePath(inspect.getsourcefile(obj) or "")
    except (TypeError, OSError):
        name = getattr(obj, "__name__", None) or f"this {type(obj).__name__}"
        raise TypeError(
            f"{name} has no Python source to show; "
            "give a function, class, method, property or module that is written in Python"
        ) from None
    code = textwrap.dedent("".join(lines)).strip("\n")
    return Source(
        file=_relative(file, obj.__name__ if inspect.ismodule(obj) else obj.__module__),
        code=code if docstring else without_docstrings(code),
    )


def without_docstrings(code: str) -> str:
    """The code without the docstrings of its module, classes and functions; all else stays as written."""
    try:
        tree = ast.parse(code)
    except SyntaxError:  # a method that holds a text less indented than itself
        return code
    rows: list[bytes | None] = [row.encode() for row in code.split("\n")]  # ast counts bytes
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if ast.get_docstring(node, clean=False) is None:
            continue
        text = node.body[0]
        top, bottom = text.lineno - 1, (text.end_lineno or text.lineno) - 1
        before = (rows[top] or b"")[: text.col_offset]
        after = (rows[bottom] or b"")[text.end_col_offset :].lstrip(b"; ")
        alone = len(node.body) == 1 and not isinstance(node, ast.Module)
        left = before + (b"...  " if alone and after else b"..." if alone else b"") + after
        rows[top : bottom + 1] = [None] * (bottom + 1 - top)
        if left.strip():
            rows[top] = left
        elif bottom + 1 < len(rows) and not (rows[bottom + 1] or b"").strip():
            rows[bottom + 1] = None  # the empty line that set the docstring off
    return "\n".join(row.decode() for row in rows if row is not None)


def _relative(file: PurePath, module: str) -> str:
    """The path below the folder that holds the package: no message names a folder of this machine."""
    if module == "__main__":
        return "this notebook"
    depth = module.count(".") + (2 if file.stem == "__init__" else 1)
    return "/".join(file.parts[-depth:])
