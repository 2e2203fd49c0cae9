"""Paces seen: every spell of growth in every province, beside the pace that a target still requires."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from ipplan_analysis.attainment.case import Case, known_figures
from ipplan_analysis.attainment.peers import peers
from ipplan_analysis.attainment.quantity import compound_pace, recent_pace
from ipplan_analysis.data import Plan
from ipplan_analysis.data.snapshot import NATION

SIMILAR = 2.0  # a starting level within this factor counts as similar
USUAL_YEARS = 5  # length of a spell where no target says one
GIVE_OR_TAKE = 2  # years by which the two years of a rank may be nearer or farther apart
MIN_RANKED, MIN_SPELLS = 5, 5  # fewer provinces have no rank worth stating, fewer spells are an anecdote
SPELL = ["region", "first_year", "last_year", "start", "end", "pace_pct", "source"]
REQUIRED = [
    *"target_id indicator name_en name_zh unit unit_en decimals last_value last_year required years".split(),
    *"required_pace_pct recent_pace_pct path spells from_level did percentile own_spells own_did".split(),
    "source",
]


def spells(plan: Plan, indicator: str, *, years: int, level: float | None = None) -> pd.DataFrame:
    """Growth over every span of `years` years in every province, spans overlapping.

    Source: World Bank staff's `trackr` compares progress with all countries' past spells in the same way.

    Parameters
    ----------
    level : only spells that start within a factor of `SIMILAR` of it; None takes all.

    Returns
    -------
    Columns `SPELL`, the fastest first; figures in the indicator's unit, `pace_pct` compound in per cent per year.
    """
    provinces = plan.regions.index[plan.regions["level"].eq("province")]
    parts = [_spells_of(known_figures(plan, indicator, region), years).assign(region=region) for region in provinces]
    found = pd.concat(parts)[SPELL]
    if level is not None:
        found = found[found["start"].between(level / SIMILAR, level * SIMILAR)]
    return found.sort_values("pace_pct", ascending=False, kind="stable").reset_index(drop=True)


def _spells_of(figures: pd.DataFrame, years: int) -> pd.DataFrame:
    starts = figures[figures["value"].gt(0)]
    starts = starts[np.isin(starts.index + years, figures.index)]
    ends = figures.loc[starts.index + years]
    start, end = (part["value"].to_numpy(dtype=float) for part in (starts, ends))
    return pd.DataFrame(
        {
            "first_year": starts.index,
            "last_year": ends.index,
            "start": start,
            "end": end,
            "pace_pct": 100 * (np.power(np.maximum(end, 0) / start, 1 / years) - 1),
            "source": [" ".join(dict.fromkeys(pair)) for pair in zip(starts["source"], ends["source"], strict=True)],
        }
    )


def required_pace(plan: Plan) -> pd.DataFrame:
    """The growth that each open target still requires, beside all provinces' spells from similar levels and here.

    A target is open where its last figure, before the target year, falls short. Of a sum the required pace is the even
    growth from the last figure at which the sum is just reached.

    Returns
    -------
    Columns `REQUIRED`, one row per open target: `required` is the level in the target year; `path` the levels on
    the way there, by year; `did` how many of the `spells` of the same length grew as fast, `percentile` the share in
    per cent that did not (NaN of fewer than `MIN_SPELLS`); `from_level` is `any` where fewer than `MIN_SPELLS` started
    from similar levels; `own_` is of the region's own spells, from any level.
    """
    rows = [row for target in plan.targets if (row := _required_row(Case(plan, target, None))) is not None]
    return pd.DataFrame(rows, columns=REQUIRED)


def _required_row(case: Case) -> dict[str, object] | None:
    last, target, entry, history = case.last, case.target, case.indicator, case.known["value"]
    pace = _required(case)
    if last is None or pace is None:
        return None
    years = target.target_year - last.year
    every = spells(case.plan, target.indicator, years=years)
    alike = every[every["start"].between(last.value / SIMILAR, last.value * SIMILAR)]
    seen = alike if len(alike) >= MIN_SPELLS else every
    did = every["pace_pct"].le(pace) if target.comparator.startswith("<") else every["pace_pct"].ge(pace)
    here, count = every["region"].eq(case.plan.region), int(did[seen.index].sum())
    levels = {last.year + k: last.value * (1 + pace / 100) ** k for k in range(1, years + 1)}
    row = {name: getattr(target, name) for name in ("target_id", "indicator", "name_en", "name_zh")}
    row |= {name: getattr(entry, name) for name in ("unit", "unit_en", "decimals")}
    return row | {
        "last_value": last.value,
        "last_year": last.year,
        "required": levels[target.target_year],
        "years": years,
        "required_pace_pct": pace,
        "recent_pace_pct": recent_pace(history) if len(history) > 1 else np.nan,
        "path": levels,
        "spells": len(seen),
        "from_level": "similar" if seen is alike else "any",
        "did": count,
        "percentile": 100 * (1 - count / len(seen)) if len(seen) >= MIN_SPELLS else np.nan,
        "own_spells": int(here.sum()),
        "own_did": int(did[here].sum()),
        "source": " ".join(dict.fromkeys([last.source, *seen["source"], *every[here]["source"]])),
    }


def _required(case: Case) -> float | None:
    """Growth in per cent per year from the last figure at which the target is just met; None where it asks for none."""
    last, target = case.last, case.target
    if last is None or last.value <= 0 or last.year >= target.target_year or case.reached(last):
        return None
    if case.required is not None:
        return compound_pace(last.value, case.required, target.target_year - last.year)
    goal = target.target if target.kind in ("cumulative", "multiple") else None
    if target.kind == "multiple":
        goal = None if goal is None or case.base is None else goal * case.base.value
    past = [year for year in target.window_years if year <= last.year]
    if goal is None or set(past) - set(case.known_years()):
        return None
    ahead = np.arange(1, target.target_year - last.year + 1)
    missing = goal - float(case.known.loc[past, "value"].sum())

    def short(growth: float) -> float:
        return missing - float((last.value * (1 + growth) ** ahead).sum())

    pace = 100 * float(brentq(short, -1.0, 100.0)) if short(-1.0) > 0 > short(100.0) else None
    return pace if pace is not None and pace > 0 else None


def province_ranks(plan: Plan, indicator: str) -> pd.DataFrame:
    """Level, pace and rank of the nation and every province, and how the rank moved over some `USUAL_YEARS` years.

    Both ranks are among the provinces that have a figure in both years: the latest later year for which at least
    half as many have one as for any pair of years.

    Returns
    -------
    Columns of `attainment.peers`, and rank, rank_before (1 the highest; NaN for the others), rank_year, before_year
    and ranked (how many provinces).
    """
    table = peers(plan, indicator)
    provinces = table.loc[table["region"].ne(NATION), "region"]
    wide = pd.DataFrame({region: plan.series(indicator, region)["value"] for region in provinces})
    pairs = [
        (int((wide.loc[first].notna() & wide.loc[last].notna()).sum()), last, first)
        for first in wide.index
        for last in wide.index
        if abs(last - first - USUAL_YEARS) <= GIVE_OR_TAKE
    ]
    most = max((count for count, _, _ in pairs), default=0)
    if most < MIN_RANKED:
        return table.assign(rank=np.nan, rank_before=np.nan, rank_year=np.nan, before_year=np.nan, ranked=0)
    enough = [pair for pair in pairs if 2 * pair[0] >= most]
    count, last, first = max(enough, key=lambda pair: (pair[1], pair[0], -abs(pair[1] - pair[2] - USUAL_YEARS)))
    both = wide.columns[wide.loc[first].notna() & wide.loc[last].notna()]
    now, before = (wide.loc[year, both].rank(ascending=False, method="min") for year in (last, first))
    moved = {"rank": table["region"].map(now), "rank_before": table["region"].map(before)}
    return table.assign(**moved, rank_year=int(last), before_year=int(first), ranked=count)


def asked_of(plan: Plan, indicator: str) -> tuple[int, float | None, float | None]:
    """Years, starting level and pace in per cent a year that a target asks of an indicator.

    Where no open target asks: `USUAL_YEARS`, the region's last figure (None without one), and no pace.
    """
    rows = required_pace(plan)
    rows = rows[rows["indicator"].eq(indicator)]
    if len(rows):
        row = rows.iloc[0]
        return int(row["years"]), float(row["last_value"]), float(row["required_pace_pct"])
    figures = known_figures(plan, indicator, plan.region)["value"]
    return USUAL_YEARS, float(figures.iloc[-1]) if len(figures) else None, None
