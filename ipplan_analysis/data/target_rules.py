"""What the columns of a target must say together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pandas as pd

from ipplan_analysis.data.package import FILE, ROW
from ipplan_analysis.data.period import FIRST_YEAR, LAST_YEAR, end_year, is_period
from ipplan_analysis.schema import NEEDS_BASE, Fault

WINDOWED = ("annual_growth", "cumulative", "multiple")  # kinds that speak of several years


def target_faults(targets: pd.DataFrame) -> list[Fault]:
    """Targets whose window, base period and target year contradict each other or their kind."""
    rows = cast(list[dict[str, Any]], targets.to_dict("records"))
    return [
        Fault(row[FILE], int(row[ROW]), column, repr(found) if found else "an empty cell", expected, remedy)
        for row in rows
        for column, found, expected, remedy in (*_window(row), *_base(row))
    ]


def _window(row: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """The years of a growth, a sum or a multiple end in the target year."""
    window, year = str(row["window"] or ""), row["target_year"]
    if row["kind"] not in WINDOWED or pd.isna(year):
        return
    if not is_period(window, FIRST_YEAR, LAST_YEAR) or "/" not in window or end_year(window) != int(year):
        remedy = "Name the first and the last year that count, such as 2021/2025."
        yield "window", window, f"years that end in the target year {int(year)}", remedy


def _base(row: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """A base lies before the years that count; growth compounds from the year before them."""
    base, window, year = str(row["base_period"] or ""), str(row["window"] or ""), row["target_year"]
    if row["kind"] not in NEEDS_BASE or pd.isna(year):
        return
    first = int(window[:4]) if window[:4].isdigit() else int(year)
    remedy = "Name the year or the years that the target is measured from."
    if not is_period(base, FIRST_YEAR, LAST_YEAR) or end_year(base) >= first:
        yield "base_period", base, f"a period that ends before {first}", remedy
    elif row["kind"] == "annual_growth" and window and end_year(base) != first - 1:
        yield "base_period", base, f"the year {first - 1}, before the window begins", remedy
