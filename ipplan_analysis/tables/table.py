"""`Table`: what people see, the values behind it and the ways to the sources, in one object."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any, Literal

import pandas as pd
from jinja2 import Environment, PackageLoader, Template
from markupsafe import Markup, escape

from ipplan_analysis.messages import heading, message, source_ids, status_label, translatable
from ipplan_analysis.numbers import NONE
from ipplan_analysis.schema import EXPORT_MIME, STATUSES, TABLE_MIME, Language

Row = Mapping[Any, Any]
Known = Container[str] | Mapping[str, str]
Kind = Literal["text", "number", "figure", "status", "sources", "address"]
SOURCE_ID = re.compile(r"\bS\d{3,}\b")
WEB_ADDRESS = re.compile(r"https?://([^/]+).*")
UNSAFE = re.compile(  # what XML forbids, lone surrogates, and marks that would reorder what stands around them
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)
LANG = {"en": "en", "zh": "zh-Hans"}  # for the lang attribute
SOURCES = "sources"  # name of the table whose rows are the sources themselves
BEHIND_A_CHART = "chart"  # name of a table of the figures behind a chart
SOURCE_ANCHOR = "source-"
SOURCES_SHOWN = 4  # in a cell; the rest is in the CSV and in the list of sources
STACKED_COLUMNS = 9  # a wider table scrolls on a phone
LONG_NUMBER = 14  # characters; a longer cell may wrap
PACKED = ("key", "heading", "kind", "absent")  # of a column, in a notebook's output
NOT_COMPUTED, NO_NUMBER = translatable("not computed"), translatable("no number")
STYLED = ("name", "source", "published", "title", "url", "target", "likelihood", "reason")  # keys with a class of CSS
NUMBER_FORMAT = "%.10g"  # stable text; ten digits are beyond every source's precision
# a spreadsheet would run such a text as a formula; signed numbers are left alone
FORMULA = re.compile(r"[=@\t\r]|[+-](?!\d)")


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes
    ----------
    text : as people read it.
    value : what stands behind it: a number, a status or all the sources of a row; None where the text is all.
    format : number format under which a spreadsheet shows the number as the text does.
    """

    text: str
    value: float | str | None = None
    format: str = ""

    @property
    def number(self) -> float | None:
        """The number behind the text, where there is one."""
        return None if isinstance(self.value, str) or pd.isna(self.value) else self.value


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    key : name of the column for programs; a row's value stands under it.
    heading : in English, as `message` takes it; by default the one that the key has in the results.
    kind : what the cells hold; a `figure` is a number of the row's first source and leads there.
    show : the cell of a row, from row, key and language; by default a text, a status or sources as they are,
        in the reader's language where the row has both.
    absent : what a cell without anything says, in English; a dash would leave open why.
    """

    key: str
    heading: str = ""
    kind: Kind = "text"
    show: Callable[[Row, str, Language], Cell] | None = field(default=None, compare=False)
    absent: str = translatable("no figure")

    @property
    def is_number(self) -> bool:
        """Whether its cells stand at the right."""
        return self.kind in ("number", "figure")

    def cell(self, row: Row, language: Language) -> Cell:
        """The cell of a row."""
        cell = self._as_it_is(row, language)
        return Cell(message(self.absent, language)) if cell.text == NONE else cell

    def _as_it_is(self, row: Row, language: Language) -> Cell:
        if self.show is not None:
            return self.show(row, self.key, language)
        found = row[key_in(row, self.key, language)]
        value = "" if pd.isna(found) else str(found)
        if self.kind == "text" or not value:
            return Cell(value if self.kind == "text" else NONE)
        if self.kind == "address":
            return Cell(value)
        return Cell(status_label(value, language) if self.kind == "status" else few_sources(value), value)

    def translated(self, language: Language) -> Column:
        """The column with its heading in a language."""
        text = message(self.heading, language) if self.heading else heading(self.key, language)
        return replace(self, heading=text, show=None, absent=message(self.absent, language))


@dataclass(frozen=True, repr=False)
class Table:
    """A captioned table.

    Attributes
    ----------
    name : of the table for programs, such as ``results``.
    caption : what the table shows.
    language : language of caption, headings, cells and notes.
    notes : sentences below the table.
    """

    name: str
    caption: str
    language: Language
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        name: str,
        caption: str,
        language: Language,
        columns: Iterable[Column],
        rows: Iterable[Row],
        notes: Iterable[str] = (),
    ) -> Table:
        """The table whose columns show these rows."""
        columns = tuple(columns)
        cells = tuple(tuple(column.cell(row, language) for column in columns) for row in rows)
        return cls(name, caption, language, tuple(each.translated(language) for each in columns), cells, tuple(notes))

    @classmethod
    def from_bundle(cls, bundle: Mapping[str, Any]) -> Table:
        """The table that a notebook's output carries."""
        columns = tuple(Column(**column) for column in bundle["columns"])
        rows = tuple(tuple(Cell(*cell) for cell in row) for row in bundle["rows"])
        return cls(**{**bundle, "columns": columns, "rows": rows, "notes": tuple(bundle["notes"])})

    @property
    def frame(self) -> pd.DataFrame:
        """The values behind the cells under their headings: numbers as numbers, all else as text."""
        return pd.DataFrame(
            {
                column.heading: [
                    row[place].number if column.is_number else str(row[place].value or row[place].text)
                    for row in self.rows
                ]
                for place, column in enumerate(self.columns)
            }
        )

    def to_csv(self) -> str:
        """The values as CSV text (see `csv_text`)."""
        return csv_text(self.frame)

    def __str__(self) -> str:
        rows = [[column.heading for column in self.columns], *([cell.text for cell in row] for row in self.rows)]
        return "\n".join([self.caption, *(" | ".join(row) for row in rows), *self.notes])

    __repr__ = __str__

    def html(self, *, label: str = "", place: str = "", known: Known | None = None) -> Markup:
        """The table with its notes as HTML; every text is escaped.

        Parameters
        ----------
        label : stands before the caption, such as ``Table 3``.
        place : what tells it aloud from other tables with its caption.
        known : sources to which identifiers may lead; by default all that the table's own columns of sources name.
        """
        known = {name for cell in cited(self) for name in source_ids(cell)} if known is None else known
        known = frozenset() if self.name == SOURCES else known  # its rows need no links to themselves
        is_narrow = len(self.columns) <= STACKED_COLUMNS and self.name != BEHIND_A_CHART
        html = template("tables", "table.html.j2").render(
            table=self,
            label=label,
            place=place,
            lang=LANG[self.language],
            stacked=is_narrow,  # one card a row on a phone
            anchored=self.name == SOURCES,
            anchor=SOURCE_ANCHOR,
            first_source=partial(self._first_source, known=known),
            known=known,
            statuses=STATUSES,
            status_class=status_class,
            source_link=source_link,
            names_source=SOURCE_ID.search,
            web_address=WEB_ADDRESS.fullmatch,
            style=_style,
            linked=partial(linked, known=known),
        )
        return Markup(clean(html))

    def _first_source(self, row: Sequence[Cell], known: Known) -> str:
        """The source to which the figures of a row lead."""
        cells = [cell for column, cell in zip(self.columns, row, strict=True) if column.kind == "sources"]
        return next((name for cell in cells for name in source_ids(cell.value) if name in known), "")

    def _repr_html_(self) -> str:
        return str(self.html())

    @property
    def packed(self) -> dict[str, Any]:
        """The table for JSON, as a notebook's output carries it."""
        columns = [{name: getattr(each, name) for name in PACKED} for each in self.columns]
        rows = [[_packed(cell) for cell in row] for row in self.rows]
        return vars(self) | {"notes": list(self.notes), "columns": columns, "rows": rows}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/html": self._repr_html_(), "text/plain": str(self), TABLE_MIME: self.packed}


