"""All or nothing: a run's folder appears under the reports only when it is whole."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ipplan_analysis.schema import Fault, ParameterError, RunError

FAILED = "_failed"
WORK_PREFIX = ".run-"  # a hidden folder beside the result, so that the last step is a rename on one file system


@contextmanager
def whole_folder(parent: Path, name: str) -> Iterator[Path]:
    """A temporary folder that becomes `parent/name` when the block ends without an error.

    An older folder of that name is replaced only then. On an error what was made is kept in `parent/_failed/name`.

    Raises
    ------
    RunError : the folder cannot be written, or another run of the same name is under way.
    """
    _require_plain_name(name)
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with FileLock(parent / f".{name}.lock", timeout=0):
            _sweep_leftovers(parent, name)
            work = Path(tempfile.mkdtemp(prefix=f"{WORK_PREFIX}{name}-", dir=parent))
            try:
                yield work
                work.chmod(0o755)
                _replace(work, parent / name)
            except BaseException:
                _keep_failed(work, parent / FAILED / name)
                raise
    except Timeout:
        raise RunError(f"Another run named {name} is under way in {parent}. Wait for it to end.") from None
    except OSError as error:
        raise RunError(f"Cannot write the run to {parent}: {error.strerror or error}. Free space or choose another "
                       "folder with --out.") from error


def _require_plain_name(name: str) -> None:
    if not name or name != Path(name).name or name.startswith((".", "_")) or not name.isprintable() or len(name) > 120:
        raise ParameterError([Fault("parameters", None, "name", repr(name), "a plain folder name",
                                    "Use letters, digits and hyphens.")])


def _sweep_leftovers(parent: Path, name: str) -> None:
    """Folders of a run of this name that was killed; we hold its lock, so nobody works in them."""
    for left in parent.glob(f"{WORK_PREFIX}{name}-*"):
        shutil.rmtree(left, ignore_errors=True)


def _replace(work: Path, final: Path) -> None:
    if not final.exists():
        os.replace(work, final)
        return
    old = Path(tempfile.mkdtemp(prefix=f"{WORK_PREFIX}{final.name}-", dir=final.parent)) / "old"
    os.replace(final, old)
    os.replace(work, final)
    shutil.rmtree(old.parent, ignore_errors=True)


def _keep_failed(work: Path, failed: Path) -> None:
    try:
        if not any(work.iterdir()):
            work.rmdir()
            return
        shutil.rmtree(failed, ignore_errors=True)
        failed.parent.mkdir(exist_ok=True)
        os.replace(work, failed)
    except OSError:
        shutil.rmtree(work, ignore_errors=True)
