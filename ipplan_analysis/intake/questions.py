"""What a person has to give a reason for before an unlikely figure enters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from ipplan_analysis.data.period import end_year, is_plain_year
from ipplan_analysis.intake.entry import Entry
from ipplan_analysis.intake.lookup import Observation
from ipplan_analysis.intake.parse import plain, years_in
from ipplan_analysis.intake.ruling import Ruling
from ipplan_analysis.schema import STOCK_BASIS, TOTAL_BASIS, Fault

FAR = 5  # times the last figure, either way: a slip of 万 or of a column is larger, honest growth is rarely so fast
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
    whole = entry.indicator.measure == "count" and not entry.indicator.unit.startswith(("万", "亿"))
    return whole and entry.figure.value % 1 != 0


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
    far_above = value >= FAR * last.value if last.value else value >= FAR
    at_least = entry.basis == "part_year_flow" or bool(entry.figure.bound)
    far_below = value * FAR <= last.value and last.value > 0 and not at_least
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
