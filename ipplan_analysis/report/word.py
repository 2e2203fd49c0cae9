"""`report.docx`: real headings, tables and pictures, to be edited in Word."""

from __future__ import annotations

import datetime as dt
import io
from functools import cache
from pathlib import Path
from typing import Any

import docx
import mistune
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_BREAK
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from ipplan_analysis.report.blocks import Block, Chart, Document, Heading, Prose, Table, Text
from ipplan_analysis.report.bundles import SOURCE_ANCHOR
from ipplan_analysis.report.clean import isolated
from ipplan_analysis.report.page import count_line
from ipplan_analysis.report.phrases import say
from ipplan_analysis.report.pictures import pieces
from ipplan_analysis.report.provenance import made_on, region_name
from ipplan_analysis.report.word_xml import add_field, add_table

LATIN, CHINESE = "Calibri", "Microsoft YaHei"  # both come with Word; others fall back to their own
INK, MUTED, BLUE = RGBColor(0x1B, 0x27, 0x33), RGBColor(0x5B, 0x66, 0x70), RGBColor(0x0B, 0x5C, 0x9E)
SHORT, LONG, MARGIN = 210.0, 297.0, 16.0  # A4 and its margins, mm
STYLES = {  # size in points, colour, space before and after
    "Normal": (10, INK, 0, 4), "Title": (20, INK, 0, 4), "Heading 1": (15, BLUE, 12, 6), "Heading 2": (12, INK, 12, 4),
    "Heading 3": (10.5, MUTED, 8, 3), "Caption": (9.5, INK, 8, 3), "List Bullet": (10, INK, 0, 2),
    "List Number": (10, INK, 0, 2),
}  # fmt: skip


def write_docx(document: Document, path: Path) -> None:
    """Write a document as a Word file."""
    paper = docx.Document()
    _set_up(paper, document)
    writer = _Writer(paper, document)
    _turn(paper.sections[0], sideways=document.results is not None)
    _add_front(paper, document)
    if document.results is not None:
        writer.table(document.results, width=LONG - 2 * MARGIN)
        _turn(paper.add_section(), sideways=False)
    _add_contents(paper, document)
    for section in document.sections:
        paper.add_heading(isolated(section.title), 1)
        for block in section.blocks:
            writer.block(block)
    if document.sources is not None:
        paper.add_heading(say("sources", document.language), 1)
        writer.table(document.sources)
    _add_facts(paper, document)
    paper.save(str(path))


class _Writer:
    """Writes blocks one after another and counts tables and charts."""

    def __init__(self, paper: Any, document: Document) -> None:
        self.paper, self.document, self.language = paper, document, document.language
        self.tables = self.charts = 0
        self.known = {row[0].text for row in document.sources.rows} if document.sources else set()

    def block(self, block: Block) -> None:
        """Any block."""
        if isinstance(block, Heading):
            self.paper.add_heading(isolated(block.text), min(block.level, 3))
        elif isinstance(block, Prose):
            _add_prose(self.paper, block.markdown)
        elif isinstance(block, Text):
            for line in block.text.splitlines():
                self.paper.add_paragraph(isolated(line))
        elif isinstance(block, Chart):
            self.chart(block)
        else:
            self.table(block)

    def table(self, table: Table, *, width: float = SHORT - 2 * MARGIN) -> None:
        """A table under its caption; `width` in mm."""
        self.tables += 1
        self._caption(say("table", self.language, number=self.tables), table.caption)
        is_sources = table is self.document.sources
        add_table(
            self.paper,
            table,
            width,
            links=set() if is_sources else self.known,
            anchor=SOURCE_ANCHOR if is_sources else "",
        )
        for note in table.notes:
            _small(self.paper.add_paragraph(isolated(note)))

    def chart(self, chart: Chart) -> None:
        """A picture with its alt text, and the finding under it."""
        self.charts += 1
        for part in pieces(chart.png) if chart.png else ():
            shape = self.paper.add_picture(io.BytesIO(part), width=Mm(SHORT - 2 * MARGIN))
            shape._inline.docPr.set("descr", chart.alt)
            self.paper.paragraphs[-1].paragraph_format.keep_with_next = True
        self._caption(say("chart", self.language, number=self.charts), chart.caption or chart.alt, keep=False)

    def _caption(self, number: str, text: str, *, keep: bool = True) -> None:
        paragraph = self.paper.add_paragraph(style="Caption")
        paragraph.add_run(number + "  ").font.color.rgb = MUTED
        paragraph.add_run(isolated(text))
        paragraph.paragraph_format.keep_with_next = keep


