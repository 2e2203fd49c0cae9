"""The canvas of a chart: colours, fonts, title and notes around a body that matplotlib lays out, rows, labels."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.transforms import blended_transform_factory
from scipy.optimize import isotonic_regression

from ipplan_analysis import style
from ipplan_analysis.messages import listed, message
from ipplan_analysis.schema import Language
from ipplan_analysis.style import FONT_FAMILY, font_path

FAMILIES = [FONT_FAMILY, "DejaVu Sans"]  # Noto first: its Latin is narrower and matches its Chinese

HEAD, FOOT = 0.56, 0.28  # inches of the title with one line of subtitle, and of one line of notes
LINE = 0.15  # inches of one more line
LINE_WIDTH = 54  # Chinese characters of `SIZE` in a line over the full width
SOURCES_NAMED = 8  # more identifiers would drown the line; the report lists all
NAME_WIDTH = 155  # points
NEVER_FIRST = " ，。、；：）》”"  # does not begin a line
PIECE = re.compile("[\u2e80-\uffef]|[^ \u2e80-\uffef]{1,24}| ")  # Chinese characters one by one, Latin words whole
BESIDE, ABOVE = ("axes fraction", "data"), ("data", "axes fraction")  # coordinates of a label outside the axes
NO_GLYPH = "□"


@cache
def _settings() -> dict[Any, Any]:
    font_manager.fontManager.addfont(str(font_path()))
    own = {
        "font.family": FAMILIES,
        "font.size": style.SIZE,
        "axes.unicode_minus": False,
        "text.parse_math": False,
        "svg.fonttype": "none",
        "svg.hashsalt": "ipplan",
        "path.simplify": True,
        "pdf.fonttype": 42,
        "axes.edgecolor": style.GRID,
        "axes.labelcolor": style.MUTED,
        "axes.labelsize": style.SMALL,
        "text.color": style.INK,
        "xtick.color": style.MUTED,
        "ytick.color": style.MUTED,
        "xtick.labelsize": style.SMALL,
        "ytick.labelsize": style.SMALL,
        "axes.grid": False,
        "grid.color": style.GRID,
        "grid.linewidth": 0.6,
        "axes.linewidth": 0.6,
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "lines.linewidth": 1.4,
        "xtick.bottom": False,
        "ytick.left": False,
        "figure.facecolor": style.PAPER,
        "figure.dpi": 100,
    }
    return {**sns.axes_style("white"), **own}  # fonts after seaborn's theme, which names its own


@contextmanager
def theme() -> Iterator[None]:
    """The house settings for the time of the block; the caller's own matplotlib settings neither count nor change."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_settings())
        yield


@cache
def _glyphs() -> frozenset[int]:
    dejavu = font_manager.findfont("DejaVu Sans")
    return frozenset(FT2Font(str(font_path())).get_charmap()) | frozenset(FT2Font(dejavu).get_charmap())


def plain(text: str) -> str:
    """Text that can be drawn: direction marks and other invisible characters go, what no font has becomes □."""
    kept = (" " if char in "\n\t" else char for char in text if unicodedata.category(char) not in ("Cf", "Cs", "Co"))
    return "".join(char if ord(char) in _glyphs() else NO_GLYPH for char in kept)


@cache
def _advance(char: str) -> float:
    font = FT2Font(str(font_path()))
    font.set_size(100, 72)
    return float(font.load_char(ord(char)).linearHoriAdvance) / 65536 / 100


def width_of(text: str) -> float:
    """Width in units of one Chinese character."""
    return sum(map(_advance, text))


def wrap(text: str, width: float, *, lines: int = 2) -> str:
    """Text in at most `lines` lines of `width` Chinese characters each; what does not fit ends in …."""
    rows = [""]
    for piece in PIECE.findall(re.sub(r"(?<=\d) (?=\d{3}\b)", "\u00a0", plain(text))):
        if piece not in NEVER_FIRST and rows[-1] and width_of(rows[-1] + piece) > width:
            rows.append("")
        rows[-1] += piece
    if len(rows) > lines:
        last = rows[lines - 1].rstrip()
        if width_of(last) > width - 1:
            last = last.removesuffix(PIECE.findall(last)[-1]).rstrip()
        rows[lines - 1 :] = [last + "…"]
    return "\n".join(row.rstrip() for row in rows)


