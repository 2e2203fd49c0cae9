"""Natural limits and counting noise, applied to simulated paths."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

COUNTING_BELOW = 1000.0  # above it a Poisson deviation is under 3 %, lost in the trend's own spread

Array = NDArray[np.float64]


def within_limits(
    draws: Array, last: float, *, lower: float | None = None, upper: float | None = None, can_fall: bool = True
) -> Array:
    """Draws that respect what the figures can be.

    Parameters
    ----------
    draws : shape (n_draws, horizon), in the indicator's unit.
    last : the last known figure; a series that cannot fall never goes below it.
    lower, upper : natural limits, None where there is none.
    can_fall : False for a cumulative count.
    """
    if not can_fall:
        draws = np.maximum.accumulate(np.maximum(draws, last), axis=1)
    return np.clip(draws, lower, upper) if lower is not None or upper is not None else draws


def with_counting_noise(draws: Array, last: float, *, is_stock: bool, rng: np.random.Generator) -> Array:
    """Paths of a small count: Poisson noise around the trend, in whole numbers.

    A flow is counted anew each year. Of a stock only the year's change is new, so the noise falls on the change
    and keeps its sign. Counts of `COUNTING_BELOW` and more are returned as they are.

    Parameters
    ----------
    draws : shape (n_draws, horizon), not negative.
    last : the last known figure.
    is_stock : whether the count is a stock rather than a flow.
    rng : source of the noise.
    """
    expected = np.diff(draws, axis=1, prepend=last) if is_stock else draws
    size = np.abs(expected)
    small = size < COUNTING_BELOW
    counted = np.where(small, np.sign(expected) * rng.poisson(np.where(small, size, 0.0)), expected)
    return np.maximum(last + counted.cumsum(axis=1), 0.0) if is_stock else counted
