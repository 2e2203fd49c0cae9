"""The workbook to fill in: one row per indicator, its last figure beside the blank."""

from __future__ import annotations

import io
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from ipplan_analysis.data.period import FIRST_YEAR, LAST_YEAR
from ipplan_analysis.data.plan import DEFAULT_PLAN, Plan, load_plan
from ipplan_analysis.data.snapshot import NATION
from ipplan_analysis.intake.faults import StoreError
from ipplan_analysis.intake.layout import KNOWN_SHEETS
from ipplan_analysis.intake.words import COLUMNS, CONFIDENCES, HOW_TO, OBSERVATION_BASES, SCOPES, in_both
from ipplan_analysis.schema import Fault, Indicator, ParameterError, cause

WIDTHS = {
    "indicator": 34,
    "name_zh": 34,
    "name_en": 40,
    "region": 10,
    "region_name": 16,
    "period": 10,
    "value": 16,
    "unit": 12,
    "basis": 30,
    "scope": 30,
    "last_value": 14,
    "last_year": 10,
    "source": 36,
    "publisher": 24,
    "published": 14,
    "url": 30,
    "confidence": 14,
    "note": 30,
}  # columns of the sheet in order, with their widths in characters
FILL_IN = ("value", "source", "publisher", "published", "url", "confidence", "note")
DATA_SHEET, LISTS_SHEET = "数据 Figures", "lists"
HEADER, BLANK = PatternFill("solid", fgColor="1F3A5F"), PatternFill("solid", fgColor="FFF8DC")
MULTIPLES = {"元": ("元", "万元", "亿元"), "人": ("人", "万人")}  # besides it and its 万-fold


@dataclass(frozen=True)
class Blank:
    """One row to fill in."""

    indicator: Indicator
    scope: str
    last_value: float | None
    last_year: int | None


def write_template(
    path: Path, *, data_dir: Path | None = None, year: int, plan: str = DEFAULT_PLAN, region: str | None = None
) -> int:
    """Write a workbook to fill in with a year's figures of a region.

    It has a row for every indicator that the plan's targets for the region need (parts and proxies included) and for
    every other one with a yearly series there.

    Parameters
    ----------
    path : the .xlsx file to write; an existing file is never overwritten, it may be half filled in.
    data_dir : folder of the data package; the shipped one by default.
    year : the year that the figures are of.
    plan, region : as for `load_plan`.

    Returns
    -------
    Number of rows to fill in.

    Raises
    ------
    StoreError : the file exists, does not end in .xlsx, or cannot be written.
    ParameterError, DataError : see `load_plan`; also a year outside 1949-2100.
    """
    _check_request(path, year)
    loaded = load_plan(plan, data_dir=data_dir, region=region)
    blanks = _blanks(loaded)
    stream = io.BytesIO()
    _workbook(blanks, loaded, year).save(stream)
    try:
        with path.open("xb") as file:
            file.write(stream.getvalue())
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise StoreError(f"{path}: {cause(error)}. Nothing was written.") from None
    return len(blanks)


def _check_request(path: Path, year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        expected, remedy = f"a year from {FIRST_YEAR} to {LAST_YEAR}", "Name the year that the figures are of."
        raise ParameterError([Fault("parameters", None, "year", repr(year), expected, remedy)])
    if path.suffix.lower() != ".xlsx":
        raise StoreError(f"{path}: the template is an Excel workbook. End its name in .xlsx.")
    if os.path.lexists(path):
        raise _taken(path)


def _taken(path: Path) -> StoreError:
    return StoreError(f"{path} exists and may be filled in already. Nothing was written. Name another file.")


def _blanks(plan: Plan) -> list[Blank]:
    wanted = [target.indicator for target in plan.targets if target.kind != "qualitative"]
    for name in list(wanted):
        entry = plan.indicators[name]
        wanted += [part for part in re.split(r"[+/]", entry.derived_from) if part]
        wanted += [entry.proxy] if entry.proxy else []
    here = plan.yearly[plan.yearly["region"].eq(plan.region)]
    with_series = set(here["indicator"])
    wanted += [name for name in plan.indicators if name in with_series]
    return [_blank(plan, plan.indicators[name]) for name in dict.fromkeys(wanted)]


def _blank(plan: Plan, indicator: Indicator) -> Blank:
    rows = plan.yearly[plan.yearly["indicator"].eq(indicator.indicator) & plan.yearly["region"].eq(plan.region)]
    if rows.empty:
        return Blank(indicator, "", None, None)
    last = rows.loc[rows["year"].idxmax()]
    return Blank(indicator, str(last["scope"]), float(last["value"]), int(last["year"]))


def _workbook(blanks: list[Blank], plan: Plan, year: int) -> Workbook:
    book = Workbook()
    sheet = book.active
    sheet.title = DATA_SHEET
    columns = [name for name in WIDTHS if name != "scope" or plan.region == NATION]
    _header(sheet, columns)
    for line, blank in enumerate(blanks, start=2):
        values = _values(blank, plan, year)
        for index, name in enumerate(columns, start=1):
            _fill(sheet.cell(line, index), name, values.get(name), blank.indicator)
    _lists(book, sheet, columns, blanks)
    _instructions(book.create_sheet(KNOWN_SHEETS[0]))
    return book


def _header(sheet: Worksheet, columns: list[str]) -> None:
    for index, name in enumerate(columns, start=1):
        cell = sheet.cell(1, index, f"{COLUMNS[name][1]}\n{name}")
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), HEADER
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[get_column_letter(index)].width = WIDTHS[name]
    sheet.row_dimensions[1].height = 32
    sheet.freeze_panes = "C2"


