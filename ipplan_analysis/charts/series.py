"""Series drawn: figures with their gaps, fan, target and breaks of one indicator, and all forecasts as small panels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ipplan_analysis import style
from ipplan_analysis.charts.canvas import ABOVE, BESIDE, canvas, label, plain, separate_labels, source_note, wrap
from ipplan_analysis.charts.chart import Chart, empty_chart, labelled
from ipplan_analysis.data.plan import Plan
from ipplan_analysis.messages import (
    break_word,
    capitalized,
    clauses,
    counted,
    format_probability,
    message,
    sentences,
    source_ids,
    status_label,
)
from ipplan_analysis.numbers import format_number, format_plain, format_quantity, format_rough
from ipplan_analysis.schema import Break, Indicator, Language, Target
from ipplan_analysis.style import STATUS_COLOURS
from ipplan_analysis.tables.cells import rows_of
from ipplan_analysis.trend.forecast import Forecast

HEIGHT = 3.5  # inches of the plot of one indicator, with its axes
FEW = 4  # up to so many figures the subtitle says how few they are
COLUMNS, PANEL = 3, 1.86  # small panels in a row, and inches of one with its words
SHOWN_YEARS = 15  # older figures would squeeze a small panel's forecast to a sliver
FRESH = 5  # years: what has had no figure for longer says little about the plan's end
NAMED = 5  # forecasts named in the alternative text, those with a target first; the table has all


def until(forecast: Forecast, year: int) -> Forecast:
    """The same forecast, its draws no further than `year` but at least one year ahead."""
    steps = max(1, min(forecast.horizon, year - forecast.origin))
    return replace(forecast, draws=forecast.draws[:, :steps])


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


def _draw(
    axes: Axes, forecast: Forecast, path: Mapping[int, float], language: Language, *, small: bool = False
) -> pd.DataFrame:
    """Figures, bands growing out of the last one, median and target, with axes that fit; returns the bands' edges.

    Figures of neighbouring years are joined by a line, gaps only dotted.
    """
    history, table = forecast.history, forecast.quantiles()
    first, last = int(history.index[0]), forecast.years[-1]
    grown = pd.concat([pd.DataFrame(float(history.iloc[-1]), [forecast.origin], table.columns), table])
    for low, high, colour in ((0.1, 0.9, style.BAND80), (0.25, 0.75, style.BAND50)):
        axes.fill_between(grown.index, grown[low], grown[high], color=colour, lw=0, zorder=1)
    axes.plot(grown.index, grown[0.5], color=style.BLUE, lw=1.8, zorder=3)
    axes.plot(history.index, history, color=style.MUTED, lw=0.8, ls=style.DOTTED, zorder=3)
    known = history.reindex(range(first, forecast.origin + 1))
    axes.plot(known.index, known, "o-", ms=2.6 if small else 4.2, color=style.INK, lw=1.2, zorder=4)
    axes.axvline(forecast.origin, color=style.MUTED, lw=0.7, zorder=0)
    if path:
        drawn = path if len(path) > 1 else {first: path[max(path)], **path}
        axes.plot(
            list(drawn),
            list(drawn.values()),
            "D",
            ls=style.DASHED,
            markevery=[-1],
            ms=4.2,
            color=style.ORANGE,
            lw=1.1,
            zorder=5,
        )
    _set_limits(axes, np.array([*history, *table.to_numpy().ravel(), *path.values()], dtype=float))
    axes.set_xlim(first - 0.4, last + (0.3 if small else 0.15))
    every = (last - first) // 10 + 1
    axes.set_xticks(sorted({first, (first + last) // 2, last}) if small else range(last, first - 1, -every))
    axes.locator_params(axis="y", nbins=3 if small else 6)
    axes.yaxis.set_major_formatter(lambda value, _: format_plain(value, language))
    return table


def _set_limits(axes: Axes, values: np.ndarray) -> None:
    """From zero unless every value is far from it; grid lines across."""
    finite = values[np.isfinite(values)]
    low, high = finite.min(), finite.max()
    bottom = 0.0 if 0 <= low < 0.75 * high or low == high else low - 0.12 * (high - low)
    axes.set_ylim(bottom, high + 0.1 * (high - bottom or 1.0))
    axes.grid(axis="y")


def _break_notes(breaks: Sequence[Break], first: int, language: Language) -> list[tuple[list[int], str]]:
    """Years and text of each break; a run of years with the same effect is one break. Earlier ones are not shown."""
    groups: dict[tuple[str, str], list[int]] = {}
    for entry in sorted(breaks, key=lambda entry: (entry.year, entry.kind, entry.effect_en)):
        if entry.year >= first:
            groups.setdefault((entry.kind, entry.effect(language)), []).append(entry.year)
    return [
        (
            years,
            message(
                "{number} {years}: {kind}. {effect}",
                language,
                number=number,
                years="–".join(map(str, dict.fromkeys((years[0], years[-1])))),
                kind=break_word(kind, language),
                effect=effect,
            ),
        )
        for number, ((kind, effect), years) in enumerate(groups.items(), start=1)
    ]


def _mark_breaks(axes: Axes, years: Sequence[Sequence[int]]) -> None:
    """A dotted line at a single year, a shaded span over a run of years, each with its number."""
    for number, group in enumerate(years, start=1):
        if len(group) > 1:
            axes.axvspan(group[0] - 0.5, group[-1] + 0.5, color=style.ZONE, lw=0, zorder=-1)
        else:
            axes.axvline(group[0], color=style.MUTED, lw=0.8, ls=style.DOTTED, zorder=0)
        at = (sum(group) / len(group), 0.97 - 0.085 * ((number - 1) % 3))  # neighbours stand at different heights
        circle = {"boxstyle": "circle,pad=0.22", "fc": style.PAPER, "ec": style.MUTED, "lw": 0.7}
        label(axes, str(number), at, (0, 0), ABOVE, size=style.SMALL - 0.5, ha="center", bbox=circle)


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
    path = (target_path(target, forecast.history) if target else None) or {}
    if target and goal is not None and not path:
        path = {target.target_year: goal}
    later = within_year(plan, indicator, forecast.origin)
    notes = _break_notes(breaks, int(forecast.history.index[0]), language)
    title = message("{name}, {region}", language, name=entry.name(language), region=plan.region_name(language))
    subtitle = _subtitle(forecast, entry, language)
    if len(later):
        subtitle += message(" Hollow: within the year, not used in the forecast.", language)
    listing = [*(text for _, text in notes), _source(plan, indicator, language)]
    with canvas(HEIGHT, title, subtitle, *listing) as figure:
        axes = figure.add_subplot()
        table = _draw(axes, forecast, path, language)
        axes.plot(later.index, later, "o", ms=4.6, mfc=style.PAPER, mec=style.INK, mew=1.1, zorder=5)
        text = message("last figure {year}", language, year=forecast.origin)
        label(axes, text, (forecast.origin, 1), (0, 7), ABOVE, ha="center")
        _mark_breaks(axes, [years for years, _ in notes])
        _label_right(axes, table, path, entry, language)
    return Chart(figure, _alt(forecast, entry, path, language), _data(forecast, entry, language), language)


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


def _label_right(
    axes: Axes, table: pd.DataFrame, path: Mapping[int, float], entry: Indicator, language: Language
) -> None:
    """Names of median, band edges and target at the right, moved apart where they would overlap."""
    last, space = table.iloc[-1], " " if language == "en" else ""
    bands = {0.9: 80, 0.75: 50, 0.5: None, 0.25: 50, 0.1: 80}
    labels = [
        (
            float(last[level]),
            f"{f'{band}{space}%' if band else message('median', language)} {format_rough(float(last[level]), language)}",
            style.MUTED if band else style.BLUE,
        )
        for level, band in bands.items()
    ]
    if path:
        goal = path[max(path)]
        text = message("target {target}", language, target=format_number(goal, entry.decimals, language))
        labels.append((goal, text, style.ORANGE))
    low, high = axes.get_ylim()
    places = separate_labels([value for value, _, _ in labels], 0.05 * (high - low))
    for (_, text, colour), place in zip(labels, places, strict=True):
        label(axes, text, (1, place), (6, 0), BESIDE, color=colour)


def _alt(forecast: Forecast, entry: Indicator, path: Mapping[int, float], language: Language) -> str:
    year = forecast.years[-1]
    low, median, high = (format_rough(value, language) for value in forecast.quantiles((0.1, 0.5, 0.9)).iloc[-1])
    alt = message(
        "{name}: {last} in {origin}; the median forecast for {year} is {median}, with 80 % of "
        "paths between {low} and {high}.",
        language,
        name=entry.name(language),
        last=format_quantity(float(forecast.history.iloc[-1]), entry.decimals, entry.unit_in(language), language),
        origin=forecast.origin,
        year=year,
        median=median,
        low=low,
        high=high,
    )
    if path:
        goal = format_number(path[max(path)], entry.decimals, language)
        alt += message(" The target is {target} in {year}.", language, target=goal, year=max(path))
    return alt


def _data(forecast: Forecast, entry: Indicator, language: Language) -> pd.DataFrame:
    known = forecast.history.astype(float).rename("value").rename_axis("year").reset_index()
    ahead = forecast.quantiles().rename(columns=lambda level: f"{round(100 * level)} %").reset_index()
    return labelled(pd.concat([known, ahead]).round(entry.decimals), language)


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
    if not drawn:
        return empty_chart(title, language)
    paths = {
        name: (target_path(targets[name], each.history) if name in targets else None) or {}
        for name, each in drawn.items()
    }
    subtitle = message(
        "Dots: yearly figures; line with bands: median and central 50 % and 80 % of the "
        "forecast; orange: target; upright line: last figure. Each panel has its own "
        "scale.",
        language,
    )
    ids = [name for indicator in drawn for name in plan.series(indicator)["source"]]
    note = source_note(ids, language, through=plan.data_through)
    if len(drawn) < len(forecasts):
        note += message(
            " Not drawn, without a target and without a figure since {year}: {n}.",
            language,
            n=len(forecasts) - len(drawn),
            year=since,
        )
    lines = math.ceil(len(drawn) / COLUMNS)
    with canvas(PANEL * lines, title, subtitle, note) as figure:
        for place, (name, each) in enumerate(drawn.items(), start=1):
            axes = figure.add_subplot(lines, COLUMNS, place)
            _panel(axes, each, paths[name], plan.indicators[name], verdicts.get(name, {}), language)
    alt = _alt_multiples(drawn, paths, plan, set(targets), language)
    tables = [
        _data(each, plan.indicators[name], language).assign(indicator=plan.indicators[name].name(language))
        for name, each in drawn.items()
    ]
    data = pd.concat(tables)
    return Chart(figure, alt, labelled(data[["indicator", *data.columns.drop("indicator")]], language), language)


def _panel(
    axes: Axes,
    forecast: Forecast,
    path: Mapping[int, float],
    entry: Indicator,
    verdict: Mapping[str, Any],
    language: Language,
) -> None:
    """A small plot below the indicator's name and, where it has a target, the verdict in words."""
    recent = forecast.history[forecast.history.index >= forecast.origin - SHOWN_YEARS]
    _draw(axes, replace(forecast, history=recent), path, language, small=True)
    axes.tick_params(labelsize=style.SMALL - 1, pad=2)
    if path:
        goal = path[max(path)]
        label(axes, format_plain(goal, language), (1, goal), (4, 0), BESIDE, color=style.ORANGE, size=style.SMALL - 0.5)
    name = entry.name(language)
    if entry.measure != "count":
        name += f"\uff08{entry.unit_in(language)}\uff09" if language == "zh" else f" ({entry.unit_in(language)})"
    status, left = str(verdict.get("status") or ""), -24
    name = wrap(name, (style.WIDTH - 2 * style.EDGE) / COLUMNS * 72 / style.SIZE - 0.5)
    label(
        axes,
        name,
        (0, 1),
        (left, 15 if status else 5),
        "axes fraction",
        color=style.INK,
        size=style.SIZE - 0.5,
        va="bottom",
    )
    if status:
        text, chance = status_label(status, language), float(verdict["probability"])
        if not math.isnan(chance):
            shown = format_probability(chance, language, probability_is=str(verdict["probability_is"]))
            text += ("\uff0c" if language == "zh" else ", ") + shown
        label(axes, plain(text), (0, 1), (left, 5), "axes fraction", color=STATUS_COLOURS[status], va="bottom")


def _alt_multiples(
    forecasts: Mapping[str, Forecast],
    paths: Mapping[str, Mapping[int, float]],
    plan: Plan,
    aims: set[str],
    language: Language,
) -> str:
    parts = []
    for indicator in ([name for name in forecasts if name in aims] or list(forecasts))[:NAMED]:
        entry, forecast, path = plan.indicators[indicator], forecasts[indicator], paths[indicator]
        median = float(forecast.quantiles((0.5,)).iloc[-1, 0])
        part = message(
            "{name}: median {median} in {year}",
            language,
            name=entry.name(language),
            median=format_rough(median, language),
            year=forecast.years[-1],
        )
        if path:
            goal = format_number(path[max(path)], entry.decimals, language)
            part += message(" (target {target})", language, target=goal)
        parts.append(part)
    return message("{n} forecasts. {parts}.", language, n=len(forecasts), parts=clauses(parts, language))
