"""`Sheet`: the paper of a chart, measured in inches: title, subtitle, plots, source note."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ipplan_analysis.charts.theme import INK, MUTED, SIZE, SMALL, TITLE, WIDTH, plain, wrap
from ipplan_analysis.messages import source_ids
from ipplan_analysis.schema import Language

EDGE = 0.12  # inches of white at the left and right
HEAD, FOOT = 0.56, 0.30  # inches of the title with one line of subtitle, and of one line of source note
LINE = 0.15  # inches of one more line
LINE_WIDTH = 59  # Chinese characters in a line of small text over the full width
SOURCES_NAMED = 8  # more identifiers would drown the line; the report lists all


@dataclass(frozen=True)
class Sheet:
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


def sheet(body: float, title: str, subtitle: str, note: str) -> Sheet:
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
    return Sheet(figure, height, foot, body)


def source_note(ids: Sequence[str], language: Language, *, through: int | None = None) -> str:
    """The line at the foot: source rows (a few named), last year known, who computed."""
    unique = list(dict.fromkeys(name for name in ids if name))
    shown = ", ".join(unique[:SOURCES_NAMED]) if language == "en" else "、".join(unique[:SOURCES_NAMED])
    more = len(unique) - SOURCES_NAMED
    if language == "en":
        named = f"Sources: {shown}" + (f" and {more} more" if more > 0 else "") + ". " if unique else ""
        return named + (f"Data to {through}. " if through else "") + "Own calculation."
    named = f"来源：{shown}" + (f"等{len(unique)}项" if more > 0 else "") + "。" if unique else ""
    return named + (f"数据截至{through}年。" if through else "") + "测算：本分析。"


def sources_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Source identifiers named in the rows' `source`, which may hold several."""
    return [name for row in rows for name in source_ids(row.get("source"))]
