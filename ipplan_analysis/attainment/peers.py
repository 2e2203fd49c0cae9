"""The nation's and other provinces' latest figures of the same indicator."""

from __future__ import annotations

import pandas as pd

from ipplan_analysis.attainment.quantity import recent_pace
from ipplan_analysis.data import Plan
from ipplan_analysis.schema import NATION

LEAST_PROVINCES = 5  # fewer have no median worth stating
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
    held = set(plan.yearly.loc[plan.yearly["indicator"].eq(indicator), "region"])
    rows = []
    for region in level.index[level.isin(["nation", "province"]) & level.index.isin(held)]:
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
                if len(provinces) >= LEAST_PROVINCES
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
