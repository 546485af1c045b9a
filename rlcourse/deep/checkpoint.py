"""save(learner, path) and load(learner, path): a run that was stopped, or killed, goes on as if it had not been.

A file is written under a temporary name beside its own and then moved into place, so at every moment the name stands
for one whole snapshot: the last, or the one before. Only tensors and plain Python are read back: a file from a stranger
cannot run code.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any, Protocol

import torch


class Saved(Protocol):
    """Whatever can be saved: a learner."""

    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, saved: dict[str, Any]) -> Any: ...


def save(learner: Saved, path: str | os.PathLike[str]) -> None:
    """Write a snapshot of the learner; raises FileNotFoundError if there is no such folder."""
    target = Path(path)
    if not target.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {target.parent} to save {target.name} in")
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            torch.save(learner.state_dict(), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load(learner: Saved, path: str | os.PathLike[str]) -> None:
    """Put the learner where the saved one was.

    The learner is built as the saved one was: the same kind of environment with as many copies, the same config but for
    its live fields. Raises FileNotFoundError if there is no such file, ValueError if it is no snapshot of this kind of
    learner, is cut short, or was built otherwise; the learner is then as it was (but for an environment that is not
    native: that begins new episodes).
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever foreign bytes lead to
        raise ValueError(
            f"{path} is not a whole file written by save(): it may be cut short, or something else"
        ) from error
    if not isinstance(saved, dict) or "algorithm" not in saved:
        raise ValueError(f"{path} holds {type(saved).__name__}; expected a snapshot written by save()")
    before = learner.state_dict()
    try:
        learner.load_state_dict(saved)
    except BaseException as error:
        learner.load_state_dict(before)
        if not isinstance(error, Exception):  # an interrupt
            raise
        raise ValueError(f"{path} does not fit this learner: {error}") from error
