"""Entry points: a yearly series, or a panel of them, to simulated futures or exact quantiles."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from ipplan_analysis.schema import PlanError
from ipplan_analysis.trend.forms import whole_years
from ipplan_analysis.trend.panel import POOL, Array, Panel, from_scale, read_panel
from ipplan_analysis.trend.pooled import Pool, PredictiveDistribution, fit_panel

MODEL = "pooled"
DISPLAY_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)  # median with the central 50 % and 80 % bands
PANEL_QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
DEFINITION, POLICY_STOP, SHOCK = "definition", "policy_stop", "shock"
MIN_NEW_FIGURES = 4  # figures under a new definition that make the older ones dispensable
SHOCK_TRUST = 0.25  # weight of the growth of a marked shock year, for trend and spread alike
SAME = 1e-9  # relative difference that is rounding
COUNTING_BELOW = 1000.0  # above it a Poisson deviation is under 3 %, lost in the trend's own spread


@dataclass(frozen=True)
class Forecast:
    """Draws of one series' next years, joint over the years.

    Attributes
    ----------
    model : name of the trend model that made the draws.
    history : the figures used, indexed by year (ascending, gaps allowed), in the indicator's unit.
    draws : shape (n_draws, horizon), the same unit; column h-1 is the year ``origin + h``.
    calibrated : whether the model's intervals have been checked against outcomes never used to tune them.
    """

    model: str
    history: pd.Series
    draws: Array
    calibrated: bool = False

    @property
    def origin(self) -> int:
        """Last year whose figure was used."""
        return int(self.history.index[-1])

    @property
    def horizon(self) -> int:
        """Number of years simulated after the origin."""
        return int(self.draws.shape[1])

    @property
    def years(self) -> range:
        """Years of the columns of `draws`."""
        return range(self.origin + 1, self.origin + 1 + self.horizon)

    def year(self, year: int) -> Array:
        """Draws of one year, shape (n_draws,).

        Raises
        ------
        KeyError : the year is not among `years`.
        """
        if year not in self.years:
            raise KeyError(f"the forecast covers {self.years[0]}-{self.years[-1]}, not {year}")
        return self.draws[:, year - self.origin - 1]

    def quantiles(self, levels: tuple[float, ...] = DISPLAY_QUANTILES) -> pd.DataFrame:
        """Quantiles of the draws: one row per year, one column per level, in the indicator's unit."""
        table = np.quantile(self.draws, levels, axis=0).T
        return pd.DataFrame(table, index=pd.Index(self.years, name="year"), columns=list(levels))


class Marked(Protocol):
    """Anything with a year and a kind of break, such as `schema.Break`."""

    @property
    def year(self) -> int:
        """First year the break touches."""

    @property
    def kind(self) -> str:
        """`definition`, `policy_stop`, `shock`, or a kind that changes no figure."""


