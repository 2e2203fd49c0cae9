"""The pooled forecaster: smoothers weighted, and errors learned, from what a pool of series shows.

The second half of docs/method.md, in its order: past errors, weights, spread, forecast. Arrays as in `smoothing`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from ipplan_analysis.trend.forms import MIN_YEAR
from ipplan_analysis.trend.panel import KINDS, LINEAR, POOL, Array, Mask, Panel, from_scale
from ipplan_analysis.trend.smoothing import (
    LINES,
    PRIOR_ERROR,
    SMOOTHERS,
    STATES,
    Trends,
    TypicalGrowth,
    combined,
    fit_trends,
    point_forecasts,
    robust_sd,
    shrunk,
    typical_growth,
)

BLOCK = 500  # series forecast at a time: keeps the arrays in the processor's cache, so time stays linear

# --- Past errors ---

FIT_HORIZON = 6  # errors are measured up to here; later horizons follow the prior curve
MIN_HISTORY = 2  # errors are counted from origins with at least this many figures, if there are any
PRIOR_CURVE = 0.65  # spread grows like horizon**0.65, between a random walk (0.5) and a drifting trend (1)


def errors(panel: Panel, forecast: Array, horizon: int, usable: Mask) -> Array:
    """Outcome less forecast for every usable origin, shape (S, T - horizon); NaN without origin or outcome."""
    error = panel.z[:, horizon:] - forecast[:, :-horizon]
    return np.asarray(np.where(usable[:, :-horizon], error, np.nan))


def horizons(panel: Panel) -> range:
    """Years ahead at which the panel can show errors."""
    return range(1, min(FIT_HORIZON, panel.z.shape[1] - 1) + 1)


def effective_sample_size(panel: Panel, error: Array, horizon: int) -> float:
    """Independent pieces of evidence behind errors: series, or years (over the horizon) where shocks are shared."""
    seen = np.isfinite(error)
    return float(seen.any(axis=0).sum()) / horizon if panel.is_related else float(seen.any(axis=1).sum())


# --- Weights ---

MIN_WEIGHT = 1e-12  # a smoother that the prior rules out stays out
LINE_SHARE = 0.5  # of the forecast of unrelated series: an equal-weight combination of smoothers and straight lines
# Prior probabilities of a noisy level, of fading long-run growth and of linear growth, in unrelated series (equal
# odds and training parts of M3) and in groups, complete counts of one system (provinces' outcomes up to 2014).
PRIOR_NOISY, PRIOR_FADING, PRIOR_LINEAR = {False: 0.2, True: 0.05}, {False: 0.5, True: 0.0}, {False: 0.5, True: 0.25}
# learning rate per figure of a series' own errors, in a pool of unrelated series and beside one of groups
OWN_LEARNING = {False: 1.6, True: 0.8}
FAMILIES = (slice(0, len(SMOOTHERS)), slice(len(SMOOTHERS), None))  # smoothers and lines, weighted apart


def prior_weights(related: bool) -> Array:
    """Prior weights of the smoothers, shape (smoothers,), in a pool of related or unrelated series."""
    state, persistence, linear = np.array(SMOOTHERS).T
    noisy = STATES[0][state.astype(int)] < 1
    odds = ((noisy, PRIOR_NOISY), (persistence == 0, PRIOR_FADING), (linear == 1, PRIOR_LINEAR))
    raw = np.prod([np.where(is_so, prior[related], 1 - prior[related]) for is_so, prior in odds], axis=0)
    return np.asarray(raw / raw.sum())


def min_history(panel: Panel, trends: Trends) -> int:
    """Figures an origin of this pool needs for its errors to count: `MIN_HISTORY`, or 1 where no origin has them."""
    later = np.cumsum(panel.known[:, ::-1], axis=1)[:, ::-1] > 1
    return MIN_HISTORY if (panel.known & (trends.points >= MIN_HISTORY) & later).any() else 1


def past_losses(panel: Panel, trends: Trends, usable: Mask, *, lines: bool) -> tuple[Array, Array, float]:
    """Past errors of smoothers and lines.

    Returns
    -------
    own : each series' absolute errors known at the end of each year, summed, over the prior curve, (K, S, T).
    loss : log of the pool's mean absolute error, averaged over horizons, (K,).
    n : independent pieces of evidence behind it.
    """
    count = len(SMOOTHERS) + lines * len(LINES)
    own, losses, evidence = np.zeros((count, *panel.z.shape)), [], []
    for horizon in horizons(panel):
        sums, error = np.zeros(count), np.full((1, 1), np.nan)
        for k, forecast in enumerate(point_forecasts(trends, panel.kinds, horizon, lines=lines)):
            error = np.abs(errors(panel, forecast, horizon, usable))
            own[k, :, horizon:] += np.nan_to_num(error) / horizon**PRIOR_CURVE
            sums[k] = np.nansum(error)
        if sums[FAMILIES[0]].min() > 0:
            losses.append(np.log(np.maximum(sums, MIN_WEIGHT) / np.isfinite(error).sum()))
            evidence.append(effective_sample_size(panel, error, horizon))
    loss = np.average(losses, axis=0, weights=evidence) if losses else np.zeros(count)
    return np.cumsum(own, axis=2), loss, max(evidence, default=0.0)


def pool_weights(loss: Array, n: float, related: bool) -> Array:
    """Weights in the pool, smoothers and lines each summing to one: prior times exp(-root of evidence x loss).

    Exponential weighting (Vovk 1990, doi:10.1016/B978-1-55860-146-8.50032-1) with the root of the evidence as
    learning rate, because errors of series from one time and world are never quite independent. Lines have equal
    priors among unrelated series, and no part in groups.
    """
    parts = []
    for family, prior in zip(FAMILIES, (prior_weights(related), np.array(1.0)), strict=True):
        if loss[family].size:
            raw = prior * np.exp(-np.sqrt(n) * (loss[family] - loss[family].min()))
            parts.append(raw / raw.sum())
    return np.concatenate(parts)


def own_weights(panel: Panel, trends: Trends, own: Array | None, pool: Array, related: bool) -> Array:
    """Weights for each series as known at the end of each year, shape (K, S, T).

    Unrelated series, and those that a pool of groups does not know, learn from their own errors too: the pool's weight
    times loss ** -(rate x (figures - 2)). In a group they do not: most of a series' few errors are the group's shocks.
    """
    if own is None:
        floored = np.maximum(pool, MIN_WEIGHT)
        return np.broadcast_to((floored / floored.sum())[:, None, None], (len(pool), *trends.points.shape))
    alone = (panel.groups == POOL)[:, None]
    rate = np.where(alone, OWN_LEARNING[related] * np.maximum(trends.points - 2, 0), 0.0)
    smoothers = _learned(own[FAMILIES[0]], pool[FAMILIES[0]], rate)
    if related:
        return smoothers
    lines = _learned(own[FAMILIES[1]], pool[FAMILIES[1]], rate)
    share = np.where(alone, LINE_SHARE, 0.0)  # a group's series follows no line of its own
    return np.concatenate([(1 - share) * smoothers, share * lines])


def _learned(own: Array, pool: Array, rate: Array) -> Array:
    best = 1e-9 + own.min(axis=0)
    logs = np.log(np.maximum(pool, MIN_WEIGHT))[:, None, None] - rate * np.log((own + 1e-9) / best)
    raw = np.exp(logs - logs.max(axis=0))
    return np.asarray(raw / raw.sum(axis=0))


# --- Spread ---

PRIOR_YEARS = 2.0  # what the prior counts, in years (related series) or errors (unrelated)
GROUP_YEARS = 2.0  # a group's own spread against the pool's: the pool counts this many years
CURVE_YEARS = 3.0  # what the prior curve counts
MIN_CURVE = 0.25  # power of the horizon with which every spread grows at least
MIN_VARIANCE = 1e-12  # of errors: that of series without any
PRIOR_DF = (2.0, 3.0, 4.0, 6.0, 9.0, 15.0)  # candidate weights of the pool's spread beside a series' own errors
MAX_DF = (3.0, 4.0, 5.0, 7.0, 10.0, np.inf)  # candidate limits of the degrees of freedom where series are unrelated
TAIL_SERIES = 30.0  # unrelated series needed to judge the tail
PRIOR_SHARED = 0.5  # share of a group's error variance that is common to its series, before any is seen
SHARED_YEARS = 5.0  # what that prior counts, in years
MAX_SD = 6.0  # an error beyond this many spreads counts as this many: one break must not set the spread


@dataclass(frozen=True)
class ErrorModel:
    """What the pool's past errors say of the next ones.

    `sd` : group (and `POOL`) -> standard deviation of a typical one-year error, on the working scale.
    `prior_df` : how many errors of its own the group's spread counts in each series' spread.
    `curve` : shape (FIT_HORIZON,), spread after h years over `sd`.
    `shared` : share of the error variance that series of a group have in common.
    `max_df` : most degrees of freedom of a series' predictive distribution.
    """

    sd: dict[str, float]
    prior_df: float
    curve: Array
    shared: float
    max_df: float

    def curve_to(self, horizon: int) -> Array:
        """The curve for 1..horizon, continued beyond the fitted years by the prior curve."""
        steps, fitted = np.arange(1, horizon + 1), len(self.curve)
        tail = self.curve[-1] * (steps / fitted) ** PRIOR_CURVE
        return np.asarray(np.where(steps <= fitted, self.curve[np.minimum(steps, fitted) - 1], tail))

    def of(self, panel: Panel, one_step: Array) -> tuple[Array, Array]:
        """One-year spread and degrees of freedom of each series at the end of each year, (S, T) each."""
        sd, df = own_spread(panel, one_step, _by_group(self.sd, panel), self.prior_df)
        return sd, np.minimum(df, self.max_df)


def _by_group(values: dict[str, float], panel: Panel) -> Array:
    return np.array([values.get(group, values[POOL]) for group in panel.groups])


def error_tables(panel: Panel, trends: Trends, weights: Array, usable: Mask) -> list[Array]:
    """Errors of the combined forecast 1, 2, ... years ahead, (S, T - horizon) each."""
    return [errors(panel, combined(trends, panel.kinds, weights, h), h, usable) for h in horizons(panel)]


def one_step_errors(panel: Panel, tables: list[Array]) -> Array:
    """One error per figure, (S, T): from the nearest figure before, divided by the prior curve over its gap."""
    steps = np.full(panel.z.shape, np.nan)
    for horizon in range(len(tables), 0, -1):
        error = tables[horizon - 1] / horizon**PRIOR_CURVE
        steps[:, horizon:] = np.where(np.isfinite(error), error, steps[:, horizon:])
    return steps


def own_spread(panel: Panel, steps: Array, sd: Array, prior_df: float) -> tuple[Array, Array]:
    """Each series' one-year spread and its degrees of freedom as known at the end of each year, (S, T) each.

    The posterior scale of a scaled inverse chi-square prior around the group's spread (Gelman et al.,
    Bayesian Data Analysis, 3rd ed., section 2.6).
    """
    limit, weight = MAX_SD * sd[:, None], np.isfinite(steps) * panel.trust
    squares = np.cumsum(np.nan_to_num(np.clip(steps, -limit, limit)) ** 2 * weight, axis=1)
    df = prior_df + np.cumsum(weight, axis=1)
    return np.sqrt((prior_df * sd[:, None] ** 2 + squares) / df), df


def fit_errors(panel: Panel, tables: list[Array], history: int) -> ErrorModel:
    """Fit spreads, curve, tail and shared share to the pool's own rolling-origin errors."""
    steps = one_step_errors(panel, tables)
    sd = _group_spreads(panel, steps, history)
    base = _by_group(sd, panel)
    prior_df = min(PRIOR_DF, key=lambda df: _misfit(panel, steps, base, df))
    own, df = own_spread(panel, steps, base, prior_df)
    max_df = _tail(panel, tables, own, df)
    curve = _curve(panel, tables, own, np.minimum(df, max_df))
    # unrelated series keep the first year's factor in the curve, where it scales their own errors too
    first = float(curve[0]) if panel.is_related else 1.0
    sd = {group: value * first for group, value in sd.items()}
    return ErrorModel(sd, prior_df, curve / first, _shared(panel, steps, base), max_df)


