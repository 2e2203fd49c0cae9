"""Elsewhere: the nation's and other provinces' figures, and how often like series grew as much as is still needed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipplan_analysis.attainment.case import Case
from ipplan_analysis.attainment.judge import share_of_paths
from ipplan_analysis.attainment.quantity import COMPARE, recent_pace
from ipplan_analysis.data import Plan
from ipplan_analysis.data.snapshot import NATION
from ipplan_analysis.schema import LANGUAGES

MIN_PROVINCES = 5  # fewer have no median worth stating
MAX_POINTS = 3  # with more figures of its own a series speaks for itself
SIMILAR = 3.0  # a starting level within this factor counts as similar
NEAR_YEARS = 2  # growth over up to so many years more or fewer is compounded to the years asked for
MIN_CASES = 5  # fewer cases are an anecdote; their number is always shown
COLUMNS = "indicator region name_en name_zh year value recent_pace_pct n_points source observation".split()
OF_TARGETS = "target_id indicator own_value own_year nation_value nation_year province_median provinces source".split()


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
        row = {"indicator": indicator, "region": region, "year": int(series.index[-1]), "n_points": len(series)}
        row |= {f"name_{language}": plan.region_name(language, region) for language in LANGUAGES}
        pace = recent_pace(series["value"]) if len(series) > 1 else np.nan
        rows.append({**series.iloc[-1][["value", "source", "observation"]], **row, "recent_pace_pct": pace})
    table = pd.DataFrame(rows, columns=COLUMNS).sort_values("value", ascending=False, kind="stable")
    return table.sort_values("region", key=lambda names: names.ne(NATION), kind="stable", ignore_index=True)


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
        parts = {"own": table[table["region"].eq(plan.region)], "nation": table[table["region"].eq(NATION)]}
        provinces = table[~table["region"].isin([plan.region, NATION])]
        if table["region"].eq(plan.region).all():
            continue
        row: dict[str, object] = {"target_id": target.target_id, "indicator": target.indicator}
        for who, part in parts.items():
            row |= {f"{who}_{name}": float(part[name].iloc[0]) if len(part) else np.nan for name in ("value", "year")}
        row["province_median"] = provinces["value"].median() if len(provinces) >= MIN_PROVINCES else np.nan
        row["provinces"] = len(provinces)
        row["source"] = " ".join(dict.fromkeys(pd.concat([*parts.values(), provinces])["source"]))
        rows.append(row)
    return pd.DataFrame(rows, columns=OF_TARGETS)


class Reference(NamedTuple):
    """Share of like cases elsewhere whose growth would meet the target.

    Attributes
    ----------
    probability : (k + 1/2)/(n + 1) over the cases; it is not a forecast of the series.
    hits, cases : how many of the cases would meet it, and how many there are.
    of : indicator, or pool group, that the cases are of.
    """

    probability: float
    hits: int
    cases: int
    of: str


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
    entry = case.indicator
    kind = (entry.pool_group, entry.unit)
    alike = {name for name, other in case.plan.indicators.items() if (other.pool_group, other.unit) == kind}
    parts = panel["series"].str.partition(":")
    there = parts[0].ne(case.plan.region)
    same, related = (panel[there & parts[2].isin(names)] for names in ({entry.indicator}, alike))
    for level in (last.value, None):
        for of, rows in ((entry.indicator, same), (entry.pool_group, related)):
            growth = growth_elsewhere(rows, level=level, years=years)
            if growth.size >= MIN_CASES:
                hits = COMPARE[case.target.comparator](growth, required / last.value)
                return Reference(share_of_paths(hits), int(hits.sum()), int(growth.size), of)
    return None


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
    pairs = pairs.assign(span=pairs["year_end"] - pairs["year"])
    pairs = pairs[pairs["span"].between(max(years - NEAR_YEARS, 1), years + NEAR_YEARS)]
    by_distance = pairs.sort_values("span", key=lambda span: (span - years).abs(), kind="stable")
    nearest = by_distance.drop_duplicates(["series", "year"])
    ratio = nearest["value_end"] / nearest["value"]
    return np.asarray(np.power(ratio, years / nearest["span"]), dtype=float)
