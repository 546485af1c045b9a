"""quiz("1.Q1"): a question whose every option answers back, a wrong one by naming the misconception behind it.

A click on a letter is an answer, and one may try again. Where no kernel runs, the question is plain HTML in which
every option unfolds into its answer.
"""

from __future__ import annotations

import html
import random
import re
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from rlcourse import exercises
from rlcourse.exercises.format import Option, Prediction, Question
from rlcourse.notebook.panels.panel import Status
from rlcourse.notebook.pictures.numbers import true_minus
from rlcourse.notebook.pictures.style import COLORS

LETTERS = "ABCDEFGHIJ"
# As the text around it, if it can be told, and as large as setup(scale=...) chose.
TEXT = "font-size: calc(var(--jp-content-font-size1, 14px) * var(--rl-scale, 1)); line-height: 1.5"
RIGHT, WRONG, NEUTRAL = ("✓", COLORS["good"]), ("✗", COLORS["bad"]), ("→", COLORS["blue"])  # never colour alone


def quiz(id: str) -> Quiz:
    """The quiz question of an id, "1.Q1", to be answered; raises ValueError if there is none."""
    return Quiz(exercises.question(id))


class Card(widgets.VBox):
    """A box of widgets that has a form without a kernel: static HTML, and one line of text."""

    def __init__(self, children: list[widgets.Widget], static: str, line: str) -> None:
        super().__init__([*children, Status()], layout=widgets.Layout(align_items="stretch"))
        self.add_class("rlcourse-card")
        self._static, self._line = static, " ".join(line.split())

    def __repr__(self) -> str:
        return self._line

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        live = super()._repr_mimebundle_(**kwargs)
        return {**live, "text/html": self._static, "text/plain": self._line}


class Choices(widgets.VBox):
    """Options to choose from: a lettered button for each, and beside it the option, typeset."""

    def __init__(self, options: tuple[Option, ...], respond: Callable[[int], None]) -> None:
        self.buttons = []
        rows = []
        for index, option in enumerate(options):
            button = widgets.Button(
                description=LETTERS[index],
                tooltip=f"Choose {LETTERS[index]}: {option.text}",
                layout=widgets.Layout(width="4em", flex="0 0 auto"),
            )
            button.on_click(lambda _, index=index: respond(index))
            text = widgets.HTMLMath(
                f'<div style="{TEXT}">{to_html(option.text)}</div>',
                layout=widgets.Layout(flex="1 1 0%", margin="2px 2px 2px 8px"),
            )
            self.buttons.append(button)
            rows.append(widgets.HBox([button, text], layout=widgets.Layout(align_items="center")))
        super().__init__(rows)

    def mark(self, index: int, symbol: str = "", style: str = "") -> None:
        """Put a symbol and a colour on one button."""
        button = self.buttons[index]
        button.description = f"{symbol} {LETTERS[index]}".strip()
        button.button_style = style

    def mark_answer(self, index: int, option: Option) -> None:
        """Mark a button as right or wrong."""
        self.mark(index, *(("✓", "success") if option.right else ("✗", "danger")))


class Quiz(Card):
    """A question with lettered options; the explanation of the chosen one appears below."""

    def __init__(self, question: Question) -> None:
        self.options = arranged(question)
        self.choices = Choices(self.options, self.choose)
        self.answer = widgets.HTMLMath()
        title = f"Question {question.id}"
        super().__init__(
            [widgets.HTMLMath(heading(title, question.text)), self.choices, self.answer],
            static=heading(title, question.text) + "".join(map(unfolding, LETTERS, self.options)),
            line=f"{title}: {question.text}",
        )

    def choose(self, index: int) -> None:
        """Answer with an option; the answers before it are forgotten."""
        for other in range(len(self.options)):
            self.choices.mark(other)
        self.choices.mark_answer(index, self.options[index])
        self.answer.value = response(self.options[index])


def arranged(item: Question | Prediction) -> tuple[Option, ...]:
    """The options in the order in which everybody sees them: drawn from the id, unless the author fixed it."""
    if item.in_order:
        return item.options
    draw = random.Random(item.id)  # whose random() alone is promised to be the same in every Python
    return tuple(sorted(item.options, key=lambda _: draw.random()))


def heading(title: str, text: str) -> str:
    """The question itself, in live and in static form."""
    return f'<p style="{TEXT}"><strong>{title}.</strong> {to_html(text)}</p>'


def response(option: Option) -> str:
    """What is said to those who chose an option."""
    said = "Right." if option.right else "Not quite."
    return remark(RIGHT if option.right else WRONG, said, to_html(option.why))


def remark(sort: tuple[str, str], said: str, text: str) -> str:
    """An answer with its symbol and a coloured edge; its text keeps the colour of the theme."""
    symbol, color = sort
    return (
        f'<div role="status" style="border-left: 5px solid {color}; padding: 2px 10px; margin: 6px 0; {TEXT}">'
        f"{symbol} <strong>{html.escape(said)}</strong> {text}</div>"
    )


def unfolding(letter: str, option: Option) -> str:
    """An option that shows its answer when it is opened, without any program."""
    said = "✓ <strong>Right.</strong>" if option.right else "✗ <strong>Not quite.</strong>"
    return (
        f"<details><summary>{letter}. {to_html(option.text)}</summary>"
        f"<blockquote>{said} {to_html(option.why)}</blockquote></details>"
    )


def to_html(text: str) -> str:
    """HTML of a sentence with $mathematics$, `code`, *emphasis* and **bold**; all else is shown as written."""
    pieces = re.split(r"(\$[^$]+\$|`[^`]+`)", html.escape(text, quote=False))
    exact = [f"<code>{piece[1:-1]}</code>" if piece[0] == "`" else piece for piece in pieces[1::2]]
    prose = true_minus("\0".join(pieces[::2]))  # stars in mathematics and code are no emphasis
    prose = re.sub(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", r"<strong>\1</strong>", prose)
    prose = re.sub(r"\*(?=\S)(.+?)(?<=\S)\*", r"<em>\1</em>", prose)
    return "".join(part for pair in zip(prose.split("\0"), [*exact, ""], strict=True) for part in pair)
