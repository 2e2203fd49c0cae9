"""`ipplan ...`: the command line. Thin: it reads words, calls a room, prints.

The rooms are imported inside the commands: loading the libraries takes seconds, and `--help` must not.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ipplan_analysis.run import settle_process
from ipplan_analysis.schema import Language, PlanError, cause

if TYPE_CHECKING:
    from ipplan_analysis.run.parameters import RunPlan
    from ipplan_analysis.run.sweep import Result

PARAMETERS = {
    "plan": "identifier in data/plans.csv",
    "region": "region code or name; the plan's own by default",
    "data_through": "last year whose figures may be used; all by default",
    "language": "en or zh",
    "indicator": "indicator shown in detail in notebook 02",
    "draws": "number of simulated futures",
    "seed": "seed of the simulation",
    "previous": "folder of an earlier run to compare with",
}
GIVEN = {  # what holds for every figure of a table and the table does not say
    "indicator": "indicator of a table that names none",
    "region": "region of a table that names none, or that 全区 (全省, 全市) stands for",
    "unit": "unit of the figures, such as 件 or 万件",
    "source": "title of the document",
    "publisher": "who published it",
    "published": "when, such as 2026-04-30",
    "url": "its address",
    "scope": "coverage of national figures: mainland, incl_hmt or incl_foreign",
    "confidence": "high, medium or low",
    "decimal": "point, or comma where the figures are written 1.234,5",
}
SWEEP_PARAMETERS = {name: PARAMETERS[name] for name in ("language", "draws", "seed")}
FORMATS = {"pdf": "also write report.pdf", "xlsx": "also write results.xlsx", "docx": "also write report.docx"}
Command = Callable[..., Any]


class _NamedPath(click.Path):
    """A path that is named: an empty word, such as an unset variable gives, is not the working directory."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path."""
        if value == "":
            self.fail("name a file or folder; . is the working directory", param, ctx)
        return super().convert(value, param, ctx)


FOLDER = _NamedPath(path_type=Path)


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (0 done, 1 refused or failed, 2 wrong usage)."""
    settle_process()
    _settle_streams()
    try:
        arguments = list(sys.argv[1:] if words is None else words)
        with ipplan.make_context("ipplan", arguments) as context:
            ipplan.invoke(context)
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where its failure can still be reported
        return 0
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except PlanError as error:
        print(f"ipplan: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("ipplan: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        _give_up_output()
        return 141
    except OSError as error:
        if error.filename is None:
            _give_up_output()
        print(f"ipplan: {error.filename or 'the output'}: {cause(error)}. Nothing was changed.", file=sys.stderr)
        return 1


def _settle_streams() -> None:
    """Standard streams that take any text; where one is closed, no file that is opened later takes its number."""
    number = 0
    while number <= 2:
        number = os.open(os.devnull, os.O_RDWR)
    os.close(number)
    if isinstance(sys.stdout, io.TextIOWrapper):  # names of files may hold bytes that are no text
        sys.stdout.reconfigure(errors="backslashreplace")


def _give_up_output() -> None:
    """Let what is still to be printed go nowhere, or Python would try again at its end and fail aloud."""
    with suppress(OSError, ValueError), open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())


class _InOrder(click.Group):
    """Lists its commands in the order of the work, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands."""
        return list(self.commands)


@click.group(cls=_InOrder, context_settings={"help_option_names": ["-h", "--help"]})
def ipplan() -> None:
    """Will a five-year plan's targets be reached, and how sure are we?"""


# ---------- options of several commands ----------


def _options(texts: dict[str, str], **settings: Any) -> Callable[[Command], Command]:
    """An option for each name, with its text; what the words mean is checked later, all at once."""

    def add(command: Command) -> Command:
        for name, text in reversed(texts.items()):
            command = click.option(f"--{name.replace('_', '-')}", name, help=text, **settings)(command)
        return command

    return add


