"""Compact SVG text from a figure: no style attributes, no identifiers that could clash, no outside references."""

from __future__ import annotations

import hashlib
import io
import re
from xml.etree import ElementTree as ET

from matplotlib.figure import Figure

SVG_NS = "http://www.w3.org/2000/svg"
XLINK = "{http://www.w3.org/1999/xlink}href"
FONT_STACK = (
    "Noto Sans SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, Segoe UI, Helvetica Neue, Arial, sans-serif"
)
NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
USELESS = {"stroke-linejoin", "stroke-miterlimit", "font-family", "font"}  # defaults of the page are as good
ET.register_namespace("", SVG_NS)  # of the whole process, so before anything is hashed
INHERITED = ("fill", "stroke", "stroke-width", "stroke-linecap", "stroke-dasharray", "font-size", "text-anchor")


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
    return ET.tostring(root, encoding="unicode").replace("\n", "").replace(" />", "/>")


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
    rounded = NUMBER.sub(lambda match: f"{float(match.group()):.1f}".removesuffix(".0").replace("-0.0", "0"), text)
    return re.sub(r"\s*([A-Za-z])\s*(?=[-\d]|$)", r"\1", rounded).strip()


def _own_identifiers(root: ET.Element) -> None:
    used: set[str] = set()
    for element in root.iter():
        for name, value in element.attrib.items():
            used |= set(re.findall(r"url\(#([^)]+)\)", value))
            if name == "href":
                used.add(value.removeprefix("#"))
    prefix = "c" + hashlib.sha256(ET.tostring(root)).hexdigest()[:6]
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
