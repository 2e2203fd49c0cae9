"""The workbook to fill in: one row per indicator, its last figure beside the blank."""

from __future__ import annotations

import io
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_range_abs

from ipplan_analysis.data.period import FIRST_YEAR, LAST_YEAR
from ipplan_analysis.data.plan import DEFAULT_PLAN, Plan, load_plan
from ipplan_analysis.data.snapshot import NATION
from ipplan_analysis.intake.faults import StoreError
from ipplan_analysis.intake.layout import KNOWN_SHEETS
from ipplan_analysis.intake.words import COLUMNS, CONFIDENCES, OBSERVATION_BASES, SCOPES, in_both
from ipplan_analysis.messages import message, translatable
from ipplan_analysis.schema import Indicator, ParameterError, cause

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
LISTS = {"basis": OBSERVATION_BASES, "scope": SCOPES, "confidence": CONFIDENCES}
MULTIPLES = {"元": ("元", "万元", "亿元"), "人": ("人", "万人")}  # besides it and its 万-fold
SPARE_ROWS = 200  # below, with drop-down lists: room for rows that the user adds
AS_TEXT = {"num_format": "@"}
HEADER = {"bold": True, "font_color": "#FFFFFF", "bg_color": "#1F3A5F", "text_wrap": True, "valign": "vcenter"}
WRAPPED = {"text_wrap": True, "valign": "top"}
HOW_TO = (
    translatable("Fill in the pale yellow cells; leave rows without a figure blank."),
    translatable(
        "Values may be written 12345, 12,345, 1.2345万, 9.1亿元, 98.9%; "
        "超过100 or 100余 are lower bounds, 不足100 an upper one."
    ),
    translatable("Another unit can be chosen from the list; 万 and 亿 are converted."),
    translatable(
        "The period can be changed: 2025, 2025-09, 2025-Q2, 2021-2025. Write 2025-09 for January to September."
    ),
    translatable("Every figure needs a source: its title, and publisher or address. Write dates as 2026-04-30."),
    translatable("Where sources differ, copy the row and fill in both; both are kept, and which is used is stated."),
    translatable("Then run ipplan add on this file; it lists every change before writing."),
)


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
    names = _wanted(loaded)
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        _fill(book, [_blank(loaded, name, year) for name in names], loaded)
    try:
        with path.open("xb") as file:
            file.write(stream.getvalue())
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise StoreError(f"{path}: {cause(error)}. Nothing was written.") from None
    return len(names)


def _check_request(path: Path, year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        expected, remedy = f"a year from {FIRST_YEAR} to {LAST_YEAR}", "Name the year that the figures are of."
        raise ParameterError.at("parameters", repr(year), expected, remedy, column="year")
    if path.suffix.lower() != ".xlsx":
        raise StoreError(f"{path}: the template is an Excel workbook. End its name in .xlsx.")
    if os.path.lexists(path):
        raise _taken(path)


def _taken(path: Path) -> StoreError:
    return StoreError(f"{path} exists and may be filled in already. Nothing was written. Name another file.")


def _wanted(plan: Plan) -> list[str]:
    """Indicators to fill in: those of the targets, their parts and proxies, then all others with a yearly series."""
    names = [target.indicator for target in plan.targets if target.kind != "qualitative"]
    for entry in [plan.indicators[name] for name in names]:
        names += [part for part in (*re.split(r"[+/]", entry.derived_from), entry.proxy) if part]
    with_series = set(plan.yearly.loc[plan.yearly["region"].eq(plan.region), "indicator"])
    return list(dict.fromkeys([*names, *(name for name in plan.indicators if name in with_series)]))


def _blank(plan: Plan, name: str, year: int) -> dict[str, Any]:
    """One row to fill in, by column."""
    entry = plan.indicators[name]
    rows = plan.yearly[plan.yearly["indicator"].eq(name) & plan.yearly["region"].eq(plan.region)]
    last = rows.loc[rows["year"].idxmax()] if len(rows) else {"scope": ""}
    return {
        "indicator": name,
        "name_zh": entry.name_zh,
        "name_en": entry.name_en,
        "region": plan.region,
        "region_name": f"{plan.region_name('zh')} {plan.region_name('en')}",
        "period": year,
        "unit": entry.unit,
        "basis": in_both(entry.basis, OBSERVATION_BASES),
        "scope": in_both(last["scope"], SCOPES) if last["scope"] else "",
        "last_value": last.get("value"),
        "last_year": last.get("year"),
    }


def _fill(book: xlsxwriter.Workbook, blanks: list[dict[str, Any]], plan: Plan) -> None:
    sheet, lists, how_to = (book.add_worksheet(name) for name in (DATA_SHEET, LISTS_SHEET, KNOWN_SHEETS[0]))
    columns = [name for name in WIDTHS if name != "scope" or plan.region == NATION]
    header = book.add_format(HEADER)
    for place, name in enumerate(columns):
        sheet.write(0, place, f"{COLUMNS[name][1]}\n{name}", header)
        sheet.set_column(place, place, WIDTHS[name])
    sheet.set_row(0, 32)
    sheet.freeze_panes(1, 2)
    for line, blank in enumerate(blanks, 1):
        for place, name in enumerate(columns):
            look = book.add_format(_look(name, blank.get(name), plan.indicators[blank["indicator"]]))
            sheet.write(line, place, blank.get(name), look)
        _drop_down(sheet, (line, line), columns.index("unit"), _units(blank["unit"]))
    for place, (name, codes) in enumerate(LISTS.items()):  # words with commas cannot stand in the rule itself
        lists.write_column(0, place, [in_both(code, codes) for code in codes])
        if name in columns:
            source = f"={LISTS_SHEET}!{xl_range_abs(0, place, len(codes) - 1, place)}"
            _drop_down(sheet, (1, len(blanks) + SPARE_ROWS), columns.index(name), source)
    lists.hide()
    how_to.set_column(0, 1, 70)
    for line, text in enumerate(HOW_TO):
        how_to.write_row(line, 0, [message(text, "zh"), message(text, "en")], book.add_format(WRAPPED))


def _look(name: str, value: Any, indicator: Indicator) -> dict[str, Any]:
    """How a cell is shown: text stays text, a name that begins with = + - @ too; what is to be filled in is yellow."""
    if name == "last_value":
        return {"num_format": "#,##0" + ("." + "0" * indicator.decimals if indicator.decimals else "")}
    text = AS_TEXT if name == "published" or isinstance(value, str) else {}
    filled = {"bg_color": "#FFF8DC"} if name in FILL_IN else {}
    return text | filled | ({"quote_prefix": True} if str(value)[:1] in tuple("=+-@") else {})


def _drop_down(sheet: Any, lines: tuple[int, int], place: int, source: str | list[str]) -> None:
    """A list to choose from; 千件 or another multiple may still be typed, since the intake checks it."""
    rule = {"validate": "list", "source": source, "error_type": "warning"}
    sheet.data_validation(lines[0], place, lines[1], place, rule)


def _units(unit: str) -> list[str]:
    base = unit.lstrip("万亿")
    if base in MULTIPLES:
        return list(MULTIPLES[base])
    return [unit] if "/" in unit or unit in ("%", "分") else [unit, f"万{unit}"]
