"""live(learner, total_steps): training while one watches it and turns its knobs.

    run = live(learner, 40_000, goal=475, sliders={"learning_rate": (1e-5, 1e-1, "log")})
    run                     # the panel; training has begun
    await run               # in the next cell: returns when training rests, and shows the curve

The learner trains on a thread of its own (training_thread.py). That thread draws too, between two items (see
commentary.py): a second thread at work would make each of the many small steps of training wait for its turn. Pictures
take a fixed share of the time at most, films another.
"""

from __future__ import annotations

import asyncio
import math
import weakref
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

from rlcourse.notebook.pictures.png import Picture
from rlcourse.notebook.training.curves import Curves, label
from rlcourse.notebook.training.dashboard import Dashboard
from rlcourse.notebook.training.film import checked_env
from rlcourse.notebook.training.history import Points
from rlcourse.notebook.training.kernel import answer_widgets_while_cells_await, this_cell
from rlcourse.notebook.training.reporter import Commentary
from rlcourse.notebook.training.result import Outcome
from rlcourse.notebook.training.sliders import accepts, knob, shown, turned
from rlcourse.notebook.training.training_thread import State, Training

NOTE = "while the learner trains, its curve grows here"
POLL = 0.05  # seconds between two looks of `await run`

_run_of_cell: weakref.WeakValueDictionary[str, Live] = weakref.WeakValueDictionary()


