"""What a report is made of; every format renders these blocks and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ipplan_analysis.schema import Language


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Attributes
    ----------
    text : as people read it.
    href : address inside the report of the source row behind it, or empty.
    value : the number behind the text, where there is one.
    status : status behind the text (English word of the results), where it is one.
    """

    text: str
    href: str = ""
    value: float | None = None
    status: str = ""


@dataclass(frozen=True)
class Column:
    """One column of a table; `key` is its name in the results, where it has one."""

    key: str
    heading: str
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """A table with its caption and notes; `name` marks the results and the sources."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A picture, its finding in words, and the figures behind it."""

    alt: str
    svg: str
    png: bytes
    data: Table | None
    caption: str = ""


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a notebook's own."""

    level: int
    text: str
    anchor: str = ""


@dataclass(frozen=True)
class Prose:
    """Text of a narrative cell, in Markdown."""

    markdown: str


@dataclass(frozen=True)
class Text:
    """Printed output, line by line."""

    text: str


Block = Heading | Prose | Text | Table | Chart


@dataclass(frozen=True)
class Section:
    """One notebook of the run; `code` is the source of all its cells."""

    stem: str
    title: str
    anchor: str
    blocks: tuple[Block, ...]
    code: str = ""

    @property
    def headings(self) -> list[Heading]:
        """The headings inside it, for the contents list."""
        return [block for block in self.blocks if isinstance(block, Heading)]


@dataclass(frozen=True)
class Document:
    """A whole report in one language.

    Attributes
    ----------
    counts : status and number of targets that have it, in the order of the statuses; only those that occur.
    results : the one table that matters.
    sections : the notebooks, in order, without the results and the sources.
    sources : the source rows that the tables lead to.
    facts : what the run was made from: label and text.
    """

    language: Language
    title: str
    counts: tuple[tuple[str, int], ...]
    results: Table | None
    sections: tuple[Section, ...]
    sources: Table | None
    facts: tuple[tuple[str, str], ...] = ()
    citation: str = ""
    manifest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tables(self) -> list[Table]:
        """Every table: the results, those of the sections in order, the sources."""
        inside = [block for section in self.sections for block in section.blocks if isinstance(block, Table)]
        return [table for table in (self.results, *inside, self.sources) if table is not None]

    @property
    def charts(self) -> list[Chart]:
        """Every chart, in order."""
        return [block for section in self.sections for block in section.blocks if isinstance(block, Chart)]
