"""3.5 The double DQN target: one network chooses the next action, the other judges it."""

import torch
from torch import Tensor

from rlcourse.exercises.tensors import exercise, t


@exercise(
    "3.5",
    "One network chooses, the other judges",
    cases=(
        (t(0.0, 1.0), t([1.0, 2.0], [4.0, 3.0]), t([5.0, 3.0], [2.0, 7.0]), t(False, False), 0.5),
        (t(1.0, -1.0), t([4.0, 1.0], [0.0, 2.0]), t([-1.0, 6.0], [8.0, 0.5]), t(False, False), 0.9),
        (t(1.0, 2.0), t([4.0, 1.0], [0.0, 2.0]), t([2.0, 6.0], [8.0, 1.0]), t(True, False), 0.9),
        (
            t(0.5, 0.0, -2.0),
            t([0.0, 1.0, -2.0], [3.0, -1.0, 0.5], [2.0, 2.5, 7.0]),
            t([1.0, 0.5, 0.0], [-1.0, 4.0, 0.25], [5.0, 1.0, -3.0]),
            t(False, True, False),
            0.99,
        ),
    ),
)
def double_dqn_target(
    reward: Tensor, online_next_q: Tensor, target_next_q: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    """R + discount * q_target(S', argmax_a q_online(S', a)): [B]."""
    best = online_next_q.argmax(dim=1, keepdim=True)
    return reward + discount * target_next_q.gather(1, best).squeeze(1) * ~terminated


@double_dqn_target.wrong("the roles are exchanged: the online network chooses, the target network judges.")
def _(reward, online_next_q, target_next_q, terminated, discount):
    best = target_next_q.argmax(dim=1, keepdim=True)
    return reward + discount * online_next_q.gather(1, best).squeeze(1) * ~terminated


@double_dqn_target.wrong(
    "this is the plain DQN target: the target network chooses and judges, and its luck counts twice."
)
def _(reward, online_next_q, target_next_q, terminated, discount):
    return reward + discount * target_next_q.max(dim=1).values * ~terminated


@double_dqn_target.wrong(
    "the online network chooses *and* judges: no target network, and the maximum of noisy numbers again."
)
def _(reward, online_next_q, target_next_q, terminated, discount):
    return reward + discount * online_next_q.max(dim=1).values * ~terminated


@double_dqn_target.wrong(
    "this is the smaller of the two maxima, a cousin called clipped double Q; here one network chooses and the other judges that very action."
)
def _(reward, online_next_q, target_next_q, terminated, discount):
    smaller = torch.minimum(online_next_q.max(dim=1).values, target_next_q.max(dim=1).values)
    return reward + discount * smaller * ~terminated


@double_dqn_target.wrong(
    "this takes the smaller value of each action and then the best: too cautious. Choose with one network, judge with the other."
)
def _(reward, online_next_q, target_next_q, terminated, discount):
    smaller = torch.minimum(online_next_q, target_next_q)
    return reward + discount * smaller.max(dim=1).values * ~terminated


@double_dqn_target.wrong("averaging the two before the maximum does not separate choosing from judging.")
def _(reward, online_next_q, target_next_q, terminated, discount):
    average = (online_next_q + target_next_q) / 2
    return reward + discount * average.max(dim=1).values * ~terminated


@double_dqn_target.wrong("where `terminated`, nothing follows and the target is the reward.")
def _(reward, online_next_q, target_next_q, terminated, discount):
    best = online_next_q.argmax(dim=1, keepdim=True)
    return reward + discount * target_next_q.gather(1, best).squeeze(1)


@double_dqn_target.wrong(
    "indexing [:, best] takes these columns from *every* row: [B, B]. Each row needs its own: `gather`."
)
def _(reward, online_next_q, target_next_q, terminated, discount):
    best = online_next_q.argmax(dim=1)
    return reward + discount * target_next_q[:, best] * ~terminated


@double_dqn_target.wrong(
    "gather leaves [B, 1], and [B] with [B, 1] makes [B, B]: squeeze it before you add the reward."
)
def _(reward, online_next_q, target_next_q, terminated, discount):
    best = online_next_q.argmax(dim=1, keepdim=True)
    return reward + discount * target_next_q.gather(1, best) * ~terminated


@double_dqn_target.wrong(
    "gather wants an index with as many axes as the table: argmax(dim=1) is [B], with keepdim=True it is [B, 1]."
)
def _(reward, online_next_q, target_next_q, terminated, discount):
    best = online_next_q.argmax(dim=1)
    return reward + discount * target_next_q.gather(1, best) * ~terminated
