"""One row of a file resolved against what the package knows, or everything that is wrong with it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar, cast

import pandas as pd

from ipplan_analysis.data.check import Tables
from ipplan_analysis.data.contested import exact, preference, source_tier, standing
from ipplan_analysis.data.period import FIRST_YEAR, end_year, is_plain_year
from ipplan_analysis.data.snapshot import NATION, indicators_of
from ipplan_analysis.intake.faults import QUOTED, Problem, narrow, quoted
from ipplan_analysis.intake.layout import Row
from ipplan_analysis.intake.parse import (
    Figure,
    Names,
    last_day,
    latest_day,
    parse_date,
    parse_figure,
    parse_period,
    plain,
    squeeze,
)
from ipplan_analysis.intake.words import BOUNDS, CONFIDENCES, OBSERVATION_BASES, SCOPES, coded
from ipplan_analysis.schema import STOCK_BASIS, TOTAL_BASIS, Fault, Indicator, nearest


@dataclass(frozen=True)
class Source:
    """One row of `sources.csv`."""

    source: str
    title: str
    publisher: str
    published: str
    url: str

    @property
    def tier(self) -> int:
        """Rank of the source by kind: 1 yearbook table, 2 national office, 3 any other."""
        return source_tier(self.title, self.publisher, self.url)


@dataclass(frozen=True)
class Observation:
    """One figure of the package or of the file."""

    observation: str
    region: str
    indicator: str
    period: str
    basis: str
    scope: str
    value: Decimal
    unit: str
    bound: str
    source: Source
    confidence: str
    known_from: int
    note: str

    @property
    def cell(self) -> tuple[str, str, str]:
        """What, besides region and indicator, two figures must share to speak of the same thing."""
        return self.period, self.basis, self.scope

    @property
    def standing(self) -> tuple[int, int, int]:
        """How good the statement is, whatever its figure: smaller is better."""
        return standing(self.bound, self.source.tier, self.confidence)

    @property
    def preference(self) -> tuple[float, ...]:
        """Sort key among the figures of one cell: the smallest is used."""
        return preference(self.value, self.bound, self.source.tier, self.confidence)

    def as_row(self) -> dict[str, str]:
        """The figure as a file of additions writes it, its source in full."""
        words = {name: str(value) for name, value in vars(self).items() if name not in ("value", "source")}
        return words | vars(self.source) | {"value": plain(self.value), "use": "yes"}


_REGION_TAIL = re.compile("市$")


@dataclass
class Lookup:
    """What the package knows, by cell and by name; figures of the file join as they are ruled on."""

    tables: Tables
    indicators: dict[str, Indicator]
    indicator_names: Names
    region_names: Names
    sources: dict[str, Source]
    added: list[Observation] = field(default_factory=list)
    added_sources: list[Source] = field(default_factory=list)
    _known: dict[tuple[str, str], list[Observation]] = field(default_factory=dict)
    _by_words: dict[tuple[str, ...], Source] = field(default_factory=dict)
    _last: dict[str, int] = field(default_factory=dict)

    def known(self, region: str, indicator: str) -> list[Observation]:
        """Every observation of an indicator in a region, the file's own included."""
        key = (region, indicator)
        if key not in self._known:
            rows = self.tables["observations"]
            rows = rows[rows["region"].eq(region) & rows["indicator"].eq(indicator)]
            self._known[key] = [_observation(row, self.sources) for row in _records(rows)]
        return self._known[key]

    def in_use(self, region: str, indicator: str) -> list[Observation]:
        """Of each cell's figures the one that is used; of those that became known in other years each its own."""
        best: dict[tuple[object, ...], Observation] = {}
        for row in self.known(region, indicator):
            cell = (*row.cell, row.known_from)
            if row.observation not in self._ruled_out and (cell not in best or row.preference < best[cell].preference):
                best[cell] = row
        return list(best.values())

    @cached_property
    def _ruled_out(self) -> set[str]:
        """Identifiers of the figures that the package does not use; none of them comes into use by an addition."""
        rows = self.tables["observations"]
        return set(rows.loc[~rows["use"], "observation"])

    def yearly(self, region: str, indicator: str, scope: str) -> dict[int, Observation]:
        """The figures in use of plain years, by year; of versions the newest."""
        basis = self.indicators[indicator].basis
        rows = [
            row
            for row in self.in_use(region, indicator)
            if row.basis == basis and row.scope == scope and is_plain_year(row.period) and not row.bound
        ]
        return {end_year(row.period): row for row in sorted(rows, key=lambda row: row.known_from)}

    def source_for(self, wanted: Source) -> Source:
        """The source with the same title, publisher and date; a new one with the next number if there is none."""
        if not self._by_words:
            for source in reversed(self.sources.values()):  # of sources with the same words the first counts
                self._by_words[_words(source)] = source
        if _words(wanted) not in self._by_words:
            source = replace(wanted, source=self._next("S", 4, self.sources))
            self.sources[source.source] = self._by_words[_words(wanted)] = source
            self.added_sources.append(source)
        return self._by_words[_words(wanted)]

    def last_year(self) -> int:
        """The year in which the last period ends, the file's own included."""
        periods = [*self.tables["observations"]["period"], *(row.period for row in self.added)]
        return max(map(end_year, periods), default=0)

    def next_observation(self) -> str:
        """Identifier for one more observation; each call gives the next."""
        return self._next("O", 5, self.tables["observations"]["observation"])

    def _next(self, letter: str, digits: int, known: Iterable[str]) -> str:
        if letter not in self._last:
            self._last[letter] = max((int(name[1:]) for name in known if name[1:].isdigit()), default=0)
        self._last[letter] += 1
        if self._last[letter] >= 10**digits:
            full = f"{10**digits - 1} identifiers {letter}"
            raise Problem("", full, "a free identifier", "Start a new data package.")
        return f"{letter}{self._last[letter]:0{digits}d}"

    def join(self, row: Observation) -> None:
        """Take a figure in."""
        self.known(row.region, row.indicator).append(row)
        self.added.append(row)


