"""From executed notebooks to one `Document` in one language."""

from __future__ import annotations

import base64
import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import nbformat

from ipplan_analysis.report.blocks import Block, Cell, Chart, Column, Document, Heading, Section, Table, Text
from ipplan_analysis.report.clean import clean, clean_all, status_of
from ipplan_analysis.report.provenance import citation, facts
from ipplan_analysis.report.narrative import narrative, tidy
from ipplan_analysis.report.phrases import say
from ipplan_analysis.report.svg import safe_svg
from ipplan_analysis.schema import LANGUAGES, STATUSES, Language

CHART_MIME, TABLE_MIME = "application/vnd.ipplan.chart+json", "application/vnd.ipplan.table+json"
RESULTS, SOURCES = "results", "sources"
SOURCE_ANCHOR = "source-"
HIDDEN_TAGS = {"parameters", "injected-parameters"}  # the parameters stand in the footer, with their real text


def build_document(executed: Mapping[str, nbformat.NotebookNode], manifest: Mapping[str, Any]) -> Document:
    """The report's one content, from which every format is made.

    Parameters
    ----------
    executed : executed notebooks by stem, in order.
    manifest : what the run was made from (`run.manifest`).
    """
    known = clean_all(manifest)
    language = _language(known)
    sections = [_section(stem, notebook, language) for stem, notebook in executed.items()]
    results = next((block for section in sections for block in section.blocks if _named(block, RESULTS)), None)
    sources = _merged([block for section in sections for block in section.blocks if _named(block, SOURCES)], language)
    kept = [_without_moved(section) for section in sections]
    document = Document(
        language=language, title=_in_language(known.get("plan_name"), language, known.get("plan", "")),
        subtitle=say("subject", language), counts=_counts(results), results=results, sections=tuple(kept),
        sources=sources, facts=facts(known, language), citation=citation(known, language), manifest=known,
    )  # fmt: skip
    return _linked(document)


def _language(manifest: Mapping[str, Any]) -> Language:
    chosen = manifest.get("parameters", {}).get("language", LANGUAGES[0])
    return next((language for language in LANGUAGES if language == chosen), LANGUAGES[0])


def _in_language(names: object, language: Language, otherwise: object) -> str:
    return str(names.get(language, otherwise)) if isinstance(names, Mapping) else str(names or otherwise)


def _section(stem: str, notebook: nbformat.NotebookNode, language: Language) -> Section:
    anchor = "".join(char if char.isalnum() and char.isascii() else "-" for char in stem).strip("-")
    blocks = tidy([block for cell in notebook.cells for block in _blocks(cell, language)])
    title = next((block.text for block in blocks if isinstance(block, Heading) and block.level == 1), stem)
    kept: list[Block] = []
    for block in blocks:
        if isinstance(block, Heading):
            if block.level == 1:
                continue
            block = replace(block, anchor=f"{anchor}-{len(kept)}")
        kept.append(block)
    code = [clean(cell.source) for cell in notebook.cells if cell.cell_type == "code" and not _tags(cell) & HIDDEN_TAGS]
    return Section(stem, title, f"part-{anchor}", tuple(kept), "\n\n".join(code))


