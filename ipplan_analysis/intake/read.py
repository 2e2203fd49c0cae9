"""Files as people have them: text or workbook, read into grids of cells that know their place."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import openpyxl
from openpyxl.cell.cell import Cell as ExcelCell
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from ipplan_analysis.intake.faults import IntakeError
from ipplan_analysis.intake.words import column_of, split_heading, year_of
from ipplan_analysis.schema import Fault, cause

LARGEST_FILE = 20_000_000  # bytes
LARGEST_UNPACKED = 200_000_000  # bytes; a workbook that unpacks to more is no list of figures
MAX_ROWS, MAX_COLUMNS = 20_000, 200
ZIP, OLE = b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # first bytes of .xlsx; of .xls and of .xlsx with a password
OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
DELIMITERS = ",\t;，|"
HEADER_WITHIN = 15  # rows in which a heading row is looked for: titles and remarks may stand above it
MERGED = "merged cells"
REMEDY = "Open it in a spreadsheet and save it as .xlsx without a password, or as CSV UTF-8."
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
CellKind = Literal["text", "number", "date", "truth", "error", "formula"]


@dataclass(frozen=True)
class Cell:
    """One cell: its text without outer space, and what the program that saved it took it for."""

    text: str
    kind: CellKind = "text"


Grid = Sequence[tuple[int, list[Cell]]]


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook, or a text file: how faults name it, its title (empty for a file), cells and faults."""

    label: str
    title: str
    grid: Grid
    faults: Sequence[Fault] = ()


def read_sheets(path: Path) -> list[Sheet]:
    """Every visible sheet of an .xlsx or .ods workbook, or the one table of a text file; the content decides which.

    A cell counts with its stored result; a formula without one keeps its text and the kind `formula`. Formatted per
    cents come as ``98.9%``, dates shown as years alone as that year, raised digits as such (``²``).

    Raises
    ------
    IntakeError : the file cannot be read at all.
    """
    file = str(path)
    content = _content(path)
    if content.startswith(OLE):
        found, remedy = "an old Excel file (.xls) or one with a password", "Save it as .xlsx without a password."
        raise IntakeError.at(file, found, ".xlsx, .ods or .csv", remedy)
    if content.startswith(ZIP) and OPEN_DOCUMENT in content[:200]:
        return _open_document(content, file)
    if content.startswith(ZIP):
        return _workbook(content, file)
    return [Sheet(file, "", _split(decode(content, file), file))]


def _content(path: Path) -> bytes:
    expected = "an .xlsx or .csv file"
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise IntakeError.at(path, f"{path.stat().st_size} bytes", f"at most {LARGEST_FILE}", "Split the file.")
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise IntakeError.at(path, f"no readable file ({cause(error)})", expected, "Check the name.") from None
    if not content.strip():
        raise IntakeError.at(path, "an empty file", expected, "Fill in the workbook of ipplan template.")
    return content


# ---------- text ----------


def decode(content: bytes, file: str) -> str:
    """Text of a CSV file in UTF-8, UTF-16, UTF-32 or GB18030 (which contains GBK and GB2312), marked or not.

    Zero bytes tell UTF-16 and UTF-32, which are strict, from the others. UTF-8 comes before GB18030 since text in the
    latter is almost never valid UTF-8, while the reverse is common.

    Raises
    ------
    IntakeError : the bytes are none of these.
    """
    encodings = ["utf-8", "gb18030"]
    if b"\0" in content:  # Latin letters in UTF-16 have a zero high byte
        encodings = ["utf-32", "utf-16-be" if content[::2].count(0) > content[1::2].count(0) else "utf-16-le"]
    for encoding in encodings:
        try:
            text = content.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    expected = "CSV in UTF-8, GB18030 or UTF-16, or an Excel workbook (.xlsx)"
    remedy = "Save the file again as CSV UTF-8 or as .xlsx."
    raise IntakeError.at(file, "bytes that are not text", expected, remedy)


def _split(text: str, file: str) -> Grid:
    """The text split at the delimiter that fits best."""
    grids: list[Grid] = []
    errors: list[Fault] = []
    for delimiter in DELIMITERS:
        reader, line = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 1
        grid = []
        try:
            for cells in reader:
                grid.append((line, [Cell(cell.strip()) for cell in cells]))
                line = reader.line_num + 1
        except csv.Error as error:
            expected = "CSV with quotes closed and doubled inside cells"
            remedy = "Correct the quotes in this row, or save the file as .xlsx."
            errors.append(Fault(file, line, "", f"unreadable text ({cause(error)})", expected, remedy))
        else:
            grids.append(grid)
    best = max(grids, key=_fit, default=[])
    if errors and not _fit(best)[0]:
        raise IntakeError(errors[:1])
    return best


def _fit(grid: Grid) -> tuple[int, int]:
    """How well a delimiter splits a text: headings found in one row, then rows of more than one cell."""
    rows = [[cell.text for cell in cells] for _, cells in grid]
    counts = [
        sum(bool(column_of(split_heading(text)[0]) or year_of(text)) for text in row) for row in rows[:HEADER_WITHIN]
    ]
    return max((count for count in counts if count > 1), default=0), sum(len(row) > 1 for row in rows)


# ---------- workbooks ----------


