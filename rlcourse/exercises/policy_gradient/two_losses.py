"""4.5 The gradients of actor and critic, as a bug hunt: the actor's loss reaches into the critic."""

import torch
from torch import Tensor

from rlcourse.exercises.tensors import exercise, t

THETA = t([0.5, -1.0, 0.0], [1.0, 0.2, -0.4])
W = t(1.0, -2.0)


@exercise(
    "4.5",
    "Bug hunt: the optimist",
    cases=(
        (t([0.0, 0.0]), t(1.0), t([1.0], [1.0]), t(0, 1), t(1.0, 1.0)),
        (t([0.0, 0.0]), t(1.0), t([1.0], [2.0]), t(0, 1), t(3.0, -1.0)),
        (THETA, W, t([1.0, 0.0], [0.0, 1.0], [1.0, 2.0]), t(2, 0, 1), t(3.0, -1.8, 0.5)),
        (THETA, W, t([1.0, -1.0], [0.5, 1.0], [0.0, 2.0], [2.0, 0.5]), t(0, 2, 2, 1), t(1.0, 0.0, 4.0, -2.0)),
    ),
)
def gradients(theta: Tensor, w: Tensor, x: Tensor, action: Tensor, return_: Tensor) -> tuple[Tensor, Tensor]:
    """By theta [D, A] and w [D]: -mean (G - v(S)) grad log pi(A|S), and -mean (G - v(S)) x, for v = x @ w."""
    advantage = (return_ - x @ w) / len(x)
    push = torch.nn.functional.one_hot(action, theta.shape[1]) - (x @ theta).softmax(dim=1)
    return -x.T @ (advantage[:, None] * push), -x.T @ advantage


@gradients.planted_bug("the critic says 1, every return is 1, and yet its weight gets a gradient.")
def _(theta, w, x, action, return_):
    theta, w = theta.clone().requires_grad_(), w.clone().requires_grad_()
    logprob = (x @ theta).log_softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    advantage = return_ - x @ w
    loss = -(advantage * logprob).mean() + 0.5 * (advantage**2).mean()
    loss.backward()
    return theta.grad, w.grad


@gradients.wrong(
    "now neither loss teaches the critic: the value was detached for both. In its own loss the gradient has to stay."
)
def _(theta, w, x, action, return_):
    theta, w = theta.clone().requires_grad_(), w.clone().requires_grad_()
    logprob = (x @ theta).log_softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    advantage = (return_ - x @ w).detach()
    loss = -(advantage * logprob).mean() + 0.5 * (advantage**2).mean()
    loss.backward()
    return theta.grad, w.grad


@gradients.wrong(
    "the critic's gradient is 0 now: nothing teaches it any more. In its own loss the gradient has to stay."
)
def _(theta, w, x, action, return_):
    return gradients.reference(theta, w, x, action, return_)[0], torch.zeros_like(w)


@gradients.wrong(
    "the critic's own loss is gone, or the value in it held fixed: now the critic learns *only* from the actor's. The other way round."
)
def _(theta, w, x, action, return_):
    theta, w = theta.clone().requires_grad_(), w.clone().requires_grad_()
    logprob = (x @ theta).log_softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    advantage = return_ - x @ w
    loss = -(advantage * logprob).mean() + 0.5 * (advantage.detach() ** 2).mean()
    loss.backward()
    return theta.grad, w.grad


@gradients.wrong(
    "the log-probability was detached, and with it the actor: nothing teaches theta any more. The gradient belongs to log pi; the advantage beside it is a number."
)
def _(theta, w, x, action, return_):
    theta, w = theta.clone().requires_grad_(), w.clone().requires_grad_()
    logprob = (x @ theta).log_softmax(dim=1).gather(1, action[:, None]).squeeze(1).detach()
    advantage = return_ - x @ w
    loss = -(advantage * logprob).mean() + 0.5 * (advantage**2).mean()
    loss.backward()
    return theta.grad, w.grad


