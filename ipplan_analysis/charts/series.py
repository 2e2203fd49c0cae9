"""Drawing one series: history with its gaps, bands with the median, target and origin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ipplan_analysis.charts.theme import BAND50, BAND80, BLUE, GRID, INK, MUTED, ORANGE
from ipplan_analysis.schema import Target
from ipplan_analysis.trend.forecast import Forecast


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
