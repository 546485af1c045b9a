"""3.10 A noisy linear layer: weights with a mean, a standard deviation, and factorised noise."""

import torch
from torch import Tensor

from rlcourse.exercises.tensors import exercise, t


def f(noise: Tensor) -> Tensor:
    """sign(e) sqrt(|e|)."""
    return noise.sign() * noise.abs().sqrt()


@exercise(
    "3.10",
    "A layer that is not sure",
    cases=(
        (t([2.0]), t([3.0]), t([0.5]), t(1.0), t(0.1), t(4.0), t(9.0)),
        (t([2.0]), t([3.0]), t([0.5]), t(1.0), t(0.1), t(-4.0), t(9.0)),
        (
            t([1.0, 2.0], [0.0, -1.0]),
            t([1.0, 0.0], [2.0, -1.0]),
            t([0.5, 0.1], [0.2, 0.4]),
            t(0.0, 1.0),
            t(0.3, 0.2),
            t(0.25, -4.0),
            t(1.0, -0.25),
        ),
        (
            t([1.0, 2.0, -1.0]),
            t([1.0, 0.0, 3.0], [2.0, -1.0, 0.5]),
            t([0.5, 0.1, 0.2], [0.2, 0.4, 0.3]),
            t(0.0, 1.0),
            t(0.3, 0.2),
            t(0.25, -4.0, 1.0),
            t(1.0, -0.25),
        ),
    ),
)
def noisy_linear(
    x: Tensor, mean_w: Tensor, std_w: Tensor, mean_b: Tensor, std_b: Tensor, noise_in: Tensor, noise_out: Tensor
) -> Tensor:
    """x W^T + b with W = mean_w + std_w * f(noise_out) f(noise_in)^T, b = mean_b + std_b * f(noise_out): [B, O]."""
    f_in, f_out = f(noise_in), f(noise_out)
    return x @ (mean_w + std_w * torch.outer(f_out, f_in)).T + mean_b + std_b * f_out


@noisy_linear.wrong("the noise goes in as drawn; f(e) = sign(e) sqrt(|e|) comes first.")
def _(x, mean_w, std_w, mean_b, std_b, noise_in, noise_out):
    return x @ (mean_w + std_w * torch.outer(noise_out, noise_in)).T + mean_b + std_b * noise_out


@noisy_linear.wrong("f keeps the sign of the noise; here it is always positive, and only ever adds.")
def _(x, mean_w, std_w, mean_b, std_b, noise_in, noise_out):
    f_in, f_out = noise_in.abs().sqrt(), noise_out.abs().sqrt()
    return x @ (mean_w + std_w * torch.outer(f_out, f_in)).T + mean_b + std_b * f_out


@noisy_linear.wrong("the root of a negative number is nan: take the root of |e|, then put the sign back.")
def _(x, mean_w, std_w, mean_b, std_b, noise_in, noise_out):
    f_in, f_out = noise_in.sqrt(), noise_out.sqrt()
    return x @ (mean_w + std_w * torch.outer(f_out, f_in)).T + mean_b + std_b * f_out


@noisy_linear.wrong(
    "the outer product is transposed: rows belong to outputs, columns to inputs, as in the weights [O, I]."
)
def _(x, mean_w, std_w, mean_b, std_b, noise_in, noise_out):
    f_in, f_out = f(noise_in), f(noise_out)
    return x @ (mean_w + std_w * torch.outer(f_in, f_out)).T + mean_b + std_b * f_out


@noisy_linear.wrong("the bias has noise too: mean_b + std_b * f(noise_out).")
def _(x, mean_w, std_w, mean_b, std_b, noise_in, noise_out):
    return x @ (mean_w + std_w * torch.outer(f(noise_out), f(noise_in))).T + mean_b


@noisy_linear.wrong("the weights are right; in the bias, too, the noise goes through f.")
def _(x, mean_w, std_w, mean_b, std_b, noise_in, noise_out):
    return x @ (mean_w + std_w * torch.outer(f(noise_out), f(noise_in))).T + mean_b + std_b * noise_out


@noisy_linear.wrong(
    "the standard deviations are missing: they are what the network learns, down to 0 where it has become sure."
)
def _(x, mean_w, std_w, mean_b, std_b, noise_in, noise_out):
    f_in, f_out = f(noise_in), f(noise_out)
    return x @ (mean_w + torch.outer(f_out, f_in)).T + mean_b + f_out


@noisy_linear.wrong("the noise of the weights is not scaled: multiply it by std_w, as you do with std_b in the bias.")
def _(x, mean_w, std_w, mean_b, std_b, noise_in, noise_out):
    f_in, f_out = f(noise_in), f(noise_out)
    return x @ (mean_w + torch.outer(f_out, f_in)).T + mean_b + std_b * f_out


@noisy_linear.wrong(
    "all outputs get the same noise in their weights: f(noise_out) belongs there as well, one factor a row."
)
def _(x, mean_w, std_w, mean_b, std_b, noise_in, noise_out):
    return x @ (mean_w + std_w * f(noise_in)).T + mean_b + std_b * f(noise_out)


@noisy_linear.wrong("this is the layer without its noise: what is used when the agent shows what it has learned.")
def _(x, mean_w, std_w, mean_b, std_b, noise_in, noise_out):
    return x @ mean_w.T + mean_b


@noisy_linear.wrong("the weights are [O, I] and the batch is [B, I]: multiply by the transposed weights.")
def _(x, mean_w, std_w, mean_b, std_b, noise_in, noise_out):
    f_in, f_out = f(noise_in), f(noise_out)
    return x @ (mean_w + std_w * torch.outer(f_out, f_in)) + mean_b + std_b * f_out
