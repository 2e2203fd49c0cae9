"""`Table`: what a person sees, what a program reads, and links to the sources, in one object."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ipplan_analysis.schema import STATUSES, TABLE_MIME, Language
from ipplan_analysis.tables.export import csv_text
from ipplan_analysis.words import NONE, format_plain, heading, status_label

SOURCE_ID = re.compile(r"[A-Za-z][A-Za-z0-9]*\d")
WEB_ADDRESS = re.compile(r"https?://[!-~]+")  # printable ASCII only: nothing that hides or turns text round
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")  # direction marks would reorder a cell
YEARS = ("year", "target_year", "last_year", "origin", "expected_year", "base_year")  # no thousands separator


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """A captioned table.

    Attributes
    ----------
    frame : raw values under headings in the table's language; numbers as numbers.
    caption : what the table shows.
    language : language of caption, headings and notes.
    notes : sentences below the table.
    shown : the same shape as text; by default numbers with their natural decimals.
    linked : headings of columns whose cells name source rows; they lead to ``#source-ID``.
    anchored : heading of the column whose cells are those source rows themselves.
    """

    frame: pd.DataFrame
    caption: str
    language: Language
    notes: tuple[str, ...] = ()
    shown: pd.DataFrame | None = None
    linked: tuple[str, ...] = ()
    anchored: str = ""

    @property
    def text(self) -> pd.DataFrame:
        """Every cell as people see it."""
        if self.shown is not None:
            return self.shown
        plain_years = {heading(name, self.language) for name in YEARS}
        return pd.DataFrame(
            {
                name: [_cell_text(value, self.language, is_year=name in plain_years) for value in column]
                for name, column in self.frame.items()
            },
            index=self.frame.index,
            dtype=object,
        )

    def to_csv(self) -> str:
        """The raw values as CSV text (see `csv_text`)."""
        return csv_text(self.frame)

    def __str__(self) -> str:
        text = self.text
        lines = [self.caption, " | ".join(str(name) for name in text.columns)]
        lines += [" | ".join(str(cell) for cell in row) for row in text.itertuples(index=False, name=None)]
        return "\n".join([*lines, *self.notes])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        text = self.text
        numeric = {name for name, column in self.frame.items() if pd.api.types.is_numeric_dtype(column)}
        head = "".join(
            f'<th scope="col"{_class("number" if name in numeric else "")}>{_escape(str(name))}</th>'
            for name in text.columns
        )
        body = "".join(self._row(row, list(text.columns), numeric) for row in text.itertuples(index=False, name=None))
        notes = "".join(f'<p class="note">{_escape(note)}</p>' for note in self.notes)
        caption = _escape(self.caption)
        return (
            f'<div class="ipplan-table" lang="{self.language}"><div class="scroll" role="region" tabindex="0" '
            f'aria-label="{caption}"><table><caption>{caption}</caption><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>{notes}</div>"
        )

    def _row(self, row: Sequence[Any], names: list[str], numeric: set[Any]) -> str:
        cells = []
        for place, (name, value) in enumerate(zip(names, row, strict=True)):
            content, extra = self._content(name, str(value)), ""
            if name == self.anchored and SOURCE_ID.fullmatch(str(value)):
                extra = f' id="source-{value}"'
            kind = "number" if name in numeric else self._status_class(name, str(value))
            tag, scope = ("th", ' scope="row"') if place == 0 else ("td", "")
            cells.append(f"<{tag}{scope}{extra}{_class(kind)}>{content}</{tag}>")
        return f"<tr>{''.join(cells)}</tr>"

    def _content(self, name: str, value: str) -> str:
        if name in self.linked:
            return " ".join(_source_link(part) for part in value.split())
        if self.anchored and WEB_ADDRESS.fullmatch(value):
            return f'<a href="{_escape(value)}" rel="noopener noreferrer">{_escape(value)}</a>'
        return _escape(value)

    def _status_class(self, name: str, value: str) -> str:
        if name != heading("status", self.language):
            return ""
        return next(
            (
                f"status status-{status.replace(' ', '-')}"
                for status in STATUSES
                if status_label(status, self.language) == value
            ),
            "",
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        raw = json.loads(self.frame.to_json(orient="split", index=False, force_ascii=False))
        shown = [[str(cell) for cell in row] for row in self.text.itertuples(index=False, name=None)]
        content = {
            "caption": self.caption,
            "language": self.language,
            "notes": list(self.notes),
            "columns": raw["columns"],
            "data": raw["data"],
            "shown": shown,
        }
        return {"text/html": self._repr_html_(), "text/plain": str(self), TABLE_MIME: content}


def cited(*tables: Table) -> list[str]:
    """Cells of the tables that name sources, for the list of sources."""
    return [str(cell) for table in tables for name in table.linked if name in table.frame for cell in table.frame[name]]


def _cell_text(value: Any, language: Language, *, is_year: bool) -> str:
    if isinstance(value, str):
        return value
    if value is None or pd.isna(value):
        return NONE
    return str(int(value)) if is_year else format_plain(float(value), language)


def _escape(text: str) -> str:
    return html.escape(INVISIBLE.sub("", text), quote=True)


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def _source_link(part: str) -> str:
    if SOURCE_ID.fullmatch(part):
        return f'<a href="#source-{part}">{part}</a>'
    return _escape(part)
