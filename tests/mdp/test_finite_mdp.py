"""FiniteMDP: what it stores, what it derives, and what it refuses."""

import dataclasses
import pickle
import re

import numpy as np
import pytest
from hypothesis import given

from rlcourse.mdp import FiniteMDP
from tests.mdp.random_mdps import few, generators, mdps, random_policy
from tests.mdp.slow_reference import dense


def machine(**changes):
    """Three states: 0 (on: work pays 2, one time in four it breaks; rest pays 1), 1 (broken), 2 (scrapped)."""
    fields = {
        "prob": [[[0.75, 0.25], [1.0, 0.0]], [[1.0, 0.0], [0.5, 0.5]], [[1.0, 0.0], [1.0, 0.0]]],
        "next_state": [[[0, 1], [0, 0]], [[2, 0], [0, 2]], [[2, 2], [2, 2]]],
        "reward": [[[2.0, 2.0], [1.0, 0.0]], [[-1.0, 0.0], [-3.0, -5.0]], [[0.0, 0.0], [0.0, 0.0]]],
        "discount": 0.9,
        "terminal": [False, False, True],
        "start": [0.5, 0.5, 0.0],
        "state_names": ["on", "broken", "scrapped"],
        "action_names": ["work", "rest"],
    }
    return FiniteMDP(**(fields | changes))


def changed(field, index, value):
    """The machine's array of that name with one entry replaced."""
    array = np.array(getattr(machine(), field))
    array[index] = value
    return {field: array}


# What is stored


def test_arrays_have_their_types_and_shapes():
    mdp = machine(
        available=np.ones((3, 2), bool), reward_std=np.ones((3, 2), np.float32), positions=np.zeros((3, 2), int)
    )
    assert (mdp.num_states, mdp.num_actions) == (3, 2)
    for field in ("prob", "reward", "start", "reward_std"):
        assert getattr(mdp, field).dtype == np.float64
    assert mdp.next_state.dtype == mdp.positions.dtype == np.int64
    assert mdp.terminal.dtype == mdp.available.dtype == np.bool_
    assert isinstance(machine(discount=np.float32(0.5)).discount, float)
    assert mdp.state_names == ("on", "broken", "scrapped")
    assert machine(layout=["S.G"]).layout == ("S.G",)


def test_arrays_are_copies():
    given = {
        "prob": np.array(machine().prob),
        "next_state": np.array(machine().next_state),
        "reward": np.array(machine().reward),
        "terminal": np.array(machine().terminal),
        "start": np.array(machine().start),
        "available": np.ones((3, 2), bool),
        "reward_std": np.ones((3, 2)),
        "positions": np.zeros((3, 2), np.int64),
    }
    mdp = machine(**given)
    for field, array in given.items():
        before = getattr(mdp, field).copy()
        array[...] = 1 - array
        np.testing.assert_array_equal(getattr(mdp, field), before)
        assert array.flags.writeable


