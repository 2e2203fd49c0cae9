"""One run of a sweep as a function that a worker process calls: parameters in, the files of the run out.

Light to import: a worker loads the libraries when its first job begins. No disk need be shared with the worker.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ipplan_analysis.schema import PlanError, RunError
from ipplan_analysis.startup import skip_unused_grammar

NOTHING = 0  # exit code of a worker whose driver has gone: nobody is left to be told


@dataclass(frozen=True)
class Job:
    """One run to be made.

    Attributes
    ----------
    name : of the run's folder.
    given : its parameters.
    inputs : what it must be made from (`manifest.inputs`): a worker with other data, code or packages refuses.
    timeout : seconds allowed to one cell; None for the usual.
    notebooks : folder of the notebooks; None for the suite's own.
    """

    name: str
    given: Mapping[str, Any]
    inputs: Mapping[str, Any]
    timeout: int | None = None
    notebooks: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a job: `error` is empty when `files` (content by path in the run's folder) are a whole run."""

    name: str
    seconds: float = 0.0
    error: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def run_job(job: Job) -> Outcome:
    """Make one run in this process and return its files; never raises for a run that fails.

    The process keeps one kernel server for all its jobs, so the libraries are loaded once.
    """
    clock = time.perf_counter()
    files: dict[str, bytes] = {}
    try:
        from ipplan_analysis.kernels.client import keep_warm

        keep_warm()
        _make(job, files)
    except Exception as error:
        files["error.txt"] = traceback.format_exc().encode()
        text = str(error) if isinstance(error, PlanError) else f"{type(error).__name__}: {error}"
        return Outcome(job.name, time.perf_counter() - clock, text, files)
    return Outcome(job.name, time.perf_counter() - clock, "", files)


def _make(job: Job, files: dict[str, bytes]) -> None:
    from ipplan_analysis.run.execute import CELL_TIMEOUT_SECONDS
    from ipplan_analysis.run.outputs import scratch_folder
    from ipplan_analysis.run.report_run import checked_run, write_run

    run = checked_run(job.given, notebooks=job.notebooks)
    _require_same_inputs(job, run)
    with scratch_folder() as folder:
        try:
            write_run(run, folder, say=lambda _: None, timeout=job.timeout or CELL_TIMEOUT_SECONDS, many=True)
        finally:
            files |= {path.relative_to(folder).as_posix(): path.read_bytes() for path in _files(folder)}


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _require_same_inputs(job: Job, run: Any) -> None:
    here = run.inputs()
    differ = [name.removesuffix("_sha256") for name, value in job.inputs.items() if here.get(name) != value]
    if differ:
        raise RunError(
            f"The worker's {', '.join(differ)} differ from those of the process that began the sweep. "
            "Install the same checkout and data on every worker."
        )


def local_pool(workers: int) -> ProcessPoolExecutor:
    """A pool of fresh processes on this machine, each of which ends with this one.

    No limit of jobs per process: `max_tasks_per_child` can hang in Python 3.11 (python/cpython#115634), and a
    worker's caches are bounded.
    """
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=begin_worker)


def begin_worker() -> None:
    """Make this process a worker: one thread for numerical libraries, no word on Ctrl-C, no life without its driver."""
    skip_unused_grammar()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    driver = multiprocessing.parent_process()
    assert driver is not None
    threading.Thread(target=_end_with, args=(driver,), daemon=True).start()


def _end_with(driver: Any) -> None:
    driver.join()
    os._exit(NOTHING)
