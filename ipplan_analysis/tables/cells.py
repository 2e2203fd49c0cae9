"""Cells of the results tables: one figure of one row as people read it."""

from __future__ import annotations

from typing import Any, cast

import pandas as pd

from ipplan_analysis.schema import Language
from ipplan_analysis.words import (
    NONE,
    format_percent,
    format_plain,
    format_quantity,
    natural_decimals,
    source_ids,
    text,
)

SOURCES_SHOWN = 4  # in a cell; the rest is in the CSV and in the list of sources
COMPARATORS = {">=": "≥", ">": ">", "<=": "≤", "<": "<"}
OWN_UNIT = ("level", "increment", "cumulative")  # kinds whose target is in the indicator's own unit
# columns of results that hold numbers; blank cells of a file read back are NaN in the other columns too
NUMBERS = frozenset((
    "target", "target_high", "target_year", "base", "origin", "last_value", "last_year", "known_to_date", "n_points",
    "median", "low80", "high80", "probability", "measured_coverage", "reference_probability", "recent_pace_pct",
    "required_pace_pct", "expected_year", "way_share", "time_share",
))  # fmt: skip

Row = dict[str, Any]


def rows_of(results: pd.DataFrame) -> list[Row]:
    """Rows with numbers as floats and all else as text, also from a file read back."""
    clean = {
        name: pd.to_numeric(column, errors="coerce").astype(float) if name in NUMBERS else column.fillna("").astype(str)
        for name, column in results.items()
    }
    return cast(list[Row], pd.DataFrame(clean, index=results.index).to_dict("records"))


def name_cell(row: Row, language: Language) -> str:
    """Name of a target, or the indicator's identifier where there is none."""
    return str(row[f"name_{language}"] or row["indicator"])


def year_cell(year: float) -> str:
    """A year, or a dash."""
    return NONE if pd.isna(year) else str(int(year))


def few_cell(cell: object) -> str:
    """The first source identifiers of a cell, and how many more there are."""
    ids = source_ids(cell)
    more = len(ids) - SOURCES_SHOWN
    return " ".join(ids[:SOURCES_SHOWN]) + (f" +{more}" if more > 0 else "")


def unit_cell(row: Row, language: Language) -> str:
    """The row's unit in the reader's language."""
    return str(row["unit"] if language == "zh" else row["unit_en"])


def rough_cell(row: Row, value: float, language: Language) -> str:
    """A simulated figure with three digits and the row's unit."""
    if pd.isna(value):
        return NONE
    rough = float(f"{value:.3g}")
    return format_quantity(rough, natural_decimals(rough), unit_cell(row, language), language)


def is_so_far(row: Row) -> bool:
    """Whether the known part of a sum says more than the latest single figure."""
    return bool(row["kind"] == "cumulative" and pd.notna(row["known_to_date"]))


def last_cell(row: Row, language: Language) -> str:
    """The latest figure with its unit, or the known part of a sum."""
    value = row["known_to_date"] if is_so_far(row) else row["last_value"]
    if pd.isna(value):
        return NONE
    unit = unit_cell(row, language) if row["kind"] in OWN_UNIT or not row["target_id"] else ""
    shown = format_quantity(value, natural_decimals(value), unit, language)
    return text("so_far", language, known=shown) if is_so_far(row) else shown


def target_cell(row: Row, language: Language) -> str:
    """What the target asks: comparison, number or range, unit."""
    value, high = row["target"], row["target_high"]
    if pd.isna(value):
        return NONE
    sign = "+" if row["kind"] == "increment" else ""
    end = value if pd.isna(high) else high
    shown = format_quantity(end, natural_decimals(end), unit_cell(row, language), language)
    if pd.isna(high):
        compare = COMPARATORS.get(row["comparator"], "")
        return f"{compare} {sign}{shown}".strip()
    return f"{sign}{format_plain(value, language)}–{shown}"


def required_cell(row: Row, language: Language) -> str:
    """The growth a year that is required; from a base known only as a lower bound it is a lower limit."""
    shown = format_percent(row["required_pace_pct"], 1, language, signed=True)
    return f"≥ {shown}" if row["base_is"] and shown != NONE else shown


def bound_cell(bound: str) -> str:
    """Key of the word for a bound: a lower bound is `at least`."""
    return "at most" if bound in ("upper", "at most", "<=") else "at least"