@dataclass(frozen=True, eq=False, repr=False)
class Export:
    """A frame that a run saves as `name.csv`; a reader sees one line.

    Attributes
    ----------
    name : file name without its ending.
    frame : raw values, columns as programs know them.
    """

    name: str
    frame: pd.DataFrame

    def to_csv(self) -> str:
        """CSV text with numbers to ten significant digits."""
        return csv_text(self.frame, float_format=NUMBER_FORMAT)

    def __repr__(self) -> str:
        return f"{self.name}.csv: {len(self.frame)} × {len(self.frame.columns)}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": repr(self), EXPORT_MIME: {"name": self.name, "csv": self.to_csv()}}


def key_in(row: Container[Any], key: str, language: Language) -> str:
    """Where a row or a frame has a text in the reader's language; of some texts one language has the bare key."""
    return f"{key}_{language}" if f"{key}_{language}" in row else key


def cited(*tables: Table) -> list[str]:
    """Cells of the tables that name sources, for the list of sources."""
    return [
        str(row[place].value)
        for table in tables
        for place, column in enumerate(table.columns)
        if column.kind == "sources"
        for row in table.rows
    ]


def csv_text(frame: pd.DataFrame, *, float_format: str | None = None) -> str:
    """A frame as CSV; a text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return str(frame.map(_harmless).to_csv(index=False, lineterminator="\n", float_format=float_format))


def _harmless(value: Any) -> Any:
    return "'" + value if isinstance(value, str) and FORMULA.match(value) else value


def few_sources(cell: object) -> str:
    """The first source identifiers of a cell, and how many more there are."""
    ids = source_ids(cell)
    more = len(ids) - SOURCES_SHOWN
    return " ".join(ids[:SOURCES_SHOWN]) + (f" +{more}" if more > 0 else "")


def clean(text: str) -> str:
    """The text without characters that a file format forbids or that reorder what stands around them."""
    return UNSAFE.sub("", text)


def linked(text: str, known: Known) -> Markup:
    """Escaped text in which the identifiers of known sources lead to their rows."""
    return Markup(SOURCE_ID.sub(lambda found: source_link(found[0], found[0], known), str(escape(text))))


def source_link(source: str, text: str, known: Known) -> Markup:
    """A link to the row of a source, where there is one; a mere identifier or number says aloud what it leads to."""
    if source not in known:
        return escape(text)
    words = known.get(source, "") if isinstance(known, Mapping) else ""
    if not words or words in text:
        return Markup('<a href="#{}{}">{}</a>').format(SOURCE_ANCHOR, source, text)
    return Markup('<a href="#{}{}" aria-label="{}: {}">{}</a>').format(SOURCE_ANCHOR, source, text, words, text)


def _packed(cell: Cell) -> list[Any]:
    """The cell for JSON, without what is not there."""
    value = cell.value if isinstance(cell.value, str) else cell.number
    return [cell.text, value, cell.format] if cell.format else [cell.text] if value is None else [cell.text, value]


def status_class(status: str) -> str:
    """CSS class of a status."""
    return "s-" + status.replace(" ", "-")


def _style(column: Column, cell: Cell) -> Markup:
    names = ["n"] if column.is_number and cell.text else []
    names += ["long"] if column.is_number and len(cell.text) > LONG_NUMBER else []
    names += ["none"] if cell.text == column.absent else []
    names += [f"k-{column.key}"] if column.key in STYLED else []
    return Markup(' class="{}"').format(" ".join(names)) if names else Markup("")


@cache
def template(room: str, name: str) -> Template:
    """A template of a room of the package; it escapes every value unless it is markup already."""
    loader = PackageLoader(f"ipplan_analysis.{room}")
    return Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True).get_template(name)
