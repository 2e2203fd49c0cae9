"""Which of several figures of one cell is used: one rule for the shipped tables and for additions alike."""

from __future__ import annotations

import re
from collections.abc import Hashable
from decimal import Decimal
from typing import Any, cast

import pandas as pd

CELL = ["region", "indicator", "period", "basis", "scope", "known_from"]
YEARBOOK, OFFICE, REPORT = 1, 2, 3
_YEARBOOK = re.compile(r"统计年鉴|yearbook|techme", re.IGNORECASE)
_OFFICE = re.compile(
    r"^(?:国家(?:知识产权局|统计局|版权局|工商)|中国版权保护中心|cnipa|sipo|national bureau of statistics)"
    r"|(?:cnipa|sipo|stats|ncac)\.gov\.cn",
    re.IGNORECASE,
)
_CONFIDENCE = {"high": 0, "medium": 1, "low": 2}


def source_tier(title: str, publisher: str, url: str) -> int:
    """Rank of a source by its kind: 1 a statistical yearbook's table, 2 a national office, 3 any other."""
    if any(_YEARBOOK.search(text) for text in (title, publisher, url)):
        return YEARBOOK
    return OFFICE if any(_OFFICE.search(text) for text in (publisher, url)) else REPORT


def standing(bound: str, tier: int, confidence: str) -> tuple[int, int, int]:
    """How good a statement is, whatever its figure: smaller is better; exact before bounds, then source, confidence."""
    return bool(bound), tier, _CONFIDENCE.get(confidence, len(_CONFIDENCE))


def preference(value: Decimal, bound: str, tier: int, confidence: str) -> tuple[float, ...]:
    """Sort key of the figures of one cell; the smallest is used, of equal ones the first listed (data/README.md).

    An exact figure before a bound, then by the kind of source, by confidence; of lower bounds the highest, of upper
    ones the lowest, of exact figures the least rounded.
    """
    says_less = {"lower": -float(value), "upper": float(value)}.get(bound, 0.0)
    return *standing(bound, tier, confidence), says_less, float(last_place(value))


def last_place(value: Decimal) -> Decimal:
    """Size of the last digit that is not a zero: 0.01 of 8.25, 1000 of 107000."""
    return Decimal(1).scaleb(int(value.normalize().as_tuple().exponent)) if value else Decimal(1)


def exact(value: float) -> Decimal:
    """A figure as it was written: a double holds 15 digits, further ones are noise of binary fractions."""
    return Decimal(f"{value:.15g}")


def used(observations: pd.DataFrame, sources: pd.DataFrame) -> pd.Series:
    """Whether each row stands for its cell: the best of those that may (`use`), rows as in the table's order.

    Parameters
    ----------
    observations : typed rows of `observations.csv`; `use` is false for a row that a person ruled out.
    sources : rows of `sources.csv`.
    """
    chosen = observations["use"].copy()
    contested = observations[chosen & observations.assign(may=chosen).duplicated([*CELL, "may"], keep=False)]
    cited = sources[sources["source"].isin(contested["source"])].drop_duplicates("source")
    places = cited[["source", "title", "publisher", "url"]].itertuples(index=False, name=None)
    tiers = {name: source_tier(*place) for name, *place in places}
    best: dict[tuple[Any, ...], tuple[tuple[float, ...], Hashable]] = {}
    rows = cast(list[dict[str, Any]], contested.to_dict("records"))
    for index, row in zip(contested.index, rows, strict=True):
        value = Decimal(0) if pd.isna(row["value"]) else exact(row["value"])
        key = preference(value, row["bound"], tiers.get(row["source"], REPORT), row["confidence"])
        cell = tuple(row[name] for name in CELL)
        if cell not in best or key < best[cell][0]:
            best[cell] = key, index
    chosen[contested.index] = False
    chosen[[index for _, index in best.values()]] = True
    return chosen
