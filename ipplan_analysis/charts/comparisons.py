"""Many forecasts beside each other: of all indicators, and of one by every model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ipplan_analysis.charts.canvas import (
    BACKED,
    BLUE,
    EDGE,
    GRID,
    INK,
    LINE,
    MUTED,
    ORANGE,
    PAPER,
    SIZE,
    SMALL,
    WIDTH,
    Canvas,
    above,
    beside,
    blank_canvas,
    plain,
    row_plot,
    source_note,
    theme,
    wrap,
)
from ipplan_analysis.charts.chart import Chart, empty_chart
from ipplan_analysis.charts.histories import (
    draw_fan,
    draw_history,
    draw_origin,
    draw_target,
    set_limits,
    target_path,
    until,
)
from ipplan_analysis.data.plan import Plan
from ipplan_analysis.messages import capitalized, format_probability, heading, message, model_word, status_label
from ipplan_analysis.numbers import format_number, format_plain, format_rough
from ipplan_analysis.schema import Language, Target
from ipplan_analysis.style import STATUS_COLOURS
from ipplan_analysis.tables.cells import rows_of
from ipplan_analysis.trend.forecast import Forecast

MULTIPLES_COLUMNS = 3
PLOT, CELL = 0.95, 1.86  # inches: height of a plot, and of a panel with its name and verdict
SHOWN_YEARS = 15  # older figures would squeeze the forecast to a sliver
FRESH = 5  # years: what has had no figure for longer says little about the plan's end
NAMED = 5  # forecasts named in the alternative text, those with a target first; the table has all
GAP, AXIS, RIGHT = 0.24, 0.4, 0.42  # inches: between panels, for the values at the left, for the target's at the right
VERDICT = 0.16  # inches: height of the line with a verdict
BELOW = 0.42  # inches under a plot: its years, and air that keeps the next name away from it
LEVELS = (0.1, 0.5, 0.9)


def small_multiples(
    forecasts: Mapping[str, Forecast], plan: Plan, results: pd.DataFrame, *, language: Language
) -> Chart:
    """One small panel for each forecast: figures, bands with median, target, and the verdict in words.

    Parameters
    ----------
    forecasts : by indicator; one without a target and without a figure of the last years is only counted.
    results : one row per target, columns of `assess`; gives status and probability.
    """
    title = message("Figures and forecasts at a glance, {region}", language, region=plan.region_name(language))
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
    lines = math.ceil(len(forecasts) / MULTIPLES_COLUMNS)
    note = source_note(ids, language, through=plan.data_through)
    if old:
        note += message(
            " Not drawn, without a target and without a figure since {year}: {n}.", language, n=old, year=since
        )
    with theme():
        canvas = blank_canvas(
            CELL * lines,
            title,
            message(
                "Dots: yearly figures; line with bands: median and central 50 % and 80 % of the "
                "forecast; orange: target; upright line: last figure. Each panel has its own "
                "scale.",
                language,
            ),
            note,
        )
        for place, (indicator, forecast) in enumerate(forecasts.items()):
            axes = _panel_multiples(canvas, place, lines)
            _draw_multiples(axes, forecast, targets.get(indicator), language)
            _name_multiples(canvas, place, lines, plan, indicator, verdicts.get(indicator), language)
    return Chart(
        canvas.figure,
        _alt_multiples(forecasts, plan, targets, language),
        _data_multiples(forecasts, plan, targets, language),
        language,
    )


def _corner_multiples(place: int, lines: int) -> tuple[float, float]:
    """Left edge of a panel, and its upper edge above the body's lower edge; inches."""
    width = (WIDTH - 2 * EDGE + GAP) / MULTIPLES_COLUMNS
    return EDGE + (place % MULTIPLES_COLUMNS) * width, CELL * (lines - place // MULTIPLES_COLUMNS)


def _panel_multiples(canvas: Canvas, place: int, lines: int) -> Axes:
    left, top = _corner_multiples(place, lines)
    width = (WIDTH - 2 * EDGE + GAP) / MULTIPLES_COLUMNS - GAP
    return canvas.axes(left + AXIS, width - AXIS - RIGHT, below=top - CELL + BELOW, height=PLOT)


def _name_multiples(
    canvas: Canvas,
    place: int,
    lines: int,
    plan: Plan,
    indicator: str,
    verdict: dict[str, Any] | None,
    language: Language,
) -> None:
    left, top = _corner_multiples(place, lines)
    entry = plan.indicators[indicator]
    name = entry.name(language)
    if entry.measure != "count":
        name += f"\uff08{entry.unit_in(language)}\uff09" if language == "zh" else f" ({entry.unit_in(language)})"
    name = wrap(name, (WIDTH - 2 * EDGE) / MULTIPLES_COLUMNS * 72 / SIZE - 0.5)
    status = str((verdict or {}).get("status") or "")
    lower = 0.0 if status else VERDICT  # a name without a verdict stands nearer to its plot than to the one above
    canvas.write(left, top - 0.05 - lower, name, size=SIZE - 0.5, va="top")
    if verdict is None or not status:
        return
    chance = float(verdict["probability"])
    label = status_label(status, language)
    if not math.isnan(chance):
        bound = str(verdict.get("probability_is") or "")
        label += ("\uff0c" if language == "zh" else ", ") + format_probability(chance, language, probability_is=bound)
    canvas.write(left, top - 0.28 - LINE * name.count("\n"), plain(label), color=STATUS_COLOURS[status], size=SMALL)


def _draw_multiples(axes: Axes, forecast: Forecast, target: Target | None, language: Language) -> None:
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


def _alt_multiples(
    forecasts: Mapping[str, Forecast], plan: Plan, targets: Mapping[str, Target], language: Language
) -> str:
    parts = []
    aimed = {name: forecasts[name] for name in forecasts if name in targets}
    for indicator, forecast in list((aimed or forecasts).items())[:NAMED]:
        entry, year = plan.indicators[indicator], forecast.years[-1]
        median = float(forecast.quantiles((0.5,)).iloc[-1, 0])
        part = message(
            "{name}: median {median} in {year}",
            language,
            name=entry.name(language),
            median=format_rough(median, language),
            year=year,
        )
        path = target_path(targets[indicator], forecast.history) if indicator in targets else None
        if path:
            goal = format_number(list(path.values())[-1], entry.decimals, language)
            part += message(" (target {target})", language, target=goal)
        parts.append(part)
    return message(
        "{n} forecasts. {parts}.",
        language,
        n=len(forecasts),
        parts=("\uff1b" if language == "zh" else "; ").join(parts),
    )


def _data_multiples(
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


def models(
    forecasts_by_model: Mapping[str, Forecast],
    plan: Plan,
    *,
    indicator: str,
    year: int,
    reported: str,
    target: Target | None = None,
    language: Language,
) -> Chart:
    """Median and central 80 % of each model in one year, against the target, the reported model marked.

    Parameters
    ----------
    forecasts_by_model : forecasts of one indicator by the model's name, each covering `year`.
    reported : name of the model whose figures are reported elsewhere.
    """
    entry = plan.indicators[indicator]
    title = message("What the models say: {name}, {year}", language, name=entry.name(language), year=year)
    if not forecasts_by_model:
        return empty_chart(title, language)
    table = _quantiles_models(forecasts_by_model, year)
    some = next(iter(forecasts_by_model.values()))
    goal = ((target_path(target, some.history) if target else None) or {}).get(year)
    unit = entry.unit_in(language)
    with theme():
        canvas, axes = row_plot(
            [("", model_word(str(name), language)) for name in table.index],
            title,
            message(
                "{unit}. Dot: median; line: central 80 % of the simulated paths.", language, unit=capitalized(unit)
            ),
            source_note(list(plan.series(indicator)["source"]), language, through=plan.data_through),
            right=0.95,
            above=0.24,
        )
        axes.locator_params(axis="x", nbins=6)
        axes.grid(axis="x", color=GRID, lw=0.6)
        axes.xaxis.set_major_formatter(lambda value, _: format_plain(value, language))
        for place, (name, row) in enumerate(table.iterrows()):
            _draw_models(axes, place, row, name == reported, language)
        if goal is not None:
            axes.axvline(goal, color=ORANGE, lw=1.2, ls=(0, (5, 2)))
            label = message("target {target}", language, target=format_number(goal, entry.decimals, language))
            above(axes, goal, label, color=ORANGE)
    return Chart(
        canvas.figure,
        _alt_models(table, year, reported, language),
        _data_models(table, entry.decimals, language),
        language,
    )


def _quantiles_models(forecasts: Mapping[str, Forecast], year: int) -> pd.DataFrame:
    table = {name: np.quantile(forecast.year(year), LEVELS) for name, forecast in forecasts.items()}
    return pd.DataFrame(table, index=list(LEVELS)).T


def _draw_models(axes: Axes, place: int, row: pd.Series, chosen: bool, language: Language) -> None:
    colour, thick = (BLUE, 2.6) if chosen else (MUTED, 1.3)
    axes.plot([row[0.1], row[0.9]], [place, place], color=colour, lw=thick, solid_capstyle="butt")
    axes.plot(row[0.5], place, "o", ms=7 if chosen else 5.5, mfc=colour if chosen else PAPER, mec=colour, mew=1.4)
    axes.annotate(
        format_rough(row[0.5], language),
        (row[0.5], place),
        xytext=(0, 5.5),
        textcoords="offset points",
        ha="center",
        va="bottom",
        size=SMALL,
        color=INK if chosen else MUTED,
        bbox=BACKED,
    )
    if chosen:
        beside(axes, place, "◀ " + message("reported", language), color=BLUE, size=SMALL + 0.5)


def _alt_models(table: pd.DataFrame, year: int, reported: str, language: Language) -> str:
    medians = table[0.5].sort_values()
    chosen = table.loc[reported] if reported in table.index else table.iloc[0]
    low80, median, high80 = (format_rough(float(chosen[level]), language) for level in LEVELS)
    return message(
        "For {year} the medians of {n} models run from {low} ({low_name}) to {high} "
        "({high_name}); the model used in this report, {reported}, gives {median} with 80 % of "
        "paths between {low80} and {high80}.",
        language,
        year=year,
        n=len(table),
        low=format_rough(float(medians.iloc[0]), language),
        low_name=model_word(medians.index[0], language),
        high=format_rough(float(medians.iloc[-1]), language),
        median=median,
        high_name=model_word(medians.index[-1], language),
        reported=model_word(str(chosen.name), language),
        low80=low80,
        high80=high80,
    )


def _data_models(table: pd.DataFrame, decimals: int, language: Language) -> pd.DataFrame:
    named = table.round(decimals).rename(
        columns=dict(zip(LEVELS, (heading(name, language) for name in ("low80", "median", "high80")), strict=True))
    )
    named.index = [model_word(str(name), language) for name in named.index]
    return named.rename_axis(heading("model", language)).reset_index()
