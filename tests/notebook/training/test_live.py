"""A live run in plain Python: what is shown, what the buttons and sliders do, and that training does not notice."""

import asyncio
import base64
import io
import math
import re
import sys
import threading
import time
import traceback

import numpy as np
import pytest
from PIL import Image

from rlcourse.notebook import live
from rlcourse.notebook.kernel import answer_widgets_while_cells_await, this_cell
from rlcourse.notebook.training.dashboard import NO_FILM, duration, written
from rlcourse.notebook.training.reporter import Reporter
from rlcourse.notebook.training.training_thread import _claims

from .slow_learner import Corridor, SlowConfig, SlowLearner

MANY = 1_000_000  # steps: a run of so many is stopped by its test
LOG = (1e-5, 1e-1, "log")


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    yield
    for run in set(_claims.values()):
        run.stop()
    for thread in threading.enumerate():
        if thread.name == "rlcourse-live":
            thread.join(3)
            assert not thread.is_alive()
    assert _claims == {}


def until(ask, seconds=8.0):
    end = time.monotonic() + seconds
    while not ask():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.fixture
def films_at_once(monkeypatch):
    """Without the seconds in which films are not worth their time."""
    reporter = sys.modules["rlcourse.notebook.training.reporter"]
    monkeypatch.setattr(reporter, "FIRST_FILM", 0.0)
    monkeypatch.setitem(reporter.PAUSES, "film", (0.0, 0.05, 0.05))


def stopped(run):
    """The run, at rest; it must be so soon."""
    run.stop()
    assert run.training.wait(3)
    return run


def sent(run):
    """The points that the browser has been sent, [points, 1 + metrics]."""
    return np.frombuffer(run.chart.points, dtype="<f4").reshape(-1, 1 + sum(map(len, run.chart.groups)))


def blue(png):
    """How many pixels have the colour of the first line."""
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=int)
    return int((np.abs(pixels - [0x1F, 0x77, 0xB4]).sum(axis=2) < 40).sum())


# --- what is shown --------------------------------------------------------------------------------


def test_it_trains_at_once_and_ends_with_a_curve():
    run = live(SlowLearner(pause=0), 200, goal=150)
    result = run.wait(10)
    assert run.state == result.state == "finished" and result.learner is run.learner and run.learner.step == 200
    assert repr(result) == "SlowLearner: 200 steps, finished, goal 150 reached: True" and result.goal_reached
    assert result.history["step"].tolist() == list(range(10, 210, 10))
    np.testing.assert_allclose(result.history["episode_return"], result.history["step"], atol=5)
    bundle, sizes = result._repr_mimebundle_()
    assert set(bundle) == {"image/png", "text/plain"} and bundle["text/plain"] == repr(result)
    assert sizes["image/png"]["width"] == result.picture.width
    assert blue(base64.b64decode(bundle["image/png"])) > 300
    assert run.status.text.startswith("Finished after 200 steps. Goal 150 reached at step 1")
    np.testing.assert_array_equal(sent(run)[:, 0], result.history["step"])
    np.testing.assert_allclose(sent(run)[:, 1], result.history["episode_return"], rtol=1e-6)
    assert run.chart.reached == run._history.reached and not run.chart.training
    assert "<b>200</b> of 200 steps" in run.numbers.value


def test_what_is_stored_does_not_depend_on_how_far_it_was():
    early, late = live(SlowLearner(), MANY, goal=475), live(SlowLearner(pause=0), 50_000, goal=475)
    first, _ = early._repr_mimebundle_()
    late.wait(10)
    second, _ = late._repr_mimebundle_()
    stopped(early)
    assert first["text/plain"] == "SlowLearner: live training for 1,000,000 environment steps"
    assert second["text/plain"] == "SlowLearner: live training for 50,000 environment steps"
    assert blue(base64.b64decode(first["image/png"])) == blue(base64.b64decode(second["image/png"])) == 0
    again, _ = late._repr_mimebundle_()  # shown once more, when all is over
    assert again["text/plain"] == "SlowLearner: 50,000 steps, finished, goal 475 reached: True"
    assert blue(base64.b64decode(again["image/png"])) > 300


def test_the_same_run_has_the_same_result_to_the_byte():
    one, two = (live(SlowLearner(pause=pause), 300, curves=("episode_return", "loss")).wait(10) for pause in (0, 0.01))
    assert one.picture == two.picture and repr(one) == repr(two) == "SlowLearner: 300 steps, finished"


