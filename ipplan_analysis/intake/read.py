"""Files as people have them: text or workbook, read into grids of cells that know their place."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import hashlib
import io
import re
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import openpyxl
from openpyxl.cell.cell import Cell as ExcelCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from ipplan_analysis.intake.faults import QUOTED, IntakeError, file_fault, quoted
from ipplan_analysis.intake.parse import COLUMNS, INFORMATION, REQUIRED, column_of, headings
from ipplan_analysis.schema import Fault, cause, nearest

SAMPLE = 4096  # bytes looked at for the pattern of zero bytes; even, so that byte pairs stay whole
# UTF-32 before UTF-16: its little-endian mark begins with the mark of UTF-16
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(content: bytes, file: str) -> str:
    """Text of a CSV file in UTF-8, UTF-16, UTF-32 or GB18030 (which contains GBK and GB2312).

    Tried in this order: byte-order mark; zero bytes at every second place (UTF-16); strict UTF-8; strict GB18030. UTF-8
    comes before GB18030 since text in the latter is almost never valid UTF-8, while the reverse is common.

    Raises
    ------
    IntakeError : the bytes are none of these.
    """
    for encoding in _candidates(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise file_fault(
        file,
        "bytes that are not text",
        "CSV in UTF-8, GB18030 or UTF-16, or an Excel workbook (.xlsx)",
        "Save the file again as CSV UTF-8 or as .xlsx.",
    )


def _candidates(content: bytes) -> tuple[str, ...]:
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return (encoding,)
    sample = content[:SAMPLE]
    if b"\0" in sample:
        low, high = sample[1::2].count(0), sample[0::2].count(0)  # Latin letters in UTF-16 have a zero high byte
        return ("utf-16-le",) if low > high else ("utf-16-be",)
    return ("utf-8", "gb18030")


HEADER_WITHIN = 10  # rows in which a heading row is looked for: titles and remarks may stand above it
HINTS = 20  # headings for which a near one is looked for: a file of another kind may have thousands
RECOGNISED = 2  # headings that make a row the heading row
CellKind = Literal["text", "number", "date", "truth", "error", "formula"]
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u2028\u2029\ufeff\ufffd\ud800-\udfff]")


@dataclass(frozen=True)
class Cell:
    """One cell: its text, and what the program that saved it took it for."""

    text: str
    kind: CellKind = "text"


@dataclass(frozen=True)
class Row:
    """One row of figures: the file (and sheet) and line it stands in, its cells and their headings by column."""

    file: str
    line: int
    cells: dict[str, Cell]
    headings: dict[str, str]

    def text(self, column: str) -> str:
        """The column's text without outer space; empty where the column is missing."""
        return self.cells[column].text.strip() if column in self.cells else ""

    def fault(self, column: str, found: str, expected: str, remedy: str) -> Fault:
        """A fault of this row, the column named as the file names it."""
        return Fault(self.file, self.line, self.headings.get(column, column), found, expected, remedy)


Grid = Sequence[tuple[int, list[Cell]]]


def has_headings(grid: Grid) -> bool:
    """Whether one of the first rows is a heading row of figures."""
    return _header_at(grid) is not None


def tabulate(grid: Grid, file: str) -> tuple[list[Row], list[Fault]]:
    """Rows of a grid below its heading row, and what is wrong with headings and cells. Empty rows are left out."""
    at = _header_at(grid)
    if at is None:
        return [], [_no_header(grid, file)]
    line, header = grid[at]
    faults = _heading_faults(header, grid[at + 1 :], file, line)
    if faults:
        return [], faults
    columns = [column_of(cell.text) for cell in header]
    shown = {name: " ".join(cell.text.split()) for name, cell in zip(columns, header, strict=True) if name}
    rows = []
    for number, cells in grid[at + 1 :]:
        if not any(cell.text.strip() for cell in cells):
            continue
        filled = [*cells, *[Cell("")] * (len(columns) - len(cells))]  # CSV writers may drop empty cells at the end
        named = {name: cell for name, cell in zip(columns, filled, strict=False) if name}
        rows.append(Row(file, number, named, shown))
        faults += _cell_faults(rows[-1], cells, len(header))
    return rows, faults


