"""Recorded experience: what is written down is what a policy does in an MDP, and nothing else is accepted."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from rlcourse.mdp import FiniteMDP, blackjack, cliff_walk, grid_world, random_walk, teleport_grid
from rlcourse.mdp.sample_episodes import _Draw
from rlcourse.tabular import (
    Experience,
    a_b_episodes,
    deterministic_policy,
    evaluate_policy_exactly,
    sample_episodes,
    uniform_policy,
)
from tests.mdp.random_mdps import few, generators
from tests.tabular.recorded_walks import ending_mdp, recordings
from tests.tabular.textbook_prediction import episodes_of, returns_of


@few
@given(recordings())
def test_every_step_is_possible(recording):
    mdp, policy, experience, _ = recording
    for run in range(3):
        episodes = episodes_of(experience, run)
        assert len(episodes) == experience.episodes == 4
        for episode in episodes:
            assert mdp.start[episode[0][0]] > 0
            for s, a, _, s2 in episode:
                assert policy[s, a] > 0 and mdp.prob[s, a][mdp.next_state[s, a] == s2].sum() > 0
            for (_, _, _, s2), (s, _, _, _) in pairwise(episode):
                assert s2 == s and not mdp.terminal[s]
        steps = sum(map(len, episodes))
        assert experience.steps[run] == steps
        assert experience.lengths[run].tolist() == [len(episode) for episode in episodes]
        marks = [(t == 0, t == len(episode) - 1) for episode in episodes for t in range(len(episode))]
        assert experience.start[run, :steps].tolist() == [first for first, _ in marks]
        assert experience.end[run, :steps].tolist() == [last for _, last in marks]
        np.testing.assert_allclose(
            experience.returns[run, :steps],
            [g for episode in episodes for g in returns_of(episode, mdp.discount)],
            atol=1e-12,
        )
        rest = slice(steps, None)
        assert mdp.terminal[experience.state[run, rest]].all() and not experience.end[run, rest].any()
        np.testing.assert_array_equal(experience.state[run, rest], experience.next_state[run, rest])
        assert not experience.reward[run, rest].any() and not experience.start[run, rest].any()
        assert not experience.returns[run, rest].any()


def test_frequencies():
    """Starts, and actions with their outcomes: chi-square at 1 in a million for both (fixed seeds: always or never)."""
    prob = np.zeros((4, 2, 3))
    prob[0, 0], prob[0, 1], prob[1:, :, 0] = [0.5, 0.0, 0.5], [0.2, 0.7, 0.1], 1.0
    next_state = np.tile(np.arange(4)[:, None, None], (1, 2, 3))
    next_state[0], next_state[1] = [1, 2, 3], 3
    mdp = FiniteMDP(
        prob=prob,
        next_state=next_state,
        reward=np.where(np.arange(4) == 0, 1.0, 0.0)[:, None, None] * np.arange(1.0, 4.0) * np.ones(prob.shape),
        discount=1.0,
        terminal=np.array([False, False, True, True]),
        start=np.array([0.75, 0.25, 0.0, 0.0]),
    )
    policy = np.array([[0.4, 0.6], [1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    experience = sample_episodes(mdp, policy, runs=200, episodes=100)
    starts = np.bincount(experience.state[experience.start], minlength=4)
    at = experience.state == 0
    joint = np.zeros((2, 4))
    np.add.at(joint, (experience.action[at], experience.next_state[at]), 1)
    np.testing.assert_array_equal(experience.reward[at], experience.next_state[at])  # the outcome's own reward
    assert joint[0, 2] == 0
    expected = policy[0][:, None] * prob[0]
    for counts, p in ((starts[:2], mdp.start[:2]), (joint[:, 1:][expected > 0], expected[expected > 0])):
        wanted = counts.sum() * p
        assert ((counts - wanted) ** 2 / wanted).sum() < chi2.isf(1e-6, len(p) - 1)


def test_the_mean_return_is_the_value():
    """Within 4.5 standard errors (1 in 150,000 seeds would miss), where noise on the reward does not bias it."""
    mdp = ending_mdp(np.random.default_rng(3), 0.9)
    policy = uniform_policy(mdp)
    experience = sample_episodes(mdp, policy, runs=100, episodes=100)
    g = experience.returns[experience.start]
    value = evaluate_policy_exactly(mdp, policy) @ mdp.start
    assert abs(g.mean() - value) < 4.5 * g.std() / np.sqrt(g.size)
    assert np.unique(experience.reward[experience.start]).size > 9_000  # noise it is


def test_the_same_seed_is_the_same_experience():
    mdp = random_walk(5)
    first, second, other = (sample_episodes(mdp, uniform_policy(mdp), runs=4, episodes=3, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(first.next_state, second.next_state)
    assert first.next_state.shape != other.next_state.shape or (first.next_state != other.next_state).any()


def test_runs_and_episodes_are_independent():
    """The first steps of all episodes: as many to the left as to the right, and unrelated between neighbours."""
    mdp = random_walk(5)
    experience = sample_episodes(mdp, uniform_policy(mdp), runs=100, episodes=100)
    right = (experience.next_state > experience.state)[experience.start].reshape(100, 100) - 0.5
    for product in (right, 2 * right[1:] * right[:-1], 2 * right[:, 1:] * right[:, :-1]):
        assert abs(product.mean()) < 4.5 * 0.5 / np.sqrt(product.size)  # 1 in 150,000 seeds


@pytest.mark.parametrize("columns", [4, 6])
def test_the_draws_find_their_row_at_the_edges(columns):
    """Uniform numbers next to 0 and 1, in rows far from the first: no impossible outcome, and never another row."""
    prob = np.zeros((10_001, columns))
    prob[:, 1:3] = 0.5
    row = np.repeat([0, 5_000, 10_000], 2)
    uniform = np.tile([0.0, np.nextafter(1.0, 0.0)], 3)
    np.testing.assert_array_equal(_Draw(prob)(row, uniform) - columns * row, [1, 2] * 3)


@few
@given(generators(), st.integers(1, 8))
def test_draws_equal_the_naive_search(rng, columns):
    prob = rng.dirichlet(np.ones(columns), size=7)
    row, uniform = rng.integers(7, size=50), rng.random(50)
    for i, u, found in zip(row, uniform, _Draw(prob)(row, uniform), strict=True):
        below = [k for k in range(columns) if u < prob[i, : k + 1].sum()]
        assert found == columns * i + min([*below, columns - 1])


def test_a_policy_that_gets_lost_is_an_error_and_not_a_hang():
    """On the cliff, always up leads to a corner and stays there; in a grid with no end there is no end at all."""
    mdp = cliff_walk()
    with pytest.raises(RuntimeError, match=r"never reaches a terminal state from 0.*, so its episodes would not end"):
        sample_episodes(mdp, deterministic_policy(mdp, [0] * mdp.num_states), runs=1, episodes=1)
    with pytest.raises(RuntimeError, match="never reaches a terminal state"):
        sample_episodes(teleport_grid(), uniform_policy(teleport_grid()), runs=1, episodes=1)


def test_a_trap_that_is_never_entered_is_no_error():
    mdp = grid_world("S.G", discount=1.0)
    right = deterministic_policy(mdp, [1, 1, 1])
    assert sample_episodes(mdp, right, runs=1, episodes=1).steps == [2]
    trap = right.copy()
    trap[0], trap[1] = [0.0, 1.0, 0.0, 0.0], [0.0, 0.5, 0.0, 0.5]
    trap[0] = [0.0, 0.0, 0.0, 1.0]
    with pytest.raises(RuntimeError, match="from 0"):
        sample_episodes(mdp, trap, runs=1, episodes=1)


def test_a_policy_that_takes_too_long():
    mdp = random_walk(19)
    with pytest.raises(RuntimeError, match=r"of 100 episodes were not over after 50 steps"):
        sample_episodes(mdp, uniform_policy(mdp), runs=10, episodes=10, max_steps=50)
    assert sample_episodes(random_walk(1), np.ones((3, 1)), runs=9, episodes=1, max_steps=1).state.shape == (9, 1)


@pytest.mark.parametrize(("arguments", "message"), [
    ({"runs": 0, "episodes": 1}, "runs is 0; expected a whole number, at least 1"),
    ({"runs": 1, "episodes": 2.5}, "episodes is 2.5; expected a whole number, at least 1"),
    ({"runs": 1, "episodes": 1, "max_steps": -1}, "max_steps is -1"),
])  # fmt: skip
def test_bad_counts(arguments, message):
    with pytest.raises(ValueError, match=message):
        sample_episodes(random_walk(5), np.ones((7, 1)), **arguments)


def test_a_b_episodes():
    experience = a_b_episodes()
    assert (experience.runs, experience.episodes, int(experience.steps[0])) == (1, 8, 9)
    steps = zip(experience.state[0], experience.reward[0], experience.next_state[0], strict=True)
    assert list(steps) == [(0, 0, 1), (1, 0, 2), *[(1, 1, 2)] * 6, (1, 0, 2)]


def test_from_episodes_pads():
    experience = Experience.from_episodes([[[0, 1, 1, 2.5]], [[1, -1]]], num_states=2, discount=0.5)
    np.testing.assert_array_equal(experience.state, [[0, 1], [1, 2]])
    np.testing.assert_array_equal(experience.next_state, [[1, 2], [2, 2]])
    np.testing.assert_array_equal(experience.returns, [[2.25, 2.5], [-1, 0]])
    with pytest.raises(ValueError, match=r"episode \[0, 1, 1\] must be S_0, R_1"):
        Experience.from_episodes([[[0, 1, 1]]], num_states=2)
    with pytest.raises(ValueError, match="at least one run of at least one episode"):
        Experience.from_episodes([], num_states=2)
    with pytest.raises(ValueError, match=r"state must lie in 0..2; got 0..7"):
        Experience.from_episodes([[[0, 1, 7, 0]]], num_states=2)


def test_experience_cannot_be_changed_and_the_callers_arrays_can():
    state = np.array([[0, 1]])
    fields = {"action": [[0, 0]], "reward": [[0.0, 1.0]], "next_state": [[1, 2]]}
    experience = Experience(state=state, terminal=[False, False, True], discount=1.0, **fields)
    with pytest.raises(ValueError, match="read-only"):
        experience.state[0, 0] = 1
    state[0, 0] = 0


@pytest.mark.parametrize(("change", "message"), [
    ({"state": [0, 1]}, r"state has shape \(2,\); expected \[runs, steps\]"),
    ({"reward": [[0.0]]}, r"reward is float64 of shape \(1, 1\); expected numbers of shape \(1, 3\)"),
    ({"action": [[0.0, 0.0, 0.0]]}, r"action is float64 of shape .*; expected integers"),
    ({"next_state": [[1, 2, 3]]}, r"next_state must lie in 0..2; got 1..3"),
    ({"next_state": [[0, 2, 2]]}, "run 0, step 0: the next step does not start where this led"),
    ({"reward": [[0.0, np.nan, 0.0]]}, "run 0, step 1: the reward is not finite"),
    ({"reward": [[0.0, 1.0, 1.0]]}, "run 0, step 2: a terminal state is left, or pays"),
    ({"next_state": [[1, 2, 1]]}, "run 0, step 2: a terminal state is left, or pays"),
    ({"state": [[0, 2, 1]], "next_state": [[2, 2, 2]], "reward": [[0.0] * 3]}, "run 0, step 1: experience goes on"),
    ({"state": [[0, 1, 1]], "next_state": [[1, 1, 1]]}, "run 0, step 2: the last episode has no end"),
    ({"state": [[2, 2, 2]], "next_state": [[2, 2, 2]], "reward": [[0.0] * 3]}, "runs have 0 to 0 episodes"),
    ({"discount": 1.5}, "discount is 1.5"),
])  # fmt: skip
def test_experience_that_does_not_fit(change, message):
    good = {"state": [[0, 1, 2]], "action": [[0, 0, 0]], "reward": [[0.0, 1.0, 0.0]], "next_state": [[1, 2, 2]]}
    good |= {"terminal": [False, False, True], "discount": 1.0}
    assert Experience(**good).episodes == 1
    with pytest.raises(ValueError, match=message):
        Experience(**good | change)


def test_blackjack_has_short_episodes():
    mdp = blackjack()
    experience = sample_episodes(mdp, uniform_policy(mdp), runs=50, episodes=200)
    assert experience.lengths.max() <= 12 and set(np.unique(experience.returns[experience.start])) == {-1, 0, 1}
    assert repr(experience).startswith("Experience(50 runs of 200 episodes, ")


def test_the_runs_that_still_go_on_are_a_slice_of_the_longest_first():
    """Runs of 3, 5, 2 and 5 steps: the two of 5 keep their order."""
    lengths = [3, 5, 2, 5]
    experience = Experience.from_episodes([[[0, 0.0] * length] for length in lengths], num_states=1)
    assert experience.longest_first.tolist() == [1, 3, 0, 2]
    runs = [run.tolist() for run in experience.runs_at_each_step()]
    assert runs == [[1, 3, 0, 2], [1, 3, 0, 2], [1, 3, 0], [1, 3], [1, 3]]
