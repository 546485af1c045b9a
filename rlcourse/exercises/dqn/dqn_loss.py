"""3.2 The DQN loss, as a bug hunt: the shapes [B, 1] and [B] make a square."""

from torch import Tensor

from rlcourse.exercises.tensors import Differentiable, exercise, t

Q = t([0.0, 1.0, -2.0], [3.0, -1.0, 0.5], [2.0, 2.5, 7.0])


@exercise(
    "3.2",
    "Bug hunt: a network that gives everybody the same mark",
    kind=Differentiable,
    cases=(
        (t([1.0, 2.0]), t(0), t(5.0)),
        (t([1.0, 0.0], [0.0, 3.0]), t(0, 1), t(1.0, 3.0)),
        (t([1.0, 2.0], [3.0, 4.0]), t(0, 1), t(2.0, 4.0)),
        (Q, t(2, 0, 1), t(-1.0, 2.0, 4.0)),
        (Q.clone().requires_grad_(), t(2, 0, 1), t(-1.0, 2.0, 4.0)),  # as it comes from a network
    ),
)
def dqn_loss(q: Tensor, action: Tensor, target: Tensor) -> Tensor:
    """The mean of (target - q(S, A))^2 over the batch."""
    taken = q.gather(1, action[:, None]).squeeze(1)
    return ((taken - target) ** 2).mean()


@dqn_loss.planted_bug("this batch is predicted perfectly, and the loss is not 0; with a batch of one all is well.")
def _(q, action, target):
    taken = q.gather(1, action[:, None])
    return ((taken - target) ** 2).mean()


@dqn_loss.wrong(
    "the number is right, but no gradient leads back to q: nothing can learn from it. Detach the *target* if anything, and compute the loss outside no_grad."
)
def _(q, action, target):
    taken = q.detach().gather(1, action[:, None]).squeeze(1)
    return ((taken - target) ** 2).mean()


@dqn_loss.wrong("this pulls *all* actions towards the target; only the action that was taken has been tried.")
def _(q, action, target):
    return ((q - target[:, None]) ** 2).mean()


@dqn_loss.wrong("this adds up the errors of *all* actions; only the action that was taken has been tried.")
def _(q, action, target):
    return ((q - target[:, None]) ** 2).sum(dim=1).mean()


@dqn_loss.wrong(
    "q[:, action] takes all these columns from *every* row: [B, B] again. Each row needs its own column: `gather`."
)
def _(q, action, target):
    return ((q[:, action] - target) ** 2).mean()


@dqn_loss.wrong(
    "q[action] takes whole *rows*, as if the number of an action were that of a row; each row needs its own column: `gather`."
)
def _(q, action, target):
    return ((q[action] - target) ** 2).mean()


@dqn_loss.wrong("the mean is taken before the square, so errors of opposite sign cancel: square first.")
def _(q, action, target):
    taken = q.gather(1, action[:, None]).squeeze(1)
    return (taken - target).mean() ** 2


@dqn_loss.wrong("this is the sum over the batch; the mean does not grow with the batch size.")
def _(q, action, target):
    taken = q.gather(1, action[:, None]).squeeze(1)
    return ((taken - target) ** 2).sum()


@dqn_loss.wrong("this is the value of the best action, not of the one that was taken.")
def _(q, action, target):
    return ((q.max(dim=1).values - target) ** 2).mean()


@dqn_loss.wrong("this is the mean absolute error; its gradient is as large for small errors as for great ones.")
def _(q, action, target):
    taken = q.gather(1, action[:, None]).squeeze(1)
    return (taken - target).abs().mean()


@dqn_loss.wrong("only the factor is off: the mean of the squares was asked for, without a half.")
def _(q, action, target):
    taken = q.gather(1, action[:, None]).squeeze(1)
    return 0.5 * ((taken - target) ** 2).mean()


@dqn_loss.wrong("nothing is squared: this could be lowered for ever by predicting less and less.")
def _(q, action, target):
    taken = q.gather(1, action[:, None]).squeeze(1)
    return (taken - target).mean()
