"""Tables that carry their caption, their language and the way to their sources."""

from ipplan_analysis.tables.dossier import dossier_table, figures_table, labels_table
from ipplan_analysis.tables.history import (
    changes_table,
    measured_line,
    scorecard_line,
    scorecard_table,
    vintages_table,
)
from ipplan_analysis.tables.overview import overview_table
from ipplan_analysis.tables.results import (
    ask_table,
    forecast_table,
    quantile_frame,
    results_table,
    run_line,
    sources_table,
    target_peers_table,
)
from ipplan_analysis.tables.table import Export, Table, cited

__all__ = [
    "Export",
    "Table",
    "ask_table",
    "changes_table",
    "cited",
    "dossier_table",
    "figures_table",
    "forecast_table",
    "labels_table",
    "measured_line",
    "overview_table",
    "quantile_frame",
    "results_table",
    "run_line",
    "scorecard_line",
    "scorecard_table",
    "sources_table",
    "target_peers_table",
    "vintages_table",
]
