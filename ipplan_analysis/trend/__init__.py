"""Trend models: yearly series in, simulated futures out."""

from ipplan_analysis.trend.forecast import Forecast
from ipplan_analysis.trend.limits import with_counting_noise, within_limits
from ipplan_analysis.trend.models import COMBINATION, fit_models
from ipplan_analysis.trend.pooled import Pool, fit_pool, forecast, forecast_panel

__all__ = [
    "COMBINATION", "Forecast", "Pool", "fit_models", "fit_pool", "forecast", "forecast_panel", "with_counting_noise",
    "within_limits",
]  # fmt: skip
