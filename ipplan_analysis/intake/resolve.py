"""One row of a file resolved against what the package knows, or everything that is wrong with it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeVar

from ipplan_analysis.data.period import FIRST_YEAR, end_year, is_plain_year
from ipplan_analysis.data.snapshot import NATION
from ipplan_analysis.intake.faults import QUOTED, Problem, narrow
from ipplan_analysis.intake.layout import Row
from ipplan_analysis.intake.lookup import Lookup, Observation, Source
from ipplan_analysis.intake.parse import Figure, Written, in_unit_of, last_day, parse_date, parse_number, parse_period
from ipplan_analysis.intake.words import BOUNDS, CONFIDENCES, DECIMALS, OBSERVATION_BASES, SCOPES, coded, fold
from ipplan_analysis.schema import STOCK_BASIS, TOTAL_BASIS, Fault, Indicator, nearest

T = TypeVar("T")
Outcome = Literal["new", "same", "repeat", "rounded", "bound", "revision", "conflict"]
Used = Literal["new", "old", "both", "earlier"]
PART_YEAR = {"year_end_stock": "part_year_stock", "annual_flow": "part_year_flow"}
WHOLE = ("全区", "全省", "全市")  # an autonomous region, province or city in a document of its own
EARLY = dt.timedelta(days=31)  # figures of a year that is almost over do get published


@dataclass(frozen=True)
class Change:
    """A row of the file and what becomes of it.

    Attributes
    ----------
    new : the figure as it enters; `known_from` is 0 until it is ruled on, unless the file states it.
    half_step : half of the last digit that the file writes.
    outcome, used : how it stands to the used figure of its cell, and which of the two is used.
    existing : that figure; None in a cell without one.
    before : the yearly figure before it.
    questions : what needs a reason.
    """

    row: Row
    indicator: Indicator
    new: Observation
    half_step: Decimal
    outcome: Outcome = "new"
    used: Used = "new"
    existing: Observation | None = None
    before: Observation | None = None
    questions: tuple[Fault, ...] = ()


def resolve(row: Row, known: Lookup, today: dt.date) -> tuple[Change | None, list[Fault]]:
    """The figure that a row describes, as if it stood alone; or all the row's faults."""
    faults: list[Fault] = []

    def attempt(column: str, step: Callable[..., T], *needed: object) -> T | None:
        try:
            return None if None in needed else step(row, *needed)
        except Problem as problem:
            faults.append(row.refused(column, problem))
            return None

    region = attempt("region", _region, known)
    indicator = attempt("indicator", _indicator, known)
    period = attempt("period", _period, today)
    if indicator and indicator.basis == STOCK_BASIS and period:
        period = re.sub(r"^([0-9]{4})-(?:12|Q4)$", r"\1", period)  # the stock at the end of December is the year's
    source = attempt("source", _source, known, today)
    confidence = attempt("confidence", _word, "confidence", CONFIDENCES)
    known_from = attempt("known_from", _known_from, period or "", today)
    number = attempt("value", lambda row: _number(row, indicator))  # read even where the indicator is not known
    figure = attempt("value", _figure, indicator, number)
    basis = attempt("basis", _basis, indicator, period)
    scope = attempt("scope", _scope, known, region or "", indicator)
    attempt("published" if row.text("published") else "source", _published_after, period, source)
    if faults or not (region and indicator and period and source and figure and basis):
        return None, faults
    note = "; ".join(part for part in (_line(row, "note"), figure.note) if part)
    confidence = confidence or ("low" if figure.note else "medium")  # about so many, or provisional
    new = Observation(
        observation="",
        region=region,
        indicator=indicator.indicator,
        period=period,
        basis=basis,
        scope=scope or "",
        value=figure.value,
        unit=indicator.unit,
        bound=figure.bound,
        source=source,
        confidence=confidence,
        known_from=known_from or 0,
        note=note,
    )
    return Change(row, indicator, new, figure.half_step), faults


def _region(row: Row, known: Lookup) -> str:
    text = row.text("region")
    if fold(text) in WHOLE:
        return _own_region(text, row.given.get("region", ""), known)
    code = known.region_names.code(text)
    named = row.text("region_name")
    if named and all(known.region_names.find(word) != code for word in (named, *named.split(maxsplit=1))):
        raise Problem(named, f"the name of region {code}", "Make code and name agree.", column="region_name")
    return code


def _own_region(text: str, given: str, known: Lookup) -> str:
    """The region of a document that calls it by the kind of region alone."""
    code = known.region_names.find(given)
    if code is None or not known.regions[code].get("official_zh", "").endswith(fold(text)[1:]):
        remedy = "Name the region; or give --region, if the document is that region's own."
        raise Problem(text, "a code or name of regions.csv", remedy)
    return code


def _indicator(row: Row, known: Lookup) -> Indicator:
    found = known.indicators[known.indicator_names.code(row.text("indicator"))]
    for column in ("name_zh", "name_en"):
        named = row.text(column)
        if named and known.indicator_names.find(named) != found.indicator:
            expected = f"the name of {found.indicator}, {found.name_zh}"
            raise Problem(named, expected, "Cells may have slipped: make indicator and name agree.", column=column)
    return found


