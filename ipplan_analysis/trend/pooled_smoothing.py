"""Damped-trend smoothers of many series at once, for a grid of smoothing constants."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product, starmap

import numpy as np

from ipplan_analysis.trend.panel import LOG, UNGROUPED, Array, Matrix
from ipplan_analysis.trend.pooled_lines import LINES, Line, LineStates, figures, fit_lines, project_line

LEVEL_GAINS = (0.4, 1.0)  # how much of a surprise is level: noisy figures, and figures free of noise
GROWTH_GAINS = (0.05, 0.15, 0.4)  # how much of it is growth; mostly small: one year says little about the trend
DAMPING = (0.8, 0.95)  # share of recent growth that survives a year: the ends of damped-trend practice
LASTING = (0.0, 1.0)  # share of the long-run growth that goes on once the recent growth has faded
SHAPES = (False, True)  # whether growth adds a constant share each year, or a constant amount
MEMORY = 0.6  # weight of the year before in a group's recent growth: mean age of the evidence 1.5 years
OWN_PRIOR_YEARS = 2.0  # a series' long-run growth counts this many years of its group's
GROUP_PRIOR_SERIES = 3.0  # a group's growth of one year counts this many series of the whole pool
PRIOR_GROWTH = 0.03  # growth of a positive series before any pool is seen: the middle of economic statistics
PRIOR_SERIES = 1.0  # what that prior counts, in series
YEAR_SERIES = 10.0  # a year seen in n series has trust n / (n + this): more series add less, their shock is one
GROWTH_CEILING = 0.2  # long-run growth is bent below +-20 log points: fast growth returns to the mean
OUTLIER = 4.0  # growth surprises beyond this many robust standard deviations are cut there


@dataclass(frozen=True)
class Member:
    """One smoother of the combination."""

    level_gain: float
    growth_gain: float
    damping: float
    lasting: float
    linear: bool


MEMBERS = tuple(starmap(Member, product(LEVEL_GAINS, GROWTH_GAINS, DAMPING, LASTING, SHAPES)))
# Prior probabilities of a noisy level, of fading long-run growth and of linear growth, in unrelated series (equal
# odds and training parts of M3) and in groups, complete counts of one system (provinces' outcomes up to 2014).
PRIOR_NOISY, PRIOR_FADING, PRIOR_LINEAR = {False: 0.2, True: 0.05}, {False: 0.5, True: 0.0}, {False: 0.5, True: 0.25}


def member_prior(grouped: bool) -> Array:
    """Prior weights of the members, shape (members,), in a pool of related (`grouped`) or unrelated series."""
    noisy, fading, linear = PRIOR_NOISY[grouped], PRIOR_FADING[grouped], PRIOR_LINEAR[grouped]
    raw = np.array(
        [
            (1 - noisy if member.level_gain == 1 else noisy)
            * (1 - fading if member.lasting else fading)
            * (linear if member.linear else 1 - linear)
            for member in MEMBERS
        ]
    )
    return np.asarray(raw / raw.sum())


EVERY: tuple[Member | Line, ...] = (*MEMBERS, *LINES)
CORES = tuple(dict.fromkeys((m.level_gain, m.growth_gain, m.damping) for m in MEMBERS))


@dataclass(frozen=True)
class GroupGrowth:
    """Typical growth per year of each group, known at the end of each year of the pool.

    `recent` and `mean` map a group to shape (T,); `spread` is the robust standard deviation of yearly growth.
    """

    first_year: int
    recent: dict[str, Array]
    mean: dict[str, Array]
    spread: float

    def of(self, groups: np.ndarray, years: np.ndarray) -> tuple[Array, Array]:
        """Recent and mean growth, shape (S, T), for series of these groups; unknown groups get the pool's."""
        recent = np.array([self.recent.get(group, self.recent[UNGROUPED]) for group in groups])
        mean = np.array([self.mean.get(group, self.mean[UNGROUPED]) for group in groups])
        columns = np.clip(years - self.first_year, 0, recent.shape[1] - 1)
        return recent[:, columns], mean[:, columns]


