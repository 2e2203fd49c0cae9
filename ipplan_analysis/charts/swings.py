"""What moves the probability of a target, as a tornado."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from ipplan_analysis.charts.canvas import (
    BLUE,
    GRID,
    INK,
    ORANGE,
    SMALL,
    row_plot,
    short_name,
    theme,
)
from ipplan_analysis.charts.chart import Chart, empty_chart
from ipplan_analysis.messages import format_probability, heading, message
from ipplan_analysis.schema import Language
from ipplan_analysis.tables.requirements import CHANGES


def tornado(frame: pd.DataFrame, *, language: Language, target_id: str | None = None) -> Chart:
    """How far each change moves the probability of one target.

    Parameters
    ----------
    frame : from `attainment.tornado`.
    target_id : by default the target whose probability is nearest to one half.
    """
    title = message("What would move the probability", language)
    shown = frame
    if len(frame):
        nearest = frame.loc[(frame["probability"] - 0.5).abs().idxmin(), "target_id"]
        shown = frame[frame["target_id"].eq(nearest if target_id is None else target_id)]
    rows = shown.to_dict("records")
    if not rows:
        return empty_chart(title, language)
    now = float(rows[0]["probability"])
    with theme():
        subtitle = message(
            "{name}. Probability in per cent on the same simulated paths with one thing changed; upright line: as things "
            "are.",
            language,
            name=short_name(dict(rows[0]), language),
        )
        names = [("", message(CHANGES[row["change"]], language)) for row in rows]
        canvas, axes = row_plot(names, title, subtitle, message("Own calculation.", language), right=0.35)
        axes.set_xlim(-0.06, 1.06)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"])
        axes.grid(axis="x", color=GRID, lw=0.6)
        for place, row in enumerate(rows):
            _draw_change(axes, place, now, row, language)
        axes.axvline(now, color=INK, lw=1.2)
    table = {
        heading("name", language): [name for _, name in names],
        **{heading(key, language): [round(row[key], 3) for row in rows] for key in ("low", "probability", "high")},
    }
    return Chart(canvas.figure, _alt_tornado(rows, language), pd.DataFrame(table), language)


def _draw_change(axes: Axes, place: int, now: float, row: Mapping[Any, Any], language: Language) -> None:
    for value, colour, side in ((row["low"], ORANGE, -1), (row["high"], BLUE, 1)):
        if math.isclose(value, now, abs_tol=1e-3):
            continue
        axes.plot([now, value], [place, place], color=colour, lw=9, solid_capstyle="butt")
        text = format_probability(value, language)
        axes.annotate(
            text,
            (value, place),
            xytext=(4 * side, 0),
            textcoords="offset points",
            ha="left" if side > 0 else "right",
            va="center",
            size=SMALL,
        )


def _alt_tornado(rows: list[dict[Any, Any]], language: Language) -> str:
    widest = rows[0]
    return message(
        "{name}: {now} as things are; most depends on: {change} ({low} to {high}).",
        language,
        name=short_name(dict(widest), language),
        now=format_probability(widest["probability"], language, probability_is=widest["bound"]),
        change=message(CHANGES[widest["change"]], language),
        low=format_probability(widest["low"], language),
        high=format_probability(widest["high"], language),
    )
