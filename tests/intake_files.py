"""A small data package and the files of figures that the intake is tried on.

`cases/*.jsonl` has the files of plain cells, one a line: what each row changes in `BASE`, and what must come of it.
Workbooks, and bytes that are no plain table, are made here.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

SHIPPED = Path(__file__).resolve().parents[1] / "data"
CASES = Path(__file__).with_name("cases")
TODAY = dt.date(2026, 11, 22)
NOW = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)


def small_package(folder: Path) -> Path:
    """A data package of fourteen figures under the shipped descriptor."""
    folder.mkdir(parents=True)
    descriptor = json.loads((SHIPPED / "datapackage.json").read_text(encoding="utf-8"))
    for resource in descriptor["resources"]:
        columns = [field["name"] for field in resource["schema"]["fields"]]
        rows = list(
            csv.DictReader(io.StringIO((CASES / "package" / f"{resource['name']}.csv").read_text(encoding="utf-8")))
        )
        with (folder / resource["path"]).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
    (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    return folder


BASE: dict[str, Any] = {
    "indicator": "registered_trademarks",
    "region": "640000",
    "period": "2025",
    "value": "130000",
    "unit": "件",
    "source": "宁夏2025年统计公报",
    "publisher": "宁夏统计局",
    "published": "2026-04-30",
}
CHINESE = {
    "indicator": "指标",
    "region": "地区",
    "period": "期间",
    "value": "数值",
    "unit": "单位",
    "source": "来源",
    "publisher": "发布机构",
    "published": "发布日期",
    "basis": "口径",
    "note": "说明",
    "confidence": "可信度",
}
PLEDGE = {"indicator": "pledge_financing", "unit": "亿元", "value": "12.5"}
RATE = {"indicator": "genuine_os_software_rate", "unit": "%", "value": "98.9"}
PEOPLE = {"indicator": "population", "unit": "万人", "value": "731"}
PCT = {"indicator": "pct_applications", "value": "35"}
OLD = {"period": "2024", "published": "2025-06-01"}

Rows = list[dict[str, Any]]
Builder = Callable[[Path], Path]


def table_text(rows: Rows, *, delimiter: str = ",", newline: str = "\n", names: dict[str, str] | None = None) -> str:
    """Rows as delimited text; columns in the order in which they first occur."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=newline)
    writer.writerow([(names or {}).get(name, name) for name in columns])
    writer.writerows([[row.get(name, "") for name in columns] for row in rows])
    return stream.getvalue()


def text_file(*changes: dict[str, Any], encoding: str = "utf-8", before: str = "", **how: Any) -> Builder:
    """A CSV file with one row per set of changes to the base row."""
    rows = [BASE | change for change in changes or ({},)]
    content = (before + table_text(rows, **how)).encode(encoding)
    return raw_file(content)


def raw_file(content: bytes, name: str = "figures.csv") -> Builder:
    """A file with these bytes."""

    def build(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return build


def workbook(*changes: dict[str, Any], edit: Callable[[Any], None] | None = None, title: str = "Sheet1") -> Builder:
    """An Excel workbook with one row per set of changes, and anything done to its sheet afterwards."""

    def build(folder: Path) -> Path:
        rows = [BASE | change for change in changes or ({},)]
        columns = list(dict.fromkeys(name for row in rows for name in row))
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = title
        sheet.append(columns)
        for row in rows:
            sheet.append([row.get(name) for name in columns])
        if edit is not None:
            edit(sheet)
        path = folder / "figures.xlsx"
        book.save(path)
        return path

    return build


def open_document(rows: list[list[Any]]) -> Builder:
    """An OpenDocument sheet with these cells."""

    def cell_of(value: Any) -> str:
        if isinstance(value, (int, float)):
            return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        text = f"<text:p>{escape(value)}</text:p>" if value else ""
        return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'

    urn = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = " ".join(f"xmlns:{name}='{urn}:{name}:1.0'" for name in ("office", "table", "text"))
    body = "".join(f"<table:table-row>{''.join(map(cell_of, row))}</table:table-row>" for row in rows)
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name='Sheet1'>"
        f"{body}</table:table></office:spreadsheet></office:body></office:document-content>"
    )

    def build(folder: Path) -> Path:
        path = folder / "figures.ods"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            archive.writestr("content.xml", content)
            archive.writestr("META-INF/manifest.xml", f"<m:manifest xmlns:m='{urn}:manifest:1.0'/>")
        return path

    return build


