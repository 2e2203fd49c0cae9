"""Measured coverage and reliability as shipped, and only what was measurable by a given year."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

FILES = ("calibration", "coverage", "reliability", "levels")
PROMISED = (0.1, 0.5, 0.8, 0.9)  # chances at which levels are named, and at which past levels are counted
HORIZON = 5  # measured years ahead
# what the measurement rests on: complete counts of one system, and of them those with long series
SCORED_GROUPS = ("patent_stock", "patent_grant", "patent_application", "trademark", "gi", "pct", "plant_variety")
EVENT_INDICATORS = (
    "valid_invention_patents",
    "patent_grants",
    "invention_grants",
    "patent_applications",
    "invention_applications",
)


def measured_dir() -> Path:
    """Folder of the shipped tables."""
    return Path(__file__).parent


def load_measured(name: str, *, data_through: int) -> pd.DataFrame:
    """A measured table counted on outcomes known by a year; empty when none was.

    Parameters
    ----------
    name : one of `FILES`.
    data_through : last year known; of several tables the latest that it allows is taken.

    Raises
    ------
    KeyError : there is no table of this name.
    """
    if name not in FILES:
        raise KeyError(name)
    table = _read(name)
    if table.empty:
        return table
    table = table[table["outcomes_through"].le(data_through)]
    return table[table["outcomes_through"].eq(table["outcomes_through"].max())].reset_index(drop=True)


@cache
def _read(name: str) -> pd.DataFrame:
    path = measured_dir() / f"{name}.csv"
    if not path.is_file():
        return pd.DataFrame()
    return pd.read_csv(path, dtype={"indicator": str, "evidence": str}, keep_default_na=False)


def measured_coverage(evidence: str, horizon: int, *, data_through: int, band: int = 80) -> float:
    """Share of past outcomes that the central band held, for this evidence grade and number of years ahead.

    NaN where it was not yet measured by `data_through`, at this grade, or so far ahead.
    """
    table = load_measured("calibration", data_through=data_through)
    if table.empty:
        return float("nan")
    row = table[table["evidence"].eq(evidence) & table["horizon"].eq(horizon)]
    return float(row[f"coverage{band}"].iloc[0]) if len(row) else float("nan")


def coverage_by(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """Measured coverage in long form: model, `by` (`horizon` or `indicator`), nominal, coverage, n.

    Parameters
    ----------
    table : `coverage` from `load_measured`.
    """
    if table.empty:
        return pd.DataFrame(columns=["model", by, "nominal", "coverage", "n"])
    rows = table[table["horizon"].gt(0)] if by == "horizon" else table[table["horizon"].eq(0)]
    bands = {"coverage50": 0.5, "coverage80": 0.8, "coverage95": 0.95}
    long = rows.melt(["model", by, "n"], list(bands), var_name="nominal", value_name="coverage")
    return long.assign(nominal=long["nominal"].map(bands))
