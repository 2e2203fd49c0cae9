"""Finished runs, read again: two side by side, and one run's forecasts published to be scored later."""

from __future__ import annotations

import json
import re
import tempfile
import zipfile
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from ipplan_analysis.attainment import assess
from ipplan_analysis.data import Plan, load_plan
from ipplan_analysis.data.package import VINTAGES, is_inside, read_descriptor
from ipplan_analysis.run import INPUTS, MANIFEST, readable, run_folder
from ipplan_analysis.schema import LANGUAGES, Fault, ParameterError

RECORDED_DIGITS = 9  # results are recorded with ten significant digits; a smaller difference is rounding
STEPS = ("method", "revised", "new")
CHANGE_COLUMNS = [
    *"target_id name_en name_zh status_before status_after probability_before probability_after".split(),
    *STEPS,
    *"last_value_before last_value_after last_year_before last_year_after".split(),
]
TEXT_COLUMNS = ("target_id", "name_en", "name_zh", "status", "region", "plan", "indicator")
# of the recorded results, what is compared
RESULT_COLUMNS = ("target_id", "status", "probability", "last_value", "last_year")
MANIFEST_TYPES = {"plan": str, "region": str, "data_through": int, "started": str, "parameters": dict}
PARAMETER_TYPES = {"draws": int, "seed": int, "language": str}
FORECAST_COLUMNS = {"indicator": str, "region": str, "year": int, "quantile": float, "value": float}
VINTAGE_COLUMNS = ["run", "data_through", *FORECAST_COLUMNS]
RUN_ID = re.compile(r"[a-z0-9-]+-[0-9]{6}-[0-9]{4}-[0-9]{4}-[0-9]{2}-[0-9]{2}")  # plan, region, data year, day


def _reading(path: Path, what: str) -> AbstractContextManager[None]:
    """Whatever goes wrong while a part of a run is read is said as one fault of that part."""
    expected, remedy = f"the {what} that a run's folder keeps", "Name the folder of another run under reports/."
    return readable(path, f"no {what} that can be read", expected, remedy)


def compare_runs(first: Path, second: Path) -> pd.DataFrame:
    """Changes per target from one run to another; see `changes`.

    Raises
    ------
    ParameterError : a folder is not a run, or the runs are of different plans or regions.
    """
    after = read_manifest(second)
    settings = after["parameters"]
    with tempfile.TemporaryDirectory() as folder:
        return _changes_from(first, _plan(second, after, Path(folder)), second, settings["draws"], settings["seed"])


def changes_since(previous: str | None, plan: Plan, *, draws: int, seed: int) -> pd.DataFrame:
    """Changes per target from an earlier run's folder to the figures of this plan; empty when none is named.

    Raises
    ------
    ParameterError : the folder is not a run of this plan and region.
    """
    if previous is None:
        return pd.DataFrame(columns=CHANGE_COLUMNS)
    return _changes_from(run_folder(previous), plan, Path("this run"), draws, seed)


def _changes_from(run: Path, plan: Plan, name: Path, draws: int, seed: int) -> pd.DataFrame:
    before = read_manifest(run)
    _require_same(before, plan, run, name)
    with tempfile.TemporaryDirectory() as folder:
        return changes(read_results(run), _plan(run, before, Path(folder)), plan, draws=draws, seed=seed)


def changes(recorded: pd.DataFrame, before: Plan, after: Plan, *, draws: int, seed: int) -> pd.DataFrame:
    """Attribute the change of every target's probability to its causes.

    The causes are applied one after the other: today's code on the first run's figures (method), then the second
    run's values of cells that the first run had (revised), then everything else (new). The order is fixed, so the
    parts add up to the whole.

    Parameters
    ----------
    recorded : results of the first run as it recorded them.
    before, after : what the first and the second run could see.
    draws, seed : of the second run.

    Returns
    -------
    Columns `CHANGE_COLUMNS`, one row per target of the second run, none for a region without targets; `method`, `revised` and
    `new` are differences of probability (blank where a step has none).
    """
    if not after.has_targets:
        return pd.DataFrame(columns=CHANGE_COLUMNS)
    mixed = replace(before, snapshot=before.snapshot.with_revisions(after.snapshot))
    stages = [recorded, *(assess(plan, draws=draws, seed=seed) for plan in (before, mixed, after))]
    first, *_, last = tables = [stage.set_index("target_id") for stage in stages]
    rows = last[["name_en", "name_zh"]].copy()
    for name in ("status", "probability", "last_value", "last_year"):
        rows[f"{name}_before"], rows[f"{name}_after"] = first[name].reindex(last.index), last[name]
    for step, earlier, later in zip(STEPS, tables, tables[1:], strict=False):
        was, now = (pd.to_numeric(table["probability"], errors="coerce") for table in (earlier, later))
        rows[step] = (now - was).reindex(last.index).round(RECORDED_DIGITS)
    return rows.reset_index()[CHANGE_COLUMNS]


