"""Tables that carry their caption, their language and the way to their sources."""

from ipplan_analysis.tables.builders import (
    ask_table,
    latest_table,
    peers_table,
    reasons_table,
    results_table,
    sources_table,
)
from ipplan_analysis.tables.changes import changes_table
from ipplan_analysis.tables.export import Export
from ipplan_analysis.tables.forecasts import forecast_table, quantile_frame
from ipplan_analysis.tables.lines import run_line, status_lines
from ipplan_analysis.tables.peers import target_peers_table
from ipplan_analysis.tables.reference import reference_table
from ipplan_analysis.tables.scorecard import measured_line, scorecard_line, scorecard_table
from ipplan_analysis.tables.table import Table, cited
from ipplan_analysis.tables.vintages import vintages_table

__all__ = [
    "Export",
    "Table",
    "ask_table",
    "changes_table",
    "cited",
    "forecast_table",
    "latest_table",
    "measured_line",
    "peers_table",
    "quantile_frame",
    "reasons_table",
    "reference_table",
    "results_table",
    "run_line",
    "scorecard_line",
    "scorecard_table",
    "sources_table",
    "status_lines",
    "target_peers_table",
    "vintages_table",
]
