"""4.3 The reward-to-go: to each action only what followed it, up to the end of its episode."""

import torch
from torch import Tensor

from rlcourse.exercises.tensors import exercise, t


@exercise(
    "4.3",
    "Only what follows",
    cases=(
        (t([1.0], [2.0], [4.0]), t([False], [False], [False]), 0.5),
        (t([1.0], [2.0], [4.0], [8.0], [3.0]), t([False], [False], [True], [False], [False]), 0.5),
        (
            t([1.0, 3.0, -2.0], [0.0, 2.0, 5.0], [4.0, -1.0, 1.0]),
            t([False, True, False], [False, False, True], [True, False, False]),
            0.9,
        ),
        (
            t([1.0, 0.5], [2.0, -3.0], [4.0, 1.0], [-1.0, 2.0], [3.0, 6.0], [5.0, -2.0]),
            t([False, False], [True, False], [True, False], [False, True], [False, False], [False, True]),
            0.9,
        ),
    ),
)
def reward_to_go(reward: Tensor, done: Tensor, discount: float) -> Tensor:
    """G_t = R_{t+1} + discount * G_{t+1} within an episode, 0 after its last step and after the last row: [T, N]."""
    following = torch.zeros_like(reward[0])
    out = torch.empty_like(reward)
    for step in reversed(range(len(reward))):
        following = out[step] = reward[step] + discount * following * ~done[step]
    return out


@reward_to_go.wrong("there is no reset: where `done`, the next row belongs to another episode and nothing follows.")
def _(reward, done, discount):
    return reward_to_go.reference(reward, torch.zeros_like(done), discount)


@reward_to_go.wrong(
    "this adds up what *came before* each step; the past cannot be the merit of an action. Go through the rows from the last to the first."
)
def _(reward, done, discount):
    out, before = torch.empty_like(reward), torch.zeros_like(reward[0])
    for step in range(len(reward)):
        out[step] = reward[step] + discount * before
        before = out[step] * ~done[step]
    return out


@reward_to_go.wrong(
    "this adds up what *came before*, each reward discounted by its own time: turned round in time, and it should count from t on."
)
def _(reward, done, discount):
    out, total = torch.empty_like(reward), torch.zeros_like(reward[0])
    power = torch.ones_like(reward[0])
    for step in range(len(reward)):
        total = out[step] = total + power * reward[step]
        total, power = total * ~done[step], torch.where(done[step], 1.0, power * discount)
    return out


@reward_to_go.wrong(
    "this is a cumulative sum from the *first* row on, over the ends of episodes: both the direction and the reset are wrong. Go backwards, and start anew where `done`."
)
def _(reward, done, discount):
    out, before = torch.empty_like(reward), torch.zeros_like(reward[0])
    for step in range(len(reward)):
        before = out[step] = reward[step] + discount * before
    return out


@reward_to_go.wrong(
    "every row of an episode has the return of its *first* row: the whole return, which also counts what came before the action."
)
def _(reward, done, discount):
    whole = reward_to_go.reference(reward, done, discount)
    for step in range(1, len(reward)):
        whole[step] = torch.where(done[step - 1], whole[step], whole[step - 1])
    return whole


@reward_to_go.wrong(
    "every row has the return of the first row of the *record*; each row has its own, from its step to the end of its episode."
)
def _(reward, done, discount):
    return reward_to_go.reference(reward, done, discount)[:1].expand_as(reward)


@reward_to_go.wrong("the same number on every row: the rewards of the whole record in one sum, episodes, past and all.")
def _(reward, done, discount):
    return reward_to_go.reference(reward, torch.zeros_like(done), discount)[:1].expand_as(reward)


@reward_to_go.wrong(
    "the reset is one row off: row t loses its future because row t + 1 is an end, and the end itself looks into the next episode. Mask with done[t] *before* you add the reward of row t."
)
def _(reward, done, discount):
    out, following = torch.empty_like(reward), torch.zeros_like(reward[0])
    for step in reversed(range(len(reward))):
        out[step] = reward[step] + discount * following
        following = out[step] * ~done[step]
    return out


@reward_to_go.wrong(
    "the reset is one row off, the other way: the first row *after* an end loses its future, and the end itself looks into the next episode. Row t is masked with done[t]."
)
def _(reward, done, discount):
    late = torch.cat([torch.zeros_like(done[:1]), done[:-1]])
    return reward_to_go.reference(reward, late, discount)


@reward_to_go.wrong("the mask wipes out the reward of the last step as well; only what comes *after* it is 0.")
def _(reward, done, discount):
    out, following = torch.empty_like(reward), torch.zeros_like(reward[0])
    for step in reversed(range(len(reward))):
        following = out[step] = (reward[step] + discount * following) * ~done[step]
    return out


@reward_to_go.wrong("the mask is the wrong way round: the future counts only where an episode *ended*. `~` inverts it.")
def _(reward, done, discount):
    return reward_to_go.reference(reward, ~done, discount)


