"""The embedded Chinese font, cut down to the characters that a report uses."""

from __future__ import annotations

import base64
import io
import logging

from fontTools import subset
from fontTools.ttLib import TTFont

from ipplan_analysis.charts.theme import FONT_FAMILY, font_path

ALWAYS = "".join(map(chr, range(0x20, 0x7F))) + "–—−…“”‘’·×"  # a page never falls back inside a number


def font_face(text: str) -> str:
    """CSS that embeds the characters of `text` as a WOFF2 font named as in the charts.

    Raises
    ------
    FontError : the font's package is missing.
    """
    packed = base64.b64encode(font_subset(text)).decode("ascii")
    return (f'@font-face{{font-family:"{FONT_FAMILY}";font-display:block;'
            f'src:url(data:font/woff2;base64,{packed}) format("woff2")}}')


def font_subset(text: str) -> bytes:
    """The font with only the glyphs of `text`, as WOFF2."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    options = subset.Options(hinting=False, layout_features=["kern"], notdef_outline=True, name_IDs=[1, 2, 13, 14])
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "GDEF", "STAT", "DSIG"]
    font = TTFont(font_path(), lazy=True)
    cutter = subset.Subsetter(options)
    cutter.populate(text=text + ALWAYS)
    cutter.subset(font)
    font.flavor = "woff2"
    stream = io.BytesIO()
    font.save(stream)
    return stream.getvalue()
