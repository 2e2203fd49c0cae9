"""Changes to a CSV file that leave every other byte as it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from ipplan_analysis.intake.journal import Splice

BOM = "\ufeff"


def splices(content: bytes, key: str, rows: Iterable[dict[str, str]], edits: dict[str, dict[str, str]]) -> list[Splice]:
    """Places of a CSV file that change when rows are appended and cells of others edited, in order of place.

    Parameters
    ----------
    content : the file, UTF-8 with or without byte-order mark, lines ended in either way.
    key : column whose value names a row in `edits`.
    rows : new rows by column name.
    edits : new cells by column name, by key.
    """
    text = content.decode("utf-8")
    records = _records(text)
    _, _, header, ending = next(records)
    header = [name.removeprefix(BOM) for name in header]
    found = []
    for at, record, cells, own_ending in records:
        edit = edits.get(cells[header.index(key)]) if cells else None
        if edit:
            changed = [edit.get(name, cell) for name, cell in zip(header, cells, strict=True)]
            found.append(Splice(at, record, _line(changed, own_ending)))
    added = "".join(_line([row[name] for name in header], ending or "\n") for row in rows)
    if added:
        gap = "" if text.endswith(("\n", "\r")) else ending or "\n"
        found.append(Splice(len(content), "", gap + added))
    return found


def _records(text: str) -> Iterator[tuple[int, str, list[str], str]]:
    """Byte offset, text, cells and line ending of every record; a quoted cell may run over several lines."""
    lines = list(io.StringIO(text, newline=""))
    reader = csv.reader(lines)
    at = first = 0
    for cells in reader:
        record = "".join(lines[first : reader.line_num])
        yield at, record, cells, record[len(record.rstrip("\r\n")) :]
        first, at = reader.line_num, at + len(record.encode())


def _line(cells: list[str], ending: str) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator=ending).writerow(cells)
    return stream.getvalue()
