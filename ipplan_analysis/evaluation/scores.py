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
    One row per bin that has cases: bin_low, bin_high, n, forecast (mean probability), observed (share).
    The last bin includes probability 1.

    Examples
    --------
    >>> reliability([1, 1, 0], [0.92, 0.98, 0.12])[["bin_low", "n", "observed"]].to_numpy().tolist()
    [[0.1, 1.0, 0.0], [0.9, 2.0, 1.0]]
    """
    p, event = np.asarray(probability, dtype=float), np.asarray(happened, dtype=float)
    index = np.minimum((p * bins + 1e-9).astype(int), bins - 1)
    places, n = np.unique(index, return_counts=True)
    bounds = {"bin_low": places / bins, "bin_high": (places + 1) / bins, "n": n}
    means = pd.DataFrame({"forecast": p, "observed": event}).groupby(index).mean().reset_index(drop=True)
    return pd.DataFrame(bounds).join(means)
