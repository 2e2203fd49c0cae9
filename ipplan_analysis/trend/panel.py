"""Yearly panels as arrays: one row per series, one column per calendar year, on a scale where shocks add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipplan_analysis.schema import PlanError
from ipplan_analysis.trend.arguments import whole_years

Array = NDArray[np.float64]

LOG, LINEAR = "log", "linear"  # kinds of scale; series of different kinds never share errors
LEAST_UNIT = 1e-300  # half of the least positive number that keeps its digits
LARGEST = 600.0  # log of the largest number written: 1e260, so that sums of values stay finite
UNGROUPED = ""  # group of series that share no calendar shocks


@dataclass(frozen=True)
class Matrix:
    """Series on their working scales.

    Attributes
    ----------
    names : names of the series, sorted; shape (S,).
    groups : who may share calendar shocks; `UNGROUPED` for nobody; shape (S,).
    years : consecutive calendar years, shape (T,).
    z : values on the working scale, NaN where no figure is known; shape (S, T).
    unit : what one step of the scale is worth, shape (S,); see `to_scale`.
    kinds : `LOG` or `LINEAR`, shape (S,).
    trust : weight of the growth into a year, below 1 in marked shock years; shape (S, T).
    """

    names: NDArray[Any]
    groups: NDArray[Any]
    years: NDArray[np.int64]
    z: Array
    unit: Array
    kinds: NDArray[Any]
    trust: Array

    def take(self, rows: NDArray[Any]) -> Matrix:
        """The same years for some of the series (`rows` is a mask or positions)."""
        return Matrix(
            self.names[rows],
            self.groups[rows],
            self.years,
            self.z[rows],
            self.unit[rows],
            self.kinds[rows],
            self.trust[rows],
        )

    @property
    def last(self) -> NDArray[np.int64]:
        """Column of each series' last known year, shape (S,)."""
        return np.asarray(self.z.shape[1] - 1 - np.argmax(np.isfinite(self.z)[:, ::-1], axis=1), dtype=np.int64)


def scale_of(values: Array) -> tuple[str, float]:
    """Kind and unit of the working scale of one series.

    Positive series work in logs; series with zeros in asinh, which is a log well above half the smallest
    positive value and linear below it; series with negative values in multiples of their mean yearly change.
    """
    if values.min() > 0:
        return LOG, 0.0
    if values.min() >= 0:
        positive = values[values > 0]
        return LOG, max(float(positive.min()) / 2, 1e-12 * float(positive.max()), LEAST_UNIT) if positive.size else 0.5
    change = float(np.abs(np.diff(values)).mean()) if values.size > 1 else 0.0
    return LINEAR, max(change if change > 0 else float(np.abs(values).mean()), LEAST_UNIT)


def to_scale(values: Array, kinds: NDArray[Any], unit: Array) -> Array:
    """Values (S, T) on the working scales of their series."""
    safe = np.where(unit > 0, unit, 1.0)[:, None]
    plain = (kinds == LOG) & (unit == 0)
    z = np.where((kinds == LINEAR)[:, None], values / safe, np.arcsinh(values / (2 * safe)))
    z[plain] = np.log(values[plain])
    return z


def from_scale(z: Array, kind: str, unit: float) -> Array:
    """Inverse of `to_scale` for one series; series that were never negative stay so."""
    if kind == LINEAR:
        return np.asarray(z * unit)
    z = np.minimum(z, LARGEST if unit == 0 else LARGEST - max(float(np.log(unit)), 0.0))
    return np.exp(z) if unit == 0 else np.maximum(2 * unit * np.sinh(z), 0.0)


def matrix(panel: pd.DataFrame) -> Matrix:
    """Arrange a panel (columns series, year, value, optional group) as arrays, whatever its row order.

    Raises
    ------
    PlanError : a column is missing, a value is not a finite number, a year is not a whole number,
        a series has two rows for one year or two groups, or no row is left.
    """
    table = _checked(panel)
    wide = table.pivot(index="series", columns="year", values="value").sort_index()
    years = np.arange(int(wide.columns.min()), int(wide.columns.max()) + 1)
    values = wide.reindex(columns=pd.Index(years)).to_numpy(dtype=float)
    scales = [scale_of(row[np.isfinite(row)]) for row in values]
    kinds, unit = np.array([kind for kind, _ in scales]), np.array([step for _, step in scales])
    groups = table.groupby("series", sort=True)["group"].first().to_numpy(dtype=object)
    return Matrix(
        wide.index.to_numpy(dtype=object),
        groups,
        years,
        to_scale(values, kinds, unit),
        unit,
        kinds,
        np.ones_like(values),
    )


def _checked(panel: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in ("series", "year", "value") if name not in panel.columns]
    if missing:
        raise PlanError(f"the panel lacks the column(s) {', '.join(missing)}; it needs series, year, value")
    if panel.empty:
        raise PlanError("the panel has no rows; give at least one yearly figure")
    group = panel["group"].fillna(UNGROUPED).astype(str) if "group" in panel.columns else UNGROUPED
    year, value = pd.to_numeric(panel["year"], errors="coerce"), pd.to_numeric(panel["value"], errors="coerce")
    whole = np.where(np.isfinite(year.to_numpy(dtype=float)), year.to_numpy(dtype=float), 0.5)
    bad = ~np.isfinite(value.to_numpy(dtype=float)) | (whole % 1 != 0) | panel["series"].isna().to_numpy()
    if bad.any():
        raise PlanError(
            f"{int(bad.sum())} row(s) of the panel have no name, no finite value or no whole year, "
            f"first: {panel[bad].iloc[0].to_dict()}; drop rows that are not known"
        )
    whole_years([year.min(), year.max()], "the panel")
    table = pd.DataFrame(
        {"series": panel["series"].astype(str), "year": year.astype(int), "value": value.astype(float), "group": group}
    )
    _refuse_contradictions(table)
    return table


def _refuse_contradictions(table: pd.DataFrame) -> None:
    twice = table.duplicated(["series", "year"])
    if twice.any():
        row = table[twice].iloc[0]
        raise PlanError(f"series {row['series']!r} has more than one value for {row['year']}; keep one")
    mixed = table.groupby("series")["group"].nunique()
    if (mixed > 1).any():
        raise PlanError(f"series {mixed.index[mixed > 1][0]!r} is in more than one group; give it one")