@gradients.wrong(
    "the whole product was detached, and with it the actor: only the advantage in it is a number, log pi keeps its gradient."
)
def _(theta, w, x, action, return_):
    theta, w = theta.clone().requires_grad_(), w.clone().requires_grad_()
    loss = 0.5 * ((return_ - x @ w) ** 2).mean()
    loss.backward()
    return theta.grad, w.grad


@gradients.wrong(
    "the critic is right, but the actor's gradient is 0: log pi has to keep its gradient, the advantage beside it is a number."
)
def _(theta, w, x, action, return_):
    return torch.zeros_like(theta), gradients.reference(theta, w, x, action, return_)[1]


@gradients.wrong(
    "the critic is cured, but the actor has lost its baseline: it is weighed with the whole return. Keep the advantage, as a number."
)
def _(theta, w, x, action, return_):
    grad_theta, _ = gradients.reference(theta, torch.zeros_like(w), x, action, return_)
    return grad_theta, gradients.reference(theta, w, x, action, return_)[1]


@gradients.wrong(
    "the critic is cured, but its gradient is doubled: its loss is 1/2 the mean of the squares. (A second backward() doubles, too: .grad adds up.)"
)
def _(theta, w, x, action, return_):
    grad_theta, grad_w = gradients.reference(theta, w, x, action, return_)
    return grad_theta, 2 * grad_w


@gradients.wrong("the critic is cured, but the critic's gradient is only half of what it was: do not halve it again.")
def _(theta, w, x, action, return_):
    grad_theta, grad_w = gradients.reference(theta, w, x, action, return_)
    return grad_theta, grad_w / 2


@gradients.wrong(
    "only the weight of the critic's loss has changed, its half is gone; what was planted is still in and is drowned at best."
)
def _(theta, w, x, action, return_):
    leaking, (_, right) = (
        gradients.planted(theta, w, x, action, return_),
        gradients.reference(theta, w, x, action, return_),
    )
    return leaking[0], leaking[1] + right


@gradients.wrong(
    "what misled the critic now misleads it the other way, to *pessimism*: a turned sign is no cure. Which of the two losses should move w?"
)
def _(theta, w, x, action, return_):
    leaking, (_, right) = (
        gradients.planted(theta, w, x, action, return_),
        gradients.reference(theta, w, x, action, return_),
    )
    return leaking[0], 2 * right - leaking[1]


@gradients.wrong("the actor's sign is turned: descending this makes the better actions rarer.")
def _(theta, w, x, action, return_):
    grad_theta, grad_w = gradients.reference(theta, w, x, action, return_)
    return -grad_theta, grad_w


@gradients.wrong(
    "the actor's sign is turned (is the advantage v - G now?), and that alone does not cure the critic: which of the two losses should move w?"
)
def _(theta, w, x, action, return_):
    leaking, (_, right) = (
        gradients.planted(theta, w, x, action, return_),
        gradients.reference(theta, w, x, action, return_),
    )
    return -leaking[0], 2 * right - leaking[1]


@gradients.wrong("the critic's sign is turned: descending this drives its values *away* from the returns.")
def _(theta, w, x, action, return_):
    grad_theta, grad_w = gradients.reference(theta, w, x, action, return_)
    return grad_theta, -grad_w


@gradients.wrong("both signs are turned: these are the directions of descent. A gradient points uphill.")
def _(theta, w, x, action, return_):
    grad_theta, grad_w = gradients.reference(theta, w, x, action, return_)
    return -grad_theta, -grad_w


@gradients.wrong("the critic is cured, but these are gradients of sums over the batch; both losses are means.")
def _(theta, w, x, action, return_):
    grad_theta, grad_w = gradients.reference(theta, w, x, action, return_)
    return len(x) * grad_theta, len(x) * grad_w


@gradients.wrong("the critic is cured, but the actor's loss is a sum over the batch now; it is a mean.")
def _(theta, w, x, action, return_):
    grad_theta, grad_w = gradients.reference(theta, w, x, action, return_)
    return len(x) * grad_theta, grad_w