def test_the_title_is_its_name():
    result = live(SlowLearner(pause=0), 100, title="My agent", goal=1000).wait(10)
    assert repr(result) == "My agent: 100 steps, finished, goal 1000 reached: False"
    plain = live(SlowLearner(pause=0), 100, goal=1000).wait(10)
    assert plain.picture != result.picture


def test_curve_numbers_and_progress_follow():
    run = live(SlowLearner(), MANY, curves=["episode_return", ["loss"]])
    until(lambda: len(sent(run)) > 0)
    points, numbers = len(sent(run)), run.numbers.value
    until(lambda: len(sent(run)) > points and run.numbers.value != numbers)
    assert "episode return <b>" in run.numbers.value and "steps/s" in run.numbers.value and "left" in run.numbers.value
    assert run.status.text == "SlowLearner is in training to step 1,000,000." and not run.status.warn
    assert run.chart.groups == [["episode return"], ["loss"]] and run.chart.training
    stopped(run)
    assert sent(run)[-1, 0] == run.learner.step and not run.chart.training
    assert run.status.text == f"Stopped at step {run.learner.step:,} of 1,000,000."
    assert f"<b>{run.learner.step:,}</b> of" in run.numbers.value


def test_curves_that_no_metric_belongs_to_are_named():
    run = live(SlowLearner(), 2000, curves=("return", "loss"))
    until(lambda: run.status.warn)
    said = run.status.text
    stopped(run)
    assert said == "The metrics have no return; they are: step, seconds, episode_return, loss."


def test_a_learner_that_has_finished_has_nothing_to_do():
    run = live(SlowLearner(step=500), 500)
    assert repr(run.wait(5)) == "SlowLearner: 500 steps, finished"
    assert run.status.text == "Nothing to do: the learner has 500 steps behind it already."


def test_metrics_that_cannot_be_shown_do_not_stop_training():
    class Odd(SlowLearner):
        def train(self, total_steps):
            for metrics in super().train(total_steps):
                yield {**metrics, "episode_return": "good"}

    run = live(Odd(pause=0), 100)
    assert run.wait(5).state == "finished"


def test_numbers_are_written_shortly():
    numbers = {0.000303: "0.000303", 0.1: "0.100", 132.44: "132.4", 1.0: "1", 12345.6: "12,346", -2.5: "−2.500"}
    assert [written(x) for x in numbers] == list(numbers.values())
    assert written(math.nan) == "–" and written(-math.inf) == "−inf"
    assert [duration(x) for x in (0.04, 9.94, 9.96, 59.4, 59.6, 125)] == [
        "0.0 s", "9.9 s", "10 s", "59 s", "1 min 00 s", "2 min 05 s",
    ]  # fmt: skip


# --- buttons --------------------------------------------------------------------------------------


def test_stop_step_and_continue():
    run = live(SlowLearner(pause=0.05), MANY)
    assert (run.toggle.description, run.toggle.icon, run.step_button.disabled) == ("Stop", "stop", True)
    until(lambda: run.learner.items)
    asked = time.perf_counter()
    run.toggle.click()
    until(lambda: run.status.text.startswith("Stopped"))
    assert time.perf_counter() - asked < 0.5  # an item takes 0.05 s
    assert run.training.wait(2)
    assert (run.toggle.description, run.toggle.icon, run.step_button.disabled) == ("Continue", "play", False)
    at = run.learner.step
    for count in (1, 2):
        run.step_button.click()
        assert run.training.wait(2) and run.learner.step == at + 10 * count
    run.toggle.click()
    assert run.toggle.description == "Stop" and run.step_button.disabled
    assert run.status.text == "SlowLearner is in training to step 1,000,000."
    until(lambda: run.learner.step > at + 30)
    stopped(run)
    assert run.learner.items == list(range(10, run.learner.step + 10, 10))


def test_what_is_told_to_stop_shows_nothing_first():
    run, late = live(SlowLearner(pause=0.05), MANY), []
    run._reporter._now_and_then = lambda what, show: late.append(what) if run.training.stopping else None
    for _ in range(5):
        until(lambda: run.learner.at_work)
        stopped(run)
        run.go()
    stopped(run)
    assert late == []


