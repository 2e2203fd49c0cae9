"""The main job: notebooks executed, tables saved, one report written."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

from ipplan_analysis.data import Plan
from ipplan_analysis.kernels import warm_kernels
from ipplan_analysis.report import build_document, write_docx, write_index, write_page, write_pdf, write_workbook
from ipplan_analysis.report.blocks import Document
from ipplan_analysis.run.execute import execute, without_paths
from ipplan_analysis.run.exports import exported_tables, save_tables
from ipplan_analysis.run.inputs import save_inputs
from ipplan_analysis.run.manifest import manifest, save_manifest
from ipplan_analysis.run.outputs import whole_folder
from ipplan_analysis.run.parameters import Value, checked_against_data, checked_parameters, declared_parameters
from ipplan_analysis.schema import Fault, ParameterError, RunError

Say = Callable[[str], None]
WRITERS: dict[str, tuple[str, Callable[[Document, Path], None]]] = {
    "html": ("report.html", write_page),
    "pdf": ("report.pdf", write_pdf),
    "xlsx": ("results.xlsx", write_workbook),
    "docx": ("report.docx", write_docx),
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
        return f"{self.plan.plan}-{self.plan.region}-{self.plan.data_through}-{self.values['language']}"


def notebooks_dir() -> Path:
    """`notebooks/` beside the package in a checkout.

    Raises
    ------
    ParameterError : the library was installed without the checkout.
    """
    folder = Path(__file__).resolve().parents[2] / "notebooks"
    if not folder.is_dir():
        raise ParameterError([Fault(str(folder), None, "", "no notebooks", "a checkout of the suite",
                                    "Run from a checkout; the installed package is the library alone.")])
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
    values |= {"data_through": plan.data_through, "region": plan.region}
    return RunPlan(plan, values, {path: tuple(entries) for path, entries in declared.items()})


def make_report(run: RunPlan, reports: Path, *, say: Say, formats: Sequence[str] = ()) -> Path:
    """Execute the notebooks and write the run's folder.

    Parameters
    ----------
    reports : folder that holds the runs.
    say : receives one line of progress at a time.
    formats : of `WRITERS`, besides the page.

    Returns
    -------
    The run's folder with `report.html`, `results.csv`, `tables/`, `notebooks/`, `inputs.zip` and `manifest.json`.

    Raises
    ------
    RunError : a notebook failed or the folder cannot be written; nothing appears under the run's name.
    """
    started, clock = dt.datetime.now(dt.UTC).astimezone(), time.perf_counter()
    with whole_folder(reports, run.name) as folder:
        executed = _execute_all(run, folder / "notebooks", say)
        save_tables(exported_tables(executed.values()), folder)
        save_inputs(run.plan.data_dir, folder)
        content = manifest(run.plan, run.values, list(run.notebooks), started, time.perf_counter() - clock)
        document = build_document(executed, content)
        for name in ("html", *formats):
            file, write = WRITERS[name]
            write(document, folder / file)
        save_manifest(content, folder)
    write_index(reports)
    say(f"Done in {time.perf_counter() - clock:.0f} s: {reports / run.name / 'report.html'}")
    return reports / run.name


def _execute_all(run: RunPlan, folder: Path, say: Say) -> dict[str, nbformat.NotebookNode]:
    folder.mkdir()
    executed = {}
    with warm_kernels():
        for position, (path, names) in enumerate(run.notebooks.items(), start=1):
            clock = time.perf_counter()
            given = {name: run.values[name] for name in names}
            notebook = without_paths(execute(path, folder / path.name, given))
            nbformat.write(notebook, folder / path.name)  # type: ignore[no-untyped-call]
            executed[path.stem] = notebook
            say(f"[{position}/{len(run.notebooks)}] {path.stem}  {time.perf_counter() - clock:.1f} s")
    if not executed:
        raise RunError("There is no notebook to run.")
    return executed
