"""`Outlook`: exact predictive distributions of many series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from ipplan_analysis.trend.panel import Array, Matrix, from_scale

FURTHEST = 12.0  # log points beyond which no quantile or draw goes, so that far tails stay finite


@dataclass(frozen=True)
class Outlook:
    """Predictive distributions of series of one kind, on the working scale: Student t around `centre`.

    `centre` has shape (S, horizon), `one_year` (spread of the first year) and `freedom` shape (S,), `curve`
    (spread by horizon over that of the first year) shape (horizon,).
    """

    data: Matrix
    centre: Array
    one_year: Array
    curve: Array
    freedom: Array

    @property
    def origins(self) -> Array:
        """Last known year of each series, shape (S,)."""
        return np.asarray(self.data.years[self.data.last])

    def values(self, reach: Array) -> Array:
        """Centre plus deviations (S, horizon, levels), in the series' own units."""
        steps = self.centre[:, :, None] + np.clip(reach, -FURTHEST, FURTHEST)
        return np.stack(
            [
                from_scale(z, str(kind), float(unit))
                for z, kind, unit in zip(steps, self.data.kinds, self.data.unit, strict=True)
            ]
        )


def quantile_table(view: Outlook, levels: Array) -> pd.DataFrame:
    """Exact quantiles of every series: columns series, origin, year, quantile, value.

    Parameters
    ----------
    levels : ascending, between 0 and 1.
    """
    t = stats.t.ppf(levels[None, :], view.freedom[:, None])
    values = view.values(view.one_year[:, None, None] * view.curve[None, :, None] * t[:, None, :])
    count, horizon, width = values.shape
    years = view.origins[:, None] + np.arange(1, horizon + 1)
    return pd.DataFrame(
        {
            "series": np.repeat(view.data.names, horizon * width),
            "origin": np.repeat(view.origins, horizon * width),
            "year": np.repeat(years.ravel(), width),
            "quantile": np.tile(levels, count * horizon),
            "value": values.ravel(),
        }
    )
