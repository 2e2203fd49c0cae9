"""SVG from notebooks, kept to drawing: no scripts, no outside references, no style."""

from __future__ import annotations

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
