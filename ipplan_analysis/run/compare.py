"""Finished runs, read again: two side by side, and one run's forecasts published to be scored later."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pandas as pd

from ipplan_analysis.attainment.change import COLUMNS, changes
from ipplan_analysis.data import Plan, load_plan
from ipplan_analysis.data.package import VINTAGES, is_inside, read_descriptor
from ipplan_analysis.run import INPUTS, MANIFEST, run_folder
from ipplan_analysis.schema import LANGUAGES, Fault, ParameterError, cause

TEXT_COLUMNS = ("target_id", "name_en", "name_zh", "status", "region", "plan", "indicator")
RESULT_COLUMNS = {
    "target_id",
    "status",
    "probability",
    "last_value",
    "last_year",
}  # of those recorded, what is compared
MANIFEST_TYPES = {"plan": str, "region": str, "data_through": int, "started": str, "parameters": dict}
PARAMETER_TYPES = {"draws": int, "seed": int, "language": str}
A_RUN, REMEDY = "a run's folder", "Name a folder under reports/."
FORECAST_COLUMNS = {"indicator": str, "region": str, "year": int, "quantile": float, "value": float}
VINTAGE_COLUMNS = ("run", "data_through", *FORECAST_COLUMNS)
RUN_ID = re.compile(r"[a-z0-9-]+-[0-9]{6}-[0-9]{4}-[0-9]{4}-[0-9]{2}-[0-9]{2}")  # plan, region, data year, day
# what the library raises for archives that are damaged, encrypted, or packed in another way
DAMAGED = (OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error)


def compare_runs(first: Path, second: Path) -> pd.DataFrame:
    """Changes per target from one run to another; see `attainment.change.changes`.

    Raises
    ------
    ParameterError : a folder is not a run, or the runs are of different plans or regions.
    """
    before, after = read_manifest(first), read_manifest(second)
    _require_same(before, after, first, second)
    with tempfile.TemporaryDirectory() as folder:
        old = _plan(first, before, Path(folder) / "before")
        new = _plan(second, after, Path(folder) / "after")
        settings = after["parameters"]
        return changes(read_results(first), old, new, draws=settings["draws"], seed=settings["seed"])


def changes_since(previous: str | None, plan: Plan, *, draws: int, seed: int) -> pd.DataFrame:
    """Changes per target from an earlier run's folder to the figures of this plan; empty when none is named.

    Raises
    ------
    ParameterError : the folder is not a run of this plan and region.
    """
    if previous is None:
        return pd.DataFrame(columns=COLUMNS)
    run = run_folder(previous)
    before = read_manifest(run)
    _require_same(before, {"plan": plan.plan, "region": plan.region}, run, Path("this run"))
    with tempfile.TemporaryDirectory() as folder:
        old = _plan(run, before, Path(folder))
        return changes(read_results(run), old, plan, draws=draws, seed=seed)


def read_manifest(run: Path) -> dict[str, Any]:
    """A run's manifest; what is read of it later is there and of its type.

    Raises
    ------
    ParameterError : the folder holds none, or one of another shape.
    """
    try:
        content: Any = json.loads((run / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        found = f"no manifest that can be read ({cause(error)})"
        raise ParameterError([Fault(str(run), None, "", found, A_RUN, REMEDY)]) from None
    wrong = _wrong(content, MANIFEST_TYPES) or _wrong(content["parameters"], PARAMETER_TYPES)
    if not wrong and content["parameters"]["language"] not in LANGUAGES:
        wrong = ["language"]
    if wrong:
        found = f"a manifest without {', '.join(wrong)} as runs write them"
        raise ParameterError([Fault(str(run), None, "", found, A_RUN, REMEDY)])
    manifest: dict[str, Any] = content
    return manifest


def _wrong(content: Any, kinds: dict[str, type]) -> list[str]:
    """Names that are missing or of another type."""
    return [
        name for name, kind in kinds.items() if not isinstance(content, dict) or not isinstance(content.get(name), kind)
    ]


def read_results(run: Path) -> pd.DataFrame:
    """A run's results as it recorded them.

    Raises
    ------
    ParameterError : the run has none, or not with the columns that are compared.
    """
    path = run / "results.csv"
    try:
        table = pd.read_csv(path, encoding="utf-8-sig", dtype=dict.fromkeys(TEXT_COLUMNS, str))
        if missing := RESULT_COLUMNS - set(table.columns):
            raise ValueError(f"no column {', '.join(sorted(missing))}")
    except (OSError, ValueError) as error:
        found = f"no results that can be read ({cause(error)})"
        raise ParameterError([Fault(str(path), None, "", found, A_RUN, REMEDY)]) from None
    return table.assign(status=table["status"].fillna(""))


def _plan(run: Path, manifest: dict[str, Any], folder: Path) -> Plan:
    return load_plan(
        manifest["plan"],
        data_dir=unpack_inputs(run, folder),
        data_through=manifest["data_through"],
        region=manifest["region"],
    )


def _require_same(before: dict[str, Any], after: dict[str, Any], first: Path, second: Path) -> None:
    remedy = "Compare runs of one plan and region."
    faults = [
        Fault(str(second), None, name, repr(after[name]), f"{before[name]!r} as in {first}", remedy)
        for name in ("plan", "region")
        if before[name] != after[name]
    ]
    if faults:
        raise ParameterError(faults)


def unpack_inputs(run: Path, folder: Path) -> Path:
    """Unpack a run's input tables into a folder and return it.

    Raises
    ------
    ParameterError : the run has no input tables, or its archive is damaged or names files outside the folder.
    """
    try:
        with zipfile.ZipFile(run / INPUTS) as archive:
            if not all(map(is_inside, archive.namelist())):
                raise zipfile.BadZipFile("a name outside the folder")
            archive.extractall(folder)
    except DAMAGED as error:
        found = f"no usable input tables ({cause(error)})"
        fault = Fault(str(run / INPUTS), None, "", found, "the archive that every run keeps", REMEDY)
        raise ParameterError([fault]) from None
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
    if not RUN_ID.fullmatch(name):  # it becomes the name of a file
        raise ParameterError([Fault(str(run), None, "", f"a manifest that gives the run id {name!r}", A_RUN, REMEDY)])
    text = _vintage(run, name, str(manifest["data_through"]))
    target = data_dir / VINTAGES / f"{name}.csv"
    if target.exists():
        found, expected = "a published vintage of this run id", "a new run id"
        remedy = "A published forecast is never changed; publish another day's run."
        raise ParameterError([Fault(str(target), None, "", found, expected, remedy)])
    target.parent.mkdir(exist_ok=True)
    part = target.with_suffix(".part")
    try:
        part.write_text(text, encoding="utf-8", newline="")
        part.rename(target)  # whole at once
    finally:
        part.unlink(missing_ok=True)
    return target


def _vintage(run: Path, name: str, data_through: str) -> str:
    path = run / "tables" / "forecasts.csv"
    out = io.StringIO()
    writer = csv.DictWriter(out, VINTAGE_COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            if missing := FORECAST_COLUMNS.keys() - set(reader.fieldnames or ()):
                raise ValueError(f"no column {', '.join(sorted(missing))}")
            for row in reader:
                for column, kind in FORECAST_COLUMNS.items():
                    kind(row[column])
                writer.writerow(row | {"run": name, "data_through": data_through})
    except (OSError, ValueError, TypeError, csv.Error) as error:  # TypeError: a row that is cut off
        found, expected = f"no forecasts that can be read ({cause(error)})", "the forecasts that every run saves"
        raise ParameterError([Fault(str(path), None, "", found, expected, "Run the report again.")]) from None
    return out.getvalue()
