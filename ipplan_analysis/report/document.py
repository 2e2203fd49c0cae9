"""From executed notebooks to one `Document` in one language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import nbformat

from ipplan_analysis.report.blocks import Block, Cell, Document, Heading, Section, Table
from ipplan_analysis.report.bundles import RESULTS, SOURCE_ANCHOR, SOURCES, output_blocks
from ipplan_analysis.report.clean import clean, clean_all
from ipplan_analysis.report.narrative import narrative, tidy
from ipplan_analysis.report.phrases import say
from ipplan_analysis.report.provenance import citation, facts
from ipplan_analysis.schema import LANGUAGES, STATUSES, Language

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
    results = next(iter(_tables(sections, RESULTS)), None)
    sources = _merged(_tables(sections, SOURCES), language)
    kept = [_without_moved(section, results) for section in sections]
    document = Document(
        language=language, title=_in_language(known.get("plan_name"), language, known.get("plan", "")),
        counts=_counts(results), results=results, sections=tuple(kept),
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
    return [block for output in cell.get("outputs", []) for block in output_blocks(output)]


def _tables(sections: Iterable[Section], name: str) -> list[Table]:
    return [
        block for section in sections for block in section.blocks if isinstance(block, Table) and block.name == name
    ]


def _is_sources(block: Block) -> bool:
    return isinstance(block, Table) and block.name == SOURCES


def _without_moved(section: Section, results: Table | None) -> Section:
    """The section without the tables that stand elsewhere in the report."""
    moved = [block for block in section.blocks if block is not results and not _is_sources(block)]
    return replace(section, blocks=tuple(tidy(moved)))


def _merged(found: Sequence[Table], language: Language) -> Table | None:
    """One table of sources out of those of the notebooks, each source once, in order of its identifier."""
    if not found:
        return None
    rows = {row[0].text: row for table in found for row in table.rows}
    return replace(found[0], caption=say("sources", language), rows=tuple(rows[key] for key in sorted(rows)))


def _counts(results: Table | None) -> tuple[tuple[str, int], ...]:
    found = Counter(cell.status for row in (results.rows if results else ()) for cell in row)
    return tuple((status, found[status]) for status in STATUSES if found[status])


def _linked(document: Document) -> Document:
    """The document with only those links that lead somewhere."""
    rows = document.sources.rows if document.sources else ()
    known = {f"#{SOURCE_ANCHOR}{row[0].text}" for row in rows}

    def mended(table: Table) -> Table:
        return replace(table, rows=tuple(tuple(_safe_link(cell, known) for cell in row) for row in table.rows))

    def section(part: Section) -> Section:
        return replace(
            part, blocks=tuple(mended(block) if isinstance(block, Table) else block for block in part.blocks)
        )

    return replace(
        document, results=mended(document.results) if document.results else None,
        sections=tuple(map(section, document.sections)), sources=mended(document.sources) if document.sources else None,
    )  # fmt: skip


def _safe_link(cell: Cell, known: set[str]) -> Cell:
    if not cell.href or cell.href in known or cell.href.startswith(("https://", "http://")):
        return cell
    return replace(cell, href="")
