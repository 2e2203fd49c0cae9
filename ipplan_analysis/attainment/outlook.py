"""Forecasts of a region's indicators with the pooled trend model."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from ipplan_analysis.attainment.future import Future, Simulate, future_of
from ipplan_analysis.data import Plan
from ipplan_analysis.data.remember import remembered
from ipplan_analysis.schema import Break, PlanError
from ipplan_analysis.trend import Forecast, Pool, fit_models, fit_pool, forecast

YEARS_BEYOND = 10  # an expected year later than this after the target year is left blank


def futures(plan: Plan, *, draws: int = 4000, seed: int = 0) -> dict[str, Future]:
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


@remembered
def future(plan: Plan, indicator: str, *, draws: int = 4000, seed: int = 0) -> Future | None:
    """Forecast of one indicator with the pooled trend model; None when its figures are too few."""
    last_year = max([plan.end_year + YEARS_BEYOND, *(target.target_year for target in plan.targets)])
    return future_of(plan, indicator, last_year=last_year, simulate=_simulator(plan, draws, seed), seed=seed)


def _simulator(plan: Plan, draws: int, seed: int) -> Simulate:
    pool = _pool(plan.data_sha256, plan.data_through, _Held(plan))

    def simulate(name: str, history: pd.Series, horizon: int, breaks: tuple[Break, ...]) -> Forecast:
        group = plan.indicators[name.partition(":")[2]].pool_group
        return forecast(history.rename(name), horizon, pool=pool, group=group, breaks=breaks, draws=draws, seed=seed)

    return simulate


class _Held:
    """Carries a plan past the cache's key, whose other parts identify its panel.

    A plan whose figures are replaced must therefore get another `data_sha256`, as `with_revisions` gives it.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)


@lru_cache(maxsize=8)
def _pool(sha256: str, data_through: int, held: _Held) -> Pool:
    """The pool of the provinces' figures; fitting takes a second, so it is kept."""
    return fit_pool(held.plan.panel())


def forecasts(plan: Plan, *, draws: int = 4000, seed: int = 0) -> dict[str, Forecast]:
    """The forecasts of `futures` alone, by indicator."""
    return {name: future.forecast for name, future in futures(plan, draws=draws, seed=seed).items()}


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
    alone, _ = fit_models(
        reported.history,
        reported.horizon,
        lower=entry.lower,
        upper=entry.upper,
        can_fall=entry.can_fall,
        draws=draws,
        seed=seed,
    )
    return {reported.model: reported} | {name: model for name, model in alone.items() if name != reported.model}


def shown_indicator(known: dict[str, Forecast], wanted: str) -> str:
    """The wanted indicator where it has a forecast, else the first that has one.

    Raises
    ------
    PlanError : no indicator has a forecast.
    """
    if not known:
        raise PlanError("No indicator of this region has two yearly figures by this year; choose a later data_through.")
    return wanted if wanted in known else next(iter(known))
