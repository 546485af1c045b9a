"""Terminal states: their rows, and where episodes begin."""

import numpy as np
import pytest

from rlcourse.mdp.terminal_states import absorb, uniform_start


def test_terminal_states_loop_with_reward_zero_and_the_others_stay():
    rng = np.random.default_rng(0)
    given = rng.random((4, 2, 3)), rng.integers(4, size=(4, 2, 3)), rng.normal(size=(4, 2, 3))
    before = [array.copy() for array in given]
    prob, next_state, reward = absorb(np.array([False, True, False, True]), *given)
    for state in (1, 3):
        assert (prob[state] == [1.0, 0.0, 0.0]).all() and (next_state[state] == state).all()
        assert (reward[state] == 0).all()
    for old, new, same in zip(before, (prob, next_state, reward), given, strict=True):
        np.testing.assert_array_equal(new[[0, 2]], old[[0, 2]])
        np.testing.assert_array_equal(same, old)  # the caller's arrays are left alone


def test_episodes_begin_in_any_state_that_is_not_terminal():
    assert uniform_start(np.array([False, True, False, False, False])).tolist() == [0.25, 0.0, 0.25, 0.25, 0.25]
    with pytest.raises(ValueError, match="every state is terminal; at least one must not be"):
        uniform_start(np.array([True, True]))
