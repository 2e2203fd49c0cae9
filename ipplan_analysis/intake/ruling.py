"""A new figure beside those of its cell: which is used, and what needs a reason before it enters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from ipplan_analysis.data.contested import last_place
from ipplan_analysis.data.period import end_year, is_plain_year
from ipplan_analysis.data.slips import FAR, is_far_above
from ipplan_analysis.intake.parse import plain, years_in
from ipplan_analysis.intake.resolve import Entry, Lookup, Observation
from ipplan_analysis.schema import STOCK_BASIS, TOTAL_BASIS, USUAL_LAG, Fault

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
        agree = max(_least(new), _least(old)) <= min(_most(new), _most(old))
        return "bound" if agree else "conflict"
    if new.value == old.value:
        return "repeat"
    return "rounded" if abs(new.value - old.value) <= max(half_step, _half_step(old.value)) else "conflict"


def _least(row: Observation) -> Decimal:
    return Decimal("-Infinity") if row.bound == "upper" else row.value


def _most(row: Observation) -> Decimal:
    return Decimal("Infinity") if row.bound == "lower" else row.value


def _half_step(value: Decimal) -> Decimal:
    """Half of the last digit; zeros at the end of a whole number count as digits."""
    return min(Decimal(1), last_place(value)) / 2


STOCKS = (STOCK_BASIS, "part_year_stock")
ACCEPT = "Check the source; if the figure is right, repeat with --accept REASON."

Yearly = dict[int, Observation]


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


def previous(entry: Entry, yearly: Yearly) -> Observation | None:
    """The latest yearly figure before the entry's period."""
    years = [year for year in yearly if year < end_year(entry.period)]
    return yearly[max(years)] if years else None


def _contradiction(ruling: Ruling) -> Iterator[Fault]:
    old = ruling.existing
    if ruling.outcome not in ("conflict", "revision") or old is None:
        return
    new = ruling.new.observation
    used = {
        "new": f"{new} is used",
        "old": f"{old.observation} stays in use",
        "earlier": f"{new} is used until {old.observation} became known in {old.known_from}",
        "both": f"{new} is used from {ruling.new.known_from} on",
    }
    expected = f"{plain(old.value)} {old.unit} as in {old.observation} ({old.source.title})"
    yield ruling.entry.row.fault(
        "value", _shown(ruling.entry), expected, f"Both are kept; {used[ruling.used]}. {ACCEPT}"
    )


def _is_part_of_an_item(entry: Entry) -> bool:
    return entry.indicator.counts_items and entry.figure.value % 1 != 0


def _falls(entry: Entry, yearly: Yearly) -> Iterator[Fault]:
    if entry.basis not in STOCKS or entry.figure.bound:
        return
    never = "" if entry.indicator.can_fall else "By its definition it cannot fall. "
    before = previous(entry, yearly)
    if before is not None and entry.figure.value < before.value:
        yield entry.row.fault(
            "value", _shown(entry), f"at least the {_described(before)}", f"The stock fell. {never}{ACCEPT}"
        )
    later = [year for year in yearly if year > end_year(entry.period)]
    after = yearly[min(later)] if later else None
    if after is not None and entry.figure.value > after.value:
        yield entry.row.fault(
            "value", _shown(entry), f"at most the {_described(after)}", f"The stock would fall. {never}{ACCEPT}"
        )


def _jumps(entry: Entry, yearly: Yearly) -> Iterator[Fault]:
    last = previous(entry, yearly)
    if last is None:
        later = [year for year in yearly if year > end_year(entry.period)]
        last = yearly[min(later)] if later else None
    if last is None or entry.basis == "running_total":
        return
    value = entry.figure.value / years_in(entry.period) if entry.basis == TOTAL_BASIS else entry.figure.value
    is_count, new, old = entry.indicator.counts_items, float(value), float(last.value)
    far_above = is_far_above(new, old, is_count=is_count)
    at_least = entry.basis == "part_year_flow" or bool(entry.figure.bound)
    far_below = old > 0 and not at_least and is_far_above(old, new, is_count=is_count)
    if far_above or far_below:
        low, high = last.value / FAR, last.value * FAR
        expected = f"between {_short(low)} and {_short(high)}, a fifth and five times the {_described(last)}"
        expected = expected if last.value else f"below {FAR}, after the {_described(last)}"
        yield entry.row.fault("value", _shown(entry), expected, f"Was a unit or a row mistaken? {ACCEPT}")


def _described(row: Observation) -> str:
    return f"{plain(row.value)} {row.unit} of {row.period} ({row.observation})"


def _shown(entry: Entry) -> str:
    return f"{plain(entry.figure.value)} {entry.indicator.unit}"


def _short(value: Decimal) -> str:
    return f"{value:.6g}" if value < 10**6 else f"{value:.0f}"
