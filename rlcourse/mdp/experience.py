"""Recorded experience: episodes of many independent runs, from which every method learns the same lesson.

Prediction takes the policy as given, so what happens does not depend on what is learned. It can be recorded once and
played to every method and every setting: their curves then differ by the method, not by luck. A run is its episodes,
one after the other without gaps; step t took `action` in `state`, paid `reward` and led to `next_state`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from rlcourse.mdp.arguments import fraction
from rlcourse.mdp.arrays import Bools, Floats, Ints


@dataclass(frozen=True, eq=False, kw_only=True)
class Experience:
    """The same number of whole episodes in each of `runs` runs, in arrays [runs, T] of 8 bytes an entry.

    Runs that are shorter than the longest are padded with steps from a terminal state to itself with reward 0, which
    teach nothing. After the last step of an episode `next_state` is terminal, and `state` of the next step is a start.

    Raises ValueError, naming the run and the step, where the arrays do not fit this.
    """

    state: Ints  # [runs, T]
    action: Ints  # [runs, T]
    reward: Floats  # [runs, T]
    next_state: Ints  # [runs, T] where the step led, which at the end of an episode is not `state` of the next step
    terminal: Bools  # [S]
    discount: float

    def __post_init__(self) -> None:
        shape = np.shape(self.state)
        if len(shape) != 2 or 0 in shape:
            raise ValueError(f"state has shape {shape}; expected [runs, steps], none of them 0")
        for field, kind in (("state", "iu"), ("action", "iu"), ("reward", "fiu"), ("next_state", "iu")):
            given = np.asarray(getattr(self, field))
            if given.shape != shape or given.dtype.kind not in kind:
                number = "numbers" if field == "reward" else "integers"
                raise ValueError(f"{field} is {given.dtype} of shape {given.shape}; expected {number} of shape {shape}")
            self._store(field, given.astype(np.float64 if field == "reward" else np.int64, copy=False))
        self._store("terminal", np.asarray(self.terminal, dtype=bool))
        object.__setattr__(self, "discount", fraction("discount", self.discount))
        for field in ("state", "next_state"):
            value = getattr(self, field)
            if value.min() < 0 or value.max() >= self.num_states:
                raise ValueError(f"{field} must lie in 0..{self.num_states - 1}; got {value.min()}..{value.max()}")
        self._validate()

    def _store(self, field: str, array: npt.NDArray[np.generic]) -> None:
        array = array.view()  # read-only here, without touching the caller's own array
        array.setflags(write=False)
        object.__setattr__(self, field, array)

    def _validate(self) -> None:
        padding, ends = self.padding, self.terminal[self.next_state]
        self._check(~np.isfinite(self.reward), "the reward is not finite")
        self._check(padding & ((self.reward != 0) | ~ends), "a terminal state is left, or pays")
        after = self.state[:, 1:]
        self._check(~ends[:, :-1] & (after != self.next_state[:, :-1]), "the next step does not start where this led")
        self._check(padding[:, :-1] & ~padding[:, 1:], "experience goes on after padding")
        self._check(~ends[:, -1:], "the last episode has no end", first=self.state.shape[1] - 1)
        count = self.end.sum(axis=1)
        if count.min() == 0 or count.min() != count.max():
            raise ValueError(f"runs have {count.min()} to {count.max()} episodes; expected the same number, at least 1")

    def _check(self, wrong: Bools, problem: str, first: int = 0) -> None:
        if wrong.any():
            run, step = (int(i) for i in np.argwhere(wrong)[0])
            raise ValueError(f"run {run}, step {step + first}: {problem}")

    def __repr__(self) -> str:
        return f"Experience({self.runs} runs of {self.episodes} episodes, {int(self.steps.sum())} steps)"

    @property
    def runs(self) -> int:
        return int(self.state.shape[0])

    @property
    def num_states(self) -> int:
        return int(self.terminal.shape[0])

    @cached_property
    def padding(self) -> Bools:
        """Whether the run was over before this step, [runs, T]."""
        return np.asarray(self.terminal[self.state])

    @cached_property
    def end(self) -> Bools:
        """Whether the step is the last one of its episode, [runs, T]."""
        return np.asarray(self.terminal[self.next_state] & ~self.padding)

    @cached_property
    def start(self) -> Bools:
        """Whether the step is the first one of its episode, [runs, T]."""
        first = ~self.padding
        first[:, 1:] &= self.end[:, :-1]
        return first

    @cached_property
    def steps(self) -> Ints:
        """How many steps each run has before its padding, [runs]."""
        return np.asarray(self.state.shape[1] - self.padding.sum(axis=1))

    @cached_property
    def episodes(self) -> int:
        """How many episodes each run has."""
        return int(self.end[0].sum())

    @cached_property
    def lengths(self) -> Ints:
        """How many steps each episode has, [runs, episodes]."""
        last = np.nonzero(self.end)[1].reshape(self.runs, self.episodes)
        return np.diff(last, axis=1, prepend=-1)

    @cached_property
    def returns(self) -> Floats:
        """What followed each step in its own episode, G_t = R_{t+1} + discount * G_{t+1}, [runs, T] (equation 3.9)."""
        following = np.zeros(self.runs)
        total = np.empty((self.state.shape[1], self.runs))  # time first: the loop then runs along memory
        reward, end = self.reward.T, self.end.T
        for t in reversed(range(total.shape[0])):
            following = total[t] = reward[t] + self.discount * np.where(end[t], 0.0, following)
        return total.T

    @cached_property
    def longest_first(self) -> Ints:
        """The runs in the order in which their experience ends, the longest first, [runs]."""
        return np.argsort(-self.steps, kind="stable")

    def runs_at_each_step(self) -> Iterator[Ints]:
        """Step by step, the runs that still go on: always the first few of `longest_first`, so a slice finds them."""
        order, steps = self.longest_first, np.sort(self.steps)
        for over in np.searchsorted(steps, np.arange(steps[-1]), side="right").tolist():
            yield order[: steps.size - over]

    @classmethod
    def from_episodes(
        cls, runs: Sequence[Sequence[Sequence[float]]], *, num_states: int, discount: float = 1.0
    ) -> Experience:
        """Experience without actions from lists as the book writes them: S_0, R_1, S_1, R_2, ..., R_T for each episode.

        `runs` is a list of runs, each a list of episodes. State `num_states` is the end, where every episode leads.
        """
        streams = []
        for episodes in runs:
            stream: list[tuple[int, float, int]] = []
            for episode in episodes:
                if len(episode) < 2 or len(episode) % 2:
                    raise ValueError(f"episode {list(episode)} must be S_0, R_1, ..., R_T: states and rewards in turn")
                visited = [*(int(s) for s in episode[::2]), num_states]
                stream += zip(visited[:-1], episode[1::2], visited[1:], strict=True)
            streams.append(stream)
        length = max((len(stream) for stream in streams), default=0)
        pad = (num_states, 0.0, num_states)
        table = np.array([stream + [pad] * (length - len(stream)) for stream in streams], dtype=np.float64)
        if table.ndim != 3:
            raise ValueError("expected at least one run of at least one episode")
        state, next_state = table[:, :, 0].astype(np.int64), table[:, :, 2].astype(np.int64)
        return cls(
            state=state,
            action=np.zeros_like(state),
            reward=table[:, :, 1],
            next_state=next_state,
            terminal=np.arange(num_states + 1) == num_states,
            discount=discount,
        )


def a_b_episodes() -> Experience:
    """Example 6.4: the eight episodes A,0,B,0; six times B,1; B,0. States: 0 is A, 1 is B, 2 the end.

    What is A worth? Its one return was 0, says batch Monte Carlo; it led to B, and B is worth 3/4, says batch TD.
    """
    return Experience.from_episodes([[[0, 0, 1, 0], *[[1, 1]] * 6, [1, 0]]], num_states=2)
