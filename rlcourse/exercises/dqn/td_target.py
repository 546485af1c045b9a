"""3.1 The DQN target: the reward, and what the best next action is believed to be worth."""

from torch import Tensor

from rlcourse.exercises.tensors import exercise, t


@exercise(
    "3.1",
    "The DQN target",
    cases=(
        (t(1.0, 2.0), t([2.0, 4.0], [6.0, 0.0]), t(False, False), 0.5),
        (t(0.0, -1.0), t([1.0, 5.0], [-2.0, -4.0]), t(False, False), 0.9),
        (t(10.0, 2.0), t([1.0, 5.0], [8.0, 0.0]), t(True, False), 0.9),
        (t(0.5, -1.0, 3.0), t([0.0, 1.0, -2.0], [3.0, -1.0, 0.5], [2.0, 2.5, 7.0]), t(False, True, False), 0.99),
    ),
)
def td_target(reward: Tensor, next_q: Tensor, terminated: Tensor, discount: float) -> Tensor:
    """R + discount * max_a q(S', a), 0 behind the end: [B]."""
    return reward + discount * next_q.max(dim=1).values * ~terminated


@td_target.wrong("this bootstraps through the end: where `terminated`, nothing follows and the target is the reward.")
def _(reward, next_q, terminated, discount):
    return reward + discount * next_q.max(dim=1).values


@td_target.wrong("this is the mean over the next actions; the greedy policy takes the best one.")
def _(reward, next_q, terminated, discount):
    return reward + discount * next_q.mean(dim=1) * ~terminated


@td_target.wrong("this sums over the next actions, but only one of them will be taken: the best one.")
def _(reward, next_q, terminated, discount):
    return reward + discount * next_q.sum(dim=1) * ~terminated


@td_target.wrong("argmax is the *number* of the best action; its value was asked for.")
def _(reward, next_q, terminated, discount):
    return reward + discount * next_q.argmax(dim=1) * ~terminated


@td_target.wrong("the reward is discounted too; it arrives now, and only what follows is worth less.")
def _(reward, next_q, terminated, discount):
    return discount * (reward + next_q.max(dim=1).values * ~terminated)


@td_target.wrong("the value of the next state is not discounted.")
def _(reward, next_q, terminated, discount):
    return reward + next_q.max(dim=1).values * ~terminated


@td_target.wrong(
    "the mask is the wrong way round: here only the steps that *ended* an episode look ahead. `~` inverts it."
)
def _(reward, next_q, terminated, discount):
    return reward + discount * next_q.max(dim=1).values * terminated


@td_target.wrong("the mask wipes out the reward as well; the last reward of an episode counts like any other.")
def _(reward, next_q, terminated, discount):
    return (reward + discount * next_q.max(dim=1).values) * ~terminated


@td_target.wrong(
    "the maximum runs over the batch (dim=0), as if one state could choose among the others' values; the actions are dim=1."
)
def _(reward, next_q, terminated, discount):
    return reward + discount * next_q.max(dim=0).values * ~terminated


@td_target.wrong("this is the one largest number of the whole batch; every row has a maximum of its own: dim=1.")
def _(reward, next_q, terminated, discount):
    return reward + discount * next_q.max() * ~terminated


@td_target.wrong(
    "keepdim leaves [B, 1], and [B] with [B, 1] makes [B, B]: every reward meets every value. No error, and no sense."
)
def _(reward, next_q, terminated, discount):
    return reward + discount * next_q.max(dim=1, keepdim=True).values * ~terminated
