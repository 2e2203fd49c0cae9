"""Runs: checked parameters, executed notebooks, all-or-nothing folders, comparisons, sweeps."""

from __future__ import annotations

import os
import sys
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ipplan_analysis.schema import ParameterError, RunError, cause

MANIFEST, INPUTS = "manifest.json", "inputs.zip"  # in a run's folder: what it was made from
INDEX = "index.html"  # beside the runs: the list of them
OUR_PAGE = b'<meta name="generator" content="ipplan-analysis">'
# A process with threads cannot be forked safely; OpenMP, OpenBLAS, MKL and Arrow start theirs on import.
SINGLE_THREADED = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}


def settle_process() -> None:
    """What a process that makes runs does before it imports anything large.

    jsonschema, which nbformat loads, builds the grammar of rfc3987_syntax where that is installed and does without
    where it is not (python-jsonschema/jsonschema#1428). That takes 1 s, and no notebook schema has the format.
    """
    os.environ.update(SINGLE_THREADED)
    # of cells without ids, or with the same: it gives them new ones
    warnings.filterwarnings("ignore", module=r"nbformat(\.|$)")
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: not to be imported


def run_folder(named: str) -> Path:
    """The folder of an earlier run: as named, or seen from the checkout or its `reports/`, as a notebook may not be."""
    root = Path(__file__).resolve().parents[2]
    places = [Path(named), root / named, root / "reports" / named]
    return next((place for place in places if (place / MANIFEST).is_file()), places[0])


@contextmanager
def readable(where: Path, found: str, expected: str, remedy: str) -> Iterator[None]:
    """Refuse what the block cannot read, whatever the library raises for a damaged file: each has many kinds of error.

    Raises
    ------
    ParameterError : the block raised; it says what was `found` at `where`, and why.
    """
    try:
        yield
    except Exception as error:
        why = textwrap.shorten(cause(error), 120, placeholder="…")
        raise ParameterError.at(where, f"{found} ({why})", expected, remedy) from error


def require_own_index(reports: Path) -> None:
    """Refuse a folder whose `index.html` is somebody's page, such as a web site's: the list of runs would replace it.

    Raises
    ------
    RunError : there is such a page.
    """
    try:
        ours = OUR_PAGE in (reports / INDEX).read_bytes()
    except (FileNotFoundError, NotADirectoryError):  # no list yet; a file in place of the folder is refused later
        return
    except OSError:
        ours = False
    if not ours:
        raise RunError(
            f"{reports / INDEX} is not a list of runs, and one would replace it. Name another folder with --out. "
            "Nothing was changed."
        )
