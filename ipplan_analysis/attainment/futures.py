"""What a run expects of each indicator: its history, a forecast, and what both rest on."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
import pandas as pd

from ipplan_analysis.data import Plan
from ipplan_analysis.data.snapshot import NATION, Snapshot
from ipplan_analysis.schema import STOCK_BASIS, Break, Indicator, NothingForecastError, PlanError
from ipplan_analysis.trend import (
    Forecast,
    Pool,
    fit_models,
    fit_pool,
    forecast,
    with_counting_noise,
    within_limits,
)

MIN_POINTS = 2  # a growth needs two figures
YEARS_BEYOND = 10  # an expected year later than this after the target year is left blank


@dataclass(frozen=True)
class IndicatorForecast:
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
    basis: Literal["series", "derived", "proxy"]
    history: pd.DataFrame
    forecast: Forecast
    n_points: int


def futures(plan: Plan, *, draws: int = 4000, seed: int = 0) -> dict[str, IndicatorForecast]:
    """Forecasts of every indicator of the plan's region that has figures enough, by indicator.

    Each reaches `YEARS_BEYOND` years after the plan's end. Indicators of the plan's targets come first.

    Parameters
    ----------
    draws, seed : number of simulated paths, and the seed.

    Raises
    ------
    PlanError : the trend model refuses a series.
    """
    own = [target.indicator for target in plan.targets]
    here = plan.yearly.loc[plan.yearly["region"].eq(plan.region), "indicator"]
    derived = [name for name, entry in plan.indicators.items() if entry.derived_kind]
    names = dict.fromkeys([*own, *derived, *sorted(here.unique())])
    found = {name: future(plan, name, draws=draws, seed=seed) for name in names}
    return {name: entry for name, entry in found.items() if entry is not None}


def future(plan: Plan, indicator: str, *, draws: int = 4000, seed: int = 0) -> IndicatorForecast | None:
    """Forecast of one indicator with the pooled trend model; None when its figures are too few."""
    last_year = max([plan.end_year + YEARS_BEYOND, *(target.target_year for target in plan.targets)])
    expected = _Simulator(plan.snapshot, plan.region, last_year, draws, seed).future(indicator)
    return None if expected is None else replace(expected, history=expected.history.copy())


def forecasts(plan: Plan, *, draws: int = 4000, seed: int = 0) -> dict[str, Forecast]:
    """The forecasts of `futures` alone, by indicator."""
    return {name: entry.forecast for name, entry in futures(plan, draws=draws, seed=seed).items()}


def forecasts_by_model(plan: Plan, indicator: str, *, draws: int = 4000, seed: int = 0) -> dict[str, Forecast]:
    """One indicator's forecasts: the reported one first, then every model fitted to its history alone.

    Raises
    ------
    PlanError : the indicator has no forecast.
    """
    expected = future(plan, indicator, draws=draws, seed=seed)
    if expected is None:
        raise PlanError(f"{indicator} has fewer than two yearly figures in this region; choose another indicator.")
    entry, reported = expected.indicator, expected.forecast
    limits = {"lower": entry.lower, "upper": entry.upper}
    alone, _ = fit_models(reported.history, reported.horizon, **limits, can_fall=entry.can_fall, draws=draws, seed=seed)
    return {reported.model: reported} | {name: model for name, model in alone.items() if name != reported.model}


def shown_indicator(known: dict[str, Forecast], wanted: str) -> str:
    """The wanted indicator where it has a forecast, else the first that has one.

    Raises
    ------
    NothingForecastError : no indicator has a forecast.
    """
    if not known:
        text = "No indicator of this region has two yearly figures by this year; choose a later data_through."
        raise NothingForecastError(text)
    return wanted if wanted in known else next(iter(known))


@lru_cache(maxsize=8)
def pool_of(snapshot: Snapshot) -> Pool:
    """The pool of the provinces' figures; fitting takes a second, so it is kept."""
    return fit_pool(snapshot.panel())


