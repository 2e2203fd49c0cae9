"""Which years have a usable figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes

from ipplan_analysis.charts.canvas import (
    BLUE,
    GRID,
    INK,
    MUTED,
    NAME_AT,
    ORANGE,
    PAPER,
    SMALL,
    Canvas,
    above,
    beside,
    row_plot,
    source_note,
    theme,
    width_of,
)
from ipplan_analysis.charts.chart import Chart, empty_chart
from ipplan_analysis.data.plan import Plan
from ipplan_analysis.messages import (
    heading,
    message,
    translatable,
)
from ipplan_analysis.schema import Language

BEFORE = 7  # years shown before the plan's first year
# what is known of a year: marker, fill, edge - told apart by shape and fill, not by colour alone
MARKS = {
    "published": ("o", BLUE, BLUE, 6.5),
    "partial": ("^", PAPER, ORANGE, 6.0),
    "derived": ("s", PAPER, BLUE, 5.5),
    "none": (".", GRID, GRID, 4.0),
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
    with theme():
        canvas, axes = row_plot(
            [(row.identifier, row.name) for row in rows],
            title,
            message(
                "By indicator and year; to the right how many published yearly figures there are in all.", language
            ),
            note,
            right=0.6,
            above=0.42,
        )
        axes.set_xlim(years[0] - 0.6, years[-1] + 0.6)
        axes.set_xticks(years, [str(year) for year in years])
        axes.tick_params(labelsize=SMALL - 0.5)
        for place, row in enumerate(rows):
            _draw(axes, place, row)
        above(axes, years[-1] + 0.9, message("figures", language), ha="left")
        _key(canvas, axes, language)
    return Chart(canvas.figure, _alt(rows, language), _data(rows, language), language)


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


def _draw(axes: Axes, place: int, row: Row) -> None:
    for known, (marker, fill, edge, size) in MARKS.items():
        at = [year for year, state in row.years.items() if state == known]
        axes.plot(at, [place] * len(at), ls="", marker=marker, ms=size, mfc=fill, mec=edge, mew=1.1)
    beside(axes, place, str(row.published), color=INK if row.published else MUTED, inches=0.12)


def _key(canvas: Canvas, axes: Axes, language: Language) -> None:
    """The marks with their words, in one line above the grid."""
    x, y = NAME_AT + 0.06, canvas.bottom + canvas.body - 0.12
    inches = axes.figure.dpi_scale_trans
    for known, (marker, fill, edge, size) in MARKS.items():
        word = message(WORDS[known], language)
        axes.plot(x, y, marker=marker, ms=size, mfc=fill, mec=edge, mew=1.1, clip_on=False, transform=inches)
        canvas.write(x + 0.1, y - canvas.bottom, word, color=MUTED, size=SMALL)
        x += 0.35 + width_of(word) * SMALL / 72


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
        heading("target_id", language): [row.identifier for row in rows],
        heading("indicator", language): [row.name for row in rows],
        heading("n_points", language): [row.published for row in rows],
    }
    years = {str(year): [message(WORDS[row.years[year]], language) for row in rows] for year in rows[0].years}
    return pd.DataFrame({**table, **years})
