"""Reference class: how series like this one grew elsewhere. It is no forecast of the series itself.

Kahneman & Tversky (1979), Intuitive prediction: biases and corrective procedures; Flyvbjerg (2006),
doi:10.1177/875697280603700302.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SIMILAR = 3.0  # a starting level within this factor counts as similar
NEAR_YEARS = 2  # growth over up to so many years more or fewer is compounded to the years asked for
LEAST_CASES = 5  # fewer cases are an anecdote; their number is always shown


def growth_elsewhere(panel: pd.DataFrame, *, level: float | None, years: int) -> NDArray[np.float64]:
    """Growth factors over some years of series that started from a similar level.

    Parameters
    ----------
    panel : columns series, year, value; the rows that may be used, the series itself left out.
    level : its last known figure, in the panel's unit; None takes series from any starting level.
    years : years ahead, at least 1.

    Returns
    -------
    One factor (end over start, compounded to `years`) for each pair of figures whose distance is `years`, give or
    take `NEAR_YEARS`, and which starts within a factor `SIMILAR` of `level`; shape (n,), possibly empty.
    """
    starts = panel[panel["value"].gt(0)]
    if level is not None:
        starts = starts[starts["value"].between(level / SIMILAR, level * SIMILAR)]
    pairs = starts.merge(panel, on="series", suffixes=("", "_end"))
    gap = pairs["year_end"] - pairs["year"]
    pairs = pairs[gap.between(max(years - NEAR_YEARS, 1), years + NEAR_YEARS)]
    distance = (pairs["year_end"] - pairs["year"] - years).abs()
    nearest = pairs.assign(distance=distance).sort_values("distance", kind="stable").drop_duplicates(["series", "year"])
    span = (nearest["year_end"] - nearest["year"]).to_numpy(dtype=float)
    ratio = (nearest["value_end"] / nearest["value"]).to_numpy(dtype=float)
    return np.asarray(np.power(ratio, years / span), dtype=float)
