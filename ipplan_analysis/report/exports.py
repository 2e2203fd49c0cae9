"""The report's other formats: a workbook with one sheet a table, a PDF, and a Word file to be edited."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import logging
import math
import re
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import docx
import mistune
import xlsxwriter
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, nsmap, qn
from docx.shared import Mm, Pt, RGBColor

from ipplan_analysis import style
from ipplan_analysis.messages import bracketed, labelled, listed, message, source_ids, with_stops
from ipplan_analysis.report.briefing import Dossier
from ipplan_analysis.report.document import SUITE, Block, Chart, Document, Heading, Lines, Prose, facts
from ipplan_analysis.report.page import page, picture_parts, render
from ipplan_analysis.schema import RunError
from ipplan_analysis.tables.table import SOURCE_ANCHOR, SOURCE_ID, SOURCES, Cell, Column, Table

INK, MUTED, BLUE, LINE = (each[1:].upper() for each in (style.INK, style.MUTED, style.BLUE, style.GRID))
CHINESE = "Microsoft YaHei"  # it and Calibri come with Office; others fall back to their own

HEADER_ROW = 3  # counted from 0: title, where it comes from, an empty row, headings
NARROW, WIDE, LINKS, ABOUT = 6, 48, 24, 100  # widths of columns in characters
ROW_HEIGHT = 13.5  # points
LONGEST = 32_767  # characters that a cell of a workbook holds

PDF_VARIANT = "pdf/ua-1"  # tagged, so that screen readers find headings, tables and alt text
PANGO_MISSING = (
    "The PDF needs Pango, a system library. Debian and Ubuntu: apt-get install libpango-1.0-0 libpangoft2-1.0-0 "
    "libharfbuzz-subset0; macOS: brew install pango; Windows: see WeasyPrint's installation page. "
    "Everything but the PDF works without it; or print report.html from a browser."
)

SHORT, LONG, MARGIN = 210.0, 297.0, 16.0  # A4 and its margins, mm
SOURCE_PARTS = re.compile(f"({SOURCE_ID.pattern})")
TWIPS = 1440 / 25.4  # twentieths of a point per mm
WORD_STYLES = {  # size in points, colour, space before and after
    "Normal": (10, INK, 0, 4),
    "Title": (20, INK, 0, 4),
    "Heading 1": (15, BLUE, 12, 6),
    "Heading 2": (12, INK, 12, 4),
    "Heading 3": (10.5, MUTED, 8, 3),
    "Caption": (9.5, INK, 8, 3),
    "Body Text": (9, MUTED, 0, 4),
    "List Bullet": (10, INK, 0, 2),
    "List Number": (10, INK, 0, 2),
}


def write_pdf(document: Document, path: Path) -> None:
    """Write a document as PDF.

    Raises
    ------
    RunError : Pango is missing; the message says how to get it.
    """
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints a page of advice before it raises
            import weasyprint
    except OSError as error:
        raise RunError(f"{PANGO_MISSING} ({str(error).splitlines()[0]})") from error
    for name in ("weasyprint", "weasyprint.progress", "fontTools", "fontTools.subset"):
        logging.getLogger(name).setLevel(logging.ERROR)
    fetcher = weasyprint.URLFetcher(allowed_protocols=["data"])  # what the page carries and nothing else
    source = weasyprint.HTML(string=page(document, for_print=True), url_fetcher=fetcher)
    path.write_bytes(source.write_pdf(pdf_variant=PDF_VARIANT))


def write_workbook(document: Document, path: Path) -> None:
    """Write every table of a document, the figures behind its charts included, as a workbook."""
    with xlsxwriter.Workbook(path) as workbook:
        workbook.set_properties({"title": document.title, "author": SUITE, "created": _moment(document)})
        writer = _Workbook(workbook, document)
        sheets = [(writer.table(name, caption, table), caption) for name, caption, table in _sheets(document)]
        writer.about(workbook.add_worksheet(message("About", document.language)), sheets)


def _sheets(document: Document) -> Iterator[tuple[str, str, Table]]:
    """Name, title and table of every sheet but the last: the overview first."""
    language, first = document.language, document.briefing
    for number, table in enumerate(document.tables, 1):
        if first is not None and table is first.overview:
            yield message("Overview", language), document.question, table
            for name, kind in ((message("Dossiers", language), "dossier"), (message("Figures", language), "figures")):
                if joined := _joined(document, first.dossiers, kind):
                    yield name, joined.caption, joined
        else:
            name = table.caption if table is document.sources else message("Table {number}", language, number=number)
            yield name, table.caption, table
    for number, chart in enumerate(document.charts, 1):
        if chart.data is not None:
            yield message("Chart {number}", language, number=number), chart.alt, chart.data


def _joined(document: Document, dossiers: Sequence[Dossier], name: str) -> Table | None:
    """The tables of one name in all dossiers as one, each row with its target; none where there are none."""
    found = [(entry.title, table) for entry in dossiers for table in entry.tables if table.name == name]
    if not found:
        return None
    column = Column("target_id").translated(document.language)
    rows = tuple((Cell(title), *row) for title, table in found for row in table.rows)
    caption = message("All targets: what is known of each", document.language)
    return Table(name, caption, document.language, (column, *found[0][1].columns), rows)


class _Workbook:
    """Writes sheets as a statistical office lays them out."""

    def __init__(self, workbook: Any, document: Document) -> None:
        self.workbook, self.document, self.language = workbook, document, document.language
        self.face = CHINESE if self.language == "zh" else "Calibri"
        sources = document.sources
        caption, rows = (sources.caption, sources.rows) if sources else ("", ())
        self.places = {  # where the workbook shows each source
            row[0].text: f"internal:'{caption}'!A{place}" for place, row in enumerate(rows, HEADER_ROW + 2)
        }

    def format(self, **looks: Any) -> Any:
        """A format of the workbook, which writes equal ones once."""
        own = {"font_name": self.face, "font_size": 10, "font_color": f"#{INK}", "valign": "top"}
        return self.workbook.add_format(own | looks)

    def text(self, worksheet: Any, row: int, column: int, text: str, **looks: Any) -> None:
        """Text as text: a spreadsheet must not read a formula into it."""
        quoted = {"quote_prefix": True} if text.startswith(("=", "+", "-", "@")) else {}
        worksheet.write_string(row, column, text[:LONGEST], self.format(**quoted, **looks))

    def table(self, name: str, caption: str, table: Table) -> str:
        """One table on a sheet of its own; returns the sheet's name."""
        worksheet = self.workbook.add_worksheet(name)
        self.text(worksheet, 0, 0, caption, font_size=13, bold=True)
        self.text(worksheet, 1, 0, self._origin(), font_color=f"#{MUTED}")
        for place, column in enumerate(table.columns):
            looks = _alignment(column) | {"valign": "bottom", "text_wrap": True, "bold": True, "bottom": 1}
            self.text(worksheet, HEADER_ROW, place, column.heading, **looks)
        for at, row in enumerate(table.rows, HEADER_ROW + 1):
            for place, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
                self._cell(worksheet, at, place, column, cell)
        self._notes(worksheet, table, HEADER_ROW + len(table.rows) + 2)
        _shape(worksheet, table)
        return name

    def _origin(self) -> str:
        document, language = self.document, self.language
        year = message("Data to {year}", language, year=document.data_year)
        return with_stops([document.title, document.region, year], language)

    def _cell(self, worksheet: Any, row: int, place: int, column: Column, cell: Cell) -> None:
        looks = _alignment(column)
        target = next((self.places[name] for name in source_ids(cell.value) if name in self.places), "")
        if cell.number is not None:
            worksheet.write_number(row, place, cell.number, self.format(num_format=cell.format or "General", **looks))
        elif column.kind == "sources" and target:
            worksheet.write_url(row, place, target, self.format(**looks), cell.text)
        else:
            self.text(worksheet, row, place, cell.text, **looks)

    def _notes(self, worksheet: Any, table: Table, row: int) -> None:
        language = self.language
        cells = [cell.text for entries in table.rows for cell in entries]
        used = dict.fromkeys(name for text in cells for name in source_ids(text) if name in self.places)
        lines = [(message("Units", language), message("as in the column headings and cells", language))]
        lines += [(message("Notes", language), note) for note in table.notes]
        if used and table.name != SOURCES and self.document.sources:
            see = message("see the sheet “{sheet}”", language, sheet=self.document.sources.caption)
            lines.append((self.document.sources.caption, bracketed(listed(used, language), see, language)))
        for offset, (label, text) in enumerate(lines):
            line = labelled(label, text, language)
            self.text(worksheet, row + offset, 0, line, font_size=9, font_color=f"#{MUTED}")

    def about(self, worksheet: Any, sheets: Sequence[tuple[str, str]]) -> None:
        """The last sheet: what the workbook is, and links to the others."""
        document = self.document
        self.text(worksheet, 0, 0, document.title, font_size=15, bold=True)
        self.text(worksheet, 1, 0, document.question)
        rows, link = [*_key(document), *facts(document)], self.format(font_color=f"#{BLUE}", underline=1)
        lines = dict(enumerate(rows, HEADER_ROW)) | dict(enumerate(sheets, HEADER_ROW + len(rows) + 1))
        for at, (label, text) in lines.items():
            self.text(worksheet, at, 0, label, font_color=f"#{MUTED}")
            self.text(worksheet, at, 1, text, text_wrap=True)
            worksheet.set_row(at, _height([text], [ABOUT]))
            if (label, text) in sheets:
                worksheet.write_url(at, 0, f"internal:'{label}'!A1", link, label)
        worksheet.set_column(0, 0, 34)
        worksheet.set_column(1, 1, ABOUT)
        _set_page(worksheet)


