"""4.8 GAE once more, as a bug hunt: at a truncation, an advantage is earned by another episode."""

import torch

from rlcourse.exercises.policy_gradient.gae import CASES, gae, summed
from rlcourse.exercises.tensors import exercise

advantages = exercise("4.8", "Bug hunt: a critic that is never wrong, and still surprised", cases=CASES)(gae.reference)


@advantages.planted_bug(
    "in a world without chance, and with an exact critic, nothing surprises but a present in one episode; yet steps of *other* episodes get an advantage."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    after = torch.cat([value[1:], next_value[-1:]])
    advantage = reward + discount * after * ~terminated - value
    decay = discount * lam * ~terminated
    for t in reversed(range(len(reward) - 1)):
        advantage[t] += decay[t] * advantage[t + 1]
    return advantage


@advantages.wrong(
    "half mended: the sum is cut now, but at a truncation the next row still lends its value. It begins another episode; `next_value` is of where this step led to."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    after = torch.cat([value[1:], next_value[-1:]])
    return summed(reward + discount * after * ~terminated - value, discount * lam * ~done)


@advantages.wrong(
    "half mended: every TD error is right now, but the sum still runs through truncations, into the advantages of another episode."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount * lam * ~terminated)


@advantages.wrong(
    "no other episode pays now; but a truncation is not the end of the world, and its TD error needs a next value: the one in `next_value`."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~done - value, discount * lam * ~done)


@advantages.wrong(
    "`done` now cuts the value, which it should not (a truncation is not the end of the world), and not the sum, which it should."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~done - value, discount * lam * ~terminated)


@advantages.wrong("the sum is right now; but where `terminated` nothing follows, and the next value has to be masked.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value - value, discount * lam * ~done)


@advantages.wrong(
    "the next value is the right one, but both masks are gone: no value where `terminated`, no next row where `done`."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value - value, discount * lam)


@advantages.wrong("now the sum runs through terminations as well: it has to be cut where `done`.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount * lam)


@advantages.wrong("the sum is cut one row late: done[t] cuts the link from row t to row t + 1.")
def _(reward, value, next_value, terminated, done, discount, lam):
    late = torch.cat([done[1:], torch.zeros_like(done[:1])])
    return summed(reward + discount * next_value * ~terminated - value, discount * lam * ~late)


@advantages.wrong(
    "the cut wipes out the whole advantage of the last step of each episode; its own TD error counts, only what comes after is cut."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount * lam * ~done) * ~done


@advantages.wrong("nothing leaks any more because nothing is summed: these are the TD errors, λ = 0.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return reward + discount * next_value * ~terminated - value


@advantages.wrong(
    "the advantage is right everywhere but in the last row, whose TD error has lost its next value: the record ends there, not the episode."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    next_value = torch.cat([next_value[:-1], torch.zeros_like(next_value[-1:])])
    return summed(reward + discount * next_value * ~terminated - value, discount * lam * ~done)


@advantages.wrong(
    "two things: `done` has taken the next value from truncations too (it belongs to terminations only), and the sum runs through every end."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    after = torch.cat([value[1:], next_value[-1:]]) * ~done
    return summed(reward + discount * after - value, discount * lam)


@advantages.wrong("λ is gone from the sum: it is cut rightly now, but decays with γ alone.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount * ~done)


@advantages.wrong("γ is gone from the sum: it is cut rightly now, but decays with λ alone.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, lam * ~done)


@advantages.wrong(
    "the flag of the next row now says whether *its* value is lent: one row late. The step from row t is described by terminated[t] and done[t]."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    late, ends = (torch.cat([flag[1:], torch.zeros_like(flag[:1])]) for flag in (done, terminated))
    return summed(reward + discount * next_value * ~ends - value, discount * lam * ~late)


@advantages.wrong(
    "half mended, and then something broken: the next row still lends its value at a truncation, and after a termination as well."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    after = torch.cat([value[1:], next_value[-1:]])
    return summed(reward + discount * after - value, discount * lam * ~done)


@advantages.wrong(
    "the next row still lends its value, and now the sum runs through terminations too: cut it where `done`."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    after = torch.cat([value[1:], next_value[-1:]])
    return summed(reward + discount * after * ~terminated - value, discount * lam)


@advantages.wrong("the sum is cut at truncations now, and no longer at terminations: `done` is either.")
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~terminated - value, discount * lam * ~(done & ~terminated))


@advantages.wrong(
    "the next row still lends its value at a truncation, and the last row has lost its own: `next_value` holds both."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    after = torch.cat([value[1:], torch.zeros_like(value[:1])])
    return summed(reward + discount * after * ~terminated - value, discount * lam * ~done)


@advantages.wrong(
    "roll brings the *first* row's value behind the last one, and at a truncation the next row still lends its own: `next_value` is right for every row."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * value.roll(-1, 0) * ~terminated - value, discount * lam * ~done)


@advantages.wrong(
    "the next value is now that of the same row: a TD error compares v(S) with v(S'), which is in `next_value`."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * value * ~terminated - value, discount * lam * ~done)


@advantages.wrong("`next_value` is shifted already: row t of it belongs to row t.")
def _(reward, value, next_value, terminated, done, discount, lam):
    after = torch.cat([next_value[1:], next_value[-1:]])
    return summed(reward + discount * after * ~terminated - value, discount * lam * ~done)


@advantages.wrong(
    "two things: a truncation has lost its next value, and the last step of each episode its whole advantage. Only what comes *after* an end is cut."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~done - value, discount * lam * ~done) * ~done


@advantages.wrong(
    "the masks are mixed: the next value is now kept where `terminated` and lost at truncations. It is the other way round."
)
def _(reward, value, next_value, terminated, done, discount, lam):
    return summed(reward + discount * next_value * ~(done & ~terminated) - value, discount * lam * ~done)


@advantages.wrong("the loop is one row short now: it begins at row T - 2, which gets what row T - 1 has.")
def _(reward, value, next_value, terminated, done, discount, lam):
    decay = discount * lam * ~done
    decay[-2:-1] = 0.0
    return summed(reward + discount * next_value * ~terminated - value, decay)