def _group_spreads(panel: Panel, steps: Array, history: int) -> dict[str, float]:
    """Root mean square of each group's one-year errors, shrunk to the pool's, and that to the prior, as logs.

    Logs, because variances of different fields differ by orders of magnitude: a mean of them is that of the prior.
    """
    known = np.isfinite(steps)
    limit = MAX_SD * max(robust_sd(steps[known]), 1e-3)
    squares = np.where(known, np.clip(steps, -limit, limit) ** 2, np.nan)
    prior = PRIOR_ERROR[str(panel.kinds[0])] ** 2
    whole = _mean_square(squares, effective_sample_size(panel, steps, 1), prior, PRIOR_YEARS)
    variance = {POOL: whole}
    for group in sorted(set(panel.groups) - {POOL}):
        rows = panel.groups == group
        variance[group] = _mean_square(squares[rows], float(known[rows].any(axis=0).sum()), whole, GROUP_YEARS)
    factor = _few_years(panel, known) / (1 - PRIOR_SHARED if history < MIN_HISTORY else 1)
    return {group: float(np.sqrt(factor * value)) for group, value in variance.items()}


def _mean_square(squares: Array, n: float, prior: float, prior_n: float) -> float:
    mean = float(np.nanmean(squares)) if np.isfinite(squares).any() else prior
    return float(np.exp(shrunk(np.log(max(mean, MIN_VARIANCE)), n, np.log(prior), prior_n)))


