"""Reading an Excel workbook into grids of cells."""

from __future__ import annotations

import datetime as dt
import io
import warnings
import zipfile
from decimal import Decimal
from typing import Any

import openpyxl
from openpyxl.cell.cell import Cell as ExcelCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from ipplan_analysis.intake.faults import file_fault
from ipplan_analysis.intake.grid import Cell, Grid
from ipplan_analysis.schema import Fault, cause

LARGEST_UNPACKED = 200_000_000  # bytes; a workbook that unpacks to more is no list of figures
MOST_ROWS, MOST_COLUMNS = 20_000, 200
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
        if sheet.max_row > MOST_ROWS or sheet.max_column > MOST_COLUMNS:
            raise file_fault(
                label,
                f"{sheet.max_row} rows and {sheet.max_column} columns",
                f"at most {MOST_ROWS} rows and {MOST_COLUMNS} columns",
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