def _set_up(paper: Any, document: Document) -> None:
    language = "zh-CN" if document.language == "zh" else "en-GB"
    for name, (size, colour, before, after) in STYLES.items():
        style = paper.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = LATIN, Pt(size), colour
        style.font.bold, style.font.italic = name.startswith("Heading"), False
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in list(fonts.attrib):
            if "Theme" in attribute:
                del fonts.attrib[attribute]
        for script in ("ascii", "hAnsi", "cs"):
            fonts.set(qn(f"w:{script}"), LATIN)
        fonts.set(qn("w:eastAsia"), CHINESE)
    mark = paper.styles["Normal"].element.rPr.makeelement(
        qn("w:lang"), {qn("w:val"): language, qn("w:eastAsia"): "zh-CN"}
    )
    paper.styles["Normal"].element.rPr.append(mark)
    about = paper.core_properties
    about.title, about.author, about.language, about.comments = document.title, "ipplan-analysis", language, ""
    about.created = about.modified = _moment(document)
    page = paper.sections[0]
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Mm(MARGIN)
    add_field(page.footer.paragraphs[0], "PAGE", right=True)


def _moment(document: Document) -> dt.datetime:
    """When the run was made: the file says nothing of the hour at which it was written."""
    try:
        return dt.datetime.fromisoformat(str(document.manifest.get("started"))).replace(tzinfo=None)
    except ValueError:
        return dt.datetime(2000, 1, 1)


def _add_front(paper: Any, document: Document) -> None:
    language, manifest = document.language, document.manifest
    _small(paper.add_paragraph(say("kind", language)))
    paper.add_paragraph(isolated(document.title), style="Title")
    colon = ": " if language == "en" else "："
    year = say("data_year_value", language, year=manifest.get("data_through", "–"))
    facts = [("region", region_name(manifest, language)), ("data_year", year), ("made", made_on(manifest, language))]
    _small(paper.add_paragraph("    ".join(say(key, language) + colon + isolated(value) for key, value in facts)))
    paper.add_paragraph(count_line(document))


def _add_contents(paper: Any, document: Document) -> None:
    """A contents list that Word can renew; written out, since renewing on opening would ask the reader first."""
    paragraph = paper.add_paragraph(say("contents", document.language))
    paragraph.runs[0].bold = True
    titles = [section.title for section in document.sections]
    titles += [say("sources", document.language)] if document.sources else []
    titles.append(say("made_from", document.language))
    add_field(paper.add_paragraph(), r'TOC \o "1-2" \h \z', shown=titles)


def _add_facts(paper: Any, document: Document) -> None:
    language = document.language
    paper.add_heading(say("made_from", language), 1)
    rows = [
        *document.facts,
        (say("cite", language), document.citation),
        (say("licences", language), say("licences_text", language)),
    ]
    for label, text in rows:
        paragraph = paper.add_paragraph()
        paragraph.add_run(label + (": " if language == "en" else "：")).font.color.rgb = MUTED
        paragraph.add_run(isolated(text))


def _turn(page: Any, *, sideways: bool) -> None:
    page.orientation = WD_ORIENT.LANDSCAPE if sideways else WD_ORIENT.PORTRAIT
    page.page_width, page.page_height = (Mm(LONG), Mm(SHORT)) if sideways else (Mm(SHORT), Mm(LONG))


def _small(paragraph: Paragraph) -> None:
    for run in paragraph.runs:
        run.font.size, run.font.color.rgb = Pt(9), MUTED


@cache
def _parser() -> mistune.Markdown:
    return mistune.create_markdown(renderer=None)


def _add_prose(paper: Any, markdown: str) -> None:
    """Paragraphs and lists of a narrative cell; anything rarer as its plain words."""
    for token in _parser()(markdown):
        assert isinstance(token, dict)
        if token["type"] == "list":
            style = "List Number" if token["attrs"]["ordered"] else "List Bullet"
            for item in token["children"]:
                paragraph = paper.add_paragraph(style=style)
                for part in item["children"]:
                    _add_runs(paragraph, part)
        elif token["type"] != "blank_line":
            _add_runs(paper.add_paragraph(), token)


def _add_runs(paragraph: Paragraph, token: dict[str, Any], *, bold: bool = False, italic: bool = False) -> None:
    kind = token["type"]
    for child in token.get("children", []):
        _add_runs(paragraph, child, bold=bold or kind == "strong", italic=italic or kind == "emphasis")
    if kind == "softbreak":
        paragraph.add_run(" ")
    elif kind == "linebreak":
        paragraph.add_run().add_break(WD_BREAK.LINE)
    elif "raw" in token:
        run = paragraph.add_run(isolated(token["raw"]))
        run.bold, run.italic = bold, italic
