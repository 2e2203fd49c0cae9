"""Growth of the group, smoothers and straight lines: what each of them says at every origin of many series.

The first half of docs/method.md, in its order. Arrays have the shape (series S, years T); index k runs over the
smoothers, then the straight lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import product

import numpy as np

from ipplan_analysis.trend.panel import ASINH, LINEAR, LOG, POOL, Array, Names, Panel, Positions, from_scale, to_scale

PRIOR_ERROR = {
    LOG: 0.12,
    ASINH: 0.12,
    LINEAR: 1.0,
}  # one-year error before any is seen: 12 %, or one mean yearly change


def shrunk(mean: Array | float, n: Array | float, prior: Array | float, prior_n: float) -> Array:
    """A mean of n pieces of evidence, pulled to a prior that counts `prior_n` pieces."""
    return np.asarray((n * mean + prior_n * prior) / (n + prior_n))


def robust_sd(values: Array, centre: float = 0.0) -> float:
    """Standard deviation of a normal with the same median absolute deviation from `centre`; 0 for no values."""
    return 1.4826 * float(np.median(np.abs(values - centre))) if values.size else 0.0


# --- Growth of the group ---

PRIOR_GROWTH = {LOG: 0.03, ASINH: 0.03, LINEAR: 0.0}  # before any pool is seen: the middle of economic statistics
PRIOR_SERIES = 1.0  # what that prior counts, in series
GROUP_PRIOR_SERIES = 3.0  # a group's growth of one year counts this many series of the whole pool
YEAR_SERIES = 10.0  # a year seen in n series has trust n / (n + this): more series add less, their shock is one
MEMORY = 0.6  # weight of the year before in a group's recent growth: mean age of the evidence 1.5 years
MIN_GROWTH_SD = 0.1  # share of the prior error: yearly growth is never believed to scatter less


@dataclass(frozen=True)
class TypicalGrowth:
    """Growth per year of each group, known at the end of each year of the pool.

    `recent` and `long_run` map a group, and `POOL`, to shape (T,); `sd` is the robust standard deviation of growth.
    """

    first_year: int
    recent: dict[str, Array]
    long_run: dict[str, Array]
    sd: float

    def of(self, panel: Panel) -> tuple[Array, Array]:
        """Recent and long-run growth of every series' group, shape (S, T); unknown groups get the pool's."""
        columns = np.clip(panel.years - self.first_year, 0, len(self.recent[POOL]) - 1)
        recent, long_run = (
            np.array([table.get(group, table[POOL])[columns] for group in panel.groups])
            for table in (self.recent, self.long_run)
        )
        return recent, long_run


def yearly_growth(values: Array) -> Array:
    """Change per year into each column, shape (S, T); a change over a gap is spread evenly over its years."""
    filled, years = values.copy(), np.arange(values.shape[1])
    for row, known in zip(filled, ~np.isnan(values), strict=True):
        if known.any():
            row[~known] = np.interp(years[~known], years[known], row[known], left=np.nan, right=np.nan)
    return np.diff(filled, axis=1, prepend=np.nan)


def typical_growth(panel: Panel) -> TypicalGrowth:
    """Each group's growth by year: medians over its series, shrunk to the pool's, averaged over the years so far."""
    kind, growth = str(panel.kinds[0]), yearly_growth(panel.z)
    known = growth[np.isfinite(growth)]
    middle = float(np.median(known)) if known.size else 0.0
    sd = max(robust_sd(known, middle), MIN_GROWTH_SD * PRIOR_ERROR[kind])
    if not panel.is_related:
        series = float(np.isfinite(growth).any(axis=1).sum())
        usual = shrunk(middle, series, PRIOR_GROWTH[kind], PRIOR_SERIES)
        usual = usual if kind == LINEAR else np.clip(usual, -GROWTH_CEILING, GROWTH_CEILING)
        steady = {POOL: np.full(len(panel.years), usual)}
        return TypicalGrowth(int(panel.years[0]), steady, steady, sd)
    whole = _medians(growth, np.zeros(len(panel.years)), 0.0)
    tables = {POOL: whole}
    for group in sorted(set(panel.groups)):
        tables[group] = _medians(growth[panel.groups == group], whole[0], GROUP_PRIOR_SERIES)
    recent, long_run = (
        {group: _discounted(*table, memory, PRIOR_GROWTH[kind]) for group, table in tables.items()}
        for memory in (MEMORY, 1.0)
    )
    return TypicalGrowth(int(panel.years[0]), recent, long_run, sd)


def _medians(growth: Array, prior: Array, prior_n: float) -> tuple[Array, Array]:
    """Median growth of each year, shrunk to a prior, and the trust in each year; shape (T,) each."""
    seen = np.isfinite(growth).sum(axis=0)
    medians, some = np.full(growth.shape[1], np.nan), seen > 0
    medians[some] = shrunk(np.nanmedian(growth[:, some], axis=0), seen[some], prior[some], prior_n)
    return medians, seen / (seen + YEAR_SERIES)


def _discounted(medians: Array, trust: Array, memory: float, prior: float) -> Array:
    """Mean of the years so far, weighted by trust and age; years before the first known one take its value."""
    weight = PRIOR_SERIES / YEAR_SERIES
    total, means = weight * prior, np.full(len(medians), np.nan)
    for t in range(len(medians)):
        if trust[t] > 0:
            total, weight = memory * total + trust[t] * medians[t], memory * weight + trust[t]
        means[t] = total / weight
    first = int(np.argmax(trust > 0)) if trust.any() else 0
    means[:first] = means[first]
    return means


# --- Smoothers ---

LEVEL_GAINS = (0.4, 1.0)  # how much of an innovation is level: noisy figures, and figures free of noise
GROWTH_GAINS = (0.05, 0.15, 0.4)  # how much of it is growth; mostly small: one year says little about the trend
DAMPING = (0.8, 0.95)  # share of recent growth that survives a year: the ends of damped-trend practice
PERSISTENCE = (0.0, 1.0)  # share of the long-run growth that goes on once the recent growth has faded
LINEAR_GROWTH = (False, True)  # whether growth adds a constant share each year, or a constant amount
STATES = np.array(list(product(LEVEL_GAINS, GROWTH_GAINS, DAMPING))).T  # gains and damping of the states kept
SMOOTHERS = tuple(product(range(STATES.shape[1]), PERSISTENCE, LINEAR_GROWTH))  # (state, persistence, linear)
OWN_PRIOR_YEARS = 2.0  # a series' long-run growth counts this many years of its group's
GROWTH_CEILING = 0.2  # long-run growth is bent below +-20 log points: fast growth returns to the mean
OUTLIER = 4.0  # growth beyond this many robust standard deviations is cut there


@dataclass(frozen=True)
class Trends:
    """What smoothers and lines know at the end of each year.

    `level`, `growth` : of the smoothers, (states, S, T); `long_run` : long-run growth, (S, T); `points` : figures seen
    so far, (S, T); `line_level` : (line gains, S, T); `line_slope` : yearly change as a move on the working scale
    from that level, (2, line gains, S, T); `span` : calendar years seen so far, (S, T).
    """

    level: Array
    growth: Array
    long_run: Array
    points: Array
    line_level: Array
    line_slope: Array
    span: Array

    def at(self, columns: Positions) -> Trends:
        """The trends at one column of each series, kept as a last axis of length 1."""
        rows = np.arange(len(columns))
        return Trends(*(getattr(self, field.name)[..., rows, columns][..., None] for field in fields(self)))


def damped_sum(damping: Array, years: Array | float) -> Array:
    """Sum of damping**k for k = 1..years: how many years' growth a slope is still worth."""
    return np.asarray(damping * (1 - damping**years) / (1 - damping))