def test_nothing_can_be_changed_afterwards():
    mdp = machine(available=np.ones((3, 2), bool), reward_std=np.ones((3, 2)), positions=np.zeros((3, 2), int))
    stored = ("prob", "next_state", "reward", "terminal", "start", "available", "reward_std", "positions")
    for field in (*stored, "allowed", "expected_reward"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(mdp, field)[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        machine().allowed[0] = False
    with pytest.raises(ValueError, match="read-only"):
        mdp.transition.data[0] = 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        mdp.discount = 0.5


def test_replace_makes_another_checked_object():
    mdp = machine()
    assert mdp.under([[1, 0], [1, 0], [1, 0]]).discount == 0.9  # fills no cache that a copy would inherit
    other = dataclasses.replace(mdp, discount=0.5, reward=mdp.reward * 2)
    assert (other.discount, mdp.discount) == (0.5, 0.9)
    np.testing.assert_array_equal(other.expected_reward, 2 * mdp.expected_reward)
    with pytest.raises(ValueError, match=r"discount is 1\.5"):
        dataclasses.replace(mdp, discount=1.5)


def test_it_survives_pickling():
    mdp = machine()
    assert mdp.transition.shape == (6, 3)
    copy = pickle.loads(pickle.dumps(mdp))
    np.testing.assert_array_equal(copy.prob, mdp.prob)
    assert copy.action_names == mdp.action_names


def test_names():
    assert machine().name(1) == "1 broken" and machine().action_name(1) == "rest"
    bare = machine(state_names=None, action_names=None)
    assert bare.name(1) == "1" and bare.action_name(1) == "1"


# What is derived


def test_derived_by_hand():
    mdp = machine()
    np.testing.assert_allclose(mdp.expected_reward, [[2, 1], [-1, -4], [0, 0]], rtol=1e-15)
    np.testing.assert_allclose(
        mdp.transition.toarray(), [[0.75, 0.25, 0], [1, 0, 0], [0, 0, 1], [0.5, 0, 0.5], [0, 0, 1], [0, 0, 1]]
    )
    process = mdp.under([[0.5, 0.5], [0.0, 1.0], [1.0, 0.0]])
    np.testing.assert_allclose(process.transition.toarray(), [[0.875, 0.125, 0], [0.5, 0, 0.5], [0, 0, 1]])
    np.testing.assert_allclose(process.reward, [1.5, -4, 0], rtol=1e-15)


@few
@given(mdps(), generators())
def test_derived_equals_the_definition(mdp, rng):
    transition, reward = dense(mdp)
    np.testing.assert_allclose(mdp.transition.toarray().reshape(transition.shape), transition, atol=1e-14)
    np.testing.assert_allclose(mdp.expected_reward, reward, atol=1e-13)
    np.testing.assert_allclose(transition.sum(axis=2), mdp.allowed, atol=1e-12)
    policy = random_policy(mdp, rng)
    process = mdp.under(policy)
    np.testing.assert_allclose(process.transition.toarray(), np.einsum("sa,sat->st", policy, transition), atol=1e-14)
    np.testing.assert_allclose(process.reward, (policy * reward).sum(axis=1), atol=1e-13)


@few
@given(mdps())
def test_from_dense_round_trip(mdp):
    transition, reward = dense(mdp)
    other = FiniteMDP.from_dense(
        transition,
        reward,
        discount=mdp.discount,
        start=mdp.start,
        terminal=mdp.terminal,
        available=mdp.available,
    )
    again, pay = dense(other)
    np.testing.assert_allclose(again[mdp.allowed], transition[mdp.allowed], atol=1e-15)
    np.testing.assert_allclose(pay, reward, atol=1e-13)
    assert other.prob.shape[2] == max(1, (transition > 0).sum(axis=2).max())


def test_from_dense_keeps_a_reward_for_each_successor():
    transition = np.array([[[0.2, 0.0, 0.8]], [[0.0, 1.0, 0.0]], [[0.3, 0.3, 0.4]]])
    reward = np.arange(9.0).reshape(3, 1, 3)
    mdp = FiniteMDP.from_dense(transition, reward, discount=0.5)
    assert mdp.prob.shape == (3, 1, 3)
    for s, t in ((0, 0), (0, 2), (1, 1), (2, 0), (2, 1), (2, 2)):
        k = np.flatnonzero((mdp.next_state[s, 0] == t) & (mdp.prob[s, 0] > 0))
        assert k.size == 1 and mdp.prob[s, 0, k[0]] == transition[s, 0, t] and mdp.reward[s, 0, k[0]] == 3 * s + t
    np.testing.assert_allclose(mdp.start, 1 / 3)


def test_from_dense_makes_terminal_states_loop():
    transition = np.full((3, 2, 3), 1 / 3)
    mdp = FiniteMDP.from_dense(transition, np.ones((3, 2)), discount=0.5, terminal=[False, True, False])
    again, pay = dense(mdp)
    np.testing.assert_array_equal(again[1], [[0, 1, 0], [0, 1, 0]])
    np.testing.assert_allclose(again[[0, 2]], 1 / 3)
    np.testing.assert_allclose(pay, [[1, 1], [0, 0], [1, 1]])
    np.testing.assert_allclose(mdp.start, [0.5, 0, 0.5])  # not in the state where the episode is over


def test_rubbish_in_unavailable_rows_is_ignored():
    available = [[True, False], [True, True], [True, True]]
    clean = machine(available=available)
    rubbish = {"prob": [-3.0, 9.0], "next_state": [-1, 77], "reward": [1e9, -1e9]}
    dirty = machine(available=available, **{k: changed(k, (0, 1), v)[k] for k, v in rubbish.items()})
    np.testing.assert_array_equal(dirty.expected_reward, clean.expected_reward)
    np.testing.assert_array_equal(dirty.transition.toarray(), clean.transition.toarray())
    assert clean.expected_reward[0, 1] == 0 and clean.transition.toarray()[1].sum() == 0


# What is refused: one clear message, with the state, the value or the fix in it

REFUSED = {
    "rows that do not sum to one": (
        changed("prob", (0, 0, 0), 0.7),
        "state 0 on, action work: .*sum to 0.95, not to 1",
    ),
    "rows off by a rounding of float32": (
        {"prob": np.float32(1 / 3) * np.ones((3, 2, 3), np.float32), "next_state": np.zeros((3, 2, 3), int)}
        | {"reward": np.zeros((3, 2, 3))},
        r"sum to 1\.0000000\d+, not to 1",  # and not "sum to 1, not to 1"
    ),
    "a negative probability": (changed("prob", (1, 1), [1.5, -0.5]), "1 broken, action rest: a negative .* -0.5"),
    "NaN in prob": (changed("prob", (0, 0, 1), np.nan), r"prob\[0, 0, 1\] is nan; every entry must be a finite"),
    "infinite reward": (changed("reward", (0, 1, 1), np.inf), r"reward\[0, 1, 1\] is inf"),
    "NaN in reward_std": ({"reward_std": np.full((3, 2), np.nan)}, r"reward_std\[0, 0\] is nan"),
    "negative reward_std": ({"reward_std": np.full((3, 2), -1.0)}, "reward_std has a negative entry"),
    "successor too large": (changed("next_state", (0, 1, 0), 3), r"0 on, action rest: a successor outside 0\.\.2"),
    "successor below zero": (
        changed("next_state", (1, 0, 0), -1),
        r"1 broken, action work: a successor outside 0\.\.2",
    ),
    "successor that overflows": (
        {"next_state": np.where(np.array(machine().next_state) == 0, np.uint64(2**63), np.uint64(1))},
        r"a successor outside 0\.\.2",
    ),
    "successor beyond every integer type": (
        {"next_state": [[[0, 2**80], [0, 0]], [[2, 0], [0, 2]], [[2, 2], [2, 2]]]},
        "next_state has type object; expected int64",
    ),
    "successors that are not integers": (
        {"next_state": np.zeros((3, 2, 2))},
        "next_state has type float64; expected int",
    ),
    "terminal as numbers": ({"terminal": [0.0, 0.0, 1.0]}, "terminal has type float64; expected bool"),
    "prob of words": ({"prob": np.full((3, 2, 2), "p")}, "prob has type <U1; expected float64"),
    "prob without outcomes": (
        {"prob": np.ones((3, 2))},
        r"prob has shape \(3, 2\); expected \[states, actions, outcomes\]",
    ),
    "no states": ({"prob": np.ones((0, 2, 2))}, r"prob has shape \(0, 2, 2\)"),
    "ragged prob": ({"prob": [[[1.0], [0.5, 0.5]], [[1.0], [1.0]], [[1.0], [1.0]]]}, "prob is ragged; pad"),
    "wrong next_state": (
        {"next_state": np.zeros((3, 2, 1), int)},
        r"next_state has shape \(3, 2, 1\); expected \(3, 2, 2\)",
    ),
    "wrong reward": ({"reward": np.zeros((3, 2))}, r"reward has shape \(3, 2\); expected \(3, 2, 2\)"),
    "wrong terminal": ({"terminal": [False, True]}, r"terminal has shape \(2,\); expected \(3,\)"),
    "wrong start": ({"start": [1.0]}, r"start has shape \(1,\); expected \(3,\)"),
    "no start": ({"start": None}, r"start has shape \(\); expected \(3,\)"),
    "no terminal": ({"terminal": None}, r"terminal has shape \(\); expected \(3,\)"),
    "wrong available": ({"available": [True, False]}, r"available has shape \(2,\); expected \(3, 2\)"),
    "wrong reward_std": ({"reward_std": np.zeros((3, 2, 2))}, r"reward_std has shape .*; expected \(3, 2\)"),
    "wrong positions": ({"positions": np.zeros((2, 3), int)}, r"positions has shape \(2, 3\); expected \(3, 2\)"),
    "too few names": ({"action_names": ["work"]}, "action_names has 1 names; expected 2"),
    "discount above one": ({"discount": 1.01}, r"discount is 1.01; expected a number in \[0, 1\]"),
    "discount below zero": ({"discount": -0.1}, r"discount is -0.1; expected a number in \[0, 1\]"),
    "discount NaN": ({"discount": np.nan}, r"discount is nan; expected a number in \[0, 1\]"),
    "discount no number": ({"discount": "high"}, r"discount is 'high'; expected a number in \[0, 1\]"),
    "terminal state that leaks": (
        changed("next_state", (2, 1, 0), 0),
        "2 scrapped, action rest: a way out .*must loop",
    ),
    "terminal state that pays": (changed("reward", (2, 0, 0), 1.0), "2 scrapped, action work: .* with reward 0"),
    "terminal state that loops half the time": (
        changed("prob", (2, 0, 0), 0.5),
        "2 scrapped, action work: .*must loop",
    ),
    "terminal state with a negative loop": (
        changed("prob", (2, 0), [2.0, -1.0]),
        "2 scrapped, action work: .*must loop",
    ),
    "no available action": (
        {"available": [[True, True], [False, False], [True, True]]},
        "state 1 broken has no available action; every state needs one",
    ),
    "start that does not sum to one": ({"start": [0.5, 0.4, 0.0]}, "start must be a probability .* sums to 0.9$"),
    "negative start": ({"start": [1.5, -0.5, 0.0]}, "start of state 1 broken is -0.5"),
    "start at the end": ({"start": [0.5, 0.0, 0.5]}, "start puts probability on a terminal state"),
}


@pytest.mark.parametrize(("changes", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        machine(**changes)


def test_padding_may_hold_anything_of_the_right_type_except_a_state_that_does_not_exist():
    machine(**changed("reward", (0, 1, 1), 1e9))  # probability 0
    with pytest.raises(ValueError, match="a successor outside"):
        machine(**changed("next_state", (0, 1, 1), 99))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones((2, 2)), np.ones((2, 2))), r"transition has shape \(2, 2\); expected \[states, actions, states\]"),
        ((np.ones((2, 1, 3)), np.ones((2, 1))), r"transition has shape \(2, 1, 3\)"),
        ((np.full((2, 1, 2), 0.5), np.ones(2)), r"reward has shape \(2,\); expected \(2, 1\) or \(2, 1, 2\)"),
        ((np.full((2, 1, 2), 0.4), np.ones((2, 1))), "sum to 0.8, not to 1"),
        ((np.full((2, 1, 2), [1.5, -0.5]), np.ones((2, 1))), "negative probability -0.5"),
        ((np.full((2, 1, 2), np.nan), np.ones((2, 1))), "prob.* is nan"),
    ],
)
def test_from_dense_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        FiniteMDP.from_dense(*arguments, discount=0.9)