@reward_to_go.wrong("nothing is discounted: a reward k steps later counts γ^k.")
def _(reward, done, discount):
    return reward_to_go.reference(reward, done, 1.0)


@reward_to_go.wrong("neither discount nor reset: the plain sum of all rows that follow, other episodes included.")
def _(reward, done, discount):
    return reward_to_go.reference(reward, torch.zeros_like(done), 1.0)


@reward_to_go.wrong("the row's own reward is discounted already; it is the first that follows the action, and γ^0 = 1.")
def _(reward, done, discount):
    return discount * reward_to_go.reference(reward, done, discount)


@reward_to_go.wrong(
    "γ^t counts from the start of the *episode*: a reward k steps after row t counts γ^k, whatever t is. (This is γ^t G_t.)"
)
def _(reward, done, discount):
    weight = torch.ones_like(reward)
    for step in range(1, len(reward)):
        weight[step] = torch.where(done[step - 1], 1.0, weight[step - 1] * discount)
    return weight * reward_to_go.reference(reward, done, discount)


@reward_to_go.wrong(
    "γ^t counts from the first row of the *record*: divide the sum by γ^t again, so that the row's own reward counts in full."
)
def _(reward, done, discount):
    power = discount ** torch.arange(len(reward))[:, None]
    return power * reward_to_go.reference(reward, done, discount)


@reward_to_go.wrong(
    "γ^t counts from the first row of the record, and nothing is reset where `done`: divide by γ^t again, and let no sum cross an end."
)
def _(reward, done, discount):
    power = discount ** torch.arange(len(reward))[:, None]
    return (power * reward).flip(0).cumsum(0).flip(0)


@reward_to_go.wrong(
    "the sum runs along the copies (dim 1), as if they came one after the other; time is dim 0, and each column is a world of its own."
)
def _(reward, done, discount):
    return reward_to_go.reference(reward.T, done.T, discount).T


@reward_to_go.wrong(
    "one copy's end resets *all* of them (done[t].any()); each column has episodes of its own, so multiply by its own flag."
)
def _(reward, done, discount):
    return reward_to_go.reference(reward, done.any(dim=1, keepdim=True).expand_as(done), discount)


@reward_to_go.wrong("only an end of *all* copies resets (done[t].all()); each column ends for itself.")
def _(reward, done, discount):
    return reward_to_go.reference(reward, done.all(dim=1, keepdim=True).expand_as(done), discount)


@reward_to_go.wrong("the row's own reward is missing: R_{t+1} stands in row t, and it follows the action of row t.")
def _(reward, done, discount):
    return (reward_to_go.reference(reward, done, discount) - reward) / discount


@reward_to_go.wrong("the rows come out upside down: what is collected from the end backwards has to be flipped again.")
def _(reward, done, discount):
    return reward_to_go.reference(reward, done, discount).flip(0)


@reward_to_go.wrong(
    "only the next reward is added; what follows is the whole G of the next row, and that holds all later ones."
)
def _(reward, done, discount):
    following = torch.cat([reward[1:], torch.zeros_like(reward[:1])])
    return reward + discount * following * ~done


@reward_to_go.wrong(
    "the loop leaves out the last row: it stays 0, and its reward is missing in the rows before it. range(T - 1, -1, -1) begins there."
)
def _(reward, done, discount):
    out = torch.zeros_like(reward)
    out[:-1] = reward_to_go.reference(reward[:-1], done[:-1], discount)
    return out


@reward_to_go.wrong(
    "the last row itself is right, but its reward is missing in the rows before it: what follows row T - 2 is G of row T - 1, not 0."
)
def _(reward, done, discount):
    out, following = reward.clone(), torch.zeros_like(reward[0])
    for step in reversed(range(len(reward) - 1)):
        following = out[step] = reward[step] + discount * following * ~done[step]
    return out


@reward_to_go.wrong("the first row is missing: range(T - 1, 0, -1) stops before row 0; write reversed(range(T)).")
def _(reward, done, discount):
    out = torch.zeros_like(reward)
    out[1:] = reward_to_go.reference(reward, done, discount)[1:]
    return out


@reward_to_go.wrong(
    "the last reward counts twice: the sum begins with it, and the loop adds it again. After the last row nothing follows: begin with 0."
)
def _(reward, done, discount):
    out, following = torch.empty_like(reward), reward[-1]
    for step in reversed(range(len(reward))):
        following = out[step] = reward[step] + discount * following * ~done[step]
    return out


@reward_to_go.wrong(
    "the returns are right, and were standardised then: many programs do so, but it was not asked for here."
)
def _(reward, done, discount):
    out = reward_to_go.reference(reward, done, discount)
    return (out - out.mean()) / (out.std() + 1e-8)


@reward_to_go.wrong(
    "the returns are right, and were standardised then (with the standard deviation over all T N entries): it was not asked for here."
)
def _(reward, done, discount):
    out = reward_to_go.reference(reward, done, discount)
    return (out - out.mean()) / (out.std(correction=0) + 1e-8)


