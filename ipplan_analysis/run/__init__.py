"""Runs: checked parameters, executed notebooks, all-or-nothing outputs."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipplan_analysis.run.report_run import RunPlan, checked_run, make_report
    from ipplan_analysis.run.sweep import sweep

__all__ = ["RunPlan", "checked_run", "make_report", "sweep"]


def __getattr__(name: str) -> Any:
    """Load papermill and pandas only when a run is wanted: neither a sweep's driver nor a kernel server needs them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "sweep" if name == "sweep" else "report_run"
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)
