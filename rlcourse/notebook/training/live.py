"""live(learner, total_steps): training while one watches it and turns its sliders.

    run = live(learner, 40_000, goal=475, sliders=["learning_rate", "epsilon_end"])
    run                     # the panel; training has begun
    await run               # in the next cell: returns when training rests, and shows the curve

The learner trains on a thread of its own (training_thread.py). That thread also shows what happens, between two items
(reporter.py): a second thread at work would make each of the many small steps of training wait for its turn. It sends
the points of the curves, which the browser draws (chart.js); what that may take is a fixed share of the time.

A run is as long as `total_steps` says, so that Run All and the notebook tests come to their end. One that a person
begins with Restart, or lets go on after its end, has LONGER times as many steps: time to turn a slider and see what it
does, until Stop is pressed. A reader who comes when a run is over sees it replayed by the browser.
"""

from __future__ import annotations

import asyncio
import math
import weakref
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

from rlcourse.notebook.kernel import answer_widgets_while_cells_await, running_kernel, this_cell
from rlcourse.notebook.pictures.png import Picture
from rlcourse.notebook.training.chart import Chart
from rlcourse.notebook.training.curves import picture_of_curves
from rlcourse.notebook.training.dashboard import Dashboard
from rlcourse.notebook.training.film import checked_env
from rlcourse.notebook.training.history import History
from rlcourse.notebook.training.reporter import Reporter
from rlcourse.notebook.training.result import Result
from rlcourse.notebook.training.sliders import is_fixed, setting, sliders_of, takes, value_of
from rlcourse.notebook.training.training_thread import State, Training

NOTE = "while the learner trains, its curve grows here"
LONGER = 20  # times as many steps, in a run that a person began or let go on
POLL = 0.1  # seconds between two looks of `await run`

_run_of_cell: weakref.WeakValueDictionary[str, Live] = weakref.WeakValueDictionary()


def live(
    learner: Any,
    total_steps: int,
    *,
    curves: str | Sequence[str | Sequence[str]] = ("episode_return",),
    sliders: Mapping[str, Any] | Sequence[str] | None = None,
    video: Callable[[], Any] | None = None,
    goal: float | None = None,
    title: str = "",
) -> Live:
    """Train `learner` in the background until `learner.step` is `total_steps`, in a panel that shows how it goes.

    `curves` are names of the metrics that `learner.train` yields, drawn as they come against environment steps; names
    in a list of their own share one axes. `goal` is a level of the first. `sliders` are fields of `learner.config`,
    which begin at their present values: their names, or a dict of names and ranges (see sliders.py for what stands for
    one); the training thread puts a new value into `learner.config` before its next item. `video` makes an environment
    of one copy, in which a greedy episode is filmed every few seconds.

    In place of a learner, a function that makes one gives the panel a Restart button. `lambda: DQN(...)` begins anew
    with the sliders as they are; one that takes them by name, `lambda **settings: DQN(env(), DQNConfig(**settings))`,
    may have sliders for fields that shape the learner, too, which wait for Restart. `run.learner` is the present one.
    The curves of the run before stay behind the new ones, in grey.

    Running a cell again stops the run that it began before, if the front end says which cell that is. Raises TypeError
    or ValueError for arguments that do not fit, RuntimeError if another run is training this learner.
    """
    make = None if hasattr(learner, "train") and not isinstance(learner, type) else learner
    learner = checked_learner(learner) if make is None or not callable(make) else checked_learner(make())
    if isinstance(total_steps, bool) or not isinstance(total_steps, int) or total_steps < 1:
        raise ValueError(f"total_steps is {total_steps!r}; expected a whole number of environment steps, at least 1")
    if goal is not None and (isinstance(goal, bool) or not isinstance(goal, int | float) or not math.isfinite(goal)):
        raise ValueError(f"goal is {goal!r}; expected a number that the first curve is to reach, or None")
    if video is not None and not callable(video):
        raise TypeError(f"video is {type(video).__name__}; expected a function that makes an environment")
    groups = checked_groups(curves)
    controls = sliders_of(sliders, learner)
    env = None if video is None else checked_env(video(), learner)
    answer_widgets_while_cells_await()
    cell = this_cell()
    if cell in _run_of_cell:
        _run_of_cell[cell].stop()
    run = Live(learner, total_steps, make, groups, goal, title, controls, env)
    if cell:
        _run_of_cell[cell] = run
    run.go()
    return run


