"""Trend models: yearly series in, simulated futures out."""

from ipplan_analysis.trend.forecast import Forecast
from ipplan_analysis.trend.limits import with_counting_noise, within_limits
from ipplan_analysis.trend.models import COMBINATION, fit_models

__all__ = ["COMBINATION", "Forecast", "fit_models", "with_counting_noise", "within_limits"]
