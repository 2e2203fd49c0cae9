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
from ipplan_analysis.attainment.outcomes import outside_view
from ipplan_analysis.attainment.peers import peers, peers_of_targets
from ipplan_analysis.attainment.scenarios import Change, tornado, what_if
from ipplan_analysis.attainment.spells import asked_of, province_ranks, required_pace, spells

__all__ = [
    "Change",
    "IndicatorForecast",
    "asked_of",
    "assess",
    "figures_to_ask",
    "forecasts",
    "forecasts_by_model",
    "futures",
    "labels_of_target",
    "official_labels",
    "outside_view",
    "peers",
    "peers_of_targets",
    "province_ranks",
    "required_pace",
    "shown_indicator",
    "spells",
    "target_at_probability",
    "target_levels",
    "tornado",
    "what_if",
]
