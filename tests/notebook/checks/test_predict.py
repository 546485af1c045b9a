"""predict: nothing is revealed before the reader commits, and what is said then speaks to the guess."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from matplotlib.figure import Figure

from rlcourse import exercises
from rlcourse.exercises.format import Option, Prediction
from rlcourse.notebook.checks.predict import Predict, predict
from rlcourse.notebook.checks.quiz import NEUTRAL, RIGHT, WRONG

SCRATCH = Path(__file__).resolve().parents[2] / "exercises" / "scratch.py"
CHOICE = Prediction(
    "9.P1",
    "More or less?",
    (Option("more", "why more"), Option("the same", "why same", right=True), Option("less", "why less")),
    why="in general",
    in_order=True,
)
NUMBER = Prediction(
    "9.P2", "How many?", answer=10.0, tolerance=0.5, below="too low", above="too high", why="in general"
)


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


class Drawing:
    """A `show` that counts how often it is asked."""

    def __init__(self, result: Callable[[], Any] = Figure) -> None:
        self.times, self.result = 0, result

    def __call__(self) -> Any:
        self.times += 1
        return self.result()


def everything_shown(shown: Predict) -> str:
    """All texts that a reader sees in the live form."""
    widgets, texts = [shown], []
    while widgets:
        widget = widgets.pop()
        if widget.layout.display == "none":
            continue
        widgets += getattr(widget, "children", ())
        texts += [str(getattr(widget, "value", "")), getattr(widget, "description", "")]
    return " ".join(texts)


SECRETS = ("why more", "why same", "why less", "in general", "too low", "too high", "✓", "✗", "→")


@pytest.mark.parametrize("prediction", [CHOICE, NUMBER])
def test_nothing_is_revealed_before_the_reader_commits(prediction: Prediction) -> None:
    draw = Drawing()
    shown = Predict(prediction, draw)
    shown.choices.buttons[0].click() if prediction.options else None
    shown.number.value = "3"
    assert not any(secret in everything_shown(shown) for secret in SECRETS)
    assert draw.times == 0 and shown.figure.children == ()


@pytest.mark.parametrize(
    ("index", "sort", "says", "hides"),
    [
        (0, WRONG, ("You said A.", "why more", "The answer is B.", "why same", "in general"), "why less"),
        (1, RIGHT, ("You said B, and so it is.", "why same", "in general"), "why more"),
        (2, WRONG, ("You said C.", "why less", "The answer is B.", "why same", "in general"), "why more"),
    ],
)
def test_the_answer_speaks_to_the_option_chosen(
    index: int, sort: tuple[str, str], says: tuple[str, ...], hides: str
) -> None:
    draw = Drawing()
    shown = Predict(CHOICE, draw)
    assert shown.commit_button.disabled
    shown.choices.buttons[(index + 1) % 3].click()  # one may change one's mind before committing
    shown.choices.buttons[index].click()
    assert [button.description for button in shown.choices.buttons].count("● " + "ABC"[index]) == 1
    assert not shown.commit_button.disabled
    shown.commit_button.click()
    assert all(text in shown.answer.value for text in says) and hides not in shown.answer.value
    assert f"{sort[0]} <strong>You said" in shown.answer.value and sort[1] in shown.answer.value
    assert draw.times == 1
    marks = ["✗ A" if index == 0 else "A", "✓ B", "✗ C" if index == 2 else "C"]
    assert [button.description for button in shown.choices.buttons] == marks


def test_a_commitment_cannot_be_taken_back() -> None:
    shown = Predict(CHOICE)
    shown.choices.buttons[0].click()
    shown.commit_button.click()
    assert [button.disabled for button in shown.choices.buttons] == [False, False, True]  # grey is hard to read
    assert shown.buttons.layout.display == "none"
    told = shown.answer.value
    shown.choices.buttons[1].click()
    assert shown.chosen == 0 and shown.answer.value == told
    assert [button.description for button in shown.choices.buttons] == ["✗ A", "✓ B", "C"]
    typed = Predict(NUMBER)
    typed.reveal(3.0)
    assert typed.number.disabled


def test_committing_to_nothing_does_nothing() -> None:
    draw = Drawing()
    shown = Predict(CHOICE, draw)
    shown.commit()
    assert shown.answer.value == "" and draw.times == 0


@pytest.mark.parametrize(
    ("typed", "sort", "says", "hides"),
    [
        ("10", RIGHT, ("You said 10; it is 10.", "in general"), "too"),
        ("9.5", RIGHT, ("You said 9.5; it is 10.",), "too"),
        (" 10,5 ", RIGHT, ("You said 10.5; it is 10.",), "too"),
        ("9.49", WRONG, ("You said 9.49; it is 10.", "too low", "in general"), "too high"),
        ("1e3", WRONG, ("You said 1000; it is 10.", "too high", "in general"), "too low"),
    ],
)
def test_the_answer_speaks_to_the_number_typed(
    typed: str, sort: tuple[str, str], says: tuple[str, ...], hides: str
) -> None:
    shown = Predict(NUMBER)
    shown.number.value = typed
    shown.commit_button.click()
    assert all(text in shown.answer.value for text in says) and hides not in shown.answer.value
    assert f"{sort[0]} <strong>You said" in shown.answer.value


def test_without_a_tolerance_a_number_must_be_right_up_to_rounding() -> None:
    exact = Prediction("9.P3", "?", answer=0.3, why="w")
    assert Predict(exact)._said_of(0.1 + 0.2)[0] == RIGHT
    assert Predict(exact)._said_of(0.3001)[0] == WRONG


@pytest.mark.parametrize("typed", ["", "ten", "nan", "inf", "1/2"])
def test_what_is_no_number_is_no_commitment(typed: str) -> None:
    draw = Drawing()
    shown = Predict(NUMBER, draw)
    shown.number.value = typed
    shown.commit_button.click()
    assert "A number, please" in shown.answer.value and "in general" not in shown.answer.value
    assert draw.times == 0 and not shown.number.disabled
    shown.number.value = "10"
    shown.commit_button.click()
    assert "it is 10" in shown.answer.value


@pytest.mark.parametrize(("prediction", "says"), [(CHOICE, "The answer is B."), (NUMBER, "It is 10.")])
def test_who_skips_sees_the_answer_and_no_verdict(prediction: Prediction, says: str) -> None:
    draw = Drawing()
    shown = Predict(prediction, draw)
    shown.skip_button.click()
    assert f"{NEUTRAL[0]} <strong>{says}</strong>" in shown.answer.value and "You said" not in shown.answer.value
    assert "✗" not in everything_shown(shown) and draw.times == 1
    shown.skip_button.click()  # the second half of a double click
    assert draw.times == 1


def test_the_figure_and_its_line_are_shown() -> None:
    shown = Predict(NUMBER, Drawing(lambda: (Figure(figsize=(3, 2), dpi=100), "shrinks like $\\gamma^k$")))
    shown.reveal()
    image, line = shown.figure.children
    assert bytes(image.value[:4]) == b"\x89PNG" and image.width == "300"
    assert "shrinks like $\\gamma^k$" in line.value
    assert shown.figure.layout.align_items == "flex-start"  # else the picture is stretched


@pytest.mark.parametrize("result", [lambda: 1 / 0, lambda: "no figure", lambda: None])
def test_a_figure_that_fails_says_so_below_the_answer(result: Callable[[], Any]) -> None:
    shown = Predict(NUMBER, Drawing(result))
    shown.reveal()
    assert "It is 10." in shown.answer.value
    assert "The figure could not be drawn." in shown.figure.children[0].value


def test_the_static_form_keeps_the_answer_folded(scratch: ModuleType) -> None:
    for prediction in (CHOICE, NUMBER):
        bundle = Predict(prediction)._repr_mimebundle_()
        before, after = bundle["text/html"].split("<details><summary>The answer</summary>")
        assert not any(secret in before for secret in SECRETS)
        assert "in general" in after and "open" not in before
        assert bundle["text/plain"] == f"Prediction {prediction.id}: {prediction.text}"
    bundle = predict("99.P1")._repr_mimebundle_()
    assert "A. stays the same<br>B. doubles<br>C. grows about tenfold" in bundle["text/html"]


def test_bad_input_is_an_error(scratch: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"no prediction 99\.P7; notebook 99 has 99\.P1, 99\.P2"):
        predict("99.P7")
    with pytest.raises(TypeError, match="show must be a function that returns a figure, got Figure"):
        predict("99.P1", Figure())  # type: ignore[arg-type]