def lookup(tables: Tables) -> Lookup:
    """Lookups over the tables of a checked data package."""
    indicators = indicators_of(tables)
    targets, regions = _records(tables["targets"]), _records(tables["regions"])
    aliases = [
        (name, entry.indicator)
        for entry in indicators.values()
        for name in (entry.indicator, entry.name_zh, entry.name_en)
    ]
    aliases += [(row["name_zh"], row["indicator"]) for row in targets if row["indicator"] in indicators]
    names = ("region", "name_zh", "name_en", "official_zh", "official_en")  # the last two are not in older packages
    places = [(row[name], row["region"]) for row in regions for name in names if row.get(name)]
    places += [(_REGION_TAIL.sub("", row["name_zh"]), row["region"]) for row in regions if row["level"] != "province"]
    places += [
        (name, row["region"])
        for row in regions
        if row["level"] == "nation"
        for name in ("中国", "国家", "0", "national")
    ]
    sources = {
        row["source"]: Source(*(str(row[name]) for name in ("source", "title", "publisher", "published", "url")))
        for row in _records(tables["sources"])
    }
    return Lookup(tables, indicators, Names("indicator", aliases), Names("region", places), sources)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return cast(list[dict[str, Any]], frame.to_dict("records"))


def _observation(row: dict[str, Any], sources: dict[str, Source]) -> Observation:
    names = ("observation", "region", "indicator", "period", "basis", "scope", "unit", "bound", "confidence", "note")
    return Observation(
        **{name: str(row[name]) for name in names},
        value=exact(row["value"]),
        source=sources[row["source"]],
        known_from=int(row["known_from"]),
    )


def _words(source: Source) -> tuple[str, ...]:
    return squeeze(source.title), squeeze(source.publisher), squeeze(source.published)


