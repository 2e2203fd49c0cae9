"""Many runs: every combination of regions and years, each in a process of its own, here or on a Dask cluster."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Literal

from ipplan_analysis.data.plan import cached_tables
from ipplan_analysis.report import write_index
from ipplan_analysis.run import SINGLE_THREADED, require_own_index, settle_process
from ipplan_analysis.run.execute import CELL_TIMEOUT_SECONDS, can_fork, end_with_parent
from ipplan_analysis.run.make import FAILED, compute_shared, is_made_from, made_from, make_report, whole_folder
from ipplan_analysis.run.parameters import WHERE, Value, checked_run, folder_of, run_name
from ipplan_analysis.schema import Fault, ParameterError, PlanError, RunError, cause, nearest

State = Literal["done", "failed", "unchanged"]
ALL, OWN, RANGE = "all", "own", ".."
YEARS = re.compile(r"[0-9]{4}(\.\.[0-9]{4})?")
TRIES = 3  # of a run whose process was killed
KILLED = "Its process was killed each time (out of memory?)."
DASK_MISSING = "A sweep on a cluster needs the package distributed: pip install 'ipplan-analysis[dask]'"
DASK_SECONDS = 10.0  # to reach the scheduler
DASK_ADDRESS = re.compile(r"[a-z]+://\S+:\d+")
DASK_RETRIES = (
    5  # workers that may be killed under a run before it counts as failed: a cluster may lose several at once
)


@dataclass(frozen=True)
class Job:
    """One run to be made.

    Attributes
    ----------
    name : of the run's folder.
    given : its parameters.
    inputs : what it must be made from (`made_from`): a process with other data, code or packages refuses.
    timeout : seconds allowed to one cell.
    notebooks : folder of the notebooks; None for the suite's own.
    """

    name: str
    given: Mapping[str, Any]
    inputs: Mapping[str, Any]
    timeout: int = CELL_TIMEOUT_SECONDS
    notebooks: Path | None = None


@dataclass(frozen=True)
class Result:
    """What became of one run; `reason` says why it failed, `files` is its folder where no disk is shared."""

    name: str
    state: State
    seconds: float = 0.0
    reason: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


# Receives after each run its result, how many are finished, and how many there are
Progress = Callable[[Result, int, int], object]


def combinations(
    regions: str | Sequence[str] | None,
    years: str | Sequence[int] | None,
    *,
    plans: str | Sequence[str] | None = None,
    given: Mapping[str, Value] | None = None,
    notebooks: Path | None = None,
) -> list[Job]:
    """Jobs for every year, plan and region, years first: runs that share a year's fitted pool follow each other.

    Parameters
    ----------
    regions : codes, as a sequence or separated by commas; `all` for every province, `own` for each plan's own; None for
        `all` with one plan and `own` with several.
    years : data years, as numbers, or text like ``2015..2023`` or ``2020,2023``; None for every figure known.
    plans : identifiers, as a sequence or separated by commas, or `all`; None for the shipped one.
    given : the other parameters, the same for all runs; words are read as the types that the notebooks declare.
    notebooks : as in `Job`.

    Raises
    ------
    ParameterError, DataError : anything wrong with the parameters or the data; nothing has been run.
    """
    given = given or {}
    names = [] if plans is None else _names(plans, cached_tables(folder_of(given))["plans"]["plan"], "plan")
    begun = {**given, "plan": names[0] if names else None, "region": None, "data_through": None}
    first = checked_run(begun, from_text=True, notebooks=notebooks)
    provinces = first.plan.regions.index[first.plan.regions["level"].eq("province")]
    if regions is None:
        regions = OWN if len(names) > 1 else ALL
    codes = [None] if regions == OWN else _names(regions, first.plan.regions.index, "region", every=provinces)
    same = made_from(first)
    jobs = []
    for year in [None] if years is None else _years(years):
        for plan in names or [str(first.values["plan"])]:
            # what the data do not reach is refused before anything runs
            run = checked_run({**first.values, "plan": plan, "region": None, "data_through": year}, notebooks=notebooks)
            for code in codes:
                values = run.values if code is None else run.values | {"region": code}
                jobs.append(Job(run_name(values), values, same | {"parameters": values}, notebooks=notebooks))
    return jobs


def sweep(
    jobs: Sequence[Job],
    reports: Path,
    *,
    progress: Progress,
    workers: int = 1,
    dask: str | None = None,
    only_missing: bool = False,
) -> list[Result]:
    """Make every run; one that fails does not stop the rest.

    Parameters
    ----------
    jobs : from `combinations`.
    reports : folder in which each run appears when it is whole; what failed runs made is kept in `_failed`.
    progress : receives each result as it comes.
    workers : runs at a time on this machine, where no cluster is named.
    dask : address of the scheduler of a running Dask cluster, such as ``tcp://10.0.0.1:8786``.
    only_missing : whether to leave out runs whose folder was made from the same inputs.

    Returns
    -------
    One result per job, in the order of the jobs.

    Raises
    ------
    PlanError : the cluster cannot be reached, or nothing can be written to `reports`. A failed run is a result, not
        an error.
    """
    require_own_index(reports)
    try:  # refuse now what would be refused after hours of work
        reports.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=reports):
            pass
    except OSError as error:
        raise RunError(f"{reports}: {cause(error)}. Nothing was changed.") from None
    found: dict[str, Result] = {}

    def record(result: Result) -> None:
        found[result.name] = result
        progress(result, len(found), len(jobs))

    for job in jobs:
        if only_missing and is_made_from(reports / job.name, job.inputs):
            record(Result(job.name, "unchanged"))
    pending = [job for job in jobs if job.name not in found]
    results = _here(pending, reports, workers) if dask is None else _on_cluster(pending, reports, dask)
    with contextlib.closing(results):
        for result in results:
            record(result)
    if any(result.state == "done" for result in found.values()):
        write_index(reports)
    return [found[job.name] for job in jobs]


def run_job(job: Job, reports: Path, *, shared: bool = False) -> Result:
    """Make one run in this process; never raises for a run that fails."""
    clock = time.perf_counter()
    try:
        run = checked_run(job.given, notebooks=job.notebooks)
        here = made_from(run)
        if differ := [name.removesuffix("_sha256") for name, value in job.inputs.items() if here.get(name) != value]:
            raise RunError(
                f"The worker's {', '.join(differ)} differ from those of the process that began the sweep. "
                "Install the same checkout and data on every worker."
            )
        make_report(run, reports, progress=lambda _: None, timeout=job.timeout, shared=shared)
    except PlanError as error:
        return Result(job.name, "failed", time.perf_counter() - clock, str(error))
    except Exception as error:
        traceback.print_exc()
        return Result(job.name, "failed", time.perf_counter() - clock, f"{type(error).__name__}: {error}")
    return Result(job.name, "done", time.perf_counter() - clock)


# ---------- on this machine ----------


@dataclass
class _Running:
    """A process that makes a run."""

    job: Job
    tries: int
    process: Any
    answer: Connection

    def result(self) -> Result | None:
        """What became of the run when the process has ended; None where it was killed."""
        self.process.join()
        try:
            result: Result = self.answer.recv()
        except EOFError:
            return None
        return result


def _here(jobs: Sequence[Job], reports: Path, workers: int) -> Generator[Result]:
    """Results as they come, each from a process of its own; a run whose process was killed is tried again."""
    waiting = deque((job, 1) for job in jobs)
    running: dict[int, _Running] = {}
    computed = None
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                job, tries = waiting.popleft()
                pool = (job.given.get("plan"), job.given.get("data_through"))
                if can_fork() and pool != computed:
                    computed = pool
                    with contextlib.suppress(Exception):  # the run itself meets and reports it
                        compute_shared(checked_run(job.given, notebooks=job.notebooks), many=True)
                started = _start(job, tries, reports)
                running[started.process.sentinel] = started
            for sentinel in wait(list(running)):
                ended = running.pop(int(sentinel))  # type: ignore[arg-type]
                result = ended.result()
                if result is None and ended.tries < TRIES:
                    waiting.appendleft((ended.job, ended.tries + 1))
                else:
                    yield result or Result(ended.job.name, "failed", reason=KILLED)
    finally:
        for left in running.values():
            left.process.kill()
            left.process.join()


def _start(job: Job, tries: int, reports: Path) -> _Running:
    forked = can_fork()
    if not forked:
        settle_process()  # what the new process inherits
    context: Any = multiprocessing.get_context("fork" if forked else "spawn")
    answer, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(job, reports, theirs, os.getpid(), forked))
    process.start()
    theirs.close()
    return _Running(job, tries, process, answer)


def _work(job: Job, reports: Path, answer: Connection, parent: int, forked: bool) -> None:
    """What the process of a run does: no word on Ctrl-C, no life without the process that started it."""
    end_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answer.send(run_job(job, reports, shared=forked))


# ---------- on a cluster ----------


def _on_cluster(jobs: Sequence[Job], reports: Path, address: str) -> Generator[Result]:
    """Results of a cluster's workers as they come; a run whose worker is killed is done again by another.

    Raises
    ------
    PlanError : the library is missing, there is no scheduler, or it has no worker.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise PlanError(DASK_MISSING) from error
    if not DASK_ADDRESS.fullmatch(address):  # the library would wait, and complain once more at the end of the process
        raise PlanError(f"{address!r} is not the address of a Dask scheduler. Write it like tcp://10.0.0.1:8786.")
    try:
        client = Client(address, timeout=DASK_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise PlanError(f"There is no Dask scheduler at {address} ({error}). Start one with: dask scheduler") from error
    with client:
        if not client.scheduler_info()["workers"]:
            raise PlanError(f"The Dask scheduler at {address} has no worker. Start one with: dask worker {address}")
        pool = client.get_executor(pure=False, retries=DASK_RETRIES)  # type: ignore[no-untyped-call]
        doing = {pool.submit(run_on_worker, job): job for job in jobs}
        try:
            for future in as_completed(doing):
                job = doing.pop(future)  # its files are released as soon as they are saved
                try:
                    yield _saved(future.result(), reports)
                except Exception as error:
                    yield Result(job.name, "failed", reason=f"{type(error).__name__}: {error}")
        finally:
            pool.shutdown(wait=False)  # what has not begun is cancelled


def run_on_worker(job: Job) -> Result:
    """Make one run in a new process on a worker, which has threads and cannot be forked; the result has the files.

    No disk need be shared with the worker. What it writes is under the worker's own folder, which Dask removes.
    """
    from distributed import get_worker

    code = f"from ipplan_analysis.run.sweep import answer; answer({os.getpid()})"
    with tempfile.TemporaryDirectory(dir=get_worker().local_directory) as folder:
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=pickle.dumps((job, Path(folder))),
            stdout=subprocess.PIPE,
            env=os.environ | SINGLE_THREADED,
            check=False,
        )
        if done.returncode:
            return Result(job.name, "failed", reason=KILLED.replace(" each time", ""))
        result: Result = pickle.loads(done.stdout)
    return result


