"""Returns of sequences of steps, as pure functions of tensors in order of time, [T, N]: T steps of N copies.

Two ends are kept apart everywhere: `terminated` says that nothing follows, so no value is added; `done` (terminated or
truncated, or wherever the record ends) says that the next row belongs to something else. `next_value` is what an
estimate says of the observation that a step really led to, not of the one that a new episode begins with.
"""

from __future__ import annotations

import torch
from torch import Tensor


def discounted_return(
    reward: Tensor, next_value: Tensor, terminated: Tensor, done: Tensor, discount: float
) -> Tensor:
    r"""The discounted sum of rewards from each step to the end of its episode, [T, N] (Sutton & Barto, eq. 3.9).

    G_t = R_{t+1} + discount * G_{t+1}; at the last step of an episode G_{t+1} is 0 if it terminated, and `next_value`
    if it was only cut there. The last row counts as the end of a record: where it is not `done`, it is cut.
    """
    following = torch.zeros_like(reward[0])
    out = torch.empty_like(reward)
    last = len(reward) - 1
    for t in range(last, -1, -1):
        cut = done[t] if t < last else torch.ones_like(done[t])
        following = torch.where(cut, next_value[t] * ~terminated[t], following)
        following = out[t] = reward[t] + discount * following
    return out
