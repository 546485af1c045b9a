"""3.4 Targets where a time limit cuts episodes, as a bug hunt: the cut is taken for the end."""

import torch
from torch import Tensor

from rlcourse.exercises.tensors import exercise, t


@exercise(
    "3.4",
    "Bug hunt: the clock that kills",
    cases=(
        (t(1.0, 0.0), t(5.0, 3.0), t(5.0, 3.0), t(False, False), t(False, False), 0.9),
        (t(1.0, -1.0), t(2.0, 3.0), t(7.0, 3.0), t(True, False), t(False, False), 0.9),
        (t(1.0, 0.0), t(2.0, 3.0), t(10.0, 3.0), t(False, False), t(True, False), 0.9),
        (t(1.0, 4.0), t(2.0, 2.0), t(10.0, 6.0), t(True, False), t(True, True), 0.5),
        (
            t(1.0, 0.0, -1.0, 2.0),
            t(0.5, 0.5, 3.0, 0.5),
            t(8.0, -4.0, 3.0, 9.0),
            t(True, False, False, True),
            t(False, True, False, True),
            0.99,
        ),
    ),
)
def td_targets(
    reward: Tensor, value_obs: Tensor, value_final_obs: Tensor, terminated: Tensor, truncated: Tensor, discount: float
) -> Tensor:
    """R + discount * v(true next observation), 0 behind a termination only: [B]."""
    return reward + discount * value_final_obs * ~terminated


@td_targets.planted_bug("an agent that balances for ever is told, at every time limit, that it has just died.")
def _(reward, value_obs, value_final_obs, terminated, truncated, discount):
    done = terminated | truncated
    return reward + discount * value_obs * ~done


@td_targets.wrong(
    "half mended: it looks on after a time limit now, but from where the *next* episode starts. step() has reset the copy already; the true next observation is the final one."
)
def _(reward, value_obs, value_final_obs, terminated, truncated, discount):
    return reward + discount * value_obs * ~terminated


@td_targets.wrong("now nothing ends at all: where `terminated`, nothing follows and the target is the reward.")
def _(reward, value_obs, value_final_obs, terminated, truncated, discount):
    return reward + discount * value_final_obs


@td_targets.wrong("the wrong flag: this stops at the time limit and looks on after a true end. Mask with `terminated`.")
def _(reward, value_obs, value_final_obs, terminated, truncated, discount):
    return reward + discount * value_final_obs * ~truncated


@td_targets.wrong("where both flags are set the episode did end, in the very step of the time limit: nothing follows.")
def _(reward, value_obs, value_final_obs, terminated, truncated, discount):
    return reward + discount * value_final_obs * (~terminated | truncated)


@td_targets.wrong("this looks ahead at time limits only; all the steps in the middle of an episode must do so too.")
def _(reward, value_obs, value_final_obs, terminated, truncated, discount):
    return reward + discount * value_final_obs * (truncated & ~terminated)


@td_targets.wrong("after a time limit the value is discounted as everywhere else.")
def _(reward, value_obs, value_final_obs, terminated, truncated, discount):
    return reward + torch.where(truncated, 1.0, discount) * value_final_obs * ~terminated


@td_targets.wrong("this stops only where *both* flags are set; a termination alone is enough: mask with `terminated`.")
def _(reward, value_obs, value_final_obs, terminated, truncated, discount):
    return reward + discount * value_final_obs * ~(terminated & truncated)


@td_targets.wrong("the flags and the observation are right, but the value of the next observation is not discounted.")
def _(reward, value_obs, value_final_obs, terminated, truncated, discount):
    return reward + value_final_obs * ~terminated
