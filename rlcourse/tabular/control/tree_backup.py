"""n-step tree backup: look n steps ahead, and weigh the roads not taken by what they are thought to be worth.

    G = R_{t+1} + discount * [ sum_{a != A_{t+1}} pi(a | S_{t+1}) Q(S_{t+1}, a) + pi(A_{t+1} | S_{t+1}) * G' ]

where G' is the same expression one step later, down to R + discount * sum_a pi(a | S) Q(S, a) at the last step. With
V(S) = sum_a pi(a | S) Q(S, a) the bracket is V(S) + pi(A | S) * (G' - Q(S, A)): the estimate, corrected at the one
action that was tried. No draw of an action enters, so there is no ratio of probabilities even when learning
off-policy. n = 1 is Expected Sarsa. Source: Precup, Sutton and Singh (2000); Sutton & Barto, 2nd edition, section 7.5,
equation (7.16).

Here pi is the epsilon-greedy policy that acts, for the action values as they stand. The book draws A_{t+1} before the
update of time t, though that does not need it; here it is drawn after, from what has been learned by then, so that n =
1 is Expected Sarsa to the last step.
"""

from __future__ import annotations

from typing import Unpack

import numpy.typing as npt

from rlcourse.mdp import FiniteMDP
from rlcourse.tabular.control.epsilon_greedy import expected_value, probability
from rlcourse.tabular.control.interaction import Interaction, Learned
from rlcourse.tabular.control.recent_steps import RecentSteps
from rlcourse.tabular.control.settings import Settings, with_settings


@with_settings
def tree_backup(mdp: FiniteMDP, *, n: npt.ArrayLike = 4, **settings: Unpack[Settings]) -> Learned:
    """Learn by n-step tree backup in `runs` independent runs of `episodes` episodes each; n may differ by run.

    The settings are explained in `tabular.Settings`, and what is raised for bad ones in `Interaction`.
    """
    walk = Interaction(mdp, **settings)
    recent = RecentSteps(n, walk.runs)
    q = walk.table()
    while walk.tick():
        action = walk.choose(q)
        reward, next_state = walk.take(action)
        recent.add(walk.state, action, reward)
        for back, who in recent.due(walk.length, walk.ended):
            epsilon_ = walk.epsilon[who]
            leaf = expected_value(walk.values(q, next_state[who], who), epsilon_)  # 0 in terminal states
            s, a, r = recent.ago(0, who)
            return_ = r + mdp.discount * leaf
            for k in range(1, back + 1):  # up the tree: s, a, return_ belong to the step after r
                values, corrected = walk.values(q, s, who), return_ - q[who, s, a]
                branch = expected_value(values, epsilon_) + probability(values, epsilon_, a) * corrected
                s, a, r = recent.ago(k, who)
                return_ = r + mdp.discount * branch
            q[who, s, a] += walk.alpha[who] * (return_ - q[who, s, a])
        walk.move_on(q)
    return walk.learned(q)
