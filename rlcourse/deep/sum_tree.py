"""A sum tree: draws one of a million leaves in proportion to its value, and lets any of them change, in microseconds.

Leaf i holds v_i lottery tickets, a whole number; a node holds the sum of its children. Ticket t belongs to leaf i if

    v_0 + ... + v_(i-1)  <=  t  <  v_0 + ... + v_i

and is found from the top: which child does it fall into, and how many tickets lie before that child? Source: Schaul et
al. (2016), Prioritized Experience Replay, section 3.3 and appendix. What differs from the binary tree of floats there:

- Whole numbers (int64) instead of floats, so that every sum is exact. Sums of floats depend on their order: they drift
  when updated by differences, and a draw near a boundary may end in a leaf of value 0. float32 could not even tell a
  million leaves apart: a uniform number has 24 bits, 17 different values a leaf. Nor does a GPU add floats in the same
  order twice; whole numbers come out the same everywhere.
- Wide instead of binary: `fan_out` children a node, and a top level that is searched as one row of up to `top` nodes.
  A million leaves have two levels, not twenty, and a level costs a few tensor calls for the whole batch.
- Parents are recomputed from their children, never adjusted: the same leaf twice in an update does no harm.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor


class SumTree:
    """`size` leaves with int64 values >= 0, all 0 at first; the sum of all must stay below 2**63 (see `most`).

    Nothing here waits for the device, which must know float64 (Apple's GPUs do not). Raises ValueError for a size below
    1 or a fan-out below 2.
    """

    def __init__(self, size: int, fan_out: int = 64, top: int = 16_384, device: str = "cpu"):
        for name, value, least in (("size", size, 1), ("fan_out", fan_out, 2), ("top", top, 1)):
            if value < least:
                raise ValueError(f"{name} is {value}; expected at least {least}")
        self.size, self.fan_out = size, fan_out
        self.most = 2**62 // size  # tickets that every leaf may hold without the sum overflowing
        self._levels: list[Tensor] = []  # the leaves first, the top last; all but the top are padded to whole families
        count = size
        while count > top:
            families = -(-count // fan_out)
            self._levels.append(torch.zeros(families * fan_out, dtype=torch.int64, device=device))
            count = families
        self._levels.append(torch.zeros(count, dtype=torch.int64, device=device))

    @property
    def values(self) -> Tensor:
        """What every leaf holds, [size]; a view, to be changed by `set` and `fill` only."""
        return self._levels[0][: self.size]

    @property
    def total(self) -> Tensor:
        """The number of tickets, a tensor without dimensions."""
        return self._levels[-1].sum()

    def set(self, index: Tensor, value: Tensor) -> None:
        """Give the leaves index [B] new values [B]; one that is there twice gets the larger, whatever the order."""
        self._levels[0].scatter_reduce_(0, index, value, "amax", include_self=False)
        node = index
        for below, level in pairwise(self._levels):
            node = node // self.fan_out
            # Siblings compute their parent twice and write the same number.
            level.index_copy_(0, node, below.view(-1, self.fan_out).index_select(0, node).sum(dim=1))

    def fill(self, start: int, stop: int, value: Tensor | int) -> None:
        """Give the leaves start, ..., stop - 1 one value, or one each [stop - start]."""
        self._levels[0][start:stop] = value
        for below, level in pairwise(self._levels):
            start, stop = start // self.fan_out, -(-stop // self.fan_out)
            level[start:stop] = below.view(-1, self.fan_out)[start:stop].sum(dim=1)

    def find(self, ticket: Tensor) -> tuple[Tensor, Tensor]:
        """The leaves [B] that hold the tickets [B], and their values [B]; 0 <= ticket < total.

        A leaf of value 0 is never found; tickets from total on go to the last one that is not. Raises RuntimeError if
        all are 0 (on a GPU when it gets there).
        """
        return self._descend(ticket, self._levels[-1].cumsum(dim=0))

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Leaves [count] and their values [count]: one ticket drawn from each of `count` equal shares, in order."""
        upto = self._levels[-1].cumsum(dim=0)
        uniform = torch.rand(count, dtype=torch.float64, generator=generator, device=upto.device)
        share = upto[-1].double() / count
        return self._descend(((torch.arange(count, device=upto.device) + uniform) * share).long(), upto)

    def _descend(self, ticket: Tensor, upto: Tensor) -> tuple[Tensor, Tensor]:
        """As `find`; upto [top] is the sum of every top node and those before it."""
        torch._assert_async(upto[-1] > 0, "every leaf of the sum tree is 0: there is nothing to draw")
        ticket = torch.minimum(ticket, upto[-1] - 1)  # a float near total may have been rounded up to it
        node = torch.searchsorted(upto, ticket, right=True)
        value, until = self._levels[-1].take(node), upto.take(node)
        for level in reversed(self._levels[:-1]):
            ticket = ticket - (until - value)  # counted from the first ticket of this family
            children = level.view(-1, self.fan_out).index_select(0, node)  # [B, fan_out]
            upto = children.cumsum(dim=1)
            child = torch.searchsorted(upto, ticket[:, None], right=True)  # [B, 1]
            value, until = children.gather(1, child).squeeze(1), upto.gather(1, child).squeeze(1)
            node = node * self.fan_out + child.squeeze(1)
        return node, value
