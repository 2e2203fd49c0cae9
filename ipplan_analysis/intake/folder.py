"""A user's own copy of the data package."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from ipplan_analysis.data.check import load_tables
from ipplan_analysis.data.package import default_data_dir
from ipplan_analysis.intake.faults import StoreError
from ipplan_analysis.intake.journal import JOURNAL
from ipplan_analysis.schema import cause


def init(target_dir: Path, *, source_dir: Path | None = None) -> Path:
    """Copy a data package into a new or empty folder; it appears whole or not at all.

    Parameters
    ----------
    target_dir : missing or empty; folders above it are made.
    source_dir : the package to copy; the shipped one by default. Its journal stays behind: it tells of another copy.

    Returns
    -------
    The folder, absolute.

    Raises
    ------
    StoreError : the folder is not empty, is a file, lies inside the package, or cannot be written.
    DataError : there is no package to copy, or it is at fault.
    """
    source = (source_dir or default_data_dir()).resolve()
    load_tables(source)
    target = target_dir.expanduser().absolute()
    if target.resolve().is_relative_to(source):
        raise StoreError(f"{target} lies inside the data package {source}. Name a folder elsewhere.")
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise StoreError(f"{target} is not an empty folder. Nothing was written. Name a new folder.")
        target.parent.mkdir(parents=True, exist_ok=True)
        _copy(source, target)
    except OSError as error:
        raise StoreError(f"{target}: {cause(error)}. Nothing was written. Name another folder.") from None
    return target


def _copy(source: Path, target: Path) -> None:
    staging = Path(tempfile.mkdtemp(prefix=".ipplan-init-", dir=target.parent))
    try:
        shutil.copytree(
            source, staging / "data", ignore=shutil.ignore_patterns(".*", JOURNAL), copy_function=shutil.copyfile
        )
        if target.exists():
            target.rmdir()  # empty; Windows does not rename onto it
        os.replace(staging / "data", target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