def _tags(cell: nbformat.NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


def _blocks(cell: nbformat.NotebookNode, language: Language) -> list[Block]:
    if any(f"lang-{other}" in _tags(cell) for other in LANGUAGES if other != language):
        return []
    if cell.cell_type == "markdown":
        return narrative(clean(cell.source))
    if cell.cell_type != "code":
        return []
    return [block for output in cell.get("outputs", []) for block in _output(output)]


def _output(output: nbformat.NotebookNode) -> list[Block]:
    if output.output_type == "stream":
        text = clean(output.text).strip("\n") if output.name == "stdout" else ""
        return [Text(text)] if text else []
    data = output.get("data", {})
    if TABLE_MIME in data:
        return [table_block(clean_all(data[TABLE_MIME]))]
    if CHART_MIME in data or "image/png" in data:
        return [_chart(data, output.get("metadata", {}))]
    return [Text(clean(data["text/plain"]))] if "text/plain" in data else []


def table_block(bundle: Mapping[str, Any]) -> Table:
    """A table from the bundle that a notebook's output carries."""
    columns = tuple(Column(entry["key"], entry["heading"], bool(entry.get("numeric"))) for entry in bundle["columns"])
    rows = tuple(tuple(_cell(entry) for entry in row) for row in bundle["rows"])
    notes = tuple(map(str, bundle.get("notes", ())))
    return Table(bundle["name"], bundle["caption"], columns, rows, notes, bundle.get("csv", ""))


def _cell(entry: Mapping[str, Any]) -> Cell:
    text, value = str(entry["text"]), entry.get("value")
    number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    return Cell(text, str(entry.get("href") or ""), number, status_of(text))


def _chart(data: Mapping[str, Any], metadata: Mapping[str, Any]) -> Chart:
    bundle = clean_all(data.get(CHART_MIME, {}))
    alt = bundle.get("alt") or metadata.get("image/png", {}).get("alt") or data.get("text/plain", "")
    picture = base64.b64decode(data["image/png"]) if "image/png" in data else b""
    table = bundle.get("data")
    return Chart(clean(alt), safe_svg(bundle.get("svg", "")), picture, _chart_data(table) if table else None)


def _chart_data(table: Mapping[str, Any]) -> Table:
    """The figures behind a chart, already labelled and formatted in its language."""
    columns, rows = table["columns"], table["data"]
    numeric = [any(_is_number(row[place]) for row in rows) for place in range(len(columns))]
    cells = tuple(tuple(_plain_cell(value) for value in row) for row in rows)
    return Table("", "", tuple(Column(str(name), str(name), number) for name, number in zip(columns, numeric, strict=True)),
                 cells)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain_cell(value: Any) -> Cell:
    if value is None:
        return Cell("–")
    if _is_number(value):
        return Cell(f"{value:,.15g}" if abs(value) >= 10_000 else f"{value:.15g}", value=float(value))
    return Cell(str(value), status=status_of(str(value)))


def _named(block: Block, name: str) -> bool:
    return isinstance(block, Table) and block.name == name


def _without_moved(section: Section) -> Section:
    """The section without the tables that stand elsewhere in the report."""
    moved = [block for block in section.blocks if not (_named(block, RESULTS) or _named(block, SOURCES))]
    return replace(section, blocks=tuple(tidy(moved)))


def _merged(tables: Iterable[Block], language: Language) -> Table | None:
    """One table of sources out of those of the notebooks, each source once, in order of its identifier."""
    found = [table for table in tables if isinstance(table, Table)]
    if not found:
        return None
    rows = {row[0].text: row for table in found for row in table.rows}
    return replace(found[0], caption=say("sources", language), rows=tuple(rows[key] for key in sorted(rows)), csv="")


def _counts(results: Table | None) -> tuple[tuple[str, int], ...]:
    if results is None:
        return ()
    found = Counter(row.get("status", "") for row in csv.DictReader(io.StringIO(results.csv)))
    return tuple((status, found[status]) for status in STATUSES if found[status])


def _linked(document: Document) -> Document:
    """The document with only those links that lead somewhere."""
    rows = document.sources.rows if document.sources else ()
    known = {f"#{SOURCE_ANCHOR}{row[0].text}" for row in rows}

    def mended(table: Table) -> Table:
        return replace(table, rows=tuple(tuple(_safe_link(cell, known) for cell in row) for row in table.rows))

    def section(part: Section) -> Section:
        return replace(part, blocks=tuple(mended(block) if isinstance(block, Table) else block for block in part.blocks))

    return replace(
        document, results=mended(document.results) if document.results else None,
        sections=tuple(map(section, document.sections)), sources=mended(document.sources) if document.sources else None,
    )  # fmt: skip


def _safe_link(cell: Cell, known: Sequence[str] | set[str]) -> Cell:
    if not cell.href or cell.href in known or cell.href.startswith(("https://", "http://")):
        return cell
    return replace(cell, href="")
