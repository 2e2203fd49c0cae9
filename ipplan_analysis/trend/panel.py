"""Yearly panels as arrays: one row per series, one column per calendar year, on a scale where shocks add."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipplan_analysis.schema import PlanError
from ipplan_analysis.trend.forms import long_panel

Array = NDArray[np.float64]
Names = NDArray[np.object_]
Mask = NDArray[np.bool_]
Positions = NDArray[np.int64]

LOG, ASINH, LINEAR = KINDS = ("log", "asinh", "linear")  # kinds of scale; series of different kinds never share errors
POOL = ""  # the group of a series that the pool does not know: it gets what the whole pool shows
UNIT_SHARE = 0.4  # of the mean positive value, below which the scale of a series with zeros is linear
MIN_UNIT = 1e-300  # half of the least positive number that keeps its digits
MAX_LOG = 600.0  # log of the largest number written: 1e260, so that sums of values stay finite


@dataclass(frozen=True)
class Panel:
    """Series on their working scales.

    Attributes
    ----------
    names : names of the series, sorted; shape (S,).
    groups : who shares calendar-year shocks; shape (S,). In a panel without groups all are `POOL`; in a panel with
        groups a series without one is a group of its own.
    years : consecutive calendar years, shape (T,).
    z : values on the working scale, NaN where no figure is known; shape (S, T).
    unit : what one step of the scale is worth, shape (S,); see `to_scale`.
    kinds : one of `KINDS`, shape (S,).
    trust : weight of the growth into a year, below 1 in marked shock years; shape (S, T).
    """

    names: Names
    groups: Names
    years: Positions
    z: Array
    unit: Array
    kinds: Names
    trust: Array

    def take(self, rows: NDArray[Any]) -> Panel:
        """The same years for some of the series (`rows` is a mask or positions)."""
        names = ("names", "groups", "z", "unit", "kinds", "trust")
        return replace(self, **{name: getattr(self, name)[rows] for name in names})

    @property
    def known(self) -> Mask:
        """Where a figure is known, shape (S, T)."""
        return np.isfinite(self.z)

    @property
    def is_related(self) -> bool:
        """Whether series share calendar-year shocks: whether the panel has groups."""
        return bool((self.groups != POOL).any())

    @property
    def last(self) -> Positions:
        """Column of each series' last known year, shape (S,)."""
        return np.asarray(self.z.shape[1] - 1 - np.argmax(self.known[:, ::-1], axis=1), dtype=np.int64)


def scale_of(values: Array) -> tuple[str, float]:
    """Kind and unit of the working scale of one series.

    Positive series work in logs; series with zeros in asinh, which is a log well above its unit and linear below it, so
    that a step from nothing to a rounding unit is a small one; series with negative values in multiples of their mean
    yearly change.
    """
    if values.min() > 0:
        return LOG, 0.0
    if values.min() >= 0:
        positive = values[values > 0]
        if not positive.size:
            return ASINH, 0.5
        return ASINH, max(float(positive.min()) / 2, UNIT_SHARE * float(positive.mean()), MIN_UNIT)
    change = float(np.abs(np.diff(values)).mean()) if values.size > 1 else 0.0
    return LINEAR, max(change if change > 0 else float(np.abs(values).mean()), MIN_UNIT)


def to_scale(values: Array, kinds: Names, unit: Array) -> Array:
    """Values (S, T) on the working scales of their series."""
    safe = np.where(unit > 0, unit, 1.0)[:, None]
    plain = kinds == LOG
    z = np.where((kinds == LINEAR)[:, None], values / safe, np.arcsinh(values / (2 * safe)))
    z[plain] = np.log(values[plain])
    return z


def from_scale(z: Array, kinds: Names, unit: Array) -> Array:
    """Inverse of `to_scale`, shape (S, ...); series that were never negative stay so."""
    return np.stack([_one_from_scale(*row) for row in zip(z, kinds, unit, strict=True)])


def _one_from_scale(z: Array, kind: str, unit: float) -> Array:
    if kind == LINEAR:
        return np.asarray(z * unit)
    z = np.minimum(z, MAX_LOG if unit == 0 else MAX_LOG - max(float(np.log(unit)), 0.0))
    return np.exp(z) if unit == 0 else np.maximum(2 * unit * np.sinh(z), 0.0)


def read_panel(table: Any) -> Panel:
    """Arrange a panel of any form (`forms.long_panel`) as arrays, whatever its row order.

    Raises
    ------
    PlanError : a column is missing, a value is not a finite number, a year is not a whole number,
        a series has two rows for one year or two groups, or no row is left.
    """
    rows = _checked(long_panel(table))
    wide = rows.pivot(index="series", columns="year", values="value").sort_index()
    years = np.arange(int(wide.columns.min()), int(wide.columns.max()) + 1)
    values = wide.reindex(columns=pd.Index(years)).to_numpy(dtype=float)
    scales = [scale_of(row[np.isfinite(row)]) for row in values]
    kinds, unit = np.array([kind for kind, _ in scales], dtype=object), np.array([step for _, step in scales])
    names = wide.index.to_numpy(dtype=object)
    groups = rows.groupby("series", sort=True)["group"].first().to_numpy(dtype=object)
    if (groups != POOL).any():
        groups = np.where(groups == POOL, names, groups)
    return Panel(names, groups, years, to_scale(values, kinds, unit), unit, kinds, np.ones_like(values))


def _checked(table: pd.DataFrame) -> pd.DataFrame:
    if table.empty:
        raise PlanError("the panel has no rows; give at least one yearly figure")
    group = table["group"].fillna(POOL).astype(str) if "group" in table.columns else POOL
    value = pd.to_numeric(table["value"], errors="coerce").to_numpy(dtype=float)
    bad = ~np.isfinite(value) | table["series"].isna().to_numpy()
    if bad.any():
        raise PlanError(
            f"{int(bad.sum())} row(s) of the panel have no name or no finite value, "
            f"first: {table[bad].iloc[0].to_dict()}; drop rows that are not known"
        )
    rows = pd.DataFrame({"series": table["series"].astype(str), "year": table["year"], "value": value, "group": group})
    _refuse_contradictions(rows)
    return rows


def _refuse_contradictions(rows: pd.DataFrame) -> None:
    twice = rows.duplicated(["series", "year"])
    if twice.any():
        row = rows[twice].iloc[0]
        raise PlanError(f"series {row['series']!r} has more than one value for {row['year']}; keep one")
    mixed = rows.groupby("series")["group"].nunique()
    if (mixed > 1).any():
        raise PlanError(f"series {mixed.index[mixed > 1][0]!r} is in more than one group; give it one")
