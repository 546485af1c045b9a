"""Sampling: send many explorers into an MDP and write down what happens to them.

The textbook walks one episode after the other. None depends on another here, since the policy is given, so all are
walked at once, and put in order afterwards.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlcourse.mdp.arguments import whole
from rlcourse.mdp.arrays import Floats, Ints
from rlcourse.mdp.experience import Experience
from rlcourse.mdp.finite_mdp import FiniteMDP
from rlcourse.mdp.sampler import cumulative


def sample_episodes(
    mdp: FiniteMDP, policy: npt.ArrayLike, *, runs: int, episodes: int, seed: int = 0, max_steps: int = 100_000
) -> Experience:
    """Let `runs` independent explorers follow a policy [S, A] for a number of episodes each, and write down everything.

    All runs * episodes episodes are walked at once, for none depends on another: there are as many Python steps as the
    longest episode is long. One uniform number an episode draws the start, one a step the action and its outcome
    together (and a normal one the noise of the reward, where the MDP has it), in the order of run, then episode.

    Raises ValueError for runs or episodes below 1 or a policy that does not fit, RuntimeError where the policy can
    reach a state from which it never ends, or where an episode is not over after `max_steps` steps.
    """
    runs, episodes, max_steps = whole("runs", runs), whole("episodes", episodes), whole("max_steps", max_steps)
    weight = mdp.validated_policy(policy)
    _require_an_end(mdp, weight)
    step = _Draw((weight[:, :, None] * np.where(mdp.allowed[:, :, None], mdp.prob, 0.0)).reshape(mdp.num_states, -1))
    next_state = np.where(mdp.allowed[:, :, None], mdp.next_state, 0).ravel()  # where unavailable, anything may stand
    goes_on = ~mdp.terminal[next_state]
    rng = np.random.default_rng(seed)
    copy = np.arange(runs * episodes)  # the episodes that are still going on
    state = _Draw(mdp.start[None])(np.zeros(copy.size, dtype=np.int64), rng.random(copy.size))
    log: list[tuple[Ints, Ints, Floats | None]] = []
    while copy.size:
        if len(log) == max_steps:
            raise RuntimeError(
                f"{copy.size} of {runs * episodes} episodes were not over after {max_steps} steps; use a policy that "
                "ends sooner, or a larger max_steps"
            )
        outcome = step(state, rng.random(copy.size))  # the number of an entry of prob, [S*A*K]
        log.append((copy, outcome, None if mdp.reward_std is None else rng.standard_normal(copy.size)))
        going = np.flatnonzero(goes_on[outcome])
        copy, state = copy[going], next_state[outcome[going]]
    return _pack(mdp, log, runs, episodes)


def _pack(mdp: FiniteMDP, log: list[tuple[Ints, Ints, Floats | None]], runs: int, episodes: int) -> Experience:
    """Put the episodes of each run one behind the other, and look up what the outcomes were.

    Arrays are laid out time first and handed over transposed, since time is what a learner loops over.
    """
    copy, outcome = (np.concatenate(column) for column in zip(*(entry[:2] for entry in log), strict=True))
    moment = np.repeat(np.arange(len(log)), [entry[0].size for entry in log])
    length = np.bincount(copy, minlength=runs * episodes).reshape(runs, episodes)
    first = np.cumsum(length, axis=1) - length
    shape = int(length.sum(axis=1).max()), runs
    place = (first * runs + np.arange(runs)[:, None]).ravel()[copy] + moment * runs
    _, actions, outcomes = mdp.prob.shape
    padding = mdp.prob.size  # one entry more than there are: the end leads to the end
    at = np.full(shape, padding)
    at.ravel()[place] = outcome
    state, action = np.divmod(np.arange(padding) // outcomes, actions)
    end = int(np.argmax(mdp.terminal))
    reward = np.append(mdp.reward.ravel(), 0.0)[at]
    if mdp.reward_std is not None:
        noise = np.concatenate([entry[2] for entry in log if entry[2] is not None])
        reward.ravel()[place] += mdp.reward_std.ravel()[outcome // outcomes] * noise
    return Experience(
        state=np.append(state, end)[at].T,
        action=np.append(action, 0)[at].T,
        reward=reward.T,
        next_state=np.append(mdp.next_state.ravel(), end)[at].T,
        terminal=mdp.terminal,
        discount=mdp.discount,
    )


class _Draw:
    """Inverse-CDF sampling from rows of `prob` [N, K]: for a row and a uniform number, the index of an entry in [N*K].

    With few columns it counts, column by column, the cumulative probabilities that do not exceed the number. With more,
    all rows stand in one sorted array, row i between i and i + 1, and a draw is one binary search. (A comparison of all
    numbers with all columns at once would need memory for all pairs.)
    """

    def __init__(self, prob: Floats):
        rows, columns = prob.shape
        self.cumulative = cumulative(prob)
        self.sorted = (self.cumulative + np.arange(rows)[:, None]).ravel()
        self.first = np.arange(rows) * columns
        self.last = self.first + np.argmax(self.cumulative >= 1.0, axis=1)  # row + uniform may round up to row + 1

    def __call__(self, row: Ints, uniform: Floats) -> Ints:
        if self.cumulative.shape[1] > 4:
            return np.minimum(np.searchsorted(self.sorted, row + uniform, side="right"), self.last[row])
        index = self.first[row]
        for column in self.cumulative.T[:-1].copy():
            index += uniform >= column[row]
        return index


def _require_an_end(mdp: FiniteMDP, policy: Floats) -> None:
    """Refuse a policy that can reach a state from which it never ends: some episodes would last for ever."""
    process = mdp.under(policy)
    reached, frontier = process.start > 0, process.start > 0
    while frontier.any():
        frontier = ((process.transition.T @ frontier.astype(float)) > 0) & ~reached
        reached |= frontier
    lost = process.endless[reached[process.endless]]
    if lost.size:
        raise RuntimeError(
            f"this policy never reaches a terminal state from {mdp.listed(lost)}, so its episodes would not end; "
            "use a policy that reaches the end from everywhere it can get to"
        )