def _values(blank: Blank, plan: Plan, year: int) -> dict[str, Any]:
    entry = blank.indicator
    return {
        "indicator": entry.indicator,
        "name_zh": entry.name_zh,
        "name_en": entry.name_en,
        "region": plan.region,
        "region_name": f"{plan.region_name('zh')} {plan.region_name('en')}",
        "period": year,
        "unit": entry.unit,
        "basis": in_both(entry.basis, OBSERVATION_BASES),
        "scope": in_both(blank.scope, SCOPES) if blank.scope else "",
        "last_value": blank.last_value,
        "last_year": blank.last_year,
    }


def _fill(cell: Cell, name: str, value: Any, indicator: Indicator) -> None:
    if isinstance(value, str) and value:
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.data_type = "s"  # a name that begins with = + - @ is text, never a formula
        cell.quotePrefix = value[0] in "=+-@"
        cell.number_format = "@"
    elif value not in (None, ""):
        cell.value = value
    if name == "last_value":
        cell.number_format = "#,##0" + ("." + "0" * indicator.decimals if indicator.decimals else "")
    if name in FILL_IN:
        cell.fill = BLANK
    if name == "published":
        cell.number_format = "@"


def _lists(book: Workbook, sheet: Worksheet, columns: list[str], blanks: list[Blank]) -> None:
    """Drop-down lists, kept on a hidden sheet since words with commas cannot stand in the rule itself."""
    lists = book.create_sheet(LISTS_SHEET)
    lists.sheet_state = "hidden"
    words = {"basis": OBSERVATION_BASES, "scope": SCOPES, "confidence": CONFIDENCES}
    last = len(blanks) + 200  # room for rows that the user adds
    for place, (name, codes) in enumerate(words.items(), start=1):
        for line, code in enumerate(codes, start=1):
            lists.cell(line, place, in_both(code, codes))
        letter = get_column_letter(place)
        if name in columns:
            _drop_down(sheet, columns, name, f"{LISTS_SHEET}!${letter}$1:${letter}${len(codes)}", 2, last)
    for line, blank in enumerate(blanks, start=2):
        _drop_down(sheet, columns, "unit", f'"{",".join(_units(blank.indicator.unit))}"', line, line)


def _drop_down(sheet: Worksheet, columns: list[str], name: str, source: str, first: int, last: int) -> None:
    rule = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=True)
    rule.errorStyle = "warning"  # 千件 or another multiple may still be typed; the intake checks it
    letter = get_column_letter(columns.index(name) + 1)
    rule.add(f"{letter}{first}:{letter}{last}")
    sheet.add_data_validation(rule)


def _units(unit: str) -> list[str]:
    base = unit.lstrip("万亿")
    if base in MULTIPLES:
        return list(MULTIPLES[base])
    return [unit] if "/" in unit or unit in ("%", "分") else [unit, f"万{unit}"]


def _instructions(sheet: Worksheet) -> None:
    for line, pair in enumerate(HOW_TO, start=1):
        for column, text in enumerate(pair, start=1):
            cell = sheet.cell(line, column, text)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for letter in "AB":
        sheet.column_dimensions[letter].width = 70
