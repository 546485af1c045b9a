"""3.9 The projection of C51: a distribution that is moved and shrunk, put back on its atoms."""

import torch
from torch import Tensor

from rlcourse.exercises.tensors import exercise, t


def positions(reward: Tensor, bootstrap: Tensor, support: Tensor) -> Tensor:
    """Where each atom goes, counted in atoms and clipped at the ends: [B, K]."""
    moved = reward[:, None] + bootstrap[:, None] * support
    return ((moved - support[0]) / (support[1] - support[0])).clamp(0, len(support) - 1)


def shared(prob: Tensor, position: Tensor) -> Tensor:
    """Each mass on its two neighbours, in proportion to how near they are; sums are kept: [B, K]."""
    lower = position.floor().clamp(max=prob.shape[1] - 2)
    share = position - lower  # of the upper neighbour; 1 at the top
    result = torch.zeros_like(prob).scatter_add_(1, lower.long(), prob * (1 - share))
    return result.scatter_add_(1, lower.long() + 1, prob * share)


@exercise(
    "3.9",
    "A distribution that is moved, shrunk, and put back on its grid",
    cases=(
        (t([0.0, 1.0, 0.0]), t(0.25), t(1.0), t(-1.0, 0.0, 1.0)),
        (t([0.25, 0.5, 0.25]), t(0.0), t(1.0), t(-1.0, 0.0, 1.0)),
        (t([0.5, 0.0, 0.5]), t(0.0), t(0.5), t(-1.0, 0.0, 1.0)),
        (t([0.25, 0.5, 0.25]), t(1.0), t(0.0), t(-1.0, 0.0, 1.0)),
        (t([0.2, 0.3, 0.5], [0.2, 0.3, 0.5]), t(5.0, -0.75), t(0.9, 0.9), t(-1.0, 0.0, 1.0)),
        (
            t([0.1, 0.2, 0.4, 0.2, 0.1], [0.0, 0.7, 0.0, 0.1, 0.2]),
            t(1.0, -0.5),
            t(0.8, 0.8),
            t(-4.0, -2.0, 0.0, 2.0, 4.0),
        ),
    ),
)
def project(prob: Tensor, reward: Tensor, bootstrap: Tensor, support: Tensor) -> Tensor:
    """The distribution of R + bootstrap * Z on the atoms of `support`; a mass between two is shared by them: [B, K]."""
    return shared(prob, positions(reward, bootstrap, support))


@project.wrong(
    "where a mass lands exactly on an atom, floor and ceil are the same and both shares are 0: it vanishes. Check that every row sums to 1."
)
def _(prob, reward, bootstrap, support):
    position = positions(reward, bootstrap, support)
    lower, upper = position.floor(), position.ceil()
    result = torch.zeros_like(prob)
    result.scatter_add_(1, lower.long(), prob * (upper - position))
    result.scatter_add_(1, upper.long(), prob * (position - lower))
    return result


@project.wrong("all the mass goes to the *nearest* atom; that shifts the mean. Share it between the two neighbours.")
def _(prob, reward, bootstrap, support):
    nearest = positions(reward, bootstrap, support).round().long()
    return torch.zeros_like(prob).scatter_add_(1, nearest, prob)


@project.wrong("all the mass goes to the atom *below*; that lowers the mean. Share it between the two neighbours.")
def _(prob, reward, bootstrap, support):
    lower = positions(reward, bootstrap, support).floor().long()
    return torch.zeros_like(prob).scatter_add_(1, lower, prob)


@project.wrong(
    "the distribution is shifted but not shrunk: each atom z goes to reward + bootstrap * z, and to the reward alone where bootstrap is 0."
)
def _(prob, reward, bootstrap, support):
    return shared(prob, positions(reward, torch.ones_like(bootstrap), support))


@project.wrong("the distribution is shrunk but not shifted: the reward is missing.")
def _(prob, reward, bootstrap, support):
    return shared(prob, positions(torch.zeros_like(reward), bootstrap, support))


@project.wrong("the reward is multiplied by `bootstrap` as well; it counts in full, at the end too.")
def _(prob, reward, bootstrap, support):
    return shared(prob, positions(bootstrap * reward, bootstrap, support))


@project.wrong("the shares are exchanged: the *nearer* atom gets the larger one. At position 3.25 atom 3 gets 0.75.")
def _(prob, reward, bootstrap, support):
    position = positions(reward, bootstrap, support)
    lower = position.floor().clamp(max=len(support) - 2)
    result = torch.zeros_like(prob)
    result.scatter_add_(1, lower.long(), prob * (position - lower))
    result.scatter_add_(1, lower.long() + 1, prob * (1 - position + lower))
    return result


@project.wrong("several masses can land on one atom; here the later one overwrites the earlier. Add them up.")
def _(prob, reward, bootstrap, support):
    position = positions(reward, bootstrap, support)
    result = torch.zeros_like(prob)
    for b in range(len(prob)):
        for j in range(len(support)):
            lower = min(int(position[b, j]), len(support) - 2)
            result[b, lower] = prob[b, j] * (1 - position[b, j] + lower)
            result[b, lower + 1] = prob[b, j] * (position[b, j] - lower)
    return result


@project.wrong(
    "result[rows, index] += ... adds only once where an index repeats; `scatter_add_` (or a loop) adds every time."
)
def _(prob, reward, bootstrap, support):
    position = positions(reward, bootstrap, support)
    lower = position.floor().clamp(max=len(support) - 2).long()
    rows = torch.arange(len(prob))[:, None]
    result = torch.zeros_like(prob)
    result[rows, lower] += prob * (1 - position + lower)
    result[rows, lower + 1] += prob * (position - lower)
    return result


@project.wrong(
    "what lands beyond the ends is thrown away; it has to be put on the last atom there, so that rows still sum to 1."
)
def _(prob, reward, bootstrap, support):
    moved = reward[:, None] + bootstrap[:, None] * support
    inside = (moved >= support[0]) & (moved <= support[-1])
    return shared(prob * inside, positions(reward, bootstrap, support))


@project.wrong("the position is counted in units of return; divide by the distance of two atoms to count in atoms.")
def _(prob, reward, bootstrap, support):
    moved = reward[:, None] + bootstrap[:, None] * support
    return shared(prob, (moved - support[0]).clamp(0, len(support) - 1))


@project.wrong(
    "nothing is clipped, and the mass beyond the ends is lost: clip the moved atoms to the support before you share."
)
def _(prob, reward, bootstrap, support):
    position = (reward[:, None] + bootstrap[:, None] * support - support[0]) / (support[1] - support[0])
    lower = position.floor()
    result = torch.zeros_like(prob)
    for atom, mass in ((lower, prob * (1 - position + lower)), (lower + 1, prob * (position - lower))):
        inside = (atom >= 0) & (atom < len(support))
        result.scatter_add_(1, atom.clamp(0, len(support) - 1).long(), mass * inside)
    return result


@project.wrong("the position is counted from the return 0; count from the first atom: subtract support[0].")
def _(prob, reward, bootstrap, support):
    moved = reward[:, None] + bootstrap[:, None] * support
    return shared(prob, (moved / (support[1] - support[0])).clamp(0, len(support) - 1))
