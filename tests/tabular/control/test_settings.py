"""Settings, said once: what `help` shows of a learner is what it takes, and anything else is one clear error."""

import inspect
from typing import get_type_hints

import pytest

from rlcourse import tabular
from rlcourse.mdp import cliff_walk
from rlcourse.tabular.control.interaction import Interaction
from rlcourse.tabular.control.settings import Play, Settings

OWN = {
    tabular.sarsa: set(),
    tabular.expected_sarsa: set(),
    tabular.q_learning: set(),
    tabular.double_q_learning: set(),
    tabular.n_step_sarsa: {"n"},
    tabular.tree_backup: {"n"},
    tabular.sarsa_lambda: {"lam", "trace"},
    tabular.watkins_q_lambda: {"lam", "trace"},
    tabular.monte_carlo_control: set(),
    tabular.monte_carlo_exploring_starts: set(),
}
every_learner = pytest.mark.parametrize("learn", OWN, ids=lambda learn: learn.__name__)


def test_the_settings_are_those_of_the_interaction():
    """Names and types; what the interaction takes besides is for learners, not for who calls them."""
    taken = get_type_hints(Interaction.__init__)
    settings = get_type_hints(Settings)
    assert {name: taken[name] for name in settings} == settings
    assert set(taken) - set(settings) == {"mdp", "own_draws", "start"}
    assert set(settings) - set(get_type_hints(Play)) == {"alpha", "epsilon"}
    first_words = {line.split()[0] for line in inspect.getdoc(Settings).splitlines() if line}
    assert set(settings) <= first_words  # each has a line that explains it


@every_learner
def test_the_signature_names_every_setting_and_its_default(learn):
    parameters = inspect.signature(learn).parameters
    wanted = {"mdp", *get_type_hints(Settings), *OWN[learn]}
    if learn is tabular.monte_carlo_exploring_starts:
        wanted -= {"epsilon"}
    assert set(parameters) == wanted
    own_kind = {"alpha"} if learn.__name__.startswith("monte_carlo") else set()  # None: sample averages
    for name in get_type_hints(Settings).keys() & wanted - own_kind:
        assert parameters[name].default == inspect.signature(Interaction).parameters[name].default
        assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
    assert list(parameters)[:3] == ["mdp", "runs", "episodes"]


@every_learner
def test_defaults_are_what_happens(learn):
    """Leaving a setting out is passing the default that the signature shows."""
    shown = {
        name: parameter.default
        for name, parameter in inspect.signature(learn).parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }
    given = {"runs": 3, "episodes": 4, "max_episode_steps": 50}
    left_out, spelled_out = learn(cliff_walk(), **given), learn(cliff_walk(), **(shown | given))
    assert (left_out.q == spelled_out.q).all() and (left_out.episode_return == spelled_out.episode_return).all()


@every_learner
@pytest.mark.parametrize("wrong", ["alhpa", "own_draws", "start", "settings"])
def test_an_unknown_keyword_is_one_clear_error(learn, wrong):
    message = rf"^{learn.__name__}\(\) got an unexpected keyword argument '{wrong}'; its arguments are mdp, runs, epis"
    with pytest.raises(TypeError, match=message):
        learn(cliff_walk(), runs=1, episodes=1, **{wrong: 1})


@every_learner
def test_runs_and_episodes_must_be_given(learn):
    with pytest.raises(TypeError, match=rf"^{learn.__name__}\(\) missing a required argument: 'episodes'"):
        learn(cliff_walk(), runs=1)


def test_exploring_starts_takes_no_epsilon():
    with pytest.raises(TypeError, match="unexpected keyword argument 'epsilon'"):
        tabular.monte_carlo_exploring_starts(cliff_walk(), runs=1, episodes=1, epsilon=0.1)


@every_learner
def test_the_source_is_the_learner_s_own(learn):
    """What a notebook shows: the function as it is written, not the one that checks its keywords."""
    assert inspect.getsource(learn).startswith(f"@with_settings\ndef {learn.__name__}(")