_format_options = _options(FORMATS, is_flag=True)
_language_option = click.option(
    "--language", type=click.Choice(["en", "zh"]), default="en", help="language of the table"
)
_data_option = click.option("--data", "data_dir", metavar="DIR", help="folder of a data package (default: data/)")
_out_option = click.option(
    "--out",
    type=FOLDER,
    default=lambda: Path(__file__).resolve().parents[1] / "reports",
    help="folder of the runs (default: reports/)",
)


def _data_folder(data_dir: str | None) -> Path:
    """The data package that the command names, or the checkout's own."""
    from ipplan_analysis.data.package import default_data_dir

    return default_data_dir() if data_dir is None else Path(data_dir)


# ---------- runs ----------


@ipplan.command()
@_options(PARAMETERS)
@_data_option
@_out_option
@_format_options
def report(out: Path, **words: Any) -> None:
    """run the notebooks and write one report"""
    begun = time.perf_counter()
    from ipplan_analysis.run.parameters import checked_run

    formats = [name for name in FORMATS if words.pop(name)]
    _make(checked_run(words, from_text=True), out, formats, begun)


@ipplan.command()
@click.argument("file", type=FOLDER)
@_data_option
@_out_option
@_format_options
def rerun(file: Path, data_dir: str | None, out: Path, **chosen: bool) -> None:
    """run the report with the parameters of a run file, such as runs/2024.toml"""
    begun = time.perf_counter()
    from ipplan_analysis.run.parameters import checked_run_file

    _make(checked_run_file(file, data_dir=data_dir), out, [name for name in FORMATS if chosen[name]], begun)


def _make(run: RunPlan, out: Path, formats: Sequence[str], begun: float) -> None:
    from ipplan_analysis.run.make import make_report

    _progress(f"Plan {run.plan.plan}, region {run.plan.region}, data through {run.plan.data_through}")
    folder = make_report(run, out, progress=_progress, formats=formats)
    from ipplan_analysis.report import write_index  # loaded by now

    write_index(out)
    _progress(f"Done in {time.perf_counter() - begun:.0f} s: {folder / 'report.html'}")
    _print_missing(folder / "tables" / "figures_to_ask.csv", run.language)


def _progress(line: str) -> None:
    """Print one line of progress; a reader that has gone, as `head` does, does not end the run."""
    with suppress(BrokenPipeError):
        print(line, flush=True)


def _print_missing(path: Path, language: Language) -> None:
    """The list that a secretary sends out, by department: a line for each figure with its periods."""
    from ipplan_analysis.messages import message
    from ipplan_analysis.numbers import format_periods

    name, figure = ("name_zh", "figure_zh") if language == "zh" else ("name_en", "figure_en")
    lines: dict[str, dict[str, list[str]]] = {}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            line = f"{row['target_id']} {row[name]} ({row[figure]})"
            department = row["department" if language == "zh" else "department_en"]
            lines.setdefault(department, {}).setdefault(line, []).append(row["period"])
    for department, figures in lines.items():
        print("\n" + message("Ask: {department}", language, department=department))
        for line, periods in figures.items():
            print(f"  {line}: {format_periods(periods, language)}")


