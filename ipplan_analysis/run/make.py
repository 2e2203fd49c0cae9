"""One run: notebooks executed, tables saved, report written, in a folder that appears when it is whole."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import time
import traceback
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from filelock import FileLock, Timeout
from jupyter_core.utils import ensure_event_loop

import ipplan_analysis
from ipplan_analysis import charts
from ipplan_analysis.data import Plan
from ipplan_analysis.data.measured import load_measured
from ipplan_analysis.data.package import VINTAGES, data_sha256, package_files
from ipplan_analysis.run import INPUTS, MANIFEST, require_own_index
from ipplan_analysis.run.execute import CELL_TIMEOUT_SECONDS, ForkedShell, execute, forked_shells
from ipplan_analysis.run.parameters import RunPlan
from ipplan_analysis.schema import EXPORT_MIME, ParameterError, PlanError, RunError, cause
from ipplan_analysis.tables import measured_line

Progress = Callable[[str], object]
WRITERS = {  # format -> (file, writer in `report`)
    "html": ("report.html", "write_page"),
    "pdf": ("report.pdf", "write_pdf"),
    "xlsx": ("results.xlsx", "write_workbook"),
    "docx": ("report.docx", "write_docx"),
}
MAX_AT_ONCE = 2  # notebooks: a run has few, and each process needs memory of its own
SCORECARD_DRAWS = 2000  # as in the notebook; with another number it computes the scorecard itself
MAIN_TABLE, ERROR_FILE = "results", "error.txt"
FAILED = "_failed"  # runs under way or failed; what is there is no run
REPLACED = ".replaced"  # the older run of a name, for the moment in which the newer takes its place
LOCKS = ".locks"  # the system drops a lock when its process ends; the empty files stay, out of sight
LOCK_SECONDS = 1.0  # processes of a run that was killed a moment ago may still be ending
FIXED_TIME = (2000, 1, 1, 0, 0, 0)  # the same tables give the same bytes
PACKAGES = (
    "ipplan-analysis",
    "jupyterlab",
    "matplotlib",
    "nbclient",
    "numpy",
    "pandas",
    "papermill",
    "scipy",
    "seaborn",
    "statsmodels",
)


def make_report(
    run: RunPlan,
    reports: Path,
    *,
    progress: Progress,
    formats: Sequence[str] = (),
    timeout: int = CELL_TIMEOUT_SECONDS,
    shared: bool = False,
) -> Path:
    """Execute the notebooks and write the run's folder.

    Parameters
    ----------
    reports : folder that holds the runs.
    progress : receives one line at a time.
    formats : of `WRITERS`, besides the page.
    timeout : seconds allowed to one cell.
    shared : whether this process has computed what notebooks share before, for several runs.

    Returns
    -------
    The run's folder with `report.html`, `results.csv`, `tables/`, `notebooks/`, `inputs.zip` and `manifest.json`.

    Raises
    ------
    RunError : a notebook failed, the data changed, or the folder cannot be written; nothing appears under the run's name.
    """
    started, clock = dt.datetime.now(dt.UTC).astimezone(), time.perf_counter()
    require_own_index(reports)
    with whole_folder(reports, run.name) as folder:
        inputs = made_from(run)
        _require_figures(run.plan)
        executed = _execute_all(run, folder / "notebooks", progress, timeout, formats, shared)
        _save_tables(executed.values(), folder)
        save_inputs(run.plan.data_dir, folder)
        # notebooks, input tables and manifest must speak of the same figures
        if data_sha256(run.plan.data_dir) != run.plan.data_sha256 or made_from(run) != inputs:
            raise RunError("Data or notebooks changed while the run was under way. Run it again.")
        content = _manifest(run.plan, inputs, started, time.perf_counter() - clock)
        from ipplan_analysis import report  # loaded while the notebooks computed

        document = report.build_document(executed, content)
        for name in ("html", *formats):
            file, writer = WRITERS[name]
            getattr(report, writer)(document, folder / file)
        text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return reports / run.name


# ---------- all or nothing ----------


@contextmanager
def whole_folder(reports: Path, name: str) -> Iterator[Path]:
    """A folder `reports/_failed/name` that becomes `reports/name` when the block ends without an error.

    An older run of that name is replaced only then, and what was made before an error or a kill stays where it is.

    Raises
    ------
    RunError : the folder cannot be written, or another run of the same name is under way.
    """
    if not name or name != Path(name).name or name.startswith((".", "_")) or not name.isprintable() or len(name) > 120:
        remedy = "Use letters, digits and hyphens."
        raise ParameterError.at("parameters", repr(name), "a plain folder name", remedy, column="name")
    work, older = reports / FAILED / name, reports / FAILED / f"{name}{REPLACED}"
    try:
        (reports / LOCKS).mkdir(parents=True, exist_ok=True)
        with FileLock(reports / LOCKS / f"{name}.lock", timeout=LOCK_SECONDS):
            if older.exists() and not (reports / name).exists():  # killed between the two steps of `_put_in_place`
                older.rename(reports / name)
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)
            try:
                yield work
                _put_in_place(work, reports / name, older)
            except BaseException as error:
                if _evidence(work, error) and isinstance(error, PlanError):
                    error.args = (f"{error} What it had made is kept in {work}.",)
                raise
            finally:
                with suppress(OSError):  # not empty: there are failed runs, or some under way
                    work.parent.rmdir()
    except Timeout:
        raise RunError(f"Another run named {name} is under way in {reports}. Wait for it to end.") from None
    except OSError as error:
        raise RunError(f"{error.filename or reports}: {cause(error)}. Nothing was changed.") from error


def _evidence(work: Path, error: BaseException) -> bool:
    """Whether something was made before the error; then the error is kept beside it."""
    with suppress(OSError):
        if not any(work.iterdir()):
            work.rmdir()
            return False
        text = "".join(traceback.format_exception(error))
        (work / ERROR_FILE).write_text(text, encoding="utf-8")
    return work.exists()


def _put_in_place(work: Path, final: Path, older: Path) -> None:
    """Two renames, so that a reader finds a whole run or, for a moment, none; a kill between them is mended later."""
    shutil.rmtree(older, ignore_errors=True)
    replaces = final.exists()
    if replaces:
        final.rename(older)
    try:
        work.rename(final)
    except OSError:
        if replaces:
            older.rename(final)
        raise
    shutil.rmtree(older, ignore_errors=True)


# ---------- notebooks ----------


def compute_shared(run: RunPlan, *, many: bool) -> None:
    """Fill the caches of this process, which forked notebooks inherit; each is keyed by all that it depends on.

    Parameters
    ----------
    many : whether more runs follow: the scorecard is the same for all regions, so it is worth the wait then.
    """
    draws, seed = int(run.values.get("draws") or 0), int(run.values.get("seed") or 0)
    with suppress(Exception), warnings.catch_warnings():  # the notebook that needs a result meets the error itself
        warnings.simplefilter("ignore")
        ipplan_analysis.assess(run.plan, draws=draws, seed=seed)
        if many:
            ipplan_analysis.scorecard(run.plan, draws=min(draws, SCORECARD_DRAWS), seed=seed)
        charts.evidence(run.plan, language=run.language)._repr_mimebundle_()  # loads fonts and renderers


def processors() -> int:
    """Processes that may compute at once on this machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _require_figures(plan: Plan) -> None:
    """Without targets and without a forecast every notebook would fail, each in its own words."""
    years = plan.yearly[plan.yearly["region"].eq(plan.region)].groupby("indicator")["year"].nunique()
    if not plan.has_targets and not years.ge(2).any():
        raise RunError(
            f"{plan.region_name('en')} ({plan.region}) has no indicator with two yearly figures by "
            f"{plan.data_through}, so nothing can be forecast. Choose a later year or another region."
        )


