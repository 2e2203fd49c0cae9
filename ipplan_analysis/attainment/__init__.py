"""Whether a plan's targets are reached: probability, pace, status and reason."""

from ipplan_analysis.attainment.ask import figures_to_ask
from ipplan_analysis.attainment.assess import assess
from ipplan_analysis.attainment.future import Future
from ipplan_analysis.attainment.inverse import target_at_probability
from ipplan_analysis.attainment.outlook import forecasts, forecasts_by_model, futures, shown_indicator
from ipplan_analysis.attainment.peers import peers, peers_of_targets

__all__ = [
    "Future",
    "assess",
    "figures_to_ask",
    "forecasts",
    "forecasts_by_model",
    "futures",
    "peers",
    "peers_of_targets",
    "shown_indicator",
    "target_at_probability",
]
