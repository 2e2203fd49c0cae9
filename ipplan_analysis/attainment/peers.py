"""Elsewhere: the nation's and other provinces' figures, and how often like series grew as much as is still needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipplan_analysis.attainment.case import Case
from ipplan_analysis.attainment.judge import share_of_paths
from ipplan_analysis.attainment.quantity import recent_pace
from ipplan_analysis.data import Plan
from ipplan_analysis.data.snapshot import NATION
from ipplan_analysis.schema import Indicator

MIN_PROVINCES = 5  # fewer have no median worth stating
MAX_POINTS = 3  # with more figures of its own a series speaks for itself
SIMILAR = 3.0  # a starting level within this factor counts as similar
NEAR_YEARS = 2  # growth over up to so many years more or fewer is compounded to the years asked for
MIN_CASES = 5  # fewer cases are an anecdote; their number is always shown
COLUMNS = [
    "indicator",
    "region",
    "name_en",
    "name_zh",
    "year",
    "value",
    "recent_pace_pct",
    "n_points",
    "source",
    "observation",
]


def peers(plan: Plan, indicator: str) -> pd.DataFrame:
    """Latest yearly figure of the nation and of every province that has one, highest first, the nation on top.

    Returns
    -------
    Columns `COLUMNS`; `value` in the indicator's unit, `recent_pace_pct` in per cent per year over up to five years.
    """
    level = plan.regions["level"]
    published = set(plan.yearly.loc[plan.yearly["indicator"].eq(indicator), "region"])
    rows = []
    for region in level.index[level.isin(["nation", "province"]) & level.index.isin(published)]:
        series = plan.series(indicator, region)
        last = series.iloc[-1]
        rows.append(
            {
                "indicator": indicator,
                "region": region,
                "name_en": plan.region_name("en", region),
                "name_zh": plan.region_name("zh", region),
                "year": int(series.index[-1]),
                "value": float(last["value"]),
                "recent_pace_pct": recent_pace(series["value"]) if len(series) > 1 else float("nan"),
                "n_points": len(series),
                "source": last["source"],
                "observation": last["observation"],
            }
        )
    table = pd.DataFrame(rows, columns=COLUMNS)
    table["is_nation"] = table["region"].eq(NATION)
    table = table.sort_values(["is_nation", "value"], ascending=[False, False], kind="stable")
    return table.drop(columns="is_nation").reset_index(drop=True)


def peers_of_targets(plan: Plan) -> pd.DataFrame:
    """Where the nation and the provinces stand on the indicator of every target that they publish.

    Returns
    -------
    One row per target with a figure elsewhere: target_id, indicator, own value and year, the nation's value and
    year, the median of the other provinces' latest figures (NaN where fewer than five have one), how many of them have
    one, and the sources. Values in the indicator's unit.
    """
    rows = []
    for target in plan.targets:
        table = peers(plan, target.indicator)
        others = table[table["region"].ne(plan.region)]
        if others.empty:
            continue
        own, nation = table[table["region"].eq(plan.region)], table[table["region"].eq(NATION)]
        provinces = others[others["region"].ne(NATION)]
        rows.append(
            {
                "target_id": target.target_id,
                "indicator": target.indicator,
                **_first(own, "own"),
                **_first(nation, "nation"),
                "province_median": float(provinces["value"].median())
                if len(provinces) >= MIN_PROVINCES
                else float("nan"),
                "provinces": len(provinces),
                "source": " ".join(dict.fromkeys([*own["source"], *nation["source"], *provinces["source"]])),
            }
        )
    columns = [
        "target_id",
        "indicator",
        "own_value",
        "own_year",
        "nation_value",
        "nation_year",
        "province_median",
        "provinces",
        "source",
    ]
    return pd.DataFrame(rows, columns=columns)


def _first(table: pd.DataFrame, who: str) -> dict[str, float]:
    if table.empty:
        return {f"{who}_value": float("nan"), f"{who}_year": float("nan")}
    return {f"{who}_value": float(table["value"].iloc[0]), f"{who}_year": float(table["year"].iloc[0])}


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
    """Reference class of a target whose series has up to `MAX_POINTS` figures; None where it makes no sense.

    Source: Kahneman & Tversky (1979); Flyvbjerg (2006), doi:10.1177/875697280603700302.

    The same indicator from similar levels in other provinces is taken; with fewer than `MIN_CASES` cases related
    indicators too, then any starting level.

    Parameters
    ----------
    panel : the provinces' figures that the run may use.
    """
    last, required = case.last, case.required
    if last is None or required is None or not 0 < len(case.known) <= MAX_POINTS or case.stop is not None:
        return None
    years = case.target.target_year - last.year
    if years < 1 or not 0 < last.value < required or case.target.comparator not in (">=", ">"):
        return None
    for of, rows, level in _classes(case.plan, case.indicator, panel, last.value):
        growth = growth_elsewhere(rows, level=level, years=years)
        if growth.size >= MIN_CASES:
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


def growth_elsewhere(panel: pd.DataFrame, *, level: float | None, years: int) -> NDArray[np.float64]:
    """Growth factors over some years of series that started from a similar level.

    Parameters
    ----------
    panel : columns series, year, value; the rows that may be used, the series itself left out.
    level : its last known figure, in the panel's unit; None takes series from any starting level.
    years : years ahead, at least 1.

    Returns
    -------
    One factor (end over start, compounded to `years`) for each pair of figures whose distance is `years`, give or
    take `NEAR_YEARS`, and which starts within a factor `SIMILAR` of `level`; shape (n,), possibly empty.
    """
    starts = panel[panel["value"].gt(0)]
    if level is not None:
        starts = starts[starts["value"].between(level / SIMILAR, level * SIMILAR)]
    pairs = starts.merge(panel, on="series", suffixes=("", "_end"))
    gap = pairs["year_end"] - pairs["year"]
    pairs = pairs[gap.between(max(years - NEAR_YEARS, 1), years + NEAR_YEARS)]
    distance = (pairs["year_end"] - pairs["year"] - years).abs()
    nearest = pairs.assign(distance=distance).sort_values("distance", kind="stable").drop_duplicates(["series", "year"])
    span = (nearest["year_end"] - nearest["year"]).to_numpy(dtype=float)
    ratio = (nearest["value_end"] / nearest["value"]).to_numpy(dtype=float)
    return np.asarray(np.power(ratio, years / span), dtype=float)