def test_after_its_end_a_run_can_go_on_for_long_but_not_for_ever(monkeypatch):
    run = live(SlowLearner(pause=0.001), 50)
    run.wait(5)
    assert run.restart_button not in run.children[0].children[0].children
    assert run.status.text == "Finished after 50 steps. Continue trains on."
    assert (run.toggle.description, run.toggle.disabled, run.step_button.disabled) == ("Continue", False, False)
    run.step_button.click()
    assert run.training.wait(5) and run.learner.step == 60 and run.state == "stopped"
    assert run.status.text == "Stopped at step 60 of 1,000." and repr(run.wait(0)).endswith("stopped at step 60")
    run.toggle.click()
    assert run.status.text == "SlowLearner is in training until Stop, or step 1,000."
    assert (
        repr(run.wait(5)) == "SlowLearner: 1,000 steps, finished" and run.status.text == "Finished after 1,000 steps."
    )
    assert run.toggle.disabled and run.step_button.disabled


def test_a_run_that_a_person_restarts_goes_on_until_stop():
    run = live(SlowLearner, 50)
    run.wait(5)
    assert run.status.text.endswith("Continue trains on, Restart begins anew.")
    run.restart_button.click()
    assert run.status.text == "SlowLearner is in training until Stop, or step 1,000."
    until(lambda: run.learner.step > 100)
    run.toggle.click()
    assert run.training.wait(2) and run.state == "stopped"
    run.restart()  # asked for by a program: as long as the first
    assert repr(run.wait(5)) == "SlowLearner: 50 steps, finished" and run.learner.step == 50


def test_a_run_that_cells_wait_for_is_no_longer_for_a_restart():
    async def cell():
        run = live(SlowLearner, 200)
        waiting = asyncio.ensure_future(run._rested())
        await asyncio.sleep(0.05)
        run.restart_button.click()
        assert run.status.text == "SlowLearner is in training to step 200."
        return await waiting

    assert repr(asyncio.run(cell())) == "SlowLearner: 200 steps, finished"


def test_restart_trains_a_new_learner_with_the_sliders_as_they_are():
    made = []

    def make():
        made.append(SlowLearner(pause=0))
        return made[-1]

    run = live(make, 100, sliders={"learning_rate": LOG})
    assert run.learner is made[0] and run.restart_button in run.children[0].children[0].children
    run.wait(5)
    run.controls["learning_rate"].value = 0.01
    said = "Continue trains on with learning rate = 0.01, Restart begins anew with it."
    assert run.status.text == f"Finished. {said}"
    run.restart()
    result = run.wait(5)
    assert len(made) == 2 and run.learner is result.learner is made[1]
    assert made[1].config == SlowConfig(learning_rate=0.01) and made[0].config == SlowConfig()
    assert result.history["step"].tolist() == list(range(10, 110, 10))  # without those of the first
    assert result.recorded.changes == []  # it had this setting from the beginning


def test_what_shapes_the_learner_waits_for_restart():
    run = live(lambda **settings: SlowLearner(SlowConfig(**settings)), MANY, sliders={"dueling": True, "double": True})
    run.controls["dueling"].value = True
    until(lambda: "waits for Restart" in run.status.text)
    training, waits = "SlowLearner is in training to step 1,000,000.", "dueling = on waits for Restart."
    assert run.status.text == f"{training} {waits}" and not run.status.warn
    assert run.controls["dueling"].value and not run.learner.config.dueling
    run.controls["double"].value = True  # another message: it still waits
    until(lambda: run.status.text.startswith("double = on from step "))
    assert run.status.text.endswith(waits) and run.restart_button.button_style == "warning"
    run.controls["dueling"].value = False  # it waits no longer
    until(lambda: "waits" not in run.status.text)
    assert run.restart_button.button_style == ""
    run.controls["dueling"].value, run.controls["double"].value = True, False
    until(lambda: "waits" in run.status.text)
    first = run.learner
    run.restart_button.click()
    until(lambda: run.learner is not first and run.learner.items)
    stopped(run)
    assert run.learner.config == SlowConfig(dueling=True) and first.config == SlowConfig()
    assert "waits" not in run.status.text and run.restart_button.button_style == ""


def test_an_error_behind_a_button_is_shown():
    learner = SlowLearner()
    first = stopped(live(learner, MANY))
    second = live(learner, MANY)
    first.toggle.click()
    assert first.status.warn and first.status.text.startswith("RuntimeError: this learner is being trained by another")
    assert first.toggle.description == "Continue" and not first.toggle.disabled
    stopped(second)


