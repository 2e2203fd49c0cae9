"""`report.html`: one file that needs nothing else, no network, no script."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mistune
import nbformat
from markupsafe import Markup, escape

from ipplan_analysis.report.blocks import Chart, Document
from ipplan_analysis.report.bundles import SOURCE_ANCHOR
from ipplan_analysis.report.columns import shares
from ipplan_analysis.report.document import build_document
from ipplan_analysis.report.frame import framed, render, status_class
from ipplan_analysis.report.phrases import say
from ipplan_analysis.report.pictures import pieces
from ipplan_analysis.report.provenance import made_on, region_name
from ipplan_analysis.report.svg import shared_looks
from ipplan_analysis.words import NONE, status_label, status_symbol, status_word

SOURCE_ID = re.compile(r"\bS\d{3,}\b")


def write_report(executed: Mapping[str, nbformat.NotebookNode], manifest: Mapping[str, Any], path: Path) -> None:
    """Write executed notebooks as one HTML page.

    Parameters
    ----------
    executed : executed notebooks by stem, in order.
    manifest : what the run was made from (`run.manifest`).
    path : the file to write.
    """
    write_page(build_document(executed, manifest), path)


def write_page(document: Document, path: Path) -> None:
    """Write a document as one HTML page."""
    path.write_text(page(document), encoding="utf-8")


def page(document: Document, *, on_paper: bool = False) -> str:
    """The page as text.

    Parameters
    ----------
    on_paper : without the folded parts (code and the figures behind charts), for the PDF.
    """
    svgs = [chart.svg for chart in document.charts]
    drawings, css = (svgs, "") if on_paper else shared_looks(svgs)
    region, made = region_name(document.manifest, document.language), made_on(document.manifest, document.language)
    helpers = _helpers(document, drawings)
    body = render("report.html.j2", h=helpers, doc=document, on_paper=on_paper, region=region, made=made)
    return framed(body, document.title, document.language, on_paper=on_paper, css=css)


def _helpers(document: Document, drawings: Sequence[str]) -> SimpleNamespace:
    language = document.language
    known = {row[0].text for row in document.sources.rows} if document.sources else set()
    return SimpleNamespace(
        t=partial(_say, language), linked=partial(linked, known=known), markdown=markdown,
        none=NONE, anchor=SOURCE_ANCHOR,
        svg=lambda number: Markup(drawings[number - 1]),  # reduced to drawing when the document was built
        png=_png, slices=slices, shares=shares, kind=lambda block: type(block).__name__.lower(),
        status_class=status_class, status_word=partial(status_word, language=language),
        status_label=partial(status_label, language=language), status_symbol=status_symbol,
        number=_numbers(document).get, id=id,
    )  # fmt: skip


def _say(language: Any, key: str, **values: object) -> str:
    return say(key, language, **values)


def count_line(document: Document) -> str:
    """The counts as one sentence: what a reader of the first screen remembers."""
    if not document.counts:
        return say("no_targets", document.language)
    parts = [
        say("count_part", document.language, count=count, word=status_word(status, document.language))
        for status, count in document.counts
    ]
    total = sum(count for _, count in document.counts)
    return say("count_line", document.language, total=total, parts=say("and", document.language).join(parts))


def _numbers(document: Document) -> dict[int, int]:
    """Number of every table and chart, by the object's identity."""
    return {
        id(block): place for blocks in (document.tables, document.charts) for place, block in enumerate(blocks, start=1)
    }


def linked(text: str, *, known: set[str]) -> Markup:
    """Escaped text in which the identifiers of known sources lead to their rows."""
    pieces, last = [], 0
    for match in SOURCE_ID.finditer(text):
        if match.group() in known:
            link = Markup('<a href="#{0}{1}">{1}</a>').format(SOURCE_ANCHOR, match.group())
            pieces += [escape(text[last : match.start()]), link]
            last = match.end()
    return Markup("").join([*pieces, escape(text[last:])])


def markdown(source: str) -> Markup:
    """Markdown as HTML; HTML inside it is shown as text, and a picture or link from outside as its words."""
    return Markup(_markdown()(source))


@cache
def _markdown() -> mistune.Markdown:
    return mistune.create_markdown(escape=True, plugins=["table"], renderer=_Renderer(escape=True))


class _Renderer(mistune.HTMLRenderer):
    """Pictures from outside would be requests to other machines, so their words stand for them."""

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return str(escape(text))


def slices(chart: Chart) -> list[str]:
    """A chart's picture for paper as data addresses, cut where it is taller than a page; empty where it fits."""
    parts = pieces(chart.png) if chart.png else []
    return [_png(part) for part in parts] if len(parts) > 1 else []


def _png(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
