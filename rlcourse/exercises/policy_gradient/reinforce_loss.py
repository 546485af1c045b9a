"""4.2 The loss whose gradient is minus the policy gradient's estimate."""

import torch
from torch import Tensor

from rlcourse.exercises.tensors import Differentiable, exercise, t

LOGITS = t([0.0, 1.0, -2.0], [3.0, -1.0, 0.5], [2.0, 2.5, 1.0])
RETURN = t(2.0, -1.0, 4.0)


@exercise(
    "4.2",
    "REINFORCE as a loss",
    kind=Differentiable,
    cases=(
        (t([0.0, 0.0], [0.0, 0.0]), t(1, 0), t(1.0, 3.0)),
        (t([1.0, 0.0], [-1.0, 2.0], [0.5, 0.0]), t(0, 0, 1), t(3.0, -1.0, 0.5)),
        (LOGITS, t(2, 0, 1), RETURN),
        (t([0.0, 1.0, -2.0, 0.5], [3.0, -1.0, 0.5, 1.0]), t(1, 0), t(10.0, 7.0)),
        (LOGITS.clone().requires_grad_(), t(2, 0, 1), RETURN),  # as they come from a network
        (LOGITS, t(2, 0, 1), RETURN.clone().requires_grad_()),  # and weights that come from one, too
        (t([0.0, -200.0], [1.0, 0.0]), t(1, 0), t(1.0, 2.0)),
    ),
)
def reinforce_loss(logits: Tensor, action: Tensor, return_: Tensor) -> Tensor:
    """Minus the mean of G log pi(A|S); the weights G carry no gradient."""
    logprob = logits.log_softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    return -(return_.detach() * logprob).mean()


@reinforce_loss.wrong(
    "the number is right, but a gradient flows into the returns, and would make *them* larger or smaller. They are the record of what happened: `.detach()` them."
)
def _(logits, action, return_):
    logprob = logits.log_softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    return -(return_ * logprob).mean()


@reinforce_loss.wrong(
    "the wrong factor was detached: the logits have no gradient now, and the returns have one. Turn it round."
)
def _(logits, action, return_):
    logprob = logits.log_softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    return -(return_ * logprob.detach()).mean()


@reinforce_loss.wrong(
    "the number is right, but no gradient leads back to the logits: nothing can learn from it. Only the *returns* are to be detached."
)
def _(logits, action, return_):
    logprob = logits.detach().log_softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    return -(return_.detach() * logprob).mean()


@reinforce_loss.wrong(
    "the sign is turned, and descending it makes good actions rarer. (nll_loss and cross_entropy hold a minus of their own: a second one cancels it.)"
)
def _(logits, action, return_):
    return_ = return_.detach()
    logprob = logits.log_softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    return (return_ * logprob).mean()


@reinforce_loss.wrong("this is the sum over the steps; the mean does not grow with the length of an episode.")
def _(logits, action, return_):
    return_ = return_.detach()
    logprob = logits.log_softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    return -(return_ * logprob).sum()


@reinforce_loss.wrong(
    "the sum instead of the mean, and its sign is turned: minus the *mean* of G log pi was asked for."
)
def _(logits, action, return_):
    return_ = return_.detach()
    logprob = logits.log_softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    return (return_ * logprob).sum()


@reinforce_loss.wrong(
    "the probability stands where its *logarithm* belongs: so rare actions, which are drawn rarely, are learned from even less. The 1/pi of the logarithm makes up for that."
)
def _(logits, action, return_):
    return_ = return_.detach()
    return -(return_ * logits.softmax(dim=1).gather(1, action[:, None]).squeeze(1)).mean()


@reinforce_loss.wrong(
    "the softmax runs over the steps (dim 0), as if moments competed for an action; the actions of one step do: dim 1."
)
def _(logits, action, return_):
    return_ = return_.detach()
    logprob = logits.log_softmax(dim=0).gather(1, action[:, None]).squeeze(1)
    return -(return_ * logprob).mean()


@reinforce_loss.wrong(
    "these are the logits of the actions taken, not their log-probabilities: without the softmax they can grow for ever, all of them."
)
def _(logits, action, return_):
    return_ = return_.detach()
    return -(return_ * logits.gather(1, action[:, None]).squeeze(1)).mean()


@reinforce_loss.wrong(
    "the softmax is taken twice: cross_entropy and log_softmax want *logits*, not probabilities, and make the policy look flatter than it is."
)
def _(logits, action, return_):
    return_ = return_.detach()
    logprob = logits.softmax(dim=1).log_softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    return -(return_ * logprob).mean()


@reinforce_loss.wrong(
    "this averages over *all* actions, taken or not; the return says something about the action that was taken."
)
def _(logits, action, return_):
    return_ = return_.detach()
    return -(return_[:, None] * logits.log_softmax(dim=1)).mean()


@reinforce_loss.wrong(
    "this adds up *all* actions of a step; the return says something about the action that was taken only."
)
def _(logits, action, return_):
    return_ = return_.detach()
    return -(return_[:, None] * logits.log_softmax(dim=1)).sum(dim=1).mean()


