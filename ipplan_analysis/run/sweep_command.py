"""`ipplan sweep`: many runs, a bar or a line for each, and a table of what failed."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ipplan_analysis.run.sweep import ALL, Result, combinations, sweep, time_left


def add_arguments(parser: argparse.ArgumentParser, *, reports: Path) -> None:
    """Options of the command, besides the notebooks' other parameters.

    Parameters
    ----------
    reports : where the runs appear by default.
    """
    parser.add_argument("--region", default=ALL, help="codes separated by commas, or all (31 provinces; default)")
    parser.add_argument("--data-through", required=True, metavar="YEARS", help="such as 2015..2023 or 2020,2023")
    parser.add_argument("--jobs", type=_processes, metavar="N", help="processes (default: one per processor)")
    parser.add_argument(
        "--dask", metavar="ADDRESS", help="use the workers of a Dask cluster, such as tcp://10.0.0.1:8786"
    )
    parser.add_argument("--only-missing", action="store_true", help="leave out runs whose inputs are unchanged")
    parser.add_argument("--out", type=Path, default=reports, help="folder of the runs (default: reports/)")


def _processes(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes, 1 or more")
    return int(text)


def sweep_command(arguments: argparse.Namespace, given: Mapping[str, Any]) -> int:
    """Make the runs and print what became of them.

    Parameters
    ----------
    given : the notebooks' parameters other than region and data year, typed.

    Returns
    -------
    Exit code: 1 if any run failed, else 0.
    """
    from ipplan_analysis.run.report_run import processors

    jobs = combinations(arguments.region, arguments.data_through, given=given)
    begun = time.perf_counter()
    bar = _bar(len(jobs))

    def tell(result: Result, finished: int, total: int) -> None:
        if bar is not None:
            bar.update()
            bar.set_postfix_str(result.name, refresh=False)
        else:
            line = f"[{finished}/{total}] {result.name}  {result.state}  {result.seconds:.1f} s"
            print(f"{line}  {time_left(begun, finished, total)}".rstrip(), flush=True)

    try:
        results = sweep(
            jobs,
            arguments.out,
            tell=tell,
            workers=arguments.jobs or processors(),
            dask=arguments.dask,
            only_missing=arguments.only_missing,
        )
    finally:
        if bar is not None:
            bar.close()
    print(summary(results, time.perf_counter() - begun))
    return int(any(result.state == "failed" for result in results))


def summary(results: list[Result], seconds: float) -> str:
    """How many runs were made, left out and failed, and one line for each that failed."""
    count = {state: sum(result.state == state for result in results) for state in ("done", "unchanged", "failed")}
    lines = [f"{count['done']} done, {count['unchanged']} unchanged, {count['failed']} failed in {seconds:.0f} s"]
    failed = [result for result in results if result.state == "failed"]
    width = max((len(result.name) for result in failed), default=0)
    lines += [f"{result.name:<{width}}  {' '.join(result.reason.split())}" for result in failed]
    return "\n".join(lines)


def _bar(total: int) -> Any:
    """A progress bar with the time left on a terminal; None elsewhere, where lines are wanted."""
    if not sys.stderr.isatty():
        return None
    from tqdm import tqdm

    return tqdm(total=total, unit="run", dynamic_ncols=True)
