"""4.6 Log-probabilities of a rollout, as a bug hunt: the softmax runs over the copies of the environment."""

import torch
from torch import Tensor

from rlcourse.exercises.tensors import Differentiable, exercise, t

CUBE = t(  # as many steps as copies as actions: no wrong axis raises an error
    [[0.0, 1.0, -2.0], [3.0, -1.0, 0.5], [2.0, 2.5, 1.0]],
    [[1.0, 1.5, 0.0], [-1.0, 0.0, 2.0], [0.3, -0.3, 0.6]],
    [[0.2, -1.2, 0.8], [1.1, 0.9, -0.7], [-2.0, 0.4, 1.6]],
)
ACTION = t([2, 0, 1], [1, 2, 2], [0, 1, 0])


@exercise(
    "4.6",
    "Bug hunt: two levers and no preference",
    kind=Differentiable,
    cases=(
        (t([[2.0, 0.0]]), t([0])),
        (t([[0.0, 1.0], [2.0, -1.0]]), t([0, 1])),
        (t([[0.0, 1.0, -2.0], [3.0, -1.0, 0.5]], [[1.0, 1.5, 0.0], [-1.0, 0.0, 2.0]]), t([0, 1], [1, 0])),
        (t([[0.0, 1.0, -2.0, 0.5]], [[3.0, -1.0, 0.5, 1.0]]), t([3], [2])),
        (CUBE, ACTION),
        (CUBE.clone().requires_grad_(), ACTION),  # as they come from a network
    ),
)
def log_probability(logits: Tensor, action: Tensor) -> Tensor:
    """log pi(A|S) of the actions taken, [T, N], from logits [T, N, A]."""
    return logits.log_softmax(dim=-1).gather(-1, action.unsqueeze(-1)).squeeze(-1)


