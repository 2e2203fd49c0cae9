"""Charts of what a target would take: its pace among the paces seen, and what moves its probability."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from ipplan_analysis.attainment.spells import MIN_SPELLS
from ipplan_analysis.charts.canvas import (
    BAND50,
    BAND80,
    BLUE,
    GRID,
    INK,
    MUTED,
    ORANGE,
    SMALL,
    beside,
    listed,
    row_plot,
    source_note,
    sources_of,
    theme,
)
from ipplan_analysis.charts.chart import Chart, empty_chart
from ipplan_analysis.charts.targets import short_name
from ipplan_analysis.messages import format_probability, heading, message
from ipplan_analysis.numbers import format_percent, format_plain
from ipplan_analysis.schema import Language
from ipplan_analysis.tables.requirements import CHANGES

SHOWN = (-30.0, 80.0)  # per cent a year; faster or slower is drawn at the edge
SEEN = ("seen10", "seen25", "seen50", "seen75", "seen90")


def paces_seen(frame: pd.DataFrame, *, language: Language) -> Chart:
    """The pace that each open target requires, on the paces of all provinces' spells.

    Parameters
    ----------
    frame : from `attainment.required_pace`; targets with too few spells to compare with are named at the foot.
    """
    title = message("The pace required among the paces seen", language)
    enough = frame["spells"].ge(MIN_SPELLS)
    rows = frame[enough].to_dict("records")
    if not rows:
        return empty_chart(title, language)
    note = source_note(sources_of(rows), language)
    if not enough.all():
        note += message(
            " Too few spells to compare with: {ids}.", language, ids=listed(frame[~enough]["target_id"], language)
        )
    with theme():
        subtitle = message(
            "Growth per year in per cent. Bands: middle half and middle 80 % of all provinces' spells as long as the "
            "years left; tick: median. Diamond: required. Right: how many spells were as fast.",
            language,
        )
        names = [(row["target_id"], str(row[f"name_{language}"])) for row in rows]
        canvas, axes = row_plot(names, title, subtitle, note, right=0.85)
        for place, row in enumerate(rows):
            _draw_seen(axes, place, row, language)
        _scale(axes, [_inside(row[name]) for row in rows for name in (*SEEN, "required_pace_pct")], language)
    table = {
        heading("target_id", language): [row["target_id"] for row in rows],
        heading("required_pace_pct", language): [round(row["required_pace_pct"], 1) for row in rows],
        **{f"{name[4:]} %": [round(row[name], 1) for row in rows] for name in SEEN},
    }
    return Chart(canvas.figure, _alt_seen(rows, language), pd.DataFrame(table), language)


def _inside(value: float) -> float:
    return min(max(value, SHOWN[0]), SHOWN[1])


def _draw_seen(axes: Axes, place: int, row: Mapping[Any, Any], language: Language) -> None:
    low, quarter, median, upper, high = (_inside(row[name]) for name in SEEN)
    axes.plot([low, high], [place, place], color=BAND80, lw=9, solid_capstyle="butt")
    axes.plot([quarter, upper], [place, place], color=BAND50, lw=9, solid_capstyle="butt")
    axes.plot([median, median], [place - 0.22, place + 0.22], color=INK, lw=1.6, solid_capstyle="butt")
    goal = _inside(row["required_pace_pct"])
    axes.plot(goal, place, "D", ms=5.5, color=ORANGE)
    text = format_percent(row["required_pace_pct"], 1, language, signed=True)
    axes.annotate(text, (goal, place), xytext=(0, 7), textcoords="offset points", ha="center", color=ORANGE, size=SMALL)
    beside(axes, place, message("{hits} of {cases}", language, hits=row["did"], cases=row["spells"]), inches=0.12)


def _scale(axes: Axes, values: list[float], language: Language) -> None:
    low, high = min(0.0, *values), max(10.0, *values)
    margin = 0.1 * (high - low)
    axes.set_xlim(low - margin, high + margin)
    axes.locator_params(axis="x", nbins=7)
    axes.xaxis.set_major_formatter(lambda value, _: format_plain(value, language))
    axes.grid(axis="x", color=GRID, lw=0.6)
    axes.axvline(0, color=MUTED, lw=0.9, zorder=0)


def _alt_seen(rows: list[dict[Any, Any]], language: Language) -> str:
    hardest = min(rows, key=lambda row: row["did"] / row["spells"])
    return message(
        "{name} asks for {pace} a year, seen in {hits} of {cases} spells: the rarest pace among the open targets that can "
        "be compared ({n}).",
        language,
        n=len(rows),
        name=short_name(dict(hardest), language),
        pace=format_percent(hardest["required_pace_pct"], 1, language, signed=True),
        hits=hardest["did"],
        cases=hardest["spells"],
    )


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
    return Chart(canvas.figure, _alt_tornado(rows, now, language), pd.DataFrame(table), language)


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


def _alt_tornado(rows: list[dict[Any, Any]], now: float, language: Language) -> str:
    widest = rows[0]
    return message(
        "{name}: {now} as things are; most depends on: {change} ({low} to {high}).",
        language,
        name=short_name(dict(widest), language),
        now=format_probability(now, language),
        change=message(CHANGES[widest["change"]], language),
        low=format_probability(widest["low"], language),
        high=format_probability(widest["high"], language),
    )
