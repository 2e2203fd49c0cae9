"""`Chart`: a figure that carries its finding, its data and its language; as PNG, and as SVG that can stand in a page."""

from __future__ import annotations

import hashlib
import io
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
from markupsafe import escape
from matplotlib.figure import Figure
from PIL import Image

from ipplan_analysis.charts.canvas import canvas, theme
from ipplan_analysis.messages import heading, message
from ipplan_analysis.schema import CHART_MIME, Language

FONT_STACK = (
    "Noto Sans SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, Segoe UI, Helvetica Neue, Arial, sans-serif"
)
# What a page has no use for: comments first, for their text is not escaped as others are
USELESS = (r"<!--.*?-->", r"<(metadata|style)\b.*?</\1>", r"^.*?(?=<svg)", r"(?<=>)\s+", r"<defs></defs>")
PNG_DPI = 110  # readable in a notebook; pages use the SVG
PNG_COLOURS = 96  # the charts use about ten colours; the rest smooths letters


@dataclass(frozen=True, eq=False)
class Chart:
    """A figure with its finding in words.

    Attributes
    ----------
    figure : the picture; not known to pyplot, so that it is never shown twice.
    alt : the finding in one or two sentences with numbers, in the chart's language.
    data : the figures behind the picture, columns labelled in the chart's language.
    language : language of every text in the picture.
    """

    figure: Figure
    alt: str
    data: pd.DataFrame
    language: Language

    @property
    def claim(self) -> str:
        """The finding, for a cell that is compared on every run."""
        return self.alt

    @cached_property
    def png(self) -> bytes:
        """The picture as PNG with a reduced palette."""
        stream = io.BytesIO()
        with theme():
            self.figure.savefig(stream, format="png", dpi=PNG_DPI)
        packed = io.BytesIO()
        picture = Image.open(stream).convert("RGB")
        picture.quantize(PNG_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(packed, format="PNG")
        return packed.getvalue()

    @cached_property
    def svg(self) -> str:
        """The picture as SVG text that can stand inside a page."""
        with theme():
            return compact_svg(self.figure, self.alt)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        table = json.loads(self.data.to_json(orient="split", index=False, force_ascii=False))
        content = {"svg": self.svg, "alt": self.alt, "data": table, "language": self.language}
        bundle = {"image/png": self.png, "text/plain": self.alt, CHART_MIME: content}
        return bundle, {"image/png": {"alt": self.alt}}


def empty_chart(title: str, language: Language) -> Chart:
    """A chart that says that there is nothing to show."""
    text = message("There are no targets to show.", language)
    with canvas(0.3, title, text) as figure:
        figure.add_subplot().set_axis_off()
    return Chart(figure, f"{title}{'。' if language == 'zh' else '. '}{text}", pd.DataFrame(), language)


def labelled(table: pd.DataFrame, language: Language) -> pd.DataFrame:
    """The figures behind a chart under headings in the reader's language."""
    return table.rename(columns=lambda name: heading(str(name), language)).reset_index(drop=True)


def compact_svg(figure: Figure, name: str) -> str:
    """The figure as one SVG element with an accessible name, small and without styles of its own.

    Coordinates are rounded to a tenth of a point; identifiers carry a prefix of the picture's own hash, so that
    several pictures can stand in one page. Texts between tags stay as matplotlib escaped them.
    """
    stream = io.StringIO()
    figure.savefig(stream, format="svg")
    svg = stream.getvalue()
    for pattern in USELESS:
        svg = re.sub(pattern, "", svg, flags=re.DOTALL)
    svg = re.sub(r"<[^>]+>", lambda tag: _short(tag[0]), svg)
    svg = re.sub(r"<g([^>]*)>((?:<use[^>]*>)+)</g>", _marks, svg)
    prefix = "c" + hashlib.sha256(svg.encode("ascii", "xmlcharrefreplace")).hexdigest()[:6]
    own = rf"\1{prefix}-\2"
    svg = re.sub(r"<[^>]+>", lambda tag: re.sub(r'( id="|href="#|url\(#)\w*(\w{5})(?!\w)', own, tag[0]), svg)
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(name)}" font-family="{FONT_STACK}"', 1)


def _short(tag: str) -> str:
    """A tag with presentation attributes for its style, numbers to one decimal, and no spaces that SVG does not need."""
    tag = re.sub(r' id="[\w.]+_\d{1,5}"| version="[^"]*"| transform="rotate\(-0[^"]*"', "", re.sub(r"\s+", " ", tag))
    tag = re.sub(r"font-family: [^;\"]*;? ?|;? ?stroke-(?:linejoin|miterlimit|dashoffset): \w+", "", tag)
    tag = re.sub(r"-?\d+\.\d+(e-?\d+)?", lambda number: f"{round(float(number[0]), 1):g}", tag)
    tag = re.sub(r'style="([^"]*)"', lambda style: re.sub(r"([\w-]+): ([^;]+);? ?", r'\1="\2" ', style[1]), tag)
    return re.sub(r' ?\b([A-Za-z]) (?=[-\d"])| (?=["/>])|(?<= ) ', r"\1", tag)


def _marks(group: re.Match[str]) -> str:
    """A group of markers that look the same says once how."""
    looks = set(re.findall(r"<use \S+ \S+ \S+?( [^>]*|)/>", group[2]))
    look = looks.pop() if len(looks) == 1 else ""
    return f"<g{group[1]}{look}>{group[2].replace(look, '')}</g>"