def _alignment(column: Column) -> dict[str, Any]:
    """Numbers right, texts left with a little room after the number before them."""
    return {"align": "right"} if column.is_number else {"align": "left", "text_wrap": True, "indent": 1}


def _shape(worksheet: Any, table: Table) -> None:
    worksheet.freeze_panes(HEADER_ROW + 1, 1)
    worksheet.repeat_rows(HEADER_ROW)
    _set_page(worksheet)
    widths = [_column_width(table, place) for place in range(len(table.columns))]
    for place, width in enumerate(widths):
        worksheet.set_column(place, place, width)
    worksheet.set_row(HEADER_ROW, _height([column.heading for column in table.columns], widths))
    for at, row in enumerate(table.rows, HEADER_ROW + 1):
        texts = ["" if column.is_number else cell.text for column, cell in zip(table.columns, row, strict=True)]
        worksheet.set_row(at, _height(texts, widths))


def _set_page(worksheet: Any) -> None:
    """No grid on screen; in print A4 sideways, as wide as the page."""
    worksheet.hide_gridlines(2)
    worksheet.set_landscape()
    worksheet.set_paper(9)
    worksheet.fit_to_pages(1, 0)


def _column_width(table: Table, place: int) -> float:
    column = table.columns[place]
    longest = max((letters(row[place].text) for row in table.rows), default=0)
    heading = letters(column.heading) / (2 if column.is_number else 1)
    return min(LINKS if column.kind == "sources" else WIDE, max(NARROW, longest, heading)) + 3


