"""Forecasts as tables: medians and bands for people, quantiles for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from ipplan_analysis.data.plan import Plan
from ipplan_analysis.schema import Language
from ipplan_analysis.tables.cells import few_cell
from ipplan_analysis.tables.table import Table
from ipplan_analysis.words import format_number, format_rough, heading, source_ids, text

if TYPE_CHECKING:  # it comes with statsmodels, which whoever only reads tables need not load
    from ipplan_analysis.trend.forecast import Forecast

LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
SHOWN = {"low80": 0.1, "median": 0.5, "high80": 0.9}


def forecast_table(forecasts: Mapping[str, Forecast], plan: Plan, language: Language) -> Table:
    """Median and central 80 % of every indicator in the plan's last year (or its first simulated one after that)."""
    rows, shown = [], []
    for indicator, forecast in forecasts.items():
        entry = plan.indicators[indicator]
        year = max(plan.end_year, forecast.origin + 1)
        cells = forecast.quantiles(tuple(SHOWN.values())).loc[year]
        last = float(forecast.history.iloc[-1])
        common = {
            "indicator": entry.name(language),
            "unit": entry.unit_in(language),
            "origin": forecast.origin,
            "last_value": last,
            "target_year": year,
        }
        source = _sources(plan, indicator)
        numbers = {name: float(cells[level]) for name, level in SHOWN.items()}
        rows.append(common | numbers | {"source": source})
        shown.append(
            common
            | {
                "origin": str(forecast.origin),
                "target_year": str(year),
                "last_value": format_number(last, entry.decimals, language),
            }
            | {name: format_rough(value, language) for name, value in numbers.items()}
            | {"source": few_cell(source)}
        )
    frames = [pd.DataFrame(part).rename(columns=lambda name: heading(name, language)) for part in (rows, shown)]
    caption = text("indicators_caption", language, year=plan.end_year)
    return Table(frames[0], caption, language, shown=frames[1], linked=(heading("source", language),))


def _sources(plan: Plan, indicator: str) -> str:
    """Source of the last figure; of a computed one, of each of its parts."""
    published, derived = plan.series(indicator), plan.derived(indicator)
    newest = published if len(published) else derived
    return " ".join(source_ids(newest["source"].iloc[-1])) if len(newest) else ""


def quantile_frame(forecasts: Mapping[str, Forecast], region: str) -> pd.DataFrame:
    """Quantiles of every forecast: columns indicator, region, model, origin, year, quantile, value (indicator's unit)."""
    frames = []
    for indicator, forecast in forecasts.items():
        wide = forecast.quantiles(LEVELS).reset_index()
        long = wide.melt("year", var_name="quantile").sort_values(["year", "quantile"])
        long.insert(0, "origin", forecast.origin)
        long.insert(0, "model", forecast.model)
        long.insert(0, "region", region)
        long.insert(0, "indicator", indicator)
        frames.append(long)
    columns = ["indicator", "region", "model", "origin", "year", "quantile", "value"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
