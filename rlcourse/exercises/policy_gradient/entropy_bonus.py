"""4.9 The gradients of the whole A2C loss, as a bug hunt: the entropy bonus has the wrong sign."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from rlcourse.exercises.tensors import exercise, t

LOGITS = t([0.0, 1.0, -2.0], [3.0, -1.0, 0.5], [2.0, 2.5, 1.0])
ACTION, ADVANTAGE = t(2, 0, 1), t(1.0, -2.0, 0.5)
VALUE, RETURN = t(0.5, 1.0, -1.0), t(1.5, 3.0, -0.5)


@exercise(
    "4.9",
    "Bug hunt: its mind made up too soon",
    cases=(
        (t([1.0, 0.0]), t(2.0), t(0), t(0.0), t(2.0), 0.5, 0.1),
        (t([1.0, 0.0], [0.0, 2.0]), t(2.0, 1.0), t(0, 1), t(1.0, -1.0), t(4.0, 0.0), 0.5, 0.1),
        (LOGITS, VALUE, ACTION, ADVANTAGE, RETURN, 0.5, 0.2),
        (LOGITS, VALUE, ACTION, ADVANTAGE, RETURN, 0.25, 0.0),
        (
            t([0.0, 1.0, -2.0, 0.3], [3.0, -1.0, 0.5, 0.0]),
            t(0.5, -1.0),
            t(3, 1),
            t(2.0, 1.0),
            t(1.0, -3.0),
            0.7,
            0.3,
        ),
    ),
)
def a2c_gradients(
    logits: Tensor,
    value: Tensor,
    action: Tensor,
    advantage: Tensor,
    return_: Tensor,
    value_coef: float,
    entropy_coef: float,
) -> tuple[Tensor, Tensor]:
    """By logits [B, A] and value [B]: of the mean of -A log pi(A|S) + value_coef (G - v)^2 - entropy_coef H(pi)."""
    logits, value = logits.clone().requires_grad_(), value.clone().requires_grad_()
    logprobs = logits.log_softmax(dim=1)
    entropy = -(logprobs.exp() * logprobs).sum(dim=1)
    policy_loss = -advantage * logprobs.gather(1, action[:, None]).squeeze(1)
    value_loss = (return_ - value) ** 2
    (policy_loss + value_coef * value_loss - entropy_coef * entropy).mean().backward()
    assert logits.grad is not None and value.grad is not None
    return logits.grad, value.grad


def of_loss(logits: Tensor, value: Tensor, loss: Callable[[Tensor, Tensor], Tensor]) -> tuple[Any, Any]:
    """The gradients of a loss of log-probabilities [B, A] and values [B]."""
    logits, value = logits.clone().requires_grad_(), value.clone().requires_grad_()
    loss(logits.log_softmax(dim=1), value).backward()
    return logits.grad, value.grad


@a2c_gradients.planted_bug(
    "the advantage is 0, nothing was learned about the action; and yet a step makes the likelier one likelier still."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    logits, value = logits.clone().requires_grad_(), value.clone().requires_grad_()
    logprobs = logits.log_softmax(dim=1)
    logprob = logprobs.gather(1, action[:, None]).squeeze(1)
    policy_loss = -(advantage * logprob).mean()
    value_loss = ((return_ - value) ** 2).mean()
    entropy = -(logprobs.exp() * logprobs).sum(dim=1).mean()
    loss = policy_loss + value_coef * value_loss + entropy_coef * entropy
    loss.backward()
    return logits.grad, value.grad


@a2c_gradients.wrong(
    "the entropy has no effect: its term is gone, or it is detached, or the probabilities in it are (what is left then has gradient 0). It belongs in, and the gradient through both of its factors."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, 0.0)


@a2c_gradients.wrong(
    "all signs are turned: minus the loss, so that descending it *unlearns*. Only one of the three terms was wrong."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    grad, grad_value = a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, entropy_coef)
    return -grad, -grad_value


@a2c_gradients.wrong(
    "the policy's own sign is turned now: descending this makes actions with a positive advantage rarer. That term was right."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(logits, value, action, -advantage, return_, value_coef, entropy_coef)


@a2c_gradients.wrong(
    "the policy's own sign is turned, and the third term is as it was: that one was right, this one is not."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(logits, value, action, -advantage, return_, value_coef, -entropy_coef)


@a2c_gradients.wrong(
    "the critic's sign is turned: descending this drives values away from the returns. That term was right."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(logits, value, action, advantage, return_, -value_coef, entropy_coef)


@a2c_gradients.wrong(
    "the critic's sign is turned, and the third term is as it was: the critic was right, the third term is not."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(logits, value, action, advantage, return_, -value_coef, -entropy_coef)


@a2c_gradients.wrong("the sign is mended, but the entropy is *summed* over the batch; all three terms are means.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    coef = len(logits) * entropy_coef
    return a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, coef)


@a2c_gradients.wrong(
    "the entropy is averaged over the actions as well: the entropy of a distribution is the *sum* of -pi log pi over its actions."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    coef = entropy_coef / logits.shape[1]
    return a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, coef)


@a2c_gradients.wrong(
    "the entropy is averaged over the actions as well, and its sign is as it was: neither the planted bug is mended nor the sum kept."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    coef = -entropy_coef / logits.shape[1]
    return a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, coef)


@a2c_gradients.wrong(
    "-log pi(A|S) stands for the entropy. Its *mean* is the entropy, but its gradient is 0 in the mean (the grad-log-prob lemma): on average it does nothing. Add up all actions."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(logits, value, action, advantage - entropy_coef, return_, value_coef, 0.0)


@a2c_gradients.wrong(
    "the entropy adds up -log pi without its weights: each action's surprise counts with its probability, pi log pi."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    grad, grad_value = a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, 0.0)
    extra = (1 - logits.shape[1] * logits.softmax(dim=1)) / len(logits)
    return grad + entropy_coef * extra, grad_value


@a2c_gradients.wrong("the two coefficients are exchanged: value_coef weighs the critic, entropy_coef the entropy.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(logits, value, action, advantage, return_, entropy_coef, value_coef)


@a2c_gradients.wrong(
    "the sign is mended, but entropy_coef is gone: the bonus counts in full, and drowns what was learned."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, 1.0)


@a2c_gradients.wrong("the sign is mended, but value_coef is gone: the critic's loss counts in full.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(logits, value, action, advantage, return_, 1.0, entropy_coef)


@a2c_gradients.wrong(
    "the bonus stands inside value_coef's parentheses, so that it is weighed twice: value_coef (critic's loss - entropy_coef entropy)."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    coef = value_coef * entropy_coef
    return a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, coef)


@a2c_gradients.wrong("the sign is mended, but the critic's loss got a half of its own; value_coef is that factor.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(logits, value, action, advantage, return_, value_coef / 2, entropy_coef)


@a2c_gradients.wrong(
    "the sign is mended, but nothing teaches the critic any more: its loss is missing, or its value detached."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(logits, value, action, advantage, return_, 0.0, entropy_coef)


@a2c_gradients.wrong("the sign is mended, but these are sums over the batch; all three terms are means.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    grad, grad_value = a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, entropy_coef)
    return len(logits) * grad, len(logits) * grad_value


@a2c_gradients.wrong(
    "the entropy runs over the batch (dim 0): how open a policy is, is asked of each state's *actions*, dim 1."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    grad, grad_value = a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, 0.0)
    scores = logits.clone().requires_grad_()
    over_the_batch = scores.log_softmax(dim=0)
    entropy = -(over_the_batch.exp() * over_the_batch).sum(dim=0).mean()
    return grad - entropy_coef * torch.autograd.grad(entropy, scores)[0], grad_value


@a2c_gradients.wrong("the two gradients are exchanged: first by the logits, then by the value.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    grad, grad_value = a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, entropy_coef)
    return grad_value, grad


@a2c_gradients.wrong(
    "the advantage was replaced by return minus value; use the one that is given, it may come from GAE."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(logits, value, action, return_ - value, return_, value_coef, entropy_coef)


@a2c_gradients.wrong("the critic's loss is gone, and with it the gradient by the value (None): three terms, one sign.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    grad, _ = a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, entropy_coef)
    return grad, None


@a2c_gradients.wrong(
    "the critic's loss is a mean of absolute errors now; it was the mean of the squares, and that was right."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    grad, _ = a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, entropy_coef)
    return grad, value_coef * (value - return_).sign() / len(value)


@a2c_gradients.wrong(
    "the entropy adds up the action that was *taken* only; it is asked of the whole distribution: all actions."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    grad, grad_value = a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, 0.0)
    taken = action[:, None]
    extra, _ = of_loss(
        logits, value, lambda logprobs, v: (logprobs.exp() * logprobs).gather(1, taken).mean() + 0 * v.sum()
    )
    return grad + entropy_coef * extra, grad_value


@a2c_gradients.wrong("the entropy weighs the *logits* with the probabilities; it weighs the log-probabilities.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    grad, grad_value = a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, 0.0)
    scores = logits.clone().requires_grad_()
    extra = torch.autograd.grad((scores.softmax(dim=1) * scores).sum(dim=1).mean(), scores)[0]
    return grad + entropy_coef * extra, grad_value


@a2c_gradients.wrong(
    "the entropy is added to the *advantage*, which weighs the action taken; the bonus is a term of its own, with a gradient of its own."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    entropy = -(logits.softmax(dim=1) * logits.log_softmax(dim=1)).sum(dim=1)
    advantage = advantage + entropy_coef * entropy
    return a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, 0.0)


@a2c_gradients.wrong("this is the entropy of the *mean* policy of the batch; take each state's entropy, then the mean.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    grad, grad_value = a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, 0.0)
    scores = logits.clone().requires_grad_()
    mean = scores.softmax(dim=1).mean(dim=0)
    return grad + entropy_coef * torch.autograd.grad((mean * mean.log()).sum(), scores)[0], grad_value


@a2c_gradients.wrong("the sign is mended, but the bonus counts twice: once is enough, with entropy_coef.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, 2 * entropy_coef)


@a2c_gradients.wrong(
    "the policy's probability stands where its logarithm belongs: that term was right, the sign of another was not."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    weight = advantage * logits.softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    return a2c_gradients.reference(logits, value, action, weight, return_, value_coef, entropy_coef)


@a2c_gradients.wrong("the sign is mended, but the policy's own term is a sum over the batch; all three are means.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    advantage = len(action) * advantage
    return a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, entropy_coef)


@a2c_gradients.wrong("the sign is mended, but the critic's term is a sum over the batch; all three are means.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    coef = len(action) * value_coef
    return a2c_gradients.reference(logits, value, action, advantage, return_, coef, entropy_coef)


@a2c_gradients.wrong("sums over the batch instead of means, and the sign that was wrong is as it was.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    grads = a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, -entropy_coef)
    return tuple(len(logits) * grad for grad in grads)


@a2c_gradients.wrong("the entropy is summed over the batch instead of averaged, and its sign is as it was.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    coef = -len(logits) * entropy_coef
    return a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, coef)


@a2c_gradients.wrong(
    "the entropy is summed over the *states* and averaged over the actions; each state's own is a sum over its actions, then the mean over the batch."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    coef = entropy_coef * len(logits) / logits.shape[1]
    return a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, coef)


@a2c_gradients.wrong(
    "log pi(A|S) of the action taken stands for the entropy, and with the wrong sign, too: add up -pi log pi over *all* actions."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(logits, value, action, advantage + entropy_coef, return_, value_coef, 0.0)


@a2c_gradients.wrong(
    "1 - entropy_coef weighs the entropy: the sign in front of the term has to turn, entropy_coef itself stays."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, entropy_coef - 1)


@a2c_gradients.wrong("the policy's own term is gone: nothing learns from the advantages any more.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(logits, value, action, 0 * advantage, return_, value_coef, entropy_coef)


@a2c_gradients.wrong("the whole return weighs the actions, without a baseline: use the advantage that is given.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(logits, value, action, return_, return_, value_coef, entropy_coef)


@a2c_gradients.wrong("the mean advantage is subtracted; use the advantages as they are given.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(
        logits, value, action, advantage - advantage.mean(), return_, value_coef, entropy_coef
    )


@a2c_gradients.wrong("the advantages are standardised: many programs do so, but use them here as they are given.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(
        logits,
        value,
        action,
        (advantage - advantage.mean()) / (advantage.std(correction=0) + 1e-8),
        return_,
        value_coef,
        entropy_coef,
    )


@a2c_gradients.wrong("the critic is fitted to the advantages; it should say what return follows.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(logits, value, action, advantage, advantage, value_coef, entropy_coef)


@a2c_gradients.wrong("only the factor of the third term has changed, entropy_coef is gone: its sign is as it was.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(logits, value, action, advantage, return_, value_coef, -1.0)


@a2c_gradients.wrong("the entropy's term is gone, and so is value_coef: three terms, two coefficients, one wrong sign.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(logits, value, action, advantage, return_, 1.0, 0.0)


@a2c_gradients.wrong("value_coef weighs the policy instead of the critic.")
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(logits, value, action, value_coef * advantage, return_, 1.0, entropy_coef)


@a2c_gradients.wrong(
    "the sign is mended, but entropy and critic's loss are summed over the batch; all three terms are means."
)
def _(logits, value, action, advantage, return_, value_coef, entropy_coef):
    return a2c_gradients.reference(
        logits, value, action, advantage, return_, len(value) * value_coef, len(value) * entropy_coef
    )
