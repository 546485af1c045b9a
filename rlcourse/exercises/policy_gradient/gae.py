"""4.7 Generalised advantage estimation: TD errors, summed backwards up to the end of each episode."""

import torch
from torch import Tensor

from rlcourse.exercises.format import Case
from rlcourse.exercises.tensors import exercise, t


def record(
    reward: Tensor, value: Tensor, last: Tensor, ends: dict[tuple[int, int], tuple[str, float]], *given: float
) -> Case:
    """The arguments of a case: the value of the next observation is that of the next row, except at an end.

    `last` [N] are the values after the last row; `ends` says of (row, copy) how the episode ends there, and what its
    true last observation is worth.
    """
    next_value = torch.cat([value[1:], last[None]])
    terminated, done = torch.zeros_like(reward, dtype=torch.bool), torch.zeros_like(reward, dtype=torch.bool)
    for place, (how, worth) in ends.items():
        next_value[place], done[place], terminated[place] = worth, True, how == "terminated"
    return (reward, value, next_value, terminated, done, *given)


THREE = (t([1.0], [2.0], [4.0]), t([2.0], [1.0], [3.0]), t(5.0))

CASES = (
    record(t([1.0, 0.0]), t([2.0, 1.0]), t(4.0, 3.0), {}, 0.5, 0.5),
    record(*THREE, {}, 0.5, 0.8),
    record(*THREE, {(1, 0): ("terminated", 7.0)}, 0.5, 0.8),
    record(*THREE, {(1, 0): ("truncated", 7.0)}, 0.5, 0.8),
    record(
        t([1.0, 0.0, -1.0], [0.0, 2.0, 0.5], [3.0, -2.0, 1.0], [0.5, 1.0, 2.0], [-1.0, 0.0, 4.0], [2.0, 1.5, 0.0]),
        t([2.0, 1.0, 0.5], [3.0, -1.0, 1.5], [0.0, 2.0, 2.5], [1.0, 4.0, -2.0], [2.0, 0.5, 1.0], [-1.0, 3.0, 5.0]),
        t(2.0, -3.0, 1.0),
        {
            (1, 0): ("terminated", -2.0),
            (4, 0): ("truncated", 6.0),
            (2, 1): ("truncated", 5.0),
            (3, 1): ("truncated", -4.0),  # an episode of one step
            (0, 2): ("terminated", 3.0),
            (5, 2): ("terminated", 1.0),
        },
        0.9,
        0.7,
    ),
)


@exercise("4.7", "Generalised advantage estimation, backwards", cases=CASES)
def gae(
    reward: Tensor, value: Tensor, next_value: Tensor, terminated: Tensor, done: Tensor, discount: float, lam: float
) -> Tensor:
    """delta_t + (discount * lam) delta_{t+1} + ... up to the end of the episode or of the record: [T, N]."""
    delta = reward + discount * next_value * ~terminated - value
    advantage = torch.zeros_like(reward)
    following = torch.zeros_like(reward[0])
    for i in reversed(range(len(reward))):
        following = delta[i] + discount * lam * following * ~done[i]
        advantage[i] = following
    return advantage


def summed(delta: Tensor, decay: float | Tensor) -> Tensor:
    """A_i = delta_i + decay_i A_{i+1}, from the last row to the first."""
    decay = torch.as_tensor(decay).expand_as(delta)
    advantage = delta.clone()
    for i in reversed(range(len(delta) - 1)):
        advantage[i] += decay[i] * advantage[i + 1]
    return advantage


@gae.wrong(
    "the sum runs through the ends of episodes: where `done`, the next row belongs to another episode, and its advantage must not come in."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount * lam)


@gae.wrong(
    "the sum stops at terminations, but runs through truncations into the next episode: cut it where `done`, which is either."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount * lam * ~terminated)


@gae.wrong(
    "the sum is cut in the right places; but where `terminated` nothing follows, and the TD error must not hold a next value."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value - value, discount * lam * ~done)


@gae.wrong(
    "two masks are missing: no next value in the TD error where `terminated`, and no advantage of the next row where `done`."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value - value, discount * lam)


@gae.wrong(
    "a truncation is taken for the end of the world: there the TD error keeps its next value. `done` cuts the sum, `terminated` alone cuts the value."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~done - value, discount * lam * ~done)


