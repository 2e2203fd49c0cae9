"""What past forecast errors of a pool say about the spread of the next ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from ipplan_analysis.trend.panel import LINEAR, LOG, UNGROUPED, Array, Matrix
from ipplan_analysis.trend.pooled_smoothing import States, combine
from ipplan_analysis.trend.pooled_weights import FIT_HORIZON, LEAST_POINTS, PRIOR_CURVE, errors_at, evidence

PRIOR_SPREAD = {LOG: 0.12, LINEAR: 1.0}  # one-year error before any is seen: 12 %, or one mean yearly change
PRIOR_YEARS = 2.0  # what the prior spread counts, in years (grouped) or errors (ungrouped)
GROUP_YEARS = 2.0  # a group's own spread against the pool's: the pool counts this many years
CURVE_YEARS = 3.0  # what that prior curve counts
DEGREES = (2.0, 3.0, 4.0, 6.0, 9.0, 15.0)  # candidate weights of the pool's spread beside a series' own errors
TAILS = (3.0, 4.0, 5.0, 7.0, 10.0, np.inf)  # candidate limits of the degrees of freedom where series are unrelated
TAIL_SERIES = 30.0  # unrelated series needed to judge the tail
PRIOR_SHARED = 0.5  # share of a group's error variance that is common to its series, before any is seen
SHARED_YEARS = 5.0  # what that prior counts, in years
CUT = 6.0  # an error beyond this many spreads counts as this many: one break must not set the spread


@dataclass(frozen=True)
class Spread:
    """Fitted error model of a pool.

    `one_year` : group -> standard deviation of a typical one-year error, on the working scale.
    `degrees` : how many errors of its own the pool's spread counts in each series' spread.
    `curve` : shape (FIT_HORIZON,), spread after h years over `one_year`.
    `shared` : share of the error variance that series of a group have in common.
    `tail` : most degrees of freedom of a series' predictive distribution.
    """

    one_year: dict[str, float]
    degrees: float
    curve: Array
    shared: float
    tail: float

    def of(self, groups: np.ndarray) -> Array:
        """One-year spread of these groups, shape (S,); unknown groups get the pool's."""
        return np.array([self.one_year.get(group, self.one_year[UNGROUPED]) for group in groups])

    def growth_of_spread(self, horizon: int) -> Array:
        """The curve for 1..horizon, continued beyond the fitted years by the prior curve."""
        steps = np.arange(1, horizon + 1)
        tail = self.curve[-1] * (steps / len(self.curve)) ** PRIOR_CURVE
        return np.asarray(np.where(steps <= len(self.curve), self.curve[np.minimum(steps, len(self.curve)) - 1], tail))


def own_spread(data: Matrix, steps: Array, spread: Array, degrees: float) -> tuple[Array, Array]:
    """Each series' one-year spread and its degrees of freedom as known at the end of each year, (S, T).

    The posterior scale of a scaled inverse chi-square prior around the group's spread (Gelman et al.,
    Bayesian Data Analysis, 3rd ed., section 2.6).
    """
    cut = np.clip(steps, -CUT * spread[:, None], CUT * spread[:, None])
    weight = np.isfinite(steps) * data.trust
    squares = np.cumsum(np.nan_to_num(cut) ** 2 * weight, axis=1)
    count = np.cumsum(weight, axis=1)
    variance = (degrees * spread[:, None] ** 2 + squares) / (degrees + count)
    return np.sqrt(variance), degrees + count


def steps_into(data: Matrix, tables: list[Array]) -> Array:
    """One error per figure, shape (S, T): from the nearest figure before, divided by the prior curve over its gap."""
    out = np.full(data.z.shape, np.nan)
    for horizon in range(len(tables), 0, -1):
        error = tables[horizon - 1] / horizon**PRIOR_CURVE
        out[:, horizon:] = np.where(np.isfinite(error), error, out[:, horizon:])
    return out


def error_tables(data: Matrix, states: States, weights: Array, least: int) -> list[Array]:
    """Errors of the combined forecast 1, 2, ... years ahead, each (S, T - horizon), NaN from origins too short."""
    mask = states.points >= least
    last = min(FIT_HORIZON, data.z.shape[1] - 1)
    tables = [errors_at(data, combine(states, data.kinds, weights, h), h) for h in range(1, last + 1)]
    return [np.where(mask[:, : table.shape[1]], table, np.nan) for table in tables]


def fit_spread(data: Matrix, states: States, weights: Array, least: int) -> Spread:
    """Fit spreads, curve and shared share to the pool's own rolling-origin errors."""
    tables = error_tables(data, states, weights, least)
    steps = steps_into(data, tables)
    one_year = _group_spreads(data, steps, least < LEAST_POINTS)
    base = np.array([one_year.get(group, one_year[UNGROUPED]) for group in data.groups])
    best = min(DEGREES, key=lambda degrees: _misfit(data, steps, base, degrees))
    own, freedom = own_spread(data, steps, base, best)
    tail = _tail(data, tables, own, freedom)
    curve = _curve(data, tables, own, np.minimum(freedom, tail))
    # unrelated series keep the first year's factor in the curve, where it scales their own errors too
    first = 1.0 if (data.groups == UNGROUPED).all() else float(curve[0])
    return Spread(
        {group: value * first for group, value in one_year.items()},
        best,
        curve / first,
        _shared(data, steps, base),
        tail,
    )


def own_spreads(data: Matrix, states: States, weights: Array, spread: Spread, least: int) -> tuple[Array, Array]:
    """One-year spread and degrees of freedom of series, given a fitted pool; (S, T) each."""
    steps = steps_into(data, error_tables(data, states, weights, least))
    own, freedom = own_spread(data, steps, spread.of(data.groups), spread.degrees)
    return own, np.minimum(freedom, spread.tail)