def _few_years(panel: Panel, known: Array) -> float:
    """Factor on the variance because a shock shared by all was seen in few years only.

    The shared part of an error has as many degrees of freedom as there were years, plus one for the prior: its
    80 % interval follows Student's t, not the normal. A single figure per origin hides the shared part wholly,
    because the group's typical growth then comes from the very year that is predicted.
    """
    years = int(known.any(axis=0).sum()) if panel.is_related else 0
    if years == 0:
        return 1.0
    return 1 + PRIOR_SHARED * (float(stats.t.ppf(0.9, years + 1) / stats.norm.ppf(0.9)) ** 2 - 1)


def _misfit(panel: Panel, steps: Array, sd: Array, prior_df: float) -> float:
    """Negative log likelihood of each error given the ones before it (Student t)."""
    own, df = own_spread(panel, steps, sd, prior_df)
    scale, df = (np.hstack([np.full((len(table), 1), np.nan), table[:, :-1]]) for table in (own, df))
    rows = np.isfinite(steps) & np.isfinite(scale)
    return -float(stats.t.logpdf(steps[rows] / scale[rows], df[rows]).sum() - np.log(scale[rows]).sum())


def _calibrating_factors(table: Array, scale: Array, df: Array) -> list[float]:
    """Factors on the scale with which past 80 % and 95 % intervals would have held 80 % and 95 %."""
    rows = np.isfinite(table)
    width = np.abs(table[rows]) / scale[rows]
    return [float(np.quantile(width / stats.t.ppf((1 + level) / 2, df[rows]), level)) for level in (0.8, 0.95)]


