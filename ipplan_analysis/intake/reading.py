"""A file of figures, Excel or CSV, into rows of named cells."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

from ipplan_analysis.intake import wording
from ipplan_analysis.intake.decoding import decode
from ipplan_analysis.intake.faults import IntakeError, file_fault
from ipplan_analysis.intake.grid import Cell, Grid, Row, has_headings, tabulate
from ipplan_analysis.intake.spreadsheet import read_workbook
from ipplan_analysis.schema import Fault, cause

LARGEST_FILE = 20_000_000  # bytes
ZIP, OLE = b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # first bytes of .xlsx; of .xls and of .xlsx with a password
DELIMITERS = ",\t;，|"
KNOWN_SHEETS = ("填写说明 How to fill in",)  # of the template; holds no figures


@dataclass(frozen=True)
class Sheet:
    """What a file holds: its name and hash, its rows, what is wrong with it, and sheets that were not looked at."""

    file: str
    sha256: str
    rows: list[Row]
    faults: list[Fault]
    ignored: tuple[str, ...] = ()


def read_rows(path: Path) -> Sheet:
    """Every row of figures in an .xlsx or .csv file; the content decides which it is, not the name.

    Raises
    ------
    IntakeError : the file cannot be read at all. Faults in headings and cells are in the result.
    """
    content = _content(path)
    sha256 = hashlib.sha256(content).hexdigest()
    if content.startswith(OLE):
        raise file_fault(
            str(path),
            "an old Excel file (.xls) or one with a password",
            ".xlsx or .csv",
            "Save it as .xlsx without a password, or as CSV UTF-8.",
        )
    if content.startswith(ZIP):
        return _from_workbook(content, str(path), sha256)
    grid = _grid(decode(content, str(path)), str(path))
    rows, faults = tabulate(grid, str(path))
    return Sheet(str(path), sha256, rows, faults)


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise file_fault(str(path), f"{path.stat().st_size} bytes", f"at most {LARGEST_FILE}", "Split the file.")
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise file_fault(
            str(path), f"no readable file ({cause(error)})", "an .xlsx or .csv file", "Check the name."
        ) from None
    if not content.strip():
        raise file_fault(
            str(path), "an empty file", "an .xlsx or .csv file", "Fill in the workbook of ipplan template."
        )
    return content


def _from_workbook(content: bytes, file: str, sha256: str) -> Sheet:
    sheets = read_workbook(content, file)
    with_figures = [sheet for sheet in sheets if has_headings(sheet[1])]
    if not with_figures:
        first = sheets[:1] or [("", [], [])]
        label = f"{file} [{first[0][0]}]" if first[0][0] else file
        return Sheet(file, sha256, [], tabulate(first[0][1], label)[1])
    rows: list[Row] = []
    faults: list[Fault] = []
    for name, grid, shape_faults in with_figures:
        found, wrong = tabulate(grid, f"{file} [{name}]")
        rows += found
        faults += [*shape_faults, *wrong]
    used = {sheet[0] for sheet in with_figures}
    ignored = tuple(sheet[0] for sheet in sheets if sheet[0] not in used and sheet[0] not in KNOWN_SHEETS)
    return Sheet(file, sha256, rows, faults, ignored)


def _grid(text: str, file: str) -> Grid:
    best: Grid = []
    errors: list[IntakeError] = []
    for delimiter in DELIMITERS:
        try:
            grid = _split(text, delimiter, file)
        except IntakeError as error:
            errors.append(error)
            continue
        if _headings(grid) > _headings(best) or not best:
            best = grid
    if errors and not has_headings(best):
        raise errors[0]
    return best


def _split(text: str, delimiter: str, file: str) -> Grid:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    grid: list[tuple[int, list[Cell]]] = []
    line = 1
    try:
        for cells in reader:
            grid.append((line, [Cell(cell) for cell in cells]))
            line = reader.line_num + 1
    except csv.Error as error:
        raise IntakeError(
            [
                Fault(
                    file,
                    line,
                    "",
                    f"unreadable text ({cause(error)})",
                    "CSV with quotes closed and doubled inside cells",
                    "Correct the quotes in this row, or save the file as .xlsx.",
                )
            ]
        ) from None
    return grid


def _headings(grid: Grid) -> int:
    known = (sum(wording.column_of(cell.text) is not None for cell in cells) for _, cells in grid[:10])
    return max(known, default=0)
