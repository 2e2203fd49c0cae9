"""Commands about figures: init, template, add, undo."""

from __future__ import annotations

import argparse
import datetime as dt
import shlex
from pathlib import Path

from ipplan_analysis.cli.shared import Commands, add_data, data_folder, user_name, with_data


def register(commands: Commands) -> None:
    """Add the commands to the parser."""
    init = commands.add_parser("init", help="make a data package of your own", allow_abbrev=False)
    init.add_argument("folder", type=Path, help="a new or empty folder")
    init.set_defaults(command=_init)
    template = commands.add_parser("template", help="write a workbook to fill in", allow_abbrev=False)
    template.add_argument("--year", type=int, required=True, help="year of the figures")
    template.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="workbook to write (.xlsx)")
    template.add_argument("--plan", default="ningxia-ip-14", help="identifier in data/plans.csv")
    template.add_argument("--region", help="region code; the plan's own by default")
    add_data(template)
    template.set_defaults(command=_template)
    add = commands.add_parser("add", help="show, check and add the figures of a file", allow_abbrev=False)
    add.add_argument("file", type=Path, help=".xlsx or .csv")
    add.add_argument("--accept", metavar="REASON", help="why unusual figures are right; kept in the journal")
    add.add_argument("--dry-run", action="store_true", help="show and check only")
    add.add_argument("--language", choices=("en", "zh"), default="en", help="language of the table")
    add_data(add)
    add.set_defaults(command=_add)
    undo = commands.add_parser("undo", help="take the last addition back", allow_abbrev=False)
    add_data(undo)
    undo.set_defaults(command=_undo)


def _init(arguments: argparse.Namespace) -> int:
    from ipplan_analysis.intake import init

    print(f"Your data package: {init(arguments.folder)}. Use it with --data {shlex.quote(str(arguments.folder))}")
    return 0


def _template(arguments: argparse.Namespace) -> int:
    from ipplan_analysis.intake import write_template

    rows = write_template(
        arguments.output,
        data_dir=data_folder(arguments),
        year=arguments.year,
        plan=arguments.plan,
        region=arguments.region,
    )
    command = with_data(f"ipplan add {shlex.quote(str(arguments.output))}", arguments)
    print(f"{arguments.output}: {rows} figures to fill in. Then: {command}")
    return 0


def _add(arguments: argparse.Namespace) -> int:
    from ipplan_analysis.intake import add, propose, remarks

    now = dt.datetime.now(dt.UTC).astimezone()
    folder = data_folder(arguments)
    proposal = propose(arguments.file, folder, today=now.date(), accept=arguments.accept)
    table = proposal.as_table(arguments.language)
    if len(table):
        print(table.to_string(index=False))
    proposal.check()
    print(proposal.summary(arguments.language), *remarks(proposal, arguments.language), sep="\n")
    if arguments.dry_run:
        return 0
    addition = add(arguments.file, folder, accept=arguments.accept, who=user_name(), now=now)
    undo = with_data("ipplan undo", arguments)
    print("Nothing new." if addition.entry is None else f"Added. `{undo}` takes it back.")
    return 0


def _undo(arguments: argparse.Namespace) -> int:
    from ipplan_analysis.intake import undo

    entry = undo(data_folder(arguments), who=user_name(), now=dt.datetime.now(dt.UTC).astimezone())
    print(f"Taken back: {entry.get('file', 'the last addition')}")
    return 0
