"""What the training thread shows of itself on a dashboard, between two items and never for long."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from rlcourse.notebook.training.dashboard import NO_FILM, Dashboard
from rlcourse.notebook.training.film import greedy_film
from rlcourse.notebook.training.history import History
from rlcourse.notebook.training.sliders import setting, value_of
from rlcourse.notebook.training.training_thread import Training, Watcher

# The pause before the next: so many times what the last one cost, but at least and at most so many seconds. Together
# they take 4 % of the time where they cost what they should: 1/81 for curves, 1/201 for numbers, 1/51 for films.
PAUSES = {"curves": (80.0, 0.12, 0.4), "numbers": (200.0, 0.25, 0.5), "film": (50.0, 3.0, 8.0)}
FIRST_FILM = 1.0  # seconds after the beginning
FILM, LAST_FILM = 0.12, 0.3  # seconds that playing an episode may take, while training waits and at the end
RECENT = 3.0  # seconds over which the speed is measured


class Reporter(Watcher):
    """Watches `training`; nothing that goes wrong in showing it stops it."""

    training: Training

    def __init__(self, board: Dashboard, history: History, name: str, env: Any, longest: int):
        self.board, self.history, self.name, self.env = board, history, name, env
        self.longest = longest  # steps up to which a person may let it go on
        self._metrics: Mapping[str, float] = {}
        self._due: dict[str, float] = {}  # the times before which nothing more is shown
        self._likely = 64  # steps of an episode
        self._recent: deque[tuple[float, int]] = deque()  # seconds and steps
        self._values: dict[str, list[Any]] = {}  # of each setting with a slider: at first, and after changes
        self._values_before: dict[str, list[Any]] = {}  # the same of the run before

    # --- what happens -------------------------------------------------------------------------------------------------

    def began(self) -> None:
        if len(self.history.table()) > 1:
            self.board.chart.keep_as_ghost(self.history, "")
            self._values_before = self._values
        self.history.clear()
        self._recent.clear()
        self._metrics = {}
        self.board.film.clear(NO_FILM)
        self.board.chart.show(self.history)
        self.show_numbers()
        self._due = {"film": time.perf_counter() + FIRST_FILM}

    def item(self, metrics: Mapping[str, float]) -> None:
        try:
            self._take(metrics)
        except Exception as error:
            self.board.complain(error, "The metrics could not be shown. ")
        if not self.training.stopping:
            self._now_and_then("curves", lambda: self.board.chart.show(self.history))
            self._now_and_then("numbers", self.show_numbers)
            if self.env is not None and self.board.filming.value:
                self._now_and_then("film", lambda: self._show_film(FILM))

    def changed(self, name: str, value: Any) -> None:
        step = self.training.learner.step
        if self._recent:  # before the first item there is nothing to be marked
            self.history.change(step, name, setting(name, value))
            self._values[name][1:] = [value]  # at first, and at last
        self.board.say(f"{setting(name, value)} from step {step:,} on.")

    def refused(self, name: str, value: Any, error: Exception, *, later: bool) -> None:
        if later:
            self.board.wait_for_restart(name, setting(name, value))
            return
        slider = self.board.controls[name]
        if value_of(slider) == value:  # else it has been moved on, which is the next change
            slider.value = getattr(self.training.learner.config, name)
        self.board.complain(error)

    def ended(self) -> None:
        finished = self.training.state == "finished"
        try:
            self._say_end()
            self.board.chart.show(self.history)
            self.show_numbers()
            if finished and self.env is not None and self.board.filming.value:
                self._show_film(LAST_FILM)
        except Exception as error:
            self.board.complain(error)
        self.board.at_rest(over=finished and not self.can_go_on)

    # --- what is shown of it ------------------------------------------------------------------------------------------

    def _take(self, metrics: Mapping[str, float]) -> None:
        step, reached, first = int(metrics.get("step", self.training.learner.step)), self.reached, not self._recent
        self._recent.append((self.training.seconds, step))
        while self._recent[-1][0] - self._recent[0][0] > RECENT and len(self._recent) > 2:
            self._recent.popleft()
        self._metrics = metrics
        self.history.add(metrics, step)
        if self.reached and not reached:
            self.board.say(self._about_goal())
        if first:
            self._begin_values()
            if missing := [name for name in self.history.names if name not in metrics]:
                self.board.say(f"The metrics have no {', '.join(missing)}; they are: {', '.join(metrics)}.", warn=True)

    def _begin_values(self) -> None:
        """Note the settings with which this run began, and say of the run before what was different in it."""
        config = getattr(self.training.learner, "config", None)
        self._values = {name: [getattr(config, name)] for name in self.board.controls}
        before = {name: had for name, had in self._values_before.items() if had != self._values[name]}
        self.board.chart.before_label = ", ".join(setting(name, *had) for name, had in before.items()) or "the same"

    def _now_and_then(self, what: str, show: Callable[[], None]) -> None:
        if time.perf_counter() < self._due.get(what, 0.0):
            return
        began = time.thread_time()  # what it costs training; that others use the processor meanwhile, it suffers anyway
        try:
            show()
        except Exception as error:
            self.board.complain(error, f"The {what} could not be shown. ")
        times, least, most = PAUSES[what]
        cost = time.thread_time() - began
        self._due[what] = time.perf_counter() + min(max(least, times * cost), most)

    def show_numbers(self) -> None:
        """How far it is, and the last metrics."""
        (began, first), (now, last) = (self._recent[0], self._recent[-1]) if self._recent else ((0.0, 0), (0.0, 0))
        rate, run = (last - first) / (now - began) if now > began else 0.0, self.training
        total = run.total_steps if self.can_go_on else None
        self.board.show_numbers(run.learner.step, total, run.seconds, rate, self._metrics)

    def _show_film(self, seconds: float) -> None:
        learner, training = self.training.learner, self.training
        film = greedy_film(learner, self.env, seconds=seconds, likely=self._likely, stop=lambda: training.stopping)
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
            can = ["Continue trains on"] * self.can_go_on
            can += ["Restart begins anew"] * (self.training.make is not None)
            said = [f"Finished after {step:,} steps.", self._about_goal(), f"{', '.join(can)}." if can else ""]
            self.board.say(" ".join(filter(None, said)))

    @property
    def can_go_on(self) -> bool:
        """Whether there is more to train for, beyond the end."""
        return self.training.total_steps < self.longest

    @property
    def reached(self) -> bool | None:
        """Whether the first curve was at the goal; None without a goal."""
        return None if self.history.goal is None else self.history.reached is not None

    def _about_goal(self) -> str:
        if self.history.goal is None:
            return ""
        at = "not reached" if self.history.reached is None else f"reached at step {self.history.reached:,.0f}"
        return f"Goal {self.history.goal:g} {at}."

    def line(self) -> str:
        """The outcome in words and numbers that are the same on every machine, where nobody pressed a button."""
        total, step = self.history.total_steps, self.training.learner.step
        if self.training.state == "finished":
            done = f"{self.training.total_steps:,} steps, finished"
        else:
            done = f"stopped before {total:,} steps" if step < total else f"stopped at step {step:,}"
        goal = "" if self.history.goal is None else f", goal {self.history.goal:g} reached: {self.reached}"
        return f"{self.name}: {done}{goal}"
