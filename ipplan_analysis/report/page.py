"""`report.html`: one file that needs nothing else, no network, no script."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from functools import cache, partial
from itertools import groupby, pairwise
from pathlib import Path
from types import SimpleNamespace

import mistune
import numpy as np
from markupsafe import Markup, escape
from PIL import Image

from ipplan_analysis.messages import message, status_label
from ipplan_analysis.report.document import Document, facts
from ipplan_analysis.report.fonts import font_face
from ipplan_analysis.schema import Language
from ipplan_analysis.style import STATUS_COLOURS
from ipplan_analysis.tables.overview import Bar
from ipplan_analysis.tables.table import LANG, Row, linked, status_class, template

ON_SCREEN, IN_PRINT = ("report.css", "screen.css", "print.css"), ("report.css", "print.css", "pdf.css")
SVG_ID = re.compile(r'(id="|href="#|url\(#)c[0-9a-f]{6}-')
TALLEST = 1.25  # height over width of a picture that still fits an A4 page with its caption
WHITE = 250  # shade from which a row of pixels is empty


def write_page(document: Document, path: Path) -> None:
    """Write a document as one HTML page."""
    path.write_text(page(document), encoding="utf-8")


def page(document: Document, *, for_print: bool = False) -> str:
    """The page as text.

    Parameters
    ----------
    for_print : without the folded parts (code and the figures behind charts), for the PDF.
    """
    language = document.language
    helpers = SimpleNamespace(
        linked=partial(linked, known=document.known),
        markdown=markdown,
        svg=_placed,
        png=png_address,
        slices=lambda chart: picture_parts(chart.png) if for_print and chart.png else [],
        kind=lambda block: type(block).__name__,
        status_class=status_class,
        status_label=partial(status_label, language=language),
        groups=_groups(document),
        number={
            id(block): place for blocks in (document.tables, document.charts) for place, block in enumerate(blocks, 1)
        },
        id=id,
    )
    body = render("report.html.j2", language, h=helpers, doc=document, for_print=for_print, facts=facts(document))
    body = body.replace(" %", "\u00a0%")  # no line breaks between a number and its sign
    return framed(body, document.title, LANG[language], for_print=for_print)


def _groups(document: Document) -> list[tuple[str, list[tuple[Row, Bar | None]]]]:
    """The overview's rows, each by its columns' keys and with its bar, by status."""
    first = document.briefing
    if first is None or not first.dossiers:
        return []
    keys = [column.key for column in first.overview.columns]
    rows = [dict(zip(keys, row, strict=True)) for row in first.overview.rows]
    pairs = zip(rows, first.bars, strict=True)
    return [(str(status), list(group)) for status, group in groupby(pairs, lambda pair: pair[0]["status"].value)]


def _placed(svg: str, number: int) -> Markup:
    """An SVG picture as markup; its number keeps its identifiers apart from those of the same picture elsewhere."""
    return Markup(SVG_ID.sub(rf"\1c{number}-", svg))


def framed(body: str, title: str, lang: str, *, for_print: bool = False) -> str:
    """A whole page around a body: its styles, the font it needs, and a policy that allows nothing else.

    Parameters
    ----------
    lang : value of the page's lang attribute.
    for_print : with the styles of the PDF instead of those of a screen.
    """
    style = font_face(body + title, packed=not for_print) + _styles(IN_PRINT if for_print else ON_SCREEN)
    return render("frame.html.j2", body=Markup(body), title=title, lang=lang, style=Markup(style))


def render(name: str, language: Language = "en", **values: object) -> str:
    """A template of the package with its values; every value is escaped unless it is markup already."""
    said = {"message": lambda text, **filled: message(text, language, **filled)}
    return template("report", name).render(said, **values)


@cache
def _styles(names: Sequence[str]) -> str:
    folder = Path(__file__).with_name("templates")
    colours = "".join(f".{status_class(name)}{{--c:{colour}}}" for name, colour in STATUS_COLOURS.items())
    texts = [(folder / name).read_text(encoding="utf-8") for name in names]
    return re.sub(r"\s*\n\s*", "\n", "\n".join([colours, *texts])).strip()


def markdown(source: str) -> Markup:
    """Markdown as HTML; HTML inside it is shown as text, and a picture or link from outside as its words."""
    renderer = _Renderer(escape=True)
    return Markup(mistune.create_markdown(plugins=["table"], renderer=renderer)(source))


class _Renderer(mistune.HTMLRenderer):
    """Pictures from outside would be requests to other machines, so their words stand for them."""

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return str(escape(text))


def png_address(png: bytes) -> str:
    """A picture as an address that carries it."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def picture_parts(png: bytes) -> list[bytes]:
    """The picture, or its parts from top to bottom where it is taller than a page; cuts go through empty rows only."""
    picture = Image.open(io.BytesIO(png))
    tallest = int(TALLEST * picture.width)
    if picture.height <= tallest:
        return [png]
    empty = np.asarray(picture.convert("L")).min(axis=1) >= WHITE
    cuts = [0]
    while picture.height - cuts[-1] > tallest:
        cuts.append(_cut(empty, cuts[-1] + tallest // 2, cuts[-1] + tallest))
    parts = []
    for top, bottom in pairwise([*cuts, picture.height]):
        stream = io.BytesIO()
        picture.crop((0, top, picture.width, bottom)).save(stream, format="PNG", optimize=True)
        parts.append(stream.getvalue())
    return parts


def _cut(empty: np.ndarray, first: int, last: int) -> int:
    """Middle of the last wide run of empty rows between two rows, so that a title stays with the panel below it."""
    rows = first + np.flatnonzero(empty[first:last])
    if not len(rows):
        return last
    runs = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    widest = max(map(len, runs))
    run = next(run for run in reversed(runs) if len(run) >= 0.9 * widest)
    return int(run[len(run) // 2])