def _height(texts: Sequence[str], widths: Sequence[float]) -> float:
    """Height of a row in points; not every program fits rows to wrapped text when it opens a file."""
    lines = [math.ceil(letters(text) / (width - 3)) for text, width in zip(texts, widths, strict=True)]
    return ROW_HEIGHT * max([1, *lines]) + 2


def letters(text: str) -> float:
    """Width of a text in Latin letters; a Chinese character is two."""
    return sum(2.0 if ord(char) > 0x2E80 else 1.0 for char in text)


def _key(document: Document) -> list[tuple[str, str]]:
    """What the first screen says of a run: label and text."""
    language = document.language
    return [
        (message("Region", language), document.region),
        (message("Data to", language), document.data_year),
        (message("Made on", language), document.made_on),
    ]


def _moment(document: Document) -> dt.datetime:
    """When the run was made: the files say nothing of the hour at which they were written."""
    try:
        return dt.datetime.fromisoformat(str(document.manifest.get("started"))).replace(tzinfo=None)
    except ValueError:
        return dt.datetime(2000, 1, 1)


def write_docx(document: Document, path: Path) -> None:
    """Write a document as a Word file with real headings, tables and pictures."""
    word = docx.Document()
    _set_up(word, document)
    writer = _Word(word, document)
    writer.front()
    for section in (*document.dossiers, *document.sections):
        word.add_heading(section.title, 1)
        for block in section.blocks:
            writer.block(block)
    if document.sources is not None:
        word.add_heading(document.sources.caption, 1)
        writer.table(document.sources)
    word.add_heading(message("How this report was made", document.language), 1)
    for label, text in facts(document):
        word.add_paragraph(labelled(label, text, document.language))
    word.save(str(path))


