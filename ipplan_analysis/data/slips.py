"""Figures far from their own series: a unit, a digit or a row was mistaken more often than not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from ipplan_analysis.data.package import FILE, ROW, read_descriptor, read_texts
from ipplan_analysis.data.snapshot import Snapshot
from ipplan_analysis.schema import Fault

FAR = 5  # times the last figure, either way: a slip of 万 or of a column is larger, honest growth is rarely so fast
FEW = 20  # items by which a small count may change by chance, however many times the last figure that is
# Times a year where nobody is asked: the shipped figures leap up to 24 times, slips of 百, 千 and 万 are larger
SLIP = 30
CONFIRMED = "accepted:"  # in a figure's note: a person looked it up; `ipplan add --accept REASON` writes it


def is_far_above(value: float, other: float, *, times: float = FAR, is_count: bool) -> bool:
    """Whether a figure is `times` another one or more, of a count by more than a few items.

    Examples
    --------
    >>> is_far_above(119900, 11.99, is_count=True), is_far_above(16, 1, is_count=True)
    (True, False)
    """
    if is_count and abs(value - other) <= FEW:
        return False
    return value >= times * other if other else value >= times


@dataclass(frozen=True)
class Slip:
    """A figure that is implausible after the last plausible one."""

    year: int
    value: float
    year_before: int
    value_before: float
    observation: str


def slips(series: pd.DataFrame, snapshot: Snapshot, *, is_count: bool) -> list[Slip]:
    """Figures of a yearly series that are `SLIP` times a year above or below the last plausible one.

    A figure that the next one bears out is a new level, and one that a person confirmed in its note is taken.

    Parameters
    ----------
    series : columns value and observation; index year, ascending (see `Snapshot.series`).
    """
    values = series["value"]
    if len(values) < 2 or values.min() < 0 or values.max() < SLIP * values.min():
        return []
    rows = list(zip(series.index.astype(int), values.astype(float), series["observation"], strict=True))
    found, (year_before, before, _) = [], rows[0]
    for (year, value, observation), following in zip(rows[1:], [*rows[2:], None], strict=True):
        is_alone = following is None or _is_far(following[1], value, following[0] - year, is_count)
        far = is_alone and _is_far(value, before, year - year_before, is_count)
        if far and observation not in _confirmed(snapshot):
            found.append(Slip(year, value, year_before, before, observation))
        else:
            year_before, before = year, value
    return found


def _is_far(value: float, before: float, years: int, is_count: bool) -> bool:
    """Whether one of two figures is far above the other; of counts the smaller is taken as a few items at least."""
    low, high = sorted((value, before))
    return is_far_above(high, max(low, FEW) if is_count else low, times=SLIP * years, is_count=is_count)


@lru_cache(maxsize=16)  # by the snapshot itself
def _confirmed(snapshot: Snapshot) -> frozenset[str]:
    rows = snapshot.observations
    return frozenset(rows.loc[rows["note"].str.contains(CONFIRMED, regex=False), "observation"])


def slip_faults(snapshot: Snapshot) -> list[Fault]:
    """Every slip in any region's yearly series, with the file and row in which it stands."""
    span = snapshot.yearly.groupby(["region", "indicator"])["value"].agg(["min", "max"])
    found = [
        slip
        for region, indicator in span.index[span["max"].ge(SLIP * span["min"])]  # the others cannot hold one
        for slip in slips(
            snapshot.series(indicator, region), snapshot, is_count=snapshot.indicators[indicator].counts_items
        )
    ]
    if not found:
        return []
    texts, _ = read_texts(snapshot.data_dir, read_descriptor(snapshot.data_dir))
    places = texts["observations"].set_index("observation")
    return [
        Fault(
            str(places.at[slip.observation, FILE]),
            int(places.at[slip.observation, ROW]),
            "value",
            f"{slip.value:.15g} ({slip.observation}, {slip.year})",
            f"a figure like the {slip.value_before:.15g} of {slip.year_before}",
            f'Was a unit or a row mistaken? If the source says so, write "{CONFIRMED}" and why in the note.',
        )
        for slip in found
    ]
