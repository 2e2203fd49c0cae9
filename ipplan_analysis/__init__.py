"""Calibrated probabilities that the targets of a five-year plan are reached."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipplan_analysis.attainment import (
        assess,
        figures_to_ask,
        forecasts,
        forecasts_by_model,
        futures,
        peers,
        peers_of_targets,
        shown_indicator,
        target_at_probability,
    )
    from ipplan_analysis.data import Plan, load_plan
    from ipplan_analysis.data.measured import coverage_by, load_measured
    from ipplan_analysis.evaluation.scorecard import scorecard, scorecard_scores
    from ipplan_analysis.evaluation.vintages import scored_vintages
    from ipplan_analysis.trend import Forecast, forecast, forecast_panel

__version__ = "0.1.0"
_ROOMS = {
    "data": ("Plan", "load_plan"),
    "data.measured": ("coverage_by", "load_measured"),
    "trend": ("Forecast", "forecast", "forecast_panel"),
    "attainment": ("assess", "figures_to_ask", "forecasts", "forecasts_by_model", "futures", "peers", "peers_of_targets",
                   "shown_indicator", "target_at_probability"),
    "evaluation.scorecard": ("scorecard", "scorecard_scores"),
    "evaluation.vintages": ("scored_vintages",),
}  # fmt: skip
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}
__all__ = [  # noqa: PLE0604  # the literal names are in _ROOMS
    *_ROOM_OF,
]


def __getattr__(name: str) -> Any:
    """Load a public name's room when it is first used: `ipplan --help` needs none of them."""
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_ROOM_OF[name]}"), name)
