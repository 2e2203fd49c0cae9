"""Off-the-shelf peers of the benchmarks: statsforecast models, fitted on levels or logs, and drift with Student t."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from ipplan_analysis.evaluation.backtest import drift_quantiles

INTERVALS = (95, 80, 50)  # central intervals in per cent whose ends are the benchmark's quantiles
PEERS = ("DynamicOptimizedTheta", "RandomWalkWithDrift", "AutoTheta", "AutoETS", "AutoARIMA")
LEAST_LOG = 0.5


def statsforecast_quantiles(panel: pd.DataFrame, horizon: int, *, model: str, on_log: bool) -> pd.DataFrame:
    """Quantiles of one statsforecast model with its defaults and drift as fallback."""
    from statsforecast import StatsForecast
    from statsforecast import models as library

    values = np.log(np.maximum(panel["value"], LEAST_LOG)) if on_log else panel["value"]
    long = pd.DataFrame({"unique_id": panel["series"], "ds": panel["year"], "y": values.astype(float)})
    kind = getattr(library, model)
    fitted = kind(alias="m") if model == "RandomWalkWithDrift" else kind(season_length=1, alias="m")
    engine = StatsForecast(models=[fitted], freq=1, fallback_model=library.RandomWalkWithDrift(alias="m"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wide = engine.forecast(df=long, h=horizon, level=list(INTERVALS))
    columns = {0.5: "m"}
    for interval in INTERVALS:
        columns[round(0.5 - interval / 200, 3)] = f"m-lo-{interval}"
        columns[round(0.5 + interval / 200, 3)] = f"m-hi-{interval}"
    last = panel.groupby("series")["year"].max()
    parts = [
        pd.DataFrame(
            {
                "series": wide["unique_id"],
                "origin": wide["unique_id"].map(last),
                "year": wide["ds"],
                "quantile": level,
                "value": np.exp(wide[name]) if on_log else wide[name],
            }
        )
        for level, name in sorted(columns.items())
    ]
    return pd.concat(parts, ignore_index=True)


def drift_t_quantiles(
    panel: pd.DataFrame, horizon: int, levels: tuple[float, ...], *, on_log: bool = False
) -> pd.DataFrame:
    """Random walk with drift and Student's t, the suite's own baseline."""
    return drift_quantiles(panel, horizon, levels=levels, on_log=on_log)
