"""Comparisons: of models, of changes that move a probability, and of provinces."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ipplan_analysis import style
from ipplan_analysis.charts.canvas import ABOVE, BESIDE, canvas, label, row_canvas, short_name, source_note
from ipplan_analysis.charts.chart import Chart, empty_chart, labelled
from ipplan_analysis.charts.series import target_path
from ipplan_analysis.data.plan import Plan
from ipplan_analysis.data.snapshot import NATION
from ipplan_analysis.messages import capitalized, format_probability, message, model_word
from ipplan_analysis.numbers import format_number, format_percent, format_plain, format_rough
from ipplan_analysis.schema import Language, Target
from ipplan_analysis.tables.requirements import CHANGES
from ipplan_analysis.trend.forecast import Forecast

LEVELS = {"low80": 0.1, "median": 0.5, "high80": 0.9}
BACKED = {"boxstyle": "square,pad=0.1", "fc": style.PAPER, "ec": "none"}  # keeps a number readable on top of a line
COLUMNS, PANEL = 6, 0.95  # panels of provinces in a row, and inches of one with its name


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
    quantiles = {name: np.quantile(each.year(year), list(LEVELS.values())) for name, each in forecasts_by_model.items()}
    table = pd.DataFrame.from_dict(quantiles, orient="index", columns=list(LEVELS)).rename_axis("model")
    history = next(iter(forecasts_by_model.values())).history
    goal = ((target_path(target, history) if target else None) or {}).get(year)
    unit = capitalized(entry.unit_in(language))
    subtitle = message("{unit}. Dot: median; line: central 80 % of the simulated paths.", language, unit=unit)
    note = source_note(list(plan.series(indicator)["source"]), language, through=plan.data_through)
    named = table.rename(index=lambda name: model_word(str(name), language))
    with row_canvas([("", str(name)) for name in named.index], title, subtitle, note) as (figure, axes):
        axes.locator_params(axis="x", nbins=6)
        axes.grid(axis="x")
        axes.xaxis.set_major_formatter(lambda value, _: format_plain(value, language))
        for place, (name, row) in enumerate(table.iterrows()):
            chosen = name == reported
            colour = style.BLUE if chosen else style.MUTED
            axes.plot([row["low80"], row["high80"]], [place] * 2, color=colour, lw=2.6 if chosen else 1.3)
            axes.plot(row["median"], place, "o", ms=6, mfc=colour if chosen else style.PAPER, mec=colour, mew=1.4)
            text, at = format_rough(row["median"], language), (row["median"], place)
            label(axes, text, at, (0, 9.5), ha="center", color=style.INK if chosen else style.MUTED, bbox=BACKED)
            if chosen:
                label(axes, "◀ " + message("reported", language), (1, place), (7, 0), BESIDE, color=style.BLUE)
        if goal is not None:
            axes.axvline(goal, color=style.ORANGE, lw=1.2, ls=style.DASHED)
            text = message("target {target}", language, target=format_number(goal, entry.decimals, language))
            label(axes, text, (goal, 1), (0, 7), ABOVE, color=style.ORANGE, ha="center")
    alt = _alt_models(table, year, reported, language)
    return Chart(figure, alt, labelled(named.round(entry.decimals).reset_index(), language), language)


def _alt_models(table: pd.DataFrame, year: int, reported: str, language: Language) -> str:
    medians = table["median"].sort_values()
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


def tornado(frame: pd.DataFrame, *, language: Language, target_id: str | None = None) -> Chart:
    """How far each change moves the probability of one target.

    Parameters
    ----------
    frame : from `attainment.tornado`.
    target_id : by default the target whose probability is nearest to one half.
    """
    title = message("What would move the probability", language)
    if frame.empty:
        return empty_chart(title, language)
    nearest = frame.loc[(frame["probability"] - 0.5).abs().idxmin(), "target_id"]
    shown = frame[frame["target_id"].eq(nearest if target_id is None else target_id)]
    if shown.empty:
        return empty_chart(title, language)
    widest = shown.to_dict("records")[0]
    now = float(widest["probability"])
    names = [message(CHANGES[change], language) for change in shown["change"]]
    subtitle = message(
        "{name}. Probability in per cent on the same simulated paths with one thing changed; upright line: as things "
        "are.",
        language,
        name=short_name(widest, language),
    )
    with row_canvas([("", name) for name in names], title, subtitle, message("Own calculation.", language)) as (
        figure,
        axes,
    ):
        axes.set(xlim=(-0.06, 1.06), xticks=(0, 0.25, 0.5, 0.75, 1), xticklabels=("0", "25", "50", "75", "100"))
        axes.grid(axis="x")
        for side, colour in (("low", style.ORANGE), ("high", style.BLUE)):
            bars = axes.barh(range(len(shown)), shown[side] - now, left=now, height=0.4, color=colour)
            still = np.isclose(shown[side], now, atol=1e-3)
            texts = [format_probability(value, language) for value in shown[side]]
            axes.bar_label(bars, np.where(still, "", texts), padding=4, size=style.SMALL)
        axes.axvline(now, color=style.INK, lw=1.2)
    table = shown[["low", "probability", "high"]].round(3)
    table.insert(0, "name", names)
    return Chart(figure, _alt_tornado(widest, language), labelled(table, language), language)


def _alt_tornado(widest: Mapping[Any, Any], language: Language) -> str:
    return message(
        "{name}: {now} as things are; most depends on: {change} ({low} to {high}).",
        language,
        name=short_name(widest, language),
        now=format_probability(widest["probability"], language, probability_is=widest["bound"]),
        change=message(CHANGES[widest["change"]], language),
        low=format_probability(widest["low"], language),
        high=format_probability(widest["high"], language),
    )


def provinces(frame: pd.DataFrame, plan: Plan, *, indicator: str, language: Language) -> Chart:
    """Figures of the nation and of every province on a log scale with the same span, the highest first.

    Parameters
    ----------
    frame : from `attainment.province_ranks`, of this indicator.
    """
    entry = plan.indicators[indicator]
    title = message("{name}, the nation and the provinces", language, name=entry.name(language))
    series = {region: plan.series(indicator, region)["value"] for region in frame["region"]}
    series = {region: values[values > 0] for region, values in series.items() if (values > 0).any()}
    if not series:
        return empty_chart(title, language)
    first, last = min(each.index[0] for each in series.values()), max(each.index[-1] for each in series.values())
    span = max(float(np.log(each.max() / each.min())) for each in series.values()) or 1.0
    subtitle = message(
        "{unit}. Dots: yearly figures {first}–{last}, each panel on a log scale of the same span, so equal slopes are equal "
        "growth. Number: latest figure. Orange: {region}.",
        language,
        unit=capitalized(entry.unit_in(language)),
        first=first,
        last=last,
        region=plan.region_name(language),
    )
    ids = [source for region in series for source in plan.series(indicator, region)["source"]]
    note = source_note(ids, language, through=plan.data_through)
    lines = math.ceil(len(series) / COLUMNS)
    with canvas(PANEL * lines, title, subtitle, note) as figure:
        for place, (region, values) in enumerate(series.items(), start=1):
            axes = figure.add_subplot(lines, COLUMNS, place, xticks=[], yticks=[], xlim=(first - 0.7, last + 0.7))
            colour = style.ORANGE if region == plan.region else style.INK if region == NATION else style.BLUE
            logs = np.log(values)
            axes.plot(logs.index, logs, "o-", color=colour, lw=1.0, ms=2.2)
            axes.set_ylim((logs.max() + logs.min()) / 2 + 0.56 * span * np.array([-1, 1]))
            axes.set_title(plan.region_name(language, region), loc="left", size=style.SMALL, color=colour, pad=2)
            text = format_rough(float(values.iloc[-1]), language)
            label(axes, text, (1, 0), (0, 5), "axes fraction", ha="right", size=style.SMALL - 0.5)
    table = pd.DataFrame({plan.region_name(language, region): values for region, values in series.items()})
    data = labelled(table.sort_index().rename_axis("year").reset_index(), language)
    return Chart(figure, _alt_provinces(frame, plan, title, language), data, language)


def _alt_provinces(frame: pd.DataFrame, plan: Plan, title: str, language: Language) -> str:
    provinces = frame[frame["region"].ne(NATION)]
    paces = provinces.dropna(subset=["recent_pace_pct"]).sort_values("recent_pace_pct")
    alt = message("{title}: figures of {n} provinces.", language, title=title, n=len(provinces))
    if paces.empty:
        return alt
    slow, fast = (
        message(
            "{region} ({pace} a year)",
            language,
            region=plan.region_name(language, row["region"]),
            pace=format_percent(row["recent_pace_pct"], 1, language, signed=True),
        )
        for row in (paces.iloc[0], paces.iloc[-1])
    )
    return alt + message(" Fastest of late: {fast}; slowest: {slow}.", language, fast=fast, slow=slow)
