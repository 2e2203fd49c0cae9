"""What a run expects of one indicator: its history, a forecast, and what both rest on."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipplan_analysis.data import Plan
from ipplan_analysis.schema import NATION, STOCK_BASIS, Break, Indicator
from ipplan_analysis.trend import Forecast, with_counting_noise, within_limits

LEAST_POINTS = 2  # a growth needs two figures
Rest = Literal["series", "derived", "proxy"]
# (name of the series, history, horizon, breaks) -> draws of the years after the history, before the indicator's limits
Simulate = Callable[[str, pd.Series, int, tuple[Break, ...]], Forecast]


@dataclass(frozen=True)
class Future:
    """One indicator's history and forecast.

    Attributes
    ----------
    indicator : what is forecast.
    basis : `series` (its own published figures), `derived` (computed from other figures of the region) or
        `proxy` (growth of a related indicator).
    history : figures the forecast rests on, in the indicator's unit: value, observation, source; index year.
    forecast : simulated years after the last figure.
    n_points : yearly figures of the indicator itself (published, or derived where it is a derived one).
    """

    indicator: Indicator
    basis: Rest
    history: pd.DataFrame
    forecast: Forecast
    n_points: int


def future_of(plan: Plan, indicator: str, *, last_year: int, simulate: Simulate, seed: int = 0) -> Future | None:
    """Forecast one indicator of the plan's region up to `last_year`, or None when its figures are too few.

    An indicator with a derived series is modelled on that series and rescaled to the last published figure;
    published and derived figures are never mixed in one series. An indicator with one published figure follows
    the growth of its proxy.

    Parameters
    ----------
    last_year : last year to simulate.
    simulate : the trend model.
    seed : of the counting noise.
    """
    entry = plan.indicators[indicator]
    published, derived = plan.series(indicator), plan.derived(indicator)
    if len(derived) >= LEAST_POINTS:
        future = _rescaled(plan, entry, derived, published, last_year, simulate)
        return _finished(future, seed)
    if len(published) >= LEAST_POINTS:
        forecast = simulate(
            f"{plan.region}:{indicator}", published["value"], _ahead(published, last_year), plan.breaks(indicator)
        )
        return _finished(Future(entry, "series", published, forecast, len(published)), seed)
    if entry.proxy and len(published) == 1:
        return _by_proxy(plan, entry, published, last_year, simulate)
    return None


def _ahead(history: pd.DataFrame, last_year: int) -> int:
    return max(last_year - int(history.index[-1]), 1)


def _rescaled(
    plan: Plan, entry: Indicator, derived: pd.DataFrame, published: pd.DataFrame, last_year: int, simulate: Simulate
) -> Future:
    name = f"{plan.region}:{entry.indicator}"
    # A new definition of the published figure does not touch the computed one, which has a single basis.
    breaks = tuple(mark for mark in plan.breaks(entry.indicator) if mark.kind != "definition")
    forecast = simulate(name, derived["value"], _ahead(derived, last_year), breaks)
    common = published.index.intersection(derived.index[derived["value"].gt(0)])
    origin = int(derived.index[-1])
    grows = bool(derived["value"].iloc[-1] > 0)  # from zero there is no growth to carry on
    if grows and len(published) and int(published.index[-1]) > origin and published.index[-1] < forecast.years[-1]:
        anchored = anchored_at(forecast, published["value"])
        return Future(entry, "derived", published, anchored, len(derived))
    factor = float(published.at[common[-1], "value"] / derived.at[common[-1], "value"]) if len(common) else 1.0
    scaled = derived.assign(value=derived["value"] * factor)
    return Future(
        entry,
        "derived",
        scaled,
        Forecast(forecast.model, scaled["value"], forecast.draws * factor, forecast.calibrated),
        len(derived),
    )


def anchored_at(forecast: Forecast, published: pd.Series) -> Forecast:
    """The growth of a forecast, carried on from a published figure of a later year than its origin.

    Parameters
    ----------
    forecast : covers the last published year and at least one after it.
    published : figures by year; the last one is the anchor.
    """
    year, value = int(published.index[-1]), float(published.iloc[-1])
    base = forecast.year(year)[:, None] if year > forecast.origin else float(forecast.history.loc[year])
    later = forecast.draws[:, max(year - forecast.origin, 0) :]
    return Forecast(forecast.model, published, later / base * value, forecast.calibrated)


def _by_proxy(
    plan: Plan, entry: Indicator, published: pd.DataFrame, last_year: int, simulate: Simulate
) -> Future | None:
    proxy = future_of(plan, entry.proxy, last_year=last_year, simulate=simulate)
    year = int(published.index[-1])
    if proxy is None or year >= proxy.forecast.years[-1] or year not in {*proxy.history.index, *proxy.forecast.years}:
        return None
    return Future(entry, "proxy", published, anchored_at(proxy.forecast, published["value"]), len(published))


def _finished(future: Future, seed: int) -> Future:
    """Apply the indicator's limits and, for a small count, counting noise of its own."""
    entry, forecast = future.indicator, future.forecast
    last = float(forecast.history.iloc[-1])
    draws: NDArray[np.float64] = within_limits(
        forecast.draws, last, lower=entry.lower, upper=entry.upper, can_fall=entry.can_fall
    )
    if entry.measure == "count":
        rng = np.random.default_rng([seed, zlib.crc32(entry.indicator.encode())])
        draws = with_counting_noise(draws, last, is_stock=entry.basis == STOCK_BASIS, rng=rng)
    limited = Forecast(forecast.model, forecast.history, draws, forecast.calibrated)
    return Future(entry, future.basis, future.history, limited, future.n_points)


def national_share_proxy(plan: Plan, indicator: str) -> pd.DataFrame:
    """Proxy levels before any figure of the region is known: its proxy indicator times the nation's ratio.

    Returns
    -------
    value, observation, source by year; empty where the nation has no year with both figures. The nation's ratio
    is of the latest such year; published and computed national figures are taken in this order.
    """
    entry = plan.indicators[indicator]
    empty = plan.series(indicator).iloc[:0]
    if not entry.proxy:
        return empty
    own = plan.derived(entry.proxy)
    own = own if len(own) else plan.series(entry.proxy)
    whole = plan.series(indicator, NATION)
    part_of = pd.concat([plan.derived(entry.proxy, NATION), plan.series(entry.proxy, NATION)])
    part_of = part_of[~part_of.index.duplicated(keep="last")].sort_index()
    common = whole.index.intersection(part_of.index)
    if own.empty or common.empty:
        return empty
    year = common[-1]
    ratio = float(whole.at[year, "value"] / part_of.at[year, "value"])
    trail = f" & {whole.at[year, 'observation']} & {part_of.at[year, 'observation']}"
    sources = f" & {whole.at[year, 'source']} & {part_of.at[year, 'source']}"
    return own.assign(
        value=own["value"] * ratio, observation=own["observation"] + trail, source=own["source"] + sources
    )
