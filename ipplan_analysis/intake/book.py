"""What the package knows already, by cell, and the records that an addition adds to it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, cast

import pandas as pd

from ipplan_analysis.data.check import Tables
from ipplan_analysis.data.period import end_year, is_plain_year
from ipplan_analysis.intake.faults import Problem
from ipplan_analysis.intake.parse import Names, squeeze
from ipplan_analysis.schema import Indicator

# order of preference among sources (data/README.md): yearbook table, table of a national office, anything else
YEARBOOK, OFFICE, REPORT = 1, 2, 3
_YEARBOOK = re.compile(r"统计年鉴|yearbook|techme", re.IGNORECASE)
_OFFICE = re.compile(
    r"^(?:国家(?:知识产权局|统计局|版权局|工商)|中国版权保护中心|cnipa|sipo|national bureau of statistics)"
    r"|(?:cnipa|sipo|stats|ncac)\.gov\.cn",
    re.IGNORECASE,
)


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
        if any(_YEARBOOK.search(text) for text in (self.title, self.publisher, self.url)):
            return YEARBOOK
        return OFFICE if any(_OFFICE.search(text) for text in (self.publisher, self.url)) else REPORT


@dataclass
class Held:
    """One observation of the package or of the file; `use` and `note` can change."""

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
    use: bool
    note: str

    def row(self) -> dict[str, str]:
        """The observation as `observations.csv` writes it."""
        return {
            "observation": self.observation,
            "region": self.region,
            "indicator": self.indicator,
            "period": self.period,
            "basis": self.basis,
            "scope": self.scope,
            "value": format(self.value.normalize(), "f") if self.value else "0",
            "unit": self.unit,
            "bound": self.bound,
            "source": self.source.source,
            "confidence": self.confidence,
            "known_from": str(self.known_from),
            "use": "yes" if self.use else "no",
            "note": self.note,
        }


_REGION_TAIL = re.compile(r"(?:回族|壮族|维吾尔)?(?:特别行政区|自治区|省|市)$")


@dataclass
class Book:
    """Lookups over the package's tables; figures of the file join as they are ruled on."""

    tables: Tables
    indicators: dict[str, Indicator]
    indicator_names: Names
    region_names: Names
    sources: dict[str, Source]
    new_sources: list[Source] = field(default_factory=list)
    new_rows: list[Held] = field(default_factory=list)
    edited: dict[str, Held] = field(default_factory=dict)
    _cells: dict[tuple[str, str], list[Held]] = field(default_factory=dict)
    _by_words: dict[tuple[str, ...], Source] = field(default_factory=dict)
    _last: dict[str, int] = field(default_factory=dict)

    def held(self, region: str, indicator: str) -> list[Held]:
        """Every observation of an indicator in a region, the file's own included."""
        key = (region, indicator)
        if key not in self._cells:
            rows = self.tables["observations"]
            rows = rows[rows["region"].eq(region) & rows["indicator"].eq(indicator)]
            self._cells[key] = [_held(row, self.sources) for row in cast(list[dict[str, Any]], rows.to_dict("records"))]
        return self._cells[key]

    def yearly(self, region: str, indicator: str, scope: str) -> dict[int, Held]:
        """The figures in use of plain years, by year; of versions the newest."""
        basis = self.indicators[indicator].basis
        rows = [
            held
            for held in self.held(region, indicator)
            if held.use
            and held.basis == basis
            and held.scope == scope
            and is_plain_year(held.period)
            and not held.bound
        ]
        return {end_year(held.period): held for held in sorted(rows, key=lambda held: held.known_from)}

    def source_for(self, wanted: Source) -> Source:
        """The source with the same title, publisher and date; a new one with the next number if there is none."""
        if not self._by_words:
            for source in reversed(self.sources.values()):  # of sources with the same words the first counts
                self._by_words[_words(source)] = source
        if _words(wanted) not in self._by_words:
            source = replace(wanted, source=self._next("S", 4, self.sources))
            self.sources[source.source] = self._by_words[_words(wanted)] = source
            self.new_sources.append(source)
        return self._by_words[_words(wanted)]

    def last_year(self) -> int:
        """The year in which the last period ends, the file's own included."""
        periods = [*self.tables["observations"]["period"], *(held.period for held in self.new_rows)]
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

    def join(self, held: Held) -> None:
        """Take a ruled figure in."""
        self.held(held.region, held.indicator).append(held)
        self.new_rows.append(held)

    def change(self, held: Held, *, use: bool, note: str) -> None:
        """Change `use` and note of a figure."""
        held.use, held.note = use, note
        if all(held is not row for row in self.new_rows):
            self.edited[held.observation] = held


def open_book(tables: Tables, indicators: dict[str, Indicator]) -> Book:
    """Lookups over the tables of a checked data package."""
    targets, regions = _records(tables["targets"]), _records(tables["regions"])
    aliases = [
        (name, entry.indicator)
        for entry in indicators.values()
        for name in (entry.indicator, entry.name_zh, entry.name_en)
    ]
    aliases += [(row["name_zh"], row["indicator"]) for row in targets if row["indicator"] in indicators]
    places = [(name, row["region"]) for row in regions for name in (row["region"], row["name_zh"], row["name_en"])]
    places += [(_REGION_TAIL.sub("", row["name_zh"]), row["region"]) for row in regions]
    places += [
        (row["name_zh"] + tail, row["region"])
        for row in regions
        if row["level"] == "province"
        for tail in ("省", "市", "自治区", "回族自治区", "壮族自治区", "维吾尔自治区")
    ]
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
    return Book(tables, indicators, Names("indicator", aliases), Names("region", places), sources)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return cast(list[dict[str, Any]], frame.to_dict("records"))


def _held(row: dict[str, Any], sources: dict[str, Source]) -> Held:
    names = ("observation", "region", "indicator", "period", "basis", "scope", "unit", "bound", "confidence", "note")
    return Held(
        **{name: str(row[name]) for name in names},
        value=Decimal(f"{row['value']:.15g}"),
        source=sources[row["source"]],
        known_from=int(row["known_from"]),
        use=bool(row["use"]),
    )


def _words(source: Source) -> tuple[str, ...]:
    return squeeze(source.title), squeeze(source.publisher), squeeze(source.published)