def _header_at(grid: Grid) -> int | None:
    for index, (_, cells) in enumerate(grid[:HEADER_WITHIN]):
        if sum(column_of(cell.text) is not None for cell in cells) >= RECOGNISED:
            return index
    return None


def _no_header(grid: Grid, file: str) -> Fault:
    first = next((row for row in grid if any(cell.text.strip() for cell in row[1])), None)
    expected = "a row of headings with at least " + ", ".join(REQUIRED)
    if first is None:
        return Fault(file, None, "", "no rows", expected, "Fill in the workbook of ipplan template.")
    found = ", ".join(quoted(cell.text) for cell in first[1][:8] if cell.text.strip())
    return Fault(file, first[0], "", found, expected, "Put the headings of ipplan template in the first row.")


def _heading_faults(header: list[Cell], below: Grid, file: str, line: int) -> list[Fault]:
    faults, seen = [], set[str]()
    for index, cell in enumerate(header):
        name = column_of(cell.text)
        if not cell.text.strip():
            if any(len(cells) > index and cells[index].text.strip() for _, cells in below):
                faults.append(
                    Fault(
                        file,
                        line,
                        f"{index + 1}",
                        "cells without a heading",
                        "a heading",
                        "Name the column, or empty it.",
                    )
                )
        elif name is None:
            hint = nearest(cell.text.strip()[:QUOTED], headings()) if len(faults) < HINTS else ""
            remedy = f"Correct or remove the column. {hint}".strip()
            faults.append(Fault(file, line, cell.text.strip()[:QUOTED], "an unknown column", "a known heading", remedy))
        elif name in seen:
            faults.append(Fault(file, line, cell.text.strip(), "the column twice", "each column once", "Remove one."))
        seen |= {name} if name else set()
    for name in REQUIRED:
        if name not in seen:
            faults.append(
                Fault(
                    file,
                    line,
                    name,
                    "no such column",
                    f"a column {name} ({COLUMNS[name][1]})",
                    "Add the column.",
                )
            )
    return faults


def _cell_faults(row: Row, cells: list[Cell], width: int) -> list[Fault]:
    faults = []
    for column, cell in row.cells.items():
        if column in INFORMATION:
            continue
        if cell.kind == "error":
            faults.append(row.fault(column, cell.text, "a value", "Correct the formula, or write the value itself."))
        elif cell.kind == "formula":
            faults.append(
                row.fault(
                    column,
                    f"the formula {quoted(cell.text)} without a stored result",
                    "a value",
                    "Open the file in a spreadsheet and save it, or paste the value itself.",
                )
            )
        elif _CONTROL.search(cell.text):
            faults.append(
                row.fault(column, quoted(cell.text), "text without invisible characters", "Type the cell again.")
            )
    if any(cell.text.strip() for cell in cells[width:]):
        faults.append(row.fault("", f"{len(cells)} cells", f"{width} cells", "Check commas and quotes in this row."))
    return faults


LARGEST_UNPACKED = 200_000_000  # bytes; a workbook that unpacks to more is no list of figures
MAX_ROWS, MAX_COLUMNS = 20_000, 200
REMEDY = "Open it in a spreadsheet and save it as .xlsx without a password, or as CSV UTF-8."


def read_workbook(content: bytes, file: str) -> list[tuple[str, Grid, list[Fault]]]:
    """Name, grid and shape faults of every visible sheet that is not empty.

    A cell counts with its stored result; a formula without one keeps its text and the kind `formula`. Formatted per
    cents come as ``98.9%``.

    Raises
    ------
    IntakeError : not a workbook, or one too large to be a list of figures.
    """
    _check_size(content, file)
    values, formulas = (_load(content, file, stored) for stored in (True, False))
    sheets = []
    for sheet in values.worksheets:
        empty = sheet.max_row * sheet.max_column == 1 and sheet["A1"].value is None
        if sheet.sheet_state != "visible" or empty:
            continue
        label = f"{file} [{sheet.title}]"
        if sheet.max_row > MAX_ROWS or sheet.max_column > MAX_COLUMNS:
            raise file_fault(
                label,
                f"{sheet.max_row} rows and {sheet.max_column} columns",
                f"at most {MAX_ROWS} rows and {MAX_COLUMNS} columns",
                "Delete empty formatted rows and columns, or split the sheet.",
            )
        sheets.append((sheet.title, _grid(sheet, formulas[sheet.title]), _shape_faults(sheet, label)))
    return sheets


