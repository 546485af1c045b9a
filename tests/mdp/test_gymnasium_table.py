"""Reading Gymnasium's tables: every entry arrives, and what is best in ours is best in theirs."""

import gymnasium
import numpy as np
import pytest

from rlcourse import tabular
from rlcourse.mdp import FiniteMDP, cliff_walk

TABLES = [
    ("FrozenLake-v1", {}),
    ("FrozenLake-v1", {"is_slippery": False}),
    ("FrozenLake8x8-v1", {}),
    ("CliffWalking-v1", {}),
    ("CliffWalking-v1", {"is_slippery": True}),
    ("Taxi-v4", {}),
    ("Taxi-v4", {"is_rainy": True}),
]


@pytest.fixture(scope="module")
def taxi():
    return FiniteMDP.from_gymnasium("Taxi-v4")


@pytest.mark.parametrize(("name", "options"), TABLES, ids=lambda x: str(x))
def test_every_entry_of_the_table_arrives(name, options):
    env = gymnasium.make(name, **options)
    mdp, table = FiniteMDP.from_gymnasium(env), env.unwrapped.P
    extra = len(table)  # the state behind the last, if there is one
    for s in range(len(table)):
        for a in range(len(table[s])) if not mdp.terminal[s] else ():
            wanted, found = {}, {}
            for p, successor, reward, terminated in table[s][a]:
                key = (int(successor), float(reward), bool(terminated))
                wanted[key] = wanted.get(key, 0.0) + p
            for p, successor, reward in zip(mdp.prob[s, a], mdp.next_state[s, a], mdp.reward[s, a], strict=True):
                if p > 0:
                    key = (int(successor), float(reward), bool(mdp.terminal[successor]))
                    found[key] = found.get(key, 0.0) + p
            if mdp.num_states > extra:
                wanted = {(extra if end else t, r, end): p for (t, r, end), p in wanted.items()}
            assert found == pytest.approx(wanted)
    starts = np.asarray(env.unwrapped.initial_state_distrib)
    np.testing.assert_allclose(mdp.start[: len(table)], starts / starts.sum())
    env.close()


def test_frozen_lake():
    mdp = FiniteMDP.from_gymnasium("FrozenLake-v1")
    assert mdp.layout == ("S...", ".X.X", "...X", "X..G")
    assert mdp.action_names == ("left", "down", "right", "up")
    assert np.flatnonzero(mdp.terminal).tolist() == [5, 7, 11, 12, 15]
    assert mdp.positions[6].tolist() == [1, 2]
    best = tabular.solve(mdp)
    assert best.value[0] == pytest.approx(14 / 17, abs=1e-12)
    assert (best.policy[0] == 0.25).all()  # nothing is lost in the corner: the hole is two steps away
    # the well-known careful policy: walk into the walls beside the holes
    arrows = {s: {mdp.action_names[a] for a in np.flatnonzero(best.policy[s])} for s in (1, 4, 8, 9, 13, 14)}
    assert arrows == {1: {"up"}, 4: {"left"}, 8: {"up"}, 9: {"down"}, 13: {"right"}, 14: {"down"}}


def test_frozen_lake_on_dry_ice():
    mdp = FiniteMDP.from_gymnasium(gymnasium.make("FrozenLake-v1", is_slippery=False), discount=0.9)
    value = tabular.solve(mdp).value
    assert value[0] == pytest.approx(0.9**5)  # six steps to the goal
    assert mdp.discount == 0.9


def test_frozen_lake_8x8():
    mdp = FiniteMDP.from_gymnasium("FrozenLake8x8-v1")
    assert mdp.num_states == 64 and mdp.terminal.sum() == 11
    best = tabular.solve(mdp)
    assert best.value[0] == pytest.approx(1.0, abs=1e-9)  # with patience every hole can be avoided
    *_, last = tabular.value_iteration(mdp, tolerance=1e-11)
    np.testing.assert_allclose(last.value, best.value, atol=1e-6)


