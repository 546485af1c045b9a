"""after_prediction("2.P2"): what a cell shows stays closed until the reader has committed to that prediction.

It is the first line of a cell that gives the answer away; all that the cell prints and draws from there on goes into
one `<details>`, which every front end knows how to close: JupyterLab, GitHub, nbconvert, with or without a kernel.
Prose does the same by itself: `<details class="after-2.P2"><summary>After prediction 2.P2</summary>`. "Commit" and
"Show me" in the card of the prediction open both (predict.js); so does a click.
"""

from __future__ import annotations

import html
import io
import sys
from base64 import b64encode
from collections.abc import Callable
from typing import Any, NamedTuple

import ipywidgets as widgets

from rlcourse import exercises
from rlcourse.notebook.checks.quiz import TEXT, Card
from rlcourse.notebook.kernel import running_kernel
from rlcourse.saving import WIDGET_VIEW

PICTURES = ("image/png", "image/jpeg")

committed: set[str] = set()  # the predictions that were made in this kernel; what is shown later is shown open


def after_prediction(id: str) -> None:
    """Close what this cell shows from here on, until the reader commits to prediction `id`, or opens it.

    Where no notebook is, everything is shown as usual. Raises ValueError if there is no such prediction, and if this
    cell has said so before.
    """
    exercises.prediction(id)
    kernel = running_kernel()
    if kernel is None:
        return
    if isinstance(sys.stdout, Printed):
        raise ValueError(f"after_prediction({id!r}) comes second in this cell; a cell comes after one prediction")
    Recording(id, kernel.shell)


class Shown(NamedTuple):
    """One thing that a cell shows, in all its forms."""

    data: dict[str, Any]
    metadata: dict[str, Any]


class Printed(io.TextIOBase):
    """Takes what is printed."""

    def __init__(self, take: Callable[[str], object]) -> None:
        self.take = take

    def write(self, text: str) -> int:
        self.take(text)
        return len(text)


class Recording:
    """Takes what a cell prints, displays and returns, in order, and shows it as one when the cell has run.

    Figures of pyplot are among it: a notebook displays them before it says that the cell has run.
    """

    def __init__(self, id: str, shell: Any) -> None:
        self.id, self.shell = id, shell
        self.pieces: list[str | Shown] = []
        self.stdout = sys.stdout
        sys.stdout = Printed(self._printed)
        sys.displayhook = self._returned  # IPython sets its own again, cell by cell
        shell.display_pub.register_hook(self._displayed)
        shell.events.register("post_run_cell", self._end)

    def _printed(self, text: str) -> None:
        before = self.pieces.pop() if self.pieces and isinstance(self.pieces[-1], str) else ""
        self.pieces.append(f"{before}{text}")

    def _returned(self, value: object) -> None:
        from IPython.display import display

        if value is not None:
            display(value)

    def _displayed(self, message: dict[str, Any]) -> dict[str, Any] | None:
        if message["msg_type"] != "display_data":
            return message
        self.pieces.append(Shown(message["content"]["data"], message["content"]["metadata"]))
        return None

    def _end(self, _: object) -> None:
        from IPython.display import display

        sys.stdout = self.stdout
        self.shell.display_pub.unregister_hook(self._displayed)
        self.shell.events.unregister("post_run_cell", self._end)
        if self.pieces:
            display(Closed(self.id, self.pieces))


class Closed:
    """What a cell showed, behind one line that opens it; its one text holds all texts, so that tests compare them."""

    def __init__(self, id: str, pieces: list[str | Shown]) -> None:
        self.id, self.pieces = id, pieces

    def __repr__(self) -> str:
        texts = (piece if isinstance(piece, str) else str(piece.data.get("text/plain", "")) for piece in self.pieces)
        return f"After prediction {self.id}\n" + "\n".join(text.rstrip("\n") for text in texts)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        static = details(self.id, "\n".join(map(as_html, self.pieces)), open=self.id in committed)
        live = [(widget_of(piece), piece) for piece in self.pieces]
        if not any(widget for widget, _ in live):
            return {"text/html": static, "text/plain": repr(self)}
        behind = [widget or widgets.HTMLMath(as_html(piece)) for widget, piece in live]
        return Curtain(self.id, behind, static, repr(self))._repr_mimebundle_(**kwargs)


class Curtain(Card):
    """Widgets behind the same line: beside it in the page, and hidden while it is closed."""

    OPEN = ":has(> :first-child details[open])"
    STYLE = f"<style>.rlcourse-curtain:not({OPEN}) > :not(:first-child) {{display: none}}</style>"

    def __init__(self, id: str, behind: list[widgets.Widget], static: str, text: str) -> None:
        line = widgets.HTML(self.STYLE + details(id, "", open=id in committed))
        super().__init__([line, *behind], static=static, line="")
        self._line, self.layout.max_width = text, None
        self.add_class("rlcourse-curtain")


def details(id: str, content: str, *, open: bool) -> str:
    """The line that opens, and what is behind it; the class is what the card of the prediction looks for."""
    return (
        f'<details class="after-{id}"{" open" * open}><summary style="{TEXT}" title="opens when you commit to {id}">'
        f"After prediction {id}</summary>\n{content}\n</details>"
    )


def as_html(piece: str | Shown) -> str:
    """One thing that a cell shows, for a page without a kernel."""
    if isinstance(piece, str):
        return f"<pre>{html.escape(piece, quote=False)}</pre>"
    if "text/html" in piece.data:
        return str(piece.data["text/html"])
    text = html.escape(str(piece.data.get("text/plain", "")))
    for kind in PICTURES:
        if kind in piece.data:
            size = piece.metadata.get(kind, {})
            pixels = "".join(f' {side}="{size[side]}"' for side in ("width", "height") if side in size)
            encoded = piece.data[kind] if isinstance(piece.data[kind], str) else b64encode(piece.data[kind]).decode()
            source = f"data:{kind};base64,{encoded.strip()}"
            return f'<img src="{source}" alt="{text}"{pixels} style="max-width: 100%; height: auto">'
    return f"<pre>{text}</pre>"


def widget_of(piece: str | Shown) -> widgets.Widget | None:
    """The live widget that is shown, if one is."""
    if isinstance(piece, str) or WIDGET_VIEW not in piece.data:
        return None
    return widgets.widget_serialization["from_json"](f"IPY_MODEL_{piece.data[WIDGET_VIEW]['model_id']}", None)
