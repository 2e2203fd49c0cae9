"""Blocks from what an executed cell put out: tables, charts, printed lines."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import nbformat

from ipplan_analysis.report.blocks import Block, Cell, Chart, Column, Table, Text
from ipplan_analysis.report.clean import clean, clean_all, status_of, whole_numbers
from ipplan_analysis.report.svg import safe_svg
from ipplan_analysis.schema import CHART_MIME, EXPORT_MIME, TABLE_MIME
from ipplan_analysis.wordlists import HEADINGS
from ipplan_analysis.words import NONE, source_ids

RESULTS, SOURCES = "results", "sources"
SOURCE_ANCHOR = "source-"
FROM_SOURCE = ("value", "last_value", "own_value")  # columns whose numbers are the source's own
GROUPED_FROM = 10_000  # shorter numbers read better without a separator, and a year must have none
RESULT_KEYS = {"last_value", "recent_pace_pct", "evidence", "source"}
_KEYS = {word: key for key, pair in reversed(HEADINGS.items()) for word in pair}


def output_blocks(output: nbformat.NotebookNode) -> list[Block]:
    """What a reader sees of one output; warnings, HTML and pictures without words are not for readers."""
    if output.output_type == "stream":
        text = clean(output.text).strip("\n") if output.name == "stdout" else ""
        return [Text(text)] if text else []
    data = output.get("data", {})
    if TABLE_MIME in data:
        return [table_block(clean_all(data[TABLE_MIME]))]
    if CHART_MIME in data or "image/png" in data:
        return [_chart(data, output.get("metadata", {}))]
    return [Text(clean(data["text/plain"]))] if "text/plain" in data and EXPORT_MIME not in data else []


def table_block(bundle: Mapping[str, Any]) -> Table:
    """A table from the bundle that a notebook's output carries: headings, raw values and shown texts."""
    raw = bundle["data"]
    headings = [str(name) for name in bundle["columns"]]
    numeric = [any(_is_number(row[place]) for row in raw) for place in range(len(headings))]
    columns = tuple(
        Column(_KEYS.get(name, ""), name, is_number) for name, is_number in zip(headings, numeric, strict=True)
    )
    rows = tuple(_row(columns, values, texts) for values, texts in zip(raw, bundle["shown"], strict=True))
    return Table(_name(columns), bundle["caption"], columns, rows, tuple(map(str, bundle.get("notes", ()))))


def _name(columns: Sequence[Column]) -> str:
    """The two tables with a place of their own are known by columns that no other table has."""
    keys = {column.key for column in columns}
    return RESULTS if RESULT_KEYS <= keys else SOURCES if "publisher" in keys else ""


def _row(columns: Sequence[Column], values: Sequence[Any], texts: Sequence[str]) -> tuple[Cell, ...]:
    named = next(
        (
            name
            for column, text in zip(columns, texts, strict=True)
            if column.key == "source"
            for name in source_ids(text)
        ),
        "",
    )
    return tuple(
        _cell(column, value, str(text), named) for column, value, text in zip(columns, values, texts, strict=True)
    )


def _cell(column: Column, value: Any, text: str, source: str) -> Cell:
    number = float(value) if _is_number(value) else None
    href = f"#{SOURCE_ANCHOR}{source}" if source and number is not None and column.key in FROM_SOURCE else ""
    if column.key == "url" and text.startswith(("https://", "http://")):
        href = text
    return Cell(whole_numbers(text), href, number, status_of(text))


def _chart(data: Mapping[str, Any], metadata: Mapping[str, Any]) -> Chart:
    bundle = clean_all(data.get(CHART_MIME, {}))
    alt = bundle.get("alt") or metadata.get("image/png", {}).get("alt") or data.get("text/plain", "")
    picture = base64.b64decode(data["image/png"]) if "image/png" in data else b""
    table = bundle.get("data")
    return Chart(clean(alt), safe_svg(bundle.get("svg", "")), picture, _chart_data(table) if table else None)


def _chart_data(table: Mapping[str, Any]) -> Table:
    """The figures behind a chart, labelled in its language; numbers that are not yet text get their digits."""
    shown = [[_plain(value) for value in row] for row in table["data"]]
    return table_block({"columns": table["columns"], "data": table["data"], "shown": shown, "caption": ""})


def _plain(value: Any) -> str:
    if not _is_number(value):
        return NONE if value is None else str(value)
    return f"{value:,.10g}" if abs(value) >= GROUPED_FROM else f"{value:.10g}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
