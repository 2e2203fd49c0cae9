"""Checks of the data package against its descriptor and against itself; every fault is collected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pandas as pd

from ipplan_analysis.data.contested import used
from ipplan_analysis.data.package import FILE, ROW, Resource, read_descriptor, read_texts
from ipplan_analysis.data.period import FIRST_YEAR, LAST_YEAR, end_year, is_period
from ipplan_analysis.schema import NEEDS_BASE, DataError, Fault, nearest

Tables = dict[str, pd.DataFrame]
NUMERIC = ("number", "integer", "year")
WINDOWED = ("annual_growth", "cumulative", "multiple")  # kinds of target that speak of several years


def load_tables(data_dir: Path) -> Tables:
    """All tables of the package, typed and checked.

    Raises
    ------
    DataError : anything breaks the contract; the error lists every fault.
    """
    tables, faults = inspect_tables(data_dir)
    if faults:
        raise DataError(faults)
    return tables


def inspect_tables(data_dir: Path, *, pending: Sequence[str] = ()) -> tuple[Tables, list[Fault]]:
    """All tables, typed as far as possible, and every fault found in them.

    Parameters
    ----------
    pending : names of files of added figures that are not yet in the package, to be checked with it.
    """
    resources = read_descriptor(data_dir)
    texts, faults = read_texts(data_dir, resources, pending=pending)
    for name, resource in resources.items():
        faults += _cell_faults(texts[name], resource)
    tables = {name: _typed(texts[name], resource) for name, resource in resources.items()}
    for resource in resources.values():
        faults += _foreign_faults(tables, resource)
    faults += [*_observation_faults(tables), *_target_faults(tables["targets"])]
    tables["observations"]["use"] = used(tables["observations"], tables["sources"])
    tables = {name: table.drop(columns=[FILE, ROW]) for name, table in tables.items()}
    return tables, sorted(faults, key=lambda fault: (fault.file, fault.row or 0))


def _cell_faults(text: pd.DataFrame, resource: Resource) -> Iterator[Fault]:
    for field in resource.fields:
        column, rules = text[field["name"]], field.get("constraints", {})
        empty = column.eq("")
        if rules.get("required"):
            yield from _faults(text, empty, field["name"], "a value", "Fill the cell.")
        filled = text[~empty]
        yield from _type_faults(filled, field)
        yield from _rule_faults(filled, field["name"], rules)
    if resource.primary_key:
        twice = text.duplicated(list(resource.primary_key), keep="first")
        remedy = "Remove the duplicate or give it a key of its own."
        yield from _faults(text, twice, resource.primary_key[0], "each key once", remedy)


def _faults(
    frame: pd.DataFrame, bad: pd.Series, column: str, expected: str | pd.Series, remedy: str
) -> Iterator[Fault]:
    """A fault for each bad row; `expected` is one text for all, or a column of them."""
    if not bad.any():  # as of nearly every column: picking no rows costs pandas as much as picking some
        return
    for index, row in zip(frame.index[bad], frame.loc[bad, [column, FILE, ROW]].to_dict("records"), strict=True):
        found = repr(row[column]) if row[column] != "" else "an empty cell"
        wanted = expected if isinstance(expected, str) else str(expected[index])
        yield Fault(row[FILE], int(row[ROW]), column, found, wanted, remedy)


def _type_faults(filled: pd.DataFrame, field: dict[str, Any]) -> Iterator[Fault]:
    column, kind = filled[field["name"]], field.get("type", "string")
    if kind in NUMERIC:
        whole = kind != "number"
        number = pd.to_numeric(column, errors="coerce")
        bad = number.isna() | number.abs().eq(float("inf")) | (number.mod(1).ne(0) if whole else False)
        bad |= column.str.strip().ne(column)
        expected = "a whole number" if whole else "a number"
        remedy = "Write digits and at most one point: no spaces, separators, units or words."
        yield from _faults(filled, bad, field["name"], expected, remedy)
    if kind == "boolean":
        yield from _faults(filled, ~column.isin(["yes", "no"]), field["name"], "yes or no", "Write yes or no.")


def _rule_faults(filled: pd.DataFrame, column: str, rules: dict[str, Any]) -> Iterator[Fault]:
    if "enum" in rules and not (known := filled[column].isin(rules["enum"])).all():
        for row in filled.loc[~known, [column, FILE, ROW]].to_dict("records"):
            expected = "one of " + ", ".join(rules["enum"])
            remedy = nearest(row[column], rules["enum"]) or "Use one of these words."
            yield Fault(row[FILE], int(row[ROW]), column, repr(row[column]), expected, remedy)
    if "pattern" in rules and column != "period":
        bad = ~filled[column].str.fullmatch(rules["pattern"])
        yield from _faults(filled, bad, column, f"the form {rules['pattern']}", "Correct the form.")
    for rule, words, is_outside in (("minimum", "at least", pd.Series.lt), ("maximum", "at most", pd.Series.gt)):
        if rule in rules:
            bad = is_outside(pd.to_numeric(filled[column], errors="coerce"), float(rules[rule]))
            yield from _faults(filled, bad, column, f"{words} {rules[rule]}", "Correct the figure.")


def _typed(text: pd.DataFrame, resource: Resource) -> pd.DataFrame:
    frame = text.copy()
    for field in resource.fields:
        name, kind = field["name"], field.get("type", "string")
        if kind in NUMERIC:
            frame[name] = pd.to_numeric(frame[name], errors="coerce")
        elif kind == "boolean":
            frame[name] = frame[name].eq("yes")
    return frame


def _foreign_faults(tables: Tables, resource: Resource) -> Iterator[Fault]:
    frame = tables[resource.name]
    for key in resource.foreign_keys:
        column, reference = _one(key["fields"]), key["reference"]
        other = tables[reference["resource"] or resource.name][_one(reference["fields"])]
        unknown = frame[column].ne("") & ~frame[column].isin(other)
        for row in frame.loc[unknown, [column, FILE, ROW]].to_dict("records"):
            remedy = nearest(row[column], other) or f"Add it to {reference['resource']} first."
            expected = f"one of the {len(other)} known in {reference['resource']}"
            yield Fault(row[FILE], int(row[ROW]), column, repr(row[column]), expected, remedy)


def _one(names: str | list[str]) -> str:
    return names if isinstance(names, str) else names[0]


def _observation_faults(tables: Tables) -> Iterator[Fault]:
    """Rules between columns that a table schema cannot say."""
    rows = tables["observations"]
    known = tables["indicators"].drop_duplicates("indicator").set_index("indicator")
    rows = rows[rows["indicator"].isin(known.index)]
    unit, lower, upper = (rows["indicator"].map(known[name]) for name in ("unit", "lower", "upper"))
    remedy = "Convert the value into this unit, or correct the unit."
    yield from _faults(rows, rows["unit"].ne(unit), "unit", unit.astype(str), remedy)
    for words, limit, bad in (
        ("at least ", lower, rows["value"].lt(lower)),
        ("at most ", upper, rows["value"].gt(upper)),
    ):
        yield from _faults(rows, bad, "value", words + limit.astype(str), "Correct the figure.")
    shape = pd.Series([is_period(period, FIRST_YEAR, LAST_YEAR) for period in rows["period"]], rows.index, dtype=bool)
    expected = f"a period between {FIRST_YEAR} and {LAST_YEAR}"
    remedy = "Write 2020, 2020-09, 2020-Q2, 2016/2020, 2014-01/2014-11 or ../2018."
    yield from _faults(rows, ~shape, "period", expected, remedy)


def _target_faults(targets: pd.DataFrame) -> Iterator[Fault]:
    """Targets whose window, base period and target year contradict each other or their kind."""
    rows = cast(list[dict[str, Any]], targets.to_dict("records"))
    for row in rows:
        for column, found, expected, remedy in (*_window(row), *_base(row)):
            shown = repr(found) if found else "an empty cell"
            yield Fault(row[FILE], int(row[ROW]), column, shown, expected, remedy)


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
