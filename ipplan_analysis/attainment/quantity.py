"""What a target compares: a function of a path for each kind of target."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipplan_analysis.schema import NEEDS_BASE, Target
from ipplan_analysis.trend import Forecast

Array = NDArray[np.float64]
COMPARE: dict[str, Callable[[Array, float], NDArray[np.bool_]]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}
PACE_YEARS = 5  # a recent pace looks back so far
EQUAL = 1e-9  # numbers this close, relative to the goal, are the same: 100000 * 1.1^5 is not exactly 161051
LEVEL_KINDS = ("level", "annual_growth", "increment")  # decided by the level in the target year


class MissingFigureError(KeyError):
    """A path has no figure for a year that the target needs."""


@dataclass(frozen=True)
class Paths:
    """The known history followed by draws.

    Attributes
    ----------
    known : figure by year, in the indicator's unit.
    forecast : simulated years after the history, or None.
    """

    known: dict[int, float] = field(default_factory=dict)
    forecast: Forecast | None = None

    def value(self, year: int) -> Array:
        """Figure of one year on every path: shape (1,) when known, (n_draws,) when simulated.

        Raises
        ------
        MissingFigureError : the year is neither known nor simulated.
        """
        if year in self.known:
            return np.array([self.known[year]])
        if self.forecast is not None and year in self.forecast.years:
            return self.forecast.year(year)
        raise MissingFigureError(year)


def quantity(target: Target, paths: Paths, base: float | Array | None) -> Array:
    """The number that is compared with the target, on every path, in the target's unit.

    Parameters
    ----------
    base : the base period's figure, on every path where it is simulated; needed by annual_growth, increment and
        multiple, the first and last of which need one above zero.

    Raises
    ------
    MissingFigureError : a year or the base is missing; its argument says which.
    """
    if target.kind == "level":
        return paths.value(target.target_year)
    if target.kind == "cumulative":
        return total(target.window_years, paths)
    if base is None:
        raise MissingFigureError(target.base_period)
    if np.min(base) <= 0 and target.kind != "increment":
        raise MissingFigureError(target.base_period)
    if target.kind == "multiple":
        return total(target.window_years, paths) / base
    final = paths.value(target.target_year)
    if target.kind == "increment":
        return np.maximum(final - base, 0.0)  # what is added is never less than nothing
    if target.kind == "annual_growth":
        return 100.0 * (np.power(final / base, 1.0 / growth_years(target)) - 1.0)
    raise ValueError(f"a {target.kind} target has no quantity")


def growth_years(target: Target) -> int:
    """Years over which an average annual growth compounds: from the year before the window to its end."""
    return len(target.window_years)


def total(years: range, paths: Paths) -> Array:
    """Sum of some years on every path."""
    return sum((paths.value(year) for year in years), start=np.zeros(1))


def meets(target: Target, values: Array) -> NDArray[np.bool_]:
    """Which of the quantities meet the target; of a range the lower bound decides.

    Raises
    ------
    ValueError : the target has no number.
    """
    if target.target is None:
        raise ValueError(f"{target.target_id} has no number to compare with")
    return reaches(target.comparator, values, target.target)


def reaches(comparator: str, values: Array, goal: float) -> NDArray[np.bool_]:
    """Which values meet a goal; those that differ from it by rounding alone count as the goal itself."""
    same = np.abs(values - goal) <= EQUAL * max(abs(goal), EQUAL)
    return COMPARE[comparator](np.where(same, goal, values), goal)


def required_level(target: Target, base: float | None) -> float | None:
    """Level of the indicator in the target year at which the target is just met; None for sums or without a base."""
    if target.kind == "level":
        return target.target
    if target.target is None or base is None or target.kind not in LEVEL_KINDS:
        return None
    if target.kind == "increment":
        return base + target.target
    if base <= 0:
        return None
    return base * float(np.power(1.0 + target.target / 100.0, growth_years(target)))


def largest_base(target: Target, value: float) -> float:
    """Largest base with which a known level (of a growth or an addition) or total (of a multiple) meets the target.

    Raises
    ------
    ValueError : the target has no number, or no base.
    """
    if target.target is None or target.kind not in NEEDS_BASE:
        raise ValueError(f"a {target.kind} target has no base")
    if target.kind == "increment":
        return value - target.target
    if target.kind == "multiple":
        return value / target.target
    return value / float(np.power(1.0 + target.target / 100.0, growth_years(target)))


def compound_pace(first: float, last: float, years: int) -> float:
    """Compound growth per year in per cent; NaN where a ratio makes no sense.

    Parameters
    ----------
    first, last : figures in the same unit.
    years : years between them.
    """
    if years <= 0 or first <= 0 or last <= 0:
        return float("nan")
    return 100.0 * (float(np.power(last / first, 1.0 / years)) - 1.0)


def recent_pace(history: pd.Series) -> float:
    """Compound growth per year over up to the last `PACE_YEARS` years of a history indexed by year, in per cent."""
    recent = history[history.index >= history.index[-1] - PACE_YEARS]
    return compound_pace(float(recent.iloc[0]), float(recent.iloc[-1]), int(recent.index[-1] - recent.index[0]))