def test_cliff_walking_equals_our_cliff_walk():
    """Theirs keeps the cells of the cliff as states that are never entered; all others agree, cell by cell."""
    theirs, ours = FiniteMDP.from_gymnasium("CliffWalking-v1"), cliff_walk()
    assert theirs.action_names == ours.action_names
    row, column = ours.positions.T
    assert theirs.positions[12 * row + column].tolist() == ours.positions.tolist()
    for policy_of in (
        lambda m: tabular.solve(m).value,
        lambda m: tabular.evaluate_policy_exactly(m, tabular.uniform_policy(m)),
    ):
        np.testing.assert_allclose(policy_of(theirs)[12 * row + column], policy_of(ours), atol=1e-8)
    assert tabular.solve(theirs).value @ theirs.start == pytest.approx(-13)


def test_taxi_has_one_state_more(taxi):
    """A delivered passenger stands where a waiting one may stand too, so the end gets a state of its own."""
    assert taxi.num_states == 501
    assert np.flatnonzero(taxi.terminal).tolist() == [500]
    assert taxi.positions is None and taxi.layout is None and taxi.start[500] == 0
    arrives = ((taxi.next_state == 500) & (taxi.prob > 0)).any(axis=2)
    arrives[500] = False
    state, action = np.nonzero(arrives)
    assert set(action) == {5} and np.all(taxi.reward[state, action] == 20)
    assert taxi.action_names[5] == "drop off"
    # passenger (in the taxi) at the right place: four destinations, each reached on its own cell
    assert len(state) == 4
    np.testing.assert_array_equal(taxi.next_state[500], 500)


@pytest.mark.parametrize("seed", range(5))
def test_a_real_taxi_follows_our_policy(taxi, seed):
    best = tabular.solve(taxi)
    env = gymnasium.make("Taxi-v4")
    state, _ = env.reset(seed=seed)
    expected, total, ended = best.value[state], 0.0, False
    while not ended:
        state, reward, ended, cut, _ = env.step(int(best.policy[state].argmax()))
        total += reward
        assert not cut
    assert total == pytest.approx(expected)
    env.close()


def test_an_environment_without_a_table():
    with pytest.raises(ValueError, match="BlackjackEnv has no transition table P"):
        FiniteMDP.from_gymnasium("Blackjack-v1")
    with pytest.raises(ValueError, match="object has no transition table P"):
        FiniteMDP.from_gymnasium(object())


class TwoRooms:
    """A hand-made table: state 1 is reached both ways, state 2 only as an end; no start is published."""

    P = {  # noqa: RUF012
        0: {0: [(0.5, 1, 1.0, False), (0.5, 1, 2.0, True)], 1: [(1.0, 2, 3.0, True)]},
        1: {0: [(1.0, 0, 0.0, False)], 1: [(1.0, 1, -1.0, True)]},
        2: {0: [(1.0, 0, 9.0, False)], 1: [(1.0, 2, 9.0, True)]},
    }

    def reset(self, seed):
        return 1, {}


def test_a_start_is_no_end_even_where_an_episode_may_end():
    """State 1 is only ever reached as an end, but episodes begin there: it stays, and the end is a state of its own."""
    table = {s: {0: [(1.0, 1, 5.0, True)], 1: [(1.0, 0, -1.0, False)]} for s in (0, 1)}
    mdp = FiniteMDP.from_gymnasium(type("Circle", (TwoRooms,), {"P": table})(), discount=0.5)
    assert mdp.terminal.tolist() == [False, False, True] and mdp.start.tolist() == [0, 1, 0]
    np.testing.assert_allclose(tabular.solve(mdp).value, [5, 5, 0])


def test_ends_are_told_from_passages():
    mdp = FiniteMDP.from_gymnasium(TwoRooms(), discount=0.5)
    assert mdp.terminal.tolist() == [False, False, True, True]
    assert mdp.start.tolist() == [0, 1, 0, 0]
    assert mdp.next_state[0, 0].tolist() == [1, 3] and mdp.reward[0, 0].tolist() == [1, 2]
    assert mdp.next_state[0, 1, 0] == 2 and mdp.next_state[1, 1, 0] == 3
    assert mdp.num_actions == 2 and mdp.action_names is None
    # v0 = max(1.5 + v1 / 4, 3), v1 = max(v0 / 2, -1)
    np.testing.assert_allclose(tabular.solve(mdp).value, [3, 1.5, 0, 0])
