"""Reference class of a target: how often a like series elsewhere grew as much as is still needed."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ipplan_analysis.attainment.case import Case
from ipplan_analysis.attainment.probability import share_of_paths
from ipplan_analysis.data import Plan
from ipplan_analysis.schema import Indicator
from ipplan_analysis.trend.reference import LEAST_CASES, growth_elsewhere

MOST_POINTS = 3  # with more figures of its own a series speaks for itself


@dataclass(frozen=True)
class Reference:
    """Share of like cases elsewhere whose growth would meet the target.

    Attributes
    ----------
    probability : (k + 1/2)/(n + 1) over the cases; it is not a forecast of the series.
    hits, cases : how many of the cases would meet it, and how many there are.
    of : indicator, or pool group, that the cases are of.
    years : years of growth compared.
    needed : growth factor still needed.
    """

    probability: float
    hits: int
    cases: int
    of: str
    years: int
    needed: float


def reference_of(case: Case, panel: pd.DataFrame) -> Reference | None:
    """Reference class of a target whose series has up to `MOST_POINTS` figures; None where it makes no sense.

    The same indicator from similar levels in other provinces is taken; with fewer than `LEAST_CASES` cases related
    indicators too, then any starting level.

    Parameters
    ----------
    panel : the provinces' figures that the run may use.
    """
    last, required = case.last, case.required
    if last is None or required is None or not 0 < len(case.known) <= MOST_POINTS or case.stop is not None:
        return None
    years = case.target.target_year - last.year
    if years < 1 or not 0 < last.value < required or case.target.comparator not in (">=", ">"):
        return None
    for of, rows, level in _classes(case.plan, case.indicator, panel, last.value):
        growth = growth_elsewhere(rows, level=level, years=years)
        if growth.size >= LEAST_CASES:
            needed = required / last.value
            hits = growth > needed if case.target.comparator == ">" else growth >= needed
            return Reference(share_of_paths(hits), int(hits.sum()), int(growth.size), of, years, needed)
    return None


def _classes(
    plan: Plan, entry: Indicator, panel: pd.DataFrame, level: float
) -> list[tuple[str, pd.DataFrame, float | None]]:
    """Classes from the narrowest to the widest: name, figures, starting level (None: any)."""
    alike = {
        name
        for name, other in plan.indicators.items()
        if (other.pool_group, other.unit) == (entry.pool_group, entry.unit)
    }
    same, related = _elsewhere(plan, panel, {entry.indicator}), _elsewhere(plan, panel, alike)
    return [
        (entry.indicator, same, level),
        (entry.pool_group, related, level),
        (entry.indicator, same, None),
        (entry.pool_group, related, None),
    ]


def _elsewhere(plan: Plan, panel: pd.DataFrame, indicators: set[str]) -> pd.DataFrame:
    """Figures of some indicators in other regions than the plan's."""
    apart = {name: name.partition(":") for name in panel["series"].unique()}
    names = [name for name, (region, _, of) in apart.items() if of in indicators and region != plan.region]
    return panel[panel["series"].isin(names)]
