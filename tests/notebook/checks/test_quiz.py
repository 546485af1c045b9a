"""quiz: every option answers back, one may try again, and the static form shows nothing unasked."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from rlcourse import exercises
from rlcourse.exercises.format import Option, Question
from rlcourse.notebook.checks.quiz import RIGHT, WRONG, Quiz, arranged, quiz, to_html

SCRATCH = Path(__file__).resolve().parents[2] / "exercises" / "scratch.py"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The tests' own content module, as if it belonged to the package: notebook 99."""
    name = "rlcourse.exercises.scratch"
    spec = importlib.util.spec_from_file_location(name, SCRATCH)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setitem(exercises.NOTEBOOKS, 99, "scratch")
    return module


def question(**more: bool) -> Question:
    options = tuple(Option(f"answer {i}", f"reason {i}", right=i == 0) for i in range(4))
    return Question("9.Q1", "Which of $a < b$ or `a & b`?", options, **more)


def place_of_the_right_one(shown: Quiz) -> int:
    return next(i for i, option in enumerate(shown.options) if option.right)


def test_a_click_on_a_letter_is_an_answer_with_its_own_explanation(scratch: ModuleType) -> None:
    shown = Quiz(question())
    assert shown.answer.value == ""
    for index, (option, button) in enumerate(zip(shown.options, shown.choices.buttons, strict=True)):
        button.click()
        symbol, color = RIGHT if option.right else WRONG
        assert option.why in shown.answer.value and color in shown.answer.value
        assert f"{symbol} <strong>{'Right.' if option.right else 'Not quite.'}" in shown.answer.value
        others = [other.why for other in shown.options if other is not option]
        assert not any(why in shown.answer.value for why in others)
        # the mark moves along: one letter carries a symbol, not a colour alone
        marks = [button.description for button in shown.choices.buttons]
        assert marks == ["ABCD"[i] if i != index else f"{symbol} {'ABCD'[i]}" for i in range(4)]
        styles = [button.button_style for button in shown.choices.buttons]
        assert styles == ["" if i != index else "success" if option.right else "danger" for i in range(4)]


def test_letters_stand_beside_typeset_options() -> None:
    shown = Quiz(
        Question("9.Q1", "?", (Option("$\\gamma$ and `x < y`", "w", right=True), Option("b", "w")), in_order=True)
    )
    first = shown.choices.children[0]
    assert first.children[0].description == "A"
    assert type(first.children[1]).__name__ == "HTMLMath"
    assert "$\\gamma$ and <code>x &lt; y</code>" in first.children[1].value
    assert "A: $\\gamma$ and `x < y`" in first.children[0].tooltip


def test_the_order_is_fixed_by_the_id_and_the_right_one_moves() -> None:
    assert arranged(question()) == arranged(question())
    assert arranged(question(in_order=True)) == question().options
    places = set()
    for number in range(1, 30):
        shown = Quiz(Question(f"9.Q{number}", "?", question().options))
        assert sorted(option.text for option in shown.options) == [f"answer {i}" for i in range(4)]
        places.add(place_of_the_right_one(shown))
    assert places == {0, 1, 2, 3}
    assert [option.text[-1] for option in arranged(question())] == ["3", "1", "2", "0"]  # on every machine


def test_the_static_form_is_a_question_whose_options_unfold(scratch: ModuleType) -> None:
    bundle = quiz("99.Q1")._repr_mimebundle_()
    assert set(bundle) == {WIDGET_VIEW, "text/html", "text/plain"}
    static = bundle["text/html"]
    assert static.count("<details>") == static.count("</details>") == 3
    assert "open" not in re.sub(r"<summary>.*?</summary>", "", static).split()
    visible = re.sub(r"<blockquote>.*?</blockquote>", "", static)  # what one sees before a click
    for letter, option in zip("ABC", arranged(scratch.QUESTIONS[0]), strict=True):
        assert f"<summary>{letter}. {to_html(option.text)}</summary>" in visible
        assert to_html(option.why) in static and to_html(option.why) not in visible
    assert "✓" not in visible and "Right" not in visible


def test_the_line_is_one_line_without_an_address_or_the_answer(scratch: ModuleType) -> None:
    shown = Quiz(Question("9.Q1", "One\n  or two?", question().options))
    assert shown._repr_mimebundle_()["text/plain"] == repr(shown) == "Question 9.Q1: One or two?"
    shown.choose(place_of_the_right_one(shown))
    assert shown._repr_mimebundle_()["text/plain"] == "Question 9.Q1: One or two?"


def test_two_showings_store_the_same(scratch: ModuleType) -> None:
    first, second = quiz("99.Q1")._repr_mimebundle_(), quiz("99.Q1")._repr_mimebundle_()
    assert (first["text/html"], first["text/plain"]) == (second["text/html"], second["text/plain"])


def test_an_unknown_question_is_an_error(scratch: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"no quiz question 99\.Q7; notebook 99 has 99\.Q1"):
        quiz("99.Q7")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ("$a < b$", "$a &lt; b$"),
        ("`x[i] * y`, *not* **now**", "<code>x[i] * y</code>, <em>not</em> <strong>now</strong>"),
        ("$v_* * q_*$ and *q*", "$v_* * q_*$ and <em>q</em>"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        (
            "**A** pays, **b** is *no* *more*",
            "<strong>A</strong> pays, <strong>b</strong> is <em>no</em> <em>more</em>",
        ),
        ("**the $v_*$ of `a`** and *$q_*$*", "<strong>the $v_*$ of <code>a</code></strong> and <em>$q_*$</em>"),
        ("$v$`c`", "$v$<code>c</code>"),
        ("", ""),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("$$v = 1$$", "$$v = 1$$"),
        ("`$x`", "<code>$x</code>"),
        ('say "so"', 'say "so"'),
    ],
)
def test_texts_become_html(text: str, expected: str) -> None:
    assert to_html(text) == expected