@reinforce_loss.wrong(
    "the mean runs over T times A entries, most of them 0 by the mask: add up each row first, then take the mean over the steps."
)
def _(logits, action, return_):
    return_ = return_.detach()
    taken = torch.nn.functional.one_hot(action, logits.shape[1])
    return -(return_[:, None] * logits.log_softmax(dim=1) * taken).mean()


@reinforce_loss.wrong(
    "each return meets each log-probability: [T] with [T, 1] makes [T, T], or two means were multiplied. Multiply step by step, then take the mean."
)
def _(logits, action, return_):
    return_ = return_.detach()
    logprob = logits.log_softmax(dim=1).gather(1, action[:, None])
    return -(return_ * logprob).mean()


@reinforce_loss.wrong(
    "logprob[:, action] takes all these columns from *every* row: [T, T]. Each row needs its own column: `gather`."
)
def _(logits, action, return_):
    return_ = return_.detach()
    return -(return_ * logits.log_softmax(dim=1)[:, action]).mean()


@reinforce_loss.wrong(
    "logprob[:, action] takes all these columns from *every* row, [T, T], and here each row is even given all its columns' returns. Each row needs its own column: `gather`."
)
def _(logits, action, return_):
    return_ = return_.detach()
    return -(return_[:, None] * logits.log_softmax(dim=1)[:, action]).mean()


@reinforce_loss.wrong(
    "gather picks along the steps (dim 0): it takes the number of an action for that of a row. The actions are dim 1."
)
def _(logits, action, return_):
    return_ = return_.detach()
    logprob = logits.log_softmax(dim=1).gather(0, action[:, None]).squeeze(1)
    return -(return_ * logprob).mean()


@reinforce_loss.wrong("the return never enters: this imitates every action alike, good or bad.")
def _(logits, action, return_):
    return -logits.log_softmax(dim=1).gather(1, action[:, None]).mean()


@reinforce_loss.wrong(
    "the mean of the returns is subtracted. A good idea, a baseline, and it comes soon; here the return itself weighs."
)
def _(logits, action, return_):
    return_ = return_.detach()
    logprob = logits.log_softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    return -((return_ - return_.mean()) * logprob).mean()


@reinforce_loss.wrong(
    "the returns are standardised. Many programs do so, but it was not asked for: here G itself weighs."
)
def _(logits, action, return_):
    return_ = return_.detach()
    logprob = logits.log_softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    return -((return_ - return_.mean()) / (return_.std() + 1e-8) * logprob).mean()


@reinforce_loss.wrong(
    "the returns are standardised (with the standard deviation over T). It was not asked for: here G itself weighs."
)
def _(logits, action, return_):
    return_ = return_.detach()
    logprob = logits.log_softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    return -((return_ - return_.mean()) / (return_.std(correction=0) + 1e-8) * logprob).mean()


@reinforce_loss.wrong(
    "the weights are divided by their sum, so that twice the reward teaches nothing new and a sum of 0 is nan; the mean divides by the number of steps."
)
def _(logits, action, return_):
    return_ = return_.detach()
    logprob = logits.log_softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    return -(return_ * logprob).sum() / return_.sum()


@reinforce_loss.wrong("this is the likeliest action's log-probability; the one that was *taken* has been tried.")
def _(logits, action, return_):
    return_ = return_.detach()
    return -(return_ * logits.log_softmax(dim=1).max(dim=1).values).mean()


@reinforce_loss.wrong(
    "the sum of all returns weighs every step; each log-probability has a return of its own, in its own row."
)
def _(logits, action, return_):
    return_ = return_.detach()
    logprob = logits.log_softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    return -(return_.sum() * logprob).mean()


@reinforce_loss.wrong(
    "the returns multiply the logits, *inside* the softmax; they multiply the log-probability that comes out of it."
)
def _(logits, action, return_):
    return_ = return_.detach()
    return -(return_[:, None] * logits).log_softmax(dim=1).gather(1, action[:, None]).mean()


@reinforce_loss.wrong("the products are not averaged yet: a loss is one number.")
def _(logits, action, return_):
    return_ = return_.detach()
    logprob = logits.log_softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    return -return_ * logprob


@reinforce_loss.wrong(
    "right on paper. But the softmax of a small logit is rounded to 0, and log 0 is -inf: `log_softmax` does both at once, without that."
)
def _(logits, action, return_):
    logprob = logits.softmax(dim=1).log().gather(1, action[:, None]).squeeze(1)
    return -(return_.detach() * logprob).mean()


@reinforce_loss.wrong(
    "Categorical(probs=...) keeps probabilities above 1e-7, so this log-probability of -200 comes out as -16: give it logits=, which need no rounding."
)
def _(logits, action, return_):
    smallest = torch.finfo(logits.dtype).eps
    logprob = logits.softmax(dim=1).clamp(smallest, 1 - smallest).log().gather(1, action[:, None]).squeeze(1)
    return -(return_.detach() * logprob).mean()


