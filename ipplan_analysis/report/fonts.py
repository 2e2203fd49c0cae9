"""The embedded Chinese font, cut down to the characters that a report uses."""

from __future__ import annotations

import base64
import io
import logging
from functools import lru_cache

from fontTools import subset
from fontTools.ttLib import TTFont

from ipplan_analysis.style import FONT_FAMILY, font_path

ALWAYS = "".join(map(chr, range(0x20, 0x7F))) + "–—−…“”‘’·×"  # a page never falls back inside a number
UNUSED_TABLES = ["BASE", "GDEF", "GSUB", "STAT", "VORG", "vhea", "vmtx"]  # vertical writing, variants


def font_face(text: str, *, packed: bool = True) -> str:
    """CSS that embeds the characters of `text` under the family name that the charts use.

    Parameters
    ----------
    packed : as WOFF2, for a page that travels; plain TrueType is made faster.

    Raises
    ------
    FontError : the font's package is missing.
    """
    mime, kind = ("woff2", "woff2") if packed else ("ttf", "truetype")
    data = base64.b64encode(font_subset("".join(sorted(set(text + ALWAYS))), packed=packed)).decode("ascii")
    return (
        f'@font-face{{font-family:"{FONT_FAMILY}";font-display:block;'
        f'src:url(data:font/{mime};base64,{data}) format("{kind}")}}'
    )


@lru_cache(maxsize=4)
def font_subset(characters: str, *, packed: bool) -> bytes:
    """The font with only the glyphs of `characters`, as WOFF2 or TrueType."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    options = subset.Options(hinting=False, layout_features=["kern"], notdef_outline=True, name_IDs=[1, 2, 13, 14])
    options.drop_tables += UNUSED_TABLES
    with TTFont(font_path(), lazy=True, recalcTimestamp=False) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(text=characters)
        cutter.subset(font)
        font.flavor = "woff2" if packed else None
        stream = io.BytesIO()
        font.save(stream)
    return stream.getvalue()
