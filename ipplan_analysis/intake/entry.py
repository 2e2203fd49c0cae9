"""One row of a file resolved into an observation, or everything that is wrong with it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ipplan_analysis.data.period import FIRST_YEAR, end_year, is_plain_year
from ipplan_analysis.data.snapshot import NATION
from ipplan_analysis.intake.faults import QUOTED, Problem, narrow, quoted
from ipplan_analysis.intake.lookup import Lookup, Source
from ipplan_analysis.intake.parse import (
    CONFIDENCES,
    OBSERVATION_BASES,
    SCOPES,
    Figure,
    coded,
    last_day,
    latest_day,
    parse_date,
    parse_figure,
    parse_period,
)
from ipplan_analysis.intake.read import Row
from ipplan_analysis.schema import STOCK_BASIS, TOTAL_BASIS, Fault, Indicator, nearest

T = TypeVar("T")
PART_YEAR = {"year_end_stock": "part_year_stock", "annual_flow": "part_year_flow"}
_SOURCE_ID = re.compile(r"S\d{4}")
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
    period = attempt(lambda: _period(row, today))
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
    note = " ".join(row.text("note").split())
    return Entry(
        row, region, indicator, period, basis, scope or "", figure, source, confidence, known_from, note
    ), faults


def _region(row: Row, known: Lookup) -> str:
    text = row.text("region")
    code = known.region_names.code(text.zfill(6) if row.cells["region"].kind == "number" else text)
    named = row.text("region_name")
    if named and all(known.region_names.find(word) != code for word in (named, *named.split(maxsplit=1))):
        raise Problem("region_name", quoted(named), f"the name of region {code}", "Make code and name agree.")
    return code


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


def _period(row: Row, today: dt.date) -> str:
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
    return period


def _figure(row: Row, indicator: Indicator) -> Figure:
    if row.cells["value"].kind in ("date", "truth"):
        raise Problem(
            "value",
            f"{row.text('value')}, which the spreadsheet holds as a {row.cells['value'].kind} value",
            "a number",
            "Format the cell as a number and type the figure again.",
        )
    return parse_figure(row.text("value"), row.text("unit"), indicator)


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
