"""Boxes of widgets that leave a picture where no kernel runs.

GitHub, print, and a notebook that was not run since it was opened show the picture, which says what it is; a screen
reader and the notebook tests read the line.
"""

from __future__ import annotations

import base64
from typing import Any

import ipywidgets as widgets

from rlcourse.notebook.pictures.png import Picture, captioned

OFFER = "Stored picture. Run this cell to use the panel."


class StaticBox(widgets.VBox):
    """A box of widgets whose stored output also holds a picture and one line of text."""

    summary: str = ""

    def picture(self) -> Picture:
        """What the box shows now."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.summary

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**kwargs) or {}
        picture = captioned(self.picture(), OFFER)
        bundle["image/png"] = base64.b64encode(picture.png).decode("ascii")
        bundle["text/plain"] = self.summary
        return bundle, {"image/png": {"width": picture.width, "height": picture.height, "alt": self.summary}}
