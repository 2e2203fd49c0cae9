"""Panels as people have them, made into one form: a row for each figure with its series, year and value."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ipplan_analysis.schema import PlanError

NOT_NUMBERS = (dt.date, dt.timedelta, pd.Period, np.datetime64, np.timedelta64, complex)
COLUMNS = ["series", "year", "value"]
OTHER_NAMES = {"unique_id": "series", "ds": "year", "y": "value"}  # as Nixtla's libraries call them
MIN_YEAR = 1000  # of a heading that is a year; smaller numbers may be anything
MAX_GAP = 100  # years without a figure of any series; more is a typing error, or not years
_WRITTEN = re.compile(r"(\d{4})(?:\.0|年|年度|年末|年底|-01-01|-12-31)?(?:[ T]00:00:00)?", re.ASCII)


def long_panel(table: Any) -> pd.DataFrame:
    """Any form of a panel as the columns series, year, value and, where given, group.

    Parameters
    ----------
    table : a table with these columns (or unique_id, ds, y), some of them perhaps in the index; a table with years
        across or down; one series indexed by year; a polars or Arrow table of any of these forms.

    Raises
    ------
    PlanError : there is doubt which column is which, or a year is no whole year.
    """
    frame = _frame(table)
    if set(COLUMNS) - set(frame.columns):
        frame = _from_other_form(frame)
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise PlanError(f"the panel has the column {twice!r} twice; keep one")
    frame = frame[[*COLUMNS, *(["group"] if "group" in frame.columns else [])]].reset_index(drop=True)
    if frame["value"].map(lambda value: isinstance(value, NOT_NUMBERS)).any():
        raise PlanError("the column value holds dates, durations or complex numbers; give numbers, and years in year")
    return frame.assign(year=whole_years(frame["year"], "the panel")) if len(frame) else frame


def whole_years(values: Iterable[Any], of: str) -> list[int]:
    """Years written as numbers, as text (2019, 2019年, 2019-12-31), as dates of a year's first or last day, or periods.

    Raises
    ------
    PlanError : one of them is no whole year, or stands far from all others.
    """
    found = []
    for value in values:
        year = _whole_year(value)
        if year is None:
            raise PlanError(
                f"{of} is not indexed by whole years: {value!r} ({type(value).__name__}). Give years such as 2019, or "
                "the first or last day of each."
            )
        found.append(year)
    distinct = sorted(set(found))
    for early, late in itertools.pairwise(distinct):
        if late - early > MAX_GAP:
            raise PlanError(f"the years of {of} run from {early} straight to {late}; correct the year that is mistyped")
    return found


def _whole_year(value: Any) -> int | None:
    if isinstance(value, pd.Period):
        return int(value.year) if value.freqstr.startswith(("Y", "A")) else None
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, dt.date):
        is_edge = (value.month, value.day) in ((1, 1), (12, 31))
        return value.year if is_edge and not pd.isna(value) else None
    if isinstance(value, str):
        match = _WRITTEN.fullmatch(value.strip())
        return int(match[1]) if match else None
    try:
        year = int(value)
        return year if float(value) == year else None
    except (TypeError, ValueError, OverflowError):
        return None


def _frame(table: Any) -> pd.DataFrame:
    """The table in pandas, with named levels of its index as columns."""
    if isinstance(table, pd.Series):
        if not _all_years(table.index):
            raise PlanError("a single series is indexed by its years, such as 2019; this one is not")
        name = "series" if table.name is None else str(table.name)
        table = pd.DataFrame({"series": name, "year": table.index, "value": table.to_numpy()})
    elif hasattr(table, "to_pydict"):  # Arrow
        table = pd.DataFrame(table.to_pydict())
    elif not isinstance(table, pd.DataFrame) and hasattr(table, "iter_rows"):  # polars
        table = pd.DataFrame(table.to_dict(as_series=False))
    if not isinstance(table, pd.DataFrame):
        raise PlanError(f"a panel is a table with the columns series, year and value, not {type(table).__name__}")
    known = {*COLUMNS, *OTHER_NAMES, "group"}
    levels = [name for name in table.index.names if name in known and name not in table.columns]
    return table.reset_index(levels) if levels else table


def _from_other_form(frame: pd.DataFrame) -> pd.DataFrame:
    renamed = frame.rename(columns={old: new for old, new in OTHER_NAMES.items() if new not in frame.columns})
    if not set(COLUMNS) - set(renamed.columns):
        return renamed
    labels = [name for name in COLUMNS if name in renamed.columns]
    if labels in (["series"], ["year"]):
        frame = renamed.set_index(labels[0])
    if _all_years(frame.columns):
        return _stacked(frame)
    if _all_years(frame.index) and not set(COLUMNS) & set(frame.columns):
        return _stacked(frame.T)
    missing = [name for name in COLUMNS if name not in renamed.columns]
    found = ", ".join(map(str, frame.columns)) or "none"
    raise PlanError(
        f"the panel lacks the column(s) {', '.join(missing)}; it has {found}. Rename them, or add what is missing."
    )


def _all_years(labels: Sequence[Any]) -> bool:
    return len(labels) > 0 and all((_whole_year(label) or 0) >= MIN_YEAR for label in labels)


def _stacked(wide: pd.DataFrame) -> pd.DataFrame:
    """A table with years across; cells without a figure are left out."""
    parts = [
        pd.DataFrame({"series": wide.index.astype(str), "year": year, "value": wide[year].to_numpy()})
        for year in wide.columns
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset=["value"])
