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

import numpy as np
import numpy.typing as npt

from rlcourse.mdp import FiniteMDP
from rlcourse.tabular.epsilon_greedy import choose
from rlcourse.tabular.interaction import ACTION, Interaction, Learned, Record
from rlcourse.tabular.sarsa_lambda import TRACES, visited
from rlcourse.tabular.settings import Setting, setting


def watkins_q_lambda(
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
    """Learn by Watkins's Q(lambda) in `runs` independent runs of `episodes` episodes each; lam may differ by run.

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
    )
    decay = mdp.discount * setting("lam", lam, runs, zero=True)
    if trace not in TRACES:
        raise ValueError(f"trace is {trace!r}; expected one of {', '.join(TRACES)}")
    q = walk.table(initial)  # [runs, S, A]
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
