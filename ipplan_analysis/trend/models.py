"""Trend models of one series on statsmodels, each guarded for very short series.

They stand beside the pooled forecast so that an analyst can compare. Fitted to one short series alone, their
intervals are too narrow (docs/method.md), so none of them gives a probability by itself.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from statsmodels.regression.linear_model import OLS  # statsmodels.api loads for as long again what is not used here
from statsmodels.tools import add_constant
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.statespace.structural import UnobservedComponents

from ipplan_analysis.trend.forecast import Forecast, within_limits
from ipplan_analysis.trend.panel import Array

FLOOR = 0.02  # least standard deviation a year, as a share of the level: a perfect line is no promise
MAX_LOG_GROWTH = 1.5  # a year's growth above 4.5 times is an exploding fit, not a forecast
COMBINATION = "combination"


@dataclass(frozen=True)
class _Scaled:
    """A series on the scale on which models work: logs where every figure is positive, else levels."""

    years: NDArray[np.int64]
    values: Array
    is_log: bool
    floor: float

    def back(self, values: Array) -> Array:
        return np.exp(values) if self.is_log else values

    def gridded(self) -> pd.Series:
        """Every year from first to last, NaN where no figure is known."""
        index = pd.period_range(str(self.years[0]), str(self.years[-1]), freq="Y")
        known = pd.Series(self.values, index=pd.PeriodIndex([str(year) for year in self.years], freq="Y"))
        return known.reindex(index)

    def last_run(self) -> pd.Series:
        """The unbroken run of years that ends at the origin."""
        grid = self.gridded()
        gaps = np.flatnonzero(grid.isna().to_numpy())
        return grid.iloc[gaps[-1] + 1 :] if len(gaps) else grid


def _scaled(series: pd.Series) -> _Scaled:
    values = series.to_numpy(dtype=float)
    is_log = bool((values > 0).all())
    floor = FLOOR if is_log else FLOOR * (float(np.abs(values).mean()) or 1.0)
    return _Scaled(series.index.to_numpy(dtype=np.int64), np.log(values) if is_log else values, is_log, floor)


def _drift(scaled: _Scaled, horizon: int, draws: int, rng: np.random.Generator) -> Array:
    """Random walk with drift; the slope's own uncertainty and Student's t for few steps (Hyndman & Athanasopoulos,
    Forecasting: Principles and Practice, 3rd ed., section 5.2)."""
    _need(len(scaled.values), 2)
    gaps, steps = np.diff(scaled.years), np.diff(scaled.values)
    span = int(gaps.sum())
    slope = steps.sum() / span
    freedom = max(len(steps) - 1, 1)
    sigma = max(float(np.sqrt(((steps - slope * gaps) ** 2 / gaps).sum() / freedom)), scaled.floor)
    ahead = np.arange(1, horizon + 1)
    scale = np.sqrt(freedom / rng.chisquare(freedom, size=(draws, 1)))
    shocks = rng.standard_normal((draws, horizon)).cumsum(axis=1)
    slopes = slope + sigma / np.sqrt(span) * scale * rng.standard_normal((draws, 1))
    return np.asarray(scaled.values[-1] + slopes * ahead + sigma * scale * shocks)


def _log_linear(scaled: _Scaled, horizon: int, draws: int, rng: np.random.Generator) -> Array:
    """Least squares on the year; draws from the predictive t distribution, joint over years."""
    _need(len(scaled.values), 3)
    centre = scaled.years[-1]
    fit = OLS(scaled.values, add_constant((scaled.years - centre).astype(float))).fit()
    freedom = max(int(fit.df_resid), 1)
    sigma = max(float(np.sqrt(fit.scale)), scaled.floor)
    covariance = fit.normalized_cov_params * sigma**2
    scale = np.sqrt(freedom / rng.chisquare(freedom, size=(draws, 1)))
    deviation = rng.multivariate_normal(np.zeros(2), covariance, size=draws, method="eigh") * scale
    betas = fit.params + deviation
    noise = rng.standard_normal((draws, horizon)) * scale * sigma
    return np.asarray(betas[:, :1] + betas[:, 1:] * np.arange(1, horizon + 1) + noise)


def _damped(scaled: _Scaled, horizon: int, draws: int, rng: np.random.Generator) -> Array:
    """Damped additive trend by exponential smoothing, simulated from the end of the last unbroken run."""
    run = scaled.last_run()
    _need(len(run), 8, "unbroken years")
    model = ETSModel(run, error="add", trend="add", damped_trend=True, initialization_method="estimated")
    with warnings.catch_warnings(action="ignore"):  # of convergence: the guards below judge the result
        fit = model.fit(disp=False)
        paths = fit.simulate(horizon, anchor="end", repetitions=draws, rng=rng)
    paths = np.asarray(paths, dtype=float).T.reshape(draws, horizon)
    return paths + _floor_noise(scaled, paths, rng)


def _local_linear(scaled: _Scaled, horizon: int, draws: int, rng: np.random.Generator) -> Array:
    """Local linear trend in state space form; missing years are missing observations."""
    _need(len(scaled.values), 5)
    model = UnobservedComponents(scaled.gridded(), level="lltrend")
    with warnings.catch_warnings(action="ignore"):  # of convergence: the guards below judge the result
        fit = model.fit(disp=False)
        paths = fit.simulate(horizon, anchor="end", repetitions=draws, rng=rng)
    paths = np.asarray(paths, dtype=float).reshape(horizon, draws).T
    return paths + _floor_noise(scaled, paths, rng)


MODELS: dict[str, Callable[[_Scaled, int, int, np.random.Generator], Array]] = {
    "drift": _drift,
    "log_linear": _log_linear,
    "damped_smoothing": _damped,
    "local_linear": _local_linear,
}


def fit_models(
    series: pd.Series,
    horizon: int,
    *,
    lower: float | None = None,
    upper: float | None = None,
    can_fall: bool = True,
    draws: int = 4000,
    seed: int = 0,
) -> tuple[dict[str, Forecast], dict[str, str]]:
    """Fit every model to one series and combine those that could be fitted.

    Parameters
    ----------
    series : figures indexed by year, ascending, gaps allowed.
    horizon : years ahead.
    lower, upper, can_fall : natural limits of the indicator, in its unit.
    draws, seed : number of simulated paths a model, and the seed.

    Returns
    -------
    forecasts : by model name; `combination` is the equal mixture of the others' paths.
    refusals : by model name, why it was not fitted.
    """
    scaled = _scaled(series)
    forecasts: dict[str, Forecast] = {}
    refusals: dict[str, str] = {}
    for position, (name, simulate) in enumerate(MODELS.items()):
        rng = np.random.default_rng([seed, position])
        try:
            paths = _unexploded(simulate(scaled, horizon, draws, rng), scaled)
        except (np.linalg.LinAlgError, ValueError) as error:
            refusals[name] = str(error)
            continue
        last = float(series.iloc[-1])
        values = within_limits(scaled.back(paths), last, lower=lower, upper=upper, can_fall=can_fall)
        forecasts[name] = Forecast(name, series, values)
    if forecasts:
        forecasts[COMBINATION] = Forecast(COMBINATION, series, _mixture(list(forecasts.values()), draws))
    return forecasts, refusals


def _mixture(forecasts: list[Forecast], draws: int) -> Array:
    """Equal shares of whole paths from every model (a linear opinion pool)."""
    shares = np.array_split(np.arange(draws), len(forecasts))
    return np.concatenate([forecast.draws[share] for forecast, share in zip(forecasts, shares, strict=True)])


def _need(found: int, needed: int, what: str = "figures") -> None:
    if found < needed:
        raise ValueError(f"needs {needed} {what}, has {found}")


def _floor_noise(scaled: _Scaled, paths: Array, rng: np.random.Generator) -> Array:
    """Random-walk noise that lifts a collapsed spread to the floor and adds nothing to an honest one."""
    missing = scaled.floor**2 - float(paths[:, 0].var())
    return np.asarray(rng.standard_normal(paths.shape).cumsum(axis=1) * np.sqrt(max(missing, 0.0)))


def _unexploded(paths: Array, scaled: _Scaled) -> Array:
    if not np.isfinite(paths).all():
        raise ValueError("the fit did not converge")
    if scaled.is_log:
        reach = MAX_LOG_GROWTH * np.arange(1, paths.shape[1] + 1)
        paths = np.clip(paths, scaled.values[-1] - reach, scaled.values[-1] + reach)
    return paths