def _set_up(word: Any, document: Document) -> None:
    language = "zh-CN" if document.language == "zh" else "en-GB"
    for name, (size, colour, before, after) in WORD_STYLES.items():
        look = word.styles[name]
        look.font.size, look.font.color.rgb = Pt(size), RGBColor.from_string(colour)
        look.font.bold, look.font.italic = name.startswith("Heading"), False
        look.paragraph_format.space_before, look.paragraph_format.space_after = Pt(before), Pt(after)
        fonts = look.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.attrib.clear()  # the template's faces of its theme
        for script, face in {"ascii": "Calibri", "hAnsi": "Calibri", "cs": "Calibri", "eastAsia": CHINESE}.items():
            fonts.set(qn(f"w:{script}"), face)
    looks = word.styles["Normal"].element.rPr
    looks.append(looks.makeelement(qn("w:lang"), {qn("w:val"): language, qn("w:eastAsia"): "zh-CN"}))
    about = word.core_properties
    about.title, about.author, about.language, about.comments = document.title, SUITE, language, ""
    about.created = about.modified = _moment(document)
    section = word.sections[0]
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(MARGIN)
    _add_field(section.footer.paragraphs[0], "PAGE", ["1"])
    section.footer.paragraphs[0].alignment = 2


class _Word:
    """Writes blocks one after another and counts tables and charts."""

    def __init__(self, word: Any, document: Document) -> None:
        self.word, self.document, self.language = word, document, document.language
        self.tables = self.charts = 0

    def front(self) -> None:
        """The page's own first screen: question, answer, overview, and what to ask for; then the contents."""
        document, word, first = self.document, self.word, self.document.briefing
        _turn(word.sections[0], sideways=first is not None)
        word.add_paragraph(document.title, style="Body Text")
        word.add_paragraph(document.question, style="Title")
        key = "    ".join(labelled(label, text, self.language) for label, text in _key(document))
        word.add_paragraph(key, style="Body Text")
        if first is not None:
            for sentence in first.answer:
                word.add_paragraph(sentence)
            word.add_paragraph(first.standing, style="Body Text")
            self.table(first.overview, width=LONG - 2 * MARGIN)
            _turn(word.add_section(), sideways=False)
            if first.to_ask is not None:
                self.table(first.to_ask)
        word.add_paragraph().add_run(message("Contents", self.language)).bold = True
        titles = [section.title for section in (*document.dossiers, *document.sections)]
        titles += [document.sources.caption] if document.sources else []
        # written out, since renewing on opening would ask the reader first
        _add_field(
            word.add_paragraph(), r'TOC \o "1-2" \h \z', [*titles, message("How this report was made", self.language)]
        )

    def block(self, block: Block) -> None:
        """Any block."""
        if isinstance(block, Heading):
            self.word.add_heading(block.text, min(block.level, 3))
        elif isinstance(block, Prose):
            _add_prose(self.word, block.markdown)
        elif isinstance(block, Lines):
            for line in block.text.splitlines():
                self.word.add_paragraph(line)
        elif isinstance(block, Chart):
            self.chart(block)
        else:
            self.table(block)

    def table(self, table: Table, *, width: float = SHORT - 2 * MARGIN) -> None:
        """A table under its caption; `width` in mm."""
        self.tables += 1
        self._caption(message("Table {number}", self.language, number=self.tables), table.caption, keep=True)
        self.word.element.body._insert_tbl(parse_xml(_table_xml(table, width, self.document.known)))
        for note in table.notes:
            self.word.add_paragraph(note, style="Body Text")

    def chart(self, chart: Chart) -> None:
        """A picture with its alt text, and the finding under it."""
        self.charts += 1
        for part in picture_parts(chart.png) if chart.png else ():
            shape = self.word.add_picture(io.BytesIO(part), width=Mm(SHORT - 2 * MARGIN))
            shape._inline.docPr.set("descr", chart.alt)
            self.word.paragraphs[-1].paragraph_format.keep_with_next = True
        self._caption(message("Chart {number}", self.language, number=self.charts), chart.alt)

    def _caption(self, number: str, text: str, *, keep: bool = False) -> None:
        paragraph = self.word.add_paragraph(f"{number}  {text}", style="Caption")
        paragraph.paragraph_format.keep_with_next = keep


