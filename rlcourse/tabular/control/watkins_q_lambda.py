"""Watkins's Q(lambda): Q-learning with traces, which are cut where the agent explores.

    delta = R + discount * max_a Q(S', a) - Q(S, A)
    z(S, A) <- z(S, A) + 1 (accumulating), or 1 (replacing)
    Q <- Q + alpha * delta * z,   z <- discount * lam * z if A' is greedy, else 0      for all pairs

The maximum speaks of what the greedy policy would earn, so a surprise may be handed back only along steps that the
greedy policy might have taken: up to the last exploring action. That makes traces short early on, when most actions
explore. lam = 0 is Q-learning. Source: Watkins (1989); Sutton & Barto, 2nd edition, section 12.10. A' is drawn after
the update, as in Q-learning, and is greedy if it ties for the highest value then.
"""

from __future__ import annotations

from typing import Unpack

import numpy as np
import numpy.typing as npt

from rlcourse.mdp import FiniteMDP
from rlcourse.mdp.arguments import for_each_run, fractions
from rlcourse.tabular.control.epsilon_greedy import choose
from rlcourse.tabular.control.interaction import ACTION, Interaction, Learned
from rlcourse.tabular.control.settings import Settings, with_settings
from rlcourse.tabular.traces import Trace, validated_trace, visited


@with_settings
def watkins_q_lambda(
    mdp: FiniteMDP, *, lam: npt.ArrayLike = 0.9, trace: Trace = "replacing", **settings: Unpack[Settings]
) -> Learned:
    """Learn by Watkins's Q(lambda) in `runs` independent runs of `episodes` episodes each; lam may differ by run.

    The settings are explained in `tabular.Settings`, and what is raised for bad ones in `Interaction`.
    """
    walk = Interaction(mdp, **settings)
    decay = mdp.discount * for_each_run("lam", fractions("lam", lam), walk.runs)
    validated_trace(trace)
    q = walk.table()  # [runs, S, A]
    z, change = np.zeros_like(q), np.empty_like(q)  # traces, and room to work in
    value, trace_of = q.reshape(-1), z.reshape(-1)  # the same numbers in one row
    while walk.tick():
        values = walk.values(q, walk.state)
        action = choose(values, walk.epsilon, walk.uniform[ACTION])
        greedy = values[action, walk.run] == values.max(axis=0)
        z *= np.where(greedy, decay, 0.0)[:, None, None]
        reward, next_state = walk.take(action)
        best = walk.values(q, next_state).max(axis=0)  # 0 in terminal states
        here = walk.entry(walk.state, action)
        error = reward + mdp.discount * best - value[here]
        trace_of[here] = visited(trace_of[here], trace, walk.alpha)
        with np.errstate(over="ignore", invalid="ignore"):  # where values diverge, move_on says so in words
            q += np.multiply(z, (walk.alpha * error)[:, None, None], out=change)
        z[walk.ended] = 0.0
        walk.move_on(q)
    return walk.learned(q)
