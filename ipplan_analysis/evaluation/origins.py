"""Rolling origins: what a method would have said in the past, beside what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pandas as pd

from ipplan_analysis.evaluation.scores import COUNT_FLOOR, covered, log_floor, male, wis
from ipplan_analysis.schema import PlanError

# (panel known at the origin, horizon) -> columns series, origin, year, quantile, value
Method = Callable[[pd.DataFrame, int], pd.DataFrame]
KEYS = ["series", "origin", "year"]


def unbroken_runs(panel: pd.DataFrame, origin: int, *, least: int = 5) -> pd.DataFrame:
    """Rows of every series' unbroken run of years that ends at `origin`, runs shorter than `least` left out."""
    known = panel[panel["year"] <= origin].sort_values(["series", "year"])
    steps_back = known.groupby("series").cumcount(ascending=False)
    run = known[(known["year"] + steps_back) == origin]
    size = run.groupby("series")["year"].transform("size")
    return run[size >= least]


def last_points(panel: pd.DataFrame, points: int) -> pd.DataFrame:
    """The last `points` rows of every series."""
    ordered = panel.sort_values(["series", "year"])
    return ordered[ordered.groupby("series").cumcount(ascending=False) < points]


def at_offsets(panel: pd.DataFrame, origin: int, offsets: Sequence[int]) -> pd.DataFrame:
    """Rows of the years `origin` plus the offsets (0, -3, ...): a series with gaps."""
    return panel[panel["year"].isin([origin + offset for offset in offsets])]


def rolling_forecasts(
    panel: pd.DataFrame, origins: Iterable[int], horizon: int, method: Method, *, least: int = 5
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
        known = unbroken_runs(panel, origin, least=least)
        if len(known):
            parts.append(with_outcomes(method(known, horizon), panel))
    if not parts:
        raise PlanError(f"no series has {least} unbroken years up to any of the origins")
    return pd.concat(parts, ignore_index=True)


def with_outcomes(forecasts: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
    """Quantiles as columns beside the outcome and the horizon; years without an outcome are dropped."""
    wide = forecasts.pivot(index=KEYS, columns="quantile", values="value").reset_index()
    wide.columns.name = None
    keep = ["series", "year", "value"] + (["group"] if "group" in panel.columns else [])
    joined = wide.merge(panel[keep], on=["series", "year"], how="inner")
    return joined.assign(horizon=joined["year"] - joined["origin"])


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
        "male": male(table["value"], table[0.5], floor=floor),
        "male_last": male(table.loc[last, "value"], table.loc[last, 0.5], floor=floor),
        "bias": float((by_level[0.5] - outcome).mean()),
        "coverage_80": float(covered(outcome, by_level[0.1], by_level[0.9]).mean()),
        "coverage_95": float(covered(outcome, by_level[0.025], by_level[0.975]).mean()),
    }


def holds(table: pd.DataFrame, low: float = 0.1, high: float = 0.9) -> float:
    """Share of outcomes between two quantiles of a table made by `rolling_forecasts`."""
    return float(covered(table["value"], table[low], table[high]).mean())
