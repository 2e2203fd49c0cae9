"""One writer at a time for a data package."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ipplan_analysis.intake.faults import StoreError
from ipplan_analysis.schema import cause

LOCK, HOLDER = ".ipplan.lock", ".ipplan.holder"
PATIENCE = 5.0  # seconds; an addition takes about one


@contextmanager
def exclusive(data_dir: Path, *, who: str, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the data package for writing.

    The operating system drops the lock when its process ends, however it ends, so that no stale lock blocks. The file
    that names the holder is a remark beside it and is read only while the lock is held.

    Raises
    ------
    StoreError : somebody else holds it for longer than `patience` seconds, or the folder cannot be written to.
    """
    lock = FileLock(data_dir / LOCK)
    try:
        lock.acquire(timeout=patience, poll_interval=0.05)
    except Timeout:
        raise StoreError(
            f"{data_dir} is being changed by {_holder(data_dir)}. Nothing was written. Try again when they "
            "have finished."
        ) from None
    except OSError as error:
        raise StoreError(
            f"{data_dir} cannot be written to ({cause(error)}). Nothing was written. "
            "Use a copy of your own: ipplan init DIR, then --data DIR."
        ) from None
    try:
        with suppress(OSError):
            note = json.dumps(_self(who), ensure_ascii=False)
            (data_dir / HOLDER).write_text(note, encoding="utf-8", errors="replace")
        yield
    finally:
        with suppress(OSError):
            (data_dir / HOLDER).unlink()
        lock.release()


def _self(who: str) -> dict[str, str | int]:
    return {"who": who, "process": os.getpid(), "since": dt.datetime.now().astimezone().isoformat(timespec="seconds")}


def _holder(data_dir: Path) -> str:
    with suppress(OSError, ValueError, KeyError, TypeError):
        holder = json.loads((data_dir / HOLDER).read_text(encoding="utf-8"))
        return f"{holder['who']} (process {holder['process']}, since {holder['since']})"
    return "somebody else"