def _curve(panel: Panel, tables: list[Array], own: Array, df: Array) -> Array:
    """Spread by horizon: past 80 % and 95 % intervals would have held 80 % and 95 %, shrunk to the prior.

    Horizons with little evidence inherit the correction of the horizon before.
    """
    prior = np.arange(1, FIT_HORIZON + 1) ** PRIOR_CURVE
    ratio, curve = 0.0, prior.copy()
    for horizon, table in enumerate(tables, start=1):
        if np.isfinite(table).any():
            factors = _calibrating_factors(table, own[:, :-horizon] * prior[horizon - 1], df[:, :-horizon])
            seen = float(np.log(np.maximum(np.mean(factors), 0.05)))
            ratio = float(shrunk(seen, effective_sample_size(panel, table, horizon), ratio, CURVE_YEARS))
        curve[horizon - 1] *= np.exp(ratio)
    curve[len(tables) :] *= np.exp(ratio)
    least = np.arange(1, FIT_HORIZON + 1) ** MIN_CURVE
    return np.asarray(np.maximum.accumulate(curve / least) * least)


def _tail(panel: Panel, tables: list[Array], own: Array, df: Array) -> float:
    """Limit of the degrees of freedom under which past 80 % and 95 % intervals ask for the same width.

    Errors of one series scatter less evenly than a normal, so many figures do not make its tails normal. Groups keep
    their tails: there the years seen set them.
    """
    used = [
        (table, own[:, :-h], df[:, :-h])
        for h, table in enumerate(tables, start=1)
        if effective_sample_size(panel, table, h) >= TAIL_SERIES
    ]
    if not used or panel.is_related:
        return np.inf

    def gap(limit: float) -> float:
        factors = [_calibrating_factors(table, scale, np.minimum(own_df, limit)) for table, scale, own_df in used]
        return abs(float(np.mean([np.log(np.maximum(at80, 1e-9) / np.maximum(at95, 1e-9)) for at80, at95 in factors])))

    return min(MAX_DF, key=gap)


