"""One indicator in detail."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from ipplan_analysis.charts.breaks import break_notes, list_breaks, mark_breaks
from ipplan_analysis.charts.chart import Chart
from ipplan_analysis.charts.phrases import say
from ipplan_analysis.charts.series import (
    draw_fan,
    draw_history,
    draw_origin,
    draw_target,
    set_limits,
    target_path,
    until,
)
from ipplan_analysis.charts.sheet import LINE, LINE_WIDTH, sheet, source_note
from ipplan_analysis.charts.theme import BLUE, MUTED, ORANGE, SMALL, WIDTH, spread, theme, wrap
from ipplan_analysis.data.plan import Plan
from ipplan_analysis.messages import heading, source_ids
from ipplan_analysis.numbers import format_number, format_plain, format_quantity, format_rough
from ipplan_analysis.schema import Break, Indicator, Language, Target
from ipplan_analysis.trend.forecast import Forecast

HEIGHT, LEFT, RIGHT = 3.0, 0.62, 1.35  # inches of the plot, and beside it for values and for labels
AXIS = 0.34  # inches for the years
FEW = 4  # up to so many figures the subtitle says how few they are


def fan(
    forecast: Forecast,
    plan: Plan,
    *,
    indicator: str,
    target: Target | None = None,
    breaks: Sequence[Break] = (),
    last_year: int | None = None,
    language: Language,
) -> Chart:
    """History, forecast bands with the median on top, target and breaks of one indicator.

    Parameters
    ----------
    indicator : identifier; `forecast` is of this indicator in the plan's region.
    target : drawn where it speaks of the series itself (see `target_path`).
    breaks : numbered in the picture and listed below it.
    last_year : where the picture ends; the plan's last year by default.
    """
    entry = plan.indicators[indicator]
    forecast = until(forecast, plan.end_year if last_year is None else last_year)
    path = target_path(target, forecast.history) if target else None
    notes = break_notes(breaks, int(forecast.history.index[0]), language)
    listing = [wrap(text, LINE_WIDTH, lines=2) for _, text in notes]
    lines = sum(text.count("\n") + 1 for text in listing)
    with theme():
        paper = sheet(
            HEIGHT + 0.2 + AXIS + LINE * lines,
            _title(entry, plan, language),
            _subtitle(forecast, entry, language),
            _source(plan, indicator, language),
        )
        axes = paper.axes(LEFT, WIDTH - LEFT - RIGHT, below=AXIS + LINE * lines, height=HEIGHT)
        table = _draw(axes, forecast, path, entry, language)
        mark_breaks(axes, [years for years, _ in notes])
        list_breaks(paper, listing)
    return Chart(paper.figure, _alt(forecast, entry, path, language), _data(forecast, table, entry, language), language)


def _title(entry: Indicator, plan: Plan, language: Language) -> str:
    return say("fan_title", language, name=entry.name(language), region=plan.region_name(language))


def _subtitle(forecast: Forecast, entry: Indicator, language: Language) -> str:
    unit = entry.unit_in(language)
    text = say(
        "fan_sub",
        language,
        unit=unit[:1].upper() + unit[1:],
        origin=forecast.origin,
        n=format_number(len(forecast.draws), 0, language),
    )
    few = len(forecast.history)
    text += say("fan_few", language, n=few) if few <= FEW else ""
    gaps = int(forecast.history.index[-1] - forecast.history.index[0]) + 1 > few
    return text + (" " if language == "en" else "") * gaps + say("gap", language) * gaps


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
        say("last_used", language, year=forecast.origin),
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
    labels = [(float(last[0.5]), f"{say('median', language)} {number[0.5]}", BLUE)]
    labels += [
        (float(last[level]), f"{band}{space}% {number[level]}", MUTED)
        for level, band in ((0.9, 80), (0.75, 50), (0.25, 50), (0.1, 80))
    ]
    if path:
        value = draw_target(axes, path, first)
        labels.append(
            (value, say("target_is", language, target=format_number(value, entry.decimals, language)), ORANGE)
        )
    low, high = axes.get_ylim()
    places = spread([value for value, _, _ in labels], 0.135 / HEIGHT * (high - low))
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
    alt = say(
        "fan_alt",
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
        alt += say("fan_alt_target", language, target=goal, year=max(path))
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
