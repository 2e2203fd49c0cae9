"""Files of added figures: one an addition, beside the tables; whoever deletes one takes its addition back."""

from __future__ import annotations

import csv
import datetime as dt
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from ipplan_analysis.data.check import inspect_tables, load_tables
from ipplan_analysis.data.package import ADDITIONS, addition_columns, additions, default_data_dir, read_descriptor
from ipplan_analysis.intake.faults import StoreError
from ipplan_analysis.intake.lookup import Observation
from ipplan_analysis.intake.proposal import Proposal, propose
from ipplan_analysis.schema import DataError, cause

LOCK = ".ipplan.lock"
PATIENCE = 15.0  # seconds to wait for another writer; an addition takes about one, several on a busy machine
PART = "adding.part"  # one for all, so that the next addition clears away what a killed one left
OLD_JOURNAL = "journal.jsonl"  # of versions that entered additions into the tables themselves
LONGEST_STEM = 40  # characters of the user's file name that the addition's name keeps


@dataclass(frozen=True)
class Addition:
    """What was added: the proposal as carried out, and the file that holds it (None if nothing was new)."""

    proposal: Proposal
    path: Path | None


def add(
    file: Path,
    data_dir: Path,
    *,
    accept: str | None = None,
    given: Mapping[str, str] | None = None,
    now: dt.datetime,
) -> Addition:
    """Add a file's figures to a data package as one file in its `additions/`, all or none.

    The proposal is worked out afresh under the lock, so that two people adding at once get different identifiers and
    the second sees what the first added.

    Parameters
    ----------
    file, accept, given : see `propose`.
    data_dir : folder of the data package.
    now : its date is in the name, and is the day after which nothing can have been published.

    Raises
    ------
    IntakeError, QuestionsError : the file has faults, or figures that need a reason.
    DataError : the data package is at fault, before or after.
    StoreError : somebody else is writing, or the folder is read-only.
    OSError : the disk refuses. In every case nothing is changed.
    """
    with _exclusive(data_dir):
        proposal = propose(file, data_dir, today=now.date(), accept=accept, given=given)
        proposal.check()
        if not proposal.added:
            return Addition(proposal, None)
        path = data_dir / ADDITIONS / _name(data_dir, file, now)
        path.parent.mkdir(exist_ok=True)
        part = path.with_name(PART)
        try:
            _write(part, proposal.added, addition_columns(read_descriptor(data_dir)))
            faults = inspect_tables(data_dir, pending=[part.relative_to(data_dir).as_posix()])[1]
            if faults:
                raise DataError([replace(fault, file=fault.file.replace(part.name, path.name)) for fault in faults])
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    return Addition(proposal, path)


def undo(data_dir: Path) -> Path:
    """Take the last addition back by deleting its file; returns its path. Repeated, it goes further back.

    Raises
    ------
    StoreError : nothing to take back, somebody else is writing, or the folder is read-only.
    """
    with _exclusive(data_dir):
        names = additions(data_dir)
        if not names:
            older = (data_dir / OLD_JOURNAL).exists()
            where = " Those of earlier versions stand in the tables themselves; see journal.jsonl." if older else ""
            raise StoreError(f"{data_dir}: nothing to undo. {ADDITIONS}/ holds no addition.{where}")
        (data_dir / names[-1]).unlink()
    return data_dir / names[-1]


def init(target_dir: Path, *, source_dir: Path | None = None) -> Path:
    """Copy a data package into a new or empty folder; it appears whole or not at all.

    Parameters
    ----------
    target_dir : missing or empty; folders above it are made.
    source_dir : the package to copy, its additions too; the shipped one by default.

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


@contextmanager
def _exclusive(data_dir: Path) -> Iterator[None]:
    """Hold the data package for writing; the system drops the lock when its process ends, however it ends."""
    read_descriptor(data_dir)  # a lock in a folder that is no package would be litter
    try:
        held = FileLock(data_dir / LOCK).acquire(timeout=PATIENCE, poll_interval=0.05)
    except Timeout:
        reason, remedy = "is being changed by somebody else", "Try again when they have finished."
        raise StoreError(f"{data_dir} {reason}. Nothing was written. {remedy}") from None
    except OSError as error:
        remedy = "Use a copy of your own: ipplan init DIR, then --data DIR."
        raise StoreError(f"{data_dir} cannot be written to ({cause(error)}). Nothing was written. {remedy}") from None
    with held:
        yield


def _name(data_dir: Path, file: Path, now: dt.datetime) -> str:
    """The next number, the day and the file's own name; the number keeps additions in their order."""
    last = max((int(Path(name).name[:4]) for name in additions(data_dir) if Path(name).name[:4].isdigit()), default=0)
    stem = re.sub(r"\W+", "-", file.stem.encode(errors="ignore").decode())[:LONGEST_STEM].strip("-")
    return f"{last + 1:04d}-{now.date().isoformat()}-{stem or 'figures'}.csv"


def _write(path: Path, rows: Iterable[Observation], columns: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(row.as_row() for row in rows)
        stream.flush()
        os.fsync(stream.fileno())


def _copy(source: Path, target: Path) -> None:
    ignored = shutil.ignore_patterns(".*", "*.part", OLD_JOURNAL)
    with tempfile.TemporaryDirectory(prefix=".ipplan-init-", dir=target.parent) as staging:
        copy = shutil.copytree(source, Path(staging) / "data", ignore=ignored, copy_function=shutil.copyfile)
        if target.exists():
            target.rmdir()  # empty; Windows does not rename onto it
        os.replace(copy, target)
