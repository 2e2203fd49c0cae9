"""Many runs: every combination of regions and years, on a pool of processes or a cluster."""

from __future__ import annotations

import multiprocessing
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from ipplan_analysis.run.jobs import Job, Outcome, local_pool, run_job
from ipplan_analysis.run.outputs import keep_failed, put_files, whole_folder
from ipplan_analysis.schema import Fault, ParameterError, PlanError, RunError, cause, nearest

State = Literal["done", "failed", "unchanged"]
Value = str | int | float | bool | None
ALL = "all"
RANGE = ".."
YEARS = re.compile(r"[0-9]{4}(\.\.[0-9]{4})?")
WHERE = "parameters"
DASK_MISSING = "A sweep on a cluster needs the package distributed: pip install 'ipplan-analysis[dask]'"


@dataclass(frozen=True)
class Result:
    """What became of one run; `reason` says why it failed."""

    name: str
    state: State
    seconds: float = 0.0
    reason: str = ""


# Told after each run: its result, how many are finished, and how many there are
Tell = Callable[[Result, int, int], None]


def combinations(
    regions: str | Sequence[str],
    years: str | Sequence[int],
    *,
    given: Mapping[str, Value] | None = None,
    timeout: int | None = None,
    notebooks: Path | None = None,
) -> list[Job]:
    """Jobs for every region and year, years first, so that runs that share a year's fitted pool follow each other.

    Parameters
    ----------
    regions : codes, as a sequence or separated by commas, or `all` for every province.
    years : data years, as numbers, or text like ``2015..2023`` or ``2020,2023``.
    given : the other parameters, the same for all runs; words are read as the types that the notebooks declare.
    timeout, notebooks : as in `Job`.

    Raises
    ------
    ParameterError, DataError : anything wrong with the parameters or the data; nothing has been run.
    """
    from ipplan_analysis.run.report_run import checked_run, run_name

    first = checked_run({**(given or {}), "region": None, "data_through": None}, from_text=True, notebooks=notebooks)
    codes = _regions(regions, first.plan.regions["level"].to_dict())
    same = first.inputs()
    jobs = []
    for year in _years(years):
        # a year that the data do not reach is refused before anything runs
        checked_run({**first.values, "data_through": year}, notebooks=notebooks)
        for code in codes:
            values = first.values | {"region": code, "data_through": year}
            jobs.append(Job(run_name(values), values, same | {"parameters": values}, timeout, notebooks))
    return jobs


def _require_writable(reports: Path) -> None:
    """Refuse before hours of work what would be refused at the end of every run."""
    try:
        reports.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=reports):
            pass
    except OSError as error:
        raise RunError(
            f"Cannot write to {reports}: {cause(error)}. Free space or choose another folder with --out."
        ) from None