class Live(Dashboard):
    """A learner in training, and its panel."""

    def __init__(
        self,
        learner: Any,
        total_steps: int,
        make: Callable[..., Any] | None,
        groups: Sequence[Sequence[str]],
        goal: float | None,
        title: str,
        controls: Mapping[str, Any],
        env: Any,
    ) -> None:
        names = [name for group in groups for name in group]
        self._history, self._groups, self._title = History(names, total_steps, goal), groups, title
        chart = Chart(self._history, groups, title)
        super().__init__(chart, controls, restarts=make is not None, films=env is not None)
        name = title or type(learner).__name__
        self._reporter = Reporter(self, self._history, name, env, LONGER * total_steps)
        takes_settings = make is not None and takes(make, controls)
        self.training = Training(learner, total_steps, self._reporter, make=make, takes_settings=takes_settings)
        self._reporter.training = self.training
        self._waiting_cells = 0  # that say `await run`
        self._displayed = False
        self.summary = f"{name}: live training for {total_steps:,} environment steps"
        self._reporter.show_numbers()
        acts = {self.toggle: self._press_toggle, self.step_button: self._press_step}
        acts[self.restart_button] = self._press_restart
        for button, act in acts.items():
            button.on_click(lambda _, act=act: self._guarded(act))
        for name, widget in controls.items():
            widget.observe(lambda _, name=name: self._turn(name), names="value")
        self.speed.observe(self._set_speed, names="value")

    @property
    def learner(self) -> Any:
        """The learner that is trained, after a restart the new one."""
        return self.training.learner

    @property
    def state(self) -> State:
        """Training, stopped, finished or failed."""
        return self.training.state

    def go(self) -> None:
        """Train on; RuntimeError if another run is training this learner."""
        self._begin(self.training.go, self.training.total_steps)

    def stop(self) -> None:
        """Stop after the item that is being worked on; returns at once."""
        self.training.stop()

    def step(self) -> None:
        """Train for one item, while it is stopped."""
        self.training.step()  # the buttons stay as they are: one that is disabled for a moment loses the keys

    def restart(self, total_steps: int | None = None) -> None:
        """Train a new learner with the settings of the sliders; RuntimeError without a function that makes one."""
        total = total_steps or self._history.total_steps
        settings = {name: value_of(widget) for name, widget in self.controls.items()}
        self.nothing_waits()
        self._begin(lambda: self.training.restart(settings, total), total)

    def _begin(self, begin: Callable[[], None], total: int) -> None:
        before = self._line
        self.at_work()  # before it begins: its end, which may come at once, says otherwise
        until = f"to step {total:,}" if total == self._history.total_steps else f"until Stop, or step {total:,}"
        self.say(f"{self._reporter.name} is in training {until}.")
        try:
            begin()
        except BaseException:
            self.at_rest(over=False)
            self.say(before)
            raise

    # --- what a person does -------------------------------------------------------------------------------------------

    def _press_toggle(self) -> None:
        if self.training.active:
            self.stop()
        else:
            self._go_beyond_the_end()
            self.go()

    def _press_step(self) -> None:
        self._go_beyond_the_end()
        self.step()

    def _press_restart(self) -> None:
        self.restart(None if self._waiting_cells else self._reporter.longest)  # other cells wait for this one's end

    def _go_beyond_the_end(self) -> None:
        if self.state == "finished" and not self.training.active:
            self.training.total_steps = self._reporter.longest

    def _set_speed(self, change: Any) -> None:
        self.training.speed = change["new"]

    def _turn(self, name: str) -> None:
        value, restarts = value_of(self.controls[name]), self.training.make is not None
        same = value == getattr(self.learner.config, name)
        if is_fixed(self.learner, name) and self.training.takes_settings:
            self.wait_for_restart(name, "" if same else setting(name, value))
            return
        if same:
            self.wait_for_restart(name, "")
        self.training.change(name, value)
        if self.training.active:
            return
        if self.state != "finished":
            self.say(f"{setting(name, value)} from the next step on.")
        else:
            acts = [f"Continue trains on with {setting(name, value)}"] * self._reporter.can_go_on
            acts += [f"Restart begins anew with {'it' if acts else setting(name, value)}"] * restarts
            self.say(f"Finished. {', '.join(acts) or 'Nothing is trained any more'}.")

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # in a callback nobody would see it
            self.complain(error)

    # --- waiting for it -----------------------------------------------------------------------------------------------

    def __await__(self) -> Generator[Any, None, Result]:
        """Return what training came to once it rests, and raise what it raised.

        An interrupt of the cell is a press of Stop: the cell ends as it does then. In plain Python, where a task may be
        cancelled for other reasons, training stops and the cancellation goes on.
        """
        return self._rested().__await__()

    async def _rested(self) -> Result:
        self._waiting_cells += 1
        try:
            while self.training.active:
                await asyncio.sleep(POLL)
        except BaseException:
            self.stop()
            if running_kernel() is None:
                raise
            while self.training.active:
                await asyncio.sleep(POLL)
        finally:
            self._waiting_cells -= 1
        return self._result()

    def wait(self, seconds: float | None = None) -> Result:
        """Wait where nothing else must go on meanwhile; in a notebook write `await run`, so that Stop is heard.

        Raises what training raised, and TimeoutError if it goes on for longer than `seconds`.
        """
        try:
            if not self.training.wait(seconds):
                raise TimeoutError(f"still training after {seconds} s, at step {self.learner.step:,}")
        except KeyboardInterrupt:
            self.stop()
            raise
        return self._result()

    def _result(self) -> Result:
        if self.training.error is not None:
            raise self.training.error.with_traceback(self.training.traceback)
        seen = self._reporter
        return Result(
            self.learner, self.state, seen.reached, seen.line(), self._history.copy(), self._groups, self._title
        )

    # --- what is stored -----------------------------------------------------------------------------------------------

    def picture(self) -> Picture:
        if self._displayed:
            return picture_of_curves(self._history.copy(), self._groups, self._title)
        # What stands in the stored notebook must not depend on how far training was when the cell was shown.
        empty = History(self._history.names, self._history.total_steps, self._history.goal)
        return picture_of_curves(empty, self._groups, self._title, NOTE)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        if self._displayed and not self.training.active:
            self.summary = self._reporter.line()
        bundle = super()._repr_mimebundle_(**kwargs)
        self._displayed = True
        return bundle


def checked_groups(curves: Any) -> list[list[str]]:
    """The names of the curves of each axes; raises ValueError for anything else."""
    entries = [curves] if isinstance(curves, str) else curves if isinstance(curves, Sequence) else []
    groups = [[entry] if isinstance(entry, str) else entry for entry in entries]
    names = [isinstance(group, Sequence) and group and all(isinstance(name, str) for name in group) for group in groups]
    if not groups or not all(names):
        raise ValueError(f"curves are {curves!r}; expected names of metrics, such as ('episode_return', 'loss')")
    return [list(group) for group in groups]


def checked_learner(learner: Any) -> Any:
    """What can be trained; raises TypeError for anything else."""
    if not hasattr(learner, "train"):
        raise TypeError(
            f"live needs a learner, or a function that makes one; got {type(learner).__name__}. "
            "Write live(learner, total_steps), not live(learner.train(total_steps))"
        )
    return learner
