"""What the same and related indicators did elsewhere: latest figures, and reference classes."""

from __future__ import annotations

import pandas as pd

from ipplan_analysis.data.plan import Plan
from ipplan_analysis.messages import message, translatable
from ipplan_analysis.schema import Language
from ipplan_analysis.tables import cells
from ipplan_analysis.tables.table import Column, Table

PEERS = (
    Column("target_id"),
    Column("indicator", show=cells.name),
    Column("own_value", translatable("Own figure"), "figure", cells.quantity),
    Column("own_year", translatable("Year"), "number", cells.year),
    Column("nation_value", translatable("Nation"), "number", cells.quantity),
    Column("nation_year", translatable("Nation's year"), "number", cells.year),
    Column("province_median", translatable("Median of other provinces"), "number", cells.quantity),
    Column("provinces", translatable("Other provinces with a figure"), "number", cells.year),
    Column("source", kind="sources"),
)


def target_peers_table(frame: pd.DataFrame, plan: Plan, language: Language) -> Table:
    """Own figure, the nation's and the provinces' median for every target that others publish.

    Parameters
    ----------
    frame : from `attainment.peers_of_targets`.
    """
    caption = message("The same indicators elsewhere: latest yearly figures, each in its own year", language)
    return Table.of("peers", caption, language, PEERS, cells.indicator_rows(frame, plan))
