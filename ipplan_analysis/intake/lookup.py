"""What the package knows already, by cell and by name, and the figures that an addition adds to it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, cast

import pandas as pd

from ipplan_analysis.data.check import Tables
from ipplan_analysis.data.contested import exact, preference, source_tier, standing
from ipplan_analysis.data.period import end_year, is_plain_year
from ipplan_analysis.data.snapshot import indicators_of
from ipplan_analysis.intake.faults import Problem
from ipplan_analysis.intake.parse import Names, plain, squeeze
from ipplan_analysis.schema import Indicator


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


_REGION_TAIL = re.compile(r"(?:回族|壮族|维吾尔)?(?:特别行政区|自治区|省|市)$")


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