@gradients.wrong(
    "the critic is now fitted to the *advantage*; it should say what return follows: fit it to the returns."
)
def _(theta, w, x, action, return_):
    advantage = return_ - x @ w
    grad_theta, _ = gradients.reference(theta, w, x, action, return_)
    return grad_theta, gradients.reference(theta, w, x, action, advantage)[1]


@gradients.wrong("the two gradients are exchanged: theta's first, then w's.")
def _(theta, w, x, action, return_):
    grad_theta, grad_w = gradients.reference(theta, w, x, action, return_)
    return grad_w, grad_theta


@gradients.wrong(
    "the actor's gradient has been added twice: did two backward() run over it? .grad adds up until it is cleared."
)
def _(theta, w, x, action, return_):
    grad_theta, grad_w = gradients.reference(theta, w, x, action, return_)
    return 2 * grad_theta, grad_w


@gradients.wrong("the advantages are standardised: not asked for, though the critic is cured.")
def _(theta, w, x, action, return_):
    advantage = return_ - x @ w
    advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
    grad_theta, _ = gradients.reference(theta, torch.zeros_like(w), x, action, advantage)
    return grad_theta, gradients.reference(theta, w, x, action, return_)[1]


@gradients.wrong(
    "the advantages are standardised (with the standard deviation over B): not asked for, though the critic is cured."
)
def _(theta, w, x, action, return_):
    advantage = return_ - x @ w
    advantage = (advantage - advantage.mean()) / (advantage.std(correction=0) + 1e-8)
    grad_theta, _ = gradients.reference(theta, torch.zeros_like(w), x, action, advantage)
    return grad_theta, gradients.reference(theta, w, x, action, return_)[1]


@gradients.wrong(
    "the critic is cured, but the mean advantage is multiplied by the mean log-probability; multiply step by step, then take the mean."
)
def _(theta, w, x, action, return_):
    mean = (return_ - x @ w).mean().expand_as(return_)
    grad_theta, _ = gradients.reference(theta, torch.zeros_like(w), x, action, mean)
    return grad_theta, gradients.reference(theta, w, x, action, return_)[1]


@gradients.wrong("these are new parameters, after a step of size 1; only the gradients were asked for.")
def _(theta, w, x, action, return_):
    grad_theta, grad_w = gradients.reference(theta, w, x, action, return_)
    return theta - grad_theta, w - grad_w


@gradients.wrong("the critic is cured, but its loss is a sum over the batch now; it is a mean.")
def _(theta, w, x, action, return_):
    grad_theta, grad_w = gradients.reference(theta, w, x, action, return_)
    return grad_theta, len(x) * grad_w


@gradients.wrong(
    "the critic is cured, but the actor's probability stands where its logarithm belongs, or log pi is weighed with pi once more."
)
def _(theta, w, x, action, return_):
    taken = (x @ theta).softmax(dim=1).gather(1, action[:, None]).squeeze(1)
    advantage = (return_ - x @ w) * taken
    grad_theta, _ = gradients.reference(theta, torch.zeros_like(w), x, action, advantage)
    return grad_theta, gradients.reference(theta, w, x, action, return_)[1]


@gradients.wrong(
    "the actor is weighed with the *value* now: how good the state is says nothing about the action. Keep the advantage, as a number."
)
def _(theta, w, x, action, return_):
    grad_theta, _ = gradients.reference(theta, torch.zeros_like(w), x, action, x @ w)
    return grad_theta, gradients.reference(theta, w, x, action, return_)[1]


@gradients.wrong("the critic's loss is a mean of absolute errors now; its gradient no longer shrinks with the error.")
def _(theta, w, x, action, return_):
    grad_theta, _ = gradients.reference(theta, w, x, action, return_)
    return grad_theta, -0.5 * x.T @ (return_ - x @ w).sign() / len(x)


