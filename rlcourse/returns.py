r"""Returns and advantages, as pure functions of tensors in order of time, [T, N]: T steps of N copies.

Two ends are kept apart everywhere: `terminated` says that nothing follows, so no value is added; `done` (terminated or
truncated, or wherever the record ends) says that the next row belongs to something else. `next_value` is what an
estimate says of the observation that a step really led to, not of the one that a new episode begins with. The last row
counts as the end of a record: where it is not `done`, it is cut there.

Below, t counts rows, R_{t+1} is `reward[t]`, v(S_t) is `value[t]`, v(S_{t+1}) is `next_value[t]`, and 0 where
`terminated[t]`; sums over later rows end where the episode does. Raises ValueError where shapes differ, which would
otherwise broadcast without a word.
"""

from __future__ import annotations

import torch
from torch import Tensor


def discounted_return(reward: Tensor, next_value: Tensor, terminated: Tensor, done: Tensor, discount: float) -> Tensor:
    r"""The discounted sum of rewards from each step to the end of its episode, [T, N] (Sutton & Barto, eq. 3.9).

    G_t = R_{t+1} + discount * G_{t+1}, with v(S_{t+1}) in the place of G_{t+1} where the episode is cut. Where policies
    are learned it is called the reward-to-go.
    """
    return lambda_return(reward, next_value, terminated, done, discount, 1.0)


def whole_return(return_: Tensor, done: Tensor) -> Tensor:
    """To every step the return of its episode's first step, [T, N]: G_0, which weights all actions alike.

    `return_` is a `discounted_return` of a record whose first row begins an episode in every copy.
    """
    _require_one_shape(return_=return_, done=done)
    out = return_.clone()
    for t in range(1, len(out)):
        out[t] = torch.where(done[t - 1], out[t], out[t - 1])
    return out


def n_step_return(
    reward: Tensor, next_value: Tensor, terminated: Tensor, done: Tensor, discount: float, n: int
) -> Tensor:
    r"""Up to n rewards, then an estimate, [T, N] (Sutton & Barto, eq. 7.1).

    G_{t:t+n} = R_{t+1} + ... + discount^{m-1} R_{t+m} + discount^m v(S_{t+m}), with m = n, or less where the episode or
    the record ends before. Raises ValueError for n below 1.
    """
    _require_one_shape(reward=reward, next_value=next_value, terminated=terminated, done=done)
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise ValueError(f"n is {n!r}; expected a whole number of steps, at least 1")
    one_step = reward + discount * next_value * ~terminated  # G_{t:t+1}
    out = one_step
    for _ in range(min(n, len(reward)) - 1):  # G_{t:t+k+1} = R_{t+1} + discount G_{t+1:t+k+1}, for all t at once
        longer = reward[:-1] + discount * out[1:]
        out = torch.cat((torch.where(done[:-1], one_step[:-1], longer), one_step[-1:]))
    return out


def lambda_return(
    reward: Tensor, next_value: Tensor, terminated: Tensor, done: Tensor, discount: float, lam: float
) -> Tensor:
    r"""The mean of all n-step returns with weights (1 - lam) lam^{n-1}, [T, N] (Sutton & Barto, eqs. 12.2 and 12.18).

    G_t = R_{t+1} + discount * ((1 - lam) v(S_{t+1}) + lam G_{t+1}), with v(S_{t+1}) alone where the episode is cut.
    """
    _require_one_shape(reward=reward, next_value=next_value, terminated=terminated, done=done)
    _require_fraction("lam", lam)
    fade = lam * _goes_on(done, reward.dtype)
    out = reward + discount * (1.0 - fade) * next_value * ~terminated
    for t in range(len(out) - 2, -1, -1):
        out[t] += discount * fade[t] * out[t + 1]
    return out


def gae(
    reward: Tensor,
    value: Tensor,
    next_value: Tensor,
    terminated: Tensor,
    done: Tensor,
    discount: float,
    lam: float,
) -> Tensor:
    r"""Generalised advantage estimates, [T, N] (Schulman et al. 2016, eq. 16).

    A_t = delta_t + discount * lam * A_{t+1}, with delta_t = R_{t+1} + discount v(S_{t+1}) - v(S_t), and A_{t+1} = 0
    where the episode ends or is cut. It is the `lambda_return` minus `value`, if `next_value` is the next row's `value`
    wherever the episode goes on.
    """
    _require_one_shape(reward=reward, value=value, next_value=next_value, terminated=terminated, done=done)
    _require_fraction("lam", lam)
    out = reward + discount * next_value * ~terminated - value
    fade = discount * lam * _goes_on(done, out.dtype)
    for t in range(len(out) - 2, -1, -1):
        out[t] += fade[t] * out[t + 1]
    return out


def vtrace(
    reward: Tensor,
    value: Tensor,
    next_value: Tensor,
    terminated: Tensor,
    done: Tensor,
    ratio: Tensor,
    discount: float,
    rho_bar: float = 1.0,
    c_bar: float = 1.0,
) -> tuple[Tensor, Tensor]:
    r"""Targets of the critic and advantages of the actor from another policy's steps, [T, N] (Espeholt et al. 2018).

    ratio is pi(A_t | S_t) / mu(A_t | S_t), of the policy that is learned about to the one that acted; rho_t and c_t are
    the ratio, at most `rho_bar` and `c_bar`. Targets (eq. 1, recursively): v_t = v(S_t) + rho_t delta_t
    + discount c_t (v_{t+1} - v(S_{t+1})), the last term only within an episode. Advantages (section 4.2):
    rho_t (R_{t+1} + discount v_{t+1} - v(S_t)), with v(S_{t+1}) in the place of v_{t+1} where the episode is cut.
    """
    named = {"reward": reward, "value": value, "next_value": next_value, "terminated": terminated}
    _require_one_shape(**named, done=done, ratio=ratio)
    rho, c = ratio.clamp(max=rho_bar), ratio.clamp(max=c_bar)
    goes_on = _goes_on(done, reward.dtype)
    ahead = next_value * ~terminated
    beyond = rho * (reward + discount * ahead - value)  # v_t - v(S_t)
    for t in range(len(beyond) - 2, -1, -1):
        beyond[t] += discount * c[t] * goes_on[t] * beyond[t + 1]
    following = ahead.clone()
    following[:-1] += goes_on[:-1] * beyond[1:]
    return value + beyond, rho * (reward + discount * following - value)


def _goes_on(done: Tensor, dtype: torch.dtype) -> Tensor:
    """1 where the next row belongs to the same episode, else 0; 0 in the last row."""
    ones = (~done).to(dtype)
    ones[-1] = 0.0
    return ones


def _require_one_shape(**tensors: Tensor) -> None:
    (first, expected), *others = ((name, list(tensor.shape)) for name, tensor in tensors.items())
    for name, shape in others:
        if shape != expected:
            raise ValueError(f"{name} has shape {shape}; expected {expected}, that of {first}")
    if not expected or expected[0] == 0:
        raise ValueError(f"{first} has shape {expected}; expected [T, N], at least one step")


def _require_fraction(name: str, number: float) -> None:
    if not 0.0 <= number <= 1.0:
        raise ValueError(f"{name} is {number}; expected a number in [0, 1]")
