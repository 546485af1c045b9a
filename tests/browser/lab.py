"""A small driver of JupyterLab in headless Chromium: open a notebook, run it, work its widgets, look.

A `Lab` is one page of one JupyterLab server on this machine. What it waits for it asks the notebook's
model for, not the page: the page shows an output some time after the kernel has sent it.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import nbformat
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, sync_playwright

T = TypeVar("T")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync"""
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},  # every cell is in the page
    "docmanager-extension/plugin": {"autosave": False},
    "apputils-extension/notification": {"checkForUpdates": False, "fetchNews": "false"},
}
# The last three: if the tests are killed, so that nobody ends the server, it ends by itself minutes later.
SERVER = """--no-browser --allow-root --expose-app-in-browser --ServerApp.ip=127.0.0.1
    --ServerApp.port_retries=0 --IdentityProvider.token= --LabApp.news_url=None
    --LabApp.extension_manager=readonly
    --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate
    --ServerApp.shutdown_no_activity_timeout=120 --MappingKernelManager.cull_idle_timeout=120
    --MappingKernelManager.cull_interval=30"""
WATCHED = "from pathlib import Path; import sys; sys.path.insert(0, {tests!r}); import watch_figures\n"
WATCHED += "watch_figures.begin(Path({report!r})); sys.path.pop(0)\n"
OURS = [[".jp-Cell-outputArea"], [".jp-MarkdownOutput"]]  # what is in a notebook, and not JupyterLab's own
PANEL = "window.jupyterapp.shell.currentWidget"
CODE_CELLS = f"{PANEL}.content.widgets.filter(cell => cell.model.type === 'code')"


