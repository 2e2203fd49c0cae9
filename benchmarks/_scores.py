"""Scores that only the comparisons with other methods need; lower is better unless said otherwise."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from ipplan_analysis.evaluation.scores import COUNT_FLOOR, log_floor
from ipplan_analysis.schema import PlanError

_float = partial(np.asarray, dtype=float)


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