def yearly_growth(z: Array) -> Array:
    """Change per year into each column, shape (S, T); a change over a gap is spread evenly over its years."""
    growth = np.full(z.shape, np.nan)
    previous, age = z[:, 0].copy(), np.zeros(len(z), dtype=int)
    for t in range(1, z.shape[1]):
        age += 1
        seen = np.isfinite(z[:, t])
        rate = (z[:, t] - previous) / age
        for back in range(int(age[seen].max(initial=0))):
            rows = seen & np.isfinite(previous) & (back < age)
            growth[rows, t - back] = rate[rows]
        previous[seen], age[seen] = z[seen, t], 0
    return growth


def group_growth(data: Matrix, floor: float) -> GroupGrowth:
    """Measure each group's typical growth by year: medians over its series, smoothed over the years."""
    growth = yearly_growth(data.z)
    known = growth[np.isfinite(growth)]
    middle = float(np.median(known)) if known.size else 0.0
    spread = max(1.4826 * float(np.median(np.abs(known - middle))) if known.size else 0.0, floor)
    count = float(np.isfinite(growth).any(axis=1).sum())
    prior = PRIOR_GROWTH if data.kinds[0] == LOG else 0.0
    steady = np.full(len(data.years), (count * middle + PRIOR_SERIES * prior) / (count + PRIOR_SERIES))
    recent, mean = {UNGROUPED: steady}, {UNGROUPED: steady}
    shared = data.groups != UNGROUPED
    if shared.any():
        whole, trust = _by_year(growth[shared], np.zeros(len(data.years)), 0.0)
        recent[UNGROUPED], mean[UNGROUPED] = _smoothed(whole, trust, MEMORY, prior), _smoothed(whole, trust, 1.0, prior)
    for group in sorted(set(data.groups[shared])):
        by_year, trust = _by_year(growth[data.groups == group], whole, GROUP_PRIOR_SERIES)
        recent[group], mean[group] = _smoothed(by_year, trust, MEMORY, prior), _smoothed(by_year, trust, 1.0, prior)
    return GroupGrowth(int(data.years[0]), recent, mean, spread)


def _by_year(growth: Array, prior: Array, counts: float) -> tuple[Array, Array]:
    """Median growth of each year, shrunk to a prior that counts so many series, and the trust in each year."""
    out, trust = np.full(growth.shape[1], np.nan), np.zeros(growth.shape[1])
    for t, column in enumerate(growth.T):
        seen = column[np.isfinite(column)]
        if seen.size:
            out[t] = (seen.size * np.median(seen) + counts * prior[t]) / (seen.size + counts)
            trust[t] = seen.size / (seen.size + YEAR_SERIES)
    return out, trust


def _smoothed(by_year: Array, trust: Array, memory: float, prior: float) -> Array:
    """Discounted mean of the years so far, weighted by trust; years before the first known one take its value."""
    weight = PRIOR_SERIES / YEAR_SERIES
    total = weight * prior
    out = np.full(len(by_year), np.nan)
    for t, value in enumerate(by_year):
        if trust[t] > 0:
            total, weight = memory * total + trust[t] * value, memory * weight + trust[t]
        out[t] = total / weight
    seen = np.flatnonzero(trust > 0)
    out[: seen[0] if seen.size else 0] = out[seen[0]] if seen.size else prior
    return out


@dataclass(frozen=True)
class States:
    """What the smoothers know at the end of each year.

    `level`, `growth` : shape (len(CORES), S, T); `far` : long-run growth, shape (S, T); `points` : figures seen so
    far, shape (S, T); `lines` : the same for straight lines.
    """

    level: Array
    growth: Array
    far: Array
    points: Array
    lines: LineStates

    def at(self, rows: np.ndarray, columns: np.ndarray) -> States:
        """The states of single origins, with one column each."""
        return States(
            self.level[:, rows, columns][:, :, None],
            self.growth[:, rows, columns][:, :, None],
            self.far[rows, columns][:, None],
            self.points[rows, columns][:, None],
            self.lines.at(rows, columns),
        )


