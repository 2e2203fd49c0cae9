"""All forecasts at a glance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from ipplan_analysis.charts.chart import Chart
from ipplan_analysis.charts.phrases import say
from ipplan_analysis.charts.rows import empty_chart
from ipplan_analysis.charts.series import (
    draw_fan,
    draw_history,
    draw_origin,
    draw_target,
    set_limits,
    target_path,
    until,
)
from ipplan_analysis.charts.sheet import EDGE, LINE, Sheet, sheet, source_note
from ipplan_analysis.charts.theme import ORANGE, SIZE, SMALL, WIDTH, plain, theme, wrap
from ipplan_analysis.data.plan import Plan
from ipplan_analysis.messages import format_probability, heading, status_label
from ipplan_analysis.numbers import format_number, format_plain, format_rough
from ipplan_analysis.schema import Language, Target
from ipplan_analysis.style import STATUS_COLOURS
from ipplan_analysis.tables.cells import rows_of
from ipplan_analysis.trend.forecast import Forecast

COLUMNS = 3
PLOT, CELL = 0.95, 1.86  # inches: height of a plot, and of a panel with its name and verdict
SHOWN_YEARS = 15  # older figures would squeeze the forecast to a sliver
FRESH = 5  # years: what has had no figure for longer says little about the plan's end
NAMED = 5  # forecasts named in the alternative text, those with a target first; the table has all
GAP, AXIS, RIGHT = 0.24, 0.4, 0.42  # inches: between panels, for the values at the left, for the target's at the right
VERDICT = 0.16  # inches: height of the line with a verdict
BELOW = 0.42  # inches under a plot: its years, and air that keeps the next name away from it


def small_multiples(
    forecasts: Mapping[str, Forecast], plan: Plan, results: pd.DataFrame, *, language: Language
) -> Chart:
    """One small panel for each forecast: figures, bands with median, target, and the verdict in words.

    Parameters
    ----------
    forecasts : by indicator; one without a target and without a figure of the last years is only counted.
    results : one row per target, columns of `assess`; gives status and probability.
    """
    title = say("multiples_title", language, region=plan.region_name(language))
    verdicts = {row["indicator"]: row for row in rows_of(results)}
    targets = {target.indicator: target for target in plan.targets}
    since = plan.data_through - FRESH
    drawn = {
        name: until(each, plan.end_year) for name, each in forecasts.items() if name in targets or each.origin >= since
    }
    old, forecasts = len(forecasts) - len(drawn), drawn
    if not forecasts:
        return empty_chart(title, language)
    ids = [name for indicator in forecasts for name in plan.series(indicator)["source"]]
    lines = math.ceil(len(forecasts) / COLUMNS)
    note = source_note(ids, language, through=plan.data_through)
    if old:
        note += say("multiples_old", language, n=old, year=since)
    with theme():
        paper = sheet(CELL * lines, title, say("multiples_sub", language), note)
        for place, (indicator, forecast) in enumerate(forecasts.items()):
            axes = _panel(paper, place, lines)
            _draw(axes, forecast, targets.get(indicator), language)
            _name(paper, place, lines, plan, indicator, verdicts.get(indicator), language)
    return Chart(
        paper.figure, _alt(forecasts, plan, targets, language), _data(forecasts, plan, targets, language), language
    )


def _corner(place: int, lines: int) -> tuple[float, float]:
    """Left edge of a panel, and its upper edge above the body's lower edge; inches."""
    width = (WIDTH - 2 * EDGE + GAP) / COLUMNS
    return EDGE + (place % COLUMNS) * width, CELL * (lines - place // COLUMNS)


def _panel(paper: Sheet, place: int, lines: int) -> Axes:
    left, top = _corner(place, lines)
    width = (WIDTH - 2 * EDGE + GAP) / COLUMNS - GAP
    return paper.axes(left + AXIS, width - AXIS - RIGHT, below=top - CELL + BELOW, height=PLOT)


def _name(
    paper: Sheet, place: int, lines: int, plan: Plan, indicator: str, verdict: dict[str, Any] | None, language: Language
) -> None:
    left, top = _corner(place, lines)
    entry = plan.indicators[indicator]
    name = entry.name(language)
    if entry.measure != "count":
        name += f"\uff08{entry.unit_in(language)}\uff09" if language == "zh" else f" ({entry.unit_in(language)})"
    name = wrap(name, (WIDTH - 2 * EDGE) / COLUMNS * 72 / SIZE - 0.5)
    status = str((verdict or {}).get("status") or "")
    lower = 0.0 if status else VERDICT  # a name without a verdict stands nearer to its plot than to the one above
    paper.write(left, top - 0.05 - lower, name, size=SIZE - 0.5, va="top")
    if verdict is None or not status:
        return
    chance = float(verdict["probability"])
    label = status_label(status, language)
    if not math.isnan(chance):
        bound = str(verdict.get("probability_is") or "")
        label += ("\uff0c" if language == "zh" else ", ") + format_probability(chance, language, probability_is=bound)
    paper.write(left, top - 0.28 - LINE * name.count("\n"), plain(label), color=STATUS_COLOURS[status], size=SMALL)


def _draw(axes: Axes, forecast: Forecast, target: Target | None, language: Language) -> None:
    history = forecast.history[forecast.history.index >= forecast.origin - SHOWN_YEARS]
    path = target_path(target, history) if target else None
    table = draw_fan(axes, forecast)
    draw_history(axes, history, marker=2.6)
    draw_origin(axes, forecast.origin)
    first, last = int(history.index[0]), forecast.years[-1]
    set_limits(axes, [float(value) for value in [*history, *table.to_numpy().ravel(), *(path or {}).values()]])
    axes.set_xlim(first - 0.5, last + 0.3)
    ends = [first, last] if last - first < 4 else [first, (first + last) // 2, last]
    axes.set_xticks(ends, [str(year) for year in ends])
    axes.locator_params(axis="y", nbins=3)
    axes.yaxis.set_major_formatter(lambda value, _: format_plain(value, language))
    axes.tick_params(labelsize=SMALL - 1, pad=2)
    if path:
        value = draw_target(axes, path, first)
        axes.annotate(
            format_plain(value, language),
            (1.0, value),
            xycoords=axes.get_yaxis_transform(),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            size=SMALL - 0.5,
            color=ORANGE,
        )


def _alt(forecasts: Mapping[str, Forecast], plan: Plan, targets: Mapping[str, Target], language: Language) -> str:
    parts = []
    aimed = {name: forecasts[name] for name in forecasts if name in targets}
    for indicator, forecast in list((aimed or forecasts).items())[:NAMED]:
        entry, year = plan.indicators[indicator], forecast.years[-1]
        median = float(forecast.quantiles((0.5,)).iloc[-1, 0])
        part = say(
            "multiples_part", language, name=entry.name(language), median=format_rough(median, language), year=year
        )
        path = target_path(targets[indicator], forecast.history) if indicator in targets else None
        if path:
            goal = format_number(list(path.values())[-1], entry.decimals, language)
            part += say("multiples_target", language, target=goal)
        parts.append(part)
    return say("multiples_alt", language, n=len(forecasts), parts=("\uff1b" if language == "zh" else "; ").join(parts))


def _data(
    forecasts: Mapping[str, Forecast], plan: Plan, targets: Mapping[str, Target], language: Language
) -> pd.DataFrame:
    tables = []
    for indicator, forecast in forecasts.items():
        entry = plan.indicators[indicator]
        table = forecast.quantiles().round(entry.decimals).rename(columns=lambda level: f"{round(100 * level)} %")
        known = pd.DataFrame({heading("value", language): forecast.history.astype(float).round(entry.decimals)})
        both = pd.concat([known.rename_axis("year"), table]).rename_axis(heading("year", language)).reset_index()
        both.insert(0, heading("indicator", language), entry.name(language))
        tables.append(both)
    return pd.concat(tables, ignore_index=True)
