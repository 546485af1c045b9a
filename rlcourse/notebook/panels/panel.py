"""The machinery under every live panel: ask on change, answer on a thread of its own, show the latest.

A change of a control only says that something changed; one thread, which ends when nothing is left to do, reads
the controls, looks the answer up or works it out, and shows it. However fast a slider moves, at most one question
is being answered and at most one waits, and the last picture is always that of the last values.
"""

from __future__ import annotations

import contextvars
import html
import threading
import time
from collections import OrderedDict
from collections.abc import Generator, Hashable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets

from rlcourse.notebook.panels.controls import position, reading
from rlcourse.notebook.pictures.numbers import true_minus
from rlcourse.notebook.pictures.static_box import StaticBox
from rlcourse.notebook.pictures.style import scale

REMEMBERED = 200  # answers, so that going back with a slider is instant
SLOW, QUIET = 0.3, 0.15  # seconds: after an answer that took longer than SLOW, wait until the controls rest


class Status(anywidget.AnyWidget):
    """The line under a panel; brings the panel's style sheet, and what else it needs of the page (panel.js)."""

    _esm = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    _css = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
    text = traitlets.Unicode("").tag(sync=True)
    warn = traitlets.Bool(False).tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)
    scale = traitlets.Float().tag(sync=True)

    @traitlets.default("scale")
    def _as_setup_chose(self) -> float:
        return scale()

    def say(self, line: str, *, warn: bool = False) -> str:
        """Show a line, of which a screen reader hears; returns it as shown, with true minus signs."""
        shown = true_minus(line)
        with self.hold_sync():
            self.text, self.warn = shown, warn
        return shown


def worded(error: BaseException) -> str:
    """What went wrong, as one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def row(children: Sequence[widgets.Widget]) -> widgets.Box:
    """Widgets side by side, on a new line where there is no room."""
    layout = widgets.Layout(display="flex", flex_flow="row wrap", align_items="center")
    made = widgets.Box(list(children), layout=layout)
    made.add_class("rlcourse-row")
    return made


def together(children: Sequence[widgets.Widget]) -> widgets.Box:
    """Widgets side by side that stay together."""
    made = widgets.HBox(list(children), layout=widgets.Layout(align_items="center", overflow="visible"))
    made.add_class("rlcourse-together")
    return made


class Panel(StaticBox):
    """Controls, what they change, and one line of text that says what is seen.

    A kind of panel says what it depends on (`inputs`), works out the answer (`answers`, on the worker's thread) and
    shows it (`show`). `wait()` is for tests: it returns when every change so far has been answered.
    """

    def __init__(
        self,
        controls: Mapping[str, Any],
        body: Sequence[widgets.Widget],
        *,
        shown: Sequence[widgets.Widget] | None = None,
        buttons: Sequence[widgets.Widget] = (),
        hint: str = "",
    ) -> None:
        self.controls = dict(controls)
        self._initial = {name: widget.value for name, widget in controls.items()}
        self.status = Status()
        self.reset_button = widgets.Button(description="Reset", icon="undo", tooltip="Reset: back to the beginning")
        self.reset_button.on_click(lambda _: self.reset())
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._turn = threading.Condition()
        self._asked = self._resetting = False
        self._seconds = 0.0
        self._worker: threading.Thread | None = None
        top = row([*(self.controls.values() if shown is None else shown), together([*buttons, self.reset_button])])
        bottom = [self.status]
        if hint:
            bottom.append(widgets.HTML(f'<div class="rlcourse-hint">{html.escape(hint)}</div>'))
        super().__init__([top, *body, *bottom], layout=widgets.Layout(align_items="flex-start"))
        self.add_class("rlcourse-panel")
        for widget in self.controls.values():
            widget.observe(self.request, names="value")

    # --- what a kind of panel says ---------------------------------------------------------------------------------

    def inputs(self) -> dict[str, Any]:
        """Everything the answer depends on, now."""
        return {name: reading(widget) for name, widget in self.controls.items()}

    def key(self) -> Hashable:
        """The inputs in a form that can be looked up."""
        return tuple(position(widget) for widget in self.controls.values())

    def answers(self, inputs: dict[str, Any]) -> Generator[Any, None, None]:
        """Work out what to show, on the worker's thread: better and better answers, the last of them complete."""
        raise NotImplementedError

    def show(self, answer: Any, inputs: dict[str, Any]) -> None:
        """Show the answer to these inputs."""
        raise NotImplementedError

    def fade(self, faded: bool) -> None:
        """Let the last good picture step back, since it is not the answer to what the controls say."""

    # --- asking ----------------------------------------------------------------------------------------------------

    def request(self, *_: object) -> None:
        """Ask for the answer to what the controls say."""
        if self._resetting:
            return
        with self._turn:
            self._asked = True
            self._turn.notify_all()
            if self._worker is None or not self._worker.is_alive():
                # With the caller's context, messages to the browser take the way that the caller's would.
                work = contextvars.copy_context().run
                self._worker = threading.Thread(target=work, args=(self._work,), name="rlcourse-panel", daemon=True)
                self._worker.start()

    def reset(self) -> None:
        """Back to the values at the beginning."""
        self._resetting = True
        try:
            for name, widget in self.controls.items():
                widget.value = self._initial[name]
        finally:
            self._resetting = False
        self.request()

    def wait(self, seconds: float = 30.0) -> None:
        """Return when nothing is left to answer; raises TimeoutError after that many seconds."""
        worker = self._worker
        if worker is not None:
            worker.join(seconds)
            if worker.is_alive():
                raise TimeoutError(f"the panel is still computing after {seconds} s")

    # --- answering -------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """The first answer, at once and on the caller's thread, so that a mistake is seen in the cell that made it."""
        key, inputs = self.key(), self.inputs()
        *_, self._answers[key] = self.answers(inputs)
        self.show(self._answers[key], inputs)

    def _work(self) -> None:
        while True:
            with self._turn:
                while self._asked and self._seconds > SLOW and self.key() not in self._answers:
                    if not self._turn.wait(QUIET):
                        break
                if not self._asked:
                    self._worker = None
                    return
                self._asked = False
                key, inputs = self.key(), self.inputs()
            self._answer(key, inputs)

    def _answer(self, key: Hashable, inputs: dict[str, Any]) -> None:
        try:
            if key in self._answers:
                self._answers.move_to_end(key)
                self._shown(self._answers[key], inputs)
            else:
                self.status.busy = True
                self._work_out(key, inputs)
        except BaseException as error:  # even SystemExit: on this thread nobody else would hear of it
            self.complain(error, inputs)
        finally:
            self.status.busy = False

    def _work_out(self, key: Hashable, inputs: dict[str, Any]) -> None:
        """Show each answer as it comes, and remember the last, unless another question comes first."""
        began = time.perf_counter()
        try:
            with closing(self.answers(inputs)) as answers:
                for answer in answers:
                    self._shown(answer, inputs)
                    if self._asked and self.key() != key:
                        return
        finally:
            self._seconds = time.perf_counter() - began
        self._answers[key] = answer
        while len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)

    def _shown(self, answer: Any, inputs: dict[str, Any]) -> None:
        self.show(answer, inputs)
        self.fade(False)

    def complain(self, error: BaseException, inputs: dict[str, Any]) -> None:
        """Show what went wrong in place of the summary; the panel stays usable."""
        self.fade(True)
        self.say(worded(error), warn=True)

    def say(self, line: str, *, warn: bool = False) -> None:
        """Put one line below the picture."""
        self.summary = self.status.say(line, warn=warn)
