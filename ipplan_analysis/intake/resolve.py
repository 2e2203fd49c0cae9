"""Contested cells: which figure is used, and what a person has to say before one replaces another."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from ipplan_analysis.data.period import end_year, is_plain_year
from ipplan_analysis.intake.book import OFFICE, YEARBOOK, Book, Held, Source
from ipplan_analysis.intake.entry import Entry
from ipplan_analysis.intake.parse import plain, years_in
from ipplan_analysis.schema import STOCK_BASIS, TOTAL_BASIS, USUAL_LAG, Fault

Outcome = Literal["new", "same", "repeat", "rounded", "bound", "revision", "conflict"]
Used = Literal["new", "old", "both", "earlier"]
CONFIDENCE = {"high": 0, "medium": 1, "low": 2}
_NOT_USED = re.compile(r"(?:; )?not used: [^;]*")
_WAS_USED = re.compile(r"(?:; )?used: [^;]*; differs from O\d{5}(?:, O\d{5})*")


@dataclass(frozen=True)
class Ruling:
    """The figure as it enters, the figure that held its cell, and which of the two is used."""

    entry: Entry
    held: Held
    existing: Held | None
    existing_value: Decimal | None
    outcome: Outcome
    used: Used


def rule(entry: Entry, book: Book, today: dt.date) -> Ruling:
    """Enter a figure into the book beside those that share its region, indicator, period, basis and scope.

    A cell without a used figure takes the new one. An equal figure is kept unused; of two that agree within rounding
    the less rounded one is used. A different one published more than `USUAL_LAG` years after the period is another
    version with its own known_from, unless a better source stands there; otherwise the better source is used and the
    other kept.
    """
    new = _entering(entry, book, today)
    cell = [held for held in book.held(new.region, new.indicator) if _cell(held) == _cell(new)]
    again = next((held for held in cell if _statement(held) == _statement(new)), None)
    if again is not None:
        return Ruling(entry, again, again, again.value, "same", "old")
    new.observation = book.next_observation()
    existing = _counterpart(cell, new.known_from)
    if existing is None:
        new.known_from = entry.known_from or end_year(entry.period)
        book.join(new)
        return Ruling(entry, new, None, None, "new", "new")
    value = existing.value
    outcome, used = _decide(new, existing, cell, entry, book)
    book.join(new)
    return Ruling(entry, new, existing, value, outcome, used)


def _entering(entry: Entry, book: Book, today: dt.date) -> Held:
    source = entry.source if entry.source.source else book.source_for(entry.source)
    known = entry.known_from or _became_known(entry, today)
    return Held(
        observation="",
        region=entry.region,
        indicator=entry.indicator.indicator,
        period=entry.period,
        basis=entry.basis,
        scope=entry.scope,
        value=entry.figure.value,
        unit=entry.indicator.unit,
        bound=entry.figure.bound,
        source=source,
        confidence=entry.confidence,
        known_from=known,
        use=True,
        note=entry.note,
    )


def _cell(held: Held) -> tuple[str, str, str]:
    return held.period, held.basis, held.scope


def _statement(held: Held) -> tuple[Source, Decimal, str]:
    return held.source, held.value, held.bound


def _became_known(entry: Entry, today: dt.date) -> int:
    year = int(entry.source.published[:4]) if entry.source.published else today.year
    end = end_year(entry.period)
    return year if year > end + USUAL_LAG else end


def _counterpart(cell: list[Held], known: int) -> Held | None:
    """The used figure that a figure known from `known` is compared with: the newest until then, else the first."""
    used = sorted((held for held in cell if held.use), key=lambda held: held.known_from)
    before = [held for held in used if held.known_from <= known]
    return before[-1] if before else (used[0] if used else None)


def _decide(new: Held, old: Held, cell: list[Held], entry: Entry, book: Book) -> tuple[Outcome, Used]:
    relation = _relation(new, old, entry.figure.half_step)
    better = _preference(new) < _preference(old)
    if relation == "rounded":  # one figure, written twice: the order among sources that differ does not apply
        better = entry.figure.half_step < _half_step(old.value)
    if relation == "repeat":
        new.use, new.known_from = False, old.known_from
        new.note = _joined(new.note, f"not used: repeats {old.observation}")
        return relation, "old"
    if relation == "conflict" and new.known_from != old.known_from and _standing(new) <= _standing(old):
        new.note = _joined(new.note, f"another version of {old.observation}")
        return "revision", "both" if new.known_from > old.known_from else "earlier"
    if relation != "conflict" or better:
        new.known_from = old.known_from
    if not better:
        new.use = False
        new.note = _joined(new.note, f"not used: {_reason(old, new, relation)} ({old.observation})")
        if new.value != old.value:
            book.change(old, use=True, note=_naming(old.note, _title(old), new.observation))
        return relation, "old"
    _displace(new, old, cell, book, relation)
    return relation, "new"


def _relation(new: Held, old: Held, half_step: Decimal) -> Outcome:
    if new.bound or old.bound:
        if (new.value, new.bound) == (old.value, old.bound):
            return "repeat"
        agree = (new.bound and old.bound) or (new.value <= old.value if new.bound else new.value >= old.value)
        return "bound" if agree else "conflict"
    if new.value == old.value:
        return "repeat"
    step = max(half_step, _half_step(old.value))
    return "rounded" if abs(new.value - old.value) <= step else "conflict"


def _half_step(value: Decimal) -> Decimal:
    exponent = value.normalize().as_tuple().exponent
    return Decimal(1).scaleb(min(0, int(exponent))) / 2


def _standing(held: Held) -> tuple[int, ...]:
    return bool(held.bound), held.source.tier, CONFIDENCE[held.confidence]


def _preference(held: Held) -> tuple[object, ...]:
    """Smaller is better: exact, kind of source, confidence, less rounded."""
    digits = len(held.value.normalize().as_tuple().digits)
    bound = float(-held.value) if held.bound else 0.0  # of two lower bounds the higher says more
    return *_standing(held), bound, -digits


def _displace(new: Held, old: Held, cell: list[Held], book: Book, relation: Outcome) -> None:
    """Move `use` from the old figure to the new one, and let every note say so."""
    new.note = _joined(new.note, _naming("", _title(new), old.observation))
    for held in cell:
        if held is old:
            note = _joined(
                _WAS_USED.sub("", held.note), f"not used: {_reason(new, held, relation)} ({new.observation})"
            )
            book.change(held, use=False, note=note)
        elif not held.use and re.search(rf"not used: [^;]*{old.observation}", held.note):
            verdict = (
                f"repeats {new.observation}" if held.value == new.value else f"{_reason(new, held)} ({new.observation})"
            )
            book.change(held, use=False, note=_joined(_NOT_USED.sub("", held.note), f"not used: {verdict}"))


def _title(held: Held) -> str:
    kinds = {YEARBOOK: "yearbook table", OFFICE: "national-office table"}
    return kinds.get(held.source.tier, f"report of {held.confidence} confidence")


def _reason(winner: Held, loser: Held, relation: Outcome = "conflict") -> str:
    if relation == "rounded":
        return "less rounded figure preferred"
    if loser.bound and not winner.bound:
        return "exact figure preferred to a lower bound"
    if winner.bound and loser.bound:
        return "higher lower bound preferred"
    if (winner.source.tier, winner.confidence) != (loser.source.tier, loser.confidence):
        return f"{_title(winner)} preferred"
    if _preference(winner) < _preference(loser):
        return "less rounded figure preferred"
    return "equal sources, first listed preferred"


def _naming(note: str, title: str, observation: str) -> str:
    """A used figure's note with one more row that it differs from."""
    if _WAS_USED.search(note):
        return _WAS_USED.sub(lambda match: f"{match.group()}, {observation}", note)
    return _joined(note, f"used: {title}; differs from {observation}")


