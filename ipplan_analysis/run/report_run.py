"""The main job: notebooks executed, tables saved, one report written."""

from __future__ import annotations

import datetime as dt
import importlib
import os
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import nbformat
from jupyter_core.utils import ensure_event_loop

from ipplan_analysis import report
from ipplan_analysis.data import Plan
from ipplan_analysis.data.package import data_sha256
from ipplan_analysis.kernels import prepare, warm_kernels
from ipplan_analysis.run.execute import CELL_TIMEOUT_SECONDS, execute, without_paths
from ipplan_analysis.run.exports import exported_tables, save_tables
from ipplan_analysis.run.inputs import save_inputs
from ipplan_analysis.run.manifest import inputs, manifest, save_manifest
from ipplan_analysis.run.outputs import whole_folder
from ipplan_analysis.run.parameters import Value, checked_against_data, checked_parameters, declared_parameters
from ipplan_analysis.schema import Fault, Language, ParameterError, RunError

Say = Callable[[str], None]
AHEAD = "ipplan_analysis.run.ahead:compute"  # by name: it is imported where the libraries are, not here
MOST_KERNELS = 4  # a run has few notebooks, and each kernel needs memory of its own
KERNELS_OF_MANY = 2  # where every processor has a run of its own: one kernel starts or ends while the other computes
WRITERS = {  # format -> (file, writer in `report`, what it loads)
    "html": ("report.html", "write_page", "ipplan_analysis.report.page"),
    "pdf": ("report.pdf", "write_pdf", "weasyprint"),
    "xlsx": ("results.xlsx", "write_workbook", "xlsxwriter"),
    "docx": ("report.docx", "write_docx", "docx"),
}


@dataclass(frozen=True)
class RunPlan:
    """A checked run that has not begun.

    Attributes
    ----------
    plan : the data that it may use.
    values : every parameter with its value.
    notebooks : the notebooks in order, with the names of the parameters that each declares.
    """

    plan: Plan
    values: dict[str, Value]
    notebooks: dict[Path, tuple[str, ...]]

    @property
    def name(self) -> str:
        """Name of the run's folder: plan, region, data year, language."""
        return run_name(self.values)

    @property
    def language(self) -> Language:
        """Language of the narrative."""
        return cast(Language, self.values["language"])

    def inputs(self) -> dict[str, Any]:
        """What the run is made from (see `manifest.inputs`)."""
        return inputs(self.plan.data_sha256, self.values, list(self.notebooks))


def run_name(values: Mapping[str, Value]) -> str:
    """Name of the folder of a run with these parameters, region and data year filled in."""
    return "-".join(str(values[name]) for name in ("plan", "region", "data_through", "language"))


def notebooks_dir() -> Path:
    """`notebooks/` beside the package in a checkout.

    Raises
    ------
    ParameterError : the library was installed without the checkout.
    """
    folder = Path(__file__).resolve().parents[2] / "notebooks"
    if not folder.is_dir():
        raise ParameterError(
            [
                Fault(
                    str(folder),
                    None,
                    "",
                    "no notebooks",
                    "a checkout of the suite",
                    "Run from a checkout; the installed package is the library alone.",
                )
            ]
        )
    return folder


def checked_run(given: Mapping[str, Value], *, from_text: bool = False, notebooks: Path | None = None) -> RunPlan:
    """Check parameters and data, and say what would run; nothing is written.

    Raises
    ------
    ParameterError, DataError : with every fault found.
    """
    paths = sorted((notebooks or notebooks_dir()).glob("[0-9][0-9]_*.ipynb"))
    declared = {path: declared_parameters(path) for path in paths}
    every = {name: entry for entries in declared.values() for name, entry in entries.items()}
    values = checked_parameters(given, every, from_text=from_text)
    plan = checked_against_data(values)
    if values.get("previous") is not None:
        from ipplan_analysis.run.compare import read_manifest, read_results  # load the models, which few runs need here

        read_manifest(Path(str(values["previous"])))
        read_results(Path(str(values["previous"])))
    values |= {"data_through": plan.data_through, "region": plan.region}
    if values.get("data_dir") is not None:  # a run is read again from other folders
        values["data_dir"] = str(Path(str(values["data_dir"])).absolute())
    return RunPlan(plan, values, {path: tuple(entries) for path, entries in declared.items()})


