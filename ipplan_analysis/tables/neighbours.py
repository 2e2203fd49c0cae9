"""What the same and related indicators did elsewhere: latest figures, and reference classes."""

from __future__ import annotations

import pandas as pd

from ipplan_analysis.data.plan import Plan
from ipplan_analysis.messages import message, translatable
from ipplan_analysis.schema import Language
from ipplan_analysis.tables import cells
from ipplan_analysis.tables.table import Cell, Column, Row, Table

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


def reference_table(results: pd.DataFrame, plan: Plan, language: Language) -> Table:
    """Share of like cases elsewhere whose growth would meet the target, for series with up to three figures.

    Parameters
    ----------
    results : one row per target, columns of `assess`.
    """

    def origin(row: Row, key: str, language: Language) -> Cell:
        entry = plan.indicators.get(row[key])
        return Cell(entry.name(language) if entry else message("related indicators", language))

    columns = (
        Column("name", show=cells.named_target),
        Column("n_points", translatable("Figures of its own"), "number", cells.year),
        Column("reference_hits", translatable("Grew as much as is needed"), "number", _hits),
        Column("reference_cases", translatable("Like cases elsewhere"), "number", cells.year),
        Column("reference_of", translatable("Taken from"), show=origin),
    )
    caption = message(
        "Reference class: growth of like series in other provinces. It is no forecast of the series itself", language
    )
    rows = results[results["reference_cases"].gt(0)].to_dict("records")
    return Table.of("reference", caption, language, columns, rows)


def _hits(row: Row, key: str, language: Language) -> Cell:
    text = message("{hits} of {cases}", language, hits=row[key], cases=row["reference_cases"])
    return Cell(text, row[key], f'"{text}"')