@log_probability.planted_bug(
    "one copy, one step, logits 2 and 0: the first action is likely, not certain, and yet its log-probability is 0."
)
def _(logits, action):
    return logits.log_softmax(dim=1).gather(2, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong(
    "the softmax runs over *time* now (dim 0), as if moments competed. The actions are the last axis: dim -1."
)
def _(logits, action):
    return logits.log_softmax(dim=0).gather(2, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong(
    "the softmax runs over copies and actions together; every copy has a policy of its own: the last axis alone."
)
def _(logits, action):
    return logits.flatten(1).log_softmax(dim=1).view_as(logits).gather(2, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong(
    "the softmax runs over all entries at once; every step of every copy has a distribution of its own: the last axis alone."
)
def _(logits, action):
    return logits.flatten().log_softmax(dim=0).view_as(logits).gather(2, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong(
    "the softmax is right now, but gather picks along the *copies* (dim 1): it takes an action's number for a copy's."
)
def _(logits, action):
    return logits.log_softmax(dim=2).gather(1, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong(
    "the softmax is right now, but gather picks along *time* (dim 0): it takes an action's number for a step's."
)
def _(logits, action):
    return logits.log_softmax(dim=2).gather(0, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong(
    "softmax and gather now both run over the copies (dim 1); both belong to the actions, the last axis."
)
def _(logits, action):
    return logits.log_softmax(dim=1).gather(1, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong("softmax and gather now both run over time (dim 0); both belong to the actions, the last axis.")
def _(logits, action):
    return logits.log_softmax(dim=0).gather(0, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong("the softmax is right now; but gather leaves an axis of length 1: squeeze it.")
def _(logits, action):
    return logits.log_softmax(dim=2).gather(2, action.unsqueeze(2))


@log_probability.wrong(
    "logprob[..., action] takes all these columns from *every* row: [T, N, T, N]. Each row needs its own column: `gather`."
)
def _(logits, action):
    return logits.log_softmax(dim=2)[..., action]


@log_probability.wrong("these are probabilities, rightly normalised; their *logarithms* were asked for.")
def _(logits, action):
    return logits.softmax(dim=2).gather(2, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong(
    "these are the bare logits of the actions taken: without a softmax they are no log-probabilities."
)
def _(logits, action):
    return logits.gather(2, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong(
    "the softmax is taken twice: log_softmax and Categorical(logits=...) want *logits*, not probabilities."
)
def _(logits, action):
    return logits.softmax(dim=2).log_softmax(dim=2).gather(2, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong(
    "probabilities over the copies, taken for logits by a second softmax (or Categorical): only one softmax is wanted, over the actions, dim -1."
)
def _(logits, action):
    return logits.softmax(dim=1).log_softmax(dim=2).gather(2, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong(
    "a softmax over the copies comes first, and a second one (or Categorical) makes the rows sum to 1 again, which hides it. Only one, over the actions, dim -1."
)
def _(logits, action):
    p = logits.softmax(dim=1)
    return (p / p.sum(dim=2, keepdim=True)).log().gather(2, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong("this is the *likeliest* action's log-probability; that of the action taken was asked for.")
def _(logits, action):
    return logits.log_softmax(dim=2).max(dim=2).values


@log_probability.wrong("all actions' log-probabilities are added; only the one of the action taken was asked for.")
def _(logits, action):
    return logits.log_softmax(dim=2).sum(dim=2)


@log_probability.wrong("these are the log-probabilities of *all* actions, [T, N, A]; pick that of the action taken.")
def _(logits, action):
    return logits.log_softmax(dim=2)


@log_probability.wrong(
    "the sign is turned: this is the cross-entropy, *minus* log pi. (nll_loss and cross_entropy hold that minus.)"
)
def _(logits, action):
    return -logits.log_softmax(dim=2).gather(2, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong(
    "this is the mean over all steps and copies; each one's own log-probability was asked for: [T, N]."
)
def _(logits, action):
    return logits.log_softmax(dim=2).gather(2, action.unsqueeze(2)).mean()


@log_probability.wrong("this adds up the copies or the steps; each one's own log-probability was asked for: [T, N].")
def _(logits, action):
    return logits.log_softmax(dim=2).gather(2, action.unsqueeze(2)).sum()


@log_probability.wrong("the axes are swapped: time comes first, [T, N].")
def _(logits, action):
    return logits.log_softmax(dim=2).gather(2, action.unsqueeze(2)).squeeze(2).T


@log_probability.wrong(
    "the numbers are right, but no gradient leads back to the logits: nothing can learn from them. Leave out `detach` and `no_grad`."
)
def _(logits, action):
    return logits.detach().log_softmax(dim=2).gather(2, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong(
    "the logarithm of the sum lacks keepdim: [T, N] is lined up with the last two axes, [N, A]. It must be [T, N, 1]."
)
def _(logits, action):
    return (logits - logits.logsumexp(dim=2)).gather(2, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong(
    "time and copies were exchanged before the softmax: the last axis alone decides, and gather then looks in the wrong place."
)
def _(logits, action):
    return logits.transpose(0, 1).log_softmax(dim=2).gather(2, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong(
    "the mean logit is subtracted; the logarithm of the softmax subtracts the logarithm of the *sum of exp*, over the actions."
)
def _(logits, action):
    return (logits - logits.mean(dim=2, keepdim=True)).gather(2, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong(
    "the largest logit is subtracted, which is only the first half of a stable softmax: the logarithm of the sum of exp is still to come."
)
def _(logits, action):
    return (logits - logits.amax(dim=2, keepdim=True)).gather(2, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong(
    "the copies are added up: that is one number for each step. Each copy's own log-probability was asked for: [T, N]."
)
def _(logits, action):
    return logits.log_softmax(dim=2).gather(2, action.unsqueeze(2)).squeeze(2).sum(dim=1)


@log_probability.wrong("the mean over time is taken: each step's own log-probability was asked for, [T, N].")
def _(logits, action):
    return logits.log_softmax(dim=2).gather(2, action.unsqueeze(2)).squeeze(2).mean(dim=0)


@log_probability.wrong("the mean over the copies is taken: each copy's own log-probability was asked for, [T, N].")
def _(logits, action):
    return logits.log_softmax(dim=2).gather(2, action.unsqueeze(2)).squeeze(2).mean(dim=1)


@log_probability.wrong(
    "the actions were flattened in another order than the logits (transposed): each copy is judged by another's action."
)
def _(logits, action):
    picked = action.T.reshape(action.shape).unsqueeze(2)
    return logits.log_softmax(dim=2).gather(2, picked).squeeze(2)


@log_probability.wrong("the numbers are right, but still in one long row: give them their shape again, [T, N].")
def _(logits, action):
    return logits.log_softmax(dim=2).gather(2, action.unsqueeze(2)).flatten()


@log_probability.wrong(
    "the softmax runs over time (dim 0) and gather picks along the copies (dim 1): both belong to the actions, the last axis."
)
def _(logits, action):
    return logits.log_softmax(dim=0).gather(1, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong(
    "the softmax runs over the copies (dim 1) and gather picks along time (dim 0): both belong to the actions, the last axis."
)
def _(logits, action):
    return logits.log_softmax(dim=1).gather(0, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong(
    "the softmax is right now; but the index has its new axis in the middle, and gather picks along the copies: `action.unsqueeze(-1)`, and gather along -1."
)
def _(logits, action):
    return logits.log_softmax(dim=2).gather(1, action.unsqueeze(1)).squeeze(1)


@log_probability.wrong(
    "the softmax is right now; but the index has its new axis in front, and gather picks along time: `action.unsqueeze(-1)`, and gather along -1."
)
def _(logits, action):
    return logits.log_softmax(dim=2).gather(0, action.unsqueeze(0)).squeeze(0)


@log_probability.wrong("this is the entropy of each policy; the log-probability of the action *taken* was asked for.")
def _(logits, action):
    return -(logits.softmax(dim=2) * logits.log_softmax(dim=2)).sum(dim=2)


@log_probability.wrong(
    "squeeze() without an axis takes away *every* axis of length 1, also that of a single step or copy: squeeze(-1)."
)
def _(logits, action):
    return logits.log_softmax(dim=2).gather(2, action.unsqueeze(2)).squeeze()


@log_probability.wrong(
    "the steps are added up: that is one number for each copy. Each step's own log-probability was asked for: [T, N]."
)
def _(logits, action):
    return logits.log_softmax(dim=2).gather(2, action.unsqueeze(2)).squeeze(2).sum(dim=0)


@log_probability.wrong("this adds up over time, row by row; each step's own log-probability was asked for.")
def _(logits, action):
    return logits.log_softmax(dim=2).gather(2, action.unsqueeze(2)).squeeze(2).cumsum(dim=0)


@log_probability.wrong(
    "the mean over the actions of a mask that is 0 but once: divided by A. *Add up* what the mask leaves."
)
def _(logits, action):
    return logits.log_softmax(dim=2).gather(2, action.unsqueeze(2)).squeeze(2) / logits.shape[2]


@log_probability.wrong("what the mask leaves still has its axis of actions, [T, N, A]: add it up over the last axis.")
def _(logits, action):
    mask = torch.nn.functional.one_hot(action, logits.shape[2])
    return logits.log_softmax(dim=2) * mask


@log_probability.wrong("what the mask leaves is added up over the *copies*; the last axis are the actions.")
def _(logits, action):
    mask = torch.nn.functional.one_hot(action, logits.shape[2])
    return (logits.log_softmax(dim=2) * mask).sum(dim=1)


@log_probability.wrong(
    "a probability over the *copies*, and no logarithm: the axis is the same as before, and the logarithm was right."
)
def _(logits, action):
    return logits.softmax(dim=1).gather(2, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong(
    "only the sign has been turned: log-probabilities are negative, and what was planted is still in."
)
def _(logits, action):
    return -logits.log_softmax(dim=1).gather(2, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong(
    "the softmax runs over all steps and copies; every one of them has a distribution of its own: over the last axis."
)
def _(logits, action):
    return logits.flatten(0, 1).log_softmax(dim=0).view_as(logits).gather(2, action.unsqueeze(2)).squeeze(2)


@log_probability.wrong("this is the logarithm of 1 - pi, the chance that the action was *not* taken.")
def _(logits, action):
    return (1 - logits.softmax(dim=2)).log().gather(2, action.unsqueeze(2)).squeeze(2)