# --- sliders ----------------------------------------------------------------------------------------


def test_a_slider_changes_the_config_on_the_training_thread_and_leaves_a_mark():
    run = live(SlowLearner(), MANY, sliders={"learning_rate": LOG, "double": True, "schedule": ["linear", "cosine"]})
    assert [w.value for w in run.controls.values()] == [1e-3, False, "linear"]
    until(lambda: run.learner.items)
    run.controls["learning_rate"].value = 0.01
    until(lambda: run.learner.config.learning_rate == 0.01)
    until(lambda: run.status.text.startswith("learning rate = 0.01 from step "))
    run.controls["double"].value = True
    run.controls["schedule"].value = "cosine"
    until(lambda: run.learner.config == SlowConfig(0.01, 32, True, "cosine"))
    stopped(run)
    assert set(run.learner.threads) == {run.training.thread.ident} != {threading.get_ident()}
    texts = [text for _, _, text in run._reporter.history.changes]
    assert sorted(texts) == ["double = on", "learning rate = 0.01", "schedule = cosine"]


def test_a_value_that_makes_no_sense_is_refused_shown_and_put_back():
    run = live(SlowLearner(), MANY, sliders={"learning_rate": LOG})
    run.controls["learning_rate"].value = 0.01
    until(lambda: run.learner.config.learning_rate == 0.01)
    run.controls["learning_rate"].value = 0.1
    until(lambda: run.status.warn)
    assert run.status.text == "ValueError: learning_rate is 0.1; expected at most 0.05"
    until(lambda: run.controls["learning_rate"].value == 0.01)
    at = run.learner.step
    until(lambda: run.learner.step > at + 20)
    stopped(run)
    assert run.learner.config.learning_rate == 0.01


def test_a_slider_turned_at_rest_acts_with_the_next_step():
    run = stopped(live(SlowLearner(), MANY, sliders={"batch_size": (8, 64, 8)}))
    run.controls["batch_size"].value = 64
    assert run.status.text == "batch size = 64 from the next step on." and run.learner.config.batch_size == 32
    run.step_button.click()
    assert run.training.wait(2) and run.learner.config.batch_size == 64


# --- waiting --------------------------------------------------------------------------------------


def test_await_returns_soon_after_stop_and_leaves_the_loop_free():
    async def cell():
        run, ticks = live(SlowLearner(), MANY), 0

        async def press():
            nonlocal ticks
            while ticks < 30:
                ticks += 1
                await asyncio.sleep(0.01)
            run.toggle.click()
            return time.perf_counter()

        pressed = asyncio.create_task(press())
        result = await run
        return result, time.perf_counter() - await pressed, ticks

    result, latency, ticks = asyncio.run(cell())
    assert result.state == "stopped" and repr(result) == "SlowLearner: stopped before 1,000,000 steps"
    assert latency < 0.5 and ticks == 30


def test_await_returns_at_the_end_and_again():
    async def cell():
        run = live(SlowLearner(pause=0), 100)
        return await run, await run

    one, two = asyncio.run(cell())
    assert one.state == two.state == "finished" and one.picture == two.picture


def test_an_interrupted_await_stops_training():
    async def cell():
        run = live(SlowLearner(), MANY)
        task = asyncio.ensure_future(run._rested())
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return run

    run = asyncio.run(cell())
    assert run.training.wait(2) and run.state == "stopped"


def test_what_training_raises_is_shown_and_raised_where_it_is_awaited():
    learner = SlowLearner(fails=30)
    run = live(learner, 100)
    traces = []
    for _ in range(2):  # as often as it is awaited
        with pytest.raises(FloatingPointError, match="the loss is nan") as caught:
            asyncio.run(run._rested())
        frames = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
        assert frames[-1] == "train"
        traces.append(frames)
    assert traces[0] == traces[1]
    assert run.status.warn and run.status.text == "Training stopped. FloatingPointError: the loss is nan"
    assert run.state == "failed" and run.toggle.description == "Continue" and not run.toggle.disabled
    run.toggle.click()  # tries again
    assert run.wait(5).state == "finished" and learner.items == list(range(10, 110, 10))
    assert not run.status.warn