def _group_spreads(data: Matrix, steps: Array, alone: bool) -> dict[str, float]:
    prior = PRIOR_SPREAD[str(data.kinds[0])] ** 2
    known = np.isfinite(steps)
    limit = CUT * max(1.4826 * float(np.median(np.abs(steps[known]))), 1e-3) if known.any() else 1.0
    squares = np.where(known, np.clip(steps, -limit, limit) ** 2, np.nan)
    proof = evidence(data, steps, 1)
    whole = _pulled(squares, proof, prior, PRIOR_YEARS)
    factor = few_years(data, steps) / (1 - PRIOR_SHARED if alone else 1)
    out = {UNGROUPED: whole}
    for group in sorted(set(data.groups) - {UNGROUPED}):
        rows = data.groups == group
        out[group] = _pulled(squares[rows], float(known[rows].any(axis=0).sum()), whole, GROUP_YEARS)
    return {group: float(np.sqrt(factor * variance)) for group, variance in out.items()}


def _pulled(squares: Array, proof: float, prior: float, counts: float) -> float:
    mean = float(np.nanmean(squares)) if np.isfinite(squares).any() else prior
    return (proof * mean + counts * prior) / (proof + counts)


def few_years(data: Matrix, steps: Array) -> float:
    """Factor on the variance because a shock shared by all was seen in few years only.

    The shared part of an error has as many degrees of freedom as there were years, plus one for the prior: its
    80 % interval follows Student's t, not the normal. A single figure per origin hides the shared part wholly,
    because the group's typical growth then comes from the very year that is predicted.
    """
    seen = np.isfinite(steps[data.groups != UNGROUPED]).any(axis=0).sum()
    if seen == 0:
        return 1.0
    ratio = float(stats.t.ppf(0.9, seen + 1) / stats.norm.ppf(0.9))
    return 1 + PRIOR_SHARED * (ratio**2 - 1)


def _before(table: Array) -> Array:
    return np.hstack([np.full((len(table), 1), np.nan), table[:, :-1]])


def _misfit(data: Matrix, steps: Array, spread: Array, degrees: float) -> float:
    """Negative log likelihood of each error given the ones before it (Student t)."""
    own, freedom = own_spread(data, steps, spread, degrees)
    scale, nu = _before(own), _before(freedom)
    rows = np.isfinite(steps) & np.isfinite(scale)
    return -float(stats.t.logpdf(steps[rows] / scale[rows], nu[rows]).sum() - np.log(scale[rows]).sum())


def _curve(data: Matrix, tables: list[Array], own: Array, freedom: Array) -> Array:
    """Spread by horizon: past 80 % and 95 % intervals would have held 80 % and 95 %, shrunk to the prior.

    Horizons with little evidence inherit the correction of the horizon before.
    """
    prior = np.arange(1, FIT_HORIZON + 1) ** PRIOR_CURVE
    ratio, curve = 0.0, prior.copy()
    for horizon, table in enumerate(tables, start=1):
        rows = np.isfinite(table)
        if rows.any():
            held = _held(table, own[:, :-horizon] * prior[horizon - 1], freedom[:, :-horizon])
            seen = float(np.log(np.maximum(np.mean(held), 0.05)))
            proof = evidence(data, table, horizon)
            ratio = (proof * seen + CURVE_YEARS * ratio) / (proof + CURVE_YEARS)
        curve[horizon - 1] *= np.exp(ratio)
    curve[len(tables) :] *= np.exp(ratio)
    return np.asarray(np.maximum.accumulate(curve))


def _held(table: Array, scale: Array, freedom: Array) -> list[float]:
    """Factors on the scale with which past 80 % and 95 % intervals would have held 80 % and 95 %."""
    rows = np.isfinite(table)
    width = np.abs(table[rows]) / scale[rows]
    return [float(np.quantile(width / stats.t.ppf((1 + level) / 2, freedom[rows]), level)) for level in (0.8, 0.95)]


def _tail(data: Matrix, tables: list[Array], own: Array, freedom: Array) -> float:
    """Limit of the degrees of freedom under which past 80 % and 95 % intervals ask for the same width.

    Errors of one series scatter less evenly than a normal, so many figures do not make its tails normal. Groups keep
    their tails: there the years seen set them.
    """
    used = [
        (table, own[:, :-h], freedom[:, :-h])
        for h, table in enumerate(tables, start=1)
        if evidence(data, table, h) >= TAIL_SERIES
    ]
    if not used or (data.groups != UNGROUPED).any():
        return np.inf

    def gap(limit: float) -> float:
        held = [_held(table, scale, np.minimum(degrees, limit)) for table, scale, degrees in used]
        return abs(float(np.mean([np.log(np.maximum(at80, 1e-9) / np.maximum(at95, 1e-9)) for at80, at95 in held])))

    return min(TAILS, key=gap)


def _shared(data: Matrix, steps: Array, spread: Array) -> float:
    """Share of variance common to a group's series in a year, shrunk to `PRIOR_SHARED`."""
    common = total = years = 0.0
    for group in sorted(set(data.groups) - {UNGROUPED}):
        rows = data.groups == group
        unit = np.clip(steps[rows] / spread[rows][:, None], -CUT, CUT)
        for column in unit.T:
            seen = column[np.isfinite(column)]
            if seen.size > 1:
                common += float(seen.mean() ** 2 - seen.var(ddof=1) / seen.size)
                total += float(np.mean(seen**2))
                years += 1
    found = float(np.clip(common / total, 0, 0.95)) if total > 0 else PRIOR_SHARED
    return (years * found + SHARED_YEARS * PRIOR_SHARED) / (years + SHARED_YEARS)