def with_stored_results(build: Builder, result: str) -> Builder:
    """The workbook as Excel saves it: every formula with this stored result (openpyxl stores none)."""

    def rebuild(folder: Path) -> Path:
        path = build(folder)
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in parts.items():
                if name.startswith("xl/worksheets/"):
                    content = re.sub(rb"<v\s*/>|<v></v>", f"<v>{result}</v>".encode(), content)
                archive.writestr(name, content)
        return path

    return rebuild


def cell(place: str, value: Any = None, number_format: str | None = None) -> Callable[[Any], None]:
    """An edit that sets one cell."""

    def edit(sheet: Any) -> None:
        if value is not None:
            sheet[place] = value
        if number_format:
            sheet[place].number_format = number_format

    return edit


@dataclass(frozen=True)
class Valid:
    """A file and the rows that it must give: (indicator, period, basis, value, bound, use), other columns by name."""

    name: str
    build: Builder
    rows: tuple[tuple[str, ...], ...]
    accept: str | None = None
    columns: tuple[tuple[str, str], ...] = ()  # further columns of the last new row
    given: tuple[tuple[str, str], ...] = ()  # what the file does not say


@dataclass(frozen=True)
class Faulty:
    """A file, and what its first fault must say; `place` is the sheet for Excel files."""

    name: str
    build: Builder
    row: int | None
    column: str
    found: str
    expected: str
    remedy: str
    asks: bool = False  # a question that --accept answers, not a fault
    place: str = ""


def stock(
    value: str = "130000", bound: str = "", period: str = "2025", basis: str = "year_end_stock"
) -> tuple[tuple[str, ...], ...]:
    return (("registered_trademarks", period, basis, value, bound, "yes"),)


def pledge(value: str, period: str = "2025", basis: str = "annual_flow") -> tuple[tuple[str, ...], ...]:
    return (("pledge_financing", period, basis, value, "", "yes"),)


def rate(value: str) -> tuple[tuple[str, ...], ...]:
    return (("genuine_os_software_rate", "2025", "annual_ratio", value, "", "yes"),)


def pct(value: str, period: str = "2025", basis: str = "annual_flow", bound: str = "") -> tuple[tuple[str, ...], ...]:
    return (("pct_applications", period, basis, value, bound, "yes"),)


def add_sheets(sheet: Any) -> None:
    """A second sheet of figures, one of remarks and a hidden one."""
    second = sheet.parent.create_sheet("商标")
    for row in sheet.iter_rows(values_only=True):
        second.append(row)
    second["A2"], second["D2"] = "pct_applications", 35
    sheet.parent.create_sheet("remarks").append(["nothing here"])
    hidden = sheet.parent.create_sheet("old")
    hidden.append(["indicator", "region", "value"])
    hidden.sheet_state = "hidden"


def title_above(sheet: Any) -> None:
    sheet.insert_rows(1, 2)
    sheet["A1"] = "宁夏2025年主要指标"
    sheet.merge_cells("A1:H1")


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CASES / name).read_text(encoding="utf-8").splitlines()]


def _named(how: dict[str, Any]) -> dict[str, Any]:
    return how | ({"names": CHINESE} if how.get("names") == "Chinese" else {})