@contextmanager
def jupyterlab(folder: Path, state: Path) -> Iterator[str]:
    """The address of a JupyterLab that serves `folder`, with nobody's settings: its own in `state`.

    The extensions of this Python are found, since they lie beside it. What is wrong with the figures that its kernels
    draw is written into `figures.jsonl` in `state`. On leaving, the server is asked to end, which ends its kernels
    too; if it has not ended after 20 s it is killed.
    """
    start_up = state / "ipython" / "profile_default" / "startup" / "watch_figures.py"
    start_up.parent.mkdir(parents=True)
    report = str(state / "figures.jsonl")
    start_up.write_text(WATCHED.format(tests=str(Path(__file__).parent), report=report))
    for name, content in SETTINGS.items():
        file = state / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content))
    page_config = state / "config" / "labconfig" / "page_config.json"
    page_config.parent.mkdir(parents=True)
    announcements = "@jupyterlab/apputils-extension:announcements"
    page_config.write_text(json.dumps({"disabledExtensions": {announcements: True}}))
    places = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    env = {**os.environ, **{name: str(state / place) for name, place in places.items()}}
    env.pop("MPLBACKEND", None)  # what a test run sets; the kernel then takes its own
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [*SERVER.split(), f"--ServerApp.port={port}", f"--ServerApp.root_dir={folder}"]
    command = [sys.executable, "-m", "jupyterlab", *options]
    log = state / "jupyterlab.log"
    with log.open("w") as sink:
        server = subprocess.Popen(command, env=env, stdout=sink, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            url = f"http://127.0.0.1:{port}"
            until(lambda: answers(server, url, log), "JupyterLab to answer", 60)
            yield url
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()


def answers(server: subprocess.Popen[bytes], url: str, log: Path) -> bool:
    """Whether the server speaks HTTP yet; raises RuntimeError with its log if it has ended."""
    if server.poll() is not None:
        raise RuntimeError(f"JupyterLab ended with {server.returncode}:\n{log.read_text()[-3000:]}")
    try:
        with urllib.request.urlopen(f"{url}/api", timeout=5) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium, closed on leaving; raises RuntimeError if this machine has none."""
    if CHROMIUM is None:
        raise RuntimeError("no Chromium on this machine; look at CHROMIUM before starting one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        try:
            yield browser
        finally:
            browser.close()


def until(ask: Callable[[], T], what: str, seconds: float = 30) -> T:
    """The first true answer; raises TimeoutError that names `what` was waited for."""
    end = time.monotonic() + seconds
    while not (answer := ask()):
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.05)
    return answer


def settled(look: Callable[[], T], quiet: float = 1.0, seconds: float = 15) -> T:
    """What `look` gives once it has given the same for `quiet` seconds; raises TimeoutError if it never does."""
    seen, since = look(), time.monotonic()

    def rests() -> bool:
        nonlocal seen, since
        if (now := look()) != seen:
            seen, since = now, time.monotonic()
        return time.monotonic() - since >= quiet

    until(rests, f"{quiet} s without a change", seconds)
    return seen


class Lab:
    """One page of a JupyterLab that serves `folder`; screenshots go to `shots`, the file `figures` tells of figures."""

    def __init__(self, browser: Browser, url: str, folder: Path, shots: Path, figures: Path) -> None:
        self.url, self.folder, self.shots, self._figures = url, folder, shots, figures
        self.page: Page = browser.new_page(viewport={"width": 1280, "height": 900})
        self.page.set_default_timeout(10_000)
        self.name = ""  # of the notebook, in the names of screenshots
        self.complaints: list[str] = []  # what the browser's console called an error
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)

    # --- the notebook ---------------------------------------------------------------------------------

    def open(self, notebook: Path) -> None:
        """Opens a copy of `notebook` and waits for its kernel; cells that CI skips are left out."""
        nb = nbformat.read(notebook, as_version=nbformat.NO_CONVERT)
        nb.cells = [cell for cell in nb.cells if "nbval-skip" not in cell.metadata.get("tags", [])]
        nbformat.write(nb, self.folder / notebook.name)
        self.name = notebook.stem.split("_")[0]
        self._figures.unlink(missing_ok=True)
        self.load(notebook.name)

    def load(self, file: str) -> None:
        """Loads the page anew, with this notebook of the server's folder, and waits for its kernel."""
        self.page.goto(f"{self.url}/lab/tree/{file}?reset")
        self.complaints.clear()  # what the page before said at its end
        ready = f"window.jupyterapp && {PANEL}?.content?.model?.cells?.length > 0"
        self.page.wait_for_function(ready, timeout=30_000)
        self.page.wait_for_function(f"{PANEL}.sessionContext.session?.kernel?.status === 'idle'", timeout=30_000)
        self.command("filebrowser:hide-main")  # leaves the whole width to the notebook

    def command(self, name: str, **arguments: object) -> None:
        """Executes one of JupyterLab's own commands, and waits until it is done."""
        self.page.evaluate("([name, args]) => jupyterapp.commands.execute(name, args)", [name, arguments])

    def run_all(self, seconds: float = 300) -> None:
        """Runs all cells, as the menu does; raises AssertionError with the traceback if one fails."""
        self.command("notebook:clear-all-cell-outputs")  # and the counts, which are waited for below
        self.page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells') }")
        last = f"{CODE_CELLS}.at(-1).model.executionCount"
        until(lambda: self.errors() or self.page.evaluate(f"{last} !== null"), "the last cell", seconds)
        idle = f"{PANEL}.sessionContext.session.kernel.status === 'idle'"
        until(lambda: self.page.evaluate(idle), "the kernel to be idle", seconds)
        assert not self.errors(), "\n".join(self.errors())

    def outputs(self) -> list[list[dict[str, Any]]]:
        """The outputs of each code cell, as the notebook would store them."""
        return self.page.evaluate(f"{CODE_CELLS}.map(cell => cell.model.outputs.toJSON())")

    def save(self) -> None:
        """Saves the notebook, as Ctrl S does."""
        self.command("docmanager:save")

    def end_kernel(self, how: str) -> None:
        """Ends the kernel: `restartKernel` or `shutdown`, as JupyterLab calls it, or `die`, by itself."""
        if how == "die":
            die = {"code": "import os; os._exit(1)"}
            self.page.evaluate(f"code => {{ {PANEL}.sessionContext.session.kernel.requestExecute(code) }}", die)
        else:
            self.page.evaluate(f"how => {PANEL}.sessionContext[how]()", how)

    def figures(self) -> list[dict[str, Any]]:
        """Each figure drawn since the notebook was opened: its titles, and what is wrong with it at which scale."""
        lines = self._figures.read_text(encoding="utf-8").splitlines() if self._figures.exists() else []
        return [json.loads(line) for line in lines]

    def barriers(self) -> list[str]:
        """What axe finds in the notebook that keeps somebody out, whatever its impact: the rule, the element, why."""
        found = Axe().run(self.page, {"include": OURS}).response["violations"]
        nodes = [(rule["id"], node) for rule in found for node in rule["nodes"]]
        return [f"{rule}: {node['html'][:200]}: {node.get('failureSummary', '')}" for rule, node in nodes]

    def errors(self) -> list[str]:
        """What went wrong in the cells: tracebacks, and all that was written to stderr."""
        shown = [output for outputs in self.outputs() for output in outputs]
        tracebacks = ["\n".join(o["traceback"]) for o in shown if o["output_type"] == "error"]
        return tracebacks + ["".join(o["text"]) for o in shown if o.get("name") == "stderr"]

    def outputs_of(self, code: str) -> list[Locator]:
        """The output areas of the code cells whose source contains `code`; raises LookupError if none does."""
        found = self._areas(re.escape(code))
        if not found:
            raise LookupError(f"no code cell contains {code!r}")
        return found

    def made_by(self, function: str) -> list[Locator]:
        """The output areas of the code cells that call the function of this name, if any does."""
        return self._areas(rf"(?m)^(?!\s*def )[^#\n]*\b{function}\(")

    def _areas(self, pattern: str) -> list[Locator]:
        sources: list[str] = self.page.evaluate(f"{CODE_CELLS}.map(cell => cell.model.sharedModel.getSource())")
        areas = self.page.locator(".jp-Notebook .jp-CodeCell").locator(".jp-Cell-outputArea")
        return [areas.nth(number) for number, source in enumerate(sources) if re.search(pattern, source)]

    # --- what a person does ---------------------------------------------------------------------------

    def slide(self, panel: Locator, label: str, steps: int) -> None:
        """Moves the slider called `label` by that many steps, with the arrow keys."""
        name = self.page.locator(".widget-label").get_by_text(label, exact=True)
        handle = panel.locator(".widget-slider").filter(has=name).locator(".noUi-handle")
        for _ in range(abs(steps)):
            handle.press("ArrowRight" if steps > 0 else "ArrowLeft")

    def picture(self, panel: Locator) -> str:
        """The pixels of the first image in `panel`, as text to be compared."""
        # Drawn, not fetched: an image outlives its address, which a widget takes back with each new one.
        draw = """img => {
            const canvas = document.createElement('canvas');
            [canvas.width, canvas.height] = [img.naturalWidth, img.naturalHeight];
            canvas.getContext('2d').drawImage(img, 0, 0);
            return canvas.toDataURL();
        }"""
        return str(panel.locator("img").first.evaluate(draw))

    def sees(self, what: Locator) -> bool:
        """Whether all of it is inside the window."""
        inside = "e => { const r = e.getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight }"
        return bool(what.evaluate(inside))

    def changes(self, look: Callable[[], T], act: Callable[[], object], what: str, seconds: float = 30) -> T:
        """Acts, and waits until `look` gives something else than before, which it returns."""
        before = look()
        act()
        until(lambda: look() != before, f"a change of {what}", seconds)
        return look()

    # --- how it looks ---------------------------------------------------------------------------------

    def theme(self, name: str) -> None:
        """Switches to the theme `Light` or `Dark`."""
        self.command("apputils:change-theme", theme=f"JupyterLab {name}")
        dark = "document.body.dataset.jpThemeLight === 'false'"
        until(lambda: self.page.evaluate(dark) == (name == "Dark"), f"the theme {name}")
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")  # it covers the page

    def projector(self, on: bool = True) -> None:
        """Shows the notebook as on a projector of 1280 by 720 pixels with the browser's zoom at 150 %, or as before."""
        width, height = (853, 480) if on else (1280, 900)
        self.page.set_viewport_size({"width": width, "height": height})
        until(lambda: self.page.evaluate("innerWidth") == width, "the new size of the window")
        self.page.wait_for_timeout(200)  # JupyterLab lays itself out anew a moment later

    def screenshot(self, name: str, what: Locator | None = None) -> Path:
        """Saves the window as `name`.png, or all of `what`, even where the window is too low for it."""
        self.shots.mkdir(parents=True, exist_ok=True)
        path = self.shots / f"{name}.png"
        if what is None:
            self.page.screenshot(path=path)
            return path
        window, box = self.page.viewport_size, what.bounding_box()
        assert window is not None and box is not None
        around = 150  # of JupyterLab itself, above and below the notebook
        height = max(window["height"], int(box["height"]) + around)
        self.page.set_viewport_size({"width": window["width"], "height": height})
        what.screenshot(path=path)
        self.page.set_viewport_size(window)
        return path