def _execute_all(
    run: RunPlan, folder: Path, progress: Progress, timeout: int, formats: Sequence[str], shared: bool
) -> dict[str, nbformat.NotebookNode]:
    """The executed notebooks in order. Threads only wait for the processes that execute them."""
    if not run.notebooks:
        raise RunError("There is no notebook to run.")
    folder.mkdir()
    if not shared:
        compute_shared(run, many=False)
    with ThreadPoolExecutor(min(processors(), MAX_AT_ONCE)) as pool, forked_shells(len(run.notebooks)) as shells:
        # The later notebooks look back over many years and take longest: begun first, they finish with the others.
        paths = list(reversed(run.notebooks))
        doing = {
            pool.submit(_execute_one, run, path, folder, shell, timeout): path
            for path, shell in zip(paths, shells, strict=True)
        }
        from ipplan_analysis import report  # while the notebooks compute, as are the writers

        for name in formats:
            with suppress(ImportError, OSError):  # the writer itself says what is missing
                getattr(report, WRITERS[name][1])
        for count, future in enumerate(as_completed(doing), start=1):
            progress(f"[{count}/{len(doing)}] {doing[future].stem}  {future.result()[1]:.1f} s")
    return {path.stem: future.result()[0] for future, path in reversed(doing.items())}


