"""What becomes of a new figure whose cell already holds one: the order of preference of data/README.md."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from ipplan_analysis.data.period import end_year
from ipplan_analysis.intake.book import Book
from ipplan_analysis.intake.entry import Entry
from ipplan_analysis.intake.records import OFFICE, YEARBOOK, Held, Source
from ipplan_analysis.schema import USUAL_LAG

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
        observation="", region=entry.region, indicator=entry.indicator.indicator, period=entry.period,
        basis=entry.basis, scope=entry.scope, value=entry.figure.value, unit=entry.indicator.unit,
        bound=entry.figure.bound, source=source, confidence=entry.confidence, known_from=known, use=True,
        note=entry.note,
    )  # fmt: skip


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