@ipplan.command()
@click.option("--plan", help="identifiers separated by commas, or all (default: the shipped plan)")
@click.option(
    "--region",
    help="codes separated by commas, all (31 provinces), or own (the plan's); default: all, of several plans own",
)
@click.option("--data-through", metavar="YEARS", help="such as 2015..2023 or 2020,2023 (default: every figure)")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="processes (default: one per processor)")
@click.option("--dask", metavar="ADDRESS", help="use the workers of a Dask cluster, such as tcp://10.0.0.1:8786")
@click.option("--only-missing", is_flag=True, help="leave out runs whose inputs are unchanged")
@_out_option
@_options(SWEEP_PARAMETERS)
@_data_option
def sweep(
    plan: str | None,
    region: str | None,
    data_through: str | None,
    jobs: int | None,
    dask: str | None,
    only_missing: bool,
    out: Path,
    **given: Any,
) -> None:
    """run many plans, regions and years"""
    from ipplan_analysis.run.make import processors
    from ipplan_analysis.run.sweep import combinations
    from ipplan_analysis.run.sweep import sweep as make_all

    begun = time.perf_counter()
    wanted = combinations(region, data_through, plans=plan, given=given)
    on_terminal = sys.stderr is not None and sys.stderr.isatty()
    with click.progressbar(length=len(wanted), show_pos=True, file=sys.stderr, hidden=not on_terminal) as bar:

        def progress(result: Result, finished: int, total: int) -> None:
            bar.update(1)
            if not on_terminal:
                left = (time.perf_counter() - begun) / finished * (total - finished)
                line = f"[{finished}/{total}] {result.name}  {result.state}  {result.seconds:.1f} s"
                _progress(f"{line}  about {left / 60:.0f} min left" if left >= 90 else line)

        workers = jobs or processors()
        results = make_all(wanted, out, progress=progress, workers=workers, dask=dask, only_missing=only_missing)
    print(summary(results, time.perf_counter() - begun))
    if any(result.state == "failed" for result in results):
        raise click.exceptions.Exit(1)


def summary(results: Sequence[Result], seconds: float) -> str:
    """How many runs were made, left out and failed, and one line for each that failed."""
    count = {state: sum(result.state == state for result in results) for state in ("done", "unchanged", "failed")}
    lines = [f"{count['done']} done, {count['unchanged']} unchanged, {count['failed']} failed in {seconds:.0f} s"]
    failed = [result for result in results if result.state == "failed"]
    width = max((len(result.name) for result in failed), default=0)
    lines += [f"{result.name:<{width}}  {' '.join(result.reason.split())}" for result in failed]
    return "\n".join(lines)


@ipplan.command()
@click.argument("first", type=FOLDER)
@click.argument("second", type=FOLDER)
def compare(first: Path, second: Path) -> None:
    """what moved between two runs, and why: FIRST is the folder of the earlier one"""
    from ipplan_analysis.run.compare import compare_runs, read_manifest
    from ipplan_analysis.tables import changes_table

    moved = compare_runs(first, second)
    print(changes_table(moved, read_manifest(second)["parameters"]["language"]))


@ipplan.command()
@click.argument("run", type=FOLDER)
@_data_option
def publish(run: Path, data_dir: str | None) -> None:
    """keep a run's forecasts in the data, to be scored later"""
    from ipplan_analysis.run.compare import publish as publish_run
    from ipplan_analysis.run.compare import read_manifest

    # without a name it is the package that the run was made from, not the shipped one
    folder = _data_folder(data_dir or read_manifest(run)["parameters"].get("data_dir"))
    print(f"Published: {publish_run(run, folder)}")


@ipplan.command()
@_options(PARAMETERS)
@_data_option
def check(**given: Any) -> None:
    """check the data and the parameters; write nothing"""
    from ipplan_analysis.data.slips import slip_faults
    from ipplan_analysis.data.snapshot import violations
    from ipplan_analysis.evaluation.scorecard import read_vintages
    from ipplan_analysis.run.parameters import checked_run

    run = checked_run(given, from_text=True)
    read_vintages(run.plan.data_dir)
    for fault in slip_faults(run.plan.snapshot):
        print(f"warning: {fault}")
    found = violations(run.plan.snapshot)
    for line in found:
        print(f"note: {line}")
    print(f"Data and parameters are in order ({len(run.plan.observations)} observations, {len(found)} notes).")


@ipplan.command()
@_language_option
@_data_option
def plans(language: Language, data_dir: str | None) -> None:
    """list the plans: years, targets, and how many of them can be assessed"""
    from ipplan_analysis.attainment import assess
    from ipplan_analysis.data import load_plan, load_tables

    folder = _data_folder(data_dir)
    for name in load_tables(folder)["plans"]["plan"]:
        plan = load_plan(str(name), data_dir=folder)
        results = assess(plan, draws=200)
        assessed = (~results["status"].isin(["listed", "not assessable"])).sum()
        years = f"{plan.start_year}-{plan.end_year}"
        print(f"{name:<20} {years}  {assessed:>2} of {len(results):>2} assessed  {plan.name(language)}")


