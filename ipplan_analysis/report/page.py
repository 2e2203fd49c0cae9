"""`report.html`: one file that needs nothing else, no network, no script."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mistune
import nbformat
from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

from ipplan_analysis.charts.theme import STATUS_COLOURS
from ipplan_analysis.report.blocks import Chart, Document, Table
from ipplan_analysis.report.bundles import SOURCE_ANCHOR
from ipplan_analysis.report.document import build_document
from ipplan_analysis.report.fonts import font_face
from ipplan_analysis.report.phrases import say
from ipplan_analysis.report.provenance import made_on, region_name
from ipplan_analysis.words import status_label, status_symbol, status_word

LANG = {"en": "en", "zh": "zh-Hans"}
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


def page(document: Document, *, for_print: bool = False) -> str:
    """The page as text.

    Parameters
    ----------
    for_print : without the folded parts (code and the figures behind charts), for the PDF.
    """
    body = _environment().get_template("report.html.j2").render(
        h=SimpleNamespace(**_helpers(document)), doc=document, for_print=for_print, region=region_name(document.manifest, document.language),
        made=made_on(document.manifest, document.language),
    )  # fmt: skip
    return framed(body, document.title, document.language, for_print=for_print)


def framed(body: str, title: str, language: str, *, for_print: bool = False) -> str:
    """A body in the house's frame: styles, the font it needs, and a policy that allows nothing else."""
    style = font_face(body + title, packed=not for_print) + _styles(for_print)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    return _environment().get_template("frame.html.j2").render(
        body=Markup(body), title=title, lang=LANG[language], style=Markup(style), digest=digest  # noqa: S704
    )  # fmt: skip


@cache
def _environment() -> Environment:
    return Environment(loader=PackageLoader("ipplan_analysis.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True)


def _styles(for_print: bool) -> str:
    loader = _environment().loader
    assert loader is not None
    names = ("report.css", "print.css", "pdf.css") if for_print else ("report.css", "screen.css", "print.css")
    sources = [loader.get_source(_environment(), name)[0] for name in names]
    text = "\n".join([status_colours(), sources[0], *sources[1:]])
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"/\*.*?\*/", "", text, flags=re.S)).strip()


def status_colours() -> str:
    """The charts' status colours as CSS classes."""
    return "".join(f".{status_class(name)}{{--c:{colour}}}" for name, colour in STATUS_COLOURS.items())


def status_class(status: str) -> str:
    """CSS class of a status."""
    return "s-" + status.replace(" ", "-")


def _helpers(document: Document) -> dict[str, Any]:
    language = document.language
    known = {row[0].text for row in document.sources.rows} if document.sources else set()
    return {
        "t": partial(_say, language), "linked": partial(linked, known=known), "markdown": markdown, "svg": _svg,
        "png": _png, "kind": lambda block: type(block).__name__.lower(), "status_class": status_class,
        "status_word": lambda status: status_word(status, language), "status_symbol": status_symbol,
        "status_label": lambda status: status_label(status, language), "anchor": SOURCE_ANCHOR, "count_line": count_line,
        "numbers": _numbers(document), "id": id,
    }  # fmt: skip


def _say(language: Any, key: str, **values: object) -> str:
    return say(key, language, **values)


def count_line(document: Document) -> str:
    """The counts as one sentence: what a reader of the first screen remembers."""
    if not document.counts:
        return say("no_targets", document.language)
    parts = [say("count_part", document.language, count=count, word=status_word(status, document.language))
             for status, count in document.counts]
    total = sum(count for _, count in document.counts)
    return say("count_line", document.language, total=total, parts=say("and", document.language).join(parts))


def _numbers(document: Document) -> dict[int, int]:
    """Number of every table and chart, by the object's identity."""
    tables, charts = document.tables, document.charts
    return {id(block): place for blocks in (tables, charts) for place, block in enumerate(blocks, start=1)}


def linked(text: str, *, known: set[str]) -> Markup:
    """Escaped text in which the identifiers of known sources lead to their rows."""
    pieces, last = [], 0
    for match in SOURCE_ID.finditer(text):
        if match.group() in known:
            name = escape(match.group())
            pieces += [escape(text[last : match.start()]), Markup('<a href="#{0}{1}">{1}</a>').format(SOURCE_ANCHOR, name)]
            last = match.end()
    return Markup("").join([*pieces, escape(text[last:])])


def markdown(source: str) -> Markup:
    """Markdown as HTML; HTML inside it is shown as text."""
    return Markup(_markdown()(source))  # noqa: S704 - mistune escapes


@cache
def _markdown() -> mistune.Markdown:
    return mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])


def _svg(chart: Chart) -> Markup:
    return Markup(chart.svg)  # noqa: S704 - reduced to drawing elements when the document was built


def _png(chart: Chart) -> str:
    return "data:image/png;base64," + base64.b64encode(chart.png).decode("ascii")


def is_wide(table: Table) -> bool:
    """Whether a table needs a region of its own to scroll in."""
    return len(table.columns) > 2
