"""Required pace against recent pace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from ipplan_analysis.charts.chart import Chart
from ipplan_analysis.charts.phrases import listed, say
from ipplan_analysis.charts.rows import above, beside_status, empty_chart, name_of, row_plot, short_name
from ipplan_analysis.charts.sheet import source_note, sources_of
from ipplan_analysis.charts.theme import BACKED, BLUE, GRID, MUTED, ORANGE, SMALL, theme
from ipplan_analysis.messages import heading
from ipplan_analysis.numbers import format_percent, format_plain
from ipplan_analysis.schema import Language
from ipplan_analysis.tables.cells import required_cell, rows_of

SHOWN = (-30.0, 60.0)  # per cent a year; faster or slower is drawn at the edge, with its number
PACES = ("recent_pace_pct", "required_pace_pct")


def pace(results: pd.DataFrame, *, language: Language) -> Chart:
    """Recent growth per year of each target's indicator beside the growth required from the latest figure on.

    Parameters
    ----------
    results : one row per target, columns of `assess`; rows without both paces are named at the foot.
    """
    title = say("pace_title", language)
    known = results[list(PACES)].notna().all(axis=1)
    rows = rows_of(results[known])
    if not rows:
        return empty_chart(title, language)
    missing = [row["target_id"] for row in rows_of(results[~known]) if row["target_id"]]
    note = source_note(sources_of(rows), language)
    if missing:
        note += say("pace_left_out", language, ids=listed(missing, language))
    with theme():
        paper, axes = row_plot(
            [(row["target_id"], name_of(row, language)) for row in rows],
            title,
            say("pace_sub", language),
            note,
            right=1.25,
        )
        values = [_shown(row[name]) for row in rows for name in PACES]
        low, high = min(0.0, *values), max(10.0, *values)
        axes.set_xlim(low - 0.17 * (high - low), high + 0.17 * (high - low))
        _grid(axes, low, high, language)
        for place, row in enumerate(rows):
            _draw(axes, place, row, language)
            beside_status(axes, place, row["status"], language)
        _head(axes, rows[0], language)
    return Chart(paper.figure, _alt(rows, language), _data(rows, language), language)


def _shown(value: float) -> float:
    return min(max(value, SHOWN[0]), SHOWN[1])


def _grid(axes: Axes, low: float, high: float, language: Language) -> None:
    axes.locator_params(axis="x", nbins=7)
    ticks = [tick for tick in axes.get_xticks() if low - 1 <= tick <= high + 1]
    axes.set_xticks(ticks, [format_plain(tick, language) for tick in ticks])
    for tick in ticks:
        axes.axvline(tick, color=MUTED if tick == 0 else GRID, lw=0.9 if tick == 0 else 0.6, zorder=0)


def _draw(axes: Axes, place: int, row: dict[str, Any], language: Language) -> None:
    recent, required = (row[name] for name in PACES)
    at, goal = _shown(recent), _shown(required)
    axes.plot([at, goal], [place, place], color=BLUE if recent >= required else ORANGE, lw=1.1, alpha=0.55)
    axes.plot(at, place, "o", ms=6.5, color=BLUE)
    axes.plot(goal, place, "D", ms=5, color=ORANGE)
    side = 1 if at >= goal else -1
    texts = (format_percent(recent, 1, language, signed=True), required_cell(row, language))
    for x, shown, way in zip((at, goal), texts, (side, -side), strict=True):
        axes.annotate(
            shown,
            (x, place),
            xytext=(7 * way, 0),
            textcoords="offset points",
            ha="left" if way > 0 else "right",
            va="center",
            size=SMALL,
            bbox=BACKED,
        )


def _head(axes: Axes, first: dict[str, Any], language: Language) -> None:
    """Names of the two marks, above the first row and apart from each other."""
    recent, required = (_shown(first[name]) for name in PACES)
    side = recent >= required
    above(axes, recent, "● " + say("recent", language), color=BLUE, ha="left" if side else "right")
    above(axes, required, "◆ " + say("required", language), color=ORANGE, ha="right" if side else "left")


def _alt(rows: Sequence[dict[str, Any]], language: Language) -> str:
    worst = min(rows, key=lambda row: row["recent_pace_pct"] - row["required_pace_pct"])
    fast = sum(row["recent_pace_pct"] >= row["required_pace_pct"] for row in rows)
    recent, required = (
        format_percent(worst["recent_pace_pct"], 1, language, signed=True),
        required_cell(worst, language),
    )
    return say(
        "pace_alt" if fast < len(rows) else "pace_alt_all",
        language,
        n=len(rows),
        fast=fast,
        name=short_name(worst, language),
        recent=recent,
        required=required,
    )


def _data(rows: Sequence[dict[str, Any]], language: Language) -> pd.DataFrame:
    table = {
        heading("target_id", language): [row["target_id"] for row in rows],
        heading("name", language): [name_of(row, language) for row in rows],
    }
    return pd.DataFrame({**table, **{heading(name, language): [round(row[name], 1) for row in rows] for name in PACES}})