@reinforce_loss.wrong(
    "each step is weighed with pi once more (pi log pi, as in an entropy); the action was *drawn* with probability pi, which weighs it already."
)
def _(logits, action, return_):
    logprob = logits.log_softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    return -(return_.detach() * logprob.exp() * logprob).mean()


@reinforce_loss.wrong(
    "the returns are summed up once more from the end; return_ holds the return of each step already."
)
def _(logits, action, return_):
    return reinforce_loss.reference(logits, action, return_.flip(0).cumsum(0).flip(0))


@reinforce_loss.wrong("this divides by the number of *actions*; the mean is over the steps.")
def _(logits, action, return_):
    return reinforce_loss.reference(logits, action, return_) * len(action) / logits.shape[1]


@reinforce_loss.wrong(
    "this fits log pi to the return, a regression: but the return is no target for it, it is a *weight*, G times log pi."
)
def _(logits, action, return_):
    logprob = logits.log_softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    return ((logprob - return_.detach()) ** 2).mean()


@reinforce_loss.wrong("nothing is to be squared here: the loss is linear in log pi, with the return as its weight.")
def _(logits, action, return_):
    logprob = logits.log_softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    return ((return_.detach() * logprob) ** 2).mean()


@reinforce_loss.wrong(
    "the return stands *inside* the logarithm: log (G pi) is log G + log pi, whose gradient does not know G any more (and of a negative G it is nan)."
)
def _(logits, action, return_):
    taken = logits.softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    return -(return_.detach() * taken).log().mean()


@reinforce_loss.wrong("the logarithm is taken of the mean of G pi: log first, times G, then the mean.")
def _(logits, action, return_):
    taken = logits.softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    return -(return_.detach() * taken).mean().log()


@reinforce_loss.wrong("no logarithm, and the sum instead of the mean: minus the mean of G *log* pi was asked for.")
def _(logits, action, return_):
    return -(return_.detach() * logits.softmax(dim=1).gather(1, action[:, None]).squeeze(1)).sum()


@reinforce_loss.wrong("no logarithm, and no minus: *minus* the mean of G *log* pi was asked for.")
def _(logits, action, return_):
    return (return_.detach() * logits.softmax(dim=1).gather(1, action[:, None]).squeeze(1)).mean()


@reinforce_loss.wrong("bare logits, summed up instead of averaged: the softmax is missing, and the mean.")
def _(logits, action, return_):
    return -(return_.detach() * logits.gather(1, action[:, None]).squeeze(1)).sum()


@reinforce_loss.wrong("bare logits, and no minus in front: the softmax is missing, and the sign.")
def _(logits, action, return_):
    return (return_.detach() * logits.gather(1, action[:, None]).squeeze(1)).mean()


@reinforce_loss.wrong("the softmax runs over the steps (dim 0), and the steps are summed up instead of averaged.")
def _(logits, action, return_):
    logprob = logits.log_softmax(dim=0).gather(1, action[:, None]).squeeze(1)
    return -(return_.detach() * logprob).sum()


@reinforce_loss.wrong("the softmax runs over the steps (dim 0), and the sign is turned.")
def _(logits, action, return_):
    logprob = logits.log_softmax(dim=0).gather(1, action[:, None]).squeeze(1)
    return (return_.detach() * logprob).mean()


@reinforce_loss.wrong(
    "the mean of the returns is subtracted, and the steps are summed up: the mean of G log pi, G as it is."
)
def _(logits, action, return_):
    return_ = return_.detach()
    return len(action) * reinforce_loss.reference(logits, action, return_ - return_.mean())


@reinforce_loss.wrong("*all* actions are added up, and the sign is turned: minus, and only the action that was taken.")
def _(logits, action, return_):
    return (return_.detach()[:, None] * logits.log_softmax(dim=1)).sum(dim=1).mean()


@reinforce_loss.wrong("*all* actions of all steps are added up: the action taken only, and the mean over the steps.")
def _(logits, action, return_):
    return -(return_.detach()[:, None] * logits.log_softmax(dim=1)).sum()


@reinforce_loss.wrong(
    "[T] with [T, 1] makes [T, T], and all of that is added up: multiply step by step, then take the mean."
)
def _(logits, action, return_):
    return -return_.detach().sum() * logits.log_softmax(dim=1).gather(1, action[:, None]).sum()


@reinforce_loss.wrong("the softmax runs over all entries at once; every step has a distribution of its own: dim 1.")
def _(logits, action, return_):
    logprob = logits.flatten().log_softmax(dim=0).view_as(logits).gather(1, action[:, None]).squeeze(1)
    return -(return_.detach() * logprob).mean()


@reinforce_loss.wrong("negative returns are cut off at 0: what went badly teaches, too, it makes its action rarer.")
def _(logits, action, return_):
    return reinforce_loss.reference(logits, action, return_.detach().clamp(min=0))


@reinforce_loss.wrong("the absolute return weighs, so that what went badly is repeated, too: keep its sign.")
def _(logits, action, return_):
    return reinforce_loss.reference(logits, action, return_.detach().abs())


@reinforce_loss.wrong("only the factor is off: half of what was asked for.")
def _(logits, action, return_):
    return reinforce_loss.reference(logits, action, return_) / 2