def test_wait_gives_up_after_its_seconds():
    run = live(SlowLearner(), MANY)
    with pytest.raises(TimeoutError, match=r"still training after 0\.05 s"):
        run.wait(0.05)
    assert run.training.active
    stopped(run)


# --- other runs -----------------------------------------------------------------------------------


def test_a_learner_in_training_cannot_be_given_to_another_run():
    learner = SlowLearner()
    first = live(learner, MANY)
    with pytest.raises(RuntimeError, match="another live run"):
        live(learner, MANY)
    other = live(SlowLearner(), MANY)
    until(lambda: other.learner.items and learner.items)
    assert learner.crowd == 1
    for run in (first, other):
        stopped(run)


def test_a_cell_that_is_run_again_stops_what_it_began(monkeypatch):
    module = sys.modules["rlcourse.notebook.training.live"]
    monkeypatch.setattr(module, "this_cell", lambda: "cell-1")
    learner = SlowLearner()
    first = live(learner, MANY)
    until(lambda: learner.items)
    second = live(learner, MANY)  # the same learner goes on
    third = live(SlowLearner(), MANY)  # or another begins
    assert first.training.wait(2) and first.state == "stopped"
    assert second.training.wait(2) and learner.crowd == 1
    monkeypatch.setattr(module, "this_cell", lambda: "cell-2")
    fourth = live(SlowLearner(), MANY)
    time.sleep(0.1)
    assert third.training.active and fourth.training.active
    for run in (third, fourth):
        stopped(run)


def test_in_plain_python_there_is_no_cell():
    assert this_cell() == "" and answer_widgets_while_cells_await() is None


# --- films, and what showing costs ----------------------------------------------------------------


def test_films_are_shown_while_it_trains(films_at_once):
    run = live(SlowLearner(), MANY, video=lambda: Corridor(7))
    until(lambda: run.film.frames)
    assert re.fullmatch(r"Greedy episode at step [\d,]+0: return 14", run.film.caption)
    assert len(run.film.frames) == 4  # every second of seven, since so many may come
    stopped(run)


def test_the_first_film_comes_soon_and_the_next_within_seconds():
    run, times = live(SlowLearner(), MANY, video=Corridor), []
    began = time.monotonic()
    run.film.observe(lambda _: times.append(time.monotonic() - began), names="caption")
    until(lambda: len(times) == 2, 20)
    stopped(run)
    assert times[0] < 3 and times[1] - times[0] < 8


def test_a_restart_clears_film_curves_and_numbers_and_keeps_the_curve_before_as_a_ghost(films_at_once):
    started = threading.Event()

    def make(**settings):
        learner = SlowLearner(SlowConfig(**settings))
        train = learner.train
        learner.train = lambda total: (metrics for metrics in train(total) if started.wait())
        return learner

    started.set()
    run = live(make, MANY, video=Corridor, sliders={"learning_rate": LOG, "double": True})
    assert run.chart.before == b""
    until(lambda: run.film.frames and len(sent(run)) > 5)
    run.controls["learning_rate"].value = 0.01
    until(lambda: run.learner.config.learning_rate == 0.01 and run.learner.items)
    stopped(run)
    before = run.chart.points
    run.controls["learning_rate"].value = 0.02
    started.clear()
    run.restart_button.click()
    until(lambda: run.chart.before)
    assert run.chart.before == before and run.chart.changes == [] and run.chart.reached is None
    until(lambda: len(sent(run)) == 0 and run.film.frames == [] and "<b>0</b> steps" in run.numbers.value)
    assert run.film.caption == NO_FILM
    started.set()
    until(lambda: run.chart.before_label)
    assert run.chart.before_label == "learning rate = 0.001, then 0.01"
    until(lambda: len(sent(run)) > 5)
    run.restart_button.click()
    until(lambda: run.chart.before_label == "the same")
    stopped(run)


def test_no_films_where_none_are_wanted(films_at_once):
    run = live(SlowLearner(pause=0.001), 4000, video=Corridor)
    run.filming.value = False
    assert run.wait(10).state == "finished" and run.film.frames == []
    assert len(live(SlowLearner(pause=0), 10).children[2].children) == 1  # the chart alone


def test_a_film_that_fails_is_mentioned_and_training_goes_on(films_at_once):
    class Fragile(Corridor):
        def step(self, action):
            raise ArithmeticError("broken")

    run = live(SlowLearner(), 500, video=Fragile)
    until(lambda: run.status.warn)
    assert run.status.text == "The film could not be shown. ArithmeticError: broken"
    assert run.wait(10).state == "finished"


