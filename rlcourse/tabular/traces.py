"""Eligibility traces: how much of the credit for what happens now goes to a state, or a pair, visited a while ago.

Every trace fades by discount * lam a step. They differ in what a new visit does (Sutton & Barto, 2nd edition, sections
12.2 and 12.5; Singh & Sutton 1996 for replacing traces):

    accumulating   z <- z + 1                 every visit adds to the credit
    replacing      z <- 1                     only the last visit counts
    dutch          z <- (1 - alpha) * z + 1   in between, as the derivation of true online TD(lambda) has it
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from rlcourse.mdp.arrays import Floats

Trace = Literal["accumulating", "replacing", "dutch"]


def validated_trace(trace: Trace) -> Trace:
    """The name of a trace; raises ValueError for any other."""
    if trace not in get_args(Trace):
        raise ValueError(f"trace is {trace!r}; expected one of {', '.join(get_args(Trace))}")
    return trace


def visited(z: Floats, trace: Trace, alpha: Floats) -> Floats:
    """The trace after one more visit, for traces [...] and step sizes that broadcast to them."""
    if trace == "replacing":
        return np.ones_like(z)
    return (1.0 - alpha) * z + 1.0 if trace == "dutch" else z + 1.0
