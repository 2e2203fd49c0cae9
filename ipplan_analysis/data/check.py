"""Checks of the data package against its descriptor and against itself; every fault is collected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from ipplan_analysis.data.package import ROW, Resource, read_descriptor, read_text_table
from ipplan_analysis.data.period import FIRST_YEAR, LAST_YEAR, is_period
from ipplan_analysis.data.target_rules import target_faults
from ipplan_analysis.schema import DataError, Fault, nearest

Tables = dict[str, pd.DataFrame]
USE_KEY = ["region", "indicator", "period", "basis", "scope", "known_from"]


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


def inspect_tables(data_dir: Path) -> tuple[Tables, list[Fault]]:
    """All tables, typed as far as possible, and every fault found in them."""
    resources = read_descriptor(data_dir)
    tables: Tables = {}
    faults: list[Fault] = []
    for name, resource in resources.items():
        text, shape_faults = read_text_table(data_dir, resource)
        path = str(data_dir / resource.path)
        cell_faults = list(_cell_faults(text, resource, path))
        faults += shape_faults + cell_faults
        tables[name] = _typed(text, resource)
    for resource in resources.values():
        faults += _foreign_faults(tables, resource, str(data_dir / resource.path))
    observations = data_dir / resources["observations"].path
    faults += _observation_faults(tables, str(observations))
    if "targets" in resources:
        faults += target_faults(tables["targets"], str(data_dir / resources["targets"].path))
    return tables, sorted(faults, key=lambda fault: (fault.file, fault.row or 0))


def _cell_faults(text: pd.DataFrame, resource: Resource, path: str) -> Iterator[Fault]:
    for field in resource.fields:
        column, rules = text[field["name"]], field.get("constraints", {})
        empty = column.eq("")
        if rules.get("required"):
            yield from _faults(text, empty, field["name"], path, "a value", "Fill the cell.")
        filled = text[~empty]
        yield from _type_faults(filled, field, path)
        yield from _rule_faults(filled, field["name"], rules, path)
    if resource.primary_key:
        twice = text.duplicated(list(resource.primary_key), keep="first")
        yield from _faults(
            text,
            twice,
            resource.primary_key[0],
            path,
            "each key once",
            "Remove the duplicate or give it a key of its own.",
        )


def _faults(frame: pd.DataFrame, bad: pd.Series, column: str, path: str, expected: str, remedy: str) -> Iterator[Fault]:
    if not bad.any():
        return
    for row in frame.loc[bad, [column, ROW]].to_dict("records"):
        found = repr(row[column]) if row[column] != "" else "an empty cell"
        yield Fault(path, int(row[ROW]), column, found, expected, remedy)


def _type_faults(filled: pd.DataFrame, field: dict[str, Any], path: str) -> Iterator[Fault]:
    column, kind = filled[field["name"]], field.get("type", "string")
    if kind in ("number", "integer", "year"):
        whole = kind != "number"
        number = pd.to_numeric(column, errors="coerce")
        bad = number.isna() | number.abs().eq(float("inf")) | (number.mod(1).ne(0) if whole else False)
        bad |= column.str.strip().ne(column)
        yield from _faults(
            filled,
            bad,
            field["name"],
            path,
            "a whole number" if whole else "a number",
            "Write digits and at most one point: no spaces, separators, units or words.",
        )
    if kind == "boolean":
        yield from _faults(filled, ~column.isin(["yes", "no"]), field["name"], path, "yes or no", "Write yes or no.")


def _rule_faults(filled: pd.DataFrame, column: str, rules: dict[str, Any], path: str) -> Iterator[Fault]:
    if "enum" in rules:
        for row in filled.loc[~filled[column].isin(rules["enum"]), [column, ROW]].to_dict("records"):
            yield Fault(
                path,
                int(row[ROW]),
                column,
                repr(row[column]),
                "one of " + ", ".join(rules["enum"]),
                nearest(row[column], rules["enum"]) or "Use one of these words.",
            )
    if "pattern" in rules and column != "period":
        bad = ~filled[column].str.fullmatch(rules["pattern"])
        yield from _faults(filled, bad, column, path, f"the form {rules['pattern']}", "Correct the form.")
    number = pd.to_numeric(filled[column], errors="coerce")
    for rule, words, is_outside in (("minimum", "at least", number.lt), ("maximum", "at most", number.gt)):
        if rule in rules:
            bad = is_outside(float(rules[rule]))
            yield from _faults(filled, bad, column, path, f"{words} {rules[rule]}", "Correct the figure.")


def _typed(text: pd.DataFrame, resource: Resource) -> pd.DataFrame:
    frame = text.copy()
    for field in resource.fields:
        name, kind = field["name"], field.get("type", "string")
        if kind in ("number", "integer", "year"):
            frame[name] = pd.to_numeric(frame[name], errors="coerce")
        elif kind == "boolean":
            frame[name] = frame[name].eq("yes")
    return frame


def _foreign_faults(tables: Tables, resource: Resource, path: str) -> list[Fault]:
    faults: list[Fault] = []
    frame = tables[resource.name]
    for key in resource.foreign_keys:
        column, reference = _one(key["fields"]), key["reference"]
        other = tables[reference["resource"] or resource.name][_one(reference["fields"])]
        unknown = frame[column].ne("") & ~frame[column].isin(other)
        for row in frame.loc[unknown, [column, ROW]].to_dict("records"):
            remedy = nearest(row[column], other) or f"Add it to {reference['resource']} first."
            faults.append(
                Fault(
                    path,
                    int(row[ROW]),
                    column,
                    repr(row[column]),
                    f"one of the {len(other)} known in {reference['resource']}",
                    remedy,
                )
            )
    return faults


def _one(names: str | list[str]) -> str:
    return names if isinstance(names, str) else names[0]


def _observation_faults(tables: Tables, path: str) -> list[Fault]:
    """Rules between columns that a table schema cannot say."""
    rows = tables["observations"]
    known = tables["indicators"].drop_duplicates("indicator").set_index("indicator")
    rows = rows[rows["indicator"].isin(known.index)]
    unit = rows["indicator"].map(known["unit"])
    faults = list(
        _pairs(
            rows,
            rows["unit"].ne(unit),
            "unit",
            unit.astype(str),
            path,
            "Convert the value into this unit, or correct the unit.",
        )
    )
    lower, upper = (rows["indicator"].map(known[limit]) for limit in ("lower", "upper"))
    faults += _pairs(
        rows, rows["value"].lt(lower), "value", "at least " + lower.astype(str), path, "Correct the figure."
    )
    faults += _pairs(
        rows, rows["value"].gt(upper), "value", "at most " + upper.astype(str), path, "Correct the figure."
    )
    shape = pd.Series(
        [is_period(period, FIRST_YEAR, LAST_YEAR) for period in rows["period"]], index=rows.index, dtype=bool
    )
    faults += _faults(
        rows,
        ~shape,
        "period",
        path,
        f"a period between {FIRST_YEAR} and {LAST_YEAR}",
        "Write 2020, 2020-09, 2020-Q2, 2016/2020, 2014-01/2014-11 or ../2018.",
    )
    used = rows[rows["use"]]
    twice = used.duplicated(USE_KEY, keep=False)
    faults += _faults(
        used,
        twice,
        "use",
        path,
        "one used row for each region, indicator, period, basis, scope and known_from",
        "Write no in all but one, and say why in its note.",
    )
    return faults


def _pairs(
    frame: pd.DataFrame, bad: pd.Series, column: str, expected: pd.Series, path: str, remedy: str
) -> Iterator[Fault]:
    for index in frame.index[bad]:
        yield Fault(
            path, int(frame.at[index, ROW]), column, repr(frame.at[index, column]), str(expected[index]), remedy
        )