T = TypeVar("T")
PART_YEAR = {"year_end_stock": "part_year_stock", "annual_flow": "part_year_flow"}
_SOURCE_ID = re.compile(r"S\d{4}")
CODE_DIGITS, LONG_CODE_DIGITS = 6, 12
EARLY = dt.timedelta(days=31)  # figures of a year that is almost over do get published
_ADDRESS = re.compile(r"https?://[^\s]+", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """A row of the file with everything resolved; `known_from` only where the file states it."""

    row: Row
    region: str
    indicator: Indicator
    period: str
    basis: str
    scope: str
    figure: Figure
    source: Source
    confidence: str
    known_from: int | None
    note: str


def resolve(row: Row, known: Lookup, today: dt.date) -> tuple[Entry | None, list[Fault]]:
    """The entry that a row describes, or all its faults."""
    faults: list[Fault] = []

    def attempt(step: Callable[[], T]) -> T | None:
        try:
            return step()
        except Problem as problem:
            faults.append(row.fault(problem.column, problem.found, problem.expected, problem.remedy))
            return None

    region = attempt(lambda: _region(row, known))
    indicator = attempt(lambda: _indicator(row, known))
    period = attempt(lambda: _period(row, indicator, today))
    source = attempt(lambda: _source(row, known, today))
    confidence = attempt(lambda: _word(row, "confidence", CONFIDENCES) or "medium")
    known_from = attempt(lambda: _known_from(row, period, today))
    figure = basis = scope = None
    if indicator is not None:
        kind = indicator
        figure = attempt(lambda: _figure(row, kind))
        basis = attempt(lambda: _basis(row, kind, period)) if period else None
        scope = attempt(lambda: _scope(row, known, region or "", kind.indicator))
    if period and source:
        when, where = period, source
        attempt(lambda: _published_after(row, when, where))
    if faults or not (region and indicator and period and source and confidence and figure and basis):
        return None, faults
    note = "; ".join(part for part in (" ".join(row.text("note").split()), figure.note) if part)
    if figure.note and not row.text("confidence"):
        confidence = "low"  # about so many, or provisional
    return Entry(
        row, region, indicator, period, basis, scope or "", figure, source, confidence, known_from, note
    ), faults


def _region(row: Row, known: Lookup) -> str:
    code = known.region_names.code(_whole_code(row.text("region"), row.cells["region"].kind))
    named = row.text("region_name")
    if named and all(known.region_names.find(word) != code for word in (named, *named.split(maxsplit=1))):
        raise Problem("region_name", quoted(named), f"the name of region {code}", "Make code and name agree.")
    return code


def _whole_code(text: str, kind: str) -> str:
    """A region's code of six digits from the forms of offices: 64, 6401, 640000000000; a spreadsheet's 0 is 000000."""
    if not re.fullmatch(r"[0-9]+", text):
        return text
    if kind == "number" and not text.strip("0"):
        return "0" * CODE_DIGITS
    if len(text) == LONG_CODE_DIGITS and not text[CODE_DIGITS:].strip("0"):
        return text[:CODE_DIGITS]
    return text.ljust(CODE_DIGITS, "0") if len(text) in (2, 4) else text


def _indicator(row: Row, known: Lookup) -> Indicator:
    found = known.indicators[known.indicator_names.code(row.text("indicator"))]
    for column in ("name_zh", "name_en"):
        named = row.text(column)
        if named and known.indicator_names.find(named) != found.indicator:
            raise Problem(
                column,
                quoted(named),
                f"the name of {found.indicator}, {found.name_zh}",
                "Cells may have slipped: make indicator and name agree.",
            )
    return found


def _period(row: Row, indicator: Indicator | None, today: dt.date) -> str:
    cell = row.cells.get("period")
    running = coded(row.text("basis"), OBSERVATION_BASES) == "running_total"
    period = parse_period(row.text("period"), excel_date=cell is not None and cell.kind == "date", running=running)
    year_under_way = is_plain_year(period) and end_year(period) == today.year  # a question, not a fault
    if last_day(period) > today and not year_under_way:
        raise Problem(
            "period",
            quoted(row.text("period")),
            f"a period that ended by {today}",
            "Only figures of the past enter; plans and forecasts do not. Correct the period.",
        )
    if indicator is not None and indicator.basis == STOCK_BASIS:
        return re.sub(r"^([0-9]{4})-(?:12|Q4)$", r"\1", period)  # the stock at the end of December is the year's
    return period


def _figure(row: Row, indicator: Indicator) -> Figure:
    if row.cells["value"].kind in ("date", "truth"):
        raise Problem(
            "value",
            f"{row.text('value')}, which the spreadsheet holds as a {row.cells['value'].kind} value",
            "a number",
            "Format the cell as a number and type the figure again.",
        )
    figure = parse_figure(row.text("value"), row.text("unit"), indicator)
    stated = _word(row, "bound", BOUNDS)
    if stated and figure.bound and stated != figure.bound:
        raise Problem("bound", quoted(row.text("bound")), f"{figure.bound}, as the value says", "Make the two agree.")
    return replace(figure, bound=stated or figure.bound)


def _basis(row: Row, indicator: Indicator, period: str) -> str:
    stated = _word(row, "basis", OBSERVATION_BASES)
    fitting = _fitting(indicator, period)
    # the template fills in the yearly basis; a single month or quarter beside it is clear enough for stocks and flows
    if fitting and stated in (None, indicator.basis) and "/" not in period:
        return fitting[0]
    if fitting and stated is None and indicator.basis == "annual_flow":
        return fitting[0]
    if stated not in fitting:
        raise Problem(
            "basis",
            quoted(row.text("basis")),
            " or ".join(fitting) or "a plain year as period",
            f"For {indicator.name_zh} ({indicator.basis}) and the period {period}; correct basis or period.",
        )
    return str(stated)


def _fitting(indicator: Indicator, period: str) -> list[str]:
    if period.startswith("../"):
        return ["running_total"]
    if is_plain_year(period):
        return [indicator.basis]
    if "/" in period and "-" not in period:
        return [TOTAL_BASIS]
    part = PART_YEAR.get(indicator.basis)
    if part is None or ("/" in period and indicator.basis == STOCK_BASIS):
        return []
    return [part, "running_total"] if "/" in period else [part]


def _scope(row: Row, known: Lookup, region: str, indicator: str) -> str:
    stated = _word(row, "scope", SCOPES) or ""
    scopes = {row.scope for row in known.known(region, indicator) if row.scope} if region == NATION else set()
    if scopes and not stated:
        raise Problem(
            "scope",
            "an empty cell",
            " or ".join(sorted(scopes)),
            "National figures of different coverage are never mixed: say what the source covers.",
        )
    if stated and region and region != NATION:
        raise Problem("scope", quoted(row.text("scope")), "an empty cell", "Only national figures differ by coverage.")
    return stated


def _word(row: Row, column: str, words: dict[str, tuple[str, ...]]) -> str | None:
    text = row.text(column)
    code = coded(text, words) if text else None
    if text and code is None:
        known = [word for name, pair in words.items() for word in (name, *pair)]
        raise Problem(
            column,
            quoted(text),
            "one of " + ", ".join(words),
            nearest(text[:QUOTED], known) or "Use one of these words.",
        )
    return code


def _source(row: Row, known: Lookup, today: dt.date) -> Source:
    title = _line(row, "source")
    if _SOURCE_ID.fullmatch(title.upper()):
        if title.upper() not in known.sources:
            raise Problem(
                "source",
                quoted(title),
                "a source of sources.csv, or a title",
                nearest(title.upper(), known.sources) or "Give title, publisher and date instead.",
            )
        return known.sources[title.upper()]
    if not re.search(r"\w", title):
        raise Problem("source", quoted(title), "the title of the document", "A figure without a source does not enter.")
    publisher, url = _line(row, "publisher"), _line(row, "url")
    if not (publisher or url):
        raise Problem(
            "publisher", "an empty cell", "the publisher, or the address of the page", "Say who published the figure."
        )
    if url and not _ADDRESS.fullmatch(url):
        raise Problem("url", quoted(url), "an address beginning with http:// or https://", "Copy the whole address.")
    published = parse_date(row.text("published"), today=today) if row.text("published") else ""
    return Source("", title, publisher, published, url)


def _line(row: Row, column: str) -> str:
    return " ".join(row.text(column).split())


def _published_after(row: Row, period: str, source: Source) -> None:
    if source.published and latest_day(source.published) < last_day(period) - EARLY:
        column = "published" if row.text("published") else "source"
        raise Problem(
            column,
            quoted(source.published),
            f"{last_day(period) - EARLY} or later",
            f"A document cannot report {period} before it ends. Correct period or date.",
        )


def _known_from(row: Row, period: str | None, today: dt.date) -> int | None:
    text = narrow(row.text("known_from"), "known_from").removesuffix("年")
    if not text:
        return None
    first = end_year(period) if period else FIRST_YEAR
    if not re.fullmatch(r"[0-9]{4}", text) or not first <= int(text) <= today.year:
        raise Problem("known_from", quoted(text), f"a year from {first} to {today.year}", "Leave it blank if unsure.")
    return int(text)
