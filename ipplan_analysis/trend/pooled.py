"""Pooled trend forecasts: growth and spread of each series shrunk to what a pool of series shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ipplan_analysis.schema import PlanError
from ipplan_analysis.trend.arguments import history, whole_number
from ipplan_analysis.trend.breaks import Marked, comparable, spliced, stopped
from ipplan_analysis.trend.forecast import Forecast
from ipplan_analysis.trend.limits import within_limits
from ipplan_analysis.trend.outlook import Outlook, quantile_table
from ipplan_analysis.trend.panel import LINEAR, LOG, UNGROUPED, Array, Matrix, matrix
from ipplan_analysis.trend.pooled_errors import PRIOR_SPREAD, Spread, fit_spread, own_spreads
from ipplan_analysis.trend.pooled_smoothing import GroupGrowth, combine, group_growth, smooth
from ipplan_analysis.trend.pooled_weights import least_points, own_weights, pool_weights, track, untracked
from ipplan_analysis.trend.shocks import deviations

MODEL = "pooled"
PANEL_QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
LEAST_GROWTH_SPREAD = 0.1  # share of the prior spread: yearly growth is never believed to scatter less
BLOCK = 500  # series forecast at a time: keeps the arrays in the processor's cache, so time stays linear


@dataclass(frozen=True)
class PoolFit:
    """What a pool says about series of one kind of scale: typical growth, smoother weights, error spread.

    `least` : figures an origin needs for its errors to count.
    """

    growth: GroupGrowth
    weights: Array
    spread: Spread
    least: int


@dataclass(frozen=True)
class Pool:
    """A fitted pool; made once by `fit_pool`, used for many series.

    `fits` maps a kind of scale to its fit, `groups` a series of the pool to its group.
    """

    fits: dict[str, PoolFit]
    groups: dict[str, str]

    def outlook(self, data: Matrix, horizon: int) -> list[Outlook]:
        """Predictive distributions of all series of a matrix, in blocks of one kind of scale."""
        parts = []
        for kind in (LOG, LINEAR):
            rows = np.flatnonzero(data.kinds == kind)
            parts += [
                _outlook(self.fits[kind], data.take(rows[k : k + BLOCK]), horizon) for k in range(0, len(rows), BLOCK)
            ]
        return parts

    def forecast(
        self,
        series: pd.Series,
        horizon: int,
        *,
        group: str | None = None,
        lower: float | None = None,
        upper: float | None = None,
        can_fall: bool = True,
        breaks: Sequence[Marked] = (),
        draws: int = 4000,
        seed: int = 0,
    ) -> Forecast:
        """Forecast one series with this pool; parameters as in `forecast`.

        Parameters
        ----------
        group : whose typical growth, spread and shocks apply; by default the group that the pool gives the
            series' name, and the pool as a whole for a name it does not know.
        """
        draws, seed = whole_number("draws", draws, 1), whole_number("the seed", seed, 0)
        known = history(series)
        name = str(series.name if series.name is not None else "series")
        group = self.groups.get(name, UNGROUPED) if group is None else group
        used = comparable(known, breaks)
        data = matrix(pd.DataFrame({"series": name, "year": used.index, "value": used.to_numpy(), "group": group}))
        growth = self.fits[str(data.kinds[0])].growth
        data = spliced(data, breaks, float(growth.mean.get(group, growth.mean[UNGROUPED])[-1]))
        (view,) = self.outlook(data, whole_number("the horizon", horizon, 1))
        origin, last = int(known.index[-1]), float(known.iloc[-1])
        shared = self.fits[str(data.kinds[0])].spread.shared
        moves = (
            deviations(
                view.curve,
                float(view.freedom[0]),
                shared,
                name=name,
                group=group,
                origin=origin,
                draws=draws,
                seed=seed,
            )
            * view.one_year[0]
        )
        paths = stopped(view.values(moves.T[None])[0].T, origin, last, breaks)
        paths = within_limits(paths, last, lower=lower, upper=upper, can_fall=can_fall)
        return Forecast(MODEL, known, paths, calibrated=bool(self.groups))


def fit_pool(panel: pd.DataFrame | None) -> Pool:
    """Learn typical growth, smoothing and error spread from a panel of yearly series.

    Parameters
    ----------
    panel : columns series, year, value, optional group (who may share calendar-year shocks); any row order;
        None for no pool, which leaves the priors.

    Raises
    ------
    PlanError : the panel is empty or not such a table.
    """
    data = None if panel is None else matrix(panel)
    groups = {} if data is None else dict(zip(data.names, data.groups, strict=True))
    return Pool({kind: _fit(data, kind) for kind in (LOG, LINEAR)}, groups)


def _fit(data: Matrix | None, kind: str) -> PoolFit:
    data = data.take(data.kinds == kind) if data is not None and (data.kinds == kind).any() else _nothing(kind)
    growth = group_growth(data, LEAST_GROWTH_SPREAD * PRIOR_SPREAD[kind])
    states = smooth(data, growth)
    least = least_points(data, states)
    seen = track(data, states, least)
    weights = pool_weights(seen)
    spread = fit_spread(data, states, own_weights(data, states, seen, weights), least)
    return PoolFit(growth, weights, spread, least)


def _nothing(kind: str) -> Matrix:
    """One figure of one series: teaches nothing, so the priors remain."""
    cell, name = np.zeros((1, 1)), np.array([UNGROUPED], dtype=object)
    return Matrix(name, name, np.array([0]), cell, cell[0], np.array([kind]), cell + 1)


def _outlook(fit: PoolFit, data: Matrix, horizon: int) -> Outlook:
    states = smooth(data, fit.growth)
    rows, last = np.arange(len(data.names)), data.last
    seen = track(data, states, fit.least) if (data.groups == UNGROUPED).any() else untracked(data)
    weights = own_weights(data, states, seen, fit.weights)
    own, freedom = own_spreads(data, states, weights, fit.spread, fit.least)
    origin = states.at(rows, last)
    chosen = weights[:, rows, last][:, :, None]
    centre = np.hstack([combine(origin, data.kinds, chosen, h) for h in range(1, horizon + 1)])
    return Outlook(data, centre, own[rows, last], fit.spread.growth_of_spread(horizon), freedom[rows, last])


def forecast(
    series: pd.Series,
    horizon: int,
    *,
    pool: pd.DataFrame | Pool | None = None,
    lower: float | None = None,
    upper: float | None = None,
    can_fall: bool = True,
    breaks: Sequence[Marked] = (),
    draws: int = 4000,
    seed: int = 0,
) -> Forecast:
    """Forecast one yearly series with the growth and the errors of a pool.

    Parameters
    ----------
    series : figures indexed by year, gaps allowed, one figure or more; its name is its name in the pool.
    horizon : years to simulate after the last figure.
    pool : panel of series (see `fit_pool`), every row of which is known; a fitted `Pool` saves refitting.
        None: the series itself and the priors are all there is.
    lower, upper : natural limits of the figures.
    can_fall : False for a count that only accumulates.
    breaks : marked breaks, each with a year and a kind: `definition`, `policy_stop` or `shock`.
    draws : number of simulated paths.
    seed : with the series' name, its group and the calendar years it fixes every draw.

    Returns
    -------
    Forecast with draws joint over years; series of one group, forecast with one seed, share calendar shocks.

    Raises
    ------
    PlanError : no figure, a figure that is not finite, a year twice, or a horizon below 1.
    """
    if pool is None:
        alone = history(series)
        table = pd.DataFrame({"series": str(series.name), "year": alone.index, "value": alone.to_numpy()})
        pool = Pool(fit_pool(table).fits, {})
    fitted = pool if isinstance(pool, Pool) else fit_pool(pool)
    return fitted.forecast(
        series, horizon, lower=lower, upper=upper, can_fall=can_fall, breaks=breaks, draws=draws, seed=seed
    )


def forecast_panel(
    panel: pd.DataFrame, horizon: int, *, quantiles: Sequence[float] = PANEL_QUANTILES, seed: int = 0
) -> pd.DataFrame:
    """Quantiles of every series of a panel, each pooled with all the others.

    Parameters
    ----------
    panel : columns series, year, value, optional group. Every row is known; series may end in different years
        and have gaps; the order of rows does not matter. Without a group, series share no shocks.
    horizon : years after each series' last figure.
    quantiles : levels between 0 and 1.
    seed : kept for symmetry with `forecast`; the quantiles are exact, so it changes nothing.

    Returns
    -------
    Columns series (names as text), origin, year, quantile, value, sorted by series, year and quantile.

    Raises
    ------
    PlanError : not such a table, a horizon below 1, or a level outside (0, 1).
    """
    return pool_quantiles(fit_pool(panel), panel, horizon, quantiles=quantiles)


def pool_quantiles(
    pool: Pool, panel: pd.DataFrame, horizon: int, *, quantiles: Sequence[float] = PANEL_QUANTILES
) -> pd.DataFrame:
    """Quantiles of the series of a panel with a pool fitted elsewhere; otherwise as `forecast_panel`.

    Series of a group that the pool does not know are forecast with the pool as a whole.
    """
    levels = np.asarray(sorted(quantiles), dtype=float)
    if not len(levels) or not ((levels > 0) & (levels < 1)).all():
        raise PlanError(f"quantiles lie between 0 and 1; found {list(quantiles)}")
    tables = [
        quantile_table(view, levels) for view in pool.outlook(matrix(panel), whole_number("the horizon", horizon, 1))
    ]
    return pd.concat(tables, ignore_index=True).sort_values(["series", "year", "quantile"], ignore_index=True)
