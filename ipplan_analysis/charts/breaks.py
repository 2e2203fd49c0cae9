"""Breaks of a series: numbered in the picture, listed below it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from matplotlib.axes import Axes

from ipplan_analysis.charts.phrases import say
from ipplan_analysis.charts.sheet import EDGE, LINE, Sheet
from ipplan_analysis.charts.theme import MUTED, PAPER, SMALL, ZONE
from ipplan_analysis.messages import break_word
from ipplan_analysis.schema import Break, Language


def break_notes(breaks: Sequence[Break], first: int, language: Language) -> list[tuple[list[int], str]]:
    """Years and text of each break; a run of years with the same effect is one break. Earlier ones are not shown."""
    notes = []
    ordered = sorted(
        (entry for entry in breaks if entry.year >= first), key=lambda entry: (entry.kind, entry.effect_en)
    )
    groups = [list(group) for _, group in groupby(ordered, key=lambda entry: (entry.kind, entry.effect_en))]
    for number, group in enumerate(sorted(groups, key=lambda group: group[0].year), start=1):
        years = sorted(entry.year for entry in group)
        span = str(years[0]) if len(years) == 1 else f"{years[0]}–{years[-1]}"
        notes.append(
            (
                years,
                say(
                    "break_line",
                    language,
                    number=number,
                    years=span,
                    kind=break_word(group[0].kind, language),
                    effect=group[0].effect(language),
                ),
            )
        )
    return notes


def mark_breaks(axes: Axes, years: Sequence[Sequence[int]]) -> None:
    """A dotted line at a single year, a shaded span over a run of years, each with its number."""
    for number, group in enumerate(years, start=1):
        if len(group) > 1:
            axes.axvspan(group[0] - 0.5, group[-1] + 0.5, color=ZONE, lw=0, zorder=-1)
        else:
            axes.axvline(group[0], color=MUTED, lw=0.8, ls=(0, (1, 2)), zorder=0)
        place = 0.97 - 0.085 * ((number - 1) % 3)  # neighbours stand at different heights
        axes.text(
            sum(group) / len(group),
            place,
            str(number),
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="center",
            size=SMALL - 0.5,
            color=MUTED,
            bbox={"boxstyle": "circle,pad=0.22", "fc": PAPER, "ec": MUTED, "lw": 0.7},
        )


def list_breaks(paper: Sheet, listing: Sequence[str]) -> None:
    """The texts below the plot, one under the other."""
    y = LINE * sum(text.count("\n") + 1 for text in listing)
    for text in listing:
        paper.write(EDGE, y, text, color=MUTED, size=SMALL, va="top")
        y -= LINE * (text.count("\n") + 1)
