"""`rows`: the frame of charts with one line per target - name at the left, plot, words at the right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from ipplan_analysis.charts.chart import Chart
from ipplan_analysis.charts.phrases import say
from ipplan_analysis.charts.sheet import EDGE, Sheet, sheet
from ipplan_analysis.charts.theme import GRID, INK, MUTED, SIZE, SMALL, WIDTH, theme, wrap
from ipplan_analysis.messages import status_symbol, status_word
from ipplan_analysis.schema import Language
from ipplan_analysis.style import STATUS_COLOURS

ROW = 0.33  # inches: two lines of a name
NAME_AT, NAME_WIDTH = 0.45, 2.15  # inches: where names start, and how much room they have
UNIT_PER_INCH = 72 / SIZE  # Chinese characters to the inch


def year_text(year: float) -> str:
    """A year as text; empty where there is none."""
    return "" if math.isnan(year) else str(int(year))


def name_of(row: dict[str, Any], language: Language) -> str:
    """Name of a results row in the reader's language; its indicator's identifier where it has none."""
    return str(row.get(f"name_{language}") or row["indicator"])


def short_name(row: dict[str, Any], language: Language) -> str:
    """Identifier and name of a target, for sentences."""
    return f"{row['target_id']} {name_of(row, language)}".strip()


def row_plot(
    names: Sequence[tuple[str, str]], title: str, subtitle: str, note: str, *, right: float, above: float = 0.22
) -> tuple[Sheet, Axes]:
    """Paper and a plot whose row i lies at y = i, counted downwards.

    Parameters
    ----------
    names : identifier and name of each row.
    right : inches kept at the right for words.
    above : inches kept above the first row for headings.
    """
    below = 0.22
    paper = sheet(ROW * len(names) + above + below, title, subtitle, note)
    left = NAME_AT + NAME_WIDTH + 0.1
    axes = paper.axes(left, WIDTH - left - right, below=below, height=ROW * len(names))
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks([])
    for line in range(len(names) + 1):
        axes.axhline(
            line - 0.5,
            xmin=-left / (WIDTH - left - right),
            xmax=1 + right / (WIDTH - left - right),
            color=GRID,
            lw=0.5,
            clip_on=False,
        )
    identified = any(identifier for identifier, _ in names)
    for place, (identifier, name) in enumerate(names):
        y = below + ROW * (len(names) - place - 0.5)
        paper.write(EDGE, y, identifier, color=MUTED, size=SMALL)
        paper.write(NAME_AT if identified else EDGE, y, wrap(name, NAME_WIDTH * UNIT_PER_INCH), size=SIZE - 0.5)
    return paper, axes


def beside(axes: Axes, row: int, text: str, *, color: str = INK, inches: float = 0.1, size: float = SIZE) -> None:
    """Words at the right of the plot, `inches` from its edge."""
    width = axes.get_position().width * WIDTH
    axes.text(1 + inches / width, row, text, transform=axes.get_yaxis_transform(), va="center", color=color, size=size)


def beside_status(axes: Axes, row: int, status: str, language: Language) -> None:
    """Symbol, word and colour of a status at the right; the symbols stand in a column of their own."""
    colour = STATUS_COLOURS[status]
    width = axes.get_position().width * WIDTH
    axes.text(
        1 + 0.17 / width,
        row,
        status_symbol(status),
        transform=axes.get_yaxis_transform(),
        va="center",
        ha="center",
        color=colour,
    )
    beside(axes, row, status_word(status, language), color=colour, inches=0.29)


def above(axes: Axes, x: float, text: str, *, color: str = MUTED, ha: str = "center", of_axes: bool = False) -> None:
    """A heading above the first row, at a value of the axis or at a share of its width."""
    transform = axes.transAxes if of_axes else axes.get_xaxis_transform()
    height = axes.get_window_extent().height / axes.figure.dpi
    axes.text(
        x,
        1 + 0.04 / height,
        text,
        transform=transform,
        ha=ha,
        va="bottom",
        color=color,
        size=SMALL - 0.5,
        linespacing=1.0,
    )


def empty_chart(title: str, language: Language) -> Chart:
    """A chart that says that there is nothing to show."""
    message = say("no_targets", language)
    with theme():
        paper = sheet(0.1, title, message, "")
    return Chart(paper.figure, f"{title}{'。' if language == 'zh' else '. '}{message}", pd.DataFrame(), language)
