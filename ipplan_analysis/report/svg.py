"""SVG from notebooks, kept to drawing: no scripts, no outside references, no style; and made shorter for the page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from xml.etree import ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"
DRAWING = {
    "svg",
    "g",
    "defs",
    "path",
    "use",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "text",
    "tspan",
    "clipPath",
    "image",
    "title",
    "desc",
    "marker",
    "pattern",
    "linearGradient",
    "stop",
    "symbol",
}
LOOKS = (
    "fill",
    "stroke",
    "stroke-width",
    "stroke-linecap",
    "stroke-dasharray",
    "stroke-dashoffset",
    "text-anchor",
    "font-size",
)
LOOK = re.compile(rf' (?:{"|".join(LOOKS)})="[^"]*"')
TAG = re.compile(r"<[a-z][^>]*>")
INNER = ("#", "data:image/png;base64,")


def safe_svg(text: str) -> str:
    """The drawing alone; empty where the text is no SVG."""
    if not text:
        return ""
    try:
        root = ET.fromstring(text)
    except ET.ParseError:
        return ""
    if root.tag != f"{SVG}svg":
        return ""
    _keep_drawing(root)
    ET.register_namespace("", SVG[1:-1])
    return ET.tostring(root, encoding="unicode")


def _keep_drawing(element: ET.Element) -> None:
    for name, value in list(element.attrib.items()):
        inner = (
            value.strip().startswith(INNER)
            if name.rpartition("}")[2] == "href"
            else "url(" not in value or "url(#" in value
        )
        if name == "style" or name.lower().startswith("on") or not inner:
            del element.attrib[name]
    for child in list(element):
        if child.tag in {f"{SVG}{name}" for name in DRAWING}:
            _keep_drawing(child)
        else:
            element.remove(child)


def shared_looks(drawings: Sequence[str]) -> tuple[list[str], str]:
    """Drawings whose repeated colours, strokes and sizes became classes, and the CSS of those classes.

    Hundreds of marks share a handful of looks; written out at each mark they are half of a page's size.
    """
    found = Counter(look for drawing in drawings for tag in TAG.findall(drawing) if (look := _look(tag)))
    names = {look: f"v{number}" for number, (look, count) in enumerate(found.most_common()) if count > 1}
    css = "".join(f".{name}{{{_css(look)}}}" for look, name in names.items())
    return [TAG.sub(lambda tag: _classed(tag.group(), names), drawing) for drawing in drawings], css


def _look(tag: str) -> str:
    return "".join(sorted(LOOK.findall(tag)))


def _classed(tag: str, names: dict[str, str]) -> str:
    name = names.get(_look(tag))
    return re.sub(r"^<[a-zA-Z]+", rf'\g<0> class="{name}"', LOOK.sub("", tag)) if name else tag


def _css(look: str) -> str:
    pairs = (part.split("=", 1) for part in re.findall(r'[a-z-]+="[^"]*"', look))
    return ";".join(f"{name}:{value.strip(chr(34))}{'px' if name == 'font-size' else ''}" for name, value in pairs)
