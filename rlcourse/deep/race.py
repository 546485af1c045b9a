"""A race: several learners side by side, each trained as far as the others, so that their curves can share an axis."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor

from rlcourse.deep.learner import Agent


class Race:
    """Learners by name, trained on equal numbers of environment steps: `for metrics in race.train(total_steps): ...`

    The one that is furthest behind goes next, by one of its iterations. `step` is how far all of them have come, and
    every item holds `step`, `seconds` (of all learners together) and, under the name of each learner, the mean return
    of its last 100 episodes there (NaN before the first): what one has learned beyond that point is told when the
    others have come as far. Like a learner it may be left between any two items, and `train` goes on up to an absolute
    count of steps.

    `act` is that of the leader, whose `episode_return` is the highest. Raises ValueError for no learner at all, one
    that takes part twice, and a name that means something else.
    """

    def __init__(self, learners: Mapping[str, Agent[Any]]):
        if not learners or len({id(learner) for learner in learners.values()}) < len(learners):
            raise ValueError(f"learners are {list(learners)}; expected at least one, each under one name")
        if taken := {"step", "seconds"} & set(learners):
            raise ValueError(f"a learner is called {', '.join(sorted(taken))!r}, as the metrics are; call it otherwise")
        self.learners = dict(learners)
        self._ahead = dict.fromkeys(learners, math.nan)  # what each has come to
        self._seen = dict.fromkeys(learners, math.nan)  # the same of those who are not ahead of the others

    @property
    def step(self) -> int:
        """The environment steps that every learner has behind it."""
        return min(learner.step for learner in self.learners.values())

    @property
    def seconds(self) -> float:
        """Spent in the iterations of all learners."""
        return sum(learner.seconds for learner in self.learners.values())

    def train(self, total_steps: int) -> Iterator[dict[str, float]]:
        """Train until every learner has `total_steps` in all, reporting after every iteration of one of them."""
        while self.step < total_steps:
            name = min(self.learners, key=lambda name: self.learners[name].step)
            self._ahead[name] = next(self.learners[name].train(total_steps))["episode_return"]
            step = self.step
            self._seen |= {name: self._ahead[name] for name, learner in self.learners.items() if learner.step <= step}
            yield {"step": step, "seconds": self.seconds, **self._seen}

    @property
    def leader(self) -> str:
        """The name of the learner with the highest return, or of the first where there is none yet."""
        return max(self.learners, key=lambda name: -math.inf if math.isnan(self._ahead[name]) else self._ahead[name])

    def act(self, obs: Tensor, greedy: bool = False) -> Tensor:
        """The leader's actions [B, ...] for observations [B, ...]."""
        return self.learners[self.leader].act(obs, greedy)
