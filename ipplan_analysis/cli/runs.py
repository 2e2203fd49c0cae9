"""Commands about runs: report, rerun, sweep, compare, publish, check, calibrate."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ipplan_analysis.cli.shared import Commands, add_data, data_folder, user_name
from ipplan_analysis.formats import format_periods
from ipplan_analysis.run.sweep_command import add_arguments, sweep_command
from ipplan_analysis.schema import Language, ParameterError

# The rooms are imported inside the commands: loading the libraries takes seconds, and --help must not.

PARAMETERS = {
    "plan": "identifier in data/plans.csv",
    "region": "region code; the plan's own by default",
    "data_through": "last year whose figures may be used; all by default",
    "language": "en or zh",
    "indicator": "indicator shown in detail in notebook 02",
    "draws": "number of simulated futures",
    "seed": "seed of the simulation",
    "previous": "folder of an earlier run to compare with",
}
FORMATS = {"pdf": "also write report.pdf", "xlsx": "also write results.xlsx", "docx": "also write report.docx"}


def register(commands: Commands) -> None:
    """Add the commands to the parser."""
    report = commands.add_parser("report", help="run the notebooks and write one report", allow_abbrev=False)
    add_parameters(report)
    _add_outputs(report)
    report.set_defaults(command=_report)
    rerun = commands.add_parser("rerun", help="run the report with the parameters of a run file", allow_abbrev=False)
    rerun.add_argument("file", type=Path, help="run file, such as runs/2024.toml")
    add_data(rerun)
    _add_outputs(rerun)
    rerun.set_defaults(command=_rerun)
    sweep = commands.add_parser("sweep", help="run many regions and years", allow_abbrev=False)
    add_arguments(sweep, reports=default_reports())
    for name in ("plan", "language", "draws", "seed"):
        sweep.add_argument(f"--{name}", help=PARAMETERS[name])
    add_data(sweep)
    sweep.set_defaults(command=_sweep)
    compare = commands.add_parser("compare", help="what moved between two runs, and why", allow_abbrev=False)
    compare.add_argument("first", type=Path, help="folder of the earlier run")
    compare.add_argument("second", type=Path, help="folder of the later run")
    compare.set_defaults(command=_compare)
    publish = commands.add_parser(
        "publish", help="keep a run's forecasts in the data, to be scored later", allow_abbrev=False
    )
    publish.add_argument("run", type=Path, help="folder of a run")
    add_data(publish)
    publish.set_defaults(command=_publish)
    check = commands.add_parser("check", help="check the data and the parameters; write nothing", allow_abbrev=False)
    add_parameters(check)
    check.set_defaults(command=_check)
    calibrate = commands.add_parser("calibrate", help="measure coverage anew on all outcomes", allow_abbrev=False)
    add_data(calibrate)
    calibrate.set_defaults(command=_calibrate)


def add_parameters(parser: argparse.ArgumentParser) -> None:
    """Add the notebooks' parameters as options; they are checked later, all at once."""
    for name, text in PARAMETERS.items():
        parser.add_argument("--" + name.replace("_", "-"), dest=name, metavar=name.upper(), help=text)
    add_data(parser)


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=default_reports(), help="folder of the runs (default: reports/)")
    for name, text in FORMATS.items():
        parser.add_argument(f"--{name}", action="store_true", help=text)


def default_reports() -> Path:
    """`reports/` of the checkout."""
    return Path(__file__).resolve().parents[2] / "reports"


def _given(arguments: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(arguments, name) for name in (*PARAMETERS, "data_dir")}


def _report(arguments: argparse.Namespace) -> int:
    return _run(arguments, _given(arguments), from_text=True)


def _rerun(arguments: argparse.Namespace) -> int:
    from ipplan_analysis.run.files import read_run_file
    from ipplan_analysis.run.parameters import WHERE

    given = read_run_file(arguments.file)
    if arguments.data_dir is not None:
        given["data_dir"] = arguments.data_dir
    try:
        return _run(arguments, given, from_text=False)
    except ParameterError as error:  # what the parameters' faults call "parameters" is the file here
        if not any(fault.file == WHERE for fault in error.faults):
            raise
        named = [replace(fault, file=str(arguments.file)) if fault.file == WHERE else fault for fault in error.faults]
        raise ParameterError(named) from None


