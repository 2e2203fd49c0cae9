"""Runs: checked parameters, executed notebooks, all-or-nothing folders, comparisons, sweeps."""

from __future__ import annotations

import os
import sys

MANIFEST, INPUTS = "manifest.json", "inputs.zip"  # in a run's folder: what it was made from
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
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: not to be imported
