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

import numpy as np
import numpy.typing as npt

from rlcourse.mdp import FiniteMDP
from rlcourse.mdp.reward_process import Floats
from rlcourse.tabular.interaction import Interaction, Learned, Record
from rlcourse.tabular.settings import Setting, setting

TRACES = ("accumulating", "replacing", "dutch")


def sarsa_lambda(
    mdp: FiniteMDP,
    *,
    runs: int,
    episodes: int,
    lam: npt.ArrayLike = 0.9,
    trace: str = "replacing",
    alpha: Setting = 0.5,
    epsilon: Setting = 0.1,
    initial: npt.ArrayLike = 0.0,
    seed: int = 0,
    max_episode_steps: int | None = None,
    record: Record | None = None,
) -> Learned:
    """Learn by Sarsa(lambda) in `runs` independent runs of `episodes` episodes each; lam may differ by run.

    The settings, and what is raised for bad ones, are those of `Interaction`; initial is a number or [S, A].
    """
    walk = Interaction(
        mdp,
        runs=runs,
        episodes=episodes,
        alpha=alpha,
        epsilon=epsilon,
        seed=seed,
        max_episode_steps=max_episode_steps,
        record=record,
        own_rows=1,
    )
    decay = mdp.discount * setting("lam", lam, runs, zero=True)
    if trace not in TRACES:
        raise ValueError(f"trace is {trace!r}; expected one of {', '.join(TRACES)}")
    q = walk.table(initial)  # [runs, S, A]
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


def visited(z: Floats, trace: str, alpha: Floats) -> Floats:
    """The trace of a pair that is visited once more, [m]."""
    if trace == "replacing":
        return np.ones_like(z)
    return (1.0 - alpha) * z + 1.0 if trace == "dutch" else z + 1.0
