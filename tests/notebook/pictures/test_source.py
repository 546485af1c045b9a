"""show_source: the very code that is tested, where it stands, without docstrings and without a path of this machine."""

import ast
import functools
from pathlib import Path

import numpy as np
import pytest

from rlcourse import tabular
from rlcourse.mdp import FiniteMDP
from rlcourse.notebook.pictures.source import Source, show_source, without_docstrings
from rlcourse.tabular.planning import bellman

ROOT = Path(__file__).resolve().parents[3]


def sample(x: float) -> float:
    """A docstring
    of two lines, with ``` in it.
    """

    # why: a comment that stays
    text = """not a docstring"""
    return x * len(text)  # and so does this


@functools.wraps(sample)
def wrapper(x: float) -> float:
    return sample(x)


@pytest.mark.parametrize(
    "obj",
    [tabular.action_values, FiniteMDP, FiniteMDP.under, FiniteMDP.num_states, FiniteMDP.transition, bellman],
)
def test_the_code_stands_in_the_file_that_the_heading_names(obj: object) -> None:
    shown = show_source(obj, docstring=True)
    lines = [line.strip() for line in (ROOT / shown.file).read_text(encoding="utf-8").splitlines()]
    code = [line.strip() for line in shown.code.split("\n")]
    assert any(lines[start : start + len(code)] == code for start in range(len(lines)))
    assert shown.file.startswith("rlcourse/") and "\\" not in shown.file


def test_the_package_is_named_with_its_file() -> None:
    assert show_source(tabular).file == "rlcourse/tabular/__init__.py"
    assert show_source(tabular.action_values).file == "rlcourse/tabular/planning/bellman.py"


def test_docstrings_go_and_comments_stay() -> None:
    shown = show_source(sample)
    assert shown.code.split("\n") == [
        "def sample(x: float) -> float:",
        "    # why: a comment that stays",
        '    text = """not a docstring"""',
        "    return x * len(text)  # and so does this",
    ]
    assert "of two lines" in show_source(sample, docstring=True).code


def test_what_is_shown_is_what_runs() -> None:
    for obj in (tabular.action_values, tabular.value_iteration, FiniteMDP, bellman):
        shown, whole = show_source(obj), show_source(obj, docstring=True)
        assert ast.unparse(ast.parse(shown.code)) != ast.unparse(ast.parse(whole.code))
        assert ast.dump(bare(shown.code)) == ast.dump(bare(whole.code))


def bare(code: str) -> ast.Module:
    """The syntax tree without its docstrings."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Expr(ast.Constant(...))]
    return tree


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('def f():\n    """Only this."""', "def f():\n    ..."),
        ('def f():\n    """Only this."""  # a remark', "def f():\n    ...  # a remark"),
        ('def f(): "on one line"', "def f(): ..."),
        ('def f():\n    """γ."""; x = 1\n    return x', "def f():\n    x = 1\n    return x"),
        ('def f():\n    "γ"  # a remark\n    return 1', "def f():\n    # a remark\n    return 1"),
        ('"""Module."""\n\nimport os', "import os"),
        ('"""Module."""', ""),
        ('class A:\n    """A."""\n\n    x: int\n    """of x"""\n', 'class A:\n    x: int\n    """of x"""\n'),
        ('class A:\n    """A."""\n\n    def f(self):\n        """F."""\n', "class A:\n    def f(self):\n        ...\n"),
        ('async def f():\n    """F."""\n    await g()', "async def f():\n    await g()"),
        ('def f():\n    # first\n    """F."""\n    return 1', "def f():\n    # first\n    return 1"),
        ('def f():\n    f"""{x} is no docstring"""', 'def f():\n    f"""{x} is no docstring"""'),
        ("def f():\n    return 1", "def f():\n    return 1"),
        ("this is no Python", "this is no Python"),
    ],
)
def test_docstrings_of_every_shape_go(code: str, expected: str) -> None:
    assert without_docstrings(code) == expected


def test_it_is_fenced_as_python_even_where_it_holds_fences() -> None:
    assert Source("a.py", "x = 1\n")._repr_markdown_().startswith("`a.py`\n\n```python\nx = 1\n")
    assert "\n````python\n" in show_source(sample, docstring=True)._repr_markdown_()
    assert show_source(sample, docstring=True)._repr_markdown_().endswith("\n````")


def test_text_and_markdown_hold_no_path_of_this_machine() -> None:
    for obj in (tabular.action_values, sample, wrapper):
        shown = show_source(obj)
        for text in (repr(shown), shown._repr_markdown_()):
            assert str(ROOT) not in text and f"{shown.file}" in text and "def " in text


def test_a_wrapped_function_is_shown_itself() -> None:
    assert show_source(wrapper).code.startswith("def sample")


def test_a_function_of_the_notebook_is_said_to_be_there() -> None:
    own = tabular.uniform_policy
    function = type(own)(own.__code__, {"__name__": "__main__"})
    function.__module__ = "__main__"
    assert show_source(function).file == "this notebook"


@pytest.mark.parametrize(
    "obj",
    [len, np.add, 3.0, "text", np.zeros(3), int, None, functools.partial(sample, 1.0), math := __import__("math")],
)
def test_what_has_no_python_source_is_refused(obj: object) -> None:
    with pytest.raises(TypeError, match=r"has no Python source to show; give a function"):
        show_source(obj)
