"""The canvas of a chart: colours, fonts, title and source note, rows of targets, labels that keep apart; in inches."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import matplotlib as mpl
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font

from ipplan_analysis.messages import listed, message
from ipplan_analysis.schema import Language
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


def separate_labels(positions: Sequence[float], gap: float) -> list[float]:
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


EDGE = 0.12  # inches of white at the left and right
HEAD, FOOT = 0.56, 0.30  # inches of the title with one line of subtitle, and of one line of source note
LINE = 0.15  # inches of one more line
LINE_WIDTH = 59  # Chinese characters in a line of small text over the full width
SOURCES_NAMED = 8  # more identifiers would drown the line; the report lists all


@dataclass(frozen=True)
class Canvas:
    """An empty figure whose body lies between `bottom` and `bottom + body` inches."""

    figure: Figure
    height: float
    bottom: float
    body: float

    def axes(self, left: float, width: float, *, below: float = 0.0, height: float | None = None) -> Axes:
        """A plot in the body; all sizes in inches, `below` counted from the body's lower edge."""
        tall = self.body - below if height is None else height
        box = (left / WIDTH, (self.bottom + below) / self.height, width / WIDTH, tall / self.height)
        return self.figure.add_axes(box)

    def write(self, x: float, y: float, text: str, *, color: str = INK, size: float = SIZE, va: str = "center") -> None:
        """Text at `x` inches from the left and `y` inches above the body's lower edge."""
        self.figure.text(x / WIDTH, (self.bottom + y) / self.height, text, color=color, fontsize=size, va=va)


def blank_canvas(body: float, title: str, subtitle: str, note: str) -> Canvas:
    """Paper with title, subtitle and source note around a body of the given height in inches."""
    notes, subtitles = wrap(note, LINE_WIDTH, lines=3), wrap(subtitle, LINE_WIDTH, lines=3)
    head = HEAD + LINE * subtitles.count("\n")
    foot = FOOT + LINE * notes.count("\n")
    height = head + body + foot
    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    left = EDGE / WIDTH
    figure.text(left, 1 - 0.19 / height, plain(title), fontsize=TITLE, va="center")
    figure.text(left, 1 - 0.34 / height, subtitles, fontsize=SIZE, color=MUTED, va="top", linespacing=1.15)
    figure.text(left, 0.07 / height, notes, fontsize=SMALL - 0.5, color=MUTED, va="bottom", linespacing=1.15)
    return Canvas(figure, height, foot, body)


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


ROW = 0.33  # inches: two lines of a name
NAME_AT, NAME_WIDTH = 0.45, 2.15  # inches: where names start, and how much room they have
UNIT_PER_INCH = 72 / SIZE  # Chinese characters to the inch


def row_plot(
    names: Sequence[tuple[str, str]], title: str, subtitle: str, note: str, *, right: float, above: float = 0.22
) -> tuple[Canvas, Axes]:
    """Paper and a plot whose row i lies at y = i, counted downwards.

    Parameters
    ----------
    names : identifier and name of each row.
    right : inches kept at the right for words.
    above : inches kept above the first row for headings.
    """
    below = 0.22
    canvas = blank_canvas(ROW * len(names) + above + below, title, subtitle, note)
    left = NAME_AT + NAME_WIDTH + 0.1
    axes = canvas.axes(left, WIDTH - left - right, below=below, height=ROW * len(names))
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks([])
    for line in range(len(names) + 1):
        axes.axhline(
            line - 0.5,
            xmin=-left / (WIDTH - left - right),
            xmax=1 + right / (WIDTH - left - right),
            color=GRID,
            lw=0.5,
            clip_on=False,
        )
    identified = any(identifier for identifier, _ in names)
    for place, (identifier, name) in enumerate(names):
        y = below + ROW * (len(names) - place - 0.5)
        canvas.write(EDGE, y, identifier, color=MUTED, size=SMALL)
        canvas.write(NAME_AT if identified else EDGE, y, wrap(name, NAME_WIDTH * UNIT_PER_INCH), size=SIZE - 0.5)
    return canvas, axes


def beside(axes: Axes, row: int, text: str, *, color: str = INK, inches: float = 0.1, size: float = SIZE) -> None:
    """Words at the right of the plot, `inches` from its edge."""
    width = axes.get_position().width * WIDTH
    axes.text(1 + inches / width, row, text, transform=axes.get_yaxis_transform(), va="center", color=color, size=size)


def above(axes: Axes, x: float, text: str, *, color: str = MUTED, ha: str = "center", of_axes: bool = False) -> None:
    """A heading above the first row, at a value of the axis or at a share of its width."""
    transform = axes.transAxes if of_axes else axes.get_xaxis_transform()
    height = axes.get_window_extent().height / axes.figure.dpi
    axes.text(
        x,
        1 + 0.04 / height,
        text,
        transform=transform,
        ha=ha,
        va="bottom",
        color=color,
        size=SMALL - 0.5,
        linespacing=1.0,
    )
