"""What the package knows when figures are taken in: by cell, by name, by source."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeVar, cast

import pandas as pd

from ipplan_analysis.data.check import Tables
from ipplan_analysis.data.contested import exact, preference, source_tier
from ipplan_analysis.data.period import end_year, is_plain_year
from ipplan_analysis.data.snapshot import indicators_of
from ipplan_analysis.intake.faults import Problem
from ipplan_analysis.intake.parse import Names, plain
from ipplan_analysis.intake.words import fold

T = TypeVar("T")
LONG_CODE = 12  # digits of a code as some offices write it, 640000000000
OTHER_NAMES = {"nation": ("中国", "国家", "0", "national")}  # of regions of a level


@dataclass(frozen=True)
class Source:
    """One row of `sources.csv`; a new one has no identifier until it is taken in."""

    source: str
    title: str
    publisher: str
    published: str
    url: str

    @property
    def tier(self) -> int:
        """Rank of the source by kind: 1 yearbook table, 2 national office, 3 any other."""
        return source_tier(self.title, self.publisher, self.url)

    @property
    def words(self) -> tuple[str, ...]:
        """What two mentions of one source share."""
        return fold(self.title), fold(self.publisher), fold(self.published)


@dataclass(frozen=True)
class Observation:
    """One figure of the package or of the file; one of the file has no identifier until it is taken in."""

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
    use: bool = True

    @property
    def cell(self) -> tuple[str, str, str]:
        """What, besides region and indicator, two figures must share to speak of the same thing."""
        return self.period, self.basis, self.scope

    @property
    def preference(self) -> tuple[float, ...]:
        """Sort key among the figures of one cell: the smallest is used; the first three say how good the statement is."""
        return preference(self.value, self.bound, self.source.tier, self.confidence)

    def as_row(self) -> dict[str, str]:
        """The figure as a file of additions writes it, its source in full."""
        words = {name: str(value) for name, value in vars(self).items()}
        return words | vars(self.source) | {"value": plain(self.value), "use": "yes"}


class Lookup:
    """What the package knows; figures of the file join as they are ruled on."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.added: list[Observation] = []
        self.added_sources: list[Source] = []
        self.indicators = indicators_of(self.tables)
        self.regions = {row["region"]: row for row in _records(self.tables["regions"])}
        self.sources = {row["source"]: _made(Source, row) for row in _records(self.tables["sources"])}
        self.indicator_names = Names("indicators.csv", self._names_of_indicators())
        self.region_names = Names("regions.csv", self._names_of_regions())
        self._by_words = {source.words: source for source in reversed(self.sources.values())}  # the first counts
        self._rows: dict[tuple[str, str], list[Observation]] = {}
        self._last: dict[str, int] = {}

    def _names_of_indicators(self) -> Iterable[tuple[str, str]]:
        for entry in self.indicators.values():
            yield from ((name, entry.indicator) for name in (entry.indicator, entry.name_zh, entry.name_en))
        for row in _records(self.tables["targets"]):
            if row["indicator"] in self.indicators:
                yield row["name_zh"], row["indicator"]

    def _names_of_regions(self) -> Iterable[tuple[str, str]]:
        columns = ("region", "name_zh", "name_en", "official_zh", "official_en")  # older packages lack the last two
        for code, row in self.regions.items():
            yield from ((row[name], code) for name in columns if row.get(name))
        for code, row in self.regions.items():
            if row["level"] != "province":
                yield row["name_zh"].removesuffix("市"), code
            short = (start for start in (code[:2], code[:4]) if start.ljust(len(code), "0") == code)
            yield from (
                (name, code) for name in (*OTHER_NAMES.get(row["level"], ()), *short, code.ljust(LONG_CODE, "0"))
            )

    def of(self, region: str, indicator: str) -> list[Observation]:
        """Every observation of an indicator in a region, the file's own included."""
        if (region, indicator) not in self._rows:
            rows = self.tables["observations"]
            rows = rows[rows["region"].eq(region) & rows["indicator"].eq(indicator)]
            self._rows[region, indicator] = [
                _made(Observation, row | {"value": exact(row["value"]), "source": self.sources[row["source"]]})
                for row in _records(rows)
            ]
        return self._rows[region, indicator]

    def in_use(self, region: str, indicator: str) -> list[Observation]:
        """Of each cell's figures the one that is used; of those that became known in other years each its own."""
        rows = sorted((row for row in self.of(region, indicator) if row.use), key=lambda row: row.preference)
        return list({(*row.cell, row.known_from): row for row in reversed(rows)}.values())

    def yearly(self, like: Observation) -> dict[int, Observation]:
        """The figures in use of plain years beside one figure, by year; of versions the newest."""
        rows = [
            row
            for row in self.in_use(like.region, like.indicator)
            if row.basis == self.indicators[row.indicator].basis
            and row.scope == like.scope
            and is_plain_year(row.period)
            and not row.bound
        ]
        return {end_year(row.period): row for row in sorted(rows, key=lambda row: row.known_from)}

    def source_for(self, wanted: Source) -> Source:
        """The source with the same title, publisher and date; a new one with the next number if there is none."""
        if wanted.source:
            return wanted
        if wanted.words not in self._by_words:
            source = replace(wanted, source=self._next("S", 4, self.sources))
            self.sources[source.source] = self._by_words[source.words] = source
            self.added_sources.append(source)
        return self._by_words[wanted.words]

    @property
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
            found = f"{10**digits - 1} identifiers {letter}"
            raise Problem("", "a free identifier", "Start a new data package.", found=found)
        return f"{letter}{self._last[letter]:0{digits}d}"

    def join(self, row: Observation) -> None:
        """Take a figure in."""
        self.of(row.region, row.indicator).append(row)
        self.added.append(row)


def _made(kind: type[T], row: dict[str, Any]) -> T:
    """A record from a table's row, whatever further columns that has."""
    return kind(**{name: row[name] for name in inspect.signature(kind).parameters})


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return cast(list[dict[str, Any]], frame.to_dict("records"))
