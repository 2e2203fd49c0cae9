"""Arguments of the forecasts, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ipplan_analysis.schema import PlanError

LONGEST = 1000  # years from the first to the last figure of a panel; more is a typing error, or not years


def history(series: pd.Series) -> pd.Series:
    """The known figures of a series as floats by whole year, in order; missing ones are left out.

    Raises
    ------
    PlanError : there is no figure, one is not a finite number, or the index is not one of whole years, each once.
    """
    values = pd.to_numeric(series, errors="coerce")
    wrong = series[values.isna() & series.notna()]
    if len(wrong):
        raise PlanError(f"series {series.name!r} has a figure that is not a number: {wrong.iloc[0]!r}")
    kept = values.dropna()
    known = pd.Series(
        kept.to_numpy(dtype=float), index=whole_years(kept.index, series.name), name=series.name
    ).sort_index()
    if known.empty or not np.isfinite(known.to_numpy()).all():
        raise PlanError(f"series {series.name!r} has no figure, or one that is not finite; give at least one")
    if not known.index.is_unique:
        raise PlanError(f"series {series.name!r} has two figures for one year; keep one")
    return known


def whole_years(years: Iterable[object], name: object) -> list[int]:
    """Years as integers.

    Raises
    ------
    PlanError : one is not a whole number, or they lie more than `LONGEST` years apart.
    """
    found = []
    for year in years:
        try:
            whole = int(year)  # type: ignore[call-overload]
            is_whole = float(year) == whole  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            is_whole = False
        if not is_whole:
            raise PlanError(f"series {name!r} is not indexed by whole years: {year!r}")
        found.append(whole)
    if found and max(found) - min(found) > LONGEST:
        raise PlanError(f"the years of {name!r} run from {min(found)} to {max(found)}; correct the year")
    return found


def whole_number(name: str, value: object, least: int) -> int:
    """An argument that is a whole number from `least` up.

    Raises
    ------
    PlanError : it is not.
    """
    try:
        whole = int(value)  # type: ignore[call-overload]
        if whole == value and whole >= least:
            return int(whole)
    except (TypeError, ValueError, OverflowError):
        pass
    raise PlanError(f"{name} is a whole number from {least} up; found {value!r}")
