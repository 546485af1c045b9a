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
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets
from matplotlib import rcParams

from rlcourse.notebook.controls import position, reading
from rlcourse.notebook.static import StaticBox
from rlcourse.notebook.style import COLORS

REMEMBERED = 200  # answers, so that going back with a slider is instant
SLOW, QUIET = 0.3, 0.15  # seconds: after an answer that took longer than SLOW, wait until the controls rest

_CSS = """<style>
.rlcourse-panel {{
  --jp-widgets-font-size: {font:.0f}px; --jp-widgets-inline-height: {line:.0f}px;
  --jp-widgets-inline-label-min-width: 0; --jp-widgets-inline-label-width: auto; font-size: {font:.0f}px;
  box-sizing: border-box; width: fit-content; max-width: 100%; gap: 12px; padding: 12px 16px; margin: 4px 0;
  overflow: visible; border: 1px solid var(--jp-border-color2, #d5dae1); border-radius: 10px;
  background: var(--jp-layout-color1, #fff);
}}
.rlcourse-panel > *, .rlcourse-row > * {{ margin: 0; }}
.rlcourse-row {{ gap: 8px 28px; overflow: visible; }}
.rlcourse-together {{ gap: 8px; }}
.rlcourse-panel img {{
  max-width: 100%; height: auto; border-radius: 6px; background: #fff; transition: opacity .12s;
}}
.rlcourse-panel .rlcourse-stale {{ opacity: .4; }}
.rlcourse-panel .jupyter-button {{ border-radius: 5px; width: auto; margin: 0; }}
.rlcourse-panel .widget-label {{ font-weight: 600; }}
.rlcourse-panel .widget-readout {{ min-width: 3.2em; font-variant-numeric: tabular-nums; }}
.rlcourse-panel .widget-hslider .slider-container {{ min-width: 9em; }}
.rlcourse-panel .noUi-connect {{ background: {accent}; }}
.rlcourse-panel .widget-toggle-buttons {{ display: flex; align-items: center; gap: 8px; }}
.rlcourse-panel .widget-toggle-button.mod-active {{ background: {accent}; color: #fff; box-shadow: none; }}
.rlcourse-panel .widget-checkbox {{ width: auto; }}
.rlcourse-panel .widget-checkbox label {{ align-items: center; }}
.rlcourse-player {{ display: flex; gap: 4px; overflow: visible; }}
.rlcourse-line {{ font-size: {text:.0f}px; line-height: 1.5; font-variant-numeric: tabular-nums; }}
.rlcourse-hint {{ line-height: 1.4; color: var(--jp-ui-font-color2, #666); }}
.rlcourse-warn {{ border-left: 4px solid {bad}; padding-left: 10px; }}
.rlcourse-busy {{
  color: var(--jp-ui-font-color2, #666); opacity: 0; animation: rlcourse-in 0s .15s forwards; white-space: nowrap;
}}
@keyframes rlcourse-in {{ to {{ opacity: 1; }} }}
</style>"""


def stylesheet() -> widgets.HTML:
    """The look of a panel, in the size that `setup(scale=...)` chose."""
    scale = rcParams["font.size"] / 12.0
    css = _CSS.format(font=13 * scale, line=28 * scale, text=15 * scale, bad=COLORS["bad"], accent=COLORS["blue"])
    return widgets.HTML(css, layout=widgets.Layout(display="none"))


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

    A kind of panel says what it depends on (`inputs`), works out the answer (`answer`, on the worker's thread) and
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
        self._line, self._busy = widgets.HTML(), widgets.HTML()
        self.reset_button = widgets.Button(description="Reset", icon="undo", tooltip="Reset: back to the beginning")
        self.reset_button.on_click(lambda _: self.reset())
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._turn = threading.Condition()
        self._asked = self._held = False
        self._seconds = 0.0
        self._worker: threading.Thread | None = None
        top = row([*(self.controls.values() if shown is None else shown), together([*buttons, self.reset_button])])
        bottom = [row([self._line, self._busy])]
        if hint:
            bottom.append(widgets.HTML(f'<div class="rlcourse-hint">{html.escape(hint)}</div>'))
        super().__init__([stylesheet(), top, *body, *bottom], layout=widgets.Layout(align_items="flex-start"))
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

    def answer(self, inputs: dict[str, Any]) -> Any:
        """Work out what to show; on the worker's thread."""
        raise NotImplementedError

    def show(self, answer: Any, inputs: dict[str, Any]) -> None:
        """Show the answer to these inputs."""
        raise NotImplementedError

    def fade(self, faded: bool) -> None:
        """Let the last good picture step back, since it is not the answer to what the controls say."""

    # --- asking ----------------------------------------------------------------------------------------------------

    def request(self, *_: object) -> None:
        """Ask for the answer to what the controls say."""
        if self._held:
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
        self._held = True
        try:
            for name, widget in self.controls.items():
                widget.value = self._initial[name]
        finally:
            self._held = False
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
        self._answers[key] = self.answer(inputs)
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
            if key not in self._answers:
                self._busy.value = '<span class="rlcourse-busy">computing …</span>'  # invisible at first: see the CSS
                began = time.perf_counter()
                try:
                    self._answers[key] = self.answer(inputs)
                finally:
                    self._seconds = time.perf_counter() - began
            self._answers.move_to_end(key)
            while len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
            self.show(self._answers[key], inputs)
            self.fade(False)
        except Exception as error:
            self.complain(error, inputs)
        finally:
            self._busy.value = ""

    def complain(self, error: Exception, inputs: dict[str, Any]) -> None:
        """Show what went wrong in place of the summary; the panel stays usable."""
        self.fade(True)
        self.say(f"{type(error).__name__}: {' '.join(str(error).split())}", warn=True)

    def say(self, line: str, *, warn: bool = False) -> None:
        """Put one line below the picture, where a screen reader hears of it."""
        self.summary = line
        style = "rlcourse-line rlcourse-warn" if warn else "rlcourse-line"
        sign = "⚠ " if warn else ""
        self._line.value = f'<div role="status" class="{style}">{sign}{html.escape(line)}</div>'