def holt(z: Array, trust: Array, start: Array, gains: Array, max_change: float = np.inf) -> tuple[Array, Array]:
    """Levels and growth of Holt's damped linear trend at the end of each year, shape (K, S, T) each.

    Parameters
    ----------
    z, trust : figures and the weight of the growth into them, (S, T). `start` : growth at a first figure, (S, T).
    gains : level gain, growth gain and damping, (3, K). `max_change` : limit of an innovation's yearly growth.

    Source: Gardner & McKenzie (1985), doi:10.1287/mnsc.31.10.1237, with gaps of several years.
    """
    alpha, beta, phi = gains
    level, growth = (np.full((len(alpha), *z.shape), np.nan) for _ in range(2))
    now, slope, age = np.full((len(z), len(alpha)), np.nan), np.zeros((len(z), len(alpha))), np.zeros(len(z))
    for t, column in enumerate(z.T):
        age += 1
        known = np.isfinite(column)
        first, again = known & np.isnan(now[:, 0]), known & np.isfinite(now[:, 0])
        gap = age[again][:, None]
        expected = now[again] + damped_sum(phi, gap) * slope[again]
        innovation = column[again][:, None] - expected
        change = np.clip(innovation / gap, -max_change, max_change) * trust[again, t][:, None]
        kept = (1 - alpha) ** gap
        now[again] = kept * expected + (1 - kept) * column[again][:, None]  # exact where nothing is kept
        slope[again] = phi**gap * slope[again] + (1 - (1 - beta) ** gap) * change
        now[first], slope[first] = column[first][:, None], start[first, t][:, None]
        age[known] = 0
        level[:, :, t], growth[:, :, t] = now.T, slope.T
    return level, growth


def fit_trends(panel: Panel, typical: TypicalGrowth) -> Trends:
    """Run every smoother and line over every series, in one pass over the years."""
    recent, long_run = typical.of(panel)
    level, growth = holt(panel.z, panel.trust, recent, STATES, OUTLIER * typical.sd)
    points = np.cumsum(panel.known, axis=1).astype(float)
    own = _long_run_growth(panel, long_run, OUTLIER * typical.sd)
    return Trends(level, growth, own, points, *_fit_lines(panel))


