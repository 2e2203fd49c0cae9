"""One series drawn: its figures with their gaps, the fan of its forecast, its target and its breaks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ipplan_analysis.charts.canvas import (
    BAND50,
    BAND80,
    BLUE,
    EDGE,
    GRID,
    INK,
    LINE,
    LINE_WIDTH,
    MUTED,
    ORANGE,
    PAPER,
    SMALL,
    WIDTH,
    ZONE,
    Canvas,
    blank_canvas,
    separate_labels,
    source_note,
    theme,
    wrap,
)
from ipplan_analysis.charts.chart import Chart
from ipplan_analysis.data.plan import Plan
from ipplan_analysis.messages import break_word, capitalized, counted, heading, message, sentences, source_ids
from ipplan_analysis.numbers import format_number, format_plain, format_quantity, format_rough
from ipplan_analysis.schema import Break, Indicator, Language, Target
from ipplan_analysis.trend.forecast import Forecast

HEIGHT, LEFT, RIGHT = 3.0, 0.62, 1.35  # inches of the plot, and beside it for values and for labels
AXIS = 0.34  # inches for the years
FEW = 4  # up to so many figures the subtitle says how few they are


def until(forecast: Forecast, year: int) -> Forecast:
    """The same forecast, its draws no further than `year` but at least one year ahead."""
    steps = max(1, min(forecast.horizon, year - forecast.origin))
    return replace(forecast, draws=forecast.draws[:, :steps])


def draw_history(axes: Axes, history: pd.Series, *, marker: float) -> bool:
    """Known years as dots; neighbours joined by a line, gaps only dotted. Returns whether there are gaps."""
    years, values = history.index.to_numpy(dtype=int), history.to_numpy(dtype=float)
    breaks = np.flatnonzero(np.diff(years) > 1)
    for run in np.split(np.arange(len(years)), breaks + 1):
        if len(run) > 1:  # one path for a run of years keeps the page small
            axes.plot(years[run], values[run], color=INK, lw=1.2, ls="-", zorder=3)
    for last in breaks:
        ends = slice(last, last + 2)
        axes.plot(years[ends], values[ends], color=MUTED, lw=0.8, ls=(0, (1, 2.5)), zorder=3)
    axes.plot(years, values, "o", ms=marker, color=INK, zorder=4)
    return len(breaks) > 0


def draw_fan(axes: Axes, forecast: Forecast) -> pd.DataFrame:
    """Bands of the central 80 % and 50 % with the median on top, all growing out of the last figure."""
    table = forecast.quantiles()
    start = pd.DataFrame(
        [[float(forecast.history.iloc[-1])] * table.shape[1]],
        columns=table.columns,
        index=pd.Index([forecast.origin], name="year"),
    )
    grown = pd.concat([start, table])
    years = grown.index.to_numpy(dtype=float)
    axes.fill_between(years, grown[0.1], grown[0.9], color=BAND80, lw=0, zorder=1)
    axes.fill_between(years, grown[0.25], grown[0.75], color=BAND50, lw=0, zorder=2)
    axes.plot(years, grown[0.5], color=BLUE, lw=1.8, zorder=3)
    return table


def within_year(plan: Plan, indicator: str, origin: int) -> pd.Series:
    """Figures of a stock within a year after the last yearly one, by the place of their month between year-ends."""
    rows = plan.rows(indicator)
    rows = rows[rows["use"] & rows["basis"].eq("part_year_stock") & rows["end_year"].gt(origin)]
    dated = rows[rows["period"].str.fullmatch(r"\d{4}-\d{2}")]
    places = [int(period[:4]) - 1 + int(period[5:]) / 12 for period in dated["period"]]
    return pd.Series(dated["value"].to_numpy(dtype=float), index=places)


def target_path(target: Target, history: pd.Series) -> dict[int, float] | None:
    """What the target asks of the series itself, by year; None where it asks something else (a sum, a multiple).

    A level asks its value in the target year, an increment base plus addition, an annual growth the compound
    path from the base.
    """
    end, base = target.target_year, target.base
    if target.target is None:
        return None
    if target.kind == "level":
        return {end: target.target}
    year = int(target.base_period) if target.base_period.isdigit() else None
    if base is None and year is not None and year in history.index:
        base = float(history[year])
    if base is None or year is None:
        return None
    if target.kind == "increment":
        return {end: base + target.target}
    if target.kind == "annual_growth":
        return {step: base * (1 + target.target / 100) ** (step - year) for step in range(year, end + 1)}
    return None


def draw_target(axes: Axes, path: dict[int, float], first: float) -> float:
    """The target as a line: level from `first` to its year, or the path that growth asks. Returns its last value."""
    years, values = list(path), list(path.values())
    if len(path) == 1:
        axes.plot([first, years[0]], values * 2, color=ORANGE, lw=1.1, ls=(0, (5, 2)), zorder=3)
    else:
        axes.plot(years, values, color=ORANGE, lw=1.1, ls=(0, (5, 2)), zorder=3)
    axes.plot(years[-1], values[-1], "D", ms=4.2, color=ORANGE, zorder=5)
    return values[-1]


def draw_origin(axes: Axes, year: int) -> None:
    """An upright line at the last figure used."""
    axes.axvline(year, color=MUTED, lw=0.7, zorder=0)


def set_limits(axes: Axes, values: Sequence[float]) -> None:
    """From zero unless every value is far from it; grid lines across."""
    finite = [value for value in values if math.isfinite(value)]
    low, high = min(finite), max(finite)
    span = (high - low) or abs(high) or 1.0
    bottom = 0.0 if 0 <= low < 0.75 * high or low == high else low - 0.12 * span
    axes.set_ylim(bottom, high + 0.1 * (high - bottom or 1.0))
    axes.grid(axis="y", color=GRID, lw=0.6)


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
                message(
                    "{number} {years}: {kind}. {effect}",
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


def list_breaks(canvas: Canvas, listing: Sequence[str]) -> None:
    """The texts below the plot, one under the other."""
    y = LINE * sum(text.count("\n") + 1 for text in listing)
    for text in listing:
        canvas.write(EDGE, y, text, color=MUTED, size=SMALL, va="top")
        y -= LINE * (text.count("\n") + 1)


def fan(
    forecast: Forecast,
    plan: Plan,
    *,
    indicator: str,
    target: Target | None = None,
    goal: float | None = None,
    breaks: Sequence[Break] = (),
    last_year: int | None = None,
    language: Language,
) -> Chart:
    """History, forecast bands with the median on top, target and breaks of one indicator.

    Parameters
    ----------
    indicator : identifier; `forecast` is of this indicator in the plan's region.
    target : drawn where it speaks of the series itself (see `target_path`).
    goal : level that the target asks for in its year, where its base is known better than the history shows.
    breaks : numbered in the picture and listed below it.
    last_year : where the picture ends; the plan's last year by default.
    """
    entry = plan.indicators[indicator]
    forecast = until(forecast, plan.end_year if last_year is None else last_year)
    path = target_path(target, forecast.history) if target else None
    path = {target.target_year: goal} if target and goal is not None and path is None else path
    later = within_year(plan, indicator, forecast.origin)
    notes = break_notes(breaks, int(forecast.history.index[0]), language)
    listing = [wrap(text, LINE_WIDTH, lines=2) for _, text in notes]
    lines = sum(text.count("\n") + 1 for text in listing)
    with theme():
        canvas = blank_canvas(
            HEIGHT + 0.2 + AXIS + LINE * lines,
            _title(entry, plan, language),
            _subtitle(forecast, entry, language)
            + (message(" Hollow: within the year, not used in the forecast.", language) if len(later) else ""),
            _source(plan, indicator, language),
        )
        axes = canvas.axes(LEFT, WIDTH - LEFT - RIGHT, below=AXIS + LINE * lines, height=HEIGHT)
        table = _draw(axes, forecast, path, entry, language)
        axes.plot(later.index, later, "o", ms=4.6, mfc=PAPER, mec=INK, mew=1.1, zorder=5)
        mark_breaks(axes, [years for years, _ in notes])
        list_breaks(canvas, listing)
    return Chart(
        canvas.figure, _alt(forecast, entry, path, language), _data(forecast, table, entry, language), language
    )


def _title(entry: Indicator, plan: Plan, language: Language) -> str:
    return message("{name}, {region}", language, name=entry.name(language), region=plan.region_name(language))


def _subtitle(forecast: Forecast, entry: Indicator, language: Language) -> str:
    unit = entry.unit_in(language)
    text = message(
        "{unit}. Figures to {origin}; then median and central 50 % and 80 % of {n} simulated paths.",
        language,
        unit=capitalized(unit),
        origin=forecast.origin,
        n=format_number(len(forecast.draws), 0, language),
    )
    parts, few = [text], len(forecast.history)
    if few <= FEW:
        parts.append(counted("Only {n} yearly figure.", "Only {n} yearly figures.", few, language))
    if int(forecast.history.index[-1] - forecast.history.index[0]) + 1 > few:
        parts.append(message("Dotted: no figure for the years between.", language))
    return sentences(parts, language)


def _source(plan: Plan, indicator: str, language: Language) -> str:
    rows = plan.series(indicator)
    rows = rows if len(rows) else plan.derived(indicator)
    ids = [name for text in rows["source"] for name in source_ids(text)]
    return source_note(ids[::-1], language, through=plan.data_through)


def _draw(
    axes: Axes, forecast: Forecast, path: dict[int, float] | None, entry: Indicator, language: Language
) -> pd.DataFrame:
    history = forecast.history
    table = draw_fan(axes, forecast)
    draw_history(axes, history, marker=4.2)
    draw_origin(axes, forecast.origin)
    values = [*history, *table.to_numpy().ravel(), *(path or {}).values()]
    set_limits(axes, [float(value) for value in values])
    first, last = int(history.index[0]), forecast.years[-1]
    axes.set_xlim(first - 0.4, last + 0.15)
    every = max(1, (last - first) // 10 + 1)
    axes.set_xticks(range(last, first - 1, -every))
    axes.locator_params(axis="y", nbins=6)
    axes.yaxis.set_major_formatter(lambda value, _: format_plain(value, language))
    axes.text(
        forecast.origin,
        1.02,
        message("last figure {year}", language, year=forecast.origin),
        transform=axes.get_xaxis_transform(),
        ha="center",
        va="bottom",
        size=SMALL,
        color=MUTED,
    )
    _label_right(axes, table, path, first, entry, language)
    return table


def _label_right(
    axes: Axes, table: pd.DataFrame, path: dict[int, float] | None, first: int, entry: Indicator, language: Language
) -> None:
    """Names of median, band edges and target at the right, moved apart where they would overlap."""
    last = table.iloc[-1]
    number = {level: format_rough(float(last[level]), language) for level in last.index}
    space = " " if language == "en" else ""
    median = message("median", language)
    labels = [(float(last[0.5]), f"{median} {number[0.5]}", BLUE)]
    labels += [
        (float(last[level]), f"{band}{space}% {number[level]}", MUTED)
        for level, band in ((0.9, 80), (0.75, 50), (0.25, 50), (0.1, 80))
    ]
    if path:
        value = draw_target(axes, path, first)
        labels.append(
            (value, message("target {target}", language, target=format_number(value, entry.decimals, language)), ORANGE)
        )
    low, high = axes.get_ylim()
    places = separate_labels([value for value, _, _ in labels], 0.135 / HEIGHT * (high - low))
    for (_, text, colour), place in zip(labels, places, strict=True):
        axes.annotate(
            text,
            (1.0, place),
            xycoords=axes.get_yaxis_transform(),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            size=SMALL,
            color=colour,
        )


def _alt(forecast: Forecast, entry: Indicator, path: dict[int, float] | None, language: Language) -> str:
    last = forecast.quantiles().iloc[-1]
    unit = entry.unit_in(language)
    year = forecast.years[-1]
    low, median, high = (format_rough(float(last[level]), language) for level in (0.1, 0.5, 0.9))
    shown = format_quantity(float(forecast.history.iloc[-1]), entry.decimals, unit, language)
    alt = message(
        "{name}: {last} in {origin}; the median forecast for {year} is {median}, with 80 % of "
        "paths between {low} and {high}.",
        language,
        name=entry.name(language),
        last=shown,
        origin=forecast.origin,
        year=year,
        median=median,
        low=low,
        high=high,
    )
    if path:
        goal = format_number(list(path.values())[-1], entry.decimals, language)
        alt += message(" The target is {target} in {year}.", language, target=goal, year=max(path))
    return alt


def _data(forecast: Forecast, table: pd.DataFrame, entry: Indicator, language: Language) -> pd.DataFrame:
    known = pd.DataFrame(
        {
            heading("year", language): [int(year) for year in forecast.history.index],
            heading("value", language): forecast.history.round(entry.decimals).to_numpy(),
        }
    )
    ahead = table.round(entry.decimals).rename(columns=lambda level: f"{round(100 * level)} %")
    ahead = ahead.rename_axis(heading("year", language)).reset_index()
    return pd.concat([known, ahead], ignore_index=True)