def sweep(
    jobs: Sequence[Job],
    reports: Path,
    *,
    tell: Tell,
    workers: int = 1,
    dask: str | None = None,
    only_missing: bool = False,
) -> list[Result]:
    """Make every run; one that fails does not stop the rest.

    Parameters
    ----------
    jobs : from `combinations`.
    reports : folder in which each run appears when it is whole; what failed runs made is kept in `_failed`.
    tell : is told of each result as it comes.
    workers : processes on this machine, where no cluster is named.
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
    from ipplan_analysis.report import write_index
    from ipplan_analysis.run.manifest import has_inputs

    _require_writable(reports)
    found: dict[str, Result] = {}

    def record(result: Result) -> None:
        found[result.name] = result
        tell(result, len(found), len(jobs))

    for job in jobs:
        if only_missing and has_inputs(reports / job.name, job.inputs):
            record(Result(job.name, "unchanged"))
    pending = [job for job in jobs if job.name not in found]
    for outcome in _outcomes(pending, partial(local_pool, workers) if dask is None else partial(_cluster, dask)):
        record(_saved(outcome, reports))
    if any(result.state == "done" for result in found.values()):
        write_index(reports)
    return [found[job.name] for job in jobs]


def _outcomes(jobs: Sequence[Job], make_pool: Callable[[], AbstractContextManager[Executor]]) -> Iterator[Outcome]:
    """Outcomes as they come; jobs lost with a killed worker are tried again, once together and then one by one."""
    lost: list[Job] = []
    if jobs:
        yield from _batch(jobs, make_pool, lost)
    again, lost = lost, []
    if again:
        yield from _batch(again, make_pool, lost)
    for job in lost:
        alone: list[Job] = []
        yield from _batch([job], partial(local_pool, 1), alone)
        if alone:
            yield Outcome(job.name, error="Its worker process was killed each time (out of memory?).")


def _batch(
    jobs: Sequence[Job], make_pool: Callable[[], AbstractContextManager[Executor]], lost: list[Job]
) -> Iterator[Outcome]:
    """Outcomes of one pool's life; jobs that a broken pool took with it are added to `lost`."""
    others = set(multiprocessing.active_children())
    with make_pool() as pool:
        doing: dict[Future[Outcome], Job] = {pool.submit(run_job, job): job for job in jobs}
        try:
            for future in as_completed(doing):
                job = doing.pop(future)  # its files are released as soon as they are saved
                try:
                    yield future.result()
                except BrokenExecutor:
                    lost.append(job)
                except Exception as error:
                    yield Outcome(job.name, error=f"{type(error).__name__}: {error}")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
            raise


def _saved(outcome: Outcome, reports: Path) -> Result:
    reason = outcome.error
    if not reason:
        try:
            with whole_folder(reports, outcome.name) as folder:
                put_files(outcome.files, folder)
            return Result(outcome.name, "done", outcome.seconds)
        except PlanError as error:
            reason = str(error)
    elif outcome.files:
        keep_failed(outcome.files, reports, outcome.name)
    return Result(outcome.name, "failed", outcome.seconds, reason)


def _cluster(address: str) -> AbstractContextManager[Executor]:
    """The workers of a Dask cluster behind the same interface as a local pool."""
    try:
        from ipplan_analysis.run.cluster import cluster
    except ImportError as error:
        raise PlanError(DASK_MISSING) from error
    return cluster(address)


def _regions(wanted: str | Sequence[str], levels: Mapping[str, Any]) -> list[str]:
    provinces = [code for code, level in levels.items() if level == "province"]
    if wanted == ALL:
        return provinces
    codes = [code.strip() for code in wanted.split(",")] if isinstance(wanted, str) else list(wanted)
    faults = [
        Fault(
            WHERE,
            None,
            "region",
            repr(code),
            "region codes of data/regions.csv separated by commas, or all",
            nearest(code, levels) or f"Known: {', '.join(levels)}.",
        )
        for code in codes
        if code not in levels
    ]
    if faults:
        raise ParameterError(faults)
    return list(dict.fromkeys(codes))


def _years(wanted: str | Sequence[int]) -> list[int]:
    if not isinstance(wanted, str):
        return list(dict.fromkeys(wanted))
    years: list[int] = []
    for part in wanted.split(","):
        first, dots, last = part.strip().partition(RANGE)
        if not YEARS.fullmatch(part.strip()) or (dots and int(last) < int(first)):
            raise ParameterError(
                [
                    Fault(
                        WHERE,
                        None,
                        "data_through",
                        repr(wanted),
                        "years like 2015..2023 or 2020,2023",
                        "Name the first and the last year.",
                    )
                ]
            )
        years += range(int(first), int(last or first) + 1)
    return list(dict.fromkeys(years))


def time_left(begun: float, finished: int, total: int) -> str:
    """How long the rest takes at the pace so far, such as ``about 12 min left``; empty at the end."""
    seconds = (time.perf_counter() - begun) / max(finished, 1) * (total - finished)
    if finished >= total:
        return ""
    return f"about {seconds / 60:.0f} min left" if seconds >= 90 else f"about {seconds:.0f} s left"