def make_report(
    run: RunPlan, reports: Path, *, say: Say, formats: Sequence[str] = (), timeout: int = CELL_TIMEOUT_SECONDS
) -> Path:
    """Execute the notebooks and write the run's folder.

    Parameters
    ----------
    reports : folder that holds the runs.
    say : receives one line of progress at a time.
    formats : of `WRITERS`, besides the page.
    timeout : seconds allowed to one cell.

    Returns
    -------
    The run's folder with `report.html`, `results.csv`, `tables/`, `notebooks/`, `inputs.zip` and `manifest.json`.

    Raises
    ------
    RunError : a notebook failed or the folder cannot be written; nothing appears under the run's name.
    """
    clock = time.perf_counter()
    with whole_folder(reports, run.name) as folder:
        write_run(run, folder, say=say, formats=formats, timeout=timeout)
    report.write_index(reports)
    say(f"Done in {time.perf_counter() - clock:.0f} s: {reports / run.name / 'report.html'}")
    return reports / run.name


def write_run(
    run: RunPlan,
    folder: Path,
    *,
    say: Say,
    formats: Sequence[str] = (),
    timeout: int = CELL_TIMEOUT_SECONDS,
    many: bool = False,
) -> None:
    """Write all that a run consists of into an empty folder.

    Parameters
    ----------
    run, say, formats, timeout : as in `make_report`.
    many : whether this process makes run after run, one of several processes that do: then few notebooks are
        executed at a time, and what the runs have in common is computed once.

    Raises
    ------
    RunError : a notebook failed, or the region has no figures to run on.
    """
    started, clock = dt.datetime.now(dt.UTC).astimezone(), time.perf_counter()
    made_from = run.inputs()
    _require_figures(run.plan)
    formats = ("html", *formats)
    executed = _execute_all(
        run, folder / "notebooks", say, timeout, many, loading=[WRITERS[name][2] for name in formats]
    )
    save_tables(exported_tables(executed.values()), folder)
    save_inputs(run.plan.data_dir, folder)
    # notebooks, input tables and manifest must speak of the same figures
    if data_sha256(run.plan.data_dir) != run.plan.data_sha256 or run.inputs() != made_from:
        raise RunError("Data or notebooks changed while the run was under way. Run it again.")
    content = manifest(run.plan, made_from, started, time.perf_counter() - clock)
    document = report.build_document(executed, content)
    for name in formats:
        file, writer, _ = WRITERS[name]
        getattr(report, writer)(document, folder / file)
    save_manifest(content, folder)


def processors() -> int:
    """Notebooks that may execute at once on this machine."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, MOST_KERNELS)


def _require_figures(plan: Plan) -> None:
    """Without targets and without a forecast every notebook would fail, each in its own words."""
    years = plan.yearly[plan.yearly["region"].eq(plan.region)].groupby("indicator")["year"].nunique()
    if not plan.has_targets and not years.ge(2).any():
        raise RunError(
            f"{plan.region_name('en')} ({plan.region}) has no indicator with two yearly figures by "
            f"{plan.data_through}, so nothing can be forecast. Choose a later year or another region."
        )


def _execute_all(
    run: RunPlan, folder: Path, say: Say, timeout: int, many: bool, *, loading: Sequence[str]
) -> dict[str, nbformat.NotebookNode]:
    """The executed notebooks in order. Threads only wait for kernels, which are processes of their own."""
    folder.mkdir()
    with (
        warm_kernels(),
        ThreadPoolExecutor(KERNELS_OF_MANY if many else processors()) as pool,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # papermill and its kernels warn of their own upgrades
        given = run.values | {
            "data_dir": str(run.plan.data_dir.absolute()),
            "many": many,
        }  # the server has its own folder
        ready = pool.submit(prepare, AHEAD, given)
        for name in loading:  # what writing the report needs; takes seconds, which the kernels' server needs anyway
            with suppress(ImportError, OSError):  # the writer itself says what is missing
                importlib.import_module(name)
        ready.result()
        # The later notebooks look back over many years and take longest: begun first, they finish with the others.
        doing = {pool.submit(_execute_one, run, path, folder, timeout): path for path in reversed(run.notebooks)}
        try:
            for count, future in enumerate(as_completed(doing), start=1):
                say(f"[{count}/{len(doing)}] {doing[future].stem}  {future.result()[1]:.1f} s")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    if not doing:
        raise RunError("There is no notebook to run.")
    return {path.stem: future.result()[0] for future, path in reversed(doing.items())}


def _execute_one(run: RunPlan, path: Path, folder: Path, timeout: int) -> tuple[nbformat.NotebookNode, float]:
    """The executed notebook and the seconds it took."""
    clock = time.perf_counter()
    given = {name: run.values[name] for name in run.notebooks[path]}
    try:
        notebook = without_paths(execute(path, folder / path.name, given, timeout=timeout))
    finally:
        ensure_event_loop().close()  # Jupyter's client makes one for each thread and leaves it open
    nbformat.write(notebook, folder / path.name)  # type: ignore[no-untyped-call]
    return notebook, time.perf_counter() - clock