def smooth(data: Matrix, typical: GroupGrowth) -> States:
    """Run every core smoother over every series in one pass over the years.

    Holt's linear trend with damping (Gardner & McKenzie 1985, doi:10.1287/mnsc.31.10.1237), started at the
    group's typical growth and with growth surprises cut at `OUTLIER` robust standard deviations.
    """
    near, mean = typical.of(data.groups, data.years)
    gains, steps, damping = (np.array(values) for values in zip(*CORES, strict=True))
    count, width = data.z.shape
    level, growth = (np.full((len(CORES), count, width), np.nan) for _ in range(2))
    now, slope, age = np.full((count, len(CORES)), np.nan), np.zeros((count, len(CORES))), np.zeros(count)
    cut = OUTLIER * typical.spread
    for t in range(width):
        age += 1
        seen = np.isfinite(data.z[:, t])
        fresh, again = seen & np.isnan(now[:, 0]), seen & np.isfinite(now[:, 0])
        years = age[again][:, None]
        expected = now[again] + damped_years(damping, years) * slope[again]
        surprise = data.z[again, t][:, None] - expected
        now[again] = expected + (1 - (1 - gains) ** years) * surprise
        per_year = np.clip(surprise / years, -cut, cut) * data.trust[again, t][:, None]
        slope[again] = damping**years * slope[again] + (1 - (1 - steps) ** years) * per_year
        now[fresh], slope[fresh] = data.z[fresh, t][:, None], near[fresh, t][:, None]
        age[seen] = 0
        level[:, :, t], growth[:, :, t] = now.T, slope.T
    points = np.cumsum(np.isfinite(data.z), axis=1).astype(float)
    values, size = figures(data)
    lines = fit_lines(data, values, size, yearly_growth(values))
    return States(level, growth, _long_run(data, mean, cut), points, lines)


def damped_years(damping: Array, years: Array | float) -> Array:
    """Sum of damping**k for k = 1..years: how many years' growth a slope is still worth."""
    return np.asarray(damping * (1 - damping**years) / (1 - damping))


def _long_run(data: Matrix, mean: Array, cut: float) -> Array:
    """Mean growth so far, shrunk to the group's and bent below `GROWTH_CEILING` on the log scale."""
    growth = yearly_growth(data.z)
    known = np.isfinite(growth) * data.trust
    total = np.cumsum(np.nan_to_num(np.clip(growth, mean - cut, mean + cut)) * known, axis=1)
    far = (total + OWN_PRIOR_YEARS * mean) / (np.cumsum(known, axis=1) + OWN_PRIOR_YEARS)
    bent = GROWTH_CEILING * np.tanh(far / GROWTH_CEILING)
    return np.where((data.kinds == LOG)[:, None], bent, far)


def project(states: States, kinds: np.ndarray, member: Member | Line, horizon: int) -> Array:
    """Point forecast of one member `horizon` years after every origin, shape (S, T).

    A linear member turns a rise of s log points into one of log(1 + s): the same yearly amount as at the start.
    Falls stay exponential, so that no forecast of a positive series reaches nought.
    """
    if isinstance(member, Line):
        return project_line(states.lines, kinds, member, horizon)
    core = CORES.index((member.level_gain, member.growth_gain, member.damping))
    worth = float(damped_years(np.array(member.damping), float(horizon)))
    rise = worth * states.growth[core] + member.lasting * (horizon - worth) * states.far
    if member.linear:
        bent = (rise > 0) & (kinds == LOG)[:, None]
        rise = np.where(bent, np.log1p(np.where(bent, rise, 0.0)), rise)
    return np.asarray(states.level[core] + rise)


def combine(states: States, kinds: np.ndarray, weights: Array, horizon: int) -> Array:
    """Weighted mean of the members `horizon` years after every origin, shape (S, T).

    `weights` has shape (members and lines, S, T) and sums to one over them.
    """
    total = np.zeros(states.far.shape)
    for k, member in enumerate(EVERY):
        if k < len(MEMBERS) or weights[k].any():
            total += weights[k] * project(states, kinds, member, horizon)
    return total
