"""Adding figures to a data package and taking the last addition back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ipplan_analysis.data.check import inspect_tables
from ipplan_analysis.data.package import read_descriptor
from ipplan_analysis.intake.faults import StoreError
from ipplan_analysis.intake.journal import DONE, FileChange, change_between, change_from_json, read_journal, sha256
from ipplan_analysis.intake.ledger import splices
from ipplan_analysis.intake.lock import exclusive
from ipplan_analysis.intake.proposal import Proposal, work_out
from ipplan_analysis.intake.transaction import commit, disk_errors, recover
from ipplan_analysis.schema import DataError


@dataclass(frozen=True)
class Addition:
    """What was added: the proposal as carried out, and its number in the journal (None if nothing was new)."""

    proposal: Proposal
    entry: int | None


def add(file: Path, data_dir: Path, *, accept: str | None = None, who: str, now: dt.datetime) -> Addition:
    """Add a file's figures to a data package, all or none.

    The proposal is worked out afresh under the lock, so that two people adding at once get different identifiers and
    the second sees what the first added.

    Parameters
    ----------
    file, accept : see `propose`.
    data_dir : folder of the data package.
    who : name for the journal and for others who wait.
    now : time for the journal; its date is the day after which nothing can have been published.

    Raises
    ------
    IntakeError, QuestionsError : the file has faults, or figures that need a reason.
    DataError : the data package is at fault, before or after.
    StoreError : locked, read-only, or no space. In every case nothing is changed.
    """
    _require_package(data_dir)
    with exclusive(data_dir, who=who), disk_errors(data_dir):
        recover(data_dir)
        proposal = work_out(file, data_dir, today=now.date(), accept=accept)
        proposal.check()
        changes = _changes(proposal, data_dir)
        if not changes:
            return Addition(proposal, None)
        return Addition(proposal, commit(data_dir, changes, _record(proposal, who, now), _checker(data_dir)))


def undo(data_dir: Path, *, who: str, now: dt.datetime) -> dict[str, Any]:
    """Take the last addition back: both files return to the bytes they had. Repeated, it goes further back.

    Returns
    -------
    The journal's entry of the addition taken back.

    Raises
    ------
    StoreError : nothing to take back, or a file has changed since.
    """
    _require_package(data_dir)
    with exclusive(data_dir, who=who), disk_errors(data_dir):
        recover(data_dir)
        last = _last_addition(data_dir)
        changes = {name: change_from_json(change) for name, change in last["files"].items()}
        for name, change in changes.items():
            if sha256((data_dir / name).read_bytes()) != change.after_sha256:
                raise StoreError(
                    f"{data_dir / name} has changed since {last['file']} was added on {last['when']} by {last['who']}; "
                    "undo would lose that change. Nothing was changed. Remove the rows "
                    f"{_span(last['rows'])} by hand, or restore the file from a copy."
                )
        back = {name: change.reversed() for name, change in reversed(changes.items())}
        record = {"action": "undo", "of": last["entry"], "who": who, "when": now.isoformat(timespec="seconds")}
        commit(data_dir, back, record, lambda staging: None)  # these very bytes were checked before the addition
        return last


def history(data_dir: Path) -> list[dict[str, Any]]:
    """Every addition and undoing that was carried out, oldest first, without the bytes."""
    entries = [entry for entry in read_journal(data_dir) if entry["state"] == DONE]
    return [{name: value for name, value in entry.items() if name != "files"} for entry in entries]


def _last_addition(data_dir: Path) -> dict[str, Any]:
    standing: list[dict[str, Any]] = []
    for entry in read_journal(data_dir):
        if entry["state"] == DONE and entry["action"] == "add":
            standing.append(entry)
        elif entry["state"] == DONE:
            del standing[-1:]
    if not standing:
        raise StoreError(f"{data_dir}: nothing to undo. The journal holds no addition that still stands.")
    return standing[-1]


def _changes(proposal: Proposal, data_dir: Path) -> dict[str, FileChange]:
    """Changes by file name; sources first, so that no observation ever names a source that is not there."""
    resources = read_descriptor(data_dir)
    edits = {name: {"use": "yes" if use else "no", "note": note} for name, (use, note) in proposal.edited.items()}
    none: dict[str, dict[str, str]] = {}
    wanted = (
        ("sources", "source", proposal.new_sources, none),
        ("observations", "observation", proposal.new_rows, edits),
    )
    changes = {}
    for table, key, rows, edited in wanted:
        content = (data_dir / resources[table].path).read_bytes()
        found = splices(content, key, rows, edited)
        if found:
            changes[resources[table].path] = change_between(content, found)
    return changes


def _record(proposal: Proposal, who: str, now: dt.datetime) -> dict[str, Any]:
    return {
        "action": "add",
        "who": who,
        "when": now.isoformat(timespec="seconds"),
        "file": Path(proposal.file).name,
        "file_sha256": proposal.sha256,
        "accepted": proposal.accept if proposal.questions else None,
        "rows": [row["observation"] for row in proposal.new_rows],
        "sources": [row["source"] for row in proposal.new_sources],
        "changed": list(proposal.edited),
    }


def _checker(data_dir: Path) -> Callable[[Path], None]:
    """A check of the package as it would be, faults named by the files' own place."""

    def check(staging: Path) -> None:
        faults = [
            replace(fault, file=fault.file.replace(str(staging), str(data_dir))) for fault in inspect_tables(staging)[1]
        ]
        if faults:
            raise DataError(faults)

    return check


def _require_package(data_dir: Path) -> None:
    read_descriptor(data_dir)  # a lock in a folder that is no package would be litter


def _span(rows: list[str]) -> str:
    return rows[0] if len(rows) == 1 else f"{rows[0]} to {rows[-1]}"