def separate_labels(positions: Sequence[float], gap: float) -> list[float]:
    """Positions moved apart to at least `gap`, in the same order, each cluster staying around its own centre."""
    order = np.argsort(positions, kind="stable")
    steps = gap * np.arange(len(positions))
    moved = np.empty(len(positions))
    moved[order] = isotonic_regression(np.asarray(positions, dtype=float)[order] - steps).x + steps
    return [float(place) for place in moved]


@contextmanager
def canvas(body: float, title: str, subtitle: str, *notes: str) -> Iterator[Figure]:
    """A figure with title, subtitle and notes around a body of that many inches.

    What the block draws is laid out within the body, labels outside the axes too; it then stays as it is.
    """
    subtitle = wrap(subtitle, LINE_WIDTH, lines=3)
    foot = "\n".join(wrap(note, LINE_WIDTH, lines=3) for note in notes)
    top, bottom = HEAD + LINE * subtitle.count("\n"), FOOT + LINE * foot.count("\n")
    height, left = top + body + bottom, style.EDGE / style.WIDTH
    with theme():
        figure = Figure(figsize=(style.WIDTH, height))
        figure.text(left, 1 - 0.19 / height, plain(title), size=style.TITLE, va="center")
        figure.text(left, 1 - 0.34 / height, subtitle, color=style.MUTED, va="top", linespacing=1.15)
        figure.text(left, 0.07 / height, foot, size=style.SMALL - 0.5, color=style.MUTED, va="bottom", linespacing=1.3)
        yield figure
        box = (left, bottom / height, 1 - 2 * left, body / height)
        ConstrainedLayoutEngine(rect=box, w_pad=0, h_pad=0.08, wspace=0.06, hspace=0).execute(figure)


@contextmanager
def row_canvas(
    names: Sequence[tuple[str, str]], title: str, subtitle: str, note: str, *, above: float = 0.2
) -> Iterator[tuple[Figure, Axes]]:
    """A canvas and axes in it that have row i at y = i, counted downwards.

    Parameters
    ----------
    names : identifier and name of each row.
    above : inches for headings above the first row.
    """
    with canvas(style.ROW * len(names) + above + 0.2, title, subtitle, note) as figure:
        axes = figure.add_subplot()
        axes.set(ylim=(len(names) - 0.5, -0.5), yticks=[])
        across = blended_transform_factory(figure.transFigure, axes.transData)
        edges = [np.arange(len(names) + 1) - 0.5] * 2
        ends = np.broadcast_to([[0], [1]], np.shape(edges))
        axes.plot(ends, edges, color=style.GRID, lw=0.5, transform=across, clip_on=False, in_layout=False)
        for row, (identifier, name) in enumerate(names):
            text = wrap(name, NAME_WIDTH / style.SIZE)
            label(axes, text, (0, row), (-NAME_WIDTH - 10, 0), BESIDE, color=style.INK, size=style.SIZE - 0.5)
            label(axes, identifier, (0, row), (-NAME_WIDTH - 35, 0), BESIDE)
        yield figure, axes


def label(
    axes: Axes, text: str, at: tuple[float, float], shift: tuple[float, float], coordinates: Any = "data", **look: Any
) -> None:
    """Words near a point of the data, of an edge (`BESIDE`, `ABOVE`) or of the "axes fraction", so many points away."""
    look = {"color": style.MUTED, "size": style.SMALL, "va": "center", **look}
    axes.annotate(text, at, shift, xycoords=coordinates, textcoords="offset points", **look)


def source_note(ids: Sequence[str], language: Language, *, through: int | None = None) -> str:
    """The line at the foot: source rows (a few named), last year known, who computed."""
    unique = list(dict.fromkeys(name for name in ids if name))
    shown, more = listed(unique[:SOURCES_NAMED], language), len(unique) - SOURCES_NAMED
    note = ""
    if more > 0:
        note = message("Sources: {names} and {more} more. ", language, names=shown, more=more)
    elif unique:
        note = message("Sources: {names}. ", language, names=shown)
    note += message("Data to {year}. ", language, year=through) if through else ""
    return note + message("Own calculation.", language)


def short_name(row: Mapping[str, Any], language: Language) -> str:
    """Identifier and name of a target, for sentences."""
    return plain(f"{row['target_id']} {row.get(f'name_{language}') or row['indicator']}".strip())
