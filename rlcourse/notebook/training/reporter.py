"""What the training thread shows of itself on a dashboard, between two items and never for long."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from rlcourse.notebook.training.curves import Curves, label
from rlcourse.notebook.training.dashboard import Dashboard
from rlcourse.notebook.training.film import MOST_STEPS, cost, greedy_film
from rlcourse.notebook.training.history import Points
from rlcourse.notebook.training.sliders import shown, turned
from rlcourse.notebook.training.training_thread import Training, Watcher

# The pause before the next, at least: in seconds, and in times of what the last one cost.
PAUSES = {"numbers": (0.2, 200.0), "picture": (0.2, 80.0), "film": (3.0, 50.0)}
STEPS_IN_BETWEEN = 200  # of an episode that is filmed while training waits; at the end it may be MOST_STEPS
RECENT = 5.0  # seconds over which the speed is measured


class Commentary(Watcher):
    """Watches `training`; nothing that goes wrong in showing it stops it."""

    training: Training

    def __init__(self, board: Dashboard, points: Points, curves: Curves, name: str, env: Any):
        self.board, self.points, self.curves, self.name, self.env = board, points, curves, name, env
        self._metrics: Mapping[str, float] = {}
        self._due: dict[str, float] = {}  # the times before which nothing more is shown
        self._likely = 64  # steps of an episode
        self._expected_film = 0.0 if env is None else cost(env)  # seconds, of the first
        self._recent: deque[tuple[float, int]] = deque()  # seconds and steps

    # --- what happens -------------------------------------------------------------------------------------------------

    def began(self) -> None:
        self.points.clear()
        self._recent.clear()
        self._metrics = {}
        for what in PAUSES:
            self._rest_after(what, self._expected_film if what == "film" else 0.0)

    def item(self, metrics: Mapping[str, float]) -> None:
        try:
            self._take(metrics)
        except Exception as error:
            self.board.complain(error, "The metrics could not be shown. ")
        if not self.training.stopping:
            self._now_and_then("numbers", self.show_numbers)
            self._now_and_then("picture", lambda: self.board.show_picture(self.curves.growing()))
            if self.env is not None and self.board.filming.value:
                self._now_and_then("film", lambda: self._show_film(STEPS_IN_BETWEEN))

    def changed(self, name: str, value: Any) -> None:
        step, said = self.training.learner.step, f"{label(name)} = {shown(value)}"
        if self._recent:  # before the first item there is nothing to be marked
            self.points.mark(step, name, said)
        self.board.say(f"{said} from step {step:,} on.")

    def refused(self, name: str, value: Any, error: Exception, *, later: bool) -> None:
        if later:
            self.board.say(f"{label(name)} = {shown(value)} waits for Restart.")
            return
        knob = self.board.controls[name]
        if turned(knob) == value:  # else it has been moved on, which is the next change
            knob.value = getattr(self.training.learner.config, name)
        self.board.complain(error)

    def ended(self) -> None:
        over = self.training.state == "finished"
        try:
            self._say_end()
            self.board.show_picture(self.curves.growing(sharpness=2))
            self.show_numbers()
            if over and self.env is not None and self.board.filming.value:
                self._show_film(MOST_STEPS)
        except Exception as error:
            self.board.complain(error)
        self.board.at_rest(over=over)

    # --- what is shown of it ------------------------------------------------------------------------------------------

    def _take(self, metrics: Mapping[str, float]) -> None:
        step, reached, first = int(metrics.get("step", self.training.learner.step)), self.reached, not self._recent
        self._recent.append((self.training.seconds, step))
        while self._recent[-1][0] - self._recent[0][0] > RECENT and len(self._recent) > 2:
            self._recent.popleft()
        self._metrics = metrics
        self.points.add(metrics, step)
        if self.reached and not reached:
            self.board.say(self._about_goal())
        missing = [name for name in self.points.names if name not in metrics]
        if first and missing:
            self.board.say(f"The metrics have no {', '.join(missing)}; they are: {', '.join(metrics)}.", warn=True)

    def _now_and_then(self, what: str, show: Callable[[], None]) -> None:
        began = time.perf_counter()
        if began < self._due.get(what, 0.0):
            return
        try:
            show()
        except Exception as error:
            self.board.complain(error, f"The {what} could not be shown. ")
        self._rest_after(what, time.perf_counter() - began)

    def _rest_after(self, what: str, seconds: float) -> None:
        least, times = PAUSES[what]
        self._due[what] = time.perf_counter() + max(least, times * seconds)

    def show_numbers(self) -> None:
        """How far it is, and the last metrics."""
        (began, first), (now, last) = (self._recent[0], self._recent[-1]) if self._recent else ((0.0, 0), (0.0, 0))
        rate = (last - first) / (now - began) if now > began else 0.0
        self.board.show_numbers(self.training.learner.step, self.training.seconds, rate, self._metrics)

    def _show_film(self, most_steps: int) -> None:
        learner, training = self.training.learner, self.training
        likely = min(self._likely, most_steps)
        film = greedy_film(learner, self.env, most_steps=most_steps, likely=likely, stop=lambda: training.stopping)
        if film is not None:
            self._likely = film.steps
            self.board.show_film(film, learner.step)

    def _say_end(self) -> None:
        step, total, error = self.training.learner.step, self.training.total_steps, self.training.error
        if error is not None:
            self.board.complain(error, "Training stopped. ")
        elif self.training.state == "stopped":
            self.board.say(f"Stopped at step {step:,} of {total:,}.")
        elif not self._recent:
            self.board.say(f"Nothing to do: the learner has {step:,} steps behind it already.")
        else:
            self.board.say(f"Finished after {step:,} steps. {self._about_goal()}".strip())

    @property
    def reached(self) -> bool | None:
        """Whether the first curve was at the goal; None without a goal."""
        return None if self.points.goal is None else self.points.reached is not None

    def _about_goal(self) -> str:
        if self.points.goal is None:
            return ""
        at = "not reached" if self.points.reached is None else f"reached at step {self.points.reached:,.0f}"
        return f"Goal {self.points.goal:g} {at}."

    def line(self) -> str:
        """The outcome in words and numbers that are the same on every machine, where nobody pressed a button."""
        total = f"{self.training.total_steps:,} steps"
        done = f"{total}, finished" if self.training.state == "finished" else f"stopped before {total}"
        goal = "" if self.points.goal is None else f", goal {self.points.goal:g} reached: {self.reached}"
        return f"{self.name}: {done}{goal}"