def _check_size(content: bytes, file: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise file_fault(file, f"a damaged workbook ({cause(error)})", "an Excel workbook (.xlsx)", REMEDY) from None
    if unpacked > LARGEST_UNPACKED:
        raise file_fault(
            file, f"{unpacked} bytes unpacked", f"at most {LARGEST_UNPACKED}", "Delete what is not figures."
        )


def _load(content: bytes, file: str, stored: bool) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl remarks on styles and lists it does not know
            return openpyxl.load_workbook(io.BytesIO(content), data_only=stored)
    # openpyxl raises whatever its parser meets in a damaged file: KeyError, TypeError, ParseError and others
    except Exception as error:
        raise file_fault(
            file, f"an unreadable workbook ({type(error).__name__})", "an Excel workbook (.xlsx)", REMEDY
        ) from None


def _grid(values: Worksheet, formulas: Worksheet) -> Grid:
    rows = zip(values.iter_rows(), formulas.iter_rows(), strict=True)
    return [(pair[0][0].row, [_cell(*cells) for cells in zip(*pair, strict=True)]) for pair in rows]


def _cell(stored: ExcelCell, written: ExcelCell) -> Cell:
    value = stored.value
    if written.data_type == "f" and value is None:
        return Cell(str(getattr(written.value, "text", written.value)), "formula")
    if value is None:
        return Cell("")
    if stored.data_type == "e":
        return Cell(str(value), "error")
    if isinstance(value, bool):
        return Cell(str(value).upper(), "truth")
    if isinstance(value, (int, float)):
        return Cell(_number_text(value, str(stored.number_format)), "number")
    if isinstance(value, (dt.datetime, dt.date)):
        return Cell(_date_text(value), "date")
    return Cell(str(value), "date" if isinstance(value, (dt.time, dt.timedelta)) else "text")


def _number_text(value: float, number_format: str) -> str:
    try:
        number = Decimal(f"{value:.15g}")  # a double holds 15 digits; further ones are noise of binary fractions
    except OverflowError:  # a whole number of more than 308 digits
        return str(value)
    if not number.is_finite():
        return str(value)
    if "%" in number_format.replace("\\%", "").replace('"%"', ""):
        return f"{number * 100:f}%"
    return f"{number:f}"


def _date_text(value: dt.date) -> str:
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return value.isoformat()


def _shape_faults(sheet: Worksheet, label: str) -> list[Fault]:
    """Merged and hidden cells: a merged figure belongs to no single row, a hidden one was not seen by who sends it."""
    faults = []
    for area in sheet.merged_cells.ranges:
        if area.max_row > 1:  # a merged title in the first row does no harm
            faults.append(
                Fault(
                    label,
                    area.min_row,
                    "",
                    f"merged cells {area.coord}",
                    "one cell for each figure",
                    "Unmerge the cells and fill each of them.",
                )
            )
    for number, row in sorted(sheet.row_dimensions.items()):
        if row.hidden and any(cell.value is not None for cell in sheet[number]):
            faults.append(Fault(label, number, "", "a hidden row", "visible rows only", "Show the row or delete it."))
    for letter in _hidden_columns(sheet):
        if any(cell.value is not None for cell in sheet[letter]):
            faults.append(Fault(label, None, letter, "a hidden column", "visible columns only", "Show or delete it."))
    return faults


def _hidden_columns(sheet: Worksheet) -> list[str]:
    """Letters of the hidden columns; the file has one entry for several that stand side by side."""
    spans = [
        (column.min, min(column.max, sheet.max_column)) for column in sheet.column_dimensions.values() if column.hidden
    ]
    return [get_column_letter(index) for first, last in sorted(spans) for index in range(first, last + 1)]


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
    grid = _first_grid(decode(content, str(path)), str(path))
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


def _first_grid(text: str, file: str) -> Grid:
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
    known = (sum(column_of(cell.text) is not None for cell in cells) for _, cells in grid[:10])
    return max(known, default=0)
