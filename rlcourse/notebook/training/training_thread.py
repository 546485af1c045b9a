"""A learner that trains on a thread of its own, and can be stopped, stepped, changed and begun anew between two items.

`learner.train(total_steps)` is an iterator that may be left after any item and called again. Everything that touches
the learner happens on the one thread: a change of its config is a note that the thread reads before the next item, and
who watches hears of every item there. No widgets here, and nobody waits for the thread without an end.
"""

from __future__ import annotations

import atexit
import contextvars
import dataclasses
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Literal

State = Literal["training", "stopped", "finished", "failed"]
# How long the thread pauses after an item that took so many seconds. "slow" is about two items a second.
SPEEDS: dict[str, Callable[[float], float]] = {
    "full": lambda busy: 0.0,
    "1/4": lambda busy: 3 * busy,
    "slow": lambda busy: 0.45 - busy,
}
PAUSE = 0.05  # seconds after which a pausing thread looks at the speed again


class Watcher:
    """Who hears, on the training thread, of what happens there; each method may be left as it is."""

    def began(self) -> None:
        """A learner begins, the first one or that of a restart."""

    def item(self, metrics: Mapping[str, float]) -> None:
        """What `train` has just yielded."""

    def changed(self, name: str, value: Any) -> None:
        """A field of the config has another value from now on."""

    def refused(self, name: str, value: Any, error: Exception, *, later: bool) -> None:
        """A field of the config cannot have that value, or not before a restart (`later`)."""

    def ended(self) -> None:
        """The thread rests: `state` and `error` say why."""


_claims: dict[int, Training] = {}  # by id(learner): who trains it now
_claiming = threading.Lock()


