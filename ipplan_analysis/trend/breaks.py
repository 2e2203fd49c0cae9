"""Marked breaks of a series: what they do to its history and to its simulated path."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np
import pandas as pd

from ipplan_analysis.trend.panel import Array, Matrix

DEFINITION, POLICY_STOP, SHOCK = "definition", "policy_stop", "shock"
ENOUGH_AFTER = 4  # figures under a new definition that make the older ones dispensable
SHOCK_TRUST = 0.25  # weight of the growth of a marked shock year, for trend and spread alike


class Marked(Protocol):
    """Anything with a year and a kind of break, such as `schema.Break`."""

    @property
    def year(self) -> int:
        """First year the break touches."""

    @property
    def kind(self) -> str:
        """`definition`, `policy_stop`, `shock`, or a kind that changes no figure."""


def comparable(series: pd.Series, breaks: Iterable[Marked]) -> pd.Series:
    """The figures under the definition in force: older ones are dropped once enough newer ones are known."""
    for year in sorted(entry.year for entry in breaks if entry.kind == DEFINITION):
        if (series.index >= year).sum() >= ENOUGH_AFTER:
            series = series[series.index >= year]
    return series


def spliced(data: Matrix, breaks: Iterable[Marked], growth: float) -> Matrix:
    """A one-series matrix in which a definition break is no growth and a shock year counts less.

    Older figures are shifted, on the working scale, so that the step at the break is the typical `growth`.
    """
    z, trust = data.z.copy(), data.trust.copy()
    for entry in breaks:
        column = entry.year - int(data.years[0])
        if not 0 < column < z.shape[1]:
            continue
        before, after = (np.flatnonzero(np.isfinite(part)) for part in (z[0, :column], z[0, column:]))
        if entry.kind == DEFINITION and before.size and after.size:
            years = column + after[0] - before[-1]
            z[0, :column] += z[0, column + after[0]] - z[0, before[-1]] - growth * years
        if entry.kind == SHOCK:
            trust[0, column] = SHOCK_TRUST
    return Matrix(data.names, data.groups, data.years, z, data.unit, data.kinds, trust)


def stopped(draws: Array, origin: int, last: float, breaks: Iterable[Marked]) -> Array:
    """Paths that stay flat from the year of a policy stop on, at the value of the year before it."""
    years = [entry.year for entry in breaks if entry.kind == POLICY_STOP]
    if not years:
        return draws
    column = max(min(years) - origin - 1, 0)
    if column < draws.shape[1]:
        draws = draws.copy()
        draws[:, column:] = draws[:, column - 1][:, None] if column else last
    return draws