@reward_to_go.wrong("the returns are right, and their mean was subtracted then: a baseline, and it comes later.")
def _(reward, done, discount):
    out = reward_to_go.reference(reward, done, discount)
    return out - out.mean()


@reward_to_go.wrong(
    "a running sum from the first row on, undiscounted and over all ends: the past instead of the future. Go backwards, with the discount and a reset where `done`."
)
def _(reward, done, discount):
    return reward.cumsum(0)


@reward_to_go.wrong("a running sum of what came *before*, undiscounted: go backwards, and discount.")
def _(reward, done, discount):
    out, before = torch.empty_like(reward), torch.zeros_like(reward[0])
    for step in range(len(reward)):
        out[step] = reward[step] + before
        before = out[step] * ~done[step]
    return out


@reward_to_go.wrong(
    "a running sum from the first row on, each reward discounted by its row, and over all ends: the past instead of the future."
)
def _(reward, done, discount):
    return (discount ** torch.arange(len(reward))[:, None] * reward).cumsum(0)


@reward_to_go.wrong(
    "this goes forward in time: what is added to a row's reward is what came *before* it. From the last row to the first, the mask is right."
)
def _(reward, done, discount):
    out, before = torch.empty_like(reward), torch.zeros_like(reward[0])
    for step in range(len(reward)):
        before = out[step] = reward[step] + discount * before * ~done[step]
    return out


@reward_to_go.wrong(
    "the sum begins with the *next* row: the row's own reward R_{t+1} is missing, and its own `done` is not looked at."
)
def _(reward, done, discount):
    out = torch.zeros_like(reward)
    out[:-1] = reward_to_go.reference(reward, done, discount)[1:]
    return out


@reward_to_go.wrong(
    "the sum begins with the *next* row, discounted once: the row's own reward is missing, and its own `done` is not looked at."
)
def _(reward, done, discount):
    out = torch.zeros_like(reward)
    out[:-1] = discount * reward_to_go.reference(reward, done, discount)[1:]
    return out


@reward_to_go.wrong(
    "the mask is on the row's own reward: that of the last step is lost, and the next episode is let in. It belongs to what *follows*."
)
def _(reward, done, discount):
    return reward_to_go.reference(reward * ~done, torch.zeros_like(done), discount)


@reward_to_go.wrong(
    "nothing is discounted, and the reset is one row off: mask with done[t] before you add the reward of row t."
)
def _(reward, done, discount):
    early = torch.cat([done[1:], torch.zeros_like(done[:1])])
    return reward_to_go.reference(reward, early, 1.0)


@reward_to_go.wrong(
    "the rows come out upside down, and nothing is reset where `done`: flip what was collected from the end backwards, and let no sum cross an end."
)
def _(reward, done, discount):
    return reward_to_go.reference(reward, torch.zeros_like(done), discount).flip(0)


@reward_to_go.wrong("the same undiscounted number on every row, the sum of the whole record.")
def _(reward, done, discount):
    return reward.sum(dim=0, keepdim=True).expand_as(reward)


@reward_to_go.wrong(
    "every row of an episode has the undiscounted sum of the *whole* episode: discount, and leave out what came before the action."
)
def _(reward, done, discount):
    whole = reward_to_go.reference(reward, done, 1.0)
    for step in range(1, len(reward)):
        whole[step] = torch.where(done[step - 1], whole[step], whole[step - 1])
    return whole


@reward_to_go.wrong(
    "the discount is on the wrong side: the row's own reward counts in full, what follows is discounted."
)
def _(reward, done, discount):
    return discount * reward_to_go.reference(reward, done, 1.0)


@reward_to_go.wrong("this is a mean of what follows; a return is the sum.")
def _(reward, done, discount):
    steps = reward_to_go.reference(torch.ones_like(reward), done, 1.0)
    return reward_to_go.reference(reward, done, discount) / steps


@reward_to_go.wrong("the returns are right, and each copy's were standardised then: it was not asked for here.")
def _(reward, done, discount):
    out = reward_to_go.reference(reward, done, discount)
    return (out - out.mean(dim=0)) / (out.std(dim=0) + 1e-8)


@reward_to_go.wrong("these are the rewards as they came; add what follows each of them.")
def _(reward, done, discount):
    return reward.clone()


@reward_to_go.wrong("the sum runs along the copies (dim 1), and nothing is reset where `done`: time is dim 0.")
def _(reward, done, discount):
    return reward_to_go.reference(reward.T, torch.zeros_like(done).T, discount).T


@reward_to_go.wrong("the copies are added up; each column is a world of its own: [T, N].")
def _(reward, done, discount):
    return reward_to_go.reference(reward, done, discount).sum(dim=1)


@reward_to_go.wrong("nothing is discounted, and the mask is the wrong way round.")
def _(reward, done, discount):
    return reward_to_go.reference(reward, ~done, 1.0)


@reward_to_go.wrong("nothing is discounted, and the mask wipes out the reward of the last step as well.")
def _(reward, done, discount):
    return reward_to_go.reference(reward * ~done, done, 1.0)