def _joined(note: str, addition: str) -> str:
    return "; ".join(part for part in (note.removeprefix("; "), addition) if part)


FAR = 5  # times the last figure, either way: a slip of 万 or of a column is larger, honest growth is rarely so fast
STOCKS = (STOCK_BASIS, "part_year_stock")
ACCEPT = "Check the source; if the figure is right, repeat with --accept REASON."

Yearly = dict[int, Held]


def questions(ruling: Ruling, yearly: Yearly, today: dt.date) -> Iterator[Fault]:
    """Everything about a new figure that needs a reason.

    Parameters
    ----------
    yearly : the figures in use of its region, indicator and scope by year, as they were before the new one.
    """
    if ruling.outcome == "same":
        return
    entry = ruling.entry
    yield from _contradiction(ruling)
    if is_plain_year(entry.period) and end_year(entry.period) == today.year:
        yield entry.row.fault(
            "period", entry.period, f"a year that is over on {today}", f"The year is under way. {ACCEPT}"
        )
    if _is_part_of_an_item(entry):
        yield entry.row.fault("value", _shown(entry), f"a whole number of {entry.indicator.unit}", ACCEPT)
    yield from _falls(entry, yearly)
    yield from _jumps(entry, yearly)


def previous(entry: Entry, yearly: Yearly) -> Held | None:
    """The latest yearly figure before the entry's period."""
    years = [year for year in yearly if year < end_year(entry.period)]
    return yearly[max(years)] if years else None