def _run(arguments: argparse.Namespace, given: Mapping[str, Any], *, from_text: bool) -> int:
    from ipplan_analysis.kernels import warm_kernels

    with warm_kernels():  # first: its process loads the libraries while this one does
        from ipplan_analysis.run import checked_run, make_report

        run = checked_run(given, from_text=from_text)
        print(f"Plan {run.plan.plan}, region {run.plan.region}, data through {run.plan.data_through}", flush=True)
        formats = tuple(name for name in FORMATS if getattr(arguments, name))
        folder = make_report(run, arguments.out, say=_say, formats=formats)
    _print_asked(folder / "tables" / "figures_to_ask.csv", run.language)
    return 0


def _say(line: str) -> None:
    """Print one line of progress; a reader that has gone, as `head` does, does not end the run."""
    with suppress(BrokenPipeError):
        print(line, flush=True)


def _sweep(arguments: argparse.Namespace) -> int:
    names = ("plan", "language", "draws", "seed", "data_dir")
    return sweep_command(arguments, {name: getattr(arguments, name) for name in names})


def _print_asked(path: Path, language: Language) -> None:
    """The list that a secretary sends out, by department: a line for each figure with its periods."""
    chinese = language == "zh"
    department, name, figure = (
        ("department", "name_zh", "figure_zh") if chinese else ("department_en", "name_en", "figure_en")
    )
    lines: dict[str, dict[str, list[str]]] = {}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            line = f"{row['target_id']} {row[name]} ({row[figure]})"
            lines.setdefault(row[department], {}).setdefault(line, []).append(row["period"])
    for owner, figures in lines.items():
        print(f"\n{'请索取' if chinese else 'Ask'}: {owner}")
        for line, periods in figures.items():
            print(f"  {line}: {format_periods(periods, language)}")


def _compare(arguments: argparse.Namespace) -> int:
    from ipplan_analysis.run.compare import compare_runs, read_manifest
    from ipplan_analysis.tables import changes_table

    moved = compare_runs(arguments.first, arguments.second)
    language = read_manifest(arguments.second)["parameters"]["language"]
    print(changes_table(moved, language))
    return 0


def _publish(arguments: argparse.Namespace) -> int:
    from ipplan_analysis.run.compare import read_manifest
    from ipplan_analysis.run.publish import publish

    if arguments.data_dir is None:  # the package that the run was made from, not the shipped one
        arguments.data_dir = read_manifest(arguments.run)["parameters"].get("data_dir")
    print(f"Published: {publish(arguments.run, data_folder(arguments), who=user_name())}")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from ipplan_analysis.data.snapshot import violations
    from ipplan_analysis.evaluation.scorecard import read_vintages
    from ipplan_analysis.run import checked_run

    run = checked_run(_given(arguments), from_text=True)
    read_vintages(run.plan.data_dir)
    found = violations(run.plan.snapshot)
    for line in found:
        print(f"note: {line}")
    print(f"Data and parameters are in order ({len(run.plan.observations)} observations, {len(found)} notes).")
    return 0


def _calibrate(arguments: argparse.Namespace) -> int:
    import datetime as dt

    from ipplan_analysis.data import load_plan, load_tables
    from ipplan_analysis.data.package import default_data_dir
    from ipplan_analysis.evaluation.backtest import calibrate, save_calibration

    folder = default_data_dir() if arguments.data_dir is None else Path(arguments.data_dir)
    any_plan = str(load_tables(folder)["plans"]["plan"].iloc[0])  # the provinces' figures are the same for all
    tables = calibrate(load_plan(any_plan, data_dir=folder), today=dt.datetime.now(dt.UTC).date())
    for path in save_calibration(tables):
        print(path)
    return 0
