import io

import numpy as np
import pytest
from PIL import Image

from rlcourse.notebook.training.film import MOST_FRAMES, MOST_STEPS, checked_env, greedy_film

from .slow_learner import Corridor, SlowLearner


def frames(film):
    image = Image.open(io.BytesIO(film.webp))
    shown = []
    for number in range(image.n_frames):
        image.seek(number)
        shown.append((int(np.asarray(image.convert("RGB"))[0, 0, 0]), image.info["duration"]))
    return shown


def test_an_episode_is_filmed_from_its_beginning_to_before_its_end():
    film = greedy_film(SlowLearner(), Corridor(5))
    assert (film.episode_return, film.steps, film.over) == (10.0, 5, True)
    assert (film.width, film.height) == (60, 40)
    assert [shade for shade, _ in frames(film)] == [0, 10, 20, 30, 40]  # the fifth step ends it


@pytest.mark.parametrize("likely", [0, 300, 1000])
def test_a_long_one_has_few_frames_at_the_pace_of_the_environment(likely):
    env = Corridor(400)
    film = greedy_film(SlowLearner(), env, likely=likely)
    shown = frames(film)
    assert film.steps == 400 and MOST_FRAMES / 3 < len(shown) <= MOST_FRAMES
    assert env.renders <= 4 * MOST_FRAMES
    played = sum(duration for _, duration in shown)
    assert 0.85 * 40_000 < played < 1.15 * 40_000  # 400 steps at 10 a second


def test_one_without_an_end_is_cut():
    film = greedy_film(SlowLearner(), Corridor(10**9))
    assert film.steps == MOST_STEPS and not film.over


def test_it_ends_when_it_is_told_to():
    env = Corridor(400)
    assert greedy_film(SlowLearner(), env, stop=lambda: env.at >= 3) is None and env.at == 3


def test_wide_frames_are_made_small():
    class Wide(Corridor):
        def render(self):
            return np.zeros((400, 700, 3), dtype=np.uint8)

    film = greedy_film(SlowLearner(), Wide())
    assert (film.width, film.height) == (234, 134)


def test_frames_of_every_copy_as_gymnasium_gives_them_will_do():
    class Tuple(Corridor):
        def render(self):
            return (super().render(),)

    assert greedy_film(SlowLearner(), Tuple()).width == 60


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