def answer(parent: int) -> None:
    """Make the run that standard input describes and write its result to standard output."""
    end_with_parent(parent)
    job, folder = pickle.load(sys.stdin.buffer)
    result = run_job(job, folder)
    made = folder / job.name if result.state == "done" else folder / FAILED / job.name
    files = {path.relative_to(made).as_posix(): path.read_bytes() for path in made.rglob("*") if path.is_file()}
    sys.stdout.buffer.write(pickle.dumps(Result(result.name, result.state, result.seconds, result.reason, files)))


def _saved(result: Result, reports: Path) -> Result:
    """Write a run that came as files; of a failed one what it had made is kept."""
    reason = result.reason
    try:
        with whole_folder(reports, result.name) as folder:
            for name, content in result.files.items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            if reason:
                raise RunError(reason)
    except PlanError as error:
        return Result(result.name, "failed", result.seconds, reason or str(error))
    return Result(result.name, "done", result.seconds)


# ---------- words of the command line ----------


def _names(
    wanted: str | Sequence[str], known: Iterable[str], parameter: str, *, every: Iterable[str] | None = None
) -> list[str]:
    """Names that words choose: separated by commas, or `all`."""
    known = list(known)
    if wanted == ALL:
        return known if every is None else list(every)
    names = [name.strip() for name in wanted.split(",")] if isinstance(wanted, str) else list(wanted)
    expected = f"names of data/{parameter}s.csv separated by commas, or all"
    faults = [
        Fault(WHERE, None, parameter, repr(name), expected, nearest(name, known) or f"Known: {', '.join(known)}.")
        for name in names
        if name not in known
    ]
    if faults:
        raise ParameterError(faults)
    return list(dict.fromkeys(names))


def _years(wanted: str | Sequence[int]) -> list[int]:
    if not isinstance(wanted, str):
        return list(dict.fromkeys(wanted))
    years: list[int] = []
    for part in wanted.split(","):
        first, dots, last = part.strip().partition(RANGE)
        if not YEARS.fullmatch(part.strip()) or (dots and int(last) < int(first)):
            expected, remedy = "years like 2015..2023 or 2020,2023", "Name the first and the last year."
            raise ParameterError.at(WHERE, repr(wanted), expected, remedy, column="data_through")
        years += range(int(first), int(last or first) + 1)
    return list(dict.fromkeys(years))
