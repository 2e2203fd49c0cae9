"""Rolling origins for the benchmarks: forecasts from past years, scored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd
from _scores import mean_abs_log_error

from ipplan_analysis.evaluation.backtest import unbroken_runs, with_outcomes
from ipplan_analysis.evaluation.scores import COUNT_FLOOR, covered, log_floor, wis
from ipplan_analysis.schema import PlanError

# (panel known at the origin, horizon) -> columns series, origin, year, quantile, value
Method = Callable[[pd.DataFrame, int], pd.DataFrame]
Statistic = Callable[[pd.DataFrame], float]


def at_offsets(panel: pd.DataFrame, origin: int, offsets: Sequence[int]) -> pd.DataFrame:
    """Rows of the years `origin` plus the offsets (0, -3, ...): a series with gaps."""
    return panel[panel["year"].isin([origin + offset for offset in offsets])]


def rolling_forecasts(
    panel: pd.DataFrame, origins: Iterable[int], horizon: int, method: Method, *, min_run: int = 5
) -> pd.DataFrame:
    """Forecast from each origin with nothing later than it known, and set the outcomes beside the quantiles.

    Returns
    -------
    One row per series, origin and year with an outcome: value (the outcome), horizon, and one column per
    quantile level.

    Raises
    ------
    PlanError : no origin has a series with enough figures.
    """
    parts = []
    for origin in origins:
        known = unbroken_runs(panel, origin, min_run=min_run)
        if len(known):
            parts.append(with_outcomes(method(known, horizon), panel))
    if not parts:
        raise PlanError(f"no series has {min_run} unbroken years up to any of the origins")
    return pd.concat(parts, ignore_index=True)


def summary(table: pd.DataFrame, *, floor: float = COUNT_FLOOR) -> dict[str, float]:
    """WIS, MALE, bias and coverage on the natural log of a table made by `rolling_forecasts`.

    Returns
    -------
    forecasts, wis, male, male_last (largest horizon), bias (median less outcome), coverage_80, coverage_95.
    """
    levels = sorted(name for name in table.columns if isinstance(name, float))
    outcome = log_floor(table["value"], floor=floor)
    quantiles = log_floor(table[levels].to_numpy(), floor=floor)
    last = table["horizon"] == table["horizon"].max()
    by_level = {level: quantiles[:, k] for k, level in enumerate(levels)}
    return {
        "forecasts": float(len(table)),
        "wis": float(wis(outcome, quantiles, levels).mean()),
        "male": mean_abs_log_error(table["value"], table[0.5], floor=floor),
        "male_last": mean_abs_log_error(table.loc[last, "value"], table.loc[last, 0.5], floor=floor),
        "bias": float((by_level[0.5] - outcome).mean()),
        "coverage_80": float(covered(outcome, by_level[0.1], by_level[0.9]).mean()),
        "coverage_95": float(covered(outcome, by_level[0.025], by_level[0.975]).mean()),
    }


def holds(table: pd.DataFrame, low: float = 0.1, high: float = 0.9) -> float:
    """Share of outcomes between two quantiles of a table made by `rolling_forecasts`."""
    return float(covered(table["value"], table[low], table[high]).mean())


def bootstrap_range(
    table: pd.DataFrame, statistic: Statistic, *, by: str, rounds: int = 500, level: float = 0.8, seed: int = 0
) -> tuple[float, float]:
    """Central range of a statistic when whole groups of rows (say, target years) are drawn with replacement.

    Rows of one target year share that year's shock, so years, not rows, are resampled (Field & Welsh 2007,
    doi:10.1111/j.1467-9868.2007.00593.x).
    """
    groups = [rows for _, rows in table.groupby(by, sort=True)]
    rng = np.random.default_rng(seed)
    values = [
        statistic(pd.concat([groups[k] for k in rng.integers(0, len(groups), len(groups))])) for _ in range(rounds)
    ]
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