def forecast(
    series: pd.Series,
    horizon: int,
    *,
    pool: pd.DataFrame | Pool | None = None,
    group: str | None = None,
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
    group : whose typical growth, spread and shocks apply; by default the group that the pool gives the
        series' name, and the pool as a whole for a name it does not know.
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
    draws, seed = _whole_number("draws", draws, 1), _whole_number("the seed", seed, 0)
    horizon, known = _whole_number("the horizon", horizon, 1), _history(series)
    name = str(series.name if series.name is not None else "series")
    if pool is None:
        fitted = fit_panel(_one_series(known, str(series.name)))
    else:
        fitted = pool if isinstance(pool, Pool) else fit_pool(pool)
    group = fitted.groups.get(name, POOL) if group is None else group
    panel = replace(_one_series(_comparable(known, breaks), name), groups=np.array([group], dtype=object))
    typical = fitted.fits[str(panel.kinds[0])].typical.long_run
    panel = _spliced(panel, breaks, float(typical.get(group, typical[POOL])[-1]))
    (view,) = fitted.predict(panel, horizon)
    origin, last = int(known.index[-1]), float(known.iloc[-1])
    deviations = joint_deviations(view, name=name, group=group, origin=origin, draws=draws, seed=seed)
    paths = _stopped(view.values(deviations.T[None])[0].T, origin, last, breaks)
    paths = within_limits(paths, last, lower=lower, upper=upper, can_fall=can_fall)
    return Forecast(MODEL, known, paths, calibrated=bool(fitted.groups))


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
    return fit_panel(None if panel is None else read_panel(panel))


def forecast_panel(
    panel: Any,
    horizon: int,
    *,
    quantiles: float | Sequence[float] = PANEL_QUANTILES,
    lower: float | None = None,
    upper: float | None = None,
    monotone: bool = False,
    draws: int = 4000,
    seed: int = 0,
) -> pd.DataFrame:
    """Quantiles of every series of a panel, each pooled with all the others.

    Parameters
    ----------
    panel : columns series, year, value, optional group, or another form (see `forms.long_panel`). Every row is known;
        series may end in different years and have gaps; the order of rows does not matter. Without a group, series
        share no shocks.
    horizon : years after each series' last figure.
    quantiles : one level or several, between 0 and 1.
    lower, upper : natural limits of the figures, such as 0 and 100 of percentages; what lies beyond counts at the limit.
    monotone : whether figures never fall, as counts that only accumulate.
    draws, seed : of the paths that are simulated where figures never fall; otherwise the quantiles are exact.

    Returns
    -------
    Columns series (names as text), origin, year, quantile, value, sorted by series, year and quantile.

    Raises
    ------
    PlanError : not a panel, a horizon below 1, a level outside (0, 1), limits that cross, or figures beyond them.
    """
    return pool_quantiles(
        fit_pool(panel),
        panel,
        horizon,
        quantiles=quantiles,
        limits=Limits(lower, upper, monotone),
        draws=draws,
        seed=seed,
    )


@dataclass(frozen=True)
class Limits:
    """What figures can be: at least `lower`, at most `upper`, and where `monotone` never below the figure before."""

    lower: float | None = None
    upper: float | None = None
    monotone: bool = False

    def check(self, panel: Panel) -> None:
        """Raise unless the limits leave room and the last figures keep them; PlanError says which does not."""
        low = -np.inf if self.lower is None else self.lower
        high = np.inf if self.upper is None else self.upper
        if not low < high:
            raise PlanError(f"the lower limit {low} is not below the upper limit {high}")
        last = from_scale(panel.z, panel.kinds, panel.unit)[np.arange(len(panel.names)), panel.last]
        beyond = np.abs(np.clip(last, low, high) - last) > SAME * np.abs(last)
        if beyond.any():
            name, value = panel.names[beyond][0], last[beyond][0]
            raise PlanError(f"the last figure of series {name!r}, {value:g}, is beyond the limits; correct one of them")


def pool_quantiles(
    pool: Pool,
    panel: Any,
    horizon: int,
    *,
    quantiles: float | Sequence[float] = PANEL_QUANTILES,
    limits: Limits = Limits(),
    draws: int = 4000,
    seed: int = 0,
) -> pd.DataFrame:
    """Quantiles of the series of a panel with a pool fitted elsewhere; otherwise as `forecast_panel`.

    Series of a group that the pool does not know are forecast with the pool as a whole.
    """
    try:
        levels = np.sort(np.atleast_1d(np.asarray(quantiles, dtype=float)))
    except (TypeError, ValueError):
        levels = np.array([])
    if not levels.size or not ((levels > 0) & (levels < 1)).all():
        raise PlanError(f"quantiles lie between 0 and 1; found {quantiles!r}")
    arranged = read_panel(panel)
    limits.check(arranged)
    views = pool.predict(arranged, _whole_number("the horizon", horizon, 1))
    draws = _whole_number("draws", draws, 1)
    tables = [_long_table(view, levels, limits, draws, seed) for view in views]
    return pd.concat(tables, ignore_index=True).sort_values(["series", "year", "quantile"], ignore_index=True)


def _long_table(view: PredictiveDistribution, levels: Array, limits: Limits, draws: int, seed: int) -> pd.DataFrame:
    values = _rising_quantiles(view, levels, draws, seed) if limits.monotone else view.quantiles(levels)
    if limits.lower is not None or limits.upper is not None:
        values = np.clip(values, limits.lower, limits.upper)
    count, horizon, width = values.shape
    years = view.origins[:, None] + np.arange(1, horizon + 1)
    return pd.DataFrame(
        {
            "series": np.repeat(view.panel.names, horizon * width),
            "origin": np.repeat(view.origins, horizon * width),
            "year": np.repeat(years.ravel(), width),
            "quantile": np.tile(levels, count * horizon),
            "value": values.ravel(),
        }
    )


def _rising_quantiles(view: PredictiveDistribution, levels: Array, draws: int, seed: int) -> Array:
    """Quantiles of simulated paths that never fall, shape (series, horizon, levels)."""
    tables = []
    for row, (name, group, origin) in enumerate(zip(view.panel.names, view.panel.groups, view.origins, strict=True)):
        one = view.take(row)
        deviations = joint_deviations(one, name=name, group=group, origin=int(origin), draws=draws, seed=seed)
        last = from_scale(one.panel.z, one.panel.kinds, one.panel.unit)[0, one.panel.last[0]]
        paths = within_limits(one.values(deviations.T[None])[0].T, last, can_fall=False)
        tables.append(np.quantile(paths, levels, axis=0).T)
    return np.stack(tables)


def _one_series(known: pd.Series, name: str) -> Panel:
    return read_panel(pd.DataFrame({"series": name, "year": known.index, "value": known.to_numpy()}))


def _history(series: pd.Series) -> pd.Series:
    """The known figures of a series as floats by whole year, in order; missing ones are left out."""
    values = pd.to_numeric(series, errors="coerce")
    wrong = series[values.isna() & series.notna()]
    if len(wrong):
        raise PlanError(f"series {series.name!r} has a figure that is not a number: {wrong.iloc[0]!r}")
    kept = values.dropna()
    years = whole_years(kept.index, f"series {series.name!r}")
    known = pd.Series(kept.to_numpy(dtype=float), index=years, name=series.name).sort_index()
    if known.empty or not np.isfinite(known.to_numpy()).all():
        raise PlanError(f"series {series.name!r} has no figure, or one that is not finite; give at least one")
    if not known.index.is_unique:
        raise PlanError(f"series {series.name!r} has two figures for one year; keep one")
    return known


def _whole_number(name: str, value: object, minimum: int) -> int:
    try:
        whole = int(value)  # type: ignore[call-overload]
        if whole == value and whole >= minimum:
            return int(whole)
    except (TypeError, ValueError, OverflowError):
        pass
    raise PlanError(f"{name} is a whole number from {minimum} up; found {value!r}")


# --- Joint draws ---


def joint_deviations(
    view: PredictiveDistribution, *, name: str, group: str, origin: int, draws: int, seed: int
) -> Array:
    """Simulated deviations of one series' paths from their centre, on the working scale, shape (draws, H).

    Every column is Student t with the view's degrees of freedom and spread; one chi-square factor stretches a whole
    path. Series of a group meet the same calendar-year shocks in the same draw, with variance share `shared`.
    """
    horizon, df = view.spread.shape[1], float(view.df[0])
    own = _stream(seed, "series", name)
    normal = own.standard_normal((draws, horizon))
    stretch = np.sqrt(df / own.chisquare(df, draws))
    if group != POOL:
        common = [_stream(seed, "shock", group, origin + k).standard_normal(draws) for k in range(1, horizon + 1)]
        normal = np.sqrt(view.shared) * np.column_stack(common) + np.sqrt(1 - view.shared) * normal
    response = responses(view.spread[0])
    lag = np.arange(horizon)[None, :] - np.arange(horizon)[:, None]
    weights = np.where(lag >= 0, response[np.maximum(lag, 0)], 0.0)
    return np.asarray(stretch[:, None] * (normal @ weights))


def responses(curve: Array) -> Array:
    """How much a shock still moves the path 0, 1, ... years later, shape (H,).

    Chosen so that the standard deviation after h years is `curve[h-1]` when shocks are independent: the square
    of response j is the growth of the variance from year j to year j+1.
    """
    return np.asarray(np.sqrt(np.maximum(np.diff(curve**2, prepend=0.0), 0.0)))


def _stream(seed: int, *words: object) -> np.random.Generator:
    """A generator that depends only on the seed and the words, never on order, worker or machine."""
    return np.random.default_rng([seed, *(zlib.crc32(str(word).encode()) for word in words)])


# --- Breaks ---


def _comparable(series: pd.Series, breaks: Iterable[Marked]) -> pd.Series:
    """The figures under the definition in force: older ones are dropped once enough newer ones are known."""
    for year in sorted(entry.year for entry in breaks if entry.kind == DEFINITION):
        if (series.index >= year).sum() >= MIN_NEW_FIGURES:
            series = series[series.index >= year]
    return series


def _spliced(panel: Panel, breaks: Iterable[Marked], growth: float) -> Panel:
    """A one-series panel in which a definition break is no growth and a shock year counts less.

    Older figures are shifted, on the working scale, so that the step at the break is the typical `growth`.
    """
    z, trust = panel.z.copy(), panel.trust.copy()
    for entry in breaks:
        column = entry.year - int(panel.years[0])
        if not 0 < column < z.shape[1]:
            continue
        before, after = (np.flatnonzero(np.isfinite(part)) for part in (z[0, :column], z[0, column:]))
        if entry.kind == DEFINITION and before.size and after.size:
            years = column + after[0] - before[-1]
            z[0, :column] += z[0, column + after[0]] - z[0, before[-1]] - growth * years
        if entry.kind == SHOCK:
            trust[0, column] = SHOCK_TRUST
    return replace(panel, z=z, trust=trust)


def _stopped(draws: Array, origin: int, last: float, breaks: Iterable[Marked]) -> Array:
    """Paths that stay flat from the year of a policy stop on, at the value of the year before it."""
    years = [entry.year for entry in breaks if entry.kind == POLICY_STOP]
    if not years:
        return draws
    column = max(min(years) - origin - 1, 0)
    if column < draws.shape[1]:
        draws = draws.copy()
        draws[:, column:] = draws[:, column - 1][:, None] if column else last
    return draws


# --- Limits ---


def within_limits(
    draws: Array, last: float, *, lower: float | None = None, upper: float | None = None, can_fall: bool = True
) -> Array:
    """Draws that respect what the figures can be.

    Parameters
    ----------
    draws : shape (n_draws, horizon), in the indicator's unit.
    last : the last known figure; a series that cannot fall never goes below it.
    lower, upper : natural limits, None where there is none.
    can_fall : False for a cumulative count.
    """
    if not can_fall:
        draws = np.maximum.accumulate(np.maximum(draws, last), axis=1)
    return np.clip(draws, lower, upper) if lower is not None or upper is not None else draws


def with_counting_noise(draws: Array, last: float, *, is_stock: bool, rng: np.random.Generator) -> Array:
    """Paths of a small count: Poisson noise around the trend, in whole numbers.

    A flow is counted anew each year. Of a stock only the year's change is new, so the noise falls on the change
    and keeps its sign. Counts of `COUNTING_BELOW` and more are returned as they are.

    Parameters
    ----------
    draws : shape (n_draws, horizon), not negative.
    last : the last known figure.
    is_stock : whether the count is a stock rather than a flow.
    rng : source of the noise.
    """
    expected = np.diff(draws, axis=1, prepend=last) if is_stock else draws
    size = np.abs(expected)
    small = size < COUNTING_BELOW
    counted = np.where(small, np.sign(expected) * rng.poisson(np.where(small, size, 0.0)), expected)
    return np.maximum(last + counted.cumsum(axis=1), 0.0) if is_stock else counted
