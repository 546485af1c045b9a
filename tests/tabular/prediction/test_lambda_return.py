"""The off-line lambda-return against its definition, and at its ends."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rlcourse.tabular import Experience, lambda_return, monte_carlo_prediction, td_lambda
from tests.mdp.random_mdps import few
from tests.tabular import textbook_prediction as textbook
from tests.tabular.recorded_walks import recordings, rms_from, walks

LAM, ALPHA = np.array([[0.0], [0.4], [0.9], [1.0]]), np.array([0.1, 1.0])


@few
@given(recordings(), st.booleans())
def test_it_equals_the_naive_loop(recording, summed):
    _, _, experience, first = recording
    values = lambda_return(experience, alpha=ALPHA, lam=LAM, summed=summed, initial=first)
    for run in range(3):
        episodes = textbook.episodes_of(experience, run)
        for i, j in np.ndindex(4, 2):
            naive = textbook.lambda_return(episodes, first.copy(), experience.discount, ALPHA[j], LAM[i, 0], summed)
            np.testing.assert_allclose(values[run, :, i, j], naive, rtol=1e-10, atol=1e-11)


@few
@given(recordings())
def test_at_lambda_1_it_is_monte_carlo(recording):
    _, _, experience, first = recording
    one = lambda_return(experience, alpha=ALPHA, lam=1.0, initial=first)
    monte_carlo = monte_carlo_prediction(experience, alpha=ALPHA, every_visit=True, initial=first)
    np.testing.assert_allclose(one, monte_carlo, atol=1e-11)


def test_where_no_state_comes_twice_it_is_off_line_td_lambda():
    """Nothing has to be summed then; where a state does come twice, the two differ."""
    once = Experience.from_episodes([[[0, 1, 2, 3, 1, -2], [1, 5, 0, 4]]], num_states=3, discount=0.9)
    twice = Experience.from_episodes([[[0, 1, 1, 3, 0, -2]]], num_states=3, discount=0.9)
    for experience, same in ((once, True), (twice, False)):
        forward = lambda_return(experience, alpha=0.5, lam=0.7, initial=1.0)
        backward = td_lambda(experience, alpha=0.5, lam=0.7, initial=1.0, offline=True)
        assert np.allclose(forward, backward, atol=1e-12) == same


def test_by_hand():
    """Rewards 1 and 3 through states 0 and 1, lambda 1/4, first values 8: G_1 = 3, G_0 = 1 + 3/4 * 8 + 1/4 * 3."""
    experience = Experience.from_episodes([[[0, 1, 1, 3]]], num_states=2)
    np.testing.assert_allclose(lambda_return(experience, alpha=1.0, lam=0.25, initial=8.0)[0, 0], [7.75, 3, 0])


def test_it_learns_the_walk_about_as_well_as_n_steps():
    """Figure 12.3, alpha .4, lambda .8, 100 walks: .263 +- .022, four standard errors (a run's spread is .056)."""
    experience, true = walks(19, runs=100, episodes=10)
    error = lambda_return(experience, alpha=0.4, lam=0.8, record=rms_from(true)).mean()
    assert abs(error - 0.263) < 0.022
