"""Joint standard deviations of a path: correlated over years, and within a calendar year over a group."""

from __future__ import annotations

import zlib

import numpy as np

from ipplan_analysis.trend.panel import UNGROUPED, Array


def stream(seed: int, *words: object) -> np.random.Generator:
    """A generator that depends only on the seed and the words, never on order, worker or machine."""
    return np.random.default_rng([seed, *(zlib.crc32(str(word).encode()) for word in words)])


def responses(curve: Array) -> Array:
    """How much a shock still moves the path 0, 1, ... years later, shape (H,).

    Chosen so that the standard deviation after h years is `curve[h-1]` when shocks are independent: the square
    of response j is the growth of the variance from year j to year j+1.
    """
    return np.asarray(np.sqrt(np.maximum(np.diff(curve**2, prepend=0.0), 0.0)))


def deviations(
    curve: Array, freedom: float, shared: float, *, name: str, group: str, origin: int, draws: int, seed: int
) -> Array:
    """Simulated deviations of one series' paths from their centre, in one-year spreads, shape (draws, H).

    Every column is Student t with `freedom` degrees and scale `curve`; one chi-square factor stretches a whole
    path. Series of a group meet the same calendar-year shocks in the same draw, with variance share `shared`.

    Parameters
    ----------
    curve : spread after 1..H years over the one-year spread; not decreasing.
    """
    horizon = len(curve)
    own = stream(seed, "series", name)
    normal = own.standard_normal((draws, horizon))
    stretch = np.sqrt(freedom / own.chisquare(freedom, draws))
    if group != UNGROUPED:
        common = [stream(seed, "shock", group, origin + k).standard_normal(draws) for k in range(1, horizon + 1)]
        normal = np.sqrt(shared) * np.column_stack(common) + np.sqrt(1 - shared) * normal
    response = responses(curve)
    lag = np.arange(horizon)[None, :] - np.arange(horizon)[:, None]
    weights = np.where(lag >= 0, response[np.maximum(lag, 0)], 0.0)
    return np.asarray(stretch[:, None] * (normal @ weights))
