"""What the notebook asks of the kernel that it runs in, if there is one."""

from __future__ import annotations

import inspect
import sys
from typing import Any


def this_cell() -> str:
    """The id of the cell that is being run, or "" where the front end does not tell."""
    kernel = running_kernel()
    metadata: dict[str, Any] = {} if kernel is None else kernel.get_parent().get("metadata") or {}
    return str(metadata.get("cellId") or "")


def answer_widgets_while_cells_await() -> None:
    """Let every slider of the notebook go on working while a cell such as `await run` is at work.

    A slider sends its next value when the kernel has said that it is done with the last. From 7.4 on, ipykernel handles
    messages of widgets while a cell awaits, but does not say so: the slider would move once, and then be dead for good.
    """
    kernel = running_kernel()
    dispatch = getattr(kernel, "dispatch_shell", None)
    if dispatch is None or "concurrent" not in inspect.signature(dispatch).parameters:
        return  # another ipykernel, or this was done already

    async def answered(*message: Any, **options: Any) -> None:
        cell = kernel.get_parent("shell")
        await dispatch(*message, **options)
        if options.get("concurrent"):
            kernel._publish_status("idle", "shell")  # with this message as its parent, which this task has set
            kernel._publish_status("busy", "shell", parent=cell)  # for the cell is still at work

    kernel.dispatch_shell = answered


def running_kernel() -> Any:
    """The kernel of the notebook; None in plain Python or in a terminal."""
    if "IPython" not in sys.modules:
        return None
    from IPython.core.getipython import get_ipython

    return getattr(get_ipython(), "kernel", None)