def _long_run_growth(panel: Panel, prior: Array, max_change: float) -> Array:
    """Mean growth so far, shrunk to the group's and bent below `GROWTH_CEILING` on the log scale."""
    growth = yearly_growth(panel.z)
    weight = np.isfinite(growth) * panel.trust
    total = np.cumsum(np.nan_to_num(np.clip(growth, prior - max_change, prior + max_change)) * weight, axis=1)
    count = np.cumsum(weight, axis=1)
    mean = shrunk(total / np.maximum(count, 1e-12), count, prior, OWN_PRIOR_YEARS)
    bent = GROWTH_CEILING * np.tanh(mean / GROWTH_CEILING)
    return np.where((panel.kinds != LINEAR)[:, None], bent, mean)


# --- Straight lines ---

LINE_GAINS = (0.3, 0.6, 1.0)  # how much of an innovation is level: from noisy figures to figures free of noise
FITTED, ENDS = 0, 1  # the slope of the least-squares line, and of the line from the first figure to the last
# (gain, slope, share of it): a smoothed level and half of the fitted slope is the Theta method
LINES = (*product(range(len(LINE_GAINS)), (FITTED,), (0.5, 1.0)), (2, ENDS, 0.5), (2, ENDS, 1.0))
MIN_SHARE = 1e-200  # of its largest figure that a positive figure counts at least, so that it has a logarithm


def _fit_lines(panel: Panel) -> tuple[Array, Array, Array]:
    """`line_level`, `line_slope` and `span` of the trends; slopes are those of the figures themselves."""
    values = from_scale(panel.z, panel.kinds, panel.unit)
    size = np.nanmax(np.abs(values), axis=1, keepdims=True)
    size = np.where(size > 0, size, 1.0)
    values, logs = values / size, (panel.kinds != LINEAR)[:, None]
    values = np.where(logs & (panel.unit == 0)[:, None], np.maximum(values, MIN_SHARE), values)
    gains = np.array([LINE_GAINS, (0,) * len(LINE_GAINS), (0,) * len(LINE_GAINS)], dtype=float)
    plain, _ = holt(values, panel.trust, np.zeros_like(values), gains)
    level = np.stack([to_scale(part * size, panel.kinds, panel.unit) for part in plain])
    unit = panel.unit[:, None] / size
    # what a step of one is worth on the working scale: the derivative of log or asinh, and a constant without either
    worth = 1 / np.where(logs, np.hypot(plain, 2 * unit), np.where(unit > 0, unit, 1.0))
    span = np.maximum(np.arange(values.shape[1]) - np.argmax(panel.known, axis=1)[:, None] + 1.0, 1.0)
    return level, _slopes(yearly_growth(values), panel.trust, span)[:, None] * worth, span


def _slopes(change: Array, trust: Array, span: Array) -> Array:
    """Slopes of the least-squares line and of the line between the ends, at every origin, shape (2, S, T)."""
    total, weight = np.cumsum(np.nan_to_num(change) * trust, axis=1), np.cumsum(np.isfinite(change) * trust, axis=1)
    # least squares on the path of trusted changes: sums of height, and of time times height, from 0 at the first figure
    height, moment = np.cumsum(total, axis=1), np.cumsum((span - 1) * total, axis=1)
    fitted = (moment - (span - 1) / 2 * height) * 12 / np.maximum(span * (span**2 - 1), 1)
    return np.stack([fitted, total / np.maximum(weight, 1e-9)])


# --- Point forecasts ---


def point_forecasts(trends: Trends, kinds: Names, horizon: int, *, lines: bool) -> Iterator[Array]:
    """Forecast of each smoother, then of each line, `horizon` years after every origin; shape (S, T) each.

    On the log scale linear growth turns a rise of s into one of log(1 + s), the same yearly amount as at the start.
    Falls of smoothers stay exponential, those of lines are the mirror image of rises: none reaches nought.
    """
    logs = (kinds != LINEAR)[:, None]
    worth = damped_sum(STATES[2], float(horizon))
    for state, persistence, linear in SMOOTHERS:
        rise = worth[state] * trends.growth[state] + persistence * (horizon - worth[state]) * trends.long_run
        if linear:
            rise = np.where(logs & (rise > 0), np.log1p(np.maximum(rise, 0.0)), rise)
        yield trends.level[state] + rise
    for gain, slope, share in LINES if lines else ():
        # a smoothed level lags behind the line; Theta adds the lag (doi:10.1016/S0169-2070(01)00143-1)
        lead = horizon - 1 + (1 - (1 - LINE_GAINS[gain]) ** trends.span) / LINE_GAINS[gain]
        rise = share * lead * trends.line_slope[slope, gain]
        yield trends.line_level[gain] + np.where(logs, np.sign(rise) * np.log1p(np.abs(rise)), rise)


def combined(trends: Trends, kinds: Names, weights: Array, horizon: int) -> Array:
    """Weighted mean of the point forecasts; `weights` has shape (K, S, T), without lines or with them."""
    forecasts = point_forecasts(trends, kinds, horizon, lines=len(weights) > len(SMOOTHERS))
    return np.asarray(sum(weight * forecast for weight, forecast in zip(weights, forecasts, strict=True)))