@gae.wrong("the two masks are exchanged: `terminated` belongs to the next value, `done` to the sum.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~done - value, discount * lam * ~terminated)


@gae.wrong(
    "value[t + 1] is the value of the next *row*. At a truncation that is where another episode begins; `next_value` is of the observation this step led to."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    after = torch.cat([value[1:], next_value[-1:]])
    return summed(reward + discount * after * ~terminated - value, discount * lam * ~done)


@gae.wrong(
    "at a truncation this takes the value of the next row, *and* goes on summing there: both belong to another episode."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    after = torch.cat([value[1:], next_value[-1:]])
    return summed(reward + discount * after * ~terminated - value, discount * lam * ~terminated)


@gae.wrong(
    "done[t] is about the step *from* row t, so it cuts the link from t to t + 1. Here the cut comes one row late (done[t + 1], or a reset after the row was stored)."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    late = torch.cat([done[1:], torch.zeros_like(done[:1])])
    return summed(reward + discount * next_value * ~terminated - value, discount * lam * ~late)


@gae.wrong(
    'both flags are read one row late, [t + 1]. Some libraries store "row t begins an episode"; here flag t belongs to the step from row t.'
)
def _(reward, value, next_value, terminated, done, discount, lam):
    done, terminated = (torch.cat([flag[1:], torch.zeros_like(flag[:1])]) for flag in (done, terminated))
    return summed(reward + discount * next_value * ~terminated - value, discount * lam * ~done)


@gae.wrong("the flag is read one row early, done[t - 1]: the cut belongs between row t and row t + 1 where done[t].")
def _(reward, value, next_value, terminated, done, discount, lam):
    early = torch.cat([torch.zeros_like(done[:1]), done[:-1]])
    return summed(reward + discount * next_value * ~terminated - value, discount * lam * ~early)


@gae.wrong(
    "the mask covers the whole row, so the step that ends an episode has advantage 0. Its own TD error counts; only what comes after it is cut."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount * lam * ~done) * ~done


@gae.wrong(
    "lambda is missing from the sum: these are Monte Carlo advantages, lambda = 1, whatever `lam` says. The factor is discount * lam."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount * ~done)


@gae.wrong("in the sum, lambda comes without the discount: a TD error k steps later counts (γλ) to the k.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, lam * ~done)


@gae.wrong("the discount is in the sum but not in the TD error: δ = R + γ v(S') - v(S).")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + next_value * ~terminated - value, discount * lam * ~done)


@gae.wrong("nothing is discounted: γ stands in the TD error, and once more, beside λ, in the sum.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + next_value * ~terminated - value, lam * ~done)


@gae.wrong("these are the TD errors alone, which is λ = 0: each still needs γλ times the advantage of the next row.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return reward + discount * next_value * ~terminated - value


@gae.wrong(
    "this runs forwards and sums what came *before*, as an eligibility trace does; an advantage counts what comes after: start at the last row."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    delta = reward + discount * next_value * ~terminated - value
    for i in range(1, len(delta)):
        delta[i] += discount * lam * delta[i - 1] * ~done[i - 1]
    return delta


@gae.wrong(
    "this runs forwards, but the advantage of row t needs that of row t + 1, which is not there yet: each row gets only its neighbour's TD error."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    delta = reward + discount * next_value * ~terminated - value
    after = torch.cat([delta[1:], torch.zeros_like(delta[:1])])
    return delta + discount * lam * after * ~done


@gae.wrong(
    "these are returns: advantage + value, the target of the critic. The advantage was asked for, so leave the value out."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount * lam * ~done) + value


@gae.wrong("v(S) is not subtracted: the TD error is δ = R + γ v(S') - v(S), what was better than expected.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated, discount * lam * ~done)


@gae.wrong("the sign is turned: an advantage is positive where things went better than the value said.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return -summed(reward + discount * next_value * ~terminated - value, discount * lam * ~done)


@gae.wrong(
    "the last row is taken for the end of an episode. It is the end of the *record*: unless `terminated`, its TD error keeps its next value."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    terminated = terminated.clone()
    terminated[-1] = True
    return summed(reward + discount * next_value * ~terminated - value, discount * lam * ~done)


@gae.wrong("the last row stays 0: the loop has to begin at row T - 1, with nothing behind it.")
def _(reward, value, next_value, terminated, done, discount, lam):
    delta = reward + discount * next_value * ~terminated - value
    delta[-1] = 0.0
    return summed(delta, discount * lam * ~done)


@gae.wrong(
    "behind the last row stands the last next_value; it is in that row's TD error already. The sum begins with 0: no *advantage* is known there."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    delta = reward + discount * next_value * ~terminated - value
    delta[-1] += discount * lam * next_value[-1] * ~done[-1]
    return summed(delta, discount * lam * ~done)


@gae.wrong("λ has slipped into the TD error; it weighs the sum only: δ = R + γ v(S') - v(S).")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * lam * next_value * ~terminated - value, discount * lam * ~done)


@gae.wrong("the loop runs over the copies (the second axis); time is the first, so row t + 1 is [t + 1].")
def _(reward, value, next_value, terminated, done, discount, lam):
    delta = reward + discount * next_value * ~terminated - value
    return summed(delta.T, discount * lam * ~done.T).T


@gae.wrong(
    "a factor 1 - λ has come in. It makes an average of n-step *returns*; in the sum of TD errors it has cancelled already."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return (1 - lam) * summed(reward + discount * next_value * ~terminated - value, discount * lam * ~done)


@gae.wrong(
    "these are normalised. Learners may do that to a batch later; here the advantages themselves were asked for."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    advantage = summed(reward + discount * next_value * ~terminated - value, discount * lam * ~done)
    return (advantage - advantage.mean()) / (advantage.std() + 1e-8)


@gae.wrong(
    "where `terminated` the reward is lost as well: only the next value is masked, the last reward counts like any other."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed((reward + discount * next_value) * ~terminated - value, discount * lam * ~done)


@gae.wrong("the sum is cut at truncations, but runs through terminations: cut it where `done`, which is either.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount * lam * ~(done & ~terminated))


@gae.wrong(
    "a truncation is taken for the end of the world, and the sum runs through every end: `terminated` masks the next value, `done` the sum."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~done - value, discount * lam)


@gae.wrong("two things: no next value where `terminated`, and the sum has to stop at truncations too, where `done`.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value - value, discount * lam * ~terminated)


@gae.wrong(
    "two things: value[t + 1] is of the next *row*, which at a truncation begins another episode, and the sum runs through every end."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    after = torch.cat([value[1:], next_value[-1:]])
    return summed(reward + discount * after * ~terminated - value, discount * lam)


@gae.wrong(
    "nothing is masked, and value[t + 1] is of the next *row*: three masks of the ends are missing. `next_value` not where `terminated`, no sum where `done`."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    after = torch.cat([value[1:], next_value[-1:]])
    return summed(reward + discount * after - value, discount * lam)


@gae.wrong(
    "two things: truncations are taken for the end of the world, and so is the last row. Both keep their next value, which is in `next_value`."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    after = torch.cat([value[1:], torch.zeros_like(value[:1])])
    return summed(reward + discount * after * ~done - value, discount * lam * ~done)


@gae.wrong("two things: the flags are read one row late, [t + 1], and truncations are taken for the end of the world.")
def _(reward, value, next_value, terminated, done, discount, lam):
    ends = torch.cat([done[1:], torch.zeros_like(done[:1])])
    after = torch.cat([value[1:], next_value[-1:]])
    return summed(reward + discount * after * ~ends - value, discount * lam * ~ends)


@gae.wrong(
    "an end in one copy stops the sum in all of them: each column has its own ends, so mask with ~done[t], [N], instead of asking any()."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount * lam * ~done.any(dim=1, keepdim=True))


@gae.wrong("the first row stays 0: the loop has to go down to row 0; range(T - 1, -1, -1).")
def _(reward, value, next_value, terminated, done, discount, lam):
    advantage = summed(reward + discount * next_value * ~terminated - value, discount * lam * ~done)
    advantage[0] = 0.0
    return advantage


@gae.wrong("the rows come in the order of the loop, last row first: turn the list round before stacking.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount * lam * ~done).flip(0)


@gae.wrong("the two numbers are exchanged in the TD error: γ stands there, `discount`, and λ in the sum alone.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + lam * next_value * ~terminated - value, discount * lam * ~done)


@gae.wrong("a power of γ too many in the sum: from one row to the next the factor is discount * lam.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount**2 * lam * ~done)


@gae.wrong(
    "λ weighs the wrong side: what goes on with λ is the sum, what stops with 1 - λ is the value. λ = 0 is the TD error."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount * (1 - lam) * ~done)
