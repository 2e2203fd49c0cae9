"""From executed notebooks to one `Document` in one language: the blocks that every format renders."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import nbformat
import pandas as pd

from ipplan_analysis.messages import message, translatable
from ipplan_analysis.numbers import NONE, format_date
from ipplan_analysis.report.briefing import Briefing
from ipplan_analysis.schema import (
    BRIEFING_MIME,
    CHART_MIME,
    EXPORT_MIME,
    LANGUAGES,
    TABLE_MIME,
    Language,
    NothingForecastError,
)
from ipplan_analysis.tables.table import BEHIND_A_CHART, SOURCES, Cell, Column, Table, clean

SUITE = "ipplan-analysis"
HASH_SHOWN = 12  # digits of a hash in the citation; the footer has all
ASSUMED = translatable(
    "A figure counts as known in the year it describes unless the data say otherwise, even if it was published some months "
    "later."
)
LICENCES = translatable(
    "Code and text of the suite: MIT. Figures: facts from the publishers named under Sources, each under its own "
    "terms. Embedded font: a subset of Noto Sans SC, SIL Open Font License 1.1."
)
TO_ASK = "figures_to_ask"
RULE = "\n\n---\n\n"  # between the languages of a narrative cell
WIDGET_MIME = "application/vnd.jupyter.widget-view+json"  # sliders, which a report cannot move
HIDDEN_TAGS = {"parameters", "injected-parameters"}  # the parameters stand in the footer, with their real text
HEADING = re.compile(  # or code between fences, in which nothing is a heading
    r"^\s*(?:```|~~~)(?s:.*?)(?:^\s*(?:```|~~~)|\Z)|^(?P<marks>#{1,6})[ \t]+(?P<text>.+?)[ \t]*#*[ \t]*$", re.M
)
MARKS = re.compile(r"[`*_]{1,2}")  # a heading is shown plain
GROUP = re.compile(r"(?<=\d) (?=\d{3}(?!\d)|%)")  # the space in 10 000 and 5 %, at which no line may break
GROUPED_FROM = 10_000  # shorter numbers read better without a separator, and a year must have none


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
class Lines:
    """Printed output."""

    text: str


@dataclass(frozen=True)
class Chart:
    """A picture, its finding in words, and the figures behind it."""

    alt: str
    svg: str
    png: bytes
    data: Table | None


Block = Heading | Prose | Lines | Table | Chart


@dataclass(frozen=True)
class Section:
    """One notebook of the run; `code` is the source of all its cells."""

    title: str
    anchor: str
    blocks: tuple[Block, ...]
    code: str = ""


@dataclass(frozen=True)
class Document:
    """A whole report in one language.

    Attributes
    ----------
    briefing : what a reader needs; all else is its appendix.
    sections : the notebooks, in order, without the briefing and the sources.
    sources : the source rows that the tables lead to.
    manifest : what the run was made from (`run.manifest`).
    """

    language: Language
    title: str
    briefing: Briefing | None
    sections: tuple[Section, ...]
    sources: Table | None
    manifest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tables(self) -> list[Table]:
        """Every table: overview and figures to ask for, those of the sections in order, the sources."""
        first = [] if self.briefing is None else [self.briefing.overview, self.briefing.to_ask]
        inside = [block for section in self.sections for block in section.blocks if isinstance(block, Table)]
        return [table for table in (*first, *inside, self.sources) if table is not None]

    @property
    def charts(self) -> list[Chart]:
        """Every chart, the dossiers' first."""
        parts = [*self.dossiers, *self.sections]
        return [block for section in parts for block in section.blocks if isinstance(block, Chart)]

    @cached_property
    def dossiers(self) -> list[Section]:
        """The dossiers as sections of ordinary blocks."""
        sections = []
        for entry in () if self.briefing is None else self.briefing.dossiers:
            facts, *others = entry.tables
            chart = output_blocks({"output_type": "display_data", "data": entry.chart or {}}, self.language)
            sections.append(Section(entry.title, entry.target_id.lower(), (facts, *chart, *others)))
        return sections

    @property
    def known(self) -> dict[str, str]:
        """Sources that links may lead to, by identifier, each with publisher and date."""
        if self.sources is None:
            return {}
        return {
            row[0].text: ", ".join(cell.text for cell in row[2:4] if cell.text.strip(NONE)) for row in self.sources.rows
        }

    @property
    def question(self) -> str:
        """What the report answers."""
        return message("What the figures say", self.language) if self.briefing is None else self.briefing.question

    @property
    def region(self) -> str:
        """The region's name, or its code where the run recorded no name."""
        return _in_language(self.manifest.get("region_name"), self.language) or str(self.manifest.get("region", ""))

    @property
    def data_year(self) -> str:
        """The last year whose figures the run may use."""
        return message("{year}", self.language, context="as a date", year=self.manifest.get("data_through", NONE))

    @property
    def made_on(self) -> str:
        """The day on which the run was made."""
        return format_date(str(self.manifest.get("started", ""))[:10], self.language) or NONE


