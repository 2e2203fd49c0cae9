"""One indicator over all provinces and the nation: a small panel each."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ipplan_analysis.charts.canvas import (
    BLUE,
    EDGE,
    GRID,
    INK,
    MUTED,
    ORANGE,
    SMALL,
    WIDTH,
    Canvas,
    blank_canvas,
    source_note,
    theme,
)
from ipplan_analysis.charts.chart import Chart, empty_chart
from ipplan_analysis.data.plan import Plan
from ipplan_analysis.data.snapshot import NATION
from ipplan_analysis.messages import capitalized, heading, message
from ipplan_analysis.numbers import format_percent, format_rough
from ipplan_analysis.schema import Language

COLUMNS = 6
PANEL, PLOT, GAP = 0.92, 0.5, 0.16  # inches: a panel with its words, its plot, the space between two


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
    with theme():
        lines = math.ceil(len(series) / COLUMNS)
        canvas = blank_canvas(PANEL * lines, title, subtitle, source_note(ids, language, through=plan.data_through))
        for place, (region, values) in enumerate(series.items()):
            colour = ORANGE if region == plan.region else INK if region == NATION else BLUE
            axes = _panel(canvas, place, lines, plan.region_name(language, region), colour)
            _draw(axes, values, span, (first, last), colour)
            text = format_rough(float(values.iloc[-1]), language)
            axes.text(1, 0.05, text, transform=axes.transAxes, ha="right", va="bottom", size=SMALL - 0.5, color=MUTED)
    return Chart(canvas.figure, _alt(frame, plan, title, language), _data(series, plan, language), language)


def _panel(canvas: Canvas, place: int, lines: int, name: str, colour: str) -> Axes:
    width = (WIDTH - 2 * EDGE + GAP) / COLUMNS
    left, top = EDGE + (place % COLUMNS) * width, PANEL * (lines - place // COLUMNS)
    axes = canvas.axes(left, width - GAP, below=top - PANEL + 0.1, height=PLOT)
    axes.text(0, 1.05, name, transform=axes.transAxes, va="bottom", size=SMALL, color=colour)
    return axes


def _draw(axes: Axes, values: pd.Series, span: float, years: tuple[int, int], colour: str) -> None:
    logs = np.log(values.to_numpy(dtype=float))
    middle = (logs.max() + logs.min()) / 2
    axes.plot(values.index, logs, "o-", color=colour, lw=1.0, ms=2.2)
    axes.set_ylim(middle - 0.56 * span, middle + 0.56 * span)
    axes.set_xlim(years[0] - 0.7, years[1] + 0.7)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines["bottom"].set_color(GRID)


def _alt(frame: pd.DataFrame, plan: Plan, title: str, language: Language) -> str:
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


def _data(series: dict[str, pd.Series], plan: Plan, language: Language) -> pd.DataFrame:
    table = pd.DataFrame({plan.region_name(language, region): values for region, values in series.items()})
    return table.sort_index().rename_axis(heading("year", language)).reset_index()
