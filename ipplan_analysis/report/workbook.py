"""`results.xlsx`: one sheet a table, as a statistical office lays them out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from ipplan_analysis.report.blocks import Cell, Column, Document, Table
from ipplan_analysis.report.clean import isolated
from ipplan_analysis.report.columns import letters
from ipplan_analysis.report.numbers import as_number
from ipplan_analysis.report.page import count_line
from ipplan_analysis.report.phrases import say
from ipplan_analysis.report.provenance import made_on, region_name
from ipplan_analysis.words import source_ids

HEADER_ROW = 4  # title, where it comes from, an empty row, headings
NARROW, WIDE, LINKS = 6, 48, 24  # widths of columns in characters
ABOUT = 100  # width of the texts on the first sheet
LINE = 13.5  # points
LONGEST = 32_767  # characters that a cell of this file format holds
INK, MUTED = "1B2733", "5B6670"
FACES = {"en": "Calibri", "zh": "Microsoft YaHei"}


def write_workbook(document: Document, path: Path) -> None:
    """Write every table of a document, the figures behind its charts included, as a workbook."""
    book = Workbook()
    about = book.active
    assert isinstance(about, Worksheet)
    about.title = say("about_sheet", document.language)
    places = _source_places(document)
    names = []
    for name, caption, table in _sheets(document):
        names.append((name, caption))
        _fill(book.create_sheet(name), caption, table, document, places if table is not document.sources else {})
    _fill_about(about, names, document)
    book.properties.title, book.properties.creator = document.title, "ipplan-analysis"
    book.save(path)


def _sheets(document: Document) -> Iterator[tuple[str, str, Table]]:
    """Name, title and table of every sheet after the first."""
    language = document.language
    for number, table in enumerate(document.tables, start=1):
        name = say("sources", language) if table is document.sources else say("table", language, number=number)
        yield name, table.caption, table
    for number, chart in enumerate(document.charts, start=1):
        if chart.data is not None:
            yield say("chart", language, number=number), chart.caption or chart.alt, chart.data


def _source_places(document: Document) -> dict[str, str]:
    """Where the workbook shows each source."""
    rows = document.sources.rows if document.sources else ()
    sheet = say("sources", document.language)
    return {row[0].text: f"'{sheet}'!A{place}" for place, row in enumerate(rows, start=HEADER_ROW + 1)}


def _fill(sheet: Worksheet, caption: str, table: Table, document: Document, places: dict[str, str]) -> None:
    face = FACES[document.language]
    _write(sheet.cell(1, 1), caption, Font(name=face, size=13, bold=True, color=INK))
    _write(sheet.cell(2, 1), _origin(document), Font(name=face, size=10, color=MUTED))
    line = Border(bottom=Side("thin", INK))
    for place, column in enumerate(table.columns, start=1):
        cell = sheet.cell(HEADER_ROW, place)
        _write(cell, column.heading, Font(name=face, size=10, bold=True, color=INK))
        cell.border = line
        cell.alignment = _alignment(column, "bottom")
    for at, row in enumerate(table.rows, start=HEADER_ROW + 1):
        for place, (column, entry) in enumerate(zip(table.columns, row, strict=True), start=1):
            _write_entry(sheet.cell(at, place), column, entry, places, face)
    _write_notes(sheet, table, document, places, HEADER_ROW + len(table.rows) + 2)
    _shape(sheet, table)


def _origin(document: Document) -> str:
    manifest, language = document.manifest, document.language
    year = say("data_year_value", language, year=manifest.get("data_through", "–"))
    space = " " if language == "en" else ""
    parts = [document.title, region_name(manifest, language), f"{say('data_year', language)}{space}{year}"]
    return ". ".join(parts) if language == "en" else "。".join(parts)


def _write_entry(cell: SheetCell, column: Column, entry: Cell, places: dict[str, str], face: str) -> None:
    number = None if entry.value is None else as_number(entry.text, entry.value)
    if number is None:
        _write(cell, entry.text, Font(name=face, size=10, color=INK))
    else:
        cell.value, cell.number_format = number
        cell.font = Font(name=face, size=10, color=INK)
    cell.alignment = _alignment(column, "top")
    target = next((places[name] for name in source_ids(entry.text) if name in places), "")
    if column.key == "source" and target:
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=target)


def _alignment(column: Column, vertical: str) -> Alignment:
    """Numbers right, texts left with a little room after the number before them."""
    return (
        Alignment("right", vertical, wrap_text=vertical == "bottom")
        if column.numeric
        else Alignment("left", vertical, wrap_text=True, indent=1)
    )


def _write(cell: SheetCell, text: str, font: Font) -> None:
    """Text as text: a spreadsheet must not read a formula into it."""
    cell.value = isolated(text)[:LONGEST]
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(("=", "+", "-", "@"))
    cell.font = font


def _write_notes(sheet: Worksheet, table: Table, document: Document, places: dict[str, str], row: int) -> None:
    language = document.language
    used = dict.fromkeys(name for entries in table.rows for entry in entries for name in source_ids(entry.text))
    sources = say("and", language).join(name for name in used if name in places)
    see = say("see_sources", language, sheet=say("sources", language))
    lines = [
        (say("units_field", language), say("see_headings", language)),
        *((say("notes_field", language), note) for note in table.notes),
        *([(say("sources_field", language), f"{sources} ({see})")] if sources else []),
    ]
    colon = ": " if language == "en" else "："
    for offset, (label, text) in enumerate(lines):
        _write(sheet.cell(row + offset, 1), label + colon + text, Font(name=FACES[language], size=9, color=MUTED))


def _shape(sheet: Worksheet, table: Table) -> None:
    sheet.freeze_panes = sheet.cell(HEADER_ROW + 1, 2)
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    _set_page(sheet)
    widths = [_column_width(table, place) for place in range(len(table.columns))]
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.row_dimensions[HEADER_ROW].height = _height([column.heading for column in table.columns], widths)
    for at, row in enumerate(table.rows, start=HEADER_ROW + 1):
        texts = ["" if column.numeric else cell.text for column, cell in zip(table.columns, row, strict=True)]
        sheet.row_dimensions[at].height = _height(texts, widths)


def _column_width(table: Table, place: int) -> float:
    column = table.columns[place]
    longest = max((letters(row[place].text) for row in table.rows), default=0)
    widest = LINKS if column.key == "source" else WIDE
    heading = letters(column.heading) / (2 if column.numeric else 1)
    return min(widest, max(NARROW, longest, heading)) + 3


def _height(texts: list[str], widths: list[float]) -> float:
    """Height of a row in points; not every program fits rows to wrapped text when it opens a file."""
    lines = (
        max(math.ceil(letters(text) / (width - 3)) for text, width in zip(texts, widths, strict=True)) if texts else 1
    )
    return LINE * max(1, lines) + 2


def _fill_about(sheet: Worksheet, names: list[tuple[str, str]], document: Document) -> None:
    language, face = document.language, FACES[document.language]
    plain, label_font = Font(name=face, size=10, color=INK), Font(name=face, size=10, color=MUTED)
    _write(sheet.cell(1, 1), document.title, Font(name=face, size=15, bold=True, color=INK))
    _write(sheet.cell(2, 1), count_line(document), plain)
    year = say("data_year_value", language, year=document.manifest.get("data_through", "–"))
    rows = [
        (say("region", language), region_name(document.manifest, language)),
        (say("data_year", language), year),
        (say("made", language), made_on(document.manifest, language)),
        *document.facts,
        (say("cite", language), document.citation),
        (say("licences", language), say("licences_text", language)),
    ]
    at = HEADER_ROW
    for label, text in rows:
        _write(sheet.cell(at, 1), label, label_font)
        _write(sheet.cell(at, 2), text, plain)
        at += 1
    for name, caption in names:
        at += 1
        _write(sheet.cell(at, 1), name, Font(name=face, size=10, color="0B5C9E", underline="single"))
        sheet.cell(at, 1).hyperlink = Hyperlink(ref=f"A{at}", location=f"'{name}'!A1")
        _write(sheet.cell(at, 2), caption, plain)
    for row in sheet.iter_rows(min_row=HEADER_ROW):
        for cell in row:
            cell.alignment = Alignment(vertical="top", wrap_text=cell.column == 2)
        sheet.row_dimensions[row[0].row].height = _height([str(row[1].value or "")], [ABOUT])
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 34, ABOUT
    _set_page(sheet)


def _set_page(sheet: Worksheet) -> None:
    """No grid on screen; on paper A4 sideways, as wide as the sheet."""
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
