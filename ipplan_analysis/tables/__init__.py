"""Tables that carry their caption, their language and the way to their sources."""

from ipplan_analysis.tables.dossier import dossier_table, figures_table, rules_table
from ipplan_analysis.tables.history import (
    changes_table,
    measured_line,
    scorecard_line,
    scorecard_table,
    vintages_table,
)
from ipplan_analysis.tables.overview import overview_table
from ipplan_analysis.tables.requirements import (
    hindcast_table,
    labels_table,
    levels_table,
    paces_line,
    paces_table,
    ranks_table,
    spells_line,
    spells_table,
    tornado_table,
)
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
    "hindcast_table",
    "labels_table",
    "levels_table",
    "measured_line",
    "overview_table",
    "paces_line",
    "paces_table",
    "quantile_frame",
    "ranks_table",
    "results_table",
    "rules_table",
    "run_line",
    "scorecard_line",
    "scorecard_table",
    "sources_table",
    "spells_line",
    "spells_table",
    "target_peers_table",
    "tornado_table",
    "vintages_table",
]
