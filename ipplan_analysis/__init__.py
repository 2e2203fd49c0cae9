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
    from ipplan_analysis.trend import Forecast

__version__ = "0.1.0"
__all__ = [
    "Forecast", "Plan", "assess", "figures_to_ask", "forecasts", "forecasts_by_model", "futures", "load_plan", "peers",
    "peers_of_targets", "shown_indicator", "target_at_probability",
]  # fmt: skip

_ROOMS = {"Plan": "data", "load_plan": "data", "Forecast": "trend"}


def __getattr__(name: str) -> Any:
    """Load a public name's room when it is first used: `ipplan --help` needs none of them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_ROOMS.get(name, 'attainment')}"), name)
