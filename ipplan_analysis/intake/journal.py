"""The journal of a data package: who added what when, and how to take it back."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipplan_analysis.data.package import is_inside
from ipplan_analysis.intake.faults import StoreError
from ipplan_analysis.schema import cause

JOURNAL = "journal.jsonl"
# begun is written before any file is replaced, the others when it is over
OPEN, DONE, ROLLED_BACK, ABANDONED = STATES = ("begun", "done", "rolled back", "abandoned")
FIELDS: dict[str, type] = {"state": str, "who": str, "when": str, "files": dict}
ACTIONS: dict[str, dict[str, type]] = {"add": {"file": str, "rows": list}, "undo": {"of": int}}  # each with its fields


@dataclass(frozen=True)
class Splice:
    """One place of a text file that changes: at byte `at` of the old file, `before` becomes `after`."""

    at: int
    before: str
    after: str


@dataclass(frozen=True)
class FileChange:
    """One file's change: hashes of both states and the places between them."""

    before_sha256: str
    after_sha256: str
    splices: tuple[Splice, ...]

    def forward(self, content: bytes) -> bytes:
        """The new bytes from the old."""
        pieces, end = [], 0
        for splice in self.splices:
            pieces += [content[end : splice.at], splice.after.encode()]
            end = splice.at + len(splice.before.encode())
        return b"".join([*pieces, content[end:]])

    def reversed(self) -> FileChange:
        """The change that takes this one back."""
        shift, splices = 0, []
        for splice in self.splices:
            splices.append(Splice(splice.at + shift, splice.after, splice.before))
            shift += len(splice.after.encode()) - len(splice.before.encode())
        return FileChange(self.after_sha256, self.before_sha256, tuple(splices))

    def as_json(self) -> dict[str, Any]:
        """The change as the journal keeps it."""
        return {
            "before_sha256": self.before_sha256,
            "after_sha256": self.after_sha256,
            "splices": [vars(splice) for splice in self.splices],
        }


def change_between(content: bytes, splices: list[Splice]) -> FileChange:
    """The change that the splices, in order of place, make to a file's content."""
    change = FileChange(sha256(content), "", tuple(splices))
    return FileChange(change.before_sha256, sha256(change.forward(content)), change.splices)


def change_from_json(entry: dict[str, Any]) -> FileChange:
    """A change as the journal keeps it.

    Raises
    ------
    KeyError, TypeError, ValueError : it is not one.
    """
    splices = (Splice(int(part["at"]), str(part["before"]), str(part["after"])) for part in entry["splices"])
    return FileChange(str(entry["before_sha256"]), str(entry["after_sha256"]), tuple(splices))


def sha256(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def read_journal(data_dir: Path) -> list[dict[str, Any]]:
    """Every entry with its newest state, oldest first; a last line cut off by a crash does not count.

    Raises
    ------
    StoreError : a line in the middle is not the journal's, or lacks what undoing needs.
    """
    entries: dict[int, dict[str, Any]] = {}
    lines = _lines(data_dir / JOURNAL)
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line)
            known = entries.setdefault(int(record["entry"]), {})
            known.update({name: value for name, value in record.items() if name != "when" or "when" not in known})
            _require_whole(known)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            raise StoreError(
                f"{data_dir / JOURNAL}, line {number}: not an entry of the journal. "
                "Restore the line from a copy, or move the journal away; undo then forgets what is in it."
            ) from None
    return list(entries.values())


def _require_whole(entry: dict[str, Any]) -> None:
    fields = FIELDS | ACTIONS[entry["action"]]
    if not all(isinstance(entry[name], kind) for name, kind in fields.items()):
        raise TypeError("a field of another type")
    if entry["state"] not in STATES or not all(map(is_inside, entry["files"])):
        raise ValueError("another state, or a file outside the package")
    for change in entry["files"].values():
        change_from_json(change)


def write_journal(data_dir: Path, record: dict[str, Any]) -> None:
    """Append one line and see it on the disk; a line cut off by an earlier crash is removed first."""
    path = data_dir / JOURNAL
    whole = sum(len(line) + 1 for line in _lines(path))
    with path.open("ab") as stream:
        stream.truncate(whole)
        try:
            # names of files and people may hold bytes that are no text; those become question marks
            stream.write(json.dumps(record, ensure_ascii=False).encode(errors="replace") + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        except OSError:
            os.ftruncate(stream.fileno(), whole)
            raise


def _lines(path: Path) -> list[bytes]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreError(f"{path}: {cause(error)}. Name the folder of a data package.") from None
    return content.split(b"\n")[:-1]