def _shared(panel: Panel, steps: Array, sd: Array) -> float:
    """Share of variance common to a group's series in a year, shrunk to `PRIOR_SHARED`."""
    common = total = years = 0.0
    for group in sorted(set(panel.groups) - {POOL}):
        rows = panel.groups == group
        unit = np.clip(steps[rows] / sd[rows][:, None], -MAX_SD, MAX_SD)
        for column in unit.T:
            seen = column[np.isfinite(column)]
            if seen.size > 1:
                common += float(seen.mean() ** 2 - seen.var(ddof=1) / seen.size)
                total += float(np.mean(seen**2))
                years += 1
    found = float(np.clip(common / total, 0, 0.95)) if total > 0 else PRIOR_SHARED
    return float(shrunk(found, years, PRIOR_SHARED, SHARED_YEARS))


# --- Forecast ---

ONE_GROUP = "*"
MIN_SERIES = 2  # that can share a calendar
ONE_GROUP_FIGURES = 14.0  # what the forecast as one group counts beside a series' own figures
BEND = 1.0  # log points from the centre beyond which the reach grows by amounts, not by factors
MAX_DEVIATION = 12.0  # log points beyond which no quantile or draw goes, so that far tails stay finite


@dataclass(frozen=True)
class PredictiveDistribution:
    """Student t around `centre` on the working scale, for series of one kind.

    `centre` and `spread` : (S, horizon); `df` : (S,); `shared` : share of the variance common to a group.
    """

    panel: Panel
    centre: Array
    spread: Array
    df: Array
    shared: float

    @property
    def origins(self) -> Array:
        """Last known year of each series, shape (S,)."""
        return np.asarray(self.panel.years[self.panel.last])

    def take(self, row: int) -> PredictiveDistribution:
        """That of one series."""
        rows = slice(row, row + 1)
        arrays = {name: getattr(self, name)[rows] for name in ("centre", "spread", "df")}
        return replace(self, panel=self.panel.take(np.array([row])), **arrays)

    def values(self, deviations: Array) -> Array:
        """Centre plus deviations (S, horizon, n), in the series' own units."""
        size = np.abs(deviations)
        far = (self.panel.kinds != LINEAR)[:, None, None] & (size > BEND)
        bent = np.where(far, np.sign(deviations) * (BEND + np.log1p(np.maximum(size - BEND, 0.0))), deviations)
        z = self.centre[:, :, None] + np.clip(bent, -MAX_DEVIATION, MAX_DEVIATION)
        return from_scale(z, self.panel.kinds, self.panel.unit)

    def quantiles(self, levels: Array) -> Array:
        """Exact quantiles, shape (S, horizon, levels)."""
        t = stats.t.ppf(levels[None, :], self.df[:, None])
        return self.values(self.spread[:, :, None] * t[:, None, :])


