"""`ipplan ...`: the command line. Thin: it reads words, calls a room, prints."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from ipplan_analysis.schema import PlanError, nearest

PARAMETERS = {
    "plan": "identifier in data/plans.csv",
    "region": "region code; the plan's own by default",
    "data_through": "last year whose figures may be used; all by default",
    "language": "en or zh",
    "indicator": "indicator shown in detail in notebook 02",
    "draws": "number of simulated futures",
    "seed": "seed of the simulation",
}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line with the nearest known option."""

    def error(self, message: str) -> NoReturn:
        words = message.removeprefix("unrecognized arguments: ").split() if "unrecognized" in message else []
        known = [option for action in self._actions for option in action.option_strings]
        hints = [nearest(word.split("=")[0], known) for word in words if word.startswith("-")]
        hint = " ".join(filter(None, hints)) or f"See {self.prog} --help."
        self.exit(2, f"{self.prog}: {message}. {hint}\n")


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (0 done, 1 refused or failed, 2 wrong usage)."""
    arguments = _parser().parse_args(words)
    try:
        code: int = arguments.command(arguments)
        return code
    except PlanError as error:
        print(f"ipplan: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("ipplan: stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="ipplan", description="Will a five-year plan's targets be reached, and how sure are we?")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", parser_class=_Parser)
    report = commands.add_parser("report", help="run the notebooks and write one report", allow_abbrev=False)
    _add_parameters(report)
    report.add_argument("--out", type=Path, default=_checkout() / "reports", help="folder of the runs (default: reports/)")
    report.set_defaults(command=_report)
    check = commands.add_parser("check", help="check the data and the parameters; write nothing", allow_abbrev=False)
    _add_parameters(check)
    check.set_defaults(command=_check)
    calibrate = commands.add_parser("calibrate", help="measure coverage anew on all outcomes (about a minute)")
    calibrate.add_argument("--data", dest="data_dir", metavar="DIR", help="folder of a data package (default: data/)")
    calibrate.set_defaults(command=_calibrate)
    return parser


def _add_parameters(parser: argparse.ArgumentParser) -> None:
    for name, text in PARAMETERS.items():
        parser.add_argument("--" + name.replace("_", "-"), dest=name, metavar=name.upper(), help=text)
    parser.add_argument("--data", dest="data_dir", metavar="DIR", help="folder of a data package (default: data/)")


def _given(arguments: argparse.Namespace) -> dict[str, str | int | float | bool | None]:
    return {name: getattr(arguments, name) for name in (*PARAMETERS, "data_dir")}


def _checkout() -> Path:
    return Path(__file__).resolve().parents[1]


def _report(arguments: argparse.Namespace) -> int:
    from ipplan_analysis.run import checked_run, make_report  # loading the libraries takes seconds; --help must not

    run = checked_run(_given(arguments), from_text=True)
    print(f"Plan {run.plan.plan}, region {run.plan.region}, data through {run.plan.data_through}", flush=True)
    folder = make_report(run, arguments.out, say=lambda line: print(line, flush=True))
    _print_asked(folder / "tables" / "figures_to_ask.csv", str(run.values["language"]))
    return 0


def _print_asked(path: Path, language: str) -> None:
    """The list that a secretary sends out: one line for each figure, its periods together, by department."""
    department, name = ("department", "name_zh") if language == "zh" else ("department_en", "name_en")
    lines: dict[str, dict[str, list[str]]] = {}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            lines.setdefault(row[department], {}).setdefault(f"{row['target_id']} {row[name]}", []).append(row["period"])
    for owner, figures in lines.items():
        print(f"\n{'请向以下部门索取' if language == 'zh' else 'Ask'}: {owner}")
        for figure, periods in figures.items():
            print(f"  {figure}: {', '.join(periods)}")


def _calibrate(arguments: argparse.Namespace) -> int:
    import datetime as dt

    from ipplan_analysis.data import load_plan
    from ipplan_analysis.evaluation.calibration import calibrate, save_calibration

    tables = calibrate(load_plan(data_dir=arguments.data_dir), today=dt.datetime.now(dt.UTC).date())
    for path in save_calibration(tables):
        print(path)
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from ipplan_analysis.data.identities import violations
    from ipplan_analysis.run import checked_run

    run = checked_run(_given(arguments), from_text=True)
    found = violations(run.plan)
    for line in found:
        print(f"note: {line}")
    print(f"Data and parameters are in order ({len(run.plan.observations)} observations, {len(found)} notes).")
    return 0
