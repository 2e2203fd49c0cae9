"""All or nothing: a run's folder appears under the reports only when it is whole."""

from __future__ import annotations

import ctypes
import errno
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ipplan_analysis.run import guard
from ipplan_analysis.schema import Fault, ParameterError, PlanError, RunError, cause

FAILED = "_failed"
LOCKS = ".locks"  # the system drops a lock when its process ends; the empty files stay, out of sight
WORK_PREFIX = ".run-"  # a hidden folder beside the result, so that the last step is a rename on one file system
OLD = "-old"  # ends the name of a run's folder while another takes its place in two steps
ERROR_FILE = "error.txt"
DISK_ERRORS = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EIO,
    errno.ENOTDIR,
    errno.EEXIST,
    errno.ENOENT,
    errno.ENAMETOOLONG,
}
GUARD_TIMEOUT_SECONDS = 10.0  # it has nothing to do after an orderly end; a slow disk may take its time
AT_FDCWD, RENAME_EXCHANGE = -100, 2  # linux/fcntl.h, linux/fs.h


@contextmanager
def whole_folder(parent: Path, name: str) -> Iterator[Path]:
    """A temporary folder that becomes `parent/name` when the block ends without an error.

    An older folder of that name is replaced only then. What was made before an error, or before this process was
    killed, is kept in `parent/_failed/name`.

    Raises
    ------
    RunError : the folder cannot be written, or another run of the same name is under way.
    """
    _require_plain_name(name)
    failed = parent / FAILED / name
    try:
        (parent / LOCKS).mkdir(parents=True, exist_ok=True)
        with FileLock(parent / LOCKS / f"{name}.lock", timeout=0):
            _put_away_leftovers(parent, name)
            with guarded_folder(parent, f"{WORK_PREFIX}{name}-", failed=failed, final=parent / name) as work:
                yield work
    except Timeout:
        raise RunError(f"Another run named {name} is under way in {parent}. Wait for it to end.") from None
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise RunError(f"The run ended: {cause(error)}.") from error
        raise RunError(
            f"Cannot write the run to {parent}: {cause(error)}. Free space or choose another folder with --out."
        ) from error


@contextmanager
def guarded_folder(
    parent: Path, prefix: str, *, failed: Path | None = None, final: Path | None = None
) -> Iterator[Path]:
    """A new folder that does not outlive the block, nor this process however it ends.

    Parameters
    ----------
    failed : where it is moved after an error; None removes it.
    final : where it is moved when the block ends without one; an older folder there is replaced.

    Raises
    ------
    PlanError : as raised in the block, with a word on what was kept.
    """
    parent, failed = parent.absolute(), failed and failed.absolute()  # the guard works from the root folder
    work = parent / f"{prefix}{secrets.token_hex(4)}"
    watch = subprocess.Popen(
        [sys.executable, "-I", "-S", guard.__file__, work, failed or ""],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )
    try:
        work.mkdir()
        try:
            yield work
            if final is not None:
                _tell_whole(watch)
                _replace(work, final)
        except BaseException as error:
            if _keep(work, failed, error) and isinstance(error, PlanError):
                error.args = (f"{error} What it had made is kept in {failed}.",)
            raise
    finally:
        guard.put_away(work, None)
        assert watch.stdin is not None
        watch.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            watch.wait(GUARD_TIMEOUT_SECONDS)


def scratch_folder() -> AbstractContextManager[Path]:
    """A folder for temporary files that is removed however this process ends."""
    return guarded_folder(Path(tempfile.gettempdir()), "ipplan-run-")


def put_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files by their path below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def keep_failed(files: Mapping[str, bytes], parent: Path, name: str) -> None:
    """Keep what a run made elsewhere before it failed in `parent/_failed/name`, if that can be written."""
    _require_plain_name(name)
    with suppress(OSError):
        shutil.rmtree(parent / FAILED / name, ignore_errors=True)
        put_files(files, parent / FAILED / name)


def _require_plain_name(name: str) -> None:
    if not name or name != Path(name).name or name.startswith((".", "_")) or not name.isprintable() or len(name) > 120:
        raise ParameterError(
            [Fault("parameters", None, "name", repr(name), "a plain folder name", "Use letters, digits and hyphens.")]
        )


def _put_away_leftovers(parent: Path, name: str) -> None:
    """Folders of a run of this name that was killed with its guard; we hold its lock, so nobody works in them."""
    for left in parent.glob(f"{WORK_PREFIX}{name}-*"):
        if not left.name.endswith(OLD):
            guard.put_away(left, parent / FAILED / name)
        elif (parent / name).exists():
            shutil.rmtree(left, ignore_errors=True)
        else:  # killed between the two steps of `_replace`
            os.replace(left, parent / name)


def _tell_whole(watch: subprocess.Popen[bytes]) -> None:
    """From here on what stands under the folder's name may be an older run that was exchanged for it: no evidence."""
    assert watch.stdin is not None
    with suppress(BrokenPipeError):  # the guard was killed; the next run of this name puts away what is left
        watch.stdin.write(guard.WHOLE)
        watch.stdin.flush()


def _keep(work: Path, failed: Path | None, error: BaseException) -> bool:
    with suppress(OSError):
        if failed is not None and any(work.iterdir()):
            text = "".join(traceback.format_exception(error))
            (work / ERROR_FILE).write_text(text, encoding="utf-8")
    return guard.put_away(work, failed)


def _replace(work: Path, final: Path) -> None:
    """Put a folder in the place of another in one step where the system can, else in two."""
    if not final.exists():
        os.replace(work, final)
    elif not _exchanged(work, final):
        old = work.with_name(work.name + OLD)
        os.replace(final, old)
        try:
            os.replace(work, final)
        except OSError:
            os.replace(old, final)
            raise
        shutil.rmtree(old, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    if sys.platform != "linux":
        return False
    with suppress(AttributeError):  # a C library without the call
        call = ctypes.CDLL(None, use_errno=True).renameat2
        return bool(call(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0)
    return False
