"""`Chart`: a figure that carries its finding, its data and its language; as PNG, and as SVG that can stand in a page."""

from __future__ import annotations

import hashlib
import io
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from ipplan_analysis.charts.canvas import blank_canvas, theme
from ipplan_analysis.messages import message
from ipplan_analysis.schema import CHART_MIME, Language

SVG_NS = "http://www.w3.org/2000/svg"
XLINK = "{http://www.w3.org/1999/xlink}href"
FONT_STACK = (
    "Noto Sans SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, Segoe UI, Helvetica Neue, Arial, sans-serif"
)
SVG_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
USELESS = {"stroke-linejoin", "stroke-miterlimit", "font-family", "font"}  # defaults of the page are as good
INHERITED = ("fill", "stroke", "stroke-width", "stroke-linecap", "stroke-dasharray", "font-size", "text-anchor")


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
    with theme():
        canvas = blank_canvas(0.1, title, text, "")
    return Chart(canvas.figure, f"{title}{'。' if language == 'zh' else '. '}{text}", pd.DataFrame(), language)


def compact_svg(figure: Figure, label: str) -> str:
    """The figure as one SVG element with `label` as its accessible name.

    Styles become plain attributes, since a strict Content-Security-Policy refuses style attributes; coordinates
    are rounded to a tenth of a point; identifiers carry a prefix of the picture's own hash, so that several
    pictures can stand in one page.
    """
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    root = ET.fromstring(stream.getvalue())
    for parent in root.iter():
        for child in list(parent):
            if _name(child) in ("metadata", "style"):
                parent.remove(child)
    for element in root.iter():
        _plain_attributes(element)
    _drop_points(root)
    _own_identifiers(root)
    _hoist(root)
    _unwrap(root)
    root.attrib.update({"role": "img", "aria-label": label, "font-family": FONT_STACK})
    root.attrib.pop("version", None)
    return _serialized(root).replace("\n", "").replace(" />", "/>")


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _plain_attributes(element: ET.Element) -> None:
    element.tag = f"{{{SVG_NS}}}{_name(element)}"
    element.text, element.tail = (text if text and text.strip() else None for text in (element.text, element.tail))
    for part in element.attrib.pop("style", "").split(";"):
        name, _, value = (piece.strip() for piece in part.partition(":"))
        if name == "font":
            size = re.search(r"([\d.]+)px", value)
            element.set("font-size", size.group(1) if size else "10")
        elif name and name not in USELESS:
            element.set(name, value.removesuffix("px"))
    if XLINK in element.attrib:
        element.set("href", element.attrib.pop(XLINK))
    if "rotate(-0" in element.get("transform", ""):
        del element.attrib["transform"]
    for name in ("d", "x", "y", "transform", "width", "height", "points", "font-size", "stroke-width"):
        if name in element.attrib:
            element.set(name, _short(element.attrib[name]))


def _short(text: str) -> str:
    """Numbers to one decimal, commands without the spaces that SVG does not need."""
    rounded = SVG_NUMBER.sub(lambda match: f"{float(match.group()):.1f}".removesuffix(".0").replace("-0.0", "0"), text)
    return re.sub(r"\s*([A-Za-z])\s*(?=[-\d]|$)", r"\1", rounded).strip()


def _serialized(root: ET.Element) -> str:
    """The element as text, without a prefix; which namespace has none is a matter of the whole process."""
    ET.register_namespace("", SVG_NS)  # another library, as openpyxl does, may have taken it since
    return ET.tostring(root, encoding="unicode")


def _own_identifiers(root: ET.Element) -> None:
    used: set[str] = set()
    for element in root.iter():
        for name, value in element.attrib.items():
            used |= set(re.findall(r"url\(#([^)]+)\)", value))
            if name == "href":
                used.add(value.removeprefix("#"))
    prefix = "c" + hashlib.sha256(_serialized(root).encode("ascii", "xmlcharrefreplace")).hexdigest()[:6]
    short = {name: f"{prefix}-{number}" for number, name in enumerate(sorted(used))}
    for element in root.iter():
        if element.get("id") in short:
            element.set("id", short[element.attrib["id"]])
        else:
            element.attrib.pop("id", None)
        for name, value in list(element.attrib.items()):
            if name == "href":
                element.set(name, "#" + short[value.removeprefix("#")])
            elif "url(#" in value:
                element.set(name, re.sub(r"url\(#([^)]+)\)", lambda m: f"url(#{short[m.group(1)]})", value))


def _drop_points(root: ET.Element) -> None:
    """Lines of a single point, which markers drawn one by one leave behind, show nothing."""
    for parent in root.iter():
        for child in list(parent):
            if _name(child) == "path" and not re.search("[LCQZz]", child.get("d", "")):
                parent.remove(child)


def _hoist(root: ET.Element) -> None:
    """What all members of a group have in common is said once, at the group."""
    for group in root.iter(f"{{{SVG_NS}}}g"):
        for name in INHERITED:
            values = {child.get(name) for child in group}
            if len(group) > 1 and len(values) == 1 and None not in values and name not in group.attrib:
                group.set(name, group[0].attrib[name])
                for child in group:
                    del child.attrib[name]


def _unwrap(parent: ET.Element) -> None:
    """Groups without attributes only cost bytes; empty ones too."""
    for child in list(parent):
        _unwrap(child)
        if _name(child) in ("g", "defs") and not child.attrib and (_name(child) == "g" or len(child) == 0):
            place = list(parent).index(child)
            parent.remove(child)
            for offset, grandchild in enumerate(list(child)):
                parent.insert(place + offset, grandchild)