@gradients.wrong("in the critic's loss the mean is taken before the square, so that errors of opposite sign cancel.")
def _(theta, w, x, action, return_):
    error = (return_ - x @ w).mean()
    return gradients.reference(theta, w, x, action, return_)[0], -error * x.mean(dim=0)


@gradients.wrong("the critic is cured, but the mean advantage is subtracted in the actor's loss: not asked for.")
def _(theta, w, x, action, return_):
    advantage = return_ - x @ w
    grad_theta, _ = gradients.reference(theta, torch.zeros_like(w), x, action, advantage - advantage.mean())
    return grad_theta, gradients.reference(theta, w, x, action, return_)[1]


@gradients.wrong(
    "the actor's loss is a sum over the batch now, and the critic still learns from it: which of the two should move w?"
)
def _(theta, w, x, action, return_):
    (grad_theta, both), right = gradients.planted(theta, w, x, action, return_), gradients.reference
    grad_w = right(theta, w, x, action, return_)[1]
    return len(x) * grad_theta, len(x) * (both - grad_w) + grad_w


@gradients.wrong("the critic is cured, but half of the whole loss is taken: the half belongs to the critic's alone.")
def _(theta, w, x, action, return_):
    right = gradients.reference(theta, w, x, action, return_)
    return right[0] / 2, right[1] / 2


@gradients.wrong("the critic is cured, but both losses are sums now, and the critic's half is gone.")
def _(theta, w, x, action, return_):
    right = gradients.reference(theta, w, x, action, return_)
    return len(x) * right[0], 2 * len(x) * right[1]


@gradients.wrong("the critic is cured, but the actor's loss is a sum now, and the critic's half is gone.")
def _(theta, w, x, action, return_):
    right = gradients.reference(theta, w, x, action, return_)
    return len(x) * right[0], 2 * right[1]


@gradients.wrong("the critic's loss is a sum over the batch now; what was planted is still in, and is drowned at best.")
def _(theta, w, x, action, return_):
    right = gradients.reference(theta, w, x, action, return_)
    both = gradients.planted(theta, w, x, action, return_)[1]
    return right[0], both + (len(x) - 1) * right[1]


@gradients.wrong(
    "the critic's sign is turned, which drives its values away from the returns; and what was planted is still in."
)
def _(theta, w, x, action, return_):
    right = gradients.reference(theta, w, x, action, return_)
    both = gradients.planted(theta, w, x, action, return_)[1]
    return right[0], both - 2 * right[1]


@gradients.wrong(
    "the critic is cured, but the actor's baseline is the *mean return* now: the critic's value says more, it knows the state."
)
def _(theta, w, x, action, return_):
    return gradients.reference(theta, torch.zeros_like(w), x, action, return_ - return_.mean())[0], gradients.reference(
        theta, w, x, action, return_
    )[1]


@gradients.wrong("negative advantages are cut off at 0: what went worse than expected teaches, too.")
def _(theta, w, x, action, return_):
    advantage = return_ - x @ w
    return gradients.reference(theta, torch.zeros_like(w), x, action, advantage.clamp(min=0))[0], gradients.reference(
        theta, w, x, action, return_
    )[1]


@gradients.wrong("the actor is weighed with the *absolute* advantage: what went worse than expected is repeated, too.")
def _(theta, w, x, action, return_):
    advantage = return_ - x @ w
    return gradients.reference(theta, torch.zeros_like(w), x, action, advantage.abs())[0], gradients.reference(
        theta, w, x, action, return_
    )[1]


@gradients.wrong(
    "the actor is weighed with the squared advantage, which has lost its sign: log pi times the advantage itself."
)
def _(theta, w, x, action, return_):
    advantage = return_ - x @ w
    return gradients.reference(theta, torch.zeros_like(w), x, action, advantage**2)[0], gradients.reference(
        theta, w, x, action, return_
    )[1]


@gradients.wrong("the critic's error is not squared: that could be lowered for ever by promising more.")
def _(theta, w, x, action, return_):
    right = gradients.reference(theta, w, x, action, return_)
    return right[0], -0.5 * x.mean(dim=0)
