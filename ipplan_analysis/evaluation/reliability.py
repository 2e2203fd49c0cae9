"""Do events with probability p happen in a share p of cases?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

Statistic = Callable[[pd.DataFrame], float]


def reliability(happened: ArrayLike, probability: ArrayLike, *, bins: int = 10) -> pd.DataFrame:
    """Mean probability and observed share in equal-width bins of probability (Murphy & Winkler 1977).

    Returns
    -------
    One row per bin that has cases: low, high, cases, mean_probability, share_happened, gap (share less
    probability). The last bin includes probability 1.
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


def bootstrap_range(
    table: pd.DataFrame, statistic: Statistic, *, by: str, rounds: int = 500, level: float = 0.8, seed: int = 0
) -> tuple[float, float]:
    """Central range of a statistic when whole groups of rows (say, target years) are drawn with replacement.

    Rows of one target year share that year's shock, so years, not rows, are resampled (Field & Welsh 2007,
    doi:10.1111/j.1467-9868.2007.00593.x).
    """
    groups = [rows for _, rows in table.groupby(by, sort=True)]
    rng = np.random.default_rng(seed)
    values = [
        statistic(pd.concat([groups[k] for k in rng.integers(0, len(groups), len(groups))])) for _ in range(rounds)
    ]
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
