"""Charts of all targets, a row each: how likely they are, how far along, and at what pace."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from ipplan_analysis.charts.canvas import (
    BACKED,
    BLUE,
    GRID,
    INK,
    MUTED,
    ORANGE,
    SMALL,
    WIDTH,
    above,
    beside,
    beside_status,
    plain,
    row_plot,
    source_note,
    sources_of,
    theme,
)
from ipplan_analysis.charts.chart import Chart, empty_chart
from ipplan_analysis.messages import (
    heading,
    listed,
    message,
    translatable,
)
from ipplan_analysis.numbers import format_percent, format_plain
from ipplan_analysis.schema import Language
from ipplan_analysis.tables.cells import growth, required_cell, rows_of

ENDS_NAMED = 3  # of more targets the furthest and the least far are named
PROGRESS_SHOWN = (-0.25, 1.5)  # shares beyond are drawn at the edge, with their number
PACE_ALT = translatable(
    "In {fast} of {n} targets the recent pace is at least the required one; the largest "
    "shortfall is {name}: {recent} a year recently, {required} required."
)
PACE_ALT_ALL = translatable(
    "In all {n} targets the recent pace is at least the required one; the smallest margin is "
    "{name}: {recent} a year recently, {required} required."
)
PACE_SHOWN = (-30.0, 60.0)  # per cent a year; faster or slower is drawn at the edge, with its number
PACES = ("recent_pace_pct", "required_pace_pct")


def year_text(year: float) -> str:
    """A year as text; empty where there is none."""
    return "" if math.isnan(year) else str(int(year))


def name_of(row: dict[str, Any], language: Language) -> str:
    """Name of a results row in the reader's language; its indicator's identifier where it has none."""
    return plain(str(row.get(f"name_{language}") or row["indicator"]))


def short_name(row: dict[str, Any], language: Language) -> str:
    """Identifier and name of a target, for sentences."""
    return f"{row['target_id']} {name_of(row, language)}".strip()


def progress(results: pd.DataFrame, *, language: Language) -> Chart:
    """Per target the share of the way that the latest figure has covered, beside the share of the time gone by then.

    Parameters
    ----------
    results : one row per target, columns of `assess`; rows without a figure later than
        their base are named at the foot.
    """
    title = message("Share of the way and share of the time", language)
    known = results["way_share"].notna() & results["time_share"].gt(0)  # at the base itself there is no way yet
    rows = rows_of(results[known])
    if not rows:
        return empty_chart(title, language)
    missing = [row["target_id"] for row in rows_of(results[~known]) if row["target_id"]]
    note = source_note(sources_of(rows), language)
    if missing:
        note += message(
            " Not drawn, because the base or a later yearly figure is missing, or the target is "
            "a sum or has no number: {ids}.",
            language,
            ids=listed(missing, language),
        )
    with theme():
        canvas, axes = row_plot(
            [(row["target_id"], name_of(row, language)) for row in rows],
            title,
            message(
                "Dot: share of the way from base to target covered by the latest figure. Upright "
                "line: share of the time gone by then.",
                language,
            ),
            note,
            right=0.75,
        )
        low = min(0.0, *(max(row["way_share"], PROGRESS_SHOWN[0]) for row in rows))
        high = max(1.0, *(min(row["way_share"], PROGRESS_SHOWN[1]) for row in rows))
        axes.set_xlim(low - 0.03, high + 0.17)
        _grid_progress(axes, low, high, language)
        for place, row in enumerate(rows):
            _draw_progress(axes, place, row, language)
        above(
            axes,
            rows[0]["time_share"],
            message("time gone {share}", language, share=_percent_progress(rows[0]["time_share"], language)),
        )
    return Chart(canvas.figure, _alt_progress(rows, language), _data_progress(rows, language), language)


def _grid_progress(axes: Axes, low: float, high: float, language: Language) -> None:
    ticks = [tick / 4 for tick in range(-1, 7) if low - 0.01 <= tick / 4 <= high + 0.01]
    axes.set_xticks(ticks, [_percent_progress(tick, language) for tick in ticks])
    for tick in ticks:
        axes.axvline(tick, color=MUTED if tick == 1 else GRID, lw=0.9 if tick == 1 else 0.6, zorder=0)


def _draw_progress(axes: Axes, place: int, row: dict[str, Any], language: Language) -> None:
    way, time = row["way_share"], row["time_share"]
    at = min(max(way, PROGRESS_SHOWN[0]), PROGRESS_SHOWN[1])
    colour = BLUE if way >= time else ORANGE
    axes.plot([0, at], [place, place], color=colour, lw=2.4, solid_capstyle="butt")
    marker = ">" if way > PROGRESS_SHOWN[1] else "<" if way < PROGRESS_SHOWN[0] else "o"
    axes.plot(at, place, marker, ms=6.5, color=colour)
    axes.plot([time, time], [place - 0.3, place + 0.3], color=INK, lw=1.6, solid_capstyle="butt")
    label_at = max(at, time) if 0 <= time - at < 0.2 else at  # clear of the upright line
    axes.annotate(
        _way_progress(row, language),
        (label_at, place),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        size=SMALL + 0.5,
        bbox=BACKED,
    )
    beside(axes, place, year_text(row["last_year"]), color=MUTED, inches=0.2)
    if place == 0:
        width = axes.get_position().width
        above(axes, 1 + 0.2 / WIDTH / width, message("figure of", language), ha="left", of_axes=True)


def _way_progress(row: dict[str, Any], language: Language) -> str:
    """Share of the way; from a base known only as a lower bound it is an upper limit."""
    return ("≤ " if row["base_is"] else "") + _percent_progress(row["way_share"], language)


def _percent_progress(share: float, language: Language) -> str:
    return format_percent(100 * share, 0, language)


def _alt_progress(rows: Sequence[dict[str, Any]], language: Language) -> str:
    ranked = sorted(rows, key=lambda row: row["way_share"], reverse=True)
    ends = ranked if len(ranked) <= ENDS_NAMED else [ranked[0], ranked[-1]]
    named = [
        message(
            "{name} {way} of the way in {time} of the time",
            language,
            name=short_name(row, language),
            way=_way_progress(row, language),
            time=_percent_progress(row["time_share"], language),
        )
        for row in ends
    ]
    return message(
        "{ahead} of the {n} targets with a figure later than their base are ahead of schedule: {named}.",
        language,
        ahead=sum(row["way_share"] >= row["time_share"] for row in rows),
        n=len(rows),
        named=("; " if language == "en" else "；").join(named),
    )


def _data_progress(rows: Sequence[dict[str, Any]], language: Language) -> pd.DataFrame:
    return pd.DataFrame(
        {
            heading("target_id", language): [row["target_id"] for row in rows],
            heading("name", language): [name_of(row, language) for row in rows],
            heading("way_share", language): [_way_progress(row, language) for row in rows],
            heading("time_share", language): [_percent_progress(row["time_share"], language) for row in rows],
        }
    )


def pace(results: pd.DataFrame, *, language: Language) -> Chart:
    """Recent growth per year of each target's indicator beside the growth required from the latest figure on.

    Parameters
    ----------
    results : one row per target, columns of `assess`; rows without both paces are named at the foot.
    """
    title = message("Recent pace and the pace required from the latest figure on", language)
    known = results[list(PACES)].notna().all(axis=1)
    rows = rows_of(results[known])
    if not rows:
        return empty_chart(title, language)
    missing = [row["target_id"] for row in rows_of(results[~known]) if row["target_id"]]
    note = source_note(sources_of(rows), language)
    if missing:
        note += message(
            " Not drawn, because already reached or because figures are missing: {ids}.",
            language,
            ids=listed(missing, language),
        )
    with theme():
        canvas, axes = row_plot(
            [(row["target_id"], name_of(row, language)) for row in rows],
            title,
            message(
                "Growth per year in per cent. Dot: recent pace, over up to the last five years. "
                "Diamond: required from the latest figure to the target year.",
                language,
            ),
            note,
            right=1.25,
        )
        values = [_shown_pace(row[name]) for row in rows for name in PACES]
        low, high = min(0.0, *values), max(10.0, *values)
        axes.set_xlim(low - 0.17 * (high - low), high + 0.17 * (high - low))
        _grid_pace(axes, low, high, language)
        for place, row in enumerate(rows):
            _draw_pace(axes, place, row, language)
            beside_status(axes, place, row["status"], language)
        _head_pace(axes, rows[0], language)
    return Chart(canvas.figure, _alt_pace(rows, language), _data_pace(rows, language), language)


def _shown_pace(value: float) -> float:
    return min(max(value, PACE_SHOWN[0]), PACE_SHOWN[1])


def _grid_pace(axes: Axes, low: float, high: float, language: Language) -> None:
    axes.locator_params(axis="x", nbins=7)
    ticks = [tick for tick in axes.get_xticks() if low - 1 <= tick <= high + 1]
    axes.set_xticks(ticks, [format_plain(tick, language) for tick in ticks])
    for tick in ticks:
        axes.axvline(tick, color=MUTED if tick == 0 else GRID, lw=0.9 if tick == 0 else 0.6, zorder=0)


def _draw_pace(axes: Axes, place: int, row: dict[str, Any], language: Language) -> None:
    recent, required = (row[name] for name in PACES)
    at, goal = _shown_pace(recent), _shown_pace(required)
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


def _head_pace(axes: Axes, first: dict[str, Any], language: Language) -> None:
    """Names of the two marks, above the first row and apart from each other."""
    recent, required = (_shown_pace(first[name]) for name in PACES)
    side = recent >= required
    above(axes, recent, "● " + message("recent", language), color=BLUE, ha="left" if side else "right")
    above(axes, required, "◆ " + message("required", language), color=ORANGE, ha="right" if side else "left")


def _alt_pace(rows: Sequence[dict[str, Any]], language: Language) -> str:
    worst = min(rows, key=lambda row: row["recent_pace_pct"] - row["required_pace_pct"])
    fast = sum(row["recent_pace_pct"] >= row["required_pace_pct"] for row in rows)
    recent, required = growth(worst, PACES[0], language).text, required_cell(worst, language)
    return message(
        PACE_ALT if fast < len(rows) else PACE_ALT_ALL,
        language,
        n=len(rows),
        fast=fast,
        name=short_name(worst, language),
        recent=recent,
        required=required,
    )


def _data_pace(rows: Sequence[dict[str, Any]], language: Language) -> pd.DataFrame:
    table = {
        heading("target_id", language): [row["target_id"] for row in rows],
        heading("name", language): [name_of(row, language) for row in rows],
    }
    return pd.DataFrame({**table, **{heading(name, language): [round(row[name], 1) for row in rows] for name in PACES}})
