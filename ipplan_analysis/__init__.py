"""Calibrated probabilities that the targets of a five-year plan are reached."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipplan_analysis.attainment import (
        Change,
        asked_of,
        assess,
        figures_to_ask,
        forecasts,
        forecasts_by_model,
        futures,
        labels_of_target,
        official_labels,
        outside_view,
        peers,
        peers_of_targets,
        province_ranks,
        required_pace,
        shown_indicator,
        spells,
        target_at_probability,
        target_levels,
        tornado,
        what_if,
    )
    from ipplan_analysis.data import Plan, load_plan
    from ipplan_analysis.data.measured import coverage_by, load_measured
    from ipplan_analysis.evaluation.scorecard import scorecard, scorecard_scores, scored_vintages
    from ipplan_analysis.trend import Forecast, forecast, forecast_panel

__version__ = "0.1.0"
__all__ = [
    "Change",
    "Forecast",
    "Plan",
    "asked_of",
    "assess",
    "coverage_by",
    "figures_to_ask",
    "forecast",
    "forecast_panel",
    "forecasts",
    "forecasts_by_model",
    "futures",
    "labels_of_target",
    "load_measured",
    "load_plan",
    "official_labels",
    "outside_view",
    "peers",
    "peers_of_targets",
    "province_ranks",
    "required_pace",
    "scorecard",
    "scorecard_scores",
    "scored_vintages",
    "shown_indicator",
    "spells",
    "target_at_probability",
    "target_levels",
    "tornado",
    "what_if",
]

_ROOMS = dict.fromkeys(__all__, "attainment") | {
    "Forecast": "trend",
    "Plan": "data",
    "coverage_by": "data.measured",
    "forecast": "trend",
    "forecast_panel": "trend",
    "load_measured": "data.measured",
    "load_plan": "data",
    "scorecard": "evaluation.scorecard",
    "scorecard_scores": "evaluation.scorecard",
    "scored_vintages": "evaluation.scorecard",
}


def __getattr__(name: str) -> Any:
    """Load a public name's room when it is first used: `ipplan --help` needs none of them."""
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_ROOMS[name]}"), name)