def test_a_film_does_not_keep_stop_waiting(films_at_once):
    class Sluggish(Corridor):
        def step(self, action):
            time.sleep(0.02)
            return super().step(action)

    run = live(SlowLearner(), MANY, video=lambda: Sluggish(10_000))
    until(lambda: run._reporter.env.at > 3)
    asked = time.perf_counter()
    run.stop()
    assert run.training.wait(2) and time.perf_counter() - asked < 0.5


def test_what_was_slow_to_show_is_shown_rarely(monkeypatch):
    now = 0.0
    monkeypatch.setattr("rlcourse.notebook.training.reporter.time.perf_counter", lambda: now)
    monkeypatch.setattr("rlcourse.notebook.training.reporter.time.thread_time", lambda: now)
    shown = []

    def show(seconds):
        nonlocal now
        shown.append(now)
        now += seconds

    reporter = Reporter(None, None, "", None, 0)
    for cost, least in ((0.001, 3.0), (0.1, 5.0), (1.0, 8.0)):
        reporter._now_and_then("film", lambda cost=cost: show(cost))
        ended = now
        while now < ended + 10:
            count = len(shown)
            reporter._now_and_then("film", lambda: show(0.0))
            if len(shown) > count:
                break
            now += 0.01
        assert least - 0.001 <= now - ended < least + 0.02
        now += 100
    pauses = sys.modules["rlcourse.notebook.training.reporter"].PAUSES
    assert sum(1 / (1 + times) for times, _, _ in pauses.values()) < 0.045  # of the time, which showing can take
    assert pauses["curves"][2] <= 0.5  # at least twice a second, whatever it costs


def test_training_does_not_notice_that_it_is_watched():
    from rlcourse import envs
    from rlcourse.deep.dqn import DQN, DQNConfig

    small = {"learning_starts": 64, "batch_size": 16, "gradient_steps": 1, "hidden": (16,), "vector_steps": 4}

    def learner():
        return DQN(envs.make("rlcourse/CartPole-v1", num_envs=4, seed=1), DQNConfig(**small, noisy=True), seed=0)

    def row(metrics):
        return {name: value for name, value in metrics.items() if name != "seconds"}

    alone, watched, steps, metrics = learner(), learner(), 320, []
    expected = [row(item) for item in alone.train(steps)]
    train = watched.train
    watched.train = lambda total: (metrics.append(row(item)) or item for item in train(total))
    run = live(watched, steps, curves=("episode_return", "loss"), video=lambda: envs.make("rlcourse/CartPole-v1"))
    run._reporter._now_and_then = lambda what, show: show()  # everything after every item
    run.wait(60)
    assert run.film.frames and not run.status.warn
    np.testing.assert_equal(metrics, expected)  # to the bit, and NaN is NaN
    one, two = (dict(each.network.named_parameters()) for each in (alone, watched))
    assert all((one[name] == two[name]).all() for name in one)


# --- arguments ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"learner": SlowLearner().train(10)}, TypeError, r"got generator. Write live\(learner, total_steps\)"),
        ({"learner": 3}, TypeError, "live needs a learner, or a function that makes one; got int"),
        ({"learner": dict}, TypeError, "got dict"),
        ({"total_steps": 0}, ValueError, "total_steps is 0"),
        ({"total_steps": 1e5}, ValueError, "total_steps is 100000.0"),
        ({"total_steps": True}, ValueError, "total_steps is True"),
        ({"goal": math.nan}, ValueError, "goal is nan"),
        ({"goal": "475"}, ValueError, "goal is '475'"),
        ({"curves": ()}, ValueError, r"curves are \(\)"),
        ({"curves": (3,)}, ValueError, r"curves are \(3,\)"),
        ({"curves": 3}, ValueError, "curves are 3"),
        ({"curves": ("loss", ())}, ValueError, "curves are"),
        ({"video": Corridor()}, TypeError, "video is Corridor; expected a function"),
        ({"sliders": {"momentum": (0, 1, 0.1)}}, ValueError, "no field 'momentum'"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, error, said):
    with pytest.raises(error, match=said):
        live(**{"learner": SlowLearner(), "total_steps": 100, **arguments})
    assert _claims == {}
