"""One visual language: colours, fonts, the frame of a chart and how labels keep out of each other's way."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import matplotlib as mpl
import seaborn as sns
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

from ipplan_analysis.style import FONT_FAMILY, font_path

FAMILIES = [FONT_FAMILY, "DejaVu Sans"]  # Noto first: its Latin is narrower and matches its Chinese

# Blue against orange stays distinct in every common form of colour blindness; all text colours reach 4.5:1 on white.
INK, MUTED, GRID, PAPER = "#1b2733", "#5b6670", "#dfe3e7", "#ffffff"
BLUE, BAND80, BAND50 = "#0b5c9e", "#d3e3f1", "#a3c5e3"
ORANGE, ZONE = "#b34a00", "#eff2f5"
WIDTH = 7.0  # inches: a printed text column, and a page column of about 670 px
SIZE, SMALL, TITLE = 8.5, 7.5, 11.5  # points
LATIN = 0.51  # mean width of a Latin letter of Noto Sans SC in running text, in Chinese characters
BACKED = {"boxstyle": "square,pad=0.1", "fc": PAPER, "ec": "none"}  # keeps a number readable on top of a line
NEVER_FIRST = "，。、；：）》”"  # Chinese punctuation does not begin a line
NO_GLYPH = "□"


@cache
def _settings() -> dict[Any, Any]:
    font_manager.fontManager.addfont(str(font_path()))
    own = {
        "font.family": FAMILIES,
        "font.size": SIZE,
        "axes.unicode_minus": False,
        "text.parse_math": False,
        "svg.fonttype": "none",
        "svg.hashsalt": "ipplan",
        "path.simplify": True,
        "pdf.fonttype": 42,
        "axes.edgecolor": GRID,
        "axes.labelcolor": MUTED,
        "axes.labelsize": SMALL,
        "text.color": INK,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "axes.grid": False,
        "grid.color": GRID,
        "grid.linewidth": 0.6,
        "axes.linewidth": 0.6,
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "lines.linewidth": 1.4,
        "xtick.bottom": False,
        "ytick.left": False,
        "figure.facecolor": PAPER,
        "figure.dpi": 100,
    }
    return {**sns.axes_style("white"), **own}  # fonts after seaborn's theme, which names its own


@contextmanager
def theme() -> Iterator[None]:
    """The house settings for the time of the block; the caller's own matplotlib settings are untouched."""
    with mpl.rc_context(_settings()):
        yield


@cache
def _glyphs() -> frozenset[int]:
    dejavu = font_manager.findfont("DejaVu Sans")
    return frozenset(FT2Font(str(font_path())).get_charmap()) | frozenset(FT2Font(dejavu).get_charmap())


def plain(text: str) -> str:
    """Text that can be drawn: direction marks and other invisible characters go, what no font has becomes □."""
    kept = (" " if char in "\n\t" else char for char in text if unicodedata.category(char) not in ("Cf", "Cs", "Co"))
    return "".join(char if ord(char) in _glyphs() else NO_GLYPH for char in kept)


def width_of(text: str) -> float:
    """Width in units of one Chinese character."""
    return sum(1.0 if unicodedata.east_asian_width(char) in "WF" else LATIN for char in text)


def wrap(text: str, width: float, *, lines: int = 2) -> str:
    """Text in at most `lines` lines of `width` Chinese characters each; what does not fit ends in …."""
    text = re.sub(r"(?<=\d) (?=\d{3}\b)", "\u00a0", plain(text))
    if not any(unicodedata.east_asian_width(char) in "WF" for char in text):
        return "\n".join(textwrap.wrap(text, max(6, int(width / LATIN)), max_lines=lines, placeholder=" …"))
    rows, row = [], ""
    for piece in _pieces(text):
        if row and width_of(row + piece) > width and piece not in NEVER_FIRST:
            rows.append(row)
            row = ""
        row += piece
    rows.append(row)
    if len(rows) > lines:
        rows = [*rows[: lines - 1], rows[lines - 1][:-1] + "…"]
    return "\n".join(rows)


def _pieces(text: str) -> Iterator[str]:
    """Chinese characters one by one, Latin words and numbers whole."""
    word = ""
    for char in text:
        if char.isascii() and not char.isspace():
            word += char
            continue
        if word:
            yield word
        word = ""
        yield char
    if word:
        yield word


def spread(positions: Sequence[float], gap: float) -> list[float]:
    """Positions moved apart to at least `gap`, in the same order, each cluster staying around its own centre."""
    order = sorted(range(len(positions)), key=lambda index: positions[index])
    clusters: list[list[float]] = []  # [centre, members]
    for index in order:
        clusters.append([positions[index], 1.0])
        while len(clusters) > 1 and _overlap(clusters[-2], clusters[-1], gap):
            centre, members = clusters.pop()
            before = clusters[-1]
            before[0] = (before[0] * before[1] + centre * members) / (before[1] + members)
            before[1] += members
    moved = [0.0] * len(positions)
    place = iter(order)
    for centre, members in clusters:
        for step in range(int(members)):
            moved[next(place)] = centre + (step - (members - 1) / 2) * gap
    return moved


def _overlap(lower: list[float], upper: list[float], gap: float) -> bool:
    return upper[0] - lower[0] < gap * (lower[1] + upper[1]) / 2
