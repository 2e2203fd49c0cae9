"""Scores of forecasts: short, in the units stated, lower is better unless said otherwise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ipplan_analysis.schema import PlanError

Array = NDArray[np.float64]
MIN_PROBABILITY = 1e-6  # a log score of exactly 0 or 1 that fails would be infinite
COUNT_FLOOR = 0.5  # smallest value before a logarithm: half a unit, so that a count of nought can be scored


def _float(values: ArrayLike) -> Array:
    return np.asarray(values, dtype=float)


def log_floor(values: ArrayLike, *, floor: float = COUNT_FLOOR) -> Array:
    """Natural log of the values, not below that of `floor`.

    Examples
    --------
    >>> log_floor([0, 1, 10]).round(4).tolist()
    [-0.6931, 0.0, 2.3026]
    """
    return np.asarray(np.log(np.maximum(_float(values), floor)))


def pinball(outcome: ArrayLike, quantile: ArrayLike, level: float) -> Array:
    """Pinball loss of one quantile (Koenker & Bassett 1978, doi:10.2307/1913643), elementwise.

    Examples
    --------
    >>> pinball([10, 4], [7, 7], 0.9).round(2).tolist()
    [2.7, 0.3]
    """
    gap = _float(outcome) - _float(quantile)
    return np.asarray(np.maximum(level * gap, (level - 1) * gap))


def wis(outcome: ArrayLike, quantiles: ArrayLike, levels: Sequence[float]) -> Array:
    """Weighted interval score of each forecast: the mean over levels of twice the pinball loss.

    With levels symmetric around the median this is the score of Bracher et al. (2021,
    doi:10.1371/journal.pcbi.1008618).

    Parameters
    ----------
    outcome : shape (n,).
    quantiles : shape (n, len(levels)).

    Raises
    ------
    PlanError : the shapes do not agree.

    Examples
    --------
    >>> wis([12], [[8, 10, 15]], (0.1, 0.5, 0.9)).round(4).tolist()
    [1.1333]
    """
    table, seen = _float(quantiles), _float(outcome)
    if table.shape != (*seen.shape, len(levels)):
        raise PlanError(f"quantiles have shape {table.shape}; expected {(*seen.shape, len(levels))}")
    losses = [2 * pinball(seen, table[..., k], level) for k, level in enumerate(levels)]
    return np.asarray(np.mean(losses, axis=0))


def covered(outcome: ArrayLike, low: ArrayLike, high: ArrayLike) -> NDArray[np.bool_]:
    """Whether each outcome lies in its interval, ends included.

    Examples
    --------
    >>> covered([3, 8], [1, 1], [5, 5]).tolist()
    [True, False]
    """
    seen = _float(outcome)
    return np.asarray((seen >= _float(low)) & (seen <= _float(high)))


def mean_abs_log_error(outcome: ArrayLike, median: ArrayLike, *, floor: float = COUNT_FLOOR) -> float:
    """Mean absolute error of the median on the natural log, both sides floored.

    Examples
    --------
    >>> round(mean_abs_log_error([100, 200], [110, 160]), 4)
    0.1592
    """
    return float(np.mean(np.abs(log_floor(outcome, floor=floor) - log_floor(median, floor=floor))))


def smape(outcome: ArrayLike, forecast: ArrayLike) -> float:
    """Mean of 200 |y - f| / (|y| + |f|), in per cent (Makridakis & Hibon 2000, doi:10.1016/S0169-2070(00)00057-1).

    A forecast of nought for an outcome of nought counts as no error.

    Examples
    --------
    >>> round(smape([100, 200], [110, 160]), 4)
    15.873
    """
    y, f = _float(outcome), _float(forecast)
    size = np.abs(y) + np.abs(f)
    return float(np.mean(np.where(size > 0, 200 * np.abs(y - f) / np.where(size > 0, size, 1.0), 0.0)))


def naive_scale(history: ArrayLike) -> float:
    """Mean absolute yearly change of a history: the denominator of MASE and MSIS.

    Examples
    --------
    >>> naive_scale([1, 3, 2, 6])
    2.3333333333333335
    """
    return float(np.mean(np.abs(np.diff(_float(history)))))


def mase(outcome: ArrayLike, forecast: ArrayLike, scale: ArrayLike) -> float:
    """Mean absolute scaled error (Hyndman & Koehler 2006, doi:10.1016/j.ijforecast.2006.03.001).

    Examples
    --------
    >>> mase([7, 9], [6, 12], 2)
    1.0
    """
    return float(np.mean(np.abs(_float(outcome) - _float(forecast)) / _float(scale)))


def msis(outcome: ArrayLike, low: ArrayLike, high: ArrayLike, scale: ArrayLike, *, level: float = 0.95) -> float:
    """Mean scaled interval score (Gneiting & Raftery 2007, doi:10.1198/016214506000001437; scaled as in M4).

    Examples
    --------
    >>> round(msis([7, 14], [5, 6], [9, 12], 2), 4)
    22.5
    """
    seen, bottom, top = _float(outcome), _float(low), _float(high)
    missed = np.maximum(bottom - seen, 0) + np.maximum(seen - top, 0)
    return float(np.mean((top - bottom + 2 / (1 - level) * missed) / _float(scale)))


def brier(happened: ArrayLike, probability: ArrayLike) -> float:
    """Mean squared error of probabilities (Brier 1950).

    Examples
    --------
    >>> round(brier([1, 0], [0.8, 0.3]), 4)
    0.065
    """
    return float(np.mean((_float(probability) - _float(happened)) ** 2))


def log_score(happened: ArrayLike, probability: ArrayLike) -> float:
    """Mean negative log probability of what happened (Good 1952), in nats.

    Examples
    --------
    >>> round(log_score([1, 0], [0.8, 0.3]), 4)
    0.2899
    """
    safe = np.clip(_float(probability), MIN_PROBABILITY, 1 - MIN_PROBABILITY)
    event = _float(happened)
    return float(-np.mean(event * np.log(safe) + (1 - event) * np.log1p(-safe)))


def reliability(happened: ArrayLike, probability: ArrayLike, *, bins: int = 10) -> pd.DataFrame:
    """Mean probability and observed share in equal-width bins of probability (Murphy & Winkler 1977).

    Returns
    -------
    One row per bin that has cases: low, high, cases, mean_probability, share_happened, gap (share less
    probability). The last bin includes probability 1.

    Examples
    --------
    >>> reliability([1, 1, 0], [0.92, 0.98, 0.12])[["low", "cases", "share_happened"]].to_numpy().tolist()
    [[0.1, 1.0, 0.0], [0.9, 2.0, 1.0]]
    """
    p, event = np.asarray(probability, dtype=float), np.asarray(happened, dtype=float)
    index = np.minimum((p * bins + 1e-9).astype(int), bins - 1)
    rows = []
    for k in np.unique(index):
        here = index == k
        rows.append(
            {
                "low": k / bins,
                "high": (k + 1) / bins,
                "cases": int(here.sum()),
                "mean_probability": p[here].mean(),
                "share_happened": event[here].mean(),
                "gap": event[here].mean() - p[here].mean(),
            }
        )
    return pd.DataFrame(rows)


def skill(score: float, reference: float) -> float:
    """Share of a reference's score that is saved: 1 is perfect, 0 no better, negative worse.

    Raises
    ------
    PlanError : the reference score is nought, so that no share of it can be saved.

    Examples
    --------
    >>> round(skill(0.15, 0.2), 4)
    0.25
    """
    if reference == 0:
        raise PlanError("the reference score is 0; skill against a perfect reference is not defined")
    return 1 - score / reference
