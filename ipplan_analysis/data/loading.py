"""`load_plan`: the data package cut to one plan, one region and what was known by a year."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import pandas as pd

from ipplan_analysis.data.check import Tables, load_tables
from ipplan_analysis.data.package import data_sha256, default_data_dir
from ipplan_analysis.data.period import end_year, is_plain_year
from ipplan_analysis.data.plan import SERIES_COLUMNS, Plan
from ipplan_analysis.schema import DataError, Fault, Indicator, ParameterError, Target, nearest


def load_plan(
    plan: str = "ningxia-ip-14",
    *,
    data_dir: str | Path | None = None,
    data_through: int | None = None,
    region: str | None = None,
) -> Plan:
    """Read the data package and keep what was known by `data_through`.

    Parameters
    ----------
    plan : identifier in `plans.csv`.
    data_dir : folder of a data package; the checkout's `data/` by default.
    data_through : last year known; the latest year with a figure by default.
    region : region code; the plan's own by default. Another region has no targets from this plan.

    Raises
    ------
    DataError : the data package breaks its contract, every fault is listed; or it holds no figure, or is being changed.
    ParameterError : unknown plan or region, or no figure as early as `data_through`.
    """
    # plans are remembered by folder: the same relative path may mean another one later
    folder = Path(data_dir).absolute() if data_dir is not None else default_data_dir()
    sha256 = data_sha256_or_fault(folder)
    tables = _cached_tables(folder, sha256)
    rows = tables["observations"]
    if rows.empty:
        where, remedy = f"the observations of {folder}", "Add figures: ipplan add FILE --data DIR."
        raise DataError([Fault(where, None, "", "no rows", "at least one figure", remedy)])
    last, first = int(rows["end_year"].max()), int(rows["end_year"].min())
    faults = _parameter_faults(tables, plan, region, data_through, first, max(last, int(rows["known_from"].max())))
    if faults:
        raise ParameterError(faults)
    return _loaded(folder, sha256, plan, region, last if data_through is None else data_through)


def data_sha256_or_fault(folder: Path) -> str:
    """Hash of the package; files that cannot be read are left to the checks, which name them."""
    try:
        return data_sha256(folder)
    except OSError:
        load_tables(folder)
        raise


def tables_as_hashed(folder: Path, sha256: str) -> Tables:
    """`load_tables` of a package just hashed: tables kept under a hash are those that it was taken of.

    Raises
    ------
    DataError : the package breaks its contract, or its files changed since they were hashed.
    """
    tables = load_tables(folder)
    if data_sha256_or_fault(folder) != sha256:
        found = "files that changed while being read"
        raise DataError([Fault(str(folder), None, "", found, "a package at rest", "Repeat the command.")])
    return tables


@lru_cache(maxsize=2)
def _cached_tables(folder: Path, sha256: str) -> Tables:
    tables = tables_as_hashed(folder, sha256)
    rows = tables["observations"]
    tables["observations"] = rows.assign(end_year=[end_year(period) for period in rows["period"]])
    return tables


@lru_cache(maxsize=16)  # a scorecard looks back at the years of a plan and before
def _loaded(folder: Path, sha256: str, plan: str, region: str | None, through: int) -> Plan:
    return _build(_cached_tables(folder, sha256), plan, region, through, folder, sha256)


def _parameter_faults(
    tables: Tables, plan: str, region: str | None, data_through: int | None, first: int, last: int
) -> list[Fault]:
    faults = []
    for name, value, known in (
        ("plan", plan, tables["plans"]["plan"]),
        ("region", region, tables["regions"]["region"]),
    ):
        if value is not None and value not in set(known):
            faults.append(
                Fault(
                    "parameters",
                    None,
                    name,
                    repr(value),
                    f"a {name} of the data package",
                    nearest(str(value), known) or f"Known: {', '.join(known[:40])}.",
                )
            )
    if data_through is not None and not first <= data_through <= last:
        faults.append(
            Fault(
                "parameters",
                None,
                "data_through",
                repr(data_through),
                f"a year from {first} to {last}",
                "Name a year that the data reach.",
            )
        )
    return faults


def _build(tables: Tables, plan: str, region: str | None, through: int, folder: Path, sha256: str) -> Plan:
    entry = tables["plans"].set_index("plan").loc[plan]
    indicators = indicators_of(tables)
    rows = tables["observations"]
    visible = rows[rows["end_year"].le(through) & rows["known_from"].le(through)]
    breaks = tables["breaks"]
    own = region or entry["region"]
    targets = [_target(row) for row in _records(tables["targets"]) if row["plan"] == plan and row["region"] == own]
    return Plan(
        plan=plan,
        name_en=entry["name_en"],
        name_zh=entry["name_zh"],
        region=own,
        start_year=int(entry["start_year"]),
        end_year=int(entry["end_year"]),
        data_through=through,
        targets=tuple(_as_known(target, through) for target in targets),
        indicators=indicators,
        observations=visible.reset_index(drop=True),
        yearly=_yearly(visible, indicators),
        sources=tables["sources"].set_index("source"),
        regions=tables["regions"].set_index("region"),
        break_table=breaks[breaks["known_from"].le(through)],
        data_dir=folder,
        data_sha256=sha256,
        plan_names=tuple(tables["plans"]["plan"]),
    )


def indicators_of(tables: Tables) -> dict[str, Indicator]:
    """Every indicator of the package by its identifier."""
    return {row["indicator"]: _indicator(row) for row in _records(tables["indicators"])}


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return cast(list[dict[str, Any]], frame.to_dict("records"))


def _yearly(visible: pd.DataFrame, indicators: dict[str, Indicator]) -> pd.DataFrame:
    basis = visible["indicator"].map({name: entry.basis for name, entry in indicators.items()})
    plain = visible["period"].map(is_plain_year).astype(bool)
    bounded = visible["bound"].ne("")
    rows = visible[visible["use"] & plain & visible["basis"].eq(basis) & ~bounded].copy()
    rows["year"] = rows["end_year"]
    latest_known = rows.sort_values("known_from", kind="stable").drop_duplicates(
        ["region", "indicator", "scope", "year"], keep="last"
    )
    columns = ["region", "indicator", "scope", "year", *SERIES_COLUMNS]
    return latest_known[columns].sort_values(["region", "indicator", "scope", "year"]).reset_index(drop=True)


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _indicator(row: dict[str, Any]) -> Indicator:
    names = Indicator.__dataclass_fields__
    fields = {name: row[name] for name in names if name not in ("lower", "upper", "decimals")}
    return Indicator(**fields, lower=_number(row["lower"]), upper=_number(row["upper"]), decimals=int(row["decimals"]))


def _target(row: dict[str, Any]) -> Target:
    numbers = ("base", "target", "target_high")
    names = [name for name in Target.__dataclass_fields__ if name not in (*numbers, "target_year")]
    fields: dict[str, Any] = {name: row[name] for name in names} | {name: _number(row[name]) for name in numbers}
    return Target(**fields, target_year=int(row["target_year"]))


def _as_known(target: Target, through: int) -> Target:
    """A base figure of a later year than the run may know is hidden."""
    if target.base_period and end_year(target.base_period) > through:
        return replace(target, base=None)
    return target