def build_document(executed: Mapping[str, nbformat.NotebookNode], manifest: Mapping[str, Any]) -> Document:
    """The report's one content, from which every format is made.

    Parameters
    ----------
    executed : executed notebooks by stem, in order.
    manifest : what the run was made from (`run.manifest`).
    """
    known = _clean_all(manifest)
    chosen = known.get("parameters", {}).get("language")
    language: Language = next((language for language in LANGUAGES if language == chosen), LANGUAGES[0])
    cleaned = {stem: _clean_all(notebook) for stem, notebook in executed.items()}
    found = {stem: _blocks(notebook, language) for stem, notebook in cleaned.items()}
    sections = [_section(stem, blocks, _code(executed[stem])) for stem, blocks in found.items()]
    title = _in_language(known.get("plan_name"), language) or str(known.get("plan", ""))
    sources = [
        block for blocks in found.values() for block in blocks if isinstance(block, Table) and block.name == SOURCES
    ]
    return Document(language, title, _briefing(cleaned.values()), tuple(sections), _merged(sources, language), known)


def _briefing(notebooks: Iterable[Mapping[str, Any]]) -> Briefing | None:
    outputs = (output for notebook in notebooks for cell in notebook["cells"] for output in cell.get("outputs", ()))
    bundles = (output.get("data", {}).get(BRIEFING_MIME) for output in outputs)
    return next((Briefing.from_bundle(bundle) for bundle in bundles if bundle), None)


def _clean_all(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(key)): _clean_all(inner) for key, inner in value.items()}
    return [_clean_all(inner) for inner in value] if isinstance(value, list | tuple) else value


def _in_language(names: object, language: Language) -> str:
    return str(names.get(language, "")) if isinstance(names, Mapping) else str(names or "")


def _section(stem: str, found: Sequence[Block], code: str) -> Section:
    """A notebook without the sources, which stand at the end, and with an anchor for each heading."""
    anchor = re.sub(r"[^0-9A-Za-z]+", "-", stem).strip("-")
    title = next((block.text for block in found if isinstance(block, Heading) and block.level == 1), stem)
    moved = [block for block in found if not (isinstance(block, Table) and block.name == SOURCES)]
    blocks = [
        replace(block, anchor=f"{anchor}-{place}") if isinstance(block, Heading) else block
        for place, block in enumerate(tidy(moved))
        if not isinstance(block, Heading) or block.level > 1
    ]
    return Section(title, f"part-{anchor}", tuple(blocks), code)


def _code(notebook: nbformat.NotebookNode) -> str:
    return "\n\n".join(
        clean("".join(cell["source"]))
        for cell in notebook["cells"]
        if cell["cell_type"] == "code" and not HIDDEN_TAGS & set(cell["metadata"].get("tags", ()))
    )


def _blocks(notebook: Mapping[str, Any], language: Language) -> list[Block]:
    blocks: list[Block] = []
    for cell in notebook["cells"]:
        tags = cell["metadata"].get("tags", ())
        if cell["cell_type"] == "markdown":
            blocks += narrative(in_language("".join(cell["source"]), language))
            continue
        outputs = cell.get("outputs", ())
        if HIDDEN_TAGS & set(tags) or any(BRIEFING_MIME in output.get("data", {}) for output in outputs):
            continue
        shown = [block for output in outputs for block in output_blocks(output, language)]
        shown = [block for block in shown if not isinstance(block, Table) or (block.rows and block.name != TO_ASK)]
        # what shows nothing goes with its heading: nothing was asked, it stands with the dossiers, or is for JupyterLab
        blocks = blocks + shown if shown else _without_last_heading(blocks)
    return blocks


def in_language(source: str, language: Language) -> str:
    """The part of a narrative cell in this language: English above a rule, Chinese below it; all where there is none."""
    parts = source.split(RULE)
    return parts[LANGUAGES.index(language)] if len(parts) == len(LANGUAGES) else source


def _without_last_heading(blocks: list[Block]) -> list[Block]:
    """Blocks up to the last heading, where only words follow it; a chapter keeps its title."""
    places = [place for place, block in enumerate(blocks) if not isinstance(block, Prose)]
    last = blocks[places[-1]] if places else None
    return blocks[: places[-1]] if isinstance(last, Heading) and last.level > 1 else blocks


def narrative(source: str) -> list[Block]:
    """Headings of a narrative cell and the prose between them."""
    blocks: list[Block] = []
    last = 0
    for match in [match for match in HEADING.finditer(source) if match["marks"]]:
        heading = Heading(len(match["marks"]), MARKS.sub("", match["text"]))
        blocks += [Prose(source[last : match.start()].strip()), heading]
        last = match.end()
    blocks.append(Prose(source[last:].strip()))
    return [block for block in blocks if block != Prose("")]