def test_from_dense_refuses_wrong_ends():
    transition, reward = np.full((2, 1, 2), 0.5), np.zeros((2, 1))
    with pytest.raises(ValueError, match=r"terminal has shape \(1,\); expected \(2,\)"):
        FiniteMDP.from_dense(transition, reward, discount=0.9, terminal=[True])
    with pytest.raises(ValueError, match="every state is terminal; at least one must not be"):
        FiniteMDP.from_dense(transition, reward, discount=0.9, terminal=[True, True])
    with pytest.raises(ValueError, match=r"start has shape \(3,\)"):
        FiniteMDP.from_dense(transition, reward, discount=0.9, start=np.ones(3) / 3)


# Policies

BAD_POLICIES = {
    "wrong shape": (np.ones((2, 3)) / 3, r"the policy has shape \(2, 3\); expected \[states, actions\] = \(3, 2\)"),
    "actions instead of probabilities": ([0, 1, 0], r"the policy has shape \(3,\); expected \[states, actions\]"),
    "does not sum to one": ([[1, 0], [0.5, 0.4], [1, 0]], "the policy in state 1 broken .* sums to 0.9; expected"),
    "negative": ([[1.5, -0.5], [1, 0], [1, 0]], "the policy in state 0 on is .* expected probabilities"),
    "NaN": ([[1, 0], [1, 0], [np.nan, 1]], "the policy in state 2 scrapped is .*nan"),
    "unavailable": (
        [[0.5, 0.5], [1, 0], [1, 0]],
        "the policy takes action rest in state 0 on, where it is not available",
    ),
}


@pytest.mark.parametrize(("policy", "message"), BAD_POLICIES.values(), ids=BAD_POLICIES)
def test_bad_policies(policy, message):
    mdp = machine(available=[[True, False], [True, True], [True, True]])
    with pytest.raises(ValueError, match=message):
        mdp.under(policy)


def test_a_validated_policy_is_a_copy():
    policy = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])
    kept = machine().validated_policy(policy)
    policy[0] = [0.0, 1.0]
    np.testing.assert_array_equal(kept, [[1, 0], [0.5, 0.5], [0, 1]])


def test_messages_are_short():
    """One line that fits on a screen: the first fault found, not a dump of the arrays."""
    for changes, _ in REFUSED.values():
        with pytest.raises(ValueError) as caught:
            machine(**changes)
        assert len(str(caught.value)) < 160 and "\n" not in str(caught.value)
        assert not re.search(r"broadcast|ufunc|operand", str(caught.value))