@dataclass(frozen=True)
class PoolFit:
    """What a pool says about series of one kind of scale; `history` : figures an origin needs to count."""

    related: bool
    typical: TypicalGrowth
    weights: Array
    error_model: ErrorModel
    history: int

    def predict(self, panel: Panel, horizon: int) -> PredictiveDistribution:
        """Predictive distributions of the series of a panel, `horizon` years on from each one's last figure."""
        trends, last = fit_trends(panel, self.typical), panel.last
        usable = panel.known & (trends.points >= self.history)
        learns = not self.related or (panel.groups == POOL).any()
        own = past_losses(panel, trends, usable, lines=not self.related)[0] if learns else None
        weights = own_weights(panel, trends, own, self.weights, self.related)
        steps = one_step_errors(panel, error_tables(panel, trends, weights, usable))
        rows = np.arange(len(last))
        sd, df = (table[rows, last] for table in self.error_model.of(panel, steps))
        origin, chosen = trends.at(last), weights[:, rows, last][:, :, None]
        centre = np.hstack([combined(origin, panel.kinds, chosen, h) for h in range(1, horizon + 1)])
        spread = sd[:, None] * self.error_model.curve_to(horizon)
        return PredictiveDistribution(panel, centre, spread, df, self.error_model.shared)


def fit(panel: Panel) -> PoolFit:
    """Learn typical growth, weights and errors from a panel of one kind of scale."""
    related, typical = panel.is_related, typical_growth(panel)
    trends = fit_trends(panel, typical)
    history = min_history(panel, trends)
    usable = panel.known & (trends.points >= history)
    own, loss, n = past_losses(panel, trends, usable, lines=not related)
    pool = pool_weights(loss, n, related)
    weights = own_weights(panel, trends, None if related else own, pool, related)
    model = fit_errors(panel, error_tables(panel, trends, weights, usable), history)
    return PoolFit(related, typical, pool, model, history)


@dataclass(frozen=True)
class Pool:
    """A fitted pool: the fit of each kind of scale, and the group of each series of the pool.

    `as_one` : of a pool without groups, the fits of its series as one group that shares a calendar.
    """

    fits: dict[str, PoolFit]
    groups: dict[str, str]
    as_one: dict[str, PoolFit]

    def predict(self, panel: Panel, horizon: int) -> list[PredictiveDistribution]:
        """Predictive distributions of all series of a panel, in blocks of one kind of scale."""
        rows = {kind: np.flatnonzero(panel.kinds == kind) for kind in self.fits}
        blocks = [(kind, part[k : k + BLOCK]) for kind, part in rows.items() for k in range(0, len(part), BLOCK)]
        return [self._predict(kind, panel.take(block), horizon) for kind, block in blocks]

    def _predict(self, kind: str, panel: Panel, horizon: int) -> PredictiveDistribution:
        view = self.fits[kind].predict(panel, horizon)
        if kind not in self.as_one or panel.is_related:
            return view
        other, figures = self.as_one[kind].predict(_as_one(panel), horizon), panel.known.sum(axis=1)
        centre, spread, slack = (
            shrunk(own.T, figures, group.T, ONE_GROUP_FIGURES).T
            for own, group in ((view.centre, other.centre), (view.spread, other.spread), (1 / view.df, 1 / other.df))
        )
        return replace(view, centre=centre, spread=spread, df=1 / slack)


def fit_panel(panel: Panel | None) -> Pool:
    """Fit a pool for each kind of scale; without a panel, or series of a kind, the priors remain."""
    groups = {} if panel is None else dict(zip(panel.names, panel.groups, strict=True))
    parts = {kind: _of_kind(panel, kind) for kind in KINDS}
    as_one = {kind: fit(_as_one(part)) for kind, part in parts.items() if _may_share_a_calendar(part)}
    return Pool({kind: fit(part) for kind, part in parts.items()}, groups, as_one)


def _may_share_a_calendar(panel: Panel) -> bool:
    """Whether groups are not known and years are years of a calendar, not counted from a start."""
    return not panel.is_related and len(panel.names) >= MIN_SERIES and int(panel.years[0]) >= MIN_YEAR


def _as_one(panel: Panel) -> Panel:
    """The series as one group."""
    return replace(panel, groups=np.full(len(panel.names), ONE_GROUP, dtype=object))


def _of_kind(panel: Panel | None, kind: str) -> Panel:
    if panel is not None and (panel.kinds == kind).any():
        return panel.take(panel.kinds == kind)
    cell, name = np.zeros((1, 1)), np.array([POOL], dtype=object)  # one figure teaches nothing
    return Panel(name, name, np.array([0]), cell, cell[0], np.array([kind], dtype=object), cell + 1)
