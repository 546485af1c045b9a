"""3.7 The return of a window of several steps, in which an episode may end or be cut."""

import torch
from torch import Tensor

from rlcourse.exercises.tensors import exercise, t


@exercise(
    "3.7",
    "Several steps, and the end in between",
    cases=(
        (t(2.0), t(False), t(False), t(4.0), 0.5),
        (t(1.0, 2.0, 4.0), t(False, False, False), t(False, False, False), t(10.0, 20.0, 8.0), 0.5),
        (t(1.0, 2.0, 4.0), t(False, True, False), t(False, False, False), t(10.0, 20.0, 8.0), 0.5),
        (t(1.0, 2.0, 4.0), t(False, False, False), t(False, True, False), t(10.0, 20.0, 8.0), 0.5),
        (t(1.0, 2.0, 4.0), t(False, False, True), t(False, False, True), t(10.0, 20.0, 8.0), 0.9),
        (
            t(3.0, 2.0, 4.0, 1.0),
            t(False, False, True, False),
            t(True, False, False, False),
            t(5.0, 6.0, 7.0, 8.0),
            0.9,
        ),
    ),
)
def n_step_return(reward: Tensor, terminated: Tensor, truncated: Tensor, next_value: Tensor, discount: float) -> Tensor:
    """The return of a window of n steps, up to its first end; the value of where it stopped, unless terminated."""
    total = torch.zeros(())
    for k in range(len(reward)):
        total = total + discount**k * reward[k]
        if terminated[k]:
            return total
        if truncated[k]:
            break
    return total + discount ** (k + 1) * next_value[k]


@n_step_return.wrong(
    "this runs over the end of the episode: what comes after it in the buffer belongs to the next one."
)
def _(reward, terminated, truncated, next_value, discount):
    total = torch.tensor(0.0)
    for k in range(len(reward)):
        total = total + discount**k * reward[k]
    return total + discount ** len(reward) * next_value[-1]


@n_step_return.wrong(
    "this stops at a termination, but runs over a time limit into the next episode; both end the window."
)
def _(reward, terminated, truncated, next_value, discount):
    total = torch.tensor(0.0)
    for k in range(len(reward)):
        total = total + discount**k * reward[k]
        if terminated[k]:
            return total
    return total + discount ** (k + 1) * next_value[k]


@n_step_return.wrong("the rewards are right; but after a termination nothing follows, so no value is added.")
def _(reward, terminated, truncated, next_value, discount):
    total = torch.tensor(0.0)
    for k in range(len(reward)):
        total = total + discount**k * reward[k]
        if terminated[k] or truncated[k]:
            break
    return total + discount ** (k + 1) * next_value[k]


@n_step_return.wrong(
    "the rewards are right; but a time limit is not the end of the world: the value of the state where it struck has to be added."
)
def _(reward, terminated, truncated, next_value, discount):
    total = torch.tensor(0.0)
    for k in range(len(reward)):
        total = total + discount**k * reward[k]
        if terminated[k] or truncated[k]:
            return total
    return total + discount ** (k + 1) * next_value[k]


@n_step_return.wrong("where both flags are set the episode did end: nothing follows, no value is added.")
def _(reward, terminated, truncated, next_value, discount):
    total = torch.tensor(0.0)
    for k in range(len(reward)):
        total = total + discount**k * reward[k]
        if truncated[k]:
            break
        if terminated[k]:
            return total
    return total + discount ** (k + 1) * next_value[k]


@n_step_return.wrong(
    "the rewards stop in time, but the value is that of the end of the *window*, which lies in the next episode."
)
def _(reward, terminated, truncated, next_value, discount):
    total = torch.tensor(0.0)
    for k in range(len(reward)):
        total = total + discount**k * reward[k]
        if terminated[k]:
            return total
        if truncated[k]:
            break
    return total + discount ** len(reward) * next_value[-1]


@n_step_return.wrong(
    "the value is discounted by gamma to the n although the window was cut; it counts the steps really taken."
)
def _(reward, terminated, truncated, next_value, discount):
    total = torch.tensor(0.0)
    for k in range(len(reward)):
        total = total + discount**k * reward[k]
        if terminated[k]:
            return total
        if truncated[k]:
            break
    return total + discount ** len(reward) * next_value[k]


@n_step_return.wrong("the value comes after the last reward: its discount is one power higher than that one's.")
def _(reward, terminated, truncated, next_value, discount):
    total = torch.tensor(0.0)
    for k in range(len(reward)):
        total = total + discount**k * reward[k]
        if terminated[k]:
            return total
        if truncated[k]:
            break
    return total + discount**k * next_value[k]


@n_step_return.wrong("the first reward is discounted already; it counts in full.")
def _(reward, terminated, truncated, next_value, discount):
    total = torch.tensor(0.0)
    for k in range(len(reward)):
        total = total + discount ** (k + 1) * reward[k]
        if terminated[k]:
            return total
        if truncated[k]:
            break
    return total + discount ** (k + 1) * next_value[k]


@n_step_return.wrong("the reward of the step that ends the episode is lost: add it first, then look at the flags.")
def _(reward, terminated, truncated, next_value, discount):
    total = torch.tensor(0.0)
    for k in range(len(reward)):
        if terminated[k]:
            return total
        if truncated[k]:
            break
        total = total + discount**k * reward[k]
    return total + discount ** (k + 1) * next_value[k]


@n_step_return.wrong(
    "the power of gamma is right, but the value is always next_value[-1]; after k steps it is next_value[k - 1]."
)
def _(reward, terminated, truncated, next_value, discount):
    total = torch.tensor(0.0)
    for k in range(len(reward)):
        total = total + discount**k * reward[k]
        if terminated[k]:
            return total
        if truncated[k]:
            break
    return total + discount ** (k + 1) * next_value[-1]


@n_step_return.wrong("the rewards are right, but the value is not discounted: after k steps it counts gamma to the k.")
def _(reward, terminated, truncated, next_value, discount):
    total = torch.tensor(0.0)
    for k in range(len(reward)):
        total = total + discount**k * reward[k]
        if terminated[k]:
            return total
        if truncated[k]:
            break
    return total + next_value[k]


@n_step_return.wrong(
    "it stops before the last reward: the step that ends the episode was taken too. Add its reward, count it, then stop."
)
def _(reward, terminated, truncated, next_value, discount):
    total, power = torch.tensor(0.0), 1.0
    for k in range(len(reward)):
        if terminated[k]:
            return total
        if truncated[k]:
            break
        total = total + power * reward[k]
        power *= discount
    return total + power * next_value[k]
