"""Markov reward processes: from which states does the episode never end?"""

import numpy as np
import pytest
from hypothesis import given
from scipy import sparse

from rlcourse.mdp import FiniteMDP, MarkovRewardProcess, grid_world
from tests.mdp.random_mdps import few, generators, mdps, random_policy


def reaches_the_end(transition, terminal):
    """The states from which some path of any length leads to a terminal state, by repeated multiplication."""
    step = (transition > 0).astype(int) + np.eye(len(terminal), dtype=int)
    paths = np.linalg.matrix_power(step.astype(object), len(terminal)) > 0
    return paths[:, terminal].any(axis=1)


@few
@given(mdps(), generators())
def test_endless_is_what_cannot_reach_a_terminal_state(mdp, rng):
    process = mdp.under(random_policy(mdp, rng))
    expected = np.flatnonzero(~reaches_the_end(process.transition.toarray(), mdp.terminal))
    np.testing.assert_array_equal(process.endless, expected)


def test_endless_follows_the_arrows_backwards():
    """0 -> 1 -> 2 (the end), 3 -> 4 -> 3: only the pair that circles never ends, though 3 is fed by nobody else."""
    hop = np.zeros((5, 5))
    hop[[0, 1, 2, 3, 4], [1, 2, 2, 4, 3]] = 1.0
    terminal = np.array([False, False, True, False, False])
    process = MarkovRewardProcess(
        transition=sparse.csr_array(hop), reward=np.zeros(5), discount=1.0, terminal=terminal, start=np.eye(5)[0]
    )
    assert process.endless.tolist() == [3, 4]


def test_a_long_corridor_is_searched_to_its_end():
    mdp = grid_world("S" + "." * 300 + "G", discount=1.0)
    right = np.tile([0.0, 1.0, 0.0, 0.0], (mdp.num_states, 1))
    assert mdp.under(right).endless.size == 0
    assert mdp.under(right[:, [0, 3, 2, 1]]).endless.tolist() == list(range(301))


def test_actions_of_probability_zero_open_no_way():
    mdp = FiniteMDP.from_dense(
        np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0]] * 2]), np.zeros((2, 2)), discount=1.0, terminal=[False, True]
    )
    assert mdp.under([[1, 0], [1, 0]]).endless.tolist() == [0]
    assert mdp.under([[0.999, 0.001], [1, 0]]).endless.size == 0


def test_it_is_frozen():
    process = grid_world("S.G").under(np.full((3, 4), 0.25))
    with pytest.raises(AttributeError, match="cannot assign"):
        process.discount = 0.5