class Training:
    """Trains `learner` until `learner.step` is `total_steps`; nothing happens before `go` or `step`.

    `total_steps` may be raised while it rests, to go on after the end, and `speed` (of SPEEDS) be changed at any time.
    `make` builds another learner for `restart`: if `takes_settings`, from keyword arguments; otherwise it is called
    without any, and the settings are put into the config of what it builds.
    """

    def __init__(
        self,
        learner: Any,
        total_steps: int,
        watcher: Watcher,
        *,
        make: Callable[..., Any] | None = None,
        takes_settings: bool = False,
    ):
        self.learner, self.total_steps, self.watcher = learner, total_steps, watcher
        self.make, self.takes_settings = make, takes_settings
        self.speed = "full"
        self.state: State = "stopped"
        self.error: BaseException | None = None
        self.traceback: TracebackType | None = None  # of the error, as it was raised
        self.thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._stop, self._rests = threading.Event(), threading.Event()
        self._rests.set()
        self._pending: dict[str, Any] = {}  # changes that wait for the next item
        self._anew: tuple[dict[str, Any], int] | None = None  # settings and steps of a restart that was asked for
        self._fresh = True  # the learner has not had an item here
        self._seconds, self._since = 0.0, 0.0

    # --- asking, on any thread ----------------------------------------------------------------------------------------

    @property
    def active(self) -> bool:
        """Whether the thread is at work; after `stop` it finishes its item first."""
        return not self._rests.is_set()

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop, and has not begun again."""
        return self._stop.is_set()

    @property
    def seconds(self) -> float:
        """How long the thread has been at work on this learner."""
        since = self._since
        return self._seconds + (time.perf_counter() - since if since else 0.0)

    def go(self) -> None:
        """Train on to the end, unless it is at work; RuntimeError if another run trains this learner."""
        self._start(None)

    def step(self) -> None:
        """Train for one item, unless it is at work; RuntimeError if another run trains this learner."""
        self._start(1)

    def stop(self) -> None:
        """Ask for an end after the item that is being worked on; returns at once."""
        with self._lock:
            self._anew = None
            self._stop.set()

    def change(self, name: str, value: Any) -> None:
        """Ask for another value of a field of `learner.config`, from the next item on."""
        with self._lock:
            self._pending[name] = value

    def restart(self, settings: Mapping[str, Any], total_steps: int | None = None) -> None:
        """Build a new learner with these settings and train it; RuntimeError without a function that builds it."""
        if self.make is None:
            raise RuntimeError("a learner that was handed over cannot begin anew; hand over a function that makes one")
        with self._lock:
            self._anew, self._pending = (dict(settings), total_steps or self.total_steps), {}
            if self.active:
                self._stop.set()
                return
        self._start(None)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the thread rests; False if it does not within that many seconds."""
        return self._rests.wait(seconds)

    def _start(self, items: int | None) -> None:
        with self._lock:
            if self.active:
                return
            before = claim(self) if self._anew is None else None
            self._stop.clear()
            self._rests.clear()
            # With the caller's context, messages to the browser take the way that the caller's would.
            work = contextvars.copy_context().run
            at_work = threading.Thread(target=work, args=(self._work, items, before), name="rlcourse-live", daemon=True)
            self.thread = at_work
            at_work.start()

    # --- at work, on the thread ---------------------------------------------------------------------------------------

    def _work(self, items: int | None, before: Training | None) -> None:
        learner = self.learner
        while before is not None and before.active and before.learner is learner and not before.wait(0.05):
            pass  # that run was told to stop, which takes it an item at most
        try:
            while True:
                self._round(items)
                if self._anew is None:
                    self.watcher.ended()
                with self._lock:  # a wish for a restart comes before this, and is seen, or after, and starts a thread
                    if self._anew is None:
                        self._rest()
                        return
                items = None
        except BaseException:
            self._rest()
            raise

    def _rest(self) -> None:
        release(self)
        self._rests.set()

    def _round(self, items: int | None) -> None:
        """From the beginning, or from where it stopped, to the next rest."""
        self.state, self.error, self._since = "training", None, time.perf_counter()
        try:
            state = self._train(items)
        except BaseException as error:  # even SystemExit: on this thread nobody else would hear of it
            self.error, self.traceback, state = error, error.__traceback__, "failed"
        self._seconds, self._since = self.seconds, 0.0
        self.state = state

    def _train(self, items: int | None) -> State:
        if self._anew is not None:
            self._build()
        if self._fresh:
            self._fresh = False
            self.watcher.began()
        training = iter(self.learner.train(self.total_steps))
        try:
            while items != 0 and not self._stop.is_set():
                self._apply()
                began = time.perf_counter()
                metrics = next(training, None)
                if metrics is None:
                    return "finished"
                self.watcher.item(metrics)
                if items is not None:
                    items -= 1
                else:
                    self._pause(began, time.perf_counter())
        finally:
            getattr(training, "close", lambda: None)()
        return "finished" if self.learner.step >= self.total_steps else "stopped"

    def _pause(self, began: float, ended: float) -> None:
        """After an item, as long as the speed says; a press of Stop or another speed ends it."""
        while (left := ended + SPEEDS[self.speed](ended - began) - time.perf_counter()) > 0:
            if self._stop.wait(min(left, PAUSE)):
                return

    def _build(self) -> None:
        with self._lock:
            assert self.make is not None and self._anew is not None
            (settings, total_steps), self._anew = self._anew, None
            self._stop.clear()
        learner = self.make(**settings) if self.takes_settings else self.make()
        if learner is self.learner:
            raise RuntimeError("the function made the same learner again; let it make a new one, as lambda: DQN(...)")
        release(self)
        self.learner, self.total_steps, self._fresh = learner, total_steps, True
        self._seconds, self._since = 0.0, time.perf_counter()
        claim(self)
        if not self.takes_settings:
            with self._lock:
                self._pending = {**settings, **self._pending}

    def _apply(self) -> None:
        with self._lock:
            pending, self._pending = self._pending, {}
        for name, value in pending.items():
            if getattr(self.learner.config, name) == value:
                continue
            legal = False
            try:
                config = dataclasses.replace(self.learner.config, **{name: value})
                legal = True
                self.learner.config = config
            except Exception as error:
                self.watcher.refused(name, value, error, later=legal and self.takes_settings)
            else:
                self.watcher.changed(name, value)


def claim(training: Training) -> Training | None:
    """Take the learner, which one run trains at a time; gives the run to wait for if one was told to stop."""
    with _claiming:
        holder = _claims.get(id(training.learner))
        if holder is not None and holder is not training and not holder.stopping:
            raise RuntimeError(
                "this learner is being trained by another live run; stop that one first, or train another learner"
            )
        _claims[id(training.learner)] = training
        return None if holder is training else holder


def release(training: Training) -> None:
    """Give the learner back, unless another run has taken it since."""
    with _claiming:
        if _claims.get(id(training.learner)) is training:
            del _claims[id(training.learner)]


@atexit.register
def _stop_all() -> None:
    """A thread in the middle of a computation when Python ends can crash it: let each finish its item."""
    with _claiming:
        running = set(_claims.values())
    for training in running:
        training.stop()
    for training in running:
        training.wait(1.0)
