"""1.7, 1.8 and 1.9 Three bug hunts, one sweep of value iteration: each hunt has its own broken copy of `sweep`."""

import numpy as np

from rlcourse.exercises.format import Bools, Case, Floats, exercise
from rlcourse.exercises.mdp_basics.worlds import cliff_table, small_world


def sweep(v: Floats, transition: Floats, reward: Floats, discount: float, terminal: Bools) -> Floats:
    """One sweep of value iteration on a table whose terminal rows cannot be trusted."""
    q = reward + discount * transition @ np.where(terminal, 0.0, v)
    return np.where(terminal, 0.0, q.max(axis=1))


def cases() -> tuple[Case, ...]:
    """A small world and the cliff; the terminal rows lead on, as in a raw table."""
    transition, reward = small_world()
    transition[2], reward[2] = transition[0], reward[0]
    cliff = cliff_table()
    rng = np.random.default_rng(4)
    return (
        (np.array([10.0, -4.0, 8.0]), transition, reward, 0.5, np.array([False, False, True])),
        (rng.normal(size=len(cliff[1])).round(1), cliff[0], cliff[1], 0.9, cliff[2]),
    )


def show(v: Floats, transition: Floats, reward: Floats, discount: float, terminal: Bools) -> str:
    """A case in a line."""
    some = ", ".join(f"{x:g}" for x in v[:4]) + (", ..." if len(v) > 4 else "")
    return f"{len(v)} states, {reward.shape[1]} actions, discount {discount}, v = [{some}], last state terminal"


everything_costs_ten = exercise("1.7", "Bug hunt: everything costs ten", cases=cases, show=show)(sweep)


@everything_costs_ten.planted_bug(
    "on the cliff every value tends to -10, the goal's and its neighbours' too: as if nobody ever arrived."
)
def _(v, transition, reward, discount, terminal):
    q = reward + discount * transition @ v
    return q.max(axis=1)


@everything_costs_ten.wrong(
    "the terminal state's own value is now 0, but the sweep still *reads* whatever v holds there: bootstrapping "
    "through the end."
)
def _(v, transition, reward, discount, terminal):
    q = reward + discount * transition @ v
    return np.where(terminal, 0.0, q.max(axis=1))


@everything_costs_ten.wrong(
    "nobody reads the terminal state's value any more, but it is not 0: the rows of a raw table go on after the end."
)
def _(v, transition, reward, discount, terminal):
    q = reward + discount * transition @ np.where(terminal, 0.0, v)
    return q.max(axis=1)


@everything_costs_ten.wrong(
    "the mask stands on the states that are left; it belongs on those that are entered, inside the sum over s'."
)
def _(v, transition, reward, discount, terminal):
    q = reward + discount * ~terminal[:, None] * (transition @ v)
    return q.max(axis=1)


everything_is_free = exercise("1.8", "Bug hunt: everything is free", cases=cases, show=show)(sweep)


@everything_is_free.planted_bug("on the cliff every value is 0, although each step costs 1.")
def _(v, transition, reward, discount, terminal):
    v = np.where(terminal, 0.0, v)
    backup = transition * (reward[:, :, None] + discount * v)  # [S, A, S']
    return np.where(terminal, 0.0, backup.sum(axis=1).max(axis=1))


@everything_is_free.wrong("the chance nodes are right now, but the actions are averaged instead of maximised.")
def _(v, transition, reward, discount, terminal):
    q = reward + discount * transition @ np.where(terminal, 0.0, v)
    return np.where(terminal, 0.0, q.mean(axis=1))


@everything_is_free.wrong(
    "for each successor the best action is picked separately; one action has to be chosen for all of them. Sum over s' "
    "first."
)
def _(v, transition, reward, discount, terminal):
    v = np.where(terminal, 0.0, v)
    backup = transition * (reward[:, :, None] + discount * v)
    return np.where(terminal, 0.0, backup.max(axis=1).sum(axis=1))


@everything_is_free.wrong(
    "this maximises over the successors as well: you choose the action, the world chooses the successor."
)
def _(v, transition, reward, discount, terminal):
    v = np.where(terminal, 0.0, v)
    backup = transition * (reward[:, :, None] + discount * v)
    return np.where(terminal, 0.0, backup.max(axis=(1, 2)))


a_tenth_too_small = exercise("1.9", "Bug hunt: every size is a tenth too small", cases=cases, show=show)(sweep)


@a_tenth_too_small.planted_bug(
    "on the cliff every value is exactly 0.9 times what it should be; the policy looks perfect."
)
def _(v, transition, reward, discount, terminal):
    v = np.where(terminal, 0.0, v)
    q = discount * (reward + transition @ v)
    return np.where(terminal, 0.0, q.max(axis=1))


@a_tenth_too_small.wrong("now nothing is discounted at all.")
def _(v, transition, reward, discount, terminal):
    q = reward + transition @ np.where(terminal, 0.0, v)
    return np.where(terminal, 0.0, q.max(axis=1))


@a_tenth_too_small.wrong("now the reward is discounted and the future is not: it is the other way round.")
def _(v, transition, reward, discount, terminal):
    q = discount * reward + transition @ np.where(terminal, 0.0, v)
    return np.where(terminal, 0.0, q.max(axis=1))


@a_tenth_too_small.wrong("the discount is right now, but the terminal state's new value is no longer 0.")
def _(v, transition, reward, discount, terminal):
    q = reward + discount * transition @ np.where(terminal, 0.0, v)
    return q.max(axis=1)


@a_tenth_too_small.wrong("the reward is right, but the future is discounted twice.")
def _(v, transition, reward, discount, terminal):
    q = reward + discount**2 * transition @ np.where(terminal, 0.0, v)
    return np.where(terminal, 0.0, q.max(axis=1))
