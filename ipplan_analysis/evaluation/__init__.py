"""Evaluation: rolling origins, scores and calibration of forecasts against what happened."""

from ipplan_analysis.evaluation.origins import (
    at_offsets,
    holds,
    last_points,
    rolling_forecasts,
    summary,
    unbroken_runs,
    with_outcomes,
)
from ipplan_analysis.evaluation.reliability import bootstrap_range, reliability
from ipplan_analysis.evaluation.scores import (
    brier,
    covered,
    log_floor,
    log_score,
    male,
    mase,
    msis,
    naive_scale,
    pinball,
    pit,
    skill,
    smape,
    wis,
)

__all__ = [
    "at_offsets",
    "bootstrap_range",
    "brier",
    "covered",
    "holds",
    "last_points",
    "log_floor",
    "log_score",
    "male",
    "mase",
    "msis",
    "naive_scale",
    "pinball",
    "pit",
    "reliability",
    "rolling_forecasts",
    "skill",
    "smape",
    "summary",
    "unbroken_runs",
    "wis",
    "with_outcomes",
]