def _turn(section: Any, *, sideways: bool) -> None:
    section.orientation = int(sideways)
    section.page_width, section.page_height = (Mm(LONG), Mm(SHORT)) if sideways else (Mm(SHORT), Mm(LONG))


def _add_field(paragraph: Any, instruction: str, shown: Sequence[str]) -> None:
    """A field that Word computes, with what it shows until then, a line each."""
    begin, separate, end = (f'<w:fldChar w:fldCharType="{kind}"/>' for kind in ("begin", "separate", "end"))
    code = f'<w:instrText xml:space="preserve">{escape(instruction)}</w:instrText>'
    lines = "<w:br/>".join(f"<w:t>{escape(line)}</w:t>" for line in shown)
    for content in (begin, code, separate, lines, end):
        paragraph._p.append(parse_xml(f"<w:r {nsdecls('w')}>{content}</w:r>"))


def _add_prose(word: Any, markdown: str) -> None:
    """Paragraphs and lists of a narrative cell; anything rarer as its plain words."""
    for token in mistune.create_markdown(renderer=None)(markdown):
        assert isinstance(token, dict)
        if token["type"] == "list":
            bullet = "List Number" if token["attrs"]["ordered"] else "List Bullet"
            for item in token["children"]:
                _add_runs(word.add_paragraph(style=bullet), item)
        elif token["type"] != "blank_line":
            _add_runs(word.add_paragraph(), token)


def _add_runs(paragraph: Any, token: dict[str, Any], *, bold: bool = False, italic: bool = False) -> None:
    kind = token["type"]
    for child in token.get("children", ()):
        _add_runs(paragraph, child, bold=bold or kind == "strong", italic=italic or kind == "emphasis")
    text = {"softbreak": " ", "linebreak": "\n"}.get(kind, token.get("raw", ""))
    if text:
        run = paragraph.add_run(text)
        run.bold, run.italic = bold, italic


def _table_xml(table: Table, width: float, known: Container[str]) -> str:
    """A table at once, which is much faster than cell by cell; its heading row repeats on every page."""
    return render(
        "table.xml.j2",
        table=table,
        widths=[int(share * width * TWIPS) for share in shares(table)],
        namespace=nsmap["w"],
        known=known,
        parts=SOURCE_PARTS.split,
        sources=SOURCES,
        anchor=SOURCE_ANCHOR,
        colours=style.STATUS_COLOURS,
        ink=INK,
        muted=MUTED,
        blue=BLUE,
        line=LINE,
    )


def shares(table: Table) -> list[float]:
    """Share of the width that each column gets in print: whole words, and more for longer texts; they add up to 1."""
    needs = []
    for place, column in enumerate(table.columns):
        texts = [row[place].text for row in table.rows]
        longest = max(map(letters, texts), default=0.0)
        word = max(letters(part) for text in [column.heading, *texts] for part in re.split(r"[\s/]", text))
        whole = 13.0 if column.kind == "sources" else min(word, 14.0)  # two identifiers side by side
        needs.append(min(60.0, max(5.0, whole + 2.0, 3.4 * math.sqrt(longest))))
    return [need / sum(needs) for need in needs]
