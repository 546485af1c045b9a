import io
import time

import numpy as np
import pytest
from PIL import Image

from rlcourse.notebook.training.film import MOST_FRAMES, MOST_STEPS, FilmView, checked_env, greedy_film

from .slow_learner import Corridor, SlowLearner


def shades(film):
    images = [Image.open(io.BytesIO(frame)) for frame in film.frames]
    assert all(image.format == "JPEG" for image in images)
    return [int(np.asarray(image.convert("RGB"))[0, 0, 0]) for image in images]


def test_an_episode_is_filmed_from_its_beginning_to_before_its_end():
    film = greedy_film(SlowLearner(), Corridor(5))
    assert (film.episode_return, film.steps, film.over) == (10.0, 5, True)
    np.testing.assert_allclose(shades(film), [0, 10, 20, 30, 40], atol=1)  # the fifth step ends it
    assert film.rate == 10 and Image.open(io.BytesIO(film.frames[0])).size == (60, 40)


@pytest.mark.parametrize("likely", [0, 300, 1000])
def test_a_long_one_has_few_frames_at_the_pace_of_the_environment(likely):
    env = Corridor(400)
    film = greedy_film(SlowLearner(), env, likely=likely)
    assert film.steps == 400 and MOST_FRAMES / 3 < len(film.frames) <= MOST_FRAMES
    assert env.renders <= 4 * MOST_FRAMES
    assert 0.85 * 40 < len(film.frames) / film.rate < 1.15 * 40  # seconds: 400 steps at 10 a second


def test_one_without_an_end_is_cut():
    film = greedy_film(SlowLearner(), Corridor(10**9))
    assert film.steps == MOST_STEPS and not film.over


def test_it_takes_no_longer_than_it_may():
    class Sluggish(Corridor):
        def step(self, action):
            time.sleep(0.02)
            return super().step(action)

    began = time.perf_counter()
    film = greedy_film(SlowLearner(), Sluggish(1000), seconds=0.1)
    assert time.perf_counter() - began < 1.5 and 1 <= film.steps <= 20 and not film.over

    class Laborious(Corridor):
        def step(self, action):
            end = time.thread_time() + 0.02
            while time.thread_time() < end:
                pass
            return super().step(action)

    film = greedy_film(SlowLearner(), Laborious(1000), seconds=0.1)
    assert 1 <= film.steps <= 5 and not film.over


def test_it_ends_when_it_is_told_to():
    env = Corridor(400)
    assert greedy_film(SlowLearner(), env, stop=lambda: env.at >= 3) is None and env.at == 3


def test_a_film_and_its_caption_are_sent_together():
    view, sent = FilmView(), []
    view.send_state = lambda names: sent.append(set(names))
    view.show(greedy_film(SlowLearner(), Corridor(5)), "five steps")
    assert len(view.frames) == 5 and view.caption == "five steps"
    assert sent == [{"frames", "caption"}]  # the rate is that of before
    view.clear("none yet")
    assert view.frames == [] and view.caption == "none yet"


def test_wide_frames_are_made_small():
    class Wide(Corridor):
        def render(self):
            return np.zeros((400, 700, 3), dtype=np.uint8)

    film = greedy_film(SlowLearner(), Wide())
    assert Image.open(io.BytesIO(film.frames[0])).size == (234, 134)


def test_frames_of_every_copy_as_gymnasium_gives_them_will_do():
    class Tuple(Corridor):
        def render(self):
            return (super().render(),)

    assert Image.open(io.BytesIO(greedy_film(SlowLearner(), Tuple()).frames[0])).size == (60, 40)


def test_an_environment_that_will_not_do_is_refused():
    class Many(Corridor):
        num_envs = 2

    class Blind(Corridor):
        def render(self):
            return None

    learner = SlowLearner(env=Corridor())
    with pytest.raises(ValueError, match="the learner trains in"):
        checked_env(learner.env, learner)
    with pytest.raises(ValueError, match="2 copies"):
        checked_env(Many(), learner)
    with pytest.raises(ValueError, match=r"render\(\) gave object"):
        checked_env(Blind(), learner)
