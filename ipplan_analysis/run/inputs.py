"""The input tables that every run keeps, so that it can be compared and repeated."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from ipplan_analysis.data.package import VINTAGES, is_inside, package_files
from ipplan_analysis.schema import Fault, ParameterError, cause

INPUTS = "inputs.zip"
# what the library raises for archives that are damaged, encrypted, or packed in another way
DAMAGED = (OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error)
FIXED_TIME = (2000, 1, 1, 0, 0, 0)  # the same tables give the same bytes


def save_inputs(data_dir: Path, folder: Path) -> Path:
    """Pack the data package, published forecasts included, into the run's folder."""
    names = [
        *package_files(data_dir),
        *sorted(f"{VINTAGES}/{path.name}" for path in (data_dir / VINTAGES).glob("*.csv")),
    ]
    target = folder / INPUTS
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            entry = zipfile.ZipInfo(name, FIXED_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, (data_dir / name).read_bytes())
    return target


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
        raise ParameterError(
            [
                Fault(
                    str(run / INPUTS),
                    None,
                    "",
                    f"no usable input tables ({cause(error)})",
                    "the archive that every run keeps",
                    "Name a run's folder under reports/.",
                )
            ]
        ) from None
    return folder