def _contradiction(ruling: Ruling) -> Iterator[Fault]:
    old = ruling.existing
    if ruling.outcome not in ("conflict", "revision") or old is None or ruling.existing_value is None:
        return
    new = ruling.held.observation
    used = {
        "new": f"{new} is used",
        "old": f"{old.observation} stays in use",
        "earlier": f"{new} is used until {old.observation} became known in {old.known_from}",
        "both": f"{new} is used from {ruling.held.known_from} on",
    }
    expected = f"{plain(ruling.existing_value)} {old.unit} as in {old.observation} ({old.source.title})"
    yield ruling.entry.row.fault(
        "value", _shown(ruling.entry), expected, f"Both are kept; {used[ruling.used]}. {ACCEPT}"
    )


def _is_part_of_an_item(entry: Entry) -> bool:
    whole = entry.indicator.measure == "count" and not entry.indicator.unit.startswith(("万", "亿"))
    return whole and entry.figure.value % 1 != 0


def _falls(entry: Entry, yearly: Yearly) -> Iterator[Fault]:
    if entry.basis not in STOCKS or entry.figure.bound:
        return
    never = "" if entry.indicator.can_fall else "By its definition it cannot fall. "
    before = previous(entry, yearly)
    if before is not None and entry.figure.value < before.value:
        yield entry.row.fault(
            "value", _shown(entry), f"at least the {_held(before)}", f"The stock fell. {never}{ACCEPT}"
        )
    later = [year for year in yearly if year > end_year(entry.period)]
    after = yearly[min(later)] if later else None
    if after is not None and entry.figure.value > after.value:
        yield entry.row.fault(
            "value", _shown(entry), f"at most the {_held(after)}", f"The stock would fall. {never}{ACCEPT}"
        )


def _jumps(entry: Entry, yearly: Yearly) -> Iterator[Fault]:
    last = previous(entry, yearly)
    if last is None:
        later = [year for year in yearly if year > end_year(entry.period)]
        last = yearly[min(later)] if later else None
    if last is None or entry.basis == "running_total":
        return
    value = entry.figure.value / years_in(entry.period) if entry.basis == TOTAL_BASIS else entry.figure.value
    far_above = value >= FAR * last.value if last.value else value >= FAR
    at_least = entry.basis == "part_year_flow" or bool(entry.figure.bound)
    far_below = value * FAR <= last.value and last.value > 0 and not at_least
    if far_above or far_below:
        low, high = last.value / FAR, last.value * FAR
        expected = f"between {_short(low)} and {_short(high)}, a fifth and five times the {_held(last)}"
        expected = expected if last.value else f"below {FAR}, after the {_held(last)}"
        yield entry.row.fault("value", _shown(entry), expected, f"Was a unit or a row mistaken? {ACCEPT}")


def _held(held: Held) -> str:
    return f"{plain(held.value)} {held.unit} of {held.period} ({held.observation})"


def _shown(entry: Entry) -> str:
    return f"{plain(entry.figure.value)} {entry.indicator.unit}"


def _short(value: Decimal) -> str:
    return f"{value:.6g}" if value < 10**6 else f"{value:.0f}"