def read_manifest(run: Path) -> dict[str, Any]:
    """A run's manifest; what is read of it later is there and of its type.

    Raises
    ------
    ParameterError : the folder holds none, or one of another shape.
    """
    with _reading(run, "manifest"):
        content: Any = json.loads((run / MANIFEST).read_text(encoding="utf-8"))
        _require_types(content, MANIFEST_TYPES)
        _require_types(content["parameters"], PARAMETER_TYPES)
        if content["parameters"]["language"] not in LANGUAGES:
            raise ValueError("an unknown language")
    manifest: dict[str, Any] = content
    return manifest


def _require_types(content: Any, kinds: dict[str, type]) -> None:
    known = content if isinstance(content, dict) else {}
    if wrong := [name for name, kind in kinds.items() if not isinstance(known.get(name), kind)]:
        raise ValueError(f"without {', '.join(wrong)} as runs write them")


def read_results(run: Path) -> pd.DataFrame:
    """A run's results as it recorded them.

    Raises
    ------
    ParameterError : the run has none, or not with the columns that are compared.
    """
    path = run / "results.csv"
    with _reading(path, "results"):
        table = pd.read_csv(path, encoding="utf-8-sig", dtype=dict.fromkeys(TEXT_COLUMNS, str))
        _require_columns(table, RESULT_COLUMNS)
    return table.assign(status=table["status"].fillna(""))


def _require_columns(table: pd.DataFrame, names: Iterable[str]) -> None:
    if missing := set(names) - set(table.columns):
        raise ValueError(f"no column {', '.join(sorted(missing))}")


def _plan(run: Path, manifest: dict[str, Any], folder: Path) -> Plan:
    return load_plan(
        manifest["plan"],
        data_dir=unpack_inputs(run, folder),
        data_through=manifest["data_through"],
        region=manifest["region"],
    )


def _require_same(before: dict[str, Any], plan: Plan, first: Path, second: Path) -> None:
    remedy = "Compare runs of one plan and region."
    faults = [
        Fault(str(second), None, name, repr(getattr(plan, name)), f"{before[name]!r} as in {first}", remedy)
        for name in ("plan", "region")
        if before[name] != getattr(plan, name)
    ]
    if faults:
        raise ParameterError(faults)


def unpack_inputs(run: Path, folder: Path) -> Path:
    """Unpack a run's input tables into a folder and return it.

    Raises
    ------
    ParameterError : the run has no input tables, or its archive is damaged or names files outside the folder.
    """
    with _reading(run / INPUTS, "input tables"), zipfile.ZipFile(run / INPUTS) as archive:
        if not all(map(is_inside, archive.namelist())):
            raise zipfile.BadZipFile("a name outside the folder")
        archive.extractall(folder)
    return folder


def publish(run: Path, data_dir: Path) -> Path:
    """Add a run's forecasts to the data package; a published file is never changed.

    Parameters
    ----------
    run : folder of a finished run.
    data_dir : data package that keeps the vintages.

    Returns
    -------
    The new file `vintages/<run id>.csv` with the columns `VINTAGE_COLUMNS`; the run id ends in the day of the run.

    Raises
    ------
    DataError : `data_dir` is no data package.
    ParameterError : the folder is not a run, or the run was published before.
    OSError : the disk refuses; nothing was changed.
    """
    read_descriptor(data_dir)
    manifest = read_manifest(run)
    name = f"{manifest['plan']}-{manifest['region']}-{manifest['data_through']}-{manifest['started'][:10]}"
    with _reading(run, "manifest"):
        if not RUN_ID.fullmatch(name):  # it becomes the name of a file
            raise ValueError(f"it gives the run id {name!r}")
    text = _vintage(run, name, manifest["data_through"])
    target = data_dir / VINTAGES / f"{name}.csv"
    if target.exists():
        remedy = "A published forecast is never changed; publish another day's run."
        raise ParameterError.at(target, "a published vintage of this run id", "a new run id", remedy)
    target.parent.mkdir(exist_ok=True)
    part = target.with_suffix(".part")
    try:
        part.write_text(text, encoding="utf-8", newline="")
        part.rename(target)  # whole at once
    finally:
        part.unlink(missing_ok=True)
    return target


def _vintage(run: Path, name: str, data_through: int) -> str:
    """The run's forecasts as a vintage keeps them, their figures to the letter."""
    path = run / "tables" / "forecasts.csv"
    with _reading(path, "forecasts"):
        table = pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)
        _require_columns(table, FORECAST_COLUMNS)
        table.astype(FORECAST_COLUMNS)  # raises where one is no number
        if table[[*FORECAST_COLUMNS]].isna().any(axis=None):
            raise ValueError("a row that is cut off")
    table = table.assign(run=name, data_through=data_through)
    text: str = table.to_csv(columns=VINTAGE_COLUMNS, index=False, lineterminator="\n")
    return text