@dataclass(frozen=True)
class _Simulator:
    """Forecasts of one region's indicators up to `last_year`, kept by what they depend on."""

    snapshot: Snapshot
    region: str
    last_year: int
    draws: int
    seed: int

    @lru_cache(maxsize=256)  # noqa: B019  # the key is a frozen value, and the cache is bounded
    def future(self, indicator: str) -> IndicatorForecast | None:
        """Forecast one indicator, or None when its figures are too few.

        An indicator with a derived series is modelled on that series and rescaled to the last published figure;
        published and derived figures are never mixed in one series. An indicator with one published figure follows
        the growth of its proxy.
        """
        entry = self.snapshot.indicators[indicator]
        published = self.snapshot.series(indicator, self.region)
        derived = self.snapshot.derived(indicator, self.region)
        if len(derived) >= MIN_POINTS:
            return self._finished(self._rescaled(entry, derived, published))
        if len(published) >= MIN_POINTS:
            breaks = self.snapshot.breaks(indicator, self.region)
            found = self._forecast(entry, published, breaks)
            return self._finished(IndicatorForecast(entry, "series", published, found, len(published)))
        return self._by_proxy(entry, published) if entry.proxy and len(published) == 1 else None

    def _forecast(self, entry: Indicator, history: pd.DataFrame, breaks: tuple[Break, ...]) -> Forecast:
        """Draws of the years after the history, before the indicator's limits."""
        return forecast(
            history["value"].rename(f"{self.region}:{entry.indicator}"),
            max(self.last_year - int(history.index[-1]), 1),
            pool=pool_of(self.snapshot),
            group=entry.pool_group,
            breaks=breaks,
            draws=self.draws,
            seed=self.seed,
        )

    def _rescaled(self, entry: Indicator, derived: pd.DataFrame, published: pd.DataFrame) -> IndicatorForecast:
        # A new definition of the published figure does not touch the computed one, which has a single basis.
        breaks = self.snapshot.breaks(entry.indicator, self.region)
        found = self._forecast(entry, derived, tuple(mark for mark in breaks if mark.kind != "definition"))
        origin, grows = int(derived.index[-1]), bool(derived["value"].iloc[-1] > 0)  # from zero there is no growth
        if grows and len(published) and origin < int(published.index[-1]) < found.years[-1]:
            return IndicatorForecast(entry, "derived", published, anchored_at(found, published["value"]), len(derived))
        common = published.index.intersection(derived.index[derived["value"].gt(0)])
        factor = float(published.at[common[-1], "value"] / derived.at[common[-1], "value"]) if len(common) else 1.0
        scaled = derived.assign(value=derived["value"] * factor)
        rescaled = replace(found, history=scaled["value"], draws=found.draws * factor)
        return IndicatorForecast(entry, "derived", scaled, rescaled, len(derived))

    def _by_proxy(self, entry: Indicator, published: pd.DataFrame) -> IndicatorForecast | None:
        proxy, year = self.future(entry.proxy), int(published.index[-1])
        if (
            proxy is None
            or year >= proxy.forecast.years[-1]
            or year not in {*proxy.history.index, *proxy.forecast.years}
        ):
            return None
        anchored = anchored_at(proxy.forecast, published["value"])
        return IndicatorForecast(entry, "proxy", published, anchored, len(published))

    def _finished(self, expected: IndicatorForecast) -> IndicatorForecast:
        """Apply the indicator's limits and, for a small count, counting noise of its own."""
        entry, found = expected.indicator, expected.forecast
        last = float(found.history.iloc[-1])
        draws = within_limits(found.draws, last, lower=entry.lower, upper=entry.upper, can_fall=entry.can_fall)
        if entry.counts_items:
            rng = np.random.default_rng([self.seed, zlib.crc32(entry.indicator.encode())])
            draws = with_counting_noise(draws, last, is_stock=entry.basis == STOCK_BASIS, rng=rng)
        return replace(expected, forecast=replace(found, draws=draws))


def anchored_at(expected: Forecast, published: pd.Series) -> Forecast:
    """The growth of a forecast, carried on from a published figure of a later year than its origin.

    Parameters
    ----------
    expected : covers the last published year and at least one after it.
    published : figures by year; the last one is the anchor.
    """
    year, value = int(published.index[-1]), float(published.iloc[-1])
    base = expected.year(year)[:, None] if year > expected.origin else float(expected.history.loc[year])
    later = expected.draws[:, max(year - expected.origin, 0) :]
    return replace(expected, history=published, draws=later / base * value)


def national_share_proxy(plan: Plan, indicator: str) -> tuple[int, float] | None:
    """Year and level before any figure of the region is known: its proxy's last figure times the nation's ratio.

    The nation's ratio is of the latest year with both figures, its published ones before computed ones; None where
    there is none.
    """
    proxy = plan.indicators[indicator].proxy
    if not proxy:
        return None
    own = plan.derived(proxy)
    own = own if len(own) else plan.series(proxy)
    part_of = plan.series(proxy, NATION)["value"].combine_first(plan.derived(proxy, NATION)["value"])
    ratios = (plan.series(indicator, NATION)["value"] / part_of).dropna()
    return None if own.empty or ratios.empty else (int(own.index[-1]), own["value"].iloc[-1] * ratios.iloc[-1])