@ipplan.command()
@_data_option
def calibrate(data_dir: str | None) -> None:
    """measure coverage anew on all outcomes"""
    from ipplan_analysis.data import load_plan, load_tables
    from ipplan_analysis.evaluation.backtest import calibrate as measure
    from ipplan_analysis.evaluation.backtest import save_calibration

    folder = _data_folder(data_dir)
    any_plan = str(load_tables(folder)["plans"]["plan"].iloc[0])  # the provinces' figures are the same for all
    tables = measure(load_plan(any_plan, data_dir=folder), today=dt.datetime.now(dt.UTC).date())
    for path in save_calibration(tables):
        print(path)


# ---------- figures ----------


@ipplan.command()
@click.argument("folder", type=FOLDER)
def init(folder: Path) -> None:
    """make a data package of your own in a new or empty folder"""
    from ipplan_analysis.intake import init as make_package

    print(f"Your data package: {make_package(folder)}. Use it with --data {shlex.quote(str(folder))}")


@ipplan.command()
@click.option("--year", type=int, required=True, help="year of the figures")
@click.option("-o", "--output", type=FOLDER, required=True, metavar="FILE", help="workbook to write (.xlsx)")
@click.option("--plan", help="identifier in data/plans.csv; the shipped plan by default")
@click.option("--region", help="region code or name; the plan's own by default")
@_data_option
def template(year: int, output: Path, plan: str | None, region: str | None, data_dir: str | None) -> None:
    """write a workbook to fill in"""
    from ipplan_analysis.intake import write_template

    named = {} if plan is None else {"plan": plan}
    rows = write_template(output, data_dir=_data_folder(data_dir), year=year, region=region, **named)
    command = _next_command(f"add {shlex.quote(str(output))}", data_dir)
    print(f"{output}: {rows} figures to fill in. Then: {command}")


@ipplan.command()
@click.argument("file", type=FOLDER)
@_options(GIVEN, metavar="TEXT")
@click.option("--accept", metavar="REASON", help="why unusual figures are right; kept in their notes")
@click.option("--dry-run", is_flag=True, help="show and check only")
@_language_option
@_data_option
def add(
    file: Path, accept: str | None, dry_run: bool, language: Language, data_dir: str | None, **words: str | None
) -> None:
    """show, check and add the figures of a file (.xlsx, .ods or .csv): a list, or years across as in yearbooks"""
    from ipplan_analysis.intake import add as add_figures
    from ipplan_analysis.intake import propose, remarks

    now = dt.datetime.now(dt.UTC).astimezone()
    folder = _data_folder(data_dir)
    given = {name: word for name, word in words.items() if word}
    proposal = propose(file, folder, today=now.date(), accept=accept, given=given)
    table = proposal.as_table(language)
    if len(table):
        print(table.to_string(index=False))
    proposal.check()
    print(proposal.summary(language), *remarks(proposal, language), sep="\n")
    if dry_run:
        return
    addition = add_figures(file, folder, accept=accept, given=given, now=now)
    back = _next_command("undo", data_dir)
    print(f"Added: {addition.path}. `{back}` takes it back." if addition.path else "Nothing new.")


@ipplan.command()
@_data_option
def undo(data_dir: str | None) -> None:
    """take the last addition back"""
    from ipplan_analysis.intake import undo as take_back

    print(f"Taken back: {take_back(_data_folder(data_dir))}")


def _next_command(words: str, data_dir: str | None) -> str:
    """A command to suggest, called as this one was (no environment need be active), for the same data package."""
    called = Path(sys.argv[0])
    program = (
        shlex.quote(str(called)) if called.name == "ipplan" and shutil.which("ipplan") != str(called) else "ipplan"
    )
    return f"{program} {words}" + ("" if data_dir is None else f" --data {shlex.quote(str(data_dir))}")
