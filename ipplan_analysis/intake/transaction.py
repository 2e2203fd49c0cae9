"""Replacing several files of a data package together or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ipplan_analysis.data.package import DESCRIPTOR, read_descriptor
from ipplan_analysis.intake.faults import StoreError
from ipplan_analysis.intake.journal import (
    ABANDONED,
    DONE,
    OPEN,
    ROLLED_BACK,
    FileChange,
    change_from_json,
    read_journal,
    sha256,
    write_journal,
)
from ipplan_analysis.intake.lock import exclusive
from ipplan_analysis.schema import cause

STAGING = ".intake-"  # prefix of the folder, inside the package, in which new files are made and checked
Record = dict[str, Any]


def settle(data_dir: Path) -> None:
    """Roll back an addition that was interrupted, if there is one."""
    if any(entry["state"] == OPEN for entry in read_journal(data_dir)):
        with exclusive(data_dir, who="recovery"), disk_errors(data_dir):
            recover(data_dir)


def recover(data_dir: Path) -> None:
    """`settle` for a caller who holds the lock; also clears away what a killed process left."""
    for leftover in data_dir.glob(f"{STAGING}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    for entry in read_journal(data_dir):
        if entry["state"] == OPEN:
            _roll_back(data_dir, entry)


def commit(data_dir: Path, changes: dict[str, FileChange], record: Record, check: Callable[[Path], None]) -> int:
    """Apply changes to files of the package, all or none, and enter them in the journal; the caller holds the lock.

    New files are made and checked in a folder inside the package, the intent is written to the journal, then the files
    are replaced in the order given. A crash in between is undone by `recover` on the next start. The order must be such
    that every state on the way is a valid package: sources before the observations that name them.

    Parameters
    ----------
    changes : by file name, in order of replacement.
    record : what the journal keeps beside the changes.
    check : called with a folder holding the whole package as it would be; raises if it is not in order.

    Returns
    -------
    Number of the journal's entry.
    """
    entries = read_journal(data_dir)
    number = max((int(entry["entry"]) for entry in entries), default=0) + 1
    staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=data_dir))
    try:
        _stage(data_dir, staging, changes)
        check(staging)
        files = {name: change.as_json() for name, change in changes.items()}
        entry = {"entry": number, "state": OPEN, **record, "files": files}
        write_journal(data_dir, entry)
        try:
            for name in changes:
                _put(staging / name, data_dir / name)
            write_journal(data_dir, {"entry": number, "state": DONE})
        except BaseException:
            with suppress(OSError):  # a disk that refuses this too leaves the entry open, for the next start
                _roll_back(data_dir, entry)
            raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return number


@contextmanager
def disk_errors(data_dir: Path) -> Iterator[None]:
    """Name the folder and the reason when the disk refuses, without a traceback."""
    try:
        yield
    except OSError as error:
        where = error.filename2 or error.filename or data_dir
        raise StoreError(
            f"{where}: {cause(error)}. Nothing was changed. Free space, check permissions, and close "
            "the file in other programs."
        ) from None


def _stage(data_dir: Path, staging: Path, changes: dict[str, FileChange]) -> None:
    names = {DESCRIPTOR, *(resource.path for resource in read_descriptor(data_dir).values())}
    for name in names:
        (staging / name).parent.mkdir(parents=True, exist_ok=True)
        if name in changes:
            write_whole(staging / name, changes[name].forward((data_dir / name).read_bytes()))
            shutil.copymode(data_dir / name, staging / name)
        else:
            _link(data_dir / name, staging / name)


def _link(old: Path, new: Path) -> None:
    try:
        os.link(old, new)
    except OSError:  # file systems without hard links
        shutil.copyfile(old, new)


def write_whole(path: Path, content: bytes, *, new: bool = False) -> None:
    """Write a file and see it on the disk; `new` refuses one that exists already."""
    with path.open("xb" if new else "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def put_whole(place: Path, content: bytes) -> None:
    """Write a file so that readers see it whole or not at all; a failure leaves nothing behind."""
    part = place.with_name(f".{place.name}.tmp")
    try:
        write_whole(part, content)
        _put(part, place)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _put(new: Path, place: Path) -> None:
    os.replace(new, place)
    if os.name == "posix":  # the name is on the disk only when its folder is
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _roll_back(data_dir: Path, entry: Record) -> None:
    """Bring files back that an unfinished entry replaced; if one was edited since, touch none and close the entry."""
    changes = {name: change_from_json(change) for name, change in entry["files"].items()}
    contents = {name: (data_dir / name).read_bytes() for name in changes}
    hashes = {name: sha256(content) for name, content in contents.items()}
    if any(hashes[name] not in (change.before_sha256, change.after_sha256) for name, change in changes.items()):
        write_journal(data_dir, {"entry": entry["entry"], "state": ABANDONED})
        return
    staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=data_dir))
    try:
        for name, change in reversed(changes.items()):
            if hashes[name] == change.after_sha256 != change.before_sha256:
                part = staging / Path(name).name
                write_whole(part, change.reversed().forward(contents[name]))
                shutil.copymode(data_dir / name, part)
                _put(part, data_dir / name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    write_journal(data_dir, {"entry": entry["entry"], "state": ROLLED_BACK})
