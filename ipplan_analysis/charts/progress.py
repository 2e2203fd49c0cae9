"""Share of the way against share of the time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from ipplan_analysis.charts.chart import Chart
from ipplan_analysis.charts.phrases import listed, say
from ipplan_analysis.charts.rows import above, beside, empty_chart, name_of, row_plot, short_name, year_text
from ipplan_analysis.charts.sheet import source_note, sources_of
from ipplan_analysis.charts.theme import BACKED, BLUE, GRID, INK, MUTED, ORANGE, SMALL, WIDTH, theme
from ipplan_analysis.messages import heading
from ipplan_analysis.numbers import format_percent
from ipplan_analysis.schema import Language
from ipplan_analysis.tables.cells import rows_of

SHOWN = (-0.25, 1.5)  # shares beyond are drawn at the edge, with their number


def progress(results: pd.DataFrame, *, language: Language) -> Chart:
    """Per target the share of the way that the latest figure has covered, beside the share of the time gone by then.

    Parameters
    ----------
    results : one row per target, columns of `assess`; rows without a figure later than
        their base are named at the foot.
    """
    title = say("progress_title", language)
    known = results["way_share"].notna() & results["time_share"].gt(0)  # at the base itself there is no way yet
    rows = rows_of(results[known])
    if not rows:
        return empty_chart(title, language)
    missing = [row["target_id"] for row in rows_of(results[~known]) if row["target_id"]]
    note = source_note(sources_of(rows), language)
    if missing:
        note += say("progress_left_out", language, ids=listed(missing, language))
    with theme():
        paper, axes = row_plot(
            [(row["target_id"], name_of(row, language)) for row in rows],
            title,
            say("progress_sub", language),
            note,
            right=0.75,
        )
        low = min(0.0, *(max(row["way_share"], SHOWN[0]) for row in rows))
        high = max(1.0, *(min(row["way_share"], SHOWN[1]) for row in rows))
        axes.set_xlim(low - 0.03, high + 0.17)
        _grid(axes, low, high, language)
        for place, row in enumerate(rows):
            _draw(axes, place, row, language)
        above(axes, rows[0]["time_share"], say("time_gone", language, share=_percent(rows[0]["time_share"], language)))
    return Chart(paper.figure, _alt(rows, language), _data(rows, language), language)


def _grid(axes: Axes, low: float, high: float, language: Language) -> None:
    ticks = [tick / 4 for tick in range(-1, 7) if low - 0.01 <= tick / 4 <= high + 0.01]
    axes.set_xticks(ticks, [_percent(tick, language) for tick in ticks])
    for tick in ticks:
        axes.axvline(tick, color=MUTED if tick == 1 else GRID, lw=0.9 if tick == 1 else 0.6, zorder=0)


def _draw(axes: Axes, place: int, row: dict[str, Any], language: Language) -> None:
    way, time = row["way_share"], row["time_share"]
    at = min(max(way, SHOWN[0]), SHOWN[1])
    colour = BLUE if way >= time else ORANGE
    axes.plot([0, at], [place, place], color=colour, lw=2.4, solid_capstyle="butt")
    marker = ">" if way > SHOWN[1] else "<" if way < SHOWN[0] else "o"
    axes.plot(at, place, marker, ms=6.5, color=colour)
    axes.plot([time, time], [place - 0.3, place + 0.3], color=INK, lw=1.6, solid_capstyle="butt")
    label_at = max(at, time) if 0 <= time - at < 0.2 else at  # clear of the upright line
    axes.annotate(
        _way(row, language),
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
        above(axes, 1 + 0.2 / WIDTH / width, say("figure_of", language), ha="left", of_axes=True)


def _way(row: dict[str, Any], language: Language) -> str:
    """Share of the way; from a base known only as a lower bound it is an upper limit."""
    return ("≤ " if row["base_is"] else "") + _percent(row["way_share"], language)


def _percent(share: float, language: Language) -> str:
    return format_percent(100 * share, 0, language)


def _alt(rows: Sequence[dict[str, Any]], language: Language) -> str:
    ranked = sorted(rows, key=lambda row: row["way_share"])
    low, high = ranked[0], ranked[-1]
    if len(rows) == 1:
        return say(
            "progress_alt_one",
            language,
            high_name=short_name(high, language),
            high=_way(high, language),
            time=_percent(high["time_share"], language),
        )
    return say(
        "progress_alt",
        language,
        n=len(rows),
        ahead=sum(row["way_share"] >= row["time_share"] for row in rows),
        high=_way(high, language),
        high_name=short_name(high, language),
        low=_way(low, language),
        low_name=short_name(low, language),
    )


def _data(rows: Sequence[dict[str, Any]], language: Language) -> pd.DataFrame:
    return pd.DataFrame(
        {
            heading("target_id", language): [row["target_id"] for row in rows],
            heading("name", language): [name_of(row, language) for row in rows],
            heading("way_share", language): [_way(row, language) for row in rows],
            heading("time_share", language): [_percent(row["time_share"], language) for row in rows],
        }
    )
