"""What outlives a run that is killed: it keeps or removes the run's unfinished folder.

Run as a script by `outputs`, with the standard library alone, so that it starts in a few hundredths of a second.
"""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress

WHOLE = b"w"  # what the owner writes when the folder is whole and about to take its place


def put_away(work: str | os.PathLike[str], failed: str | os.PathLike[str] | None) -> bool:
    """Move an unfinished folder to where failed runs are kept, or remove it when it is empty or nowhere is given.

    Returns
    -------
    Whether there is something in `failed` now. Never raises: on a full or unwritable disk the folder is removed.
    """
    kept = False
    with suppress(OSError):
        if failed is not None and os.listdir(work):
            os.makedirs(os.path.dirname(failed), exist_ok=True)
            shutil.rmtree(failed, ignore_errors=True)
            os.replace(work, failed)
            kept = True
    shutil.rmtree(work, ignore_errors=True)
    return kept


def main(work: str, failed: str) -> None:
    """Wait until our standard input closes, which it does however its owner ends; put away what is left."""
    whole = sys.stdin.buffer.read() == WHOLE
    put_away(work, None if whole else failed or None)


if __name__ == "__main__":
    main(*sys.argv[1:])
