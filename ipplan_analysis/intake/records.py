"""Rows of the data package as the intake handles them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

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
