"""Pooled trend forecasts: growth and spread of each series shrunk to what a pool of series shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from ipplan_analysis.schema import PlanError
from ipplan_analysis.trend.panel import LINEAR, LOG, Array, Matrix, from_scale, matrix
from ipplan_analysis.trend.pooled_errors import (
    FIT_HORIZON,
    PRIOR_SPREAD,
    Spread,
    errors_at,
    fit_spread,
    member_weights,
    own_spread,
    steps_into,
    usable,
)
from ipplan_analysis.trend.pooled_smoothing import GroupGrowth, States, combine, group_growth, smooth

PANEL_QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
LEAST_GROWTH_SPREAD = 0.1  # share of the prior spread below which the spread of yearly growth is not believed
FURTHEST = 30.0  # one-year spreads beyond which no quantile or draw goes, so that tails stay finite
FURTHEST_LOG = 12.0  # the same in log points


@dataclass(frozen=True)
class PoolFit:
    """What a pool says about series of one kind of scale."""

    growth: GroupGrowth
    weights: Array
    spread: Spread


@dataclass(frozen=True)
class Outlook:
    """Predictive distributions of series on their working scales: Student t around `centre`.

    `centre` and `scale` have shape (S, horizon), `freedom` shape (S,).
    """

    data: Matrix
    centre: Array
    scale: Array
    freedom: Array
    shared: Array


@dataclass(frozen=True)
class Pool:
    """A fitted pool; make it with `fit_pool`, use it for many series."""

    fits: dict[str, PoolFit]
    groups: dict[str, str]

    def outlook(self, data: Matrix, horizon: int) -> list[Outlook]:
        """Predictive distributions of all series of a matrix, one entry per kind of scale."""
        return [_outlook(self.fits[kind], data.take(data.kinds == kind), horizon)
                for kind in (LOG, LINEAR) if (data.kinds == kind).any()]


def fit_pool(panel: pd.DataFrame | Matrix | None) -> Pool:
    data = matrix(panel) if isinstance(panel, pd.DataFrame) else panel
    fits = {}
    for kind in (LOG, LINEAR):
        rows = data.take(data.kinds == kind) if data is not None and (data.kinds == kind).any() else None
        fits[kind] = _fit(rows if rows is not None else _nothing(kind), kind)
    groups = {} if data is None else dict(zip(data.names, data.groups, strict=True))
    return Pool(fits, groups)


def _nothing(kind: str) -> Matrix:
    one = np.zeros((1, 1))
    return Matrix(np.array([""], dtype=object), np.array([""], dtype=object), np.array([0]), one, one[0],
                  np.array([kind]), one + 1)


def _fit(data: Matrix, kind: str) -> PoolFit:
    growth = group_growth(data, LEAST_GROWTH_SPREAD * PRIOR_SPREAD[kind])
    states = smooth(data, growth)
    weights = member_weights(data, states)
    return PoolFit(growth, weights, fit_spread(data, states, weights))


def _outlook(fit: PoolFit, data: Matrix, horizon: int) -> Outlook:
    states = smooth(data, fit.growth)
    rows, last = np.arange(len(data.names)), data.last
    mask = usable(data, states)
    reach = min(FIT_HORIZON, data.z.shape[1] - 1)
    tables = [errors_at(data, combine(states, fit.weights, h), h) for h in range(1, reach + 1)]
    own, freedom = own_spread(data, steps_into(data, tables, mask), fit.spread.of(data.groups), fit.spread.degrees)
    origin = states.at(rows, last)
    near, _ = fit.growth.of(data.groups, data.years, latest=True)
    origin = States(origin.level, origin.growth, origin.far, near[:, -1:], origin.points)
    centre = np.hstack([combine(origin, fit.weights, h) for h in range(1, horizon + 1)])
    scale = own[rows, last][:, None] * fit.spread.growth_of_spread(horizon)
    return Outlook(data, centre, scale, freedom[rows, last], np.full(len(rows), fit.spread.shared))


def forecast_panel(panel: pd.DataFrame, horizon: int, *, quantiles: Sequence[float] = PANEL_QUANTILES,
                   seed: int = 0) -> pd.DataFrame:
    data = matrix(panel)
    levels = np.asarray(quantiles, dtype=float)
    frames = []
    for part in fit_pool(data).outlook(data, horizon):
        frames.extend(_quantile_rows(part, levels, row) for row in range(len(part.data.names)))
    return pd.concat(frames, ignore_index=True).sort_values(["series", "year", "quantile"], ignore_index=True)


def _quantile_rows(part: Outlook, levels: Array, row: int) -> pd.DataFrame:
    horizon = part.centre.shape[1]
    reach = np.clip(part.scale[row][:, None] * stats.t.ppf(levels, part.freedom[row])[None], -FURTHEST_LOG, FURTHEST_LOG)
    values = from_scale(part.centre[row][:, None] + reach, str(part.data.kinds[row]), float(part.data.unit[row]))
    origin = int(part.data.years[part.data.last[row]])
    return pd.DataFrame({"series": part.data.names[row], "origin": origin,
                         "year": np.repeat(origin + 1 + np.arange(horizon), len(levels)),
                         "quantile": np.tile(levels, horizon), "value": values.ravel()})
