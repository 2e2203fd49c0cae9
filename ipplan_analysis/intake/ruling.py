"""A new figure beside those of its cell: what it is to them, and which is used."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from ipplan_analysis.data.contested import last_place
from ipplan_analysis.data.period import end_year
from ipplan_analysis.intake.entry import Entry
from ipplan_analysis.intake.lookup import Lookup, Observation
from ipplan_analysis.schema import USUAL_LAG

Outcome = Literal["new", "same", "repeat", "rounded", "bound", "revision", "conflict"]
Used = Literal["new", "old", "both", "earlier"]


@dataclass(frozen=True)
class Ruling:
    """The figure as it enters, the used figure that it is compared with, and which of the two is used."""

    entry: Entry
    new: Observation
    existing: Observation | None
    outcome: Outcome
    used: Used


def rule(entry: Entry, known: Lookup, today: dt.date) -> Ruling:
    """Compare a figure with those that share its region, indicator, period, basis and scope.

    A cell without a used figure takes the new one. A different one published more than `USUAL_LAG` years after the
    period is another version with its own known_from, unless a better source stands there; every other one stands in
    the same cell, of which the better figure is used (`data.contested`) and the other kept.
    """
    new = _entering(entry, known, today)
    cell = [row for row in known.known(new.region, new.indicator) if row.cell == new.cell]
    again = next((row for row in cell if _statement(row) == _statement(new)), None)
    if again is not None:
        return Ruling(entry, again, again, "same", "old")
    new = replace(new, observation=known.next_observation())
    in_use = [row for row in known.in_use(new.region, new.indicator) if row.cell == new.cell]
    existing = _counterpart(in_use, new.known_from)
    if existing is None:
        first = replace(new, known_from=entry.known_from or end_year(entry.period))
        return Ruling(entry, first, None, "new", "new")
    return _compared(entry, new, existing)


def _entering(entry: Entry, known: Lookup, today: dt.date) -> Observation:
    return Observation(
        observation="",
        region=entry.region,
        indicator=entry.indicator.indicator,
        period=entry.period,
        basis=entry.basis,
        scope=entry.scope,
        value=entry.figure.value,
        unit=entry.indicator.unit,
        bound=entry.figure.bound,
        source=entry.source if entry.source.source else known.source_for(entry.source),
        confidence=entry.confidence,
        known_from=entry.known_from or _became_known(entry, today),
        note=entry.note,
    )


def _statement(row: Observation) -> tuple[object, ...]:
    return row.source, row.value, row.bound


def _became_known(entry: Entry, today: dt.date) -> int:
    year = int(entry.source.published[:4]) if entry.source.published else today.year
    end = end_year(entry.period)
    return year if year > end + USUAL_LAG else end


def _counterpart(in_use: list[Observation], known_from: int) -> Observation | None:
    """The figure that one known from `known_from` is compared with: the newest until then, else the first."""
    rows = sorted(in_use, key=lambda row: row.known_from)
    before = [row for row in rows if row.known_from <= known_from]
    return before[-1] if before else (rows[0] if rows else None)


def _compared(entry: Entry, new: Observation, old: Observation) -> Ruling:
    outcome = _relation(new, old, entry.figure.half_step)
    if outcome == "conflict" and new.known_from != old.known_from and new.standing <= old.standing:
        note = "; ".join(part for part in (new.note, f"another version of {old.observation}") if part)
        used: Used = "both" if new.known_from > old.known_from else "earlier"
        return Ruling(entry, replace(new, note=note), old, "revision", used)
    same_cell = replace(new, known_from=old.known_from)
    return Ruling(entry, same_cell, old, outcome, "new" if new.preference < old.preference else "old")


def _relation(new: Observation, old: Observation, half_step: Decimal) -> Outcome:
    if new.bound or old.bound:
        if (new.value, new.bound) == (old.value, old.bound):
            return "repeat"
        agree = (new.bound and old.bound) or (new.value <= old.value if new.bound else new.value >= old.value)
        return "bound" if agree else "conflict"
    if new.value == old.value:
        return "repeat"
    return "rounded" if abs(new.value - old.value) <= max(half_step, _half_step(old.value)) else "conflict"


def _half_step(value: Decimal) -> Decimal:
    """Half of the last digit; zeros at the end of a whole number count as digits."""
    return min(Decimal(1), last_place(value)) / 2
