"""Numbers as a person reads them: with a true minus sign (U+2212), and without a sign on zero.

matplotlib writes its ticks like that; these two write everything else that a person reads: figures, panels, tables.
What prints as Python -- an array, the output of a cell -- keeps its hyphen.
"""

from __future__ import annotations

import re

import numpy as np

_BEFORE = r"(?<![\w.)\]-])"  # not within a word, a range of pages, a date or a difference
_ZERO = re.compile(_BEFORE + r"-(?=0(\.0+)?(?!\w|\.\d))")
_MINUS = re.compile(_BEFORE + r"-(?=\.?\d|inf\b)|(?<=\d[eE])-(?=\d)")


def number(value: float, decimals: int) -> str:
    """A number to so many decimals; a dash if it is not finite."""
    return true_minus(f"{value:.{decimals}f}") if np.isfinite(value) else "–"


def true_minus(text: str) -> str:
    """The text with a minus sign in place of the hyphen of every negative number, and none before a zero."""
    return _MINUS.sub("−", _ZERO.sub("", text))
