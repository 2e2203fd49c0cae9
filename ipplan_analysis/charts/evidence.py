"""Which years have a usable figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.transforms import blended_transform_factory

from ipplan_analysis import style
from ipplan_analysis.charts.canvas import BESIDE, label, row_canvas, source_note
from ipplan_analysis.charts.chart import Chart, empty_chart, labelled
from ipplan_analysis.data.plan import Plan
from ipplan_analysis.messages import message, translatable
from ipplan_analysis.schema import Language

BEFORE = 7  # years shown before the plan's first year
# what is known of a year: marker, fill, edge - told apart by shape and fill, not by colour alone
MARKS = {
    "published": ("o", style.BLUE, style.BLUE, 6.5),
    "partial": ("^", style.PAPER, style.ORANGE, 6.0),
    "derived": ("s", style.PAPER, style.BLUE, 5.5),
    "none": (".", style.GRID, style.GRID, 4.0),
}
WORDS = {
    "published": translatable("published yearly figure"),
    "partial": translatable("part-year figure or bound"),
    "derived": translatable("computed from other series"),
    "none": translatable("no figure"),
}


@dataclass(frozen=True)
class Row:
    """What is known of one indicator: a word of `MARKS` for each year, and how many yearly figures in all."""

    identifier: str
    name: str
    years: dict[int, str]
    published: int
    sources: tuple[str, ...]


def evidence(plan: Plan, *, language: Language) -> Chart:
    """A grid of indicators and years: published figure, part-year figure or bound, derived, or none."""
    title = message("Which years have a figure", language)
    rows = _rows(plan, language)
    if not rows:
        return empty_chart(title, language)
    years = list(rows[0].years)
    note = source_note([name for row in rows for name in row.sources], language, through=plan.data_through)
    subtitle = message(
        "By indicator and year; to the right how many published yearly figures there are in all.", language
    )
    with row_canvas([(row.identifier, row.name) for row in rows], title, subtitle, note, above=0.45) as (figure, axes):
        axes.set_xlim(years[0] - 0.6, years[-1] + 0.6)
        axes.set_xticks(years)
        axes.tick_params(labelsize=style.SMALL - 0.5)
        states = np.array([list(row.years.values()) for row in rows])
        for state, (marker, fill, edge, size) in MARKS.items():
            places, columns = np.nonzero(states == state)
            word, x = message(WORDS[state], language), np.take(years, columns)
            axes.plot(x, places, marker, ls="", ms=size, mfc=fill, mec=edge, mew=1.1, label=word)
        for place, row in enumerate(rows):
            colour = style.INK if row.published else style.MUTED
            label(axes, str(row.published), (1, place), (8, 0), BESIDE, color=colour, size=style.SIZE)
        label(axes, message("figures", language), (1, 1), (4, 6), "axes fraction", size=style.SMALL - 0.5)
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(style.EDGE / style.WIDTH, 1),
            bbox_transform=blended_transform_factory(figure.transFigure, axes.transAxes),
            ncols=len(MARKS),
            frameon=False,
            fontsize=style.SMALL,
            labelcolor=style.MUTED,
        )
    return Chart(figure, _alt(rows, language), _data(rows, language), language)


def _rows(plan: Plan, language: Language) -> list[Row]:
    wanted: dict[str, list[str]] = {}
    for target in plan.targets:
        wanted.setdefault(target.indicator, []).append(target.target_id)
    known = plan.yearly.loc[plan.yearly["region"].eq(plan.region), "indicator"]
    names: dict[str, list[str]] = wanted or {indicator: [] for indicator in sorted(set(known))}
    return [_row(plan, indicator, "/".join(ids), language) for indicator, ids in names.items()]


def _row(plan: Plan, indicator: str, identifier: str, language: Language) -> Row:
    published, derived, seen = plan.series(indicator), plan.derived(indicator), plan.rows(indicator)
    usable = seen[seen["use"]]
    partial = set(usable["end_year"])
    state = {}
    for year in range(min(plan.start_year, plan.data_through) - BEFORE, min(plan.data_through, plan.end_year) + 1):
        state[year] = (
            "published"
            if year in published.index
            else "derived"
            if year in derived.index
            else "partial"
            if year in partial
            else "none"
        )
    return Row(
        identifier,
        plan.indicators[indicator].name(language),
        state,
        len(published),
        tuple(dict.fromkeys(usable["source"])),
    )


def _alt(rows: Sequence[Row], language: Language) -> str:
    best = max(rows, key=lambda row: row.published)
    years = list(rows[0].years)
    none = sum("published" not in row.years.values() for row in rows)
    return message(
        "{none} of the {n} indicators have no published yearly figure from {first} to {last}; the best documented, {name}, has "
        "{count}.",
        language,
        n=len(rows),
        none=none,
        first=years[0],
        last=years[-1],
        name=best.name,
        count=best.published,
    )


def _data(rows: Sequence[Row], language: Language) -> pd.DataFrame:
    table = {
        "target_id": [row.identifier for row in rows],
        "indicator": [row.name for row in rows],
        "n_points": [row.published for row in rows],
    }
    years = {str(year): [message(WORDS[row.years[year]], language) for row in rows] for year in rows[0].years}
    return labelled(pd.DataFrame({**table, **years}), language)