VALID = (
    *(
        Valid(
            line["name"],
            text_file(*line["rows"], **_named(line.get("how", {}))),
            tuple(map(tuple, line["gives"])),
            line.get("accept"),
            tuple(line.get("columns", {}).items()),
            tuple(line.get("given", {}).items()),
        )
        for line in _lines("intake_valid.jsonl")
    ),
    Valid("no line end at the end", raw_file(table_text([BASE]).rstrip().encode()), stock()),
    Valid("name without csv", raw_file(table_text([BASE]).encode(), "figures.txt"), stock()),
    Valid("headings in capitals", text_file(names={name: name.upper() for name in BASE}), stock()),
    Valid("columns in another order", raw_file(table_text([dict(reversed(BASE.items()))]).encode()), stock()),
    # workbooks
    Valid(
        "OpenDocument",
        open_document([list(BASE), [*list(BASE.values())[:3], 130000, *list(BASE.values())[4:]]]),
        stock(),
    ),
    Valid("Excel, numbers", workbook({"region": 640000, "period": 2025, "value": 130000}), stock()),
    Valid("Excel, numbers as text", workbook(), stock()),
    Valid("Excel, binary fraction", workbook(PLEDGE | {"value": 12.3 + 0.2}), pledge("12.5")),
    Valid("Excel, per cent format", workbook(RATE, edit=cell("D2", 0.989, "0.0%")), rate("98.9")),
    Valid(
        "Excel, a date shown as a year",
        workbook({"period": dt.date(2025, 1, 1)}, edit=cell("C2", None, 'yyyy"年"')),
        stock(),
    ),
    Valid("Excel, thousands format", workbook(edit=cell("D2", 130000, "#,##0")), stock()),
    Valid(
        "Excel made a date of a month",
        workbook({"period": dt.datetime(2026, 9, 1), "published": "2026-10-20"}),
        stock(period="2026-09", basis="part_year_stock"),
    ),
    Valid("Excel, date of publication", workbook({"published": dt.datetime(2026, 4, 30)}), stock()),
    Valid(
        "Excel, formula with its result", with_stored_results(workbook({"value": "=100000+30000"}), "130000"), stock()
    ),
    Valid("Excel, several sheets", workbook(edit=add_sheets), stock() + pct("35")),
    Valid("Excel, merged title above", workbook(edit=title_above), stock()),
    Valid(
        "Excel, nation as a number",
        workbook({"region": 0, "scope": "incl_foreign", "value": 51000000}),
        stock("51000000"),
        columns=(("region", "000000"),),
    ),
)


def hide_row(sheet: Any) -> None:
    sheet.row_dimensions[2].hidden = True


def hide_column(sheet: Any) -> None:
    sheet.column_dimensions["D"].hidden = True


def hide_columns(sheet: Any) -> None:
    """One entry of the file hides C to E, of which C is empty."""
    sheet.insert_cols(3)
    sheet.column_dimensions.group("C", "E", hidden=True)


def merge(sheet: Any) -> None:
    sheet.append(list(BASE.values()))
    sheet.merge_cells("F2:F3")


def cut(path: Path) -> Path:
    """The file without its last part."""
    path.write_bytes(path.read_bytes()[:-400])
    return path


def cut_short(folder: Path) -> Path:
    return cut(workbook()(folder))


def other_zip(folder: Path) -> Path:
    path = folder / "figures.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "no workbook")
    return path


def missing(folder: Path) -> Path:
    return folder / "nowhere.csv"


