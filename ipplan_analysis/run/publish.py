"""Publishing a run's forecasts as a vintage, to be scored when the outturn arrives."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

from ipplan_analysis.data.package import VINTAGES, read_descriptor
from ipplan_analysis.intake.lock import exclusive
from ipplan_analysis.intake.transaction import disk_errors, put_whole
from ipplan_analysis.run.compare import A_RUN, REMEDY, read_manifest
from ipplan_analysis.schema import Fault, ParameterError, cause

SAVED = ("indicator", "region", "year", "quantile", "value")  # columns of a run's forecasts
NUMBERS = {"year": int, "quantile": float, "value": float}
COLUMNS = ("run", "data_through", *SAVED)
RUN_ID = re.compile(r"[a-z0-9-]+-[0-9]{6}-[0-9]{4}-[0-9]{4}-[0-9]{2}-[0-9]{2}")  # plan, region, data year, day


def publish(run: Path, data_dir: Path, *, who: str) -> Path:
    """Append a run's forecasts to the data package; a published file is never changed.

    Parameters
    ----------
    run : folder of a finished run.
    data_dir : data package that keeps the vintages.
    who : named while the package is locked.

    Returns
    -------
    The new file `vintages/<run id>.csv` with the columns `COLUMNS`; the run id ends in the day of the run.

    Raises
    ------
    DataError : `data_dir` is no data package.
    ParameterError : the folder is not a run, or the run was published before.
    StoreError : somebody else is writing to the package, or the disk refuses.
    """
    read_descriptor(data_dir)  # a lock in a folder that is no package would be litter
    manifest = read_manifest(run)
    name = _run_id(manifest, run)
    target = data_dir / VINTAGES / f"{name}.csv"
    text = _vintage(run, name, str(manifest["data_through"]))
    with exclusive(data_dir, who=who), disk_errors(data_dir):
        if target.exists():
            raise ParameterError(
                [
                    Fault(
                        str(target),
                        None,
                        "",
                        "a published vintage of this run id",
                        "a new run id",
                        "A published forecast is never changed; publish another day's run.",
                    )
                ]
            )
        target.parent.mkdir(exist_ok=True)
        put_whole(target, text.encode())
    return target


def _run_id(manifest: dict[str, Any], run: Path) -> str:
    name = f"{manifest['plan']}-{manifest['region']}-{manifest['data_through']}-{manifest['started'][:10]}"
    if not RUN_ID.fullmatch(name):  # it becomes the name of a file
        raise ParameterError([Fault(str(run), None, "", f"a manifest that gives the run id {name!r}", A_RUN, REMEDY)])
    return name


def _vintage(run: Path, name: str, data_through: str) -> str:
    path = run / "tables" / "forecasts.csv"
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            if missing := set(SAVED) - set(reader.fieldnames or ()):
                raise ValueError(f"no column {', '.join(sorted(missing))}")
            for row in reader:
                for column, kind in NUMBERS.items():
                    kind(row[column])
                writer.writerow(row | {"run": name, "data_through": data_through})
    except (OSError, ValueError, TypeError, csv.Error) as error:  # TypeError: a row that is cut off
        raise ParameterError(
            [
                Fault(
                    str(path),
                    None,
                    "",
                    f"no forecasts that can be read ({cause(error)})",
                    "the forecasts that every run saves",
                    "Run the report again.",
                )
            ]
        ) from None
    return out.getvalue()
