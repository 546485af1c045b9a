"""3.3 The gradient of the loss with the target held fixed, as a bug hunt: the gradient leaks into the target."""

import torch
from torch import Tensor

from rlcourse.exercises.tensors import exercise, t


@exercise(
    "3.3",
    "Bug hunt: a target that gives way",
    cases=(
        (t(1.0), t([1.0]), t([3.0]), t(2.0), t(True), 0.9),
        (t(1.0, 2.0), t([1.0, 0.0]), t([0.0, 1.0]), t(1.0), t(False), 0.5),
        (t(2.0, -1.0), t([1.0, 1.0]), t([1.0, 1.0]), t(1.0), t(False), 0.9),
        (
            t(1.0, -2.0),
            t([1.0, 0.0], [0.0, 1.0], [1.0, 2.0]),
            t([0.0, 1.0], [1.0, 1.0], [2.0, 1.0]),
            t(1.0, 0.0, -1.0),
            t(False, True, False),
            0.9,
        ),
    ),
)
def loss_gradient(w: Tensor, x: Tensor, next_x: Tensor, reward: Tensor, terminated: Tensor, discount: float) -> Tensor:
    """Gradient of mean (target - v(S))^2 for v = x @ w, the target held fixed: [D]."""
    target = reward + discount * (next_x @ w) * ~terminated
    return 2 * ((x @ w - target)[:, None] * x).mean(dim=0)


@loss_gradient.planted_bug("only the first state was left, and yet the weight of the second one gets a gradient.")
def _(w, x, next_x, reward, terminated, discount):
    w = w.clone().requires_grad_(True)
    value = x @ w
    target = reward + discount * (next_x @ w) * ~terminated
    loss = ((target - value) ** 2).mean()
    return torch.autograd.grad(loss, w)[0]


@loss_gradient.wrong(
    "the wrong side is held fixed: here the target moves towards the prediction. Detach the target, not the value."
)
def _(w, x, next_x, reward, terminated, discount):
    w = w.clone().requires_grad_(True)
    value = (x @ w).detach()
    target = reward + discount * (next_x @ w) * ~terminated
    loss = ((target - value) ** 2).mean()
    return torch.autograd.grad(loss, w)[0]


@loss_gradient.wrong("nothing is left to differentiate: only the target belongs under no_grad, the value does not.")
def _(w, x, next_x, reward, terminated, discount):
    w = w.clone().requires_grad_(True)
    with torch.no_grad():
        target = reward + discount * (next_x @ w) * ~terminated
        loss = ((target - x @ w) ** 2).mean()
    return torch.autograd.grad(loss, w)[0]


@loss_gradient.wrong("the sign is turned: this is the direction of descent. The gradient points uphill.")
def _(w, x, next_x, reward, terminated, discount):
    target = reward + discount * (next_x @ w) * ~terminated
    return 2 * ((target - x @ w)[:, None] * x).mean(dim=0)


@loss_gradient.wrong("this is the gradient of the sum over the batch; the loss is the mean.")
def _(w, x, next_x, reward, terminated, discount):
    target = reward + discount * (next_x @ w) * ~terminated
    return 2 * ((x @ w - target)[:, None] * x).sum(dim=0)


@loss_gradient.wrong("the factor 2 of the square is missing; the loss here has no half in front.")
def _(w, x, next_x, reward, terminated, discount):
    target = reward + discount * (next_x @ w) * ~terminated
    return ((x @ w - target)[:, None] * x).mean(dim=0)


@loss_gradient.wrong("the gradient is the right kind, but where `terminated` the target is the reward.")
def _(w, x, next_x, reward, terminated, discount):
    target = reward + discount * (next_x @ w)
    return 2 * ((x @ w - target)[:, None] * x).mean(dim=0)


@loss_gradient.wrong("the value of the next state is gone from the target. It must stay, as a number: detach it.")
def _(w, x, next_x, reward, terminated, discount):
    return 2 * ((x @ w - reward)[:, None] * x).mean(dim=0)


@loss_gradient.wrong(
    "this multiplies the mean error by the mean features; multiply first, row by row, then take the mean."
)
def _(w, x, next_x, reward, terminated, discount):
    target = reward + discount * (next_x @ w) * ~terminated
    return 2 * (x @ w - target).mean() * x.mean(dim=0)


@loss_gradient.wrong("these are the new weights, after a step of size 1; only the gradient was asked for.")
def _(w, x, next_x, reward, terminated, discount):
    target = reward + discount * (next_x @ w) * ~terminated
    return w - 2 * ((x @ w - target)[:, None] * x).mean(dim=0)
