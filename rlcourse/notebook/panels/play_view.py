"""What play() shows besides its buttons: a state in large, the tally, and both on a card where no kernel runs."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
from matplotlib import rcParams
from matplotlib.figure import Figure

from rlcourse.notebook.pictures.numbers import number
from rlcourse.notebook.pictures.style import COLORS, INK, PAPER

TEXT = "font-size: calc(15px * var(--rl-scale, 1)); line-height: 1.5; font-variant-numeric: tabular-nums"
COMMENTS = 8.6  # the height of the expert's comments, in the size of their letters
CELL = "padding: 1px 1.6em 1px 0"


def large(text: str) -> str:
    """Text as it is, to be read from the back row, as HTML."""
    style = "font-size: calc(30px * var(--rl-scale, 1)); font-weight: 600; line-height: 1.3; white-space: pre-line"
    return f'<div style="{style}; min-height: 1.3em">{html.escape(text)}</div>'


def card(text: str, choices: list[str]) -> Figure:
    """The text, and the choices as buttons that are only drawn."""
    lines = text.split("\n")
    font, width = rcParams["font.size"], 6.0
    size = min(1.8 * font, 72 * width / (0.75 * max(map(len, lines))))  # a letter of DejaVu is narrower than that
    figure = Figure(figsize=(width, (1.4 * size * len(lines) + 4.4 * font) / 72), facecolor=PAPER)
    figure.set_layout_engine("none")
    down = font / 72 / figure.get_figheight()
    figure.text(0.02, 1 - down, text, fontsize=size, weight="bold", va="top", color=INK)
    left = 0.033
    for choice in choices:
        box = {"boxstyle": "round,pad=0.45", "facecolor": COLORS["blue"], "edgecolor": "none"}
        figure.text(left, 1.6 * down, choice, fontsize=font, va="center", color=PAPER, bbox=box)
        left += (0.6 * len(choice) + 1.3) * font / (72 * width)
    return figure


def comments(said: list[tuple[str, str]]) -> str:
    """Comments with their marks as a list, as HTML, as tall when empty as when full: the newest are in sight."""
    muted = "color: var(--jp-ui-font-color2, #666)"
    items = [] if said else [f'<div style="{muted}">Here the expert comments on your moves.</div>']
    for mark, text in said:
        color = {"✓": COLORS["good"], "✗": COLORS["bad"]}.get(mark, "transparent")
        style = f"border-left: 5px solid {color}; padding: 1px 10px; margin: 4px 0"
        items.append(f'<div role="listitem" style="{style}">{html.escape(f"{mark} {text}".strip())}</div>')
    box = f"{TEXT}; height: {COMMENTS}em; overflow-y: auto; display: flex; flex-direction: column-reverse"
    role = ' role="list" aria-live="polite"' if said else ""
    return f'<div style="{box}" tabindex="0"><div{role} style="margin-bottom: auto">{"".join(items)}</div></div>'


def tally(lines: Sequence[tuple[str, ...]]) -> str:
    """A table as HTML; its first line are headings."""
    return f'<table style="{TEXT}; border-collapse: collapse">{"".join(_tally_row(*line) for line in lines)}</table>'


def _tally_row(who: str, *cells: str) -> str:
    """A row of the tally, as HTML; the first has no name, and its cells are headings."""
    kind, wrap = ("td", "nowrap") if who else ('th scope="col"', "normal")
    style = f"{CELL}; text-align: right; white-space: {wrap}"
    shown = "".join(f'<{kind} style="{style}">{text}</{kind[:2]}>' for text in cells)
    name = f'<th scope="row" style="{CELL}; text-align: left; white-space: nowrap">{who}</th>' if who else "<td></td>"
    return f"<tr>{name}{shown}</tr>"


def with_error(returns: list[float]) -> str:
    """The mean, and two standard errors of it where there are at least two returns."""
    if not returns:
        return "–"
    mean = number(float(np.mean(returns)), 3)
    if len(returns) < 2:
        return mean
    return f"{mean} ± {number(2 * float(np.std(returns, ddof=1)) / len(returns) ** 0.5, 3)}"
