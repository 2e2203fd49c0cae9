"""The baseline that every forecast has to beat: random walk with drift, with Student's t."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from ipplan_analysis.evaluation.scores import log_floor


def drift_quantiles(panel: pd.DataFrame, horizon: int, *, levels: Sequence[float], on_log: bool) -> pd.DataFrame:
    """Quantiles of drift whose interval knows that drift and spread are estimated.

    Spread after h years: s sqrt(h + h²/k) with k changes, t with k - 1 degrees of freedom (Hyndman & Athanasopoulos,
    Forecasting: Principles and Practice, 3rd ed., table 5.2).

    Parameters
    ----------
    panel : columns series, year, value; unbroken years, at least three of each series.
    on_log : whether the walk is on logs instead of levels.

    Returns
    -------
    Columns series, origin, year, quantile, value.
    """
    steps = np.arange(1, horizon + 1)
    frames = []
    for name, part in panel.sort_values("year").groupby("series"):
        values = part["value"].to_numpy(dtype=float)
        values = log_floor(values) if on_log else values
        change, origin = np.diff(values), int(part["year"].iloc[-1])
        spread = change.std(ddof=1) * np.sqrt(steps + steps**2 / len(change))
        table = values[-1] + change.mean() * steps[:, None] + spread[:, None] * stats.t.ppf(levels, len(change) - 1)
        frames.append(
            pd.DataFrame(
                {
                    "series": name,
                    "origin": origin,
                    "year": np.repeat(origin + steps, len(levels)),
                    "quantile": np.tile(levels, horizon),
                    "value": (np.exp(table) if on_log else table).ravel(),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)
