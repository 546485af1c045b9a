"""What `await run` gives, and what the notebook shows of it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rlcourse.notebook.pictures.png import Picture
from rlcourse.notebook.training.curves import Curves
from rlcourse.notebook.training.training_thread import State


@dataclass(frozen=True, eq=False, repr=False)
class Outcome:
    """What a run came to: how it ended, whether the goal was reached, and its curves."""

    learner: Any
    state: State
    goal_reached: bool | None
    line: str
    curves: Curves

    @cached_property
    def picture(self) -> Picture:
        """The curves to the end of the run."""
        return self.curves.picture()

    @property
    def history(self) -> dict[str, Any]:
        """The steps as "step", and the metrics of the curves, as arrays."""
        return self.curves.points.history()

    def __repr__(self) -> str:
        return self.line

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        png, width, height = self.picture
        bundle = {"image/png": base64.b64encode(png).decode("ascii"), "text/plain": self.line}
        return bundle, {"image/png": {"width": width, "height": height}}