def _open_document(content: bytes, file: str) -> list[Sheet]:
    """Sheets of an .ods workbook: texts, numbers and dates as they are stored."""
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        tables = [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names]
    except Exception as error:  # whatever its parser meets in a damaged file
        raise IntakeError.at(
            file, f"an unreadable workbook ({type(error).__name__})", "an .ods workbook", REMEDY
        ) from None
    grids = {name: [(line, [*map(_cell, row)]) for line, row in enumerate(rows, 1)] for name, rows in tables}
    return [Sheet(f"{file} [{name}]", name, grid) for name, grid in grids.items() if grid]


def _workbook(content: bytes, file: str) -> list[Sheet]:
    """Every visible sheet of an .xlsx workbook that is not empty."""
    _check_size(content, file)
    values, formulas = (_load(content, file, stored) for stored in (True, False))
    sheets = []
    for sheet in values.worksheets:
        if sheet.sheet_state != "visible" or (sheet.max_row * sheet.max_column == 1 and sheet["A1"].value is None):
            continue
        label = f"{file} [{sheet.title}]"
        rows, columns = sheet.max_row, sheet.max_column
        if rows > MAX_ROWS or columns > MAX_COLUMNS:
            expected = f"at most {MAX_ROWS} rows and {MAX_COLUMNS} columns"
            remedy = "Delete empty formatted rows and columns, or split the sheet."
            raise IntakeError.at(label, f"{rows} rows and {columns} columns", expected, remedy)
        pairs = zip(sheet.iter_rows(), formulas[sheet.title].iter_rows(), strict=True)
        grid = [(row[0].row, [*map(_excel_cell, row, written)]) for row, written in pairs]
        sheets.append(Sheet(label, sheet.title, grid, [*_shape_faults(sheet, label)]))
    return sheets


def _check_size(content: bytes, file: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise IntakeError.at(
            file, f"a damaged workbook ({cause(error)})", "an Excel workbook (.xlsx)", REMEDY
        ) from None
    if unpacked > LARGEST_UNPACKED:
        expected, remedy = f"at most {LARGEST_UNPACKED}", "Delete what is not figures."
        raise IntakeError.at(file, f"{unpacked} bytes unpacked", expected, remedy)


def _load(content: bytes, file: str, stored: bool) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl remarks on styles and lists it does not know
            return openpyxl.load_workbook(io.BytesIO(content), data_only=stored, rich_text=True)
    # openpyxl raises whatever its parser meets in a damaged file: KeyError, TypeError, ParseError and others
    except Exception as error:
        found = f"an unreadable workbook ({type(error).__name__})"
        raise IntakeError.at(file, found, "an Excel workbook (.xlsx)", REMEDY) from None


def _excel_cell(stored: ExcelCell, written: ExcelCell) -> Cell:
    if written.data_type == "f" and stored.value is None:
        return Cell(str(getattr(written.value, "text", written.value)), "formula")
    return (
        Cell(str(stored.value).strip(), "error")
        if stored.data_type == "e"
        else _cell(stored.value, stored.number_format)
    )


def _cell(value: Any, number_format: str = "") -> Cell:
    """A cell by what it holds and how it is shown."""
    shown = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", number_format).casefold()
    if value is None:
        return Cell("")
    if isinstance(value, bool):
        return Cell(str(value).upper(), "truth")
    if isinstance(value, (int, float)):
        return Cell(_number_text(value, "%" in shown), "number")
    if isinstance(value, dt.date):
        years_alone = "y" in shown and not re.search("[mdhs]", shown)
        return Cell(f"{value.year}") if years_alone else Cell(value.isoformat().removesuffix("T00:00:00"), "date")
    if isinstance(value, CellRichText):
        return Cell("".join(map(_raised, value)).strip())
    return Cell(str(value).strip(), "date" if isinstance(value, (dt.time, dt.timedelta)) else "text")


def _raised(part: str | TextBlock) -> str:
    """Rich text with raised letters kept apart from the others: a footnote mark is no digit of the figure."""
    raised = not isinstance(part, str) and part.font.vertAlign == "superscript"
    return str(part).translate(RAISED if raised else {})


def _number_text(value: float, is_per_cent: bool) -> str:
    try:
        number = Decimal(f"{value:.15g}")  # a double holds 15 digits; further ones are noise of binary fractions
    except OverflowError:  # a whole number of more than 308 digits
        return str(value)
    if not number.is_finite():
        return str(value)
    return f"{number * 100:f}%" if is_per_cent else f"{number:f}"


def _shape_faults(sheet: Worksheet, label: str) -> Iterator[Fault]:
    """Merged and hidden cells: a merged figure belongs to no single row, a hidden one was not seen by who sends it."""
    expected, remedy = "one cell for each figure", "Unmerge the cells and fill each of them."
    for area in sheet.merged_cells.ranges:
        if area.max_row > area.min_row:
            yield Fault(label, area.min_row, "", f"{MERGED} {area.coord}", expected, remedy)
    for number, row in sorted(sheet.row_dimensions.items()):
        if row.hidden and any(cell.value is not None for cell in sheet[number]):
            yield Fault(label, number, "", "a hidden row", "visible rows only", "Show the row or delete it.")
    hidden = sorted((column.min, column.max) for column in sheet.column_dimensions.values() if column.hidden)
    for first, last in hidden:  # one entry for several columns that stand side by side
        for letter in map(get_column_letter, range(first, min(last, sheet.max_column) + 1)):
            if any(cell.value is not None for cell in sheet[letter]):
                yield Fault(label, None, letter, "a hidden column", "visible columns only", "Show or delete it.")