FAULTY = (
    *(
        Faulty(
            line["name"],
            text_file(*line["rows"]),
            *line["at"],
            *(line[name] for name in ("found", "expected", "remedy")),
            asks=line.get("asks", False),
        )
        for line in _lines("intake_faulty.jsonl")
    ),
    # headings and shape
    Faulty(
        "no source column",
        raw_file(table_text([{k: v for k, v in BASE.items() if k != "source"}]).encode()),
        1,
        "source",
        "no such column",
        "a column source (来源)",
        "Add",
    ),
    Faulty(
        "no heading row", raw_file(b"a,b,c\n1,2,3\n"), 1, "", "'a', 'b', 'c'", "a row of headings", "ipplan template"
    ),
    Faulty(
        "cell beyond the headings",
        raw_file((table_text([BASE]).rstrip() + ",extra\n").encode()),
        2,
        "",
        "9 cells",
        "8 cells",
        "commas and quotes",
    ),
    Faulty(
        "headings only",
        raw_file(table_text([BASE]).splitlines()[0].encode() + b"\n"),
        None,
        "value",
        "no figure",
        "at least one row",
        "Fill in",
    ),
    Faulty(
        "open quote",
        raw_file(table_text([BASE]).replace("130000", '"130000').encode()),
        2,
        "",
        "unreadable text",
        "quotes",
        "Correct the quotes",
    ),
    Faulty("empty file", raw_file(b""), None, "", "an empty file", ".xlsx or .csv", "ipplan template"),
    Faulty("white space", raw_file(b" \r\n \n"), None, "", "an empty file", ".xlsx or .csv", "ipplan template"),
    Faulty(
        "a picture",
        raw_file(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\xff\xff"),
        None,
        "",
        "not text",
        "CSV in UTF-8",
        "Save",
    ),
    Faulty(
        "bytes of no charset",
        raw_file(table_text([BASE]).encode() + b"\xff\xff\xff\n"),
        None,
        "",
        "not text",
        "GB18030",
        "Save",
    ),
    Faulty("no such file", missing, None, "", "no readable file", ".xlsx or .csv", "Check the name"),
    Faulty("a folder", lambda folder: folder, None, "", "no readable file", ".xlsx or .csv", "Check the name"),
    # Excel
    Faulty(
        "old Excel file",
        raw_file(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "figures.xls"),
        None,
        "",
        "an old Excel file",
        ".xlsx, .ods or .csv",
        "Save it as .xlsx",
    ),
    Faulty(
        "damaged OpenDocument",
        lambda folder: cut(open_document([["x"]])(folder)),
        None,
        "",
        "an unreadable workbook",
        "an .ods",
        "save it",
    ),
    Faulty(
        "Excel, a raised digit",
        workbook({"value": CellRichText("13000", TextBlock(InlineFont(vertAlign="superscript"), "2"))}),
        2,
        "value",
        "'13000²'",
        "plain digits",
        "footnote",
        place="Sheet1",
    ),
    Faulty("damaged workbook", cut_short, None, "", "a damaged workbook", "an Excel workbook", "save it"),
    Faulty("another zip file", other_zip, None, "", "an unreadable workbook", "an Excel workbook", "save it"),
    Faulty(
        "Excel, wrong number",
        workbook({"value": "12o"}),
        2,
        "value",
        "'12o'",
        "a number in 件",
        "Correct",
        place="Sheet1",
    ),
    Faulty(
        "Excel, second sheet named",
        workbook({}, {"region": "Marz"}, title="二季度"),
        3,
        "region",
        "'Marz'",
        "regions.csv",
        "",
        place="二季度",
    ),
    Faulty(
        "Excel, formula without result",
        workbook({"value": "=1+1"}),
        2,
        "value",
        "the formula '=1+1'",
        "a value",
        "save it",
        place="Sheet1",
    ),
    Faulty(
        "Excel, error value",
        workbook(edit=cell("D2", "#REF!")),
        2,
        "value",
        "#REF!",
        "a value",
        "Correct the formula",
        place="Sheet1",
    ),
    Faulty(
        "Excel, merged cells",
        workbook(edit=merge),
        2,
        "",
        "merged cells F2:F3",
        "one cell for each",
        "Unmerge",
        place="Sheet1",
    ),
    Faulty("Excel, hidden row", workbook(edit=hide_row), 2, "", "a hidden row", "visible rows", "Show", place="Sheet1"),
    Faulty(
        "Excel, hidden column",
        workbook(edit=hide_column),
        None,
        "D",
        "a hidden column",
        "visible",
        "Show",
        place="Sheet1",
    ),
    Faulty(
        "Excel, columns hidden together",
        workbook(edit=hide_columns),
        None,
        "D",
        "a hidden column",
        "visible",
        "Show",
        place="Sheet1",
    ),
    Faulty(
        "Excel, more digits than a double has",
        with_stored_results(workbook({"value": "=1"}), "1" * 400),
        2,
        "value",
        "'1111111",
        "one number",
        "Write digits",
        place="Sheet1",
    ),
    Faulty(
        "Excel, date for a figure",
        workbook({"value": dt.datetime(2026, 1, 3)}),
        2,
        "value",
        "2026-01-03",
        "a number",
        "Format",
        place="Sheet1",
    ),
    Faulty(
        "Excel, true for a figure", workbook({"value": True}), 2, "value", "TRUE", "a number", "Format", place="Sheet1"
    ),
    Faulty(
        "Excel, a day for a period",
        workbook({"period": dt.datetime(2025, 12, 31)}),
        2,
        "period",
        "the date 2025-12-31",
        "a year, month",
        "as text",
        place="Sheet1",
    ),
    Faulty(
        "Excel, no heading row",
        lambda folder: _plain_sheet(folder),
        1,
        "",
        "'x', 'y'",
        "a row of headings",
        "headings",
        place="Sheet",
    ),
)


def _plain_sheet(folder: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.append(["x", "y"])
    book.active.append([1, 2])
    book.save(folder / "figures.xlsx")
    return folder / "figures.xlsx"
