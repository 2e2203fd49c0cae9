"""Which smoothers to trust: weights learned from the pool, and from a series' own errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipplan_analysis.trend.panel import UNGROUPED, Array, Matrix
from ipplan_analysis.trend.pooled_smoothing import MEMBERS, States, member_prior, project

FIT_HORIZON = 6  # errors are measured up to here; later horizons follow the prior curve
PRIOR_CURVE = 0.65  # spread grows like horizon**0.65, between a random walk (0.5) and a drifting trend (1)
LEAST_POINTS = 2  # errors are counted from origins with at least this many figures, if there are any
LEAST_WEIGHT = 1e-12  # a member the prior rules out stays out
OWN_LEARNING = 0.8  # learning rate per figure of a series' own errors, where series are unrelated


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

    `loss` : log of the pool's mean absolute error, averaged over horizons, shape (members,).
    `proof` : independent pieces of evidence behind it.
    `own` : each series' errors known at the end of each year, summed, shape (members, S, T).
    `grouped` : whether most series belong to a group.
    """

    loss: Array
    proof: float
    own: Array
    grouped: bool


def track(data: Matrix, states: States, least: int) -> Track:
    """Errors of every member from every origin with at least `least` figures, in one pass."""
    mask, own = states.points >= least, np.zeros((len(MEMBERS), *data.z.shape))
    last = min(FIT_HORIZON, data.z.shape[1] - 1)
    losses, proofs = [], []
    for horizon in range(1, last + 1):
        sums, counted = np.zeros(len(MEMBERS)), np.zeros(0)
        for k, member in enumerate(MEMBERS):
            error = errors_at(data, project(states, data.kinds, member, horizon), horizon)
            error = np.abs(np.where(mask[:, :-horizon], error, np.nan))
            own[k, :, horizon:] += np.nan_to_num(error) / horizon**PRIOR_CURVE
            sums[k] = np.nansum(error)
            counted = error
        if sums.min() > 0:
            losses.append(np.log(sums / np.isfinite(counted).sum()))
            proofs.append(evidence(data, counted, horizon))
    grouped = bool((data.groups != UNGROUPED).mean() > 0.5)
    loss = np.average(losses, axis=0, weights=proofs) if losses else np.zeros(len(MEMBERS))
    return Track(loss, max(proofs, default=0.0), np.cumsum(own, axis=2), grouped)


def pool_weights(seen: Track) -> Array:
    """Weights of the members in the pool, shape (members,): the prior times exp(-root of evidence x loss).

    Exponential weighting (Vovk 1990, doi:10.1016/B978-1-55860-146-8.50032-1) with the root of the evidence as
    learning rate, because errors of series from one time and world are never quite independent.
    """
    raw = member_prior(seen.grouped) * np.exp(-np.sqrt(seen.proof) * (seen.loss - seen.loss.min()))
    return np.asarray(raw / raw.sum())


def own_weights(data: Matrix, states: States, seen: Track, pool: Array) -> Array:
    """Weights of the members for each series as known at the end of each year, shape (members, S, T).

    Unrelated series learn from their own errors too: the pool's weight times loss ** -(rate x (figures - 2)). In a
    group they do not, because most of a series' few errors are the group's shocks.
    """
    alone = (data.groups == UNGROUPED)[:, None]
    rate = np.where(alone, OWN_LEARNING * np.maximum(states.points - 2, 0), 0.0)
    least = 1e-9 + seen.own.min(axis=0)
    logs = np.log(np.maximum(pool, LEAST_WEIGHT))[:, None, None] - rate * np.log((seen.own + 1e-9) / least)
    raw = np.exp(logs - logs.max(axis=0))
    return np.asarray(raw / raw.sum(axis=0))