def live(
    learner: Any,
    total_steps: int,
    *,
    curves: str | Sequence[str | Sequence[str]] = ("episode_return",),
    sliders: Mapping[str, Any] | None = None,
    video: Callable[[], Any] | None = None,
    goal: float | None = None,
    title: str = "",
) -> Live:
    """Train `learner` in the background until `learner.step` is `total_steps`, in a panel that shows how it goes.

    `curves` are names of the metrics that `learner.train` yields, drawn as they come against environment steps; names
    in a list of their own share one axes. `goal` is a level of the first. `sliders` are fields of `learner.config`,
    which begin at their present values (see knobs.py for what stands for one); the training thread puts a new value
    into `learner.config` before its next item. `video` makes an environment of one copy, in which a greedy episode is
    filmed every few seconds.

    In place of a learner, a function that makes one gives the panel a Restart button. `lambda: DQN(...)` begins anew
    with the sliders as they are; one that takes them by name, `lambda **settings: DQN(env(), DQNConfig(**settings))`,
    may have sliders for fields that shape the learner, too, which wait for Restart. `run.learner` is the present one.

    Running a cell again stops the run that it began before, if the front end says which cell that is. Raises TypeError
    or ValueError for arguments that do not fit, RuntimeError if another run is training this learner.
    """
    make = None if hasattr(learner, "train") else learner
    learner = checked_learner(learner) if make is None or not callable(make) else checked_learner(make())
    if isinstance(total_steps, bool) or not isinstance(total_steps, int) or total_steps < 1:
        raise ValueError(f"total_steps is {total_steps!r}; expected a whole number of environment steps, at least 1")
    if goal is not None and (isinstance(goal, bool) or not isinstance(goal, int | float) or not math.isfinite(goal)):
        raise ValueError(f"goal is {goal!r}; expected a number that the first curve is to reach, or None")
    if video is not None and not callable(video):
        raise TypeError(f"video is {type(video).__name__}; expected a function that makes an environment")
    groups = checked_groups(curves)
    knobs = {name: knob(name, spec, learner) for name, spec in (sliders or {}).items()}
    env = None if video is None else checked_env(video(), learner)
    answer_widgets_while_cells_await()
    cell = this_cell()
    if cell in _run_of_cell:
        _run_of_cell[cell].stop()
    run = Live(learner, total_steps, make, groups, goal, title, knobs, env)
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
        knobs: Mapping[str, Any],
        env: Any,
    ) -> None:
        super().__init__(knobs, total_steps, restarts=make is not None, films=env is not None)
        name = title or type(learner).__name__
        names = dict.fromkeys(name for group in groups for name in group)
        points = Points(list(names), total_steps, goal)
        curves = Curves(points, groups, title)
        self._curves = lambda: Curves(points.copy(), groups, title)
        self._commentary = Commentary(self, points, curves, name, env)
        takes_settings = make is not None and accepts(make, knobs)
        self.training = Training(learner, total_steps, self._commentary, make=make, takes_settings=takes_settings)
        self._commentary.training = self.training
        # What stands in the stored notebook must not depend on how far training was when the cell was shown.
        self._displayed = False
        self._opening = lambda: Curves(Points(list(names), total_steps, goal), groups, title).picture(NOTE)
        self.summary = f"{name}: live training for {total_steps:,} environment steps"
        self.show_picture(curves.growing())
        self._commentary.show_numbers()
        acts = {self.toggle: self._toggle, self.step_button: self.step, self.restart_button: self.restart}
        for button, act in acts.items():
            button.on_click(lambda _, act=act: self._guarded(act))
        for name, widget in knobs.items():
            widget.observe(lambda _, name=name: self._turn(name), names="value")

    @property
    def learner(self) -> Any:
        """The learner that is trained, after a restart the new one."""
        return self.training.learner

    @property
    def state(self) -> State:
        """Training, stopped, finished or failed."""
        return self.training.state

    # --- what a person does -------------------------------------------------------------------------------------------

    def go(self) -> None:
        """Train on; RuntimeError if another run is training this learner."""
        self._begin(self.training.go)

    def stop(self) -> None:
        """Stop after the item that is being worked on; returns at once."""
        self.training.stop()

    def step(self) -> None:
        """Train for one item, while it is stopped."""
        self.training.step()  # the buttons stay as they are: one that is disabled for a moment loses the keys

    def restart(self) -> None:
        """Train a new learner with the settings of the sliders; RuntimeError without a function that makes one."""
        settings = {name: turned(widget) for name, widget in self.controls.items()}
        self._begin(lambda: self.training.restart(settings))

    def _begin(self, begin: Callable[[], None]) -> None:
        before = self.status.text
        self.at_work()  # before it begins: its end, which may come at once, says otherwise
        self.say(f"{self._commentary.name} is in training.")
        try:
            begin()
        except BaseException:
            self.at_rest(over=self.state == "finished")
            self.say(before)
            raise

    def _toggle(self) -> None:
        if self.training.active:
            self.stop()
        else:
            self.go()

    def _turn(self, name: str) -> None:
        value = turned(self.controls[name])
        self.training.change(name, value)
        if not self.training.active and self.state != "finished":
            self.say(f"{label(name)} = {shown(value)} from the next step on.")

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # in a callback nobody would see it
            self.complain(error)

    # --- waiting for it -----------------------------------------------------------------------------------------------

    def __await__(self) -> Generator[Any, None, Outcome]:
        """Return what training came to once it rests, and raise what it raised; an interrupt stops it."""
        return self._rested().__await__()

    async def _rested(self) -> Outcome:
        try:
            while self.training.active:
                await asyncio.sleep(POLL)
        except BaseException:  # the kernel was interrupted
            self.stop()
            raise
        return self._outcome()

    def wait(self, seconds: float | None = None) -> Outcome:
        """Wait where nothing else must go on meanwhile; in a notebook write `await run`, so that Stop is heard.

        Raises what training raised, and TimeoutError if it goes on for longer than `seconds`.
        """
        try:
            if not self.training.wait(seconds):
                raise TimeoutError(f"still training after {seconds} s, at step {self.learner.step:,}")
        except KeyboardInterrupt:
            self.stop()
            raise
        return self._outcome()

    def _outcome(self) -> Outcome:
        if self.training.error is not None:
            raise self.training.error.with_traceback(self.training.traceback)
        seen, curves = self._commentary, self._curves()
        return Outcome(self.learner, self.state, seen.reached, seen.line(), curves)

    # --- what is stored -----------------------------------------------------------------------------------------------

    def picture(self) -> Picture:
        return self._curves().picture() if self._displayed else self._opening()

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        if self._displayed and not self.training.active:
            self.summary = self._commentary.line()
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

