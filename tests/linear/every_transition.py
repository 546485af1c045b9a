"""All transitions that a behaviour may make, each once: the mean over them, weighted by their chances, has no noise."""

import numpy as np

from rlcourse.linear import Transitions


def every_transition(mdp, behaviour, target, weighting, before=()):
    """One run for each state, action and outcome, and the chances of the runs.

    Every run makes one step, from a state drawn with `weighting`; before it, all of them make the steps (state, ratio,
    reward, next_state) of `before`.
    """
    state, action, outcome = np.nonzero((mdp.prob > 0) & mdp.allowed[:, :, None] & (behaviour > 0)[:, :, None])
    live = ~mdp.terminal[state]
    state, action, outcome = state[live], action[live], outcome[live]
    chance = weighting[state] * behaviour[state, action] * mdp.prob[state, action, outcome]
    columns = [
        state,
        target[state, action] / behaviour[state, action],
        mdp.reward[state, action, outcome],
        mdp.next_state[state, action, outcome],
    ]
    steps = [np.stack([*(np.full_like(c, step[i]) for step in before), c]) for i, c in enumerate(columns)]
    return Transitions(*steps, terminal=mdp.terminal, discount=mdp.discount), chance
