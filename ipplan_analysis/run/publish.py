"""Publishing a run's forecasts as a vintage, to be scored when the outturn arrives."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from pathlib import Path

from ipplan_analysis.data.package import VINTAGES
from ipplan_analysis.intake.lock import exclusive
from ipplan_analysis.run.compare import read_manifest
from ipplan_analysis.schema import Fault, ParameterError

COLUMNS = ("run", "data_through", "indicator", "region", "year", "quantile", "value")


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
    ParameterError : the folder is not a run, or the run was published before.
    StoreError : somebody else is writing to the package.
    """
    manifest = read_manifest(run)
    name = f"{manifest['plan']}-{manifest['region']}-{manifest['data_through']}-{manifest['started'][:10]}"
    target = data_dir / VINTAGES / f"{name}.csv"
    text = _vintage(run, name, str(manifest["data_through"]))
    with exclusive(data_dir, who=who):
        if target.exists():
            raise ParameterError([Fault(str(target), None, "", "a published vintage of this run id", "a new run id",
                                        "A published forecast is never changed; publish another day's run.")])
        target.parent.mkdir(exist_ok=True)
        _write_whole(target, text)
    return target


def _vintage(run: Path, name: str, data_through: str) -> str:
    path = run / "tables" / "forecasts.csv"
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                writer.writerow(row | {"run": name, "data_through": data_through})
    except (OSError, ValueError) as error:
        raise ParameterError([Fault(str(path), None, "", f"no forecasts that can be read ({error})",
                                    "the forecasts that every run saves", "Run the report again.")]) from None
    return out.getvalue()


def _write_whole(target: Path, text: str) -> None:
    """Write beside the target and rename, so that a reader never sees half a file."""
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".tmp")
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
        stream.write(text)
    os.replace(temporary, target)
