"""Files as people have them: text or workbook, read into grids of cells that know their place."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
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
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from ipplan_analysis.intake.faults import IntakeError, file_fault
from ipplan_analysis.intake.words import is_heading
from ipplan_analysis.schema import Fault, cause

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


RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
CellKind = Literal["text", "number", "date", "truth", "error", "formula"]


@dataclass(frozen=True)
class Cell:
    """One cell: its text, and what the program that saved it took it for."""

    text: str
    kind: CellKind = "text"


Grid = Sequence[tuple[int, list[Cell]]]


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook, or a text file: how faults name it, its title (empty for a file), cells and faults."""

    label: str
    title: str
    grid: Grid
    faults: list[Fault]


LARGEST_UNPACKED = 200_000_000  # bytes; a workbook that unpacks to more is no list of figures
MAX_ROWS, MAX_COLUMNS = 20_000, 200
MERGED = "merged cells"
REMEDY = "Open it in a spreadsheet and save it as .xlsx without a password, or as CSV UTF-8."


def read_workbook(content: bytes, file: str) -> list[Sheet]:
    """Every visible sheet of an .xlsx workbook that is not empty.

    A cell counts with its stored result; a formula without one keeps its text and the kind `formula`. Formatted per
    cents come as ``98.9%``, dates shown as years alone as that year, raised digits as such (``²``).

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
        sheets.append(Sheet(label, sheet.title, _grid(sheet, formulas[sheet.title]), _shape_faults(sheet, label)))
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
            return openpyxl.load_workbook(io.BytesIO(content), data_only=stored, rich_text=True)
    # openpyxl raises whatever its parser meets in a damaged file: KeyError, TypeError, ParseError and others
    except Exception as error:
        raise file_fault(
            file, f"an unreadable workbook ({type(error).__name__})", "an Excel workbook (.xlsx)", REMEDY
        ) from None


def _grid(values: Worksheet, formulas: Worksheet) -> Grid:
    rows = zip(values.iter_rows(), formulas.iter_rows(), strict=True)
    return [(pair[0][0].row, [_cell(*cells) for cells in zip(*pair, strict=True)]) for pair in rows]


def _cell(stored: ExcelCell, written: ExcelCell) -> Cell:
    if written.data_type == "f" and stored.value is None:
        return Cell(str(getattr(written.value, "text", written.value)), "formula")
    if stored.data_type == "e":
        return Cell(str(stored.value), "error")
    return _plain_cell(stored.value, str(stored.number_format))


def _plain_cell(value: Any, number_format: str = "") -> Cell:
    """A cell by what it holds and how it is shown."""
    if value is None:
        return Cell("")
    if isinstance(value, bool):
        return Cell(str(value).upper(), "truth")
    if isinstance(value, (int, float)):
        return Cell(_number_text(value, number_format), "number")
    if isinstance(value, (dt.datetime, dt.date)):
        return Cell(f"{value.year}") if _shows_year_alone(number_format) else Cell(_date_text(value), "date")
    if isinstance(value, CellRichText):
        return Cell("".join(map(_raised, value)))
    return Cell(str(value), "date" if isinstance(value, (dt.time, dt.timedelta)) else "text")


def _shows_year_alone(number_format: str) -> bool:
    shown = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", number_format).casefold()
    return "y" in shown and not re.search("[mdhs]", shown)


def _raised(part: str | TextBlock) -> str:
    """Rich text with raised letters kept apart from the others: a footnote mark is no digit of the figure."""
    if isinstance(part, str) or part.font.vertAlign != "superscript":
        return str(part)
    return str(part).translate(RAISED)


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
    expected, remedy = "one cell for each figure", "Unmerge the cells and fill each of them."
    faults = [
        Fault(label, area.min_row, "", f"{MERGED} {area.coord}", expected, remedy)
        for area in sheet.merged_cells.ranges
        if area.max_row > area.min_row
    ]
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
OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
DELIMITERS = ",\t;，|"
HEADER_WITHIN = 15  # rows in which a heading row is looked for: titles and remarks may stand above it


def read_sheets(path: Path) -> list[Sheet]:
    """Every visible sheet of an .xlsx or .ods workbook, or the one table of a text file; the content decides which.

    Raises
    ------
    IntakeError : the file cannot be read at all.
    """
    file = str(path)
    content = _content(path)
    if content.startswith(OLE):
        found, remedy = "an old Excel file (.xls) or one with a password", "Save it as .xlsx without a password."
        raise file_fault(file, found, ".xlsx, .ods or .csv", remedy)
    if content.startswith(ZIP) and OPEN_DOCUMENT in content[:200]:
        return _open_document(content, file)
    if content.startswith(ZIP):
        return read_workbook(content, file)
    return [Sheet(file, "", _best_grid(decode(content, file), file), [])]


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise file_fault(str(path), f"{path.stat().st_size} bytes", f"at most {LARGEST_FILE}", "Split the file.")
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        found, remedy = f"no readable file ({cause(error)})", "Check the name."
        raise file_fault(str(path), found, "an .xlsx or .csv file", remedy) from None
    if not content.strip():
        remedy = "Fill in the workbook of ipplan template."
        raise file_fault(str(path), "an empty file", "an .xlsx or .csv file", remedy)
    return content


def _open_document(content: bytes, file: str) -> list[Sheet]:
    """Sheets of an .ods workbook: texts, numbers and dates as they are stored."""
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        tables = [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names]
    except Exception as error:  # whatever its parser meets in a damaged file
        raise file_fault(file, f"an unreadable workbook ({type(error).__name__})", "an .ods workbook", REMEDY) from None
    return [
        Sheet(
            f"{file} [{name}]",
            name,
            [(line, [_plain_cell(value) for value in row]) for line, row in enumerate(rows, 1)],
            [],
        )
        for name, rows in tables
        if rows
    ]


def _best_grid(text: str, file: str) -> Grid:
    """The text split at the delimiter that fits best."""
    best: Grid = []
    errors: list[IntakeError] = []
    for delimiter in DELIMITERS:
        try:
            grid = _split(text, delimiter, file)
        except IntakeError as error:
            errors.append(error)
            continue
        if not best or _fit(grid) > _fit(best):
            best = grid
    if errors and not _fit(best)[0]:
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
        expected = "CSV with quotes closed and doubled inside cells"
        remedy = "Correct the quotes in this row, or save the file as .xlsx."
        raise IntakeError([Fault(file, line, "", f"unreadable text ({cause(error)})", expected, remedy)]) from None
    return grid


def _fit(grid: Grid) -> tuple[int, int]:
    """How well a delimiter splits a text: headings found in one row, then rows of more than one cell."""
    counts = (sum(is_heading(cell.text) for cell in cells) for _, cells in grid[:HEADER_WITHIN])
    return max((count for count in counts if count > 1), default=0), sum(len(cells) > 1 for _, cells in grid)
