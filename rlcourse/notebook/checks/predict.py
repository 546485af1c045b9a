"""predict("1.P1", show): the reader commits to a prediction first, and sees the answer and its figure only then.

Where a reader has bet on an answer, being wrong is worth something. "Show me" skips the bet. What gives the answer away
further down the notebook is closed until then (see after_prediction.py), and opens together with it.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable
from pathlib import Path

import anywidget
import ipywidgets as widgets
import traitlets
from matplotlib.figure import Figure

from rlcourse import exercises
from rlcourse.exercises.format import Prediction
from rlcourse.notebook.checks.after_prediction import committed
from rlcourse.notebook.checks.quiz import (
    LETTERS,
    NEUTRAL,
    RIGHT,
    TEXT,
    WRONG,
    Card,
    Choices,
    arranged,
    heading,
    remark,
    to_html,
)
from rlcourse.notebook.pictures.png import checked_figure, picture_of

Show = Callable[[], Figure | tuple[Figure, str]]


def predict(id: str, show: Show | None = None) -> Predict:
    """The prediction of an id, "1.P1"; `show` draws the figure, once the reader has committed to a guess.

    Raises ValueError if there is no such prediction, TypeError if `show` is not a function.
    """
    if show is not None and not callable(show):
        raise TypeError(f"show must be a function that returns a figure, got {type(show).__name__}")
    return Predict(exercises.prediction(id), show)


class Opener(anywidget.AnyWidget):
    """Takes no room; opens what the notebook shows after a prediction (predict.js)."""

    _esm = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    prediction = traitlets.Unicode().tag(sync=True)
    committed = traitlets.Bool().tag(sync=True)


class Predict(Card):
    """A question to commit to: options or a number, a button to commit and one to skip, and below them the answer."""

    def __init__(self, prediction: Prediction, show: Show | None = None) -> None:
        self.prediction, self.show = prediction, show
        self.options = arranged(prediction)
        self.chosen: int | None = None
        self.committed = False
        self.choices = Choices(self.options, self.choose)
        self.number = widgets.Text(placeholder="a number", layout=widgets.Layout(width="9em"))
        self.commit_button = widgets.Button(
            description="Commit",
            button_style="primary",
            disabled=bool(self.options),
            tooltip="Commit to this prediction and see the answer",
        )
        self.skip_button = widgets.Button(description="Show me", tooltip="See the answer without a prediction")
        self.commit_button.on_click(lambda _: self.commit())
        self.skip_button.on_click(lambda _: self.reveal())
        self.buttons = widgets.HBox([self.commit_button, self.skip_button], layout=widgets.Layout(margin="6px 0"))
        self.answer = widgets.HTMLMath()
        self.figure = widgets.VBox(layout=widgets.Layout(align_items="flex-start"))
        self.opener = Opener(prediction=prediction.id, committed=prediction.id in committed)
        title = f"Prediction {prediction.id}"
        asked = heading(title, prediction.text)
        listed = "<br>".join(f"{LETTERS[i]}. {to_html(option.text)}" for i, option in enumerate(self.options))
        _, said, why = self._said_of(None)
        super().__init__(
            [
                widgets.HTMLMath(asked),
                self.choices if self.options else self.number,
                self.buttons,
                self.answer,
                self.figure,
                self.opener,
            ],
            static=asked
            + (f"<p>{listed}</p>" if listed else "")
            + "<p><em>Commit to an answer before you read on; run this cell to check it.</em></p>"
            + f"<details><summary>The answer</summary><blockquote><strong>{said}</strong> {why}</blockquote></details>",
            line=f"{title}: {prediction.text}",
        )

    def choose(self, index: int) -> None:
        """Choose an option; nothing is revealed before `commit`, and nothing changes after it."""
        if self.committed:
            return
        self.chosen = index
        for other in range(len(self.options)):
            self.choices.mark(other, *(("●", "info") if other == index else ()))
        self.commit_button.disabled = False

    def commit(self) -> None:
        """Commit to the chosen option or the number that was typed, and see the answer."""
        if self.options:
            if self.chosen is not None:
                self.reveal(self.chosen)
            return
        try:
            guess = float(self.number.value.strip().replace(",", "."))
        except ValueError:
            guess = math.nan
        if math.isfinite(guess):
            self.reveal(guess)
        else:
            self.answer.value = remark(NEUTRAL, "A number, please:", "for example 0.5 or -3.")

    def reveal(self, guess: float | None = None) -> None:
        """Show the answer, what there is to say about the guess, and the figure."""
        if self.committed:  # a double click
            return
        self.committed = self.opener.committed = self.number.disabled = True
        committed.add(self.prediction.id)
        self.buttons.layout.display = "none"
        for index, option in enumerate(self.options):
            if option.right or index == guess:
                self.choices.mark_answer(index, option)
            else:
                self.choices.buttons[index].disabled = True
        self.answer.value = remark(*self._said_of(guess))
        if self.show is not None:
            self._draw(self.show)

    def _said_of(self, guess: float | None) -> tuple[tuple[str, str], str, str]:
        """What there is to say about a guess, or about none: its mark, what is right, and why."""
        why = to_html(self.prediction.why)
        if self.prediction.answer is not None:
            return self._said_of_number(guess, self.prediction.answer, why)
        letter, right = next((LETTERS[i], option) for i, option in enumerate(self.options) if option.right)
        reasons = f"{to_html(right.why)} {why}".strip()
        if guess is None:
            return NEUTRAL, f"The answer is {letter}.", reasons
        chosen = self.options[int(guess)]
        if chosen.right:
            return RIGHT, f"You said {letter}, and so it is.", reasons
        said = f"You said {LETTERS[int(guess)]}."
        return WRONG, said, f"{to_html(chosen.why)}<br><strong>The answer is {letter}.</strong> {reasons}"

    def _said_of_number(self, guess: float | None, answer: float, why: str) -> tuple[tuple[str, str], str, str]:
        if guess is None:
            return NEUTRAL, f"It is {answer:g}.", why
        said = f"You said {guess:g}; it is {answer:g}."
        if abs(guess - answer) <= self.prediction.tolerance * (1 + 1e-9) + 1e-12:
            return RIGHT, said, why
        aside = to_html(self.prediction.below if guess < answer else self.prediction.above)
        return WRONG, said, f"{aside}<br>{why}" if aside else why

    def _draw(self, show: Show) -> None:
        try:
            drawn = show()
            figure, line = drawn if isinstance(drawn, tuple) else (drawn, "")
            picture = picture_of(checked_figure(figure, "show"))
        except Exception as error:  # in a callback nobody would see it
            failed = f"{type(error).__name__}: {error}"
            self.figure.children = [widgets.HTML(remark(WRONG, "The figure could not be drawn.", html.escape(failed)))]
            return
        image = widgets.Image(
            value=picture.png, format="png", width=picture.width, layout=widgets.Layout(max_width="100%")
        )
        self.figure.children = [image, widgets.HTMLMath(f'<div style="{TEXT}">{to_html(line)}</div>')]
