"""Sarsa(lambda): each surprise is shared by all the pairs that led to it, in proportion to how recent they are.

    delta = R + discount * Q(S', A') - Q(S, A)
    z(S, A) <- z(S, A) + 1 (accumulating),  1 (replacing),  or  (1 - alpha) * z(S, A) + 1 (dutch)
    Q <- Q + alpha * delta * z,   z <- discount * lam * z      for all pairs

The eligibility trace z is the memory: lam = 0 forgets at once and is Sarsa, lam = 1 remembers the whole episode, as
Monte Carlo does. Source: Rummery and Niranjan (1994); Sutton & Barto, 2nd edition, section 12.7, of whose box this is
the case of one feature for each pair. Replacing traces leave those of the other actions in the state alone. An
accumulating trace grows above 1 where a pair is visited again and again, and then a large alpha makes the values
diverge; the others do not.
"""

from __future__ import annotations

from typing import Unpack

import numpy as np
import numpy.typing as npt

from rlcourse.mdp import FiniteMDP
from rlcourse.mdp.arguments import for_each_run, fractions
from rlcourse.tabular.control.interaction import Interaction, Learned
from rlcourse.tabular.control.settings import Settings, with_settings
from rlcourse.tabular.traces import Trace, validated_trace, visited


@with_settings
def sarsa_lambda(
    mdp: FiniteMDP, *, lam: npt.ArrayLike = 0.9, trace: Trace = "replacing", **settings: Unpack[Settings]
) -> Learned:
    """Learn by Sarsa(lambda) in `runs` independent runs of `episodes` episodes each; lam may differ by run.

    The settings are explained in `tabular.Settings`, and what is raised for bad ones in `Interaction`.
    """
    walk = Interaction(mdp, own_draws=1, **settings)  # own: the first action of an episode
    decay = mdp.discount * for_each_run("lam", fractions("lam", lam), walk.runs)
    validated_trace(trace)
    q = walk.table()  # [runs, S, A]
    z, change = np.zeros_like(q), np.empty_like(q)  # traces, and room to work in
    value, trace_of = q.reshape(-1), z.reshape(-1)  # the same numbers in one row
    action = walk.first_actions(q, np.zeros_like(walk.run))
    while walk.tick():
        reward, next_state = walk.take(action)
        next_action = walk.choose(q, next_state)
        here, there = walk.entry(walk.state, action), walk.entry(next_state, next_action)
        error = reward + mdp.discount * value[there] - value[here]  # value is 0 in terminal states
        trace_of[here] = visited(trace_of[here], trace, walk.alpha)
        with np.errstate(over="ignore", invalid="ignore"):  # where values diverge, move_on says so in words
            q += np.multiply(z, (walk.alpha * error)[:, None, None], out=change)
        z *= decay[:, None, None]
        z[walk.ended] = 0.0
        walk.move_on(q)
        action = walk.first_actions(q, next_action)
    return walk.learned(q)