def _period(row: Row, today: dt.date) -> str:
    text, is_date = row.text("period"), row.kind("period") == "date"
    running = coded(row.text("basis"), OBSERVATION_BASES) == "running_total"
    period = parse_period(text, excel_date=is_date, running=running)
    year_under_way = is_plain_year(period) and end_year(period) == today.year  # a question, not a fault
    if last_day(period) > today and not year_under_way:
        remedy = "Only figures of the past enter; plans and forecasts do not. Correct the period."
        raise Problem(text, f"a period that ended by {today}", remedy)
    return period


def _number(row: Row, indicator: Indicator | None) -> Written:
    text, kind = row.text("value"), row.kind("value")
    if kind in ("date", "truth"):
        found = f"{text}, which the spreadsheet holds as a {kind} value"
        raise Problem(text, "a number", "Format the cell as a number and type the figure again.", found=found)
    decimal = _word(row, "decimal", DECIMALS) if kind == "text" else None
    return parse_number(text, decimal=decimal or "point", of=indicator)


def _figure(row: Row, indicator: Indicator, number: Written) -> Figure:
    figure = in_unit_of(indicator, number, row.text("unit"))
    stated = _word(row, "bound", BOUNDS)
    if stated and figure.bound not in ("", stated):
        raise Problem(row.text("bound"), f"{figure.bound}, as the value says", "Make the two agree.", column="bound")
    return figure._replace(bound=stated or figure.bound)


def _basis(row: Row, indicator: Indicator, period: str) -> str:
    stated = _word(row, "basis", OBSERVATION_BASES)
    fitting = _fitting(indicator, period)
    # the template fills in the yearly basis; a single month or quarter beside it is clear enough for stocks and flows
    beside_template = stated == indicator.basis and "/" not in period
    if fitting and (beside_template or (stated is None and ("/" not in period or indicator.basis == "annual_flow"))):
        return fitting[0]
    if stated not in fitting:
        remedy = f"For {indicator.name_zh} ({indicator.basis}) and the period {period}; correct basis or period."
        raise Problem(row.text("basis"), " or ".join(fitting) or "a plain year as period", remedy)
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


def _scope(row: Row, known: Lookup, region: str, indicator: Indicator) -> str:
    stated = _word(row, "scope", SCOPES) or ""
    rows = known.of(region, indicator.indicator) if region == NATION else []
    scopes = sorted({other.scope for other in rows if other.scope})
    if scopes and not stated:
        remedy = "National figures of different coverage are never mixed: say what the source covers."
        raise Problem("", " or ".join(scopes), remedy)
    if stated and region and region != NATION:
        raise Problem(row.text("scope"), "an empty cell", "Only national figures differ by coverage.")
    return stated


def _word(row: Row, column: str, words: dict[str, tuple[str, ...]]) -> str | None:
    text = row.text(column)
    code = coded(text, words) if text else None
    if text and code is None:
        hint = nearest(text[:QUOTED], (word for name, pair in words.items() for word in (name, *pair)))
        raise Problem(text, "one of " + ", ".join(words), hint or "Use one of these words.", column=column)
    return code


def _source(row: Row, known: Lookup, today: dt.date) -> Source:
    title, publisher, url, published = (_line(row, name) for name in ("source", "publisher", "url", "published"))
    if re.fullmatch(r"S\d{4}", title.upper()):
        if title.upper() not in known.sources:
            hint = nearest(title.upper(), known.sources)
            remedy = hint or "Give title, publisher and date instead."
            raise Problem(title, "a source of sources.csv, or a title", remedy)
        return known.sources[title.upper()]
    if not re.search(r"\w", title):
        raise Problem(title, "the title of the document", "A figure without a source does not enter.")
    if not (publisher or url):
        expected = "the publisher, or the address of the page"
        raise Problem("", expected, "Say who published the figure.", column="publisher")
    if url and not re.fullmatch(r"https?://[^\s]+", url, re.IGNORECASE):
        raise Problem(url, "an address beginning with http:// or https://", "Copy the whole address.", column="url")
    return Source("", title, publisher, parse_date(published, today=today) if published else "", url)


def _line(row: Row, column: str) -> str:
    return " ".join(row.text(column).split())


def _published_after(row: Row, period: str, source: Source) -> None:
    earliest = last_day(period) - EARLY
    if source.published and last_day(source.published) < earliest:
        remedy = f"A document cannot report {period} before it ends. Correct period or date."
        raise Problem(source.published, f"{earliest} or later", remedy)


def _known_from(row: Row, period: str, today: dt.date) -> int | None:
    text = narrow(row.text("known_from")).removesuffix("年")
    first = end_year(period) if period else FIRST_YEAR
    if text and not (re.fullmatch(r"[0-9]{4}", text) and first <= int(text) <= today.year):
        raise Problem(text, f"a year from {first} to {today.year}", "Leave it blank if unsure.")
    return int(text) if text else None
