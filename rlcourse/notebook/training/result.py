"""What `await run` gives, and what the notebook shows of it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rlcourse.notebook.pictures.png import Picture
from rlcourse.notebook.training.curves import picture_of_curves
from rlcourse.notebook.training.history import History
from rlcourse.notebook.training.training_thread import State


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """What a run came to: how it ended, whether the goal was reached, and its curves."""

    learner: Any
    state: State
    goal_reached: bool | None
    line: str
    recorded: History
    groups: Sequence[Sequence[str]]
    title: str

    @cached_property
    def picture(self) -> Picture:
        """The curves to the end of the run."""
        return picture_of_curves(self.recorded, self.groups, self.title)

    @property
    def history(self) -> dict[str, Any]:
        """The steps as "step", and the metrics of the curves, as arrays."""
        return self.recorded.arrays()

    def __repr__(self) -> str:
        return self.line

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        png, width, height = self.picture
        bundle = {"image/png": base64.b64encode(png).decode("ascii"), "text/plain": self.line}
        return bundle, {"image/png": {"width": width, "height": height}}
