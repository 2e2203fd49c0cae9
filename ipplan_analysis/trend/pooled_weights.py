"""Which smoothers to trust: weights learned from the pool, and from a series' own errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipplan_analysis.trend.panel import UNGROUPED, Array, Matrix
from ipplan_analysis.trend.pooled_smoothing import EVERY, MEMBERS, States, member_prior, project

FIT_HORIZON = 6  # errors are measured up to here; later horizons follow the prior curve
PRIOR_CURVE = 0.65  # spread grows like horizon**0.65, between a random walk (0.5) and a drifting trend (1)
LEAST_POINTS = 2  # errors are counted from origins with at least this many figures, if there are any
LEAST_WEIGHT = 1e-12  # a member the prior rules out stays out
LINE_SHARE = 0.5  # of the forecast of unrelated series: an equal-weight combination of smoothers and straight lines
FAMILIES = (slice(0, len(MEMBERS)), slice(len(MEMBERS), len(EVERY)))  # smoothers and lines, weighted apart
# learning rate per figure of an unrelated series' own errors, in a pool of unrelated series and in one of groups
OWN_LEARNING = {False: 1.6, True: 0.8}


def errors_at(data: Matrix, forecast: Array, horizon: int) -> Array:
    """Outcome less forecast for every origin, shape (S, T - horizon); NaN without origin or outcome."""
    error = data.z[:, horizon:] - forecast[:, :-horizon]
    return np.asarray(np.where(np.isfinite(data.z[:, :-horizon]), error, np.nan))


def evidence(data: Matrix, error: Array, horizon: int) -> float:
    """Independent pieces of evidence behind an error table: series, or years where shocks are shared."""
    seen = np.isfinite(error)
    alone = float(seen[data.groups == UNGROUPED].any(axis=1).sum())
    years = float(seen[data.groups != UNGROUPED].any(axis=0).sum())
    return alone + years / horizon


def least_points(data: Matrix, states: States) -> int:
    """Figures an origin of this pool needs for its errors to count: `LEAST_POINTS`, or 1 where no origin has them."""
    origins = np.isfinite(data.z) & (states.points >= LEAST_POINTS)
    later = np.cumsum(np.isfinite(data.z)[:, ::-1], axis=1)[:, ::-1] > 1
    return LEAST_POINTS if (origins & later).any() else 1


@dataclass(frozen=True)
class Track:
    """Past errors of the members.

    `loss` : log of the pool's mean absolute error, averaged over horizons, shape (members and lines,).
    `proof` : independent pieces of evidence behind it.
    `own` : each series' errors known at the end of each year, summed, shape (members and lines, S, T).
    `grouped` : whether most series belong to a group.
    """

    loss: Array
    proof: float
    own: Array
    grouped: bool


def track(data: Matrix, states: States, least: int) -> Track:
    """Errors of every member from every origin with at least `least` figures, in one pass."""
    mask, own = states.points >= least, np.zeros((len(EVERY), *data.z.shape))
    last = min(FIT_HORIZON, data.z.shape[1] - 1)
    losses, proofs = [], []
    members = EVERY if (data.groups == UNGROUPED).any() else MEMBERS
    for horizon in range(1, last + 1):
        sums, counted = np.zeros(len(EVERY)), np.zeros(0)
        for k, member in enumerate(members):
            error = errors_at(data, project(states, data.kinds, member, horizon), horizon)
            error = np.abs(np.where(mask[:, :-horizon], error, np.nan))
            own[k, :, horizon:] += np.nan_to_num(error) / horizon**PRIOR_CURVE
            sums[k] = np.nansum(error)
            counted = error
        if sums[FAMILIES[0]].min() > 0:
            losses.append(np.log(np.maximum(sums, LEAST_WEIGHT) / np.isfinite(counted).sum()))
            proofs.append(evidence(data, counted, horizon))
    grouped = bool((data.groups != UNGROUPED).mean() > 0.5)
    loss = np.average(losses, axis=0, weights=proofs) if losses else np.zeros(len(EVERY))
    return Track(loss, max(proofs, default=0.0), np.cumsum(own, axis=2), grouped)


def untracked(data: Matrix) -> Track:
    """No errors at all: series of groups do not learn from their own, so theirs need not be computed to weight them."""
    return Track(np.zeros(len(EVERY)), 0.0, np.zeros((len(EVERY), *data.z.shape)), grouped=True)


def pool_weights(seen: Track) -> Array:
    """Weights in the pool, members and lines each summing to one: prior times exp(-root of evidence x loss).

    Exponential weighting (Vovk 1990, doi:10.1016/B978-1-55860-146-8.50032-1) with the root of the evidence as
    learning rate, because errors of series from one time and world are never quite independent. Lines have equal
    priors among unrelated series, and no part in groups.
    """
    smoothers, lines = (np.exp(-np.sqrt(seen.proof) * (seen.loss[part] - seen.loss[part].min())) for part in FAMILIES)
    raw = member_prior(seen.grouped) * smoothers
    return np.concatenate([raw / raw.sum(), lines / lines.sum() * (not seen.grouped)])


def own_weights(data: Matrix, states: States, seen: Track, pool: Array) -> Array:
    """Weights of members and lines for each series as known at the end of each year, shape (members and lines, S, T).

    Unrelated series learn from their own errors too: the pool's weight times loss ** -(rate x (figures - 2)), and
    give the lines `LINE_SHARE`. In a group they do not, because most of a series' few errors are the group's shocks.
    """
    alone = (data.groups == UNGROUPED)[:, None]
    grouped = not pool[FAMILIES[1]].any()
    rate = np.where(alone, OWN_LEARNING[grouped] * np.maximum(states.points - 2, 0), 0.0)
    share = np.where(alone & (not grouped), LINE_SHARE, 0.0)
    smoothers, lines = (_learned(seen.own[part], pool[part], rate) for part in FAMILIES)
    return np.concatenate([(1 - share) * smoothers, share * lines])


def _learned(own: Array, pool: Array, rate: Array) -> Array:
    least = 1e-9 + own.min(axis=0)
    logs = np.log(np.maximum(pool, LEAST_WEIGHT))[:, None, None] - rate * np.log((own + 1e-9) / least)
    raw = np.exp(logs - logs.max(axis=0))
    return np.asarray(raw / raw.sum(axis=0))
