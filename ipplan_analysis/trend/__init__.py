"""Trend models: yearly series in, simulated futures out."""

from ipplan_analysis.trend.forecast import (
    Forecast,
    fit_pool,
    forecast,
    forecast_panel,
    pool_quantiles,
    with_counting_noise,
    within_limits,
)
from ipplan_analysis.trend.models import COMBINATION, fit_models
from ipplan_analysis.trend.pooled import Pool

__all__ = [
    "COMBINATION",
    "Forecast",
    "Pool",
    "fit_models",
    "fit_pool",
    "forecast",
    "forecast_panel",
    "pool_quantiles",
    "with_counting_noise",
    "within_limits",
]