def output_blocks(output: Mapping[str, Any], language: Language) -> list[Block]:
    """What a reader sees of one output; warnings, HTML and saved files are not for readers."""
    if output["output_type"] == "stream":
        text = "".join(output["text"]).strip("\n") if output["name"] == "stdout" else ""
        return [Lines(text)] if text else []
    if output.get("ename") == NothingForecastError.__name__:
        text = translatable("No indicator of this region has two yearly figures by this year, so nothing is forecast.")
        return [Lines(message(text, language))]
    data = output.get("data", {})
    if WIDGET_MIME in data:
        return []
    words = "".join(data.get("text/plain", ""))
    if TABLE_MIME in data:
        table = Table.from_bundle(data[TABLE_MIME])
        return [replace(table, rows=tuple(tuple(map(_unbroken, row)) for row in table.rows))]
    if CHART_MIME in data or "image/png" in data:
        chart, png = data.get(CHART_MIME, {}), base64.b64decode("".join(data.get("image/png", "")))
        figures = _figures(chart["data"], language) if "data" in chart else None
        return [Chart(chart.get("alt") or words, chart.get("svg", ""), png, figures)]
    return [Lines(words)] if words and EXPORT_MIME not in data else []


def _unbroken(cell: Cell) -> Cell:
    return replace(cell, text=GROUP.sub("\u00a0", cell.text))


def _figures(data: Mapping[str, Any], language: Language) -> Table:
    """The figures behind a chart, labelled in its language."""
    frame = pd.DataFrame(data["data"], columns=data["columns"], dtype=object)
    columns = tuple(
        Column("", str(heading), "number" if values.map(_is_number).any() else "text")
        for heading, values in frame.items()
    )
    return Table(BEHIND_A_CHART, "", language, columns, tuple(tuple(map(_figure, row)) for row in data["data"]))


def _figure(value: Any) -> Cell:
    if not _is_number(value):
        return Cell("" if value is None else str(value))
    grouped = abs(value) >= GROUPED_FROM
    return Cell(f"{value:{',' if grouped else ''}.10g}", value, "#,##0.##########" if grouped else "")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def tidy(blocks: Sequence[Block]) -> list[Block]:
    """Blocks as a page wants them: without a printed finding that stands under its chart, and headings over nothing."""
    findings = [block.alt.split() for block in blocks if isinstance(block, Chart)]
    kept: list[Block] = []  # from the last on
    for block in reversed(blocks):
        below = kept[-1] if kept else None
        if isinstance(block, Heading) and block.level > 1:
            is_idle = below is None or (isinstance(below, Heading) and below.level <= block.level)
        else:
            is_idle = isinstance(block, Lines) and block.text.split() in findings
        kept += [] if is_idle else [block]
    return kept[::-1]


def _merged(found: Sequence[Table], language: Language) -> Table | None:
    """One table of sources out of those of the notebooks, each source once, in order of its identifier."""
    if not found:
        return None
    rows = {row[0].text: row for table in found for row in table.rows}
    caption = message("Sources", language)
    return replace(found[0], caption=caption, rows=tuple(rows[key] for key in sorted(rows)))


def facts(document: Document) -> list[tuple[str, str]]:
    """Label and text of everything that the result rests on: the footer of every format."""
    manifest, language = document.manifest, document.language
    unknown = message("not recorded", language)
    given = {name: NONE if value is None else value for name, value in manifest.get("parameters", {}).items()}
    packages = {"Python": manifest.get("python"), **manifest.get("packages", {})}
    versions = ", ".join(f"{name} {version}" for name, version in packages.items() if version)
    rows = {
        message("Parameters", language): "; ".join(f"{name} = {value}" for name, value in given.items()),
        message("Data (SHA-256)", language): str(manifest.get("data_sha256") or unknown),
        message("Versions", language): versions or unknown,
        message("Commit", language): str(manifest.get("git_commit") or unknown),
        message("Measured coverage of the 80 % range", language): str(
            manifest.get("measured_coverage") or message("not yet measured", language)
        ),
        message("What is assumed", language): message(ASSUMED, language),
        message("How to cite", language): _citation(document),
        message("Licences", language): message(LICENCES, language),
    }
    return [(label, text) for label, text in rows.items() if text]


def _citation(document: Document) -> str:
    manifest = document.manifest
    return message(
        "{suite}, version {version}: {title}, {region}, data to {year}. Run of {date}, data {hash}.",
        document.language,
        suite=SUITE,
        version=manifest.get("packages", {}).get(SUITE) or "?",
        title=document.title,
        region=document.region,
        year=manifest.get("data_through", NONE),
        date=document.made_on,
        hash=str(manifest.get("data_sha256") or NONE)[:HASH_SHOWN],
    )
