"""Whether a plan's targets are reached: probability, pace, status and reason."""

from ipplan_analysis.attainment.assess import assess
from ipplan_analysis.attainment.futures import (
    IndicatorForecast,
    forecasts,
    forecasts_by_model,
    futures,
    shown_indicator,
)
from ipplan_analysis.attainment.labels import labels_of_target, official_labels
from ipplan_analysis.attainment.levels import target_at_probability, target_levels
from ipplan_analysis.attainment.missing import figures_to_ask
from ipplan_analysis.attainment.peers import peers, peers_of_targets

__all__ = [
    "IndicatorForecast",
    "assess",
    "figures_to_ask",
    "forecasts",
    "forecasts_by_model",
    "futures",
    "labels_of_target",
    "official_labels",
    "peers",
    "peers_of_targets",
    "shown_indicator",
    "target_at_probability",
    "target_levels",
]
