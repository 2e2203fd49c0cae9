"""Charts that carry their finding in words, their data and their language."""

from ipplan_analysis.charts.calibration import coverage, coverage_by_indicator, reliability
from ipplan_analysis.charts.chart import Chart
from ipplan_analysis.charts.comparisons import models, provinces, tornado
from ipplan_analysis.charts.evidence import evidence
from ipplan_analysis.charts.series import fan, small_multiples
from ipplan_analysis.charts.sliders import sliders
from ipplan_analysis.style import STATUS_COLOURS, font_path

__all__ = [
    "STATUS_COLOURS",
    "Chart",
    "coverage",
    "coverage_by_indicator",
    "evidence",
    "fan",
    "font_path",
    "models",
    "provinces",
    "reliability",
    "sliders",
    "small_multiples",
    "tornado",
]
