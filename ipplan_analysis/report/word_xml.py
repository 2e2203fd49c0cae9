"""What python-docx has no words for: tables at once, fields, bookmarks, links inside the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from ipplan_analysis.report.blocks import Cell, Column, Table
from ipplan_analysis.report.clean import isolated
from ipplan_analysis.report.columns import shares
from ipplan_analysis.style import STATUS_COLOURS

NAMESPACE = nsdecls("w")
TWIPS = 1440 / 25.4  # a twentieth of a point, per mm
SOURCE_ID = re.compile(r"\bS\d{3,}\b")
SIZE = 16  # half-points of text in tables
LINE, RULE = "DFE3E7", "1B2733"


def add_table(paper: Any, table: Table, width: float, *, links: set[str], anchor: str) -> None:
    """Append a table with a heading row that repeats on every page.

    Parameters
    ----------
    width : of the whole table, mm.
    links : identifiers in its cells that lead to their bookmarks.
    anchor : prefix of the bookmarks that its first column gets, or empty.
    """
    widths = [int(share * width * TWIPS) for share in shares(table)]
    grid = "".join(f'<w:gridCol w:w="{each}"/>' for each in widths)
    head = "".join(
        _cell(_run(column.heading, colour="5B6670"), each, column, rule=RULE)
        for column, each in zip(table.columns, widths, strict=True)
    )
    rows = "".join(_row(table.columns, row, widths, links, anchor, number) for number, row in enumerate(table.rows))
    xml = (
        f'<w:tbl {NAMESPACE}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="110" w:type="dxa"/></w:tblCellMar>'
        f'<w:tblLook w:firstRow="1"/><w:tblCaption w:val={quoteattr(table.caption)}/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>"
        f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>{rows}</w:tbl>"
    )
    paper.element.body._insert_tbl(parse_xml(xml))


def _row(
    columns: Sequence[Column], row: Sequence[Cell], widths: Sequence[int], links: set[str], anchor: str, number: int
) -> str:
    cells = []
    for place, (column, cell, width) in enumerate(zip(columns, row, widths, strict=True)):
        content = _content(cell, links)
        if anchor and place == 0:
            content = bookmark(anchor + cell.text, number, content)
        cells.append(_cell(content, width, column, rule=LINE))
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>"


def _content(cell: Cell, links: set[str]) -> str:
    if cell.status:
        return _run(cell.text, colour=STATUS_COLOURS[cell.status].removeprefix("#"))
    parts, last = [], 0
    for match in SOURCE_ID.finditer(cell.text):
        if match.group() in links:
            parts += [_run(cell.text[last : match.start()]), link(f"source-{match.group()}", match.group())]
            last = match.end()
    return "".join([*parts, _run(cell.text[last:])])


def _cell(content: str, width: int, column: Column, *, rule: str) -> str:
    side = "right" if column.numeric else "left"
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:tcBorders>'
        f'<w:bottom w:val="single" w:sz="4" w:color="{rule}"/>'
        '</w:tcBorders></w:tcPr><w:p><w:pPr><w:spacing w:before="14" w:after="14" w:line="240" w:lineRule="auto"/>'
        f'<w:jc w:val="{side}"/></w:pPr>{content}</w:p></w:tc>'
    )


def _run(text: str, *, colour: str = "") -> str:
    if not text:
        return ""
    ink = f'<w:color w:val="{colour}"/>' if colour else ""
    return (
        f'<w:r><w:rPr>{ink}<w:sz w:val="{SIZE}"/><w:szCs w:val="{SIZE}"/></w:rPr>'
        f'<w:t xml:space="preserve">{escape(isolated(text))}</w:t></w:r>'
    )


def link(name: str, text: str) -> str:
    """A link to a bookmark of the same file."""
    return f'<w:hyperlink w:anchor={quoteattr(name)} w:history="1">{_run(text, colour="0B5C9E")}</w:hyperlink>'


def bookmark(name: str, number: int, content: str) -> str:
    """Content that links can lead to."""
    return f'<w:bookmarkStart w:id="{number}" w:name={quoteattr(name)}/>{content}<w:bookmarkEnd w:id="{number}"/>'


def add_field(paragraph: Any, instruction: str, *, shown: Sequence[str] = (), right: bool = False) -> None:
    """A field that Word computes, with what it shows until then, a line each."""
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(isolated(line))}</w:t>' for line in shown)
    kinds = [f'<w:fldChar w:fldCharType="{kind}"/>' for kind in ("begin", "separate", "end")]
    code = f'<w:instrText xml:space="preserve">{escape(instruction)}</w:instrText>'
    for content in (kinds[0], code, kinds[1], lines or "<w:t>1</w:t>", kinds[2]):
        paragraph._p.append(parse_xml(f"<w:r {NAMESPACE}>{content}</w:r>"))
    if right:
        paragraph.paragraph_format.alignment = 2
