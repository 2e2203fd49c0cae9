"""A new figure beside those of its cell: which is used, and what needs a reason before it enters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from ipplan_analysis.data.contested import last_place
from ipplan_analysis.data.period import end_year, is_plain_year
from ipplan_analysis.data.slips import CONFIRMED, FAR, is_far_above
from ipplan_analysis.intake.lookup import Lookup, Observation
from ipplan_analysis.intake.parse import plain, years_in
from ipplan_analysis.intake.resolve import Change, Outcome, Used
from ipplan_analysis.schema import STOCK_BASIS, TOTAL_BASIS, USUAL_LAG, Fault

STOCKS = (STOCK_BASIS, "part_year_stock")
ACCEPT = "Check the source; if the figure is right, repeat with --accept REASON."


def rule(change: Change, known: Lookup, today: dt.date, accept: str | None) -> Change:
    """Compare a figure with what is known and take it in, unless the very same is there.

    A cell without a used figure takes the new one. A different one published more than `USUAL_LAG` years after the
    period is another version with its own known_from, unless a better source stands there; every other one stands in
    the same cell, of which the better figure is used (`data.contested`) and the other kept.

    Parameters
    ----------
    accept : the reason, kept in the notes of figures that need one.

    Raises
    ------
    Problem : identifiers are used up.
    """
    new = replace(change.new, source=known.source_for(change.new.source))
    before, after = _neighbours(new, known.yearly(new))
    change = replace(change, before=before)
    cell = [row for row in known.of(new.region, new.indicator) if row.cell == new.cell]
    for row in cell:
        if (row.source, row.value, row.bound) == (new.source, new.value, new.bound):
            return replace(change, new=row, existing=row, outcome="same", used="old")
    new = replace(new, observation=known.next_observation())
    change = _compared(replace(change, new=new), known, _became_known(new, today))
    change = replace(change, questions=tuple(_questions(change, after, today)))
    reason = f"{CONFIRMED} {accept.replace(';', ',')}" if change.questions and accept else ""
    change = replace(change, new=_noted(change.new, reason))
    known.join(change.new)
    return change


def _neighbours(new: Observation, yearly: dict[int, Observation]) -> tuple[Observation | None, Observation | None]:
    """The yearly figures before and after a figure's last year."""
    end = end_year(new.period)
    before, after = max((y for y in yearly if y < end), default=0), min((y for y in yearly if y > end), default=0)
    return yearly.get(before), yearly.get(after)


def _noted(row: Observation, note: str) -> Observation:
    return replace(row, note="; ".join(part for part in (row.note, note) if part))


def _became_known(new: Observation, today: dt.date) -> int:
    year = int(new.source.published[:4]) if new.source.published else today.year
    end = end_year(new.period)
    return new.known_from or (year if year > end + USUAL_LAG else end)


def _compared(change: Change, known: Lookup, known_from: int) -> Change:
    """The change beside the used figure of its cell: the newest known until then, else the first."""
    new = replace(change.new, known_from=known_from)
    in_use = [row for row in known.in_use(new.region, new.indicator) if row.cell == new.cell]
    if not in_use:
        return replace(change, new=replace(new, known_from=change.new.known_from or end_year(new.period)))
    in_use.sort(key=lambda row: row.known_from)
    old = next((row for row in reversed(in_use) if row.known_from <= known_from), in_use[0])
    outcome = _relation(new, old, change.half_step)
    if outcome == "conflict" and new.known_from != old.known_from and new.preference[:3] <= old.preference[:3]:
        version: Used = "both" if new.known_from > old.known_from else "earlier"
        new = _noted(new, f"another version of {old.observation}")
        return replace(change, new=new, existing=old, outcome="revision", used=version)
    new = replace(new, known_from=old.known_from)
    used: Used = "new" if new.preference < old.preference else "old"
    return replace(change, new=new, existing=old, outcome=outcome, used=used)


def _relation(new: Observation, old: Observation, half_step: Decimal) -> Outcome:
    if (new.value, new.bound) == (old.value, old.bound):
        return "repeat"
    if new.bound or old.bound:
        least = max(Decimal("-Infinity") if row.bound == "upper" else row.value for row in (new, old))
        most = min(Decimal("Infinity") if row.bound == "lower" else row.value for row in (new, old))
        return "bound" if least <= most else "conflict"
    rounding = max(half_step, min(Decimal(1), last_place(old.value)) / 2)  # zeros at the end of a whole number count
    return "rounded" if abs(new.value - old.value) <= rounding else "conflict"


def _questions(change: Change, after: Observation | None, today: dt.date) -> Iterator[Fault]:
    """Everything about a new figure that needs a reason."""
    new, row, before = change.new, change.row, change.before
    shown = f"{plain(new.value)} {new.unit}"
    if change.existing and change.outcome in ("conflict", "revision"):
        yield row.fault("value", shown, *_contradiction(change.new, change.existing, change.used))
    if is_plain_year(new.period) and end_year(new.period) == today.year:
        remedy = f"The year is under way. {ACCEPT}"
        yield row.fault("period", new.period, f"a year that is over on {today}", remedy)
    if change.indicator.counts_items and new.value % 1:
        yield row.fault("value", shown, f"a whole number of {new.unit}", ACCEPT)
    never = "" if change.indicator.can_fall else "By its definition it cannot fall. "
    may_fall = new.basis not in STOCKS or new.bound
    if before and not may_fall and new.value < before.value:
        yield row.fault("value", shown, f"at least the {_described(before)}", f"The stock fell. {never}{ACCEPT}")
    if after and not may_fall and new.value > after.value:
        yield row.fault("value", shown, f"at most the {_described(after)}", f"The stock would fall. {never}{ACCEPT}")
    expected = _jump(change, before or after)
    if expected:
        yield row.fault("value", shown, expected, f"Was a unit or a row mistaken? {ACCEPT}")


def _contradiction(new: Observation, old: Observation, used: Used) -> tuple[str, str]:
    said = {
        "new": f"{new.observation} is used",
        "old": f"{old.observation} stays in use",
        "earlier": f"{new.observation} is used until {old.observation} became known in {old.known_from}",
        "both": f"{new.observation} is used from {new.known_from} on",
    }
    expected = f"{plain(old.value)} {old.unit} as in {old.observation} ({old.source.title})"
    return expected, f"Both are kept; {said[used]}. {ACCEPT}"


def _jump(change: Change, last: Observation | None) -> str:
    """Between which numbers a figure would lie that is not far from the yearly one beside it; empty where it is not."""
    new = change.new
    if last is None or new.basis == "running_total":
        return ""
    value = new.value / years_in(new.period) if new.basis == TOTAL_BASIS else new.value
    at_least, is_count = new.basis == "part_year_flow" or new.bound, change.indicator.counts_items
    far_above = is_far_above(float(value), float(last.value), is_count=is_count)
    far_below = last.value > 0 and not at_least and is_far_above(float(last.value), float(value), is_count=is_count)
    if not (far_above or far_below):
        return ""
    low, high = (f"{edge:.6g}" if edge < 10**6 else f"{edge:.0f}" for edge in (last.value / FAR, last.value * FAR))
    if not last.value:
        return f"below {FAR}, after the {_described(last)}"
    return f"between {low} and {high}, a fifth and five times the {_described(last)}"


def _described(row: Observation) -> str:
    return f"{plain(row.value)} {row.unit} of {row.period} ({row.observation})"