def _execute_one(
    run: RunPlan, path: Path, folder: Path, shell: ForkedShell | None, timeout: int
) -> tuple[nbformat.NotebookNode, float]:
    """The executed notebook and the seconds it took."""
    clock = time.perf_counter()
    given = {name: run.values[name] for name in run.notebooks[path]}
    try:
        executed = execute(path, folder / path.name, given, shell=shell, timeout=timeout)
    finally:
        if shell is None:
            ensure_event_loop().close()  # Jupyter's client makes one for each thread and leaves it open
    return executed, time.perf_counter() - clock


def exported_tables(notebooks: Iterable[nbformat.NotebookNode]) -> dict[str, str]:
    """CSV text of every named table in the notebooks' outputs, by name; of equal names the last."""
    bundles = [
        output["data"][EXPORT_MIME]
        for notebook in notebooks
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if EXPORT_MIME in output.get("data", {})
    ]
    return {bundle["name"]: bundle["csv"] for bundle in bundles}


def _save_tables(notebooks: Iterable[nbformat.NotebookNode], folder: Path) -> None:
    """Write `results.csv` into the folder and every other table into `folder/tables`."""
    tables = exported_tables(notebooks)
    if MAIN_TABLE not in tables:
        raise RunError("No notebook produced the results table; the run is not complete.")
    (folder / "tables").mkdir()
    for name, text in tables.items():
        path = folder / f"{name}.csv" if name == MAIN_TABLE else folder / "tables" / f"{name}.csv"
        path.write_text(text, encoding="utf-8-sig", newline="")  # the mark lets Excel read Chinese


# ---------- what a run is made from ----------


def save_inputs(data_dir: Path, folder: Path) -> Path:
    """Pack the data package, published forecasts included, into the run's folder."""
    vintages = sorted(f"{VINTAGES}/{path.name}" for path in (data_dir / VINTAGES).glob("*.csv"))
    target = folder / INPUTS
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (*package_files(data_dir), *vintages):
            content = (data_dir / name).read_bytes()
            archive.writestr(zipfile.ZipInfo(name, FIXED_TIME), content, zipfile.ZIP_DEFLATED)
    return target


def made_from(run: RunPlan) -> dict[str, Any]:
    """Everything a run's results depend on; equal inputs give equal results."""
    return {
        "data_sha256": run.plan.data_sha256,
        "parameters": dict(run.values),
        "code_sha256": _code_sha256(),
        "notebooks_sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in run.notebooks},
        "packages": {name: _version(name) for name in PACKAGES},
        "python": platform.python_version(),
    }


def is_made_from(folder: Path, inputs: Mapping[str, Any]) -> bool:
    """Whether there is a finished run in `folder` that was made from these inputs."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and all(content.get(name) == value for name, value in inputs.items())


def _manifest(plan: Plan, inputs: Mapping[str, Any], started: dt.datetime, seconds: float) -> dict[str, Any]:
    """Provenance of a run: parameters, hashes, versions, commit, seed and duration."""
    parameters = inputs["parameters"]
    measured = load_measured("calibration", data_through=plan.data_through)
    return dict(inputs) | {
        "plan": plan.plan,
        "plan_name": {"en": plan.name_en, "zh": plan.name_zh},
        "region": plan.region,
        "region_name": {"en": plan.region_name("en"), "zh": plan.region_name("zh")},
        "data_through": plan.data_through,
        "seed": parameters.get("seed"),
        "measured_coverage": measured_line(measured, "zh" if parameters.get("language") == "zh" else "en"),
        "git_commit": _git_commit(Path(__file__).parent),
        "started": started.isoformat(timespec="seconds"),
        "duration_seconds": round(seconds, 1),
    }


@cache
def _code_sha256() -> str:
    """SHA-256 over the names and bytes of every file of the package, compiled files aside."""
    digest = hashlib.sha256()
    root = Path(__file__).resolve().parents[1]
    for path in sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _git_commit(folder: Path) -> str | None:
    """Commit of the checkout, marked `+changes` when files differ from it; None outside a checkout."""
    words = ("describe", "--always", "--exclude=*", "--abbrev=40", "--dirty=+changes")  # no tag: the commit itself
    try:
        done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
