"""A learner on a thread of its own: what is asked happens between two items, on that thread, and soon."""

import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest

from rlcourse.notebook.training.training_thread import Training, Watcher, _claims

from .slow_learner import SlowConfig, SlowLearner


class Diary(Watcher):
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.said: list[tuple] = []
        self.threads: set[int] = set()

    def _write(self, *entry: object) -> None:
        self.said.append(entry)
        self.threads.add(threading.get_ident())

    def began(self) -> None:
        self._write("began")

    def item(self, metrics) -> None:
        self._write("item", metrics["step"])

    def changed(self, name, value) -> None:
        self._write("changed", name, value)

    def refused(self, name, value, error, *, later) -> None:
        self._write("refused", name, value, str(error), later)

    def ended(self) -> None:
        self._write("ended")

    def heard(self, what: str) -> list[tuple]:
        return [entry for entry in self.said if entry[0] == what]


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    yield
    for thread in threading.enumerate():
        if thread.name == "rlcourse-live":
            thread.join(2)
            assert not thread.is_alive()
    assert _claims == {}


def training(learner: SlowLearner | None = None, steps: int = 1_000_000, **options) -> Training:
    return Training(learner or SlowLearner(), steps, Diary(), **options)


def until(ask, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not ask():
        assert time.monotonic() < end
        time.sleep(0.002)


def test_it_trains_to_the_end_on_another_thread():
    run = training(SlowLearner(pause=0), steps=50)
    assert run.state == "stopped" and not run.active and run.learner.items == []
    run.go()
    assert run.wait(5)
    assert run.state == "finished" and run.learner.items == [10, 20, 30, 40, 50]
    assert run.watcher.said == [("began",), *(("item", step) for step in run.learner.items), ("ended",)]
    assert run.watcher.threads == set(run.learner.threads) == {run.thread.ident} != {threading.get_ident()}


def test_stop_acts_within_an_item_and_continue_goes_on_from_the_same_step():
    run = training(SlowLearner(pause=0.05))
    run.go()
    until(lambda: len(run.learner.items) >= 2)
    asked = time.perf_counter()
    run.stop()
    assert run.wait(5)
    assert time.perf_counter() - asked < 0.5  # an item takes 0.05 s
    at = run.learner.step
    assert run.state == "stopped" and run.learner.left == 1
    time.sleep(0.15)
    assert run.learner.step == at
    run.go()
    until(lambda: run.learner.step > at)
    run.stop()
    assert run.wait(5)
    assert run.learner.items == list(range(10, run.learner.step + 10, 10))
    assert len(run.watcher.heard("began")) == 1 and len(run.watcher.heard("ended")) == 2


def test_a_step_is_exactly_one_item_and_nothing_while_it_trains():
    run = training()
    for count in (1, 2, 3):
        run.step()
        assert run.wait(5)
        assert run.learner.items == [10, 20, 30][:count] and run.state == "stopped"
    run.go()
    run.step()
    until(lambda: len(run.learner.items) >= 6)
    run.stop()
    assert run.wait(5)


def test_the_last_step_finishes():
    run = training(SlowLearner(), steps=20)
    run.step()
    assert run.wait(5) and run.state == "stopped"
    run.step()
    assert run.wait(5) and run.state == "finished"
    run.go()
    assert run.wait(5) and run.state == "finished" and run.learner.items == [10, 20]


def test_a_change_is_made_on_the_training_thread_between_two_items():
    run = training()
    run.go()
    until(lambda: run.learner.items)
    run.change("learning_rate", 0.01)
    run.change("double", True)
    until(lambda: run.learner.config == SlowConfig(learning_rate=0.01, double=True))
    run.stop()
    assert run.wait(5)
    assert set(run.learner.threads) == run.watcher.threads == {run.thread.ident}
    assert run.watcher.heard("changed") == [("changed", "learning_rate", 0.01), ("changed", "double", True)]


def test_a_change_at_rest_acts_with_the_next_item_and_no_change_is_none():
    run = training()
    run.change("batch_size", 64)
    run.change("double", False)  # as it is
    assert run.learner.config == SlowConfig()
    run.step()
    assert run.wait(5)
    assert run.learner.config == SlowConfig(batch_size=64)
    assert run.watcher.said == [("began",), ("changed", "batch_size", 64), ("item", 10), ("ended",)]


def test_a_refused_change_leaves_the_old_config_and_training_goes_on():
    run = training(steps=30)
    run.change("learning_rate", 0.2)
    run.change("dueling", True)
    run.go()
    assert run.wait(5)
    assert run.state == "finished" and run.learner.config == SlowConfig()
    first, second = run.watcher.heard("refused")
    assert first == ("refused", "learning_rate", 0.2, "learning_rate is 0.2; expected at most 0.05", False)
    assert second[1:3] == ("dueling", True) and second[4] is False


def test_what_shapes_a_learner_waits_where_a_restart_can_give_it():
    make = lambda **settings: SlowLearner(SlowConfig(**settings))  # noqa: E731
    run = training(make(), make=make, takes_settings=True, steps=30)
    run.change("learning_rate", 0.2)
    run.change("dueling", True)
    run.go()
    assert run.wait(5)
    assert [entry[4] for entry in run.watcher.heard("refused")] == [False, True]
    run.restart({"dueling": True})
    assert run.wait(5)
    assert run.learner.config == SlowConfig(dueling=True) and run.learner.items == [10, 20, 30]


@pytest.mark.parametrize("error", [FloatingPointError("nan"), SystemExit(1), KeyboardInterrupt()], ids=str)
def test_an_error_is_kept_and_the_learner_goes_on_from_there(error):
    run = training(SlowLearner(fails=20, error=error), steps=50)
    run.go()
    assert run.wait(5)
    assert run.state == "failed" and run.error is error and run.learner.items == [10, 20]
    names = []
    trace = run.traceback
    while trace is not None:
        names.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    assert names[-1] == "train"
    run.go()
    assert run.wait(5)
    assert run.state == "finished" and run.error is None and run.learner.items == [10, 20, 30, 40, 50]


def test_a_watcher_that_fails_does_not_leave_it_at_work():
    run = training(steps=30)
    run.watcher.item = lambda metrics: 1 / 0
    run.go()
    assert run.wait(5)
    assert run.state == "failed" and isinstance(run.error, ZeroDivisionError) and run.learner.left == 1


def test_only_one_run_trains_a_learner_at_a_time():
    learner, other = SlowLearner(), SlowLearner()
    first, second, third = training(learner), training(learner), training(other)
    first.go()
    with pytest.raises(RuntimeError, match="being trained by another live run"):
        second.go()
    assert not second.active
    third.go()  # another learner
    until(lambda: other.items)
    for run in (first, third):
        run.stop()
        assert run.wait(5)
    second.step()
    assert second.wait(5) and learner.crowd == 1


def test_the_next_run_waits_for_one_that_was_told_to_stop():
    learner = SlowLearner(pause=0.1)
    first, second = training(learner), training(learner)
    first.go()
    until(lambda: learner.at_work)
    first.stop()
    second.go()
    until(lambda: not first.active)
    until(lambda: ("began",) in second.watcher.said and len(learner.items) >= 2)
    with pytest.raises(RuntimeError, match="another live run"):
        first.go()
    second.stop()
    assert second.wait(5) and learner.crowd == 1


def test_a_restart_builds_another_learner_and_trains_it_from_the_beginning():
    run = training(SlowLearner(), make=SlowLearner, steps=60)
    first = run.learner
    run.restart({"learning_rate": 0.002})  # at rest
    assert run.wait(5)
    second = run.learner
    assert second is not first and first.items == [] and second.items == list(range(10, 70, 10))
    assert run.state == "finished" and second.config == SlowConfig(learning_rate=0.002)
    assert run.watcher.said[:2] == [("began",), ("changed", "learning_rate", 0.002)]
    run.total_steps = 1_000_000
    run.go()
    until(lambda: len(second.items) > 8)
    run.restart({})  # at work
    until(lambda: run.learner is not second and run.learner.items)
    run.stop()
    assert run.wait(5)
    assert run.state == "stopped" and run.learner.config == SlowConfig() and run.learner.items[0] == 10
    assert len(run.watcher.heard("ended")) == 3 - 1  # a restart is no end


def test_a_stop_after_a_restart_is_a_stop():
    run = training(SlowLearner(pause=0.1), make=partial(SlowLearner, pause=0.1))
    first = run.learner
    run.go()
    until(lambda: first.at_work)
    run.restart({})
    run.stop()
    assert run.wait(5)
    assert run.state == "stopped" and run.learner is first


def test_a_restart_that_fails_says_why_and_leaves_the_old_learner():
    learner = SlowLearner()
    for make, error in ((lambda: 1 / 0, ZeroDivisionError), (lambda: learner, RuntimeError)):
        run = training(learner, make=make)
        run.restart({})
        assert run.wait(5)
        assert run.state == "failed" and isinstance(run.error, error) and run.learner is learner
        run.step()
        assert run.wait(5) and run.state == "stopped" and run.error is None
    with pytest.raises(RuntimeError, match="begin anew"):
        training().restart({})


def test_its_seconds_are_those_at_work():
    run = training(SlowLearner(pause=0.02), steps=100)
    assert run.seconds == 0
    run.step()
    assert run.wait(5)
    at_rest = run.seconds
    assert at_rest >= 0.02
    time.sleep(0.1)
    assert run.seconds == at_rest
    run.go()
    assert run.wait(5)
    assert run.seconds >= at_rest + 0.18


def rate(run: Training, seconds: float = 0.6) -> float:
    before = run.learner.step
    time.sleep(seconds)
    return (run.learner.step - before) / seconds


def test_the_speed_acts_while_it_trains_and_stop_does_not_wait_for_it():
    run = training(SlowLearner(pause=0.02))
    run.go()
    until(lambda: run.learner.items)
    full = rate(run)
    run.speed = "1/4"
    time.sleep(0.1)
    quarter = rate(run)
    run.speed = "slow"
    time.sleep(0.1)
    slow = rate(run, 1.5)
    assert slow < 40  # steps: an item of ten takes 0.45 s
    assert 0.1 * full < quarter < 0.5 * full
    asked = time.perf_counter()
    run.stop()
    assert run.wait(2) and time.perf_counter() - asked < 0.3
    run.step()
    assert run.wait(0.3)  # one item takes its own time only
    run.go()
    until(lambda: run.learner.at_work)
    time.sleep(0.1)
    run.speed = "full"
    assert rate(run) > 0.5 * full  # at once: it does not sleep to the end of its pause
    run.stop()
    assert run.wait(2)


def test_more_steps_after_the_end_and_a_restart_with_its_own_number():
    run = training(SlowLearner(pause=0), steps=30, make=lambda: SlowLearner(pause=0))
    run.go()
    assert run.wait(5) and run.state == "finished"
    run.total_steps = 60
    run.go()
    assert run.wait(5) and run.state == "finished" and run.learner.items == [10, 20, 30, 40, 50, 60]
    run.restart({}, 20)
    assert run.wait(5) and run.learner.items == [10, 20] and run.total_steps == 20
