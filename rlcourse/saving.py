"""What a saved notebook keeps of a live view: the picture, so that it can be opened again without its kernel.

An output of ours holds a live view and, beside it, a static form: a picture, or HTML. JupyterLab and VS Code show the
view and nothing else, and once the kernel that it belongs to is gone they show "model not found". So whatever is
saved holds the static form alone. This module is an extension of the Jupyter server, switched on by
jupyter_server_config.d/rlcourse.json, which is installed with the package. The server asks it before it signs and
writes a notebook: a trusted notebook stays trusted, and the page that saved it stays live. The price is that a page
that is loaded again shows pictures too, even where the kernel still runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
STATIC_TYPES = ("image/png", "text/html", "text/markdown")


def leave_views_out(cells: list[Any]) -> None:
    """Take the live view out of every output of these cells that has a static form as well, in place."""
    for cell in cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if any(kind in data for kind in STATIC_TYPES):
                data.pop(WIDGET_VIEW, None)


def before_saving(model: Mapping[str, Any], **_: Any) -> None:
    """The server's hook; of what it saves, only notebooks of format 4 are looked at."""
    content = model.get("content")
    if model.get("type") == "notebook" and content and content.get("nbformat") == 4:
        leave_views_out(content["cells"])


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "rlcourse.saving"}]


def _load_jupyter_server_extension(server: Any) -> None:
    server.contents_manager.register_pre_save_hook(before_saving)
